package query

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// flightRows is how many rows of a statement are kept for others that ask the
// same meanwhile. A result with more rows is not shared.
const flightRows = 16 * 1024

// flights lets identical statements that are under way at the same time run
// once. The statement holds everything that decides its rows, the conditions
// on who may see them included, so that sharing crosses no border.
type flights struct {
	mu     sync.Mutex
	active map[string]*flight
}

// flight is a statement under way.
type flight struct {
	key     string
	done    chan struct{} // closed when chunks and err are final
	chunks  []*result.Chunk
	schema  result.Schema
	big     bool // the result is not shared
	err     error
	rest    result.Rows // of a big result: what has not been read, until someone takes it; guarded by flights.mu
	waiting int         // who wants the result; guarded by flights.mu
	cancel  context.CancelFunc
}

// run runs a statement, or joins one under way, and returns its rows. It fails
// with the error of ctx when that ends before; who runs the statement stays
// until nobody wants it any more.
func (fs *flights) run(ctx context.Context, connection searchlight.GUID, e Engine, st engine.Statement) (rows result.Rows, shared bool, err error) {
	key := flightKey(connection, e.DataVersion, st)
	fs.mu.Lock()
	f, shared := fs.active[key]
	running := ctx
	if !shared {
		f = &flight{key: key, done: make(chan struct{})}
		// The statement outlives the first who asked when others wait.
		running, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if fs.active == nil {
			fs.active = map[string]*flight{}
		}
		fs.active[key] = f
	}
	f.waiting++
	fs.mu.Unlock()

	if shared {
		select {
		case <-f.done:
		case <-ctx.Done():
			fs.leave(f, false)
			return nil, true, ctx.Err()
		}
	} else {
		stay := context.AfterFunc(ctx, func() { fs.leave(f, false) })
		fs.fly(running, f, e, st) // here: to hand it to another goroutine takes its time
		if !stay() {
			return nil, false, ctx.Err()
		}
	}
	if f.err != nil {
		fs.leave(f, false)
		return nil, shared, f.err
	}
	rest := fs.leave(f, true)
	if f.big && rest == nil { // another has the rest of it
		rows, err := e.Query(ctx, st)
		return rows, false, err
	}
	return &flightReader{flight: f, rest: rest}, shared, nil
}

// flightKey tells statements apart. Arguments are written with their types, so
// that no two of them look alike.
func flightKey(connection searchlight.GUID, version int64, st engine.Statement) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %q", connection, version, st.SQL)
	for _, arg := range st.Args {
		fmt.Fprintf(&b, " %T %q", arg, fmt.Sprint(arg))
	}
	return b.String()
}

// leave says that one who waited does so no more. The first who takes a big
// result gets the rest of it; when nobody is left it is given up.
func (fs *flights) leave(f *flight, take bool) (rest result.Rows) {
	var unwanted result.Rows
	fs.mu.Lock()
	f.waiting--
	switch {
	case take && f.rest != nil:
		rest, f.rest = f.rest, nil
	case f.waiting == 0:
		fs.remove(f)
		unwanted = f.giveUp()
	}
	fs.mu.Unlock()
	closeRows(unwanted)
	return rest
}

// remove keeps others from joining a flight.
func (fs *flights) remove(f *flight) {
	if fs.active[f.key] == f {
		delete(fs.active, f.key)
	}
}

// giveUp ends a statement whose rest nobody has taken, and returns what is to
// be closed, which may take its time, without the lock.
func (f *flight) giveUp() (unwanted result.Rows) {
	if f.big && f.rest == nil {
		return nil // who took the rest ends it
	}
	f.cancel()
	unwanted, f.rest = f.rest, nil
	return unwanted
}

func closeRows(rows result.Rows) {
	if rows != nil {
		_ = rows.Close() // nobody reads them
	}
}

// fly runs the statement until its result is complete or too big to keep.
func (fs *flights) fly(ctx context.Context, f *flight, e Engine, st engine.Statement) {
	rest := f.read(ctx, e, st)
	fs.mu.Lock()
	fs.remove(f)
	f.rest, f.big = rest, rest != nil
	var unwanted result.Rows
	if f.waiting == 0 || !f.big {
		unwanted = f.giveUp()
	}
	fs.mu.Unlock()
	close(f.done)
	closeRows(unwanted)
}

// read gathers the rows of the statement and returns what is left of a result
// that is too big to keep. A panic of the engine fails the statement and not
// the server, as it would in the goroutine of a request.
func (f *flight) read(ctx context.Context, e Engine, st engine.Statement) (rest result.Rows) {
	var rows result.Rows
	defer func() {
		if cause := recover(); cause != nil {
			f.err = fmt.Errorf("query: panic: %v\n%s", cause, debug.Stack())
			rest = nil
		}
		if rest == nil {
			closeRows(rows)
		}
	}()
	rows, err := e.Query(ctx, st)
	if err != nil {
		rows, f.err = nil, err
		return nil
	}
	f.schema = rows.Schema()
	for kept := 0; kept < flightRows; {
		chunk, err := rows.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			f.err = err
			return nil
		}
		f.chunks = append(f.chunks, chunk.Clone())
		kept += chunk.Rows
	}
	return rows
}

// flightReader reads the chunks of a flight, and the rest when it is the
// one who has it.
type flightReader struct {
	flight *flight
	next   int
	rest   result.Rows
}

// Schema implements result.Rows.
func (r *flightReader) Schema() result.Schema { return r.flight.schema }

// Next implements result.Rows.
func (r *flightReader) Next(ctx context.Context) (*result.Chunk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.next < len(r.flight.chunks) {
		r.next++
		return r.flight.chunks[r.next-1], nil
	}
	if r.rest != nil {
		return r.rest.Next(ctx)
	}
	return nil, io.EOF
}

// Close implements result.Rows.
func (r *flightReader) Close() error {
	if r.rest == nil {
		return nil
	}
	r.flight.cancel()
	return r.rest.Close()
}
