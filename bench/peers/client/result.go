package main

import (
	"errors"
	"sort"
	"syscall"
)

const binMicros = 100_000

// result is the line that the client prints.
type result struct {
	Operations int     `json:"operations"`
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"perSecond"`
	P50Ms      float64 `json:"p50Ms"`
	P99Ms      float64 `json:"p99Ms"`
	MaxMs      float64 `json:"maxMs"`
	Retries    int64   `json:"retries"`
	// How much of one core the client itself was busy with, warm-up included.
	ClientCpu float64 `json:"clientCpu"`
	// What ended in each tenth of a second, and the slowest of it.
	Timeline []bin `json:"timeline,omitempty"`
}

type bin struct {
	Operations int     `json:"operations"`
	MaxMs      float64 `json:"maxMs"`
}

func (e *engine) summarize(cpu float64) (*result, error) {
	latencies := []int64{}
	bins := map[int64]*bin{}
	lastMicros := int64(0)
	for _, ofSlot := range e.samples {
		for _, sample := range ofSlot {
			latencies = append(latencies, sample.latencyMicros)
			at := sample.endedMicros / binMicros
			if bins[at] == nil {
				bins[at] = &bin{}
			}
			bins[at].Operations++
			bins[at].MaxMs = max(bins[at].MaxMs, float64(sample.latencyMicros)/1000)
			if sample.endedMicros > lastMicros {
				lastMicros = sample.endedMicros
			}
		}
	}
	if len(latencies) == 0 {
		return nil, errors.New("nothing was answered in the measured time: measure for longer")
	}
	sort.Slice(latencies, func(a, b int) bool { return latencies[a] < latencies[b] })
	seconds := e.duration.Seconds()
	if e.count > 0 {
		seconds = float64(lastMicros) / 1e6
	}
	r := &result{
		Operations: len(latencies),
		Seconds:    seconds,
		PerSecond:  float64(len(latencies)) / seconds,
		P50Ms:      quantileMs(latencies, 0.5),
		P99Ms:      quantileMs(latencies, 0.99),
		MaxMs:      quantileMs(latencies, 1),
		Retries:    e.retries.Load(),
		ClientCpu:  cpu / (float64(e.now()) / 1e9),
	}
	if e.timeline {
		for at := int64(0); at <= lastMicros/binMicros; at++ {
			if bins[at] == nil {
				bins[at] = &bin{}
			}
			r.Timeline = append(r.Timeline, *bins[at])
		}
	}
	return r, nil
}

func quantileMs(sorted []int64, q float64) float64 {
	at := int(float64(len(sorted)) * q)
	if at >= len(sorted) {
		at = len(sorted) - 1
	}
	return float64(sorted[at]) / 1000
}

func max(a, b float64) float64 {
	if a > b {
		return a
	}
	return b
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}
