package expr

import (
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
)

// The constructors below hold the rules of meaning that the search language
// and the formula language share, so that both give the same numbers.

// True is the constant true.
var True = Const{Value: true, Typ: datatype.Bool}

// False is the constant false.
var False = Const{Value: false, Typ: datatype.Bool}

// Int is an integer constant.
func Int(v int64) Const { return Const{Value: v, Typ: datatype.Int64} }

// Text is a text constant.
func Text(v string) Const { return Const{Value: v, Typ: datatype.Varchar} }

// Fold makes a text comparable ignoring case; constants fold at once, other
// types and folded texts stay as they are (formulas.md T1).
func Fold(e Expr) Expr {
	if !e.Type().IsText() {
		return e
	}
	switch c := e.(type) {
	case Const:
		if s, ok := c.Value.(string); ok {
			return Const{Value: strings.ToLower(s), Typ: c.Typ}
		}
		return c
	case Call:
		if c.Op == OpFold {
			return c
		}
	}
	return Call{Op: OpFold, Args: []Expr{e}, Typ: e.Type()}
}

// Compare compares two expressions of one family with OpEq … OpGe, texts
// ignoring case.
func Compare(op Op, a, b Expr) Expr {
	return Call{Op: op, Args: []Expr{Fold(a), Fold(b)}, Typ: datatype.Bool}
}

// In is true where e is among the constants, texts ignoring case.
func In(e Expr, values ...Expr) Expr {
	args := []Expr{Fold(e)}
	for _, v := range values {
		args = append(args, Fold(v))
	}
	return Call{Op: OpIn, Args: args, Typ: datatype.Bool}
}

// IsNull is true where e has no value.
func IsNull(e Expr) Expr { return Call{Op: OpIsNull, Args: []Expr{e}, Typ: datatype.Bool} }

// Not negates a condition.
func Not(e Expr) Expr { return Call{Op: OpNot, Args: []Expr{e}, Typ: datatype.Bool} }

// And is true where all conditions are; one condition stands for itself.
func And(conditions ...Expr) Expr { return logical(OpAnd, conditions) }

// Conjuncts lists the conditions that all have to hold for e to be true.
func Conjuncts(e Expr) []Expr {
	if c, ok := e.(Call); ok && c.Op == OpAnd {
		return c.Args
	}
	return []Expr{e}
}

// Or is true where any condition is; one condition stands for itself.
func Or(conditions ...Expr) Expr { return logical(OpOr, conditions) }

func logical(op Op, conditions []Expr) Expr {
	var args []Expr
	for _, c := range conditions {
		if call, ok := c.(Call); ok && call.Op == op {
			args = append(args, call.Args...)
		} else {
			args = append(args, c)
		}
	}
	if len(args) == 1 {
		return args[0]
	}
	return Call{Op: op, Args: args, Typ: datatype.Bool}
}

// Coalesce is the first of the values that is not null; all have one type.
func Coalesce(t datatype.Type, values ...Expr) Expr {
	return Call{Op: OpCoalesce, Args: values, Typ: t}
}

// Divide is a / b in Double, null where b is 0 (formulas.md T4).
func Divide(a, b Expr) Expr {
	return Call{Op: OpDiv, Args: []Expr{a, b}, Typ: datatype.Double}
}

// BucketOf is the bucket of a Date, DateTime or Time expression. Truncating
// buckets keep Date, except that hourly and detailed keep the type of e;
// cyclic ones give Int64.
func BucketOf(b datatype.Bucket, e Expr) Expr {
	t := datatype.Date
	switch {
	case b == datatype.NoBucket, b == datatype.Detailed && e.Type() != datatype.DateTime:
		return e
	case b.IsCyclic():
		t = datatype.Int64
	case b == datatype.Hourly, b == datatype.Detailed:
		t = e.Type()
	}
	return Call{Op: OpBucket, Args: []Expr{e}, Typ: t, Bucket: b}
}

// Aggregate applies an aggregation to a row expression. A sum of no values is
// 0 (formulas.md T5); None and DefaultAggregation return e unchanged.
func Aggregate(a datatype.Aggregation, e Expr) Expr {
	t := e.Type()
	switch a {
	case datatype.Sum:
		if t.IsInteger() {
			t = datatype.Int64
		} else {
			t = datatype.Double
		}
		return Coalesce(t, Agg{Fn: AggSum, Arg: e, Typ: t}, Const{Value: int64(0), Typ: t})
	case datatype.Count:
		return Agg{Fn: AggCount, Arg: e, Typ: datatype.Int64}
	case datatype.CountDistinct:
		return Agg{Fn: AggCountDistinct, Arg: e, Typ: datatype.Int64}
	case datatype.ApproxCountDistinct:
		return Agg{Fn: AggApproxCount, Arg: e, Typ: datatype.Int64}
	case datatype.Average:
		return Agg{Fn: AggAverage, Arg: e, Typ: datatype.Double}
	case datatype.Min:
		return Agg{Fn: AggMin, Arg: e, Typ: t}
	case datatype.Max:
		return Agg{Fn: AggMax, Arg: e, Typ: t}
	case datatype.StdDeviation:
		return Agg{Fn: AggStddev, Arg: e, Typ: datatype.Double}
	case datatype.Variance:
		return Agg{Fn: AggVariance, Arg: e, Typ: datatype.Double}
	}
	return e
}
