package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// arrowSource is a file of Arrow's inter-process format: a file or a stream.
type arrowSource struct {
	l       *loader
	name    string
	size    int64
	columns []*column
	types   []arrow.DataType
}

// scan implements source.
func (s *arrowSource) scan(context.Context) (err error) {
	defer s.guard(&err)
	s.l.progress.state.Total += s.size
	r, err := s.open()
	if err != nil {
		return err
	}
	defer r.close()
	fields := r.schema.Fields()
	if len(fields) == 0 {
		return errFile(s.name, "the file has no columns")
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = strings.ToValidUTF8(f.Name, "\uFFFD")
	}
	names = columnNames(names)
	if s.columns, err = s.l.fileColumns(s.name, names); err != nil {
		return err
	}
	for i, f := range fields {
		s.types = append(s.types, f.Type)
		native, ok := arrowNative(f.Type)
		if !ok {
			s.l.warn(fmt.Sprintf("%s: column %q of type %.60s became text", s.name, names[i], f.Type))
		}
		if err := s.l.addTyped(s.name, s.columns[i], native); err != nil {
			return err
		}
	}
	return nil
}

// insert implements source.
func (s *arrowSource) insert(ctx context.Context, tx Tx, t engine.Table) (n int64, err error) {
	defer s.guard(&err)
	r, err := s.open()
	if err != nil {
		return 0, err
	}
	defer r.close()
	rows := &arrowRows{source: s, reader: r, positions: s.l.positions(s.columns)}
	for i, p := range rows.positions {
		column := result.Column{Name: s.l.layout[i].name, Kind: result.KindText}
		if p >= 0 {
			column.Kind = arrowKind(s.types[p])
		}
		rows.schema = append(rows.schema, column)
	}
	if n, err = tx.InsertRows(ctx, t, rows); err == nil {
		s.l.progress.advance(s.name, s.size-rows.reported, 0)
	}
	return n, err
}

func (s *arrowSource) close() {}

// guard makes an error of a panic, which is how the reader of Arrow meets some
// broken files.
func (s *arrowSource) guard(err *error) {
	if p := recover(); p != nil {
		*err = errFile(s.name, "the Arrow file is damaged: %v", p)
	}
}

// arrowReader reads one batch of rows after another.
type arrowReader struct {
	schema *arrow.Schema
	next   func() (arrow.RecordBatch, error)
	done   func() int64 // bytes
	close  func()
}

var arrowMagic = []byte("ARROW1")

func (s *arrowSource) open() (*arrowReader, error) {
	file, err := os.Open(s.name)
	if err != nil {
		return nil, errAccess(s.name, err)
	}
	r, err := s.read(file)
	if err != nil {
		_ = file.Close()
		return nil, &Error{File: s.name, Message: "the file is no Arrow file that can be read: " + err.Error(), Err: err}
	}
	return r, nil
}

func (s *arrowSource) read(file *os.File) (*arrowReader, error) {
	magic := make([]byte, len(arrowMagic))
	if _, err := file.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(magic, arrowMagic) {
		counter := &countingReader{source: file}
		r, err := ipc.NewReader(counter)
		if err != nil {
			return nil, err
		}
		return &arrowReader{schema: r.Schema(), next: r.Read, done: func() int64 { return counter.bytes }, close: func() {
			r.Release()
			_ = file.Close()
		}}, nil
	}
	r, err := ipc.NewFileReader(file)
	if err != nil {
		return nil, err
	}
	read := 0
	next := func() (arrow.RecordBatch, error) {
		if read == r.NumRecords() {
			return nil, io.EOF
		}
		read++
		return r.RecordBatch(read - 1)
	}
	done := func() int64 { return s.size * int64(read) / int64(max(r.NumRecords(), 1)) }
	return &arrowReader{schema: r.Schema(), next: next, done: done, close: func() {
		_ = r.Close()
		_ = file.Close()
	}}, nil
}

// arrowRows streams the batches of a file.
type arrowRows struct {
	source    *arrowSource
	reader    *arrowReader
	positions []int
	schema    result.Schema
	batch     arrow.RecordBatch
	row       int
	reported  int64
}

// Schema implements result.Rows.
func (r *arrowRows) Schema() result.Schema { return r.schema }

// Close implements result.Rows.
func (r *arrowRows) Close() error { return nil }

// Next implements result.Rows.
func (r *arrowRows) Next(ctx context.Context) (*result.Chunk, error) {
	for r.batch == nil || r.row == int(r.batch.NumRows()) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		batch, err := r.reader.next()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, errReader(r.source.name, err)
		}
		r.batch, r.row = batch, 0
	}
	n := min(int(r.batch.NumRows())-r.row, chunkRows)
	chunk := result.NewChunk(r.schema, n)
	for i, p := range r.positions {
		for row := range n {
			if v := &chunk.Vectors[i]; p < 0 || !setArrow(v, row, r.batch.Column(p), r.row+row) {
				v.SetNull(row, n)
			}
		}
	}
	r.row += n
	done := min(r.reader.done(), r.source.size)
	r.source.l.progress.advance(r.source.name, done-r.reported, int64(n))
	r.reported = done
	return chunk, nil
}

