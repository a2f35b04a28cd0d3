package v1

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

// listedPrincipal is a user or group in user/list (api-v1.md 2.6).
type listedPrincipal struct {
	ID          searchlight.GUID          `json:"id"`
	Name        string                    `json:"name"`
	DisplayName string                    `json:"displayName"`
	Description string                    `json:"description,omitempty"`
	Created     int64                     `json:"created"` // epoch ms
	Modified    int64                     `json:"modified"`
	Mail        *string                   `json:"mail,omitempty"` // of users
	Type        searchlight.PrincipalType `json:"principalTypeEnum"`
	GroupNames  []string                  `json:"groupNames"`
	Visibility  searchlight.Visibility    `json:"visibility"`
	Activate    bool                      `json:"activate"`
}

// listPrincipals is GET user/list: groups, then users, each in the order in
// which they were made.
func (a *API) listPrincipals(w http.ResponseWriter, r *request) error {
	groups, err := a.config.Groups.Groups(r.Context(), r.subject)
	if err != nil {
		return err
	}
	users, err := a.config.Users.Users(r.Context(), r.subject)
	if err != nil {
		return err
	}
	// Both come by name, which stays the order of what was made together.
	slices.SortStableFunc(groups, func(a, b directory.Group) int { return a.Created.Compare(b.Created) })
	slices.SortStableFunc(users, func(a, b directory.User) int { return a.Created.Compare(b.Created) })
	names := make(map[searchlight.GUID]string, len(groups))
	for i := range groups {
		names[groups[i].ID] = groups[i].Name
	}
	list := make([]listedPrincipal, 0, len(groups)+len(users))
	for _, g := range groups {
		list = append(list, listedPrincipal{ID: g.ID, Name: g.Name, DisplayName: g.DisplayName, Description: g.Description,
			Created: g.Created.UnixMilli(), Modified: g.Modified.UnixMilli(), Type: g.Type, GroupNames: namesOf(g.Parents, names), Visibility: g.Visibility})
	}
	for _, u := range users {
		list = append(list, listedPrincipal{ID: u.ID, Name: u.Name, DisplayName: u.DisplayName,
			Created: u.Created.UnixMilli(), Modified: u.Modified.UnixMilli(), Mail: &u.Email, Type: u.Type, GroupNames: namesOf(u.Groups, names), Visibility: u.Visibility})
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// namesOf leaves out groups that were made between the two looks at the store.
func namesOf(ids []searchlight.GUID, names map[searchlight.GUID]string) []string {
	list := []string{}
	for _, id := range ids {
		if name, ok := names[id]; ok {
			list = append(list, name)
		}
	}
	return list
}

// syncedPrincipal is a principal in the list of user/sync (api-v1.md 2.7).
type syncedPrincipal struct {
	Name        string    `json:"name"`
	DisplayName *string   `json:"displayName"`
	Description *string   `json:"description"`
	Mail        *string   `json:"mail"`
	Type        string    `json:"principalTypeEnum"`
	Password    *string   `json:"password"`
	GroupNames  *[]string `json:"groupNames"`
	Visibility  *string   `json:"visibility"`
}

// syncBody is the answer of user/sync; clients read all six lists.
type syncBody struct {
	UsersAdded    []string `json:"usersAdded"`
	UsersDeleted  []string `json:"usersDeleted"`
	UsersUpdated  []string `json:"usersUpdated"`
	GroupsAdded   []string `json:"groupsAdded"`
	GroupsDeleted []string `json:"groupsDeleted"`
	GroupsUpdated []string `json:"groupsUpdated"`
}

// syncPrincipals is POST user/sync. Mistakes in the list are a 500, as
// documented; those in passwords a 400, in whose text clients look for the
// word.
func (a *API) syncPrincipals(w http.ResponseWriter, r *request) (err error) {
	if !isMultipart(r.Request) {
		return errNotMultipart()
	}
	var s directory.SyncRequest
	if s.Principals, err = decodePrincipals(r.params); err != nil {
		return err
	}
	if s.Apply, err = r.params.flag("applyChanges"); err != nil {
		return err
	}
	if s.RemoveDeleted, err = r.params.boolean("removeDeleted"); err != nil {
		return err
	}
	s.Password, _ = r.params.text("password")
	result, err := a.config.Users.Sync(r.Context(), r.subject, s)
	if list, ok := errors.AsType[*directory.ListError](err); ok {
		return errBadPrincipals(list.Err)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, syncBody{
		UsersAdded: orEmpty(result.UsersAdded), UsersDeleted: orEmpty(result.UsersDeleted), UsersUpdated: orEmpty(result.UsersUpdated),
		GroupsAdded: orEmpty(result.GroupsAdded), GroupsDeleted: orEmpty(result.GroupsDeleted), GroupsUpdated: orEmpty(result.GroupsUpdated),
	})
	return nil
}

func isMultipart(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == "multipart/form-data"
}

func decodePrincipals(p *params) ([]directory.Principal, error) {
	const byteOrderMark = "\ufeff"
	text, ok := p.text("principals")
	text = strings.TrimSpace(strings.TrimPrefix(text, byteOrderMark))
	if !ok || !strings.HasPrefix(text, "[") {
		return nil, errBadPrincipals(invalid("the parameter principals must be a JSON array of users and groups"))
	}
	var listed []syncedPrincipal
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		return nil, errBadPrincipals(invalid("the parameter principals is no JSON array of users and groups: %s", reasonOf(err)))
	}
	principals := make([]directory.Principal, len(listed))
	for i, l := range listed {
		principals[i] = directory.Principal{Name: l.Name, Type: searchlight.PrincipalType(strings.ToUpper(l.Type)),
			DisplayName: l.DisplayName, Description: l.Description, Mail: l.Mail, Groups: l.GroupNames, Password: l.Password}
		if l.Visibility != nil && *l.Visibility != "" {
			principals[i].Visibility = new(canonicalVisibility(*l.Visibility))
		}
	}
	return principals, nil
}

// reasonOf says what is wrong with JSON, and repeats nothing of it: there may
// be passwords in it.
func reasonOf(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrong.Field + " must not be of type " + wrong.Value
	}
	return "it is malformed"
}

// transferOwnership is POST user/transfer/ownership (api-v1.md 2.5).
func (a *API) transferOwnership(w http.ResponseWriter, r *request) (err error) {
	var t directory.Transfer
	if t.From, err = r.params.required("fromUserName"); err != nil {
		return err
	}
	if t.To, err = r.params.required("toUserName"); err != nil {
		return err
	}
	if t.Objects, err = r.params.guids("objectsID"); err != nil {
		return err
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Users.TransferOwnership(r.Context(), r.subject, t)))
}
