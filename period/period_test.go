package period_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/period"
)

// now is a Tuesday.
var now = time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)

type phraseCase struct {
	now      string // of the layout time.DateTime; empty for the usual one
	text     string
	date     string // the interval for a DATE column, empty where that is an error
	dateTime string // the interval for a DATE_TIME column, empty when the same
}

var phrases = []phraseCase{
	// The examples of search-language.md 3.4.
	{"", "today", "[2024-09-24, 2024-09-25)", ""},
	{"", "this day", "[2024-09-24, 2024-09-25)", ""},
	{"", "yesterday", "[2024-09-23, 2024-09-24)", ""},
	{"", "last day", "[2024-09-23, 2024-09-24)", ""},
	{"", "tomorrow", "[2024-09-25, 2024-09-26)", ""},
	{"", "next day", "[2024-09-25, 2024-09-26)", ""},
	{"", "this week", "[2024-09-23, 2024-09-30)", ""},
	{"", "this month", "[2024-09-01, 2024-10-01)", ""},
	{"", "this quarter", "[2024-07-01, 2024-10-01)", ""},
	{"", "this year", "[2024-01-01, 2025-01-01)", ""},
	{"", "last week", "[2024-09-16, 2024-09-23)", ""},
	{"", "last month", "[2024-08-01, 2024-09-01)", ""},
	{"", "last quarter", "[2024-04-01, 2024-07-01)", ""},
	{"", "last year", "[2023-01-01, 2024-01-01)", ""},
	{"", "next week", "[2024-09-30, 2024-10-07)", ""},
	{"", "next month", "[2024-10-01, 2024-11-01)", ""},
	{"", "next quarter", "[2024-10-01, 2025-01-01)", ""},
	{"", "next year", "[2025-01-01, 2026-01-01)", ""},
	{"", "last 7 days", "[2024-09-17, 2024-09-24)", ""},
	{"", "7 days", "[2024-09-17, 2024-09-24)", ""},
	{"", "last 2 weeks", "[2024-09-09, 2024-09-23)", ""},
	{"", "last 12 months", "[2023-09-01, 2024-09-01)", ""},
	{"", "12 months", "[2023-09-01, 2024-09-01)", ""},
	{"", "last 11 months", "[2023-10-01, 2024-09-01)", ""},
	{"", "last 24 hours", "", "[2024-09-23 10:00:00, 2024-09-24 10:00:00)"},
	{"", "next 2 quarters", "[2024-10-01, 2025-04-01)", ""},
	{"", "next 3 days", "[2024-09-25, 2024-09-28)", ""},
	{"", "2 weeks ago", "[2024-09-09, 2024-09-16)", ""},
	{"", "3 days ago", "[2024-09-21, 2024-09-22)", ""},
	{"", "12 months ago", "[2023-09-01, 2023-10-01)", ""},
	{"", "0 days ago", "[2024-09-24, 2024-09-25)", ""},
	{"", "week to date", "[2024-09-23, 2024-09-24)", "[2024-09-23, 2024-09-25)"},
	{"", "month to date", "[2024-09-01, 2024-09-24)", "[2024-09-01, 2024-09-25)"},
	{"", "quarter to date", "[2024-07-01, 2024-09-24)", "[2024-07-01, 2024-09-25)"},
	{"", "year to date", "[2024-01-01, 2024-09-24)", "[2024-01-01, 2024-09-25)"},
	{"", "q1 2024", "[2024-01-01, 2024-04-01)", ""},

	// Periods of the clock.
	{"", "this hour", "", "[2024-09-24 10:00:00, 2024-09-24 11:00:00)"},
	{"", "next minute", "", "[2024-09-24 10:31:00, 2024-09-24 10:32:00)"},
	{"", "90 seconds ago", "", "[2024-09-24 10:28:30, 2024-09-24 10:28:31)"},
	{"", "30 minutes", "", "[2024-09-24 10:00:00, 2024-09-24 10:30:00)"},
	{"2024-12-31 23:59:59", "next hour", "", "[2025-01-01 00:00:00, 2025-01-01 01:00:00)"},
	{"2024-12-31 23:59:59", "next second", "", "[2025-01-01 00:00:00, 2025-01-01 00:00:01)"},

	// Spelling.
	{"", "  LAST \t 3\n  Months ", "[2024-06-01, 2024-09-01)", ""},
	{"", "Year To Date", "[2024-01-01, 2024-09-24)", "[2024-01-01, 2024-09-25)"},
	{"", "1 day ago", "[2024-09-23, 2024-09-24)", ""},
	{"", "last 1 month", "[2024-08-01, 2024-09-01)", ""},
	{"", "last 03 days", "[2024-09-21, 2024-09-24)", ""},
	{"", "2024 days ago", "[2019-03-11, 2019-03-12)", ""},

	// Weeks start on Monday, also on a Sunday and across years.
	{"2024-09-29 00:00:00", "this week", "[2024-09-23, 2024-09-30)", ""},
	{"2024-09-30 00:00:00", "this week", "[2024-09-30, 2024-10-07)", ""},
	{"2025-01-01 12:00:00", "this week", "[2024-12-30, 2025-01-06)", ""},
	{"2025-01-01 12:00:00", "last 2 weeks", "[2024-12-16, 2024-12-30)", ""},

	// Ends of months, leap years, ends of quarters and years.
	{"2024-03-31 23:59:59", "last month", "[2024-02-01, 2024-03-01)", ""},
	{"2023-03-31 08:00:00", "last month", "[2023-02-01, 2023-03-01)", ""},
	{"2024-01-31 08:00:00", "next month", "[2024-02-01, 2024-03-01)", ""},
	{"2024-02-28 08:00:00", "tomorrow", "[2024-02-29, 2024-03-01)", ""},
	{"2023-02-28 08:00:00", "tomorrow", "[2023-03-01, 2023-03-02)", ""},
	{"2024-02-29 08:00:00", "1 year ago", "[2023-01-01, 2024-01-01)", ""},
	{"2024-03-01 08:00:00", "yesterday", "[2024-02-29, 2024-03-01)", ""},
	{"2024-03-31 08:00:00", "this quarter", "[2024-01-01, 2024-04-01)", ""},
	{"2024-04-01 00:00:00", "last quarter", "[2024-01-01, 2024-04-01)", ""},
	{"2024-12-31 23:59:59", "this quarter", "[2024-10-01, 2025-01-01)", ""},
	{"2024-12-31 23:59:59", "next quarter", "[2025-01-01, 2025-04-01)", ""},
	{"2024-01-01 00:00:00", "yesterday", "[2023-12-31, 2024-01-01)", ""},
	{"2024-01-01 00:00:00", "last quarter", "[2023-10-01, 2024-01-01)", ""},

	// The first day of a period has nothing before it.
	{"2024-09-23 08:00:00", "week to date", "[2024-09-23, 2024-09-23)", "[2024-09-23, 2024-09-24)"},
	{"2024-01-01 08:00:00", "year to date", "[2024-01-01, 2024-01-01)", "[2024-01-01, 2024-01-02)"},

	// The borders of what can be held, and large numbers.
	{"9998-12-31 08:00:00", "tomorrow", "[9999-01-01, 9999-01-02)", ""},
	{"", "2023 years ago", "[0001-01-01, 0002-01-01)", ""},
	{"", "100000 days ago", "[1750-12-10, 1750-12-11)", ""},
	{"", "last 100000 hours", "", "[2013-04-28 18:00:00, 2024-09-24 10:00:00)"},
}

