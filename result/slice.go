package result

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// chunkRows is the number of rows in the chunks of FromRows.
const chunkRows = 2048

// FromRows streams rows that are in memory. Each cell is nil or, by the kind
// of its column, a bool, int64 or int, float64, string (text, decimals and
// numbers; dates and times in ISO form), time.Time (wall clock) or
// time.Duration (since midnight). Next fails at the first cell that does not
// suit its column.
func FromRows(schema Schema, rows [][]any) Rows {
	return &sliceRows{schema: schema, rows: rows}
}

type sliceRows struct {
	schema Schema
	rows   [][]any
	row    int
}

// Schema implements Rows.
func (r *sliceRows) Schema() Schema { return r.schema }

// Close implements Rows.
func (r *sliceRows) Close() error {
	r.row = len(r.rows)
	return nil
}

// Next implements Rows.
func (r *sliceRows) Next(ctx context.Context) (*Chunk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := min(len(r.rows)-r.row, chunkRows)
	if n == 0 {
		return nil, io.EOF
	}
	c := NewChunk(r.schema, n)
	for i, row := range r.rows[r.row : r.row+n] {
		if len(row) != len(r.schema) {
			return nil, fmt.Errorf("row %d has %d cells for %d columns", r.row+i, len(row), len(r.schema))
		}
		for col, value := range row {
			if err := c.Vectors[col].set(i, value); err != nil {
				return nil, fmt.Errorf("row %d, column %q: %w", r.row+i, r.schema[col].Name, err)
			}
		}
	}
	r.row += n
	return c, nil
}

// NewChunk makes a chunk of the given number of rows with room for a value of
// each column, none of them null.
func NewChunk(schema Schema, rows int) *Chunk {
	c := &Chunk{Rows: rows, Vectors: make([]Vector, len(schema))}
	for i, column := range schema {
		v := &c.Vectors[i]
		v.Kind, v.Scale = column.Kind, column.Scale
		switch column.Kind {
		case KindBool:
			v.Bools = make([]bool, rows)
		case KindFloat:
			v.Floats = make([]float64, rows)
		case KindNumber, KindText:
			v.Texts = make([]string, rows)
		default:
			v.Ints = make([]int64, rows)
		}
	}
	return c
}

// SetNull makes row i null in a vector of the given number of rows. The
// vector must own its Valid.
func (v *Vector) SetNull(i, rows int) {
	if v.Valid == nil {
		v.Valid = make([]uint64, (rows+63)/64)
		for w := range v.Valid {
			v.Valid[w] = ^uint64(0)
		}
	}
	v.Valid[i>>6] &^= 1 << (uint(i) & 63)
}

func (v *Vector) set(i int, value any) error {
	ok := true
	switch value := value.(type) {
	case nil:
		v.SetNull(i, max(len(v.Bools), len(v.Ints), len(v.Floats), len(v.Texts)))
	case bool:
		if ok = v.Kind == KindBool; ok {
			v.Bools[i] = value
		}
	case int:
		return v.set(i, int64(value))
	case int64:
		switch v.Kind {
		case KindInt:
			v.Ints[i] = value
		case KindFloat:
			v.Floats[i] = float64(value)
		case KindDecimal, KindNumber:
			return v.set(i, strconv.FormatInt(value, 10))
		default:
			ok = false
		}
	case float64:
		if ok = v.Kind == KindFloat; ok {
			v.Floats[i] = value
		}
	case time.Time:
		return v.setTime(i, value)
	case time.Duration:
		if ok = v.Kind == KindTime; ok {
			v.Ints[i] = value.Microseconds()
		}
	case string:
		return v.setText(i, value)
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("%v of type %T in a column of kind %s", value, value, v.Kind)
	}
	return nil
}

func (v *Vector) setTime(i int, t time.Time) error {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	switch v.Kind {
	case KindDate:
		v.Ints[i] = floorDiv(wall.Unix(), secondsPerDay)
	case KindDateTime:
		v.Ints[i] = wall.UnixMicro()
	default:
		return fmt.Errorf("%s in a column of kind %s", wall, v.Kind)
	}
	return nil
}

func (v *Vector) setText(i int, s string) error {
	switch v.Kind {
	case KindText, KindNumber:
		v.Texts[i] = s
	case KindDecimal:
		n, err := parseDecimal(s, v.Scale)
		if err != nil {
			return err
		}
		v.Ints[i] = n
	case KindDate, KindDateTime:
		for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05"} {
			if t, err := time.Parse(layout, s); err == nil {
				return v.setTime(i, t)
			}
		}
		return fmt.Errorf("%q is no date", s)
	case KindTime:
		t, err := time.Parse(time.TimeOnly, s)
		if err != nil {
			return fmt.Errorf("%q is no time of day", s)
		}
		v.Ints[i] = t.Sub(t.Truncate(24 * time.Hour)).Microseconds()
	default:
		return fmt.Errorf("%q in a column of kind %s", s, v.Kind)
	}
	return nil
}

// parseDecimal reads a decimal with at most scale digits after the point.
func parseDecimal(s string, scale int) (int64, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > scale {
		return 0, fmt.Errorf("%q has more than %d digits after the point", s, scale)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no decimal that fits", s)
	}
	return n, nil
}
