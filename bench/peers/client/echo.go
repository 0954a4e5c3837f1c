package main

import "bytes"

func init() {
	systems["echo"] = newEcho
}

// echo asks a responder in this same process over the same servers: what the client can drive at the most, while it also
// does the work of the other side.
type echo struct {
	*engine
	requests   *requests
	responders []*natsConnection
	asked      []string
}

const echoReply = "NATS/1.0\r\nRegister-Outcome: won\r\nRegister-Ballot: 0/n1/1\r\n\r\n"

func newEcho(c config, e *engine) (driver, error) {
	d := &echo{engine: e, asked: make([]string, c.inFlight)}
	for _, address := range c.servers {
		responder, err := dialNats(address, "SUB bench-echo.> bench 1", func(error) {}, func(to *natsConnection, m message) {
			to.publish(m.reply, "", echoReply, m.payload)
		})
		if err != nil {
			return nil, err
		}
		d.responders = append(d.responders, responder)
	}
	var err error
	d.requests, err = newRequests(c, e, d.replied)
	return d, err
}

func (d *echo) begin(slot int, n int64) {
	name := d.nameOf(n)
	d.asked[slot] = name
	d.requests.ask(slot, n, "bench-echo."+name, "", d.valueOf(name))
}

func (d *echo) replied(slot int, header, payload []byte) {
	if outcomeOf(header) == "won" && bytes.Equal(payload, d.valueOf(d.asked[slot])) {
		d.engine.done(slot, nil)
		return
	}
	d.engine.done(slot, wrong("an echo", header, payload))
}

func (d *echo) close() {
	d.requests.close()
	for _, responder := range d.responders {
		responder.close()
	}
}
