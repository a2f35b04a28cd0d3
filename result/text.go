package result

import (
	"context"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// ReadAll reads and closes rows and returns their values: nil, bool, int64,
// float64, string for decimals (without trailing zeros), numbers and text,
// time.Time in UTC for dates and date-times, time.Duration for times. It keeps
// the whole result in memory and is meant for small ones.
func ReadAll(ctx context.Context, rows Rows) ([][]any, error) {
	defer func() { _ = rows.Close() }()
	schema := rows.Schema()
	var all [][]any
	for {
		c, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return all, rows.Close()
		}
		if err != nil {
			return all, err
		}
		for row := range c.Rows {
			values := make([]any, len(schema))
			for col := range schema {
				values[col] = c.Vectors[col].value(row, schema[col].Kind)
			}
			all = append(all, values)
		}
	}
}

// value is the value of a row as ReadAll gives it, in a column of kind.
func (v *Vector) value(row int, kind Kind) any {
	if v.IsNull(row) {
		return nil
	}
	switch kind {
	case KindBool:
		return v.Bools[row]
	case KindInt:
		return v.Ints[row]
	case KindFloat:
		if f := v.Floats[row]; !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		return nil
	case KindDecimal, KindNumber:
		return string(AppendCell(nil, v, row, nil))
	case KindText:
		return strings.Clone(v.Texts[row])
	case KindDate:
		return time.Unix(v.Ints[row]*secondsPerDay, 0).UTC()
	case KindDateTime:
		return time.UnixMicro(v.Ints[row]).UTC()
	case KindTime:
		return time.Duration(v.Ints[row]) * time.Microsecond
	}
	panic("result: unknown kind " + strconv.Itoa(int(kind)))
}

// Float64 is the value of row i as the nearest float64; it reports false for
// nulls and for kinds other than numbers.
func (v *Vector) Float64(i int) (float64, bool) {
	if v.IsNull(i) {
		return 0, false
	}
	switch v.Kind {
	case KindInt:
		return float64(v.Ints[i]), true
	case KindFloat:
		f := v.Floats[i]
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	case KindDecimal:
		n := v.Ints[i]
		if v.Scale < len(exactPowers) && n > -maxExactFloat && n < maxExactFloat {
			return float64(n) / exactPowers[v.Scale], true
		}
	case KindNumber:
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(string(AppendCell(nil, v, i, nil)), 64)
	return f, err == nil
}

// exactPowers are powers of ten that are float64 without rounding, so that
// one division gives the nearest quotient.
var exactPowers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// Table reads and closes rows and writes them for test goldens: a line of
// names with kinds, then a line a row, cells separated by " | ". Text that
// could be read as something else, or would be hard to see, is quoted.
func Table(ctx context.Context, rows Rows) (string, error) {
	schema := rows.Schema()
	all, err := ReadAll(ctx, rows)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, column := range schema {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(textCell(column.Name, KindText) + ":" + column.Kind.String())
	}
	b.WriteByte('\n')
	for _, values := range all {
		for i, value := range values {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(textCell(value, schema[i].Kind))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func textCell(value any, kind Kind) string {
	switch value := value.(type) {
	case bool:
		return strconv.FormatBool(value)
	case int64:
		return strconv.FormatInt(value, 10)
	case float64:
		return string(appendFloat(nil, value))
	case time.Time:
		if kind == KindDate {
			return value.Format(time.DateOnly)
		}
		return value.Format("2006-01-02 15:04:05.999999")
	case time.Duration:
		return time.UnixMicro(value.Microseconds()).UTC().Format("15:04:05.999999")
	case string:
		if quoted := strconv.Quote(value); kind == KindText &&
			(value == "" || value == "null" || strings.TrimSpace(value) != value ||
				strings.ContainsAny(value, `|"\`) || len(quoted) != len(value)+2) {
			return quoted
		}
		return value
	}
	return "null"
}
