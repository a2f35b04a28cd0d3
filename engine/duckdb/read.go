package duckdb

import (
	"encoding/hex"
	"math"
	"math/bits"
	"strconv"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/result"
)

// The layouts of DuckDB's vectors (duckdb.h).
type (
	// hugeInt is also the form of a UHUGEINT, its upper half without sign, and
	// of a UUID.
	hugeInt struct {
		lower uint64
		upper int64
	}
	// text has up to inlineText bytes in place of prefix and pointer.
	text struct {
		length  uint32
		prefix  [4]byte
		pointer *byte
	}
)

const inlineText = 12

// read makes v the n values of a vector of DuckDB. Memory of both is shared
// where the forms agree.
func (c *column) read(v *result.Vector, vector bindings.Vector, n int) {
	*v = result.Vector{Kind: c.kind, Scale: c.scale}
	if mask := bindings.VectorGetValidity(vector); mask != nil {
		v.Valid = unsafe.Slice((*uint64)(mask), (n+63)/64)
	}
	data := bindings.VectorGetData(vector)
	switch {
	case c.enum != nil:
		c.readEnum(v, data, n)
		return
	case c.uuid:
		c.readUUID(v, unsafe.Slice((*hugeInt)(data), n))
		return
	}
	switch c.native {
	case bindings.TypeSQLNull:
		v.Texts = grow(&c.texts, n)
		v.Valid = grow(&c.valid, (n+63)/64)
		clear(v.Valid)
	case bindings.TypeBoolean:
		v.Bools = unsafe.Slice((*bool)(data), n)
	case bindings.TypeTinyInt:
		v.Ints = widen[int8](&c.ints, data, n)
	case bindings.TypeSmallInt:
		v.Ints = widen[int16](&c.ints, data, n)
	case bindings.TypeInteger:
		v.Ints = widen[int32](&c.ints, data, n)
	case bindings.TypeUTinyInt:
		v.Ints = widen[uint8](&c.ints, data, n)
	case bindings.TypeUSmallInt:
		v.Ints = widen[uint16](&c.ints, data, n)
	case bindings.TypeUInteger:
		v.Ints = widen[uint32](&c.ints, data, n)
	case bindings.TypeBigInt, bindings.TypeTime:
		v.Ints = unsafe.Slice((*int64)(data), n)
	case bindings.TypeTimeNS:
		v.Ints = scaled(&c.ints, unsafe.Slice((*int64)(data), n), func(nanos int64) int64 { return nanos / 1000 })
	case bindings.TypeUBigInt:
		c.readUnsigned(v, unsafe.Slice((*uint64)(data), n))
	case bindings.TypeHugeInt:
		c.readHuge(v, unsafe.Slice((*hugeInt)(data), n), false)
	case bindings.TypeUHugeInt:
		c.readHuge(v, unsafe.Slice((*hugeInt)(data), n), true)
	case bindings.TypeFloat:
		c.readFloats(v, unsafe.Slice((*float32)(data), n))
	case bindings.TypeDouble:
		v.Floats = unsafe.Slice((*float64)(data), n)
		for i, f := range v.Floats {
			if f-f != 0 { // infinite or no number
				c.setNull(v, i, n)
			}
		}
	case bindings.TypeVarchar:
		c.readTexts(v, unsafe.Slice((*text)(data), n))
	case bindings.TypeDate:
		v.Ints = widen[int32](&c.ints, data, n)
		for i, days := range v.Ints {
			if days == math.MaxInt32 || days == -math.MaxInt32 {
				c.setNull(v, i, n)
			}
		}
	case bindings.TypeTimestamp, bindings.TypeTimestampTZ, bindings.TypeTimestampS, bindings.TypeTimestampMS, bindings.TypeTimestampNS:
		c.readTimestamps(v, unsafe.Slice((*int64)(data), n))
	default:
		panic("duckdb: no reader for type " + strconv.Itoa(int(c.native)))
	}
}

