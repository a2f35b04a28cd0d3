package expr_test

import (
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

func TestDatesAndConversions(t *testing.T) {
	double := func(v float64) expr.Expr { return expr.Const{Value: v, Typ: datatype.Double} }
	for _, test := range []struct {
		got  expr.Expr
		want string
		typ  datatype.Type
	}{
		{expr.Year(day), "year(day#4)", datatype.Int64},
		{expr.Minute(moment), "minute(moment#5)", datatype.DateTime},
		{expr.DateText(expr.FieldMonthName, day), "date_text_B(day#4)", datatype.Varchar},
		{expr.MakeDate(count, expr.Int(2), expr.Int(29)), "make_date(count#3, 2, 29)", datatype.Date},
		{expr.Shift(expr.Weeks, day, expr.Int(-2)), "shift_weeks(day#4, -2)", datatype.Date},
		{expr.Shift(expr.Years, moment, expr.Int(10_000)), "shift_years(moment#5, 10000)", datatype.DateTime},
		{expr.Shift(expr.Years, moment, expr.Int(-10_001)), "null", datatype.DateTime},
		{expr.Shift(expr.Seconds, moment, expr.Const{Typ: datatype.Int64}), "null", datatype.DateTime},
		{expr.Diff(expr.Quarters, day, day), "diff_quarters(day#4, day#4)", datatype.Int64},
		{expr.Fold(expr.Fold(name)), "fold(name#1)", datatype.Varchar},

		{expr.Cast(day, datatype.Date), "day#4", datatype.Date},
		{expr.Cast(expr.Const{Typ: datatype.Varchar}, datatype.Time), "null", datatype.Time},
		{expr.ToInteger(expr.True), "cast_int64(true)", datatype.Int64},
		{expr.ToInteger(double(-2.5)), "-3", datatype.Int64},
		{expr.ToInteger(double(9223372036854775807)), "null", datatype.Int64},
		{expr.ToInteger(double(-9223372036854775808)), "-9223372036854775808", datatype.Int64},
		{expr.ToInteger(amount), "round_int64(amount#2)", datatype.Int64},
		{expr.ToDouble(expr.Text(" 1.5e3\n")), "1500", datatype.Double},
		{expr.ToDouble(expr.Text("1e200")), "null", datatype.Double},
		{expr.ToBool(count), "ne(count#3, 0)", datatype.Bool},
		{expr.ToBool(name), `eq(fold(name#1), "true")`, datatype.Bool},
		{expr.ToText(amount), "to_text(amount#2)", datatype.Varchar},
	} {
		if test.got.String() != test.want || test.got.Type() != test.typ {
			t.Errorf("got %s of type %s, want %s of type %s", test.got, test.got.Type(), test.want, test.typ)
		}
	}
	for _, e := range []expr.Expr{expr.Year(day), expr.Minute(moment), expr.DateText('Y', day), expr.Shift(expr.Days, day, count),
		expr.Diff(expr.Days, day, day), expr.MakeDate(count, count, count), expr.ToInteger(name)} {
		if !expr.CanFail(e) {
			t.Errorf("%s can fail for a date or number that the database does not know", e)
		}
	}
	if expr.Equal(expr.Shift(expr.Days, day, count), expr.Shift(expr.Weeks, day, count)) {
		t.Error("days are weeks")
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2024, 9, 24, 10, 30, 15, 999, time.UTC)
	for _, test := range []struct {
		clock    expr.Clock
		name, at string
	}{
		{expr.Clock{Typ: datatype.Date}, "today", "2024-09-24"},
		{expr.Clock{Typ: datatype.DateTime}, "now", "2024-09-24T10:30:15"},
	} {
		at := test.clock.At(now)
		if test.clock.String() != test.name || at.String() != test.at || at.Typ != test.clock.Typ || test.clock.Level() != expr.LevelConst {
			t.Errorf("%s reads %s", test.clock, at)
		}
		if e := expr.Compare(expr.OpLt, day, test.clock); !expr.AsksWhen(e) || expr.AsksWhen(expr.Compare(expr.OpLt, day, at)) {
			t.Errorf("%s depends on the clock", e)
		}
	}
}
