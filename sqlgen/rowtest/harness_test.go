package rowtest_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	postgresengine "github.com/searchlight-bi/searchlight/engine/postgres"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/sqlgen"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
	"github.com/searchlight-bi/searchlight/sqlgen/postgres"
)

// database is an engine with the dialect that it speaks.
type database struct {
	name    string
	engine  engine.Engine
	dialect sqlgen.Dialect
	exec    func(t testing.TB, sql string)
}

func openDuckDB(t testing.TB) *database {
	t.Helper()
	e, err := duckdbengine.Open("", duckdbengine.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &database{"DuckDB", e, duckdb.Dialect{}, func(t testing.TB, sql string) {
		t.Helper()
		for _, s := range statements(sql) {
			if _, err := e.Exec(t.Context(), engine.Statement{SQL: s}); err != nil {
				t.Fatalf("%v\n%s", err, s)
			}
		}
	}}
}

func openPostgres(t testing.TB) *database {
	t.Helper()
	dsn := pgtest.Database(t)
	// The tables are small and have no statistics: compiling their queries to
	// machine code would take most of the time.
	e, err := postgresengine.Open(t.Context(), dsn+options(dsn), postgresengine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &database{"PostgreSQL", e, postgres.Dialect{}, func(t testing.TB, sql string) {
		t.Helper()
		// Engines are read-only, so tables are made past them.
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			for _, s := range statements(sql) {
				if _, err := tx.Exec(t.Context(), s); err != nil {
					return fmt.Errorf("%w\n%s", err, s)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}}
}

func options(dsn string) string {
	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}
	return separator + "options=-c%20jit%3Doff"
}

func statements(sql string) []string {
	var out []string
	for _, s := range strings.Split(sql, ";\n") {
		if s = strings.TrimSuffix(strings.TrimSpace(s), ";"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// rows is a result read to its end.
type rows struct {
	names  []string
	values [][]any
}

func (d *database) query(t testing.TB, sql string, args ...any) (rows, error) {
	t.Helper()
	stream, err := d.engine.Query(t.Context(), engine.Statement{SQL: sql, Args: args})
	if err != nil {
		return rows{}, err
	}
	names := stream.Schema().Names()
	values, err := result.ReadAll(t.Context(), stream)
	return rows{names, values}, err
}

// search answers a search, and explains itself by plan and SQL.
func (d *database) search(t testing.TB, m *model.Model, text string) (answer rows, explanation string) {
	t.Helper()
	return d.answer(t, golden.Case{Model: m, Context: bind.Context{Now: fixture.Now}, Text: text})
}

// answer is search for somebody.
func (d *database) answer(t testing.TB, c golden.Case) (answer rows, explanation string) {
	t.Helper()
	p, ds := c.Plan(t)
	if p == nil {
		t.Fatalf("%s\n%s", c.Text, ds)
	}
	answer, explanation, err := d.run(t, p)
	if err != nil {
		t.Fatalf("%s on %s: %v\n%s", c.Text, d.name, err, explanation)
	}
	return answer, c.Text + "\n" + explanation
}

func (d *database) run(t testing.TB, p *plan.Plan) (rows, string, error) {
	t.Helper()
	after := rewrite.Apply(p)
	if err := plan.Check(after); err != nil {
		t.Fatalf("%v\n%s", err, after)
	}
	s, err := sqlgen.Generate(after, d.dialect)
	if err != nil {
		return rows{}, p.String(), err
	}
	answer, err := d.query(t, s.SQL, s.Args...)
	return answer, fmt.Sprintf("%s%s\n%#v", after, s.SQL, s.Args), err
}

// difference is empty when two results agree in names, rows and order; numbers
// may differ by a billionth.
func difference(got, want rows) string {
	if g, w := strings.Join(got.names, " | "), strings.Join(want.names, " | "); g != w {
		return fmt.Sprintf("columns %s, want %s", g, w)
	}
	if len(got.values) != len(want.values) {
		return fmt.Sprintf("%d rows, want %d", len(got.values), len(want.values))
	}
	for i := range got.values {
		for j := range got.values[i] {
			if g, w := got.values[i][j], want.values[i][j]; !sameValue(g, w) {
				return fmt.Sprintf("row %d, %s: %v (%T), want %v (%T)", i, got.names[j], g, g, w, w)
			}
		}
	}
	return ""
}

func sameValue(a, b any) bool {
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	if a == b {
		return true
	}
	x, okX := asNumber(a)
	y, okY := asNumber(b)
	return okX && okY && math.Abs(x-y) <= 1e-9*math.Max(1, math.Max(math.Abs(x), math.Abs(y)))
}

// asNumber reads what engines give for numbers: decimals come as text.
func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

func (r rows) String() string {
	var b strings.Builder
	b.WriteString(strings.Join(r.names, " | ") + "\n")
	for _, row := range r.values {
		for i, v := range row {
			if i > 0 {
				b.WriteString(" | ")
			}
			if x, ok := v.(time.Time); ok {
				v = x.Format(time.DateTime)
			}
			fmt.Fprintf(&b, "%v", v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
