package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/searchlight-bi/searchlight/result"
)

// PostgreSQL counts days and microseconds from 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86400 * 1_000_000
)

var errMalformed = errors.New("the database sent a malformed value")

// column collects the values of one column for a chunk, and is used again for
// the next.
type column struct {
	kind   result.Kind
	scale  int
	decode func(c *column, row int, value []byte) error // of the binary form; nil: the values are text

	valid  []uint64
	nulls  bool
	bools  []bool
	ints   []int64
	floats []float64
	texts  []string
	// bytes holds the texts one after the other; the text of a row ends at its
	// place in ends.
	bytes []byte
	ends  []int

	// Of numbers without a fixed scale.
	scales []int
	wide   []bool // the number stands in bytes, because it fits no int64
}

// newColumn chooses how to read a column. Types without a decoder come in the
// text form that PostgreSQL gives them.
func newColumn(field pgconn.FieldDescription) column {
	c := column{valid: make([]uint64, chunkRows/64)}
	switch field.DataTypeOID {
	case pgtype.BoolOID:
		c.kind, c.decode = result.KindBool, (*column).addBool
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		c.kind, c.decode = result.KindInt, (*column).addInt
	case pgtype.OIDOID:
		c.kind, c.decode = result.KindInt, (*column).addUnsigned
	case pgtype.Float4OID:
		c.kind, c.decode = result.KindFloat, (*column).addFloat4
	case pgtype.Float8OID:
		c.kind, c.decode = result.KindFloat, (*column).addFloat8
	case pgtype.NumericOID:
		c.kind, c.decode = result.KindNumber, (*column).addNumber
		if precision, scale, ok := numericSize(field.TypeModifier); ok && scale >= 0 && precision <= maxIntDigits {
			c.kind, c.scale, c.decode = result.KindDecimal, scale, (*column).addDecimal
		}
	case pgtype.DateOID:
		c.kind, c.decode = result.KindDate, (*column).addDate
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		c.kind, c.decode = result.KindDateTime, (*column).addTimestamp
	case pgtype.TimeOID:
		c.kind, c.decode = result.KindTime, (*column).addInt
	case pgtype.UUIDOID:
		c.kind, c.decode = result.KindText, (*column).addUUID
	default:
		c.kind = result.KindText
	}
	switch c.kind {
	case result.KindBool:
		c.bools = make([]bool, chunkRows)
	case result.KindFloat:
		c.floats = make([]float64, chunkRows)
	case result.KindText:
		c.texts, c.ends = make([]string, chunkRows), make([]int, chunkRows)
	case result.KindNumber:
		c.texts, c.ends = make([]string, chunkRows), make([]int, chunkRows)
		c.ints, c.scales, c.wide = make([]int64, chunkRows), make([]int, chunkRows), make([]bool, chunkRows)
	default:
		c.ints = make([]int64, chunkRows)
	}
	return c
}

// begin makes the column empty.
func (c *column) begin() {
	for i := range c.valid {
		c.valid[i] = ^uint64(0)
	}
	c.nulls = false
	c.bytes = c.bytes[:0]
	clear(c.wide)
}

// add takes the value of a row, nil for null.
func (c *column) add(row int, value []byte) error {
	var err error
	switch {
	case value == nil:
		c.setNull(row)
	case c.decode != nil:
		err = c.decode(c, row, value)
	default:
		c.bytes = append(c.bytes, value...)
	}
	if c.ends != nil {
		c.ends[row] = len(c.bytes)
	}
	return err
}

func (c *column) setNull(row int) {
	c.valid[row>>6] &^= 1 << (uint(row) & 63)
	c.nulls = true
}

