package tml

import "strings"

// blockValue reads what follows a key, a dash or the start of the document.
// It belongs to a parent whose entries stand at column indent (-1: none).
// Compact says that a mapping or list may start on this very line.
func (p *parser) blockValue(indent int, compact bool) (*node, *fault) {
	if f := p.enter(); f != nil {
		return nil, f
	}
	defer p.leave()
	start := p.pos
	anchor := ""
	for {
		if p.skipSpaces() {
			break
		}
		switch c := p.peek(0); {
		case c == '!':
			return nil, syntaxFault(p.pos, "Tags are not allowed.")
		case c == '&' && anchor == "":
			name, f := p.anchorName()
			if f != nil {
				return nil, f
			}
			anchor, compact = name, false
			continue
		}
		n, f := p.inlineValue(indent, compact)
		return p.anchored(anchor, n), f
	}
	after := p.pos
	p.skipBlank()
	column := p.column()
	tooShallow := column <= indent && !(column == indent && !compact && p.atDash())
	if p.pos >= len(p.text) || tooShallow || p.atMarker("---") || p.atMarker("...") {
		p.pos = after
		return p.anchored(anchor, (&node{at: start}).measured()), nil
	}
	if f := p.checkTabs(); f != nil {
		return nil, f
	}
	if c := p.peek(0); c == '!' {
		return nil, syntaxFault(p.pos, "Tags are not allowed.")
	} else if c == '&' && anchor == "" {
		return p.blockValue(indent, true)
	}
	n, f := p.inlineValue(indent, true)
	return p.anchored(anchor, n), f
}

func (p *parser) anchored(name string, n *node) *node {
	if name != "" && n != nil {
		p.anchors[name] = n
	}
	return n
}

// checkTabs refuses a tab in the indentation before the content here.
func (p *parser) checkTabs() *fault {
	line := p.pos - p.column()
	if i := strings.IndexByte(p.text[line:p.pos], '\t'); i >= 0 {
		return syntaxFault(line+i, "Tabs cannot indent; use blanks.")
	}
	return nil
}

func (p *parser) atDash() bool { return p.peek(0) == '-' && isBlank(p.peek(1)) }

// inlineValue reads a value that starts here.
func (p *parser) inlineValue(indent int, compact bool) (*node, *fault) {
	c := p.peek(0)
	switch {
	case p.atDash():
		if !compact {
			return nil, syntaxFault(p.pos, "A list cannot start on the line of its key.")
		}
		return p.blockSequence(p.column())
	case c == '?' && isBlank(p.peek(1)):
		return nil, syntaxFault(p.pos, "Keys marked by a question mark are not allowed.")
	case p.keyFollows():
		if !compact {
			return nil, syntaxFault(p.pos, "A mapping cannot start here; quote the text if the colon belongs to it.")
		}
		return p.blockMapping(p.column())
	case c == '|' || c == '>':
		return p.blockScalar(indent)
	case c == '*':
		return p.ended(p.alias())
	case c == '[' || c == '{':
		return p.ended(p.flowValue())
	case c == '"' || c == '\'':
		return p.ended(p.quotedScalar(indent))
	}
	return p.plainScalar(indent)
}

// ended checks that nothing but a comment follows a value on its line.
func (p *parser) ended(n *node, f *fault) (*node, *fault) {
	if f == nil && !p.skipSpaces() {
		return nil, syntaxFault(p.pos, "Nothing may follow the value on this line.")
	}
	return n, f
}

func (p *parser) blockSequence(column int) (*node, *fault) {
	n := &node{kind: sequence, at: p.pos}
	for {
		p.pos++
		item, f := p.blockValue(column, true)
		if f != nil {
			return nil, f
		}
		n.items = append(n.items, item)
		more, f := p.nextEntry(column)
		if f != nil {
			return nil, f
		}
		if !more || !p.atDash() {
			return n.measured(), nil
		}
	}
}

func (p *parser) blockMapping(column int) (*node, *fault) {
	n := &node{kind: mapping, at: p.pos}
	seen := map[string]bool{}
	for {
		at, plain := p.pos, p.peek(0) != '"' && p.peek(0) != '\''
		key, f := p.blockKey()
		if f != nil {
			return nil, f
		}
		value, f := p.blockValue(column, false)
		if f != nil {
			return nil, f
		}
		if f := p.add(n, seen, entry{key, at, value}, plain); f != nil {
			return nil, f
		}
		more, f := p.nextEntry(column)
		if f != nil {
			return nil, f
		}
		if !more || p.atDash() {
			return n.measured(), nil
		}
		if !p.keyFollows() {
			return nil, syntaxFault(p.pos, "A key followed by a colon is expected here.")
		}
	}
}

// nextEntry moves to the next content and reports whether it stands at the
// column of the collection being read.
func (p *parser) nextEntry(column int) (bool, *fault) {
	p.skipBlank()
	if p.pos >= len(p.text) || p.atMarker("---") || p.atMarker("...") {
		return false, nil
	}
	found := p.column()
	if found >= column {
		if f := p.checkTabs(); f != nil {
			return false, f
		}
	}
	if found > column {
		return false, syntaxFault(p.pos, "This line is indented deeper than the entries it belongs to.")
	}
	return found == column, nil
}

// keyFollows reports whether a key with its colon starts here.
func (p *parser) keyFollows() bool {
	end, ok := p.keyEnd()
	if !ok {
		return false
	}
	for end < len(p.text) && (p.text[end] == ' ' || p.text[end] == '\t') {
		end++
	}
	return end < len(p.text) && p.text[end] == ':' && (end+1 == len(p.text) || isBlank(p.text[end+1]))
}

// keyEnd finds where a key that starts here would end.
func (p *parser) keyEnd() (int, bool) {
	switch c := p.peek(0); {
	case c == '"' || c == '\'':
		for i := p.pos + 1; i < len(p.text) && p.text[i] != '\n'; i++ {
			switch {
			case c == '"' && p.text[i] == '\\':
				i++
			case p.text[i] == c && c == '\'' && i+1 < len(p.text) && p.text[i+1] == c:
				i++
			case p.text[i] == c:
				return i + 1, true
			}
		}
		return 0, false
	case !p.plainStarts(false):
		return 0, false
	}
	return p.plainEnd(p.pos, false), true
}

// blockKey reads a key and its colon; keyFollows has seen both.
func (p *parser) blockKey() (string, *fault) {
	var key string
	if c := p.peek(0); c == '"' || c == '\'' {
		n, f := p.quotedScalar(-1)
		if f != nil {
			return "", f
		}
		key = n.text
	} else {
		end := p.plainEnd(p.pos, false)
		key = p.text[p.pos:end]
		p.pos = end
	}
	for p.peek(0) == ' ' || p.peek(0) == '\t' {
		p.pos++
	}
	p.pos++
	return key, nil
}
