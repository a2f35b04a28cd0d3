package postgres

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// chunkRows is the number of rows of a full chunk.
const chunkRows = 2048

const (
	textFormat   = 0
	binaryFormat = 1
)

// Query implements engine.Engine. Numbers, booleans and times are sent as
// bigint, double precision, boolean and timestamp; the type of texts and nulls
// is left to the database, as if they were literals in quotes.
func (e *Engine) Query(ctx context.Context, s engine.Statement) (result.Rows, error) {
	conn, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	inner, cancel := context.WithCancel(ctx)
	r := &rows{conn: conn, ctx: ctx, inner: inner, cancel: cancel}
	if err := r.start(s); err != nil {
		r.err = err
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// rows streams the result of a query.
type rows struct {
	conn   *pgxpool.Conn
	ctx    context.Context    // of the caller
	inner  context.Context    // of the query: ends with Close, too
	cancel context.CancelFunc // asks the database to stop
	reader *pgconn.ResultReader

	schema  result.Schema
	columns []column
	out     result.Chunk
	err     error // what Next returns from now on
	closed  bool
}

func (r *rows) start(s engine.Statement) error {
	values, formats, types, err := encode(s.Args)
	if err != nil {
		return err
	}
	c := r.conn.Conn().PgConn()
	// Describing the statement first tells which columns to ask for in binary.
	description, err := c.Prepare(r.inner, "", s.SQL, types)
	if err != nil {
		return newError(r.ctx, err)
	}
	if n := len(description.ParamOIDs); n > len(values) {
		return failed("the statement has %d parameters for %d arguments", n, len(values))
	} else if n < len(values) {
		values, formats = values[:n], formats[:n]
	}
	if len(description.Fields) == 0 {
		return failed("only statements that return rows can be run as queries")
	}
	r.schema = make(result.Schema, len(description.Fields))
	r.columns = make([]column, len(description.Fields))
	r.out.Vectors = make([]result.Vector, len(description.Fields))
	wanted := make([]int16, len(description.Fields))
	for i, field := range description.Fields {
		r.columns[i] = newColumn(field)
		r.schema[i] = result.Column{Name: field.Name, Kind: r.columns[i].kind, Scale: r.columns[i].scale}
		wanted[i] = binaryFormat
		if r.columns[i].decode == nil {
			wanted[i] = textFormat
		}
	}
	r.reader = c.ExecPrepared(r.inner, "", values, formats, wanted)
	return nil
}

// encode writes arguments for the wire.
func encode(args []any) (values [][]byte, formats []int16, types []uint32, err error) {
	values, formats, types = make([][]byte, len(args)), make([]int16, len(args)), make([]uint32, len(args))
	for i, arg := range args {
		formats[i] = binaryFormat
		switch v := arg.(type) {
		case nil:
		case bool:
			types[i], values[i] = pgtype.BoolOID, []byte{0}
			if v {
				values[i][0] = 1
			}
		case int64:
			types[i], values[i] = pgtype.Int8OID, binary.BigEndian.AppendUint64(nil, uint64(v))
		case float64:
			types[i], values[i] = pgtype.Float8OID, binary.BigEndian.AppendUint64(nil, math.Float64bits(v))
		case string:
			// Not nil, which would be null.
			formats[i], values[i] = textFormat, append(make([]byte, 0, len(v)), v...)
		case time.Time:
			micros := v.UTC().UnixMicro() - epochMicros
			types[i], values[i] = pgtype.TimestampOID, binary.BigEndian.AppendUint64(nil, uint64(micros))
		default:
			return nil, nil, nil, failed("argument $%d is of type %T, which PostgreSQL is not given", i+1, arg)
		}
	}
	return values, formats, types, nil
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
		r.columns[i].finish(&r.out.Vectors[i], n)
	}
	return &r.out, nil
}

// fetch decodes the rows of the next chunk and returns their number.
func (r *rows) fetch(ctx context.Context) (int, error) {
	for _, ctx := range []context.Context{ctx, r.ctx} {
		if err := ctx.Err(); err != nil {
			return 0, errCancelled(err)
		}
	}
	if ctx.Done() != r.ctx.Done() {
		stop := context.AfterFunc(ctx, r.cancel)
		defer stop()
	}
	for i := range r.columns {
		r.columns[i].begin()
	}
	n := 0
	for n < chunkRows && r.reader.NextRow() {
		for i, value := range r.reader.Values() {
			if err := r.columns[i].add(n, value); err != nil {
				return 0, failed("column %q: %s", r.schema[i].Name, err)
			}
		}
		n++
	}
	if n == chunkRows {
		return n, nil
	}
	if _, err := r.reader.Close(); err != nil {
		if ctx.Err() == nil {
			ctx = r.ctx
		}
		return 0, newError(ctx, err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close implements result.Rows.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	if r.reader != nil {
		if r.err != io.EOF {
			// The database stops sending; what is under way is thrown away.
			r.cancel()
		}
		_, _ = r.reader.Close()
	}
	r.cancel()
	r.conn.Release()
	if r.err == nil || r.err == io.EOF {
		r.err = errClosedRows()
	}
	return nil
}
