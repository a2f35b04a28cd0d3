package formula

import (
	"slices"
	"strings"
)

// learn prepares the lookup of known bare names.
func (p *parser) learn(names []string) {
	p.names = map[string]bool{}
	for _, name := range names {
		tokens, diags := tokenize(name, 64)
		if diags.HasErrors() || !slices.ContainsFunc(tokens, token.namesSomething) {
			continue // it needs brackets
		}
		words := tokens[:len(tokens)-1]
		if !slices.ContainsFunc(words, func(t token) bool { return !t.inName() }) {
			p.names[nameKey(words)] = true
			p.longest = max(p.longest, len(words))
		}
	}
}

func (t token) namesSomething() bool { return t.kind == tokenWord && !isKeyword(t.text) }

func (t token) inName() bool { return t.kind == tokenWord || t.kind == tokenNumber }

func nameKey(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
		b.WriteByte(' ')
	}
	return b.String()
}

// knownName is the number of tokens of the longest known name that begins
// here, 0 if there is none. The name of a function that is called here is no
// name.
func (p *parser) knownName() int {
	for n := min(p.longest, len(p.tokens)-p.pos); n > 0; n-- {
		run := p.tokens[p.pos : p.pos+n]
		if slices.ContainsFunc(run, func(t token) bool { return !t.inName() }) || !p.names[nameKey(run)] {
			continue
		}
		if p.peekAt(n).isSymbol("(") && p.callAt(0) {
			continue
		}
		return n
	}
	return 0
}

// nameLength is the number of tokens of the name that begins here, if every
// word up to the next keyword or sign belongs to it.
func (p *parser) nameLength() int {
	n := 1
	for t := p.peekAt(n); t.inName() && !isKeyword(t.text); t = p.peekAt(n) {
		n++
	}
	return n
}

// bareName takes n tokens as a name; blanks between them count as one.
func (p *parser) bareName(n int) Node {
	start := p.peek().span
	p.pos += n
	at := p.spanFrom(start)
	name := strings.Join(strings.Fields(p.text[at.Where.Start:at.Where.End]), " ")
	return &Ref{At: at, Parts: []string{name}, Bare: true}
}
