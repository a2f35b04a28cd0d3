package tml

import "strings"

// flowValue reads a value inside or at the start of a flow collection.
func (p *parser) flowValue() (*node, *fault) {
	if f := p.enter(); f != nil {
		return nil, f
	}
	defer p.leave()
	switch c := p.peek(0); {
	case c == '[':
		return p.flowSequence()
	case c == '{':
		return p.flowMapping()
	case c == '"' || c == '\'':
		return p.quotedScalar(-1)
	case c == '*':
		return p.alias()
	case c == '!':
		return nil, syntaxFault(p.pos, "Tags are not allowed.")
	case c == '&':
		name, f := p.anchorName()
		if f != nil {
			return nil, f
		}
		p.skipBlank()
		n, f := p.flowValue()
		return p.anchored(name, n), f
	case strings.IndexByte(",]}", c) >= 0:
		return (&node{at: p.pos}).measured(), nil
	}
	return p.flowPlain()
}

func (p *parser) flowSequence() (*node, *fault) {
	open := p.pos
	n := &node{kind: sequence, at: open}
	p.pos++
	for {
		p.skipBlank()
		if p.pos >= len(p.text) {
			return nil, syntaxFault(open, "The closing ] is missing.")
		}
		if p.peek(0) == ']' {
			p.pos++
			return n.measured(), nil
		}
		if p.peek(0) == ',' {
			return nil, syntaxFault(p.pos, "A value is missing before the comma.")
		}
		at, plain := p.pos, p.peek(0) != '"' && p.peek(0) != '\''
		item, f := p.flowValue()
		if f != nil {
			return nil, f
		}
		p.skipBlank()
		if p.flowColon(!plain) && item.kind == scalar {
			value, f := p.flowPairValue()
			if f != nil {
				return nil, f
			}
			pair := &node{kind: mapping, at: at}
			if f := p.add(pair, map[string]bool{}, entry{item.text, at, value}, plain); f != nil {
				return nil, f
			}
			item = pair.measured()
		}
		n.items = append(n.items, item)
		if f := p.flowSeparator(open, ']'); f != nil {
			return nil, f
		}
	}
}

func (p *parser) flowMapping() (*node, *fault) {
	open := p.pos
	n := &node{kind: mapping, at: open}
	seen := map[string]bool{}
	p.pos++
	for {
		p.skipBlank()
		if p.pos >= len(p.text) {
			return nil, syntaxFault(open, "The closing } is missing.")
		}
		if p.peek(0) == '}' {
			p.pos++
			return n.measured(), nil
		}
		if c := p.peek(0); c == ',' || c == '[' || c == '{' || c == ']' || c == ':' && !p.plainStarts(true) {
			return nil, syntaxFault(p.pos, "A key is expected here.")
		}
		at, plain := p.pos, p.peek(0) != '"' && p.peek(0) != '\''
		key, f := p.flowValue()
		if f != nil {
			return nil, f
		}
		if key.kind != scalar {
			return nil, syntaxFault(at, "A key is expected here.")
		}
		p.skipBlank()
		value := (&node{at: p.pos}).measured()
		if p.flowColon(!plain) {
			if value, f = p.flowPairValue(); f != nil {
				return nil, f
			}
		}
		if f := p.add(n, seen, entry{key.text, at, value}, plain); f != nil {
			return nil, f
		}
		if f := p.flowSeparator(open, '}'); f != nil {
			return nil, f
		}
	}
}

// flowColon reports whether a colon follows a key; after a quoted key the
// value may touch it, as in JSON.
func (p *parser) flowColon(quotedKey bool) bool {
	return p.pos < len(p.text) && p.text[p.pos] == ':' &&
		(quotedKey || isBlank(p.peek(1)) || strings.IndexByte(",[]{}", p.peek(1)) >= 0)
}

func (p *parser) flowPairValue() (*node, *fault) {
	p.pos++
	p.skipBlank()
	return p.flowValue()
}

// flowSeparator moves over a comma, or stops before the closing bracket.
func (p *parser) flowSeparator(open int, closing byte) *fault {
	p.skipBlank()
	switch {
	case p.pos >= len(p.text):
		return syntaxFault(open, "The closing %c is missing.", closing)
	case p.text[p.pos] == ',':
		p.pos++
		return nil
	case p.text[p.pos] == closing:
		return nil
	}
	return syntaxFault(p.pos, "A comma or %c is expected here.", closing)
}
