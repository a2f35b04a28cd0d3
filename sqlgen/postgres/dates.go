package postgres

import (
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// fields are the patterns of to_char.
var fields = map[expr.DateField]string{
	expr.FieldYear: "YYYY", expr.FieldShortYear: "YY", expr.FieldMonth: "MM", expr.FieldDay: "DD", expr.FieldDayOfYear: "DDD",
	expr.FieldMonthName: "FMMonth", expr.FieldShortMonth: "Mon", expr.FieldWeekday: "FMDay", expr.FieldShortWeekday: "Dy",
	expr.FieldHour: "HH24", expr.FieldHalfDayHour: "HH12", expr.FieldMinute: "MI", expr.FieldSecond: "SS", expr.FieldHalfDay: "AM",
}

// date writes the operations on dates.
func date(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpBucket:
		return bucket(c, args[0])
	case expr.OpYear:
		return extract("year", nulls.FiniteDate(args[0]))
	case expr.OpMinute:
		return clockTime("minute", args[0], c.Typ)
	case expr.OpShift:
		return shift(c, args[0], nulls.Shiftable(args[1], c.Unit))
	case expr.OpDiff:
		return diff(c.Unit, args[0], args[1])
	case expr.OpDateText:
		if pattern, ok := fields[c.Field]; ok {
			return "to_char(" + args[0] + ", '" + pattern + "')"
		}
	case expr.OpMakeDate: // by the one function that gives null for what is no date
		return "CAST(jsonb_path_query_first(to_jsonb(" + nulls.DateDigits(args) + "), '$.datetime()', '{}', TRUE) #>> '{}' AS date)"
	}
	return ""
}

// clockTime is the start of an hour or a minute; that of a time comes as an
// interval.
func clockTime(unit, x string, t datatype.Type) string {
	start := "date_trunc('" + unit + "', " + x + ")"
	if t == datatype.Time {
		return cast(start, t)
	}
	return start
}

// intervals are the lengths of units.
var intervals = map[expr.Unit]string{
	expr.Seconds: "1 second", expr.Minutes: "1 minute", expr.Hours: "1 hour", expr.Days: "1 day", expr.Weeks: "7 days",
	expr.Months: "1 month", expr.Quarters: "3 months", expr.Years: "1 year",
}

func shift(c expr.Call, x, n string) string {
	length, ok := intervals[c.Unit]
	if !ok {
		return ""
	}
	moved := "(" + x + " + " + n + " * interval '" + length + "')"
	if c.Typ == datatype.Date {
		return cast(moved, c.Typ)
	}
	return moved
}

func diff(u expr.Unit, later, earlier string) string {
	later, earlier = nulls.FiniteDate(later), nulls.FiniteDate(earlier)
	minus := func(of func(x string) string) string { return "(" + of(later) + " - " + of(earlier) + ")" }
	perYear := func(n, part string) string {
		return minus(func(x string) string { return "(" + extract("year", x) + " * " + n + " + " + extract(part, x) + ")" })
	}
	apart := func(unit, seconds string) string {
		starts := minus(func(x string) string { return "date_trunc('" + unit + "', " + x + ")" })
		return "(" + extract("epoch", starts) + " / " + seconds + ")"
	}
	switch u {
	case expr.Seconds:
		return apart("second", "1")
	case expr.Minutes:
		return apart("minute", "60")
	case expr.Hours:
		return apart("hour", "3600")
	case expr.Days:
		return minus(func(x string) string { return cast(x, datatype.Date) })
	case expr.Weeks:
		return "(" + minus(func(x string) string { return truncate("week", x) }) + " / 7)"
	case expr.Months:
		return perYear("12", "month")
	case expr.Quarters:
		return perYear("4", "quarter")
	case expr.Years:
		return minus(func(x string) string { return extract("year", x) })
	}
	return ""
}
