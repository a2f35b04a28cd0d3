package mock

import (
	"context"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

// Each double satisfies the interface that it stands for.
var (
	_ v1.Searcher = &Searcher{}
	_ v1.Sessions = &Sessions{}
	_ result.Rows = &Rows{}
)

// Services returns doubles of all services, none of which expects a call.
func Services() v1.Services {
	return v1.Services{Sessions: &Sessions{}, Trusted: &Trusted{}, Auditor: &Auditor{}, Searcher: &Searcher{}, Modeler: &Modeler{}, Sharer: &Sharer{}, Users: &Users{}, Groups: &Groups{}}
}

// Searcher is a double of v1.Searcher.
type Searcher struct {
	SearchFunc func(ctx context.Context, r query.Request) (*query.Answer, error)
}

// Search implements v1.Searcher.
func (m *Searcher) Search(ctx context.Context, r query.Request) (*query.Answer, error) {
	return m.SearchFunc(ctx, r)
}

// Rows is a double of result.Rows; a nil CloseFunc does nothing.
type Rows struct {
	Columns   result.Schema
	NextFunc  func(ctx context.Context) (*result.Chunk, error)
	CloseFunc func() error
}

// Schema implements result.Rows.
func (m *Rows) Schema() result.Schema { return m.Columns }

// Next implements result.Rows.
func (m *Rows) Next(ctx context.Context) (*result.Chunk, error) { return m.NextFunc(ctx) }

// Close implements result.Rows.
func (m *Rows) Close() error {
	if m.CloseFunc == nil {
		return nil
	}
	return m.CloseFunc()
}
