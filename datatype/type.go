package datatype

import (
	"fmt"
	"strings"
)

// Type is the type of a column or an expression.
type Type uint8

// The types. Unknown is the zero value and the type of a failed expression;
// Null is the type of a bare null.
const (
	Unknown Type = iota
	Null
	Bool
	Int32
	Int64
	Float
	Double
	Char
	Varchar
	Date
	DateTime
	Time
)

var typeNames = [...]string{"UNKNOWN", "NULL", "BOOL", "INT32", "INT64", "FLOAT", "DOUBLE", "CHAR", "VARCHAR", "DATE", "DATE_TIME", "TIME"}

// String is the spelling of TML and of the metadata API (INT64, DATE_TIME).
func (t Type) String() string { return typeNames[t] }

// TypeNames lists the spellings that ParseType documents, in canonical order.
func TypeNames() []string { return typeNames[Bool:] }

// ParseType reads the spelling of TML, exactly, with the aliases BOOLEAN,
// DATETIME and TIMESTAMP (tml.md 2.7). It reports false for any other text.
func ParseType(s string) (Type, bool) {
	switch s {
	case "BOOLEAN":
		return Bool, true
	case "DATETIME", "TIMESTAMP":
		return DateTime, true
	}
	for i, name := range typeNames {
		if Type(i) >= Bool && name == s {
			return Type(i), true
		}
	}
	return Unknown, false
}

// IsNumeric reports whether values of the type are numbers.
func (t Type) IsNumeric() bool { return t >= Int32 && t <= Double }

// IsInteger reports whether values of the type are whole numbers.
func (t Type) IsInteger() bool { return t == Int32 || t == Int64 }

// IsText reports whether values of the type are text.
func (t Type) IsText() bool { return t == Char || t == Varchar }

// IsDated reports whether the type has a calendar day: Date and DateTime.
func (t Type) IsDated() bool { return t == Date || t == DateTime }

// Family is the word that messages use for the type: Numeric, Text, Boolean,
// Date, DateTime, Time (formulas.md 2.1).
func (t Type) Family() string {
	switch {
	case t.IsNumeric():
		return "Numeric"
	case t.IsText():
		return "Text"
	case t == Bool:
		return "Boolean"
	case t == Date:
		return "Date"
	case t == DateTime:
		return "DateTime"
	case t == Time:
		return "Time"
	case t == Null:
		return "Null"
	}
	return "Unknown"
}

// Join is the type that holds values of both a and b without loss, by the
// lattice of formulas.md 2.1; it reports false when there is none.
func Join(a, b Type) (Type, bool) {
	switch {
	case a == b, b == Null:
		return a, true
	case a == Null:
		return b, true
	case a.IsInteger() && b.IsInteger():
		return Int64, true
	case a.IsNumeric() && b.IsNumeric():
		return Double, true
	case a.IsText() && b.IsText():
		return Varchar, true
	case a.IsDated() && b.IsDated():
		return DateTime, true
	}
	return Unknown, false
}

// Role tells grouping columns from aggregated ones.
type Role uint8

// The roles.
const (
	Attribute Role = iota
	Measure
)

// String is ATTRIBUTE or MEASURE.
func (r Role) String() string {
	if r == Measure {
		return "MEASURE"
	}
	return "ATTRIBUTE"
}

// ParseRole reads ATTRIBUTE or MEASURE, exactly.
func ParseRole(s string) (Role, bool) {
	switch s {
	case "ATTRIBUTE":
		return Attribute, true
	case "MEASURE":
		return Measure, true
	}
	return Attribute, false
}

// Aggregation is how values of many rows become one.
type Aggregation uint8

// The aggregations, in the order in which TML lists them. Default means that
// none is given: SUM for a measure, none for an attribute.
const (
	DefaultAggregation Aggregation = iota
	Sum
	Count
	Average
	Max
	Min
	CountDistinct
	None
	StdDeviation
	Variance
	ApproxCountDistinct
)

type aggregationText struct{ tml, word, prefix string }

var aggregations = [...]aggregationText{
	DefaultAggregation:  {"", "", ""},
	Sum:                 {"SUM", "sum", "Total"},
	Count:               {"COUNT", "count", "Number of"},
	Average:             {"AVERAGE", "average", "Average"},
	Max:                 {"MAX", "max", "Maximum"},
	Min:                 {"MIN", "min", "Minimum"},
	CountDistinct:       {"COUNT_DISTINCT", "unique count", "Unique Number of"},
	None:                {"NONE", "", ""},
	StdDeviation:        {"STD_DEVIATION", "standard deviation", "Standard Deviation"},
	Variance:            {"VARIANCE", "variance", "Variance"},
	ApproxCountDistinct: {"APPROX_COUNT_DISTINCT", "", "Unique Number of"},
}

