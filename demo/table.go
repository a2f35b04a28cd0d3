package demo

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/searchlight-bi/searchlight/result"
)

// Table is one table of the sample.
type Table struct {
	Name    string
	Columns []Column
	start   func() filler
}

// Column is a column of a table.
type Column struct {
	result.Column
	SQLType string // as CREATE TABLE takes it
}

// filler writes the next row into a chunk, at an index below its size. It
// returns false when there is no further row.
type filler func(c *result.Chunk, row int) bool

// Tables are the tables of the sample, those that others refer to first. Each
// call makes the same ones.
func Tables() []Table {
	w := newWorld()
	return []Table{
		w.storeTable(), w.productTable(), w.customerTable(),
		w.saleTable(), w.returnTable(), w.inventoryTable(),
	}
}

// CreateSQL is the statement that makes the empty table, in a schema unless it
// is empty.
func (t Table) CreateSQL(schema string) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE ")
	if schema != "" {
		b.WriteString(quote(schema) + ".")
	}
	b.WriteString(quote(t.Name) + " (")
	for i, column := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(column.Name) + " " + column.SQLType)
	}
	b.WriteString(")")
	return b.String()
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Schema describes the rows of the table.
func (t Table) Schema() result.Schema {
	schema := make(result.Schema, len(t.Columns))
	for i, column := range t.Columns {
		schema[i] = column.Column
	}
	return schema
}

// Rows makes the rows of the table, from the first, in memory that does not
// grow with their number.
func (t Table) Rows() result.Rows {
	schema := t.Schema()
	return &rows{schema: schema, fill: t.start(), buffer: result.NewChunk(schema, chunkRows), out: result.NewChunk(schema, 0)}
}

const chunkRows = 2048

type rows struct {
	schema      result.Schema
	fill        filler
	buffer, out *result.Chunk
	closed      bool
}

var errClosed = errors.New("the rows are closed")

// Schema implements result.Rows.
func (r *rows) Schema() result.Schema { return r.schema }

// Next implements result.Rows.
func (r *rows) Next(ctx context.Context) (*result.Chunk, error) {
	if r.closed {
		return nil, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i := range r.buffer.Vectors {
		r.buffer.Vectors[i].Valid = nil
	}
	n := 0
	for n < chunkRows && r.fill(r.buffer, n) {
		n++
	}
	if n == 0 {
		return nil, io.EOF
	}
	r.out.Rows = n
	for i := range r.out.Vectors {
		from, to := &r.buffer.Vectors[i], &r.out.Vectors[i]
		to.Valid = from.Valid
		switch to.Kind {
		case result.KindText:
			to.Texts = from.Texts[:n]
		case result.KindFloat:
			to.Floats = from.Floats[:n]
		default:
			to.Ints = from.Ints[:n]
		}
	}
	return r.out, nil
}

// Close implements result.Rows.
func (r *rows) Close() error {
	r.closed = true
	return nil
}

// The types of columns that the tables use. Money is a decimal, so that sums
// are exact; in memory it is cents.

func whole(name string) Column {
	return Column{result.Column{Name: name, Kind: result.KindInt}, "INTEGER"}
}

func money(name string) Column {
	return Column{result.Column{Name: name, Kind: result.KindDecimal, Scale: 2}, "DECIMAL(12, 2)"}
}

func degrees(name string) Column {
	return Column{result.Column{Name: name, Kind: result.KindFloat}, "DOUBLE"}
}

func text(name string) Column {
	return Column{result.Column{Name: name, Kind: result.KindText}, "VARCHAR"}
}

func date(name string) Column {
	return Column{result.Column{Name: name, Kind: result.KindDate}, "DATE"}
}

// row writes the cells of one row in the order of the columns.
type row struct {
	chunk  *result.Chunk
	index  int
	column int
}

func (r *row) vector() *result.Vector {
	r.column++
	return &r.chunk.Vectors[r.column-1]
}

func (r *row) int(n int)       { r.vector().Ints[r.index] = int64(n) }
func (r *row) float(f float64) { r.vector().Floats[r.index] = f }
func (r *row) text(s string)   { r.vector().Texts[r.index] = s }

// null leaves a text of an earlier chunk behind, which counts for nothing.
func (r *row) null() { r.vector().SetNull(r.index, chunkRows) }

func (r *row) intOrNull(n int) {
	if n == none {
		r.null()
		return
	}
	r.int(n)
}

// idOrNull writes the id of what stands at an index.
func (r *row) idOrNull(index int) {
	if index == none {
		r.null()
		return
	}
	r.int(index + 1)
}

func (r *row) textOrNull(s *string) {
	if s == nil {
		r.null()
		return
	}
	r.text(*s)
}

// none is a number that is not known.
const none = -1

// list fills a table from a slice that is in memory; ids count from 1.
func list[T any](items []T, write func(r *row, id int, item *T)) func() filler {
	return func() filler {
		at := 0
		return func(c *result.Chunk, index int) bool {
			if at == len(items) {
				return false
			}
			at++
			write(&row{chunk: c, index: index}, at, &items[at-1])
			return true
		}
	}
}
