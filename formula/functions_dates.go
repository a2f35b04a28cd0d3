package formula

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

var (
	datedE       = Arg{Name: "e", Takes: TakesDated}
	calendarSlot = Arg{Name: "calendar", Takes: TakesCalendar}
)

// dateFunctions count weeks from Monday, and a week belongs to the period that
// holds its Thursday (formulas.md 3.8).
var dateFunctions = []Function{
	present("today", ResultDate, "the day on which the question is asked", datatype.Date, Example{"today ( )", "2024-09-24"}),
	present("now", ResultDateTime, "the time at which the question is asked, to the second", datatype.DateTime,
		Example{"now ( )", "2024-09-24 10:30:00"}),

	ofCalendar("year", ResultInt, "the year", expr.Year, Example{"year ( " + jan30 + " )", "2015"}),
	ofCalendar("year_name", ResultText, "the year as text", func(e expr.Expr) expr.Expr { return expr.ToText(expr.Year(e)) },
		Example{"year_name ( " + jan30 + " )", "2015"}),
	ofCalendar("quarter_number", ResultInt, "the quarter of the year, 1 to 4", bucketed(datatype.QuarterOfYear),
		Example{"quarter_number ( " + jan30 + " )", "1"}),
	ofCalendar("month_number", ResultInt, "the month of the year, 1 to 12", bucketed(datatype.MonthOfYear),
		Example{"month_number ( " + jan30 + " )", "1"}),
	ofCalendar("month_number_of_quarter", ResultInt, "the month of the quarter, 1 to 3", bucketed(datatype.MonthOfQuarter),
		Example{"month_number_of_quarter ( " + jan30 + " )", "1"}),
	ofDate("month", ResultText, "the name of the month, in lower case", named(expr.FieldMonthName), Example{"month ( " + jan30 + " )", "january"}),
	ofDate("day", ResultInt, "the day of the month, 1 to 31", bucketed(datatype.DayOfMonth), Example{"day ( " + jan30 + " )", "30"}),
	ofDate("day_of_week", ResultText, "the name of the weekday, in lower case", named(expr.FieldWeekday),
		Example{"day_of_week ( " + jan30 + " )", "friday"}),
	ofCalendar("day_number_of_week", ResultInt, "the weekday, from Monday, 1, to Sunday, 7", bucketed(datatype.DayOfWeek),
		Example{"day_number_of_week ( " + oct4 + " )", "7"}),
	ofCalendar("day_number_of_year", ResultInt, "the day of the year, 1 to 366", bucketed(datatype.DayOfYear),
		Example{"day_number_of_year ( " + oct4 + " )", "277"}),
	ofCalendar("day_number_of_quarter", ResultInt, "the day of the quarter, 1 to 92", bucketed(datatype.DayOfQuarter),
		Example{"day_number_of_quarter ( " + jan30 + " )", "30"}),
	ofCalendar("week_number_of_year", ResultInt, "the week of the year by ISO 8601: week 1 has the first Thursday", bucketed(datatype.WeekOfYear),
		Example{"week_number_of_year ( " + onDay("2021-01-01") + " )", "53"}, Example{"week_number_of_year ( " + onDay("2019-12-30") + " )", "1"}),
	ofCalendar("week_number_of_quarter", ResultInt, "the week of the quarter: week 1 has the first Thursday", bucketed(datatype.WeekOfQuarter),
		Example{"week_number_of_quarter ( " + onDay("2017-04-03") + " )", "1"}),
	ofCalendar("week_number_of_month", ResultInt, "the week of the month: week 1 has the first Thursday", bucketed(datatype.WeekOfMonth),
		Example{"week_number_of_month ( " + onDay("2017-03-23") + " )", "4"}),
	ofDate("is_weekend", ResultBool, "whether it is a Saturday or a Sunday",
		func(e expr.Expr) expr.Expr {
			return expr.In(expr.BucketOf(datatype.DayOfWeek, e), expr.Int(6), expr.Int(7))
		},
		Example{"is_weekend ( " + onDay("2015-01-31") + " )", "true"}, Example{"is_weekend ( " + jan30 + " )", "false"}),
	ofDate("hour_of_day", ResultInt, "the hour, 0 to 23",
		func(e expr.Expr) expr.Expr { return expr.BucketOf(datatype.HourOfDay, moment(e)) },
		Example{"hour_of_day ( 02/01/2024 10:59:00 )", "10"}, Example{"hour_of_day ( " + jan30 + " )", "0"}),

	ofCalendar("start_of_year", ResultDate, "the first day of the year", bucketed(datatype.Yearly),
		Example{"start_of_year ( " + oct4 + " )", "2026-01-01"}),
	ofCalendar("start_of_quarter", ResultDate, "the first day of the quarter", bucketed(datatype.Quarterly),
		Example{"start_of_quarter ( " + onDay("2014-05-31") + " )", "2014-04-01"}),
	ofCalendar("start_of_month", ResultDate, "the first day of the month", bucketed(datatype.Monthly),
		Example{"start_of_month ( " + jan30 + " )", "2015-01-01"}),
	ofCalendar("start_of_week", ResultDate, "the Monday of the week", bucketed(datatype.Weekly),
		Example{"start_of_week ( " + oct4 + " )", "2026-09-28"}),
	ofClock("start_of_hour", "the start of the hour", func(e expr.Expr) expr.Expr { return expr.BucketOf(datatype.Hourly, moment(e)) },
		Example{"start_of_hour ( 02/01/2024 10:59:00 )", "2024-02-01 10:00:00"},
		Example{"start_of_hour ( time ( 02/01/2024 10:59:00 ) )", "10:00:00"}),
	ofClock("start_of_min", "the start of the minute", func(e expr.Expr) expr.Expr { return expr.Minute(moment(e)) },
		Example{"start_of_min ( " + jan30 + " )", "2015-01-30 00:00:00"}, Example{"start_of_min ( time ( 02/01/2024 10:59:30 ) )", "10:59:00"}),

	shifts("add_days", "days", expr.Days, false, Example{"add_days ( " + jan30 + " , -30 )", "2014-12-31"}),
	shifts("add_weeks", "weeks", expr.Weeks, false, Example{"add_weeks ( " + jan30 + " , 1 )", "2015-02-06"}),
	shifts("add_months", "months, on the last day of one that is too short", expr.Months, false,
		Example{"add_months ( " + onDay("2026-01-31") + " , 1 )", "2026-02-28"}, Example{"add_months ( " + jan30 + " , 5 )", "2015-06-30"}),
	shifts("add_years", "years, on the 28th for a 29th of February", expr.Years, false,
		Example{"add_years ( " + onDay("2024-02-29") + " , 1 )", "2025-02-28"}),
	shifts("add_minutes", "minutes", expr.Minutes, true, Example{"add_minutes ( " + jan30 + " , 90 )", "2015-01-30 01:30:00"},
		Example{"add_minutes ( time ( 02/01/2024 00:10:00 ) , -30 )", "23:40:00"}),
	shifts("add_seconds", "seconds", expr.Seconds, true, Example{"add_seconds ( " + jan30 + " , -1 )", "2015-01-29 23:59:59"}),

	counts("diff_days", "days", expr.Days, Example{"diff_days ( " + onDay("2026-10-10") + " , " + oct4 + " )", "6"}),
	counts("diff_weeks", "Mondays", expr.Weeks, Example{"diff_weeks ( " + onDay("2026-10-10") + " , " + oct4 + " )", "1"}),
	counts("diff_months", "starts of months", expr.Months,
		Example{"diff_months ( " + onDay("2026-02-01") + " , " + onDay("2026-01-31") + " )", "1"},
		Example{"diff_months ( " + onDay("2026-01-31") + " , " + onDay("2026-02-01") + " )", "-1"}),
	counts("diff_quarters", "starts of quarters", expr.Quarters,
		Example{"diff_quarters ( " + onDay("2026-04-01") + " , " + onDay("2026-03-31") + " )", "1"}),
	counts("diff_years", "starts of years", expr.Years,
		Example{"diff_years ( " + onDay("2026-01-01") + " , " + onDay("2025-12-31") + " )", "1"}),
	counts("diff_hours", "starts of hours", expr.Hours, Example{"diff_hours ( 02/01/2024 10:59:00 , 01/31/2024 )", "34"}),
	counts("diff_minutes", "starts of minutes", expr.Minutes, Example{"diff_minutes ( " + jan30 + " , " + onDay("2015-01-29") + " )", "1440"}),
	counts("diff_time", "seconds", expr.Seconds, Example{"diff_time ( " + jan30 + " , " + onDay("2015-01-29") + " )", "86400"}),
}

