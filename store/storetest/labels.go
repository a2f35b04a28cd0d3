package storetest

import (
	"errors"

	"github.com/searchlight-bi/searchlight"
)

var labelTests = []test{
	{"Tags", func(f *fixture) {
		f.createShared()
		b, a := tag(7, "B"), tag(8, "a")
		b.Content = []byte(`{"color":"#48A0E0"}`)
		f.createObjects(a, b)
		tags := func() (tags map[searchlight.GUID][]searchlight.Object) {
			f.view(func(tx searchlight.Tx) (err error) {
				tags, err = tx.Tags(ids(1, 2, 11, 99)...)
				return err
			})
			return tags
		}
		moves := func(do func(tx searchlight.Tx, object, tag searchlight.GUID) error, item, tag int) bool {
			f.Helper()
			before := f.version()
			f.update(func(tx searchlight.Tx) error { return do(tx, id(item), id(tag)) })
			return f.version() > before
		}
		f.equal(tags(), map[searchlight.GUID][]searchlight.Object{})
		for _, item := range []int{1, 11, 12} {
			f.equal(moves(searchlight.Tx.TagObject, item, 7), true)
		}
		f.equal(moves(searchlight.Tx.TagObject, 1, 8), true)
		f.equal(moves(searchlight.Tx.TagObject, 1, 8), false)
		f.equal(tags(), map[searchlight.GUID][]searchlight.Object{id(1): {*a, *b}, id(11): {*b}})
		f.equal(f.list(searchlight.ListQuery{Types: types(searchlight.TypeLogicalColumn), Tags: []string{"b"}, Sort: searchlight.SortName}), "11 12")

		f.equal(moves(searchlight.Tx.UntagObject, 1, 7), true)
		f.equal(moves(searchlight.Tx.UntagObject, 1, 7), false)
		f.equal(moves(searchlight.Tx.UntagObject, 99, 98), false)
		f.equal(tags(), map[searchlight.GUID][]searchlight.Object{id(1): {*a}, id(11): {*b}})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(id(7)) })
		f.equal(tags(), map[searchlight.GUID][]searchlight.Object{id(1): {*a}})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(id(1)) })
		f.equal(tags(), map[searchlight.GUID][]searchlight.Object{})
	}},
	{"Favorites", func(f *fixture) {
		f.createShared()
		favorites := searchlight.ListQuery{Viewer: adminAs(id(51)), Category: searchlight.CategoryFavorite, Sort: searchlight.SortName}
		f.update(func(tx searchlight.Tx) error {
			return errors.Join(tx.AddFavorite(id(51), id(1)), tx.AddFavorite(id(51), id(2)))
		})
		f.equal(f.list(favorites), "1 2")
		before := f.version()
		f.update(func(tx searchlight.Tx) error { return tx.AddFavorite(id(51), id(1)) })
		f.update(func(tx searchlight.Tx) error { return tx.RemoveFavorite(id(52), id(1)) })
		f.equal(f.version(), before)
		f.update(func(tx searchlight.Tx) error { return tx.RemoveFavorite(id(51), id(1)) })
		f.equal(f.list(favorites), "2")
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(id(51)) })
		f.createUsers(user(51, "zoe"))
		f.equal(f.list(favorites), "")
	}},
	{"Missing", func(f *fixture) {
		f.createShared()
		f.createObjects(tag(8, "tag"))
		for _, put := range []func(tx searchlight.Tx) error{
			func(tx searchlight.Tx) error { return tx.TagObject(id(1), id(9)) },
			func(tx searchlight.Tx) error { return tx.TagObject(id(9), id(8)) },
			func(tx searchlight.Tx) error { return tx.TagObject(id(8), id(1)) },
			func(tx searchlight.Tx) error { return tx.TagObject(id(1), id(11)) },
			func(tx searchlight.Tx) error { return tx.AddFavorite(id(9), id(1)) },
			func(tx searchlight.Tx) error { return tx.AddFavorite(id(51), id(9)) },
		} {
			f.refused(searchlight.CodeNotFound, put)
		}
	}},
}
