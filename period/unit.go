package period

import (
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
)

// unit is a calendar period. Exactly one of clock, days and months is set, its
// length.
type unit struct {
	name   string
	clock  time.Duration
	days   int
	months int
	toDate datatype.Bucket // NoBucket when "<name> to date" is no phrase
}

var (
	second  = unit{name: "second", clock: time.Second}
	minute  = unit{name: "minute", clock: time.Minute}
	hour    = unit{name: "hour", clock: time.Hour}
	day     = unit{name: "day", days: 1}
	week    = unit{name: "week", days: 7, toDate: datatype.Weekly}
	month   = unit{name: "month", months: 1, toDate: datatype.Monthly}
	quarter = unit{name: "quarter", months: 3, toDate: datatype.Quarterly}
	year    = unit{name: "year", months: 12, toDate: datatype.Yearly}

	units = [...]unit{second, minute, hour, day, week, month, quarter, year}
)

// parseUnit reads a unit's name in the singular or plural.
func parseUnit(word string) (unit, bool) {
	name := strings.TrimSuffix(word, "s")
	for _, u := range units {
		if u.name == name {
			return u, true
		}
	}
	return unit{}, false
}

// start is the start of the period that holds t.
func (u unit) start(t time.Time) time.Time {
	if u.clock > 0 {
		return t.Truncate(u.clock)
	}
	y, m, d := t.Date()
	if u.months > 0 {
		first := (int(m)-1)/u.months*u.months + 1
		return time.Date(y, time.Month(first), 1, 0, 0, 0, 0, time.UTC)
	}
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if u.days == 7 {
		return midnight.AddDate(0, 0, 1-isoWeekday(t.Weekday()))
	}
	return midnight
}

// shift moves the start of a period by n periods.
func (u unit) shift(start time.Time, n int) time.Time {
	return start.AddDate(0, n*u.months, n*u.days).Add(time.Duration(n) * u.clock)
}

// isoWeekday counts weekdays from Monday, 1, to Sunday, 7.
func isoWeekday(d time.Weekday) int { return (int(d)+6)%7 + 1 }
