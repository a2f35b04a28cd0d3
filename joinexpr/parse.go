package joinexpr

import (
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

const (
	maxLength = 64 << 10 // bytes
	maxDepth  = 50
)

// Parse reads a join condition. It stops at the first mistake and then returns
// nil and one diagnostic.
func Parse(text string) (Expr, source.Diagnostics) {
	p := &parser{lexer: lexer{text: text}}
	e, problem := p.parse()
	if problem != nil {
		return nil, source.Diagnostics{*problem}
	}
	return e, nil
}

type parser struct {
	lexer
	token token
	depth int
}

func (p *parser) parse() (Expr, *source.Diagnostic) {
	if len(p.text) > maxLength {
		return nil, errTooLong(len(p.text))
	}
	if strings.TrimSpace(p.text) == "" {
		return nil, errEmpty()
	}
	if problem := p.advance(); problem != nil {
		return nil, problem
	}
	e, problem := p.or()
	if problem != nil {
		return nil, problem
	}
	if p.token.kind != tokenEnd {
		return nil, p.expected("AND, OR or the end")
	}
	return e, nil
}

func (p *parser) advance() (problem *source.Diagnostic) {
	p.token, problem = p.next()
	return problem
}

func (p *parser) expected(what string) *source.Diagnostic {
	found := "the end"
	if p.token.kind != tokenEnd {
		found = p.text[p.token.at.Start:p.token.at.End]
	}
	return errExpected(what, found, p.token.at)
}

func (p *parser) or() (Expr, *source.Diagnostic) {
	terms, problem := p.terms(tokenOr, p.and)
	if problem != nil || len(terms) == 1 {
		return first(terms), problem
	}
	return &Or{Terms: terms, At: cover(terms)}, nil
}

func (p *parser) and() (Expr, *source.Diagnostic) {
	terms, problem := p.terms(tokenAnd, p.term)
	if problem != nil || len(terms) == 1 {
		return first(terms), problem
	}
	return &And{Terms: terms, At: cover(terms)}, nil
}

func (p *parser) terms(between tokenKind, one func() (Expr, *source.Diagnostic)) ([]Expr, *source.Diagnostic) {
	var terms []Expr
	for {
		e, problem := one()
		if problem != nil {
			return nil, problem
		}
		terms = append(terms, e)
		if p.token.kind != between {
			return terms, nil
		}
		if problem := p.advance(); problem != nil {
			return nil, problem
		}
	}
}

func (p *parser) term() (Expr, *source.Diagnostic) {
	start := p.token.at
	if p.depth++; p.depth > maxDepth {
		return nil, errTooDeep(start)
	}
	defer func() { p.depth-- }()
	switch p.token.kind {
	case tokenNot:
		if problem := p.advance(); problem != nil {
			return nil, problem
		}
		e, problem := p.term()
		if problem != nil {
			return nil, problem
		}
		return &Not{Term: e, At: start.Join(e.Span())}, nil
	case tokenOpen:
		if problem := p.advance(); problem != nil {
			return nil, problem
		}
		e, problem := p.or()
		if problem != nil {
			return nil, problem
		}
		if p.token.kind != tokenClose {
			return nil, p.expected("AND, OR or )")
		}
		return e, p.advance()
	}
	return p.comparison()
}

func (p *parser) comparison() (Expr, *source.Diagnostic) {
	left, problem := p.operand()
	if problem != nil {
		return nil, problem
	}
	if p.token.kind != tokenOperator {
		return nil, p.expected("one of = != < <= > >=")
	}
	operator := Operator(p.text[p.token.at.Start:p.token.at.End])
	if problem := p.advance(); problem != nil {
		return nil, problem
	}
	right, problem := p.operand()
	if problem != nil {
		return nil, problem
	}
	return &Comparison{Left: left, Operator: operator, Right: right, At: left.At.Join(right.At)}, nil
}

func (p *parser) operand() (Operand, *source.Diagnostic) {
	if p.token.kind != tokenOperand {
		return Operand{}, p.expected("a column in brackets or a constant")
	}
	o := p.token.operand
	return o, p.advance()
}

func first(terms []Expr) Expr {
	if len(terms) == 0 {
		return nil
	}
	return terms[0]
}

func cover(terms []Expr) source.Span {
	return terms[0].Span().Join(terms[len(terms)-1].Span())
}
