package plan_test

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/plan"
)

// The goldens in testdata know these commands; the input of each is a golden.Case:
//
//	plan model=sales    prints the plan, each node with its grain, then the
//	                    diagnostics
//	count model=sales   prints the plan that counts the rows of the search
func TestGoldens(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := golden.ReadCase(t, d)
			p, ds := c.Plan(t)
			switch {
			case d.Cmd == "count" && p != nil:
				q, _ := c.Bind()
				p, ds = plan.Count(q)
				if err := plan.Check(p); err != nil {
					d.Fatalf(t, "%v\n%s", err, p)
				}
			case d.Cmd != "plan":
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			out := golden.Diagnostics(ds)
			if p != nil {
				out = p.String() + out
			}
			return out
		})
	})
}
