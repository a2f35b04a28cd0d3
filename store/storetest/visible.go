package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// viewer is a subject in groups, which are given by their numbers.
func viewer(n int, groups ...int) *searchlight.Subject {
	s := only(id(n))
	s.Groups = append(ids(groups...), searchlight.AllGroupID)
	return s
}

func with(s *searchlight.Subject, scope int, privileges ...searchlight.Privilege) *searchlight.Subject {
	s.Privileges = privileges
	if scope != 0 {
		s.Scope = id(scope)
	}
	return s
}

// createVisible adds to createShared what is shared with zoe (51) and the team
// (61): bob (52) owns a worksheet (4), and zoe another (5).
func (f *fixture) createVisible() {
	f.Helper()
	f.createShared()
	four, five := worksheet(4, "four"), worksheet(5, "five")
	four.Author, five.Author = id(52), id(51)
	one := f.object(id(1))
	one.Columns = append(one.Columns, searchlight.ObjectColumn{ID: id(13), Name: "c", Hidden: true}, searchlight.ObjectColumn{ID: id(14), Name: "d", Formula: true})
	f.createObjects(four, five)
	f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(one) })
	f.grant(grant(12, 51, readOnly), grant(14, 61, readOnly), grant(2, 61, modify), grant(3, 51, readOnly), grant(4, 61, readOnly), grant(4, 51, modify))
}

