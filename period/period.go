package period

import (
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
)

// Interval is the wall-clock time from From up to, but without, To. Both ends
// lie in the years 1 to 9999.
type Interval struct{ From, To time.Time }

// WholeDays reports whether both ends are midnights, so that dates without a
// time of day say it all.
func (i Interval) WholeDays() bool { return isMidnight(i.From) && isMidnight(i.To) }

// String prints the interval as [2024-01-01, 2024-02-01), with times where
// they matter.
func (i Interval) String() string {
	layout := "2006-01-02 15:04:05.999999"
	if i.WholeDays() {
		layout = time.DateOnly
	}
	return "[" + i.From.Format(layout) + ", " + i.To.Format(layout) + ")"
}

func isMidnight(t time.Time) bool { return t.Equal(day.start(t)) }

// Value is what a text stands for: an interval, or a position that every year
// or week has.
type Value struct {
	// Interval counts when Bucket is NoBucket. From is before To, except that
	// the interval of a to-date phrase which leaves out today is empty on the
	// first day of its period.
	Interval Interval

	// Bucket and Position are a weekday (DayOfWeek 1 to 7, from Monday), a month
	// (MonthOfYear 1 to 12) or a quarter (QuarterOfYear 1 to 4) of any year.
	Bucket   datatype.Bucket
	Position int

	// Literal tells a date, month, quarter or year that is written out from a
	// text that depends on the present or names a position.
	Literal bool

	// ToDate is Weekly, Monthly, Quarterly or Yearly for "week to date" and so
	// on, else NoBucket. Searches that show a bucket at least as coarse read
	// these phrases differently (search-language.md 3.4).
	ToDate datatype.Bucket
}

// Context is what the meaning of a phrase depends on.
type Context struct {
	// Now is the present. Only the reading of its clock counts, not its zone.
	Now time.Time

	// DateTime says that the column has a time of day. Seconds, minutes and
	// hours are possible then, and to-date phrases include today.
	DateTime bool
}

// Parse reads a date literal or a date phrase, ignoring case and runs of
// blanks. Literals with a time of day are read whatever the column is. The
// error is an *Error; its Kind NotADate means that the text is something else
// altogether.
func Parse(text string, c Context) (Value, error) {
	words := fold(text)
	now := wallClock(c.Now)
	if v, ok := parsePosition(words); ok {
		return v, nil
	}
	if v, ok, err := parsePhrase(text, words, now, c.DateTime); ok {
		return v, err
	}
	if phrase, ok := cutForEach(words); ok {
		if _, ok, _ := parsePhrase(text, phrase, now, c.DateTime); ok {
			return Value{}, errForEach()
		}
	}
	i, ok, err := parseLiteral(text, words)
	if !ok {
		return Value{}, errNotADate(text)
	}
	if err != nil {
		return Value{}, err
	}
	return Value{Interval: i, Literal: true}, nil
}

// ParseLiteral reads an absolute date, with or without a time, or a month,
// quarter or year (search-language.md 1.3), ignoring case and runs of blanks.
// The error is an *Error; phrases like "today" or "monday" are NotADate here.
func ParseLiteral(text string) (Interval, error) {
	i, ok, err := parseLiteral(text, fold(text))
	if !ok {
		return Interval{}, errNotALiteral(text)
	}
	return i, err
}

// fold splits text into lower-case words.
func fold(text string) []string { return strings.Fields(strings.ToLower(text)) }

func wallClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// between makes the interval that text stands for, unless it is beyond the
// years that every database can hold.
func between(text string, from, to time.Time) (Interval, error) {
	if from.Year() < 1 || to.Year() > 9999 {
		return Interval{}, errYears(text)
	}
	return Interval{From: from, To: to}, nil
}
