package query_test

import (
	"context"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

func answering(context.Context, engine.Statement) (result.Rows, error) { return numbered(1), nil }

func (b *bench) refused(code searchlight.ErrorCode, text string, change ...func(*query.Request)) string {
	b.t.Helper()
	a, err := b.ask(text, change...)
	if err == nil {
		_ = a.Rows.Close()
		b.t.Fatalf("%s: answered; want %s", text, code)
	}
	if searchlight.CodeOf(err) != code {
		b.t.Fatalf("%s: %v; want %s", text, err, code)
	}
	return err.Error()
}

func from(id searchlight.GUID) func(*query.Request) { return func(r *query.Request) { r.Source = id } }

func as(s *searchlight.Subject) func(*query.Request) {
	return func(r *query.Request) { r.Subject = s }
}

func TestChangesOfAWorksheetAreSeenAtOnce(t *testing.T) {
	b := newBench(t, answering)
	other := b.openStore()
	b.mustAsk("[quantity]")
	change(b, other, salesSource, func(_ *searchlight.Header, w *searchlight.Worksheet) {
		for i := range w.Columns {
			if w.Columns[i].Name == "Quantity" {
				w.Columns[i].Name = "Pieces"
			}
		}
	})
	if a, _ := b.mustAsk("[pieces]"); a.Columns[0].Name != "Total Pieces" {
		t.Errorf("the column is %q", a.Columns[0].Name)
	}
	b.refused(searchlight.CodeInvalid, "[quantity]")
}

func TestChangesOfATableBeneathAreSeenAtOnce(t *testing.T) {
	b := newBench(t, answering)
	other := b.openStore()
	b.mustAsk("[quantity]", from(retailSource))
	change(b, other, salesTable, func(h *searchlight.Header, _ *searchlight.Table) { h.PhysicalTable = "sales_2025" })
	b.mustAsk("[quantity]", from(retailSource))
	asked := b.engine.asked()
	if last := asked[len(asked)-1].SQL; !strings.Contains(last, "sales_2025") {
		t.Errorf("the old table was asked: %s", last)
	}
}

// A change elsewhere must not make the model anew, which would show in a model
// that cannot be compiled any more but has not changed.
func TestChangesElsewhereLeaveTheModel(t *testing.T) {
	b := newBench(t, answering)
	other := b.openStore()
	b.mustAsk("[quantity]")
	change(b, other, fixture.Tables["returns"].Header.ID, func(h *searchlight.Header, _ *searchlight.Table) { h.PhysicalTable = "other" })
	b.mustAsk("[quantity]")
	if sql := b.engine.asked(); sql[0].SQL != sql[1].SQL {
		t.Errorf("%s\nbecame\n%s", sql[0].SQL, sql[1].SQL)
	}
}

func TestASourceThatCannotBeCompiledSaysWhy(t *testing.T) {
	b := newBench(t, answering)
	other := b.openStore()
	b.mustAsk("[quantity]")
	change(b, other, salesTable, func(_ *searchlight.Header, table *searchlight.Table) {
		for i := range table.Columns {
			if table.Columns[i].Name == "quantity" {
				table.Columns[i].Name = "count"
			}
		}
	})
	if message := b.refused(searchlight.CodeInvalid, "[amount]"); !strings.Contains(message, "quantity") || !strings.Contains(message, "Sales") {
		t.Errorf("the message does not name worksheet and column: %s", message)
	}
	change(b, other, salesTable, func(_ *searchlight.Header, table *searchlight.Table) {
		for i := range table.Columns {
			if table.Columns[i].Name == "count" {
				table.Columns[i].Name = "quantity"
			}
		}
	})
	b.mustAsk("[amount]")
}

func TestUnknownAndUnreadableSourcesLookAlike(t *testing.T) {
	b := newBench(t, answering)
	ann := b.user("ann")
	unknown := fixture.ID(999)
	want := func(id searchlight.GUID) string {
		return strings.ReplaceAll(b.refused(searchlight.CodeForbidden, "[quantity]", as(ann), from(unknown)), string(unknown), string(id))
	}
	if got := b.refused(searchlight.CodeForbidden, "[quantity]", as(ann)); got != want(salesSource) {
		t.Errorf("unreadable: %s\nunknown: %s", got, want(salesSource))
	}
	// The model is in the cache now, and it is in nobody's way but hers.
	b.mustAsk("[quantity]")
	if got := b.refused(searchlight.CodeForbidden, "[quantity]", as(ann)); got != want(salesSource) {
		t.Errorf("unreadable, cached: %s", got)
	}
	b.mustAsk("[quantity]")
	// Neither is a malformed search told apart.
	if got := b.refused(searchlight.CodeForbidden, "[nonsense", as(ann)); got != want(salesSource) {
		t.Errorf("unreadable, malformed search: %s", got)
	}
	if got := b.refused(searchlight.CodeForbidden, "[quantity]", as(nil)); !strings.Contains(got, "nobody") {
		t.Errorf("without a subject: %s", got)
	}
	connection := object(t, searchlight.Header{ID: fixture.ID(777), Type: searchlight.TypeConnection, Name: "c",
		ConnectionType: searchlight.PostgresConnectionType}, searchlight.Connection{Type: searchlight.PostgresConnectionType})
	b.update(b.Store, func(tx searchlight.Tx) error { return tx.CreateObject(connection) })
	if got := b.refused(searchlight.CodeForbidden, "[quantity]", from(fixture.ID(777))); got != want(fixture.ID(777)) {
		t.Errorf("no data source: %s", got)
	}
}

func TestTheAuthorOfASourceMayAskUntilItIsTaken(t *testing.T) {
	b := newBench(t, answering)
	ann := b.user("ann")
	other := b.openStore()
	change(b, other, salesSource, func(h *searchlight.Header, _ *searchlight.Worksheet) { h.Author = ann.User.ID })
	b.mustAsk("[quantity]", as(ann))
	change(b, other, salesSource, func(h *searchlight.Header, _ *searchlight.Worksheet) { h.Author = searchlight.AdminUserID })
	b.refused(searchlight.CodeForbidden, "[quantity]", as(ann))
}

func TestDeletedSources(t *testing.T) {
	b := newBench(t, answering)
	other := b.openStore()
	b.mustAsk("[quantity]")
	b.update(other, func(tx searchlight.Tx) error { return tx.DeleteObject(salesSource) })
	b.refused(searchlight.CodeForbidden, "[quantity]")
}

func TestTablesAreSourcesToo(t *testing.T) {
	b := newBench(t, answering)
	if a, _ := b.mustAsk("[quantity]", from(salesTable)); a.Columns[0].Name != "Total quantity" {
		t.Errorf("the column is %q", a.Columns[0].Name)
	}
}

func TestViewsAreNotAvailableYet(t *testing.T) {
	b := newBench(t, answering)
	change(b, b.Store, salesSource, func(h *searchlight.Header, _ *searchlight.Worksheet) { h.Subtype = searchlight.SubtypeView })
	if message := b.refused(searchlight.CodeInvalid, "[quantity]"); !strings.Contains(message, "AGGR_WORKSHEET is not available yet") {
		t.Errorf("got %s", message)
	}
}
