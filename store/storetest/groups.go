package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// wholeGroup has a value in every field.
func wholeGroup(n int, name string) *searchlight.Group {
	g := group(n, name, "AUTHORING", "DATADOWNLOADING")
	g.Description, g.Type, g.Visibility = "d\u00e9", searchlight.LDAPGroup, searchlight.NonSharable
	g.Pinboards = []searchlight.GUID{id(79), id(77), id(78)} // in the order given
	g.AssignableByToken, g.AssignableBySSO = true, true
	g.Author, g.ModifiedBy = searchlight.SuperUserID, searchlight.SystemUserID
	return g
}

var groupTests = []test{
	{"CreateAndRead", func(f *fixture) {
		want := wholeGroup(11, "Größe")
		one := wholeGroup(12, "one flag")
		one.AssignableBySSO = false
		f.createGroups(want, one)
		f.equal(f.group(11), want)
		f.equal(f.group(12), one)
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.GroupByName("GRÖSSE")
			f.equal(got, want)
			return err
		})
	}},
	{"NotGiven", func(f *fixture) {
		g := &searchlight.Group{ID: id(11), Name: "team"}
		f.createGroups(g)
		want := &searchlight.Group{ID: id(11), Name: "team", Visibility: searchlight.Sharable, Author: searchlight.SystemUserID,
			Created: at(0), Modified: at(0), ModifiedBy: searchlight.SystemUserID, Version: 1}
		f.equal(g, want)
		f.equal(f.group(11), want)
	}},
	{"Order", func(f *fixture) {
		f.createGroups(group(11, "zebra", "B", "A"), group(12, "Bear"), group(13, "ant", "C"))
		f.view(func(tx searchlight.Tx) error {
			groups, err := tx.Groups()
			f.equal(groupNames(groups), []string{"Administrator", "All", "ant", "Bear", "System", "zebra"})
			if len(groups) == 6 {
				f.equal(groups[5].Privileges, []searchlight.Privilege{"A", "B"})
				f.equal(groups[2].Privileges, []searchlight.Privilege{"C"})
				f.equal(groups[3].Privileges, []searchlight.Privilege(nil))
			}
			return err
		})
	}},
	{"Missing", func(f *fixture) {
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Group(id(11)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.GroupByName("nobody"); return err })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.UpdateGroup(group(11, "nobody")) })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.DeleteGroup(id(11)) })
	}},
	{"Taken", func(f *fixture) {
		f.createGroups(group(11, "Größe"), group(12, "Other"))
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateGroup(group(13, "GRÖSSE")) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateGroup(group(11, "new")) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateGroup(group(12, "größe")) })
		f.createGroups(group(13, "tsadmin")) // users have names of their own
	}},
	{"Update", func(f *fixture) {
		f.createGroups(group(11, "team", "A", "B"))
		want := wholeGroup(11, "TEAM")
		want.Privileges = []searchlight.Privilege{"B", "C"}
		changed := *want
		changed.Created, changed.Author = at(8), id(9) // which stay as they were
		f.update(func(tx searchlight.Tx) error { return tx.UpdateGroup(&changed) })
		f.equal(changed.Version, int64(2))
		want.Version, want.Author = 2, searchlight.AdminUserID
		f.equal(f.group(11), want)

		plain := group(11, "team")
		plain.Version = 2
		f.update(func(tx searchlight.Tx) error { return tx.UpdateGroup(plain) })
		want = group(11, "team")
		want.Version = 3
		f.equal(f.group(11), want)
	}},
	{"UpdateMany", func(f *fixture) {
		f.createGroups(group(11, "team", "A", "B"), group(12, "unit"), group(13, "crew", "C"))
		before := f.version()
		many := []*searchlight.Group{wholeGroup(11, "Team B"), group(13, "crew")}
		many[0].Privileges = []searchlight.Privilege{"C", "B", "C"}
		many[1].DisplayName, many[1].Created, many[1].Author = "The crew!", at(8), id(9)
		f.update(func(tx searchlight.Tx) error { return tx.UpdateGroups(many) })
		f.equal([]int64{many[0].Version, many[1].Version}, []int64{2, 2})
		f.equal(f.version(), before+1)
		want := wholeGroup(11, "Team B")
		want.Version, want.Author, want.Privileges = 2, searchlight.AdminUserID, []searchlight.Privilege{"B", "C"}
		f.equal(f.group(11), want)
		f.equal(f.group(12), group(12, "unit"))
		want = group(13, "crew")
		want.DisplayName, want.Version = "The crew!", 2
		f.equal(f.group(13), want)

		unit, crew := f.group(12), f.group(13)
		f.update(func(tx searchlight.Tx) error { return tx.UpdateGroups(nil) })
		f.equal(f.version(), before+1)
		for name, refused := range map[string]struct {
			groups []*searchlight.Group
			code   searchlight.ErrorCode
		}{
			"one is not there":     {[]*searchlight.Group{unit, group(14, "gang")}, searchlight.CodeNotFound},
			"one was changed":      {[]*searchlight.Group{unit, group(13, "crew")}, searchlight.CodeConflict},
			"a name that is taken": {[]*searchlight.Group{group(12, "TEAM B"), crew}, searchlight.CodeConflict},
			"one group twice":      {[]*searchlight.Group{unit, unit}, searchlight.CodeConflict},
		} {
			f.part(name, func(f *fixture) {
				f.refusedWhole(refused.code, func(tx searchlight.Tx) error { return tx.UpdateGroups(refused.groups) })
				f.equal([]*searchlight.Group{f.group(12), f.group(13)}, []*searchlight.Group{unit, crew})
			})
		}
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Group(id(14)); return err })
	}},
	{"CreateMany", func(f *fixture) {
		before := f.version()
		whole, plain := wholeGroup(11, "Größe"), &searchlight.Group{ID: id(12), Name: "team", Privileges: []searchlight.Privilege{"B", "A", "B"}}
		f.update(func(tx searchlight.Tx) error { return tx.CreateGroups([]*searchlight.Group{whole, plain}) })
		f.equal(f.version(), before+1)
		f.equal(f.group(11), wholeGroup(11, "Größe"))
		f.equal(f.group(12), &searchlight.Group{ID: id(12), Name: "team", Visibility: searchlight.Sharable, Author: searchlight.SystemUserID,
			Privileges: []searchlight.Privilege{"A", "B"}, Created: at(0), Modified: at(0), ModifiedBy: searchlight.SystemUserID, Version: 1})
		f.update(func(tx searchlight.Tx) error { return tx.CreateGroups(nil) })
		f.equal(f.version(), before+1)
		for name, groups := range map[string][]*searchlight.Group{
			"a name that is taken": {group(13, "crew"), group(14, "GRÖSSE")},
			"an ID that is taken":  {group(13, "crew"), group(12, "gang")},
			"one name twice":       {group(13, "crew"), group(14, "Crew")},
			"one ID twice":         {group(13, "crew"), group(13, "gang")},
		} {
			f.part(name, func(f *fixture) {
				f.refusedWhole(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateGroups(groups) })
				f.missing(func(tx searchlight.Tx) error { _, err := tx.Group(id(13)); return err })
			})
		}
	}},
	{"DeleteMany", func(f *fixture) {
		f.createGroups(group(11, "team", "A"), group(12, "unit"), group(13, "crew"))
		f.createUsers(user(1, "zoe"))
		f.update(func(tx searchlight.Tx) error {
			if err := tx.SetUserGroups(memberships{id(1): {id(11), id(12), id(13)}}); err != nil {
				return err
			}
			return tx.SetGroupParents(memberships{id(12): {id(11)}, id(13): {id(12)}})
		})
		before := f.version()
		f.refusedWhole(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.DeleteGroups(id(11), id(9)) })
		f.update(func(tx searchlight.Tx) error { return tx.DeleteGroups() })
		f.equal(f.version(), before)
		f.update(func(tx searchlight.Tx) error { return tx.DeleteGroups(id(11), id(12)) })
		f.equal(f.version(), before+1)
		f.view(func(tx searchlight.Tx) error {
			groups, err := tx.Groups()
			if err != nil {
				return err
			}
			f.equal(len(groups), 4)
			m, err := tx.Memberships()
			f.equal(m.Users[id(1)], []searchlight.GUID{id(13), searchlight.AllGroupID})
			f.equal(m.Groups, map[searchlight.GUID][]searchlight.GUID{})
			return err
		})
	}},
	{"ChangedMeanwhile", func(f *fixture) {
		f.createGroups(group(11, "team", "A"))
		mine, yours := f.group(11), f.group(11)
		mine.Privileges, yours.Privileges = append(mine.Privileges, "B"), append(yours.Privileges, "C")
		f.update(func(tx searchlight.Tx) error { return tx.UpdateGroup(mine) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateGroup(yours) })
		f.equal(yours.Version, int64(1))
		f.equal(f.group(11), mine)
	}},
	{"Delete", func(f *fixture) {
		f.createGroups(group(11, "parent", "ADMINISTRATION"), group(12, "team"), group(13, "child"))
		f.update(func(tx searchlight.Tx) error {
			if err := tx.CreateUser(user(1, "zoe"), id(12)); err != nil {
				return err
			}
			return tx.SetGroupParents(memberships{id(12): {id(11)}, id(13): {id(12)}})
		})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteGroup(id(12)) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Group(id(12)); return err })
		f.view(func(tx searchlight.Tx) error {
			subject, err := tx.Subject(id(1))
			if err != nil {
				return err
			}
			f.equal(subject.GroupNames, []string{"All"})
			m, err := tx.Memberships()
			if err == nil {
				f.equal(m.Groups, map[searchlight.GUID][]searchlight.GUID{})
			}
			return err
		})
		f.createGroups(group(14, "team")) // the name is free
	}},
	{"BadText", func(f *fixture) {
		for _, text := range []string{"a\x00b", "a\xffb", strings.Repeat("x", 3000)} {
			displayed := group(11, "a")
			displayed.DisplayName = text
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateGroup(group(11, text)) })
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateGroup(displayed) })
		}
		for _, text := range []string{"a\x00b", "a\xffb"} {
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { _, err := tx.GroupByName(text); return err })
		}
	}},
}

