package load_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/load"
	"github.com/searchlight-bi/searchlight/result"
)

func open(t testing.TB, path string) *duckdb.Engine {
	t.Helper()
	e, err := duckdb.Open(path, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func table(t testing.TB, e *duckdb.Engine, sql string) string {
	t.Helper()
	rows, err := e.Query(context.Background(), engine.Statement{SQL: sql})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	text, err := result.Table(context.Background(), rows)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}

func exec(t testing.TB, e *duckdb.Engine, sql string) {
	t.Helper()
	if _, err := e.Exec(context.Background(), engine.Statement{SQL: sql}); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func mustLoad(t testing.TB, e *duckdb.Engine, o load.Options) *load.Report {
	t.Helper()
	if o.Table == "" {
		o.Table = "t"
	}
	r, err := load.Load(context.Background(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantText(t testing.TB, what, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// short takes the directory off messages.
func short(err error, files ...string) string {
	if err == nil {
		return "no error"
	}
	s := err.Error()
	for _, f := range files {
		s = strings.ReplaceAll(s, f, filepath.Base(f))
	}
	return s
}

func rejectedText(list []load.Rejected) string {
	var b strings.Builder
	for _, r := range list {
		r.File = filepath.Base(r.File)
		b.WriteString(r.String() + "\n")
	}
	return b.String()
}

func utf16Text(text string, bigEndian, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	var b []byte
	for _, u := range units {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestDelimited(t *testing.T) {
	e := open(t, "")
	long := strings.Repeat("long text ", 300<<10/10)
	late := "a\n" + strings.Repeat("1\n", 300000)
	for _, test := range []struct {
		name, text, want string
		options          load.Options
	}{
		{name: "types", text: "i,d,b,day,ts,clock,s\n1,1.5,true,2020-12-31,2020-12-31T10:20:30.5Z,10:30,x\n-9223372036854775808,-2,FALSE,2020/1/2,2020-01-02,23:59:59.25,y\n,,,,,,\n",
			want: "i:int | d:float | b:bool | day:date | ts:datetime | clock:time | s:text\n1 | 1.5 | true | 2020-12-31 | 2020-12-31 10:20:30.5 | 10:30:00 | x\n-9223372036854775808 | -2 | false | 2020-01-02 | 2020-01-02 00:00:00 | 23:59:59.25 | y\nnull | null | null | null | null | null | null\n"},
		{name: "texts that look typed", text: "zip,phone,yes,t,nan,empty,big,dot\n01234,+49301,yes,t,NaN,,9223372036854775808,1.2.3\n99999,49302,no,f,1,,5,1\n",
			want: "zip:text | phone:text | yes:text | t:text | nan:text | empty:text | big:text | dot:text\n01234 | +49301 | yes | t | NaN | null | 9223372036854775808 | 1.2.3\n99999 | 49302 | no | f | 1 | null | 5 | 1\n"},
		{name: "numbers", text: "z,neg,exp,point,mixed,big\n0,-0.5,1e5,.5,1,10000000000000000000000\n10,-1,2.5E-3,5.,1.25,0.5\n",
			want: "z:int | neg:float | exp:float | point:float | mixed:float | big:float\n0 | -0.5 | 100000 | 0.5 | 1 | 1e+22\n10 | -1 | 0.0025 | 5 | 1.25 | 0.5\n"},
		{name: "the last value decides", text: late + "x\n", options: load.Options{Table: "late"}, want: ""},
		{name: "month first", text: "d\n1/2/2020\n12/31/2020\n", want: "d:date\n2020-01-02\n2020-12-31\n"},
		{name: "day first", text: "d,x\n1/2/2020,\n31/12/2020 9:05,\n", want: "d:datetime | x:text\n2020-02-01 00:00:00 | null\n2020-12-31 09:05:00 | null\n"},
		{name: "neither order", text: "d\n12/31/2020\n31/12/2020\n", want: "d:text\n12/31/2020\n31/12/2020\n"},
		{name: "no such day", text: "d\n2019-02-28\n2019-02-29\n", want: "d:text\n2019-02-28\n2019-02-29\n"},
		{name: "offsets", text: "d\n2020-01-01T00:30:00+02:00\n2020-01-01 10:00:00.1234567-0530\n", want: "d:datetime\n2019-12-31 22:30:00\n2020-01-01 15:30:00.123456\n"},
		{name: "quotes", text: "a,b\r\n\"x, \"\"y\"\"\",\"line 1\r\nline 2\"\r\n\"\",\r\n5\" pipe,\"\"\r\n",
			want: "a:text | b:text\n\"x, \\\"y\\\"\" | \"line 1\\r\\nline 2\"\n\"\" | null\n\"5\\\" pipe\" | \"\"\n"},
		{name: "quoted empties are null in numbers", text: "a\n\"1\"\n\"\"\n", want: "a:int\n1\nnull\n"},
		{name: "single quotes", text: "'a','b'\n'x, y','it''s'\n'z','q'\n", want: "a:text | b:text\nx, y | it's\nz | q\n"},
		{name: "semicolons", text: "a;b\n1,5;2\n2,5;3\n", want: "a:text | b:int\n1,5 | 2\n2,5 | 3\n"},
		{name: "tabs found", text: "a\tb, c\n1\tx, y\n", want: "a:int | b, c:text\n1 | x, y\n"},
		{name: "pipes", text: "a|b\n1|2\n", want: "a:int | b:int\n1 | 2\n"},
		{name: "given delimiter", text: "a:b\n1:2\n", options: load.Options{Delimiter: ":"}, want: "a:int | b:int\n1 | 2\n"},
		{name: "one column", text: "name\nx\n\ny", want: "name:text\nx\ny\n"},
		{name: "blanks", text: "a,b\n 1 , x \n   ,2\n", want: "a:int | b:text\n1 | \" x \"\nnull | 2\n"},
		{name: "old line ends", text: "a,b\r1,2\r", want: "a:int | b:int\n1 | 2\n"},
		{name: "header names", text: "Name,name,,Name_2, x \x01y\n1,2,3,4,5\n", want: "Name:int | name_3:int | column_3:int | Name_2:int | x  y:int\n1 | 2 | 3 | 4 | 5\n"},
		{name: "no header", text: "1,x\n2,y\n", want: "column_1:int | column_2:text\n1 | x\n2 | y\n"},
		{name: "years as names", text: "region,2019,2020\nnorth,5,6\n", want: "region:text | 2019:int | 2020:int\nnorth | 5 | 6\n"},
		{name: "header given", text: "1,2\n3,4\n", options: load.Options{Header: load.HeaderPresent}, want: "1:int | 2:int\n3 | 4\n"},
		{name: "header denied", text: "a,b\nc,d\n", options: load.Options{Header: load.HeaderAbsent}, want: "column_1:text | column_2:text\na | b\nc | d\n"},
		{name: "header alone", text: "a,b\n", want: "a:text | b:text\n"},
		{name: "mark", text: "\uFEFFa,b\n1,é\n", want: "a:int | b:text\n1 | é\n"},
		{name: "UTF-16 with a mark", text: utf16Text("a,b\n1,é😀\n", false, true), want: "a:int | b:text\n1 | é😀\n"},
		{name: "UTF-16 without a mark", text: utf16Text("alpha,beta\n1,é\n", true, false), want: "alpha:int | beta:text\n1 | é\n"},
		{name: "Windows", text: "a\n\x80 caf\xe9\n", options: load.Options{Encoding: "Windows-1252"}, want: "a:text\n€ café\n"},
		{name: "NUL", text: "a,b\nx\x00y,1\n", want: "a:text | b:int\nxy | 1\n"},
		{name: "long field", text: "a,b\n" + long + ",1\n", options: load.Options{Table: "long"}, want: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := test.options
			if o.Table == "" {
				o.Table = "t"
			}
			o.Files = []string{write(t, "in.csv", test.text)}
			mustLoad(t, e, o)
			switch o.Table {
			case "late":
				wantText(t, "rows", table(t, e, "SELECT count(*) AS n, max(a) AS m FROM late"), "n:int | m:text\n300001 | x\n")
			case "long":
				wantText(t, "rows", table(t, e, "SELECT length(a) AS n, b FROM long"), fmt.Sprintf("n:int | b:int\n%d | 1\n", len(long)))
			default:
				wantText(t, "rows", table(t, e, "SELECT * FROM t"), test.want)
			}
		})
	}
}

func TestSample(t *testing.T) {
	e := open(t, "")
	file := filepath.Join("testdata", "airports.csv")
	_, err := load.Load(t.Context(), e, load.Options{Table: "airports", Files: []string{file}})
	wantText(t, "error", short(err, file), "airports.csv:5: 2 fields where 9 are expected")
	r := mustLoad(t, e, load.Options{Table: "airports", Files: []string{file}, MaxErrors: 1})
	if r.Rows != 4 || r.Bad != 1 {
		t.Errorf("%d rows, %d bad, want 4, 1", r.Rows, r.Bad)
	}
	var types []string
	for _, c := range r.Columns {
		types = append(types, c.Name+" "+c.Native)
	}
	wantText(t, "types", strings.Join(types, ", "), "iata VARCHAR, name VARCHAR, city VARCHAR, state VARCHAR, zip VARCHAR, latitude DOUBLE, longitude DOUBLE, opened DATE, international BOOLEAN")
	wantText(t, "rows", table(t, e, "SELECT name, zip, latitude, opened, international FROM airports"),
		"name:text | zip:text | latitude:float | opened:date | international:bool\nAlder Field | 01234 | 42.5 | 1931-05-04 | false\nBirch, Regional | 75001 | 32.125 | 1974-01-13 | true\n\"Cedar \\\"Old\\\" Strip\" | 80201 | null | null | false\nElm Intl | 99501 | 61.1744 | 1951-12-10 | true\n")
}

func TestBadRows(t *testing.T) {
	e := open(t, "")
	exec(t, e, "CREATE TABLE typed (i INTEGER, n DECIMAL(5,2), day DATE, s VARCHAR)")
	for _, test := range []struct{ name, text, want string }{
		{"lines after quoted ones", "a,b\n\"x\ny\nz\",1\n\n1\n", "in.csv:6: 1 field where 2 are expected\n"},
		{"fields", "a,b\n1,2\n1,2,3\n1\n", "in.csv:3: 3 fields where 2 are expected\nin.csv:4: 1 field where 2 are expected\n"},
		{"open quote", "a,b\n1,\"x\n2,y\n", "in.csv:2: column b: a quoted field is not closed\n"},
		{"text after a quote", "a,b\n1,\"x\"y\n2,z\n", "in.csv:2: column b: text follows the closing quote of a field; a quote inside a quoted field is written twice\n"},
		{"Latin-1", "a,b\n1,caf\xe9\n2,z\n", "in.csv:2: column b: byte 0xE9 is not UTF-8; for a file of Western Windows or Latin-1 give the encoding windows-1252, or convert it: iconv -f WINDOWS-1252 -t UTF-8\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			exec(t, e, "CREATE OR REPLACE TABLE t AS SELECT 'old' AS a")
			file := write(t, "in.csv", test.text)
			n := strings.Count(test.want, "\n")
			for allowed := range n {
				_, err := load.Load(t.Context(), e, load.Options{Table: "t", Files: []string{file}, MaxErrors: allowed})
				var bad *load.BadRowsError
				if !errors.As(err, &bad) || bad.Max != allowed || len(bad.Rejected) != allowed+1 {
					t.Fatalf("with %d allowed the error is %v", allowed, err)
				}
				wantText(t, "table", table(t, e, "SELECT * FROM t"), "a:text\nold\n")
			}
			r := mustLoad(t, e, load.Options{Files: []string{file}, MaxErrors: n})
			wantText(t, "rejected", rejectedText(r.Rejected), test.want)
			if r.Bad != int64(n) {
				t.Errorf("%d bad rows, want %d", r.Bad, n)
			}
		})
	}

	file := write(t, "in.csv", "s,day,i,n\n\"two\nlines\",31/12/2020,1,1.25\nx,1/2/2020,2147483648,1\ny,2020-05-06,7,1000\nz,soon,8,-999.99\nv,1/2/2020,1.5,1\nw,1/2/2020,3,1.255\nu,,,\n")
	_, err := load.Load(t.Context(), e, load.Options{Table: "typed", Files: []string{file}, Append: true})
	wantText(t, "error", short(err, file), `in.csv:4: column i: "2147483648" is no INTEGER`)
	r := mustLoad(t, e, load.Options{Table: "typed", Files: []string{file}, Append: true, MaxErrors: 10})
	wantText(t, "rejected", rejectedText(r.Rejected), `in.csv:4: column i: "2147483648" is no INTEGER
in.csv:5: column n: "1000" is no DECIMAL(5,2)
in.csv:6: column day: "soon" is no DATE
in.csv:7: column i: "1.5" is no INTEGER
in.csv:8: column n: "1.255" is no DECIMAL(5,2)
`)
	wantText(t, "table", table(t, e, "SELECT * FROM typed"), "i:int | n:decimal | day:date | s:text\n1 | 1.25 | 2020-12-31 | \"two\\nlines\"\nnull | null | null | u\n")
}

func TestReplacingIsApproved(t *testing.T) {
	e := open(t, "")
	mustLoad(t, e, load.Options{Files: []string{write(t, "a.csv", "id\n1\n")}})
	refused := errors.New("refused")
	var asked []engine.Column
	approve := func(columns []engine.Column) error {
		asked = columns
		return refused
	}
	other := write(t, "b.csv", "day,sum,name\n2020-01-01,1.5,x\n")
	if _, err := load.Load(t.Context(), e, load.Options{Table: "t", Files: []string{other}, Approve: approve}); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	want := []engine.Column{{Name: "day", Type: datatype.Date, Native: "DATE"}, {Name: "sum", Type: datatype.Double, Native: "DOUBLE"}, {Name: "name", Type: datatype.Varchar, Native: "VARCHAR"}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	wantText(t, "unchanged", table(t, e, "SELECT * FROM t"), "id:int\n1\n")
	asked = nil
	mustLoad(t, e, load.Options{Files: []string{write(t, "c.csv", "id\n2\n")}, Append: true, Approve: approve})
	if asked != nil {
		t.Error("appending needs no approval")
	}
}

func TestReplaceAndAppend(t *testing.T) {
	e := open(t, "")
	first := write(t, "a.csv", "id,name,day\n1,x,2020-01-01\n")
	mustLoad(t, e, load.Options{Table: "Sales", Files: []string{first}})
	second := write(t, "b.csv", "Name,ID\ny,2\n")
	r := mustLoad(t, e, load.Options{Table: "sales", Files: []string{second, first}, Append: true})
	if r.Rows != 2 {
		t.Errorf("%d rows were added, want 2", r.Rows)
	}
	const both = "id:int | name:text | day:date\n1 | x | 2020-01-01\n2 | y | null\n1 | x | 2020-01-01\n"
	wantText(t, "appended", table(t, e, "SELECT * FROM sales"), both)

	extra := write(t, "c.csv", "id,colour\n3,red\n")
	_, err := load.Load(t.Context(), e, load.Options{Table: "sales", Files: []string{extra}, Append: true})
	wantText(t, "error", short(err, extra), `c.csv: table sales has no column "colour"; rows can only be appended to columns that exist`)
	var missing *engine.Error
	if _, err = load.Load(t.Context(), e, load.Options{Table: "none", Files: []string{first}, Append: true}); !errors.As(err, &missing) || missing.Kind != engine.KindNoTable {
		t.Errorf("appending to no table gives %v", err)
	}
	wantText(t, "unchanged", table(t, e, "SELECT * FROM sales"), both)

	mustLoad(t, e, load.Options{Table: "SALES", Files: []string{extra}})
	wantText(t, "replaced", table(t, e, "SELECT * FROM sales"), "id:int | colour:text\n3 | red\n")
	wantText(t, "tables", table(t, e, "SELECT table_name FROM duckdb_tables()"), "table_name:text\nSALES\n")
}

func TestUnion(t *testing.T) {
	e := open(t, "")
	csv := write(t, "a.csv", "id,day\n1,1/2/2020\n")
	more := write(t, "b.csv", "day,Id,note\n31/12/2020,2.5,x\n")
	lines := write(t, "c.ndjson", `{"id":3,"flag":true}`+"\n")
	mustLoad(t, e, load.Options{Files: []string{csv, more, lines}})
	wantText(t, "rows", table(t, e, "SELECT * FROM t"), "id:float | day:date | note:text | flag:bool\n1 | 2020-02-01 | null | null\n2.5 | 2020-12-31 | x | null\n3 | null | null | true\n")
}

func TestNames(t *testing.T) {
	e := open(t, "")
	exec(t, e, "CREATE TABLE victim AS SELECT 1 AS a")
	file := write(t, "in.csv", "\"a\"\"); DROP TABLE victim; --\",b\nx,1\n")
	for _, name := range []string{`"; DROP TABLE victim; --`, `a"b`, "select", "Übersicht 2024 – \\", "__searchlight_load", strings.Repeat("é", 128)} {
		mustLoad(t, e, load.Options{Table: name, Files: []string{file}})
		mustLoad(t, e, load.Options{Table: name, Files: []string{file}, Append: true})
		columns, err := e.Describe(t.Context(), engine.Table{Name: name})
		if err != nil || len(columns) != 2 || columns[0].Name != `a"); DROP TABLE victim; --` {
			t.Errorf("table %q has columns %v, %v", name, columns, err)
		}
		wantText(t, name, table(t, e, `SELECT count(*) AS n FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`), "n:int\n2\n")
	}
	wantText(t, "victim", table(t, e, "SELECT * FROM victim"), "a:int\n1\n")
	for _, name := range []string{"", "  ", "a\nb", "a\x00", "\xff", strings.Repeat("x", 129)} {
		var bad *load.Error
		if _, err := load.Load(t.Context(), e, load.Options{Table: name, Files: []string{file}}); !errors.As(err, &bad) {
			t.Errorf("table name %q gives %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	e := open(t, "")
	exec(t, e, "CREATE TABLE t AS SELECT 1 AS a")
	dir := filepath.Join(t.TempDir(), "dir.csv")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	good := write(t, "good.csv", "a\n2\n")
	for _, test := range []struct {
		name, file, want string
		options          load.Options
	}{
		{"missing", "/nowhere/x.csv", "x.csv: the file does not exist", load.Options{}},
		{"directory", dir, "dir.csv: this is a directory, not a file", load.Options{}},
		{"device", "/dev/null", "null: this is not a regular file, and cannot be read twice", load.Options{Format: "csv"}},
		{"empty", write(t, "e.csv", ""), "e.csv: the file is empty", load.Options{}},
		{"blank", write(t, "e.csv", "\n \n"), "e.csv: the file is empty", load.Options{}},
		{"mark alone", write(t, "e.csv", "\uFEFF"), "e.csv: the file is empty", load.Options{}},
		{"extension", write(t, "e.doc", "x"), "e.doc: a name that ends in .doc does not tell the format; give one of csv, tsv, json, ndjson, parquet, arrow, xlsx", load.Options{}},
		{"format", good, `the format "doc" is not known; give one of csv, tsv, json, ndjson, parquet, arrow, xlsx`, load.Options{Format: "doc"}},
		{"encoding", good, `the encoding "klingon" is not known; give utf-8, utf-16le, utf-16be, windows-1252 or latin1`, load.Options{Encoding: "klingon"}},
		{"delimiter", good, `the delimiter ",," is not one ASCII character that can stand between fields`, load.Options{Delimiter: ",,"}},
		{"max errors", good, "the number of bad rows cannot be negative: -1", load.Options{MaxErrors: -1}},
		{"second file", good, "x.csv: the file does not exist", load.Options{Files: []string{good, "/nowhere/x.csv"}}},
		{"JSON of numbers", write(t, "n.json", "[1,2]"), "n.json: the file holds no JSON objects; give an array of objects, or one object a line", load.Options{}},
		{"JSON of nothing", write(t, "n.json", "[]"), "n.json: the file holds no JSON objects; give an array of objects, or one object a line", load.Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := test.options
			o.Table = "t"
			if o.Files == nil {
				o.Files = []string{test.file}
			}
			_, err := load.Load(t.Context(), e, o)
			wantText(t, "error", short(err, append(o.Files, test.file)...), test.want)
			var own *load.Error
			if !errors.As(err, &own) {
				t.Errorf("the error is of type %T", err)
			}
		})
	}
	for _, name := range []string{"x.json", "x.ndjson", "x.parquet", "x.arrow", "x.xlsx"} {
		file := write(t, name, "{\"a\": 1}\n{\"a\": ")
		_, err := load.Load(t.Context(), e, load.Options{Table: "t", Files: []string{file}})
		var own *load.Error
		if !errors.As(err, &own) || own.File != file || strings.Contains(own.Message, "\n") {
			t.Errorf("broken %s gives %T %v", name, err, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := load.Load(ctx, e, load.Options{Table: "t", Files: []string{good}}); err == nil {
		t.Error("a cancelled load succeeds")
	}
	wantText(t, "table", table(t, e, "SELECT * FROM t"), "a:int\n1\n")
}

func TestProgress(t *testing.T) {
	e := open(t, "")
	file := write(t, "in.csv", "a,b\n"+strings.Repeat("1,some text\n", 400000))
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	var seen []load.Progress
	start := time.Now()
	mustLoad(t, e, load.Options{Files: []string{file}, Progress: func(p load.Progress) { seen = append(seen, p) }})
	if most := int(time.Since(start)/(100*time.Millisecond)) + 2; len(seen) > most {
		t.Errorf("%d calls, more than %d", len(seen), most)
	}
	for i, p := range seen {
		if p.Done > p.Total || i > 0 && (p.Done < seen[i-1].Done || p.Rows < seen[i-1].Rows) {
			t.Errorf("call %d is %+v after %+v", i, p, seen[max(i-1, 0)])
		}
	}
	if want := (load.Progress{File: file, Rows: 400000, Done: 2 * info.Size(), Total: 2 * info.Size()}); seen[len(seen)-1] != want {
		t.Errorf("the last call is %+v, want %+v", seen[len(seen)-1], want)
	}
}
