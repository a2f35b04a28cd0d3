package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/app"
	"github.com/searchlight-bi/searchlight/load"
	"github.com/searchlight-bi/searchlight/query"
)

func csv(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// total asks a table for the sum of its column n.
func total(t *testing.T, a *app.App, subject *searchlight.Subject, table searchlight.GUID) int64 {
	t.Helper()
	answer, err := a.Query.Search(t.Context(), query.Request{Subject: subject, Source: table, Text: "[n]"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Rows.Close() }()
	chunk, err := answer.Rows.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return chunk.Vectors[0].Ints[0]
}

func TestLoadedTablesAreKnown(t *testing.T) {
	dir := t.TempDir()
	a := open(t, app.Config{DataDir: dir})
	admin, err := a.Subject(t.Context(), searchlight.AdminUserID)
	if err != nil {
		t.Fatal(err)
	}
	_, first, err := a.Load(t.Context(), admin, load.Options{Table: "Sales", Files: []string{csv(t, "n\n1\n2\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if got := total(t, a, admin, first.ID); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	// The engine tells no case apart: this is the same table and object.
	report, second, err := a.Load(t.Context(), admin, load.Options{Table: "SALES", Files: []string{csv(t, "n\n40\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if second.ID != first.ID || report.Table != "Sales" {
		t.Errorf("table %q got the object %s, want that of Sales, %s", report.Table, second.ID, first.ID)
	}
	if got := total(t, a, admin, first.ID); got != 40 {
		t.Errorf("got %d, want 40", got)
	}
	other := &searchlight.Subject{User: searchlight.User{ID: "00000000-0000-4000-8000-000000000009"}, Privileges: []searchlight.Privilege{searchlight.PrivilegeUserDataUpload}}
	for _, name := range []string{"Sales", "sales"} {
		_, _, err := a.Load(t.Context(), other, load.Options{Table: name, Files: []string{csv(t, "n\n0\n")}})
		if err == nil || searchlight.CodeOf(err) != searchlight.CodeForbidden {
			t.Errorf("another user replaces %s: %v", name, err)
		}
	}
	a.Close()

	// Tables without objects, as after a load that was cut off, get them at the
	// next start.
	for _, file := range []string{"metadata.db", "metadata.db-wal", "metadata.db-shm"} {
		if err := os.Remove(filepath.Join(dir, file)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	a = open(t, app.Config{DataDir: dir})
	page, err := a.Metadata.List(t.Context(), admin, searchlight.ListQuery{Types: []searchlight.ObjectType{searchlight.TypeLogicalTable}})
	if err != nil || len(page.Headers) != 1 || page.Headers[0].Name != "Sales" {
		t.Fatalf("got %+v, %v", page, err)
	}
	if got := total(t, a, admin, page.Headers[0].ID); got != 40 {
		t.Errorf("got %d, want 40", got)
	}
}

// Between two loads of one new name nobody owns the table yet, so that the
// second would pass for its first.
func TestATableIsLoadedByOneAtATime(t *testing.T) {
	a := open(t, app.Config{DataDir: t.TempDir()})
	admin, err := a.Subject(t.Context(), searchlight.AdminUserID)
	if err != nil {
		t.Fatal(err)
	}
	other := &searchlight.Subject{User: searchlight.User{ID: searchlight.SystemUserID}, Privileges: []searchlight.Privilege{searchlight.PrivilegeUserDataUpload}}
	var meanwhile []error
	_, table, err := a.Load(t.Context(), admin, load.Options{Table: "Sales", Files: []string{csv(t, "n\n1\n")}, Progress: func(load.Progress) {
		_, _, err := a.Load(t.Context(), other, load.Options{Table: "sales", Files: []string{csv(t, "n\n9\n")}})
		meanwhile = append(meanwhile, err)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(meanwhile) == 0 {
		t.Fatal("nothing was tried meanwhile")
	}
	for _, err := range meanwhile {
		if err == nil || searchlight.CodeOf(err) != searchlight.CodeConflict {
			t.Errorf("another loads the same table: %v", err)
		}
	}
	if got := total(t, a, admin, table.ID); got != 1 {
		t.Errorf("got %d, want 1", got)
	}
	if _, _, err := a.Load(t.Context(), admin, load.Options{Table: "Sales", Files: []string{csv(t, "n\n2\n")}}); err != nil {
		t.Errorf("a later load: %v", err)
	}
}

// TestDeletedTablesAreDropped deletes the object of a loaded table, and looks
// for its data.
func TestDeletedTablesAreDropped(t *testing.T) {
	dir := t.TempDir()
	a := open(t, app.Config{DataDir: dir})
	admin, err := a.Subject(t.Context(), searchlight.AdminUserID)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string, o load.Options) (*searchlight.Header, error) {
		o.Table, o.Files = name, []string{csv(t, text)}
		_, h, err := a.Load(t.Context(), admin, o)
		return h, err
	}
	sales, err := put(`Sales "2024"`, "n\n1\n2\n", load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := put("Kept", "n\n5\n", load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := total(t, a, admin, sales.ID); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	tables := func() (names []string) {
		list, err := a.Embedded().Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range list {
			names = append(names, table.Name)
		}
		return names
	}
	remove := func(ids ...searchlight.GUID) error {
		return a.Metadata.Delete(t.Context(), admin, searchlight.TypeLogicalTable, ids)
	}
	// All or nothing: with one that is not there both stay.
	if err := remove(sales.ID, "ffffffff-0000-4000-9000-000000000014"); err == nil || searchlight.CodeOf(err) != searchlight.CodeForbidden || len(tables()) != 2 {
		t.Errorf("%v, tables %q", err, tables())
	}
	// Nor is a table deleted while it is loaded anew.
	var meanwhile []error
	if sales, err = put(`Sales "2024"`, "n\n7\n", load.Options{Progress: func(load.Progress) { meanwhile = append(meanwhile, remove(sales.ID)) }}); err != nil {
		t.Fatal(err)
	}
	if len(meanwhile) == 0 {
		t.Fatal("nothing was tried meanwhile")
	}
	for _, err := range meanwhile {
		if err == nil || searchlight.CodeOf(err) != searchlight.CodeConflict {
			t.Errorf("deleted while it is loaded: %v", err)
		}
	}
	if err := remove(sales.ID); err != nil {
		t.Fatal(err)
	}
	if got := tables(); len(got) != 1 || got[0] != "Kept" {
		t.Errorf("tables %q", got)
	}
	_, err = a.Query.Search(t.Context(), query.Request{Subject: admin, Source: sales.ID, Text: "[n]"})
	if err == nil || searchlight.CodeOf(err) != searchlight.CodeForbidden {
		t.Errorf("searching what is deleted: %v", err)
	}
	// The name is free for another table, which does not show old results.
	again, err := put(`Sales "2024"`, "n\n9\n", load.Options{})
	if err != nil || again.ID == sales.ID {
		t.Fatalf("%v, %s again", err, sales.ID)
	}
	if got := total(t, a, admin, again.ID); got != 9 {
		t.Errorf("got %d, want 9", got)
	}
	if err := remove(again.ID); err != nil {
		t.Fatal(err)
	}
	a.Close()
	a = open(t, app.Config{DataDir: dir}) // nothing comes back
	page, err := a.Metadata.List(t.Context(), admin, searchlight.ListQuery{Types: []searchlight.ObjectType{searchlight.TypeLogicalTable}})
	if err != nil || len(page.Headers) != 1 || page.Headers[0].ID != kept.ID {
		t.Errorf("%+v, %v", page, err)
	}
}