type memberships = map[searchlight.GUID][]searchlight.GUID

var membershipTests = []test{
	{"Read", func(f *fixture) {
		f.createGroups(group(11, "c"), group(12, "b", "P"), group(13, "a"), group(14, "d"))
		f.createUsers(user(1, "zoe"), user(2, "ann"))
		f.update(func(tx searchlight.Tx) error {
			if err := tx.SetUserGroups(memberships{id(1): {id(13), id(12), id(13)}, id(2): {id(12)}}); err != nil {
				return err
			}
			return tx.SetGroupParents(memberships{id(13): {id(11), id(12)}, id(12): {id(11)}, id(11): {id(14)}, id(14): nil})
		})
		f.view(func(tx searchlight.Tx) error {
			names := func(groups []searchlight.Group, err error) []string {
				if err != nil {
					f.Error(err)
				}
				return groupNames(groups)
			}
			f.equal(names(tx.UserGroups(id(1))), []string{"a", "All", "b"})
			f.equal(names(tx.UserGroups(id(9))), []string(nil))
			f.equal(names(tx.GroupParents(id(13))), []string{"b", "c"})
			f.equal(names(tx.GroupParents(id(14))), []string(nil))
			f.equal(names(tx.GroupMembers(id(11))), []string{"a", "b"})
			f.equal(names(tx.Ancestors(id(13))), []string{"b", "c", "d"})
			f.equal(names(tx.Ancestors(id(14))), []string(nil))
			users, err := tx.GroupUsers(id(12))
			if err != nil {
				return err
			}
			f.equal(users, []searchlight.User{*user(2, "ann"), *user(1, "zoe")})
			groups, err := tx.UserGroups(id(2))
			if err != nil {
				return err
			}
			f.equal(groups[1], *group(12, "b", "P"))
			m, err := tx.Memberships()
			f.equal(m, &searchlight.Memberships{
				Users: memberships{
					searchlight.AdminUserID:  {searchlight.AllGroupID, searchlight.AdminGroupID},
					searchlight.SuperUserID:  {searchlight.SystemGroupID, searchlight.AllGroupID, searchlight.AdminGroupID},
					searchlight.SystemUserID: {searchlight.SystemGroupID, searchlight.AllGroupID},
					searchlight.GuestUserID:  {searchlight.AllGroupID},
					id(1):                    {id(12), id(13), searchlight.AllGroupID},
					id(2):                    {id(12), searchlight.AllGroupID},
				},
				Groups: memberships{id(11): {id(14)}, id(12): {id(11)}, id(13): {id(11), id(12)}},
			})
			return err
		})
	}},
	{"Replace", func(f *fixture) {
		f.createGroups(group(11, "a"), group(12, "b"))
		f.update(func(tx searchlight.Tx) error {
			return tx.CreateUsers([]*searchlight.User{user(1, "zoe"), user(2, "ann")}, memberships{id(1): {id(11)}, id(2): {id(11)}})
		})
		before := f.version()
		f.update(func(tx searchlight.Tx) error {
			return tx.SetUserGroups(memberships{id(1): {id(12), searchlight.AllGroupID}})
		})
		f.update(func(tx searchlight.Tx) error { return tx.SetGroupParents(memberships{id(11): {id(12)}}) })
		f.equal(f.memberships(1, 2, 11, 12), memberships{
			id(1): {id(12), searchlight.AllGroupID}, id(2): {id(11), searchlight.AllGroupID}, id(11): {id(12)}})
		f.equal(f.version(), before+2)
		f.update(func(tx searchlight.Tx) error { return tx.SetUserGroups(memberships{id(1): nil}) })
		f.update(func(tx searchlight.Tx) error { return tx.SetGroupParents(memberships{id(11): {}}) })
		f.equal(f.memberships(1, 2, 11, 12), memberships{id(1): {searchlight.AllGroupID}, id(2): {id(11), searchlight.AllGroupID}})
		f.equal(f.user(1).Version, int64(1)) // memberships are no part of the user
	}},
	{"Nothing", func(f *fixture) {
		before := f.version()
		f.update(func(tx searchlight.Tx) error {
			if err := tx.CreateUsers(nil, nil); err != nil {
				return err
			}
			if err := tx.SetUserGroups(nil); err != nil {
				return err
			}
			return tx.SetGroupParents(memberships{})
		})
		f.equal(f.version(), before)
	}},
	{"Unknown", func(f *fixture) {
		f.createGroups(group(11, "a"))
		f.createUsers(user(1, "zoe"))
		before := f.memberships(1, 11)
		for name, do := range map[string]func(searchlight.Tx) error{
			"group of a new user": func(tx searchlight.Tx) error { return tx.CreateUser(user(2, "ann"), id(11), id(9)) },
			"group of a user":     func(tx searchlight.Tx) error { return tx.SetUserGroups(memberships{id(1): {id(11), id(9)}}) },
			"no GUID":             func(tx searchlight.Tx) error { return tx.SetUserGroups(memberships{id(1): {"x\x00"}}) },
			"user":                func(tx searchlight.Tx) error { return tx.SetUserGroups(memberships{id(9): {id(11)}}) },
			"user as a group":     func(tx searchlight.Tx) error { return tx.SetUserGroups(memberships{id(1): {id(1)}}) },
			"parent":              func(tx searchlight.Tx) error { return tx.SetGroupParents(memberships{id(11): {id(9)}}) },
			"member":              func(tx searchlight.Tx) error { return tx.SetGroupParents(memberships{id(9): {id(11)}}) },
		} {
			f.part(name, func(f *fixture) { f.refusedWhole(searchlight.CodeNotFound, do) })
		}
		f.equal(f.memberships(1, 11), before)
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(2)); return err })
	}},
	{"Circles", func(f *fixture) {
		f.createGroups(group(11, "a"), group(12, "b"), group(13, "c"), group(14, "d"))
		f.update(func(tx searchlight.Tx) error {
			return tx.SetGroupParents(memberships{id(11): {id(12)}, id(12): {id(13)}})
		})
		for name, parents := range map[string]memberships{
			"itself":         {id(14): {id(14)}},
			"with stored":    {id(13): {id(11)}},
			"further up":     {id(13): {id(14)}, id(14): {id(12)}},
			"of new ones":    {id(12): nil, id(13): {id(14)}, id(14): {id(13)}},
			"beside a chain": {id(11): {id(13), id(12)}, id(12): {id(11)}},
		} {
			f.part(name, func(f *fixture) {
				f.refusedWhole(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.SetGroupParents(parents) })
			})
		}
		f.equal(f.memberships(11, 12, 13, 14), memberships{id(11): {id(12)}, id(12): {id(13)}})
		// Two ways to the same group are none, and an edge may turn round.
		f.update(func(tx searchlight.Tx) error {
			return tx.SetGroupParents(memberships{id(11): {id(13), id(14)}, id(14): {id(13)}, id(12): nil, id(13): {id(12)}})
		})
	}},
	{"Depth", func(f *fixture) {
		const deepest = 32
		parents := memberships{}
		var groups []*searchlight.Group
		for n := range deepest {
			groups = append(groups, group(100+n, fmt.Sprintf("g%02d", n)))
			if n > 0 {
				parents[id(100+n)] = []searchlight.GUID{id(100 + n - 1)}
			}
		}
		f.createGroups(append(groups, group(99, "top"), group(200, "bottom"))...)
		f.update(func(tx searchlight.Tx) error { return tx.SetGroupParents(parents) })
		f.view(func(tx searchlight.Tx) error {
			above, err := tx.Ancestors(id(100 + deepest - 1))
			f.equal(len(above), deepest-1)
			return err
		})
		for _, parents := range []memberships{{id(100): {id(99)}}, {id(200): {id(100 + deepest - 1)}}} {
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.SetGroupParents(parents) })
		}
	}},
	{"Administrators", func(f *fixture) {
		f.createGroups(group(11, "parent", "ADMINISTRATION"), group(12, "child"), group(13, "grandchild"), group(14, "above"))
		f.update(func(tx searchlight.Tx) error {
			return tx.SetGroupParents(memberships{id(12): {id(11)}, id(13): {id(12)}, id(11): {id(14)}})
		})
		count := func(want int) {
			f.Helper()
			f.view(func(tx searchlight.Tx) error {
				got, err := tx.Administrators()
				f.equal(got, want)
				return err
			})
		}
		count(1) // tsadmin; neither su nor those whom a privilege of their own would not help
		f.update(func(tx searchlight.Tx) error {
			if err := tx.CreateUser(user(9, "above"), id(14)); err != nil { // a child gives nothing
				return err
			}
			return tx.CreateUser(user(8, "twice"), id(13), id(11), searchlight.AdminGroupID)
		})
		count(2)
		for n, state := range []searchlight.UserState{searchlight.UserActive, searchlight.UserLocked, searchlight.UserInactive,
			searchlight.UserPending, searchlight.UserExpired, searchlight.UserSuspended} {
			u := user(20+n, string(state))
			u.State = state
			f.update(func(tx searchlight.Tx) error { return tx.CreateUser(u, id(13)) })
		}
		count(4)
		f.update(func(tx searchlight.Tx) error { return tx.SetGroupParents(memberships{id(12): nil}) })
		count(2)
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(id(8)) })
		count(1)
	}},
	{"Many", func(f *fixture) {
		users, groups, ofUsers, parents := manyPrincipals()
		began := time.Now()
		f.update(func(tx searchlight.Tx) error {
			for _, g := range groups {
				if err := tx.CreateGroup(g); err != nil {
					return err
				}
			}
			if err := tx.SetGroupParents(parents); err != nil {
				return err
			}
			return tx.CreateUsers(users, ofUsers)
		})
		f.Logf("%d users and %d groups made in %v", len(users), len(groups), time.Since(began))
		check := func() {
			f.Helper()
			f.view(func(tx searchlight.Tx) error {
				began := time.Now()
				m, err := tx.Memberships()
				if err != nil {
					return err
				}
				f.Logf("memberships read in %v", time.Since(began))
				for _, u := range users {
					want := slices.Sorted(slices.Values(append([]searchlight.GUID{searchlight.AllGroupID}, ofUsers[u.ID]...)))
					if !slices.Equal(m.Users[u.ID], want) {
						f.Fatalf("%s is in %v, want %v", u.Name, m.Users[u.ID], want)
					}
				}
				f.equal(m.Groups, parents)
				all, err := tx.Users()
				f.equal(len(all), len(users)+4)
				return err
			})
		}
		check()
		for _, u := range users { // everybody moves
			for i, g := range ofUsers[u.ID] {
				ofUsers[u.ID][i] = groups[(slices.IndexFunc(groups, func(o *searchlight.Group) bool { return o.ID == g })+1)%len(groups)].ID
			}
		}
		began = time.Now()
		f.update(func(tx searchlight.Tx) error { return tx.SetUserGroups(ofUsers) })
		f.Logf("memberships of %d users replaced in %v", len(ofUsers), time.Since(began))
		check()
	}},
}

