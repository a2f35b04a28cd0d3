package query_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

// echoing answers a statement with its arguments, so that an answer tells for
// whom it was computed.
func echoing(_ context.Context, s engine.Statement) (result.Rows, error) {
	return result.FromRows(result.Schema{{Name: "arguments", Kind: result.KindText}}, [][]any{{strings.TrimSpace(fmt.Sprintln(s.Args...))}}), nil
}

// member makes a user in groups who may read Sales and Retail.
func (b *bench) member(name string, groups ...string) *searchlight.Subject {
	b.t.Helper()
	u := b.user(name).User.ID
	b.join(u, groups...)
	b.update(b.Store, func(tx searchlight.Tx) error {
		for _, object := range []searchlight.GUID{salesSource, retailSource} {
			if err := tx.SetGrant(searchlight.Grant{Object: object, Principal: u, Level: searchlight.ReadOnly, GrantedBy: searchlight.AdminUserID}); err != nil {
				return err
			}
		}
		return nil
	})
	return b.subject(u)
}

// join puts a user into groups, which it makes, and takes the user out of all
// others.
func (b *bench) join(u searchlight.GUID, groups ...string) {
	b.t.Helper()
	b.update(b.Store, func(tx searchlight.Tx) error {
		var ids []searchlight.GUID
		for _, name := range groups {
			g := &searchlight.Group{ID: searchlight.NewGUID(), Name: name, DisplayName: name, Type: searchlight.LocalGroup,
				Visibility: searchlight.Sharable, Created: fixture.Now, Modified: fixture.Now}
			if strings.HasPrefix(name, "bypass") {
				g.Privileges = []searchlight.Privilege{searchlight.PrivilegeBypassRLS}
			}
			if err := tx.CreateGroup(g); err != nil {
				return err
			}
			ids = append(ids, g.ID)
		}
		return tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{u: ids})
	})
}

// protect gives the table of sales rules.
func protect(b *bench, store searchlight.Store, rules ...string) {
	b.t.Helper()
	change(b, store, salesTable, func(_ *searchlight.Header, table *searchlight.Table) {
		table.Rules = nil
		for i, r := range rules {
			table.Rules = append(table.Rules, searchlight.RowRule{Name: fmt.Sprint(i), Expr: r})
		}
	})
}

// seen asks and returns the one value of the answer.
func (b *bench) seen(text string, change ...func(*query.Request)) string {
	b.t.Helper()
	_, rows := b.mustAsk(text, change...)
	return rows[0][0].(string)
}

// TestT24_AnswersAreNotMixed asks the same search for an administrator and for
// two people, in every order and all at once.
func TestT24_AnswersAreNotMixed(t *testing.T) {
	const text = "[amount] [region]"
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, order := range orders {
		b := newBench(t, echoing)
		protect(b, b.Store, "region = ts_groups or store = ts_username")
		subjects := []*searchlight.Subject{b.admin, b.member("V1", "West"), b.member("V2", "East")}
		want := []string{"", "all west v1", "all east v2"}
		for _, i := range order {
			if got := b.seen(text, as(subjects[i])); got != want[i] {
				t.Errorf("%v: %s sees %q, want %q", order, subjects[i].User.Name, got, want[i])
			}
		}
		var wait sync.WaitGroup
		for n := range 60 {
			wait.Go(func() {
				i := order[n%3]
				a, err := b.ask(text, as(subjects[i]))
				if err != nil {
					t.Error(err)
					return
				}
				rows, err := result.ReadAll(context.Background(), a.Rows)
				if err != nil || rows[0][0] != want[i] {
					t.Errorf("at once, %s sees %v, %v, want %q", subjects[i].User.Name, rows, err, want[i])
				}
			})
		}
		wait.Wait()
		// A change of groups holds for the next request.
		b.join(subjects[1].User.ID, "North")
		if got := b.seen(text, as(b.subject(subjects[1].User.ID))); got != "all north v1" {
			t.Errorf("after a change of groups V1 sees %q", got)
		}
	}
}

// knowing gives the worksheet of sales a formula of somebody's own that it shows
// as Mine.
func knowing(b *bench, text string) {
	b.t.Helper()
	change(b, b.Store, salesSource, func(_ *searchlight.Header, w *searchlight.Worksheet) {
		w.Formulas = append(w.Formulas, searchlight.Formula{ID: "formula_Mine", Name: "Mine", Expr: text})
		w.Columns = append(w.Columns, searchlight.WorksheetColumn{ID: fixture.ID(999), Name: "Mine", FormulaID: "formula_Mine"})
	})
}

