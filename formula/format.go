package formula

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// dateFormat is how a date is written, part by part (formulas.md 3.7).
type dateFormat []formatPart

// formatPart is a field of a date or, without one, a text between fields.
type formatPart struct {
	field expr.DateField
	text  string
}

// formatField is a field with its letters in Java and what it looks like in
// texts that are read: with as few digits as people write, and at full width.
type formatField struct {
	field        expr.DateField
	java         string
	short, width string
}

var formatFields = []formatField{
	{expr.FieldYear, "yyyy", `[0-9]{1,4}`, `[0-9]{4}`},
	{expr.FieldShortYear, "yy", `[0-9]{1,2}`, `[0-9]{2}`},
	{expr.FieldMonth, "MM", `[0-9]{1,2}`, `[0-9]{2}`},
	{expr.FieldDay, "dd", `[0-9]{1,2}`, `[0-9]{2}`},
	{expr.FieldDayOfYear, "DDD", `[0-9]{1,3}`, `[0-9]{3}`},
	{expr.FieldMonthName, "MMMM", longMonths, ""},
	{expr.FieldShortMonth, "MMM", shortMonths, ""},
	{expr.FieldWeekday, "EEEE", `monday|tuesday|wednesday|thursday|friday|saturday|sunday`, ""},
	{expr.FieldShortWeekday, "EEE", `mon|tue|wed|thu|fri|sat|sun`, ""},
	{expr.FieldHour, "HH", `[01]?[0-9]|2[0-3]`, `[01][0-9]|2[0-3]`},
	{expr.FieldHalfDayHour, "hh", `0?[1-9]|1[0-2]`, `0[1-9]|1[0-2]`},
	{expr.FieldMinute, "mm", `[0-5]?[0-9]`, `[0-5][0-9]`},
	{expr.FieldSecond, "ss", `[0-5]?[0-9]`, `[0-5][0-9]`},
	{expr.FieldHalfDay, "a", `am|pm`, ""},
}

const (
	longMonths  = `january|february|march|april|may|june|july|august|september|october|november|december`
	shortMonths = `jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec`
)

func (f formatField) isNumber() bool { return f.width != "" }

func fieldOf(letter expr.DateField) formatField {
	return formatFields[slices.IndexFunc(formatFields, func(f formatField) bool { return f.field == letter })]
}

// readFormat reads a format with the letters of strftime or, if it holds no %,
// those of Java. It returns the part that it does not know, if there is one.
func readFormat(s string) (format dateFormat, unknown string) {
	if strings.Contains(s, "%") {
		return readStrftime(s)
	}
	return readJava(s)
}

func readStrftime(s string) (format dateFormat, unknown string) {
	for s != "" {
		text, rest, found := strings.Cut(s, "%")
		format = format.with(text)
		switch {
		case !found:
			return format, ""
		case strings.HasPrefix(rest, "%"):
			format, s = format.with("%"), rest[1:]
			continue
		}
		at := slices.IndexFunc(formatFields, func(f formatField) bool { return rest != "" && rest[0] == byte(f.field) })
		if at < 0 {
			return nil, "%" + first(rest)
		}
		format, s = append(format, formatPart{field: formatFields[at].field}), rest[1:]
	}
	return format, ""
}

// readJava reads the letters of Java; texts with letters stand in single
// quotes, of which two are one.
func readJava(s string) (format dateFormat, unknown string) {
	quoted := false
	for s != "" {
		text := first(s)
		switch {
		case strings.HasPrefix(s, "''"):
			format, text = format.with("'"), "''"
		case text == "'":
			quoted = !quoted
		case !quoted && 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z':
			text = s[:len(s)-len(strings.TrimLeft(s, text))]
			at := slices.IndexFunc(formatFields, func(f formatField) bool { return f.java == text })
			if at < 0 {
				return nil, text
			}
			format = append(format, formatPart{field: formatFields[at].field})
		default:
			format = format.with(text)
		}
		s = s[len(text):]
	}
	if quoted {
		return nil, "'"
	}
	return format, ""
}

// first is the first character of a text.
func first(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// with is the format with a text after it.
func (f dateFormat) with(text string) dateFormat {
	if last := len(f) - 1; last >= 0 && f[last].field == 0 {
		f[last].text += text
		return f
	}
	if text == "" {
		return f
	}
	return append(f, formatPart{text: text})
}

func (f dateFormat) has(field expr.DateField) bool {
	return slices.ContainsFunc(f, func(p formatPart) bool { return p.field == field })
}

// isPlain reports whether the format has no field.
func (f dateFormat) isPlain() bool {
	return !slices.ContainsFunc(f, func(p formatPart) bool { return p.field != 0 })
}

// repeats reports whether the format says something twice.
func (f dateFormat) repeats() bool {
	said := map[string]bool{}
	again := false
	say := func(what ...string) {
		for _, w := range what {
			again = again || said[w]
			said[w] = true
		}
	}
	for _, p := range f {
		switch p.field {
		case 0:
		case expr.FieldYear, expr.FieldShortYear:
			say("year")
		case expr.FieldMonth, expr.FieldMonthName, expr.FieldShortMonth:
			say("month")
		case expr.FieldDay:
			say("day")
		case expr.FieldDayOfYear:
			say("month", "day")
		default:
			say(string(rune(p.field)))
		}
	}
	return again
}

// write is a date as text.
func (f dateFormat) write(date expr.Expr) (text expr.Expr, mentions int) {
	var parts []expr.Expr
	for _, p := range f {
		if p.field == 0 {
			parts = append(parts, expr.Text(p.text))
			continue
		}
		parts = append(parts, expr.DateText(p.field, date))
		mentions++
	}
	if len(parts) == 1 {
		return parts[0], mentions
	}
	return expr.TextOf(expr.OpConcat, parts...), mentions
}

// names reports whether names stand in the format; their case does not count.
func (f dateFormat) names() bool {
	return slices.ContainsFunc(f, func(p formatPart) bool { return p.field != 0 && !fieldOf(p.field).isNumber() })
}

// pattern is the regular expression of texts in the format, with a group for
// one field. A number that digits follow has its full width.
func (f dateFormat) pattern(wanted expr.DateField) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^ *")
	for i, p := range f {
		if p.field == 0 {
			text := p.text
			if f.names() {
				text = strings.ToLower(text)
			}
			b.WriteString(regexp.QuoteMeta(text))
			continue
		}
		look := fieldOf(p.field)
		pattern := look.short
		if look.isNumber() && i+1 < len(f) && f[i+1].beginsWithDigit() {
			pattern = look.width
		}
		group := "(?:"
		if p.field == wanted {
			group = "("
		}
		b.WriteString(group + pattern + ")")
	}
	b.WriteString(" *$")
	return regexp.MustCompile(b.String())
}

