package sqlgen_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// TestDialectsCoverEverything asks each dialect for each operation, aggregate
// and bucket.
func TestDialectsCoverEverything(t *testing.T) {
	day := expr.Column{ID: 1, Name: "d", Typ: datatype.DateTime}
	for name, d := range dialects {
		for _, op := range []expr.Op{expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv, expr.OpPow, expr.OpNeg, expr.OpEq, expr.OpNe, expr.OpLt,
			expr.OpLe, expr.OpGt, expr.OpGe, expr.OpIn, expr.OpIsNull, expr.OpAnd, expr.OpOr, expr.OpNot, expr.OpCase, expr.OpCoalesce,
			expr.OpFold, expr.OpTrim, expr.OpLike, expr.OpCast} {
			sql := d.Call(expr.Call{Op: op, Args: []expr.Expr{day, day}, Typ: datatype.Double}, []string{"one", "two"})
			if !strings.Contains(sql, "one") || strings.Count(sql, "(") != strings.Count(sql, ")") {
				t.Errorf("%s writes %s as %q", name, op, sql)
			}
		}
		for _, fn := range []expr.AggFunc{expr.AggSum, expr.AggCount, expr.AggCountDistinct, expr.AggAverage, expr.AggMin, expr.AggMax,
			expr.AggStddev, expr.AggVariance, expr.AggMedian, expr.AggPercentile, expr.AggApproxCount} {
			sql := d.Agg(expr.Agg{Fn: fn, Arg: day, Typ: datatype.Double, P: 0.5}, "one")
			if !strings.Contains(sql, "one") || strings.Count(sql, "(") != strings.Count(sql, ")") {
				t.Errorf("%s writes %s as %q", name, fn, sql)
			}
		}
		for b := datatype.Detailed; b <= datatype.QuarterOfYear; b++ {
			sql := d.Call(expr.BucketOf(b, day).(expr.Call), []string{"one"})
			if !strings.Contains(sql, "one") || strings.Count(sql, "(") != strings.Count(sql, ")") {
				t.Errorf("%s writes %s as %q", name, b, sql)
			}
		}
		for typ := datatype.Bool; typ <= datatype.Time; typ++ {
			if !strings.Contains(d.Same("one", "two", typ), "two") || !strings.Contains(d.Param(7, typ), "$7") || !strings.Contains(d.Sortable("one", typ), "one") {
				t.Errorf("%s does not write values of type %s", name, typ)
			}
		}
		if d.Call(expr.Call{Op: "none"}, []string{"one"}) != "" || d.Agg(expr.Agg{Fn: "none", Arg: day}, "one") != "" {
			t.Errorf("%s writes what it does not know", name)
		}
		if got := d.Ident(`a"b`); got != `"a""b"` {
			t.Errorf("%s quotes a name as %s", name, got)
		}
	}
}

// plain is a dialect that lacks standard deviations and lower case.
type plain struct{ sqlgen.Base }

func (plain) Name() string { return "Plain" }

func (d plain) Call(c expr.Call, args []string) string {
	if c.Op == expr.OpFold {
		return ""
	}
	return d.Base.Call(c, args)
}

func (d plain) Agg(a expr.Agg, arg string) string {
	if a.Fn == expr.AggStddev {
		return ""
	}
	return d.Base.Agg(a, arg)
}

func TestUnsupported(t *testing.T) {
	for text, want := range map[string]string{
		"standard deviation [amount]":  "stddev_samp is not available on Plain",
		"[amount] [region] = 'west'":   "fold is not available on Plain",
		"[amount] [region] top 3":      "",
		"[amount] [date] = 'today'":    "",
		"[amount] [date].'last month'": "",
	} {
		p, _ := golden.Plan(t, golden.Model(t, "sales"), text)
		s, err := sqlgen.Generate(p, plain{})
		var unsupported *sqlgen.UnsupportedError
		switch {
		case want == "" && (err != nil || s.SQL == ""):
			t.Errorf("%s: %v", text, err)
		case want != "" && (!errors.As(err, &unsupported) || err.Error() != want):
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestUnknownNode fails loudly rather than leave something out.
func TestUnknownNode(t *testing.T) {
	type other struct{ plan.Node }
	if _, err := sqlgen.Generate(&plan.Plan{Root: other{}}, dialects["duckdb"]); err == nil {
		t.Error("a node of an unknown kind is written")
	}
}