// TestT24_FormulasOfPeopleAreNotMixed asks for a formula that names everything
// known of a person, for two people who differ in one thing each time, in both
// orders and at once.
func TestT24_FormulasOfPeopleAreNotMixed(t *testing.T) {
	b := newBench(t, echoing)
	knowing(b, "if ( [Region] = ts_username or [Region] in ts_groups or [Rating] in ts_groups_int ) then ts_email_domain else ts_org")
	first := b.member("V1", "West", "7")
	first.User.Email = "v1@one.example"
	other := func(change func(s *searchlight.Subject)) *searchlight.Subject {
		s := *first
		change(&s)
		return &s
	}
	const firstSeen = "v1 7 all west 7 one.example Primary"
	for _, test := range []struct {
		second *searchlight.Subject
		want   string
	}{
		{other(func(s *searchlight.Subject) { s.User.Name = "V2" }), "v2 7 all west 7 one.example Primary"},
		{other(func(s *searchlight.Subject) { s.User.Email = `"a@one.example"@two.example` }), "v1 7 all west 7 two.example Primary"},
		{other(func(s *searchlight.Subject) { s.User.Email = "" }), "v1 7 all west 7 Primary"},
		{other(func(s *searchlight.Subject) { s.GroupNames = []string{"All", "East"} }), "v1 all east one.example Primary"},
		{b.admin, "tsadmin administrator all Primary"},
	} {
		subjects, want := []*searchlight.Subject{first, test.second}, []string{firstSeen, test.want}
		for _, order := range [][]int{{0, 1}, {1, 0}} {
			for _, i := range order {
				if got := b.seen("[Mine]", as(subjects[i])); got != want[i] {
					t.Errorf("%v: %s asks with %q, want %q", order, subjects[i].User.Name, got, want[i])
				}
			}
		}
		var wait sync.WaitGroup
		for n := range 40 {
			wait.Go(func() {
				a, err := b.ask("[Mine]", as(subjects[n%2]))
				if err != nil {
					t.Error(err)
					return
				}
				rows, err := result.ReadAll(context.Background(), a.Rows)
				if err != nil || rows[0][0] != want[n%2] {
					t.Errorf("at once, %s asks with %v, %v, want %q", subjects[n%2].User.Name, rows, err, want[n%2])
				}
			})
		}
		wait.Wait()
	}
}

// TestT24_TheSameRightsShareAStatement shows that people with the same groups,
// in any case and order, ask in the same words.
func TestT24_TheSameRightsShareAStatement(t *testing.T) {
	b := newBench(t, echoing)
	protect(b, b.Store, "region = ts_groups")
	one, two := *b.member("V1", "West", "east"), *b.member("V2")
	two.GroupNames = []string{"EAST", "west", "All"}
	b.seen("[amount]", as(&one))
	b.seen("[amount]", as(&two))
	asked := b.engine.asked()
	if a, b := fmt.Sprintf("%#v", asked[0]), fmt.Sprintf("%#v", asked[1]); a != b {
		t.Errorf("asked\n%s and\n%s", a, b)
	}
}

func TestWhoSeesAllRows(t *testing.T) {
	b := newBench(t, echoing)
	protect(b, b.Store, "region = ts_groups")
	ann := b.member("Ann")
	if got := b.seen("[amount]", as(ann)); got != "all" {
		t.Errorf("Ann asks with %q", got)
	}
	if got := b.seen("[amount]", as(b.member("Ben", "bypass rls"))); got != "" {
		t.Errorf("who may bypass rules asks with %q", got)
	}
	if got := b.seen("[amount]"); got != "" {
		t.Errorf("the administrator asks with %q", got)
	}
	change(b, b.Store, salesSource, func(_ *searchlight.Header, w *searchlight.Worksheet) { w.BypassRLS = true })
	if got := b.seen("[amount]", as(ann)); got != "" {
		t.Errorf("through a worksheet without rules Ann asks with %q", got)
	}
	if got := b.seen("[amount]", as(ann), from(retailSource)); got != "all" {
		t.Errorf("through another worksheet Ann asks with %q", got)
	}
}

