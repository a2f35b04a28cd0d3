package duckdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/engine"
)

// conn is a connection; it does one thing at a time.
type conn struct {
	handle bindings.Connection
}

// interruptInterval is the pause between interrupts of cancelled work. One is
// lost when it comes before the work has begun.
const interruptInterval = 5 * time.Millisecond

// watch interrupts the connection's work from the end of ctx until stop is
// called. After stop it does not touch the connection.
func (c *conn) watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done, left := make(chan struct{}), make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(left)
		ticker := time.NewTicker(interruptInterval)
		defer ticker.Stop()
		for {
			bindings.Interrupt(c.handle)
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		if !unwatch() {
			close(done)
			<-left
		}
	}
}

// prepare prepares one statement and binds its arguments.
func (c *conn) prepare(ctx context.Context, s engine.Statement) (*bindings.PreparedStatement, error) {
	if err := ctx.Err(); err != nil {
		return nil, errCancelled(err)
	}
	if strings.IndexByte(s.SQL, 0) >= 0 {
		return nil, failed("a statement cannot contain a NUL character")
	}
	p := &bindings.PreparedStatement{}
	if bindings.Prepare(c.handle, s.SQL, p) == bindings.StateError {
		err := newError(ctx, bindings.PrepareError(*p), bindings.ErrorTypeInvalid)
		bindings.DestroyPrepare(p)
		return nil, err
	}
	for i, arg := range s.Args {
		if err := bind(*p, i+1, arg); err != nil {
			bindings.DestroyPrepare(p)
			return nil, err
		}
	}
	return p, nil
}

// bind sets the parameter $n, when the statement has it.
func bind(p bindings.PreparedStatement, n int, arg any) error {
	var at bindings.IdxT
	if bindings.BindParameterIndex(p, &at, strconv.Itoa(n)) == bindings.StateError {
		return nil
	}
	var state bindings.State
	switch v := arg.(type) {
	case nil:
		state = bindings.BindNull(p, at)
	case bool:
		state = bindings.BindBoolean(p, at, v)
	case int64:
		state = bindings.BindInt64(p, at, v)
	case float64:
		state = bindings.BindDouble(p, at, v)
	case string:
		state = bindings.BindVarchar(p, at, v)
	case time.Time:
		state = bindings.BindTimestamp(p, at, bindings.NewTimestamp(v.UTC().UnixMicro()))
	default:
		return failed("argument $%d is of type %T, which DuckDB is not given", n, arg)
	}
	if state == bindings.StateError {
		return failed("argument $%d cannot be bound: %s", n, brief(arg))
	}
	return nil
}

// brief shows the beginning of a value.
func brief(v any) string {
	return fmt.Sprintf("%.60q", fmt.Sprint(v))
}

// exec runs a statement to its end and returns the number of rows it changed.
func (c *conn) exec(ctx context.Context, s engine.Statement) (int64, error) {
	stop := c.watch(ctx)
	defer stop()
	p, err := c.prepare(ctx, s)
	if err != nil {
		return 0, err
	}
	defer bindings.DestroyPrepare(p)
	var r bindings.Result
	state := bindings.ExecutePrepared(*p, &r)
	defer bindings.DestroyResult(&r)
	if state == bindings.StateError {
		return 0, newError(ctx, bindings.ResultError(&r), bindings.ResultErrorType(&r))
	}
	return int64(bindings.RowsChanged(&r)), nil
}
