package expr_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

var (
	name   = expr.Column{ID: 1, Name: "name", Typ: datatype.Varchar}
	amount = expr.Column{ID: 2, Name: "amount", Typ: datatype.Double}
	count  = expr.Column{ID: 3, Name: "count", Typ: datatype.Int32}
	day    = expr.Column{ID: 4, Name: "day", Typ: datatype.Date}
	moment = expr.Column{ID: 5, Name: "moment", Typ: datatype.DateTime}
)

func texts(values ...string) expr.Values {
	var v expr.Values
	for _, s := range values {
		v.Consts = append(v.Consts, expr.Text(s))
	}
	return v
}

func TestFilters(t *testing.T) {
	with := func(v expr.Values, null, empty, exact bool) expr.Values {
		v.Null, v.Empty, v.Exact = null, empty, exact
		return v
	}
	from, to := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		got  expr.Expr
		want string
	}{
		{expr.Fold(name), `fold(name#1)`},
		{expr.Fold(expr.Text("ÀB")), `"àb"`},
		{expr.Fold(count), `count#3`},
		{expr.Fold(expr.Const{Typ: datatype.Varchar}), `null`},

		{expr.Equals(name, texts("A")), `eq(fold(name#1), "a")`},
		{expr.Equals(name, texts("A", "B")), `in(fold(name#1), "a", "b")`},
		{expr.Equals(name, with(texts("A"), true, false, false)), `or(eq(fold(name#1), "a"), isnull(name#1))`},
		{expr.Equals(name, with(texts(), true, true, false)), `or(eq(fold(trim(name#1)), ""), isnull(name#1))`},
		{expr.Equals(name, with(texts("A", "B"), false, false, true)), `in(name#1, "A", "B")`},
		{expr.Equals(name, texts()), `or()`},

		{expr.NotEquals(name, texts("A")), `or(ne(fold(name#1), "a"), isnull(name#1))`},
		{expr.NotEquals(name, texts("A", "B")), `or(not(in(fold(name#1), "a", "b")), isnull(name#1))`},
		{expr.NotEquals(name, with(texts("A"), true, false, false)), `and(ne(fold(name#1), "a"), not(isnull(name#1)))`},
		{expr.NotEquals(name, with(texts(), true, false, false)), `not(isnull(name#1))`},
		{expr.NotEquals(name, with(texts(), false, true, false)), `or(not(eq(fold(trim(name#1)), "")), isnull(name#1))`},
		{expr.NotEquals(name, with(texts("A"), false, false, true)), `or(ne(name#1, "A"), isnull(name#1))`},

		{expr.Between(amount, expr.Int(1), expr.Int(2)), `and(ge(amount#2, 1), le(amount#2, 2))`},
		{expr.Like(name, expr.MatchContains, "A%_!"), `like(fold(name#1), "%a!%!_!!%")`},
		{expr.Like(name, expr.MatchPattern, "A%_!"), `like(fold(name#1), "a%_!!")`},
		{expr.Like(name, expr.MatchPattern, "A!"), `like(fold(name#1), "%a!!%")`},
		{expr.NotLike(name, expr.MatchBegins, "A"), `or(not(like(fold(name#1), "a%")), isnull(name#1))`},

		{expr.Within(day, from, to), `and(ge(day#4, 2024-01-01), lt(day#4, 2024-02-01))`},
		{expr.Within(moment, from, to), `and(ge(moment#5, 2024-01-01T00:00:00), lt(moment#5, 2024-02-01T00:00:00))`},
		{expr.Within(day, from.Add(time.Hour), to), `and(ge(day#4, 2024-01-01T01:00:00), lt(day#4, 2024-02-01))`},
		{expr.CompareDate(expr.OpLt, day, from, to), `lt(day#4, 2024-01-01)`},
		{expr.CompareDate(expr.OpLe, day, from, to), `lt(day#4, 2024-02-01)`},
		{expr.CompareDate(expr.OpGt, day, from, to), `ge(day#4, 2024-02-01)`},
		{expr.CompareDate(expr.OpGe, day, from, to), `ge(day#4, 2024-01-01)`},
		{expr.CompareDate(expr.OpNe, day, from, to), `or(not(and(ge(day#4, 2024-01-01), lt(day#4, 2024-02-01))), isnull(day#4))`},

		{expr.And(), `and()`},
		{expr.And(expr.True), `true`},
		{expr.And(expr.And(expr.True, expr.False), expr.True), `and(true, false, true)`},
		{expr.Or(expr.And(expr.True, expr.False), expr.True), `or(and(true, false), true)`},
	} {
		if got := test.got.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestAggregate(t *testing.T) {
	for _, test := range []struct {
		aggregation datatype.Aggregation
		of          expr.Expr
		want        string
		typ         datatype.Type
	}{
		{datatype.Sum, count, "coalesce(sum(count#3), 0)", datatype.Int64},
		{datatype.Sum, amount, "coalesce(sum(amount#2), 0)", datatype.Double},
		{datatype.Count, name, "count(name#1)", datatype.Int64},
		{datatype.CountDistinct, name, "count_distinct(name#1)", datatype.Int64},
		{datatype.ApproxCountDistinct, name, "approx_count_distinct(name#1)", datatype.Int64},
		{datatype.Average, count, "avg(count#3)", datatype.Double},
		{datatype.Min, name, "min(name#1)", datatype.Varchar},
		{datatype.Max, day, "max(day#4)", datatype.Date},
		{datatype.StdDeviation, count, "stddev_samp(count#3)", datatype.Double},
		{datatype.Variance, count, "var_samp(count#3)", datatype.Double},
		{datatype.None, count, "count#3", datatype.Int32},
	} {
		got := expr.Aggregate(test.aggregation, test.of)
		if got.String() != test.want || got.Type() != test.typ {
			t.Errorf("%s is %s of type %s, want %s of type %s", test.aggregation, got, got.Type(), test.want, test.typ)
		}
	}
}

func TestBucketOf(t *testing.T) {
	for _, test := range []struct {
		bucket datatype.Bucket
		of     expr.Expr
		want   string
		typ    datatype.Type
	}{
		{datatype.NoBucket, day, "day#4", datatype.Date},
		{datatype.Detailed, day, "day#4", datatype.Date},
		{datatype.Detailed, moment, "detailed(moment#5)", datatype.DateTime},
		{datatype.Hourly, moment, "hourly(moment#5)", datatype.DateTime},
		{datatype.Monthly, moment, "monthly(moment#5)", datatype.Date},
		{datatype.DayOfWeek, day, "day_of_week(day#4)", datatype.Int64},
	} {
		got := expr.BucketOf(test.bucket, test.of)
		if got.String() != test.want || got.Type() != test.typ {
			t.Errorf("%s is %s of type %s, want %s of type %s", test.bucket, got, got.Type(), test.want, test.typ)
		}
	}
}

func TestTrees(t *testing.T) {
	e := expr.Divide(expr.Aggregate(datatype.Sum, amount), expr.Agg{Fn: expr.AggPercentile, P: 0.25,
		Arg: expr.Call{Op: expr.OpMul, Args: []expr.Expr{count, amount}, Typ: datatype.Double}, Typ: datatype.Double})
	if got := fmt.Sprint(expr.Columns(e)); got != "[2 3]" {
		t.Errorf("columns %s", got)
	}
	if e.Level() != expr.LevelAgg || amount.Level() != expr.LevelRow || expr.And(expr.True, expr.False).Level() != expr.LevelConst {
		t.Error("levels are wrong")
	}
	groups := expr.Principal{Kind: expr.PrincipalGroups, Typ: datatype.Varchar}
	if in := expr.In(name, groups); in.String() != "in(fold(name#1), fold(ts_groups))" || groups.Level() != expr.LevelConst {
		t.Errorf("groups of the person who asks: %s", in)
	}
	doubled := expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(expr.Column); ok && c.ID == 2 {
			return count
		}
		return e
	})
	if want := "div(coalesce(sum(count#3), 0), percentile(mul(count#3, count#3), 0.25))"; doubled.String() != want {
		t.Errorf("rewritten to %s", doubled)
	}
	if want := "div(coalesce(sum(amount#2), 0), percentile(mul(count#3, amount#2), 0.25))"; e.String() != want {
		t.Errorf("the rewrite changed its input to %s", e)
	}
	if expr.Equal(expr.Int(1), expr.Const{Value: int64(1), Typ: datatype.Double}) || !expr.Equal(e, e) {
		t.Error("equality is of tree and type")
	}
	var visited []string
	expr.Walk(e, func(e expr.Expr) bool {
		visited = append(visited, fmt.Sprintf("%T", e))
		_, agg := e.(expr.Agg)
		return !agg
	})
	if got := fmt.Sprint(visited); got != "[expr.Call expr.Call expr.Agg expr.Const expr.Agg]" {
		t.Errorf("visited %s", got)
	}
	if n := len(expr.Conjuncts(expr.And(expr.True, expr.And(expr.False, expr.True)))); n != 3 {
		t.Errorf("%d conjuncts", n)
	}
}

