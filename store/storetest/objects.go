package storetest

import (
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

var objectTests = []test{
	{"CreateAndRead", func(f *fixture) {
		want := table(1, "Sälés", "SALES")
		want.Description = new("")
		want.AutoCreated, want.Hidden, want.ConnectionType, want.Owner = true, true, "RDBMS_POSTGRES", id(7)
		want.Content = []byte(`{ "b":1, "a":[ "é\u0000" ] }`)
		want.References = []searchlight.GUID{id(2), searchlight.EmbeddedConnectionID}
		given := *want
		given.References = []searchlight.GUID{searchlight.EmbeddedConnectionID, id(2), id(2)}
		f.createObjects(&given)
		f.equal(given.Version, int64(1))
		want.Version = 1
		f.equal(f.object(id(1)), want)
		f.view(func(tx searchlight.Tx) error {
			header, err := tx.Header(id(1))
			f.equal(header, &want.Header)
			return err
		})
	}},
	{"NotGiven", func(f *fixture) {
		f.createObjects(&searchlight.Object{Header: searchlight.Header{
			ID: id(1), Type: searchlight.TypeAnswer, Name: "answer", Author: searchlight.AdminUserID}})
		f.equal(f.object(id(1)), &searchlight.Object{Header: searchlight.Header{
			ID: id(1), Type: searchlight.TypeAnswer, Name: "answer", Author: searchlight.AdminUserID, Owner: id(1),
			Created: at(0), Modified: at(0), ModifiedBy: searchlight.AdminUserID, Version: 1}})
	}},
	{"LargeContent", func(f *fixture) {
		o := worksheet(1, "large")
		o.Content = []byte(`"` + strings.Repeat("searchlight ", 500_000) + `"`)
		f.createObjects(o)
		if got := f.object(id(1)); string(got.Content) != string(o.Content) {
			f.Errorf("%d bytes of content differ from the %d written", len(got.Content), len(o.Content))
		}
	}},
	{"Missing", func(f *fixture) {
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Object(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.TableAt(id(1), "d", "s", "t"); return err })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.UpdateObject(worksheet(1, "none")) })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.DeleteObject(id(1)) })
	}},
	{"BadText", func(f *fixture) {
		for _, bad := range []string{"a\x00b", "a\xffb"} {
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateObject(worksheet(1, bad)) })
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error {
				o := worksheet(1, "described")
				o.Description = &bad
				return tx.CreateObject(o)
			})
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateObject(table(1, "table", bad)) })
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error {
				_, err := tx.ObjectsNamed(searchlight.TypeTag, bad)
				return err
			})
		}
		long := strings.Repeat("x", 3000)
		f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateObject(worksheet(1, long)) })
		f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateObject(table(1, "table", long)) })
	}},
	{"Taken", func(f *fixture) {
		f.createObjects(table(1, "Sales", "sales"), tag(2, "Finance"), worksheet(3, "twice"))
		f.createObjects(worksheet(4, "twice"), table(5, "Sales", "SALES")) // which differ enough
		for _, o := range []*searchlight.Object{worksheet(1, "id"), table(6, "place", "sales"), tag(6, "FINANCE")} {
			f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateObject(o) })
			f.equal(o.Version, int64(0))
		}
		f.createObjects(tag(7, "other"))
		for _, o := range []*searchlight.Object{table(5, "place", "sales"), tag(7, "finance")} {
			o.Version = 1
			f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
			f.equal(o.Version, int64(1))
		}
	}},
	{"TableAt", func(f *fixture) {
		want := table(1, "Sales", "sales")
		f.createObjects(want, table(2, "Stores", "stores"))
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.TableAt(searchlight.EmbeddedConnectionID, "memory", "main", "sales")
			f.equal(got, &want.Header)
			return err
		})
		for _, place := range [][3]string{{"Memory", "main", "sales"}, {"memory", "", "sales"}, {"memory", "main", "Sales"}, {"", "", ""}} {
			f.missing(func(tx searchlight.Tx) error {
				_, err := tx.TableAt(searchlight.EmbeddedConnectionID, place[0], place[1], place[2])
				return err
			})
		}
		f.missing(func(tx searchlight.Tx) error { _, err := tx.TableAt(id(1), "memory", "main", "sales"); return err })
	}},
	{"Named", func(f *fixture) {
		f.createObjects(worksheet(3, "Sales"), worksheet(1, "Sales"), worksheet(2, "sales"), tag(4, "Sales"))
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.ObjectsNamed(searchlight.TypeLogicalTable, "Sales")
			if err != nil {
				return err
			}
			var ids []searchlight.GUID
			for _, h := range got {
				ids = append(ids, h.ID)
			}
			f.equal(ids, []searchlight.GUID{id(1), id(3)})
			got, err = tx.ObjectsNamed(searchlight.TypeLogicalTable, "SALES")
			f.equal(got, []searchlight.Header(nil))
			return err
		})
	}},
	{"Update", func(f *fixture) {
		o := worksheet(1, "before", id(5), id(6))
		f.createObjects(o)
		want := *table(1, "after", "T")
		want.Description, want.Author, want.Modified, want.Version = new("text"), searchlight.SystemUserID, at(9), 1
		want.Content, want.References = []byte(`{}`), []searchlight.GUID{id(6), id(7)}
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(&want) })
		f.equal(want.Version, int64(2))
		f.equal(f.object(id(1)), &want)

		want.Description, want.References, want.Content = nil, nil, nil
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(&want) })
		f.equal(want.Version, int64(3))
		f.equal(f.object(id(1)), &want)
	}},
	{"ChangedMeanwhile", func(f *fixture) {
		f.createObjects(worksheet(1, "first"))
		mine, yours := f.object(id(1)), f.object(id(1))
		mine.Name, yours.Name = "mine", "yours"
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(mine) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateObject(yours) })
		f.equal(yours.Version, int64(1))
		f.equal(f.object(id(1)), mine)
	}},
	{"Delete", func(f *fixture) {
		f.createObjects(worksheet(1, "base"), worksheet(2, "built on it", id(1)), tag(3, "tag"))
		f.update(func(tx searchlight.Tx) error {
			if err := tx.TagObject(id(1), id(3)); err != nil {
				return err
			}
			return tx.AddFavorite(searchlight.AdminUserID, id(1))
		})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(id(1)) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Object(id(1)); return err })
		f.equal(f.object(id(2)).References, []searchlight.GUID{id(1)})

		// An object that takes its place has its dependents, and nothing else.
		f.createObjects(worksheet(1, "base again"))
		f.view(func(tx searchlight.Tx) error {
			dependents, err := tx.Dependents(id(1))
			if err != nil {
				return err
			}
			f.equal(len(dependents), 1)
			for _, q := range []searchlight.ListQuery{
				{Viewer: admin, Tags: []string{"tag"}},
				{Viewer: admin, Category: searchlight.CategoryFavorite},
			} {
				page, err := tx.Headers(q)
				if err != nil {
					return err
				}
				f.equal(page, &searchlight.HeaderPage{})
			}
			return nil
		})
	}},
	{"Dependents", func(f *fixture) {
		base, a, b, indirect := worksheet(1, "base"), worksheet(2, "B", id(1)), worksheet(3, "a", id(1), id(9)), worksheet(4, "c", id(2))
		f.createObjects(base, a, b, indirect)
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.Dependents(id(1))
			f.equal(got, []searchlight.Header{b.Header, a.Header})
			return err
		})
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.Dependents(id(4))
			f.equal(got, []searchlight.Header(nil))
			return err
		})
	}},
	{"Parts", func(f *fixture) {
		f.createShared()
		parts := func(n int) string {
			var list []searchlight.Header
			f.view(func(tx searchlight.Tx) (err error) {
				list, err = tx.Parts(id(n))
				return err
			})
			return numbers(list)
		}
		f.equal([]string{parts(3), parts(1), parts(31), parts(99)}, []string{"32 31", "", "", ""})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(id(31)) })
		f.equal(parts(3), "32")
		f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(id(3)) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(32)); return err })
		f.object(id(1))
	}},
	{"ChangeAuthor", func(f *fixture) {
		f.createShared()
		of := func(n int, author searchlight.GUID) *searchlight.Object {
			o := worksheet(n, "o")
			o.Author, o.Created = author, at(n)
			return o
		}
		label, own := tag(5, "label"), part(33, 3, 6)
		label.Author, label.Created, own.Author = id(51), at(5), id(51)
		f.createObjects(of(4, id(51)), label, own, of(6, id(52)), of(7, id(51)))
		f.grant(grant(6, 51, readOnly))
		f.clock.advance(time.Hour)
		change := func(ids []searchlight.GUID, from, to searchlight.GUID) (changed []searchlight.GUID) {
			f.Helper()
			f.update(func(tx searchlight.Tx) (err error) {
				changed, err = tx.ChangeAuthor(ids, from, to)
				return err
			})
			return changed
		}
		before := f.version()
		f.equal(change(ids(6, 99), id(51), id(52)), []searchlight.GUID(nil))
		f.equal(change([]searchlight.GUID{}, id(51), id(52)), []searchlight.GUID(nil))
		f.equal(change(nil, id(51), id(51)), []searchlight.GUID(nil))
		f.equal(change(nil, id(99), id(52)), []searchlight.GUID(nil))
		f.equal(f.version(), before)

		f.equal(change(ids(3, 4, 6), id(51), id(52)), ids(4, 33)) // a part goes with what it is of
		want := of(4, id(52))
		want.Modified, want.ModifiedBy, want.Version = at(60), id(52), 2
		f.equal(f.object(id(4)), want)
		f.equal(f.object(id(7)).Author, id(51))
		if f.version() <= before {
			f.Error("the version did not move")
		}
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(id(51)) })
		f.equal(change(nil, id(51), id(52)), ids(5, 7)) // of somebody who is gone
		f.equal(f.list(searchlight.ListQuery{Viewer: only(id(52)), Sort: searchlight.SortCreated}), "7 6 5 4")
		f.equal(f.list(searchlight.ListQuery{Viewer: only(id(51))}), "")
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error {
			_, err := tx.ChangeAuthor(nil, id(52), id(99))
			return err
		})
	}},
}

