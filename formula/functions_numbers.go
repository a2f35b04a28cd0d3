package formula

import (
	"math"
	"slices"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// nullBeside is the null rule of functions that some numbers have no value of.
func nullBeside(numbers string) string { return nullIfAny + ", " + numbers }

var (
	notReal     = nullBeside("or the result is no number")
	tooLarge    = nullBeside("or the result is too large")
	incrementN  = Arg{Name: "n", Takes: TakesNumber}
	sortableU   = Arg{Name: "u", Takes: TakesSortable}
	sortableV   = Arg{Name: "v", Takes: TakesSortable}
	coordinates = []Arg{{Name: "latitude", Takes: TakesNumber}, {Name: "longitude", Takes: TakesNumber},
		{Name: "latitude2", Takes: TakesNumber}, {Name: "longitude2", Takes: TakesNumber}}
)

// numbers are the functions of numbers; greatest and least take whatever
// sorts (formulas.md 3.9).
var numbers = []Function{
	extreme("greatest", expr.OpGreatest, "the largest of the values", Example{"greatest ( 1 , null , 3 )", "3"},
		Example{"greatest ( 'a' , 'B' )", "a"}, Example{"greatest ( 02/01/2024 , 01/31/2024 )", "2024-02-01"}),
	extreme("least", expr.OpLeast, "the smallest of the values", Example{"least ( 2 , 1.5 , 3 )", "1.5"},
		Example{"least ( 'a' , 'B' )", "B"}),
	number("safe_divide", "x , y", ResultDouble, "x / y, but 0 where y is 0", nullIfAny, buildSafeDivide,
		[]Arg{numberX, numberY}, Example{"safe_divide ( 12 , 0 )", "0"}, Example{"safe_divide ( null , 2 )", "null"},
		Example{"safe_divide ( 6 , 4 )", "1.5"}),
	number("abs", "x", ResultNumber, "x without its sign", nullIfAny, buildAbs, []Arg{numberX},
		Example{"abs ( -3 )", "3"}, Example{"abs ( -2.5 )", "2.5"}),
	number("ceil", "x", ResultInt, "the next integer that is not less", tooLarge, buildWhole(expr.OpCeil), []Arg{numberX},
		Example{"ceil ( 2.1 )", "3"}, Example{"ceil ( -2.5 )", "-2"}),
	number("floor", "x", ResultInt, "the next integer that is not greater", tooLarge, buildWhole(expr.OpFloor), []Arg{numberX},
		Example{"floor ( 2.9 )", "2"}, Example{"floor ( -2.5 )", "-3"}),
	number("sign", "x", ResultInt, "1 of what is positive, -1 of what is negative, 0 of 0", nullIfAny, buildSign, []Arg{numberX},
		Example{"sign ( -2.5 )", "-1"}, Example{"sign ( 0 )", "0"}),
	real("cbrt", expr.OpCbrt, "the cube root", nullIfAny, Example{"cbrt ( 27 )", "3"}),
	real("exp", expr.OpExp, "e to the power x", tooLarge, Example{"exp ( 0 )", "1"}, Example{"exp ( 1000 )", "null"}),
	number("sq", "x", ResultNumber, "x * x", nullIfAny, buildProduct(2), []Arg{numberX}, Example{"sq ( 3 )", "9"},
		Example{"sq ( 1.5 )", "2.25"}),
	number("cube", "x", ResultNumber, "x * x * x", nullIfAny, buildProduct(3), []Arg{numberX}, Example{"cube ( 2 )", "8"}),
	number("exp2", "x", ResultDouble, "2 to the power x", tooLarge, buildExp2, []Arg{numberX}, Example{"exp2 ( 3 )", "8"}),
	real("sqrt", expr.OpSqrt, "the square root", nullBeside("or x is less than 0"), Example{"sqrt ( 16 )", "4"},
		Example{"sqrt ( -1 )", "null"}),
	real("ln", expr.OpLn, "the natural logarithm", nullBeside("or x is 0 or less"), Example{"ln ( 1 )", "0"}, Example{"ln ( 0 )", "null"}),
	real("log2", expr.OpLog2, "the logarithm to base 2", nullBeside("or x is 0 or less"), Example{"log2 ( 8 )", "3"}),
	real("log10", expr.OpLog10, "the logarithm to base 10", nullBeside("or x is 0 or less"), Example{"log10 ( 1000 )", "3"}),
	number("mod", "x , y", ResultNumber, "what is left of x divided by y, with the sign of x", nullBeside("or y is 0"), buildMod,
		[]Arg{numberX, numberY}, Example{"mod ( -3 , 2 )", "-1"}, Example{"mod ( 3 , -2 )", "1"}, Example{"mod ( 5 , 0 )", "null"},
		Example{"mod ( 7.5 , 2 )", "1.5"}),
	number("pow", "x , y", ResultDouble, "x to the power y, as x ^ y", notReal, buildPow, []Arg{numberX, numberY},
		Example{"pow ( 2 , 3 )", "8"}, Example{"pow ( -8 , 0.5 )", "null"}),
	{
		Name: "round", Group: NumberFunctions, Syntax: "round ( x [ , n ] )",
		Doc:   "the multiple of n that is nearest to x, of two the one farther from 0; n is 1 if it is left out, and 0.01 for two decimals",
		Nulls: nullBeside("n is 0, or the result is too large"), build: buildRound,
		Overloads: []Overload{{Args: []Arg{numberX}, Result: ResultInt}, {Args: []Arg{numberX, countN}, Result: ResultInt},
			{Args: []Arg{numberX, incrementN}, Result: ResultDouble}},
		Examples: []Example{{"round ( 1234.5678 )", "1235"}, {"round ( 1234.5678 , 0.01 )", "1234.57"}, {"round ( 1234.5678 , 10 )", "1230"},
			{"round ( -2.5 )", "-3"}, {"round ( 5 , 0 )", "null"}},
	},
	real("sin", expr.OpSin, "the sine of an angle in radians", nullIfAny, Example{"sin ( 30 )", "-0.9880316240928618"}),
	real("cos", expr.OpCos, "the cosine of an angle in radians", nullIfAny, Example{"cos ( 0 )", "1"}),
	real("tan", expr.OpTan, "the tangent of an angle in radians", nullIfAny, Example{"tan ( 0 )", "0"}),
	real("asin", expr.OpAsin, "the angle in radians whose sine is x", nullBeside("or x is not between -1 and 1"),
		Example{"asin ( 0 )", "0"}, Example{"asin ( 2 )", "null"}),
	real("acos", expr.OpAcos, "the angle in radians whose cosine is x", nullBeside("or x is not between -1 and 1"),
		Example{"acos ( 0.5 )", "1.0471975511965979"}),
	real("atan", expr.OpAtan, "the angle in radians whose tangent is x", nullIfAny, Example{"atan ( 0 )", "0"}),
	number("atan2", "y , x", ResultDouble, "the angle in radians of the point x, y", nullIfAny, buildReal(expr.OpAtan2),
		[]Arg{numberY, numberX}, Example{"atan2 ( 1 , 1 )", "0.7853981633974483"}),
	number("spherical_distance", "latitude , longitude , latitude2 , longitude2", ResultDouble,
		"how many kilometres lie between two places on Earth, given in degrees", nullIfAny, buildDistance, coordinates,
		Example{"spherical_distance ( 0 , 0 , 0 , 0 )", "0"}, Example{"spherical_distance ( 52.52 , 13.405 , 48.8566 , 2.3522 )", "877.4645379215"}),
}

func number(name, args string, result Result, doc, nulls string, build builder, takesArgs []Arg, examples ...Example) Function {
	return Function{Name: name, Group: NumberFunctions, Syntax: name + " ( " + args + " )", Doc: doc, Nulls: nulls,
		Overloads: takes(result, takesArgs...), Examples: examples, build: build}
}

// real declares a function of one number that gives a Double.
func real(name string, op expr.Op, doc, nulls string, examples ...Example) Function {
	return number(name, "x", ResultDouble, doc, nulls, buildReal(op), []Arg{numberX}, examples...)
}

// extreme declares a function of any number of values of one type.
func extreme(name string, op expr.Op, doc string, examples ...Example) Function {
	return Function{
		Name: name, Group: NumberFunctions, Syntax: name + " ( u , v , ... )",
		Doc: doc + "; of texts, upper case sorts before lower case", Nulls: "nulls are skipped; null if all are null",
		Overloads: []Overload{{Args: []Arg{sortableU, sortableV}, Result: ResultSame, Repeats: true}},
		Examples:  examples, build: buildExtreme(op),
	}
}

// double is a numeric constant.
func double(v float64) expr.Expr { return expr.Const{Value: v, Typ: datatype.Double} }

// repeated are the parts of an expression in which every one stands n times.
func repeated(n int, parts ...value) []value { return slices.Repeat(parts, n) }

func exprs(values []value) []expr.Expr {
	out := make([]expr.Expr, len(values))
	for i, v := range values {
		out[i] = v.expr
	}
	return out
}

func buildExtreme(op expr.Op) builder {
	return func(c *checker, n *Call, args []value) value {
		switch t, at, ok := alike(args); {
		case !ok:
			return c.fail(n, errNotComparable(args[0], args[at]))
		case t == datatype.Null:
			return c.fail(n, errUntypedNull(n.Span()))
		default:
			return c.made(n, expr.Call{Op: op, Args: exprs(args), Typ: t}, args...)
		}
	}
}

// buildReal builds an operation that gives a Double. Dialects write the argument
// of OpExp twice.
func buildReal(op expr.Op) builder {
	mentions := 1
	if op == expr.OpExp {
		mentions = 2
	}
	return func(c *checker, n *Call, args []value) value {
		return c.made(n, expr.Number(op, exprs(args)...), repeated(mentions, args...)...)
	}
}

func buildSafeDivide(c *checker, n *Call, args []value) value {
	x, y := args[0].expr, args[1].expr
	byZero := expr.And(expr.Compare(expr.OpEq, y, expr.Int(0)), expr.Not(expr.IsNull(x)))
	e := expr.Call{Op: expr.OpCase, Args: []expr.Expr{byZero, double(0), expr.Divide(x, y)}, Typ: datatype.Double}
	return c.made(n, e, repeated(2, args...)...)
}

func buildAbs(c *checker, n *Call, args []value) value {
	x := args[0].wide(widest(args[0].typ))
	return c.made(n, expr.Call{Op: expr.OpAbs, Args: []expr.Expr{x.expr}, Typ: x.typ}, x)
}

func buildWhole(op expr.Op) builder {
	return func(c *checker, n *Call, args []value) value {
		if x := args[0]; x.typ.IsInteger() {
			x = x.wide(datatype.Int64)
			return c.made(n, x.expr, x)
		}
		return c.made(n, expr.Whole(op, args[0].expr), args[0])
	}
}

func buildSign(c *checker, n *Call, args []value) value {
	x, zero := args[0].expr, expr.Int(0)
	e := expr.Call{Op: expr.OpCase, Typ: datatype.Int64, Args: []expr.Expr{
		expr.Compare(expr.OpGt, x, zero), expr.Int(1),
		expr.Compare(expr.OpLt, x, zero), expr.Int(-1),
		expr.Compare(expr.OpEq, x, zero), zero,
	}}
	return c.made(n, e, repeated(3, args...)...)
}

// buildProduct multiplies a number with itself.
func buildProduct(factors int) builder {
	return func(c *checker, n *Call, args []value) value {
		x := args[0].wide(widest(args[0].typ))
		e := x.expr
		for range factors - 1 {
			e = expr.Call{Op: expr.OpMul, Args: []expr.Expr{e, x.expr}, Typ: x.typ}
		}
		return c.made(n, e, repeated(factors, x)...)
	}
}

func buildExp2(c *checker, n *Call, args []value) value {
	return c.power(n, constant(n, 2.0, datatype.Double), args[0])
}

func buildPow(c *checker, n *Call, args []value) value { return c.power(n, args[0], args[1]) }

// power is x to the power y. Dialects name both several times.
func (c *checker) power(n Node, x, y value) value {
	return c.made(n, expr.Number(expr.OpPow, x.expr, y.expr), repeated(5, x, y)...)
}

// buildMod computes with numbers that may have a fraction what engines compute
// with integers; their own functions disagree on it.
func buildMod(c *checker, n *Call, args []value) value {
	x, y := args[0], args[1]
	if x.typ.IsInteger() && y.typ.IsInteger() {
		e := expr.Call{Op: expr.OpMod, Args: exprs(args), Typ: datatype.Int64}
		return c.made(n, e, args...)
	}
	x, y = x.wide(datatype.Double), y.wide(datatype.Double)
	whole := expr.Number(expr.OpTrunc, expr.Divide(x.expr, y.expr))
	e := expr.Number(expr.OpSub, x.expr, expr.Number(expr.OpMul, y.expr, whole))
	return c.made(n, e, repeated(2, x, y)...)
}

// buildRound rounds to an increment (formulas.md T2). Where that is a decimal
// place, it divides by a power of ten, which is exact, rather than multiply by
// a fraction, which is not.
func buildRound(c *checker, n *Call, args []value) value {
	x := args[0]
	if len(args) == 1 {
		return buildWhole(expr.OpRound)(c, n, args)
	}
	increment := args[1]
	if k, ok := increment.expr.(expr.Const); ok {
		if v, ok := asFloat(k.Value); ok {
			switch places := math.Round(-math.Log10(math.Abs(v))); {
			case math.Abs(v) == 1 && increment.typ.IsInteger():
				return buildWhole(expr.OpRound)(c, n, args[:1])
			case places > 0 && places <= 15 && math.Abs(v) == math.Pow10(-int(places)):
				scale := double(math.Pow10(int(places)))
				e := expr.Number(expr.OpRound, expr.Number(expr.OpMul, x.wide(datatype.Double).expr, scale))
				return c.made(n, expr.Divide(e, scale), x, increment)
			}
		}
	}
	steps := expr.Divide(x.expr, increment.expr)
	if increment.typ.IsInteger() {
		by := increment.wide(datatype.Int64)
		e := expr.Call{Op: expr.OpMul, Args: []expr.Expr{by.expr, expr.Whole(expr.OpRound, steps)}, Typ: datatype.Int64}
		return c.made(n, e, repeated(2, x, by)...)
	}
	by := increment.wide(datatype.Double)
	return c.made(n, expr.Number(expr.OpMul, by.expr, expr.Number(expr.OpRound, steps)), repeated(2, x, by)...)
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// earthRadius is the mean radius of Earth in kilometres.
const earthRadius = 6371.0088

// buildDistance is the haversine formula.
func buildDistance(c *checker, n *Call, args []value) value {
	var at [4]expr.Expr // in radians
	for i, a := range args {
		args[i] = a.wide(datatype.Double)
		at[i] = expr.Number(expr.OpMul, args[i].expr, double(math.Pi/180))
	}
	haversine := func(a, b expr.Expr) expr.Expr {
		s := expr.Number(expr.OpSin, expr.Number(expr.OpMul, expr.Number(expr.OpSub, b, a), double(0.5)))
		return expr.Number(expr.OpMul, s, s)
	}
	cosines := expr.Number(expr.OpMul, expr.Number(expr.OpCos, at[0]), expr.Number(expr.OpCos, at[2]))
	h := expr.Number(expr.OpAdd, haversine(at[0], at[2]), expr.Number(expr.OpMul, cosines, haversine(at[1], at[3])))
	// A little more than 1 is what rounding makes of 1.
	tooFar := expr.Compare(expr.OpGt, h, double(1))
	h = expr.Call{Op: expr.OpCase, Args: []expr.Expr{tooFar, double(1), h}, Typ: datatype.Double}
	e := expr.Number(expr.OpMul, double(2*earthRadius), expr.Number(expr.OpAsin, expr.Number(expr.OpSqrt, h)))
	return c.made(n, e, repeated(12, args...)...)
}
