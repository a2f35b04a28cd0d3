package tml

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plainStarts reports whether a plain scalar can start here.
func (p *parser) plainStarts(inFlow bool) bool {
	c := p.peek(0)
	switch {
	case isBlank(c):
		return false
	case c == '-' || c == '?' || c == ':':
		next := p.peek(1)
		return !isBlank(next) && !(inFlow && strings.IndexByte(",[]{}", next) >= 0)
	}
	return strings.IndexByte(",[]{}#&*!|>'\"%@`", c) < 0
}

// plainEnd finds where the plain scalar that starts at i ends on its line,
// without the blanks behind it.
func (p *parser) plainEnd(i int, inFlow bool) int {
	end := i
	for ; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\n':
			return end
		case c == ' ' || c == '\t':
			continue
		case c == '#' && i > 0 && (p.text[i-1] == ' ' || p.text[i-1] == '\t'):
			return end
		case inFlow && strings.IndexByte(",[]{}", c) >= 0:
			return end
		case c == ':':
			if i+1 == len(p.text) || isBlank(p.text[i+1]) || inFlow && strings.IndexByte(",[]{}", p.text[i+1]) >= 0 {
				return end
			}
		}
		end = i + 1
	}
	return end
}

// plainScalar reads a plain scalar of a block, over several lines if those
// that follow are indented deeper than indent.
func (p *parser) plainScalar(indent int) (*node, *fault) {
	if !p.plainStarts(false) {
		return nil, syntaxFault(p.pos, "A text cannot start with %q; quote it.", p.peek(0))
	}
	at := p.pos
	var b scalarBuilder
	for {
		end := p.plainEnd(p.pos, false)
		b.add(p.text[p.pos:end], p.pos)
		p.pos = end
		if p.peek(0) == ':' {
			return nil, syntaxFault(p.pos, "A colon cannot stand here; quote the text, or check the indentation.")
		}
		before := p.pos
		for p.peek(0) == ' ' || p.peek(0) == '\t' {
			p.pos++
		}
		switch p.peek(0) {
		case ':':
			return nil, syntaxFault(p.pos, "A colon cannot stand here; quote the text, or check the indentation.")
		case '#':
			return p.plainDone(&b, at, before)
		}
		if !p.continues(indent) || p.peek(0) == '#' {
			return p.plainDone(&b, at, before)
		}
		b.fold(strings.Count(p.text[before:p.pos], "\n"), before)
	}
}

func (p *parser) plainDone(b *scalarBuilder, at, end int) (*node, *fault) {
	p.pos = end
	return (&node{text: b.String(), marks: b.marks, at: at}).measured(), nil
}

// continues moves to the next line with content and reports whether it may
// continue a scalar of a parent at column indent.
func (p *parser) continues(indent int) bool {
	for p.pos < len(p.text) && isBlank(p.text[p.pos]) {
		p.pos++
	}
	return p.pos < len(p.text) && p.column() > indent && !p.atMarker("---") && !p.atMarker("...")
}

// fold adds what n line ends inside a scalar become: one a blank, more of them
// one line end less.
func (b *scalarBuilder) fold(n, at int) {
	if n == 1 {
		b.add(" ", at)
		return
	}
	b.add(strings.Repeat("\n", n-1), at)
}

// flowPlain reads a plain scalar inside a flow collection.
func (p *parser) flowPlain() (*node, *fault) {
	if !p.plainStarts(true) {
		return nil, syntaxFault(p.pos, "A text cannot start with %q; quote it.", p.peek(0))
	}
	at := p.pos
	var b scalarBuilder
	for {
		end := p.plainEnd(p.pos, true)
		b.add(p.text[p.pos:end], p.pos)
		p.pos = end
		for p.peek(0) == ' ' || p.peek(0) == '\t' {
			p.pos++
		}
		if p.pos >= len(p.text) || p.peek(0) != '\n' {
			return p.plainDone(&b, at, end)
		}
		if !p.continues(-1) || strings.IndexByte(",[]{}:#", p.peek(0)) >= 0 {
			return p.plainDone(&b, at, end)
		}
		b.fold(strings.Count(p.text[end:p.pos], "\n"), end)
	}
}

// quotedScalar reads a scalar in single or double quotes; lines that continue
// it must be indented deeper than indent.
func (p *parser) quotedScalar(indent int) (*node, *fault) {
	at, quote := p.pos, p.text[p.pos]
	var b scalarBuilder
	p.pos++
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == quote && quote == '\'' && p.peek(1) == '\'':
			b.add("'", p.pos)
			p.pos += 2
		case c == quote:
			p.pos++
			return (&node{text: b.String(), marks: b.marks, quoted: true, at: at}).measured(), nil
		case c == '\\' && quote == '"':
			if f := p.escape(&b); f != nil {
				return nil, f
			}
		case isBlank(c):
			if f := p.quotedBlank(&b, at, indent); f != nil {
				return nil, f
			}
		default:
			end := p.pos + 1
			for end < len(p.text) && !isBlank(p.text[end]) && p.text[end] != quote && p.text[end] != '\\' {
				end++
			}
			b.add(p.text[p.pos:end], p.pos)
			p.pos = end
		}
	}
	return nil, syntaxFault(at, "The closing quote of this text is missing.")
}

// quotedBlank reads blanks and line ends inside quotes.
func (p *parser) quotedBlank(b *scalarBuilder, open, indent int) *fault {
	start := p.pos
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
	if p.pos >= len(p.text) {
		return nil
	}
	if p.text[p.pos] != '\n' {
		b.add(p.text[start:p.pos], start)
		return nil
	}
	lines, f := p.quotedLineEnds(open, indent)
	if f == nil && lines > 0 {
		b.fold(lines, start)
	}
	return f
}