func TestParsePhrase(t *testing.T) {
	for _, c := range phrases {
		at := now
		if c.now != "" {
			var err error
			if at, err = time.Parse(time.DateTime, c.now); err != nil {
				t.Fatal(err)
			}
		}
		got, err := period.Parse(c.text, period.Context{Now: at})
		switch {
		case c.date == "":
			wantError(t, c.text, err, period.NeedsDateTime, `"`+c.text+`" needs a column with a time of day`)
		case err != nil || got.Interval.String() != c.date || got.Bucket != datatype.NoBucket:
			t.Errorf("%s, DATE: Parse(%q) = %+v, %v; want %s", c.now, c.text, got, err, c.date)
		}
		want := c.dateTime
		if want == "" {
			want = c.date
		}
		got, err = period.Parse(c.text, period.Context{Now: at, DateTime: true})
		if err != nil || got.Interval.String() != want || got.Bucket != datatype.NoBucket {
			t.Errorf("%s, DATE_TIME: Parse(%q) = %+v, %v; want %s", c.now, c.text, got, err, want)
		}
	}
}

func TestParsePosition(t *testing.T) {
	check := func(text string, bucket datatype.Bucket, position int) {
		t.Helper()
		got, err := period.Parse(text, period.Context{Now: now})
		if err != nil || got != (period.Value{Bucket: bucket, Position: position}) {
			t.Errorf("Parse(%q) = %+v, %v; want %s %d", text, got, err, bucket, position)
		}
	}
	for i, name := range []string{"monday", "Tuesday", "WEDNESDAY", "thursday", "friday", "saturday", "sunday"} {
		check(name, datatype.DayOfWeek, i+1)
		check(name[:3], datatype.DayOfWeek, i+1)
	}
	for i, name := range []string{"january", "February", "MARCH", "april", "may", "june", "july", "august", "september", "october", "november", "december"} {
		check(name, datatype.MonthOfYear, i+1)
		check(" "+name[:3], datatype.MonthOfYear, i+1)
	}
	for i, name := range []string{"q1", "Q2", "q3", "Q4"} {
		check(name, datatype.QuarterOfYear, i+1)
	}
}