var visibleCases = []struct {
	name  string
	query searchlight.ListQuery // by name when nothing else is said
	want  string
}{
	{"Nobody", searchlight.ListQuery{}, ""},
	{"Author", searchlight.ListQuery{Viewer: viewer(52)}, "4"},
	{"Granted", searchlight.ListQuery{Viewer: viewer(51)}, "5 4 1 3"},
	{"GrantedToGroup", searchlight.ListQuery{Viewer: viewer(52, 61)}, "4 1 2"},
	{"GrantedToBoth", searchlight.ListQuery{Viewer: viewer(51, 61)}, "5 4 1 3 2"},
	{"GrantedByAuthor", searchlight.ListQuery{Viewer: viewer(51, 61), Sort: searchlight.SortAuthor}, "4 1 2 3 5"},
	{"GrantedOfType", searchlight.ListQuery{Viewer: viewer(51, 61), Types: types(searchlight.TypePinboard)}, "3"},
	{"GrantedPage", searchlight.ListQuery{Viewer: viewer(51, 61), Offset: 1, Limit: 2}, "4 1"},
	{"GrantedByCreated", searchlight.ListQuery{Viewer: viewer(51, 61), Sort: searchlight.SortCreated, Ascending: new(true)}, "5 4 3 2 1"},
	{"Admin", searchlight.ListQuery{Viewer: with(viewer(53), 0, searchlight.PrivilegeAdministration), Types: types(searchlight.TypeLogicalTable)}, "5 4 1 2"},
	{"OtherPrivileges", searchlight.ListQuery{Viewer: with(viewer(53), 0, searchlight.PrivilegeDataManagement, searchlight.PrivilegeShareWithAll)}, ""},

	{"For", searchlight.ListQuery{Viewer: admin, For: ids(51), AtLeast: readOnly}, "5 4 3"},
	{"ForPartial", searchlight.ListQuery{Viewer: admin, For: ids(51)}, "5 4 1 3"},
	{"ForModify", searchlight.ListQuery{Viewer: admin, For: ids(51, 61), AtLeast: modify}, "5 4 2"},
	{"ForGroup", searchlight.ListQuery{Viewer: admin, For: ids(61), AtLeast: readOnly}, "4 2"},
	{"ForNobody", searchlight.ListQuery{Viewer: admin, For: []searchlight.GUID{}}, ""},
	{"ForUnknown", searchlight.ListQuery{Viewer: admin, For: ids(99)}, ""},
	{"ForOthers", searchlight.ListQuery{Viewer: viewer(52, 61), For: ids(51)}, "4 1"},
	{"ForFetched", searchlight.ListQuery{Viewer: admin, For: ids(51), AtLeast: readOnly, Fetch: ids(1, 2, 3)}, "3"},
	{"ForColumns", searchlight.ListQuery{Viewer: admin, For: ids(51), Types: types(searchlight.TypeLogicalColumn)}, "12"},
	{"ForColumnsModify", searchlight.ListQuery{Viewer: admin, For: ids(51, 61), AtLeast: modify, Types: types(searchlight.TypeLogicalColumn)}, "21"},
	{"ForUsers", searchlight.ListQuery{Viewer: admin, For: ids(51), Types: types(searchlight.TypeUser)}, ""},

	{"Scope", searchlight.ListQuery{Viewer: with(viewer(51, 61), 3)}, "3"},
	{"ScopeParts", searchlight.ListQuery{Viewer: with(viewer(51, 61), 3), Types: types(searchlight.TypeVisualization)}, "31 32"},
	{"ScopeOther", searchlight.ListQuery{Viewer: with(viewer(52), 3)}, ""},
	{"ScopeAdmin", searchlight.ListQuery{Viewer: with(viewer(53), 4, searchlight.PrivilegeAdministration)}, "4"},
	{"ScopeColumns", searchlight.ListQuery{Viewer: with(viewer(51, 61), 2), Types: types(searchlight.TypeLogicalColumn)}, "21"},
	{"ScopeUsers", searchlight.ListQuery{Viewer: with(viewer(51, 61), 3, searchlight.PrivilegeAdministration), Types: types(searchlight.TypeUser)}, ""},

	{"PartsOfAdmin", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeVisualization, searchlight.TypePinboard)}, "31 32 3"},
	{"PartsGranted", searchlight.ListQuery{Viewer: viewer(51), Types: types(searchlight.TypeVisualization)}, "31 32"},
	{"PartsNotGranted", searchlight.ListQuery{Viewer: viewer(52, 61), Types: types(searchlight.TypeVisualization)}, ""},
	{"PartsFor", searchlight.ListQuery{Viewer: admin, For: ids(51), AtLeast: readOnly, Types: types(searchlight.TypeVisualization)}, "31 32"},
	{"PartsForModify", searchlight.ListQuery{Viewer: admin, For: ids(51), AtLeast: modify, Types: types(searchlight.TypeVisualization)}, ""},
	{"OwnerTypes", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeVisualization, searchlight.TypePinboard, searchlight.TypeLogicalTable),
		OwnerTypes: types(searchlight.TypePinboard)}, "31 32 3"},
	{"OwnerTypesGranted", searchlight.ListQuery{Viewer: viewer(51), OwnerTypes: types(searchlight.TypeLogicalTable)}, "5 4 1"},
	{"OwnerTypesOther", searchlight.ListQuery{Viewer: admin, OwnerTypes: types(searchlight.TypeAnswer)}, ""},
	{"OfAuthor", searchlight.ListQuery{Viewer: viewer(51, 61), Author: id(52)}, "4"},
	{"OfOneself", searchlight.ListQuery{Viewer: viewer(51, 61), Author: id(51)}, "5"},
	{"Mine", searchlight.ListQuery{Viewer: viewer(51, 61), Category: searchlight.CategoryMine}, "5"},

	{"Columns", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn)}, "11 21 12 14"},
	{"ColumnsByDefault", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), Sort: searchlight.SortDefault}, "11 12 14 21"},
	{"ColumnsByAuthor", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), Sort: searchlight.SortAuthor, Limit: 3}, "11 12 14"},
	{"ColumnsHidden", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), ShowHidden: true}, "11 21 12 13 14"},
	{"ColumnsGranted", searchlight.ListQuery{Viewer: viewer(51), Types: types(searchlight.TypeLogicalColumn), ShowHidden: true}, "12"},
	{"ColumnsOfTableGranted", searchlight.ListQuery{Viewer: viewer(52, 61), Types: types(searchlight.TypeLogicalColumn), ShowHidden: true}, "21 14"},
	{"ColumnsFetched", searchlight.ListQuery{Viewer: viewer(51), Types: types(searchlight.TypeLogicalColumn), Fetch: ids(11, 12, 21)}, "12"},
	{"ColumnsSkipped", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), Skip: ids(11, 12)}, "21 14"},
	{"ColumnsNotGranted", searchlight.ListQuery{Viewer: viewer(52), Types: types(searchlight.TypeLogicalColumn)}, ""},
	{"ColumnsPattern", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), Pattern: "A"}, "11 21"},
	{"ColumnsFormulas", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), Subtypes: []searchlight.Subtype{searchlight.SubtypeFormula}}, "14"},
	{"ColumnsOfNoSubtype", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), Subtypes: []searchlight.Subtype{searchlight.SubtypeView}}, ""},
	{"ColumnsOwnerTypes", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), OwnerTypes: types(searchlight.TypeAnswer)}, ""},
	{"ColumnsAutoCreated", searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalColumn), AutoCreated: new(true)}, ""},
	{"ColumnsMine", searchlight.ListQuery{Viewer: viewer(51), Types: types(searchlight.TypeLogicalColumn), Category: searchlight.CategoryMine}, ""},
}

