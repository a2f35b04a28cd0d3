package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// wholeUser has a value in every field.
func wholeUser(n int, name string) *searchlight.User {
	u := user(n, name)
	u.Type, u.State, u.Visibility = searchlight.SAMLUser, searchlight.UserLocked, searchlight.NonSharable
	u.MustChangePassword, u.Identity, u.HomePinboard, u.FirstLogin = true, "https://idp.example.com\x1f"+name, id(77), at(3)
	u.Author, u.ModifiedBy = searchlight.SuperUserID, searchlight.SystemUserID
	u.FailedLogins, u.LockedUntil = 3, at(60)
	u.Preferences = searchlight.Preferences{
		Locale: "de-DE", NotifyOnShare: new(false), ShowWalkMe: new(true), AnalystOnboardingComplete: true, Proto: []byte{0, 255, 7},
		Other: map[string]json.RawMessage{"a<b": json.RawMessage(`{"é\u0000":[1,null]}`), "b": json.RawMessage(`0.10`)},
	}
	return u
}

var userTests = []test{
	{"CreateAndRead", func(f *fixture) {
		want := wholeUser(1, "Zoë")
		f.createUsers(want)
		f.view(func(tx searchlight.Tx) error {
			for _, read := range []func() (*searchlight.User, error){
				func() (*searchlight.User, error) { return tx.User(id(1)) },
				func() (*searchlight.User, error) { return tx.UserByName("zOË") },
				func() (*searchlight.User, error) { return tx.UserByIdentity(want.Identity) },
				func() (*searchlight.User, error) { users, err := tx.Users(); return &users[len(users)-1], err },
			} {
				got, err := read()
				if err != nil {
					return err
				}
				f.equal(got, want)
			}
			return nil
		})
	}},
	{"NotGiven", func(f *fixture) {
		u := &searchlight.User{ID: id(1), Name: "zoe"}
		f.createUsers(u)
		want := &searchlight.User{ID: id(1), Name: "zoe", Visibility: searchlight.Sharable, Author: searchlight.SystemUserID,
			Created: at(0), Modified: at(0), ModifiedBy: searchlight.SystemUserID, Version: 1}
		f.equal(u, want)
		f.equal(f.user(1), want)
	}},
	{"NameIgnoresCase", func(f *fixture) {
		want := user(1, "Zoë Straße")
		f.createUsers(want)
		f.view(func(tx searchlight.Tx) error {
			// The last one is spelled with a combining diaeresis.
			for _, name := range []string{"Zoë Straße", "zoë straße", "ZOË STRASSE", "zoe\u0308 strasse"} {
				got, err := tx.UserByName(name)
				if err != nil {
					return err
				}
				f.equal(got, want)
			}
			return nil
		})
	}},
	{"Order", func(f *fixture) {
		f.createUsers(user(1, "zoe"), user(2, "Bob"), user(3, "alice"))
		f.view(func(tx searchlight.Tx) error {
			users, err := tx.Users()
			f.equal(userNames(users), []string{"alice", "Bob", "guest", "su", "system", "tsadmin", "zoe"})
			return err
		})
	}},
	{"Among", func(f *fixture) {
		f.createUsers(user(1, "zoe"), wholeUser(2, "Ann"), user(3, "bob"))
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.UsersAmong(id(1), id(9), id(2), id(2), "no id")
			f.equal(got, []searchlight.User{*wholeUser(2, "Ann"), *user(1, "zoe")})
			if err != nil {
				return err
			}
			got, err = tx.UsersAmong()
			f.equal(len(got), 0)
			return err
		})
	}},
	{"Missing", func(f *fixture) {
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.UserByName("nobody"); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.UserByIdentity("nobody"); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.UserByIdentity(""); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Subject(id(1)); return err })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.UpdateUser(user(1, "nobody")) })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.CountLogin(user(1, "nobody")) })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.DeleteUser(id(1)) })
	}},
	{"Taken", func(f *fixture) {
		identified := user(2, "Bob")
		identified.Identity = "idp bob"
		f.createUsers(user(1, "Zoe"), identified)
		create := func(users ...*searchlight.User) func(searchlight.Tx) error {
			return func(tx searchlight.Tx) error { return tx.CreateUsers(users, nil) }
		}
		again := func(n int, name string) *searchlight.User {
			u := user(n, name)
			u.Identity = "idp bob"
			return u
		}
		other := again(4, "other")
		other.Identity = "idp other"
		double := again(5, "double")
		double.Identity = "idp other"
		for name, do := range map[string]func(searchlight.Tx) error{
			"name":              create(user(3, "zOE")),
			"built-in name":     create(user(3, "TSADMIN")),
			"id":                create(user(1, "other")),
			"identity":          create(again(3, "other")),
			"name among many":   create(user(3, "first"), user(4, "second"), user(5, "zoe")),
			"same name twice":   create(user(3, "twice"), user(4, "TWICE")),
			"same id twice":     create(user(3, "one"), user(3, "two")),
			"identity twice":    create(other, double),
			"name of another":   func(tx searchlight.Tx) error { return tx.UpdateUser(again(2, "ZOE")) },
			"identity of other": func(tx searchlight.Tx) error { return tx.UpdateUser(again(1, "Zoe")) },
		} {
			f.part(name, func(f *fixture) { f.refusedWhole(searchlight.CodeConflict, do) })
		}
		f.view(func(tx searchlight.Tx) error {
			users, err := tx.Users()
			f.equal(userNames(users), []string{"Bob", "guest", "su", "system", "tsadmin", "Zoe"})
			return err
		})
	}},
	{"NameOfAGroup", func(f *fixture) { f.createUsers(user(1, "All")) }},
	{"Update", func(f *fixture) {
		f.createUsers(user(1, "zoe"))
		want := wholeUser(1, "ZOE")
		changed := *want
		changed.Created, changed.Author = at(8), id(9) // which stay as they were
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUser(&changed) })
		f.equal(changed.Version, int64(2))
		want.Version, want.Author = 2, searchlight.AdminUserID
		f.view(func(tx searchlight.Tx) error {
			subject, err := tx.Subject(id(1))
			if err == nil {
				f.equal(&subject.User, want)
				f.equal(subject.GroupNames, []string{"All"})
			}
			return err
		})

		plain := user(1, "zoe")
		plain.Version = 2
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUser(plain) })
		want = user(1, "zoe")
		want.Version = 3
		f.equal(f.user(1), want)
	}},
	{"UpdateMany", func(f *fixture) {
		f.createUsers(user(1, "zoe"), user(2, "ann"), user(3, "bob"))
		before := f.version()
		many := []*searchlight.User{wholeUser(1, "Zoe B"), user(3, "bob")}
		many[1].DisplayName, many[1].Created, many[1].Author = "Robert", at(8), id(9)
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUsers(many) })
		f.equal([]int64{many[0].Version, many[1].Version}, []int64{2, 2})
		f.equal(f.version(), before+1)
		want := wholeUser(1, "Zoe B")
		want.Version, want.Author = 2, searchlight.AdminUserID
		f.equal(f.user(1), want)
		f.equal(f.user(2), user(2, "ann"))
		want = user(3, "bob")
		want.DisplayName, want.Version = "Robert", 2
		f.equal(f.user(3), want)

		identify := func(n int, name, identity string) *searchlight.User {
			u := user(n, name)
			u.Identity, u.Version = identity, f.user(n).Version
			return u
		}
		f.update(func(tx searchlight.Tx) error {
			return tx.UpdateUsers([]*searchlight.User{identify(2, "ann", "idp ann"), identify(3, "bob", "idp bob")})
		})
		ann, bob := f.user(2), f.user(3)
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUsers(nil) })
		f.equal(f.version(), before+2)
		stale := identify(3, "bob", "idp bob")
		stale.Version--
		for name, refused := range map[string]struct {
			users []*searchlight.User
			code  searchlight.ErrorCode
		}{
			"one is not there":     {[]*searchlight.User{ann, user(4, "eve")}, searchlight.CodeNotFound},
			"one was changed":      {[]*searchlight.User{ann, stale}, searchlight.CodeConflict},
			"one is there twice":   {[]*searchlight.User{identify(2, "ann one", ""), bob, identify(2, "ann two", "")}, searchlight.CodeConflict},
			"a name that is taken": {[]*searchlight.User{identify(2, "ZOE B", ""), bob}, searchlight.CodeConflict},
			"one name twice":       {[]*searchlight.User{identify(2, "new", ""), identify(3, "NEW", "")}, searchlight.CodeConflict},
			"one identity twice":   {[]*searchlight.User{identify(2, "ann", "idp"), identify(3, "bob", "idp")}, searchlight.CodeConflict},
			"swapped names":        {[]*searchlight.User{identify(2, "bob", ""), identify(3, "ann", "")}, searchlight.CodeConflict},
			"swapped identities":   {[]*searchlight.User{identify(2, "ann", "idp bob"), identify(3, "bob", "idp ann")}, searchlight.CodeConflict},
			"a name given up":      {[]*searchlight.User{identify(2, "new", ""), identify(3, "ann", "")}, searchlight.CodeConflict},
			"an identity given up": {[]*searchlight.User{identify(2, "ann", ""), identify(3, "bob", "idp ann")}, searchlight.CodeConflict},
		} {
			f.part(name, func(f *fixture) {
				f.refusedWhole(refused.code, func(tx searchlight.Tx) error { return tx.UpdateUsers(refused.users) })
				f.equal([]*searchlight.User{f.user(2), f.user(3)}, []*searchlight.User{ann, bob})
			})
		}
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(4)); return err })
	}},
	{"UpdateInSeveralStatements", func(f *fixture) {
		var users []*searchlight.User
		for n := range 1000 {
			users = append(users, user(1000+n, fmt.Sprintf("user.%04d", n)))
		}
		f.update(func(tx searchlight.Tx) error { return tx.CreateUsers(users, nil) })
		before := f.version()
		for n, u := range users {
			u.Name, u.Identity = fmt.Sprintf("changed.%04d", n), fmt.Sprintf("idp %d", n)
		}
		last := users[len(users)-1]
		last.Version++
		f.refusedWhole(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateUsers(users) })
		f.equal(f.version(), before)
		f.equal([]string{f.user(1000).Name, f.user(1999).Name}, []string{"user.0000", "user.0999"})
		last.Version--

		slices.Reverse(users)
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUsers(users) })
		f.equal(f.version(), before+1)
		slices.Reverse(users)
		f.view(func(tx searchlight.Tx) error {
			stored, err := tx.Users() // in the order of names: all of them come before the built-in ones
			if err != nil {
				return err
			}
			for n, u := range users {
				want := user(1000+n, fmt.Sprintf("user.%04d", n))
				want.Name, want.Identity, want.Version = fmt.Sprintf("changed.%04d", n), fmt.Sprintf("idp %d", n), 2
				f.equal([]*searchlight.User{u, &stored[n]}, []*searchlight.User{want, want})
			}
			return nil
		})
	}},
	{"ChangedMeanwhile", func(f *fixture) {
		f.createUsers(user(1, "zoe"))
		mine, yours := f.user(1), f.user(1)
		mine.Email, yours.DisplayName = "mine@example.com", "Yours"
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUser(mine) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateUser(yours) })
		f.equal(yours.Version, int64(1))
		f.equal(f.user(1), mine)
	}},
	{"ManyUpdates", func(f *fixture) {
		f.createUsers(user(1, "zoe"))
		const clients = 100
		var conflicts int
		var mu sync.Mutex
		clientsAtOnce(clients, func(int) {
			for {
				u := f.user(1) // as a client that reads, thinks and writes
				count, _ := strconv.Atoi(u.DisplayName)
				u.DisplayName = strconv.Itoa(count + 1)
				err := f.store.Update(f.Context(), func(tx searchlight.Tx) error { return tx.UpdateUser(u) })
				if err == nil {
					return
				}
				if searchlight.CodeOf(err) != searchlight.CodeConflict {
					f.Error(err)
					return
				}
				mu.Lock()
				conflicts++
				mu.Unlock()
			}
		})
		u := f.user(1)
		f.equal([]any{u.DisplayName, u.Version}, []any{strconv.Itoa(clients), int64(clients + 1)})
		f.Logf("%d conflicts", conflicts)
	}},
	{"CountLogin", func(f *fixture) {
		f.createUsers(user(1, "zoe"))
		before := f.version()
		u := wholeUser(1, "other")
		u.PasswordHash = "new"
		f.update(func(tx searchlight.Tx) error { return tx.CountLogin(u) })
		want := user(1, "zoe")
		want.FailedLogins, want.LockedUntil, want.FirstLogin, want.PasswordHash = u.FailedLogins, u.LockedUntil, u.FirstLogin, "new"
		f.equal(f.user(1), want)
		f.equal(f.version(), before)
	}},
	{"DeleteMany", func(f *fixture) {
		f.createUsers(user(1, "zoe"), user(2, "ann"), user(3, "bob"))
		f.createGroups(group(11, "team"))
		o := worksheet(4, "o")
		o.Author = id(2)
		f.createObjects(o)
		f.update(func(tx searchlight.Tx) error {
			if err := tx.SetGrant(searchlight.Grant{Object: id(4), Principal: id(1), Level: searchlight.ReadOnly, GrantedBy: id(2)}); err != nil {
				return err
			}
			for key, user := range map[byte]searchlight.GUID{1: id(1), 2: id(2), 3: id(3), 4: ""} {
				if err := tx.PutTicket(ticket("t", key, user, "", 60)); err != nil {
					return err
				}
			}
			return tx.SetUserGroups(memberships{id(1): {id(11)}, id(3): {id(11)}})
		})
		f.createSessions(session(1, id(1), false, 1, 1), session(2, id(2), false, 1, 1), session(3, id(3), false, 1, 1))
		f.view(func(tx searchlight.Tx) error {
			authors, err := tx.Authors(id(1), id(2), id(3), id(9))
			f.equal(authors, []searchlight.GUID{id(2)})
			return err
		})
		before := f.version()
		f.refusedWhole(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.DeleteUsers(id(1), id(9)) })
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUsers() })
		f.equal(f.version(), before)
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUsers(id(1), id(2), id(1)) })
		f.equal(f.version(), before+1)
		f.equal(f.tickets("t", 1, 2, 3, 4), []int{3, 4})
		f.equal([][]int{f.sessionsOf(id(1)), f.sessionsOf(id(2)), f.sessionsOf(id(3))}, [][]int{nil, nil, {3}})
		f.equal(f.object(id(4)).Author, id(2))
		f.view(func(tx searchlight.Tx) error {
			users, err := tx.Users()
			if err != nil {
				return err
			}
			f.equal(userNames(users), []string{"bob", "guest", "su", "system", "tsadmin"})
			grants, err := tx.Grants(id(4))
			f.equal(len(grants), 0)
			if err != nil {
				return err
			}
			m, err := tx.Memberships()
			f.equal([][]searchlight.GUID{m.Users[id(1)], m.Users[id(2)], m.Users[id(3)]}, [][]searchlight.GUID{nil, nil, {id(11), searchlight.AllGroupID}})
			return err
		})
	}},
	{"Delete", func(f *fixture) {
		f.createUsers(user(1, "zoe"), user(2, "ann"))
		o := worksheet(3, "o")
		o.Author = id(1)
		f.createObjects(o)
		f.createSessions(session(1, id(1), false, 1, 1), session(2, id(2), false, 1, 1))
		f.update(func(tx searchlight.Tx) error {
			for key, user := range map[byte]searchlight.GUID{1: id(1), 2: id(2), 3: ""} {
				if err := tx.PutTicket(ticket("t", key, user, "", 60)); err != nil {
					return err
				}
			}
			return tx.AddFavorite(id(1), id(3))
		})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteUser(id(1)) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(1)); return err })
		f.equal(f.sessionsOf(id(1)), []int(nil))
		f.equal(f.sessionsOf(id(2)), []int{2})
		f.equal(f.tickets("t", 1, 2, 3), []int{2, 3})
		f.equal(f.object(id(3)).Author, id(1))
		f.view(func(tx searchlight.Tx) error {
			m, err := tx.Memberships()
			if err == nil {
				f.equal(m.Users[id(1)], []searchlight.GUID(nil))
				f.equal(m.Users[id(2)], []searchlight.GUID{searchlight.AllGroupID})
			}
			return err
		})
		f.createUsers(user(4, "zoe")) // the name is free
	}},
	{"BadText", func(f *fixture) {
		for _, text := range []string{"a\x00b", "a\xffb", string(make([]byte, 3000))} {
			displayed, identified := user(1, "a"), user(1, "a")
			displayed.DisplayName, identified.Identity = text, text
			for _, u := range []*searchlight.User{user(1, text), displayed, identified} {
				f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateUser(u) })
			}
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { _, err := tx.UserByName(text); return err })
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { _, err := tx.UserByIdentity(text); return err })
		}
		long := user(1, "a")
		long.Identity = strings.Repeat("x", 2001)
		f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateUser(long) })
		wrong := user(1, "a")
		wrong.Preferences.Other = map[string]json.RawMessage{"x": json.RawMessage(`{`)}
		f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateUser(wrong) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(1)); return err })
	}},
	{"TimesAreMilliseconds", func(f *fixture) {
		u := user(1, "zoe")
		u.LockedUntil, u.FirstLogin = start, start.Add(time.Hour)
		f.createUsers(u)
		got := f.user(1)
		f.equal([]time.Time{got.LockedUntil, got.FirstLogin}, []time.Time{at(0), at(60)})
	}},
}

func userNames(users []searchlight.User) (names []string) {
	for _, u := range users {
		names = append(names, u.Name)
	}
	return names
}

func groupNames(groups []searchlight.Group) (names []string) {
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// clientsAtOnce runs what clients do, side by side.
func clientsAtOnce(clients int, do func(client int)) {
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() { do(client) })
	}
	group.Wait()
}
