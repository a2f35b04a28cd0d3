package storetest

import (
	"math"
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
	f.seed(func(s Seeder) error {
		for _, put := range [][2]int{{1, 8}, {4, 8}, {4, 9}, {7, 9}} {
			if err := s.TagObject(id(put[0]), id(put[1])); err != nil {
				return err
			}
		}
		for _, n := range []int{1, 2} {
			if err := s.AddFavorite(alice, id(n)); err != nil {
				return err
			}
		}
		return s.AddFavorite(bob, id(4))
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

type listCase struct {
	name  string
	query searchlight.ListQuery // seen by the administrator unless there is a Viewer
	want  string
	total int // 0: as many as wanted
}

var listCases = []listCase{
	{"Everything", searchlight.ListQuery{}, byDefault, 0},

	{"SortDefault", searchlight.ListQuery{Sort: searchlight.SortDefault}, byDefault, 0},
	{"SortDefaultIgnoresDirection", searchlight.ListQuery{Sort: searchlight.SortDefault, Ascending: new(true)}, byDefault, 0},
	{"NoSortIgnoresDirection", searchlight.ListQuery{Ascending: new(true)}, byDefault, 0},
	{"SortDefaultOfTags", searchlight.ListQuery{Types: types(searchlight.TypeTag), Ascending: new(false)}, "9 8", 0},
	{"SortDefaultOfTagsAndOthers", searchlight.ListQuery{Types: types(searchlight.TypeTag, searchlight.TypePinboard)}, "5 8 9", 0},
	{"SortName", searchlight.ListQuery{Sort: searchlight.SortName}, byName, 0},
	{"SortNameAscending", searchlight.ListQuery{Sort: searchlight.SortName, Ascending: new(true)}, byName, 0},
	{"SortNameDescending", searchlight.ListQuery{Sort: searchlight.SortName, Ascending: new(false)}, "10 4 3 1 2 11 5 8 E 9 7", 0},
	{"SortDisplayName", searchlight.ListQuery{Sort: searchlight.SortDisplayName}, byName, 0},
	{"SortAuthor", searchlight.ListQuery{Sort: searchlight.SortAuthor}, "1 3 5 11 2 4 7 10 E 8 9", 0},
	{"SortAuthorDescending", searchlight.ListQuery{Sort: searchlight.SortAuthor, Ascending: new(false)}, "8 9 E 10 2 4 7 1 3 5 11", 0},
	{"SortCreated", searchlight.ListQuery{Sort: searchlight.SortCreated}, "11 10 9 8 7 5 4 3 2 1 E", 0},
	{"SortCreatedAscending", searchlight.ListQuery{Sort: searchlight.SortCreated, Ascending: new(true)}, "E 1 2 3 4 5 7 8 9 10 11", 0},
	{"SortModified", searchlight.ListQuery{Sort: searchlight.SortModified}, byDefault, 0},
	{"SortModifiedAscending", searchlight.ListQuery{Sort: searchlight.SortModified, Ascending: new(true)}, "E 10 9 8 7 3 5 11 4 2 1", 0},

	{"Type", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable)}, "1 2 3 7", 0},
	{"Types", searchlight.ListQuery{Types: types(searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable)}, "1 2 4 11 3 5 7 10", 0},
	{"Connections", searchlight.ListQuery{Types: types(searchlight.TypeConnection)}, "E", 0},
	{"TypeUnknown", searchlight.ListQuery{Types: types("PIE")}, "", 0},
	{"Subtypes", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable),
		Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet, searchlight.SubtypeUpload}}, "1 3", 0},
	{"SubtypesOfOthers", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable, searchlight.TypeAnswer),
		Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet}}, "1 4 11 10", 0},

	{"CategoryAll", searchlight.ListQuery{Category: searchlight.CategoryAll}, byDefault, 0},
	{"CategoryMine", searchlight.ListQuery{Viewer: alice, ViewAll: true, Category: searchlight.CategoryMine}, "1 11 3 5", 0},
	{"CategoryFavorite", searchlight.ListQuery{Viewer: alice, ViewAll: true, Category: searchlight.CategoryFavorite}, "1 2", 0},
	{"CategoryFavoriteVisible", searchlight.ListQuery{Viewer: alice, Category: searchlight.CategoryFavorite}, "1", 0},
	{"CategoryFavoriteOfNobody", searchlight.ListQuery{Category: searchlight.CategoryFavorite}, "", 0},
	{"CategoryRequested", searchlight.ListQuery{Category: searchlight.CategoryRequested}, "", 0},

	{"VisibleToAlice", searchlight.ListQuery{Viewer: alice}, "1 11 3 5", 0},
	{"VisibleToCarol", searchlight.ListQuery{Viewer: carol}, "10", 0},
	{"VisibleToGuest", searchlight.ListQuery{Viewer: searchlight.GuestUserID}, "", 0},
	{"VisibleToSystem", searchlight.ListQuery{Viewer: searchlight.SystemUserID}, "E", 0},
	{"VisibleByName", searchlight.ListQuery{Viewer: alice, Sort: searchlight.SortName}, "5 11 1 3", 0},
	{"VisibleFetched", searchlight.ListQuery{Viewer: alice, Fetch: ids(1, 2)}, "1", 0},
	{"VisiblePage", searchlight.ListQuery{Viewer: alice, Limit: 2}, "1 11", 4},

	{"Tag", searchlight.ListQuery{Tags: []string{"FINANCE"}}, "1 4", 0},
	{"TagsAnyOf", searchlight.ListQuery{Tags: []string{"finance", "Archive"}}, "1 4 7", 0},
	{"TagsPage", searchlight.ListQuery{Tags: []string{"finance", "Archive"}, Limit: 1, Offset: 1}, "4", 3},
	{"TagUnknown", searchlight.ListQuery{Tags: []string{"none", `'"`}}, "", 0},
	{"TagAndVisible", searchlight.ListQuery{Viewer: bob, Tags: []string{"archive"}}, "4 7", 0},

	{"PatternPart", searchlight.ListQuery{Pattern: "sales"}, "2 1 4 11 3 5", 0},
	{"PatternCase", searchlight.ListQuery{Pattern: "SALES"}, "1 2 4 11 3 5", 0},
	{"PatternExactFirstWhateverTheSort", searchlight.ListQuery{Pattern: "sales", Sort: searchlight.SortName, Ascending: new(false)}, "2 1 4 3 11 5", 0},
	{"PatternExactFirstOnThePage", searchlight.ListQuery{Pattern: "Sales 2021", Limit: 1}, "3", 1},
	{"PatternPage", searchlight.ListQuery{Pattern: "sales", Offset: 1, Limit: 2}, "1 4", 6},
	{"PatternStart", searchlight.ListQuery{Pattern: "sales%"}, "1 2 4 3", 0},
	{"PatternEnd", searchlight.ListQuery{Pattern: "%SALES"}, "1 2 11 5", 0},
	{"PatternMiddle", searchlight.ListQuery{Pattern: "%ALES %"}, "4 3", 0},
	{"PatternWithin", searchlight.ListQuery{Pattern: "s%n"}, "4", 0},
	{"PatternAll", searchlight.ListQuery{Pattern: "%"}, byDefault, 0},
	{"PatternTwoWildcards", searchlight.ListQuery{Pattern: "s%%2021"}, "3", 0},
	{"PatternUnderscore", searchlight.ListQuery{Pattern: "net_sales"}, "5", 0},
	{"PatternUnderscoreAnchored", searchlight.ListQuery{Pattern: "net_sal%"}, "5", 0},
	{"PatternBackslash", searchlight.ListQuery{Pattern: `\`}, "", 0},
	{"PatternBackslashBeforeWildcard", searchlight.ListQuery{Pattern: `100\%`}, "", 0},
	{"PatternQuote", searchlight.ListQuery{Pattern: `' OR 1=1 --`}, "", 0},
	{"PatternFolded", searchlight.ListQuery{Pattern: "STRASSE"}, "10", 0},
	{"PatternFoldedAnchored", searchlight.ListQuery{Pattern: "%aßE"}, "10", 0},
	{"PatternVisible", searchlight.ListQuery{Viewer: bob, Pattern: "Sales"}, "2 4", 0},

	{"AutoCreated", searchlight.ListQuery{AutoCreated: new(true)}, "3", 0},
	{"NotAutoCreated", searchlight.ListQuery{AutoCreated: new(false)}, "1 2 4 11 5 7 8 9 10 E", 0},
	{"ShowHidden", searchlight.ListQuery{Types: types(searchlight.TypeLogicalTable), ShowHidden: true}, "6 1 2 3 7", 0},
	{"ShowHiddenEverything", searchlight.ListQuery{ShowHidden: true}, "6 " + byDefault, 0},

	{"Skip", searchlight.ListQuery{Skip: ids(1, 99, 4)}, "2 11 3 5 7 8 9 10 E", 0},
	{"SkipNoID", searchlight.ListQuery{Skip: []searchlight.GUID{"x\x00"}}, byDefault, 0},
	{"Fetch", searchlight.ListQuery{Fetch: ids(10, 99, 4, 6)}, "4 10", 0},
	{"FetchNothing", searchlight.ListQuery{Fetch: []searchlight.GUID{}}, "", 0},
	{"FetchNoID", searchlight.ListQuery{Fetch: []searchlight.GUID{"x\x00"}}, "", 0},
	{"FetchAndSkip", searchlight.ListQuery{Fetch: ids(1, 2), Skip: ids(1)}, "2", 0},
	{"FetchUpperCase", searchlight.ListQuery{Fetch: []searchlight.GUID{"3F7C1F6A-5A5E-4C1D-9D0B-5E2F3A6B7C80"}}, "E", 0},

	{"FirstPage", searchlight.ListQuery{Limit: 3}, "1 2 4", 11},
	{"SecondPage", searchlight.ListQuery{Limit: 3, Offset: 3}, "11 3 5", 11},
	{"LastPage", searchlight.ListQuery{Limit: 3, Offset: 9}, "10 E", 11},
	{"PageToTheEnd", searchlight.ListQuery{Limit: 11}, byDefault, 11},
	{"PageOfMore", searchlight.ListQuery{Limit: 99}, byDefault, 11},
	{"PageBehind", searchlight.ListQuery{Limit: 3, Offset: 11}, "", 11},
	{"PageFarBehind", searchlight.ListQuery{Limit: 50, Offset: math.MaxInt}, "", 11},
	{"HugePage", searchlight.ListQuery{Limit: math.MaxInt, Offset: 9}, "10 E", 11},
	{"Rest", searchlight.ListQuery{Offset: 4}, "3 5 7 8 9 10 E", 11},
	{"RestBehind", searchlight.ListQuery{Offset: 12}, "", 11},
	{"Negative", searchlight.ListQuery{Offset: -1, Limit: -1}, byDefault, 11},
	{"PageBehindNothing", searchlight.ListQuery{Pattern: "none", Offset: 5, Limit: 5}, "", 0},
	{"AuthorPage", searchlight.ListQuery{Sort: searchlight.SortAuthor, Offset: 3, Limit: 2}, "11 2", 11},

	{"Together", searchlight.ListQuery{
		Viewer: alice, ViewAll: true, Types: types(searchlight.TypeLogicalTable, searchlight.TypeAnswer),
		Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet}, Category: searchlight.CategoryFavorite, Sort: searchlight.SortAuthor,
		Tags: []string{"finance"}, Pattern: "sales", Skip: ids(4), Fetch: ids(1, 2, 4), AutoCreated: new(false), Limit: 5}, "1", 0},
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
			if c.query.Viewer == "" {
				c.query.Viewer, c.query.ViewAll = searchlight.AdminUserID, true
			}
			if c.total == 0 {
				c.total = len(strings.Fields(c.want))
			}
			f.view(func(tx searchlight.Tx) error {
				page, err := tx.Headers(c.query)
				if err != nil {
					f.Errorf("%s: %v", c.name, err)
					return nil
				}
				if got := numbers(page.Headers); got != c.want || page.Total != c.total {
					f.Errorf("%s: got %q of %d, want %q of %d", c.name, got, page.Total, c.want, c.total)
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
			page, err := tx.Headers(searchlight.ListQuery{ViewAll: true, Types: types(searchlight.TypeLogicalTable)})
			f.equal(page, &searchlight.HeaderPage{Headers: []searchlight.Header{want.Header, plain.Header}, Total: 2})
			return err
		})
	}},
	{"StablePages", func(f *fixture) {
		// All have the same name and times: only the ID decides.
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
						page, err := tx.Headers(searchlight.ListQuery{ViewAll: true, Types: types(searchlight.TypeLogicalTable),
							Sort: sort, Ascending: &ascending, Offset: offset, Limit: 7})
						if err == nil {
							got = append(got, strings.Fields(numbers(page.Headers))...)
						}
						return err
					})
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
			page, err := tx.Headers(searchlight.ListQuery{ViewAll: true, Fetch: many})
			if err != nil {
				return err
			}
			f.equal(numbers(page.Headers), "4 11 5 7 8 9 10")
			page, err = tx.Headers(searchlight.ListQuery{ViewAll: true, Skip: many})
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
	{"HardPatterns", func(f *fixture) {
		// Many wildcards must not make the match take exponential time.
		f.createObjects(worksheet(1, strings.Repeat("a", 1000)))
		begin := time.Now()
		f.view(func(tx searchlight.Tx) error {
			page, err := tx.Headers(searchlight.ListQuery{ViewAll: true, Pattern: strings.Repeat("a%", 400) + "b"})
			f.equal(page, &searchlight.HeaderPage{})
			return err
		})
		if taken := time.Since(begin); taken > 10*time.Second {
			f.Errorf("the pattern took %s", taken)
		}
	}},
	{"LabelsOfMissing", func(f *fixture) {
		f.createObjects(worksheet(1, "object"), tag(2, "tag"))
		for _, put := range []func(s Seeder) error{
			func(s Seeder) error { return s.TagObject(id(1), id(9)) },
			func(s Seeder) error { return s.TagObject(id(9), id(2)) },
			func(s Seeder) error { return s.TagObject(id(2), id(1)) },
			func(s Seeder) error { return s.AddFavorite(id(9), id(1)) },
			func(s Seeder) error { return s.AddFavorite(searchlight.AdminUserID, id(9)) },
		} {
			f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return put(tx.(Seeder)) })
		}
	}},
}
