package rowtest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
)

// TestT22_RandomSearchesSeeVisibleRowsOnly compares what somebody gets from
// tables with rules with what everybody gets from copies of the tables that
// hold nothing but the rows which that person may see. Where the oracle knows
// an answer, that has to be the same, too. A schema makes 24 cases.
func TestT22_RandomSearchesSeeVisibleRowsOnly(t *testing.T) {
	t.Run("DuckDB", func(t *testing.T) { leak(t, openDuckDB(t), 0, testsize.Times(2)) })
	t.Run("PostgreSQL", func(t *testing.T) { leak(t, openPostgres(t), 1000, testsize.Times(1)) })
}

func leak(t *testing.T, db *database, firstSeed, worlds int) {
	var cases, refused, restricted, empty, known int
	for seed := firstSeed; seed < firstSeed+worlds; seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 22))
		prefix := fmt.Sprintf("g%d_", seed)
		w := randomWorld(r, prefix)
		shown := &world{tables: slices.Clone(w.tables)}
		d := w.definition()
		g := guard(r, w)
		plain := vary(r, g, &d)
		db.exec(t, w.sql())
		ruled, problems := model.Compile(g.guardedDefinition(d))
		if ruled == nil {
			t.Fatalf("seed %d: %+v", seed, problems)
		}
		for n, who := range people {
			seen := g.seenBy(who, fmt.Sprintf("p%d_", n))
			seen.tables = seen.tables[:len(shown.tables)]
			db.exec(t, seen.sql())
			open, problems := model.Compile(renamed(d, fmt.Sprintf("p%d_", n)))
			if open == nil {
				t.Fatalf("seed %d: %+v", seed, problems)
			}
			for range 6 {
				q := shown.randomQuestion(r)
				if r.IntN(2) == 0 {
					q.filters, q.having = nil, nil
				}
				text := shown.text(r, q) + extra(r, d.Worksheet.Formulas)
				c := golden.Case{Model: ruled, Text: text, Context: bind.Context{Now: fixture.Now, Security: who}}
				want := golden.Case{Model: open, Text: text, Context: bind.Context{Now: fixture.Now}}
				if r.IntN(4) == 0 {
					f := []bind.RuntimeFilter{{Column: shown.display(field{0, 1}), Operator: "not in", Values: []string{"{Null}", "zoe"}}}
					if shown.tables[0].columns[1].kind == "text" {
						c.Context.Filters, want.Context.Filters = f, f
						q.filters = nil
					}
				}
				cases++
				p, ds := c.Plan(t)
				wanted, others := want.Plan(t)
				if p == nil || wanted == nil {
					if golden.Diagnostics(ds) != golden.Diagnostics(others) {
						t.Fatalf("seed %d: %s is refused with\n%sand with\n%s", seed, text, ds, others)
					}
					refused++
					continue
				}
				got, explanation, err := db.run(t, p)
				if err != nil {
					t.Fatalf("seed %d: %s: %v\n%s", seed, text, err, explanation)
				}
				expected, _, err := db.run(t, wanted)
				if err != nil {
					t.Fatalf("seed %d: %s: %v", seed, text, err)
				}
				if diff := difference(got, expected); diff != "" {
					t.Fatalf("seed %d, %s: %s\n%s\n%s\n%s\ngot\n%swant\n%s", seed, who.UserName, text, diff, g.describe(), explanation, got, expected)
				}
				if cases%4 == 0 {
					checkGuardedCount(t, db, c, len(expected.values))
				}
				if strings.Contains(explanation, "secure") {
					restricted++
				}
				if len(expected.values) == 0 {
					empty++
				}
				if plain && c.Context.Filters == nil {
					if answer, err := seen.answer(q); err == nil {
						known++
						if diff := difference(got, rows{got.names, answer}); diff != "" {
							t.Fatalf("seed %d, %s: %s: the oracle says otherwise: %s\n%s\ngot\n%swant\n%s", seed, who.UserName, text, diff, explanation, got, rows{got.names, answer})
						}
					} else if !errors.Is(err, errAmbiguous) {
						t.Fatalf("seed %d: %s: %v", seed, text, err)
					}
				}
			}
		}
	}
	t.Logf("%d cases, %d of them refused, %d read rules, %d empty, %d known to the oracle", cases, refused, restricted, empty, known)
	if cases >= 90 && (restricted < cases/2 || refused > cases/4 || empty > cases*2/5 || known < cases/20) {
		t.Errorf("the cases prove too little")
	}
}

