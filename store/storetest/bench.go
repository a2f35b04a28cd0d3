package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// LargeObjects is how many objects the pages of lists are measured on. Of ten
// objects four are tables and worksheets, five answers, one is a pinboard.
const LargeObjects = 100_000

const (
	largeUsers   = 10_000
	largeGroups  = 1_000 // five levels deep
	largeAuthors = 1_000 // the first users
)

// Who looks at the lists of a large store: users that see few objects, or many.
var (
	largeAuthor    = largeUser(7)    // what it made, and what its groups were granted
	largeFew       = largeUser(5000) // 50 objects, through itself and one group
	largeMany      = largeUser(6000) // half of them, through 64 principals
	largeManyByOne = largeUser(6001) // half of them, through one group
	largeOld       = largeUser(6002) // the few that were modified first
	largeNobody    = largeUser(6003) // nothing
)

// large is the number of objects of a store.
type large int

func largeUser(n int) searchlight.GUID           { return id(1_000_000 + n) }
func largeGroup(n int) searchlight.GUID          { return id(1_100_000 + n) }
func (size large) object(n int) searchlight.GUID { return id(2_000_000 + n%int(size)) }

// age is the place of the nth object in the order of modification.
func (size large) age(n int) int { return n * 31_337 % int(size) }

// Page is a page of a list that takes its time.
type Page struct {
	Name  string
	Query searchlight.ListQuery // with a Viewer
}

