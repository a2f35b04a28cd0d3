package result_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/result"
)

// cell encodes one value of a column.
func cell(t *testing.T, column result.Column, value any, f *result.Format) string {
	t.Helper()
	chunk, err := result.FromRows(result.Schema{column}, [][]any{{value}}).Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(result.AppendCell(nil, &chunk.Vectors[0], 0, f))
}

func TestAppendCell(t *testing.T) {
	decimal := func(scale int) result.Column { return result.Column{Kind: result.KindDecimal, Scale: scale} }
	of := func(kind result.Kind) result.Column { return result.Column{Kind: kind} }
	for _, test := range []struct {
		column result.Column
		value  any
		want   string
	}{
		{of(result.KindBool), true, "true"},
		{of(result.KindBool), false, "false"},
		{of(result.KindBool), nil, "null"},
		{of(result.KindInt), int64(math.MinInt64), "-9223372036854775808"},
		{of(result.KindInt), int64(math.MaxInt64), "9223372036854775807"},
		{of(result.KindInt), nil, "null"},
		{of(result.KindFloat), 0.0, "0"},
		{of(result.KindFloat), math.Copysign(0, -1), "0"},
		{of(result.KindFloat), 40.0, "40"},
		{of(result.KindFloat), -812.5, "-812.5"},
		{of(result.KindFloat), 0.1, "0.1"},
		{of(result.KindFloat), 0.30000000000000004, "0.30000000000000004"},
		{of(result.KindFloat), 0.0001, "0.0001"},
		{of(result.KindFloat), 0.00001, "0.00001"},
		{of(result.KindFloat), 1e-7, "1e-7"},
		{of(result.KindFloat), 1e-10, "1e-10"},
		{of(result.KindFloat), 9007199254740993.0, "9007199254740992"},
		{of(result.KindFloat), 1e20, "100000000000000000000"},
		{of(result.KindFloat), 1e21, "1e+21"},
		{of(result.KindFloat), math.MaxFloat64, "1.7976931348623157e+308"},
		{of(result.KindFloat), math.SmallestNonzeroFloat64, "5e-324"},
		{of(result.KindFloat), math.NaN(), "null"},
		{of(result.KindFloat), math.Inf(1), "null"},
		{of(result.KindFloat), math.Inf(-1), "null"},
		{decimal(2), "40.00", "40"},
		{decimal(2), "12.50", "12.5"},
		{decimal(2), "-0.05", "-0.05"},
		{decimal(2), "0", "0"},
		{decimal(0), "100", "100"},
		{decimal(18), "-9.223372036854775808", "-9.223372036854775808"},
		{decimal(4), "0.0001", "0.0001"},
		{decimal(19), "-0.9223372036854775808", "-0.9223372036854775808"},
		{decimal(22), "0.0009223372036854775800", "0.00092233720368547758"},
		{decimal(22), "0", "0"},
		{decimal(2), nil, "null"},
		{of(result.KindNumber), "123456789012345678901234567890", "123456789012345678901234567890"},
		{of(result.KindNumber), "-100.2500", "-100.25"},
		{of(result.KindNumber), "100.000", "100"},
		{of(result.KindNumber), "100", "100"},
		{of(result.KindNumber), nil, "null"},
		{of(result.KindText), "", `""`},
		{of(result.KindText), "a \"b\" \\ </script> & ünï 👋", `"a \"b\" \\ </script> & ünï 👋"`},
		{of(result.KindText), "\n\r\t\x00\x1f\x7f", `"\n\r\t\u0000\u001f` + "\x7f\""},
		{of(result.KindText), "a\xffb\xc3", `"a` + "\ufffdb\ufffd\""},
		{of(result.KindText), "\ufffd", "\"\ufffd\""},
		{of(result.KindText), nil, "null"},
		{of(result.KindDate), "1970-01-02", "86400"},
		{of(result.KindDate), "1969-12-31", "-86400"},
		{of(result.KindDateTime), "2021-06-02 10:00:00", "1622628000"},
		{of(result.KindDateTime), time.UnixMicro(-1).UTC(), "-1"},
		{of(result.KindDateTime), time.UnixMicro(1_999_999).UTC(), "1"},
		{of(result.KindTime), "23:59:59", "86399"},
		{of(result.KindTime), 1999 * time.Millisecond, "1"},
	} {
		if got := cell(t, test.column, test.value, &result.Format{}); got != test.want {
			t.Errorf("%v of kind %s is %s, want %s", test.value, test.column.Kind, got, test.want)
		}
	}
}

