package tml

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of one document (tml.md 1.2).
const (
	maxSize    = 5 << 20 // bytes, also with all aliases expanded
	maxDepth   = 50
	maxAliases = 1000
)

// fault is a mistake in the notation of a document.
type fault struct {
	code    int
	at      int // byte offset in the cleaned text
	message string
}

func syntaxFault(at int, format string, args ...any) *fault {
	return &fault{codeSyntax, at, fmt.Sprintf(format, args...)}
}

func limitFault(at int, format string, args ...any) *fault {
	return &fault{codeLimit, at, fmt.Sprintf(format, args...)}
}

// cleaned is a document without what would break its notation: a byte order
// mark, carriage returns and control characters.
type cleaned struct {
	text     string
	stripped []int // offsets in text before which a control character stood
}

func clean(text string) (cleaned, *fault) {
	if len(text) > maxSize {
		return cleaned{}, limitFault(0, "The document has %d bytes; at most %d are allowed.", len(text), maxSize)
	}
	text = strings.TrimPrefix(text, "\ufeff")
	if i := invalidUTF8(text); i >= 0 {
		return cleaned{text: strings.ToValidUTF8(text, "\ufffd")}, syntaxFault(i, "The text is not UTF-8.")
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return cleaned{text: text}, syntaxFault(i, "The text holds a NUL character.")
	}
	var c cleaned
	var b strings.Builder
	b.Grow(len(text))
	for i, r := range text {
		switch {
		case r == '\r':
			if !strings.HasPrefix(text[i+1:], "\n") {
				b.WriteByte('\n')
			}
		case r == '\t', r == '\n', r == '\u0085', r >= ' ' && r < 0x7f, r >= 0xa0 && r != '\ufffe' && r != '\uffff' && r != '\ufeff':
			b.WriteRune(r)
		default:
			c.stripped = append(c.stripped, b.Len())
		}
	}
	c.text = b.String()
	return c, nil
}

func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// parser reads YAML as people and tools write TML, and with it JSON, into a
// tree of nodes. It is written by hand because a tree must know the place of
// each character of each scalar, because the depth must be bounded while
// reading, and because time must grow with the length of the text alone.
//
// Left out on purpose: tags, merge keys and keys that are not scalars, none of
// which TML allows.
type parser struct {
	text    string
	pos     int
	depth   int
	aliases int
	anchors map[string]*node
	faults  []*fault // about equal keys; reading goes on after them
}

// parseTree reads one document; nil without a fault means an empty one.
func parseTree(text string) (*node, []*fault) {
	p := &parser{text: text, anchors: map[string]*node{}}
	root, f := p.document()
	if f != nil {
		return nil, append(p.faults, f)
	}
	return root, p.faults
}

func (p *parser) document() (*node, *fault) {
	for {
		p.skipBlank()
		if p.pos >= len(p.text) || p.text[p.pos] != '%' || p.column() != 0 {
			break
		}
		p.pos = p.lineEnd()
	}
	indent := -1
	if p.atMarker("---") {
		p.pos += 3
	}
	root, f := p.blockValue(indent, true)
	if f != nil {
		return nil, f
	}
	p.skipBlank()
	if p.atMarker("...") {
		p.pos += 3
		p.skipBlank()
	}
	switch {
	case p.pos >= len(p.text):
		return root, p.checkSize(root)
	case p.atMarker("---"):
		return nil, syntaxFault(p.pos, "A second document starts here; a file holds one.")
	}
	return nil, syntaxFault(p.pos, "This does not belong to what stands before it; check the indentation.")
}

func (p *parser) checkSize(root *node) *fault {
	if root == nil {
		return nil
	}
	if root.size > maxSize {
		return limitFault(root.at, "With its aliases expanded the document exceeds %d bytes.", maxSize)
	}
	if root.height > maxDepth {
		return limitFault(root.at, "With its aliases expanded the document nests more than %d levels.", maxDepth)
	}
	return nil
}

// enter counts a level of nesting; the caller defers leave.
func (p *parser) enter() *fault {
	if p.depth++; p.depth > maxDepth {
		return limitFault(p.pos, "The document nests more than %d levels.", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// peek is the byte n places ahead, a line end beyond the end of the text.
func (p *parser) peek(n int) byte {
	if p.pos+n < len(p.text) {
		return p.text[p.pos+n]
	}
	return '\n'
}

func (p *parser) column() int { return p.pos - (strings.LastIndexByte(p.text[:p.pos], '\n') + 1) }

func (p *parser) lineEnd() int {
	if i := strings.IndexByte(p.text[p.pos:], '\n'); i >= 0 {
		return p.pos + i
	}
	return len(p.text)
}

// atMarker reports whether a document marker starts here, at the margin.
func (p *parser) atMarker(marker string) bool {
	return strings.HasPrefix(p.text[p.pos:], marker) && isBlank(p.peek(len(marker))) && p.column() == 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// skipSpaces moves over blanks and a comment on the same line and reports
// whether the line ends there.
func (p *parser) skipSpaces() bool {
	start := p.pos
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
	if p.peek(0) == '#' && (p.pos == 0 || p.pos > start || isBlank(p.text[p.pos-1])) {
		p.pos = p.lineEnd()
	}
	return p.peek(0) == '\n'
}

// skipBlank moves to the next content on this line or a later one.
func (p *parser) skipBlank() {
	for p.skipSpaces() && p.pos < len(p.text) {
		p.pos++
	}
}

// duplicate notes a key that its mapping has already.
func (p *parser) duplicate(key string, at int) {
	p.faults = append(p.faults, syntaxFault(at, "The key <b> %s </b> occurs twice in one mapping.", key))
}

// add puts an entry into a mapping under construction.
func (p *parser) add(n *node, seen map[string]bool, e entry, plain bool) *fault {
	if plain && e.key == "<<" {
		return syntaxFault(e.at, "Merge keys are not allowed.")
	}
	if seen[e.key] {
		p.duplicate(e.key, e.at)
		return nil
	}
	seen[e.key] = true
	n.entries = append(n.entries, e)
	return nil
}

// anchorName reads the name of &name or *name.
func (p *parser) anchorName() (string, *fault) {
	start := p.pos
	p.pos++
	for p.pos < len(p.text) && !isBlank(p.text[p.pos]) && strings.IndexByte(",[]{}", p.text[p.pos]) < 0 {
		p.pos++
	}
	if p.pos == start+1 {
		return "", syntaxFault(start, "The name after %c is missing.", p.text[start])
	}
	return p.text[start+1 : p.pos], nil
}

func (p *parser) alias() (*node, *fault) {
	at := p.pos
	name, f := p.anchorName()
	if f != nil {
		return nil, f
	}
	if p.aliases++; p.aliases > maxAliases {
		return nil, limitFault(at, "The document has more than %d aliases.", maxAliases)
	}
	n := p.anchors[name]
	if n == nil {
		return nil, syntaxFault(at, "There is no anchor %s before this alias.", name)
	}
	return n, nil
}