// onDay is the formula of a date.
func onDay(date string) string { return "to_date ( '" + date + "' , '%Y-%m-%d' )" }

var (
	jan30 = onDay("2015-01-30")
	oct4  = onDay("2026-10-04")
)

func bucketed(b datatype.Bucket) func(expr.Expr) expr.Expr {
	return func(e expr.Expr) expr.Expr { return expr.BucketOf(b, e) }
}

func named(f expr.DateField) func(expr.Expr) expr.Expr {
	return func(e expr.Expr) expr.Expr { return expr.Fold(expr.DateText(f, e)) }
}

// present declares a function of the clock.
func present(name string, result Result, doc string, t datatype.Type, example Example) Function {
	return Function{
		Name: name, Group: DateFunctions, Syntax: name + " ( )", Doc: doc, Nulls: "never null", Overloads: takes(result),
		Examples: []Example{example},
		build:    func(c *checker, n *Call, _ []value) value { return c.made(n, expr.Clock{Typ: t}) },
	}
}

// dateFunction declares a function of dates that may be followed by a calendar.
func dateFunction(name string, overload Overload, calendar bool, doc string, build builder, examples []Example) Function {
	f := Function{Name: name, Group: DateFunctions, Doc: doc, Nulls: nullIfAny, Overloads: []Overload{overload}, Examples: examples, build: build}
	var names []string
	for _, a := range overload.Args {
		names = append(names, a.Name)
	}
	f.Syntax = name + " ( " + strings.Join(names, " , ") + " )"
	if calendar {
		f.Syntax = strings.TrimSuffix(f.Syntax, ")") + "[ , calendar ] )"
		f.Overloads = append(f.Overloads, Overload{Args: append(slices.Clone(overload.Args), calendarSlot), Result: overload.Result})
	}
	return f
}