// arrowNative gives the type of the table for a type of Arrow; ok is false
// when values become text of another form.
func arrowNative(t arrow.DataType) (native string, ok bool) {
	switch t := t.(type) {
	case *arrow.DictionaryType:
		return arrowNative(t.ValueType)
	case arrow.ExtensionType:
		return arrowNative(t.StorageType())
	case arrow.DecimalType:
		if t.GetPrecision() <= 38 && t.GetScale() >= 0 {
			return fmt.Sprintf("DECIMAL(%d,%d)", t.GetPrecision(), t.GetScale()), true
		}
		return "VARCHAR", false
	}
	switch t.ID() {
	case arrow.BOOL:
		return "BOOLEAN", true
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.UINT8, arrow.UINT16:
		return "INTEGER", true
	case arrow.INT64, arrow.UINT32:
		return "BIGINT", true
	case arrow.UINT64:
		return "HUGEINT", true
	case arrow.FLOAT16, arrow.FLOAT32:
		return "FLOAT", true
	case arrow.FLOAT64:
		return "DOUBLE", true
	case arrow.DATE32, arrow.DATE64:
		return "DATE", true
	case arrow.TIMESTAMP:
		return "TIMESTAMP", true
	case arrow.TIME32, arrow.TIME64:
		return "TIME", true
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW, arrow.NULL:
		return "VARCHAR", true
	}
	return "VARCHAR", false
}

// arrowKind is the kind in which setArrow stores values of a type.
func arrowKind(t arrow.DataType) result.Kind {
	native, _ := arrowNative(t)
	var c column
	c.setType(native)
	return c.kind
}

// setArrow stores value i of an array, and reports false when it is null.
func setArrow(v *result.Vector, at int, values arrow.Array, i int) bool {
	if values.IsNull(i) {
		return false
	}
	switch a := values.(type) {
	case *array.Dictionary:
		return setArrow(v, at, a.Dictionary(), a.GetValueIndex(i))
	case array.ExtensionArray:
		return setArrow(v, at, a.Storage(), i)
	case *array.Boolean:
		v.Bools[at] = a.Value(i)
	case *array.Int8:
		v.Ints[at] = int64(a.Value(i))
	case *array.Int16:
		v.Ints[at] = int64(a.Value(i))
	case *array.Int32:
		v.Ints[at] = int64(a.Value(i))
	case *array.Int64:
		v.Ints[at] = a.Value(i)
	case *array.Uint8:
		v.Ints[at] = int64(a.Value(i))
	case *array.Uint16:
		v.Ints[at] = int64(a.Value(i))
	case *array.Uint32:
		v.Ints[at] = int64(a.Value(i))
	case *array.Float16:
		v.Floats[at] = float64(a.Value(i).Float32())
	case *array.Float32:
		v.Floats[at] = float64(a.Value(i))
	case *array.Float64:
		v.Floats[at] = a.Value(i)
	case *array.Date32:
		v.Ints[at] = int64(a.Value(i))
	case *array.Date64:
		v.Ints[at] = a.Value(i).ToTime().Unix() / (24 * 60 * 60)
	case *array.Timestamp:
		v.Ints[at] = a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit).UnixMicro()
	case *array.Time32:
		v.Ints[at] = sinceMidnight(int64(a.Value(i)), a.DataType().(*arrow.Time32Type).Unit)
	case *array.Time64:
		v.Ints[at] = sinceMidnight(int64(a.Value(i)), a.DataType().(*arrow.Time64Type).Unit)
	case *array.String:
		v.Texts[at] = strings.ToValidUTF8(a.Value(i), "\uFFFD")
	case *array.LargeString:
		v.Texts[at] = strings.ToValidUTF8(a.Value(i), "\uFFFD")
	case *array.StringView:
		v.Texts[at] = strings.ToValidUTF8(a.Value(i), "\uFFFD")
	case *array.Uint64, *array.Decimal32, *array.Decimal64, *array.Decimal128, *array.Decimal256:
		v.Texts[at] = values.ValueStr(i)
	default:
		text, err := json.Marshal(values.GetOneForMarshal(i))
		if err != nil {
			text = []byte(values.ValueStr(i))
		}
		v.Texts[at] = string(text)
	}
	return true
}

// sinceMidnight turns a number of units into microseconds.
func sinceMidnight(n int64, unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Second:
		return n * microsPerSecond
	case arrow.Millisecond:
		return n * 1000
	case arrow.Nanosecond:
		return n / 1000
	default:
		return n
	}
}
