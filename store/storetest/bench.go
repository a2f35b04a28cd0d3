package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// benchmarkObjects is how many objects the benchmarks list from: four in ten
// tables and worksheets, five answers, one a pinboard, of 1,000 authors.
const benchmarkObjects = 100_000

// Benchmark measures pages of 50 out of 100,000 objects, and the writing of
// one. The total of a list is counted once, except in Admin/Uncounted. settle
// does what the database does by itself some time after a mass of writing.
func Benchmark(b *testing.B, open func(b *testing.B, now func() time.Time) searchlight.Store, settle func()) {
	store := open(b, time.Now)
	if err := store.Update(b.Context(), createMany); err != nil {
		b.Fatal(err)
	}
	settle()
	content := types(searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable)
	author := manyAuthor(7)
	for _, list := range []struct {
		name  string
		query searchlight.ListQuery
	}{
		{"Admin/Default", searchlight.ListQuery{ViewAll: true, Types: content}},
		{"Admin/Uncounted", searchlight.ListQuery{ViewAll: true, Types: content}},
		{"Admin/Everything", searchlight.ListQuery{ViewAll: true}},
		{"Admin/OneType", searchlight.ListQuery{ViewAll: true, Types: types(searchlight.TypeLogicalTable)}},
		{"Admin/Connections", searchlight.ListQuery{ViewAll: true, Types: types(searchlight.TypeConnection)}},
		{"Admin/Deep", searchlight.ListQuery{ViewAll: true, Types: content, Offset: 50_000}},
		{"Admin/ByName", searchlight.ListQuery{ViewAll: true, Types: content, Sort: searchlight.SortName}},
		{"Admin/OneTypeByName", searchlight.ListQuery{ViewAll: true, Types: types(searchlight.TypeLogicalTable), Sort: searchlight.SortName}},
		{"Admin/ByCreated", searchlight.ListQuery{ViewAll: true, Types: content, Sort: searchlight.SortCreated}},
		{"Admin/ByModifiedAscending", searchlight.ListQuery{ViewAll: true, Types: content, Sort: searchlight.SortModified, Ascending: new(true)}},
		{"Admin/ByAuthor", searchlight.ListQuery{ViewAll: true, Types: content, Sort: searchlight.SortAuthor}},
		{"Admin/RarePattern", searchlight.ListQuery{ViewAll: true, Types: content, Pattern: "object 77777"}},
		{"Admin/CommonPattern", searchlight.ListQuery{ViewAll: true, Types: content, Pattern: "object"}},
		{"User/Default", searchlight.ListQuery{Viewer: author, Types: content}},
		{"User/ByName", searchlight.ListQuery{Viewer: author, Types: content, Sort: searchlight.SortName}},
		{"User/Pattern", searchlight.ListQuery{Viewer: author, Types: content, Pattern: "object"}},
		{"User/Nothing", searchlight.ListQuery{Viewer: searchlight.GuestUserID, Types: content}},
	} {
		list.query.Limit = 50
		b.Run(list.name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if list.name == "Admin/Uncounted" {
					list.query.Skip = ids(n) // names nothing, but makes it another list
				}
				err := store.View(b.Context(), func(tx searchlight.Tx) error {
					_, err := tx.Headers(list.query)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Update", func(b *testing.B) {
		o := worksheet(1, "written")
		if err := store.Update(b.Context(), func(tx searchlight.Tx) error { return tx.CreateObject(o) }); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := store.Update(b.Context(), func(tx searchlight.Tx) error { return tx.UpdateObject(o) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func manyAuthor(n int) searchlight.GUID { return id(1_000_000 + n%1000) }

func createMany(tx searchlight.Tx) error {
	for n := range 1000 {
		u := user(0, fmt.Sprintf("author %d", n))
		u.ID = manyAuthor(n)
		if err := tx.CreateUser(u); err != nil {
			return err
		}
	}
	kinds := []searchlight.ObjectType{searchlight.TypeLogicalTable, searchlight.TypeAnswer, searchlight.TypeAnswer, searchlight.TypeLogicalTable, searchlight.TypeAnswer,
		searchlight.TypePinboard, searchlight.TypeAnswer, searchlight.TypeLogicalTable, searchlight.TypeLogicalTable, searchlight.TypeAnswer}
	for n := range benchmarkObjects {
		shuffled := n * 7919 % benchmarkObjects
		o := worksheet(2_000_000+shuffled, fmt.Sprintf("Object %d", n*104_729%benchmarkObjects))
		o.Type, o.Author = kinds[n%len(kinds)], manyAuthor(n/10)
		if o.Type != searchlight.TypeLogicalTable {
			o.Subtype = ""
		}
		o.Created, o.Modified = at(n), at(n*31_337%benchmarkObjects)
		o.Content = fmt.Appendf(nil, `{"text":"%01000d"}`, n)
		if err := tx.CreateObject(o); err != nil {
			return err
		}
	}
	return nil
}
