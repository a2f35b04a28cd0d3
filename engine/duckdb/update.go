package duckdb

import (
	"context"
	"errors"
	"io"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// Exec runs one statement of any sort by itself and returns the number of rows
// that it changed. Changes wait for each other: one Exec or Update is at work
// at a time, while queries go on and see the state before it.
func (e *Engine) Exec(ctx context.Context, s engine.Statement) (int64, error) {
	var changed int64
	err := e.write(ctx, func(c *conn) error {
		var err error
		changed, err = c.exec(ctx, s)
		return err
	})
	return changed, err
}

// Update runs fn in a transaction. When fn returns nil all that it did through
// the Tx happens at once; otherwise none of it does, and Update returns fn's
// error. The Tx ends with fn. ctx is checked by each of its methods, and its
// end before the commit undoes everything.
func (e *Engine) Update(ctx context.Context, fn func(tx *Tx) error) error {
	return e.write(ctx, func(c *conn) (err error) {
		if _, err := c.exec(ctx, engine.Statement{SQL: "BEGIN TRANSACTION"}); err != nil {
			return err
		}
		committed := false
		defer func() {
			if !committed {
				// Also when fn panics. If it fails, the connection is thrown away.
				_, _ = c.exec(context.WithoutCancel(ctx), engine.Statement{SQL: "ROLLBACK"})
			}
		}()
		if err := fn(&Tx{engine: e, conn: c}); err != nil {
			return err
		}
		_, err = c.exec(ctx, engine.Statement{SQL: "COMMIT"})
		committed = err == nil
		return err
	})
}

// write gives fn a connection when no other write is at work.
func (e *Engine) write(ctx context.Context, fn func(c *conn) error) error {
	select {
	case e.writer <- struct{}{}:
	case <-ctx.Done():
		return errCancelled(ctx.Err())
	}
	defer func() { <-e.writer }()
	c, err := e.acquire()
	if err != nil {
		return err
	}
	clean := false
	defer func() { e.release(c, clean) }()
	err = fn(c)
	clean = err == nil
	return err
}

// Tx is a transaction of Update. It is used by one goroutine, and rows of its
// Query are closed before the next call.
type Tx struct {
	engine *Engine
	conn   *conn
}

// Exec runs one statement and returns the number of rows that it changed.
func (tx *Tx) Exec(ctx context.Context, s engine.Statement) (int64, error) {
	return tx.conn.exec(ctx, s)
}

// Query is Engine.Query within the transaction: it sees what the transaction
// has changed so far.
func (tx *Tx) Query(ctx context.Context, s engine.Statement) (result.Rows, error) {
	return tx.conn.query(ctx, s, func(*conn, bool) {})
}

// ReadFiles runs a query over files, such as
//
//	SELECT * FROM read_csv($1, header = true)
//	DESCRIBE SELECT * FROM read_parquet($1)
//	SELECT * FROM sniff_csv($1)
//
// It runs in a second instance, in memory, that has access to files and none
// to the tables of the database. No text that a user wrote may become part of
// the statement, except as an argument.
func (e *Engine) ReadFiles(ctx context.Context, s engine.Statement) (result.Rows, error) {
	files, err := e.fileReader()
	if err != nil {
		return nil, err
	}
	return files.Query(ctx, s)
}

// fileReader opens the instance of ReadFiles when it is first needed.
func (e *Engine) fileReader() (*Engine, error) {
	e.filesOnce.Do(func() {
		o := e.options
		e.files, e.filesErr = Open("", Options{Threads: o.Threads, MemoryLimit: o.MemoryLimit, TempDir: o.TempDir, FileAccess: true})
	})
	return e.files, e.filesErr
}

// InsertFiles appends the rows of a query as of ReadFiles to a table and
// returns their number. The columns correspond by position. Values are cast
// to the types of the table; one that cannot be fails the call.
func (tx *Tx) InsertFiles(ctx context.Context, t engine.Table, s engine.Statement) (int64, error) {
	files, err := tx.engine.fileReader()
	if err != nil {
		return 0, err
	}
	c, err := files.acquire()
	if err != nil {
		return 0, err
	}
	r := &rows{conn: c, ctx: ctx, release: files.release, stop: c.watch(ctx)}
	defer func() { _ = r.Close() }()
	if r.prepared, err = c.prepare(ctx, s); err != nil {
		return 0, err
	}
	if err := r.execute(); err != nil {
		return 0, err
	}
	return tx.insert(ctx, t, int(bindings.ColumnCount(&r.result)), func() (bindings.DataChunk, int, error) {
		n, err := r.fetch(ctx)
		return r.chunk, n, err
	})
}

// InsertRows appends rows, of wherever they come from, to a table and returns
// their number. It is otherwise like InsertFiles; the caller closes the rows.
func (tx *Tx) InsertRows(ctx context.Context, t engine.Table, r result.Rows) (int64, error) {
	w := newWriter(r.Schema())
	defer w.close()
	return tx.insert(ctx, t, len(r.Schema()), func() (bindings.DataChunk, int, error) {
		return w.next(ctx, r)
	})
}

// insert appends the chunks that next returns until io.EOF.
func (tx *Tx) insert(ctx context.Context, t engine.Table, columns int, next func() (bindings.DataChunk, int, error)) (total int64, err error) {
	stop := tx.conn.watch(ctx)
	defer stop()
	var a bindings.Appender
	defer func() { bindings.AppenderDestroy(&a) }()
	if bindings.AppenderCreateExt(tx.conn.handle, t.Database, t.Schema, t.Name, &a) == bindings.StateError {
		return 0, appenderError(ctx, a)
	}
	if want := int(bindings.AppenderColumnCount(a)); columns != want {
		return 0, failed("%d columns cannot be appended to table %s, which has %d", columns, t.Name, want)
	}
	for {
		chunk, n, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if bindings.AppendDataChunk(a, chunk) == bindings.StateError {
			return 0, appenderError(ctx, a)
		}
		total += int64(n)
	}
	if bindings.AppenderClose(a) == bindings.StateError {
		return 0, appenderError(ctx, a)
	}
	return total, nil
}

func appenderError(ctx context.Context, a bindings.Appender) error {
	data := bindings.AppenderErrorData(a)
	defer bindings.DestroyErrorData(&data)
	return newError(ctx, bindings.ErrorDataMessage(data), bindings.ErrorDataErrorType(data))
}