// checkGuardedCount counts the rows of a search.
func checkGuardedCount(t *testing.T, db *database, c golden.Case, want int) {
	t.Helper()
	q, _ := c.Bind()
	count, _ := plan.Count(q)
	got, explanation, err := db.run(t, count)
	if err != nil || len(got.values) != 1 || !sameValue(got.values[0][0], int64(want)) {
		t.Fatalf("%s has %d rows, counted %v, %v\n%s", c.Text, want, got.values, err, explanation)
	}
}

// vary changes a worksheet beyond what the oracle knows, or reports that it
// left it plain: joins of every kind, all tables joined always, formulas over
// several tables, filters of the worksheet.
func vary(r *rand.Rand, g *guardedWorld, d *model.Definition) (plain bool) {
	w := d.Worksheet
	for join := range g.one {
		for i := range w.Joins {
			if w.Joins[i].Name == g.joinName(join) {
				w.Joins[i].OneToOne = true
			}
		}
	}
	if plain = len(g.one) == 0 && r.IntN(3) > 0; plain {
		return true
	}
	kinds := []searchlight.JoinType{searchlight.JoinInner, searchlight.JoinInner, searchlight.JoinLeftOuter, searchlight.JoinLeftOuter,
		searchlight.JoinRightOuter, searchlight.JoinOuter}
	for i := range w.Joins {
		w.Joins[i].Type = kinds[r.IntN(len(kinds))]
	}
	w.Progressive = r.IntN(3) > 0
	measure := searchlight.ColumnProperties{Role: datatype.Measure}
	add := func(name, text string) {
		w.Formulas = append(w.Formulas, searchlight.Formula{ID: name, Name: name, Expr: text})
		w.Columns = append(w.Columns, searchlight.WorksheetColumn{Name: name, FormulaID: name, Properties: measure})
	}
	for i, t := range g.tables {
		if strings.HasSuffix(t.name, "fact0") {
			add("ratio", fmt.Sprintf("sum ( [%s::value] ) / count ( [%[1]s::note] )", t.name))
			if len(t.joins) > 0 && !strings.Contains(g.tables[t.joins[0].to].name, "far") {
				add("across", fmt.Sprintf("[%s::value] / [%s::weight]", t.name, g.tables[t.joins[0].to].name))
			}
			if r.IntN(3) == 0 {
				w.Filters = append(w.Filters, searchlight.Filter{Columns: []string{g.display(field{i, 2})}, Operator: "!=", Values: []string{"Zoe"}})
			}
		}
	}
	add("lines", "count ( 1 )")
	return false
}

// extra asks for formulas as well, or puts conditions on them.
func extra(r *rand.Rand, formulas []searchlight.Formula) string {
	var b strings.Builder
	for _, f := range formulas {
		if r.IntN(4) == 0 {
			b.WriteString(" [" + f.Name + "]")
			if r.IntN(2) == 0 {
				b.WriteString(" > 1")
			}
		}
	}
	return b.String()
}

// renamed is a definition over copies of its tables.
func renamed(d model.Definition, prefix string) model.Definition {
	tables := map[searchlight.GUID]model.TableDefinition{}
	for id, t := range d.Tables {
		t.Header.PhysicalTable = prefix + t.Header.PhysicalTable
		tables[id] = t
	}
	d.Tables = tables
	return d
}

// describe prints the rules.
func (w *guardedWorld) describe() string {
	var b strings.Builder
	for t := range w.tables {
		for _, rule := range w.rules[t] {
			fmt.Fprintf(&b, "rule of %s: %s\n", w.tables[t].name, rule.text(w, t))
		}
	}
	return b.String()
}
