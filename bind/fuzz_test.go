package bind_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/sqlgen"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
	"github.com/searchlight-bi/searchlight/sqlgen/postgres"
)

// guarded is a model with rules of every shape.
func guarded(t testing.TB) *model.Model {
	m, problems := model.Compile(fixture.WithRules(fixture.DealsDefinition(), map[string][]searchlight.RowRule{
		"deals": {{Name: "1", Expr: "region = ts_groups or [access_1::person] = ts_username"},
			{Name: "2", Expr: "if ( qty > 1 ) then [teams_1::lead] != ts_username else not ( customer = ts_username and [goods_1::category] = ts_groups )"}},
		"goods":  {{Name: "1", Expr: "category = ts_groups"}},
		"claims": {{Name: "1", Expr: "'home' = ts_groups"}},
	}))
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	return m
}

// FuzzBind takes searches all the way to SQL. Whatever the text, each stage
// answers or explains itself within the text, and plans hold what plan.Check
// asks of them.
func FuzzBind(f *testing.F) {
	models := map[string]*model.Model{}
	maps.Copy(models, fixture.Models)
	maps.Copy(models, fixture.Shapes)
	models["guarded"] = guarded(f)
	names := slices.Sorted(maps.Keys(models))
	texts, of := golden.Searches()
	for i, text := range texts {
		f.Add(text, uint8(slices.Index(names, of[i])))
	}
	for _, text := range []string{
		"[floor] [heads] [salary] sum [desks] > 2", "[target] [density] > 0.1", "[amount] [refund] [crates] [city] [reason] = {null}",
		"max [date].monthly min [reason] [category] sort by [date]", "top 2 [category] count [city] for each [country] [date] = 'monday'",
	} {
		for i := range names {
			f.Add(text, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, at uint8) {
		p, ds := golden.Case{Model: models[names[int(at)%len(names)]], Text: text, Context: bind.Context{
			Now: fixture.Now, Security: bind.Security{UserName: "Ann", Groups: []string{"All", "Home", text}}}}.Plan(t)
		for _, d := range ds {
			if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) {
				t.Fatalf("%q: span of %s lies outside", text, d)
			}
			if d.Message == "" || d.Number == 0 && d.Code == "" || utf8.ValidString(text) && !utf8.ValidString(d.String()) {
				t.Fatalf("%q: bad diagnostic %#v", text, d)
			}
		}
		if p == nil {
			return
		}
		after := rewrite.Apply(p)
		if err := plan.Check(after); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, after)
		}
		for _, dialect := range []sqlgen.Dialect{duckdb.Dialect{}, postgres.Dialect{}} {
			_, err := sqlgen.Generate(after, dialect)
			var unsupported *sqlgen.UnsupportedError
			if err != nil && !errors.As(err, &unsupported) {
				t.Fatalf("%q on %s: %v\n%s", text, dialect.Name(), err, after)
			}
		}
	})
}
