package load

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// dateOrder says which part of a date with slashes comes first.
type dateOrder uint8

const (
	monthFirst dateOrder = iota
	dayFirst
)

const (
	microsPerSecond = int64(time.Second / time.Microsecond)
	microsPerDay    = 24 * 60 * 60 * microsPerSecond
)

// shared is the text of bytes that are never written again.
func shared(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// numberShape is what a text is as a number.
type numberShape uint8

const (
	noNumber   numberShape = iota
	whole                  // fits an int64
	bigWhole               // does not
	fractional             // has a point or an exponent
)

// shapeOfNumber looks at a text without blanks around it. Leading zeros and
// plus signs make it no number: such texts are codes.
func shapeOfNumber(b []byte) numberShape {
	rest := b
	if len(rest) > 0 && rest[0] == '-' {
		rest = rest[1:]
	}
	n := digits(rest)
	if n > 1 && rest[0] == '0' {
		return noNumber
	}
	if n > 0 && n == len(rest) {
		if n <= 18 {
			return whole
		}
		if _, ok := parseInt(b); ok {
			return whole
		}
		return bigWhole
	}
	count := n
	rest = rest[n:]
	if len(rest) > 0 && rest[0] == '.' {
		n = digits(rest[1:])
		count += n
		rest = rest[1+n:]
	}
	if count == 0 {
		return noNumber
	}
	exponent := len(rest) > 0
	if exponent {
		if rest[0] != 'e' && rest[0] != 'E' {
			return noNumber
		}
		rest = rest[1:]
		if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
			rest = rest[1:]
		}
		if n = digits(rest); n == 0 || n != len(rest) {
			return noNumber
		}
	}
	if exponent || count > 300 { // it may be too large for a float64
		if f, err := strconv.ParseFloat(shared(b), 64); err != nil || math.IsInf(f, 0) {
			return noNumber
		}
	}
	return fractional
}

// digits counts the digits that b begins with.
func digits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}

