package rowtest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"

	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
)

// attributes names formulas F1, F2 …
func attributes(formulas ...string) []searchlight.Formula {
	var out []searchlight.Formula
	for i, f := range formulas {
		out = append(out, searchlight.Formula{Name: fmt.Sprint("F", i+1), Expr: f})
	}
	return out
}

// inRow replaces # by a constant that is known to the database alone: the value
// of the row with the id 1.
func inRow(formula, constant string) string {
	return strings.ReplaceAll(formula, "#", "( if ( [id] = 1 ) then "+constant+" else null )")
}

// TestConversions computes formulas of a constant that is known when the
// formula is compiled, and of the same value in a row.
func TestConversions(t *testing.T) {
	tests := []struct{ formula, constant, want string }{
		{"to_integer ( # )", "2.7", "3"}, {"to_integer ( # )", "- 2.7", "-3"}, {"to_integer ( # )", "0.49999999999999994", "0"},
		{"to_integer ( # )", "4503599627370497.5", "4503599627370498"}, {"to_integer ( # )", "9.3e18", "null"}, {"to_integer ( # )", "-1e30", "null"},
		{"to_integer ( # )", "'2.5'", "3"}, {"to_integer ( # )", "'-9223372036854775808'", "-9223372036854775808"},
		{"to_integer ( # )", "'9223372036854775808'", "null"}, {"to_integer ( # )", "''", "null"}, {"to_integer ( # )", "true", "1"}, {"to_integer ( # )", "5", "5"},
		{"to_double ( # )", "' 7'", "7"}, {"to_double ( # )", "'abc'", "null"}, {"to_double ( # )", "'+.5'", "0.5"}, {"to_double ( # )", "'-5.'", "-5"},
		{"to_double ( # )", "'1E-3'", "0.001"}, {"to_double ( # )", "'1e199'", "1e199"}, {"to_double ( # )", "'1e-199'", "1e-199"}, {"to_double ( # )", "'1e999'", "null"},
		{"to_double ( # )", "'" + strings.Repeat("9", 100) + "'", "1e100"}, {"to_double ( # )", "'" + strings.Repeat("9", 101) + "'", "null"},
		{"to_double ( # )", "'1_000'", "null"}, {"to_double ( # )", "'1,5'", "null"}, {"to_double ( # )", "'0x10'", "null"}, {"to_double ( # )", "'nan'", "null"},
		{"to_double ( # )", "'-inf'", "null"}, {"to_double ( # )", "'١'", "null"}, {"to_double ( # )", "'--1'", "null"}, {"to_double ( # )", "'.'", "null"},
		{"to_double ( # )", "'1 2'", "null"}, {"to_double ( # )", "'7\t'", "7"}, {"to_double ( # )", "false", "0"}, {"to_double ( # )", "3", "3"},
		{"to_bool ( # )", "0", "false"}, {"to_bool ( # )", "-0.5", "true"}, {"to_bool ( # )", "'TRUE'", "true"}, {"to_bool ( # )", "'1'", "false"}, {"to_bool ( # )", "true", "true"},
		{"to_string ( # )", "46", "46"}, {"to_string ( # )", "46.0", "46"}, {"to_string ( # )", "- 0.1", "-0.1"}, {"to_string ( # )", "1e15", "1000000000000000"},
		{"to_string ( # )", "1234567890123456.75", "1234567890123456.8"}, {"to_string ( # )", "- 9e15", "-9000000000000000"}, {"to_string ( # )", "1e16", "1e+16"},
		{"to_string ( # )", "0.0001", "0.0001"}, {"to_string ( # )", "0.00001", "1e-05"}, {"to_string ( # )", "1.5e300", "1.5e+300"}, {"to_string ( # )", "2 < 3", "true"},

		{"to_date ( # , '%d/%m/%Y' )", "'31/03/2001'", "2001-03-31"}, {"to_date ( # , '%Y-%m-%d' )", "'2024-02-29'", "2024-02-29"},
		{"to_date ( # , '%Y-%m-%d' )", "'2023-02-29'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "' 2024-2-9 '", "2024-02-09"},
		{"to_date ( # , '%Y-%m-%d' )", "'2024-04-31'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'2024-13-01'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'2024-00-01'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'2024-01-00'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'2024-01-32'", "null"},
		{"to_date ( # , '%Y-%j' )", "'2024-999'", "null"}, {"to_date ( # , '%m/%y' )", "'2/00'", "2000-02-01"},
		{"to_date ( # , '%Y-%m-%d' )", "'12024-01-01'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'0000-01-01'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'0001-01-01'", "0001-01-01"},
		{"to_date ( # , '%Y-%m-%d' )", "'9999-12-31'", "9999-12-31"}, {"to_date ( # , '%Y-%m-%d' )", "'2024-01-01x'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "''", "null"},
		{"to_date ( # , '%Y-%m-%d' )", "'1900-02-29'", "null"}, {"to_date ( # , '%Y-%m-%d' )", "'2000-02-29'", "2000-02-29"}, {"to_date ( # , '%Y' )", "'24'", "0024-01-01"},
		{"to_date ( # , '%m/%d/%y' )", "'03/31/68'", "2068-03-31"}, {"to_date ( # , '%m/%d/%y' )", "'03/31/69'", "1969-03-31"}, {"to_date ( # , '%m/%d/%y' )", "'03/31/7'", "2007-03-31"},
		{"to_date ( # , '%Y%m%d' )", "'20240229'", "2024-02-29"}, {"to_date ( # , '%Y%m%d' )", "'2024229'", "null"}, {"to_date ( # , '%Y%m%d' )", "20241231", "2024-12-31"},
		{"to_date ( # , '%Y%m%d' )", "-20241231", "null"}, {"to_date ( # , '%m%d%Y' )", "1012024", "0024-10-12"},
		{"to_date ( # , '%B %d %Y' )", "'february 29 2024'", "2024-02-29"}, {"to_date ( # , '%B %d %Y' )", "'DECEMBER 1 2024'", "2024-12-01"},
		{"to_date ( # , '%B %d %Y' )", "'Dec 1 2024'", "null"}, {"to_date ( # , '%d-%b-%Y' )", "'01-Sep-2024'", "2024-09-01"}, {"to_date ( # , '%d-%b-%Y' )", "'01-anf-2024'", "null"},
		{"to_date ( # , '%A, %d %b %Y' )", "'Monday, 01 Jan 2024'", "2024-01-01"}, {"to_date ( # , '%a %d %m %Y' )", "'Moon 01 01 2024'", "null"},
		{"to_date ( # , '%Y-%j' )", "'2024-366'", "2024-12-31"}, {"to_date ( # , '%Y-%j' )", "'2023-366'", "null"}, {"to_date ( # , '%Y-%j' )", "'2023-60'", "2023-03-01"},
		{"to_date ( # , '%Y-%j' )", "'2023-000'", "null"}, {"to_date ( # , '%y%j' )", "'24366'", "2024-12-31"},
		{"to_date ( # , '%Y-%m-%d %H:%M:%S' )", "'2024-02-29 23:59:59'", "2024-02-29"}, {"to_date ( # , '%Y-%m-%d %H:%M:%S' )", "'2024-02-29 24:00:00'", "null"},
		{"to_date ( # , '%d.%m.%Y %I:%M %p' )", "'29.02.2024 11:30 pm'", "2024-02-29"}, {"to_date ( # , '%d.%m.%Y' )", "'29x02x2024'", "null"},
		{`to_date ( # , "yyyy-MM-dd'T'HH:mm" )`, "'2024-02-29T10:00'", "2024-02-29"}, {`to_date ( # , "'''Y'yyyy" )`, `"'Y2024"`, "2024-01-01"},
		{"to_date ( # , 'dd MMMM yyyy' )", "'3 March 2024'", "2024-03-03"},
		{"to_date ( # , '100%% (%Y)|$' )", "'100% (2024)|$'", "2024-01-01"}, {"to_date ( # , 'année %Y' )", "'année 2024'", "2024-01-01"}, {"to_date ( # , '%m' )", "'5'", "1900-05-01"},

		{"to_string ( # , '%m/%d/%y' )", "to_date ( '2001-03-31' , '%Y-%m-%d' )", "03/31/01"},
		{"to_string ( # , '%Y %y %m %d %j %B %b %A %a %H %I %M %S %p %%' )", "02/01/2001 00:05:09", "2001 01 02 01 032 February Feb Thursday Thu 00 12 05 09 AM %"},
		{"to_string ( # , '%I %p' )", "02/01/2001 12:05:09", "12 PM"}, {"to_string ( # , '%H:%M' )", "02/01/2001", "00:00"},
		{`to_string ( # , "yyyy 'o''clock' hh a EEEE" )`, "02/01/2001 13:00", "2001 o'clock 01 PM Thursday"},
		{"to_string ( # , '%A' )", "02/01/2001", "Thursday"}, {"to_string ( # , '%Y' )", "to_date ( '987' , '%Y' )", "0987"},

		{"date ( # )", "02/01/2024 10:59", "2024-02-01"}, {"date ( # )", "02/01/2024", "2024-02-01"},
		{"time ( # )", "02/01/2024 10:59", "10:59:00"}, {"time ( # )", "02/01/2024", "00:00:00"},
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for _, test := range tests {
			both := attributes(strings.ReplaceAll(test.formula, "#", test.constant), inRow(test.formula, test.constant))
			db.formulas(t, both, nil, "[id] [F1] [F2] [id] = 1", []string{"1 | " + test.want + " | " + test.want})
		}
	})
}

// TestDateVectors computes formulas of formulas.md 5.1 and at the edges of
// calendars.
func TestDateVectors(t *testing.T) {
	day := func(date string) string { return "to_date ( '" + date + "' , '%Y-%m-%d' )" }
	vectors := [][2]string{
		{"diff_days ( " + day("2026-10-10") + " , " + day("2026-10-04") + " )", "6"},
		{"diff_weeks ( " + day("2026-10-10") + " , " + day("2026-10-04") + " )", "1"},
		{"diff_months ( " + day("2026-02-01") + " , " + day("2026-01-31") + " )", "1"},
		{"diff_months ( " + day("2026-01-31") + " , " + day("2026-02-01") + " )", "-1"},
		{"diff_years ( " + day("2026-01-01") + " , " + day("2025-12-31") + " )", "1"},
		{"diff_quarters ( " + day("2026-04-01") + " , " + day("2026-03-31") + " )", "1"},
		{"add_months ( " + day("2026-01-31") + " , 1 )", "2026-02-28"}, {"add_months ( " + day("2015-01-30") + " , 5 )", "2015-06-30"},
		{"add_years ( " + day("2024-02-29") + " , 1 )", "2025-02-28"}, {"day_number_of_week ( " + day("2026-10-04") + " )", "7"},
		{"start_of_week ( " + day("2026-10-04") + " )", "2026-09-28"}, {"week_number_of_year ( " + day("2021-01-01") + " )", "53"},
		{"week_number_of_year ( " + day("2019-12-30") + " )", "1"}, {"week_number_of_quarter ( " + day("2017-04-03") + " )", "1"},
		{"day_of_week ( " + day("2015-01-30") + " )", "friday"}, {"month ( " + day("2014-01-15") + " )", "january"},
		{"day_number_of_quarter ( " + day("2015-01-30") + " )", "30"}, {"is_weekend ( " + day("2015-01-31") + " )", "true"},

		{"diff_weeks ( " + day("2024-01-01") + " , " + day("2023-12-31") + " )", "1"}, {"diff_weeks ( " + day("2023-12-31") + " , " + day("2023-12-25") + " )", "0"},
		{"diff_weeks ( 01/01/1900 , 01/08/1900 )", "-1"}, {"diff_months ( 01/01/2024 00:00 , 12/31/2023 23:59 )", "1"},
		{"diff_quarters ( 12/31/1899 , 01/01/1900 )", "-1"}, {"diff_years ( 12/31/2024 , 01/01/2024 )", "0"},
		{"diff_hours ( 01/01/1970 00:30 , 12/31/1969 23:59 )", "1"}, {"diff_hours ( 12/31/1959 , 01/01/1960 00:59 )", "-24"},
		{"diff_minutes ( 01/01/2024 00:01 , 01/01/2024 00:00:59 )", "1"}, {"diff_minutes ( 01/01/1960 00:00:01 , 12/31/1959 23:59:59 )", "1"},
		{"diff_time ( 01/01/1960 00:00:01 , 12/31/1959 23:59:59 )", "2"}, {"diff_time ( 01/01/2024 , null )", "null"},
		{"diff_days ( 01/02/2024 00:01 , 01/01/2024 23:59 )", "1"}, {"diff_days ( '2024-01-02' , '01/01/2024' )", "1"},

		{"add_days ( 02/28/2024 , 2 )", "2024-03-01"}, {"add_days ( 02/28/2024 10:00 , -59 )", "2023-12-31 10:00:00"}, {"add_weeks ( 12/31/2023 10:00 , 9 )", "2024-03-03 10:00:00"},
		{"add_months ( 03/31/2024 10:00 , -1 )", "2024-02-29 10:00:00"}, {"add_years ( 02/29/2024 10:00 , -4 )", "2020-02-29 10:00:00"},
		{"add_minutes ( 02/28/2024 23:59 , 1 )", "2024-02-29 00:00:00"}, {"add_seconds ( 01/01/2024 00:00:00 , -1 )", "2023-12-31 23:59:59"},
		{"add_seconds ( time ( 01/01/2024 00:00:00 ) , -1 )", "23:59:59"}, {"add_days ( null , 1 )", "null"}, {"add_days ( 01/31/2024 , null )", "null"},

		{"year ( 12/31/1899 23:59:59 )", "1899"}, {"year ( 12/31/1899 , calendar )", "1899"}, {"year_name ( 12/31/1899 , 'Calendar' )", "1899"},
		{"quarter_number ( 04/01/2024 )", "2"}, {"month_number_of_quarter ( 06/30/2024 )", "3"}, {"day_number_of_year ( 12/31/2024 )", "366"},
		{"week_number_of_month ( 01/01/2021 )", "5"}, {"start_of_quarter ( 12/31/2024 23:59 )", "2024-10-01"}, {"start_of_year ( 12/31/2024 23:59 )", "2024-01-01"},
		{"start_of_hour ( 01/31/2024 )", "2024-01-31 00:00:00"}, {"start_of_hour ( 12/31/1969 23:59:59 )", "1969-12-31 23:00:00"},
		{"start_of_min ( 12/31/1969 23:59:59 )", "1969-12-31 23:59:00"}, {"hour_of_day ( 12/31/1969 23:59:59 )", "23"}, {"month ( null )", "null"},

		{"today ( )", "2024-09-24"}, {"now ( )", "2024-09-24 10:30:00"}, {"diff_days ( today ( ) , 09/01/2024 )", "23"},
		{"add_months ( today ( ) , -7 )", "2024-02-24"}, {"day_of_week ( now ( ) )", "tuesday"}, {"today ( ) = date ( now ( ) )", "true"},
	}
	for _, unit := range []string{"days", "weeks", "months", "years", "minutes", "seconds"} {
		for _, n := range []string{"9223372036854775807", "-9223372036854775807", "400000000000"} {
			vectors = append(vectors, [2]string{"add_" + unit + " ( 01/31/2024 10:00 , " + n + " )", "null"})
		}
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for _, v := range vectors {
			db.formulas(t, attributes(v[0]), nil, "[F1]", []string{v[1]})
		}
		// what is too far for a date is null in a row, too
		for _, unit := range []string{"days", "weeks", "months", "years", "minutes", "seconds"} {
			both := attributes("add_"+unit+" ( [order_date] , [qty] * 4000000000000 )", "add_"+unit+" ( [ship_ts] , [qty] * -4000000000000000000 )")
			db.formulas(t, both, nil, "[id] [F1] [F2] [id] = 1", []string{"1 | null | null"})
		}
	})
}