func TestLess(t *testing.T) {
	date := func(d int) expr.Expr {
		return expr.Const{Value: time.Date(2024, 1, d, 0, 0, 0, 0, time.UTC), Typ: datatype.Date}
	}
	double := expr.Const{Value: 1.5, Typ: datatype.Double}
	for _, pair := range [][2]expr.Expr{{expr.Int(1), expr.Int(2)}, {expr.Int(1), double}, {double, expr.Int(2)},
		{expr.Text("a"), expr.Text("b")}, {date(1), date(2)}} {
		if !expr.Less(pair[0], pair[1]) || expr.Less(pair[1], pair[0]) || expr.Less(pair[0], pair[0]) {
			t.Errorf("%s must stand before %s", pair[0], pair[1])
		}
	}
	if expr.Less(expr.Int(1), expr.Text("a")) || expr.Less(count, expr.Int(1)) {
		t.Error("only constants of one family have an order")
	}
}

// TestDuplicates names the aggregates that rows may be repeated under.
func TestDuplicates(t *testing.T) {
	free := map[expr.AggFunc]bool{expr.AggMin: true, expr.AggMax: true, expr.AggCountDistinct: true, expr.AggApproxCount: true}
	for _, f := range []expr.AggFunc{expr.AggSum, expr.AggCount, expr.AggCountDistinct, expr.AggAverage, expr.AggMin, expr.AggMax,
		expr.AggStddev, expr.AggVariance, expr.AggMedian, expr.AggPercentile, expr.AggApproxCount} {
		if f.DuplicatesMatter() == free[f] {
			t.Errorf("duplicates under %s", f)
		}
	}
}