// manyPrincipals are 10,000 users in five groups each, and 1,000 groups five
// levels deep.
func manyPrincipals() (users []*searchlight.User, groups []*searchlight.Group, ofUsers, parents memberships) {
	ofUsers, parents = memberships{}, memberships{}
	for n := range 1000 {
		groups = append(groups, group(1_000_000+n, fmt.Sprintf("Group %d", n)))
		if level := n % 5; level > 0 {
			parents[groups[n].ID] = []searchlight.GUID{groups[n-1].ID}
		}
	}
	for n := range 10_000 {
		u := user(2_000_000+n, fmt.Sprintf("user.%d", n))
		users = append(users, u)
		for i := range 5 {
			ofUsers[u.ID] = append(ofUsers[u.ID], groups[(n*7+i*211)%len(groups)].ID)
		}
	}
	return users, groups, ofUsers, parents
}

// memberships are the groups of the principals with these numbers.
func (f *fixture) memberships(numbers ...int) memberships {
	f.Helper()
	of := memberships{}
	f.view(func(tx searchlight.Tx) error {
		m, err := tx.Memberships()
		if err != nil {
			return err
		}
		maps.Copy(m.Users, m.Groups)
		for _, n := range numbers {
			if groups := m.Users[id(n)]; groups != nil {
				of[id(n)] = groups
			}
		}
		return nil
	})
	return of
}

