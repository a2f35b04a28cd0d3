package formula_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/source"
)

// corpus is every formula in the goldens and the catalogue.
func corpus(t testing.TB) []string {
	var texts []string
	files, err := filepath.Glob("testdata/golden/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(golden), "\n\n") {
			command, rest, _ := strings.Cut(block, "\n")
			input, _, ok := strings.Cut(rest, "\n----")
			if !ok {
				continue
			}
			if strings.HasPrefix(command, "parse") {
				texts = append(texts, input)
			} else {
				texts = append(texts, strings.Split(input, "\n")...)
			}
		}
	}
	for _, f := range formula.Functions() {
		for _, ex := range f.Examples {
			texts = append(texts, ex.Formula)
		}
	}
	if len(texts) < 200 {
		t.Fatalf("only %d formulas found", len(texts))
	}
	return texts
}

func FuzzParse(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	generous := formula.Options{MaxBytes: 1 << 20, MaxTokens: 1 << 16, MaxDepth: 1 << 10}
	f.Fuzz(func(t *testing.T, text string) {
		n, diags := formula.Parse(text)
		checkSpans(t, n, source.Span{End: len(text)})
		checkDiagnostics(t, text, diags)
		_, bad := n.(*formula.Bad)
		if bad != diags.HasErrors() {
			t.Fatalf("%T with %s", n, diags)
		}
		if bad {
			return
		}
		printed := formula.Print(n)
		again, diags := generous.Parse(printed) // printing may add parentheses
		if diags.HasErrors() {
			t.Fatalf("printed %q: %s", printed, diags)
		}
		if shape(n) != shape(again) {
			t.Fatalf("printed %q: another tree\n%s\n%s", printed, shape(n), shape(again))
		}
		if twice := formula.Print(again); twice != printed {
			t.Fatalf("printed %q, then %q", printed, twice)
		}
	})
}

func FuzzCheck(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	scope := newFixture()
	options := formula.Options{Names: scope.Names("")}
	f.Fuzz(func(t *testing.T, text string) {
		n, parsed := options.Parse(text)
		e, checked := formula.Check(n, scope)
		checkDiagnostics(t, text, checked)
		if failed := parsed.HasErrors() || checked.HasErrors(); failed != (e.Type() == datatype.Unknown) {
			t.Fatalf("%s has type %s with %s %s", e, e.Type(), parsed, checked)
		}
		if e.Type() == datatype.Unknown {
			return
		}
		if err := wellFormed(e); err != "" {
			t.Fatalf("%s: %s", err, e)
		}
		// the canonical form means the same
		generous := formula.Options{MaxBytes: 1 << 20, MaxTokens: 1 << 16, MaxDepth: 1 << 10, Names: options.Names}
		again, _ := generous.Parse(formula.Print(n))
		if same, diags := formula.Check(again, scope); !expr.Equal(e, same) {
			t.Fatalf("%s, printed %s: %s", e, same, diags)
		}
	})
}

// FuzzRule checks that conditions of rules are Boolean and about one row, and
// that ts_groups stands nowhere but in a membership.
func FuzzRule(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	scope := newFixture()
	f.Fuzz(func(t *testing.T, text string) {
		e, diags := formula.CompileRule(text, scope)
		checkDiagnostics(t, text, diags)
		if diags.HasErrors() {
			if e.Type() != datatype.Unknown {
				t.Fatalf("%s with %s", e, diags)
			}
			return
		}
		if wrong := wellFormed(e); e.Type() != datatype.Bool || e.Level() == expr.LevelAgg || wrong != "" {
			t.Fatalf("%s: %s of type %s", wrong, e, e.Type())
		}
		lists, members := 0, 0
		expr.Walk(e, func(part expr.Expr) bool {
			if p, ok := part.(expr.Principal); ok && p.Kind.IsList() {
				lists++
			}
			if in, ok := part.(expr.Call); ok && in.Op == expr.OpIn && len(in.Args) == 2 {
				if p, ok := unfolded(in.Args[1]).(expr.Principal); ok && p.Kind.IsList() {
					members++
				}
			}
			return true
		})
		if lists != members {
			t.Fatalf("a list outside of a membership: %s", e)
		}
	})
}

func unfolded(e expr.Expr) expr.Expr {
	if c, ok := e.(expr.Call); ok && c.Op == expr.OpFold {
		return c.Args[0]
	}
	return e
}

// wellFormed says what is wrong with an expression: parts without a type,
// aggregates within aggregates, values of rows beside aggregates.
func wellFormed(e expr.Expr) (wrong string) {
	expr.Walk(e, func(part expr.Expr) bool {
		if t := part.Type(); t == datatype.Unknown || t == datatype.Null {
			wrong = "a part without a type"
		}
		switch part := part.(type) {
		case expr.Agg:
			if part.Arg.Level() == expr.LevelAgg {
				wrong = "an aggregate of an aggregate"
			}
		case expr.Call:
			var row, aggregate bool
			for _, a := range part.Args {
				row = row || a.Level() == expr.LevelRow
				aggregate = aggregate || a.Level() == expr.LevelAgg
			}
			if row && aggregate {
				wrong = "mixed levels"
			}
		}
		return wrong == ""
	})
	return wrong
}

func checkSpans(t *testing.T, n formula.Node, within source.Span) {
	t.Helper()
	span := n.Span()
	if span.Start < within.Start || span.End > within.End || span.Start > span.End {
		t.Fatalf("%T at %s lies outside %s", n, span, within)
	}
	for _, c := range formula.Children(n) {
		checkSpans(t, c, span)
	}
}

func checkDiagnostics(t *testing.T, text string, diags source.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End {
			t.Fatalf("outside the text: %s", d)
		}
		if d.Message == "" || d.Code == "" || (d.Severity == source.SeverityError) == (d.Number == 0) {
			t.Fatalf("incomplete: %#v", d)
		}
	}
}
