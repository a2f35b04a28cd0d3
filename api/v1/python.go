package v1

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting bounds the depth of literals.
const maxNesting = 200

// pythonToJSON rewrites a Python literal (a list, tuple, dict, string, number,
// True, False or None, as str() prints them) as JSON, in the same order. It reports
// false for anything else. Strings may hold raw line breaks.
func pythonToJSON(literal string) (string, bool) {
	p := pythonReader{text: literal}
	if !isText(literal) || !p.value(0) {
		return "", false
	}
	p.blanks()
	return p.out.String(), p.at == len(p.text)
}

type pythonReader struct {
	text string
	at   int
	out  strings.Builder
}

func (p *pythonReader) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// peek is the next byte that is no blank, 0 at the end.
func (p *pythonReader) peek() byte {
	p.blanks()
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *pythonReader) value(depth int) bool {
	switch c := p.peek(); {
	case depth > maxNesting:
		return false
	case c == '[':
		return p.members('[', ']', depth, p.value)
	case c == '(':
		return p.members('(', ')', depth, p.value)
	case c == '{':
		return p.members('{', '}', depth, p.entry)
	case c == '\'' || c == '"':
		return p.str()
	default:
		return p.word()
	}
}

func (p *pythonReader) entry(depth int) bool {
	if c := p.peek(); c != '\'' && c != '"' || !p.str() || p.peek() != ':' {
		return false
	}
	p.at++
	p.out.WriteByte(':')
	return p.value(depth)
}

// members reads a bracketed list whose last member may be followed by a comma.
func (p *pythonReader) members(open, closing byte, depth int, member func(depth int) bool) bool {
	p.at++
	if open == '(' {
		open = '['
	}
	p.out.WriteByte(open)
	for n := 0; ; n++ {
		if p.peek() == closing {
			break
		}
		if n > 0 {
			p.out.WriteByte(',')
		}
		if !member(depth + 1) {
			return false
		}
		if p.peek() == ',' {
			p.at++
		} else if p.peek() != closing {
			return false
		}
	}
	p.at++
	if closing == ')' {
		closing = ']'
	}
	p.out.WriteByte(closing)
	return true
}

func (p *pythonReader) word() bool {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(",:]}) \t\r\n", p.text[p.at]) < 0 {
		p.at++
	}
	word := p.text[start:p.at]
	switch word {
	case "True", "true":
		word = "true"
	case "False", "false":
		word = "false"
	case "None", null:
		word = null
	default:
		if word == "" || strings.IndexByte("-0123456789", word[0]) < 0 || !json.Valid([]byte(word)) {
			return false
		}
	}
	p.out.WriteString(word)
	return true
}

var pythonEscapes = map[byte]rune{
	'\\': '\\', '\'': '\'', '"': '"', 'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f', 'a': '\a', 'v': '\v', '/': '/',
}

// str reads a quoted string. A backslash before any other character than those
// of an escape stands for itself.
func (p *pythonReader) str() bool {
	quote := p.text[p.at]
	p.at++
	var s strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == quote:
			p.quoted(s.String())
			return true
		case c != '\\':
			s.WriteByte(c)
		case p.at == len(p.text):
			return false
		default:
			if !p.escape(&s) {
				return false
			}
		}
	}
	return false
}

func (p *pythonReader) escape(s *strings.Builder) bool {
	c := p.text[p.at]
	p.at++
	if r, ok := pythonEscapes[c]; ok {
		s.WriteRune(r)
		return true
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 {
		if c != '\n' { // a backslash at the end of a line joins it with the next
			s.WriteByte('\\')
			s.WriteByte(c)
		}
		return true
	}
	r, ok := p.hex(digits)
	if !ok {
		return false
	}
	if isHighSurrogate(r) && strings.HasPrefix(p.text[p.at:], `\u`) {
		p.at += 2
		low, ok := p.hex(4)
		if !ok || low < 0xdc00 || low > 0xdfff {
			return false
		}
		r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
	}
	if !utf8.ValidRune(r) || r == 0 {
		return false
	}
	s.WriteRune(r)
	return true
}

func isHighSurrogate(r rune) bool { return r >= 0xd800 && r <= 0xdbff }

func (p *pythonReader) hex(digits int) (rune, bool) {
	if p.at+digits > len(p.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
	p.at += digits
	return rune(n), err == nil
}

func (p *pythonReader) quoted(s string) {
	b, _ := json.Marshal(s) // strings always marshal
	p.out.Write(b)
}
