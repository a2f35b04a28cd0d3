package duckdb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/result"
)

func query(e *duckdb.Engine, sql string, args ...any) (string, error) {
	rows, err := e.Query(context.Background(), engine.Statement{SQL: sql, Args: args})
	if err != nil {
		return "", err
	}
	return result.Table(context.Background(), rows)
}

func wantTable(t *testing.T, e *duckdb.Engine, sql, want string) {
	t.Helper()
	got, err := query(e, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if got != want {
		t.Errorf("%s gives\n%swant\n%s", sql, got, want)
	}
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
	e := open(t, "", duckdb.Options{})
	for _, test := range []struct{ sql, want string }{
		{"SELECT (-128)::TINYINT a, 255::UTINYINT b, 65535::USMALLINT c, 4294967295::UINTEGER d",
			"a:int | b:int | c:int | d:int\n-128 | 255 | 65535 | 4294967295\n"},
		{"SELECT unnest([0, 1, NULL])::UBIGINT a", "a:number\n0\n1\nnull\n"},
		{"SELECT unnest([0, 18446744073709551615, NULL])::UBIGINT a", "a:number\n0\n18446744073709551615\nnull\n"},
		{"SELECT unnest([0, -5, NULL])::HUGEINT a", "a:number\n0\n-5\nnull\n"},
		{"SELECT unnest([-170141183460469231731687303715884105728, 170141183460469231731687303715884105727, 0, NULL, 10000000000000000000])::HUGEINT a",
			"a:number\n-170141183460469231731687303715884105728\n170141183460469231731687303715884105727\n0\nnull\n10000000000000000000\n"},
		{"SELECT unnest(['340282366920938463463374607431768211455', '18446744073709551615', '1'])::UHUGEINT a",
			"a:number\n340282366920938463463374607431768211455\n18446744073709551615\n1\n"},
		{"SELECT unnest([-0.01, 99999999999999999999999999999999999.99, NULL])::DECIMAL(38, 3) a",
			"a:number\n-0.01\n99999999999999999999999999999999999.99\nnull\n"},
		{"SELECT unnest(['-0.00000000000000000000000000000000000001', '0.5'])::DECIMAL(38, 38) a", "a:number\n-0.00000000000000000000000000000000000001\n0.5\n"},
		{"SELECT unnest([1.5, -2.25, NULL])::DECIMAL(38, 10) a", "a:number\n1.5\n-2.25\nnull\n"},
		{"SELECT 9.9::DECIMAL(3, 1) a, 99999.99::DECIMAL(7, 2) b, 123::DECIMAL(5, 0) c", "a:decimal | b:decimal | c:decimal\n9.9 | 99999.99 | 123\n"},
		{"SELECT unnest(['a', NULL, 'b'])::ENUM('b', 'a') a", "a:text\na\nnull\nb\n"},
		{"SELECT unnest(['infinity', '-infinity', NULL, '2000-01-01'])::DATE a", "a:date\nnull\nnull\nnull\n2000-01-01\n"},
		{"SELECT unnest(['infinity', '-infinity', '2000-01-01'])::TIMESTAMP a", "a:datetime\nnull\nnull\n2000-01-01 00:00:00\n"},
		{"SELECT unnest(['infinity', '1960-01-01 00:00:00.9'])::TIMESTAMP_S a", "a:datetime\nnull\n1960-01-01 00:00:01\n"},
		{"SELECT unnest(['infinity', '1960-01-01 00:00:00.125'])::TIMESTAMP_MS a", "a:datetime\nnull\n1960-01-01 00:00:00.125\n"},
		{"SELECT unnest(['infinity', '1960-01-01 00:00:00.123456789'])::TIMESTAMP_NS a", "a:datetime\nnull\n1960-01-01 00:00:00.123456\n"},
		{"SELECT unnest(['nan', 'inf', '-inf', '1.5'])::DOUBLE a", "a:float\nnull\nnull\nnull\n1.5\n"},
		{"SELECT unnest(['nan', 'inf', '0.1', '16777217'])::FLOAT a", "a:float\nnull\nnull\n0.1\n16777216\n"},
		{"SELECT '24:00:00'::TIME a", "a:time\n00:00:00\n"},
		{"SELECT NULL a", "a:int\nnull\n"},
		{"SELECT [1, NULL] a, {'x': 'y'} b, MAP {'k': 1} c, INTERVAL 3 DAYS d, '\\xAB'::BLOB e, '0101'::BIT f, 7 g",
			`a:text | b:text | c:text | d:text | e:text | f:text | g:int` + "\n" + `[1, NULL] | {'x': y} | {k=1} | 3 days | "\\xAB" | 0101 | 7` + "\n"},
		{"SELECT [1] a -- a comment\n;", "a:text\n[1]\n"},
		{"SELECT 1 AS a, 2 AS a", "a:int | a:int\n1 | 2\n"},
	} {
		wantTable(t, e, test.sql, test.want)
	}
	got, err := query(e, "SELECT [$1, $1] AS list, $2 AS text", int64(3), "x")
	if want := "list:text | text:text\n[3, 3] | x\n"; err != nil || got != want {
		t.Errorf("a list of arguments is %q, %v, want %q", got, err, want)
	}
}

// A mask of nulls must not outlive its chunk.
func TestNullsAcrossChunks(t *testing.T) {
	e := open(t, "", duckdb.Options{})
	wantTable(t, e, `SELECT count(*) AS n FROM range(1)`, "n:int\n1\n")
	rows, err := e.Query(t.Context(), engine.Statement{SQL: `SELECT CASE WHEN i = 1 THEN 'nan'::DOUBLE WHEN i = 5000 THEN NULL ELSE i END FROM range(8000) AS r(i)`})
	if err != nil {
		t.Fatal(err)
	}
	values, err := result.ReadAll(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range values {
		if null := row[0] == nil; null != (i == 1 || i == 5000) {
			t.Errorf("row %d is %v", i, row[0])
		}
	}
}

func TestQueriesSeeNoFiles(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := open(t, filepath.Join(dir, "data.db"), duckdb.Options{})
	quoted := "'" + secret + "'"
	for _, sql := range []string{
		"SELECT * FROM " + quoted,
		"SELECT * FROM read_csv(" + quoted + ")",
		"SELECT * FROM read_text(" + quoted + ")",
		"SELECT * FROM glob('" + dir + "/*')",
		"COPY (SELECT 1) TO '" + dir + "/out.csv'",
		"ATTACH '" + dir + "/other.db'",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET enable_external_access = true",
		"SET lock_configuration = false",
		"SET threads = 1",
		"PRAGMA threads = 1",
	} {
		if got, err := query(e, sql); err == nil {
			t.Errorf("%s succeeds with %s", sql, got)
		}
		if strings.HasPrefix(sql, "SELECT") {
			continue
		}
		if _, err := e.Exec(t.Context(), engine.Statement{SQL: sql}); err == nil {
			t.Errorf("%s succeeds", sql)
		}
	}
	// Having read files for a load changes nothing for queries.
	rows, err := e.ReadFiles(t.Context(), engine.Statement{SQL: "SELECT * FROM read_csv($1)", Args: []any{secret}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := result.Table(t.Context(), rows)
	if want := "a:int\n1\n"; err != nil || got != want {
		t.Errorf("the file holds %q, %v, want %q", got, err, want)
	}
	if _, err := query(e, "SELECT * FROM "+quoted); err == nil {
		t.Error("after ReadFiles, queries see files")
	}
	// And what reads files sees no tables.
	exec(t, e, "CREATE TABLE own (a INTEGER)")
	_, err = e.ReadFiles(t.Context(), engine.Statement{SQL: "SELECT * FROM own"})
	wantKind(t, err, engine.KindNoTable)
}

func TestUpdate(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	file := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(file, []byte("n,day,name\n1.5,2024-02-29,one\n,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "data.db")
	e := open(t, path, duckdb.Options{})
	table := engine.Table{Name: "loaded"}
	load := engine.Statement{SQL: "SELECT * FROM read_csv($1, header = true)", Args: []any{file}}

	err := e.Update(ctx, func(tx *duckdb.Tx) error {
		if _, err := tx.Exec(ctx, engine.Statement{SQL: "CREATE TABLE loaded (n DECIMAL(10, 2), day DATE, name VARCHAR)"}); err != nil {
			return err
		}
		if n, err := tx.InsertFiles(ctx, table, load); n != 2 || err != nil {
			return fmt.Errorf("inserted %d rows, %w", n, err)
		}
		// Nobody else sees the table yet.
		_, err := query(e, "SELECT * FROM loaded")
		wantKind(t, err, engine.KindNoTable)
		rows, err := tx.Query(ctx, engine.Statement{SQL: "SELECT count(*) AS n FROM loaded"})
		if err != nil {
			return err
		}
		got, err := result.Table(ctx, rows)
		if want := "n:int\n2\n"; got != want {
			t.Errorf("the transaction sees %q, %v, want %q", got, err, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const loaded = "n:decimal | day:date | name:text\n1.5 | 2024-02-29 | one\nnull | null | null\n"
	wantTable(t, e, "SELECT * FROM loaded", loaded)

	// A failure undoes everything.
	broken := errors.New("broken")
	err = e.Update(ctx, func(tx *duckdb.Tx) error {
		if _, err := tx.Exec(ctx, engine.Statement{SQL: "DROP TABLE loaded"}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("Update returns %v, want %v", err, broken)
	}
	for name, work := range map[string]func(tx *duckdb.Tx) error{
		"panic": func(*duckdb.Tx) error { panic("broken") },
		"value": func(tx *duckdb.Tx) error {
			_, err := tx.InsertFiles(ctx, table, engine.Statement{SQL: "SELECT 'x', NULL, NULL"})
			return err
		},
		"columns": func(tx *duckdb.Tx) error {
			_, err := tx.InsertFiles(ctx, table, engine.Statement{SQL: "SELECT 1"})
			return err
		},
		"missing file": func(tx *duckdb.Tx) error {
			_, err := tx.InsertFiles(ctx, table, engine.Statement{SQL: "SELECT * FROM read_csv('missing.csv')"})
			return err
		},
		"statement": func(tx *duckdb.Tx) error {
			_, err := tx.Exec(ctx, engine.Statement{SQL: "INSERT INTO missing VALUES (1)"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { _ = recover() }()
			err := e.Update(ctx, func(tx *duckdb.Tx) error {
				if _, err := tx.Exec(ctx, engine.Statement{SQL: "INSERT INTO loaded VALUES (9, NULL, NULL)"}); err != nil {
					return err
				}
				return work(tx)
			})
			if err == nil {
				t.Error("the update succeeds")
			}
		})
	}
	wantTable(t, e, "SELECT * FROM loaded", loaded)

	// What is committed is in the file.
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	wantTable(t, open(t, path, duckdb.Options{ReadOnly: true}), "SELECT * FROM loaded", loaded)
}

func TestInsertRows(t *testing.T) {
	ctx := t.Context()
	e := open(t, "", duckdb.Options{})
	exec(t, e, "CREATE TABLE t (id INTEGER, flag BOOLEAN, f DOUBLE, d DECIMAL(18, 3), n DECIMAL(38, 2), s VARCHAR, day DATE, moment TIMESTAMP, clock TIME)")
	schema := result.Schema{
		{Name: "id", Kind: result.KindInt}, {Name: "flag", Kind: result.KindBool}, {Name: "f", Kind: result.KindFloat},
		{Name: "d", Kind: result.KindDecimal, Scale: 2}, {Name: "n", Kind: result.KindNumber}, {Name: "s", Kind: result.KindText},
		{Name: "day", Kind: result.KindDate}, {Name: "moment", Kind: result.KindDateTime}, {Name: "clock", Kind: result.KindTime},
	}
	want := make([][]any, 5000)
	for i := range want {
		want[i] = []any{int64(i), i%2 == 0, float64(i) / 4, fmt.Sprintf("%d.25", i), "123456789012345678901234.5", strings.Repeat("é", i%20),
			time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC), time.Date(1900, 1, 1, 0, 0, i, 1000, time.UTC), time.Duration(i) * time.Second}
		if i%3 == 0 {
			want[i] = []any{int64(i), nil, nil, nil, nil, nil, nil, nil, nil}
		}
	}
	err := e.Update(ctx, func(tx *duckdb.Tx) error {
		n, err := tx.InsertRows(ctx, engine.Table{Schema: "main", Name: "t"}, result.FromRows(schema, want))
		if n != 5000 {
			t.Errorf("%d rows are inserted, want 5000", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := e.Query(ctx, engine.Statement{SQL: "SELECT * FROM t ORDER BY id"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := result.ReadAll(ctx, rows)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%.2000s", diff)
	}
}

func TestCancelLoad(t *testing.T) {
	e := open(t, "", duckdb.Options{})
	exec(t, e, "CREATE TABLE t (i BIGINT)")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := e.Update(ctx, func(tx *duckdb.Tx) error {
		_, err := tx.InsertFiles(ctx, engine.Table{Name: "t"}, engine.Statement{SQL: "SELECT i FROM range(1000000000000) AS r(i)"})
		return err
	})
	wantKind(t, err, engine.KindCancelled)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("cancelling took %v", took)
	}
	wantTable(t, e, "SELECT count(*) AS n FROM t", "n:int\n0\n")
}

func TestDescribeOwnTypes(t *testing.T) {
	e := open(t, "", duckdb.Options{})
	exec(t, e, "CREATE TABLE Own (a HUGEINT, b UBIGINT, c ENUM('x'), d INTEGER[], e STRUCT(x INTEGER), f BLOB, g TIMESTAMP_NS, h DECIMAL(38, 0), i UTINYINT, j INTERVAL)")
	got, err := e.Describe(t.Context(), engine.Table{Name: "oWN", Schema: "MAIN"})
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Column{
		{Name: "a", Type: datatype.Int64, Native: "HUGEINT"},
		{Name: "b", Type: datatype.Int64, Native: "UBIGINT"},
		{Name: "c", Type: datatype.Varchar, Native: "ENUM('x')"},
		{Name: "d", Native: "INTEGER[]"},
		{Name: "e", Native: "STRUCT(x INTEGER)"},
		{Name: "f", Native: "BLOB"},
		{Name: "g", Type: datatype.DateTime, Native: "TIMESTAMP_NS"},
		{Name: "h", Type: datatype.Int64, Native: "DECIMAL(38,0)"},
		{Name: "i", Type: datatype.Int32, Native: "UTINYINT"},
		{Name: "j", Native: "INTERVAL"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestFileInUse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data.db")
	e := open(t, path, duckdb.Options{})
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link, filepath.Join(dir, ".", "x", "..", "data.db")} {
		_, err := duckdb.Open(name, duckdb.Options{})
		if !errors.Is(err, duckdb.ErrInUse) {
			t.Errorf("opening %s again gives %v", name, err)
		}
		wantKind(t, err, engine.KindUnreachable)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("the message has several lines: %s", err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	// Rows that are still open keep the file.
	e = open(t, path, duckdb.Options{})
	rows, err := e.Query(t.Context(), engine.Statement{SQL: "SELECT 1 AS a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.Open(path, duckdb.Options{}); !errors.Is(err, duckdb.ErrInUse) {
		t.Errorf("opening while rows are open gives %v", err)
	}
	if got, err := result.Table(t.Context(), rows); got != "a:int\n1\n" || err != nil {
		t.Errorf("after Close the rows give %q, %v", got, err)
	}
	open(t, path, duckdb.Options{})
}

// holdVariable makes the test binary a process that holds a database file.
const holdVariable = "SEARCHLIGHT_TEST_HOLD_DUCKDB"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVariable); path != "" {
		if _, err := duckdb.Open(path, duckdb.Options{}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("open")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestFileInUseByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	holder := hold(t, path)
	_, err := duckdb.Open(path, duckdb.Options{})
	if !errors.Is(err, duckdb.ErrInUse) {
		t.Errorf("opening gives %v", err)
	}
	wantKind(t, err, engine.KindUnreachable)
	if err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path)) {
		t.Errorf("the message is %q", err)
	}
	holder()
	open(t, path, duckdb.Options{})
}

// hold starts a process that holds the file and returns what ends it.
func hold(t *testing.T, path string) (stop func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(self)
	cmd.Env = append(os.Environ(), holdVariable+"="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "open\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.db")
	if err := os.WriteFile(broken, []byte("this is no database, only a text that is long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() (*duckdb.Engine, error){
		"no database":       func() (*duckdb.Engine, error) { return duckdb.Open(broken, duckdb.Options{}) },
		"missing directory": func() (*duckdb.Engine, error) { return duckdb.Open(dir+"/missing/x.db", duckdb.Options{}) },
		"directory":         func() (*duckdb.Engine, error) { return duckdb.Open(dir, duckdb.Options{}) },
		"missing, read only": func() (*duckdb.Engine, error) {
			return duckdb.Open(filepath.Join(dir, "x.db"), duckdb.Options{ReadOnly: true})
		},
		"memory limit": func() (*duckdb.Engine, error) { return duckdb.Open("", duckdb.Options{MemoryLimit: "much"}) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // a failure must not hold the file
				_, err := try()
				wantKind(t, err, engine.KindUnreachable)
				if errors.Is(err, duckdb.ErrInUse) || err != nil && strings.Contains(err.Error(), "\n") {
					t.Errorf("the error is %v", err)
				}
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	e := open(t, path, duckdb.Options{})
	exec(t, e, "CREATE TABLE t AS SELECT 1 AS a")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, path, duckdb.Options{ReadOnly: true})
	wantTable(t, e, "SELECT a FROM t", "a:int\n1\n")
	_, err := e.Exec(t.Context(), engine.Statement{SQL: "DROP TABLE t"})
	wantKind(t, err, engine.KindFailed)
}

func TestMemoryLimit(t *testing.T) {
	e := open(t, "", duckdb.Options{MemoryLimit: "20MB", Threads: 1})
	_, err := query(e, "SELECT list(i::VARCHAR || 'some text to fill memory') AS l FROM range(5000000) AS r(i)")
	wantKind(t, err, engine.KindFailed)
	wantTable(t, e, "SELECT 1 AS a", "a:int\n1\n")
}
