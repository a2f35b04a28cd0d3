package query_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
)

// bigRows is more rows than are kept for others.
const bigRows = 40_000

// outcome is what a search in the background came to.
type outcome struct {
	rows int
	err  error
}

// start searches in the background; the channel gets the outcome once the rows
// are read.
func (b *bench) start(ctx context.Context, text string) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		a, err := b.Search(ctx, query.Request{Subject: b.admin, Source: salesSource, Text: text})
		if err != nil {
			done <- outcome{err: err}
			return
		}
		all, err := result.ReadAll(ctx, a.Rows)
		done <- outcome{len(all), err}
	}()
	return done
}

// The tests run in bubbles, where Wait returns when every goroutine is stuck,
// and which fail when a goroutine is left over at the end. The store lives
// outside, since its goroutines outlast them.
func TestIdenticalSearchesRunOnce(t *testing.T) {
	b := newBench(t, nil)
	var shared atomic.Int32
	b.Observe = func(o query.Observation) {
		if o.Shared {
			shared.Add(1)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) {
			<-release
			return numbered(5000), nil
		}
		var searches []<-chan outcome
		for range 8 {
			searches = append(searches, b.start(context.Background(), "[quantity]"))
		}
		synctest.Wait()
		close(release)
		for _, s := range searches {
			if o := <-s; o.err != nil || o.rows != 5000 {
				t.Errorf("%d rows, error %v; want 5000", o.rows, o.err)
			}
		}
		if n := len(b.engine.asked()); n != 1 || shared.Load() != 7 {
			t.Errorf("the engine ran %d statements, %d searches shared; want 1 and 7", n, shared.Load())
		}
		if o := <-b.start(context.Background(), "[quantity]"); o.err != nil || o.rows != 5000 {
			t.Errorf("afterwards: %d rows, error %v", o.rows, o.err)
		}
		if n := len(b.engine.asked()); n != 2 {
			t.Errorf("the engine ran %d statements; a result must not outlive its flight", n)
		}
	})
}

func TestDifferentStatementsAreNotShared(t *testing.T) {
	b := newBench(t, nil)
	versions := map[searchlight.GUID]int64{}
	b.Engines = fakeEngines(func(_ context.Context, c searchlight.GUID) (query.Engine, error) {
		versions[c]++
		return query.Engine{Engine: b.engine, Dialect: duckdb.Dialect{}, DataVersion: versions[c]}, nil
	})
	same := fakeEngines(func(context.Context, searchlight.GUID) (query.Engine, error) {
		return query.Engine{Engine: b.engine, Dialect: duckdb.Dialect{}}, nil
	})
	tests := []struct {
		name    string
		engines query.Engines
		texts   []string
	}{
		{"numbers beyond the range of characters", same, []string{"[amount] [quantity] > 2000000", "[amount] [quantity] > 3000000"}},
		{"text", same, []string{"[amount] [region] = 'west'", "[amount] [region] = 'east'"}},
		{"true and false", same, []string{"[amount] [discounted] = true", "[amount] [discounted] = false"}},
		{"dates", same, []string{"[amount] [date] = '01/15/2024'", "[amount] [date] = '01/16/2024'"}},
		{"data that changed meanwhile", b.Engines, []string{"[amount]", "[amount]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.Engines = test.engines
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) {
					<-release
					return numbered(1), nil
				}
				before := len(b.engine.asked())
				var searches []<-chan outcome
				for _, text := range test.texts {
					searches = append(searches, b.start(context.Background(), text))
					synctest.Wait()
				}
				close(release)
				for i, s := range searches {
					if o := <-s; o.err != nil {
						t.Errorf("%s: %v", test.texts[i], o.err)
					}
				}
				if n := len(b.engine.asked()) - before; n != 2 {
					t.Errorf("the engine ran %d statements; want 2", n)
				}
			})
		})
	}
}

