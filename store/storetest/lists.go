package storetest

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

const (
	alice searchlight.GUID = "00000000-0000-4000-8000-0000000000a1"
	bob   searchlight.GUID = "00000000-0000-4000-8000-0000000000b0"
	carol searchlight.GUID = "00000000-0000-4000-8000-0000000000c0"
)

// createListed makes the objects that the lists of the tests are made of. They
// are numbered by their IDs in the order of their creation.
func (f *fixture) createListed() {
	f.Helper()
	for id, name := range map[searchlight.GUID]string{alice: "alice", bob: "Bob", carol: "carol"} {
		u := user(0, name)
		u.ID = id
		f.createUsers(u)
	}
	listed := func(n int, t searchlight.ObjectType, s searchlight.Subtype, name string, author searchlight.GUID, modified int) *searchlight.Object {
		return &searchlight.Object{Header: searchlight.Header{
			ID: id(n), Type: t, Subtype: s, Name: name, Author: author, Created: at(n), Modified: at(100 + modified)}}
	}
	auto := listed(3, searchlight.TypeLogicalTable, searchlight.SubtypeUpload, "Sales 2021", alice, 5)
	auto.AutoCreated = true
	hidden := listed(6, searchlight.TypeLogicalTable, searchlight.SubtypeWorksheet, "Hidden sales", alice, 10)
	hidden.Hidden = true
	f.createObjects(
		listed(1, searchlight.TypeLogicalTable, searchlight.SubtypeWorksheet, "Sales", alice, 9),
		listed(2, searchlight.TypeLogicalTable, searchlight.SubtypeTable, "sales", bob, 8),
		auto,
		listed(4, searchlight.TypeAnswer, "", "SALES per region", bob, 7),
		listed(5, searchlight.TypePinboard, "", "Net_sales", alice, 5),
		hidden,
		listed(7, searchlight.TypeLogicalTable, searchlight.SubtypeTable, "100% wool", bob, 4),
		listed(8, searchlight.TypeTag, "", "Finance", searchlight.AdminUserID, 3),
		listed(9, searchlight.TypeTag, "", "archive", searchlight.AdminUserID, 2),
		listed(10, searchlight.TypeAnswer, "", "Straße", carol, 1),
		listed(11, searchlight.TypeAnswer, "", "NetXsales", alice, 6),
	)
	f.update(func(tx searchlight.Tx) error {
		for _, put := range [][2]int{{1, 8}, {4, 8}, {4, 9}, {7, 9}} {
			if err := tx.TagObject(id(put[0]), id(put[1])); err != nil {
				return err
			}
		}
		for _, n := range []int{1, 2} {
			if err := tx.AddFavorite(alice, id(n)); err != nil {
				return err
			}
		}
		return tx.AddFavorite(bob, id(4))
	})
}

// numbers writes a list as the numbers of its objects, E for the embedded
// connection.
func numbers(headers []searchlight.Header) string {
	var list []string
	for _, h := range headers {
		if h.ID == searchlight.EmbeddedConnectionID {
			list = append(list, "E")
			continue
		}
		n, err := strconv.Atoi(string(h.ID[24:]))
		if err != nil {
			return err.Error()
		}
		list = append(list, strconv.Itoa(n))
	}
	return strings.Join(list, " ")
}

const (
	byDefault = "1 2 4 11 3 5 7 8 9 10 E"
	byName    = "7 9 E 8 5 11 1 2 3 4 10"
)

// admin sees everything, and is the author of what the tests say.
var admin = adminAs(searchlight.AdminUserID)

func adminAs(id searchlight.GUID) *searchlight.Subject {
	s := only(id)
	s.Privileges = []searchlight.Privilege{searchlight.PrivilegeAdministration}
	return s
}

// only is a user who is in no group.
func only(id searchlight.GUID) *searchlight.Subject {
	return &searchlight.Subject{User: searchlight.User{ID: id}}
}

type listCase struct {
	name  string
	query searchlight.ListQuery // seen by the administrator unless there is a Viewer
	want  string
	more  bool
}

