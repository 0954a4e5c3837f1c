// Command client keeps a number of operations in flight against one system and prints one line of JSON: how many
// came back right in the measured time, and how long they took. It holds no goroutine per operation where the
// protocol allows it, and writes to a connection in batches, so that it is lighter than what it measures.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"
)

// config is what the command line says.
type config struct {
	servers    []string
	system     string
	operation  string
	inFlight   int
	warmup     time.Duration
	duration   time.Duration
	count      int64
	prefix     string
	keys       int64
	valueBytes int
	batch      int
	bucket     string
	sessions   int
	retry      bool
	tryTimeout time.Duration
	timeline   bool
	progress   bool
}

// driver carries out the operations of one system. It calls engine.done once for each one that was begun.
type driver interface {
	begin(slot int, n int64)
	close()
}

// A maker connects to a system; what cannot be built here is not in the table.
type maker func(config, *engine) (driver, error)

var systems = map[string]maker{}

func main() {
	c, err := parse()
	if err == nil {
		var result any
		if result, err = run(c); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(result)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(c config) (any, error) {
	make, known := systems[c.system]
	if !known {
		return nil, fmt.Errorf("this client was built for %s, not for %q", strings.Join(names(), ", "), c.system)
	}
	e := newEngine(c)
	d, err := make(c, e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.system, err)
	}
	defer d.close()
	return e.run(d)
}

func names() []string {
	list := []string{}
	for name := range systems {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

func parse() (config, error) {
	var c config
	servers := flag.String("servers", "", "addresses (host:port) with commas between them; requests go to each in turn")
	flag.StringVar(&c.system, "system", "", "one of "+strings.Join(names(), ", "))
	flag.StringVar(&c.operation, "operation", "create", "create or read; for stele also batch, race and burst")
	flag.IntVar(&c.inFlight, "in-flight", 1, "operations under way at any time")
	flag.DurationVar(&c.warmup, "warmup", time.Second, "what is not measured at the start")
	flag.DurationVar(&c.duration, "duration", 3*time.Second, "what is measured after it")
	flag.Int64Var(&c.count, "count", 0, "end after so many operations, all of them measured, whatever the duration")
	flag.StringVar(&c.prefix, "prefix", "k", "what each key begins with; create wants one that was never used")
	flag.Int64Var(&c.keys, "keys", 1, "read: how many keys of the prefix exist")
	flag.IntVar(&c.valueBytes, "value-bytes", 64, "the size of a value")
	flag.IntVar(&c.batch, "batch", 100, "batch: registers a request")
	flag.StringVar(&c.bucket, "bucket", "bench", "jetstream: the KV bucket")
	flag.IntVar(&c.sessions, "sessions", 1, "connections to each server")
	flag.BoolVar(&c.retry, "retry", false, "stele: try again what was not settled, as its library does, and count that")
	flag.DurationVar(&c.tryTimeout, "try-timeout", 2*time.Second, "stele: how long one of these tries waits for its answer")
	flag.BoolVar(&c.timeline, "timeline", false, "also print what came back in each tenth of a second")
	flag.BoolVar(&c.progress, "progress", false, "print a line on standard error every second: how many are done")
	flag.Parse()
	c.servers = strings.Split(*servers, ",")
	if *servers == "" || c.inFlight < 1 || c.batch < 1 || c.keys < 1 || c.sessions < 1 || c.valueBytes < 2 || flag.NArg() > 0 {
		return c, fmt.Errorf("give -servers, and only counts from 1, and values of 2 bytes or more; see -help")
	}
	return c, nil
}
