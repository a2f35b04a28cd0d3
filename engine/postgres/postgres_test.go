package postgres_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/postgres"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/result"
)

func query(e *postgres.Engine, sql string, args ...any) (string, error) {
	rows, err := e.Query(context.Background(), engine.Statement{SQL: sql, Args: args})
	if err != nil {
		return "", err
	}
	return result.Table(context.Background(), rows)
}

func wantKind(t *testing.T, err error, kind engine.ErrorKind) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Errorf("error is %v, want one of kind %d", err, kind)
	}
}

// Types that the conformance suite does not know.
func TestOwnTypes(t *testing.T) {
	dsn := pgtest.Database(t)
	exec(t, dsn, "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN price AS numeric(10, 2)")
	e := open(t, dsn, postgres.Options{})
	for _, test := range []struct{ sql, want string }{
		{"SELECT 4294967295::oid AS a, 'x'::name AS b, 'y'::\"char\" AS c, 'ab'::char(4) AS d", "a:int | b:text | c:text | d:text\n4294967295 | x | y | \"ab  \"\n"},
		{"SELECT unnest(ARRAY['infinity', '-infinity', '2000-01-01', NULL])::date AS a", "a:date\nnull\nnull\n2000-01-01\nnull\n"},
		{"SELECT unnest(ARRAY['infinity', '-infinity', '1999-12-31 23:59:59.999999'])::timestamp AS a", "a:datetime\nnull\nnull\n1999-12-31 23:59:59.999999\n"},
		{"SELECT unnest(ARRAY['infinity', '2024-01-01 00:00:00+14'])::timestamptz AS a", "a:datetime\nnull\n2023-12-31 10:00:00\n"},
		{"SELECT unnest(ARRAY['NaN', 'Infinity', '-Infinity', '1.5'])::float8 AS a", "a:float\nnull\nnull\nnull\n1.5\n"},
		{"SELECT unnest(ARRAY['NaN', 'Infinity', '0.1', '16777217'])::float4 AS a", "a:float\nnull\nnull\n0.1\n16777216\n"},
		{"SELECT unnest(ARRAY['NaN', 'Infinity', '-Infinity', '1.50'])::numeric AS a", "a:number\nnull\nnull\nnull\n1.5\n"},
		{"SELECT 'NaN'::numeric(5, 2) AS a, 1.5::numeric(5, 2) AS b, 1234567::numeric(3, -4) AS c", "a:decimal | b:decimal | c:number\nnull | 1.5 | 1230000\n"},
		{"SELECT unnest(ARRAY[0, 1, -1, 0.5, -0.0001, 10000, 100000000, 12345.6789, 1e18, 9223372036854775807, -9223372036854775808, 9223372036854775808, 1e40, 1e-40, -1e-5])::numeric AS a",
			"a:number\n0\n1\n-1\n0.5\n-0.0001\n10000\n100000000\n12345.6789\n1000000000000000000\n9223372036854775807\n-9223372036854775808\n9223372036854775808\n1" +
				strings.Repeat("0", 40) + "\n0." + strings.Repeat("0", 39) + "1\n-0.00001\n"},
		{"SELECT unnest(ARRAY[0, 1.5, -2.25, NULL, 100])::numeric AS a", "a:number\n0\n1.5\n-2.25\nnull\n100\n"},
		{"SELECT avg(i) AS a, sum(i) AS b FROM generate_series(1, 2) AS g(i)", "a:number | b:int\n1.5 | 3\n"},
		{"SELECT avg(i) AS a, sum(i) AS b FROM generate_series(1::bigint, 4000000000000000000, 1000000000000000000) AS g(i)", "a:number | b:number\n1500000000000000001 | 6000000000000000004\n"},
		{`SELECT '{"a": 1}'::json AS a, '{"b":2}'::jsonb AS b, 'happy'::mood AS c, 1.5::price AS d`, "a:text | b:text | c:text | d:decimal\n" + `"{\"a\": 1}" | "{\"b\": 2}" | happy | 1.5` + "\n"},
		{"SELECT ARRAY[1, NULL] AS a, interval '3 days 4 hours' AS b, '\\xab'::bytea AS c, point(1, 2) AS d, '10:00:00+02'::timetz AS e, '10.0.0.1'::inet AS f, 7 AS g",
			"a:text | b:text | c:text | d:text | e:text | f:text | g:int\n" + `{1,NULL} | 3 days 04:00:00 | "\\xab" | (1,2) | 10:00:00+02 | 10.0.0.1 | 7` + "\n"},
		{"SELECT 1 AS a, 2 AS a", "a:int | a:int\n1 | 2\n"},
		{"SELECT current_setting('TimeZone') AS a, current_setting('default_transaction_read_only') AS b", "a:text | b:text\nUTC | on\n"},
	} {
		got, err := query(e, test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
		} else if got != test.want {
			t.Errorf("%s gives\n%swant\n%s", test.sql, got, test.want)
		}
	}
	// Texts take the type that their place asks for.
	got, err := query(e, "SELECT 'happy'::mood = $1 AS a, DATE '2024-01-31' = $2 AS b, $3 AS c", "happy", "2024-01-31", "x")
	if want := "a:bool | b:bool | c:text\ntrue | true | x\n"; err != nil || got != want {
		t.Errorf("texts give %q, %v, want %q", got, err, want)
	}
}

