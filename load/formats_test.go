package load_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/xuri/excelize/v2"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/load"
)

func warnings(r *load.Report, file string) string {
	return strings.ReplaceAll(strings.Join(r.Warnings, "\n"), file, filepath.Base(file))
}

func TestJSON(t *testing.T) {
	e := open(t, "")
	for _, test := range []struct{ name, text, want, warnings string }{
		{"a.json", `[{"i":1,"d":1.5,"zip":"01234","s":"12","b":true,"day":"2020-12-31","big":1},
			{"i":-2,"d":2,"zip":"9","s":"","b":null,"day":"2021-01-01T10:00:00Z","big":12345678901234567890}]`,
			"i:int | d:float | zip:text | s:text | b:bool | day:datetime | big:text\n1 | 1.5 | 01234 | 12 | true | 2020-12-31 00:00:00 | 1\n-2 | 2 | 9 | \"\" | null | 2021-01-01 10:00:00 | 12345678901234567890\n", ""},
		{"b.ndjson", `{"a":1,"x":{"y":[1,"z"]}}` + "\n" + `{"b\"; --":"12/31/2020","a":"text"}` + "\n",
			"a:text | x:text | \"b\\\"; --\":date\n1 | \"{\\\"y\\\":[1,\\\"z\\\"]}\" | null\ntext | null | 2020-12-31\n",
			`b.ndjson: objects and arrays of column "x" became text`},
		{"c[1]*.jsonl", strings.Repeat(`{"n":1}`+"\n", 30000) + `{"n":"late"}`, "", ""},
		{"d.json", `{"json":{"a":1}}`, "json:text\n\"{\\\"a\\\":1}\"\n", `d.json: objects and arrays of column "json" became text`},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := write(t, test.name, test.text)
			r := mustLoad(t, e, load.Options{Files: []string{file}})
			wantText(t, "warnings", warnings(r, file), test.warnings)
			if test.want == "" {
				wantText(t, "rows", table(t, e, "SELECT count(*) AS c, max(n) AS n FROM t"), "c:int | n:text\n30001 | late\n")
				return
			}
			wantText(t, "rows", table(t, e, "SELECT * FROM t"), test.want)
		})
	}

	exec(t, e, "CREATE TABLE typed (n INTEGER)")
	file := write(t, "a.ndjson", `{"n":1}`+"\n"+`{"n":"x"}`+"\n"+`{"n":"3"}`+"\n")
	_, err := load.Load(t.Context(), e, load.Options{Table: "typed", Files: []string{file}, Append: true})
	wantText(t, "error", short(err, file), `a.ndjson:2: column n: "x" is no INTEGER`)
	mustLoad(t, e, load.Options{Table: "typed", Files: []string{file}, Append: true, MaxErrors: 1})
	wantText(t, "rows", table(t, e, "SELECT * FROM typed"), "n:int\n1\n3\n")
}

