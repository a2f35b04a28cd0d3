package metadata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/tml"
)

// MayLoad fails with CodeForbidden unless the subject may load a file as the
// given table of the built-in store: with USERDATAUPLOADING, and the right to
// change the table where there is one already.
func (s *Service) MayLoad(ctx context.Context, subject *searchlight.Subject, t engine.Table) error {
	if !subject.Has(searchlight.PrivilegeUserDataUpload) {
		return searchlight.Errorf(searchlight.CodeForbidden, "Loading files needs the privilege USERDATAUPLOADING")
	}
	return s.Store.View(ctx, func(tx searchlight.Tx) error {
		h, err := tx.TableAt(searchlight.EmbeddedConnectionID, t.Database, t.Schema, t.Name)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if !may(tx, subject, searchlight.Modify, h) {
			return searchlight.Errorf(searchlight.CodeForbidden, "The table %s belongs to another user; choose another name", t.Name)
		}
		return nil
	})
}

// MayReplace fails with CodeInvalid when a table of the built-in store cannot
// have the given columns without breaking its row-level security, or
// worksheets and the rules of other tables that stand on it.
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
		broken, err := brokenBy(tx, subject, o.Header, &after)
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

// brokenBy names the worksheets and the tables' rules that work now and would
// not with a changed table; what the subject may not see is counted as others.
func brokenBy(tx searchlight.Tx, subject *searchlight.Subject, h searchlight.Header, changed *searchlight.Table) ([]string, error) {
	dependents, err := tx.Dependents(h.ID)
	if err != nil {
		return nil, err
	}
	var broken []string
	others := false
	for _, d := range append([]searchlight.Header{h}, dependents...) {
		works, stays, what := true, true, ""
		switch kindOf(&d) {
		case tml.KindTable:
			what = "the row-level security of the table "
			works, stays, err = rulesHold(tx, d.ID, h.ID, changed)
		case tml.KindWorksheet:
			what = "the worksheet "
			works, stays, err = compiles(tx, d.ID, h.ID, changed)
		}
		switch {
		case err != nil:
			return nil, err
		case !works || stays:
		case may(tx, subject, searchlight.PartialAccess, &d):
			broken = append(broken, what+d.Name)
		default:
			others = true
		}
	}
	if others {
		broken = append(broken, "some others")
	}
	return broken, nil
}

// rulesHold reports whether the rules of a table make sense as they are, and
// with one of the tables that they reach changed.
func rulesHold(tx searchlight.Tx, ruled, table searchlight.GUID, changed *searchlight.Table) (now, then bool, err error) {
	im := &importer{tx: tx, stored: map[searchlight.GUID]*storedTable{}}
	hold := func(c changes) (bool, error) {
		own, ok, err := c.table(im, ruled)
		if err != nil || !ok {
			return false, err
		}
		problem, err := c.checkRules(im, own, own.Table.Rules, own.Table.RulePaths)
		return problem == nil, err
	}
	if now, err = hold(changes{}); err != nil {
		return false, false, err
	}
	stored, _, err := im.storedTable(table)
	if err != nil {
		return false, false, err
	}
	then, err = hold(changes{table: {definition: model.TableDefinition{Header: stored.Header, Table: changed}}})
	return now, then, err
}

// compiles reports whether a worksheet works as it is, and with one of its
// tables changed.
func compiles(tx searchlight.Tx, worksheet, table searchlight.GUID, changed *searchlight.Table) (now, then bool, err error) {
	d, _, err := model.Read(tx.Object, worksheet)
	if err != nil {
		return false, false, err
	}
	m, _ := model.Compile(d)
	d.Tables[table] = model.TableDefinition{Header: d.Tables[table].Header, Table: changed}
	after, _ := model.Compile(d)
	return m != nil, after != nil, nil
}