// quotedLineEnds moves to the next content inside quotes and counts the line
// ends on the way.
func (p *parser) quotedLineEnds(open, indent int) (int, *fault) {
	start := p.pos
	for p.pos < len(p.text) && isBlank(p.text[p.pos]) {
		p.pos++
	}
	if p.pos >= len(p.text) {
		return 0, nil
	}
	if p.column() <= indent || p.atMarker("---") || p.atMarker("...") {
		return 0, syntaxFault(open, "The closing quote of this text is missing, or the lines that continue it are not indented.")
	}
	return strings.Count(p.text[start:p.pos], "\n"), nil
}

var simpleEscapes = map[byte]string{
	'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads a backslash and what follows it in double quotes.
func (p *parser) escape(b *scalarBuilder) *fault {
	at := p.pos
	c := p.peek(1)
	if s, ok := simpleEscapes[c]; ok {
		b.add(s, at)
		p.pos += 2
		return nil
	}
	switch c {
	case '\n':
		if p.pos+1 >= len(p.text) {
			p.pos = len(p.text)
			return nil
		}
		p.pos++
		lines, f := p.quotedLineEnds(at, -1)
		if f == nil && lines > 1 {
			b.add(strings.Repeat("\n", lines-1), at)
		}
		return f
	case 'x', 'u', 'U':
		r, length := p.hexEscape(p.pos)
		if length == 0 {
			break
		}
		if utf16.IsSurrogate(r) && p.pos+length < len(p.text) {
			low, more := p.hexEscape(p.pos + length)
			if pair := utf16.DecodeRune(r, low); more > 0 && pair != utf8.RuneError {
				r, length = pair, length+more
			}
		}
		if r == 0 {
			return syntaxFault(at, "The text holds a NUL character.")
		}
		b.add(string(r), at)
		p.pos += length
		return nil
	}
	return syntaxFault(at, "The escape \\%s is unknown.", firstRune(p.text[min(p.pos+1, len(p.text)):]))
}

// hexEscape reads \xHH, \uHHHH or \UHHHHHHHH at offset i; the length is 0 when
// none stands there.
func (p *parser) hexEscape(i int) (rune, int) {
	if i+1 >= len(p.text) || p.text[i] != '\\' {
		return 0, 0
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[p.text[i+1]]
	if digits == 0 || i+2+digits > len(p.text) {
		return 0, 0
	}
	v, err := strconv.ParseUint(p.text[i+2:i+2+digits], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, 0
	}
	return rune(v), 2 + digits
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// blockScalar reads a literal (|) or folded (>) scalar of a parent at column
// indent.
func (p *parser) blockScalar(indent int) (*node, *fault) {
	at, folded := p.pos, p.text[p.pos] == '>'
	p.pos++
	chomp, explicit := byte(0), 0
	for ; !isBlank(p.peek(0)); p.pos++ {
		switch c := p.peek(0); {
		case (c == '-' || c == '+') && chomp == 0:
			chomp = c
		case c >= '1' && c <= '9' && explicit == 0:
			explicit = int(c - '0')
		default:
			return nil, syntaxFault(p.pos, "This cannot follow the sign of a block of text; quote the text instead.")
		}
	}
	if !p.skipSpaces() {
		return nil, syntaxFault(p.pos, "The block of text must start on the next line.")
	}
	if p.pos < len(p.text) {
		p.pos++
	}
	width := max(indent, 0) + explicit
	if explicit == 0 {
		width = p.blockWidth(indent)
	}
	return p.blockLines(at, width, folded, chomp), nil
}

// blockWidth is the indentation of the first line with content.
func (p *parser) blockWidth(indent int) int {
	for i := p.pos; i < len(p.text); {
		start := i
		for i < len(p.text) && p.text[i] == ' ' {
			i++
		}
		if i < len(p.text) && p.text[i] != '\n' {
			return max(i-start, indent+1)
		}
		i++
	}
	return indent + 1
}

// blockLines reads the lines of a block scalar, which are indented by width.
func (p *parser) blockLines(at, width int, folded bool, chomp byte) *node {
	var b scalarBuilder
	pending, wasMore := 0, false
	first := p.pos
	for p.pos < len(p.text) {
		end := p.lineEnd()
		line := p.text[p.pos:end]
		content := strings.TrimLeft(line, " ")
		if indented := len(line) - len(content); content != "" && (indented < width || p.atMarker("---") || p.atMarker("...")) {
			break
		}
		text := ""
		if len(line) > width {
			text = line[width:]
		}
		if text != "" {
			more := text[0] == ' ' || text[0] == '\t'
			lineAt := p.pos + width
			switch before := max(lineAt-width-1, first); {
			case b.Len() == 0 && pending > 0:
				b.add(strings.Repeat("\n", pending), before)
			case pending == 0:
			case folded && !more && !wasMore:
				b.fold(pending, before)
			default:
				b.add(strings.Repeat("\n", pending), before)
			}
			b.add(text, lineAt)
			pending, wasMore = 0, more
		}
		if end < len(p.text) {
			pending++
			end++
		}
		p.pos = end
	}
	switch {
	case chomp == '+':
		b.add(strings.Repeat("\n", pending), p.pos)
	case chomp == 0 && b.Len() > 0 && pending > 0:
		b.add("\n", p.pos)
	}
	if p.pos > first && p.pos <= len(p.text) && p.text[p.pos-1] == '\n' {
		p.pos--
	}
	return (&node{text: b.String(), marks: b.marks, quoted: true, at: at}).measured()
}