func TestIntegers(t *testing.T) {
	v := result.Vector{Kind: result.KindInt, Ints: make([]int64, 1)}
	for power := uint64(1); power < 1<<63; power *= 10 {
		for _, n := range []int64{int64(power) - 1, int64(power), int64(power) + 1, -int64(power) + 1, -int64(power), -int64(power) - 1} {
			v.Ints[0] = n
			if got, want := string(result.AppendCell(nil, &v, 0, nil)), strconv.FormatInt(n, 10); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if power > 1<<59 {
			break
		}
	}
}

func TestAppendCellInTimeZone(t *testing.T) {
	for _, test := range []struct {
		zone, wall string
		want       string // the instant, in UTC
	}{
		{"Europe/Paris", "2024-01-15 00:00:00", "2024-01-14T23:00:00Z"},
		{"Europe/Paris", "2024-07-15 00:00:00", "2024-07-14T22:00:00Z"},
		{"Europe/Paris", "2024-03-31 01:59:59", "2024-03-31T00:59:59Z"},
		{"Europe/Paris", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"}, // skipped
		{"Europe/Paris", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z"},
		{"Europe/Paris", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"}, // twice: the first
		{"Europe/Paris", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z"},
		{"America/New_York", "2024-11-03 00:00:00", "2024-11-03T04:00:00Z"},
		{"America/New_York", "2024-11-04 00:00:00", "2024-11-04T05:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04 00:00:00", "2018-11-04T03:00:00Z"}, // a midnight that is skipped
		{"Asia/Kolkata", "2024-02-29 12:00:00", "2024-02-29T06:30:00Z"},
		{"Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30T10:00:00Z"}, // the day after one without hours
		{"Europe/Paris", "1850-01-01 00:00:00", "1849-12-31T23:50:39Z"},
		{"Europe/Paris", "9999-07-01 00:00:00", "9999-06-30T22:00:00Z"},
	} {
		location, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		got := cell(t, result.Column{Kind: result.KindDateTime}, test.wall, &result.Format{Location: location})
		seconds, err := strconv.ParseInt(got, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if instant := time.Unix(seconds, 0).UTC().Format(time.RFC3339); instant != test.want {
			t.Errorf("%s in %s is %s, want %s", test.wall, test.zone, instant, test.want)
		}
	}
}

// Every hour of many years, as the library reads it, wherever it is sure.
func TestTimeZoneAgainstLibrary(t *testing.T) {
	for _, zone := range []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		f := &result.Format{Location: location}
		v := result.Vector{Kind: result.KindDateTime, Ints: make([]int64, 1)}
		for instant := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC); instant.Year() < 2040; instant = instant.Add(time.Hour) {
			local := instant.In(location)
			_, offset := local.Zone()
			v.Ints[0] = (instant.Unix() + int64(offset)) * 1e6
			got, err := strconv.ParseInt(string(result.AppendCell(nil, &v, 0, f)), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got == instant.Unix() {
				continue
			}
			// The second of two equal wall-clock times gives the first's instant.
			first := time.Unix(got, 0).In(location)
			if first.Format(time.DateTime) != local.Format(time.DateTime) || got > instant.Unix() {
				t.Fatalf("%s in %s is %s, want %s", local.Format(time.DateTime), zone, first.UTC(), instant)
			}
		}
	}
}

func TestAppendRows(t *testing.T) {
	schema := result.Schema{{Name: "Region", Kind: result.KindText}, {Name: `Total "Revenue"`, Kind: result.KindDecimal, Scale: 2}}
	chunk, err := result.FromRows(schema, [][]any{{"east", "812.50"}, {"west", "640.00"}, {nil, nil}}).Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(chunk.AppendRowsCompact([]byte("["), 0, 3, nil)), `[["east",812.5],["west",640],[null,null]`; got != want {
		t.Errorf("compact is %s, want %s", got, want)
	}
	if got, want := string(chunk.AppendRowsCompact(nil, 1, 2, nil)), `["west",640]`; got != want {
		t.Errorf("compact is %s, want %s", got, want)
	}
	if got := chunk.AppendRowsCompact(nil, 3, 3, nil); len(got) != 0 {
		t.Errorf("no rows are %s", got)
	}
	keys := result.NewKeys(schema.Names())
	if got, want := string(chunk.AppendRowsFull(nil, 0, 2, keys, nil)),
		`{"Region":"east","Total \"Revenue\"":812.5},{"Region":"west","Total \"Revenue\"":640}`; got != want {
		t.Errorf("full is %s, want %s", got, want)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\xffb", "\"\\\n\x00", "日本語 👋", "\xf0\x9f\x91"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		encoded := result.AppendString(nil, s)
		var back string
		if err := json.Unmarshal(encoded, &back); err != nil || !utf8.Valid(encoded) {
			t.Fatalf("%q is encoded as %q: %v", s, encoded, err)
		}
		if want := string([]rune(s)); back != want {
			t.Fatalf("%q comes back as %q", s, back)
		}
	})
}

func FuzzFloat(f *testing.F) {
	for _, n := range []float64{0, 0.1, 1.005, 12345.6789, 1e-4, 99999999999.9999, 1e300, 123456.78901} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n float64) {
		v := result.Vector{Kind: result.KindFloat, Floats: []float64{n}}
		got := string(result.AppendCell(nil, &v, 0, nil))
		if math.IsNaN(n) || math.IsInf(n, 0) {
			if got != "null" {
				t.Fatalf("%v is %s", n, got)
			}
			return
		}
		want, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			want = []byte("0")
		}
		if back, err := strconv.ParseFloat(got, 64); err != nil || back != n {
			t.Fatalf("%v is %s", n, got)
		}
		if got != string(want) {
			t.Fatalf("%v is %s, want %s", n, got, want)
		}
	})
}

func TestTableAndReadAll(t *testing.T) {
	schema := result.Schema{
		{Name: "flag", Kind: result.KindBool}, {Name: "int", Kind: result.KindInt}, {Name: "float", Kind: result.KindFloat},
		{Name: "decimal", Kind: result.KindDecimal, Scale: 2}, {Name: "number", Kind: result.KindNumber}, {Name: "text", Kind: result.KindText},
		{Name: "date", Kind: result.KindDate}, {Name: "moment", Kind: result.KindDateTime}, {Name: "time", Kind: result.KindTime},
	}
	rows := [][]any{
		{true, 1, 1.5, "2.50", "123456789012345678901.10", "plain", "2024-02-29", "2024-02-29 01:02:03", "04:05:06"},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil},
		{false, -1, math.NaN(), 3, 4, "null", time.Date(1900, 1, 1, 23, 0, 0, 0, time.UTC), time.UnixMicro(500_000).UTC(), time.Millisecond},
		{false, 0, 2, "0", "0", "a | b\n", "0001-01-01", "9999-12-31", "00:00:00"},
	}
	got, err := result.Table(t.Context(), result.FromRows(schema, rows))
	if err != nil {
		t.Fatal(err)
	}
	const want = `flag:bool | int:int | float:float | decimal:decimal | number:number | text:text | date:date | moment:datetime | time:time
true | 1 | 1.5 | 2.5 | 123456789012345678901.1 | plain | 2024-02-29 | 2024-02-29 01:02:03 | 04:05:06
null | null | null | null | null | null | null | null | null
false | -1 | null | 3 | 4 | "null" | 1900-01-01 | 1970-01-01 00:00:00.5 | 00:00:00.001
false | 0 | 2 | 0 | 0 | "a | b\n" | 0001-01-01 | 9999-12-31 00:00:00 | 00:00:00
`
	if got != want {
		t.Errorf("table is\n%s\nwant\n%s", got, want)
	}
}

