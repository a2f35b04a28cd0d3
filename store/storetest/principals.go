package storetest

import (
	"encoding/json"

	"github.com/searchlight-bi/searchlight"
)

var builtInTests = []test{
	{"Users", func(f *fixture) {
		builtIn := func(id searchlight.GUID, name, display string, state searchlight.UserState) searchlight.User {
			return searchlight.User{ID: id, Name: name, DisplayName: display, Type: searchlight.LocalUser, State: state,
				Visibility: searchlight.Sharable, Author: searchlight.SuperUserID, Created: searchlight.BuiltInTime,
				Modified: searchlight.BuiltInTime, ModifiedBy: searchlight.SuperUserID, Version: 1}
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
		builtIn := func(id searchlight.GUID, name, display string, privilege searchlight.Privilege) searchlight.Group {
			return searchlight.Group{ID: id, Name: name, DisplayName: display, Type: searchlight.LocalGroup, Visibility: searchlight.Sharable,
				Privileges: []searchlight.Privilege{privilege}, Author: searchlight.SuperUserID, Created: searchlight.BuiltInTime,
				Modified: searchlight.BuiltInTime, ModifiedBy: searchlight.SuperUserID, Version: 1}
		}
		f.view(func(tx searchlight.Tx) error {
			groups, err := tx.Groups()
			f.equal(groups, []searchlight.Group{
				builtIn(searchlight.AdminGroupID, "Administrator", "Administration Group", "ADMINISTRATION"),
				builtIn(searchlight.AllGroupID, "All", "All Group", "AUTHORING"),
				builtIn(searchlight.SystemGroupID, "System", "System Management Group", "SYSTEMMANAGEMENT"),
			})
			return err
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
