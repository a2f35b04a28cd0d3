package query_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// fakeEngine records statements and answers them by QueryFunc.
type fakeEngine struct {
	engine.Engine
	QueryFunc func(ctx context.Context, s engine.Statement) (result.Rows, error)

	mu         sync.Mutex
	statements []engine.Statement
}

func (e *fakeEngine) Query(ctx context.Context, s engine.Statement) (result.Rows, error) {
	e.mu.Lock()
	e.statements = append(e.statements, s)
	e.mu.Unlock()
	return e.QueryFunc(ctx, s)
}

func (e *fakeEngine) asked() []engine.Statement {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.statements)
}

// fakeEngines answers query.Engines by a function.
type fakeEngines func(ctx context.Context, connection searchlight.GUID) (query.Engine, error)

func (f fakeEngines) Engine(ctx context.Context, connection searchlight.GUID) (query.Engine, error) {
	return f(ctx, connection)
}

// fakeRows is a result by functions; a nil CloseFunc does nothing.
type fakeRows struct {
	schema    result.Schema
	NextFunc  func(ctx context.Context) (*result.Chunk, error)
	CloseFunc func() error
}

func (r *fakeRows) Schema() result.Schema                           { return r.schema }
func (r *fakeRows) Next(ctx context.Context) (*result.Chunk, error) { return r.NextFunc(ctx) }
func (r *fakeRows) Close() error {
	if r.CloseFunc == nil {
		return nil
	}
	return r.CloseFunc()
}

// bench is a service over a store with the worksheets of the fixture and a
// fake engine.
type bench struct {
	*query.Service
	t      *testing.T
	path   string // of the store's file
	engine *fakeEngine
	admin  *searchlight.Subject
}

var (
	salesSource  = fixture.ID(11)
	retailSource = fixture.ID(12)
	salesTable   = fixture.ID(1)
)

func newBench(t *testing.T, answer func(ctx context.Context, s engine.Statement) (result.Rows, error)) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "metadata.db"), engine: &fakeEngine{QueryFunc: answer}}
	store := b.openStore()
	b.Service = &query.Service{
		Store: store,
		Engines: fakeEngines(func(context.Context, searchlight.GUID) (query.Engine, error) {
			return query.Engine{Engine: b.engine, Dialect: duckdb.Dialect{}}, nil
		}),
		Now: func() time.Time { return fixture.Now },
	}
	b.update(store, func(tx searchlight.Tx) error {
		for _, name := range []string{"stores", "products", "sales", "returns"} {
			table := fixture.Tables[name]
			if err := tx.CreateObject(object(t, table.Header, table.Table)); err != nil {
				return err
			}
		}
		for _, d := range []model.Definition{fixture.SalesDefinition(), fixture.RetailDefinition()} {
			o := object(t, d.Header, d.Worksheet)
			for id := range d.Tables {
				o.References = append(o.References, id)
			}
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return nil
	})
	b.admin = b.subject(searchlight.AdminUserID)
	return b
}

// openStore opens the bench's store once more, as another server would.
func (b *bench) openStore() searchlight.Store {
	b.t.Helper()
	store, err := sqlite.Open(context.Background(), b.path, sqlite.Options{Staleness: -1})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = store.Close() })
	return store
}

func object(t *testing.T, h searchlight.Header, content any) *searchlight.Object {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	h.Author, h.ModifiedBy, h.Owner = searchlight.AdminUserID, searchlight.AdminUserID, h.ID
	h.Created, h.Modified = fixture.Now, fixture.Now
	return &searchlight.Object{Header: h, Content: text}
}

func (b *bench) update(store searchlight.Store, f func(searchlight.Tx) error) {
	b.t.Helper()
	if err := store.Update(context.Background(), f); err != nil {
		b.t.Fatal(err)
	}
}

// change edits the stored content of an object through another handle.
func change[T any](b *bench, store searchlight.Store, id searchlight.GUID, edit func(h *searchlight.Header, content *T)) {
	b.t.Helper()
	b.update(store, func(tx searchlight.Tx) error {
		o, err := tx.Object(id)
		if err != nil {
			return err
		}
		var content T
		if err := json.Unmarshal(o.Content, &content); err != nil {
			return err
		}
		edit(&o.Header, &content)
		if o.Content, err = json.Marshal(content); err != nil {
			return err
		}
		return tx.UpdateObject(o)
	})
}

func (b *bench) subject(id searchlight.GUID) *searchlight.Subject {
	b.t.Helper()
	var subject *searchlight.Subject
	err := b.Store.View(context.Background(), func(tx searchlight.Tx) (err error) {
		subject, err = tx.Subject(id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return subject
}

// user makes a user who is no administrator.
func (b *bench) user(name string) *searchlight.Subject {
	b.t.Helper()
	u := &searchlight.User{ID: searchlight.NewGUID(), Name: name, DisplayName: name, Type: "LOCAL_USER",
		State: searchlight.UserActive, Created: fixture.Now, Modified: fixture.Now}
	b.update(b.Store, func(tx searchlight.Tx) error { return tx.CreateUser(u) })
	return b.subject(u.ID)
}

// ask searches as the administrator.
func (b *bench) ask(text string, change ...func(*query.Request)) (*query.Answer, error) {
	r := query.Request{Subject: b.admin, Source: salesSource, Text: text}
	for _, c := range change {
		c(&r)
	}
	return b.Search(context.Background(), r)
}

// mustAsk searches and reads the rows.
func (b *bench) mustAsk(text string, change ...func(*query.Request)) (*query.Answer, [][]any) {
	b.t.Helper()
	a, err := b.ask(text, change...)
	if err != nil {
		b.t.Fatalf("%s: %v", text, err)
	}
	rows, err := result.ReadAll(context.Background(), a.Rows)
	if err != nil {
		b.t.Fatalf("%s: %v", text, err)
	}
	return a, rows
}

// numbered makes a result of n rows with their numbers, in chunks.
func numbered(n int) result.Rows {
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = []any{i}
	}
	return result.FromRows(result.Schema{{Name: "n", Kind: result.KindInt}}, rows)
}