// ofDate declares a function of a date, ofCalendar one whose value depends on
// the calendar.
func ofDate(name string, result Result, doc string, of func(expr.Expr) expr.Expr, examples ...Example) Function {
	return dateFunction(name, Overload{Args: []Arg{datedD}, Result: result}, false, doc+" of a date", convert(of), examples)
}

func ofCalendar(name string, result Result, doc string, of func(expr.Expr) expr.Expr, examples ...Example) Function {
	return dateFunction(name, Overload{Args: []Arg{datedD}, Result: result}, true, doc+" of a date", convert(of), examples)
}

// ofClock declares a function of a date, as DateTime, or a time of day.
func ofClock(name, doc string, of func(expr.Expr) expr.Expr, examples ...Example) Function {
	f := dateFunction(name, Overload{Args: []Arg{datedD}, Result: ResultDateTime}, false, doc+" of a date with time, or of a time", convert(of), examples)
	f.Overloads = append(f.Overloads, Overload{Args: []Arg{{Name: "d", Takes: TakesTime}}, Result: ResultTime})
	return f
}

// shifts declares a function that moves dates by units; by those of a clock it
// moves times, too, and makes DateTimes of dates.
func shifts(name, units string, u expr.Unit, clock bool, examples ...Example) Function {
	of := func(e expr.Expr) expr.Expr { return e }
	overload := Overload{Args: []Arg{datedD, countN}, Result: ResultFirst}
	doc := "the date n " + units + " later, earlier for a negative n"
	if clock {
		of, overload.Result = moment, ResultDateTime
		doc = "the date with time, or the time of day, n " + units + " later, earlier for a negative n"
	}
	f := dateFunction(name, overload, false, doc, func(c *checker, n *Call, args []value) value {
		return c.made(n, expr.Shift(u, of(args[0].expr), args[1].wide(datatype.Int64).expr), args...)
	}, examples)
	f.Nulls = "null if an argument is null, or n is more than ten thousand years"
	if clock {
		f.Overloads = append(f.Overloads, Overload{Args: []Arg{{Name: "d", Takes: TakesTime}, countN}, Result: ResultTime})
	}
	return f
}

// counts declares a function that counts units from its second argument to its
// first.
func counts(name, units string, u expr.Unit, examples ...Example) Function {
	calendar := u == expr.Weeks || u == expr.Months || u == expr.Quarters || u == expr.Years
	clock := u == expr.Hours || u == expr.Minutes || u == expr.Seconds
	doc := "how many " + units + " lie between e and d, counting d; negative if d is earlier"
	return dateFunction(name, Overload{Args: []Arg{datedD, datedE}, Result: ResultInt}, calendar, doc, func(c *checker, n *Call, args []value) value {
		d, e := args[0].expr, args[1].expr
		if clock || d.Type() != e.Type() {
			d, e = moment(d), moment(e)
		}
		return c.made(n, expr.Diff(u, d, e), args[:2]...)
	}, examples)
}

// calendar reads an argument that names a calendar, bare or in quotes
// (formulas.md 3.8).
func (c *checker) calendar(n *Call, i int) value {
	var name string
	switch a := n.Args[i].(type) {
	case *Text:
		name = a.Value
	case *Ref:
		if a.Bare {
			name = a.Name()
		}
	}
	switch {
	case name == "":
		return c.fail(n.Args[i], errCalendar(n.Args[i].Span(), n.Name, i+1))
	case !strings.EqualFold(name, "calendar"):
		return c.fail(n.Args[i], errNotAvailable(n.Args[i].Span(), "calendar", name))
	}
	return constant(n.Args[i], name, datatype.Varchar)
}