func (p formatPart) beginsWithDigit() bool {
	if p.field != 0 {
		return fieldOf(p.field).isNumber()
	}
	return '0' <= p.text[0] && p.text[0] <= '9'
}

// dates reports whether the format says anything of the year, month or day.
func (f dateFormat) dates() bool {
	return slices.ContainsFunc(f, func(p formatPart) bool {
		return slices.Contains([]expr.DateField{expr.FieldYear, expr.FieldShortYear, expr.FieldMonth, expr.FieldMonthName,
			expr.FieldShortMonth, expr.FieldDay, expr.FieldDayOfYear}, p.field)
	})
}

// read is the Date that a text spells; null where it spells none. What the
// format leaves out is that of the 1st of January 1900, and a year with two
// digits is one from 1969 to 2068.
func (f dateFormat) read(text expr.Expr) (date expr.Expr, mentions int) {
	if f.names() {
		text = expr.Fold(text)
	}
	if k, ok := text.(expr.Const); ok {
		return f.readConst(k), 1
	}
	get := func(field expr.DateField) expr.Expr {
		mentions++
		return expr.Extract(text, f.pattern(field))
	}
	number := func(field expr.DateField) expr.Expr { return expr.Cast(get(field), datatype.Int64) }

	year, month, day := expr.Expr(expr.Int(1900)), expr.Expr(expr.Int(1)), expr.Expr(expr.Int(1))
	switch {
	case f.has(expr.FieldYear):
		year = number(expr.FieldYear)
	case f.has(expr.FieldShortYear):
		n := number(expr.FieldShortYear)
		mentions++
		century := choose(datatype.Int64, []expr.Expr{expr.Compare(expr.OpLt, n, expr.Int(69)), expr.Int(2000)}, expr.Int(1900))
		year = plus(century, n)
	}
	switch {
	case f.has(expr.FieldMonth):
		month = number(expr.FieldMonth)
	case f.has(expr.FieldMonthName):
		month = monthNumber(expr.TextOf(expr.OpLeft, get(expr.FieldMonthName), expr.Int(3)))
	case f.has(expr.FieldShortMonth):
		month = monthNumber(get(expr.FieldShortMonth))
	}
	switch {
	case f.has(expr.FieldDay):
		day = number(expr.FieldDay)
	case f.has(expr.FieldDayOfYear):
		date = expr.Shift(expr.Days, expr.MakeDate(year, month, day), plus(number(expr.FieldDayOfYear), expr.Int(-1)))
		inYear := expr.Compare(expr.OpEq, expr.Year(date), year)
		return choose(datatype.Date, []expr.Expr{inYear, date}, expr.Const{Typ: datatype.Date}), 3 * mentions
	}
	return expr.MakeDate(year, month, day), mentions
}

func (f dateFormat) readConst(text expr.Const) expr.Const {
	year, month, day := 1900, time.January, 1
	for _, p := range f {
		if p.field == 0 {
			continue
		}
		found, ok := expr.Extract(text, f.pattern(p.field)).(expr.Const).Value.(string)
		if !ok {
			return expr.Const{Typ: datatype.Date}
		}
		n, _ := strconv.Atoi(found) // 0 for a name
		switch p.field {
		case expr.FieldYear:
			year = n
		case expr.FieldShortYear:
			if year = 1900 + n; n < 69 {
				year = 2000 + n
			}
		case expr.FieldMonth:
			month = time.Month(n)
		case expr.FieldMonthName, expr.FieldShortMonth:
			month = time.Month(1 + slices.Index(strings.Split(shortMonths, "|"), found[:3]))
		case expr.FieldDay, expr.FieldDayOfYear:
			day = n
		}
	}
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	sameDay := date.Month() == month && date.Day() == day || f.has(expr.FieldDayOfYear)
	if year == 0 || date.Year() != year || !sameDay {
		return expr.Const{Typ: datatype.Date}
	}
	return expr.Const{Value: date, Typ: datatype.Date}
}

func plus(a, b expr.Expr) expr.Expr {
	return expr.Call{Op: expr.OpAdd, Args: []expr.Expr{a, b}, Typ: datatype.Int64}
}

// monthNumber is the number of a month by the three letters that it begins
// with.
func monthNumber(letters expr.Expr) expr.Expr {
	at := expr.Call{Op: expr.OpPosition, Args: []expr.Expr{expr.Text(strings.ReplaceAll(shortMonths, "|", "")), letters}, Typ: datatype.Int64}
	return expr.Cast(expr.Divide(plus(at, expr.Int(2)), expr.Int(3)), datatype.Int64)
}
