package source

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// Span is a half-open range of byte offsets in a text.
type Span struct {
	Start, End int
}

// Join returns the smallest span that covers s and o.
func (s Span) Join(o Span) Span {
	return Span{Start: min(s.Start, o.Start), End: max(s.End, o.End)}
}

// Len is the length of the span in bytes.
func (s Span) Len() int { return s.End - s.Start }

// Shift returns the span moved by n bytes.
func (s Span) Shift(n int) Span { return Span{Start: s.Start + n, End: s.End + n} }

// String prints the span as "start-end", the form that goldens use.
func (s Span) String() string { return fmt.Sprintf("%d-%d", s.Start, s.End) }

// Position is a place in a text as people count it.
type Position struct {
	Line   int // from 1
	Column int // from 1, counted in characters
}

// String prints the position as "line:column".
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Text is a source text with an index of its lines. It is immutable and safe
// to share between goroutines.
type Text struct {
	name  string
	text  string
	lines []int // byte offset of the start of each line
}

// NewText indexes text; name is what messages call it and may be empty.
func NewText(name, text string) *Text {
	t := &Text{name: name, text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// Name is the name given to NewText.
func (t *Text) Name() string { return t.name }

// String returns the text itself.
func (t *Text) String() string { return t.text }

// Slice returns the part of the text that s covers, cut to the text's bounds.
func (t *Text) Slice(s Span) string {
	start := min(max(s.Start, 0), len(t.text))
	end := min(max(s.End, start), len(t.text))
	return t.text[start:end]
}

// Position converts a byte offset; offsets outside the text are moved to its
// nearest end.
func (t *Text) Position(offset int) Position {
	offset = min(max(offset, 0), len(t.text))
	line := sort.Search(len(t.lines), func(i int) bool { return t.lines[i] > offset }) - 1
	return Position{Line: line + 1, Column: utf8.RuneCountInString(t.text[t.lines[line]:offset]) + 1}
}

// Length is the number of characters that s covers.
func (t *Text) Length(s Span) int { return utf8.RuneCountInString(t.Slice(s)) }

// Line returns the text of a line, counted from 1, without its line end.
func (t *Text) Line(n int) string {
	if n < 1 || n > len(t.lines) {
		return ""
	}
	end := len(t.text)
	if n < len(t.lines) {
		end = t.lines[n] - 1
	}
	line := t.text[t.lines[n-1]:end]
	if l := len(line); l > 0 && line[l-1] == '\r' {
		line = line[:l-1]
	}
	return line
}
