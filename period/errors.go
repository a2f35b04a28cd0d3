package period

import (
	"fmt"
	"strconv"
	"time"
)

// Kind says what is wrong with a text.
type Kind uint8

// The kinds of errors.
const (
	// NotADate: the text has the form of no date and no date phrase, and may
	// well mean something else.
	NotADate Kind = iota
	// Impossible: the form of a date, but no such date or time exists.
	Impossible
	// OutOfRange: a number of periods that is too large or too small, or an
	// interval that leaves the years 1 to 9999.
	OutOfRange
	// NeedsDateTime: seconds, minutes or hours of a column of bare dates.
	NeedsDateTime
	// NotAvailable: part of the language, but not of this version.
	NotAvailable
)

var kindNames = [...]string{"not a date", "impossible", "out of range", "needs date and time", "not available"}

// String names the kind for logs and tests.
func (k Kind) String() string { return kindNames[k] }

// Error says why a text cannot be read.
type Error struct {
	Kind    Kind
	Message string // for the author of the text
	Hint    string // how to mend it, without a final full stop; may be empty
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

const literalSpellings = "write it as '2024-01-30', '1/30/2024', '30-Jan-2024', '2024-01-30 10:32', 'january 2024', 'q1 2024' or '2024'"

func errNotADate(text string) *Error {
	return &Error{
		Kind:    NotADate,
		Message: quote(text) + " is neither a date nor a date phrase",
		Hint:    literalSpellings + ", or as a phrase such as 'today', 'this month', 'last 3 weeks', '2 days ago', 'year to date' or 'monday'",
	}
}

func errNotALiteral(text string) *Error {
	return &Error{Kind: NotADate, Message: quote(text) + " is not a date", Hint: literalSpellings}
}

func errMonth(text string, month int) *Error {
	return &Error{
		Kind:    Impossible,
		Message: fmt.Sprintf("%s does not exist: there is no month %d", quote(text), month),
		Hint:    "with slashes the month comes first unless the year does, as in '1/30/2024'",
	}
}

func errDay(text string, day int, lastOfMonth time.Time) *Error {
	return &Error{
		Kind:    Impossible,
		Message: fmt.Sprintf("%s does not exist: there is no day %d", quote(text), day),
		Hint:    fmt.Sprintf("%s has %d days", lastOfMonth.Format("January 2006"), lastOfMonth.Day()),
	}
}

func errQuarter(text string, quarter int) *Error {
	return &Error{
		Kind:    Impossible,
		Message: fmt.Sprintf("%s does not exist: there is no quarter %d", quote(text), quarter),
		Hint:    "quarters go from q1 to q4",
	}
}

func errTime(text string) *Error {
	return &Error{
		Kind:    Impossible,
		Message: quote(text) + " has no valid time of day",
		Hint:    "times go from 0:00 to 23:59:59",
	}
}

func errHalfDay(text string) *Error {
	return &Error{
		Kind:    Impossible,
		Message: quote(text) + " has no valid time of day",
		Hint:    "with AM or PM the hours go from 1 to 12",
	}
}

func errFraction(text string) *Error {
	return &Error{
		Kind:    Impossible,
		Message: quote(text) + " is finer than a microsecond",
		Hint:    "write at most " + strconv.Itoa(maxFraction) + " decimals of a second",
	}
}

func errCount(text string, low int) *Error {
	return &Error{
		Kind:    OutOfRange,
		Message: fmt.Sprintf("The number in %s is outside %d to %d", quote(text), low, maxCount),
	}
}

func errYears(text string) *Error {
	return &Error{Kind: OutOfRange, Message: quote(text) + " is not wholly within the years 1 to 9999"}
}

func errNeedsDateTime(text string) *Error {
	return &Error{
		Kind:    NeedsDateTime,
		Message: quote(text) + " needs a column with a time of day",
		Hint:    "count days or longer periods, or use a DATE_TIME column",
	}
}

func errForEach() *Error {
	return &Error{Kind: NotAvailable, Message: `"for each" date phrases are not available yet`}
}

// quote puts text in quotes, cut to a length that a message can bear.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