// TestDateGoldens are the goldens of formulas.md 5.2 about dates and
// conversions. G20, on a fiscal year, is not possible yet.
func TestDateGoldens(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		db.formulas(t, attributes("year ( [order_date] )", "quarter_number ( [order_date] )"), nil, "[F1] [F2] [revenue]",
			[]string{"2024 | 1 | 550", "2024 | 2 | 0", "2025 | 1 | 40"}) // G16
		db.formulas(t, attributes("diff_days ( [ship_ts] , [order_date] )", "diff_months ( [ship_ts] , [order_date] )", "diff_hours ( [ship_ts] , [order_date] )"),
			nil, "[id] [F1] [F2] [F3] [id] = 1", []string{"1 | 1 | 1 | 34"}) // G17
		db.formulas(t, attributes("add_months ( [order_date] , 1 )", "add_days ( [order_date] , -1 )"), nil, "[id] [F1] [F2] [id] = 1",
			[]string{"1 | 2024-02-29 | 2024-01-30"}) // G18
		db.formulas(t, attributes("start_of_week ( [order_date] )", "day_number_of_week ( [order_date] )", "day_of_week ( [order_date] )",
			"week_number_of_year ( [order_date] )"), nil, "[id] [F1] [F2] [F3] [F4] [id] = 6", []string{"6 | 2024-03-25 | 7 | sunday | 13"}) // G19
		db.formulas(t, attributes("round ( [revenue] / 7 , 0.01 )", "round ( [revenue] , 10 )", "to_integer ( [revenue] / 7 )"), nil,
			"[id] [F1] [F2] [F3] [id] = 1", []string{"1 | 14.29 | 100 | 14"}) // G21

		// over aggregates, and of what has no value
		db.formulas(t, nil, attributes("add_days ( max ( [order_date] ) , 1 )", "to_date ( max ( '2024-01-31' ) , '%Y-%m-%d' )", "to_string ( sum ( [qty] ) )"),
			"[F1] [F2] [F3]", []string{"2025-01-02 | 2024-01-31 | 14"})
		db.formulas(t, attributes("hour_of_day ( [ship_ts] )", "month ( [ship_ts] )", "date ( [ship_ts] )", "time ( [ship_ts] )",
			"to_string ( [ship_ts] , '%H' )", "diff_days ( [ship_ts] , [order_date] )", "start_of_min ( [ship_ts] )"), nil,
			"[id] [F1] [F2] [F3] [F4] [F5] [F6] [F7] [id] = 7", []string{"7" + strings.Repeat(" | null", 7)})
	})
}

