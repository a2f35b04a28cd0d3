package v1

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

// Users manages users.
type Users interface {
	Users(ctx context.Context, s *searchlight.Subject) ([]directory.User, error)
	User(ctx context.Context, s *searchlight.Subject, ref directory.Ref) (*directory.User, error)
	CheckUsers(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error
	CreateUser(ctx context.Context, s *searchlight.Subject, n directory.NewUser) (*directory.User, error)
	UpdateUser(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, w directory.UserChange, keep [32]byte) error
	DeleteUsers(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error
	SetEmail(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, email string) error
	UpdatePassword(ctx context.Context, s *searchlight.Subject, w directory.PasswordChange) (own bool, err error)
	UpdatePreferences(ctx context.Context, s *searchlight.Subject, ref directory.Ref, p directory.PreferenceChange) error
	Deactivate(ctx context.Context, s *searchlight.Subject, name string) (*directory.Invitation, error)
	InviteReset(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) (*directory.Invitation, error)
	Activate(ctx context.Context, r directory.Redemption) error
	ResetPassword(ctx context.Context, r directory.Redemption) error
	InvalidateSessions(ctx context.Context, s *searchlight.Subject, w directory.Invalidation) error
	TransferOwnership(ctx context.Context, s *searchlight.Subject, t directory.Transfer) error
	Sync(ctx context.Context, s *searchlight.Subject, r directory.SyncRequest) (*directory.SyncResult, error)
}

func (a *API) userRoutes() []route {
	return []route{
		{method: "GET", path: "/user", handle: a.getUser},
		{method: "POST", path: "/user", event: searchlight.EventUsersCreated, handle: a.createUser},
		{method: "PUT", path: "/user/{userid}", event: searchlight.EventUsersModified, handle: a.updateUser},
		{method: "DELETE", path: "/user/{userid}", event: searchlight.EventUsersDeleted, handle: a.deleteUser},
		{method: "PUT", path: "/user/email", event: searchlight.EventUsersModified, handle: a.setEmail},
		{method: "GET", path: "/user/list", handle: a.listPrincipals},
		{method: "POST", path: "/user/sync", event: searchlight.EventUsersModified, handle: a.syncPrincipals},
		{method: "POST", path: "/user/transfer/ownership", event: searchlight.EventOwnershipTransferred, handle: a.transferOwnership},
		{method: "POST", path: "/user/updatepassword", event: searchlight.EventPasswordUpdateFailed, handle: a.updatePassword},
		{method: "POST", path: "/user/updatepreference", event: searchlight.EventPreferencesChanged, handle: a.updatePreference},
		{method: "POST", path: "/user/inactivate", event: searchlight.EventUsersModified, handle: a.deactivate},
		{method: "POST", path: "/user/activate", open: true, proven: true, event: searchlight.EventUserActivated, handle: a.activate},
		{method: "POST", path: "/user/resetpassword", open: true, proven: true, event: searchlight.EventPasswordUpdateFailed, handle: a.resetPassword},
		{method: "POST", path: "/user/session/invalidate", event: searchlight.EventSessionsInvalidated, handle: a.invalidateSessions},

		// Older names that clients still use (api-v1.md 3.9).
		{method: "POST", path: "/session/user/create", event: searchlight.EventUsersCreated, handle: a.createUser},
		{method: "POST", path: "/session/user/deleteusers", event: searchlight.EventUsersDeleted, handle: a.deleteUsers},

		{method: "POST", path: "/users/{userid}/reset-link", app: true, event: searchlight.EventUsersModified, handle: a.inviteReset},
	}
}

// missingIs gives errors about principals that are not there the status that
// the entry of an endpoint names; entries that name none mean 403.
func missingIs(status int, err error) error {
	if err == nil || searchlight.CodeOf(err) != searchlight.CodeNotFound {
		return err
	}
	if e, ok := errors.AsType[*searchlight.Error](err); ok && status == http.StatusForbidden {
		return searchlight.Errorf(searchlight.CodeForbidden, "%s", e.Message)
	}
	return &statusError{status, err}
}

// invalidIs does the same for what is wrong with a request.
func invalidIs(status int, err error) error {
	if err == nil || searchlight.CodeOf(err) != searchlight.CodeInvalid {
		return err
	}
	return &statusError{status, err}
}

// done answers a call that has nothing to say.
func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// principalHeader is the header inside users and groups (api-v1.md 3.1).
type principalHeader struct {
	ID            searchlight.GUID          `json:"id"`
	IndexVersion  int64                     `json:"indexVersion"`
	GenerationNum int64                     `json:"generationNum"`
	Name          string                    `json:"name"`
	DisplayName   string                    `json:"displayName"`
	Description   *string                   `json:"description,omitempty"`
	Author        searchlight.GUID          `json:"author"`
	Created       int64                     `json:"created"` // epoch ms
	Modified      int64                     `json:"modified"`
	ModifiedBy    searchlight.GUID          `json:"modifiedBy"`
	Owner         searchlight.GUID          `json:"owner"` // itself
	IsDeleted     bool                      `json:"isDeleted"`
	IsHidden      bool                      `json:"isHidden"`
	Tags          []struct{}                `json:"tags"`
	Type          searchlight.PrincipalType `json:"type"`
	IsExternal    bool                      `json:"isExternal"`
	IsDeprecated  bool                      `json:"isDeprecated"`
}

// principalBody is what users and groups have in common.
type principalBody struct {
	AssignedGroups    []searchlight.GUID        `json:"assignedGroups"`
	InheritedGroups   []searchlight.GUID        `json:"inheritedGroups"`
	Privileges        []searchlight.Privilege   `json:"privileges"`
	Type              searchlight.PrincipalType `json:"type"`
	ParentType        string                    `json:"parenttype"`
	Visibility        searchlight.Visibility    `json:"visibility"`
	TenantID          searchlight.GUID          `json:"tenantId"`
	DisplayName       string                    `json:"displayName"`
	Header            principalHeader           `json:"header"`
	Complete          bool                      `json:"complete"`
	IncompleteDetail  []struct{}                `json:"incompleteDetail"`
	IsSystemPrincipal bool                      `json:"isSystemPrincipal"`
}

// userBody is a user as the API shows it (api-v1.md 3.1).
type userBody struct {
	UserContent userContentBody `json:"userContent"`
	State       string          `json:"state"`
	principalBody
	IsSuperUser bool `json:"isSuperUser"`
}

type userContentBody struct {
	Preferences map[string]any `json:"userPreferences"`
	Properties  struct {
		Mail string `json:"mail"`
	} `json:"userProperties"`
	Activity struct {
		FirstLogin       int64 `json:"first_login"` // epoch ms; -1: never
		WelcomeEmailSent bool  `json:"welcome_email_sent"`
	} `json:"userActivityProto"`
}

// describeUser is a user with everything; it is for administrators, since the
// addresses of others are.
func describeUser(u *directory.User) userBody {
	b := userBody{
		State: string(u.State), IsSuperUser: u.ID == searchlight.SuperUserID,
		principalBody: principalBody{
			AssignedGroups: orEmpty(u.Groups), InheritedGroups: orEmpty(u.Inherited), Privileges: []searchlight.Privilege{},
			Type: u.Type, ParentType: "USER", Visibility: u.Visibility, TenantID: searchlight.TenantID, DisplayName: u.DisplayName,
			Complete: true, IncompleteDetail: []struct{}{}, IsSystemPrincipal: searchlight.IsBuiltIn(u.ID),
			Header: principalHeader{
				ID: u.ID, IndexVersion: u.Version, GenerationNum: u.Version, Name: u.Name, DisplayName: u.DisplayName, Author: u.Author,
				Created: u.Created.UnixMilli(), Modified: u.Modified.UnixMilli(), ModifiedBy: u.ModifiedBy, Owner: u.ID, Tags: []struct{}{}, Type: u.Type,
			},
		},
	}
	b.UserContent.Preferences = describePreferences(&u.Preferences)
	b.UserContent.Properties.Mail = u.Email
	b.UserContent.Activity.FirstLogin = -1
	if !u.FirstLogin.IsZero() {
		b.UserContent.Activity.FirstLogin = u.FirstLogin.UnixMilli()
	}
	return b
}

func describePreferences(p *searchlight.Preferences) map[string]any {
	b := map[string]any{}
	for key, value := range p.Other {
		b[key] = value
	}
	b["notifyOnShare"] = p.Notifies()
	b["showWalkMe"] = p.ShowWalkMe == nil || *p.ShowWalkMe
	b["analystOnboardingComplete"] = p.AnalystOnboardingComplete
	if p.Locale != "" {
		b["preferredLocale"] = p.Locale
	}
	if len(p.Proto) > 0 {
		b["preferencesProto"] = base64.StdEncoding.EncodeToString(p.Proto)
	}
	return b
}

func describeUsers(users []directory.User) []userBody {
	list := make([]userBody, len(users))
	for i := range users {
		list[i] = describeUser(&users[i])
	}
	return list
}

// orEmpty keeps a list without members from becoming null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// getUser is GET user: one user when it is named, else all.
func (a *API) getUser(w http.ResponseWriter, r *request) error {
	ref, err := decodeRef(r.params, "userid", "name")
	if err != nil {
		return err
	}
	if ref == (directory.Ref{}) {
		users, err := a.config.Users.Users(r.Context(), r.subject)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, describeUsers(users))
		return nil
	}
	user, err := a.config.Users.User(r.Context(), r.subject, ref)
	if err != nil {
		if ref.ID != "" {
			return missingIs(http.StatusInternalServerError, err)
		}
		return missingIs(http.StatusBadRequest, err)
	}
	writeJSON(w, http.StatusOK, describeUser(user))
	return nil
}

func decodeRef(p *params, id, name string) (ref directory.Ref, err error) {
	ref.Name, _ = p.text(name)
	ref.ID, err = p.optionalGUID(id)
	return ref, err
}

// createUser is POST user.
func (a *API) createUser(w http.ResponseWriter, r *request) (err error) {
	p := r.params
	var n directory.NewUser
	if n.Name, err = p.required("name"); err != nil {
		return err
	}
	if n.DisplayName, err = p.required("displayname"); err != nil {
		return err
	}
	n.Password, _ = p.text("password")
	var properties struct{ Mail, Email *string }
	if _, err = p.object("properties", &properties); err != nil {
		return err
	}
	for _, mail := range []*string{properties.Email, properties.Mail} {
		if mail != nil {
			n.Email = *mail
		}
	}
	if n.Type, err = principalType(p, "usertype", searchlight.LocalUser); err != nil {
		return err
	}
	if n.Visibility, err = visibility(p); err != nil {
		return err
	}
	if n.Groups, err = p.guids("groups"); err != nil {
		return err
	}
	user, err := a.config.Users.CreateUser(r.Context(), r.subject, n)
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	writeJSON(w, http.StatusOK, describeUser(user))
	return nil
}

// principalType reads a type of the same kind as the one that stands for an
// absent parameter.
func principalType(p *params, name string, absent searchlight.PrincipalType) (searchlight.PrincipalType, error) {
	var allowed []string
	for _, t := range searchlight.PrincipalTypes {
		if t.IsUser() == absent.IsUser() {
			allowed = append(allowed, string(t))
		}
	}
	t, err := p.enum(name, string(absent), allowed...)
	return searchlight.PrincipalType(t), err
}

// nonShareable is how some clients spell a visibility.
const nonShareable = "NON_SHAREABLE"

func visibility(p *params) (searchlight.Visibility, error) {
	v, err := p.enum("visibility", string(searchlight.Sharable), string(searchlight.Sharable), string(searchlight.NonSharable), nonShareable)
	return canonicalVisibility(v), err
}

func canonicalVisibility(v string) searchlight.Visibility {
	if v = strings.ToUpper(v); v == nonShareable {
		return searchlight.NonSharable
	}
	return searchlight.Visibility(v)
}

// userContent is a user object that clients send back, or a part of one. What
// it does not list cannot be changed in this way.
type userContent struct {
	Header struct {
		Name, DisplayName *string
	} `json:"header"`
	Name           *string             `json:"name"`
	DisplayName    *string             `json:"displayName"`
	Type           *string             `json:"type"`
	State          *string             `json:"state"`
	Visibility     *string             `json:"visibility"`
	AssignedGroups *[]searchlight.GUID `json:"assignedGroups"`
	UserContent    struct {
		Preferences map[string]json.RawMessage `json:"userPreferences"`
		Properties  struct {
			Mail *string `json:"mail"`
		} `json:"userProperties"`
	} `json:"userContent"`
}

func (c *userContent) change() (directory.UserChange, error) {
	w := directory.UserChange{
		Name: either(c.Name, c.Header.Name), DisplayName: either(c.DisplayName, c.Header.DisplayName), Email: c.UserContent.Properties.Mail,
		Groups: c.AssignedGroups, Type: upper[searchlight.PrincipalType](c.Type), State: upper[searchlight.UserState](c.State),
		Preferences: directory.PreferenceChange{Set: c.UserContent.Preferences},
	}
	if c.Visibility != nil {
		w.Visibility = new(canonicalVisibility(*c.Visibility))
	}
	// As it is shown with the others; it is set by user/updatepreference.
	delete(w.Preferences.Set, "preferencesProto")
	return w, checkGUIDs(c.AssignedGroups)
}

func either(first, second *string) *string {
	if first != nil {
		return first
	}
	return second
}

func upper[T ~string](value *string) *T {
	if value == nil {
		return nil
	}
	return new(T(strings.ToUpper(*value)))
}

// checkGUIDs puts GUIDs into lower case.
func checkGUIDs(ids *[]searchlight.GUID) error {
	if ids == nil {
		return nil
	}
	for i, id := range *ids {
		parsed, ok := searchlight.ParseGUID(string(id))
		if !ok {
			return errBadGUID("content", string(id))
		}
		(*ids)[i] = parsed
	}
	return nil
}

// updateUser is PUT user/{userid}.
func (a *API) updateUser(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	var content userContent
	given, err := r.params.object("content", &content)
	if err != nil {
		return invalidIs(http.StatusInternalServerError, err)
	}
	change, err := content.change()
	if err != nil {
		return invalidIs(http.StatusInternalServerError, err)
	}
	if password, ok := r.params.text("password"); ok {
		change.Password = &password
	} else if !given {
		return r.params.missing("content")
	}
	err = a.config.Users.UpdateUser(r.Context(), r.subject, id, change, r.session)
	if err != nil {
		return missingIs(http.StatusForbidden, err)
	}
	if change.Password != nil && id == r.subject.User.ID {
		if err := a.renew(w, r); err != nil {
			return err
		}
	}
	return done(w, nil)
}

// deleteUser is DELETE user/{userid}.
func (a *API) deleteUser(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("userid")
	if err != nil {
		return invalidIs(http.StatusInternalServerError, err)
	}
	return done(w, missingIs(http.StatusInternalServerError, a.config.Users.DeleteUsers(r.Context(), r.subject, id)))
}

// deleteUsers is POST session/user/deleteusers.
func (a *API) deleteUsers(w http.ResponseWriter, r *request) error {
	ids, err := r.params.requiredGUIDs("ids")
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusForbidden, a.config.Users.DeleteUsers(r.Context(), r.subject, ids...)))
}

// setEmail is PUT user/email.
func (a *API) setEmail(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	email, err := r.params.required("emailid")
	if err != nil {
		return err
	}
	err = a.config.Users.SetEmail(r.Context(), r.subject, id, email)
	return done(w, missingIs(http.StatusBadRequest, invalidIs(http.StatusInternalServerError, err)))
}
