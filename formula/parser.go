package formula

import (
	"slices"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

// Options bounds what Parse accepts; zero values stand for the defaults.
type Options struct {
	MaxBytes  int // of the text, 65536 by default
	MaxTokens int // 8192 by default
	MaxDepth  int // of nested expressions, 64 by default

	// Names lists names that may stand without brackets. A bare name needs to
	// be listed only if it holds a keyword, such as order and amount. A name of
	// nothing but keywords always needs brackets.
	Names []string
}

// Parse reads a formula with the default options. The node is a *Bad if there
// are errors, of which the first is reported; it is never nil.
func Parse(text string) (Node, source.Diagnostics) { return Options{}.Parse(text) }

// Parse reads a formula, as the function of the same name does.
func (o Options) Parse(text string) (Node, source.Diagnostics) {
	whole := source.Span{End: len(text)}
	bad := &Bad{At{whole}}
	if limit := orDefault(o.MaxBytes, 65536); len(text) > limit {
		return bad, source.Diagnostics{errTooLong(whole, limit)}
	}
	tokens, diags := tokenize(text, orDefault(o.MaxTokens, 8192))
	if diags.HasErrors() {
		return bad, diags
	}
	p := &parser{text: text, tokens: tokens, diags: diags, maxDepth: orDefault(o.MaxDepth, 64)}
	p.learn(o.Names)
	n := p.expr()
	if p.peek().kind != tokenEnd {
		p.unexpected(`"+", "and", "="`)
	}
	if p.failed {
		return bad, p.diags
	}
	return n, p.diags
}

func orDefault(limit, byDefault int) int {
	if limit == 0 {
		return byDefault
	}
	return limit
}

// parser is a recursive descent over the tokens. After the first error it
// stands on the end token, so that everything unwinds without further ones.
type parser struct {
	text     string
	tokens   []token
	pos      int
	depth    int
	maxDepth int
	diags    source.Diagnostics
	failed   bool

	names     map[string]bool // known bare names, by nameKey
	longest   int             // tokens in the longest of them
	inListArg bool            // whether a list may stand here
}

func (p *parser) fail(d source.Diagnostic) {
	if !p.failed {
		p.diags = append(p.diags, d)
		p.failed = true
	}
	p.pos = len(p.tokens) - 1
}

// unexpected reports the current token; expected lists what could stand here.
func (p *parser) unexpected(expected string) {
	t := p.peek()
	p.fail(errUnexpected(t.span, p.text[t.span.Start:t.span.End], expected))
}

func (p *parser) peek() token { return p.tokens[p.pos] }

func (p *parser) peekAt(ahead int) token {
	return p.tokens[min(p.pos+ahead, len(p.tokens)-1)]
}

func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != tokenEnd {
		p.pos++
	}
	return t
}

func (t token) isSymbol(s string) bool { return t.kind == tokenSymbol && t.text == s }
func (t token) isWord(s string) bool   { return t.kind == tokenWord && t.text == s }

func (p *parser) acceptSymbol(s string) bool {
	if p.peek().isSymbol(s) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) acceptWord(s string) bool {
	if p.peek().isWord(s) {
		p.pos++
		return true
	}
	return false
}

// closeWith expects the symbol that closes what was opened at open.
func (p *parser) closeWith(symbol, what string, open token, expected string) {
	if p.acceptSymbol(symbol) {
		return
	}
	if p.peek().kind == tokenEnd {
		p.fail(errUnclosed(p.text, open.span, what))
		return
	}
	p.unexpected(expected)
}

// spanFrom covers everything from start to the last token taken.
func (p *parser) spanFrom(start source.Span) At {
	if p.pos == 0 {
		return At{start}
	}
	return At{start.Join(p.tokens[p.pos-1].span)}
}

// nested runs f one level deeper.
func (p *parser) nested(f func() Node) Node {
	if p.depth == p.maxDepth {
		p.fail(errTooDeep(p.peek().span, p.maxDepth))
		return p.bad()
	}
	p.depth++
	defer func() { p.depth-- }()
	return f()
}

func (p *parser) bad() Node { return &Bad{At{p.peek().span}} }

// expr reads a whole expression; a list is none.
func (p *parser) expr() Node { return p.exprIn(false) }

func (p *parser) exprIn(listArg bool) Node {
	defer func(was bool) { p.inListArg = was }(p.inListArg)
	p.inListArg = listArg
	return p.nested(p.or)
}

func (p *parser) or() Node {
	start := p.peek().span
	x := p.and()
	for p.peek().isWord("or") {
		x = p.binary(start, OpOr, x, p.and)
	}
	return x
}

