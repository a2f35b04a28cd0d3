package duckdb

import (
	"context"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/result"
)

// writer turns chunks of a result into chunks of DuckDB.
type writer struct {
	schema result.Schema
	types  []bindings.LogicalType
	chunk  bindings.DataChunk

	// A chunk may be longer than one of DuckDB's.
	source *result.Chunk
	row    int
}

func newWriter(schema result.Schema) *writer {
	w := &writer{schema: schema}
	for _, column := range schema {
		w.types = append(w.types, writeType(column))
	}
	w.chunk = bindings.CreateDataChunk(w.types)
	return w
}

// writeType is the type in which values of a column are handed over. Decimals
// travel as text, because those of 19 digits fit no 64-bit decimal of DuckDB.
func writeType(column result.Column) bindings.LogicalType {
	native := bindings.TypeVarchar
	switch column.Kind {
	case result.KindBool:
		native = bindings.TypeBoolean
	case result.KindInt:
		native = bindings.TypeBigInt
	case result.KindFloat:
		native = bindings.TypeDouble
	case result.KindDate:
		native = bindings.TypeDate
	case result.KindDateTime:
		native = bindings.TypeTimestamp
	case result.KindTime:
		native = bindings.TypeTime
	}
	return bindings.CreateLogicalType(native)
}

func (w *writer) close() {
	bindings.DestroyDataChunk(&w.chunk)
	for i := range w.types {
		bindings.DestroyLogicalType(&w.types[i])
	}
}

// next fills the chunk with the next rows of r.
func (w *writer) next(ctx context.Context, r result.Rows) (bindings.DataChunk, int, error) {
	if w.source == nil || w.row == w.source.Rows {
		var err error
		if w.source, err = r.Next(ctx); err != nil {
			return w.chunk, 0, err
		}
		w.row = 0
	}
	n := min(w.source.Rows-w.row, int(bindings.VectorSize()))
	bindings.DataChunkReset(w.chunk)
	bindings.DataChunkSetSize(w.chunk, bindings.IdxT(n))
	for i := range w.schema {
		w.write(bindings.DataChunkGetVector(w.chunk, bindings.IdxT(i)), &w.source.Vectors[i], w.schema[i].Kind, n)
	}
	w.row += n
	return w.chunk, n, nil
}

func (w *writer) write(to bindings.Vector, v *result.Vector, kind result.Kind, n int) {
	if v.Valid != nil {
		bindings.VectorEnsureValidityWritable(to)
		mask := unsafe.Slice((*uint64)(bindings.VectorGetValidity(to)), (n+63)/64)
		for i := range n {
			if v.IsNull(w.row + i) {
				mask[i>>6] &^= 1 << (uint(i) & 63)
			}
		}
	}
	data := bindings.VectorGetData(to)
	from, end := w.row, w.row+n
	switch kind {
	case result.KindBool:
		copy(unsafe.Slice((*bool)(data), n), v.Bools[from:end])
	case result.KindInt, result.KindDateTime, result.KindTime:
		copy(unsafe.Slice((*int64)(data), n), v.Ints[from:end])
	case result.KindFloat:
		copy(unsafe.Slice((*float64)(data), n), v.Floats[from:end])
	case result.KindDate:
		days := unsafe.Slice((*int32)(data), n)
		for i, day := range v.Ints[from:end] {
			days[i] = int32(day)
		}
	default:
		for i := range n {
			switch {
			case v.IsNull(from + i):
			case v.Kind == result.KindText || v.Kind == result.KindNumber:
				bindings.VectorAssignStringElement(to, bindings.IdxT(i), v.Texts[from+i])
			default:
				bindings.VectorAssignStringElementLen(to, bindings.IdxT(i), result.AppendCell(nil, v, from+i, nil))
			}
		}
	}
}
