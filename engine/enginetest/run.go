package enginetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// Harness tells Run about an engine.
type Harness struct {
	// Open gives an engine on a new and empty database, closed with the test.
	Open func(t *testing.T) engine.Engine
	// Exec runs a statement that is no query, such as CREATE TABLE, on the
	// database of an engine that Open gave.
	Exec func(t *testing.T, e engine.Engine, sql string)
	// Series is an item for FROM: the whole numbers from 1 to n in a column i.
	// nil: generate_series(1, n) AS series(i).
	Series func(n int) string
}

func (h Harness) series(n int) string {
	if h.Series != nil {
		return h.Series(n)
	}
	return fmt.Sprintf("generate_series(1, %d) AS series(i)", n)
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"types", testTypes},
		{"sums", testSums},
		{"arguments", testArguments},
		{"hostile texts", testHostileTexts},
		{"empty result", testEmptyResult},
		{"big result", testBigResult},
		{"cancel running", testCancelRunning},
		{"cancel streaming", testCancelStreaming},
		{"close early", testCloseEarly},
		{"concurrent queries", testConcurrentQueries},
		{"describe", testDescribe},
		{"errors", testErrors},
		{"only queries", testOnlyQueries},
		{"close twice", testCloseTwice},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, h) })
	}
}

// query runs a statement and fails the test if that fails.
func query(t *testing.T, e engine.Engine, sql string, args ...any) result.Rows {
	t.Helper()
	rows, err := e.Query(t.Context(), engine.Statement{SQL: sql, Args: args})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	t.Cleanup(func() { _ = rows.Close() })
	return rows
}

// read runs a statement and returns all its values.
func read(t *testing.T, e engine.Engine, sql string, args ...any) [][]any {
	t.Helper()
	values, err := result.ReadAll(t.Context(), query(t, e, sql, args...))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return values
}

func wantError(t *testing.T, err error, kind engine.ErrorKind) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T %v, want an *engine.Error", err, err)
	}
	if e.Kind != kind {
		t.Errorf("error %q is of kind %d, want %d", e.Message, e.Kind, kind)
	}
	if e.Message == "" {
		t.Error("the error has no message")
	}
}

func testArguments(t *testing.T, h Harness) {
	e := h.Open(t)
	moment := time.Date(2024, 2, 29, 13, 14, 15, 161718000, time.UTC)
	for _, test := range []struct {
		sql  string
		args []any
		want []any
	}{
		{"SELECT CAST($1 AS BIGINT)", []any{int64(-1 << 63)}, []any{int64(-1 << 63)}},
		{"SELECT CAST($1 AS BIGINT) + 1", []any{int64(41)}, []any{int64(42)}},
		{"SELECT CAST($1 AS DOUBLE PRECISION)", []any{-1.5e300}, []any{-1.5e300}},
		{"SELECT CAST($1 AS BOOLEAN), CAST($2 AS BOOLEAN)", []any{true, false}, []any{true, false}},
		{"SELECT CAST($1 AS VARCHAR)", []any{"text"}, []any{"text"}},
		{"SELECT CAST($1 AS VARCHAR)", []any{""}, []any{""}},
		{"SELECT CAST($1 AS TIMESTAMP)", []any{moment}, []any{moment}},
		{"SELECT CAST($1 AS DATE)", []any{moment}, []any{moment.Truncate(24 * time.Hour)}},
		{"SELECT CAST($1 AS BIGINT), CAST($2 AS VARCHAR), CAST($3 AS TIMESTAMP)", []any{nil, nil, nil}, []any{nil, nil, nil}},
		{"SELECT CAST($2 AS VARCHAR), CAST($1 AS BIGINT), CAST($2 AS VARCHAR)", []any{int64(1), "two"}, []any{"two", int64(1), "two"}},
		{"SELECT 1 WHERE CAST($1 AS BIGINT) BETWEEN $2 AND $3 AND $1 < $4", []any{int64(5), int64(5), int64(9), 5.5}, []any{int64(1)}},
	} {
		if diff := cmp.Diff([][]any{test.want}, read(t, e, test.sql, test.args...)); diff != "" {
			t.Errorf("%s of %v (-want +got):\n%s", test.sql, test.args, diff)
		}
	}

	_, err := e.Query(t.Context(), engine.Statement{SQL: "SELECT CAST($1 AS BIGINT)", Args: []any{struct{}{}}})
	wantError(t, err, engine.KindFailed)
	rows, err := e.Query(t.Context(), engine.Statement{SQL: "SELECT CAST($1 AS BIGINT) + CAST($2 AS BIGINT)", Args: []any{int64(1)}})
	if err == nil {
		_, err = result.ReadAll(t.Context(), rows)
	}
	wantError(t, err, engine.KindFailed)
}

// HostileTexts are values that break engines which paste them into SQL, or
// count characters wrongly.
var HostileTexts = []string{
	"",
	" ",
	"'",
	"''",
	`"`,
	`\`,
	`\'`,
	`\\`,
	"`",
	"$1",
	"$$",
	"?",
	":a",
	"%",
	"_",
	"--",
	"/*",
	";",
	"'; DROP TABLE texts; --",
	"' OR '1'='1",
	"') UNION SELECT 1 --",
	"\n\r\t\b\f\v\x1b\x7f",
	"null",
	"NULL",
	"{null}",
	"日本語",
	"Ünïcödé",
	"e\u0301",
	"👩‍👩‍👧‍👦",
	"\u202eright to left",
	"\ufeffbom",
	"\u2028\u2029",
	"\U0010ffff",
	"12345678901",
	"123456789012",
	"1234567890123",
	strings.Repeat("long 'text' ", 10_000),
}

