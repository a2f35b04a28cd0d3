package model

import (
	"fmt"
	"math/bits"
	"strings"
)

// NodeSet is a set of nodes of one model. The zero value is empty.
type NodeSet struct{ words []uint64 }

// SetOf is the set of the given nodes.
func SetOf(nodes ...NodeID) NodeSet {
	var s NodeSet
	for _, n := range nodes {
		s = s.With(n)
	}
	return s
}

// With returns the set with n added.
func (s NodeSet) With(n NodeID) NodeSet {
	if s.Has(n) {
		return s
	}
	words := make([]uint64, max(len(s.words), int(n)/64+1))
	copy(words, s.words)
	words[n/64] |= 1 << (n % 64)
	return NodeSet{words}
}

// Has reports whether n is in the set.
func (s NodeSet) Has(n NodeID) bool {
	return int(n)/64 < len(s.words) && s.words[n/64]&(1<<(n%64)) != 0
}

// Union is the set of the nodes in s or t.
func (s NodeSet) Union(t NodeSet) NodeSet {
	if len(s.words) < len(t.words) {
		s, t = t, s
	}
	words := append([]uint64(nil), s.words...)
	for i, w := range t.words {
		words[i] |= w
	}
	return NodeSet{words}
}

// Minus is the set of the nodes in s that are not in t.
func (s NodeSet) Minus(t NodeSet) NodeSet {
	words := append([]uint64(nil), s.words...)
	for i := range min(len(words), len(t.words)) {
		words[i] &^= t.words[i]
	}
	return NodeSet{words}
}

// SubsetOf reports whether every node of s is in t.
func (s NodeSet) SubsetOf(t NodeSet) bool {
	for i, w := range s.words {
		if i < len(t.words) {
			w &^= t.words[i]
		}
		if w != 0 {
			return false
		}
	}
	return true
}

// Len is the number of nodes.
func (s NodeSet) Len() int {
	n := 0
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Nodes lists the set in ascending order.
func (s NodeSet) Nodes() []NodeID {
	var out []NodeID
	for i, w := range s.words {
		for ; w != 0; w &= w - 1 {
			out = append(out, NodeID(i*64+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// String prints the set as {1,4}.
func (s NodeSet) String() string {
	parts := []string{}
	for _, n := range s.Nodes() {
		parts = append(parts, fmt.Sprint(int(n)))
	}
	return "{" + strings.Join(parts, ",") + "}"
}