// setNull makes value i of n null, in a mask of the column's own: DuckDB's
// memory is not written to.
func (c *column) setNull(v *result.Vector, i, n int) {
	words := (n + 63) / 64
	if len(v.Valid) == 0 || len(c.valid) == 0 || &v.Valid[0] != &c.valid[0] {
		own := grow(&c.valid, words)
		if v.Valid == nil {
			for w := range own {
				own[w] = ^uint64(0)
			}
		} else {
			copy(own, v.Valid)
		}
		v.Valid = own
	}
	v.SetNull(i, n)
}

// grow returns n elements of a buffer, made longer when it must be.
func grow[T any](buffer *[]T, n int) []T {
	if cap(*buffer) < n {
		*buffer = make([]T, n)
	}
	*buffer = (*buffer)[:n]
	return *buffer
}

func widen[T int8 | int16 | int32 | uint8 | uint16 | uint32](buffer *[]int64, data unsafe.Pointer, n int) []int64 {
	ints := grow(buffer, n)
	for i, value := range unsafe.Slice((*T)(data), n) {
		ints[i] = int64(value)
	}
	return ints
}

func scaled(buffer *[]int64, values []int64, scale func(int64) int64) []int64 {
	ints := grow(buffer, len(values))
	for i, value := range values {
		ints[i] = scale(value)
	}
	return ints
}

// readTimestamps brings timestamps of all precisions to microseconds. The
// infinite ones, and those that have no microseconds, become null.
func (c *column) readTimestamps(v *result.Vector, values []int64) {
	v.Ints = values
	for i, t := range values {
		if t == math.MaxInt64 || t == -math.MaxInt64 {
			c.setNull(v, i, len(values))
		}
	}
	var factor int64
	switch c.native {
	case bindings.TypeTimestampS:
		factor = 1_000_000
	case bindings.TypeTimestampMS:
		factor = 1000
	case bindings.TypeTimestampNS:
		v.Ints = scaled(&c.ints, values, func(nanos int64) int64 {
			micros := nanos / 1000
			if nanos%1000 < 0 {
				micros--
			}
			return micros
		})
		return
	default:
		return
	}
	v.Ints = scaled(&c.ints, values, func(t int64) int64 { return t * factor })
	for i, t := range values {
		if t > math.MaxInt64/factor || t < math.MinInt64/factor {
			c.setNull(v, i, len(values))
		}
	}
}

// readFloats widens floats to the doubles that have the same shortest decimal:
// 0.1 stays 0.1.
func (c *column) readFloats(v *result.Vector, values []float32) {
	floats := grow(&c.floats, len(values))
	v.Floats = floats
	var digits [32]byte
	for i, f := range values {
		wide := float64(f)
		switch {
		case v.IsNull(i):
			wide = 0
		case wide-wide != 0:
			c.setNull(v, i, len(values))
		case wide != math.Trunc(wide) || math.Abs(wide) >= 1<<24:
			text := strconv.AppendFloat(digits[:0], wide, 'g', -1, 32)
			wide, _ = strconv.ParseFloat(unsafe.String(&text[0], len(text)), 64)
		}
		floats[i] = wide
	}
}

// readTexts points at the bytes of each text, in the vector itself or in
// DuckDB's heap.
func (c *column) readTexts(v *result.Vector, values []text) {
	texts := grow(&c.texts, len(values))
	v.Texts = texts
	for i := range values {
		t := &values[i]
		switch {
		case v.IsNull(i):
			texts[i] = ""
		case t.length <= inlineText:
			texts[i] = unsafe.String(&t.prefix[0], t.length)
		default:
			texts[i] = unsafe.String(t.pointer, t.length)
		}
	}
}

func (c *column) readEnum(v *result.Vector, data unsafe.Pointer, n int) {
	var codes []int64
	switch c.native {
	case bindings.TypeUTinyInt:
		codes = widen[uint8](&c.ints, data, n)
	case bindings.TypeUSmallInt:
		codes = widen[uint16](&c.ints, data, n)
	default:
		codes = widen[uint32](&c.ints, data, n)
	}
	v.Texts = grow(&c.texts, n)
	for i, code := range codes {
		v.Texts[i] = ""
		if !v.IsNull(i) {
			v.Texts[i] = c.enum[code]
		}
	}
}