func testHostileTexts(t *testing.T, h Harness) {
	e := h.Open(t)
	h.Exec(t, e, "CREATE TABLE texts (id INTEGER, text VARCHAR)")
	for i, text := range HostileTexts {
		h.Exec(t, e, fmt.Sprintf("INSERT INTO texts VALUES (%d, '%s')", i, strings.ReplaceAll(text, "'", "''")))
	}
	for i, text := range HostileTexts {
		got := read(t, e, "SELECT CAST($1 AS VARCHAR), $1 || 'x'", text)
		if diff := cmp.Diff([][]any{{text, text + "x"}}, got); diff != "" {
			t.Errorf("%.40q does not come back (-want +got):\n%s", text, diff)
		}
		got = read(t, e, "SELECT id, text FROM texts WHERE text = $1", text)
		if diff := cmp.Diff([][]any{{int64(i), text}}, got); diff != "" {
			t.Errorf("%.40q is not found (-want +got):\n%s", text, diff)
		}
	}
}

func testEmptyResult(t *testing.T, h Harness) {
	e := h.Open(t)
	rows := query(t, e, "SELECT CAST(1 AS INTEGER) AS number, CAST('x' AS VARCHAR) AS text WHERE 1 = 0")
	want := result.Schema{{Name: "number", Kind: result.KindInt}, {Name: "text", Kind: result.KindText}}
	if diff := cmp.Diff(want, rows.Schema()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	for range 2 {
		if chunk, err := rows.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("Next returns %v, %v, want io.EOF", chunk, err)
		}
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

func testDescribe(t *testing.T, h Harness) {
	e := h.Open(t)
	h.Exec(t, e, `CREATE TABLE described (a BOOLEAN, b SMALLINT, c INTEGER, d BIGINT, e REAL, f DOUBLE PRECISION,
		g NUMERIC(18, 2), h NUMERIC(10, 0), i VARCHAR, j DATE, k TIMESTAMP, l TIME, m TIMESTAMP WITH TIME ZONE, n UUID, "Mixed ""Name" INTEGER)`)
	h.Exec(t, e, "CREATE VIEW seen AS SELECT a, f FROM described")
	columns := func(table string) []string {
		t.Helper()
		found, err := e.Describe(t.Context(), engine.Table{Name: table})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, c := range found {
			if c.Native == "" {
				t.Errorf("column %s has no native type", c.Name)
			}
			list = append(list, c.Name+" "+c.Type.String())
		}
		return list
	}
	want := []string{"a BOOL", "b INT32", "c INT32", "d INT64", "e FLOAT", "f DOUBLE", "g DOUBLE", "h INT64", "i VARCHAR",
		"j DATE", "k DATE_TIME", "l TIME", "m DATE_TIME", "n VARCHAR", `Mixed "Name INT32`}
	if diff := cmp.Diff(want, columns("described")); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a BOOL", "f DOUBLE"}, columns("seen")); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	for _, missing := range []engine.Table{
		{Name: "missing"},
		{Name: "' OR 1=1 --"},
		{Name: "described", Schema: "missing"},
		{Name: "described", Database: "missing"},
	} {
		_, err := e.Describe(t.Context(), missing)
		wantError(t, err, engine.KindNoTable)
	}
}

func testErrors(t *testing.T, h Harness) {
	e := h.Open(t)
	for _, test := range []struct {
		sql  string
		kind engine.ErrorKind
	}{
		{"SELECT FROM WHERE", engine.KindFailed},
		{"SELECT missing_column FROM " + h.series(1), engine.KindFailed},
		{"SELECT missing_function(1)", engine.KindFailed},
		{"SELECT 1; SELECT 2", engine.KindFailed},
		{"SELECT 1 FROM missing_table", engine.KindNoTable},
		{"SELECT 1 FROM missing_schema.missing_table", engine.KindNoTable},
		{"SELECT CAST(concat('x', i) AS INTEGER) FROM " + h.series(5000), engine.KindFailed},
		// Only the last of many rows cannot be converted.
		{"SELECT CAST(CASE WHEN i = 100000 THEN 'x' ELSE '1' END AS INTEGER) FROM " + h.series(100_000), engine.KindFailed},
	} {
		rows, err := e.Query(t.Context(), engine.Statement{SQL: test.sql})
		if err == nil {
			_, err = result.ReadAll(t.Context(), rows)
		}
		t.Run(test.sql, func(t *testing.T) { wantError(t, err, test.kind) })
	}
	if diff := cmp.Diff([][]any{{int64(1)}}, read(t, e, "SELECT CAST(1 AS INTEGER)")); diff != "" {
		t.Errorf("after errors (-want +got):\n%s", diff)
	}
}

// testOnlyQueries checks that a query cannot change anything.
func testOnlyQueries(t *testing.T, h Harness) {
	e := h.Open(t)
	h.Exec(t, e, "CREATE TABLE kept (a INTEGER)")
	for _, sql := range []string{
		"DROP TABLE kept",
		"INSERT INTO kept VALUES (1)",
		"CREATE TABLE made (a INTEGER)",
		"INSERT INTO kept VALUES (1) RETURNING a",
	} {
		rows, err := e.Query(t.Context(), engine.Statement{SQL: sql})
		if err == nil {
			_, err = result.ReadAll(t.Context(), rows)
		}
		t.Run(sql, func(t *testing.T) { wantError(t, err, engine.KindFailed) })
	}
	if got := read(t, e, "SELECT a FROM kept"); len(got) != 0 {
		t.Errorf("the table has rows %v", got)
	}
}

func testCloseTwice(t *testing.T, h Harness) {
	e := h.Open(t)
	if err := e.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := e.Query(t.Context(), engine.Statement{SQL: "SELECT 1"})
	wantError(t, err, engine.KindUnreachable)
	wantError(t, e.Ping(context.Background()), engine.KindUnreachable)
}
