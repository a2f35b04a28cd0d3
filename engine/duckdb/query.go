package duckdb

import (
	"context"
	"fmt"
	"io"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// Query implements engine.Engine. The statement must be a SELECT.
func (e *Engine) Query(ctx context.Context, s engine.Statement) (result.Rows, error) {
	c, err := e.acquire()
	if err != nil {
		return nil, err
	}
	return c.query(ctx, s, e.release)
}

// Ping implements engine.Engine.
func (e *Engine) Ping(ctx context.Context) error {
	c, err := e.acquire()
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, engine.Statement{SQL: "SELECT 1"})
	e.release(c, err == nil)
	return err
}

// query starts a query. The connection belongs to the rows; release is called
// when they are closed, or here when the query fails.
func (c *conn) query(ctx context.Context, s engine.Statement, release func(c *conn, clean bool)) (result.Rows, error) {
	r := &rows{conn: c, ctx: ctx, release: release, stop: c.watch(ctx)}
	if err := r.start(s); err != nil {
		r.err = err
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// rows streams the result of a query.
type rows struct {
	conn    *conn
	ctx     context.Context
	release func(c *conn, clean bool)
	stop    func()

	prepared *bindings.PreparedStatement
	pending  bindings.PendingResult
	result   bindings.Result
	chunk    bindings.DataChunk

	schema  result.Schema
	columns []column
	out     result.Chunk
	err     error // what Next returns from now on
	closed  bool
}

// start prepares and executes a statement up to its first rows.
func (r *rows) start(s engine.Statement) error {
	var err error
	if r.prepared, err = r.conn.prepare(r.ctx, s); err != nil {
		return err
	}
	switch bindings.PreparedStatementType(*r.prepared) {
	case bindings.StatementTypeSelect, bindings.StatementTypeExplain:
	default:
		return errNotSelect()
	}
	if columns := preparedColumns(r.prepared); anyForeign(columns) {
		return r.startAsText(s, columns)
	}
	if err := r.execute(); err != nil {
		return err
	}
	// Where types depend on arguments, they show only now.
	if columns := resultColumns(&r.result); anyForeign(columns) {
		return r.startAsText(s, columns)
	}
	return r.describe()
}

func (r *rows) execute() error {
	if bindings.PendingPreparedStreaming(*r.prepared, &r.pending) == bindings.StateError {
		return newError(r.ctx, bindings.PendingError(r.pending), bindings.ErrorTypeInvalid)
	}
	if bindings.ExecutePending(r.pending, &r.result) == bindings.StateError {
		return newError(r.ctx, bindings.ResultError(&r.result), bindings.ResultErrorType(&r.result))
	}
	return nil
}

// describe learns the columns of the result.
func (r *rows) describe() error {
	n := int(bindings.ColumnCount(&r.result))
	r.schema = make(result.Schema, n)
	r.columns = make([]column, n)
	r.out.Vectors = make([]result.Vector, n)
	for i := range n {
		name := bindings.ColumnName(&r.result, bindings.IdxT(i))
		column, err := newColumn(&r.result, bindings.IdxT(i))
		if err != nil {
			return failed("column %q: %s", name, err)
		}
		r.columns[i] = column
		r.schema[i] = result.Column{Name: name, Kind: column.kind, Scale: column.scale}
	}
	return nil
}

// startAsText starts a statement, whose columns are given, with those that
// cannot be read cast to text: lists, structs, intervals and the like.
func (r *rows) startAsText(s engine.Statement, columns []nativeColumn) error {
	r.discard()
	var list, aliases strings.Builder
	for i, c := range columns {
		if i > 0 {
			list.WriteString(", ")
			aliases.WriteString(", ")
		}
		if c.isForeign() {
			fmt.Fprintf(&list, "CAST(q.c%d AS VARCHAR)", i)
		} else {
			fmt.Fprintf(&list, "q.c%d", i)
		}
		fmt.Fprintf(&aliases, "c%d", i)
	}
	inner := strings.TrimRight(s.SQL, "; \t\r\n")
	s.SQL = fmt.Sprintf("SELECT %s FROM (%s\n) AS q(%s)", list.String(), inner, aliases.String())
	var err error
	if r.prepared, err = r.conn.prepare(r.ctx, s); err != nil {
		return err
	}
	if err := r.execute(); err != nil {
		return err
	}
	if err := r.describe(); err != nil {
		return err
	}
	for i := range r.schema {
		r.schema[i].Name = columns[i].name
	}
	return nil
}

// Schema implements result.Rows.
func (r *rows) Schema() result.Schema { return r.schema }

// Next implements result.Rows.
func (r *rows) Next(ctx context.Context) (*result.Chunk, error) {
	if r.err != nil {
		return nil, r.err
	}
	n, err := r.fetch(ctx)
	if err != nil {
		r.err = err
		return nil, err
	}
	r.out.Rows = n
	for i := range r.columns {
		r.columns[i].read(&r.out.Vectors[i], bindings.DataChunkGetVector(r.chunk, bindings.IdxT(i)), n)
	}
	return &r.out, nil
}

// fetch makes the next chunk that has rows the current one.
func (r *rows) fetch(ctx context.Context) (int, error) {
	for _, ctx := range []context.Context{ctx, r.ctx} {
		if err := ctx.Err(); err != nil {
			return 0, errCancelled(err)
		}
	}
	if ctx.Done() != r.ctx.Done() {
		stop := r.conn.watch(ctx)
		defer stop()
	}
	for {
		bindings.DestroyDataChunk(&r.chunk)
		r.chunk = bindings.FetchChunk(r.result)
		if r.chunk.Ptr == nil {
			if message := bindings.ResultError(&r.result); message != "" {
				if ctx.Err() == nil {
					ctx = r.ctx
				}
				return 0, newError(ctx, message, bindings.ResultErrorType(&r.result))
			}
			return 0, io.EOF
		}
		if n := int(bindings.DataChunkGetSize(r.chunk)); n > 0 {
			return n, nil
		}
	}
}

// Close implements result.Rows.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.stop()
	r.discard()
	r.release(r.conn, r.err == io.EOF)
	if r.err == nil || r.err == io.EOF {
		r.err = errClosedRows()
	}
	return nil
}

// discard frees what DuckDB holds for the query, in the order in which the
// parts depend on each other.
func (r *rows) discard() {
	bindings.DestroyDataChunk(&r.chunk)
	bindings.DestroyResult(&r.result)
	bindings.DestroyPending(&r.pending)
	if r.prepared != nil {
		bindings.DestroyPrepare(r.prepared)
	}
	r.prepared = nil
}
