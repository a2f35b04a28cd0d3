package rowtest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// TestRandomFormulas computes functions of functions for each row on both
// engines, which have to agree. What can fail may fail on one of them alone.
func TestRandomFormulas(t *testing.T) {
	pgtest.Database(t) // skips without PostgreSQL
	duck, pg := openDuckDB(t), openPostgres(t)
	duck.exec(t, fixture.FormulasData)
	pg.exec(t, fixture.FormulasData)
	formulas := testsize.Times(40)
	compared, null, failed, lacking := 0, 0, 0, 0
	for seed := range formulas {
		g := formulaMaker{rand.New(rand.NewPCG(uint64(seed), 5))}
		text := g.make(formulaKinds[g.r.IntN(len(formulaKinds))], 3)
		m, problems := model.Compile(fixture.FormulasDefinition([]searchlight.Formula{{Name: "F", Expr: text}}, nil))
		if m == nil {
			t.Fatalf("seed %d: %s: %+v", seed, text, problems)
		}
		column, _ := m.Lookup("F")
		p, ds := golden.Case{Model: m, Context: ann, Text: "[id] [F]"}.Plan(t)
		if p == nil {
			t.Fatalf("seed %d: %s: %s", seed, text, ds)
		}
		want, explanation, err := duck.run(t, p)
		got, _, other := pg.run(t, p)
		if _, lacks := errors.AsType[*sqlgen.UnsupportedError](other); lacks {
			lacking++
			continue
		}
		if err != nil || other != nil {
			failed++
			if !expr.CanFail(column.Expr) {
				t.Errorf("seed %d: %s: %v, %v\n%s", seed, text, err, other, explanation)
			}
			continue
		}
		if d := difference(got, want); d != "" {
			t.Errorf("seed %d: %s: %s\n%s\nDuckDB\n%sPostgreSQL\n%s", seed, text, d, explanation, want, got)
		}
		compared++
		if !slices.ContainsFunc(want.values, func(row []any) bool { return row[1] != nil }) {
			null++
		}
	}
	t.Logf("%d compared, %d of them null for every row, %d failed, %d lacking", compared, null, failed, lacking)
	if compared < formulas*3/5 || null > compared/3 {
		t.Error("the formulas prove too little")
	}
}

// formulaKinds are the types of values.
var formulaKinds = []formula.Types{formula.TakesNumber, formula.TakesInteger, formula.TakesText, formula.TakesBool, formula.TakesDate, formula.TakesDateTime}

// formulaLeaves are what formulas of each type begin with.
var formulaLeaves = map[formula.Types][]string{
	formula.TakesNumber:   {"[revenue]", "[cost]", "2.5", "-0.75", "[revenue] / [qty]"},
	formula.TakesInteger:  {"[qty]", "[id]", "3", "-2", "[qty] - 1"},
	formula.TakesText:     {"[region]", "[customer]", "[product]", "'Ea'", "'12.5'", "ts_username"},
	formula.TakesBool:     {"[qty] > 1", "[region] = 'east'", "isnull ( [revenue] )"},
	formula.TakesDate:     {"[order_date]", "02/29/2024"},
	formula.TakesDateTime: {"[ship_ts]", "02/29/2024 23:59:30"},
}

var formulaResults = map[formula.Result]formula.Types{
	formula.ResultDouble: formula.TakesNumber, formula.ResultInt: formula.TakesInteger, formula.ResultText: formula.TakesText,
	formula.ResultBool: formula.TakesBool, formula.ResultDate: formula.TakesDate, formula.ResultDateTime: formula.TakesDateTime,
}

type formulaMaker struct{ r *rand.Rand }

// make writes a formula of a type.
func (g formulaMaker) make(kind formula.Types, depth int) string {
	leaves := formulaLeaves[kind]
	if depth == 0 || g.r.IntN(6) == 0 {
		return leaves[g.r.IntN(len(leaves))]
	}
	var calls []func() string
	for _, f := range formula.Functions() {
		if f.Later || f.Aggregates || f.Group == formula.Operators || f.Group == formula.Variables {
			continue
		}
		for _, o := range f.Overloads {
			// substr refuses a start below 0 that is written out.
			if formulaResults[o.Result] == kind && f.Name != "substr" || o.Result == formula.ResultSame && o.Repeats {
				if call, ok := g.call(f, o, kind, depth); ok {
					calls = append(calls, call)
				}
			}
		}
	}
	if kind == formula.TakesBool || len(calls) == 0 {
		calls = append(calls, func() string { return g.make(formula.TakesText, depth-1) + " < " + g.make(formula.TakesText, depth-1) })
	}
	return calls[g.r.IntN(len(calls))]()
}

// call writes a call of a function, if all its arguments can be computed.
func (g formulaMaker) call(f formula.Function, o formula.Overload, kind formula.Types, depth int) (func() string, bool) {
	var wanted []formula.Types
	for _, a := range o.Args {
		takes := a.Takes
		if o.Result == formula.ResultSame {
			takes &= kind
		}
		at := slices.IndexFunc(formulaKinds, func(k formula.Types) bool { return takes&k != 0 })
		if at < 0 || a.Literal {
			return nil, false
		}
		wanted = append(wanted, formulaKinds[at])
	}
	return func() string {
		var args []string
		for _, w := range wanted {
			args = append(args, g.make(w, depth-1))
		}
		return fmt.Sprintf("%s ( %s )", f.Name, strings.Join(args, " , "))
	}, true
}
