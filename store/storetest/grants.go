package storetest

import (
	"github.com/searchlight-bi/searchlight"
)

func grant(object, principal int, level searchlight.Level) searchlight.Grant {
	return searchlight.Grant{Object: id(object), Principal: id(principal), Level: level, GrantedBy: id(9)}
}

func (f *fixture) grant(grants ...searchlight.Grant) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		for _, g := range grants {
			if err := tx.SetGrant(g); err != nil {
				return err
			}
		}
		return nil
	})
}

func column(n int, name string) searchlight.ObjectColumn {
	return searchlight.ObjectColumn{ID: id(n), Name: name}
}

// createShared makes two tables with columns (1 with 11 and 12, 2 with 21), a
// pinboard (3) with two parts (31, 32), users (51, 52) and groups (61, 62).
func (f *fixture) createShared() {
	f.Helper()
	f.createUsers(user(51, "zoe"), user(52, "bob"))
	f.createGroups(group(61, "team"), group(62, "others"))
	one, two := table(1, "one", "one"), table(2, "two", "two")
	one.Columns = []searchlight.ObjectColumn{column(12, "b"), column(11, "a")}
	two.Columns = []searchlight.ObjectColumn{column(21, "a")}
	pinboard := worksheet(3, "pinboard")
	pinboard.Type, pinboard.Subtype = searchlight.TypePinboard, ""
	f.createObjects(one, two, pinboard, part(31, 3, 5), part(32, 3, 4))
}

// part is a visualization that was made at a minute.
func part(n, owner, minute int) *searchlight.Object {
	o := worksheet(n, "part")
	o.Type, o.Subtype, o.Owner, o.Created = searchlight.TypeVisualization, "", id(owner), at(minute)
	return o
}

// granted are the levels that principals have on the objects and columns of
// createShared.
func (f *fixture) granted(principals ...int) (levels map[searchlight.GUID]searchlight.Level) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		levels, err = tx.Granted(ids(principals...), ids(1, 2, 3, 11, 12, 21, 31, 32, 99))
		return err
	})
	return levels
}

func (f *fixture) grants(objects ...int) (grants []searchlight.Grant) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		grants, err = tx.Grants(ids(objects...)...)
		return err
	})
	return grants
}

type levels = map[searchlight.GUID]searchlight.Level

const (
	partial  = searchlight.PartialAccess
	readOnly = searchlight.ReadOnly
	modify   = searchlight.Modify
)

