package tml

import (
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

// Path names a place in a document the way messages do, with list positions
// as ordinals: table->joins_with(1st)->type.
type Path string

// Key is the path of a key of the mapping at p.
func (p Path) Key(key string) Path {
	if p == "" {
		return Path(key)
	}
	return p + "->" + Path(key)
}

// Item is the path of the entry with an index, from 0, of the list at p.
func (p Path) Item(index int) Path { return p + Path("("+source.Ordinal(index+1)+")") }

// splitOrdinal undoes Item for one step of a path; the index is -1 when the
// step has none.
func splitOrdinal(step string) (string, int) {
	open := strings.LastIndexByte(step, '(')
	if open < 0 || !strings.HasSuffix(step, ")") || len(step) < open+4 {
		return step, -1
	}
	n, err := strconv.Atoi(step[open+1 : len(step)-3])
	if err != nil || n < 1 {
		return step, -1
	}
	return step[:open], n - 1
}

// At is the line and column, from 1, of the value at a path. A part of the
// path that the file does not have counts as standing where its parent does;
// a document that was not parsed has no places, and the answer is 0, 0.
func (d *Document) At(path Path) (line, column int) {
	n, _ := d.find(path)
	return d.position(n)
}

// ExprAt is the line and column, from 1, of byte offset of the text at a path,
// such as a formula's expression, whatever style the file writes it in.
func (d *Document) ExprAt(path Path, offset int) (line, column int) {
	n, exact := d.find(path)
	if n == nil || !exact {
		return d.position(n)
	}
	if n.kind == sequence {
		return d.inList(n, offset)
	}
	return d.place(n.offset(offset))
}

// inList finds an offset in a text that the file gives as a list of parts.
func (d *Document) inList(n *node, offset int) (line, column int) {
	between := len(conditionSeparator)
	if isExploded(n) {
		between = 0
	}
	for _, item := range n.items {
		if offset < len(item.text)+between {
			return d.place(item.offset(min(offset, len(item.text))))
		}
		offset -= len(item.text) + between
	}
	return d.position(n)
}

func (d *Document) position(n *node) (line, column int) {
	if n == nil {
		return 0, 0
	}
	return d.place(n.at)
}

func (d *Document) place(offset int) (line, column int) {
	if d.source.text == nil {
		return 0, 0
	}
	return d.source.position(offset)
}

// find returns the node at a path, or the nearest one above it.
func (d *Document) find(path Path) (n *node, exact bool) {
	n = d.source.root
	if n == nil || path == "" {
		return n, n != nil
	}
	for step := range strings.SplitSeq(string(path), "->") {
		key, index := splitOrdinal(step)
		child := n.get(key)
		if child == nil {
			if child = n.get(olderSpellings[key]); child == nil {
				return n, false
			}
		}
		n = child
		if index >= 0 && n.kind == sequence {
			if index >= len(n.items) {
				return n, false
			}
			n = n.items[index]
		}
	}
	return n, true
}

// written is the file that a document was read from.
type written struct {
	root     *node
	text     *source.Text
	stripped []int
}

// position converts an offset of the cleaned text; characters that were
// stripped from the line count as well.
func (w *written) position(offset int) (line, column int) {
	p := w.text.Position(offset)
	start := offset
	for start > 0 && start <= len(w.text.String()) && w.text.String()[start-1] != '\n' {
		start--
	}
	for _, s := range w.stripped {
		if s >= start && s <= offset {
			p.Column++
		}
	}
	return p.Line, p.Column
}
