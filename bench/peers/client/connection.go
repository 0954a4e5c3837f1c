package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const connectTimeout = 10 * time.Second

// outbox gathers what is to be sent: while one write is under way the next one grows.
type outbox struct {
	mutex sync.Mutex
	bytes []byte
	wake  chan struct{}
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// add lets fill append to what is waiting.
func (o *outbox) add(fill func([]byte) []byte) {
	o.mutex.Lock()
	o.bytes = fill(o.bytes)
	o.mutex.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outbox) drain(to net.Conn, onError func(error)) {
	var spare []byte
	for range o.wake {
		o.mutex.Lock()
		full := o.bytes
		o.bytes = spare[:0]
		o.mutex.Unlock()
		if _, err := to.Write(full); err != nil {
			onError(err)
			return
		}
		spare = full
	}
}

// message is what a NATS server hands over. Its bytes are only good until the handler returns.
type message struct {
	subject, reply  string
	header, payload []byte
}

// natsConnection speaks as much of the NATS client protocol as a benchmark needs.
type natsConnection struct {
	socket  net.Conn
	reader  *bufio.Reader
	out     *outbox
	handler func(*natsConnection, message)
	onError func(error)
}

// dialNats returns once the server has taken the connection and its one subscription ("SUB subject [queue] id").
func dialNats(address, subscription string, onError func(error), handler func(*natsConnection, message)) (*natsConnection, error) {
	socket, err := net.DialTimeout("tcp", address, connectTimeout)
	if err != nil {
		return nil, err
	}
	c := &natsConnection{socket, bufio.NewReaderSize(socket, 1<<18), newOutbox(), handler, onError}
	go c.out.drain(socket, onError)
	c.raw(`CONNECT {"verbose":false,"headers":true,"no_responders":true,"protocol":1,"lang":"go","version":"1","name":"bench"}`)
	c.raw("\r\n" + subscription + "\r\nPING\r\n")
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("%s did not take the connection: %w", address, err)
		}
		if line == "PONG\r\n" {
			go c.read()
			return c, nil
		}
	}
}

func (c *natsConnection) raw(text string) {
	c.out.add(func(b []byte) []byte { return append(b, text...) })
}

// publish sends one message. The header block, when there is one, is whole: from NATS/1.0 to its empty line.
func (c *natsConnection) publish(subject, reply, header string, payload []byte) {
	c.out.add(func(b []byte) []byte {
		if header == "" {
			b = append(b, "PUB "...)
		} else {
			b = append(b, "HPUB "...)
		}
		b = append(append(b, subject...), ' ')
		if reply != "" {
			b = append(append(b, reply...), ' ')
		}
		if header != "" {
			b = append(strconv.AppendInt(b, int64(len(header)), 10), ' ')
		}
		b = strconv.AppendInt(b, int64(len(header)+len(payload)), 10)
		b = append(append(b, "\r\n"...), header...)
		return append(append(b, payload...), "\r\n"...)
	})
}

func (c *natsConnection) read() {
	buffer := make([]byte, 1<<16)
	for {
		line, err := c.reader.ReadSlice('\n')
		switch {
		case err != nil:
		case bytes.HasPrefix(line, []byte("MSG ")), bytes.HasPrefix(line, []byte("HMSG ")):
			buffer, err = c.take(line, buffer)
		case bytes.HasPrefix(line, []byte("PING")):
			c.raw("PONG\r\n")
		case bytes.HasPrefix(line, []byte("-ERR")):
			err = fmt.Errorf("NATS says: %s", bytes.TrimSpace(line))
		}
		if err != nil {
			c.onError(fmt.Errorf("the connection to NATS broke: %w", err))
			return
		}
	}
}

// take reads what a line announces, MSG subject id [reply] total or HMSG subject id [reply] header total, into the buffer or
// a larger one, and hands it over.
func (c *natsConnection) take(line, buffer []byte) ([]byte, error) {
	fields := bytes.Fields(line)
	last := len(fields) - 1
	total, err := strconv.Atoi(string(fields[last]))
	if err != nil {
		return buffer, err
	}
	headerBytes := 0
	if line[0] == 'H' {
		last--
		if headerBytes, err = strconv.Atoi(string(fields[last])); err != nil {
			return buffer, err
		}
	}
	m := message{subject: string(fields[1])}
	if last == 4 {
		m.reply = string(fields[3])
	}
	if total+2 > len(buffer) {
		buffer = make([]byte, 2*(total+2))
	}
	if _, err := io.ReadFull(c.reader, buffer[:total+2]); err != nil {
		return buffer, err
	}
	m.header, m.payload = buffer[:headerBytes], buffer[headerBytes:total]
	c.handler(c, m)
	return buffer, nil
}

func (c *natsConnection) close() { c.socket.Close() }