func TestFromRows(t *testing.T) {
	schema := result.Schema{{Name: "n", Kind: result.KindInt}}
	many := make([][]any, 5000)
	for i := range many {
		many[i] = []any{i}
	}
	rows := result.FromRows(schema, many)
	count := 0
	for {
		chunk, err := rows.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || chunk.Rows == 0 {
			t.Fatal(chunk, err)
		}
		for i := range chunk.Rows {
			if chunk.Vectors[0].Ints[i] != int64(count) {
				t.Fatalf("row %d is %d", count, chunk.Vectors[0].Ints[i])
			}
			count++
		}
	}
	if count != 5000 {
		t.Errorf("%d rows, want 5000", count)
	}

	for _, bad := range [][]any{{"text"}, {1.5}, {true}, {time.Now()}, {[]int{}}, {}, {1, 2}} {
		if _, err := result.FromRows(schema, [][]any{bad}).Next(t.Context()); err == nil {
			t.Errorf("%v is accepted in an int column", bad)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := result.FromRows(schema, many).Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

func TestFloat64(t *testing.T) {
	for _, test := range []struct {
		v    result.Vector
		want float64
		ok   bool
	}{
		{result.Vector{Kind: result.KindInt, Ints: []int64{-3}}, -3, true},
		{result.Vector{Kind: result.KindFloat, Floats: []float64{1.5}}, 1.5, true},
		{result.Vector{Kind: result.KindFloat, Floats: []float64{math.Inf(1)}}, math.Inf(1), false},
		{result.Vector{Kind: result.KindDecimal, Scale: 1, Ints: []int64{1}}, 0.1, true},
		{result.Vector{Kind: result.KindDecimal, Scale: 2, Ints: []int64{math.MaxInt64}}, 92233720368547758.07, true},
		{result.Vector{Kind: result.KindNumber, Texts: []string{"1e3"}}, 1000, true},
		{result.Vector{Kind: result.KindNumber, Texts: []string{"123456789012345678901"}}, 123456789012345678901, true},
		{result.Vector{Kind: result.KindText, Texts: []string{"1"}}, 0, false},
		{result.Vector{Kind: result.KindInt, Ints: []int64{1}, Valid: []uint64{0}}, 0, false},
	} {
		if got, ok := test.v.Float64(0); got != test.want || ok != test.ok {
			t.Errorf("%+v is %v, %v, want %v, %v", test.v, got, ok, test.want, test.ok)
		}
	}
}

// benchChunk has the columns of the budget: ints, doubles, dates, text.
func benchChunk(b *testing.B) *result.Chunk {
	schema := result.Schema{
		{Name: "id", Kind: result.KindInt}, {Name: "amount", Kind: result.KindFloat}, {Name: "date", Kind: result.KindDate},
		{Name: "name", Kind: result.KindText}, {Name: "quantity", Kind: result.KindInt}, {Name: "price", Kind: result.KindDecimal, Scale: 2},
	}
	rows := make([][]any, 2048)
	for i := range rows {
		rows[i] = []any{i * 1000, float64(i) * 1.37, time.Unix(int64(i)*86400, 0).UTC(), "name number " + strconv.Itoa(i), i % 100, strconv.Itoa(i) + ".25"}
	}
	chunk, err := result.FromRows(schema, rows).Next(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return chunk
}

func BenchmarkAppendRowsCompact(b *testing.B) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	for _, location := range []*time.Location{time.UTC, paris} {
		b.Run(location.String(), func(b *testing.B) {
			chunk, f := benchChunk(b), &result.Format{Location: location}
			var buffer []byte
			for b.Loop() {
				buffer = chunk.AppendRowsCompact(buffer[:0], 0, chunk.Rows, f)
			}
			b.SetBytes(int64(len(buffer)))
			b.ReportMetric(float64(b.N)*float64(chunk.Rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkAppendRowsFull(b *testing.B) {
	chunk := benchChunk(b)
	keys := result.NewKeys([]string{"id", "amount", "date", "name", "quantity", "price"})
	var buffer []byte
	for b.Loop() {
		buffer = chunk.AppendRowsFull(buffer[:0], 0, chunk.Rows, keys, nil)
	}
	b.SetBytes(int64(len(buffer)))
}