func (p *parser) and() Node {
	start := p.peek().span
	x := p.not()
	for p.peek().isWord("and") {
		x = p.binary(start, OpAnd, x, p.not)
	}
	return x
}

// binary takes the operator and what right reads after it; start is where the
// left side begins, parentheses included.
func (p *parser) binary(start source.Span, op Op, x Node, right func() Node) Node {
	at := p.next().span
	y := right()
	return &Binary{At: p.spanFrom(start), Op: op, OpAt: at, X: x, Y: y}
}

func (p *parser) not() Node {
	if t := p.peek(); t.isWord("not") && p.knownName() == 0 {
		p.next()
		x := p.nested(p.not)
		return &Unary{At: p.spanFrom(t.span), Op: OpNot, X: x}
	}
	return p.comparison()
}

var comparisons = map[string]Op{"=": OpEq, "!=": OpNe, "<>": OpNe, "<": OpLt, "<=": OpLe, ">": OpGt, ">=": OpGe}

func (p *parser) comparison() Node {
	start := p.peek().span
	x := p.sum()
	t := p.peek()
	if op, ok := comparisons[t.text]; ok && t.kind == tokenSymbol {
		return p.binary(start, op, x, p.sum)
	}
	not := false
	if t.isWord("not") {
		if ahead := p.peekAt(1); !ahead.isWord("in") && !ahead.isWord("between") {
			return x
		}
		p.next()
		not = true
	}
	switch {
	case p.acceptWord("in"):
		set := p.set()
		return &In{At: p.spanFrom(start), X: x, Not: not, Set: set}
	case p.acceptWord("between"):
		low := p.sum()
		if !p.acceptWord("and") {
			p.unexpected(`"and"`)
		}
		high := p.sum()
		return &Between{At: p.spanFrom(start), X: x, Low: low, High: high, Not: not}
	}
	return x
}

// set reads what may follow in.
func (p *parser) set() Node {
	t := p.peek()
	switch {
	case t.isSymbol("{"):
		return p.list()
	case t.kind == tokenRef, t.kind == tokenWord && !isKeyword(t.text), p.knownName() > 0:
		n := p.primary()
		if call, ok := n.(*Call); ok && call.Name != "ts_var" {
			p.fail(errNotAList(n.Span(), p.text[call.NameAt.Start:call.NameAt.End]))
		}
		return n
	}
	p.fail(errNotAList(t.span, p.text[t.span.Start:t.span.End]))
	return p.bad()
}

func (p *parser) list() Node {
	open := p.next()
	var items []Node
	for !p.peek().isSymbol("}") {
		items = append(items, p.expr())
		if !p.acceptSymbol(",") {
			break
		}
		if p.peek().isSymbol("}") {
			p.unexpected(`"(", "-", "abs"`)
		}
	}
	p.closeWith("}", "brace", open, `",", "}"`)
	return &List{At: p.spanFrom(open.span), Items: items}
}

func (p *parser) sum() Node {
	start := p.peek().span
	x := p.product()
	for {
		switch t := p.peek(); {
		case t.isSymbol("+"):
			x = p.binary(start, OpAdd, x, p.product)
		case t.isSymbol("-"):
			x = p.binary(start, OpSub, x, p.product)
		default:
			return x
		}
	}
}

func (p *parser) product() Node {
	start := p.peek().span
	x := p.quotient()
	for p.peek().isSymbol("*") {
		x = p.binary(start, OpMul, x, p.quotient)
	}
	return x
}

// quotient binds tighter than a product: a * b / c is a * (b / c)
// (formulas.md T3).
func (p *parser) quotient() Node {
	start := p.peek().span
	x := p.unary()
	for p.peek().isSymbol("/") {
		x = p.binary(start, OpDiv, x, p.unary)
	}
	return x
}

func (p *parser) unary() Node {
	if t := p.peek(); t.isSymbol("-") || t.isSymbol("+") {
		p.next()
		x := p.nested(p.unary)
		return &Unary{At: p.spanFrom(t.span), Op: Op(t.text), X: x}
	}
	start := p.peek().span
	x := p.primary()
	if p.peek().isSymbol("^") {
		return p.binary(start, OpPow, x, func() Node { return p.nested(p.unary) })
	}
	return x
}

