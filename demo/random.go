package demo

import (
	"math/bits"
	"sort"
)

// random is a stream of numbers that depends on its seed alone (splitmix64).
type random struct{ state uint64 }

// The seeds of the streams. Each table has its own, so that none shifts when
// another changes.
const (
	seedProducts = 0x5ea6c41197 + iota
	seedCustomers
	seedSales
	seedReturns
	seedInventory
)

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

// mix turns a number into one that looks like chance.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (r *random) below(n int) int {
	high, _ := bits.Mul64(r.next(), uint64(n))
	return int(high)
}

// between is a number from low to high, both included.
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

// chance is true so many times in a thousand.
func (r *random) chance(perMille int) bool { return r.below(1000) < perMille }

// weights draws indexes, each as often as its weight says. It holds the sums
// of the weights up to each index.
type weights []int

func newWeights(list ...int) weights {
	w := make(weights, len(list))
	sum := 0
	for i, weight := range list {
		sum += weight
		w[i] = sum
	}
	return w
}

func (w weights) pick(r *random) int { return w.pickBefore(r, len(w)) }

// pickBefore draws an index below end.
func (w weights) pickBefore(r *random, end int) int {
	at := r.below(w[end-1])
	return sort.SearchInts(w[:end], at+1)
}
