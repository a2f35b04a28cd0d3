package bind_test

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight/internal/golden"
)

// The goldens in testdata know one command; its input is a golden.Case:
//
//	bind model=sales   prints the typed query, then the diagnostics
func TestGoldens(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "bind" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			q, ds := golden.ReadCase(t, d).Bind()
			if (q == nil) != ds.HasErrors() {
				d.Fatalf(t, "query %v with diagnostics %s", q, ds)
			}
			out := golden.Diagnostics(ds)
			if q != nil {
				out = q.String() + out
			}
			return out
		})
	})
}
