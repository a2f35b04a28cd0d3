// Package postgres writes SQL for PostgreSQL.
//
// It holds no driver.
package postgres

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// Dialect is PostgreSQL's SQL.
type Dialect struct{ sqlgen.Base }

var _ sqlgen.Dialect = Dialect{}

var nulls sqlgen.Nulls = sqlgen.NullIf

// Name implements sqlgen.Dialect.
func (Dialect) Name() string { return "PostgreSQL" }

var typeNames = map[datatype.Type]string{
	datatype.Bool: "boolean", datatype.Int32: "bigint", datatype.Int64: "bigint",
	datatype.Float: "float8", datatype.Double: "float8", datatype.Char: "text", datatype.Varchar: "text",
	datatype.Date: "date", datatype.DateTime: "timestamp", datatype.Time: "time",
}

// Param implements sqlgen.Dialect. Every argument is told its type, which the
// server would otherwise guess from its neighbours.
func (Dialect) Param(n int, t datatype.Type) string {
	return cast(fmt.Sprintf("$%d", n), t)
}

func cast(x string, t datatype.Type) string {
	if name, ok := typeNames[t]; ok {
		return "CAST(" + x + " AS " + name + ")"
	}
	return x
}

// byCodePoint is the collation that sorts text by code point; foldCollation
// the one whose lower case knows every script. Of two letters it makes more
// than their lower case, a final sigma and an i with two dots, so that these
// are folded before it sees them: constants are folded letter by letter.
const (
	byCodePoint   = ` COLLATE "C"`
	foldCollation = ` COLLATE "und-x-icu"`
)

// Sortable implements sqlgen.Dialect.
func (Dialect) Sortable(sql string, t datatype.Type) string {
	if t.IsText() {
		return "(" + sql + byCodePoint + ")"
	}
	return sql
}

// Same implements sqlgen.Dialect. A full join needs conditions that can be
// hashed, which IS NOT DISTINCT FROM cannot.
func (Dialect) Same(a, b string, t datatype.Type) string {
	var none string
	switch {
	case t.IsText():
		none = "''"
	case t == datatype.Bool:
		none = "FALSE"
	case t == datatype.Date, t == datatype.DateTime:
		none = "'epoch'"
	case t == datatype.Time:
		none = "'00:00'"
	default:
		none = "0"
	}
	return fmt.Sprintf("((%[1]s IS NULL) = (%[2]s IS NULL) AND COALESCE(%[1]s, %[3]s) = COALESCE(%[2]s, %[3]s))", a, b, none)
}

// Call implements sqlgen.Dialect.
func (d Dialect) Call(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpFold:
		return "(lower(translate(" + args[0] + ", 'İΣ', 'iσ')" + foldCollation + ")" + byCodePoint + ")"
	case expr.OpDiv:
		return "(CAST(" + args[0] + " AS float8) / nullif(" + args[1] + ", 0))"
	case expr.OpRound: // of a Double it would go to even numbers
		return nulls.Fit(sqlgen.Float("round("+exactly(nulls.Finite(sqlgen.Float(args[0])))+")"), c.Typ)
	case expr.OpLog2:
		return sqlgen.Float("log(2, " + exactly(nulls.Finite(nulls.Positive(args[0]))) + ")")
	case expr.OpGreatest, expr.OpLeast:
		for i := range args {
			args[i] = d.Sortable(args[i], c.Typ)
		}
	case expr.OpPow:
		// Beyond 709.78 the logarithm of the power is too large, below -708 too
		// small for a Double.
		return fmt.Sprintf("CASE WHEN (%[1]s < 0 AND %[2]s <> trunc(%[2]s)) OR (%[1]s = 0 AND %[2]s < 0) "+
			"OR %[2]s * ln(nullif(abs(CAST(%[1]s AS float8)), 0)) > 709.78 THEN NULL "+
			"WHEN %[2]s * ln(nullif(abs(CAST(%[1]s AS float8)), 0)) < -708 THEN 0 "+
			"ELSE power(CAST(%[1]s AS float8), %[2]s) END", args[0], args[1])
	}
	if sql := date(c, args); sql != "" {
		return sql
	}
	if sql := convert(c, args); sql != "" {
		return sql
	}
	return d.Base.Call(c, args)
}

// exactly is a Double as a decimal number; a cast alone would round it.
func exactly(x string) string { return "CAST(CAST(" + x + " AS text) AS numeric)" }

// Agg implements sqlgen.Dialect.
func (d Dialect) Agg(a expr.Agg, arg string) string {
	switch a.Fn {
	case expr.AggAverage, expr.AggStddev, expr.AggVariance:
		arg = "CAST(" + arg + " AS float8)"
	case expr.AggMin, expr.AggMax:
		switch {
		case a.Arg.Type().IsText():
			arg = d.Sortable(arg, a.Arg.Type())
		case a.Arg.Type() == datatype.Bool:
			return map[expr.AggFunc]string{expr.AggMin: "bool_and(", expr.AggMax: "bool_or("}[a.Fn] + arg + ")"
		}
	case expr.AggMedian:
		return "percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(" + arg + " AS float8))"
	case expr.AggPercentile:
		return fmt.Sprintf("percentile_cont(%g) WITHIN GROUP (ORDER BY CAST(%s AS float8))", a.P, arg)
	case expr.AggApproxCount:
		return "COUNT(DISTINCT " + arg + ")"
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
		return cast(x, datatype.Date)
	case datatype.Weekly:
		return truncate("week", x)
	case datatype.Monthly:
		return truncate("month", x)
	case datatype.Quarterly:
		return truncate("quarter", x)
	case datatype.Yearly:
		return truncate("year", x)
	case datatype.HourOfDay:
		return extract("hour", x)
	case datatype.DayOfWeek:
		return extract("isodow", x)
	case datatype.DayOfMonth:
		return extract("day", x)
	case datatype.DayOfQuarter:
		x = nulls.FiniteDate(x)
		return "(" + cast(x, datatype.Date) + " - " + truncate("quarter", x) + " + 1)"
	case datatype.DayOfYear:
		return extract("doy", x)
	case datatype.WeekOfMonth:
		return "((" + extract("day", thursday(x)) + " - 1) / 7 + 1)"
	case datatype.WeekOfQuarter:
		t := thursday(nulls.FiniteDate(x))
		return "((" + t + " - " + truncate("quarter", t) + ") / 7 + 1)"
	case datatype.WeekOfYear:
		return extract("week", x)
	case datatype.MonthOfQuarter:
		return "((" + extract("month", x) + " - 1) % 3 + 1)"
	case datatype.MonthOfYear:
		return extract("month", x)
	case datatype.QuarterOfYear:
		return extract("quarter", x)
	}
	return ""
}

func truncate(unit, x string) string {
	return "CAST(date_trunc('" + unit + "', " + x + ") AS date)"
}

func extract(part, x string) string {
	return "CAST(extract(" + strings.ToLower(part) + " FROM " + x + ") AS bigint)"
}

// thursday is the Thursday of the week: by the ISO rule a week belongs to the
// period that holds it.
func thursday(x string) string { return "(" + truncate("week", x) + " + 3)" }
