package v1

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

// Groups manages groups and who is in them.
type Groups interface {
	Groups(ctx context.Context, s *searchlight.Subject) ([]directory.Group, error)
	Group(ctx context.Context, s *searchlight.Subject, ref directory.Ref) (*directory.Group, error)
	CreateGroup(ctx context.Context, s *searchlight.Subject, n directory.NewGroup) (*directory.Group, error)
	UpdateGroup(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, w directory.GroupChange) error
	DeleteGroups(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error
	AddPrivilege(ctx context.Context, s *searchlight.Subject, p searchlight.Privilege, groups ...string) ([]directory.Group, error)
	RemovePrivilege(ctx context.Context, s *searchlight.Subject, p searchlight.Privilege, groups ...string) ([]directory.Group, error)

	UserGroups(ctx context.Context, s *searchlight.Subject, user searchlight.GUID) ([]directory.Group, error)
	GroupUsers(ctx context.Context, s *searchlight.Subject, group searchlight.GUID) ([]directory.User, error)
	Subgroups(ctx context.Context, s *searchlight.Subject, group searchlight.GUID) ([]directory.Group, error)
	Join(ctx context.Context, s *searchlight.Subject, users, groups []searchlight.GUID) error
	Leave(ctx context.Context, s *searchlight.Subject, users, groups []searchlight.GUID) error
	SetUserGroups(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, groups []searchlight.GUID) error
	SetGroupUsers(ctx context.Context, s *searchlight.Subject, group searchlight.GUID, users []searchlight.GUID) error
	JoinGroups(ctx context.Context, s *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error
	LeaveGroups(ctx context.Context, s *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error
	SetSubgroups(ctx context.Context, s *searchlight.Subject, group searchlight.GUID, members []searchlight.GUID) error
}

func (a *API) groupRoutes() []route {
	return []route{
		{method: "GET", path: "/group", handle: a.getGroup},
		{method: "POST", path: "/group", event: searchlight.EventGroupsCreated, handle: a.createGroup},
		{method: "PUT", path: "/group/{groupid}", event: searchlight.EventGroupModified, handle: a.updateGroup},
		{method: "DELETE", path: "/group/{groupid}", event: searchlight.EventGroupsDeleted, handle: a.deleteGroup},
		{method: "POST", path: "/group/addprivilege", event: searchlight.EventPrivilegesChanged, handle: a.addPrivilege},
		{method: "POST", path: "/group/removeprivilege", event: searchlight.EventPrivilegesChanged, handle: a.removePrivilege},
		{method: "POST", path: "/group/addrole", event: searchlight.EventPrivilegesChanged, handle: a.changeRole},
		{method: "POST", path: "/group/removerole", event: searchlight.EventPrivilegesChanged, handle: a.changeRole},

		{method: "POST", path: "/session/group/create", event: searchlight.EventGroupsCreated, handle: a.createGroup},
		{method: "POST", path: "/session/group/deletegroups", event: searchlight.EventGroupsDeleted, handle: a.deleteGroups},
	}
}

// groupBody is a group as the API shows it (api-v1.md 3.2).
type groupBody struct {
	UserGroupContent  struct{}           `json:"userGroupContent"`
	GroupIdx          int                `json:"groupIdx"`
	MetadataVersion   int                `json:"metadataVersion"`
	AssignedPinboards []searchlight.GUID `json:"assignedPinboards"`
	principalBody
	Description       string `json:"description,omitempty"`
	AssignableByToken bool   `json:"assignableByToken,omitempty"`
	AssignableBySSO   bool   `json:"assignableBySSO,omitempty"`
}

// describeGroup is a group with everything.
func describeGroup(g *directory.Group) groupBody {
	b := groupBody{
		GroupIdx: groupIndex(g.ID), MetadataVersion: -1, AssignedPinboards: orEmpty(g.Pinboards), Description: g.Description,
		AssignableByToken: g.AssignableByToken, AssignableBySSO: g.AssignableBySSO,
		principalBody: principalBody{
			AssignedGroups: orEmpty(g.Parents), InheritedGroups: orEmpty(g.Inherited), Privileges: orEmpty(g.Privileges),
			Type: g.Type, ParentType: "GROUP", Visibility: g.Visibility, TenantID: searchlight.TenantID, DisplayName: g.DisplayName,
			Complete: true, IncompleteDetail: []struct{}{}, IsSystemPrincipal: searchlight.IsBuiltIn(g.ID),
			Header: principalHeader{
				ID: g.ID, IndexVersion: g.Version, GenerationNum: g.Version, Name: g.Name, DisplayName: g.DisplayName, Author: g.Author,
				Created: g.Created.UnixMilli(), Modified: g.Modified.UnixMilli(), ModifiedBy: g.ModifiedBy, Owner: g.ID, Tags: []struct{}{}, Type: g.Type,
			},
		},
	}
	if g.Description != "" {
		b.Header.Description = &g.Description
	}
	return b
}

// groupIndex is the bit of a group in the userGroupMask of session/info, a
// hint of old: administrators, everybody else, the system.
func groupIndex(id searchlight.GUID) int {
	switch id {
	case searchlight.AdminGroupID:
		return 1
	case searchlight.SystemGroupID:
		return 3
	}
	return 2
}

func groupMask(groups []searchlight.GUID) (mask int) {
	for _, id := range groups {
		mask |= 1 << groupIndex(id)
	}
	return mask
}

func describeGroups(groups []directory.Group) []groupBody {
	list := make([]groupBody, len(groups))
	for i := range groups {
		list[i] = describeGroup(&groups[i])
	}
	return list
}

// getGroup is GET group: one group when it is named, else all.
func (a *API) getGroup(w http.ResponseWriter, r *request) error {
	ref, err := decodeRef(r.params, "groupid", "name")
	if err != nil {
		return err
	}
	if ref == (directory.Ref{}) {
		groups, err := a.config.Groups.Groups(r.Context(), r.subject)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, describeGroups(groups))
		return nil
	}
	group, err := a.config.Groups.Group(r.Context(), r.subject, ref)
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	writeJSON(w, http.StatusOK, describeGroup(group))
	return nil
}

// createGroup is POST group.
func (a *API) createGroup(w http.ResponseWriter, r *request) (err error) {
	p := r.params
	var n directory.NewGroup
	if n.Name, err = p.required("name"); err != nil {
		return err
	}
	if n.DisplayName, err = p.required("displayname"); err != nil {
		return err
	}
	n.Description, _ = p.text("description")
	if n.Type, err = principalType(p, "grouptype", searchlight.LocalGroup); err != nil {
		return err
	}
	if n.Visibility, err = visibility(p); err != nil {
		return err
	}
	names, err := p.array("privileges")
	if err != nil {
		return err
	}
	if n.Privileges, err = privileges("privileges", names); err != nil {
		return err
	}
	group, err := a.config.Groups.CreateGroup(r.Context(), r.subject, n)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, describeGroup(group))
	return nil
}

// privileges reads names of privileges, of which clients cut one short. Groups
// may carry one that cannot be given, and clients send it back.
func privileges(parameter string, names []string) ([]searchlight.Privilege, error) {
	list := make([]searchlight.Privilege, len(names))
	for i, name := range names {
		p := searchlight.Privilege(strings.ToUpper(stripQuotes(name)))
		if p == "EXPERIMENTALFEATUREPRIVILEG" {
			p = searchlight.PrivilegeExperimental
		}
		if !slices.Contains(searchlight.GrantablePrivileges, p) && p != searchlight.PrivilegeSystemManagement {
			return nil, errBadPrivilege(parameter, name)
		}
		list[i] = p
	}
	return list, nil
}

// groupContent is a group object that clients send back, or a part of one.
type groupContent struct {
	Header struct {
		Name, DisplayName, Description *string
	} `json:"header"`
	Name              *string             `json:"name"`
	DisplayName       *string             `json:"displayName"`
	Description       *string             `json:"description"`
	Type              *string             `json:"type"`
	Visibility        *string             `json:"visibility"`
	Privileges        *[]string           `json:"privileges"`
	AssignedGroups    *[]searchlight.GUID `json:"assignedGroups"`
	AssignedPinboards *[]searchlight.GUID `json:"assignedPinboards"`
	AssignableByToken *bool               `json:"assignableByToken"`
	AssignableBySSO   *bool               `json:"assignableBySSO"`
}

func (c *groupContent) change() (directory.GroupChange, error) {
	w := directory.GroupChange{
		Name: either(c.Name, c.Header.Name), DisplayName: either(c.DisplayName, c.Header.DisplayName), Description: either(c.Description, c.Header.Description),
		Type: upper[searchlight.PrincipalType](c.Type), Parents: c.AssignedGroups, Pinboards: c.AssignedPinboards,
		AssignableByToken: c.AssignableByToken, AssignableBySSO: c.AssignableBySSO,
	}
	if c.Visibility != nil {
		w.Visibility = new(canonicalVisibility(*c.Visibility))
	}
	if c.Privileges != nil {
		list, err := privileges("content", *c.Privileges)
		if err != nil {
			return w, err
		}
		w.Privileges = &list
	}
	if err := checkGUIDs(c.AssignedGroups); err != nil {
		return w, err
	}
	return w, checkGUIDs(c.AssignedPinboards)
}

// updateGroup is PUT group/{groupid}.
func (a *API) updateGroup(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("groupid")
	if err != nil {
		return err
	}
	var content groupContent
	given, err := r.params.object("content", &content)
	if err == nil && !given {
		return r.params.missing("content")
	}
	if err != nil {
		return invalidIs(http.StatusInternalServerError, err)
	}
	change, err := content.change()
	if err != nil {
		return invalidIs(http.StatusInternalServerError, err)
	}
	return done(w, missingIs(http.StatusForbidden, a.config.Groups.UpdateGroup(r.Context(), r.subject, id, change)))
}

// deleteGroup is DELETE group/{groupid}.
func (a *API) deleteGroup(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("groupid")
	if err != nil {
		return invalidIs(http.StatusInternalServerError, err)
	}
	return done(w, missingIs(http.StatusInternalServerError, a.config.Groups.DeleteGroups(r.Context(), r.subject, id)))
}

// deleteGroups is POST session/group/deletegroups.
func (a *API) deleteGroups(w http.ResponseWriter, r *request) error {
	ids, err := r.params.requiredGUIDs("ids")
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusForbidden, a.config.Groups.DeleteGroups(r.Context(), r.subject, ids...)))
}

