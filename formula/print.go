package formula

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Print writes a formula in canonical form: words in lower case, blanks
// between all parts, no parentheses that change nothing except those around a
// condition. Parsing the output gives the same tree.
func Print(n Node) string {
	var p printer
	p.print(n, bindsLoosest)
	return p.String()
}

// How tightly the kinds of expressions bind, loosest first (formulas.md 1.2).
const (
	bindsLoosest = iota
	bindsOr
	bindsAnd
	bindsNot
	bindsComparison
	bindsSum
	bindsProduct
	bindsQuotient
	bindsUnary
	bindsPower
	bindsPrimary
)

var operatorBinds = map[Op]int{
	OpOr: bindsOr, OpAnd: bindsAnd,
	OpEq: bindsComparison, OpNe: bindsComparison, OpLt: bindsComparison,
	OpLe: bindsComparison, OpGt: bindsComparison, OpGe: bindsComparison,
	OpAdd: bindsSum, OpSub: bindsSum, OpMul: bindsProduct, OpDiv: bindsQuotient, OpPow: bindsPower,
}

func binds(n Node) int {
	switch n := n.(type) {
	case *If:
		return bindsLoosest // its last branch would swallow what follows
	case *Unary:
		if n.Op == OpNot {
			return bindsNot
		}
		return bindsUnary
	case *Binary:
		return operatorBinds[n.Op]
	case *In, *Between:
		return bindsComparison
	}
	return bindsPrimary
}

type printer struct{ strings.Builder }

func (p *printer) words(words ...string) {
	for _, w := range words {
		if p.Len() > 0 && w != "" {
			p.WriteByte(' ')
		}
		p.WriteString(w)
	}
}

// print writes n where something that binds at least as tightly as given may
// stand without parentheses.
func (p *printer) print(n Node, least int) {
	if binds(n) >= least {
		p.bare(n)
		return
	}
	p.words("(")
	p.bare(n)
	p.words(")")
}

func (p *printer) bare(n Node) {
	switch n := n.(type) {
	case *Number:
		p.words(n.Text)
	case *Text:
		p.words(printText(n))
	case *Date:
		layout := "01/02/2006"
		if n.Timed {
			layout += " 15:04:05"
		}
		p.words(n.Value.Format(layout))
	case *Bool:
		p.words(fmt.Sprint(n.Value))
	case *Null:
		p.words("null")
	case *Ref:
		p.words(printRef(n))
	case *Variable:
		p.words(n.Name)
	case *List:
		p.words("{")
		p.items(n.Items)
		p.words("}")
	case *Unary:
		p.unary(n)
	case *Binary:
		p.binary(n)
	case *In:
		p.print(n.X, bindsSum)
		p.negation(n.Not)
		p.words("in")
		p.print(n.Set, bindsPrimary)
	case *Between:
		p.print(n.X, bindsSum)
		p.negation(n.Not)
		p.words("between")
		p.print(n.Low, bindsSum)
		p.words("and")
		p.print(n.High, bindsSum)
	case *If:
		p.ifElse(n)
	case *Call:
		p.words(n.Name, "(")
		p.items(n.Args)
		p.words(")")
	case *Bad:
	default:
		panic(fmt.Sprintf("formula: no printer for %T", n))
	}
}

func (p *printer) items(items []Node) {
	for i, item := range items {
		if i > 0 {
			p.words(",")
		}
		p.print(item, bindsLoosest)
	}
}

func (p *printer) negation(not bool) {
	if not {
		p.words("not")
	}
}

func (p *printer) unary(n *Unary) {
	if number, ok := n.X.(*Number); ok && n.Op == OpSub {
		p.words("-" + number.Text)
		return
	}
	p.words(string(n.Op))
	if n.Op == OpNot {
		p.print(n.X, bindsNot)
	} else {
		p.print(n.X, bindsUnary)
	}
}

func (p *printer) binary(n *Binary) {
	own := binds(n)
	left, right := own, own+1
	switch own {
	case bindsComparison:
		left, right = bindsSum, bindsSum
	case bindsPower:
		left, right = bindsPrimary, bindsUnary
	}
	p.print(n.X, left)
	p.words(string(n.Op))
	p.print(n.Y, right)
}

func (p *printer) ifElse(n *If) {
	for i, b := range n.Branches {
		if i > 0 {
			p.words("else")
		}
		p.words("if", "(")
		p.print(b.Cond, bindsLoosest)
		p.words(")", "then")
		p.print(b.Then, bindsOr)
	}
	if n.Else != nil {
		p.words("else")
		p.print(n.Else, bindsOr)
	}
}

func printText(t *Text) string {
	closing, _ := utf8.DecodeLastRuneInString(closers(t.Quote))
	if t.Raw {
		return string(t.Quote) + t.Value + string(closing)
	}
	escaped := strings.NewReplacer(`\`, `\\`, string(t.Quote), `\`+string(t.Quote)).Replace(t.Value)
	return string(t.Quote) + escaped + string(t.Quote)
}

var refEscaper = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `:`, `\:`)

func printRef(r *Ref) string {
	if r.Bare {
		return r.Parts[0]
	}
	parts := make([]string, len(r.Parts))
	for i, part := range r.Parts {
		parts[i] = refEscaper.Replace(part)
	}
	return "[" + strings.Join(parts, "::") + "]"
}