var versionTests = []test{
	{"Changes", func(f *fixture) {
		steps := []struct {
			name    string
			do      func(tx searchlight.Tx) error
			changes bool
		}{
			{"create user", func(tx searchlight.Tx) error { return tx.CreateUser(user(1, "zoe")) }, true},
			{"update user", func(tx searchlight.Tx) error { return tx.UpdateUser(user(1, "zoe")) }, true},
			{"create group", func(tx searchlight.Tx) error {
				return tx.CreateGroup(&searchlight.Group{ID: id(2), Name: "g"})
			}, true},
			{"create object", func(tx searchlight.Tx) error { return tx.CreateObject(worksheet(3, "o")) }, true},
			{"update object", func(tx searchlight.Tx) error {
				o := worksheet(3, "o")
				o.Version = 1
				return tx.UpdateObject(o)
			}, true},
			{"create tag", func(tx searchlight.Tx) error { return tx.CreateObject(tag(4, "t")) }, true},
			{"tag", func(tx searchlight.Tx) error { return tx.TagObject(id(3), id(4)) }, true},
			{"tag again", func(tx searchlight.Tx) error { return tx.TagObject(id(3), id(4)) }, false},
			{"untag", func(tx searchlight.Tx) error { return tx.UntagObject(id(3), id(4)) }, true},
			{"favourite", func(tx searchlight.Tx) error { return tx.AddFavorite(id(1), id(3)) }, true},
			{"no favourite", func(tx searchlight.Tx) error { return tx.RemoveFavorite(id(1), id(3)) }, true},
			{"grant", func(tx searchlight.Tx) error { return tx.SetGrant(grant(3, 1, readOnly)) }, true},
			{"grant again", func(tx searchlight.Tx) error { return tx.SetGrant(grant(3, 1, readOnly)) }, false},
			{"grant more", func(tx searchlight.Tx) error { return tx.SetGrant(grant(3, 1, modify)) }, true},
			{"take away", func(tx searchlight.Tx) error { return tx.DeleteGrant(id(3), id(1)) }, true},
			{"change author", func(tx searchlight.Tx) error {
				_, err := tx.ChangeAuthor(ids(3), searchlight.AdminUserID, id(1))
				return err
			}, true},
			{"delete object", func(tx searchlight.Tx) error { return tx.DeleteObject(id(3)) }, true},
			{"create session", func(tx searchlight.Tx) error { return tx.CreateSession(session(1, id(1), false, 1, 1)) }, false},
			{"touch session", func(tx searchlight.Tx) error { return tx.TouchSession(session(1, id(1), false, 1, 1).TokenHash, at(2)) }, false},
			{"delete sessions", func(tx searchlight.Tx) error { _, err := tx.DeleteSessionsOf(id(1), [32]byte{}); return err }, true},
			{"nothing", func(searchlight.Tx) error { return nil }, false},
		}
		for _, step := range steps {
			before := f.version()
			f.update(step.do)
			if after := f.version(); after > before != step.changes {
				f.Errorf("%s: from version %d to %d", step.name, before, after)
			}
		}
	}},
	{"Inside", func(f *fixture) {
		before := f.version()
		var seen []int64
		f.update(func(tx searchlight.Tx) error {
			for n := range 3 {
				version, err := tx.Version()
				if err != nil {
					return err
				}
				seen = append(seen, version)
				if err := tx.CreateObject(worksheet(n, "o")); err != nil {
					return err
				}
			}
			return nil
		})
		seen = append(seen, f.version())
		f.equal(seen, []int64{before, before + 1, before + 2, before + 3})
	}},
	{"Undone", func(f *fixture) {
		before := f.version()
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error {
			if err := tx.CreateObject(worksheet(1, "o")); err != nil {
				return err
			}
			return tx.DeleteObject(id(2))
		})
		f.equal(f.version(), before)
	}},
	{"Now", func(f *fixture) {
		f.view(func(tx searchlight.Tx) error {
			f.equal(tx.Now(), at(0))
			f.clock.advance(time.Minute)
			f.equal(tx.Now(), at(0))
			return nil
		})
		f.view(func(tx searchlight.Tx) error {
			f.equal(tx.Now(), at(1))
			return nil
		})
	}},
}
