package enginetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/result"
)

// typeRows is enough for several chunks, the last of them not full.
const typeRows = 5000

// A typeCase is a column of a type. Of its values every fourth is null, every
// fourth the first extreme, every fourth the second, and the others are
// computed from the row number.
type typeCase struct {
	name, sql    string
	kinds        []result.Kind // those allowed
	low, high    string        // in the text form of the type
	general      string        // SQL, of i
	lowV, highV  any
	generalValue func(i int) any
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

var (
	lastMicro = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	longText  = strings.Repeat("Überlänge 👋 ", 100)
	ints      = []result.Kind{result.KindInt}
	floats    = []result.Kind{result.KindFloat}
	decimals  = []result.Kind{result.KindDecimal, result.KindNumber}
	texts     = []result.Kind{result.KindText}
)

var typeCases = []typeCase{
	{"a_bool", "BOOLEAN", []result.Kind{result.KindBool}, "false", "true", "i % 8 = 0", false, true,
		func(i int) any { return i%8 == 0 }},
	{"a_smallint", "SMALLINT", ints, "-32768", "32767", "i - 2500", int64(-32768), int64(32767),
		func(i int) any { return int64(i - 2500) }},
	{"an_integer", "INTEGER", ints, "-2147483648", "2147483647", "i * 1000", int64(-2147483648), int64(2147483647),
		func(i int) any { return int64(i * 1000) }},
	{"a_bigint", "BIGINT", ints, "-9223372036854775808", "9223372036854775807", "CAST(i AS BIGINT) * 1000000000000", int64(-1 << 63), int64(1<<63 - 1),
		func(i int) any { return int64(i) * 1_000_000_000_000 }},
	{"a_real", "REAL", floats, "-3.4028235e38", "0.1", "i + 0.5", -3.4028235e38, 0.1,
		func(i int) any { return float64(i) + 0.5 }},
	{"a_double", "DOUBLE PRECISION", floats, "-1.7976931348623157e308", "2.2250738585072014e-308", "i / CAST(8 AS DOUBLE PRECISION)", -1.7976931348623157e308, 2.2250738585072014e-308,
		func(i int) any { return float64(i) / 8 }},
	{"a_decimal", "NUMERIC(18, 2)", decimals, "-9999999999999999.99", "0.01", "i + 0.25", "-9999999999999999.99", "0.01",
		func(i int) any { return fmt.Sprintf("%d.25", i) }},
	{"a_short_decimal", "NUMERIC(4, 3)", decimals, "-9.999", "0", "0.5", "-9.999", "0",
		func(int) any { return "0.5" }},
	{"a_long_decimal", "NUMERIC(38, 10)", decimals, "-9999999999999999999999999999.9999999999", "123456789012345678901234567.0000000001", "i - 2500.5",
		"-9999999999999999999999999999.9999999999", "123456789012345678901234567.0000000001",
		func(i int) any { return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(i)-2500.5), ".0") }},
	{"a_long_integer", "NUMERIC(38, 0)", decimals, "-99999999999999999999999999999999999999", "9223372036854775808", "i",
		"-99999999999999999999999999999999999999", "9223372036854775808",
		func(i int) any { return fmt.Sprint(i) }},
	{"a_text", "VARCHAR", texts, "", longText, "'row ' || i", "", longText,
		func(i int) any { return fmt.Sprintf("row %d", i) }},
	{"a_date", "DATE", []result.Kind{result.KindDate}, "0001-01-01", "9999-12-31", "DATE '2000-01-01' + CAST(i AS INTEGER)", date(1, 1, 1), date(9999, 12, 31),
		func(i int) any { return date(2000, 1, 1).AddDate(0, 0, i) }},
	{"a_timestamp", "TIMESTAMP", []result.Kind{result.KindDateTime}, "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
		"TIMESTAMP '1969-12-31 23:00:00.000001' + i * INTERVAL '1' SECOND", date(1, 1, 1), lastMicro,
		func(i int) any {
			return time.Date(1969, 12, 31, 23, 0, 0, 1000, time.UTC).Add(time.Duration(i) * time.Second)
		}},
	{"a_zoned_timestamp", "TIMESTAMP WITH TIME ZONE", []result.Kind{result.KindDateTime}, "2024-03-10 12:00:00+05:30", "1950-01-01 00:00:00-01:00",
		"TIMESTAMP WITH TIME ZONE '2024-03-10 12:00:00+00:00'", time.Date(2024, 3, 10, 6, 30, 0, 0, time.UTC), time.Date(1950, 1, 1, 1, 0, 0, 0, time.UTC),
		func(int) any { return time.Date(2024, 3, 10, 12, 0, 0, 0, time.UTC) }},
	{"a_time", "TIME", []result.Kind{result.KindTime}, "00:00:00", "23:59:59.999999", "TIME '01:02:03.000004'",
		time.Duration(0), 24*time.Hour - time.Microsecond,
		func(int) any { return time.Hour + 2*time.Minute + 3*time.Second + 4*time.Microsecond }},
	{"a_uuid", "UUID", texts, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"CAST('12345678-9abc-def0-1234-56789abcdef0' AS UUID)", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		func(int) any { return "12345678-9abc-def0-1234-56789abcdef0" }},
}