func TestToDate(t *testing.T) {
	for text, want := range map[string]datatype.Bucket{
		"week to date": datatype.Weekly, "month to date": datatype.Monthly,
		"quarter to date": datatype.Quarterly, "year to date": datatype.Yearly,
		"this month": datatype.NoBucket, "2024": datatype.NoBucket, "monday": datatype.NoBucket,
	} {
		got, err := period.Parse(text, period.Context{Now: now})
		if err != nil || got.ToDate != want {
			t.Errorf("Parse(%q).ToDate = %q, %v; want %q", text, got.ToDate, err, want)
		}
	}
}

// A clock in another zone counts by its reading.
func TestNowIsAReading(t *testing.T) {
	auckland := time.FixedZone("", 13*3600)
	got, err := period.Parse("this hour", period.Context{Now: time.Date(2024, 1, 1, 0, 30, 0, 0, auckland), DateTime: true})
	if want := "[2024-01-01 00:00:00, 2024-01-01 01:00:00)"; err != nil || got.Interval.String() != want || got.Interval.From.Location() != time.UTC {
		t.Errorf("this hour = %v, %v; want %s in UTC", got.Interval, err, want)
	}
}

func TestWholeDays(t *testing.T) {
	for text, want := range map[string]bool{
		"2024-01-30": true, "q1 2024": true, "2024-01-30 00:00": false, "2024-01-30 10:32:00.000001": false, "this hour": false, "last 2 days": true,
	} {
		got, err := period.Parse(text, period.Context{Now: now, DateTime: true})
		if err != nil || got.Interval.WholeDays() != want {
			t.Errorf("%q: WholeDays() of %v = %v, %v; want %v", text, got.Interval, !want, err, want)
		}
	}
}

