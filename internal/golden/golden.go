// Package golden runs searches of test goldens up to the stage that a package
// tests. In come the cases of datadriven files; out come queries, plans or
// diagnostics as text. Only tests import it.
package golden

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/source"
)

// Page is the part of the result that goldens ask for.
var Page = plan.Page{Count: 100000}

// Model is the model of a fixture with the given name.
func Model(t testing.TB, name string) *model.Model {
	t.Helper()
	if m := fixture.Models[name]; m != nil {
		return m
	}
	if m := fixture.Shapes[name]; m != nil {
		return m
	}
	t.Fatalf("no model %q", name)
	return nil
}

// Case is a case of a golden: a search of a model by somebody. The arguments
// are
//
//	model=deals user=ann groups=(All,West) org=Primary domain=example.com exempt without=(Region)
//
// where without lists columns that are not there for the person. Lines such as
//
//	rule deals: region = ts_groups
//
// before the search put row-level security on the tables of the model.
type Case struct {
	Model   *model.Model
	Context bind.Context
	Text    string
}

// ReadCase reads a case.
func ReadCase(t testing.TB, d *datadriven.TestData) Case {
	t.Helper()
	c := Case{Context: bind.Context{Now: fixture.Now}}
	list := func(name string) []string {
		arg, _ := d.Arg(name)
		return arg.Vals
	}
	_, exempt := d.Arg("exempt")
	c.Context.Security = bind.Security{UserName: Arg(d, "user", ""), Groups: list("groups"),
		Org: Arg(d, "org", ""), EmailDomain: Arg(d, "domain", ""), Exempt: exempt}
	if without := list("without"); without != nil {
		c.Context.Visible = func(c *model.Column) bool { return !slices.Contains(without, c.Name) }
	}
	rules := map[string][]searchlight.RowRule{}
	c.Text = d.Input
	for strings.HasPrefix(c.Text, "rule ") {
		line, rest, _ := strings.Cut(c.Text, "\n")
		table, condition, ok := strings.Cut(strings.TrimPrefix(line, "rule "), ": ")
		if !ok {
			t.Fatalf("write rules as rule table: condition, not %q", line)
		}
		rules[table] = append(rules[table], searchlight.RowRule{Name: fmt.Sprint(len(rules[table]) + 1), Expr: condition})
		c.Text = rest
	}
	name := Arg(d, "model", "sales")
	if len(rules) == 0 {
		c.Model = Model(t, name)
		return c
	}
	definition, ok := fixture.Definitions()[name]
	if !ok {
		t.Fatalf("no model %q", name)
	}
	m, problems := model.Compile(fixture.WithRules(definition, rules))
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	c.Model = m
	return c
}

// Bind parses and binds the search.
func (c Case) Bind() (*bind.Query, source.Diagnostics) {
	q, ds := search.Parse(c.Text)
	if ds.HasErrors() {
		return nil, ds
	}
	return bind.Bind(q, c.Model, c.Context)
}

// Bind parses and binds a search at the fixture's time.
func Bind(m *model.Model, text string) (*bind.Query, source.Diagnostics) {
	return Case{Model: m, Context: bind.Context{Now: fixture.Now}, Text: text}.Bind()
}

// Plan plans a search too. The plan is nil where there are errors, and checked
// where there are none.
func Plan(t testing.TB, m *model.Model, text string) (*plan.Plan, source.Diagnostics) {
	t.Helper()
	return Case{Model: m, Context: bind.Context{Now: fixture.Now}, Text: text}.Plan(t)
}

// Plan plans the search of a case as the function Plan does.
func (c Case) Plan(t testing.TB) (*plan.Plan, source.Diagnostics) {
	t.Helper()
	q, ds := c.Bind()
	text := c.Text
	if q == nil {
		return nil, ds
	}
	p, more := plan.Build(q, Page)
	ds = append(ds, more...)
	if p == nil {
		if !ds.HasErrors() {
			t.Fatalf("%s: neither a plan nor an error", text)
		}
		return nil, ds
	}
	if err := plan.Check(p); err != nil {
		t.Fatalf("%s: %v\n%s", text, err, p)
	}
	return p, ds
}

// Diagnostics prints diagnostics one a line, each with what it would put in
// place of its span.
func Diagnostics(ds source.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds.Sorted() {
		b.WriteString(d.String())
		if d.Replace != "" {
			fmt.Fprintf(&b, " => %s", d.Replace)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Arg is the value of an argument of a case, or other when it is not given.
func Arg(d *datadriven.TestData, name, other string) string {
	if arg, ok := d.Arg(name); ok {
		return strings.Join(arg.Vals, ",")
	}
	return other
}

// Searches lists every search of the fixture's goldens with its model, the
// seeds of fuzzers.
func Searches() (texts, models []string) {
	for _, g := range fixture.Goldens() {
		for _, s := range g.Searches {
			texts, models = append(texts, s), append(models, g.Model)
		}
	}
	return texts, models
}
