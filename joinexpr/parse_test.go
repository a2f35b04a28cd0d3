package joinexpr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/searchlight-bi/searchlight/joinexpr"
	"github.com/searchlight-bi/searchlight/source"
)

// TestGolden runs testdata/parse: the canonical text, the operands with their
// spans and the equalities of each condition, or what is wrong with it.
func TestGolden(t *testing.T) {
	datadriven.RunTest(t, "testdata/parse", func(t *testing.T, d *datadriven.TestData) string {
		e, diagnostics := joinexpr.Parse(d.Input)
		if e == nil {
			return diagnostics.String() + "\n"
		}
		checkPrint(t, e)
		var b strings.Builder
		fmt.Fprintf(&b, "%s at %s\n", e, e.Span())
		for _, c := range joinexpr.Comparisons(e) {
			fmt.Fprintf(&b, "  %s at %s | %s at %s\n", c.Left, c.Left.At, c.Right, c.Right.At)
		}
		for _, c := range joinexpr.Equalities(e) {
			fmt.Fprintf(&b, "equal: %s\n", c)
		}
		return b.String()
	})
}

var ignoreSpans = cmpopts.IgnoreTypes(source.Span{})

func checkPrint(t testing.TB, e joinexpr.Expr) {
	t.Helper()
	again, diagnostics := joinexpr.Parse(e.String())
	if len(diagnostics) > 0 {
		t.Fatalf("%s does not parse: %s", e, diagnostics)
	}
	if diff := cmp.Diff(e, again, ignoreSpans); diff != "" {
		t.Errorf("%s reads differently: %s", e, diff)
	}
}

func TestRenameObjects(t *testing.T) {
	e, _ := joinexpr.Parse("[A::x] = [B::y] and not ([B::z] > 1 or [A::x] != 'q')")
	got := joinexpr.RenameObjects(e, func(s string) string { return s + ":1" })
	if want := `[A\:1::x] = [B\:1::y] AND NOT ([B\:1::z] > 1 OR [A\:1::x] != 'q')`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if columns := joinexpr.Columns(e); len(columns) != 4 || columns[2].Object != "B" || columns[2].Text != "z" {
		t.Errorf("columns %v", columns)
	}
}

func TestLimits(t *testing.T) {
	for text, want := range map[string]source.Code{
		strings.Repeat("(", 60) + "[A::x] = 1" + strings.Repeat(")", 60): "join-too-deep",
		strings.Repeat("NOT ", 60) + "[A::x] = 1":                        "join-too-deep",
		strings.Repeat(" ", 70_000):                                      "join-too-long",
	} {
		if _, diagnostics := joinexpr.Parse(text); len(diagnostics) != 1 || diagnostics[0].Code != want {
			t.Errorf("%.20q: %v", text, diagnostics)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"[A::x] = [B::y]", `[TS\: Rows \[old\]::id] >= 1.5 AND (NOT [A::b] != 'it\'s' OR [A::c] = true)`, "[A::d] < 01/31/2021", "[A::", "1 <> 2", "\"x\" = -.5", "((("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, diagnostics := joinexpr.Parse(text)
		for _, d := range diagnostics {
			if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End {
				t.Errorf("span %s outside of the text", d.Span)
			}
		}
		if (e == nil) != diagnostics.HasErrors() {
			t.Errorf("tree %v with %v", e, diagnostics)
		}
		if e == nil {
			return
		}
		for _, c := range joinexpr.Comparisons(e) {
			if c.At.Start < 0 || c.At.End > len(text) || c.At.Len() <= 0 {
				t.Errorf("span %s of %s", c.At, c)
			}
		}
		checkPrint(t, e)
	})
}