// TestRandomDates compares what databases make of dates with what the calendar
// of Go does.
func TestRandomDates(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	moment := func() time.Time {
		return time.Date(1890+r.IntN(220), 1, 1+r.IntN(366), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
	}
	quarter := func(d time.Time) int { return d.Year()*4 + int(d.Month()-1)/3 }
	week := func(d time.Time) int64 {
		return (int64(d.Sub(time.Date(1870, 1, 3, 0, 0, 0, 0, time.UTC)).Hours()) / 24) / 7
	} // a Monday
	units := func(d, e time.Time, unit time.Duration) int64 {
		return int64(d.Truncate(unit).Sub(e.Truncate(unit)) / unit)
	}
	addMonths := func(d time.Time, n int) time.Time {
		first := time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		return first.AddDate(0, 0, min(d.Day(), last)-1)
	}
	type test struct {
		formula string
		want    any
	}
	var cases [][]test
	for range 16 {
		d, e, n := moment(), moment(), r.IntN(2000)-1000
		if r.IntN(2) == 0 {
			e = d.Add(time.Duration(r.IntN(200_000_000)-100_000_000) * time.Second)
		}
		_, isoWeek := d.ISOWeek()
		day := func(t time.Time) string { return t.Format(time.DateOnly) }
		cases = append(cases, []test{
			{"diff_days ( #d , #e )", units(d, e, 24*time.Hour)}, {"diff_weeks ( #d , #e )", week(d) - week(e)},
			{"diff_months ( #d , #e )", d.Year()*12 + int(d.Month()) - e.Year()*12 - int(e.Month())}, {"diff_quarters ( #d , #e )", quarter(d) - quarter(e)},
			{"diff_years ( #d , #e )", d.Year() - e.Year()}, {"diff_hours ( #d , #e )", units(d, e, time.Hour)},
			{"diff_minutes ( #d , #e )", units(d, e, time.Minute)}, {"diff_time ( #d , #e )", units(d, e, time.Second)},
			{fmt.Sprintf("date ( add_days ( #d , %d ) )", n), day(d.AddDate(0, 0, n))}, {fmt.Sprintf("date ( add_weeks ( #d , %d ) )", n), day(d.AddDate(0, 0, 7*n))},
			{fmt.Sprintf("add_months ( date ( #d ) , %d )", n), day(addMonths(d, n))}, {fmt.Sprintf("add_years ( date ( #d ) , %d )", n/10), day(addMonths(d, n/10*12))},
			{fmt.Sprintf("add_minutes ( #d , %d )", n), d.Add(time.Duration(n) * time.Minute).Format(time.DateTime)},
			{fmt.Sprintf("add_seconds ( #d , %d )", n), d.Add(time.Duration(n) * time.Second).Format(time.DateTime)},
			{"week_number_of_year ( #d )", isoWeek}, {"day_number_of_year ( #d )", d.YearDay()}, {"day_of_week ( #d )", strings.ToLower(d.Weekday().String())},
			{"month ( #d )", strings.ToLower(d.Month().String())}, {"is_weekend ( #d )", d.Weekday() == time.Saturday || d.Weekday() == time.Sunday},
			{"to_string ( #d , '%a %d %b %Y, %I:%M:%S %p' )", d.Format("Mon 02 Jan 2006, 03:04:05 PM")},
			{"to_date ( to_string ( #d , '%j/%Y' ) , '%j/%Y' )", day(d)},
			{"to_date ( to_string ( #d , 'EEEE dd MMMM yyyy' ) , 'EEEE dd MMMM yyyy' )", day(d)},
		})
		for i := range cases[len(cases)-1] {
			c := &cases[len(cases)-1][i]
			for name, v := range map[string]time.Time{"#d": d, "#e": e} {
				c.formula = strings.ReplaceAll(c.formula, name, inRow("#", v.Format("01/02/2006 15:04:05")))
			}
		}
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for _, tests := range cases {
			var formulas []string
			search, want := "[id] [id] = 1", "1"
			for i, test := range tests {
				formulas = append(formulas, test.formula)
				search += fmt.Sprintf(" [F%d]", i+1)
				want += fmt.Sprintf(" | %v", test.want)
			}
			db.formulas(t, attributes(formulas...), nil, search, []string{want})
		}
	})
}