func TestTheFirstMayLeave(t *testing.T) {
	b := newBench(t, nil)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b.engine.QueryFunc = func(ctx context.Context, _ engine.Statement) (result.Rows, error) {
			select {
			case <-release:
				return numbered(3), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		ctx, leave := context.WithCancel(context.Background())
		first := b.start(ctx, "[quantity]")
		synctest.Wait()
		second := b.start(context.Background(), "[quantity]")
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		if o := <-first; !errors.Is(o.err, context.Canceled) {
			t.Errorf("who left got %v", o.err)
		}
		if o := <-second; o.err != nil || o.rows != 3 {
			t.Errorf("who stayed got %d rows, error %v", o.rows, o.err)
		}
		if n := len(b.engine.asked()); n != 1 {
			t.Errorf("the engine ran %d statements; want 1", n)
		}
	})
}

func TestTheEngineStopsWhenAllLeave(t *testing.T) {
	b := newBench(t, nil)
	for _, stage := range []string{"before the first row", "between rows"} {
		t.Run(stage, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stopped, closed := false, false
				b.engine.QueryFunc = func(ctx context.Context, _ engine.Statement) (result.Rows, error) {
					wait := func(ctx context.Context) (*result.Chunk, error) {
						<-ctx.Done()
						stopped = true
						return nil, &engine.Error{Kind: engine.KindCancelled, Message: "cancelled", Err: ctx.Err()}
					}
					if stage == "before the first row" {
						_, err := wait(ctx)
						return nil, err
					}
					return &fakeRows{NextFunc: wait, CloseFunc: func() error { closed = true; return nil }}, nil
				}
				ctx, leave := context.WithCancel(context.Background())
				first, second := b.start(ctx, "[quantity]"), b.start(ctx, "[quantity]")
				synctest.Wait()
				leave()
				for _, s := range []<-chan outcome{first, second} {
					if o := <-s; !errors.Is(o.err, context.Canceled) {
						t.Errorf("who left got %v", o.err)
					}
				}
				synctest.Wait()
				if !stopped || stage == "between rows" && !closed {
					t.Errorf("the statement was stopped: %t, closed: %t", stopped, closed)
				}
				// Who asks now does not meet the cancelled statement.
				b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) { return numbered(2), nil }
				if o := <-b.start(context.Background(), "[quantity]"); o.err != nil || o.rows != 2 {
					t.Errorf("afterwards: %d rows, error %v", o.rows, o.err)
				}
			})
		})
	}
}

// An engine may take its time to obey; who asks meanwhile must not wait for a
// statement that is given up.
func TestAStatementGivenUpIsNotJoined(t *testing.T) {
	b := newBench(t, nil)
	synctest.Test(t, func(t *testing.T) {
		obey := make(chan struct{})
		b.engine.QueryFunc = func(ctx context.Context, _ engine.Statement) (result.Rows, error) {
			<-obey
			return nil, ctx.Err()
		}
		ctx, leave := context.WithCancel(context.Background())
		first := b.start(ctx, "[quantity]")
		synctest.Wait()
		leave()
		synctest.Wait()
		b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) { return numbered(2), nil }
		second := b.start(context.Background(), "[quantity]")
		synctest.Wait()
		if o := <-second; o.err != nil || o.rows != 2 {
			t.Errorf("%d rows, error %v", o.rows, o.err)
		}
		close(obey)
		if o := <-first; !errors.Is(o.err, context.Canceled) {
			t.Errorf("who left got %v", o.err)
		}
	})
}

// counted is a result that notes whether it was closed.
func counted(rows result.Rows, closed *atomic.Int32) result.Rows {
	var once sync.Once
	return &fakeRows{schema: rows.Schema(), NextFunc: rows.Next, CloseFunc: func() error {
		once.Do(func() { closed.Add(1) })
		return rows.Close()
	}}
}

func TestBigResultsAreNotShared(t *testing.T) {
	b := newBench(t, nil)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var closed atomic.Int32
		b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) {
			<-release
			return counted(numbered(bigRows), &closed), nil
		}
		var searches []<-chan outcome
		for range 3 {
			searches = append(searches, b.start(context.Background(), "[quantity]"))
		}
		synctest.Wait()
		close(release)
		for _, s := range searches {
			if o := <-s; o.err != nil || o.rows != bigRows {
				t.Errorf("%d rows, error %v; want %d", o.rows, o.err, bigRows)
			}
		}
		if n := len(b.engine.asked()); n != 3 || closed.Load() != 3 {
			t.Errorf("the engine ran %d statements, %d results were closed; want 3 and 3", n, closed.Load())
		}
	})
}

