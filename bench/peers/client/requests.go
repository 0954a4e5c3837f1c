package main

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"sync/atomic"
)

// requests asks over NATS: connections to all servers in turn, one wildcard inbox on each, one request a slot.
type requests struct {
	connections []*natsConnection
	inbox       string
	sent        []atomic.Int64 // by slot: how many requests so far
	awaited     []atomic.Int64 // by slot: the number of the one under way, 0 for none
	onReply     func(slot int, header, payload []byte)
	onStale     func(m message)
	closing     atomic.Bool
}

func newRequests(c config, e *engine, onReply func(slot int, header, payload []byte)) (*requests, error) {
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	r := &requests{
		inbox:   "_INBOX." + hex.EncodeToString(random) + ".",
		sent:    make([]atomic.Int64, c.inFlight),
		awaited: make([]atomic.Int64, c.inFlight),
		onReply: onReply,
	}
	r.onStale = func(m message) { e.fail(wrong("nothing that was asked, or a second one", m.header, m.payload)) }
	onError := func(err error) {
		if !r.closing.Load() {
			e.fail(err)
		}
	}
	for session := 0; session < c.sessions; session++ {
		for _, address := range c.servers {
			inbox := r.inbox + strconv.Itoa(len(r.connections)) + ".>"
			connection, err := dialNats(address, "SUB "+inbox+" 1", onError, r.handle)
			if err != nil {
				return nil, err
			}
			r.connections = append(r.connections, connection)
		}
	}
	return r, nil
}

// ask sends a slot's request; n says over which connection.
func (r *requests) ask(slot int, n int64, subject, header string, payload []byte) int64 {
	number := r.sent[slot].Add(1)
	r.awaited[slot].Store(number)
	index := int(n % int64(len(r.connections)))
	reply := r.inbox + strconv.Itoa(index) + "." + strconv.Itoa(slot) + "." + strconv.FormatInt(number, 10)
	r.connections[index].publish(subject, reply, header, payload)
	return number
}

// claim takes a slot's request as ended; only one of an answer and a time-out gets it.
func (r *requests) claim(slot int, number int64) bool {
	return r.awaited[slot].CompareAndSwap(number, 0)
}

func (r *requests) handle(_ *natsConnection, m message) {
	// Of the connection, the slot, the request.
	tokens := strings.SplitN(strings.TrimPrefix(m.subject, r.inbox), ".", 3)
	if len(tokens) < 3 {
		r.onStale(m)
		return
	}
	slot, badSlot := strconv.Atoi(tokens[1])
	number, badNumber := strconv.ParseInt(tokens[2], 10, 64)
	if badSlot != nil || badNumber != nil || slot >= len(r.awaited) || !r.claim(slot, number) {
		r.onStale(m)
		return
	}
	r.onReply(slot, m.header, m.payload)
}

func (r *requests) close() {
	r.closing.Store(true)
	for _, connection := range r.connections {
		connection.close()
	}
}