// Populate makes a large store: 10,000 users, 1,000 groups five levels deep,
// objects, LargeObjects or a smaller power of ten, and grants.
func Populate(ctx context.Context, store searchlight.Store, objects int) error {
	size := large(objects)
	for _, step := range []func(searchlight.Tx) error{createLargeUsers, size.createObjects, size.createGrants} {
		if err := store.Update(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// Pages are the lists that are measured on a large store, 50 headers each.
func Pages(ctx context.Context, store searchlight.Store) ([]Page, error) {
	content := types(searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable)
	var pages []Page
	add := func(name string, viewer *searchlight.Subject, q searchlight.ListQuery) {
		q.Viewer, q.Limit = viewer, 50
		pages = append(pages, Page{Name: name, Query: q})
	}
	err := store.View(ctx, func(tx searchlight.Tx) error {
		for _, who := range []struct {
			name string
			user searchlight.GUID
		}{
			{"Admin", searchlight.AdminUserID}, {"Author", largeAuthor}, {"Few", largeFew}, {"Many", largeMany},
			{"ManyByOne", largeManyByOne}, {"Old", largeOld}, {"Nothing", largeNobody},
		} {
			viewer, err := tx.Subject(who.user)
			if err != nil {
				return err
			}
			for name, q := range map[string]searchlight.ListQuery{
				"Default":             {Types: content},
				"Everything":          {},
				"OneType":             {Types: types(searchlight.TypeLogicalTable)},
				"Connections":         {Types: types(searchlight.TypeConnection)},
				"Worksheets":          {Types: types(searchlight.TypeLogicalTable), Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet}},
				"ByName":              {Types: content, Sort: searchlight.SortName},
				"ByNameDescending":    {Types: content, Sort: searchlight.SortName, Ascending: new(false)},
				"OneTypeByName":       {Types: types(searchlight.TypeLogicalTable), Sort: searchlight.SortName},
				"ByCreated":           {Types: content, Sort: searchlight.SortCreated},
				"OneTypeByCreated":    {Types: types(searchlight.TypePinboard), Sort: searchlight.SortCreated},
				"ByModifiedAscending": {Types: content, Sort: searchlight.SortModified, Ascending: new(true)},
				"ByAuthor":            {Types: content, Sort: searchlight.SortAuthor},
				"OneTypeByAuthor":     {Types: types(searchlight.TypePinboard), Sort: searchlight.SortAuthor},
				"SecondPage":          {Types: content, Offset: 50},
				"Far":                 {Types: content, Offset: 5000},
				"Deep":                {Types: content, Offset: 40_000},
				"RarePattern":         {Types: content, Pattern: "object 777"},
				"CommonPattern":       {Types: content, Pattern: "e"}, // as many as there are objects, and the connection
				"Mine":                {Types: content, Category: searchlight.CategoryMine},
				"Favorites":           {Types: content, Category: searchlight.CategoryFavorite},
				"Columns":             {Types: types(searchlight.TypeLogicalColumn)},
				"ColumnsByName":       {Types: types(searchlight.TypeLogicalColumn), Sort: searchlight.SortName},
				"ColumnsByAuthor":     {Types: types(searchlight.TypeLogicalColumn), Sort: searchlight.SortAuthor},
				"ColumnsRarePattern":  {Types: types(searchlight.TypeLogicalColumn), Pattern: "column 777"},
				"UsersByAuthor":       {Types: types(searchlight.TypeUser), Sort: searchlight.SortAuthor},
				"Users":               {Types: types(searchlight.TypeUser)},
				"UsersByModified":     {Types: types(searchlight.TypeUser), Sort: searchlight.SortModified},
				"Groups":              {Types: types(searchlight.TypeUserGroup)},
				"UsersRarePattern":    {Types: types(searchlight.TypeUser), Pattern: "user 7777"},
			} {
				add(who.name+"/"+name, viewer, q)
			}
		}
		admin, err := tx.Subject(searchlight.AdminUserID)
		if err != nil {
			return err
		}
		for name, user := range map[string]searchlight.GUID{"Few": largeFew, "Many": largeMany, "ManyByOne": largeManyByOne} {
			of, err := tx.Subject(user)
			if err != nil {
				return err
			}
			add("ListAs/"+name, admin, searchlight.ListQuery{Types: content, For: of.Principals(), AtLeast: searchlight.ReadOnly})
			add("ListAs/"+name+"Modify", admin, searchlight.ListQuery{Types: content, For: of.Principals(), AtLeast: searchlight.Modify})
			add("ListAs/"+name+"Self", of, searchlight.ListQuery{Types: content, For: of.Principals(), AtLeast: searchlight.ReadOnly})
		}
		return nil
	})
	slices.SortFunc(pages, func(a, b Page) int { return strings.Compare(a.Name, b.Name) })
	return pages, err
}

// Benchmark measures pages of lists, and writing. settle does what the
// database does by itself some time after a mass of writing.
func Benchmark(b *testing.B, open func(b *testing.B, now func() time.Time) searchlight.Store, settle func()) {
	store := open(b, time.Now)
	if err := Populate(b.Context(), store, LargeObjects); err != nil {
		b.Fatal(err)
	}
	settle()
	pages, err := Pages(b.Context(), store)
	if err != nil {
		b.Fatal(err)
	}
	for _, page := range pages {
		b.Run(page.Name, func(b *testing.B) {
			for b.Loop() {
				err := store.View(b.Context(), func(tx searchlight.Tx) error {
					_, err := tx.Headers(page.Query)
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

// createUsers makes groups of which each four are inside another, and users in
// up to five of them.
func createLargeUsers(tx searchlight.Tx) error {
	parents := make(map[searchlight.GUID][]searchlight.GUID)
	for n := range largeGroups {
		if err := tx.CreateGroup(&searchlight.Group{ID: largeGroup(n), Name: fmt.Sprintf("group %d", n), Type: searchlight.LocalGroup}); err != nil {
			return err
		}
		if n >= 4 {
			parents[largeGroup(n)] = []searchlight.GUID{largeGroup(n / 4)}
		}
	}
	if err := tx.SetGroupParents(parents); err != nil {
		return err
	}
	var users []*searchlight.User
	groups := make(map[searchlight.GUID][]searchlight.GUID)
	for n := range largeUsers {
		u := user(0, fmt.Sprintf("user %d", n))
		u.ID, u.Modified = largeUser(n), at(n*7919%largeUsers)
		users = append(users, u)
		for k := range n % 6 {
			groups[u.ID] = append(groups[u.ID], largeGroup((n*31+k*211)%largeGroups))
		}
	}
	groups[largeFew] = []searchlight.GUID{largeGroup(0)}
	groups[largeManyByOne] = []searchlight.GUID{largeGroup(1)}
	groups[largeOld], groups[largeNobody], groups[largeMany] = nil, nil, nil
	for n := range 45 {
		groups[largeMany] = append(groups[largeMany], largeGroup(900+n%45))
	}
	return tx.CreateUsers(users, groups)
}

func (size large) createObjects(tx searchlight.Tx) error {
	kinds := []searchlight.ObjectType{searchlight.TypeLogicalTable, searchlight.TypeAnswer, searchlight.TypeAnswer, searchlight.TypeLogicalTable, searchlight.TypeAnswer,
		searchlight.TypePinboard, searchlight.TypeAnswer, searchlight.TypeLogicalTable, searchlight.TypeLogicalTable, searchlight.TypeAnswer}
	for n := range int(size) {
		number := n * 7919 % int(size)
		o := worksheet(0, fmt.Sprintf("Object %d", n*104_729%int(size)))
		o.ID, o.Owner, o.Type, o.Author = size.object(number), size.object(number), kinds[n%len(kinds)], largeUser(n/10%(largeAuthors))
		if o.Type == searchlight.TypeLogicalTable {
			for k := range 4 {
				o.Columns = append(o.Columns, searchlight.ObjectColumn{ID: id(10_000_000 + number*10 + k), Name: fmt.Sprintf("Column %d", (n+k)*31%1000)})
			}
			if n%100 != 0 {
				o.Subtype = searchlight.SubtypeTable
			}
		} else {
			o.Subtype = ""
		}
		o.Created, o.Modified = at(n), at(size.age(n))
		o.Content = fmt.Appendf(nil, `{"text":"%01000d"}`, n)
		if err := tx.CreateObject(o); err != nil {
			return err
		}
	}
	return nil
}

func (size large) createGrants(tx searchlight.Tx) error {
	random := rand.New(rand.NewPCG(1, 2))
	grant := func(object int, principal searchlight.GUID) error {
		level := searchlight.ReadOnly
		if random.IntN(20) == 0 {
			level = searchlight.Modify
		}
		return tx.SetGrant(searchlight.Grant{Object: size.object(object), Principal: principal, Level: level, GrantedBy: searchlight.AdminUserID})
	}
	for n := range 50 {
		if err := grant(n*1777, []searchlight.GUID{largeFew, largeGroup(0)}[n%2]); err != nil {
			return err
		}
	}
	for n := range int(size) / 2 {
		for _, shared := range []struct {
			object    int
			principal searchlight.GUID
		}{
			{n * 7, largeGroup(900 + n%45)},
			{n*7 + n%2*3, largeGroup(1)},
			{random.IntN(int(size)), largeGroup(2 + random.IntN(800))},
		} {
			if err := grant(shared.object, shared.principal); err != nil {
				return err
			}
		}
	}
	for n := range int(size) {
		if size.age(n) < int(size)*3/100 {
			if err := grant(n*7919, largeOld); err != nil {
				return err
			}
		}
	}
	return nil
}
