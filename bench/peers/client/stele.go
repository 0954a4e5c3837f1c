package main

import (
	"bytes"
	"fmt"
)

func init() {
	systems["stele"] = newStele
}

// stele writes, reads, and writes batches of registers.
type stele struct {
	*engine
	requests *requests
	asked    []string // by slot: the name of the register under way
	retrier  *retrier
}

func newStele(c config, e *engine) (driver, error) {
	if c.operation == "race" || c.operation == "burst" {
		return newRounds(c, e)
	}
	s := &stele{engine: e, asked: make([]string, c.inFlight)}
	onReply := map[string]func(int, []byte, []byte){"create": s.written, "read": s.read, "batch": s.batchWritten}[c.operation]
	if onReply == nil {
		return nil, fmt.Errorf("there is no operation %q", c.operation)
	}
	var err error
	if c.retry && c.operation == "read" {
		return nil, fmt.Errorf("only writes are tried again")
	}
	if s.requests, err = newRequests(c, e, onReply); err == nil && c.retry {
		s.retrier = newRetrier(s)
	}
	return s, err
}

func (s *stele) begin(slot int, n int64) {
	name := s.nameOf(n)
	s.asked[slot] = name
	switch {
	case s.retrier != nil:
		s.retrier.begin(slot, n)
	case s.operation == "read":
		s.requests.ask(slot, n, "register.read."+name, "", nil)
	case s.operation == "batch":
		s.requests.ask(slot, n, "register.write", "", s.envelope(n))
	default:
		s.requests.ask(slot, n, "register.write."+name, "", s.valueOf(name))
	}
}

func (s *stele) written(slot int, header, payload []byte) {
	name := s.asked[slot]
	if outcomeOf(header) == "won" && bytes.Equal(payload, s.valueOf(name)) {
		s.engine.done(slot, nil)
	} else if s.retrier != nil {
		s.retrier.unsettled(slot)
	} else {
		s.engine.done(slot, wrong("the write of "+name, header, payload))
	}
}

func (s *stele) read(slot int, header, payload []byte) {
	if outcomeOf(header) == "decided" && bytes.Equal(payload, s.valueOf(s.asked[slot])) {
		s.engine.done(slot, nil)
		return
	}
	s.engine.done(slot, wrong("the read of "+s.asked[slot], header, payload))
}

// envelope is the n-th batch; its registers are named as if they were written one by one.
func (s *stele) envelope(n int64) []byte {
	body := make([]byte, 0, s.batch*(s.valueBytes+len(s.prefix)+48))
	for index := 0; index < s.batch; index++ {
		name := s.nameOf(n*int64(s.batch) + int64(index))
		body = append(append(body, `,{"register":"`...), name...)
		if s.retry {
			body = append(append(body, `","opId":"`...), name...)
		}
		body = append(append(append(body, `","value":`...), s.valueOf(name)...), '}')
	}
	body[0] = '['
	return append(body, ']')
}

func (s *stele) batchWritten(slot int, header, payload []byte) {
	if bytes.Count(payload, []byte(`"outcome":"won"`)) == s.batch {
		s.engine.done(slot, nil)
		return
	}
	if s.retrier != nil {
		s.retrier.unsettled(slot)
		return
	}
	// The first entry that has another outcome, or the whole reply when it has no entries.
	for _, entry := range bytes.SplitAfter(payload, []byte("},")) {
		if !bytes.Contains(entry, []byte(`"outcome":"won"`)) {
			payload = entry
			break
		}
	}
	s.engine.done(slot, wrong("a batch", header, payload))
}

func (s *stele) close() { s.requests.close() }

const outcomeHeader = "\r\nRegister-Outcome:"

func outcomeOf(header []byte) string {
	at := bytes.Index(header, []byte(outcomeHeader))
	if at < 0 {
		return ""
	}
	rest := header[at+len(outcomeHeader):]
	if end := bytes.IndexByte(rest, '\r'); end >= 0 {
		rest = rest[:end]
	}
	return string(bytes.TrimSpace(rest))
}
