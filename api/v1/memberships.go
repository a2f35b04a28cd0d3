package v1

import (
	"context"
	"net/http"

	"github.com/searchlight-bi/searchlight"
)

// The calls about who is in which group (api-v1.md 3.1, 3.2, 3.9). Users and
// groups that are not there are a 400, where the entry names no other status.
func (a *API) membershipRoutes() []route {
	event := searchlight.EventMembershipChanged
	groups := a.config.Groups
	return []route{
		{method: "GET", path: "/user/{userid}/groups", handle: a.listUserGroups},
		{method: "POST", path: "/user/{userid}/groups", event: event, handle: membership(groups.Join, "userid", "groupids")},
		{method: "PUT", path: "/user/{userid}/groups", event: event, handle: a.setUserGroups},
		{method: "DELETE", path: "/user/{userid}/groups", event: event, handle: membership(groups.Leave, "userid", "groupids")},

		{method: "POST", path: "/group/{groupid}/user/{userid}", event: event, handle: membership(groups.Join, "userid", "groupid")},
		{method: "DELETE", path: "/group/{groupid}/user/{userid}", event: event, handle: a.removeGroupUser},
		{method: "GET", path: "/group/{groupid}/users", handle: a.listGroupUsers},
		{method: "POST", path: "/group/{groupid}/users", event: event, handle: membership(groups.Join, "userids", "groupid")},
		{method: "PUT", path: "/group/{groupid}/users", event: event, handle: a.setGroupUsers},
		{method: "DELETE", path: "/group/{groupid}/users", event: event, handle: membership(groups.Leave, "userids", "groupid")},
		{method: "GET", path: "/group/{groupid}/groups", handle: a.listSubgroups},
		{method: "POST", path: "/group/{groupid}/groups", event: event, handle: a.subgroups(groups.JoinGroups, "principalids")},
		{method: "PUT", path: "/group/{groupid}/groups", event: event, handle: a.setSubgroups},
		{method: "DELETE", path: "/group/{groupid}/groups", event: event, handle: a.subgroups(groups.LeaveGroups, "principalids")},
		{method: "POST", path: "/group/addmemberships", event: event, handle: membership(groups.Join, "userids", "groupids")},
		{method: "POST", path: "/group/removememberships", event: event, handle: membership(groups.Leave, "userids", "groupids")},

		{method: "GET", path: "/group/listuser/{groupid}", handle: a.listGroupUsers},
		{method: "GET", path: "/session/group/listuser/{groupid}", handle: a.listGroupUsers},
		{method: "GET", path: "/session/group/listgroup/{groupid}", handle: a.listSubgroups},
		{method: "POST", path: "/session/group/adduser", event: event, handle: membership(groups.Join, "userid", "groupid")},
		{method: "POST", path: "/session/group/addgroups", event: event, handle: a.subgroups(groups.JoinGroups, "groupids")},
		{method: "POST", path: "/session/group/updateusersingroup", event: event, handle: a.setGroupUsers},
		{method: "POST", path: "/session/group/updategroupsingroup", event: event, handle: a.setSubgroups},
	}
}

// membership serves what is done with each of some users and each of some
// groups, named by two parameters.
func membership(do func(context.Context, *searchlight.Subject, []searchlight.GUID, []searchlight.GUID) error, users, groups string) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		userIDs, err := r.params.requiredGUIDs(users)
		if err != nil {
			return err
		}
		groupIDs, err := r.params.requiredGUIDs(groups)
		if err != nil {
			return err
		}
		return done(w, missingIs(http.StatusBadRequest, do(r.Context(), r.subject, userIDs, groupIDs)))
	}
}

// subgroups serves what is done with groups in a group.
func (a *API) subgroups(do func(context.Context, *searchlight.Subject, []searchlight.GUID, searchlight.GUID) error, members string) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		group, err := r.params.guid("groupid")
		if err != nil {
			return err
		}
		ids, err := r.params.requiredGUIDs(members)
		if err != nil {
			return err
		}
		return done(w, missingIs(http.StatusBadRequest, do(r.Context(), r.subject, ids, group)))
	}
}

// replacement is a list that may be empty, but must be there: nobody empties a
// group by forgetting a parameter. Of several names the first given counts.
func replacement(p *params, names ...string) ([]searchlight.GUID, error) {
	for _, name := range names {
		if p.all(name) != nil {
			return p.guids(name)
		}
	}
	return nil, p.missing(names[0])
}

// setUserGroups is PUT user/{userid}/groups.
func (a *API) setUserGroups(w http.ResponseWriter, r *request) error {
	user, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	groups, err := replacement(r.params, "groupids")
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Groups.SetUserGroups(r.Context(), r.subject, user, groups)))
}

// setGroupUsers is PUT group/{groupid}/users.
func (a *API) setGroupUsers(w http.ResponseWriter, r *request) error {
	group, err := r.params.guid("groupid")
	if err != nil {
		return err
	}
	users, err := replacement(r.params, "userids")
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Groups.SetGroupUsers(r.Context(), r.subject, group, users)))
}

// setSubgroups is PUT group/{groupid}/groups.
func (a *API) setSubgroups(w http.ResponseWriter, r *request) error {
	group, err := r.params.guid("groupid")
	if err != nil {
		return err
	}
	members, err := replacement(r.params, "principalids", "groupids")
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Groups.SetSubgroups(r.Context(), r.subject, group, members)))
}

// removeGroupUser is DELETE group/{groupid}/user/{userid}.
func (a *API) removeGroupUser(w http.ResponseWriter, r *request) error {
	user, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	group, err := r.params.guid("groupid")
	if err != nil {
		return err
	}
	err = a.config.Groups.Leave(r.Context(), r.subject, []searchlight.GUID{user}, []searchlight.GUID{group})
	return done(w, missingIs(http.StatusInternalServerError, err))
}

// listUserGroups is GET user/{userid}/groups.
func (a *API) listUserGroups(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	groups, err := a.config.Groups.UserGroups(r.Context(), r.subject, id)
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	writeJSON(w, http.StatusOK, describeGroups(groups))
	return nil
}

// listGroupUsers is GET group/{groupid}/users.
func (a *API) listGroupUsers(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("groupid")
	if err != nil {
		return err
	}
	users, err := a.config.Groups.GroupUsers(r.Context(), r.subject, id)
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	writeJSON(w, http.StatusOK, describeUsers(users))
	return nil
}

// listSubgroups is GET group/{groupid}/groups.
func (a *API) listSubgroups(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("groupid")
	if err != nil {
		return err
	}
	groups, err := a.config.Groups.Subgroups(r.Context(), r.subject, id)
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	writeJSON(w, http.StatusOK, describeGroups(groups))
	return nil
}
