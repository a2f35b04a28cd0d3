package v1

import (
	"context"
	"net/http"
	"net/mail"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
)

// Sharer shares objects and says with whom they are shared.
type Sharer interface {
	// Share and ShareViz return remarks for the caller.
	Share(ctx context.Context, s *searchlight.Subject, r sharing.ShareRequest) (remarks []string, err error)
	ShareViz(ctx context.Context, s *searchlight.Subject, r sharing.ShareVizRequest) (remarks []string, err error)
	Permissions(ctx context.Context, s *searchlight.Subject, r sharing.PermissionRequest) (sharing.Permissions, error)
	ListAs(ctx context.Context, s *searchlight.Subject, r sharing.ListAsRequest) (*sharing.Listing, error)
}

func (a *API) securityRoutes() []route {
	return []route{
		{method: "POST", path: "/security/share", event: searchlight.EventShared, handle: a.share},
		{method: "POST", path: "/security/shareviz", event: searchlight.EventShared, handle: a.shareViz},
		{method: "GET", path: "/security/metadata/permissions", handle: a.permissions},
		{method: "GET", path: "/security/metadata/{id}/permissions", handle: a.permissions},
		{method: "POST", path: "/security/definedpermission", handle: a.definedPermissions},
		{method: "POST", path: "/security/effectivepermissionbulk", handle: a.permissionsOfTypes},
		{method: "GET", path: "/metadata/listas", handle: a.listAs},
	}
}

// noticeHeader carries remarks of calls whose answer has no body.
const noticeHeader = "X-Searchlight-Notice"

func sharedTypes() []string {
	names := make([]string, len(sharing.Types))
	for i, t := range sharing.Types {
		names[i] = string(t)
	}
	return names
}

// sharedType is a required parameter.
func sharedType(p *params, name string) (searchlight.ObjectType, error) {
	t, err := p.enum(name, "", sharedTypes()...)
	if err == nil && t == "" {
		err = p.missing(name)
	}
	return searchlight.ObjectType(t), err
}

// share is POST security/share (api-v1.md 2.20).
func (a *API) share(w http.ResponseWriter, r *request) (err error) {
	var s sharing.ShareRequest
	if s.Type, err = sharedType(r.params, "type"); err != nil {
		return err
	}
	if s.Objects, err = r.params.requiredGUIDs("id"); err != nil {
		return err
	}
	if s.Levels, err = decodeLevels(r.params); err != nil {
		return err
	}
	if s.Notice, err = decodeNotice(r.params); err != nil {
		return err
	}
	remarks, err := a.config.Sharer.Share(r.Context(), r.subject, s)
	return answerShared(w, remarks, err)
}

// shareViz is POST security/shareviz (api-v1.md 2.21).
func (a *API) shareViz(w http.ResponseWriter, r *request) error {
	t, err := r.params.enum("type", string(searchlight.TypePinboard), string(searchlight.TypePinboard))
	if err != nil {
		return err
	}
	s := sharing.ShareVizRequest{Type: searchlight.ObjectType(t)}
	if s.Pinboard, err = r.params.guid("pinboardId"); err != nil {
		return err
	}
	if s.Visualization, err = r.params.guid("vizid"); err != nil {
		return err
	}
	if s.Principals, err = r.params.requiredGUIDs("principalids"); err != nil {
		return err
	}
	if s.Notice, err = decodeNotice(r.params); err != nil {
		return err
	}
	remarks, err := a.config.Sharer.ShareViz(r.Context(), r.subject, s)
	return answerShared(w, remarks, err)
}

func answerShared(w http.ResponseWriter, remarks []string, err error) error {
	if err != nil {
		return err
	}
	for _, remark := range remarks {
		w.Header().Add(noticeHeader, remark)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// decodeLevels reads {"permissions":{"<principal>":{"shareMode":"READ_ONLY"}}}.
func decodeLevels(p *params) (map[searchlight.GUID]searchlight.Level, error) {
	const name = "permission"
	var body struct {
		Permissions map[string]map[string]any `json:"permissions"`
	}
	switch ok, err := p.object(name, &body); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, p.missing(name)
	case body.Permissions == nil:
		return nil, errBadObject(name)
	}
	levels := map[searchlight.GUID]searchlight.Level{}
	for principal, entry := range body.Permissions {
		id, ok := searchlight.ParseGUID(principal)
		if !ok {
			return nil, errBadGUID(name, principal)
		}
		mode, ok := "", false
		for key, value := range entry {
			if strings.EqualFold(strings.ReplaceAll(key, " ", ""), "shareMode") { // also written share mode
				mode, ok = value.(string)
			}
		}
		if _, twice := levels[id]; twice || !ok {
			return nil, errBadObject(name)
		}
		level, ok := shareModes[foldMode(mode)]
		if !ok {
			return nil, errBadEnum(name, mode, shareModeNames)
		}
		levels[id] = level
	}
	return levels, nil
}

// shareModes are the levels by every name that has been documented for them.
var (
	shareModes = map[string]searchlight.Level{
		"NO_ACCESS": searchlight.NoAccess, "READ_ONLY": searchlight.ReadOnly,
		"MODIFY": searchlight.Modify, "FULL": searchlight.Modify, "EDIT": searchlight.Modify,
	}
	shareModeNames = []string{"NO_ACCESS", "READ_ONLY", "MODIFY"}
)

func foldMode(mode string) string {
	return strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(mode)), "-", "_")
}

