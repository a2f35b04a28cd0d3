// Package duckdb writes SQL for DuckDB.
//
// It holds no driver. The shapes avoid the engine faults that
// search-language.md 4.10 lists.
package duckdb

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// Dialect is DuckDB's SQL.
type Dialect struct{ sqlgen.Base }

var _ sqlgen.Dialect = Dialect{}

// nulls writes x, or null where it equals a value. DuckDB writes out x twice for
// NULLIF, so that expressions in one another double in length each time; it
// looks at the member of a list once.
var nulls sqlgen.Nulls = func(x, value string) string {
	if len(x) <= 80 {
		return sqlgen.NullIf(x, value)
	}
	return "list_filter([" + x + "], lambda v: v <> " + value + ")[1]"
}

var base = sqlgen.Base{Nulls: nulls}

// Name implements sqlgen.Dialect.
func (Dialect) Name() string { return "DuckDB" }

var typeNames = map[datatype.Type]string{
	datatype.Bool: "BOOLEAN", datatype.Int32: "INTEGER", datatype.Int64: "BIGINT",
	datatype.Float: "FLOAT", datatype.Double: "DOUBLE", datatype.Char: "VARCHAR", datatype.Varchar: "VARCHAR",
	datatype.Date: "DATE", datatype.DateTime: "TIMESTAMP", datatype.Time: "TIME",
}

// Param implements sqlgen.Dialect. Times are told their type, since the driver
// binds each as a TIMESTAMP.
func (d Dialect) Param(n int, t datatype.Type) string {
	if t == datatype.Date || t == datatype.Time {
		return fmt.Sprintf("CAST($%d AS %s)", n, typeNames[t])
	}
	return d.Base.Param(n, t)
}

// Call implements sqlgen.Dialect.
func (d Dialect) Call(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpPow:
		return nulls(nulls.Finite("pow("+strings.Join(args, ", ")+")"), "CAST('nan' AS DOUBLE)")
	case expr.OpMod: // wide, since the least of integers by -1 is refused
		return "CAST(" + base.Call(c, []string{"CAST(" + args[0] + " AS HUGEINT)", args[1]}) + " AS BIGINT)"
	case expr.OpEditDistance:
		return "levenshtein(" + strings.Join(args, ", ") + ")"
	case expr.OpSimilarity:
		return "jaro_winkler_similarity(" + strings.Join(args, ", ") + ")"
	}
	if sql := date(c, args); sql != "" {
		return sql
	}
	if sql := convert(c, args); sql != "" {
		return sql
	}
	return base.Call(c, args)
}

// Agg implements sqlgen.Dialect.
func (d Dialect) Agg(a expr.Agg, arg string) string {
	switch a.Fn {
	case expr.AggMedian:
		return "MEDIAN(" + arg + ")"
	case expr.AggPercentile:
		return fmt.Sprintf("QUANTILE_CONT(%s, %g)", arg, a.P)
	case expr.AggApproxCount:
		return "APPROX_COUNT_DISTINCT(" + arg + ")"
	}
	return d.Base.Agg(a, arg)
}

func bucket(c expr.Call, x string) string {
	switch c.Bucket {
	case datatype.Detailed:
		return "date_trunc('second', " + x + ")"
	case datatype.Hourly:
		if c.Typ == datatype.Date {
			return x
		}
		return clockTime("hour", x, c.Typ)
	case datatype.Daily:
		return "CAST(" + x + " AS DATE)"
	case datatype.Weekly:
		return truncate("week", x)
	case datatype.Monthly:
		return truncate("month", x)
	case datatype.Quarterly:
		return truncate("quarter", x)
	case datatype.Yearly:
		return truncate("year", x)
	case datatype.HourOfDay:
		return "hour(" + x + ")"
	case datatype.DayOfWeek:
		return "isodow(" + x + ")"
	case datatype.DayOfMonth:
		return "day(" + x + ")"
	case datatype.DayOfQuarter:
		x = nulls.FiniteDate(x)
		return "(CAST(" + x + " AS DATE) - " + truncate("quarter", x) + " + 1)"
	case datatype.DayOfYear:
		return "dayofyear(" + x + ")"
	case datatype.WeekOfMonth:
		return "((day(" + thursday(x) + ") - 1) // 7 + 1)"
	case datatype.WeekOfQuarter:
		t := thursday(nulls.FiniteDate(x))
		return "((" + t + " - " + truncate("quarter", t) + ") // 7 + 1)"
	case datatype.WeekOfYear:
		return "weekofyear(" + x + ")"
	case datatype.MonthOfQuarter:
		return "((month(" + x + ") - 1) % 3 + 1)"
	case datatype.MonthOfYear:
		return "month(" + x + ")"
	case datatype.QuarterOfYear:
		return "quarter(" + x + ")"
	}
	return ""
}

func truncate(unit, x string) string {
	return "CAST(date_trunc('" + unit + "', " + x + ") AS DATE)"
}

// thursday is the Thursday of the week: by the ISO rule a week belongs to the
// period that holds it.
func thursday(x string) string { return "(" + truncate("week", x) + " + 3)" }
