package sqlgen_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/sqlgen"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
	"github.com/searchlight-bi/searchlight/sqlgen/postgres"
)

var dialects = map[string]sqlgen.Dialect{"duckdb": duckdb.Dialect{}, "postgres": postgres.Dialect{}}

// The goldens in testdata know one command; its input is a golden.Case:
//
//	sql dialect=duckdb model=sales   prints the statement, a clause a line, and
//	                                 its arguments
func TestGoldens(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			dialect := dialects[golden.Arg(d, "dialect", "duckdb")]
			if d.Cmd != "sql" || dialect == nil {
				d.Fatalf(t, "unknown command %s or dialect", d.Cmd)
			}
			p, ds := golden.ReadCase(t, d).Plan(t)
			if p == nil {
				d.Fatalf(t, "%s", ds)
			}
			s, err := sqlgen.Generate(rewrite.Apply(p), dialect)
			var unsupported *sqlgen.UnsupportedError
			if errors.As(err, &unsupported) {
				return err.Error() + "\n"
			}
			if err != nil {
				d.Fatalf(t, "%v\n%s", err, p)
			}
			return format(s)
		})
	})
}

// format breaks a statement into lines at its clauses.
func format(s sqlgen.Statement) string {
	text := s.SQL
	for _, word := range []string{" FROM ", " JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " CROSS JOIN ", " WHERE ",
		" GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT "} {
		text = strings.ReplaceAll(text, word, "\n"+word[1:])
	}
	for _, word := range []string{"LEFT", "RIGHT", "FULL", "CROSS"} {
		text = strings.ReplaceAll(text, " "+word+"\nJOIN", "\n"+word+" JOIN")
	}
	var b strings.Builder
	b.WriteString(text + "\n")
	for i, a := range s.Args {
		fmt.Fprintf(&b, "$%d = %#v\n", i+1, a)
	}
	return b.String()
}