var visibleTests = []test{
	{"Rules", func(f *fixture) {
		f.createVisible()
		for _, c := range visibleCases {
			if c.query.Sort == "" {
				c.query.Sort = searchlight.SortName
			}
			f.view(func(tx searchlight.Tx) error {
				page, err := tx.Headers(c.query)
				if err != nil {
					f.Errorf("%s: %v", c.name, err)
					return nil
				}
				if got := numbers(page.Headers); got != c.want {
					f.Errorf("%s: got %q, want %q", c.name, got, c.want)
				}
				return nil
			})
		}
	}},
	// A page may begin where the rest of the list is not worth looking at.
	{"FarPages", func(f *fixture) {
		const count = 3300
		f.createUsers(user(51, "ann"), user(52, "bob"))
		f.createGroups(group(61, "team"))
		objects := make([]*searchlight.Object, count)
		var visible []*searchlight.Object
		for i := range objects {
			o := worksheet(100+i*7%count, fmt.Sprintf("object %d", i*13%(count/2))) // two of a name
			o.Created, o.Modified = at(i/3), at(i*17%count)
			o.Author = id(51 + i%5/4)
			if objects[i] = o; o.Author == id(51) {
				visible = append(visible, o)
			}
		}
		f.createObjects(objects...)
		shared := []*searchlight.Object{objects[4], objects[1000+4]}
		for _, o := range shared {
			f.grant(searchlight.Grant{Object: o.ID, Principal: id(61), Level: readOnly, GrantedBy: searchlight.AdminUserID})
		}
		visible = append(visible, shared...)
		for sort, key := range map[searchlight.SortKey]func(o *searchlight.Object) string{
			searchlight.SortName:     func(o *searchlight.Object) string { return o.Name },
			searchlight.SortAuthor:   func(o *searchlight.Object) string { return string(o.Author) },
			searchlight.SortCreated:  func(o *searchlight.Object) string { return o.Created.Format(time.RFC3339) },
			searchlight.SortModified: func(o *searchlight.Object) string { return o.Modified.Format(time.RFC3339) },
		} {
			for _, ascending := range []bool{true, false} {
				descends := sort == searchlight.SortCreated || sort == searchlight.SortModified // by itself
				slices.SortFunc(visible, func(a, b *searchlight.Object) int {
					order := cmp.Compare(key(a), key(b))
					if descends {
						order = -order
					}
					return cmp.Or(order, cmp.Compare(a.ID, b.ID))
				})
				if descends == ascending {
					slices.Reverse(visible)
				}
				for _, offset := range []int{0, 900, 951, 1000, 1040, 1100, len(visible) - 60, len(visible) - 50, len(visible) - 30, len(visible) + 5} {
					page := f.headers(searchlight.ListQuery{Viewer: viewer(51, 61), Sort: sort, Ascending: &ascending, Offset: offset, Limit: 50})
					want := visible[min(offset, len(visible)):min(offset+50, len(visible))]
					if !slices.EqualFunc(page.Headers, want, func(h searchlight.Header, o *searchlight.Object) bool { return h.ID == o.ID }) ||
						page.More != (offset+50 < len(visible)) {
						f.Errorf("by %s, ascending %t, from %d on: %d headers, more %t: not those of the whole list", sort, ascending, offset, len(page.Headers), page.More)
					}
				}
			}
		}
	}},
	{"ColumnHeaders", func(f *fixture) {
		f.createVisible()
		got := f.headers(searchlight.ListQuery{Types: types(searchlight.TypeLogicalColumn), Fetch: ids(14, 21), Sort: searchlight.SortName})
		f.equal(got, &searchlight.HeaderPage{Headers: []searchlight.Header{*f.column(21), *f.column(14)}})
	}},
	{"FollowsChanges", func(f *fixture) {
		f.createVisible()
		zoe := func(q searchlight.ListQuery) string {
			q.Viewer = viewer(51)
			return f.list(q)
		}
		o := f.object(id(4))
		o.Name, o.Created, o.Modified, o.Subtype, o.AutoCreated = "zz", at(80), at(90), searchlight.SubtypeView, true
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(zoe(searchlight.ListQuery{Sort: searchlight.SortName}), "5 1 3 4")
		f.equal(zoe(searchlight.ListQuery{}), "4 1 3 5")
		f.equal(zoe(searchlight.ListQuery{Sort: searchlight.SortCreated, Ascending: new(true)}), "5 3 1 4")
		f.equal(zoe(searchlight.ListQuery{Subtypes: []searchlight.Subtype{searchlight.SubtypeView}}), "4 3")
		f.equal(zoe(searchlight.ListQuery{AutoCreated: new(true)}), "4")
		f.equal(zoe(searchlight.ListQuery{Pattern: "zz"}), "4")
		o.Type, o.Hidden = searchlight.TypeAnswer, true
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(zoe(searchlight.ListQuery{}), "1 3 5")
		f.equal(zoe(searchlight.ListQuery{ShowHidden: true, Types: types(searchlight.TypeAnswer)}), "4")
		o.Author, o.Hidden = id(51), false
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		f.equal(f.list(searchlight.ListQuery{Viewer: viewer(52)}), "")
		f.update(func(tx searchlight.Tx) error { return tx.DeleteGrant(id(4), id(51)) })
		f.equal(zoe(searchlight.ListQuery{}), "4 1 3 5") // as its author
	}},
	{"Principals", testPrincipals},
	{"AgreesWithLevelsOf", testAgreement},
	{"ColumnsOfManyTables", testManyTables},
}

