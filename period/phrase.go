package period

import (
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
)

// maxCount is the largest n of "last n days".
const maxCount = 100000

// parsePosition reads a weekday, a month or a quarter without a year.
func parsePosition(words []string) (Value, bool) {
	if len(words) != 1 {
		return Value{}, false
	}
	if d, ok := parseWeekday(words[0]); ok {
		return Value{Bucket: datatype.DayOfWeek, Position: isoWeekday(d)}, true
	}
	if m, ok := parseMonth(words[0]); ok {
		return Value{Bucket: datatype.MonthOfYear, Position: int(m)}, true
	}
	if q := words[0]; len(q) == 2 && q[0] == 'q' && q[1] >= '1' && q[1] <= '4' {
		return Value{Bucket: datatype.QuarterOfYear, Position: int(q[1] - '0')}, true
	}
	return Value{}, false
}

func parseWeekday(word string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if isName(word, d.String()) {
			return d, true
		}
	}
	return 0, false
}

func parseMonth(word string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		if isName(word, m.String()) {
			return m, true
		}
	}
	return 0, false
}

// isName reports whether word is the name or its first three letters.
func isName(word, name string) bool {
	name = strings.ToLower(name)
	return word == name || word == name[:3]
}

// relative is a phrase understood: the periods from first up to, but without,
// last, counted from the one that holds the present.
type relative struct {
	unit        unit
	first, last int
	toDate      bool // instead, the running period up to today
}

// parsePhrase reads a phrase that depends on now. It reports false when the
// words are no such phrase; otherwise the error says what is wrong with it.
func parsePhrase(text string, words []string, now time.Time, dateTime bool) (Value, bool, error) {
	r, ok, err := parseRelative(text, words)
	if !ok || err != nil {
		return Value{}, ok, err
	}
	if r.unit.clock > 0 && !dateTime {
		return Value{}, true, errNeedsDateTime(text)
	}
	start := r.unit.start(now)
	from, to := r.unit.shift(start, r.first), r.unit.shift(start, r.last)
	v := Value{}
	if r.toDate {
		v.ToDate = r.unit.toDate
		to = day.start(now)
		if dateTime {
			to = day.shift(to, 1)
		}
	}
	v.Interval, err = between(text, from, to)
	if err != nil {
		return Value{}, true, err
	}
	return v, true, nil
}

// parseRelative reads the phrases of search-language.md 3.4 without looking at
// the clock. It reports false when the words are none of them.
func parseRelative(text string, words []string) (relative, bool, error) {
	switch len(words) {
	case 1:
		switch words[0] {
		case "today":
			return relative{unit: day, first: 0, last: 1}, true, nil
		case "yesterday":
			return relative{unit: day, first: -1, last: 0}, true, nil
		case "tomorrow":
			return relative{unit: day, first: 1, last: 2}, true, nil
		}
	case 2:
		u, ok := parseUnit(words[1])
		if !ok {
			break
		}
		switch words[0] {
		case "this":
			return relative{unit: u, first: 0, last: 1}, true, nil
		case "last":
			return relative{unit: u, first: -1, last: 0}, true, nil
		case "next":
			return relative{unit: u, first: 1, last: 2}, true, nil
		}
		if isDigits(words[0]) {
			n, err := parseCount(text, words[0], 1)
			return relative{unit: u, first: -n, last: 0}, true, err
		}
	case 3:
		if u, ok := parseUnit(words[0]); ok && words[1] == "to" && words[2] == "date" {
			return relative{unit: u, toDate: true}, u.toDate != datatype.NoBucket && u.name == words[0], nil
		}
		if u, ok := parseUnit(words[1]); ok && isDigits(words[0]) && words[2] == "ago" {
			n, err := parseCount(text, words[0], 0)
			return relative{unit: u, first: -n, last: 1 - n}, true, err
		}
		u, ok := parseUnit(words[2])
		if !ok || !isDigits(words[1]) {
			break
		}
		switch words[0] {
		case "last":
			n, err := parseCount(text, words[1], 1)
			return relative{unit: u, first: -n, last: 0}, true, err
		case "next":
			n, err := parseCount(text, words[1], 1)
			return relative{unit: u, first: 1, last: n + 1}, true, err
		}
	}
	return relative{}, false, nil
}

// parseCount reads the digits of an n, which is at least low.
func parseCount(text, digits string, low int) (int, error) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < low || n > maxCount {
		return 0, errCount(text, low)
	}
	return n, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// cutForEach returns the words before a final "for each <period>".
func cutForEach(words []string) ([]string, bool) {
	n := len(words) - 3
	if n < 1 || words[n] != "for" || words[n+1] != "each" {
		return nil, false
	}
	u, ok := parseUnit(words[n+2])
	return words[:n], ok && u.clock == 0 && u.name == words[n+2]
}
