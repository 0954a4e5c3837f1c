package main

import (
	"bytes"
	"fmt"
)

func init() {
	systems["jetstream"] = newJetStream
}

// What the client libraries put on the wire for a KV create: publish if the subject has no message yet.
const createOnly = "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 0\r\n\r\n"

// jetStream creates and gets keys of a KV bucket as the client libraries do.
type jetStream struct {
	*engine
	requests *requests
	asked    []string
}

func newJetStream(c config, e *engine) (driver, error) {
	j := &jetStream{engine: e, asked: make([]string, c.inFlight)}
	onReply := map[string]func(int, []byte, []byte){"create": j.created, "read": j.got}[c.operation]
	if onReply == nil {
		return nil, fmt.Errorf("there is no operation %q", c.operation)
	}
	var err error
	j.requests, err = newRequests(c, e, onReply)
	return j, err
}

func (j *jetStream) begin(slot int, n int64) {
	name := j.nameOf(n)
	j.asked[slot] = name
	subject := "$KV." + j.bucket + "." + name
	if j.operation == "create" {
		j.requests.ask(slot, n, subject, createOnly, j.valueOf(name))
		return
	}
	// A direct get: any replica answers.
	j.requests.ask(slot, n, "$JS.API.DIRECT.GET.KV_"+j.bucket+"."+subject, "", nil)
}

func (j *jetStream) created(slot int, header, payload []byte) {
	if bytes.Contains(payload, []byte(`"seq":`)) && !bytes.Contains(payload, []byte(`"error"`)) {
		j.engine.done(slot, nil)
		return
	}
	j.engine.done(slot, wrong("the create of "+j.asked[slot], header, payload))
}

func (j *jetStream) got(slot int, header, payload []byte) {
	if bytes.Equal(payload, j.valueOf(j.asked[slot])) {
		j.engine.done(slot, nil)
		return
	}
	j.engine.done(slot, wrong("the get of "+j.asked[slot], header, payload))
}

func (j *jetStream) close() { j.requests.close() }