// testPrincipals lists users and groups: 1 to 6 are users, 11 to 16 groups.
// 12 is inside 11, 13, which nobody may share with, inside 12, and 16 inside
// 13; 14 and 15 are by themselves, 15 not to be shared with either. User 6 is
// not to be shared with.
func testPrincipals(f *fixture) {
	private := func(n int, name string) *searchlight.Group {
		g := group(n, name)
		g.Visibility = searchlight.NonSharable
		return g
	}
	described := group(14, "delta")
	described.Description = "about it"
	f.createGroups(group(11, "alpha"), group(12, "beta"), private(13, "gamma"), described, private(15, "epsilon"), group(16, "zeta"))
	hidden := user(6, "fay")
	hidden.Visibility = searchlight.NonSharable
	users := []*searchlight.User{user(1, "ann"), user(2, "Bob"), user(3, "cid"), user(4, "dan"), user(5, "eve"), hidden}
	users[1].DisplayName, users[1].Author, users[1].Created, users[1].Modified = "Zacharias", id(1), at(7), at(8)
	f.update(func(tx searchlight.Tx) error {
		if err := tx.SetGroupParents(map[searchlight.GUID][]searchlight.GUID{id(12): ids(11), id(13): ids(12), id(16): ids(13)}); err != nil {
			return err
		}
		return tx.CreateUsers(users, map[searchlight.GUID][]searchlight.GUID{
			id(1): ids(11), id(2): ids(12), id(3): ids(13), id(4): ids(14, 15), id(5): ids(15), id(6): ids(11)})
	})
	subject := func(n int) (s *searchlight.Subject) {
		f.view(func(tx searchlight.Tx) (err error) {
			s, err = tx.Subject(id(n))
			return err
		})
		return s
	}
	sharer := subject(5)
	sharer.Privileges = []searchlight.Privilege{searchlight.PrivilegeShareWithAll}
	known := func(viewer *searchlight.Subject, q searchlight.ListQuery) string {
		f.Helper()
		var lists []string
		for _, t := range types(searchlight.TypeUser, searchlight.TypeUserGroup) {
			q.Viewer, q.Types = viewer, types(t)
			var names []string
			for _, h := range f.headers(q).Headers {
				names = append(names, h.Name)
			}
			lists = append(lists, strings.Join(names, " "))
		}
		return strings.Join(lists, " | ")
	}
	const all = "ann Bob cid dan eve fay guest su system tsadmin | Administrator All alpha beta delta epsilon gamma System zeta"
	for _, c := range []struct {
		name   string
		viewer *searchlight.Subject
		query  searchlight.ListQuery
		want   string
	}{
		{"Admin", admin, searchlight.ListQuery{}, all},
		{"ShareWithAll", sharer, searchlight.ListQuery{}, all},
		{"Top", subject(1), searchlight.ListQuery{}, "ann Bob cid | alpha beta zeta"},
		{"Middle", subject(2), searchlight.ListQuery{}, "ann Bob cid | alpha beta zeta"}, // inherits alpha
		{"ThroughPrivate", subject(3), searchlight.ListQuery{}, "ann Bob cid | alpha beta zeta"},
		{"Alone", subject(4), searchlight.ListQuery{}, "dan | delta"},
		{"PrivateAlone", subject(5), searchlight.ListQuery{}, "eve | "},
		{"PrivateUser", subject(6), searchlight.ListQuery{}, "ann Bob cid fay | alpha beta zeta"},
		{"Nobody", nil, searchlight.ListQuery{Fetch: ids()}, " | "},

		{"DefaultIgnoresDirection", admin, searchlight.ListQuery{Ascending: new(false), Limit: 2}, "ann Bob | Administrator All"},
		{"Descending", admin, searchlight.ListQuery{Sort: searchlight.SortName, Ascending: new(false), Limit: 2}, "tsadmin system | zeta System"},
		{"DisplayName", subject(1), searchlight.ListQuery{Sort: searchlight.SortDisplayName}, "ann cid Bob | alpha beta zeta"},
		{"Created", subject(1), searchlight.ListQuery{Sort: searchlight.SortCreated}, "Bob ann cid | alpha beta zeta"},
		{"Modified", subject(1), searchlight.ListQuery{Sort: searchlight.SortModified, Ascending: new(true)}, "cid ann Bob | zeta beta alpha"},
		{"Author", admin, searchlight.ListQuery{Sort: searchlight.SortAuthor, Limit: 3}, "Bob su tsadmin | System All Administrator"},
		{"AuthorDescending", admin, searchlight.ListQuery{Sort: searchlight.SortAuthor, Ascending: new(false), Offset: 1, Limit: 2}, "eve dan | epsilon delta"},
		{"AuthorPage", subject(1), searchlight.ListQuery{Sort: searchlight.SortAuthor, Offset: 1, Limit: 2}, "ann cid | beta zeta"},
		{"Pattern", admin, searchlight.ListQuery{Pattern: "A%"}, "ann su tsadmin | Administrator All alpha"},
		{"PatternOfDisplayName", admin, searchlight.ListQuery{Pattern: "zach"}, "Bob | "},
		{"PatternExactFirst", admin, searchlight.ListQuery{Pattern: "SYSTEM"}, "system | System"},
		{"PatternKnown", subject(1), searchlight.ListQuery{Pattern: "e"}, "ann cid | alpha beta zeta"},
		{"Mine", adminAs(id(1)), searchlight.ListQuery{Category: searchlight.CategoryMine}, "Bob | "},
		{"OfAuthor", subject(2), searchlight.ListQuery{Author: id(1)}, "Bob | "},
		{"Favorites", admin, searchlight.ListQuery{Category: searchlight.CategoryFavorite}, " | "},
		{"Fetch", subject(1), searchlight.ListQuery{Fetch: ids(1, 2, 4, 6, 11, 14, 16)}, "ann Bob | alpha zeta"},
		{"Skip", subject(1), searchlight.ListQuery{Skip: ids(1, 11)}, "Bob cid | beta zeta"},
		{"Tags", admin, searchlight.ListQuery{Tags: []string{"x"}}, " | "},
		{"OwnerTypes", admin, searchlight.ListQuery{OwnerTypes: types(searchlight.TypeUser), Limit: 1}, "ann | "},
		{"AutoCreated", admin, searchlight.ListQuery{AutoCreated: new(true)}, " | "},
		{"NotAutoCreated", subject(4), searchlight.ListQuery{AutoCreated: new(false), Subtypes: []searchlight.Subtype{searchlight.SubtypeView}}, "dan | delta"},
		{"Page", admin, searchlight.ListQuery{Offset: 8, Limit: 5}, "system tsadmin | zeta"},
	} {
		if c.viewer == nil {
			c.viewer = only("")
		}
		if got := known(c.viewer, c.query); got != c.want {
			f.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}

	page := f.headers(searchlight.ListQuery{Types: types(searchlight.TypeUser), Fetch: ids(2)})
	f.equal(page.Headers, []searchlight.Header{{ID: id(2), Type: searchlight.TypeUser, Subtype: "LOCAL_USER", Name: "Bob", DisplayName: "Zacharias",
		Author: id(1), Created: at(7), Modified: at(8), ModifiedBy: searchlight.AdminUserID, Owner: id(2), Version: 1}})
	page = f.headers(searchlight.ListQuery{Types: types(searchlight.TypeUserGroup), Fetch: ids(14)})
	f.equal(page.Headers, []searchlight.Header{{ID: id(14), Type: searchlight.TypeUserGroup, Subtype: "LOCAL_GROUP", Name: "delta", DisplayName: "The delta",
		Description: new("about it"), Author: searchlight.AdminUserID, Created: at(1), Modified: at(2), ModifiedBy: searchlight.AdminUserID, Owner: id(14), Version: 1}})

	for _, mixed := range [][]searchlight.ObjectType{
		{searchlight.TypeUser, searchlight.TypeUserGroup}, {searchlight.TypeUser, searchlight.TypeAnswer}, {searchlight.TypeTag, searchlight.TypeLogicalColumn},
	} {
		f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error {
			_, err := tx.Headers(searchlight.ListQuery{Viewer: admin, Types: mixed})
			return err
		})
	}
	// Everybody sees somebody when there are more than are looked up one by one.
	var many []*searchlight.User
	groups := make(map[searchlight.GUID][]searchlight.GUID)
	for n := range 1100 {
		many = append(many, user(1000+n, fmt.Sprintf("m%04d", n)))
		groups[id(1000+n)] = ids(16)
	}
	many[3].Visibility = searchlight.NonSharable
	f.update(func(tx searchlight.Tx) error { return tx.CreateUsers(many, groups) })
	f.equal(known(subject(1), searchlight.ListQuery{Limit: 7}), "ann Bob cid m0000 m0001 m0002 m0004 | alpha beta zeta")
	f.equal(known(subject(4), searchlight.ListQuery{}), "dan | delta")
	page = f.headers(searchlight.ListQuery{Viewer: subject(1), Types: types(searchlight.TypeUser)})
	f.equal(len(page.Headers), 3+1099)

	// By author, of whom some are gone: when they are few, and when they are many.
	authors := []searchlight.GUID{id(901), id(1000), id(902), id(2), id(1007), id(3), id(1), id(1003), id(5), id(1004), id(1005), id(1006), id(4)}
	for round, n := range []int{6, len(authors)} {
		var made []*searchlight.User
		for k := range 40 {
			u := user(3000+100*round+k*7%40, fmt.Sprintf("made %d %d", round, k))
			u.Author = authors[k%n]
			made = append(made, u)
		}
		memberships := make(map[searchlight.GUID][]searchlight.GUID)
		for _, u := range made {
			memberships[u.ID] = ids(16)
		}
		f.update(func(tx searchlight.Tx) error { return tx.CreateUsers(made, memberships) })
		q := searchlight.ListQuery{Viewer: subject(1), Types: types(searchlight.TypeUser)}
		all := f.headers(q).Headers
		key := make(map[searchlight.GUID]string)
		f.view(func(tx searchlight.Tx) error {
			users, err := tx.Users()
			for _, u := range users {
				key[u.ID] = strings.ToLower(u.Name)
			}
			return err
		})
		slices.SortFunc(all, func(a, b searchlight.Header) int {
			return cmp.Or(cmp.Compare(key[a.Author], key[b.Author]), cmp.Compare(a.ID, b.ID))
		})
		q.Sort = searchlight.SortAuthor
		f.equal(f.list(q), numbers(all))
		q.Offset, q.Limit = 7, 20
		f.equal(f.list(q), numbers(all[7:27]))
		slices.Reverse(all)
		q.Ascending = new(false)
		f.equal(f.list(q), numbers(all[7:27]))
	}
}