// parquet writes the result of a query to a file.
func parquet(t *testing.T, name, sql string) string {
	t.Helper()
	tool, err := duckdb.Open("", duckdb.Options{FileAccess: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tool.Close() }()
	file := filepath.Join(t.TempDir(), name)
	exec(t, tool, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet)", sql, file))
	return file
}

func TestParquet(t *testing.T) {
	e := open(t, "")
	file := parquet(t, "a.parquet", `SELECT 1::TINYINT AS small, 4294967295::UINTEGER AS u, 18446744073709551615::UBIGINT AS ub, 1.25::DECIMAL(10,2) AS money,
		1.5::FLOAT AS f, true AS b, DATE '2020-12-31' AS day, TIMESTAMP_NS '2020-12-31 10:20:30.123456789' AS ns,
		TIMESTAMPTZ '2020-12-31 10:00:00+02' AS tz, TIME '10:20:30' AS clock, '01234' AS zip, [1, 2] AS list, {'x': 'y'} AS struct, NULL::VARCHAR AS nothing, 5 AS "a""; --"`)
	r := mustLoad(t, e, load.Options{Files: []string{file}})
	var types []string
	for _, c := range r.Columns {
		types = append(types, c.Native)
	}
	wantText(t, "types", strings.Join(types, " "), "INTEGER BIGINT HUGEINT DECIMAL(10,2) FLOAT BOOLEAN DATE TIMESTAMP TIMESTAMP TIME VARCHAR VARCHAR VARCHAR VARCHAR INTEGER")
	wantText(t, "rows", table(t, e, "SELECT * FROM t"), `small:int | u:int | ub:number | money:decimal | f:float | b:bool | day:date | ns:datetime | tz:datetime | clock:time | zip:text | list:text | struct:text | nothing:text | "a\"; --":int
1 | 4294967295 | 18446744073709551615 | 1.25 | 1.5 | true | 2020-12-31 | 2020-12-31 10:20:30.123456 | 2020-12-31 08:00:00 | 10:20:30 | 01234 | [1,2] | "{\"x\":\"y\"}" | null | 5
`)
	wantText(t, "warnings", warnings(r, file), "a.parquet: column \"list\" of type INTEGER[] became text\na.parquet: column \"struct\" of type STRUCT(x VARCHAR) became text")

	exec(t, e, "CREATE TABLE typed (n BIGINT, d DOUBLE, s VARCHAR)")
	mustLoad(t, e, load.Options{Table: "typed", Append: true, Files: []string{parquet(t, "b.parquet", "SELECT 7 AS s, 1::INTEGER AS N")}})
	wantText(t, "rows", table(t, e, "SELECT * FROM typed"), "n:int | d:float | s:text\n1 | null | 7\n")
	wrong := parquet(t, "c.parquet", "SELECT 1.5::DOUBLE AS n")
	_, err := load.Load(t.Context(), e, load.Options{Table: "typed", Append: true, Files: []string{wrong}})
	wantText(t, "error", short(err, wrong), `c.parquet: column "n" is DOUBLE in the file and BIGINT in table typed`)

	// One schema for files of several formats.
	ints := parquet(t, "d[1].parquet", "SELECT 1 AS id, DATE '2020-01-01' AS at")
	csv := write(t, "d.csv", "at,id\n2020-01-02 10:00,2.5\n")
	mustLoad(t, e, load.Options{Files: []string{ints, csv}})
	wantText(t, "rows", table(t, e, "SELECT * FROM t"), "id:float | at:datetime\n1 | 2020-01-01 00:00:00\n2.5 | 2020-01-02 10:00:00\n")
}

func TestArrow(t *testing.T) {
	pool := memory.NewGoAllocator()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "i8", Type: arrow.PrimitiveTypes.Int8}, {Name: "u64", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64}, {Name: "b", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "s", Type: arrow.BinaryTypes.String}, {Name: "day", Type: arrow.FixedWidthTypes.Date32},
		{Name: "ts", Type: arrow.FixedWidthTypes.Timestamp_ms}, {Name: "clock", Type: arrow.FixedWidthTypes.Time32s},
		{Name: "money", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}}, {Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64)},
		{Name: "code", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
	}, nil)
	build := array.NewRecordBuilder(pool, schema)
	for range 3000 { // more than one chunk
		build.Field(0).(*array.Int8Builder).Append(-5)
		build.Field(1).(*array.Uint64Builder).Append(1<<64 - 1)
		build.Field(2).(*array.Float64Builder).Append(0.25)
		build.Field(3).(*array.BooleanBuilder).Append(true)
		build.Field(4).(*array.StringBuilder).Append("é")
		build.Field(5).(*array.Date32Builder).Append(arrow.Date32FromTime(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)))
		build.Field(6).(*array.TimestampBuilder).Append(1500)
		build.Field(7).(*array.Time32Builder).Append(3661)
		build.Field(8).(*array.Decimal128Builder).Append(decimal128.FromI64(-1205))
		list := build.Field(9).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Int64Builder).AppendValues([]int64{1, 2}, nil)
		if err := build.Field(10).(*array.BinaryDictionaryBuilder).AppendString("x"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range schema.NumFields() {
		build.Field(i).AppendNull()
	}
	batch := build.NewRecordBatch()
	e := open(t, "")
	for _, name := range []string{"a.arrow", "a.arrows"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name)
			out, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			var w interface {
				Write(arrow.RecordBatch) error
				Close() error
			} = ipc.NewWriter(out, ipc.WithSchema(schema))
			if name == "a.arrow" {
				if w, err = ipc.NewFileWriter(out, ipc.WithSchema(schema), ipc.WithZstd()); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Write(batch); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			_ = out.Close()
			r := mustLoad(t, e, load.Options{Files: []string{file}})
			if r.Rows != 3001 {
				t.Errorf("%d rows, want 3001", r.Rows)
			}
			wantText(t, "rows", table(t, e, "SELECT *, count(*) AS n FROM t GROUP BY ALL ORDER BY n"),
				"i8:int | u64:number | f:float | b:bool | s:text | day:date | ts:datetime | clock:time | money:decimal | list:text | code:text | n:int\n"+
					"null | null | null | null | null | null | null | null | null | null | null | 1\n"+
					"-5 | 18446744073709551615 | 0.25 | true | é | 1969-12-31 | 1970-01-01 00:00:01.5 | 01:01:01 | -12.05 | [1,2] | x | 3000\n")
		})
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	set := func(at string, value any) {
		t.Helper()
		if err := f.SetCellValue("Sheet1", at, value); err != nil {
			t.Fatal(err)
		}
	}
	style := func(at, code string) {
		t.Helper()
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err == nil {
			err = f.SetCellStyle("Sheet1", at, at, id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"id", "price", "zip", "ok", "day", "at", "clock", "note"} {
		at, _ := excelize.CoordinatesToCellName(i+1, 2)
		set(at, name)
	}
	day := time.Date(2020, 12, 31, 0, 0, 0, 0, time.UTC)
	set("A3", 1)
	set("B3", 1.5)
	set("C3", "01234")
	set("D3", true)
	set("E3", day)
	style("E3", `yyyy\-mm\-dd;@`)
	set("F3", day.Add(10*time.Hour+30*time.Minute))
	style("F3", "m/d/yy h:mm")
	set("G3", 0.4375)
	style("G3", "h:mm AM/PM")
	set("H3", "line 1\nline 2")
	set("A5", 2)
	set("B5", 1234.5)
	style("B5", `"day" #,##0.00`)
	set("D5", false)
	if _, err := f.NewSheet("Other"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellValue("Other", "A1", "lonely"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.xlsx")
	if err := f.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	e := open(t, "")
	r := mustLoad(t, e, load.Options{Files: []string{file}})
	wantText(t, "rows", table(t, e, "SELECT * FROM t"), "id:int | price:float | zip:text | ok:bool | day:date | at:datetime | clock:time | note:text\n"+
		"1 | 1.5 | 01234 | true | 2020-12-31 | 2020-12-31 10:30:00 | 10:30:00 | \"line 1\\nline 2\"\n2 | 1234.5 | null | false | null | null | null | null\n")
	wantText(t, "warnings", warnings(r, file), `a.xlsx: only sheet "Sheet1" was loaded; the others are Other`)
	mustLoad(t, e, load.Options{Files: []string{file}, Sheet: "other"})
	wantText(t, "rows", table(t, e, "SELECT * FROM t"), "lonely:text\n")
	_, err := load.Load(t.Context(), e, load.Options{Table: "t", Files: []string{file}, Sheet: "none"})
	wantText(t, "error", short(err, file), `a.xlsx: the workbook has no sheet "none"; it has Sheet1, Other`)

	exec(t, e, "CREATE TABLE typed (lonely BIGINT)")
	wide := write(t, "b.csv", "lonely\n5\n")
	mustLoad(t, e, load.Options{Table: "typed", Files: []string{wide}, Append: true})
	if columns, err := e.Describe(t.Context(), engine.Table{Name: "typed"}); err != nil || len(columns) != 1 {
		t.Errorf("columns %v, %v", columns, err)
	}
}
