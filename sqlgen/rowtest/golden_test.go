package rowtest_test

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
)

// outOfReach are the goldens of phrases that searches do not have yet.
var outOfReach = map[string]bool{
	"G46": true, "G58": true, "G59": true, "G72": true, "G73": true, "G74": true, "G75": true, "G76": true,
	"G77": true, "G78": true, "G79": true, "G80": true, "G81": true, "G82": true, "G93": true,
}

// TestGoldens compares the searches of the reference with SQL written by hand
// for DuckDB.
func TestGoldens(t *testing.T) {
	duck := openDuckDB(t)
	duck.exec(t, fixture.Data)
	t.Run("DuckDB", func(t *testing.T) { compareGoldens(t, duck, duck) })
	t.Run("PostgreSQL", func(t *testing.T) {
		pg := openPostgres(t)
		pg.exec(t, fixture.Data)
		compareGoldens(t, duck, pg)
	})
}

func compareGoldens(t *testing.T, byHand, db *database) {
	for _, g := range fixture.Goldens() {
		t.Run(g.Name, func(t *testing.T) {
			m := golden.Model(t, g.Model)
			if outOfReach[g.Name] {
				for _, s := range g.Searches {
					if _, ds := golden.Bind(m, s); !ds.HasErrors() {
						t.Errorf("%s is possible now", s)
					}
				}
				return
			}
			want, err := byHand.query(t, g.SQL)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range g.Searches {
				got, explanation := db.search(t, m, s)
				if d := difference(got, want); d != "" {
					t.Errorf("%s\n%s\ngot\n%swant\n%s", d, explanation, got, want)
				}
			}
		})
	}
}

// TestShapes runs the searches in testdata, each a golden.Case, on both
// engines, which must agree on their rows:
//
//	rows model=flights   prints the rows
func TestShapes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.Data)
		db.exec(t, fixture.ShapesData)
		db.exec(t, fixture.RulesData)
		datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				if d.Cmd != "rows" {
					d.Fatalf(t, "unknown command %s", d.Cmd)
				}
				answer, _ := db.answer(t, golden.ReadCase(t, d))
				return answer.String()
			})
		})
	})
}
