package sqlgen_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// lacking are the operations that a database does not have.
var lacking = map[string][]expr.Op{"postgres": {expr.OpEditDistance, expr.OpSimilarity}}

// TestDialectsCoverEverything asks each dialect for each operation, aggregate
// and bucket.
func TestDialectsCoverEverything(t *testing.T) {
	day := expr.Column{ID: 1, Name: "d", Typ: datatype.DateTime}
	for name, d := range dialects {
		for _, op := range []expr.Op{expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv, expr.OpPow, expr.OpNeg, expr.OpEq, expr.OpNe, expr.OpLt,
			expr.OpLe, expr.OpGt, expr.OpGe, expr.OpIn, expr.OpIsNull, expr.OpAnd, expr.OpOr, expr.OpNot, expr.OpCase, expr.OpCoalesce,
			expr.OpFold, expr.OpTrim, expr.OpLike, expr.OpCast,
			expr.OpYear, expr.OpMinute, expr.OpToText, expr.OpExtract} {
			sql := d.Call(expr.Call{Op: op, Args: []expr.Expr{day, day}, Typ: datatype.Double}, []string{"one", "two"})
			if !strings.Contains(sql, "one") || strings.Count(sql, "(") != strings.Count(sql, ")") {
				t.Errorf("%s writes %s as %q", name, op, sql)
			}
		}
		for _, op := range []expr.Op{expr.OpAbs, expr.OpCeil, expr.OpFloor, expr.OpRound, expr.OpTrunc, expr.OpMod, expr.OpSqrt, expr.OpCbrt,
			expr.OpExp, expr.OpLn, expr.OpLog2, expr.OpLog10, expr.OpSin, expr.OpCos, expr.OpTan, expr.OpAsin, expr.OpAcos, expr.OpAtan,
			expr.OpAtan2, expr.OpGreatest, expr.OpLeast, expr.OpConcat, expr.OpLength, expr.OpLeft, expr.OpRight, expr.OpSubstr,
			expr.OpPosition, expr.OpSoundex, expr.OpEditDistance, expr.OpSimilarity} {
			for _, typ := range []datatype.Type{datatype.Int64, datatype.Double, datatype.Varchar} {
				sql := d.Call(expr.Call{Op: op, Args: []expr.Expr{day, day, day}, Typ: typ}, []string{"one", "two", "three"})
				if slices.Contains(lacking[name], op) {
					if sql != "" {
						t.Errorf("%s has no %s and writes %q", name, op, sql)
					}
				} else if !strings.Contains(sql, "one") || strings.Count(sql, "(") != strings.Count(sql, ")") {
					t.Errorf("%s writes %s as %q", name, op, sql)
				}
			}
		}
		for _, fn := range []expr.AggFunc{expr.AggSum, expr.AggCount, expr.AggCountDistinct, expr.AggAverage, expr.AggMin, expr.AggMax,
			expr.AggStddev, expr.AggVariance, expr.AggMedian, expr.AggPercentile, expr.AggApproxCount} {
			sql := d.Agg(expr.Agg{Fn: fn, Arg: day, Typ: datatype.Double, P: 0.5}, "one")
			if !strings.Contains(sql, "one") || strings.Count(sql, "(") != strings.Count(sql, ")") {
				t.Errorf("%s writes %s as %q", name, fn, sql)
			}
		}
		for _, u := range []expr.Unit{expr.Seconds, expr.Minutes, expr.Hours, expr.Days, expr.Weeks, expr.Months, expr.Quarters, expr.Years} {
			for _, e := range []expr.Expr{expr.Shift(u, day, expr.Int(1)), expr.Diff(u, day, day)} {
				sql := d.Call(e.(expr.Call), []string{"one", "two"})
				if !strings.Contains(sql, "one") || !strings.Contains(sql, "two") || strings.Count(sql, "(") != strings.Count(sql, ")") {
					t.Errorf("%s writes %s as %q", name, e, sql)
				}
			}
		}
		for _, field := range "YymdjBbAaHIMSp" {
			if sql := d.Call(expr.DateText(expr.DateField(field), day).(expr.Call), []string{"one"}); !strings.Contains(sql, "one") {
				t.Errorf("%s writes the field %c as %q", name, field, sql)
			}
		}
		for _, unknown := range []expr.Call{{Op: expr.OpShift, Unit: "moons"}, {Op: expr.OpDiff, Unit: "moons"}, {Op: expr.OpDateText, Field: 'Q'}} {
			if sql := d.Call(unknown, []string{"one", "two"}); sql != "" {
				t.Errorf("%s writes %s as %q", name, unknown, sql)
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

// TestTooLong nests a function whose argument PostgreSQL is told several times.
func TestTooLong(t *testing.T) {
	nested := strings.Repeat("to_double ( to_string ( ", 25) + "[revenue]" + strings.Repeat(" ) )", 25)
	m, problems := model.Compile(fixture.FormulasDefinition(nil, []searchlight.Formula{{Name: "F", Expr: nested}}))
	if m == nil {
		t.Fatal(problems)
	}
	p, _ := golden.Plan(t, m, "[F]")
	_, err := sqlgen.Generate(p, dialects["postgres"])
	if long, ok := errors.AsType[*sqlgen.TooLongError](err); !ok || long.Error() != "a formula has too many functions within functions for PostgreSQL" {
		t.Error(err)
	}
}

// TestUnknownNode fails loudly rather than leave something out.
func TestUnknownNode(t *testing.T) {
	type other struct{ plan.Node }
	if _, err := sqlgen.Generate(&plan.Plan{Root: other{}}, dialects["duckdb"]); err == nil {
		t.Error("a node of an unknown kind is written")
	}
}
