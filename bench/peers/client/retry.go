package main

import (
	"sync/atomic"
	"time"
)

// The shortest pause before another try that stele's own library makes.
const retryPause = 25 * time.Millisecond

// retrier repeats a write with its operation id until it is settled, over the next connection each time. A request that
// was on its way to a member that dies is one that only the client can send again.
type retrier struct {
	*stele
	tries []try // by slot
}

type try struct {
	operation int64
	number    atomic.Int64 // of the request under way, 0 while there is none
	sentAt    atomic.Int64
	count     int64
}

func newRetrier(s *stele) *retrier {
	r := &retrier{s, make([]try, s.inFlight)}
	s.requests.onStale = func(message) {} // an answer that came after its time-out
	go r.expire()
	return r
}

func (r *retrier) begin(slot int, n int64) {
	r.tries[slot].operation, r.tries[slot].count = n, 0
	r.send(slot)
}

func (r *retrier) send(slot int) {
	try := &r.tries[slot]
	try.sentAt.Store(r.engine.now())
	try.number.Store(r.requests.sent[slot].Load() + 1)
	connection := try.operation + try.count
	if r.operation == "batch" {
		r.requests.ask(slot, connection, "register.write", "", r.envelope(try.operation))
		return
	}
	name := r.asked[slot]
	header := "NATS/1.0\r\nRegister-Op-Id: " + name + "\r\n\r\n"
	r.requests.ask(slot, connection, "register.write."+name, header, r.valueOf(name))
}

// unsettled sends the same operation again, a little later.
func (r *retrier) unsettled(slot int) {
	r.engine.retries.Add(1)
	r.tries[slot].number.Store(0)
	r.tries[slot].count++
	time.AfterFunc(retryPause, func() { r.send(slot) })
}

func (r *retrier) expire() {
	for range time.Tick(5 * time.Millisecond) {
		for slot := range r.tries {
			try := &r.tries[slot]
			number := try.number.Load()
			if number == 0 || r.engine.now()-try.sentAt.Load() < int64(r.tryTimeout) {
				continue
			}
			if r.requests.claim(slot, number) {
				r.unsettled(slot)
			}
		}
	}
}