func TestDescribeOwnTypes(t *testing.T) {
	dsn := pgtest.Database(t)
	exec(t, dsn, `CREATE SCHEMA other; CREATE TYPE other.mood AS ENUM ('sad'); CREATE DOMAIN price AS numeric(10, 2); CREATE DOMAIN whole AS numeric(10, 0);
		CREATE TABLE other.t (a other.mood, b price, c whole, d numeric, e char(3), f varchar(10), g timestamp(3), h timestamptz(0), i integer[], j jsonb, k time(0), l bytea, gone integer);
		ALTER TABLE other.t DROP COLUMN gone;
		CREATE MATERIALIZED VIEW seen AS SELECT a, c FROM other.t`)
	e := open(t, dsn, postgres.Options{})
	got, err := e.Describe(t.Context(), engine.Table{Schema: "other", Name: "t"})
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Column{
		{Name: "a", Type: datatype.Varchar, Native: "other.mood"},
		{Name: "b", Type: datatype.Double, Native: "price"},
		{Name: "c", Type: datatype.Int64, Native: "whole"},
		{Name: "d", Type: datatype.Double, Native: "numeric"},
		{Name: "e", Type: datatype.Char, Native: "character(3)"},
		{Name: "f", Type: datatype.Varchar, Native: "character varying(10)"},
		{Name: "g", Type: datatype.DateTime, Native: "timestamp(3) without time zone"},
		{Name: "h", Type: datatype.DateTime, Native: "timestamp(0) with time zone"},
		{Name: "i", Native: "integer[]"},
		{Name: "j", Native: "jsonb"},
		{Name: "k", Type: datatype.Time, Native: "time(0) without time zone"},
		{Name: "l", Native: "bytea"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	got, err = e.Describe(t.Context(), engine.Table{Name: "seen"})
	if diff := cmp.Diff([]engine.Column{want[0], want[2]}, got); err != nil || diff != "" {
		t.Errorf("materialized view: %v (-want +got):\n%s", err, diff)
	}
	_, err = e.Describe(t.Context(), engine.Table{Name: "t"})
	wantKind(t, err, engine.KindNoTable)
}

func TestStatementTimeout(t *testing.T) {
	e := open(t, pgtest.Database(t), postgres.Options{StatementTimeout: 100 * time.Millisecond})
	start := time.Now()
	_, err := query(e, "SELECT pg_sleep(60)")
	wantKind(t, err, engine.KindCancelled)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the timeout came after %v", took)
	}
}

// With all connections taken, a query waits no longer than its context.
func TestMaxConnections(t *testing.T) {
	e := open(t, pgtest.Database(t), postgres.Options{MaxConnections: 1})
	rows, err := e.Query(t.Context(), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = e.Query(ctx, engine.Statement{SQL: "SELECT 1"})
	wantKind(t, err, engine.KindCancelled)
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := query(e, "SELECT 1 AS a"); got != "a:int\n1\n" || err != nil {
		t.Errorf("afterwards a query gives %q, %v", got, err)
	}
}

// A connection that the server ends fails its query; the next has another.
func TestLostConnection(t *testing.T) {
	e := open(t, pgtest.Database(t), postgres.Options{})
	_, err := query(e, "SELECT pg_terminate_backend(pg_backend_pid())")
	wantKind(t, err, engine.KindUnreachable)
	if got, err := query(e, "SELECT 1 AS a"); got != "a:int\n1\n" || err != nil {
		t.Errorf("afterwards a query gives %q, %v", got, err)
	}
}

func TestOpenFails(t *testing.T) {
	dsn := pgtest.Database(t)
	for name, bad := range map[string]string{
		"no DSN":           "postgres://%zz",
		"nobody listens":   "postgres://nobody:secret@127.0.0.1:1/none?sslmode=disable",
		"missing database": dsn[:strings.LastIndex(dsn, "/")] + "/missing_database",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), bad, postgres.Options{ConnectTimeout: 2 * time.Second})
			wantKind(t, err, engine.KindUnreachable)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the message shows the password: %s", err)
			}
		})
	}
}

func BenchmarkStream(b *testing.B) {
	dsn := pgtest.Database(b)
	exec(b, dsn, `CREATE TABLE t AS SELECT i AS id, (i * 1.37)::float8 AS amount, DATE '2020-01-01' + i % 3000 AS day,
		'name number ' || i % 1000 AS name, i % 100 AS quantity, (i * 0.01)::numeric(18, 2) AS price FROM generate_series(1, 200000) AS g(i)`)
	e := open(b, dsn, postgres.Options{})
	b.ReportAllocs()
	for b.Loop() {
		rows, err := e.Query(b.Context(), engine.Statement{SQL: "SELECT * FROM t"})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			chunk, err := rows.Next(b.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n += chunk.Rows
		}
		if err := rows.Close(); err != nil || n != 200_000 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds(), "rows/s")
}
