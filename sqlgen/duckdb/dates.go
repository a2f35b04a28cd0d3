package duckdb

import (
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// date writes the operations on dates.
func date(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpBucket:
		return bucket(c, args[0])
	case expr.OpYear:
		return "year(" + args[0] + ")"
	case expr.OpMinute:
		return clockTime("minute", args[0], c.Typ)
	case expr.OpShift:
		return shift(c, args[0], nulls.Shiftable(args[1], c.Unit))
	case expr.OpDiff:
		return diff(c.Unit, args[0], args[1])
	case expr.OpDateText:
		if strings.IndexByte("YymdjBbAaHIMSp", byte(c.Field)) >= 0 {
			return "strftime(" + nulls.FiniteDate(args[0]) + ", '%" + string(rune(c.Field)) + "')"
		}
	case expr.OpMakeDate:
		return "TRY_CAST(" + nulls.DateDigits(args) + " AS DATE)"
	}
	return ""
}

// clockTime is the start of an hour or a minute. A TIME has none, but it has
// one on some day.
func clockTime(unit, x string, t datatype.Type) string {
	if t == datatype.Time {
		return "CAST(date_trunc('" + unit + "', DATE '1970-01-01' + " + x + ") AS TIME)"
	}
	return "date_trunc('" + unit + "', " + x + ")"
}

func shift(c expr.Call, x, n string) string {
	switch c.Unit {
	case expr.Seconds, expr.Minutes, expr.Hours:
	case expr.Days, expr.Weeks, expr.Months, expr.Quarters, expr.Years:
		n = "CAST(" + n + " AS INTEGER)"
	default:
		return ""
	}
	moved := "(" + x + " + to_" + string(c.Unit) + "(" + n + "))"
	if c.Typ == datatype.Date {
		return "CAST(" + moved + " AS DATE)"
	}
	return moved
}

func diff(u expr.Unit, later, earlier string) string {
	switch u {
	case expr.Weeks: // date_diff counts whole weeks
		return "((" + truncate("week", nulls.FiniteDate(later)) + " - " + truncate("week", nulls.FiniteDate(earlier)) + ") // 7)"
	case expr.Seconds, expr.Minutes, expr.Hours, expr.Days, expr.Months, expr.Quarters, expr.Years:
		return "date_diff('" + strings.TrimSuffix(string(u), "s") + "', " + earlier + ", " + later + ")"
	}
	return ""
}
