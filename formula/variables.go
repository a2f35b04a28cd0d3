package formula

import (
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// principals are the variables that stand for the person who asks. The type of
// a list is that of its members.
var principals = map[string]expr.Principal{
	"ts_username":     {Kind: expr.PrincipalName, Typ: datatype.Varchar},
	"ts_groups":       {Kind: expr.PrincipalGroups, Typ: datatype.Varchar},
	"ts_groups_int":   {Kind: expr.PrincipalGroupInts, Typ: datatype.Int64},
	"ts_org":          {Kind: expr.PrincipalOrg, Typ: datatype.Varchar},
	"ts_email_domain": {Kind: expr.PrincipalEmailDomain, Typ: datatype.Varchar},
}

// variable is the meaning of a variable that is one value.
func (c *checker) variable(n *Variable) value {
	p, ok := principals[n.Name]
	switch {
	case !ok:
		return c.fail(n, errNotAvailable(n.Span(), "variable", n.Name))
	case p.Kind.IsList():
		return c.fail(n, errStrayVariable(n))
	}
	return value{expr: p, typ: p.Typ, level: expr.LevelConst, size: 1, node: n}
}

// variableList is the list that a node stands for, if it is a variable of
// lists in a place where one may be used.
func (c *checker) variableList(n Node) (expr.Principal, bool) {
	v, ok := n.(*Variable)
	if !ok {
		return expr.Principal{}, false
	}
	p, ok := principals[v.Name]
	return p, ok && p.Kind.IsList()
}

// compareList reads x = list and list = x, which ask whether x is in the list
// (formulas.md 3.11). It reports false for other comparisons.
func (c *checker) compareList(n *Binary) (value, bool) {
	if n.Op != OpEq && n.Op != OpNe {
		return value{}, false
	}
	x, set := n.X, n.Y
	list, ok := c.variableList(set)
	if !ok {
		x, set = set, x
		if list, ok = c.variableList(set); !ok {
			return value{}, false
		}
	}
	return c.negated(n.Op == OpNe, c.member(n, c.check(x), set, list)), true
}

// inList reads x in list, and list in { a , b }, which holds when any of the
// constants is in the list. It reports false when there is no such list.
func (c *checker) inList(n *In) (value, bool) {
	if list, ok := c.variableList(n.Set); ok {
		return c.negated(n.Not, c.member(n, c.check(n.X), n.Set, list)), true
	}
	list, ok := c.variableList(n.X)
	if !ok {
		return value{}, false
	}
	set, ok := n.Set.(*List)
	if !ok {
		return value{}, false
	}
	constants := c.members(set)
	for i, v := range constants {
		constants[i] = c.member(n, v, n.X, list)
	}
	switch {
	case anyFailed(constants...):
		return failed(n), true
	case len(constants) == 0:
		return constant(n, n.Not, datatype.Bool), true
	}
	var any []expr.Expr
	for _, m := range constants {
		any = append(any, m.expr)
	}
	return c.negated(n.Not, c.made(n, expr.Or(any...), constants...)), true
}

// member asks whether x is in a list that stands at the node at.
func (c *checker) member(n Node, x value, at Node, list expr.Principal) value {
	switch {
	case x.failed():
		return failed(n)
	case x.typ == datatype.Null:
		return c.fail(n, errUntypedNull(x.node.Span()))
	}
	if _, ok := datatype.Join(x.typ, list.Typ); !ok {
		return c.fail(n, errNotInList(x, at, list.Typ))
	}
	return c.made(n, expr.In(x.expr, list), x)
}

// negated is the opposite of a condition if that is wanted.
func (c *checker) negated(not bool, v value) value {
	if !not || v.failed() {
		return v
	}
	return c.made(v.node, expr.Not(v.expr), v)
}