// testAgreement compares random lists with what LevelsOf says of every object.
func testAgreement(f *fixture) {
	random := rand.New(rand.NewPCG(3, 7))
	pick := func(from []int) int { return from[random.IntN(len(from))] }
	users, groups := []int{51, 52, 53, 54}, []int{61, 62, 63}
	principals := append(slices.Clone(users), groups...)
	for _, n := range users {
		f.createUsers(user(n, fmt.Sprint("user ", n)))
	}
	for _, n := range groups {
		f.createGroups(group(n, fmt.Sprint("group ", n)))
	}
	kinds := types(searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable, searchlight.TypeTag, searchlight.TypeVisualization)
	subtypes := []searchlight.Subtype{searchlight.SubtypeWorksheet, searchlight.SubtypeUpload, searchlight.SubtypeTable}
	objects := []*searchlight.Object{worksheet(99, "z")}
	for n := 100; n < 300; n++ {
		o := worksheet(n, fmt.Sprintf("%c%d", 'a'+random.IntN(26), random.IntN(10)))
		o.Subtype = subtypes[random.IntN(len(subtypes))]
		o.Type, o.Author = kinds[random.IntN(len(kinds))], id(pick(users))
		o.Created, o.Modified = at(random.IntN(20)), at(random.IntN(20))
		switch o.Type {
		case searchlight.TypeLogicalTable:
			for k := range random.IntN(4) {
				o.Columns = append(o.Columns, column(10*n+k, fmt.Sprint("c", random.IntN(5))))
			}
		case searchlight.TypeVisualization:
			o.Subtype = ""
			if whole := objects[random.IntN(len(objects))]; whole.Owner == whole.ID {
				o.Owner = whole.ID
			}
		case searchlight.TypeTag:
			o.Subtype, o.Name = "", fmt.Sprint(o.Name, n) // unique
		default:
			o.Subtype = ""
		}
		objects = append(objects, o)
	}
	f.createObjects(objects...)

	share := func(tx searchlight.Tx) error {
		o := objects[random.IntN(len(objects))]
		if o.Owner != o.ID {
			return nil
		}
		item, principal := o.ID, id(pick(principals))
		if len(o.Columns) > 0 && random.IntN(2) == 0 {
			item = o.Columns[random.IntN(len(o.Columns))].ID
		}
		if random.IntN(5) == 0 {
			return tx.DeleteGrant(item, principal)
		}
		level := readOnly
		if random.IntN(3) == 0 {
			level = modify
		}
		return tx.SetGrant(searchlight.Grant{Object: item, Principal: principal, Level: level, GrantedBy: id(9)})
	}
	for round := range 60 {
		f.update(func(tx searchlight.Tx) error {
			for range 5 {
				if err := share(tx); err != nil {
					return err
				}
			}
			o := objects[random.IntN(len(objects))]
			o.Modified, o.Author = at(random.IntN(20)), id(pick(users))
			if err := tx.UpdateObject(o); err != nil {
				return err
			}
			u, err := tx.User(id(pick(users)))
			if err != nil {
				return err
			}
			u.Name = fmt.Sprintf("user %d %d", random.IntN(1000), round)
			return tx.UpdateUser(u)
		})
		s := viewer(pick(users), groups[:random.IntN(3)]...)
		if round%10 == 0 {
			s.Privileges = []searchlight.Privilege{searchlight.PrivilegeAdministration}
		}
		q := searchlight.ListQuery{Viewer: s, Offset: random.IntN(8), Limit: random.IntN(30), ShowHidden: true,
			Skip: []searchlight.GUID{searchlight.EmbeddedConnectionID}} // which everybody may name, but lists do not show
		q.Types = [][]searchlight.ObjectType{nil, kinds[:3], kinds[2:3], kinds, kinds[4:], types(searchlight.TypeLogicalColumn)}[random.IntN(6)]
		q.Sort = []searchlight.SortKey{searchlight.SortName, searchlight.SortCreated, searchlight.SortModified, searchlight.SortAuthor}[random.IntN(4)]
		q.Ascending = new(random.IntN(2) == 0)
		if random.IntN(3) == 0 {
			q.For = ids(pick(principals), pick(principals))
			q.AtLeast = searchlight.Level(random.IntN(4))
		}
		if random.IntN(4) == 0 {
			q.Pattern = string(rune('a' + random.IntN(26)))
		}
		if len(q.Types) > 0 && q.Types[0] == searchlight.TypeLogicalTable {
			q.Subtypes = subtypes[:random.IntN(len(subtypes)+1)]
		}
		f.view(func(tx searchlight.Tx) error {
			want, more, err := naive(tx, q, objects)
			if err != nil {
				return err
			}
			got, err := tx.Headers(q)
			if err != nil {
				return err
			}
			if numbers(got.Headers) != want || got.More != more {
				f.Errorf("round %d, %+v:\ngot  %q, more %t\nwant %q, more %t", round, q, numbers(got.Headers), got.More, want, more)
			}
			return nil
		})
	}
}

