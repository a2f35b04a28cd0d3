package storetest

import (
	"encoding/json"
	"time"

	"github.com/searchlight-bi/searchlight"
)

var builtInTests = []test{
	{"Users", func(f *fixture) {
		builtIn := func(id searchlight.GUID, name, display string, state searchlight.UserState) searchlight.User {
			return searchlight.User{ID: id, Name: name, DisplayName: display, Type: "LOCAL_USER", State: state,
				Created: searchlight.BuiltInTime, Modified: searchlight.BuiltInTime}
		}
		f.view(func(tx searchlight.Tx) error {
			users, err := tx.Users()
			f.equal(users, []searchlight.User{
				builtIn(searchlight.GuestUserID, "guest", "Guest", searchlight.UserInactive),
				builtIn(searchlight.SuperUserID, "su", "Administrator Super-User", searchlight.UserActive),
				builtIn(searchlight.SystemUserID, "system", "System User", searchlight.UserActive),
				builtIn(searchlight.AdminUserID, "tsadmin", "Administrator", searchlight.UserActive),
			})
			return err
		})
	}},
	{"Groups", func(f *fixture) {
		f.view(func(tx searchlight.Tx) error {
			for _, want := range []searchlight.Group{
				{ID: searchlight.AdminGroupID, Name: "Administrator", DisplayName: "Administration Group", Privileges: []searchlight.Privilege{"ADMINISTRATION"}},
				{ID: searchlight.AllGroupID, Name: "All", DisplayName: "All Group", Privileges: []searchlight.Privilege{"AUTHORING"}},
				{ID: searchlight.SystemGroupID, Name: "System", DisplayName: "System Management Group", Privileges: []searchlight.Privilege{"SYSTEMMANAGEMENT"}},
			} {
				want.Type, want.Created, want.Modified = "LOCAL_GROUP", searchlight.BuiltInTime, searchlight.BuiltInTime
				got, err := tx.Group(want.ID)
				if err != nil {
					return err
				}
				f.equal(got, &want)
			}
			return nil
		})
	}},
	{"Subjects", func(f *fixture) {
		f.view(func(tx searchlight.Tx) error {
			for id, want := range map[searchlight.GUID]searchlight.Subject{
				searchlight.AdminUserID: {
					Groups:     []searchlight.GUID{searchlight.AdminGroupID, searchlight.AllGroupID},
					GroupNames: []string{"Administrator", "All"},
					Privileges: []searchlight.Privilege{"ADMINISTRATION", "AUTHORING"},
				},
				searchlight.SuperUserID: {
					Groups:     []searchlight.GUID{searchlight.AdminGroupID, searchlight.AllGroupID, searchlight.SystemGroupID},
					GroupNames: []string{"Administrator", "All", "System"},
					Privileges: []searchlight.Privilege{"ADMINISTRATION", "AUTHORING", "SYSTEMMANAGEMENT"},
				},
				searchlight.SystemUserID: {
					Groups:     []searchlight.GUID{searchlight.AllGroupID, searchlight.SystemGroupID},
					GroupNames: []string{"All", "System"},
					Privileges: []searchlight.Privilege{"AUTHORING", "SYSTEMMANAGEMENT"},
				},
				searchlight.GuestUserID: {
					Groups:     []searchlight.GUID{searchlight.AllGroupID},
					GroupNames: []string{"All"},
					Privileges: []searchlight.Privilege{"AUTHORING"},
				},
			} {
				user, err := tx.User(id)
				if err != nil {
					return err
				}
				want.User = *user
				got, err := tx.Subject(id)
				if err != nil {
					return err
				}
				f.equal(got, &want)
			}
			return nil
		})
	}},
	{"Connection", func(f *fixture) {
		content, err := json.Marshal(searchlight.Connection{Type: searchlight.EmbeddedConnectionType})
		if err != nil {
			f.Fatal(err)
		}
		f.equal(f.object(searchlight.EmbeddedConnectionID), &searchlight.Object{
			Header: searchlight.Header{
				ID: searchlight.EmbeddedConnectionID, Type: searchlight.TypeConnection, Name: "Embedded",
				Author: searchlight.SystemUserID, Created: searchlight.BuiltInTime, Modified: searchlight.BuiltInTime,
				ModifiedBy: searchlight.SystemUserID, Owner: searchlight.EmbeddedConnectionID, Version: 1,
				ConnectionType: searchlight.EmbeddedConnectionType,
			},
			Content: content,
		})
	}},
}