// TestRulesAreSeenAtOnce changes rules, and tables that rules lead to, by
// another server.
func TestRulesAreSeenAtOnce(t *testing.T) {
	b := newBench(t, echoing)
	other := b.openStore()
	ann := b.member("Ann")
	steps := []struct {
		do   func()
		want string
	}{
		{func() {}, ""},
		{func() { protect(b, other, "region = ts_groups") }, "all"},
		{func() { protect(b, other, "region = ts_groups", "store = ts_username") }, "all ann"},
		{func() {
			change(b, other, salesTable, func(_ *searchlight.Header, t *searchlight.Table) {
				t.Rules = []searchlight.RowRule{{Name: "shop", Expr: "[shop::country] = 'France' and [shop::city] = ts_username"}}
				t.RulePaths = []searchlight.RulePath{{ID: "shop", Table: fixture.ID(2), Joins: []string{"sales_to_stores"}}}
			})
		}, "france ann"},
		{func() {
			change(b, other, fixture.ID(2), func(_ *searchlight.Header, t *searchlight.Table) {
				for i := range t.Columns {
					if t.Columns[i].Name == "city" {
						t.Columns[i].PhysicalName = "town"
					}
				}
			})
		}, "france ann"},
		{func() { protect(b, other) }, ""},
	}
	for i, step := range steps {
		step.do()
		if got := b.seen("[amount]", as(ann)); got != step.want {
			t.Errorf("step %d: asked with %q, want %q", i+1, got, step.want)
		}
		if sql := b.engine.asked()[i].SQL; strings.Contains(sql, `"city"`) != (i == 3) || strings.Contains(sql, `"town"`) != (i == 4) {
			t.Errorf("step %d: %s", i+1, sql)
		}
	}
}

// TestT32_BrokenRulesCloseTheSource breaks a rule by every change beneath it.
func TestT32_BrokenRulesCloseTheSource(t *testing.T) {
	const message = "The data source cannot be used until its row-level security is mended"
	rename := func(table searchlight.GUID, column string) func(*bench, searchlight.Store) {
		return func(b *bench, s searchlight.Store) {
			change(b, s, table, func(_ *searchlight.Header, t *searchlight.Table) {
				for i := range t.Columns {
					if t.Columns[i].Name == column {
						t.Columns[i].Name = "secret " + column
					}
				}
			})
		}
	}
	for name, breaks := range map[string]func(*bench, searchlight.Store){
		"a column of another name":        rename(fixture.ID(2), "city"),
		"a key of another name":           rename(fixture.ID(2), "store"),
		"no rule at all":                  func(b *bench, s searchlight.Store) { protect(b, s, "") },
		"a rule that is no condition":     func(b *bench, s searchlight.Store) { protect(b, s, "region") },
		"one rule of two without meaning": func(b *bench, s searchlight.Store) { protect(b, s, "region = ts_groups", "nothing = 1") },
		"a variable that is not known":    func(b *bench, s searchlight.Store) { protect(b, s, "region = ts_var ( x )") },
		"an aggregate":                    func(b *bench, s searchlight.Store) { protect(b, s, "sum ( amount ) > 1") },
		"a join that is gone": func(b *bench, s searchlight.Store) {
			change(b, s, salesTable, func(_ *searchlight.Header, t *searchlight.Table) { t.Joins = t.Joins[1:] })
		},
		"a table that is gone": func(b *bench, s searchlight.Store) {
			b.update(s, func(tx searchlight.Tx) error { return tx.DeleteObject(fixture.ID(2)) })
		},
		"a table of another connection": func(b *bench, s searchlight.Store) {
			change(b, s, fixture.ID(2), func(h *searchlight.Header, _ *searchlight.Table) { h.Connection = fixture.ID(888) })
		},
		"a path to another table": func(b *bench, s searchlight.Store) {
			change(b, s, salesTable, func(_ *searchlight.Header, t *searchlight.Table) { t.RulePaths[0].Table = fixture.ID(3) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, echoing)
			ann := b.member("Ann")
			other := b.openStore()
			change(b, b.Store, salesTable, func(_ *searchlight.Header, t *searchlight.Table) {
				t.Rules = []searchlight.RowRule{{Name: "shop", Expr: "[shop::city] = ts_username"}}
				t.RulePaths = []searchlight.RulePath{{ID: "shop", Table: fixture.ID(2), Joins: []string{"sales_to_stores"}}}
			})
			if got := b.seen("[quantity]", as(ann)); got != "ann" {
				t.Fatalf("before, Ann asks with %q", got)
			}
			breaks(b, other)
			asked := len(b.engine.asked())
			got := b.refused(searchlight.CodeInvalid, "[quantity]", as(ann))
			if !strings.Contains(got, message) || strings.Contains(got, "secret") || strings.Contains(got, "sales") || strings.Contains(got, "city") {
				t.Errorf("Ann is told %s", got)
			}
			if len(b.engine.asked()) != asked {
				t.Error("the engine was asked")
			}
			if name != "a table of another connection" { // no connection to ask either
				b.mustAsk("[quantity]") // who sees all rows is not concerned
			}
		})
	}
}

