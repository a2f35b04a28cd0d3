package duckdb

import (
	"fmt"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/result"
)

// nativeColumn is a column as DuckDB describes it.
type nativeColumn struct {
	name   string
	native bindings.Type
}

// isForeign reports whether values of the type have no kind of their own, so
// that they travel as text.
func (c nativeColumn) isForeign() bool {
	switch c.native {
	case bindings.TypeInvalid: // not known yet
		return false
	case bindings.TypeUUID, bindings.TypeEnum, bindings.TypeDecimal, bindings.TypeSQLNull:
		return false
	}
	_, ok := kinds[c.native]
	return !ok
}

func anyForeign(columns []nativeColumn) bool {
	for _, c := range columns {
		if c.isForeign() {
			return true
		}
	}
	return false
}

func preparedColumns(p *bindings.PreparedStatement) []nativeColumn {
	columns := make([]nativeColumn, bindings.PreparedStatementColumnCount(*p))
	for i := range columns {
		at := bindings.IdxT(i)
		columns[i] = nativeColumn{bindings.PreparedStatementColumnName(*p, at), bindings.PreparedStatementColumnType(*p, at)}
	}
	return columns
}

func resultColumns(r *bindings.Result) []nativeColumn {
	columns := make([]nativeColumn, bindings.ColumnCount(r))
	for i := range columns {
		at := bindings.IdxT(i)
		columns[i] = nativeColumn{bindings.ColumnName(r, at), bindings.ColumnType(r, at)}
	}
	return columns
}

// kinds are the kinds of the types that need no further look.
var kinds = map[bindings.Type]result.Kind{
	bindings.TypeBoolean:     result.KindBool,
	bindings.TypeTinyInt:     result.KindInt,
	bindings.TypeSmallInt:    result.KindInt,
	bindings.TypeInteger:     result.KindInt,
	bindings.TypeBigInt:      result.KindInt,
	bindings.TypeUTinyInt:    result.KindInt,
	bindings.TypeUSmallInt:   result.KindInt,
	bindings.TypeUInteger:    result.KindInt,
	bindings.TypeUBigInt:     result.KindNumber,
	bindings.TypeHugeInt:     result.KindNumber,
	bindings.TypeUHugeInt:    result.KindNumber,
	bindings.TypeFloat:       result.KindFloat,
	bindings.TypeDouble:      result.KindFloat,
	bindings.TypeVarchar:     result.KindText,
	bindings.TypeDate:        result.KindDate,
	bindings.TypeTimestamp:   result.KindDateTime,
	bindings.TypeTimestampS:  result.KindDateTime,
	bindings.TypeTimestampMS: result.KindDateTime,
	bindings.TypeTimestampNS: result.KindDateTime,
	bindings.TypeTimestampTZ: result.KindDateTime,
	bindings.TypeTime:        result.KindTime,
	bindings.TypeTimeNS:      result.KindTime,
}

// column reads the vectors of one column. Its buffers serve chunk after chunk.
type column struct {
	native bindings.Type // how values are stored, for decimals and enums too
	kind   result.Kind
	scale  int
	enum   []string // the texts of an enum
	uuid   bool

	valid  []uint64
	ints   []int64
	floats []float64
	texts  []string
	bytes  []byte
}

func newColumn(r *bindings.Result, at bindings.IdxT) (column, error) {
	c := column{native: bindings.ColumnType(r, at)}
	switch c.native {
	case bindings.TypeSQLNull:
		c.kind = result.KindText
		return c, nil
	case bindings.TypeUUID:
		c.kind, c.uuid = result.KindText, true
		return c, nil
	case bindings.TypeDecimal, bindings.TypeEnum:
	default:
		kind, ok := kinds[c.native]
		if !ok {
			return c, fmt.Errorf("values of DuckDB type %d cannot be read", c.native)
		}
		c.kind = kind
		return c, nil
	}

	logical := bindings.ColumnLogicalType(r, at)
	defer bindings.DestroyLogicalType(&logical)
	if c.native == bindings.TypeEnum {
		c.kind, c.native = result.KindText, bindings.EnumInternalType(logical)
		c.enum = make([]string, bindings.EnumDictionarySize(logical))
		for i := range c.enum {
			c.enum[i] = bindings.EnumDictionaryValue(logical, bindings.IdxT(i))
		}
		return c, nil
	}
	c.native = bindings.DecimalInternalType(logical)
	c.scale = int(bindings.DecimalScale(logical))
	c.kind = result.KindDecimal
	if c.native == bindings.TypeHugeInt {
		c.kind = result.KindNumber
	}
	return c, nil
}