var subjectTests = []test{
	{"Membership", func(f *fixture) {
		f.update(func(tx searchlight.Tx) error {
			return tx.CreateUser(user(1, "zoe"), searchlight.AdminGroupID, searchlight.AllGroupID)
		})
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.Subject(id(1))
			if err == nil {
				f.equal(got.GroupNames, []string{"Administrator", "All"})
				f.equal(got.IsAdmin(), true)
			}
			return err
		})
	}},
	{"Inheritance", func(f *fixture) {
		f.createGroups(group(11, "Team", "DATADOWNLOADING", "AUTHORING"), group(12, "Unit", "DATAMANAGEMENT"),
			group(13, "company", "BYPASSRLS"), group(14, "Other", "ADMINISTRATION"))
		f.update(func(tx searchlight.Tx) error {
			// A child gives nothing.
			if err := tx.SetGroupParents(memberships{id(12): {id(13)}, id(11): {id(12), id(13)}, id(14): {id(11)}}); err != nil {
				return err
			}
			return tx.CreateUser(user(1, "zoe"), id(11))
		})
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.Subject(id(1))
			f.equal(got, &searchlight.Subject{
				User:       *user(1, "zoe"),
				Groups:     []searchlight.GUID{searchlight.AllGroupID, id(13), id(11), id(12)},
				GroupNames: []string{"All", "company", "Team", "Unit"},
				Privileges: []searchlight.Privilege{"AUTHORING", "BYPASSRLS", "DATADOWNLOADING", "DATAMANAGEMENT"},
			})
			return err
		})
	}},
}