// decodeNotice also accepts useCustomEmbedUrls, which has no effect: there is
// one style of links.
func decodeNotice(p *params) (n sharing.Notice, err error) {
	if n.Wanted, err = p.flag("notify"); err != nil {
		return n, err
	}
	if n.Addresses, err = p.array("emailshares"); err != nil {
		return n, err
	}
	for _, address := range n.Addresses {
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			return n, errBadAddress("emailshares", address)
		}
	}
	n.Message, _ = p.text("message")
	_, err = p.boolean("useCustomEmbedUrls")
	return n, err
}

// permissionsBody is what principals may do with one object.
type permissionsBody struct {
	Permissions map[searchlight.GUID]permissionBody `json:"permissions"`
}

type permissionBody struct {
	TopLevel   searchlight.GUID `json:"topLevelObjectId"`
	Mode       string           `json:"shareMode"`
	Dependents []dependentBody  `json:"dependents"`
}

type dependentBody struct {
	ID        searchlight.GUID       `json:"id"`
	Name      string                 `json:"name"`
	Author    searchlight.GUID       `json:"author"`
	Owner     searchlight.GUID       `json:"owner"`
	OwnerName string                 `json:"ownerName,omitempty"`
	Type      searchlight.ObjectType `json:"type"`
	Mode      string                 `json:"shareMode"`
	IsHidden  bool                   `json:"isHidden"`
}

// permissions is GET security/metadata/permissions and security/metadata/{id}/permissions
// (api-v1.md 3.6).
func (a *API) permissions(w http.ResponseWriter, r *request) error {
	kind, err := r.params.enum("permissiontype", "EFFECTIVE", "EFFECTIVE", "DEFINED")
	if err != nil {
		return err
	}
	return a.permissionsOfType(w, r, kind == "DEFINED")
}

// definedPermissions is POST security/definedpermission.
func (a *API) definedPermissions(w http.ResponseWriter, r *request) error {
	return a.permissionsOfType(w, r, true)
}

func (a *API) permissionsOfType(w http.ResponseWriter, r *request, defined bool) error {
	t, err := sharedType(r.params, "type")
	if err != nil {
		return err
	}
	ids, err := r.params.requiredGUIDs("id")
	if err != nil {
		return err
	}
	answer, err := a.findPermissions(r, map[searchlight.ObjectType][]searchlight.GUID{t: ids}, defined)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, answer[t])
	return nil
}

// permissionsOfTypes is POST security/effectivepermissionbulk.
func (a *API) permissionsOfTypes(w http.ResponseWriter, r *request) error {
	const name = "idsbytype"
	var body map[string][]string
	switch ok, err := r.params.object(name, &body); {
	case err != nil:
		return err
	case !ok:
		return r.params.missing(name)
	}
	objects := map[searchlight.ObjectType][]searchlight.GUID{}
	for typeName, texts := range body {
		t, err := enumOf(name, typeName, sharedTypes())
		if err != nil {
			return err
		}
		for _, text := range texts {
			id, ok := searchlight.ParseGUID(text)
			if !ok {
				return errBadGUID(name, text)
			}
			objects[searchlight.ObjectType(t)] = append(objects[searchlight.ObjectType(t)], id)
		}
	}
	if len(objects) == 0 {
		return r.params.missing(name)
	}
	answer, err := a.findPermissions(r, objects, false)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

func (a *API) findPermissions(r *request, objects map[searchlight.ObjectType][]searchlight.GUID, defined bool) (map[searchlight.ObjectType]map[searchlight.GUID]permissionsBody, error) {
	dependents, err := r.params.flag("dependentshare")
	if err != nil {
		return nil, err
	}
	found, err := a.config.Sharer.Permissions(r.Context(), r.subject, sharing.PermissionRequest{Objects: objects, Defined: defined, Dependents: dependents})
	if err != nil {
		return nil, err
	}
	answer := map[searchlight.ObjectType]map[searchlight.GUID]permissionsBody{}
	for t, permissions := range found {
		answer[t] = map[searchlight.GUID]permissionsBody{}
		for id, principals := range permissions {
			b := permissionsBody{map[searchlight.GUID]permissionBody{}}
			for principal, p := range principals {
				b.Permissions[principal] = permissionBody{TopLevel: p.TopLevel, Mode: p.Level.ShareMode(), Dependents: dependentsOf(p)}
			}
			answer[t][id] = b
		}
	}
	return answer, nil
}

func dependentsOf(p *sharing.Permission) []dependentBody {
	list := []dependentBody{}
	for i := range p.Dependents {
		d := &p.Dependents[i]
		b := dependentBody{
			ID: d.ID, Name: d.Name, Author: d.Author, Owner: d.Owner, OwnerName: d.OwnerName,
			Type: d.Type, Mode: d.Level.ShareMode(), IsHidden: d.Hidden,
		}
		if d.Type == searchlight.TypeVisualization { // documented as a hidden answer
			b.Type, b.IsHidden = searchlight.TypeAnswer, true
		}
		list = append(list, b)
	}
	return list
}
