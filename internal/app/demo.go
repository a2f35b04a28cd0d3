package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/demo"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/metadata"
)

// Demo loads the sample data and its model where they are missing, and returns
// the GUID of the worksheet. report is told of each table; it may be nil.
func (a *App) Demo(ctx context.Context, report func(table string, rows int64)) (searchlight.GUID, error) {
	if a.Embedded() == nil {
		return "", searchlight.Errorf(searchlight.CodeInvalid, "The sample data needs the built-in store, which a server with --metadata-url does not have")
	}
	if err := a.loadDemo(ctx, report); err != nil {
		return "", err
	}
	if err := a.SyncUploads(ctx, ""); err != nil {
		return "", err
	}
	admin, err := a.Subject(ctx, searchlight.AdminUserID)
	if err != nil {
		return "", err
	}
	if id, err := a.demoWorksheet(ctx, admin); err != nil || id != "" {
		return id, err
	}
	results, err := a.Metadata.Import(ctx, metadata.ImportRequest{Subject: admin, Documents: demo.TML(), Policy: metadata.AllOrNone})
	if err != nil {
		return "", err
	}
	for _, r := range results {
		if r.Status.Code == metadata.StatusError {
			return "", fmt.Errorf("the model of the sample data cannot be imported: %s", r.Status.Message)
		}
	}
	return a.demoWorksheet(ctx, admin)
}

// loadDemo creates the tables of the sample that are missing, all or none.
func (a *App) loadDemo(ctx context.Context, report func(string, int64)) error {
	have, err := a.Embedded().Tables(ctx)
	if err != nil {
		return err
	}
	return a.Embedded().Update(ctx, func(tx *duckdbengine.Tx) error {
		for _, t := range demo.Tables() {
			if slices.ContainsFunc(have, func(h engine.Table) bool { return strings.EqualFold(h.Name, t.Name) }) {
				continue
			}
			if _, err := tx.Exec(ctx, engine.Statement{SQL: t.CreateSQL(duckdbengine.Schema)}); err != nil {
				return err
			}
			rows := t.Rows()
			n, err := tx.InsertRows(ctx, engine.Table{Schema: duckdbengine.Schema, Name: t.Name}, rows)
			if closed := rows.Close(); err == nil {
				err = closed
			}
			if err != nil {
				return err
			}
			if report != nil {
				report(t.Name, n)
			}
		}
		return nil
	})
}

// demoWorksheet finds the worksheet of the sample, empty when there is none.
func (a *App) demoWorksheet(ctx context.Context, subject *searchlight.Subject) (searchlight.GUID, error) {
	page, err := a.Metadata.List(ctx, subject, searchlight.ListQuery{
		Types: []searchlight.ObjectType{searchlight.TypeLogicalTable}, Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet},
		Pattern: demo.WorksheetName, Limit: 1})
	if err != nil || len(page.Headers) == 0 || page.Headers[0].Name != demo.WorksheetName {
		return "", err
	}
	return page.Headers[0].ID, nil
}