// String is the spelling of TML, such as COUNT_DISTINCT; empty for the default.
func (a Aggregation) String() string { return aggregations[a].tml }

// Word is the keyword of the search language, such as "unique count"; empty
// where there is none.
func (a Aggregation) Word() string { return aggregations[a].word }

// Prefix stands before a column's name in a result: Total, Average, Number of …
// (search-language.md 5.1).
func (a Aggregation) Prefix() string { return aggregations[a].prefix }

// NeedsNumber reports whether only numbers can be aggregated so.
func (a Aggregation) NeedsNumber() bool {
	return a == Sum || a == Average || a == StdDeviation || a == Variance
}

// AggregationNames lists the spellings of TML.
func AggregationNames() []string {
	var names []string
	for _, a := range aggregations {
		if a.tml != "" {
			names = append(names, a.tml)
		}
	}
	return names
}

// ParseAggregation reads the spelling of TML, exactly.
func ParseAggregation(s string) (Aggregation, bool) {
	for i, a := range aggregations {
		if a.tml != "" && a.tml == s {
			return Aggregation(i), true
		}
	}
	return DefaultAggregation, false
}

// Bucket is a grain of dates: a calendar period that rows fall into, or a
// position within one.
type Bucket uint8

// The buckets of search-language.md 3.3. Truncating ones come first, from fine
// to coarse; cyclic ones follow.
const (
	NoBucket Bucket = iota
	Detailed
	Hourly
	Daily
	Weekly
	Monthly
	Quarterly
	Yearly
	HourOfDay
	DayOfWeek
	DayOfMonth
	DayOfQuarter
	DayOfYear
	WeekOfMonth
	WeekOfQuarter
	WeekOfYear
	MonthOfQuarter
	MonthOfYear
	QuarterOfYear
)

type bucketText struct {
	word, label string
	min, max    int // of a cyclic bucket
}

var buckets = [...]bucketText{
	NoBucket:       {"", "", 0, 0},
	Detailed:       {"detailed", "", 0, 0},
	Hourly:         {"hourly", "Hour", 0, 0},
	Daily:          {"daily", "Day", 0, 0},
	Weekly:         {"weekly", "Week", 0, 0},
	Monthly:        {"monthly", "Month", 0, 0},
	Quarterly:      {"quarterly", "Quarter", 0, 0},
	Yearly:         {"yearly", "Year", 0, 0},
	HourOfDay:      {"hour of day", "HOUR_OF_DAY", 0, 23},
	DayOfWeek:      {"day of week", "Day of Week", 1, 7},
	DayOfMonth:     {"day of month", "DAY_OF_MONTH", 1, 31},
	DayOfQuarter:   {"day of quarter", "DAY_OF_QUARTER", 1, 92},
	DayOfYear:      {"day of year", "DAY_OF_YEAR", 1, 366},
	WeekOfMonth:    {"week of month", "WEEK_OF_MONTH", 1, 5},
	WeekOfQuarter:  {"week of quarter", "WEEK_OF_QUARTER", 1, 14},
	WeekOfYear:     {"week of year", "WEEK_OF_YEAR", 1, 53},
	MonthOfQuarter: {"month of quarter", "MONTH_OF_QUARTER", 1, 3},
	MonthOfYear:    {"month of year", "MONTH_OF_YEAR", 1, 12},
	QuarterOfYear:  {"quarter of year", "QUARTER_OF_YEAR", 1, 4},
}

// String is the word of the search language, such as "monthly" or "day of week".
func (b Bucket) String() string { return buckets[b].word }

// IsCyclic reports whether the bucket is a position within a period, an
// integer, rather than the start of one.
func (b Bucket) IsCyclic() bool { return b >= HourOfDay }

// Range is the smallest and largest position of a cyclic bucket.
func (b Bucket) Range() (low, high int) { return buckets[b].min, buckets[b].max }

// Name is the name of a result column that holds the bucket of a column of
// the given name: Month(Date), Day of Week(Date) (search-language.md 3.3).
func (b Bucket) Name(column string) string {
	if label := buckets[b].label; label != "" {
		return fmt.Sprintf("%s(%s)", label, column)
	}
	return column
}

// ParseBucket reads a bucket's word, ignoring case and runs of blanks.
func ParseBucket(s string) (Bucket, bool) {
	word := strings.ToLower(strings.Join(strings.Fields(s), " "))
	for i, b := range buckets {
		if b.word != "" && b.word == word {
			return Bucket(i), true
		}
	}
	return NoBucket, false
}