var grantTests = []test{
	{"Highest", func(f *fixture) {
		f.createShared()
		f.grant(grant(1, 51, readOnly), grant(1, 61, modify), grant(2, 61, readOnly), grant(21, 51, modify), grant(12, 62, readOnly), grant(3, 62, readOnly))
		for _, c := range []struct {
			principals []int
			want       levels
		}{
			{[]int{51}, levels{id(1): readOnly, id(2): partial, id(21): modify}},
			{[]int{61}, levels{id(1): modify, id(2): readOnly}},
			{[]int{51, 61}, levels{id(1): modify, id(2): readOnly, id(21): modify}},
			{[]int{62}, levels{id(1): partial, id(12): readOnly, id(3): readOnly}},
			{[]int{52, 99}, levels{}},
			{nil, levels{}},
		} {
			f.equal(f.granted(c.principals...), c.want)
		}
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.Granted([]searchlight.GUID{"x\x00"}, []searchlight.GUID{"y", id(1)})
			f.equal(got, levels{})
			return err
		})
	}},
	{"List", func(f *fixture) {
		f.createShared()
		f.grant(grant(2, 62, readOnly), grant(1, 61, modify), grant(1, 51, readOnly), grant(12, 52, readOnly))
		f.equal(f.grants(12, 2, 1, 99), []searchlight.Grant{grant(1, 51, readOnly), grant(1, 61, modify), grant(2, 62, readOnly), grant(12, 52, readOnly)})
		f.equal(f.grants(1), []searchlight.Grant{grant(1, 51, readOnly), grant(1, 61, modify)}) // none of its columns
		f.equal(f.grants(), []searchlight.Grant(nil))
	}},
	{"Replace", func(f *fixture) {
		f.createShared()
		f.grant(grant(3, 51, modify), grant(3, 51, readOnly))
		f.equal(f.grants(3), []searchlight.Grant{grant(3, 51, readOnly)})
		again := grant(3, 51, readOnly)
		again.GrantedBy = id(8)
		f.grant(again)
		f.equal(f.grants(3), []searchlight.Grant{again})
	}},
	{"Columns", func(f *fixture) {
		f.createShared()
		columns := func(table int, principals ...int) (columns []searchlight.GUID) {
			f.view(func(tx searchlight.Tx) (err error) {
				columns, err = tx.GrantedColumns(ids(principals...), id(table))
				return err
			})
			return columns
		}
		f.grant(grant(11, 51, readOnly), grant(12, 61, readOnly), grant(21, 51, readOnly))
		f.equal(columns(1, 51), ids(11))
		f.equal(columns(1, 51, 61), ids(12, 11)) // as in the table
		f.equal(columns(1, 52), []searchlight.GUID(nil))
		f.equal(columns(2, 51), ids(21))

		// A grant on the table takes the place of those on its columns …
		f.grant(grant(1, 51, readOnly))
		f.equal(columns(1, 51), []searchlight.GUID(nil))
		f.equal(columns(1, 61), ids(12))
		f.equal(columns(2, 51), ids(21))
		// … and nothing comes of one on a column that adds nothing to it.
		before := f.version()
		f.grant(grant(11, 51, readOnly))
		f.equal(columns(1, 51), []searchlight.GUID(nil))
		f.equal(f.version(), before)
		f.grant(grant(11, 51, modify))
		f.equal(f.granted(51), levels{id(1): readOnly, id(11): modify, id(2): partial, id(21): readOnly})
	}},
	{"Delete", func(f *fixture) {
		f.createShared()
		f.grant(grant(1, 51, readOnly), grant(1, 61, readOnly), grant(12, 62, readOnly))
		drop := func(object, principal int) {
			f.update(func(tx searchlight.Tx) error { return tx.DeleteGrant(id(object), id(principal)) })
		}
		drop(1, 51)
		f.equal(f.grants(1), []searchlight.Grant{grant(1, 61, readOnly)})
		before := f.version()
		drop(1, 51)
		drop(1, 62) // which has a column
		drop(99, 99)
		f.equal(f.version(), before)
		f.equal(f.granted(62), levels{id(1): partial, id(12): readOnly})
		drop(12, 62)
		f.equal(f.granted(62), levels{})
	}},
	{"Refused", func(f *fixture) {
		f.createShared()
		for _, c := range []struct {
			code searchlight.ErrorCode
			g    searchlight.Grant
		}{
			{searchlight.CodeNotFound, grant(99, 51, readOnly)},
			{searchlight.CodeNotFound, grant(1, 99, readOnly)},
			{searchlight.CodeNotFound, grant(1, 2, readOnly)}, // no principal
			{searchlight.CodeInvalid, grant(1, 51, searchlight.NoAccess)},
			{searchlight.CodeInvalid, grant(1, 51, partial)},
			{searchlight.CodeInvalid, grant(1, 51, modify+1)},
			{searchlight.CodeInvalid, grant(31, 51, readOnly)}, // a part
		} {
			f.refusedWhole(c.code, func(tx searchlight.Tx) error { return tx.SetGrant(c.g) })
		}
		f.equal(f.grants(1, 31, 99), []searchlight.Grant(nil))
	}},
	{"GoWithWhatTheyAreOf", func(f *fixture) {
		f.createShared()
		all := []searchlight.Grant{grant(1, 51, readOnly), grant(1, 61, readOnly), grant(2, 51, readOnly), grant(3, 61, readOnly), grant(12, 52, readOnly)}
		f.grant(all...)
		shared := func(viewer *searchlight.Subject) string {
			return f.list(searchlight.ListQuery{Viewer: viewer, Sort: searchlight.SortName})
		}
		inTeam := only(id(52))
		inTeam.Groups = ids(61)
		f.equal([]string{shared(only(id(51))), shared(inTeam)}, []string{"1 2", "1 3"})

		f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(id(1)) })
		f.equal(f.grants(1, 2, 3, 12), []searchlight.Grant{all[2], all[3]})
		f.createObjects(table(1, "again", "one"))
		f.equal([]string{shared(only(id(51))), shared(inTeam)}, []string{"2", "3"})

		f.update(func(tx searchlight.Tx) error { return tx.DeleteGroup(id(61)) })
		f.createGroups(group(61, "team"))
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(id(51)) })
		f.createUsers(user(51, "zoe"))
		f.equal(f.grants(1, 2, 3, 12), []searchlight.Grant(nil))
		f.equal([]string{shared(only(id(51))), shared(inTeam)}, []string{"", ""})
	}},
	{"AuthorsStay", func(f *fixture) {
		f.createShared()
		mine, shared := worksheet(4, "mine"), worksheet(5, "shared")
		mine.Author = id(51)
		f.createObjects(mine, shared)
		f.grant(grant(5, 51, readOnly), grant(4, 51, readOnly))
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(id(51)) })
		f.equal(f.object(id(4)).Author, id(51))
		f.createUsers(user(51, "zoe"))
		f.equal(f.list(searchlight.ListQuery{Viewer: only(id(51))}), "4")
		f.equal(f.grants(4, 5), []searchlight.Grant(nil))
	}},
	{"Undone", func(f *fixture) {
		f.createShared()
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error {
			if err := tx.SetGrant(grant(1, 51, readOnly)); err != nil {
				return err
			}
			return tx.SetGrant(grant(99, 51, readOnly))
		})
		f.equal(f.grants(1), []searchlight.Grant(nil))
		f.equal(f.list(searchlight.ListQuery{Viewer: only(id(51))}), "")
	}},
}