func testTypes(t *testing.T, h Harness) {
	e := h.Open(t)
	for _, c := range typeCases {
		t.Run(c.name, func(t *testing.T) {
			table := "t_" + c.name
			h.Exec(t, e, fmt.Sprintf("CREATE TABLE %s (id INTEGER, value %s)", table, c.sql))
			h.Exec(t, e, fmt.Sprintf(`INSERT INTO %s SELECT i, CASE i %% 4 WHEN 1 THEN CAST('%s' AS %s) WHEN 2 THEN CAST('%s' AS %s) WHEN 3 THEN CAST(%s AS %s) END FROM %s`,
				table, c.low, c.sql, c.high, c.sql, c.general, c.sql, h.series(typeRows)))
			want := make([][]any, typeRows)
			for row := range want {
				i := row + 1
				want[row] = []any{int64(i), [...]any{nil, c.lowV, c.highV, c.generalValue(i)}[i%4]}
			}
			rows := query(t, e, "SELECT id, value FROM "+table+" ORDER BY id")
			checkKind(t, rows.Schema()[1].Kind, c.kinds)
			got, err := result.ReadAll(t.Context(), rows)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("values (-want +got):\n%.2000s", diff)
			}

			// A column without any null, and one without any value.
			for _, part := range []struct {
				where string
				want  []any
			}{
				{"value IS NOT NULL AND id > 4990", []any{c.lowV, c.highV, c.generalValue(4991), c.lowV, c.highV, c.generalValue(4995), c.lowV, c.highV, c.generalValue(4999)}},
				{"value IS NULL AND id > 4990", []any{nil, nil, nil}},
			} {
				var values []any
				for _, row := range read(t, e, fmt.Sprintf("SELECT value FROM %s WHERE %s ORDER BY id", table, part.where)) {
					values = append(values, row[0])
				}
				if part.want[0] != nil {
					// 4990 leaves 2 in the cycle, so the first is a computed one.
					part.want = append(part.want[2:3:3], part.want[3:]...)
				}
				if diff := cmp.Diff(part.want, values); diff != "" {
					t.Errorf("where %s (-want +got):\n%s", part.where, diff)
				}
			}
		})
	}
}

func checkKind(t *testing.T, got result.Kind, allowed []result.Kind) {
	t.Helper()
	for _, kind := range allowed {
		if got == kind {
			return
		}
	}
	t.Errorf("the column is of kind %s, want one of %v", got, allowed)
}

// testSums checks numbers whose types widen under aggregates.
func testSums(t *testing.T, h Harness) {
	e := h.Open(t)
	h.Exec(t, e, "CREATE TABLE summed (a INTEGER, b BIGINT, c NUMERIC(18, 2), d DOUBLE PRECISION)")
	h.Exec(t, e, "INSERT INTO summed SELECT 2147483647, 9223372036854775807, CAST('9999999999999999.99' AS NUMERIC(18, 2)), 0.5 FROM "+h.series(1000))
	rows := query(t, e, "SELECT sum(a) AS a, sum(b) AS b, sum(c) AS c, sum(d) AS d, count(*) AS n FROM summed")
	got, err := result.ReadAll(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"2147483647000", "9223372036854775807000", "9999999999999999990", 500.0, int64(1000)}
	if len(got) == 1 && got[0][0] == int64(2147483647000) { // sum of INTEGER is BIGINT here
		want[0] = int64(2147483647000)
	}
	if diff := cmp.Diff([][]any{want}, got); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}

	// In JSON all of them are numbers, whatever form they have.
	rows = query(t, e, "SELECT sum(a) AS a, sum(b) AS b, sum(c) AS c, sum(d) AS d, count(*) AS n FROM summed")
	chunk, err := rows.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const wantJSON = "[2147483647000,9223372036854775807000,9999999999999999990,500,1000]"
	if gotJSON := string(chunk.AppendRowsCompact(nil, 0, chunk.Rows, nil)); gotJSON != wantJSON {
		t.Errorf("JSON is %s, want %s", gotJSON, wantJSON)
	}
}
