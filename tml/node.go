package tml

import (
	"sort"
	"strings"
)

// node is a part of a document as it is written. Types come later, from the
// schema: a scalar is its text and whether it was quoted, nothing more.
type node struct {
	kind    nodeKind
	text    string // of a scalar
	quoted  bool   // a plain scalar may be a number, a boolean or null
	at      int    // byte offset of its start in the cleaned text
	marks   []mark // where the bytes of text stand
	entries []entry
	items   []*node

	size   int // texts below it in bytes plus one a node, aliases followed
	height int // levels below it, aliases followed
}

type nodeKind uint8

const (
	scalar nodeKind = iota
	sequence
	mapping
)

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	at    int
	value *node
}

// mark says that from byte text of a scalar on, its bytes stand at offset at
// of the cleaned text, one after the other, up to the next mark.
type mark struct{ text, at int }

// isNull reports whether the node counts as absent: an empty plain scalar,
// a tilde or null.
func (n *node) isNull() bool {
	return n.kind == scalar && !n.quoted && (n.text == "" || n.text == "~" || strings.EqualFold(n.text, "null"))
}

// get returns the value of a key, nil when there is none. The first of equal
// keys wins; the parser has complained about the others.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// offset is where byte i of a scalar's text stands in the cleaned text.
func (n *node) offset(i int) int {
	k := sort.Search(len(n.marks), func(k int) bool { return n.marks[k].text > i }) - 1
	if k < 0 {
		return n.at
	}
	return n.marks[k].at + i - n.marks[k].text
}

// scalarBuilder collects the text of a scalar with its marks.
type scalarBuilder struct {
	strings.Builder
	marks []mark
}

// add appends text that stands at offset at; a text that is not written as
// such (the value of an escape) belongs to the place of its escape.
func (b *scalarBuilder) add(text string, at int) {
	if text == "" {
		return
	}
	if k := len(b.marks) - 1; k < 0 || b.marks[k].at+b.Len()-b.marks[k].text != at {
		b.marks = append(b.marks, mark{b.Len(), at})
	}
	b.WriteString(text)
}

// measured fills in size and height of a node whose children are complete.
func (n *node) measured() *node {
	n.size, n.height = 1+len(n.text), 1
	count := func(child *node) {
		n.size = min(n.size+child.size, maxSize+1)
		n.height = max(n.height, child.height+1)
	}
	for _, e := range n.entries {
		n.size += len(e.key)
		count(e.value)
	}
	for _, item := range n.items {
		count(item)
	}
	return n
}

// Constructors for the trees that documents are written from.

func textNode(s string) *node { return &node{text: s, quoted: true} }

func bareNode(s string) *node { return &node{text: s} }

func boolNode(b bool) *node {
	if b {
		return bareNode("true")
	}
	return bareNode("false")
}

func textsNode(list []string) *node {
	n := &node{kind: sequence}
	for _, s := range list {
		n.items = append(n.items, textNode(s))
	}
	return n
}
