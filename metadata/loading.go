package metadata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/model"
)

// MayLoad fails with CodeForbidden unless the subject may load a file as the
// given table of the built-in store: with USERDATAUPLOADING or DATAMANAGEMENT,
// and the right to change the table where there is one already.
func (s *Service) MayLoad(ctx context.Context, subject *searchlight.Subject, t engine.Table) error {
	if !subject.Has(searchlight.PrivilegeUserDataUpload) && !subject.Has(searchlight.PrivilegeDataManagement) {
		return searchlight.Errorf(searchlight.CodeForbidden, "Loading files needs the privilege USERDATAUPLOADING or DATAMANAGEMENT")
	}
	return s.Store.View(ctx, func(tx searchlight.Tx) error {
		h, err := tx.TableAt(searchlight.EmbeddedConnectionID, t.Database, t.Schema, t.Name)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if !subject.CanModify(h) {
			return searchlight.Errorf(searchlight.CodeForbidden, "The table %s belongs to another user; choose another name", t.Name)
		}
		return nil
	})
}

// MayReplace fails with CodeInvalid when a table of the built-in store cannot
// have the given columns without breaking worksheets that stand on it.
func (s *Service) MayReplace(ctx context.Context, subject *searchlight.Subject, t engine.Table, columns []engine.Column) error {
	return s.Store.View(ctx, func(tx searchlight.Tx) error {
		stored, err := tx.TableAt(searchlight.EmbeddedConnectionID, t.Database, t.Schema, t.Name)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		o, err := tx.Object(stored.ID)
		if err != nil {
			return err
		}
		var before searchlight.Table
		if err := decodeContent(o, &before); err != nil {
			return err
		}
		after := before
		after.Columns = s.uploadColumns(before.Columns, columns)
		broken, err := brokenWorksheets(tx, subject, o.Header, &after)
		if err != nil || len(broken) == 0 {
			return err
		}
		return &searchlight.Error{Code: searchlight.CodeInvalid, Number: codeColumnsInUse, Message: fmt.Sprintf(
			"The table %s cannot be replaced: %s would not work any more%s. Keep the columns, or load under another name",
			t.Name, strings.Join(broken, ", "), lost(before.Columns, after.Columns))}
	})
}

// lost names the columns that go.
func lost(before, after []searchlight.TableColumn) string {
	var names []string
	for _, c := range before {
		if !slices.ContainsFunc(after, func(x searchlight.TableColumn) bool { return x.ID == c.ID }) {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " without the columns " + strings.Join(names, ", ")
}

// brokenWorksheets names the worksheets that work now and would not with a
// changed table; those that the subject may not see are counted as others.
func brokenWorksheets(tx searchlight.Tx, subject *searchlight.Subject, h searchlight.Header, changed *searchlight.Table) ([]string, error) {
	dependents, err := tx.Dependents(h.ID)
	if err != nil {
		return nil, err
	}
	var broken []string
	others := false
	for _, d := range dependents {
		if d.Subtype != searchlight.SubtypeWorksheet {
			continue
		}
		works, stays, err := compiles(tx, d.ID, h.ID, changed)
		switch {
		case err != nil:
			return nil, err
		case !works || stays:
		case subject.CanRead(&d):
			broken = append(broken, "the worksheet "+d.Name)
		default:
			others = true
		}
	}
	if others {
		broken = append(broken, "some others")
	}
	return broken, nil
}

// compiles reports whether a worksheet works as it is, and with one of its
// tables changed.
func compiles(tx searchlight.Tx, worksheet, table searchlight.GUID, changed *searchlight.Table) (now, then bool, err error) {
	o, err := tx.Object(worksheet)
	if err != nil {
		return false, false, err
	}
	d := model.Definition{Header: o.Header, Worksheet: &searchlight.Worksheet{}, Tables: map[searchlight.GUID]model.TableDefinition{}}
	if err := decodeContent(o, d.Worksheet); err != nil {
		return false, false, err
	}
	for _, t := range d.Worksheet.Tables {
		beneath, err := tx.Object(t.Table)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return false, false, err
		}
		def := model.TableDefinition{Header: beneath.Header, Table: &searchlight.Table{}}
		if err := decodeContent(beneath, def.Table); err != nil {
			return false, false, err
		}
		d.Tables[t.Table] = def
	}
	m, _ := model.Compile(d)
	d.Tables[table] = model.TableDefinition{Header: d.Tables[table].Header, Table: changed}
	after, _ := model.Compile(d)
	return m != nil, after != nil, nil
}