// addPrivilege is POST group/addprivilege (api-v1.md 2.10). The answer has a
// body only for the clients that want one: they send a multipart form and name
// JSON.
func (a *API) addPrivilege(w http.ResponseWriter, r *request) error {
	privilege, names, err := decodePrivilegeChange(r.params)
	if err != nil {
		return err
	}
	groups, err := a.config.Groups.AddPrivilege(r.Context(), r.subject, privilege, names...)
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	if !isMultipart(r.Request) || !strings.Contains(r.Header.Get("Accept"), "application/json") {
		return done(w, nil)
	}
	if len(groups) == 1 {
		writeJSON(w, http.StatusOK, describeGroup(&groups[0]))
	} else {
		writeJSON(w, http.StatusOK, describeGroups(groups))
	}
	return nil
}

// removePrivilege is POST group/removeprivilege.
func (a *API) removePrivilege(w http.ResponseWriter, r *request) error {
	privilege, names, err := decodePrivilegeChange(r.params)
	if err != nil {
		return err
	}
	_, err = a.config.Groups.RemovePrivilege(r.Context(), r.subject, privilege, names...)
	return done(w, missingIs(http.StatusBadRequest, err))
}

func decodePrivilegeChange(p *params) (searchlight.Privilege, []string, error) {
	name, err := p.required("privilege")
	if err != nil {
		return "", nil, err
	}
	list, err := privileges("privilege", []string{strings.TrimSpace(name)})
	if err != nil {
		return "", nil, err
	}
	groups, err := p.array("groupNames")
	if err == nil && len(groups) == 0 {
		err = p.missing("groupNames")
	}
	return list[0], groups, err
}

// changeRole is POST group/addrole and group/removerole, which later releases
// of the documented product have.
func (a *API) changeRole(_ http.ResponseWriter, r *request) error {
	if !isMultipart(r.Request) {
		return errNotMultipart()
	}
	if _, err := r.params.required("roleID"); err != nil {
		return err
	}
	groups, err := r.params.array("groupNames")
	if err == nil && len(groups) == 0 {
		err = r.params.missing("groupNames")
	}
	if err != nil {
		return err
	}
	if err := r.subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	return errNoRoles()
}