// readUnsigned reads values as integers, or as digits when one of them is too
// big.
func (c *column) readUnsigned(v *result.Vector, values []uint64) {
	ints := grow(&c.ints, len(values))
	for i, value := range values {
		if value > math.MaxInt64 && !v.IsNull(i) {
			c.writeNumbers(v, len(values), func(i int) (bool, uint64, uint64) { return false, 0, values[i] })
			return
		}
		ints[i] = int64(value)
	}
	v.Kind, v.Ints = result.KindInt, ints
}

// readHuge reads 128-bit numbers, decimals among them, likewise.
func (c *column) readHuge(v *result.Vector, values []hugeInt, unsigned bool) {
	ints := grow(&c.ints, len(values))
	for i, value := range values {
		if value.upper != int64(value.lower)>>63 && !v.IsNull(i) || unsigned && value.upper < 0 && !v.IsNull(i) {
			c.writeNumbers(v, len(values), func(i int) (bool, uint64, uint64) {
				high, low := uint64(values[i].upper), values[i].lower
				if unsigned || values[i].upper >= 0 {
					return false, high, low
				}
				low, borrow := bits.Sub64(0, low, 0)
				high, _ = bits.Sub64(0, high, borrow)
				return true, high, low
			})
			return
		}
		ints[i] = int64(value.lower)
	}
	v.Kind, v.Ints = result.KindInt, ints
	if c.scale > 0 {
		v.Kind = result.KindDecimal
	}
}

// writeNumbers writes numbers out in digits; at gives sign and magnitude.
func (c *column) writeNumbers(v *result.Vector, n int, at func(i int) (negative bool, high, low uint64)) {
	texts := grow(&c.texts, n)
	v.Kind, v.Texts = result.KindNumber, texts
	// A text is longest with 39 digits, sign, point and a zero before it. The
	// buffer must not move once texts point into it.
	c.bytes = grow(&c.bytes, n*42)[:0]
	for i := range texts {
		texts[i] = ""
		if v.IsNull(i) {
			continue
		}
		start := len(c.bytes)
		negative, high, low := at(i)
		c.bytes = appendNumber(c.bytes, negative, high, low, c.scale)
		texts[i] = unsafe.String(&c.bytes[start], len(c.bytes)-start)
	}
}

// appendNumber appends a 128-bit number divided by 10^scale.
func appendNumber(dst []byte, negative bool, high, low uint64, scale int) []byte {
	const chunk, chunkDigits = 1e19, 19
	var digits [3 * chunkDigits]byte
	at := len(digits)
	for high != 0 || low != 0 {
		var rest uint64
		rest = high % chunk
		high /= chunk
		low, rest = bits.Div64(rest, low, chunk)
		for range chunkDigits {
			at--
			digits[at] = '0' + byte(rest%10)
			rest /= 10
		}
	}
	for at < len(digits) && digits[at] == '0' {
		at++
	}
	for len(digits)-at <= scale {
		at--
		digits[at] = '0'
	}
	point := len(digits) - scale
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[at:point]...)
	if scale > 0 {
		dst = append(dst, '.')
		dst = append(dst, digits[point:]...)
	}
	return dst
}

const uuidLength = 36

// readUUID writes UUIDs in their usual form. DuckDB keeps them as signed
// numbers with the first bit turned, so that they sort.
func (c *column) readUUID(v *result.Vector, values []hugeInt) {
	v.Texts = grow(&c.texts, len(values))
	c.bytes = grow(&c.bytes, len(values)*uuidLength)
	for i, value := range values {
		v.Texts[i] = ""
		if v.IsNull(i) {
			continue
		}
		var id [16]byte
		high := uint64(value.upper) ^ 1<<63
		for b := range 8 {
			id[b] = byte(high >> (56 - 8*b))
			id[8+b] = byte(value.lower >> (56 - 8*b))
		}
		out := c.bytes[i*uuidLength : (i+1)*uuidLength]
		hex.Encode(out[0:8], id[0:4])
		hex.Encode(out[9:13], id[4:6])
		hex.Encode(out[14:18], id[6:8])
		hex.Encode(out[19:23], id[8:10])
		hex.Encode(out[24:36], id[10:16])
		out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
		v.Texts[i] = unsafe.String(&out[0], uuidLength)
	}
}