// finish makes v the first n rows.
func (c *column) finish(v *result.Vector, n int) {
	*v = result.Vector{Kind: c.kind, Scale: c.scale}
	if c.nulls {
		v.Valid = c.valid[:(n+63)/64]
	}
	switch c.kind {
	case result.KindBool:
		v.Bools = c.bools[:n]
	case result.KindFloat:
		v.Floats = c.floats[:n]
	case result.KindText:
		v.Texts = c.cut(n)
		// A database that does not declare its encoding may hold anything.
		if !utf8.Valid(c.bytes) {
			for i, s := range v.Texts {
				v.Texts[i] = strings.ToValidUTF8(s, "\ufffd")
			}
		}
	case result.KindNumber:
		c.finishNumbers(v, n)
	default:
		v.Ints = c.ints[:n]
	}
}

// cut makes texts of the bytes, which they share.
func (c *column) cut(n int) []string {
	start := 0
	for i, end := range c.ends[:n] {
		c.texts[i] = ""
		if end > start {
			c.texts[i] = unsafe.String(&c.bytes[start], end-start)
		}
		start = end
	}
	return c.texts[:n]
}

func (c *column) addBool(row int, value []byte) error {
	if len(value) != 1 {
		return errMalformed
	}
	c.bools[row] = value[0] != 0
	return nil
}

func (c *column) addInt(row int, value []byte) error {
	switch len(value) {
	case 2:
		c.ints[row] = int64(int16(binary.BigEndian.Uint16(value)))
	case 4:
		c.ints[row] = int64(int32(binary.BigEndian.Uint32(value)))
	case 8:
		c.ints[row] = int64(binary.BigEndian.Uint64(value))
	default:
		return errMalformed
	}
	return nil
}

func (c *column) addUnsigned(row int, value []byte) error {
	if len(value) != 4 {
		return errMalformed
	}
	c.ints[row] = int64(binary.BigEndian.Uint32(value))
	return nil
}

// addFloat4 takes the double that has the same shortest decimal: 0.1 stays 0.1.
func (c *column) addFloat4(row int, value []byte) error {
	if len(value) != 4 {
		return errMalformed
	}
	f := float64(math.Float32frombits(binary.BigEndian.Uint32(value)))
	if f == math.Trunc(f) && math.Abs(f) < 1<<24 || f-f != 0 {
		return c.setFloat(row, f)
	}
	var digits [32]byte
	text := strconv.AppendFloat(digits[:0], f, 'g', -1, 32)
	f, err := strconv.ParseFloat(unsafe.String(&text[0], len(text)), 64)
	if err != nil {
		return err
	}
	return c.setFloat(row, f)
}

func (c *column) addFloat8(row int, value []byte) error {
	if len(value) != 8 {
		return errMalformed
	}
	return c.setFloat(row, math.Float64frombits(binary.BigEndian.Uint64(value)))
}

// setFloat makes infinities, and what is no number, null.
func (c *column) setFloat(row int, f float64) error {
	if f-f != 0 {
		c.setNull(row)
		f = 0
	}
	c.floats[row] = f
	return nil
}

func (c *column) addDate(row int, value []byte) error {
	if len(value) != 4 {
		return errMalformed
	}
	days := int32(binary.BigEndian.Uint32(value))
	if days == math.MaxInt32 || days == math.MinInt32 { // infinity
		c.setNull(row)
	}
	c.ints[row] = int64(days) + epochDays
	return nil
}

func (c *column) addTimestamp(row int, value []byte) error {
	if len(value) != 8 {
		return errMalformed
	}
	micros := int64(binary.BigEndian.Uint64(value))
	if micros == math.MaxInt64 || micros == math.MinInt64 { // infinity
		c.setNull(row)
		return nil
	}
	c.ints[row] = micros + epochMicros
	return nil
}

func (c *column) addUUID(_ int, id []byte) error {
	if len(id) != 16 {
		return errMalformed
	}
	for i, part := range [][]byte{id[0:4], id[4:6], id[6:8], id[8:10], id[10:16]} {
		if i > 0 {
			c.bytes = append(c.bytes, '-')
		}
		c.bytes = hex.AppendEncode(c.bytes, part)
	}
	return nil
}