// parseInt reads a whole number that fits an int64; leading zeros and plus
// signs are refused as in shapeOfNumber.
func parseInt(b []byte) (int64, bool) {
	rest, negative := b, false
	if len(rest) > 0 && rest[0] == '-' {
		rest, negative = rest[1:], true
	}
	if len(rest) == 0 || len(rest) > 19 || len(rest) > 1 && rest[0] == '0' {
		return 0, false
	}
	var n uint64
	for _, c := range rest {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	if negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n < 1<<63
}

func parseFloat(b []byte) (float64, bool) {
	if shapeOfNumber(b) == noNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(shared(b), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func parseBool(b []byte) (value, ok bool) {
	switch len(b) {
	case 4:
		return true, strings.EqualFold(shared(b), "true")
	case 5:
		return false, strings.EqualFold(shared(b), "false")
	}
	return false, false
}

// civil is a date and time as it is written.
type civil struct {
	slashed bool // begins with a month or a day, not a year
	a, b    int  // slashed: the first two numbers; otherwise month and day
	year    int
	clock   bool  // a time follows
	micros  int64 // since midnight, in UTC when an offset was given
}

// parseCivil reads a date, or a date with a time.
func parseCivil(b []byte) (civil, bool) {
	var c civil
	n := digits(b)
	var ok bool
	switch {
	case n == 4 && len(b) > 4 && b[4] == '-':
		c.year = number(b[:4])
		if b = b[5:]; len(b) < 5 || digits(b) != 2 || b[2] != '-' || digits(b[3:]) != 2 {
			return c, false
		}
		c.a, c.b = number(b[:2]), number(b[3:5])
		b = b[5:]
	case n == 4 && len(b) > 4 && b[4] == '/':
		c.year = number(b[:4])
		if c.a, b, ok = part(b[5:], '/'); !ok {
			return c, false
		}
		if n = digits(b); n < 1 || n > 2 {
			return c, false
		}
		c.b = number(b[:n])
		b = b[n:]
	default:
		c.slashed = true
		if c.a, b, ok = part(b, '/'); !ok {
			return c, false
		}
		if c.b, b, ok = part(b, '/'); !ok || digits(b) != 4 {
			return c, false
		}
		c.year = number(b[:4])
		b = b[4:]
	}
	if c.year == 0 {
		return c, false
	}
	if len(b) > 0 {
		if b[0] != ' ' && b[0] != 'T' {
			return c, false
		}
		c.clock = true
		var zone []byte
		if c.micros, zone, ok = parseClock(b[1:]); !ok {
			return c, false
		}
		offset, ok := parseOffset(zone)
		if !ok {
			return c, false
		}
		c.micros -= offset
	}
	return c, c.fits(monthFirst) || c.slashed && c.fits(dayFirst)
}

// part reads one or two digits and the separator after them.
func part(b []byte, separator byte) (n int, rest []byte, ok bool) {
	d := digits(b)
	if d < 1 || d > 2 || len(b) == d || b[d] != separator {
		return 0, b, false
	}
	return number(b[:d]), b[d+1:], true
}

// number is the value of a few digits.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}

// monthDay gives the month and the day under an order of slashed dates.
func (c civil) monthDay(order dateOrder) (month, day int) {
	if c.slashed && order == dayFirst {
		return c.b, c.a
	}
	return c.a, c.b
}

// fits reports whether the day exists under an order of slashed dates.
func (c civil) fits(order dateOrder) bool {
	month, day := c.monthDay(order)
	return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(c.year, month)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days counts the days since 1970-01-01.
func (c civil) days(order dateOrder) int64 {
	month, day := c.monthDay(order)
	// Years begin in March here, so that the leap day is their last.
	y, m := int64(c.year), int64(month+9)%12
	if month <= 2 {
		y--
	}
	era := y / 400
	yearOfEra := y - era*400
	dayOfYear := (153*m+2)/5 + int64(day) - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// parseClock reads hours and minutes, with or without seconds and their
// fraction, and returns what follows.
func parseClock(b []byte) (micros int64, rest []byte, ok bool) {
	hour, b, ok := part(b, ':')
	if !ok || hour > 23 || len(b) < 2 || digits(b[:2]) != 2 {
		return 0, b, false
	}
	minute, second := number(b[:2]), 0
	b = b[2:]
	var fraction int64
	if len(b) > 0 && b[0] == ':' {
		if len(b) < 3 || digits(b[1:3]) != 2 {
			return 0, b, false
		}
		second = number(b[1:3])
		b = b[3:]
		if len(b) > 0 && b[0] == '.' {
			n := digits(b[1:])
			if n == 0 || n > 9 {
				return 0, b, false
			}
			for i := range 6 {
				fraction *= 10
				if i < n {
					fraction += int64(b[1+i] - '0')
				}
			}
			b = b[1+n:]
		}
	}
	if minute > 59 || second > 59 {
		return 0, b, false
	}
	return int64((hour*60+minute)*60+second)*microsPerSecond + fraction, b, true
}

// parseTime reads a time of day.
func parseTime(b []byte) (int64, bool) {
	micros, rest, ok := parseClock(b)
	return micros, ok && len(rest) == 0
}

// parseOffset reads nothing, Z, or hours and minutes before or ahead of UTC.
func parseOffset(b []byte) (micros int64, ok bool) {
	if len(b) == 0 || len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	sign := int64(1)
	switch b[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	b = b[1:]
	if len(b) == 5 && b[2] == ':' {
		b = []byte{b[0], b[1], b[3], b[4]}
	}
	if len(b) != 2 && len(b) != 4 || digits(b) != len(b) {
		return 0, false
	}
	hours, minutes := number(b[:2]), number(b[2:])
	if hours > 15 || minutes > 59 {
		return 0, false
	}
	return sign * int64(hours*60+minutes) * 60 * microsPerSecond, true
}

// trim takes blanks off both ends.
func trim(b []byte) []byte {
	if len(b) > 0 && (b[0] == ' ' || b[len(b)-1] == ' ') {
		return bytes.Trim(b, " ")
	}
	return b
}
