package postgres

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/searchlight-bi/searchlight/result"
)

// maxIntDigits is the number of decimal digits that any int64 has room for.
const maxIntDigits = 18

// numericSize reads the modifier of a column declared numeric(precision,
// scale).
func numericSize(modifier int32) (precision, scale int, ok bool) {
	if modifier < 4 {
		return 0, 0, false
	}
	m := modifier - 4
	return int(m>>16) & 0xffff, int((m&0x7ff)^1024) - 1024, true
}

// numeric is a number in PostgreSQL's binary form: digits to the base 10,000,
// the first of which counts 10,000^weight.
type numeric struct {
	digits   []byte // two bytes each
	weight   int
	negative bool
	special  bool // infinite or no number
	scale    int  // decimal digits after the point
}

const (
	numericNegative = 0x4000
	numericSpecial  = 0xc000
)

func parseNumeric(value []byte) (numeric, error) {
	if len(value) < 8 {
		return numeric{}, errMalformed
	}
	sign := binary.BigEndian.Uint16(value[4:])
	n := numeric{
		digits:   value[8:],
		weight:   int(int16(binary.BigEndian.Uint16(value[2:]))),
		negative: sign == numericNegative,
		special:  sign&numericSpecial == numericSpecial,
		scale:    int(binary.BigEndian.Uint16(value[6:])),
	}
	if len(n.digits) != 2*int(binary.BigEndian.Uint16(value)) {
		return numeric{}, errMalformed
	}
	return n, nil
}

// digit is the digit that counts 10,000^weight.
func (n *numeric) digit(weight int) int64 {
	i := 2 * (n.weight - weight)
	if i < 0 || i >= len(n.digits) {
		return 0
	}
	return int64(binary.BigEndian.Uint16(n.digits[i:]))
}

// int64 is the number times 10^scale, when that fits.
func (n *numeric) int64() (int64, bool) {
	// Groups after the point are of four digits; the last may reach beyond the
	// scale, with zeros.
	groups := (n.scale + 3) / 4
	if n.scale > maxIntDigits {
		return 0, false
	}
	var total int64
	for w := max(n.weight, 0); w >= -groups; w-- {
		digit, base := n.digit(w), int64(10_000)
		if w == -groups && n.scale%4 != 0 {
			beyond := powersOf10[4-n.scale%4]
			digit, base = digit/beyond, base/beyond
		}
		if total > (math.MaxInt64-digit)/base {
			return 0, false
		}
		total = total*base + digit
	}
	if n.negative {
		total = -total
	}
	return total, true
}

// appendText appends the number in digits.
func (n *numeric) appendText(dst []byte) []byte {
	if n.negative {
		dst = append(dst, '-')
	}
	dst = strconv.AppendInt(dst, n.digit(max(n.weight, 0)), 10)
	for w := n.weight - 1; w >= 0; w-- {
		dst = appendGroup(dst, n.digit(w))
	}
	if n.scale > 0 {
		dst = append(dst, '.')
		end := len(dst) + n.scale
		for w := -1; len(dst) < end; w-- {
			dst = appendGroup(dst, n.digit(w))
		}
		dst = dst[:end]
	}
	return dst
}

func appendGroup(dst []byte, digit int64) []byte {
	return append(dst, '0'+byte(digit/1000), '0'+byte(digit/100%10), '0'+byte(digit/10%10), '0'+byte(digit%10))
}

var powersOf10 = func() (powers [maxIntDigits + 1]int64) {
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = 10 * powers[i-1]
	}
	return powers
}()

// rescale turns a number of scale from into one of scale to, not a smaller
// one, when it still fits.
func rescale(n int64, from, to int) (int64, bool) {
	power := powersOf10[to-from]
	if n > math.MaxInt64/power || n < math.MinInt64/power {
		return 0, false
	}
	return n * power, true
}

// addDecimal adds a value of a column whose precision and scale are declared.
func (c *column) addDecimal(row int, value []byte) error {
	n, err := parseNumeric(value)
	if err != nil {
		return err
	}
	if n.special {
		c.setNull(row)
		return nil
	}
	n.scale = c.scale
	unscaled, ok := n.int64()
	if !ok {
		return errMalformed
	}
	c.ints[row] = unscaled
	return nil
}

// addNumber adds a value of a column whose scale is the value's own matter.
func (c *column) addNumber(row int, value []byte) error {
	n, err := parseNumeric(value)
	if err != nil {
		return err
	}
	if n.special {
		c.setNull(row)
		return nil
	}
	var ok bool
	if c.ints[row], ok = n.int64(); ok {
		c.scales[row] = n.scale
		return nil
	}
	c.wide[row] = true
	c.bytes = n.appendText(c.bytes)
	return nil
}

// finishNumbers brings the numbers of a chunk to one scale, or writes them out
// in digits where one of them is too long for that.
func (c *column) finishNumbers(v *result.Vector, n int) {
	if scale, ok := c.commonScale(v, n); ok {
		v.Kind, v.Scale, v.Ints = result.KindDecimal, scale, c.ints[:n]
		if scale == 0 {
			v.Kind = result.KindInt
		}
		return
	}
	long := c.cut(n)
	for i := range long {
		if !c.wide[i] && !v.IsNull(i) {
			narrow := result.Vector{Kind: result.KindDecimal, Scale: c.scales[i], Ints: c.ints[i : i+1]}
			long[i] = string(result.AppendCell(nil, &narrow, 0, nil))
		}
	}
	v.Texts = long
}

// commonScale brings the integers to the largest scale among them.
func (c *column) commonScale(v *result.Vector, n int) (int, bool) {
	scale := 0
	for i := range n {
		if v.IsNull(i) {
			continue
		}
		if c.wide[i] {
			return 0, false
		}
		scale = max(scale, c.scales[i])
	}
	for i := range n {
		if v.IsNull(i) || c.scales[i] == scale {
			continue
		}
		rescaled, ok := rescale(c.ints[i], c.scales[i], scale)
		if !ok {
			return 0, false
		}
		c.ints[i], c.scales[i] = rescaled, scale
	}
	return scale, true
}
