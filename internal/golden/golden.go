// Package golden runs searches of test goldens up to the stage that a package
// tests. In come the cases of datadriven files; out come queries, plans or
// diagnostics as text. Only tests import it.
package golden

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

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

// Bind parses and binds a search at the fixture's time.
func Bind(m *model.Model, text string) (*bind.Query, source.Diagnostics) {
	q, ds := search.Parse(text)
	if ds.HasErrors() {
		return nil, ds
	}
	return bind.Bind(q, m, bind.Context{Now: fixture.Now})
}

// Plan plans a search too. The plan is nil where there are errors, and checked
// where there are none.
func Plan(t testing.TB, m *model.Model, text string) (*plan.Plan, source.Diagnostics) {
	t.Helper()
	q, ds := Bind(m, text)
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
