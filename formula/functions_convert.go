package formula

import (
	"strconv"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

var (
	plainU     = Arg{Name: "u", Takes: TakesNumber | TakesText | TakesBool}
	datedD     = Arg{Name: "d", Takes: TakesDated}
	formatText = Arg{Name: "format", Takes: TakesText, Literal: true}
)

var conversions = []Function{
	conversion("to_integer", takes(ResultInt, plainU), "the nearest integer, halves away from zero; true is 1, false is 0",
		"null if u is null, a text that is no number, or too large", convert(expr.ToInteger),
		Example{"to_integer ( 2.5 )", "3"}, Example{"to_integer ( -2.7 )", "-3"}, Example{"to_integer ( '2.5' )", "3"},
		Example{"to_integer ( 1 < 2 )", "1"}),
	conversion("to_double", takes(ResultDouble, plainU), "the number that a text spells; true is 1, false is 0",
		"null if u is null or a text that is no number", convert(expr.ToDouble),
		Example{"to_double ( ' 7' )", "7"}, Example{"to_double ( '1.5e3' )", "1500"}, Example{"to_double ( 'abc' )", "null"}),
	conversion("to_bool", takes(ResultBool, plainU), "whether a number is not 0 or a text is true, in any case", nullIfAny,
		convert(expr.ToBool), Example{"to_bool ( 2 )", "true"}, Example{"to_bool ( 'True' )", "true"}, Example{"to_bool ( 'yes' )", "false"}),
	{
		Name: "to_string", Group: Conversion, Syntax: "to_string ( u ) or to_string ( d , format )",
		Doc:   "a number or Boolean as text, or a date in a format of the letters of strftime, such as '%d/%m/%Y', or of Java, such as 'dd/MM/yyyy'",
		Nulls: nullIfAny, build: buildToString,
		Overloads: []Overload{
			{Args: []Arg{{Name: "u", Takes: TakesNumber | TakesBool}}, Result: ResultText},
			{Args: []Arg{datedD, formatText}, Result: ResultText},
		},
		Examples: []Example{{"to_string ( 46 )", "46"}, {"to_string ( 1.50 )", "1.5"}, {"to_string ( 2 < 3 )", "true"},
			{"to_string ( to_date ( '2001-03-31' , '%Y-%m-%d' ) , '%m/%d/%y' )", "03/31/01"}},
	},
	conversion("to_date", takes(ResultDate, Arg{Name: "u", Takes: TakesText | TakesInteger}, formatText),
		"the date that a text, or the digits of an integer, spell in a format of the letters of strftime or Java; a time of day in it is dropped",
		"null if u is null or no date in the format", buildToDate,
		Example{"to_date ( '31/03/2001' , '%d/%m/%Y' )", "2001-03-31"}, Example{"to_date ( '31 Mar 2001' , 'dd MMM yyyy' )", "2001-03-31"},
		Example{"to_date ( 20240229 , '%Y%m%d' )", "2024-02-29"}, Example{"to_date ( '2023-02-29' , '%Y-%m-%d' )", "null"}),
	conversion("date", takes(ResultDate, datedD), "the day of a date with time", nullIfAny, convert(dayOf),
		Example{"date ( 02/01/2024 10:59:00 )", "2024-02-01"}),
	conversion("time", takes(ResultTime, datedD), "the time of day of a date with time", nullIfAny,
		convert(func(e expr.Expr) expr.Expr { return expr.Cast(moment(e), datatype.Time) }),
		Example{"time ( 02/01/2024 10:59:00 )", "10:59:00"}),
}

func conversion(name string, overloads []Overload, doc, nulls string, build builder, examples ...Example) Function {
	syntax := name + " ( " + overloads[0].Args[0].Name + " )"
	if len(overloads[0].Args) == 2 {
		syntax = name + " ( " + overloads[0].Args[0].Name + " , " + overloads[0].Args[1].Name + " )"
	}
	return Function{Name: name, Group: Conversion, Syntax: syntax, Doc: doc, Nulls: nulls, Overloads: overloads, Examples: examples, build: build}
}

// convert makes the meaning of a function of its first argument.
func convert(of func(expr.Expr) expr.Expr) builder {
	return func(c *checker, n *Call, args []value) value {
		return c.made(n, of(args[0].expr), args[0])
	}
}

func dayOf(e expr.Expr) expr.Expr {
	if e.Type() == datatype.Date {
		return e
	}
	return expr.BucketOf(datatype.Daily, e)
}

// moment is a date with its time of day.
func moment(e expr.Expr) expr.Expr {
	if e.Type() == datatype.Date {
		return expr.Cast(e, datatype.DateTime)
	}
	return e
}

func buildToString(c *checker, n *Call, args []value) value {
	if len(args) == 1 {
		x := args[0].wide(widest(args[0].typ))
		return c.made(n, expr.ToText(x.expr), x)
	}
	format, ok := c.format(n, args[1])
	if !ok {
		return failed(n)
	}
	if format.isPlain() {
		return c.fail(n, errFormatPlain(n.Args[1].Span(), n.Name))
	}
	e, mentions := format.write(args[0].expr)
	return c.made(n, e, repeated(mentions, args[0])...)
}

func buildToDate(c *checker, n *Call, args []value) value {
	format, ok := c.format(n, args[1])
	switch {
	case !ok:
		return failed(n)
	case !format.dates():
		return c.fail(n, errFormatPlain(n.Args[1].Span(), n.Name))
	case format.repeats():
		return c.fail(n, errFormatRepeats(n.Args[1].Span(), n.Name))
	}
	text := args[0].expr
	if text.Type().IsInteger() {
		text = integerText(text)
	}
	e, mentions := format.read(text)
	return c.made(n, e, repeated(mentions, args[0])...)
}

// integerText is an integer as text; constants are written at once.
func integerText(e expr.Expr) expr.Expr {
	if k, ok := e.(expr.Const); ok {
		if v, ok := k.Value.(int64); ok {
			return expr.Text(strconv.FormatInt(v, 10))
		}
		return expr.Const{Typ: datatype.Varchar}
	}
	return expr.ToText(e)
}

// format reads an argument that is a format of dates, written out.
func (c *checker) format(n *Call, v value) (dateFormat, bool) {
	text, ok := v.literal()
	if !ok {
		c.fail(n, errFormatLiteral(v.node.Span(), n.Name))
		return nil, false
	}
	format, unknown := readFormat(text)
	if unknown != "" {
		c.fail(n, errFormatUnknown(v.node.Span(), n.Name, unknown))
		return nil, false
	}
	return format, true
}
