package formula_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
)

func TestCatalogueExamplesAreValid(t *testing.T) {
	for _, f := range formula.Functions() {
		if f.Later {
			continue
		}
		if len(f.Examples) == 0 || f.Doc == "" || f.Nulls == "" || f.Syntax == "" || len(f.Overloads) == 0 {
			t.Errorf("%s is not documented", f.Name)
		}
		for _, ex := range f.Examples {
			n, diags := formula.Parse(ex.Formula)
			e, more := formula.Check(n, newFixture())
			if all := append(diags, more...); len(all) > 0 {
				t.Errorf("%s: %s: %s", f.Name, ex.Formula, all)
				continue
			}
			if got := formula.Print(n); got != ex.Formula {
				t.Errorf("%s is not canonical: %s", ex.Formula, got)
			}
			if ex.Want == "" {
				t.Errorf("%s: no value", ex.Formula)
			}
			if call, ok := n.(*formula.Call); ok && call.Name == f.Name {
				if !slices.ContainsFunc(f.Overloads, func(o formula.Overload) bool { return hasResult(o.Result, e.Type()) }) {
					t.Errorf("%s: type %s is not what is declared", ex.Formula, e.Type())
				}
				if aggregated := e.Level() == expr.LevelAgg; aggregated != f.Aggregates {
					t.Errorf("%s: aggregated = %t", ex.Formula, aggregated)
				}
			}
		}
	}
}

func hasResult(r formula.Result, t datatype.Type) bool {
	switch r {
	case formula.ResultBool:
		return t == datatype.Bool
	case formula.ResultInt:
		return t == datatype.Int64
	case formula.ResultDouble:
		return t == datatype.Double
	case formula.ResultNumber:
		return t == datatype.Int64 || t == datatype.Double
	case formula.ResultText:
		return t == datatype.Varchar
	case formula.ResultDate:
		return t == datatype.Date
	case formula.ResultDateTime:
		return t == datatype.DateTime
	case formula.ResultTime:
		return t == datatype.Time
	case formula.ResultSame, formula.ResultFirst:
		return t != datatype.Unknown && t != datatype.Null
	}
	return false
}

// Every available function is refused with too few and too many arguments, and
// every later one by name, whatever its arguments.
func TestEveryFunctionIsChecked(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range formula.Functions() {
		if seen[f.Name] {
			t.Errorf("%s is declared twice", f.Name)
		}
		seen[f.Name] = true
		if f.Group == formula.Operators && f.Name != "ifnull" && f.Name != "isnull" || strings.HasPrefix(f.Name, "sql_") {
			continue
		}
		want := formula.CodeArgumentCount
		switch {
		case f.Later:
			want = formula.CodeNotAvailable
		case f.Group == formula.Variables:
			want = formula.CodeUnknownFunction
		}
		tooMany := "1 , 2 , 3 , 4 , 5 , 6"
		if len(f.Overloads) > 0 && f.Overloads[0].Repeats {
			tooMany = "1"
		}
		for _, args := range []string{"", tooMany} {
			if args == "" && len(f.Overloads) > 0 && len(f.Overloads[0].Args) == 0 && f.Group != formula.Variables {
				continue // it takes none
			}
			n, diags := formula.Parse(f.Name + " ( " + args + " )")
			e, more := formula.Check(n, newFixture())
			all := append(diags, more...)
			if len(all) != 1 || all[0].Code != want || all[0].Number != 14516 || e.Type() != datatype.Unknown {
				t.Errorf("%s ( %s ): %s", f.Name, args, all)
			}
		}
	}
	if _, ok := formula.FunctionByName("unique count"); !ok || !seen["group_aggregate"] {
		t.Error("the catalogue has gaps")
	}
}

// The names of formulas.md 3.12 each have a hint.
func TestForeignNamesHaveHints(t *testing.T) {
	const names = `upper lower trim ltrim rtrim replace starts_with ends_with nullif null_if zero_if_null null_if_zero
		isnotnull coalesce nvl power len mid ceiling log quarter hour minute second day_of_month day_number_of_month
		date_trunc add_quarters add_hours lag lead dense_rank row_number nth_value moving_count moving_stddev
		cumulative_count count_distinct case iif`
	for _, name := range strings.Fields(names) {
		n, _ := formula.Parse(name + " ( 1 )")
		_, diags := formula.Check(n, newFixture())
		if len(diags) != 1 || diags[0].Code != formula.CodeUnknownFunction || diags[0].Hint == "" {
			t.Errorf("%s: %s", name, diags)
		}
	}
}
