package expr

import (
	"slices"

	"github.com/searchlight-bi/searchlight/datatype"
)

// Simplify computes what e says without any row, by three-valued logic: what
// remains has the same value in every row. Only texts, integers and truth
// values are compared here; the rest is left to the database.
func Simplify(e Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		c, ok := e.(Call)
		if !ok {
			return e
		}
		switch c.Op {
		case OpAnd:
			return connect(c, False, True)
		case OpOr:
			return connect(c, True, False)
		case OpNot:
			return negate(c)
		case OpEq, OpNe:
			return simplifyEquality(c)
		case OpIn:
			return simplifyIn(c)
		case OpIsNull:
			if x, ok := c.Args[0].(Const); ok {
				return Const{Value: x.Value == nil, Typ: datatype.Bool}
			}
		case OpFold:
			if x, ok := c.Args[0].(Const); ok {
				return Fold(x)
			}
		case OpCase:
			return simplifyCase(c)
		}
		return c
	})
}

// connect simplifies a conjunction, which dominant decides and neutral does
// not change, or a disjunction.
func connect(c Call, dominant, neutral Const) Expr {
	var args []Expr
	for _, a := range c.Args {
		switch {
		case a == dominant:
			return dominant
		case a == neutral:
		default:
			args = append(args, a)
		}
	}
	if len(args) == 0 {
		return neutral
	}
	return logical(c.Op, args)
}

func negate(c Call) Expr {
	x, ok := c.Args[0].(Const)
	if !ok {
		return c
	}
	if v, ok := x.Value.(bool); ok {
		return Const{Value: !v, Typ: datatype.Bool}
	}
	return x
}

func isNullConst(e Expr) bool {
	c, ok := e.(Const)
	return ok && c.Value == nil
}

var null = Const{Typ: datatype.Bool}

// equalConsts compares two constants; known is false where that is for the
// database to do.
func equalConsts(a, b Expr) (equal, known bool) {
	x, okX := a.(Const)
	y, okY := b.(Const)
	if !okX || !okY {
		return false, false
	}
	switch v := x.Value.(type) {
	case string:
		w, ok := y.Value.(string)
		return v == w, ok
	case int64:
		w, ok := y.Value.(int64)
		return v == w, ok
	case bool:
		w, ok := y.Value.(bool)
		return v == w, ok
	}
	return false, false
}

func simplifyEquality(c Call) Expr {
	if isNullConst(c.Args[0]) || isNullConst(c.Args[1]) {
		return null
	}
	if equal, known := equalConsts(c.Args[0], c.Args[1]); known {
		return Const{Value: equal == (c.Op == OpEq), Typ: datatype.Bool}
	}
	return c
}

func simplifyIn(c Call) Expr {
	x, list := c.Args[0], c.Args[1:]
	switch {
	case len(list) == 0:
		return False
	case isNullConst(x):
		return null
	}
	for _, v := range list {
		if isNullConst(v) {
			continue
		}
		equal, known := equalConsts(x, v)
		switch {
		case !known:
			return c
		case equal:
			return True
		}
	}
	if slices.ContainsFunc(list, isNullConst) {
		return null
	}
	return False
}

func simplifyCase(c Call) Expr {
	var args []Expr
	for i := 0; i+1 < len(c.Args); i += 2 {
		when, then := c.Args[i], c.Args[i+1]
		switch {
		case when == True:
			args = append(args, then)
			return caseOf(c, args)
		case when == False, isNullConst(when):
		default:
			args = append(args, when, then)
		}
	}
	if len(c.Args)%2 == 1 {
		args = append(args, c.Args[len(c.Args)-1])
	}
	return caseOf(c, args)
}

// caseOf is c with other arguments; without a condition it is its value.
func caseOf(c Call, args []Expr) Expr {
	switch len(args) {
	case 0:
		return Const{Typ: c.Typ}
	case 1:
		return args[0]
	}
	c.Args = args
	return c
}