var userTests = []test{
	{"CreateAndRead", func(f *fixture) {
		want := user(1, "Zoë")
		want.FailedLogins, want.LockedUntil = 3, at(60)
		f.createUsers(want)
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.User(id(1))
			f.equal(got, want)
			return err
		})
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
			var names []string
			for _, u := range users {
				names = append(names, u.Name)
			}
			f.equal(names, []string{"alice", "Bob", "guest", "su", "system", "tsadmin", "zoe"})
			return err
		})
	}},
	{"Missing", func(f *fixture) {
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.UserByName("nobody"); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Subject(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Group(id(1)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.GroupByName("nobody"); return err })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.UpdateUser(user(1, "nobody")) })
	}},
	{"Taken", func(f *fixture) {
		f.createUsers(user(1, "Zoe"), user(2, "Bob"))
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateUser(user(3, "zOE")) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateUser(user(3, "TSADMIN")) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.CreateUser(user(1, "other")) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateUser(user(2, "ZOE")) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(3)); return err })
	}},
	{"NameOfAGroup", func(f *fixture) { f.createUsers(user(1, "All")) }},
	{"Update", func(f *fixture) {
		f.createUsers(user(1, "zoe"))
		want := user(1, "ZOE")
		want.DisplayName, want.Email, want.Type, want.State = "Z", "z@example.com", "SAML_USER", searchlight.UserLocked
		want.PasswordHash, want.Modified, want.FailedLogins, want.LockedUntil = "", at(9), 4, at(69)
		changed := *want
		changed.Created = at(8) // which stays as it was
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUser(&changed) })
		f.view(func(tx searchlight.Tx) error {
			subject, err := tx.Subject(id(1))
			if err == nil {
				f.equal(&subject.User, want)
				f.equal(subject.GroupNames, []string{"All"})
			}
			return err
		})

		want.FailedLogins, want.LockedUntil = 0, time.Time{}
		f.update(func(tx searchlight.Tx) error { return tx.UpdateUser(want) })
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.User(id(1))
			f.equal(got, want)
			return err
		})
	}},
	{"TimesNotGiven", func(f *fixture) {
		u := user(1, "zoe")
		u.Created, u.Modified = time.Time{}, time.Time{}
		f.createUsers(u)
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.User(id(1))
			if err == nil {
				f.equal([]time.Time{got.Created, got.Modified}, []time.Time{at(0), at(0)})
			}
			return err
		})
	}},
	{"BadText", func(f *fixture) {
		for _, name := range []string{"a\x00b", "a\xffb", string(make([]byte, 3000))} {
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateUser(user(1, name)) })
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { _, err := tx.UserByName(name); return err })
			f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { _, err := tx.GroupByName(name); return err })
		}
	}},
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
	{"UnknownGroup", func(f *fixture) {
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.CreateUser(user(1, "zoe"), id(9)) })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(1)); return err })
	}},
	{"Inheritance", func(f *fixture) {
		team := &searchlight.Group{ID: id(11), Name: "Team", Type: "LOCAL_GROUP", Privileges: []searchlight.Privilege{"DATADOWNLOADING", "AUTHORING"}}
		unit := &searchlight.Group{ID: id(12), Name: "Unit", Type: "LOCAL_GROUP", Privileges: []searchlight.Privilege{"DATAMANAGEMENT"}}
		company := &searchlight.Group{ID: id(13), Name: "company", Type: "LOCAL_GROUP", Privileges: []searchlight.Privilege{"BYPASSRLS"}}
		other := &searchlight.Group{ID: id(14), Name: "Other", Type: "LOCAL_GROUP", Privileges: []searchlight.Privilege{"ADMINISTRATION"}}
		f.seed(func(s Seeder) error {
			for _, create := range []func() error{
				func() error { return s.CreateGroup(company) },
				func() error { return s.CreateGroup(unit, id(13)) },
				func() error { return s.CreateGroup(team, id(12), id(13)) },
				func() error { return s.CreateGroup(other, id(11)) }, // a child gives nothing
			} {
				if err := create(); err != nil {
					return err
				}
			}
			return nil
		})
		f.update(func(tx searchlight.Tx) error { return tx.CreateUser(user(1, "zoe"), id(11)) })
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
	{"GroupByName", func(f *fixture) {
		want := &searchlight.Group{ID: id(11), Name: "Größe", DisplayName: "G", Description: "d", Type: "LDAP_GROUP",
			Privileges: []searchlight.Privilege{"A", "B"}, Created: at(1), Modified: at(2)}
		f.seed(func(s Seeder) error { return s.CreateGroup(want) })
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.GroupByName("GRÖSSE")
			f.equal(got, want)
			return err
		})
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error {
			return tx.(Seeder).CreateGroup(&searchlight.Group{ID: id(12), Name: "GRÖSSE"})
		})
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error {
			return tx.(Seeder).CreateGroup(&searchlight.Group{ID: id(11), Name: "other"})
		})
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error {
			return tx.(Seeder).CreateGroup(&searchlight.Group{ID: id(12), Name: "other"}, id(13))
		})
	}},
}