var mistakes = []struct {
	text, message, hint string
	kind                period.Kind
}{
	{"2/30/2024", `"2/30/2024" does not exist: there is no day 30`, "February 2024 has 29 days", period.Impossible},
	{"2023-02-29", `"2023-02-29" does not exist: there is no day 29`, "February 2023 has 28 days", period.Impossible},
	{"02/29/1900", `"02/29/1900" does not exist: there is no day 29`, "February 1900 has 28 days", period.Impossible},
	{"31-Jun-2024", `"31-Jun-2024" does not exist: there is no day 31`, "June 2024 has 30 days", period.Impossible},
	{"12/32/2024", `"12/32/2024" does not exist: there is no day 32`, "December 2024 has 31 days", period.Impossible},
	{"2024-01-00", `"2024-01-00" does not exist: there is no day 0`, "January 2024 has 31 days", period.Impossible},
	{"30/1/2024", `"30/1/2024" does not exist: there is no month 30`, "with slashes the month comes first unless the year does, as in '1/30/2024'", period.Impossible},
	{"20241301", `"20241301" does not exist: there is no month 13`, "", period.Impossible},
	{"13/2024", `"13/2024" does not exist: there is no month 13`, "", period.Impossible},
	{"2024-00-10", `"2024-00-10" does not exist: there is no month 0`, "", period.Impossible},
	{"q5 2024", `"q5 2024" does not exist: there is no quarter 5`, "quarters go from q1 to q4", period.Impossible},
	{"1/30/2024 24:00", `"1/30/2024 24:00" has no valid time of day`, "times go from 0:00 to 23:59:59", period.Impossible},
	{"1/30/2024 10:60", `"1/30/2024 10:60" has no valid time of day`, "", period.Impossible},
	{"1/30/2024 10:30:60", `"1/30/2024 10:30:60" has no valid time of day`, "", period.Impossible},
	{"1/30/2024 13:00 PM", `"1/30/2024 13:00 PM" has no valid time of day`, "with AM or PM the hours go from 1 to 12", period.Impossible},
	{"1/30/2024 0:30 AM", `"1/30/2024 0:30 AM" has no valid time of day`, "", period.Impossible},
	{"1/30/2024 1:00:00.1234567", `"1/30/2024 1:00:00.1234567" is finer than a microsecond`, "write at most 6 decimals of a second", period.Impossible},

	{"0000", `"0000" is not wholly within the years 1 to 9999`, "", period.OutOfRange},
	{"0000-01-01", `"0000-01-01" is not wholly within the years 1 to 9999`, "", period.OutOfRange},
	{"9999", `"9999" is not wholly within the years 1 to 9999`, "", period.OutOfRange},
	{"last 2024 years", `"last 2024 years" is not wholly within the years 1 to 9999`, "", period.OutOfRange},
	{"next 100000 months", `"next 100000 months" is not wholly within the years 1 to 9999`, "", period.OutOfRange},
	{"100000 years ago", `"100000 years ago" is not wholly within the years 1 to 9999`, "", period.OutOfRange},
	{"last 0 days", `The number in "last 0 days" is outside 1 to 100000`, "", period.OutOfRange},
	{"last 100001 days", `The number in "last 100001 days" is outside 1 to 100000`, "", period.OutOfRange},
	{"100001 days ago", `The number in "100001 days ago" is outside 0 to 100000`, "", period.OutOfRange},
	{"99999999999999999999 weeks", `The number in "99999999999999999999 weeks" is outside 1 to 100000`, "", period.OutOfRange},

	{"last 24 hours", `"last 24 hours" needs a column with a time of day`, "count days or longer periods, or use a DATE_TIME column", period.NeedsDateTime},
	{"this second", `"this second" needs a column with a time of day`, "", period.NeedsDateTime},

	{"week to date for each week", `"for each" date phrases are not available yet`, "", period.NotAvailable},
	{"month to date for each quarter", `"for each" date phrases are not available yet`, "", period.NotAvailable},
	{"Last  2 days FOR EACH month", `"for each" date phrases are not available yet`, "", period.NotAvailable},
	{"next week for each year", `"for each" date phrases are not available yet`, "", period.NotAvailable},
	{"last 3 hours for each day", `"for each" date phrases are not available yet`, "", period.NotAvailable},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		_, err := period.Parse(c.text, period.Context{Now: now})
		got := wantError(t, c.text, err, c.kind, c.message)
		if got != nil && c.hint != "" && got.Hint != c.hint {
			t.Errorf("Parse(%q): hint %q, want %q", c.text, got.Hint, c.hint)
		}
	}
}

var others = []string{
	"", " ", "west", "monthly", "month", "year", "day to date", "months to date", "last", "last two weeks", "last -3 days",
	"this 3 days", "3 days from now", "days ago", "3 fortnights ago", "last month last month", "mond", "janu", "sept", "q0", "q5", "q10 2024", "qq 2024",
	"5", "123", "12345", "1234567", "201401300", "12.5", "1/2", "1/2/3", "1/2/003", "001/02/2024", "1/002/2024", "1/2/20245", "1/2024/2",
	"2014-01/30", "01-30-2014", "30-Foo-2014", "300-Jan-2014", "jan 24", "foo 2024", "2024 q1", "january 2024 10:30", "2024 10:30",
	"10:30", "1/30/2014 10", "1/30/2014 10:3", "1/30/2014 100:30", "1/30/2014 10:30.5", "1/30/2014 10:30 XM", "1/30/2014 10:30:05.", "1/30/2014T 10:30",
	"2014-01-30T10:30:00Z", "2014-01-30 10:30 +01:00", "fri 2014-01-30", "foo Jan 30 2014", "fri jan 30 14", "fri foo 30 2014",
	"last month for each", "for each month", "west for each month", "last month for each region", "2024 for each month", "last days for each hour",
	"1/30/2014 10:30:05." + strings.Repeat("1", 60), strings.Repeat("last ", 1000) + "month",
	"２０２４", "\xff", "2024\x00", "today\x00",
}

