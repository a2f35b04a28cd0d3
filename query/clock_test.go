package query_test

import (
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
)

// TestThePresentMovesOn asks for a formula and under a rule that name the
// present, on both sides of a midnight of the server: the model is kept, and no
// statement of one day is that of another.
func TestThePresentMovesOn(t *testing.T) {
	b := newBench(t, echoing)
	now := time.Date(2024, 12, 31, 22, 59, 30, 987654321, time.UTC)
	b.Now = func() time.Time { return now }
	b.Location = time.FixedZone("", 60*60)
	protect(b, b.Store, "date <= today ( )")
	change(b, b.Store, salesSource, func(_ *searchlight.Header, w *searchlight.Worksheet) {
		w.Formulas = append(w.Formulas, searchlight.Formula{ID: "formula_Age", Name: "Age", Expr: "diff_time ( now ( ) , [Sold At] )"})
		w.Columns = append(w.Columns, searchlight.WorksheetColumn{ID: fixture.ID(999), Name: "Age", FormulaID: "formula_Age"})
	})
	reader := b.member("V1", "West")
	for _, want := range []string{"2024-12-31 23:59:30 2024-12-31 00:00:00", "2025-01-01 00:00:30 2025-01-01 00:00:00"} {
		if got := strings.ReplaceAll(b.seen("[Age]", as(reader)), " +0000 UTC", ""); got != want {
			t.Errorf("asks with %s, want %s", got, want)
		}
		now = now.Add(time.Minute)
	}
}
