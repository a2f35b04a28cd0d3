package mock

import (
	"context"
	"net/netip"
	"time"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

// Each double satisfies the interface that it stands for.
var (
	_ v1.Searcher = &Searcher{}
	_ v1.Modeler  = &Modeler{}
	_ v1.Sessions = &Sessions{}
	_ result.Rows = &Rows{}
)

// Searcher is a double of v1.Searcher.
type Searcher struct {
	SearchFunc func(ctx context.Context, r query.Request) (*query.Answer, error)
}

// Search implements v1.Searcher.
func (m *Searcher) Search(ctx context.Context, r query.Request) (*query.Answer, error) {
	return m.SearchFunc(ctx, r)
}

// Modeler is a double of v1.Modeler.
type Modeler struct {
	ImportFunc func(ctx context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error)
	ExportFunc func(ctx context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error)
	ListFunc   func(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error)
}

// Import implements v1.Modeler.
func (m *Modeler) Import(ctx context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error) {
	return m.ImportFunc(ctx, r)
}

// Export implements v1.Modeler.
func (m *Modeler) Export(ctx context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error) {
	return m.ExportFunc(ctx, r)
}

// List implements v1.Modeler.
func (m *Modeler) List(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	return m.ListFunc(ctx, subject, q)
}

// Sessions is a double of v1.Sessions.
type Sessions struct {
	LoginFunc        func(ctx context.Context, name, password string, remember bool, address netip.Addr) (string, time.Time, error)
	AuthenticateFunc func(ctx context.Context, token string, active bool) (*searchlight.Subject, time.Time, error)
	LogoutFunc       func(ctx context.Context, token string) error
}

// Login implements v1.Sessions.
func (m *Sessions) Login(ctx context.Context, name, password string, remember bool, address netip.Addr) (string, time.Time, error) {
	return m.LoginFunc(ctx, name, password, remember, address)
}

// Authenticate implements v1.Sessions.
func (m *Sessions) Authenticate(ctx context.Context, token string, active bool) (*searchlight.Subject, time.Time, error) {
	return m.AuthenticateFunc(ctx, token, active)
}

// Logout implements v1.Sessions.
func (m *Sessions) Logout(ctx context.Context, token string) error { return m.LogoutFunc(ctx, token) }

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