func (p *parser) primary() Node {
	if n := p.knownName(); n > 0 {
		return p.bareName(n)
	}
	t := p.peek()
	switch t.kind {
	case tokenNumber:
		if ahead := p.peekAt(1); ahead.kind == tokenWord && !isKeyword(ahead.text) && !p.callAt(1) {
			return p.bareName(p.nameLength())
		}
		return p.number()
	case tokenText:
		p.next()
		return &Text{At: At{t.span}, Value: t.text, Quote: t.quote, Raw: t.raw}
	case tokenDate:
		p.next()
		return &Date{At: At{t.span}, Value: t.date, Timed: t.timed}
	case tokenRef:
		p.next()
		return &Ref{At: At{t.span}, Parts: t.parts}
	case tokenWord:
		return p.word()
	case tokenSymbol:
		switch {
		case t.text == "(":
			p.next()
			x := p.expr()
			p.closeWith(")", "parenthesis", t, `")", "+", "and"`)
			return x
		case t.text == "{" && p.inListArg:
			return p.list()
		}
	}
	p.unexpected(`"(", "-", "abs"`)
	return p.bad()
}

func (p *parser) number() Node {
	t := p.next()
	n := &Number{At: At{t.span}, Text: t.text}
	n.Fraction = strings.ContainsAny(t.text, ".eE")
	var err error
	if n.Float, err = strconv.ParseFloat(t.text, 64); err != nil {
		p.fail(errNumberTooLarge(t.span, t.text))
		return n
	}
	if n.Fraction {
		return n
	}
	if n.Int, err = strconv.ParseInt(t.text, 10, 64); err != nil {
		n.Int = 0
		p.diags = append(p.diags, warnIntegerOverflow(t.span, t.text))
		return n
	}
	n.Integer = true
	return n
}

var keywords = []string{"and", "or", "not", "in", "between", "if", "then", "else", "true", "false", "null"}

func isKeyword(word string) bool { return slices.Contains(keywords, word) }

var variables = []string{"ts_username", "ts_groups", "ts_groups_int", "ts_org", "ts_email_domain"}

func (p *parser) word() Node {
	t := p.peek()
	switch {
	case t.text == "true", t.text == "false":
		p.next()
		return &Bool{At: At{t.span}, Value: t.text == "true"}
	case t.text == "null":
		p.next()
		return &Null{At{t.span}}
	case t.text == "if":
		return p.nested(p.ifElse)
	case isKeyword(t.text):
		p.unexpected(`"(", "-", "abs"`)
		return p.bad()
	case p.callAt(0):
		return p.call()
	case slices.Contains(variables, t.text):
		p.next()
		return &Variable{At: At{t.span}, Name: t.text}
	}
	return p.bareName(p.nameLength())
}

// ifElse reads a whole chain of conditions in one node, so that its length
// counts as one level of depth. An else belongs to the nearest if.
func (p *parser) ifElse() Node {
	start := p.peek().span
	n := &If{}
	for {
		p.next() // if
		branch := Branch{Cond: p.expr()}
		if !p.acceptWord("then") {
			p.unexpected(`"then"`)
		}
		branch.Then = p.expr()
		n.Branches = append(n.Branches, branch)
		if !p.acceptWord("else") {
			n.At = p.spanFrom(start)
			if !p.failed {
				p.diags = append(p.diags, warnMissingElse(n.Where))
			}
			return n
		}
		if p.peek().isWord("if") && p.knownName() == 0 {
			continue
		}
		n.Else = p.expr()
		n.At = p.spanFrom(start)
		return n
	}
}

// callAt reports whether the token that many places ahead begins a call.
func (p *parser) callAt(ahead int) bool {
	return p.peekAt(ahead).kind == tokenWord &&
		(p.peekAt(ahead+1).isSymbol("(") || p.peekAt(ahead).isWord("unique") &&
			p.peekAt(ahead+1).isWord("count") && p.peekAt(ahead+2).isSymbol("("))
}

// takesLists names the functions of which an argument may be a list.
var takesLists = []string{"group_aggregate", "last_value", "first_value", "last_value_in_period", "first_value_in_period"}

func (p *parser) call() Node {
	name := p.next()
	call := &Call{Name: name.text, NameAt: name.span}
	if p.acceptWord("count") {
		call.Name = "unique count"
		call.NameAt = p.spanFrom(name.span).Where
	}
	if call.Name == "unique_count" {
		call.Name = "unique count"
	}
	open := p.next()
	if ahead := p.peekAt(1); isPassThrough(call.Name) &&
		(!p.peek().raw || !ahead.isSymbol(",") && !ahead.isSymbol(")") && ahead.kind != tokenEnd) {
		p.fail(errTemplateExpected(p.peek().span, call.Name))
	}
	for !p.peek().isSymbol(")") {
		call.Args = append(call.Args, p.exprIn(slices.Contains(takesLists, call.Name)))
		if !p.acceptSymbol(",") {
			break
		}
		if p.peek().isSymbol(")") {
			p.unexpected(`"(", "-", "abs"`)
		}
	}
	p.closeWith(")", "parenthesis", open, `",", ")"`)
	call.At = p.spanFrom(name.span)
	return call
}