// matches reports whether a name, in lower case, is one that a pattern lists.
func matches(name, pattern string) bool {
	before, after, wildcard := strings.Cut(pattern, "%")
	if !wildcard {
		return strings.Contains(name, pattern)
	}
	if !strings.HasPrefix(name, before) {
		return false
	}
	rest := name[len(before):]
	for at := range len(rest) + 1 {
		if strings.Contains(after, "%") && matches(rest[at:], after) || rest[at:] == after {
			return true
		}
	}
	return false
}

// testManyTables compares lists of the columns of more tables than are looked
// at all at once with those that are looked at one by one. Many of the tables
// were modified at the same time.
func testManyTables(f *fixture) {
	random := rand.New(rand.NewPCG(5, 9))
	f.createUsers(user(51, "zoe"), user(52, "bob"), user(53, "ann"))
	f.createGroups(group(61, "team"))
	var tables []*searchlight.Object
	f.update(func(tx searchlight.Tx) error {
		tables = nil
		for n := range 1300 {
			o := worksheet(1000+n, fmt.Sprint("table ", n))
			o.Author, o.Created, o.Modified = id(51+random.IntN(3)), at(random.IntN(5)), at(random.IntN(1000))
			if n%3 == 0 {
				o.Modified = at(500)
			}
			for k := range random.IntN(3) {
				o.Columns = append(o.Columns, column(10_000+10*n+random.IntN(4)+4*k, fmt.Sprintf("c%03d", random.IntN(400))))
			}
			if err := tx.CreateObject(o); err != nil {
				return err
			}
			tables = append(tables, o)
			if n%10 == 0 || o.Author == id(51) {
				continue
			}
			item := o.ID
			if n%10 == 1 && len(o.Columns) > 0 {
				item = o.Columns[0].ID
			}
			if err := tx.SetGrant(searchlight.Grant{Object: item, Principal: id(51 + n%2*10), Level: readOnly, GrantedBy: id(9)}); err != nil {
				return err
			}
		}
		return nil
	})
	zoe := viewer(51, 61)
	grants := map[string]map[searchlight.GUID]searchlight.Level{}
	for round := range 48 {
		q := searchlight.ListQuery{Viewer: zoe, Types: types(searchlight.TypeLogicalColumn), Limit: 1 + random.IntN(60), Ascending: new(round%2 == 0)}
		q.Sort = []searchlight.SortKey{searchlight.SortName, searchlight.SortCreated, searchlight.SortModified, searchlight.SortAuthor}[round/2%4]
		q.Offset = []int{0, random.IntN(50), random.IntN(1500)}[round/8%3]
		if round/24 == 1 {
			q.Viewer, q.For = admin, zoe.Principals()
		}
		f.view(func(tx searchlight.Tx) error {
			want, more, err := naive(remembering{tx, grants}, q, tables)
			if err != nil {
				return err
			}
			got, err := tx.Headers(q)
			if err != nil {
				return err
			}
			if numbers(got.Headers) != want || got.More != more {
				f.Errorf("round %d, %+v:\ngot  %q, more %t\nwant %q, more %t", round, q, numbers(got.Headers), got.More, want, more)
			}
			return nil
		})
	}
}

