package app

import (
	"context"
	"strings"

	"github.com/searchlight-bi/searchlight"
	appapi "github.com/searchlight-bi/searchlight/api/app"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/load"
)

var _ appapi.Loader = (*App)(nil)

// MayLoad implements the Loader of the HTTP API.
func (a *App) MayLoad(ctx context.Context, subject *searchlight.Subject, table string) error {
	_, err := a.mayLoad(ctx, subject, table)
	return err
}

// mayLoad returns the table that a name stands for. The engine tells no case
// apart, so a table that is there already is called as it is.
func (a *App) mayLoad(ctx context.Context, subject *searchlight.Subject, name string) (engine.Table, error) {
	table := engine.Table{Database: databaseName, Schema: duckdbengine.Schema, Name: name}
	if a.Embedded() == nil {
		return table, searchlight.Errorf(searchlight.CodeInvalid, "This server has no built-in store to load files into; it was started with --metadata-url")
	}
	tables, err := a.Embedded().Tables(ctx)
	if err != nil {
		return table, err
	}
	for _, t := range tables {
		if strings.EqualFold(t.Name, name) {
			table.Name = t.Name
		}
	}
	return table, a.Metadata.MayLoad(ctx, subject, table)
}

// Load loads files as a table of the built-in store, as a subject who may, and
// makes the table known. It returns the table's object. It fails with
// CodeForbidden, with CodeConflict while another loads the same table, or as
// load.Load does; the table is then as it was.
func (a *App) Load(ctx context.Context, subject *searchlight.Subject, o load.Options) (*load.Report, *searchlight.Header, error) {
	// A new table has an owner only once it is loaded and known; until then a
	// second load of its name would pass for the first.
	release, err := a.databases.claim(o.Table)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	table, err := a.mayLoad(ctx, subject, o.Table)
	if err != nil {
		return nil, nil, err
	}
	o.Table = table.Name
	o.Approve = func(columns []engine.Column) error { return a.Metadata.MayReplace(ctx, subject, table, columns) }
	report, err := load.Load[*duckdbengine.Tx](ctx, a.Embedded(), o)
	if err != nil {
		return nil, nil, err
	}
	// The table is there; a caller that has left must not keep it unknown.
	ctx = context.WithoutCancel(ctx)
	uploads, err := a.uploads(ctx, o.Table)
	if err != nil {
		return report, nil, err
	}
	if len(uploads) == 0 {
		return report, nil, searchlight.Errorf(searchlight.CodeInternal, "the loaded table %s cannot be found", o.Table)
	}
	header, err := a.Metadata.FinishUpload(ctx, subject, uploads[0], report.Rows)
	return report, header, err
}