// TestInfiniteDates computes functions of dates that have no place in a
// calendar: they are null, and none fails.
func TestInfiniteDates(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		db.exec(t, "UPDATE vsales SET order_date = 'infinity', ship_ts = '-infinity' WHERE id = 7")
		for _, f := range formula.Functions() {
			if f.Group != formula.DateFunctions && f.Name != "date" && f.Name != "time" && f.Name != "to_string" || len(f.Overloads[0].Args) == 0 {
				continue
			}
			rest := map[string]string{"add": " , 1", "dif": " , #", "to_": " , '%d'"}[f.Name[:3]]
			both := attributes(f.Name+" ( [order_date]"+strings.ReplaceAll(rest, "#", "01/31/2024")+" )",
				f.Name+" ( [ship_ts]"+strings.ReplaceAll(rest, "#", "[order_date]")+" )")
			db.formulas(t, both, nil, "[id] [F1] [F2] [id] = 7", []string{"7 | null | null"})
		}
	})
}

// TestClockOfRules asks under a rule about the present on different days.
func TestClockOfRules(t *testing.T) {
	m := ruled(t, "deals: year ( order_date ) = year ( today ( ) ) and order_date < now ( )")
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.RulesData)
		for day, want := range map[string]string{"2024-02-11": "[[1] [2] [3]]", "2025-06-01": "[[8]]", "2025-01-01": "[]", "2023-12-31": "[]"} {
			now, _ := time.Parse(time.DateOnly, day)
			answer, _ := db.answer(t, golden.Case{Model: m, Text: "[id]", Context: bind.Context{Now: now, Security: bind.Security{UserName: "ann"}}})
			if got := fmt.Sprint(answer.values); got != want {
				t.Errorf("on %s: %s, want %s", day, got, want)
			}
		}
	})
}
