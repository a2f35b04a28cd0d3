package main

import (
	"slices"
	"time"
)

// timings are the durations of one thing that was measured several times.
type timings []time.Duration

// quantile is the duration that the given part of them do not exceed.
func (t timings) quantile(part float64) time.Duration {
	sorted := slices.Sorted(slices.Values(t))
	return sorted[int(part*float64(len(sorted)-1)+0.5)]
}

func (t timings) median() time.Duration { return t.quantile(0.5) }

// spread is how far the middle half of them lies apart.
func (t timings) spread() time.Duration { return t.quantile(0.75) - t.quantile(0.25) }

// minus are the differences to others, round by round.
func (t timings) minus(others timings) timings {
	out := make(timings, min(len(t), len(others)))
	for i := range out {
		out[i] = t[i] - others[i]
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
