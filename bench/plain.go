package main

import (
	"context"
	"io"
	"log/slog"
	"net"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/server"
)

// plainSearcher answers every search with the rows of one statement. Behind
// the server's handlers it shows what they alone can send, without the
// grouping that every search asks of the engine.
type plainSearcher struct {
	engine *duckdb.Engine
	sql    string
}

// Search implements v1.Searcher.
func (p plainSearcher) Search(ctx context.Context, r query.Request) (*query.Answer, error) {
	rows, err := p.engine.Query(ctx, engine.Statement{SQL: p.sql})
	if err != nil {
		return nil, err
	}
	a := query.Answer{Rows: rows, Limit: r.Limit}
	for _, name := range rows.Schema().Names() {
		a.Columns = append(a.Columns, query.Column{Name: name, Role: datatype.Attribute})
	}
	return query.NewAnswer(a, func(_ context.Context, returned int) (int, error) { return returned, nil }), nil
}

// plainSite is a second server beside a site, with the same sessions, which
// answers by a plainSearcher. stop ends it.
func (s *site) plainSite(ctx context.Context, sql string) (plain *site, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	base := "http://" + listener.Addr().String()
	services := s.app.Services()
	services.Searcher = plainSearcher{s.app.Embedded(), sql}
	handlers, err := server.New(server.Config{
		Services: services, Store: s.app.Store,
		Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), PublicURL: base, MaxRows: maxRows,
	})
	if err != nil {
		_ = listener.Close()
		return nil, nil, err
	}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- handlers.Run(running, listener) }()
	stop = func() error {
		cancel()
		return <-ended
	}
	return &site{app: s.app, base: base, client: s.client}, stop, nil
}
