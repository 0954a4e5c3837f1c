package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Nothing that answers takes so long; what does not answer must not look like a slow system.
const (
	answerTimeout      = 15 * time.Second
	answerTimeoutRetry = 60 * time.Second
)

// engine keeps every slot busy with one operation after another, and notes how each one went.
type engine struct {
	config
	next     atomic.Int64
	finished atomic.Int64
	retries  atomic.Int64
	live     atomic.Int64
	begun    []atomic.Int64 // by slot, in nanoseconds since origin
	samples  [][]sample     // by slot: only the operation that the slot has under way touches it
	origin   time.Time
	from, to int64
	ended    chan struct{}
	failed   chan error
	failOnce sync.Once
	driver   driver
}

// sample is an operation that has ended.
type sample struct {
	endedMicros   int64 // since the measured part began
	latencyMicros int64
}

func newEngine(c config) *engine {
	return &engine{
		config:  c,
		begun:   make([]atomic.Int64, c.inFlight),
		samples: make([][]sample, c.inFlight),
		ended:   make(chan struct{}),
		failed:  make(chan error, 1),
	}
}

func (e *engine) run(d driver) (*result, error) {
	e.driver = d
	e.origin = time.Now()
	e.from, e.to = int64(e.warmup), int64(e.warmup+e.duration)
	if e.count > 0 {
		e.from, e.to = 0, int64(365*24*time.Hour)
	}
	cpuBefore := cpuSeconds()
	if _, inRounds := d.(*rounds); inRounds {
		e.startRound()
	} else {
		e.live.Store(int64(e.inFlight))
		for slot := 0; slot < e.inFlight; slot++ {
			e.start(slot)
		}
	}
	stop := make(chan struct{})
	defer close(stop)
	go e.watch(stop)
	select {
	case err := <-e.failed:
		return nil, err
	case <-e.ended:
	}
	return e.summarize(cpuSeconds() - cpuBefore)
}

func (e *engine) now() int64 { return int64(time.Since(e.origin)) }

// start begins a slot's next operation, or lets the slot rest for ever.
func (e *engine) start(slot int) {
	now := e.now()
	n := e.next.Add(1) - 1
	if now >= e.to || (e.count > 0 && n >= e.count) {
		e.begun[slot].Store(0)
		if e.live.Add(-1) == 0 {
			close(e.ended)
		}
		return
	}
	e.begun[slot].Store(now + 1)
	e.driver.begin(slot, n)
}

// startRound begins an operation in every slot, or ends the run.
func (e *engine) startRound() {
	now := e.now()
	if now >= e.to {
		close(e.ended)
		return
	}
	for slot := range e.begun {
		e.begun[slot].Store(e.now() + 1)
		e.driver.begin(slot, e.next.Add(1)-1)
	}
}

// done ends the operation of a slot and begins the next. An error ends the whole run: a figure counts right answers only.
func (e *engine) done(slot int, err error) {
	if err != nil {
		e.fail(err)
		return
	}
	e.note(slot)
	e.start(slot)
}

// note takes the time of an operation that has ended.
func (e *engine) note(slot int) {
	now, begun := e.now(), e.begun[slot].Load()-1
	if now >= e.from && now <= e.to {
		e.samples[slot] = append(e.samples[slot], sample{(now - e.from) / 1000, (now - begun) / 1000})
	}
	e.begun[slot].Store(0)
	e.finished.Add(1)
}

func (e *engine) fail(err error) {
	e.failOnce.Do(func() { e.failed <- err })
}

func (e *engine) watch(stop chan struct{}) {
	limit := answerTimeout
	if e.retry {
		limit = answerTimeoutRetry
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		if e.progress {
			fmt.Fprintln(os.Stderr, e.finished.Load())
		}
		for slot := range e.begun {
			if begun := e.begun[slot].Load(); begun > 0 && e.now()-begun > int64(limit) {
				e.fail(fmt.Errorf("%s %s: no answer within %v", e.system, e.operation, limit))
				return
			}
		}
	}
}

var errWrongAnswer = errors.New("a wrong answer")

func wrong(what string, header, payload []byte) error {
	if len(payload) > 400 {
		payload = payload[:400]
	}
	return fmt.Errorf("%w to %s: %q %q", errWrongAnswer, what, header, payload)
}
