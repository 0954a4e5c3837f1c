package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
)

func init() {
	systems["zookeeper"] = newZooKeeper
}

// Of the ZooKeeper wire protocol.
const (
	zkCreate         = 1
	zkGetData        = 4
	zkCloseSession   = -11
	zkAllPermissions = 31
	zkSessionMillis  = 30_000
)

// zooKeeper creates persistent nodes and gets their data. Every request carries its slot as its xid.
type zooKeeper struct {
	*engine
	sessions []*zkSession
	asked    []string
	closing  atomic.Bool
}

type zkSession struct {
	socket net.Conn
	reader *bufio.Reader
	out    *outbox
}

func newZooKeeper(c config, e *engine) (driver, error) {
	z := &zooKeeper{engine: e, asked: make([]string, c.inFlight)}
	if c.operation != "create" && c.operation != "read" {
		return nil, fmt.Errorf("there is no operation %q", c.operation)
	}
	for n := 0; n < c.sessions; n++ {
		for _, address := range c.servers {
			session, err := dialZooKeeper(address, z.broken)
			if err != nil {
				return nil, err
			}
			z.sessions = append(z.sessions, session)
			go z.read(session)
		}
	}
	return z, nil
}

func dialZooKeeper(address string, onError func(error)) (*zkSession, error) {
	socket, err := net.DialTimeout("tcp", address, connectTimeout)
	if err != nil {
		return nil, err
	}
	s := &zkSession{socket, bufio.NewReaderSize(socket, 1<<18), newOutbox()}
	go s.out.drain(socket, onError)
	// Protocol version, last zxid seen, time-out, session id, password.
	s.send(func(b []byte) []byte {
		b = int64Bytes(int32Bytes(b, 0), 0)
		return buffer(int64Bytes(int32Bytes(b, zkSessionMillis), 0), make([]byte, 16))
	})
	_, err = s.receive(nil)
	return s, err
}

func (z *zooKeeper) begin(slot int, n int64) {
	name := "/" + z.nameOf(n)
	z.asked[slot] = name
	session := z.sessions[int(n%int64(len(z.sessions)))]
	session.send(func(b []byte) []byte {
		b = int32Bytes(b, int32(slot))
		if z.operation == "read" {
			return append(buffer(int32Bytes(b, zkGetData), []byte(name)), 0) // no watch
		}
		b = buffer(buffer(int32Bytes(b, zkCreate), []byte(name)), z.valueOf(name))
		b = int32Bytes(int32Bytes(b, 1), zkAllPermissions) // one entry of access control
		return int32Bytes(buffer(buffer(b, []byte("world")), []byte("anyone")), 0)
	})
}

func (z *zooKeeper) read(session *zkSession) {
	var frame []byte
	var err error
	for {
		if frame, err = session.receive(frame); err != nil || len(frame) < 16 {
			z.broken(fmt.Errorf("the connection to ZooKeeper broke: %v", err))
			return
		}
		// xid, zxid, error, and then what was asked for.
		slot, failure := int(int32(binary.BigEndian.Uint32(frame))), binary.BigEndian.Uint32(frame[12:])
		if slot < 0 || slot >= len(z.asked) {
			continue
		}
		name := z.asked[slot]
		expected := []byte(name)
		if z.operation == "read" {
			expected = z.valueOf(name)
		}
		if failure == 0 && bytes.HasPrefix(frame[16:], buffer(nil, expected)) {
			z.engine.done(slot, nil)
		} else {
			z.engine.done(slot, wrong(z.operation+" of "+name, frame[:16], frame[16:]))
		}
	}
}

func (z *zooKeeper) broken(err error) {
	if !z.closing.Load() {
		z.engine.fail(err)
	}
}

// close ends the sessions in order; left alone, they would expire during a later measurement.
func (z *zooKeeper) close() {
	z.closing.Store(true)
	for _, session := range z.sessions {
		session.send(func(b []byte) []byte { return int32Bytes(int32Bytes(b, int32(len(z.asked))), zkCloseSession) })
	}
	for _, session := range z.sessions {
		_, _ = io.Copy(io.Discard, session.socket) // until the server hangs up
		session.socket.Close()
	}
}

// send frames what fill appends.
func (s *zkSession) send(fill func([]byte) []byte) {
	s.out.add(func(b []byte) []byte {
		start := len(b)
		b = fill(append(b, 0, 0, 0, 0))
		binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
		return b
	})
}

func (s *zkSession) receive(frame []byte) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(s.reader, size[:]); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint32(size[:]))
	if length > cap(frame) {
		frame = make([]byte, length)
	}
	_, err := io.ReadFull(s.reader, frame[:length])
	return frame[:length], err
}

func int32Bytes(b []byte, n int32) []byte { return binary.BigEndian.AppendUint32(b, uint32(n)) }

func int64Bytes(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

func buffer(b, content []byte) []byte { return append(int32Bytes(b, int32(len(content))), content...) }
