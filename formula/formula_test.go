package formula_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/source"
)

// TestGolden runs the files of testdata/golden. Each command takes one formula,
// which may span lines; lines and check-all take one formula a line.
//
//	parse      the tree with its places, then the diagnostics
//	print      the canonical form, each line of the input by itself
//	check      the meaning with type and level, each line by itself
//	rule       the meaning as the condition of a row rule, each line by itself
//	check-all  lines of name = formula, or name (id) = formula, that may name one another
//
// The argument names passes the fixture's names to the parser.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var options formula.Options
			if d.HasArg("names") {
				options.Names = newFixture().Names("")
			}
			var out strings.Builder
			switch d.Cmd {
			case "parse":
				n, diags := options.Parse(d.Input)
				out.WriteString(dump(n))
				writeDiagnostics(&out, diags)
			case "print":
				for line := range strings.Lines(d.Input) {
					n, diags := options.Parse(strings.TrimRight(line, "\n"))
					fmt.Fprintln(&out, formula.Print(n))
					writeDiagnostics(&out, diags)
				}
			case "check":
				for line := range strings.Lines(d.Input) {
					n, diags := options.Parse(strings.TrimRight(line, "\n"))
					e, more := formula.Check(n, newFixture())
					writeMeaning(&out, e)
					writeDiagnostics(&out, append(diags, more...))
				}
			case "rule":
				for line := range strings.Lines(d.Input) {
					e, diags := formula.CompileRule(strings.TrimRight(line, "\n"), newFixture())
					writeMeaning(&out, e)
					writeDiagnostics(&out, diags)
				}
			case "check-all":
				for _, c := range formula.CheckAll(definitions(d.Input), newFixture(), options) {
					fmt.Fprintf(&out, "%s: ", c.Name)
					writeMeaning(&out, c.Expr)
					writeDiagnostics(&out, c.Diagnostics)
				}
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return out.String()
		})
	})
}

func definitions(text string) []formula.Definition {
	var ds []formula.Definition
	for line := range strings.Lines(text) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " = ")
		d := formula.Definition{Name: name, Text: text}
		if before, id, ok := strings.Cut(strings.TrimSuffix(name, ")"), " ("); ok {
			d.Name, d.ID = before, id
		}
		ds = append(ds, d)
	}
	return ds
}

func writeMeaning(out *strings.Builder, e expr.Expr) {
	if e.Type() == datatype.Unknown {
		fmt.Fprintln(out, "-")
		return
	}
	level := [...]string{"const", "row", "agg"}[e.Level()]
	fmt.Fprintf(out, "%s  %s %s\n", e, e.Type(), level)
}

func writeDiagnostics(out *strings.Builder, diags source.Diagnostics) {
	for _, d := range diags {
		fmt.Fprintf(out, "  %s", d)
		if d.Replace != "" {
			fmt.Fprintf(out, " => %s", d.Replace)
		}
		fmt.Fprintln(out)
	}
}
