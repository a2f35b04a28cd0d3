package expr_test

import (
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

func TestSimplify(t *testing.T) {
	null := expr.Const{Typ: datatype.Bool}
	nothing := expr.Const{Typ: datatype.Varchar}
	open := expr.Compare(expr.OpGt, amount, expr.Int(1)) // gt(amount#2, 1)
	choice := func(args ...expr.Expr) expr.Expr { return expr.Call{Op: expr.OpCase, Args: args, Typ: datatype.Bool} }
	list := func(of expr.Expr, values ...expr.Expr) expr.Expr {
		return expr.Call{Op: expr.OpIn, Args: append([]expr.Expr{of}, values...), Typ: datatype.Bool}
	}
	fold := func(e expr.Expr) expr.Expr {
		return expr.Call{Op: expr.OpFold, Args: []expr.Expr{e}, Typ: datatype.Varchar}
	}
	date := expr.Const{Value: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Typ: datatype.Date}
	for _, test := range []struct {
		of   expr.Expr
		want string
	}{
		{open, "gt(amount#2, 1)"},
		{expr.And(open, expr.True), "gt(amount#2, 1)"},
		{expr.And(open, expr.False), "false"},
		{expr.And(open, null), "and(gt(amount#2, 1), null)"},
		{expr.And(expr.True, expr.True), "true"},
		{expr.Or(open, expr.False), "gt(amount#2, 1)"},
		{expr.Or(open, expr.True), "true"},
		{expr.Or(open, null), "or(gt(amount#2, 1), null)"},
		{expr.Or(), "false"},
		{expr.Not(expr.True), "false"},
		{expr.Not(null), "null"},
		{expr.Not(open), "not(gt(amount#2, 1))"},
		{expr.Compare(expr.OpEq, expr.Text("A"), expr.Text("a")), "true"},
		{expr.Compare(expr.OpNe, expr.Text("A"), expr.Text("b")), "true"},
		{expr.Compare(expr.OpEq, expr.Int(1), expr.Int(2)), "false"},
		{expr.Compare(expr.OpNe, expr.Int(1), null), "null"},
		{expr.Compare(expr.OpEq, name, nothing), "null"},
		{expr.Compare(expr.OpEq, expr.Int(1), expr.Const{Value: 1.0, Typ: datatype.Double}), "eq(1, 1)"},
		{expr.Compare(expr.OpEq, date, date), "eq(2024-01-01, 2024-01-01)"},
		{expr.Compare(expr.OpLt, expr.Int(1), expr.Int(2)), "lt(1, 2)"},
		{list(expr.Text("a")), "false"},
		{list(name), "false"},
		{list(expr.Text("a"), expr.Text("b"), expr.Text("a")), "true"},
		{list(expr.Text("a"), expr.Text("b")), "false"},
		{list(expr.Text("a"), expr.Text("b"), nothing), "null"},
		{list(expr.Text("b"), nothing, expr.Text("b")), "true"},
		{list(nothing, expr.Text("b")), "null"},
		{list(name, nothing), "null"},
		{list(name, expr.Text("b"), nothing), `in(name#1, "b", null)`},
		{expr.IsNull(nothing), "true"},
		{expr.IsNull(expr.Int(1)), "false"},
		{expr.IsNull(name), "isnull(name#1)"},
		{fold(expr.Text("ÀB")), `"àb"`},
		{fold(name), "fold(name#1)"},
		{choice(expr.True, open, null), "gt(amount#2, 1)"},
		{choice(expr.False, expr.True, open), "gt(amount#2, 1)"},
		{choice(null, expr.True, open), "gt(amount#2, 1)"},
		{choice(null, expr.True), "null"},
		{choice(open, expr.True, expr.True, expr.False, null), "case(gt(amount#2, 1), true, false)"},
		{expr.And(expr.Or(expr.Not(expr.Compare(expr.OpEq, expr.Text("x"), expr.Text("X"))), open), expr.Not(expr.False)), "gt(amount#2, 1)"},
	} {
		before := test.of.String()
		if got := expr.Simplify(test.of); got.String() != test.want || got.Type() != datatype.Bool && got.Type() != datatype.Varchar {
			t.Errorf("%s becomes %s, want %s", test.of, got, test.want)
		}
		if test.of.String() != before {
			t.Errorf("%s was changed to %s", before, test.of)
		}
	}
}

func TestCanFail(t *testing.T) {
	call := func(op expr.Op, args ...expr.Expr) expr.Expr {
		return expr.Call{Op: op, Args: args, Typ: datatype.Double}
	}
	for _, safe := range []expr.Expr{name, expr.Int(1), expr.NotEquals(name, texts("a", "b")), expr.Like(name, expr.MatchContains, "a"),
		expr.Number(expr.OpLn, amount), expr.Whole(expr.OpRound, amount), expr.TextOf(expr.OpLeft, name, count), expr.Position(name, name),
		expr.Coalesce(datatype.Double, amount, expr.Int(0)), call(expr.OpCase, expr.IsNull(name), amount, count)} {
		if expr.CanFail(safe) {
			t.Errorf("%s has a value for every row", safe)
		}
	}
	for _, op := range []expr.Op{expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv, expr.OpPow, expr.OpNeg, expr.OpCast, "new operation"} {
		if e := expr.Compare(expr.OpGt, call(op, amount, count), expr.Int(1)); !expr.CanFail(e) {
			t.Errorf("%s can fail", e)
		}
	}
	if !expr.CanFail(expr.BucketOf(datatype.DayOfWeek, moment)) {
		t.Error("a date can be out of range")
	}
}
