package enginetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// promptly is how soon cancelled work must have ended. The work of the tests
// would take hours.
const promptly = 5 * time.Second

// heavy is a statement that computes for very long before its first row.
func (h Harness) heavy() string {
	return fmt.Sprintf("SELECT sum(a.i * b.i %% 7 + c.i) FROM (SELECT i FROM %[1]s) a, (SELECT i FROM %[1]s) b, (SELECT i FROM %[1]s) c", h.series(100_000))
}

// endless is a statement that yields rows for very long.
func (h Harness) endless() string {
	return fmt.Sprintf("SELECT a.i AS x, b.i AS y, 'some text that is longer than a word' AS z FROM (SELECT i FROM %[1]s) a, (SELECT i FROM %[1]s) b", h.series(100_000))
}

func testBigResult(t *testing.T, h Harness) {
	e := h.Open(t)
	const n = 1_000_000
	rows := query(t, e, "SELECT i, 'text of row ' || i AS text FROM "+h.series(n))
	var count, sum, length int64
	var most uint64
	for {
		chunk, err := rows.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if chunk.Rows == 0 {
			t.Fatal("an empty chunk")
		}
		if len(chunk.Vectors) != 2 || len(chunk.Vectors[0].Ints) != chunk.Rows || len(chunk.Vectors[1].Texts) != chunk.Rows {
			t.Fatalf("a chunk of %d rows has vectors of other sizes", chunk.Rows)
		}
		for i := range chunk.Rows {
			sum += chunk.Vectors[0].Ints[i]
			length += int64(len(chunk.Vectors[1].Texts[i]))
		}
		if count/(n/10) != (count+int64(chunk.Rows))/(n/10) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		count += int64(chunk.Rows)
	}
	const digits = 5_888_896 // of the numbers from 1 to n
	if count != n || sum != n*(n+1)/2 || length != n*12+digits {
		t.Errorf("%d rows with the sum %d and %d bytes of text, want %d, %d, %d", count, sum, length, n, n*(n+1)/2, n*12+digits)
	}
	if most > 64<<20 {
		t.Errorf("the heap grew to %d bytes", most)
	}
}

func testCancelRunning(t *testing.T, h Harness) {
	e := h.Open(t)
	for _, test := range []struct {
		name  string
		cause error
		ctx   func() (context.Context, context.CancelFunc)
	}{
		{"cancelled", context.Canceled, func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(200*time.Millisecond, cancel)
			return ctx, cancel
		}},
		{"timed out", context.DeadlineExceeded, func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 200*time.Millisecond)
		}},
		{"cancelled before", context.Canceled, func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx, cancel
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := test.ctx()
			defer cancel()
			start := time.Now()
			rows, err := e.Query(ctx, engine.Statement{SQL: h.heavy()})
			if err == nil {
				_, err = rows.Next(ctx)
				_ = rows.Close()
			}
			if took := time.Since(start); took > promptly {
				t.Errorf("cancelling took %v", took)
			}
			wantError(t, err, engine.KindCancelled)
			if !errors.Is(err, test.cause) {
				t.Errorf("the cause of %v is not %v", err, test.cause)
			}
		})
	}
	if got := read(t, e, "SELECT CAST(1 AS INTEGER)"); len(got) != 1 {
		t.Errorf("after cancelling, a query gives %v", got)
	}
}

func testCancelStreaming(t *testing.T, h Harness) {
	e := h.Open(t)
	background := context.Background()
	for _, test := range []struct {
		name string
		ctx  func(cancelled context.Context) (query, next context.Context)
	}{
		{"context of the query", func(c context.Context) (context.Context, context.Context) { return c, background }},
		{"context of Next", func(c context.Context) (context.Context, context.Context) { return background, c }},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			queryCtx, nextCtx := test.ctx(ctx)
			rows, err := e.Query(queryCtx, engine.Statement{SQL: h.endless()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			for range 3 {
				if _, err := rows.Next(nextCtx); err != nil {
					t.Fatal(err)
				}
			}
			time.AfterFunc(100*time.Millisecond, cancel)
			start := time.Now()
			for err == nil {
				_, err = rows.Next(nextCtx)
			}
			if took := time.Since(start); took > promptly {
				t.Errorf("cancelling took %v", took)
			}
			wantError(t, err, engine.KindCancelled)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the cause of %v is not context.Canceled", err)
			}
			if _, again := rows.Next(background); again == nil {
				t.Error("after the failure, Next succeeds")
			}
		})
	}
}

func testCloseEarly(t *testing.T, h Harness) {
	e := h.Open(t)
	// More often than any pool has connections.
	for range 12 {
		rows := query(t, e, h.endless())
		if _, err := rows.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 2 {
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > promptly {
			t.Errorf("closing took %v", took)
		}
		if _, err := rows.Next(t.Context()); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("Next after Close returns %v", err)
		}
	}
	for range 12 {
		_ = query(t, e, h.endless()).Close() // without a single Next
	}
}

func testConcurrentQueries(t *testing.T, h Harness) {
	e := h.Open(t)
	h.Exec(t, e, "CREATE TABLE shared (id INTEGER, text VARCHAR)")
	h.Exec(t, e, "INSERT INTO shared SELECT i, 'text ' || i FROM "+h.series(10_000))
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			for round := range 5 {
				from := int64(worker*500 + round)
				rows, err := e.Query(t.Context(), engine.Statement{
					SQL: "SELECT id, text FROM shared WHERE id > $1 AND id <= $1 + 500 ORDER BY id", Args: []any{from}})
				if err != nil {
					t.Error(err)
					return
				}
				got, err := result.ReadAll(t.Context(), rows)
				if err != nil {
					t.Error(err)
					return
				}
				want := make([][]any, 500)
				for i := range want {
					id := from + int64(i) + 1
					want[i] = []any{id, fmt.Sprintf("text %d", id)}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("worker %d (-want +got):\n%.500s", worker, diff)
					return
				}
			}
		})
	}
	group.Wait()
}
