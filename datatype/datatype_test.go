package datatype_test

import (
	"testing"

	"github.com/searchlight-bi/searchlight/datatype"
)

func TestTypes(t *testing.T) {
	for _, name := range datatype.TypeNames() {
		if typ, ok := datatype.ParseType(name); !ok || typ.String() != name {
			t.Errorf("%s is read as %s", name, typ)
		}
	}
	for alias, want := range map[string]datatype.Type{"BOOLEAN": datatype.Bool, "DATETIME": datatype.DateTime, "TIMESTAMP": datatype.DateTime} {
		if typ, ok := datatype.ParseType(alias); !ok || typ != want {
			t.Errorf("%s is read as %s", alias, typ)
		}
	}
	for _, name := range []string{"", "int64", "UNKNOWN", "NULL", "DECIMAL"} {
		if typ, ok := datatype.ParseType(name); ok {
			t.Errorf("%q is read as %s", name, typ)
		}
	}
	families := map[datatype.Type]string{datatype.Int32: "Numeric", datatype.Double: "Numeric", datatype.Char: "Text", datatype.Bool: "Boolean",
		datatype.Date: "Date", datatype.DateTime: "DateTime", datatype.Time: "Time", datatype.Null: "Null", datatype.Unknown: "Unknown"}
	for typ, want := range families {
		if typ.Family() != want {
			t.Errorf("%s is of the family %s", typ, typ.Family())
		}
	}
}

func TestJoin(t *testing.T) {
	const none = datatype.Unknown
	for _, test := range []struct{ a, b, want datatype.Type }{
		{datatype.Int32, datatype.Int32, datatype.Int32}, {datatype.Int32, datatype.Int64, datatype.Int64},
		{datatype.Int64, datatype.Double, datatype.Double}, {datatype.Float, datatype.Int32, datatype.Double},
		{datatype.Char, datatype.Varchar, datatype.Varchar}, {datatype.Date, datatype.DateTime, datatype.DateTime},
		{datatype.Null, datatype.Bool, datatype.Bool}, {datatype.Null, datatype.Null, datatype.Null},
		{datatype.Bool, datatype.Int32, none}, {datatype.Varchar, datatype.Int32, none}, {datatype.Date, datatype.Varchar, none},
		{datatype.Time, datatype.DateTime, none},
	} {
		for _, pair := range [][2]datatype.Type{{test.a, test.b}, {test.b, test.a}} {
			got, ok := datatype.Join(pair[0], pair[1])
			if got != test.want || ok != (test.want != none) {
				t.Errorf("%s with %s is %s", pair[0], pair[1], got)
			}
		}
	}
}

func TestAggregations(t *testing.T) {
	for _, name := range datatype.AggregationNames() {
		if a, ok := datatype.ParseAggregation(name); !ok || a.String() != name {
			t.Errorf("%s is read as %s", name, a)
		}
	}
	for _, name := range []string{"", "sum", "TOTAL"} {
		if a, ok := datatype.ParseAggregation(name); ok {
			t.Errorf("%q is read as %s", name, a)
		}
	}
	for a, want := range map[datatype.Aggregation]string{datatype.Sum: "Total", datatype.Average: "Average", datatype.Count: "Number of",
		datatype.CountDistinct: "Unique Number of", datatype.Min: "Minimum", datatype.Max: "Maximum"} {
		if a.Prefix() != want {
			t.Errorf("%s has the prefix %q", a, a.Prefix())
		}
	}
	if !datatype.Sum.NeedsNumber() || !datatype.Variance.NeedsNumber() || datatype.Max.NeedsNumber() || datatype.CountDistinct.NeedsNumber() {
		t.Error("sums and deviations need numbers, others do not")
	}
}

// TestBuckets has words and names of search-language.md 3.3.
func TestBuckets(t *testing.T) {
	for _, test := range []struct {
		bucket    datatype.Bucket
		word      string
		name      string
		cyclic    bool
		low, high int
	}{
		{datatype.Detailed, "detailed", "D", false, 0, 0},
		{datatype.Hourly, "hourly", "Hour(D)", false, 0, 0},
		{datatype.Daily, "daily", "Day(D)", false, 0, 0},
		{datatype.Weekly, "weekly", "Week(D)", false, 0, 0},
		{datatype.Monthly, "monthly", "Month(D)", false, 0, 0},
		{datatype.Quarterly, "quarterly", "Quarter(D)", false, 0, 0},
		{datatype.Yearly, "yearly", "Year(D)", false, 0, 0},
		{datatype.HourOfDay, "hour of day", "HOUR_OF_DAY(D)", true, 0, 23},
		{datatype.DayOfWeek, "day of week", "Day of Week(D)", true, 1, 7},
		{datatype.DayOfMonth, "day of month", "DAY_OF_MONTH(D)", true, 1, 31},
		{datatype.DayOfQuarter, "day of quarter", "DAY_OF_QUARTER(D)", true, 1, 92},
		{datatype.DayOfYear, "day of year", "DAY_OF_YEAR(D)", true, 1, 366},
		{datatype.WeekOfMonth, "week of month", "WEEK_OF_MONTH(D)", true, 1, 5},
		{datatype.WeekOfQuarter, "week of quarter", "WEEK_OF_QUARTER(D)", true, 1, 14},
		{datatype.WeekOfYear, "week of year", "WEEK_OF_YEAR(D)", true, 1, 53},
		{datatype.MonthOfQuarter, "month of quarter", "MONTH_OF_QUARTER(D)", true, 1, 3},
		{datatype.MonthOfYear, "month of year", "MONTH_OF_YEAR(D)", true, 1, 12},
		{datatype.QuarterOfYear, "quarter of year", "QUARTER_OF_YEAR(D)", true, 1, 4},
	} {
		low, high := test.bucket.Range()
		if test.bucket.String() != test.word || test.bucket.Name("D") != test.name || test.bucket.IsCyclic() != test.cyclic || low != test.low || high != test.high {
			t.Errorf("%s: %s, cyclic %t, %d to %d", test.bucket, test.bucket.Name("D"), test.bucket.IsCyclic(), low, high)
		}
		if got, ok := datatype.ParseBucket("  " + test.word + " "); !ok || got != test.bucket {
			t.Errorf("%q is read as %s", test.word, got)
		}
	}
	if got, ok := datatype.ParseBucket("Day  OF\tweek"); !ok || got != datatype.DayOfWeek {
		t.Errorf("case and blanks do not count, got %s", got)
	}
	if _, ok := datatype.ParseBucket(""); ok {
		t.Error("no word is a bucket")
	}
}

func TestRoles(t *testing.T) {
	for _, r := range []datatype.Role{datatype.Attribute, datatype.Measure} {
		if got, ok := datatype.ParseRole(r.String()); !ok || got != r {
			t.Errorf("%s is read as %s", r, got)
		}
	}
	if _, ok := datatype.ParseRole("measure"); ok {
		t.Error("roles are upper case")
	}
}