// TestARuleIsMendedByTheTableComingBack deletes a table that a rule leads to
// and makes it anew.
func TestARuleIsMendedByTheTableComingBack(t *testing.T) {
	b := newBench(t, echoing)
	ann := b.member("Ann")
	other := b.openStore()
	change(b, b.Store, salesTable, func(_ *searchlight.Header, t *searchlight.Table) {
		t.Rules = []searchlight.RowRule{{Name: "shop", Expr: "[shop::city] = ts_username"}}
		t.RulePaths = []searchlight.RulePath{{ID: "shop", Table: fixture.ID(2), Joins: []string{"sales_to_stores"}}}
	})
	b.update(other, func(tx searchlight.Tx) error { return tx.DeleteObject(fixture.ID(2)) })
	b.refused(searchlight.CodeInvalid, "[quantity]", as(ann))
	b.refused(searchlight.CodeInvalid, "[quantity]", as(ann))
	stores := fixture.Tables["stores"]
	b.update(other, func(tx searchlight.Tx) error { return tx.CreateObject(object(t, stores.Header, stores.Table)) })
	if got := b.seen("[quantity]", as(ann)); got != "ann" {
		t.Errorf("Ann asks with %q", got)
	}
}

// TestT20_ColumnsThatAreNotShared shares two columns of a table and asks for
// the others in every way that a search and what stands beside it can.
func TestT20_ColumnsThatAreNotShared(t *testing.T) {
	b := newBench(t, echoing)
	ann := b.user("Ann")
	table := fixture.Tables["sales"].Table
	b.update(b.Store, func(tx searchlight.Tx) error {
		o, err := tx.Object(salesTable)
		if err != nil {
			return err
		}
		for _, c := range table.Columns {
			o.Columns = append(o.Columns, searchlight.ObjectColumn{ID: c.ID, Name: c.Name})
		}
		if err := tx.UpdateObject(o); err != nil {
			return err
		}
		for _, c := range table.Columns {
			if c.Name == "quantity" || c.Name == "store" {
				if err := tx.SetGrant(searchlight.Grant{Object: c.ID, Principal: ann.User.ID, Level: searchlight.ReadOnly, GrantedBy: searchlight.AdminUserID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	b.mustAsk("[quantity] [store] [store] = 's1' sort by [store]", as(ann), from(salesTable))
	for _, shape := range []string{"[%s]", "[quantity] [%s] = 'west'", "[quantity] [%s] > 1", "[quantity] [%s].west", "[quantity] by [%s]", "[quantity] for each [%s]",
		"[quantity] sort by [%s]", "top 2 [store] [quantity] ranked by [%s]", "[quantity] count [%s]", "[quantity] unique count [%s] > 1", "[quantity] max [%s]",
		"[quantity] [%s] contains 'w'", "[quantity] [%s] between 1 and 2", "[quantity] [%s] = {null}", "[quantity] [%s] after '01/01/2024'",
		"[quantity] [%s].monthly", "[quantity] [sales::%s]", "[quantity] [formula_%s]"} {
		for _, hidden := range []string{"region", "amount", "date"} {
			got := b.refused(searchlight.CodeInvalid, fmt.Sprintf(shape, hidden), as(ann), from(salesTable))
			random := strings.Repeat("x", len(hidden))
			want := b.refused(searchlight.CodeInvalid, fmt.Sprintf(shape, random), as(ann), from(salesTable))
			if strings.ReplaceAll(got, hidden, random) != want {
				t.Errorf("%s tells\n%s\nand a random name\n%s", shape, got, want)
			}
		}
	}
	for _, beside := range []func(column string) func(*query.Request){
		func(column string) func(*query.Request) {
			return func(r *query.Request) {
				r.Filters = []query.RuntimeFilter{{Column: column, Operator: "EQ", Values: []string{"1"}}}
			}
		},
		func(column string) func(*query.Request) {
			return func(r *query.Request) { r.Sorts = []query.RuntimeSort{{Column: column}} }
		},
	} {
		got := b.refused(searchlight.CodeInvalid, "[quantity]", as(ann), from(salesTable), beside("region"))
		want := b.refused(searchlight.CodeInvalid, "[quantity]", as(ann), from(salesTable), beside("xxxxxx"))
		if strings.ReplaceAll(got, "region", "xxxxxx") != want {
			t.Errorf("beside the search:\n%s\nand a random name\n%s", got, want)
		}
	}
}

// TestT08_LongAnswersAreLookedAtAgain changes things while an answer is on its
// way: it goes on only when its reader would be told the same now.
func TestT08_LongAnswersAreLookedAtAgain(t *testing.T) {
	share := func(level searchlight.Level, object searchlight.GUID) func(*bench, searchlight.GUID) {
		return func(b *bench, user searchlight.GUID) {
			b.update(b.Store, func(tx searchlight.Tx) error {
				if level == searchlight.NoAccess {
					return tx.DeleteGrant(object, user)
				}
				return tx.SetGrant(searchlight.Grant{Object: object, Principal: user, Level: level, GrantedBy: searchlight.AdminUserID})
			})
		}
	}
	for name, test := range map[string]struct {
		rules  []string
		change func(b *bench, user searchlight.GUID)
		goesOn bool
	}{
		"nothing":                 {nil, func(*bench, searchlight.GUID) {}, true},
		"nothing, with rules":     {[]string{"region = ts_groups"}, func(*bench, searchlight.GUID) {}, true},
		"another share":           {nil, share(searchlight.Modify, salesSource), true},
		"the share is taken away": {nil, share(searchlight.NoAccess, salesSource), false},
		"groups, without rules":   {nil, func(b *bench, user searchlight.GUID) { b.join(user, "North") }, true},
		"groups":                  {[]string{"region = ts_groups"}, func(b *bench, user searchlight.GUID) { b.join(user, "North") }, false},
		"an exemption":            {[]string{"region = ts_groups"}, func(b *bench, user searchlight.GUID) { b.join(user, "bypass") }, false},
		"a first rule":            {nil, func(b *bench, _ searchlight.GUID) { protect(b, b.Store, "region = ts_groups") }, false},
		"another rule":            {[]string{"region = ts_groups"}, func(b *bench, _ searchlight.GUID) { protect(b, b.Store, "store = ts_groups") }, false},
		"a rule that goes":        {[]string{"region = ts_groups"}, func(b *bench, _ searchlight.GUID) { protect(b, b.Store) }, false},
		"a broken rule":           {[]string{"region = ts_groups"}, func(b *bench, _ searchlight.GUID) { protect(b, b.Store, "nothing = ts_groups") }, false},
		"a description": {[]string{"region = ts_groups"}, func(b *bench, _ searchlight.GUID) {
			change(b, b.Store, salesTable, func(h *searchlight.Header, _ *searchlight.Table) { h.Description = new("new") })
		}, true},
		"the source": {nil, func(b *bench, _ searchlight.GUID) {
			b.update(b.Store, func(tx searchlight.Tx) error { return tx.DeleteObject(salesSource) })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, echoing)
			protect(b, b.Store, test.rules...)
			reader := b.member("V1", "West")
			a, err := b.ask("[amount] [region]", as(reader))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Rows.Close() }()
			test.change(b, reader.User.ID)
			err = a.Recheck(t.Context(), b.subject(reader.User.ID))
			if (err == nil) != test.goesOn || err != nil && searchlight.CodeOf(err) != searchlight.CodeForbidden {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestT08_AnswersOfFormulasThatKnowWhoAsks changes groups while the answer of a
// formula that names them is on its way.
func TestT08_AnswersOfFormulasThatKnowWhoAsks(t *testing.T) {
	for formula, goesOn := range map[string]bool{"'North' in ts_groups": false, "ts_org": false, "[Region]": true} {
		b := newBench(t, echoing)
		knowing(b, formula)
		reader := b.member("V1", "West")
		a, err := b.ask("[Mine]", as(reader))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = a.Rows.Close() }()
		if err := a.Recheck(t.Context(), b.subject(reader.User.ID)); err != nil {
			t.Errorf("%s: nothing changed: %v", formula, err)
		}
		b.join(reader.User.ID, "North")
		err = a.Recheck(t.Context(), b.subject(reader.User.ID))
		if (err == nil) != goesOn || err != nil && searchlight.CodeOf(err) != searchlight.CodeForbidden {
			t.Errorf("%s: got %v", formula, err)
		}
	}
}
