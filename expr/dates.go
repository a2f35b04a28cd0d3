package expr

import (
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
)

// Operations on dates. They are null, or the database fails, for years beyond
// those that it knows.
const (
	OpYear     Op = "year"      // of a Date or DateTime, as Int64
	OpMinute   Op = "minute"    // the start of the minute of a DateTime or Time
	OpShift    Op = "shift"     // a Date, DateTime or Time and how many Units later, an Int64; see Shift
	OpDiff     Op = "diff"      // how many Units begin from the second date, without it, to the first: Int64, negative if that is earlier
	OpDateText Op = "date_text" // the Field of a Date or DateTime
	OpMakeDate Op = "make_date" // the Date of a year, month and day, Int64s of up to four, two and two digits; null where there is none
)

// Unit is a length of time that OpShift and OpDiff count in. Weeks begin on
// Monday.
type Unit string

// The units.
const (
	Seconds  Unit = "seconds"
	Minutes  Unit = "minutes"
	Hours    Unit = "hours"
	Days     Unit = "days"
	Weeks    Unit = "weeks"
	Months   Unit = "months"
	Quarters Unit = "quarters"
	Years    Unit = "years"
)

// perYear is how many units a year has at most.
var perYear = map[Unit]int64{Seconds: 366 * 86400, Minutes: 366 * 1440, Hours: 366 * 24, Days: 366, Weeks: 53, Months: 12, Quarters: 4, Years: 1}

// MaxShift is how many units OpShift moves a date at most: ten thousand years,
// which leads from any date of a calendar to one that databases know.
func (u Unit) MaxShift() int64 { return 10_000 * perYear[u] }

// DateField is a part of a date as text, by its letter in strftime.
type DateField byte

// The fields. Numbers have leading zeros, names are English and begin with a
// capital.
const (
	FieldYear         DateField = 'Y' // four digits
	FieldShortYear    DateField = 'y' // two digits
	FieldMonth        DateField = 'm'
	FieldDay          DateField = 'd'
	FieldDayOfYear    DateField = 'j' // three digits
	FieldMonthName    DateField = 'B'
	FieldShortMonth   DateField = 'b'
	FieldWeekday      DateField = 'A'
	FieldShortWeekday DateField = 'a'
	FieldHour         DateField = 'H' // 00 to 23
	FieldHalfDayHour  DateField = 'I' // 01 to 12
	FieldMinute       DateField = 'M'
	FieldSecond       DateField = 'S'
	FieldHalfDay      DateField = 'p' // AM or PM
)

// Year is the year of a Date or DateTime.
func Year(e Expr) Expr { return Call{Op: OpYear, Args: []Expr{e}, Typ: datatype.Int64} }

// Minute is the start of the minute of a DateTime or Time.
func Minute(e Expr) Expr { return Call{Op: OpMinute, Args: []Expr{e}, Typ: e.Type()} }

// DateText is a field of a Date or DateTime as text.
func DateText(f DateField, e Expr) Expr {
	return Call{Op: OpDateText, Args: []Expr{e}, Typ: datatype.Varchar, Field: f}
}

// MakeDate is the Date of a year, month and day, as OpMakeDate says.
func MakeDate(year, month, day Expr) Expr {
	return Call{Op: OpMakeDate, Args: []Expr{year, month, day}, Typ: datatype.Date}
}

// Shift is a date n units later, earlier if n is negative, in the type of the
// date. Where a month is too short for the day its last day is meant, and a
// Time goes on from midnight. It is null for more than MaxShift units.
func Shift(u Unit, e, n Expr) Expr {
	if k, ok := n.(Const); ok {
		if v, ok := k.Value.(int64); !ok || v < -u.MaxShift() || v > u.MaxShift() {
			return Const{Typ: e.Type()}
		}
	}
	return Call{Op: OpShift, Args: []Expr{e, n}, Typ: e.Type(), Unit: u}
}

// Diff counts the units from one date to a later one, both of one type.
func Diff(u Unit, later, earlier Expr) Expr {
	return Call{Op: OpDiff, Args: []Expr{later, earlier}, Typ: datatype.Int64, Unit: u}
}

// Clock stands for the present, a Date or DateTime: the binder puts the reading
// of the clock of who asks in its place, so that no plan holds one.
type Clock struct{ Typ datatype.Type }

// Type implements Expr.
func (c Clock) Type() datatype.Type { return c.Typ }

// Level implements Expr.
func (Clock) Level() Level { return LevelConst }

// String prints today or now.
func (c Clock) String() string {
	if c.Typ == datatype.Date {
		return "today"
	}
	return "now"
}

// At is the reading of the clock at a time, to the second.
func (c Clock) At(now time.Time) Const {
	unit := time.Second
	if c.Typ == datatype.Date {
		unit = 24 * time.Hour
	}
	return Const{Value: now.Truncate(unit), Typ: c.Typ}
}

// AsksWhen reports whether the value of e depends on the clock.
func AsksWhen(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		if _, ok := e.(Clock); ok {
			found = true
		}
		return !found
	})
	return found
}
