package formula_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/source"
)

func TestLimits(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options formula.Options
		text    string
		ok      bool
	}{
		{"bytes", formula.Options{MaxBytes: 5}, "1 + 2", true},
		{"too many bytes", formula.Options{MaxBytes: 5}, "1 + 22", false},
		{"default bytes", formula.Options{}, "'" + strings.Repeat("x", 65534) + "'", true},
		{"too many default bytes", formula.Options{}, "'" + strings.Repeat("x", 65535) + "'", false},
		{"tokens", formula.Options{MaxTokens: 3}, "1 + 2", true},
		{"too many tokens", formula.Options{MaxTokens: 3}, "1 + 2 + 3", false},
		{"default tokens", formula.Options{}, "1" + strings.Repeat("+1", 4095), true},
		{"too many default tokens", formula.Options{}, "1" + strings.Repeat("+1", 4096), false},
		{"depth", formula.Options{}, strings.Repeat("(", 63) + "1" + strings.Repeat(")", 63), true},
		{"too deep", formula.Options{}, strings.Repeat("(", 64) + "1" + strings.Repeat(")", 64), false},
		{"signs", formula.Options{}, strings.Repeat("- ", 64) + "1", false},
		{"negations", formula.Options{}, strings.Repeat("not ", 64) + "true", false},
		{"powers", formula.Options{}, "1" + strings.Repeat("^1", 64), false},
		{"conditions in conditions", formula.Options{}, strings.Repeat("if ", 64) + "true", false},
		{"long chain of conditions", formula.Options{}, "if true then 1" + strings.Repeat(" else if false then 2", 500) + " else 3", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, diags := tc.options.Parse(tc.text)
			if diags.HasErrors() == tc.ok {
				t.Fatalf("%.200s", diags)
			}
			if !tc.ok && (len(diags) != 1 || diags[0].Code != formula.CodeTooLarge) {
				t.Errorf("%s", diags)
			}
			if _, more := formula.Check(n, newFixture()); len(more) > 0 {
				t.Errorf("%.200s", more)
			}
		})
	}
}

// Formulas that name one another twice double in size at every step.
func TestGrowthThroughReferencesIsBounded(t *testing.T) {
	definitions := []formula.Definition{{Name: "F0", Text: "[qty] + 1"}}
	for i := 1; i < 40; i++ {
		definitions = append(definitions, formula.Definition{
			Name: fmt.Sprintf("F%d", i), Text: fmt.Sprintf("[F%d] * [F%d]", i-1, i-1),
		})
	}
	checked := formula.CheckAll(definitions, newFixture(), formula.Options{})
	if e := checked[10].Expr; e.Type() != datatype.Int64 {
		t.Errorf("F10: %s", checked[10].Diagnostics)
	}
	last := checked[39]
	if last.Expr.Type() != datatype.Unknown || !last.Diagnostics.HasErrors() {
		t.Errorf("F39 has a meaning")
	}
	// between says its first part twice
	nested := "[qty]"
	for range 20 {
		nested = "( if ( " + nested + " between 1 and 2 ) then 1 else 0 )"
	}
	n, diags := formula.Options{MaxDepth: 1000}.Parse(nested)
	_, more := formula.Check(n, newFixture())
	if len(diags) > 0 || len(more) != 1 || more[0].Code != formula.CodeTooLarge {
		t.Errorf("%s %s", diags, more)
	}
}

func TestChainOfFormulasIsBounded(t *testing.T) {
	var definitions []formula.Definition
	for i := range formula.MaxChain + 2 {
		definitions = append(definitions, formula.Definition{Name: fmt.Sprintf("F%d", i), Text: fmt.Sprintf("[F%d] + 1", i-1)})
	}
	definitions[0].Text = "[qty]"
	for _, backwards := range []bool{false, true} {
		if backwards {
			for i, j := 0, len(definitions)-1; i < j; i, j = i+1, j-1 {
				definitions[i], definitions[j] = definitions[j], definitions[i]
			}
		}
		for _, c := range formula.CheckAll(definitions, newFixture(), formula.Options{}) {
			var i int
			fmt.Sscanf(c.Name, "F%d", &i)
			if failed := c.Diagnostics.HasErrors(); failed != (i >= formula.MaxChain) {
				t.Errorf("%s: %s", c.Name, c.Diagnostics)
			}
		}
	}
}

func TestHostileCharacters(t *testing.T) {
	for _, text := range []string{"'a\x00b'", "[a\x00]", "1 \x00", "'\xff'", "[\xc3]", "\x7f", "1 + \u200b2", "\ufeff1"} {
		n, diags := formula.Parse(text)
		if len(diags) != 1 || diags[0].Code != formula.CodeUnexpected || diags[0].Span.Len() < 1 {
			t.Errorf("%q: %s", text, diags)
		}
		if _, bad := n.(*formula.Bad); !bad {
			t.Errorf("%q: %T", text, n)
		}
	}
}

// Blanks before a formula move every place by as much, in trees and messages.
func TestPlacesMoveWithTheText(t *testing.T) {
	for _, text := range corpus(t) {
		n, diags := formula.Parse(text)
		_, more := formula.Check(n, newFixture())
		const pad = "  \n\t "
		moved, movedDiags := formula.Parse(pad + text)
		_, movedMore := formula.Check(moved, newFixture())
		if _, bad := n.(*formula.Bad); !bad {
			if diff := cmp.Diff(places(n, len(pad)), places(moved, 0)); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
		if diff := cmp.Diff(spans(append(diags, more...), len(pad)), spans(append(movedDiags, movedMore...), 0)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func places(n formula.Node, shift int) []source.Span {
	all := []source.Span{n.Span().Shift(shift)}
	for _, c := range formula.Children(n) {
		all = append(all, places(c, shift)...)
	}
	return all
}

func spans(diags source.Diagnostics, shift int) []source.Span {
	var all []source.Span
	for _, d := range diags {
		if d.Code != formula.CodeTooLarge { // may be about the whole text
			all = append(all, d.Span.Shift(shift))
		}
	}
	return all
}

func TestMatch(t *testing.T) {
	names := []string{"Sales", "sales", "Net Amount", " Total "}
	for _, tc := range []struct {
		name string
		want []string
	}{
		{"Sales", []string{"Sales"}},
		{"SALES", []string{"Sales", "sales"}},
		{"net amount", []string{"Net Amount"}},
		{" Net Amount  ", []string{"Net Amount"}},
		{"total", []string{" Total "}},
		{"Net  Amount", nil},
		{"", nil},
	} {
		if diff := cmp.Diff(tc.want, formula.Match(tc.name, names)); diff != "" {
			t.Errorf("%q: %s", tc.name, diff)
		}
	}
}

func TestReferences(t *testing.T) {
	n, _ := formula.Parse("if ( [a] in { [P::b] } ) then c d else sum ( - [e] )")
	var got []string
	for _, r := range formula.References(n) {
		got = append(got, r.Name())
	}
	if diff := cmp.Diff([]string{"a", "P::b", "c d", "e"}, got); diff != "" {
		t.Error(diff)
	}
}
