package rewrite_test

import (
	"slices"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
)

// The goldens in testdata know one command; its input is a golden.Case:
//
//	rewrite pass=merge-limits model=sales   prints the plan after the pass and
//	                                        before, or says that nothing changed
func TestGoldens(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "rewrite" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			name := golden.Arg(d, "pass", "")
			at := slices.IndexFunc(rewrite.Passes, func(p rewrite.Pass) bool { return p.Name == name })
			if at < 0 {
				d.Fatalf(t, "unknown pass %s", name)
			}
			before, ds := golden.ReadCase(t, d).Plan(t)
			if before == nil {
				d.Fatalf(t, "%s", ds)
			}
			text := before.String()
			after := rewrite.ApplyOnly(before, rewrite.Passes[at:at+1])
			if before.String() != text {
				d.Fatalf(t, "the pass changed its input")
			}
			if err := plan.Check(after); err != nil {
				d.Fatalf(t, "%v\n%s", err, after)
			}
			if after.String() == text {
				return "does not fire\n"
			}
			return "fires\n" + after.String() + "instead of\n" + text
		})
	})
}
