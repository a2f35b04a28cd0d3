package v1

import (
	"net/http"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

func (a *API) orgRoutes() []route {
	return []route{
		{method: "GET", path: "/session/orgs", handle: a.listOrgs},
		{method: "PUT", path: "/session/orgs", handle: a.switchOrg},
		{method: "GET", path: "/session/orgs/users/{userid}", handle: a.orgsOfUser},
		{method: "POST", path: "/user/addtoorg", event: searchlight.EventUsersModified, handle: a.addToOrg},
	}
}

// orgBody is an organization; there is one.
type orgBody struct {
	ID           int              `json:"orgId"`
	Name         string           `json:"orgName"`
	Description  string           `json:"description"`
	AllUserGroup searchlight.GUID `json:"allUserGroupId"`
	DefaultAdmin searchlight.GUID `json:"defaultAdminUserGroupId"`
	IsActive     bool             `json:"isActive"`
}

type orgsBody struct {
	Orgs                []orgBody `json:"orgs"`
	CanAdministerAllOrg bool      `json:"canAdministerAllOrgs"`
	CurrentOrgID        int       `json:"currentOrgId"`
}

// primaryOrg is the id of the one organization.
const primaryOrg = 0

func answerOrgs(w http.ResponseWriter, r *request) error {
	offset, err := r.params.integer("offset", 0)
	if err != nil {
		return err
	}
	if _, err := r.params.integer("batchsize", 0); err != nil { // no page is too small for one
		return err
	}
	body := orgsBody{Orgs: []orgBody{}, CanAdministerAllOrg: r.subject.IsAdmin(), CurrentOrgID: primaryOrg}
	if offset <= 0 {
		body.Orgs = append(body.Orgs, orgBody{ID: primaryOrg, Name: "Primary", Description: "Primary Org",
			AllUserGroup: searchlight.AllGroupID, DefaultAdmin: searchlight.AdminGroupID, IsActive: true})
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// listOrgs is GET session/orgs (api-v1.md 3.3).
func (a *API) listOrgs(w http.ResponseWriter, r *request) error {
	return answerOrgs(w, r)
}

// switchOrg is PUT session/orgs. It changes nothing, since there is one.
func (a *API) switchOrg(w http.ResponseWriter, r *request) error {
	id, err := r.params.requiredInteger("orgid")
	if err != nil {
		return err
	}
	if id != primaryOrg {
		return errOtherOrg()
	}
	return done(w, nil)
}

// orgsOfUser is GET session/orgs/users/{userid}.
func (a *API) orgsOfUser(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	if id == r.subject.User.ID {
		return answerOrgs(w, r)
	}
	if !r.subject.IsAdmin() {
		return errOtherUsersOrgs()
	}
	if _, err := a.config.Users.User(r.Context(), r.subject, directory.Ref{ID: id}); err != nil {
		return missingIs(http.StatusForbidden, err)
	}
	return answerOrgs(w, r)
}

// addToOrg is POST user/addtoorg. It changes nothing: everybody is in the one
// organization.
func (a *API) addToOrg(w http.ResponseWriter, r *request) error {
	users, err := r.params.requiredGUIDs("userids")
	if err != nil {
		return err
	}
	org, err := r.params.requiredInteger("orgid")
	if err != nil {
		return err
	}
	if err := r.subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	if org != primaryOrg {
		return errOtherOrg()
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Users.CheckUsers(r.Context(), r.subject, users...)))
}