func TestBigResultsNobodyWaitsForAreClosed(t *testing.T) {
	b := newBench(t, nil)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var closed atomic.Int32
		b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) {
			<-release // deaf to cancellation
			return counted(numbered(bigRows), &closed), nil
		}
		ctx, leave := context.WithCancel(context.Background())
		search := b.start(ctx, "[quantity]")
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		<-search
		synctest.Wait()
		if closed.Load() != 1 {
			t.Error("the result was not closed")
		}
	})
}

func TestClosingABigResultEarlyStopsTheEngine(t *testing.T) {
	var closed atomic.Int32
	var statement context.Context
	b := newBench(t, func(ctx context.Context, _ engine.Statement) (result.Rows, error) {
		statement = ctx
		return counted(numbered(bigRows), &closed), nil
	})
	a, err := b.ask("[quantity]")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Rows.Next(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Rows.Close(); err != nil {
			t.Error(err)
		}
	}
	if closed.Load() != 1 || statement.Err() == nil {
		t.Errorf("closed %d times, context of the statement: %v", closed.Load(), statement.Err())
	}
}

func TestReadersOfOneResultDoNotDisturbEachOther(t *testing.T) {
	b := newBench(t, func(context.Context, engine.Statement) (result.Rows, error) { return numbered(10_000), nil })
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				a, err := b.ask("[quantity]")
				if err != nil {
					t.Error(err)
					return
				}
				all, err := result.ReadAll(context.Background(), a.Rows)
				if err != nil || len(all) != 10_000 || all[9_999][0] != int64(9_999) {
					t.Errorf("%d rows, error %v", len(all), err)
				}
			}
		})
	}
	group.Wait()
}

func TestErrorsReachAllWhoWait(t *testing.T) {
	b := newBench(t, nil)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) {
			<-release
			return nil, &engine.Error{Message: "disk full"}
		}
		first, second := b.start(context.Background(), "[quantity]"), b.start(context.Background(), "[quantity]")
		synctest.Wait()
		close(release)
		for _, s := range []<-chan outcome{first, second} {
			if o := <-s; searchlight.CodeOf(o.err) != searchlight.CodeEngine || !strings.Contains(o.err.Error(), "disk full") {
				t.Errorf("got %v", o.err)
			}
		}
		b.engine.QueryFunc = func(context.Context, engine.Statement) (result.Rows, error) { return numbered(1), nil }
		if o := <-b.start(context.Background(), "[quantity]"); o.err != nil {
			t.Errorf("the failure is kept: %v", o.err)
		}
	})
}

func TestAnEngineThatPanicsFailsItsStatementAlone(t *testing.T) {
	var closed atomic.Int32
	for name, answer := range map[string]func() (result.Rows, error){
		"query": func() (result.Rows, error) { panic("driver bug") },
		"rows": func() (result.Rows, error) {
			return counted(&fakeRows{NextFunc: func(context.Context) (*result.Chunk, error) { panic("driver bug") }}, &closed), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(context.Context, engine.Statement) (result.Rows, error) { return answer() })
			_, err := b.ask("[quantity]")
			if err == nil || searchlight.CodeOf(err) != searchlight.CodeInternal || !strings.Contains(err.Error(), "driver bug") {
				t.Errorf("got %v", err)
			}
		})
	}
	if closed.Load() != 1 {
		t.Error("the rows were not closed")
	}
}

func TestFailuresInTheRestOfABigResult(t *testing.T) {
	b := newBench(t, func(context.Context, engine.Statement) (result.Rows, error) {
		rows := numbered(20_000)
		return &fakeRows{schema: rows.Schema(), NextFunc: func(ctx context.Context) (*result.Chunk, error) {
			chunk, err := rows.Next(ctx)
			if err == io.EOF {
				return nil, &engine.Error{Message: "connection lost"}
			}
			return chunk, err
		}}, nil
	})
	a, err := b.ask("[quantity]")
	if err != nil {
		t.Fatal(err)
	}
	all, err := result.ReadAll(context.Background(), a.Rows)
	if len(all) != 20_000 || searchlight.CodeOf(err) != searchlight.CodeEngine {
		t.Errorf("%d rows, then %v", len(all), err)
	}
}