var listCases = []listCase{
	{"Everything", searchlight.ListQuery{}, byDefault, false},

	{"SortDefault", searchlight.ListQuery{Sort: searchlight.SortDefault}, byDefault, false},
	{"SortDefaultIgnoresDirection", searchlight.ListQuery{Sort: searchlight.SortDefault, Ascending: new(true)}, byDefault, false},
	{"NoSortIgnoresDirection", searchlight.ListQuery{Ascending: new(true)}, byDefault, false},
	{"SortDefaultOfTags", searchlight.ListQuery{Types: types(searchlight.TypeTag), Ascending: new(false)}, "9 8", false},
	{"SortDefaultOfTagsAndOthers", searchlight.ListQuery{Types: types(searchlight.TypeTag, searchlight.TypePinboard)}, "5 8 9", false},
	{"SortName", searchlight.ListQuery{Sort: searchlight.SortName}, byName, false},
	{"SortNameAscending", searchlight.ListQuery{Sort: searchlight.SortName, Ascending: new(true)}, byName, false},
	{"SortNameDescending", searchlight.ListQuery{Sort: searchlight.SortName, Ascending: new(false)}, "10 4 3 2 1 11 5 8 E 9 7", false},
	{"SortDisplayName", searchlight.ListQuery{Sort: searchlight.SortDisplayName}, byName, false},
	{"SortAuthor", searchlight.ListQuery{Sort: searchlight.SortAuthor}, "1 3 5 11 2 4 7 10 E 8 9", false},
	{"SortAuthorDescending", searchlight.ListQuery{Sort: searchlight.SortAuthor, Ascending: new(false)}, "9 8 E 10 7 4 2 11 5 3 1", false},
	{"SortCreated", searchlight.ListQuery{Sort: searchlight.SortCreated}, "11 10 9 8 7 5 4 3 2 1 E", false},
	{"SortCreatedAscending", searchlight.ListQuery{Sort: searchlight.SortCreated, Ascending: new(true)}, "E 1 2 3 4 5 7 8 9 10 11", false},
	{"SortModified", searchlight.ListQuery{Sort: searchlight.SortModified}, byDefault, false},
	{"SortModifiedAscending", searchlight.ListQuery{Sort: searchlight.SortModified, Ascending: new(true)}, "E 10 9 8 7 5 3 11 4 2 1", false},

	{"Type", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable)}, "1 2 3 7", false},
	{"Types", searchlight.ListQuery{Types: types(searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable)}, "1 2 4 11 3 5 7 10", false},
	{"Connections", searchlight.ListQuery{Types: types(searchlight.TypeConnection)}, "E", false},
	{"TypeUnknown", searchlight.ListQuery{Types: types("PIE")}, "", false},
	{"Subtypes", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable),
		Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet, searchlight.SubtypeUpload}}, "1 3", false},
	{"SubtypesOfOthers", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable, searchlight.TypeAnswer),
		Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet}}, "1 4 11 10", false},

	{"CategoryAll", searchlight.ListQuery{Category: searchlight.CategoryAll}, byDefault, false},
	{"CategoryMine", searchlight.ListQuery{Viewer: adminAs(alice), Category: searchlight.CategoryMine}, "1 11 3 5", false},
	{"CategoryFavorite", searchlight.ListQuery{Viewer: adminAs(alice), Category: searchlight.CategoryFavorite}, "1 2", false},
	{"CategoryFavoriteVisible", searchlight.ListQuery{Viewer: only(alice), Category: searchlight.CategoryFavorite}, "1", false},
	{"CategoryFavoriteOfNobody", searchlight.ListQuery{Category: searchlight.CategoryFavorite}, "", false},
	{"CategoryRequested", searchlight.ListQuery{Category: searchlight.CategoryRequested}, "", false},

	{"VisibleToAlice", searchlight.ListQuery{Viewer: only(alice)}, "1 11 3 5", false},
	{"VisibleToCarol", searchlight.ListQuery{Viewer: only(carol)}, "10", false},
	{"VisibleToGuest", searchlight.ListQuery{Viewer: only(searchlight.GuestUserID)}, "", false},
	{"VisibleToSystem", searchlight.ListQuery{Viewer: only(searchlight.SystemUserID)}, "E", false},
	{"VisibleByName", searchlight.ListQuery{Viewer: only(alice), Sort: searchlight.SortName}, "5 11 1 3", false},
	{"VisibleFetched", searchlight.ListQuery{Viewer: only(alice), Fetch: ids(1, 2)}, "1", false},
	{"VisiblePage", searchlight.ListQuery{Viewer: only(alice), Limit: 2}, "1 11", true},

	{"Tag", searchlight.ListQuery{Tags: []string{"FINANCE"}}, "1 4", false},
	{"TagsAnyOf", searchlight.ListQuery{Tags: []string{"finance", "Archive"}}, "1 4 7", false},
	{"TagsPage", searchlight.ListQuery{Tags: []string{"finance", "Archive"}, Limit: 1, Offset: 1}, "4", true},
	{"TagUnknown", searchlight.ListQuery{Tags: []string{"none", `'"`}}, "", false},
	{"TagAndVisible", searchlight.ListQuery{Viewer: only(bob), Tags: []string{"archive"}}, "4 7", false},

	{"PatternPart", searchlight.ListQuery{Pattern: "sales"}, "2 1 4 11 3 5", false},
	{"PatternCase", searchlight.ListQuery{Pattern: "SALES"}, "1 2 4 11 3 5", false},
	{"PatternExactFirstWhateverTheSort", searchlight.ListQuery{Pattern: "sales", Sort: searchlight.SortName, Ascending: new(false)}, "2 1 4 3 11 5", false},
	{"PatternExactFirstOnThePage", searchlight.ListQuery{Pattern: "Sales 2021", Limit: 1}, "3", false},
	{"PatternPage", searchlight.ListQuery{Pattern: "sales", Offset: 1, Limit: 2}, "1 4", true},
	{"PatternStart", searchlight.ListQuery{Pattern: "sales%"}, "1 2 4 3", false},
	{"PatternEnd", searchlight.ListQuery{Pattern: "%SALES"}, "1 2 11 5", false},
	{"PatternMiddle", searchlight.ListQuery{Pattern: "%ALES %"}, "4 3", false},
	{"PatternWithin", searchlight.ListQuery{Pattern: "s%n"}, "4", false},
	{"PatternAll", searchlight.ListQuery{Pattern: "%"}, byDefault, false},
	{"PatternTwoWildcards", searchlight.ListQuery{Pattern: "s%%2021"}, "3", false},
	{"PatternUnderscore", searchlight.ListQuery{Pattern: "net_sales"}, "5", false},
	{"PatternUnderscoreAnchored", searchlight.ListQuery{Pattern: "net_sal%"}, "5", false},
	{"PatternBackslash", searchlight.ListQuery{Pattern: `\`}, "", false},
	{"PatternBackslashBeforeWildcard", searchlight.ListQuery{Pattern: `100\%`}, "", false},
	{"PatternQuote", searchlight.ListQuery{Pattern: `' OR 1=1 --`}, "", false},
	{"PatternFolded", searchlight.ListQuery{Pattern: "STRASSE"}, "10", false},
	{"PatternFoldedAnchored", searchlight.ListQuery{Pattern: "%aßE"}, "10", false},
	{"PatternVisible", searchlight.ListQuery{Viewer: only(bob), Pattern: "Sales"}, "2 4", false},

	{"AutoCreated", searchlight.ListQuery{AutoCreated: new(true)}, "3", false},
	{"NotAutoCreated", searchlight.ListQuery{AutoCreated: new(false)}, "1 2 4 11 5 7 8 9 10 E", false},
	{"ShowHidden", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable), ShowHidden: true}, "6 1 2 3 7", false},
	{"ShowHiddenEverything", searchlight.ListQuery{ShowHidden: true}, "6 " + byDefault, false},

	{"Skip", searchlight.ListQuery{Skip: ids(1, 99, 4)}, "2 11 3 5 7 8 9 10 E", false},
	{"SkipNoID", searchlight.ListQuery{Skip: []searchlight.GUID{"x\x00"}}, byDefault, false},
	{"Fetch", searchlight.ListQuery{Fetch: ids(10, 99, 4, 6)}, "4 10", false},
	{"FetchNothing", searchlight.ListQuery{Fetch: []searchlight.GUID{}}, "", false},
	{"FetchNoID", searchlight.ListQuery{Fetch: []searchlight.GUID{"x\x00"}}, "", false},
	{"FetchAndSkip", searchlight.ListQuery{Fetch: ids(1, 2), Skip: ids(1)}, "2", false},
	{"FetchUpperCase", searchlight.ListQuery{Fetch: []searchlight.GUID{"3F7C1F6A-5A5E-4C1D-9D0B-5E2F3A6B7C80"}}, "E", false},

	{"FirstPage", searchlight.ListQuery{Limit: 3}, "1 2 4", true},
	{"SecondPage", searchlight.ListQuery{Limit: 3, Offset: 3}, "11 3 5", true},
	{"LastPage", searchlight.ListQuery{Limit: 3, Offset: 9}, "10 E", false},
	{"PageToTheEnd", searchlight.ListQuery{Limit: 11}, byDefault, false},
	{"PageOfMore", searchlight.ListQuery{Limit: 99}, byDefault, false},
	{"PageBehind", searchlight.ListQuery{Limit: 3, Offset: 11}, "", false},
	{"PageFarBehind", searchlight.ListQuery{Limit: 50, Offset: math.MaxInt}, "", false},
	{"HugePage", searchlight.ListQuery{Limit: math.MaxInt, Offset: 9}, "10 E", false},
	{"Rest", searchlight.ListQuery{Offset: 4}, "3 5 7 8 9 10 E", false},
	{"RestBehind", searchlight.ListQuery{Offset: 12}, "", false},
	{"Negative", searchlight.ListQuery{Offset: -1, Limit: -1}, byDefault, false},
	{"PageBehindNothing", searchlight.ListQuery{Pattern: "none", Offset: 5, Limit: 5}, "", false},
	{"AuthorPage", searchlight.ListQuery{Sort: searchlight.SortAuthor, Offset: 3, Limit: 2}, "11 2", true},

	{"Together", searchlight.ListQuery{
		Viewer: adminAs(alice), Types: types(searchlight.TypeLogicalTable, searchlight.TypeAnswer),
		Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet}, Category: searchlight.CategoryFavorite, Sort: searchlight.SortAuthor,
		Tags: []string{"finance"}, Pattern: "sales", Skip: ids(4), Fetch: ids(1, 2, 4), AutoCreated: new(false), Limit: 5}, "1", false},
}

