package period

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A literal is classified by its shape, in which n stands for a run of digits,
// w for a run of letters, and everything else for itself: "30-Jan-2014" has
// the shape n-w-n.

// maxLiteral is more bytes than any literal has, so that long texts cost little.
const maxLiteral = 64

// parseLiteral reads a literal of search-language.md 1.3. It reports false when
// the words have the shape of none; otherwise the error says what is wrong.
func parseLiteral(text string, words []string) (Interval, bool, error) {
	folded := strings.Join(words, " ")
	if len(folded) > maxLiteral {
		return Interval{}, false, nil
	}
	if date, clock, ok := cutTime(folded); ok {
		d, ok := parseDay(date)
		if !ok {
			return Interval{}, false, nil
		}
		i, err := d.at(text, clock)
		return i, true, err
	}
	if d, ok := parseDay(folded); ok {
		i, err := d.interval(text)
		return i, true, err
	}
	return parseLongPeriod(text, folded)
}

// calendarDay is a day as written; it need not exist.
type calendarDay struct{ year, month, day int }

// parseDay reads a whole day in any of its spellings.
func parseDay(s string) (calendarDay, bool) {
	shape, f := scan(s)
	switch shape {
	case "n/n/n":
		if len(f[0]) == 4 {
			return numericDay(f[0], f[1], f[2])
		}
		return numericDay(f[2], f[0], f[1])
	case "n-n-n":
		if len(f[0]) == 4 {
			return numericDay(f[0], f[1], f[2])
		}
	case "n":
		if len(f[0]) == 8 {
			return numericDay(f[0][:4], f[0][4:6], f[0][6:])
		}
	case "n-w-n":
		if len(f[0]) == 4 {
			return namedDay(f[0], f[1], f[2])
		}
		return namedDay(f[2], f[1], f[0])
	case "w w n n":
		if _, ok := parseWeekday(f[0]); ok && len(f[3]) == 4 {
			return namedDay(f[3], f[1], f[2])
		}
	}
	return calendarDay{}, false
}

func numericDay(year, month, day string) (calendarDay, bool) {
	y, ok := parseYear(year)
	if !ok || len(month) > 2 || len(day) > 2 {
		return calendarDay{}, false
	}
	return calendarDay{y, number(month), number(day)}, true
}

func namedDay(year, month, day string) (calendarDay, bool) {
	y, yearOK := parseYear(year)
	m, monthOK := parseMonth(month)
	if !yearOK || !monthOK || len(day) > 2 {
		return calendarDay{}, false
	}
	return calendarDay{y, int(m), number(day)}, true
}

// parseYear reads a year of four digits, or of two: 69 is 1969, 68 is 2068.
func parseYear(digits string) (int, bool) {
	y := number(digits)
	switch {
	case len(digits) == 4:
		return y, true
	case len(digits) == 2 && y >= 69:
		return 1900 + y, true
	case len(digits) == 2:
		return 2000 + y, true
	}
	return 0, false
}

// start is the midnight at which the day begins.
func (d calendarDay) start(text string) (time.Time, error) {
	if d.year < 1 {
		return time.Time{}, errYears(text)
	}
	if d.month < 1 || d.month > 12 {
		return time.Time{}, errMonth(text, d.month)
	}
	m := time.Month(d.month)
	t := time.Date(d.year, m, d.day, 0, 0, 0, 0, time.UTC)
	if d.day < 1 || t.Month() != m {
		return time.Time{}, errDay(text, d.day, time.Date(d.year, m+1, 0, 0, 0, 0, 0, time.UTC))
	}
	return t, nil
}

func (d calendarDay) interval(text string) (Interval, error) {
	t, err := d.start(text)
	if err != nil {
		return Interval{}, err
	}
	return between(text, t, day.shift(t, 1))
}

// at is the minute, second or fraction of a second that a clock shows on the
// day.
func (d calendarDay) at(text string, c clock) (Interval, error) {
	t, err := d.start(text)
	if err != nil {
		return Interval{}, err
	}
	offset, step, err := c.read(text)
	if err != nil {
		return Interval{}, err
	}
	t = t.Add(offset)
	return between(text, t, t.Add(step))
}

// clock is a time of day as written; it need not exist.
type clock struct{ hour, minute, second, fraction, half string }

var timeAtEnd = regexp.MustCompile(`^(.+)[t ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(?: ?(am|pm))?$`)

// cutTime splits a literal into its date and its time of day, if it has one.
func cutTime(s string) (date string, c clock, ok bool) {
	if !strings.Contains(s, ":") {
		return s, clock{}, false
	}
	m := timeAtEnd.FindStringSubmatch(s)
	if m == nil {
		return s, clock{}, false
	}
	return m[1], clock{hour: m[2], minute: m[3], second: m[4], fraction: m[5], half: m[6]}, true
}

// maxFraction is the number of decimals of a second that every engine keeps.
const maxFraction = 6

// read returns the time since midnight and the length of the last place that
// is written out.
func (c clock) read(text string) (offset, step time.Duration, err error) {
	h, m, s := number(c.hour), number(c.minute), number(c.second)
	if c.half != "" {
		if h < 1 || h > 12 {
			return 0, 0, errHalfDay(text)
		}
		h %= 12
		if c.half == "pm" {
			h += 12
		}
	}
	if h > 23 || m > 59 || s > 59 {
		return 0, 0, errTime(text)
	}
	if len(c.fraction) > maxFraction {
		return 0, 0, errFraction(text)
	}
	offset = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	if c.second == "" {
		return offset, time.Minute, nil
	}
	step = time.Second
	for range c.fraction {
		step /= 10
	}
	return offset + time.Duration(number(c.fraction))*step, step, nil
}

// parseLongPeriod reads a month, quarter or year that is written out.
func parseLongPeriod(text, folded string) (Interval, bool, error) {
	shape, f := scan(folded)
	u, first, y := year, 1, ""
	switch shape {
	case "n":
		y = f[0]
	case "n/n":
		if len(f[0]) > 2 {
			return Interval{}, false, nil
		}
		u, first, y = month, number(f[0]), f[1]
	case "w n":
		m, ok := parseMonth(f[0])
		if !ok {
			return Interval{}, false, nil
		}
		u, first, y = month, int(m), f[1]
	case "wn n":
		if f[0] != "q" || len(f[1]) != 1 {
			return Interval{}, false, nil
		}
		if q := number(f[1]); q < 1 || q > 4 {
			return Interval{}, true, errQuarter(text, q)
		}
		u, first, y = quarter, 3*number(f[1])-2, f[2]
	}
	if len(y) != 4 {
		return Interval{}, false, nil
	}
	start, err := calendarDay{number(y), first, 1}.start(text)
	if err != nil {
		return Interval{}, true, err
	}
	i, err := between(text, start, u.shift(start, 1))
	return i, true, err
}

// scan returns the shape of a literal and its runs of digits and letters.
func scan(s string) (shape string, fields []string) {
	var b strings.Builder
	for len(s) > 0 {
		kind, n := byte('n'), len(s)-len(strings.TrimLeft(s, "0123456789"))
		if n == 0 {
			kind, n = 'w', len(s)-len(strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz"))
		}
		if n == 0 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		b.WriteByte(kind)
		fields = append(fields, s[:n])
		s = s[n:]
	}
	return b.String(), fields
}

// number reads digits of which there are few; none are 0.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
