package formula

import (
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

func (c *checker) unary(n *Unary) value {
	x := c.check(n.X)
	if x.failed() {
		return failed(n)
	}
	if n.Op == OpNot {
		if x = c.condition(x, errBooleanExpected); x.failed() {
			return failed(n)
		}
		return c.made(n, expr.Not(x.expr), x)
	}
	if x = c.number(x); x.failed() {
		return failed(n)
	}
	if n.Op == OpAdd || x.typ == datatype.Null {
		x.node = n
		return x
	}
	x = x.wide(widest(x.typ))
	if k, ok := x.expr.(expr.Const); ok {
		switch v := k.Value.(type) {
		case int64:
			return constant(n, -v, x.typ)
		case float64:
			return constant(n, -v, x.typ)
		}
	}
	return c.made(n, expr.Call{Op: expr.OpNeg, Args: []expr.Expr{x.expr}, Typ: x.typ}, x)
}

// number is v if it is a number or null.
func (c *checker) number(v value) value {
	if v.typ.IsNumeric() || v.typ == datatype.Null {
		return v
	}
	return c.fail(v.node, errNumericExpected(v.node.Span(), v.typ))
}

// wide is a number in the type of calculations with it: 64 bits, so that
// narrow columns do not overflow.
func (v value) wide(t datatype.Type) value {
	if v.typ == t {
		return v
	}
	return v.cast(t)
}

// widest is the type of calculations with numbers of type t.
func widest(t datatype.Type) datatype.Type {
	switch {
	case t.IsInteger():
		return datatype.Int64
	case t.IsNumeric():
		return datatype.Double
	}
	return t
}

// condition is v as a condition; wrong makes the message for anything else.
func (c *checker) condition(v value, wrong conditionError) value {
	switch v.typ {
	case datatype.Bool:
		return v
	case datatype.Null:
		return v.to(datatype.Bool)
	}
	return c.fail(v.node, wrong(v.node.Span()))
}

var (
	comparisonOps = map[Op]expr.Op{OpEq: expr.OpEq, OpNe: expr.OpNe, OpLt: expr.OpLt, OpLe: expr.OpLe, OpGt: expr.OpGt, OpGe: expr.OpGe}
	arithmeticOps = map[Op]expr.Op{OpAdd: expr.OpAdd, OpSub: expr.OpSub, OpMul: expr.OpMul}
)

func (c *checker) binary(n *Binary) value {
	if v, ok := c.compareList(n); ok {
		return v
	}
	x, y := c.check(n.X), c.check(n.Y)
	if anyFailed(x, y) {
		return failed(n)
	}
	switch n.Op {
	case OpAnd, OpOr:
		x, y = c.condition(x, errBooleanExpected), c.condition(y, errBooleanExpected)
		if anyFailed(x, y) {
			return failed(n)
		}
		if n.Op == OpAnd {
			return c.made(n, expr.And(x.expr, y.expr), x, y)
		}
		return c.made(n, expr.Or(x.expr, y.expr), x, y)
	case OpEq, OpNe, OpLt, OpLe, OpGt, OpGe:
		return c.compare(n, x, y)
	}
	return c.arithmetic(n, x, y)
}

func (c *checker) arithmetic(n *Binary, x, y value) value {
	if x = c.number(x); x.failed() {
		return failed(n)
	}
	if y = c.number(y); y.failed() {
		return failed(n)
	}
	operands := []value{x, y}
	switch n.Op {
	case OpDiv, OpPow: // defined on any two numbers
		for i, v := range operands {
			if v.typ == datatype.Null {
				operands[i] = v.to(datatype.Double)
			}
		}
		x, y = operands[0], operands[1]
		if n.Op == OpDiv {
			return c.made(n, expr.Divide(x.expr, y.expr), x, y)
		}
		return c.power(n, x, y)
	}
	joined, _ := datatype.Join(x.typ, y.typ)
	t := widest(joined)
	if t == datatype.Null {
		return c.fail(n, errUntypedNull(n.Span()))
	}
	x, y = x.wide(t), y.wide(t)
	return c.made(n, expr.Call{Op: arithmeticOps[n.Op], Args: []expr.Expr{x.expr, y.expr}, Typ: t}, x, y)
}

// compare compares two values; = null and != null ask whether there is one.
func (c *checker) compare(n *Binary, x, y value) value {
	if x.typ == datatype.Null {
		x, y = y, x
	}
	switch {
	case x.typ == datatype.Null:
		return c.fail(n, errUntypedNull(n.Span()))
	case y.typ == datatype.Null && n.Op == OpEq:
		return c.made(n, expr.IsNull(x.expr), x)
	case y.typ == datatype.Null && n.Op == OpNe:
		return c.made(n, expr.Not(expr.IsNull(x.expr)), x)
	}
	operands := []value{x, y}
	if _, _, ok := alike(operands); !ok {
		return c.fail(n, errNotComparable(operands[0], operands[1]))
	}
	x, y = operands[0], operands[1]
	return c.made(n, expr.Compare(comparisonOps[n.Op], x.expr, y.expr), x, y)
}

// between is both bounds included.
func (c *checker) between(n *Between) value {
	operands := []value{c.check(n.X), c.check(n.Low), c.check(n.High)}
	if anyFailed(operands...) {
		return failed(n)
	}
	switch t, at, ok := alike(operands); {
	case !ok:
		return c.fail(n, errNotComparable(operands[0], operands[at]))
	case t == datatype.Null:
		return c.fail(n, errUntypedNull(n.Span()))
	}
	x, low, high := operands[0], operands[1], operands[2]
	e := expr.And(expr.Compare(expr.OpGe, x.expr, low.expr), expr.Compare(expr.OpLe, x.expr, high.expr))
	if n.Not {
		e = expr.Not(e)
	}
	return c.made(n, e, x, low, x, high)
}

// in is membership in a list of constants; nulls in the list are ignored, and
// nothing is in an empty list (formulas.md 3.1).
func (c *checker) in(n *In) value {
	if v, ok := c.inList(n); ok {
		return v
	}
	x := c.check(n.X)
	list, ok := n.Set.(*List)
	if !ok {
		set := c.check(n.Set)
		if !anyFailed(x, set) {
			c.fail(n, errListExpected(n.Set.Span(), set.typ))
		}
		return failed(n)
	}
	members := append([]value{x}, c.members(list)...)
	if anyFailed(members...) {
		return failed(n)
	}
	if len(members) == 1 {
		return constant(n, n.Not, datatype.Bool)
	}
	if _, at, ok := alike(members); !ok {
		return c.fail(n, errNotComparable(members[0], members[at]))
	}
	values := make([]expr.Expr, len(members))
	for i, m := range members {
		values[i] = m.expr
	}
	e := expr.In(values[0], values[1:]...)
	if n.Not {
		e = expr.Not(e)
	}
	return c.made(n, e, members...)
}

// members checks the constants of a list and leaves out nulls.
func (c *checker) members(list *List) []value {
	var members []value
	for _, item := range list.Items {
		v := c.check(item)
		if !v.failed() && v.level != expr.LevelConst {
			v = c.fail(item, errMemberNotConstant(item.Span()))
		}
		if v.typ != datatype.Null {
			members = append(members, v)
		}
	}
	return members
}

func (c *checker) ifElse(n *If) value {
	var conditions, results []value
	for _, b := range n.Branches {
		condition := c.check(b.Cond)
		if !condition.failed() {
			condition = c.condition(condition, errConditionExpected)
		}
		conditions = append(conditions, condition)
		results = append(results, c.check(b.Then))
	}
	if n.Else != nil {
		results = append(results, c.check(n.Else))
	} else {
		results = append(results, constant(n, nil, datatype.Null))
	}
	if anyFailed(conditions...) || anyFailed(results...) {
		return failed(n)
	}
	t, at, ok := join(results)
	switch {
	case !ok:
		return c.fail(n, errBranchesDiffer(results[0], results[at]))
	case t == datatype.Null:
		return c.fail(n, errUntypedNull(n.Span()))
	}
	var args []expr.Expr
	var parts []value
	for i, condition := range conditions {
		args = append(args, condition.expr, results[i].expr)
		parts = append(parts, condition, results[i])
	}
	last := results[len(results)-1]
	return c.made(n, choose(t, args, last.expr), append(parts, last)...)
}

// choose builds a case; a case in its last branch becomes part of it.
func choose(t datatype.Type, args []expr.Expr, otherwise expr.Expr) expr.Expr {
	if inner, ok := otherwise.(expr.Call); ok && inner.Op == expr.OpCase {
		return expr.Call{Op: expr.OpCase, Args: append(args, inner.Args...), Typ: t}
	}
	return expr.Call{Op: expr.OpCase, Args: append(args, otherwise), Typ: t}
}