func types(t ...searchlight.ObjectType) []searchlight.ObjectType { return t }

func ids(numbers ...int) (list []searchlight.GUID) {
	for _, n := range numbers {
		list = append(list, id(n))
	}
	return list
}

var listTests = []test{
	{"Rules", func(f *fixture) {
		f.createListed()
		for _, c := range listCases {
			if c.query.Viewer == nil {
				c.query.Viewer = admin
			}
			f.view(func(tx searchlight.Tx) error {
				page, err := tx.Headers(c.query)
				if err != nil {
					f.Errorf("%s: %v", c.name, err)
					return nil
				}
				if got := numbers(page.Headers); got != c.want || page.More != c.more {
					f.Errorf("%s: got %q, more %t, want %q, more %t", c.name, got, page.More, c.want, c.more)
				}
				return nil
			})
		}
	}},
	{"WholeHeaders", func(f *fixture) {
		want := table(1, "Sales", "sales")
		want.Description, want.AutoCreated, want.Modified = new("all of them"), true, at(5)
		plain := worksheet(2, "plain")
		f.createObjects(want, plain)
		f.view(func(tx searchlight.Tx) error {
			page, err := tx.Headers(searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalTable)})
			f.equal(page, &searchlight.HeaderPage{Headers: []searchlight.Header{want.Header, plain.Header}})
			return err
		})
	}},
	{"StablePages", func(f *fixture) {
		// All have the same name and times: only the ID decides. The order that a
		// key does not have by itself is the other one backwards.
		var want []string
		for n := range 40 {
			f.createObjects(worksheet((n*7)%40+1, "same"))
			want = append(want, strconv.Itoa(n+1))
		}
		for _, sort := range []searchlight.SortKey{searchlight.SortDefault, searchlight.SortName, searchlight.SortDisplayName,
			searchlight.SortAuthor, searchlight.SortCreated, searchlight.SortModified} {
			for _, ascending := range []bool{true, false} {
				var got []string
				for offset := 0; offset < 40; offset += 7 {
					f.view(func(tx searchlight.Tx) error {
						page, err := tx.Headers(searchlight.ListQuery{Viewer: admin, Types: types(searchlight.TypeLogicalTable),
							Sort: sort, Ascending: &ascending, Offset: offset, Limit: 7})
						if err == nil {
							got = append(got, strings.Fields(numbers(page.Headers))...)
						}
						return err
					})
				}
				if sort != searchlight.SortDefault && (sort == searchlight.SortCreated || sort == searchlight.SortModified) == ascending {
					slices.Reverse(got)
				}
				f.equal(got, want)
			}
		}
	}},
	{"ManyIDs", func(f *fixture) {
		f.createListed()
		many := make([]searchlight.GUID, 100_000)
		for n := range many {
			many[n] = id(n + 4)
		}
		f.view(func(tx searchlight.Tx) error {
			page, err := tx.Headers(searchlight.ListQuery{Viewer: admin, Fetch: many})
			if err != nil {
				return err
			}
			f.equal(numbers(page.Headers), "4 11 5 7 8 9 10")
			page, err = tx.Headers(searchlight.ListQuery{Viewer: admin, Skip: many})
			if err != nil {
				return err
			}
			f.equal(numbers(page.Headers), "1 2 3 E")
			return nil
		})
	}},
	{"Invalid", func(f *fixture) {
		for _, q := range []searchlight.ListQuery{
			{Sort: "COLOUR"},
			{Category: "OTHER"},
			{Pattern: "a\x00b"},
			{Pattern: "a\xffb"},
			{Pattern: strings.Repeat("x", 100_000)},
			{Tags: []string{"a\x00b"}},
		} {
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { _, err := tx.Headers(q); return err })
		}
	}},
	{"AuthorsComeAndGo", func(f *fixture) {
		f.createListed()
		f.createUsers(user(51, "viewer"))
		for _, n := range []int{1, 2, 4, 10} {
			f.grant(grant(n, 51, readOnly))
		}
		byAuthor := func(want, visible string) {
			f.Helper()
			q := searchlight.ListQuery{Sort: searchlight.SortAuthor, Skip: []searchlight.GUID{searchlight.EmbeddedConnectionID}}
			q.Viewer = admin
			f.equal(f.list(q), want)
			q.Viewer = only(id(51))
			f.equal(f.list(q), visible)
		}
		byAuthor("1 3 5 11 2 4 7 10 8 9", "1 2 4 10")
		rename := func(id searchlight.GUID, name string, update func(tx searchlight.Tx, u *searchlight.User) error) {
			f.Helper()
			f.update(func(tx searchlight.Tx) error {
				u, err := tx.User(id)
				if err != nil {
					return err
				}
				u.Name = name
				return update(tx, u)
			})
		}
		rename(alice, "Zelda", searchlight.Tx.UpdateUser)
		byAuthor("2 4 7 10 8 9 1 3 5 11", "2 4 10 1")
		rename(carol, "aaron", func(tx searchlight.Tx, u *searchlight.User) error { return tx.UpdateUsers([]*searchlight.User{u}) })
		byAuthor("10 2 4 7 8 9 1 3 5 11", "10 2 4 1")
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(bob) })
		byAuthor("2 4 7 10 8 9 1 3 5 11", "2 4 10 1")
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUsers(alice, carol) })
		byAuthor("1 2 3 4 5 7 10 11 8 9", "1 2 4 10")
		again := user(0, "bob")
		again.ID = bob
		f.createUsers(again)
		byAuthor("1 3 5 10 11 2 4 7 8 9", "1 10 2 4")
		f.update(func(tx searchlight.Tx) error {
			_, err := tx.ChangeAuthor(ids(2, 10), bob, id(51))
			return err
		})
		byAuthor("1 3 5 10 11 4 7 8 9 2", "1 10 4 2")
		o := f.object(id(10))
		o.Author = bob
		f.update(func(tx searchlight.Tx) error { return tx.UpdateObject(o) })
		byAuthor("1 3 5 11 4 7 10 8 9 2", "1 4 10 2")
	}},
	{"Patterns", testPatterns},
	{"HardPatterns", func(f *fixture) {
		// Many wildcards must not make the match take exponential time.
		f.createObjects(worksheet(1, strings.Repeat("a", 1000)))
		begin := time.Now()
		f.view(func(tx searchlight.Tx) error {
			page, err := tx.Headers(searchlight.ListQuery{Viewer: admin, Pattern: strings.Repeat("a%", 400) + "b"})
			f.equal(page, &searchlight.HeaderPage{})
			return err
		})
		if taken := time.Since(begin); taken > 10*time.Second {
			f.Errorf("the pattern took %s", taken)
		}
	}},
}