// remembering asks once for grants that do not change.
type remembering struct {
	searchlight.Tx
	known map[string]map[searchlight.GUID]searchlight.Level
}

// Granted implements searchlight.Tx.
func (r remembering) Granted(principals, objects []searchlight.GUID) (map[searchlight.GUID]searchlight.Level, error) {
	key := fmt.Sprint(principals, objects)
	if known, ok := r.known[key]; ok {
		return known, nil
	}
	found, err := r.Tx.Granted(principals, objects)
	r.known[key] = found
	return found, err
}

// naive lists objects as Headers does, with a look at every one.
func naive(tx searchlight.Tx, q searchlight.ListQuery, objects []*searchlight.Object) (page string, more bool, err error) {
	var rows, holders []searchlight.Header // what is listed, and what it is of
	columns := slices.Contains(q.Types, searchlight.TypeLogicalColumn)
	for _, o := range objects {
		if !columns {
			rows, holders = append(rows, o.Header), append(holders, o.Header)
			continue
		}
		for _, c := range o.Columns {
			rows = append(rows, searchlight.Header{ID: c.ID, Type: searchlight.TypeLogicalColumn, Name: c.Name, Author: o.Author,
				Created: o.Created, Modified: o.Modified, Owner: o.ID})
			holders = append(holders, o.Header)
		}
	}
	// levels are what somebody may do with the rows: with a column through its
	// table or by itself.
	levels := func(s *searchlight.Subject) ([]searchlight.Level, error) {
		levels, err := searchlight.LevelsOf(tx, s, holders)
		if err != nil || !columns {
			return levels, err
		}
		var columns []searchlight.GUID
		for _, row := range rows {
			columns = append(columns, row.ID)
		}
		granted, err := tx.Granted(s.Principals(), columns)
		for i, column := range columns {
			if levels[i] == partial {
				levels[i] = searchlight.NoAccess
			}
			levels[i] = max(levels[i], granted[column])
		}
		return levels, err
	}
	seen, err := levels(q.Viewer)
	if err != nil {
		return "", false, err
	}
	others := make([]searchlight.Level, len(rows))
	for _, principal := range q.For {
		of, err := levels(only(principal))
		if err != nil {
			return "", false, err
		}
		for i, level := range of {
			others[i] = max(others[i], level)
		}
	}
	var all []searchlight.Header
	for i, row := range rows {
		asked := slices.Contains(q.Types, row.Type) || len(q.Types) == 0 && row.Type != searchlight.TypeVisualization
		if row.Type == searchlight.TypeLogicalTable && len(q.Subtypes) > 0 && !slices.Contains(q.Subtypes, row.Subtype) {
			continue
		}
		read := q.For == nil || others[i] > searchlight.NoAccess && others[i] >= q.AtLeast
		if seen[i] > searchlight.NoAccess && asked && read && matches(row.Name, q.Pattern) {
			all = append(all, row)
		}
	}
	names := make(map[searchlight.GUID]string)
	users, err := tx.Users()
	for _, u := range users {
		names[u.ID] = u.Name
	}
	exactFirst := q.Pattern != "" && !strings.Contains(q.Pattern, "%")
	slices.SortFunc(all, func(a, b searchlight.Header) int {
		if a, b := a.Name == q.Pattern, b.Name == q.Pattern; exactFirst && a != b {
			if a {
				return -1
			}
			return 1
		}
		var order int
		switch q.Sort {
		case searchlight.SortName:
			order = cmp.Compare(a.Name, b.Name)
		case searchlight.SortCreated:
			order = a.Created.Compare(b.Created)
		case searchlight.SortModified:
			order = a.Modified.Compare(b.Modified)
		case searchlight.SortAuthor:
			order = cmp.Compare(names[a.Author], names[b.Author])
		}
		if q.Sort == searchlight.SortCreated || q.Sort == searchlight.SortModified {
			order = -order
		}
		order = cmp.Or(order, cmp.Compare(a.ID, b.ID))
		if *q.Ascending == (q.Sort == searchlight.SortCreated || q.Sort == searchlight.SortModified) {
			order = -order
		}
		return order
	})
	all = all[min(q.Offset, len(all)):]
	if q.Limit > 0 && len(all) > q.Limit {
		return numbers(all[:q.Limit]), true, err
	}
	return numbers(all), false, err
}