var columnTests = []test{
	{"CreateAndRead", func(f *fixture) {
		o := table(1, "Sales", "sales")
		o.Description, o.Author, o.AutoCreated = new("x"), id(5), true
		o.Columns = []searchlight.ObjectColumn{{ID: id(12), Name: "Größe"}, {ID: id(11), Name: "a", Hidden: true}, {ID: id(13), Name: "a", Formula: true}}
		f.createObjects(o)
		f.equal(f.object(id(1)).Columns, o.Columns)
		header := searchlight.Header{ID: id(13), Type: searchlight.TypeLogicalColumn, Subtype: searchlight.SubtypeFormula, Name: "a",
			Author: id(5), Created: at(1), Modified: at(2), ModifiedBy: searchlight.SuperUserID, Owner: id(1), Version: 1}
		f.equal(f.column(13), &header)
		header.ID, header.Hidden, header.Subtype = id(11), true, ""
		f.equal(f.column(11), &header)
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Column(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Column(id(99)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(11)); return err })
	}},
	{"Update", func(f *fixture) {
		f.createShared()
		f.createObjects(tag(8, "tag"))
		f.grant(grant(11, 51, readOnly), grant(12, 51, readOnly))
		f.update(func(tx searchlight.Tx) error {
			for _, item := range ids(11, 12) {
				if err := tx.TagObject(item, id(8)); err != nil {
					return err
				}
			}
			return nil
		})
		tagged := func() (items int) {
			f.view(func(tx searchlight.Tx) error {
				tags, err := tx.Tags(ids(11, 12, 14)...)
				items = len(tags)
				return err
			})
			return items
		}
		o := f.object(id(1))
		o.Columns = []searchlight.ObjectColumn{column(14, "new"), {ID: id(11), Name: "renamed", Hidden: true}, column(12, "b")}
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(f.object(id(1)), o)
		f.equal(f.column(11).Name, "renamed")
		f.equal(f.granted(51), levels{id(1): partial, id(11): readOnly, id(12): readOnly})
		f.equal(tagged(), 2)

		o.Columns = o.Columns[:2]
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(f.granted(51), levels{id(1): partial, id(11): readOnly})
		f.equal(tagged(), 1)
		f.equal(f.list(searchlight.ListQuery{Viewer: only(id(51))}), "1")

		o.Columns = nil
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(f.object(id(1)).Columns, []searchlight.ObjectColumn(nil))
		f.equal(f.granted(51), levels{})
		f.equal(f.list(searchlight.ListQuery{Viewer: only(id(51))}), "")

		// What comes under the same GUID begins without.
		o.Columns = []searchlight.ObjectColumn{column(11, "again")}
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(f.granted(51), levels{})
		f.equal(tagged(), 0)
	}},
	{"Taken", func(f *fixture) {
		f.createShared()
		refused := func(o *searchlight.Object, do func(searchlight.Tx, *searchlight.Object) error) {
			f.Helper()
			f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return do(tx, o) })
		}
		for _, taken := range []int{11, 2, 1, 3, 7} {
			o := table(7, "new", "new")
			o.Columns = []searchlight.ObjectColumn{column(71, "a"), column(taken, "b")}
			refused(o, searchlight.Tx.CreateObject)
			if taken == 7 {
				continue
			}
			o = f.object(id(2))
			o.Columns = append(o.Columns, column(taken, "b"))
			refused(o, searchlight.Tx.UpdateObject)
		}
		twice := table(7, "new", "new")
		twice.Columns = []searchlight.ObjectColumn{column(71, "a"), column(71, "b")}
		refused(twice, searchlight.Tx.CreateObject)
		refused(worksheet(11, "a column"), searchlight.Tx.CreateObject)
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Column(id(71)); return err })
	}},
	{"BadNames", func(f *fixture) {
		for _, name := range []string{"a\x00b", "a\xffb", string(make([]byte, 3000))} {
			o := table(1, "t", "t")
			o.Columns = []searchlight.ObjectColumn{column(11, name)}
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateObject(o) })
		}
	}},
	{"Many", func(f *fixture) {
		o := table(1, "wide", "wide")
		for n := range 3000 {
			o.Columns = append(o.Columns, column(10_000+n, "same"))
		}
		f.createObjects(o)
		f.equal(f.object(id(1)).Columns, o.Columns)
		f.equal(len(f.headers(searchlight.ListQuery{Types: types(searchlight.TypeLogicalColumn)}).Headers), 3000)
	}},
}

func (f *fixture) column(n int) (h *searchlight.Header) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		h, err = tx.Column(id(n))
		return err
	})
	return h
}

// headers are those of a list, which the administrator sees unless there is a
// Viewer.
func (f *fixture) headers(q searchlight.ListQuery) (page *searchlight.HeaderPage) {
	f.Helper()
	if q.Viewer == nil {
		q.Viewer = admin
	}
	f.view(func(tx searchlight.Tx) (err error) {
		page, err = tx.Headers(q)
		return err
	})
	return page
}

// list writes a list as the numbers of what is in it.
func (f *fixture) list(q searchlight.ListQuery) string {
	f.Helper()
	return numbers(f.headers(q).Headers)
}