// testPatterns compares lists by random patterns with a look at every name,
// while names come and go.
func testPatterns(f *fixture) {
	random := rand.New(rand.NewPCG(11, 13))
	text := func(alphabet string, longest int) string {
		characters := []rune(alphabet)
		var b strings.Builder
		for range random.IntN(longest + 1) {
			b.WriteRune(characters[random.IntN(len(characters))])
		}
		return b.String()
	}
	name := func() string { return text("ab<>_%\\é􏿿", 7) }
	columns := func(n int) (list []searchlight.ObjectColumn) {
		for k := range random.IntN(3) {
			list = append(list, searchlight.ObjectColumn{ID: id(10*n + k), Name: name()})
		}
		return list
	}
	f.createUsers(user(51, "zoe"))
	var objects []*searchlight.Object
	for n := range 80 {
		o := worksheet(100+n, name())
		if n%2 == 0 {
			o.Author = id(51)
		}
		o.Columns = columns(100 + n)
		objects = append(objects, o)
	}
	f.createObjects(objects...)
	for round := range 40 {
		f.update(func(tx searchlight.Tx) error {
			o := objects[random.IntN(len(objects))]
			o.Name, o.Columns = name(), columns(numberOf(o.ID))
			return tx.UpdateObject(o)
		})
		if round%4 == 0 {
			at := random.IntN(len(objects))
			f.update(func(tx searchlight.Tx) error { return tx.DeleteObject(objects[at].ID) })
			objects = slices.Delete(objects, at, at+1)
		}
		for range 20 {
			q := searchlight.ListQuery{Viewer: []*searchlight.Subject{admin, only(id(51))}[random.IntN(2)], Pattern: text("aab%%<>_\\é􏿿", 6),
				Types: types([]searchlight.ObjectType{searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn}[random.IntN(2)]),
				Sort:  searchlight.SortCreated, Ascending: new(true), Limit: random.IntN(20)}
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
					f.Errorf("pattern %q: got %q, more %t, want %q, more %t", q.Pattern, numbers(got.Headers), got.More, want, more)
				}
				return nil
			})
		}
	}
}

// numberOf is the number of an ID.
func numberOf(id searchlight.GUID) int {
	number, err := strconv.Atoi(string(id[24:]))
	if err != nil {
		panic(err)
	}
	return number
}
