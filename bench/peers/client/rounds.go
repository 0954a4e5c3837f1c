package main

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
)

// rounds lets all writers begin at once, and the next round once every one was answered. In a race they all write the
// same register, and exactly one may win; in a burst each writes its own.
type rounds struct {
	*engine
	requests *requests
	mutex    sync.Mutex
	answered int
	winners  int
	decided  []byte
	names    []string // by slot: the register that it writes in this round
}

func newRounds(c config, e *engine) (driver, error) {
	r := &rounds{engine: e, names: make([]string, c.inFlight)}
	var err error
	r.requests, err = newRequests(c, e, r.replied)
	return r, err
}

// begin takes the round from n: the engine gives every slot one number a round.
func (r *rounds) begin(slot int, n int64) {
	name := r.prefix + "." + strconv.FormatInt(n/int64(r.inFlight), 10)
	if r.operation == "burst" {
		name += "." + strconv.Itoa(slot)
	}
	r.names[slot] = name
	r.requests.ask(slot, int64(slot), "register.write."+name, "", r.value(slot))
}

// value is a writer's own: no two are alike.
func (r *rounds) value(slot int) []byte {
	return r.valueOf(strconv.Itoa(slot) + "." + r.names[slot])
}

func (r *rounds) replied(slot int, header, payload []byte) {
	if err := r.judge(slot, header, payload); err != nil {
		r.engine.fail(err)
		return
	}
	r.engine.note(slot)
	r.mutex.Lock()
	r.answered++
	whole := r.answered == r.inFlight
	winners := r.winners
	if whole {
		r.answered, r.winners, r.decided = 0, 0, nil
	}
	r.mutex.Unlock()
	if !whole {
		return
	}
	if r.operation == "race" && winners != 1 {
		r.engine.fail(fmt.Errorf("%d writers of one register won", winners))
		return
	}
	r.engine.startRound()
}

func (r *rounds) judge(slot int, header, payload []byte) error {
	outcome := outcomeOf(header)
	own := r.value(slot)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case outcome == "won" && bytes.Equal(payload, own):
		r.winners++
	case outcome == "lost" && r.operation == "race" && !bytes.Equal(payload, own):
	default:
		return wrong("a write of round "+r.names[slot], header, payload)
	}
	if r.operation == "burst" {
		return nil
	}
	if r.decided == nil {
		r.decided = append([]byte{}, payload...)
	}
	if !bytes.Equal(r.decided, payload) {
		return fmt.Errorf("two values of one register: %q and %q", r.decided, payload)
	}
	return nil
}

func (r *rounds) close() { r.requests.close() }
