package result

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendCell appends the JSON form of a value, by the rules of
// search-language.md 5.2: numbers exact and without trailing zeros, dates and
// date-times as epoch seconds in f's time zone, times as seconds since
// midnight.
func AppendCell(dst []byte, v *Vector, row int, f *Format) []byte {
	if v.IsNull(row) {
		return append(dst, "null"...)
	}
	switch v.Kind {
	case KindBool:
		return strconv.AppendBool(dst, v.Bools[row])
	case KindInt:
		return appendInt(dst, v.Ints[row])
	case KindFloat:
		return appendFloat(dst, v.Floats[row])
	case KindDecimal:
		return appendDecimal(dst, v.Ints[row], v.Scale)
	case KindNumber:
		return append(dst, trimZeros(v.Texts[row])...)
	case KindText:
		return AppendString(dst, v.Texts[row])
	case KindDate:
		return appendInt(dst, f.epoch(v.Ints[row]*secondsPerDay))
	case KindDateTime:
		return appendInt(dst, f.epoch(floorDiv(v.Ints[row], microsPerSecond)))
	case KindTime:
		return appendInt(dst, floorDiv(v.Ints[row], microsPerSecond))
	}
	panic("result: unknown kind " + strconv.Itoa(int(v.Kind)))
}

// AppendRowsCompact appends the rows from inclusive to exclusive as JSON
// arrays with commas between them (api-v1.md 1.12, COMPACT).
func (c *Chunk) AppendRowsCompact(dst []byte, from, to int, f *Format) []byte {
	for row := from; row < to; row++ {
		if row > from {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for i := range c.Vectors {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendCell(dst, &c.Vectors[i], row, f)
		}
		dst = append(dst, ']')
	}
	return dst
}

// Keys are the names of columns as they stand in JSON objects, written once
// for all rows.
type Keys []string

// NewKeys makes the keys of columns of the given names.
func NewKeys(names []string) Keys {
	keys := make(Keys, len(names))
	for i, name := range names {
		keys[i] = string(append(AppendString(nil, name), ':'))
	}
	return keys
}

// Names lists the names of the columns.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, column := range s {
		names[i] = column.Name
	}
	return names
}

// AppendRowsFull appends the rows from inclusive to exclusive as JSON objects
// with commas between them (api-v1.md 1.12, FULL). There is a key for each
// column; making them distinct is the caller's part.
func (c *Chunk) AppendRowsFull(dst []byte, from, to int, keys Keys, f *Format) []byte {
	for row := from; row < to; row++ {
		if row > from {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		for i := range c.Vectors {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, keys[i]...)
			dst = AppendCell(dst, &c.Vectors[i], row, f)
		}
		dst = append(dst, '}')
	}
	return dst
}

// The largest whole number below which every whole number is a float64.
const maxExactFloat = 1 << 53

// appendFloat appends the shortest decimal that reads back as the same number.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	abs := math.Abs(f)
	if abs < maxExactFloat && f == math.Trunc(f) {
		return appendInt(dst, int64(f))
	}
	// Most fractions in data have few digits. If f is the quotient of a whole
	// number of at most 15 digits and 10,000, that decimal reads back as f, and
	// no other decimal of at most 15 digits does.
	if abs < 1e11 && abs >= 1e-4 {
		if n := math.Round(f * 1e4); n/1e4 == f {
			return appendDecimal(dst, int64(n), 4)
		}
	}
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// 1e-09 becomes 1e-9.
	if n := len(dst); dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// trimZeros drops the zeros that end the digits after a point, and the point
// with them.
func trimZeros(number string) string {
	for i := 0; i < len(number); i++ {
		if number[i] != '.' {
			continue
		}
		end := len(number)
		for number[end-1] == '0' {
			end--
		}
		if end == i+1 {
			end = i
		}
		return number[:end]
	}
	return number
}

const hexDigits = "0123456789abcdef"

// plain tells the bytes that stand for themselves in a JSON string.
var plain = func() (table [256]bool) {
	for b := ' '; b < utf8.RuneSelf; b++ {
		table[b] = b != '"' && b != '\\'
	}
	return table
}()

// AppendString appends s as a JSON string. What is not UTF-8 becomes U+FFFD;
// markup characters stay as they are.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if plain[b] {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
