package load

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/result"
)

// column is a column of the table that is loaded.
type column struct {
	name string

	// What files say of it: texts, types, or both.
	texts inference
	typed string // the engine's name of a type that holds all typed values; empty: none seen

	// What it is, once settled.
	native string // the engine's name of its type
	kind   result.Kind
	order  dateOrder
	low    int64 // of KindInt
	high   int64
	digits int // of KindNumber: before the point
	scale  int // and after it
	fixed  bool
}

// column finds the column of a name, in any case, or adds it.
func (l *loader) column(name string) *column {
	key := strings.ToLower(name)
	c := l.byName[key]
	if c == nil {
		c = &column{name: name}
		l.byName[key] = c
		l.columns = append(l.columns, c)
		for _, existing := range l.settled {
			if strings.ToLower(existing.Name) == key {
				c.name, c.fixed = existing.Name, true
				c.setType(existing.Native)
			}
		}
	}
	return c
}

// fileColumns finds the columns of a file. When rows are appended, each must
// be in the table.
func (l *loader) fileColumns(file string, names []string) ([]*column, error) {
	columns := make([]*column, len(names))
	for i, name := range names {
		columns[i] = l.column(name)
		if l.options.Append && !columns[i].fixed {
			return nil, errExtraColumn(file, name, l.options.Table)
		}
	}
	return columns, nil
}

// settle decides the types, after all files have been scanned.
func (l *loader) settle() {
	if l.options.Append {
		for _, existing := range l.settled {
			c := l.column(existing.Name)
			c.order = c.texts.order()
			l.layout = append(l.layout, c)
		}
		return
	}
	for _, c := range l.columns {
		native := c.typed
		if c.texts.valued || native == "" {
			inferred := natives[c.texts.kind()]
			if native == "" {
				native = inferred
			}
			native = joinNative(native, inferred)
		}
		c.setType(native)
		c.order = c.texts.order()
	}
	l.layout = l.columns
}

// natives are the types that inferred columns get.
var natives = map[result.Kind]string{
	result.KindBool:     "BOOLEAN",
	result.KindInt:      "BIGINT",
	result.KindFloat:    "DOUBLE",
	result.KindDate:     "DATE",
	result.KindDateTime: "TIMESTAMP",
	result.KindTime:     "TIME",
	result.KindText:     "VARCHAR",
}

// setType settles the column on a type of the engine.
func (c *column) setType(native string) {
	c.native = native
	name, parameters, _ := strings.Cut(native, "(")
	switch name {
	case "BOOLEAN":
		c.kind = result.KindBool
	case "TINYINT":
		c.setRange(math.MinInt8, math.MaxInt8)
	case "SMALLINT":
		c.setRange(math.MinInt16, math.MaxInt16)
	case "INTEGER":
		c.setRange(math.MinInt32, math.MaxInt32)
	case "BIGINT":
		c.setRange(math.MinInt64, math.MaxInt64)
	case "UTINYINT":
		c.setRange(0, math.MaxUint8)
	case "USMALLINT":
		c.setRange(0, math.MaxUint16)
	case "UINTEGER":
		c.setRange(0, math.MaxUint32)
	case "HUGEINT":
		c.kind, c.digits = result.KindNumber, 38
	case "DECIMAL":
		width, scale, _ := strings.Cut(strings.TrimSuffix(parameters, ")"), ",")
		c.kind = result.KindNumber
		c.scale, _ = strconv.Atoi(strings.TrimSpace(scale))
		c.digits, _ = strconv.Atoi(width)
		c.digits -= c.scale
	case "FLOAT", "DOUBLE":
		c.kind = result.KindFloat
	case "DATE":
		c.kind = result.KindDate
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE":
		c.kind = result.KindDateTime
	case "TIME":
		c.kind = result.KindTime
	default:
		c.kind = result.KindText
	}
}

func (c *column) setRange(low, high int64) {
	c.kind, c.low, c.high = result.KindInt, low, high
}

// observe takes note of a text of the column.
func (c *column) observe(f *field) {
	switch {
	case !c.fixed:
		c.texts.observe(f.text, f.allowed)
	case c.kind == result.KindDate || c.kind == result.KindDateTime:
		c.texts.observeDate(f.text)
	}
}

// integerRank orders the whole numbers by size.
var integerRank = map[string]int{"TINYINT": 1, "SMALLINT": 2, "INTEGER": 3, "BIGINT": 4, "HUGEINT": 5}

func isNumeric(native string) bool {
	return integerRank[native] > 0 || native == "DOUBLE" || native == "FLOAT" || strings.HasPrefix(native, "DECIMAL(")
}

func isDated(native string) bool { return native == "DATE" || native == "TIMESTAMP" }

// joinNative is the type that holds the values of both.
func joinNative(a, b string) string {
	switch {
	case a == b:
		return a
	case integerRank[a] > 0 && integerRank[b] > 0:
		if integerRank[a] > integerRank[b] {
			return a
		}
		return b
	case isNumeric(a) && isNumeric(b):
		return "DOUBLE"
	case isDated(a) && isDated(b):
		return "TIMESTAMP"
	}
	return "VARCHAR"
}

// canAppend reports whether typed values can go into a column of the table
// without losing anything; whole numbers that are too large fail later.
func canAppend(native, table string) bool {
	return joinNative(native, table) == table || integerRank[native] > 0 &&
		(integerRank[table] > 0 || strings.HasPrefix(table, "DECIMAL("))
}

// plainType matches the types that may stand in a statement.
var plainType = regexp.MustCompile(`^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|DATE|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|TIME)$`)

// searchable gives the type that searches can use for values of a type, and
// how they are converted; ok is false when they become text of another form.
func searchable(native, value string) (to, expression string, ok bool) {
	switch native {
	case "TINYINT", "SMALLINT", "UTINYINT", "USMALLINT":
		return "INTEGER", value, true
	case "UINTEGER":
		return "BIGINT", value, true
	case "UBIGINT":
		return "HUGEINT", value, true
	case "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE":
		return "TIMESTAMP", value, true
	case "TIME_NS":
		return "TIME", value, true
	case "UUID", "UHUGEINT", `"NULL"`:
		return "VARCHAR", value, true
	}
	switch {
	case plainType.MatchString(native):
		return native, value, true
	case strings.HasPrefix(native, "ENUM("):
		return "VARCHAR", value, true
	case strings.HasSuffix(native, "]"), strings.HasPrefix(native, "STRUCT("), strings.HasPrefix(native, "MAP("), native == "JSON":
		return "VARCHAR", "to_json(" + value + ")", false
	}
	return "VARCHAR", value, false
}

// positions is the layout as positions in a file's columns; -1 where the
// file has none.
func (l *loader) positions(columns []*column) []int {
	at := make(map[*column]int, len(columns))
	for i, c := range columns {
		at[c] = i
	}
	positions := make([]int, len(l.layout))
	for i, c := range l.layout {
		positions[i] = -1
		if p, ok := at[c]; ok {
			positions[i] = p
		}
	}
	return positions
}

// addTyped takes note of the type of a file's column.
func (l *loader) addTyped(file string, c *column, native string) error {
	if c.fixed {
		if !canAppend(native, c.native) {
			return errColumnType(file, c.name, native, l.options.Table, c.native)
		}
		return nil
	}
	if c.typed == "" {
		c.typed = native
	}
	c.typed = joinNative(c.typed, native)
	return nil
}
