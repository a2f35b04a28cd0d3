package formula

import (
	"fmt"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/source"
)

// Check gives a formula its meaning in a scope. With errors the expression is
// a constant of type Unknown; it is never nil. A *Bad node is not reported
// again.
//
// A mistake is reported once, where it was made: what contains it is not
// looked at. Codes are those of formulas.md 2.4.
func Check(n Node, scope Scope) (expr.Expr, source.Diagnostics) {
	c := &checker{scope: scope}
	return c.whole(n)
}

// whole checks a formula from its root.
func (c *checker) whole(n Node) (expr.Expr, source.Diagnostics) {
	v := c.check(n)
	switch {
	case v.typ == datatype.Null:
		v = c.fail(n, errUntypedNull(n.Span()))
	case c.rule && !v.failed() && v.typ != datatype.Bool:
		v = c.fail(n, errRuleNotBoolean(n, v.typ))
	}
	if c.diags.HasErrors() {
		v = failed(n)
	}
	return v.expr, c.diags.Sorted()
}

// maxSize bounds the parts of a meaning: formulas that name one another twice
// would double it at every step.
const maxSize = 1 << 16

type checker struct {
	scope Scope
	rule  bool // whether the formula is the condition of a row-level security rule
	diags source.Diagnostics
}

// value is the meaning of a node. The level and the size are those of the
// expression, kept here since asking for them walks through it.
type value struct {
	expr  expr.Expr
	typ   datatype.Type
	level expr.Level
	size  int
	node  Node
}

func (v value) failed() bool     { return v.typ == datatype.Unknown }
func (v value) aggregated() bool { return v.level == expr.LevelAgg }

func failed(n Node) value { return value{expr: expr.Const{}, size: 1, node: n} }

func anyFailed(values ...value) bool {
	for _, v := range values {
		if v.failed() {
			return true
		}
	}
	return false
}

func (c *checker) fail(n Node, d source.Diagnostic) value {
	c.diags = append(c.diags, d)
	return failed(n)
}

func constant(n Node, v any, t datatype.Type) value {
	return value{expr: expr.Const{Value: v, Typ: t}, typ: t, level: expr.LevelConst, size: 1, node: n}
}

// made is the value of a node whose meaning e was built from parts. It refuses
// to mix values of rows with aggregates of them.
func (c *checker) made(n Node, e expr.Expr, parts ...value) value {
	v := value{expr: e, typ: e.Type(), size: 1, node: n}
	row, aggregate := -1, -1
	for i, p := range parts {
		v.level = max(v.level, p.level)
		v.size += p.size
		switch {
		case p.level == expr.LevelRow && row < 0:
			row = i
		case p.level == expr.LevelAgg && aggregate < 0:
			aggregate = i
		}
	}
	if row >= 0 && aggregate >= 0 {
		return c.fail(n, errMixedLevels(parts[aggregate].node, parts[row].node))
	}
	return c.bounded(v)
}

func (c *checker) bounded(v value) value {
	if v.size > maxSize {
		return c.fail(v.node, errTooLarge(v.node.Span()))
	}
	return v
}

func (c *checker) check(n Node) value {
	switch n := n.(type) {
	case *Number:
		if n.Integer {
			return constant(n, n.Int, datatype.Int64)
		}
		return constant(n, n.Float, datatype.Double)
	case *Text:
		return constant(n, n.Value, datatype.Varchar)
	case *Date:
		if n.Timed {
			return constant(n, n.Value, datatype.DateTime)
		}
		return constant(n, n.Value, datatype.Date)
	case *Bool:
		return constant(n, n.Value, datatype.Bool)
	case *Null:
		return constant(n, nil, datatype.Null)
	case *Ref:
		return c.reference(n)
	case *Variable:
		return c.variable(n)
	case *List:
		return c.fail(n, errStrayList(n.Span()))
	case *Unary:
		return c.unary(n)
	case *Binary:
		return c.binary(n)
	case *In:
		return c.in(n)
	case *Between:
		return c.between(n)
	case *If:
		return c.ifElse(n)
	case *Call:
		return c.call(n)
	case *Bad:
		return failed(n)
	}
	panic(fmt.Sprintf("formula: no meaning for %T", n))
}