func TestNotADate(t *testing.T) {
	for _, text := range others {
		for _, dateTime := range []bool{false, true} {
			v, err := period.Parse(text, period.Context{Now: now, DateTime: dateTime})
			if e, ok := errors.AsType[*period.Error](err); !ok || e.Kind != period.NotADate || e.Hint == "" || v != (period.Value{}) {
				t.Errorf("Parse(%q) = %+v, %#v; want no date", text, v, err)
			}
		}
	}
	_, err := period.Parse("west", period.Context{Now: now})
	wantError(t, "west", err, period.NotADate, `"west" is neither a date nor a date phrase`)
	long := strings.Repeat("é", 100)
	_, err = period.Parse(long, period.Context{Now: now})
	wantError(t, long, err, period.NotADate, `"`+long[:120]+`…" is neither a date nor a date phrase`)
}

func wantError(t *testing.T, text string, err error, kind period.Kind, message string) *period.Error {
	t.Helper()
	e, ok := errors.AsType[*period.Error](err)
	if !ok || e.Kind != kind || e.Message != message || e.Error() != message {
		t.Errorf("%q: error %#v, want %s: %s", text, err, kind, message)
	}
	return e
}

var unitNames = []string{"second", "minute", "hour", "day", "week", "month", "quarter", "year"}

// Periods lie side by side: each "n u ago" ends where the one after it begins,
// and "last n u" holds exactly n of them, up to "this u".
func TestPeriodsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := period.Context{
			Now:      time.Unix(rapid.Int64Range(-30_000_000_000, 30_000_000_000).Draw(t, "now"), 0).UTC(),
			DateTime: true,
		}
		unit := rapid.SampledFrom(unitNames).Draw(t, "unit")
		n := rapid.IntRange(1, 500).Draw(t, "n")
		interval := func(text string) period.Interval {
			v, err := period.Parse(text, c)
			if err != nil {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			if !v.Interval.From.Before(v.Interval.To) {
				t.Fatalf("%q is %v: it ends before it begins", text, v.Interval)
			}
			return v.Interval
		}
		number := func(n int) string { return rapid.SampledFrom([]string{"", "0"}).Draw(t, "zero") + strconv.Itoa(n) }
		ago := func(n int) period.Interval { return interval(number(n) + " " + unit + "s ago") }

		this, last, next := interval("this "+unit), interval("last "+number(n)+" "+unit+"s"), interval("next "+number(n)+" "+unit)
		if c.Now.Before(this.From) || !c.Now.Before(this.To) {
			t.Errorf("this %s %v does not hold now, %v", unit, this, c.Now)
		}
		if ago(0) != this || ago(1) != interval("last "+unit) || last != interval(number(n)+" "+unit) {
			t.Errorf("synonyms differ")
		}
		if a, b := ago(n), ago(n-1); a.To != b.From {
			t.Errorf("%d %ss ago is %v, the next one %v", n, unit, a, b)
		}
		if last.To != this.From || last.From != ago(n).From {
			t.Errorf("last %d %ss is %v; this is %v, %d ago %v", n, unit, last, this, n, ago(n))
		}
		if next.From != this.To || interval("next "+unit).From != this.To {
			t.Errorf("next %d %ss is %v; this is %v", n, unit, next, this)
		}
	})
}

// What a day is written as reads as that day, in every spelling.
func TestLiteralsReadBack(t *testing.T) {
	layouts := []string{"01/02/2006", "1/2/2006", "2006-01-02", "2006/01/02", "2006-1-2", "20060102", "02-Jan-2006", "2006-Jan-02", "Mon Jan 2 2006", "Monday January 2 2006"}
	clocks := map[string]time.Duration{
		"": 24 * time.Hour, " 15:04": time.Minute, "T15:04:05": time.Second, " 15:04:05.000": time.Millisecond,
		"T15:04:05.000000": time.Microsecond, " 3:04 PM": time.Minute, " 3:04:05pm": time.Second, "T03:04:05.00 PM": 10 * time.Millisecond,
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(-60_000_000_000_000_000, 250_000_000_000_000_000).Draw(t, "at")).UTC()
		for clock, length := range clocks {
			text := at.Format(rapid.SampledFrom(layouts).Draw(t, "layout") + clock)
			got, err := period.ParseLiteral(text)
			from := at.Truncate(length)
			if want := (period.Interval{From: from, To: from.Add(length)}); err != nil || got != want {
				t.Errorf("ParseLiteral(%q) = %v, %v; want %v", text, got, err, want)
			}
		}
	})
}
