package v1

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
	"github.com/searchlight-bi/searchlight/metadata"
)

// Modeler keeps the objects that searches are about, and what people hang onto
// them.
type Modeler interface {
	Import(ctx context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error)
	Export(ctx context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error)
	// List and ListFull list what s may see; they set the viewer of q
	// themselves.
	List(ctx context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error)
	ListFull(ctx context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*metadata.Listing, error)
	Describe(ctx context.Context, s *searchlight.Subject, r metadata.DetailsRequest) (*metadata.Storables, error)
	Delete(ctx context.Context, s *searchlight.Subject, t searchlight.ObjectType, ids []searchlight.GUID) error

	CreateTag(ctx context.Context, s *searchlight.Subject, n metadata.NewTag) (*searchlight.Object, error)
	Tag(ctx context.Context, s *searchlight.Subject, t metadata.Tagging) error
	AddFavorites(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, t searchlight.ObjectType, ids []searchlight.GUID) error
	RemoveFavorites(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, ids []searchlight.GUID) error
	HomePinboard(ctx context.Context, s *searchlight.Subject) (searchlight.GUID, error)
	SetHomePinboard(ctx context.Context, s *searchlight.Subject, user, pinboard searchlight.GUID) error

	Dependents(ctx context.Context, s *searchlight.Subject, r metadata.DependentsRequest) (*metadata.Dependents, error)
	DefaultOf(ctx context.Context, s *searchlight.Subject, pinboards []searchlight.GUID) (*metadata.Dependents, error)
	Incomplete(ctx context.Context, s *searchlight.Subject) (*metadata.Storables, error)
}

func (a *API) metadataRoutes() []route {
	return []route{
		{method: "GET", path: "/metadata/listobjectheaders", handle: a.listObjectHeaders},
		{method: "GET", path: "/metadata/list", handle: a.listMetadata},
		{method: "GET", path: "/metadata/details", handle: a.metadataDetails},
		{method: "GET", path: "/metadata/detail/{guid}", handle: a.metadataDetail},
		{method: "GET", path: "/metadata/listcolumns/{id}", handle: a.listColumns},
		{method: "POST", path: "/metadata/delete", event: searchlight.EventTablesDeleted, handle: a.deleteMetadata},
		{method: "POST", path: "/metadata/create", event: searchlight.EventTagsChanged, handle: a.createMetadata},
		{method: "POST", path: "/metadata/assigntag", event: searchlight.EventTagsChanged, handle: a.assignTag},
		{method: "POST", path: "/metadata/unassigntag", event: searchlight.EventTagsChanged, handle: a.unassignTag},
		{method: "POST", path: "/metadata/markunmarkfavoritefor", event: searchlight.EventFavoritesChanged, handle: a.markFavorite},
		{method: "DELETE", path: "/metadata/markunmarkfavoritefor", event: searchlight.EventFavoritesChanged, handle: a.unmarkFavorite},
		{method: "POST", path: "/metadata/tml/import", event: searchlight.EventTMLImported, handle: a.importTML},
		{method: "POST", path: "/metadata/tml/export", event: searchlight.EventTMLExported, handle: a.exportTML},
	}
}

// listMetadata is GET metadata/list (api-v1.md 3.4).
func (a *API) listMetadata(w http.ResponseWriter, r *request) error {
	q, err := decodeList(r.params)
	if err != nil {
		return err
	}
	owners, err := r.params.enums("ownertypes", ownerTypes)
	if err != nil {
		return err
	}
	for _, name := range owners {
		q.OwnerTypes = append(q.OwnerTypes, searchlight.ObjectType(name))
	}
	if q.ShowHidden, err = r.params.flag("showhidden"); err != nil {
		return err
	}
	if q.Author, err = r.params.optionalGUID("authorguid"); err != nil {
		return err
	}
	body := listing{Headers: []fullHeaderBody{}, IsLastBatch: true}
	if len(q.Types) > 0 {
		page, err := a.config.Modeler.ListFull(r.Context(), r.subject, q)
		if err != nil {
			return err
		}
		body.Headers, body.IsLastBatch = fullHeaders(page.Headers, page.Details), !page.More
		for i := range body.Headers {
			body.Headers[i].ClientState = page.States[body.Headers[i].ID]
		}
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// storablesBody is the answer of metadata/details.
type storablesBody struct {
	Storables []any    `json:"storables"`
	DebugInfo struct{} `json:"debugInfo"`
}

// detailedTypes are the types that metadata/details shows.
var detailedTypes = []string{
	string(searchlight.TypeAnswer), string(searchlight.TypePinboard), string(searchlight.TypeLogicalTable), string(searchlight.TypeConnection),
	string(searchlight.TypeTag), string(searchlight.TypeUser), string(searchlight.TypeUserGroup),
}

func detailedType(p *params) (searchlight.ObjectType, error) {
	t, err := p.enum("type", "", detailedTypes...)
	if err == nil && t == "" {
		err = p.missing("type")
	}
	return searchlight.ObjectType(t), err
}

// metadataDetails is GET metadata/details (api-v1.md 3.4). Whether questions are
// wanted, and in which version, changes nothing.
func (a *API) metadataDetails(w http.ResponseWriter, r *request) error {
	t, err := detailedType(r.params)
	if err != nil {
		return err
	}
	ids, err := r.params.requiredGUIDs("id")
	if err != nil {
		return err
	}
	if _, err := r.params.boolean("dropquestiondetails"); err != nil {
		return err
	}
	if _, err := r.params.integer("version", -1); err != nil {
		return err
	}
	storables, err := a.describe(r, t, ids)
	if err != nil {
		return missingIs(http.StatusForbidden, err)
	}
	writeJSON(w, http.StatusOK, storablesBody{Storables: storables})
	return nil
}

// metadataDetail is GET metadata/detail/{guid}.
func (a *API) metadataDetail(w http.ResponseWriter, r *request) error {
	t, err := detailedType(r.params)
	if err != nil {
		return err
	}
	id, err := r.params.guid("guid")
	if err != nil {
		return err
	}
	storables, err := a.describe(r, t, []searchlight.GUID{id})
	if searchlight.CodeOf(err) == searchlight.CodeForbidden && !isPrincipal(t) {
		return &statusError{http.StatusNotFound, errNoDetail(id)}
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, storables[0])
	return nil
}

func isPrincipal(t searchlight.ObjectType) bool {
	return t == searchlight.TypeUser || t == searchlight.TypeUserGroup
}

// describe reads objects of a type, in order. Users and groups fail with
// CodeNotFound when they are not there, and are for administrators.
func (a *API) describe(r *request, t searchlight.ObjectType, ids []searchlight.GUID) ([]any, error) {
	hidden, err := r.params.flag("showhidden")
	if err != nil {
		return nil, err
	}
	list := []any{}
	switch t {
	case searchlight.TypeUser:
		for _, id := range ids {
			u, err := a.config.Users.User(r.Context(), r.subject, directory.Ref{ID: id})
			if err != nil {
				return nil, err
			}
			list = append(list, describeUser(u))
		}
		return list, nil
	case searchlight.TypeUserGroup:
		for _, id := range ids {
			g, err := a.config.Groups.Group(r.Context(), r.subject, directory.Ref{ID: id})
			if err != nil {
				return nil, err
			}
			list = append(list, describeGroup(g))
		}
		return list, nil
	}
	storables, err := a.config.Modeler.Describe(r.Context(), r.subject, metadata.DetailsRequest{Type: t, IDs: ids, ShowHidden: hidden})
	if err != nil {
		return nil, err
	}
	for i := range storables.List {
		list = append(list, describeStorable(&storables.List[i], storables.Details))
	}
	return list, nil
}

// listColumns is GET metadata/listcolumns/{id} (api-v1.md 3.9).
func (a *API) listColumns(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("id")
	if err != nil {
		return err
	}
	hidden, err := r.params.flag("showhidden")
	if err != nil {
		return err
	}
	storables, err := a.config.Modeler.Describe(r.Context(), r.subject,
		metadata.DetailsRequest{Type: searchlight.TypeLogicalTable, IDs: []searchlight.GUID{id}, ShowHidden: hidden})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, describeColumns(storables.List[0].Columns, storables.Details))
	return nil
}

// deleteMetadata is POST metadata/delete (api-v1.md 3.4).
func (a *API) deleteMetadata(w http.ResponseWriter, r *request) error {
	var types []string
	for _, t := range metadata.DeletableTypes {
		types = append(types, string(t))
	}
	name, err := r.params.enum("type", "", types...)
	if err == nil && name == "" {
		err = r.params.missing("type")
	}
	if err != nil {
		return err
	}
	t := searchlight.ObjectType(name)
	r.event = metadata.DeletionEvent(t, "")
	ids, err := r.params.requiredGUIDs("id")
	if err != nil {
		return err
	}
	if _, err := r.params.boolean("includedisabled"); err != nil { // nothing is disabled
		return err
	}
	return done(w, a.config.Modeler.Delete(r.Context(), r.subject, t, ids))
}

// createMetadata is POST metadata/create, which makes tags.
func (a *API) createMetadata(w http.ResponseWriter, r *request) error {
	t, err := r.params.enum("type", "", string(searchlight.TypeTag))
	if err == nil && t == "" {
		err = r.params.missing("type")
	}
	if err != nil {
		return err
	}
	var n metadata.NewTag
	if n.Name, err = r.params.required("name"); err != nil {
		return err
	}
	if text, ok := r.params.text("description"); ok {
		n.Description = &text
	}
	if n.ClientState, err = decodeClientState(r.params); err != nil {
		return err
	}
	tag, err := a.config.Modeler.CreateTag(r.Context(), r.subject, n)
	if err != nil {
		return err
	}
	by := r.subject.User
	header := fullHeader(&tag.Header, &searchlight.Details{Authors: map[searchlight.GUID]searchlight.Author{by.ID: {Name: by.Name, DisplayName: by.DisplayName}}})
	header.ClientState = tag.Content
	writeJSON(w, http.StatusOK, map[string]any{"header": header})
	return nil
}

// maxClientState bounds the client state of a tag in bytes.
const maxClientState = 1024

// decodeClientState reads a JSON object, of which the color is looked at.
func decodeClientState(p *params) (json.RawMessage, error) {
	const name = "clientstate"
	var state map[string]json.RawMessage
	given, err := p.object(name, &state)
	if err != nil || !given {
		return nil, err
	}
	if color, ok := state["color"]; ok {
		var text string
		if json.Unmarshal(color, &text) != nil || !isColor(text) {
			return nil, errBadColor(name)
		}
	}
	text, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	if len(text) > maxClientState {
		return nil, invalid("the parameter %s is longer than %d bytes", name, maxClientState)
	}
	return text, nil
}

func isColor(text string) bool {
	if len(text) != 7 || text[0] != '#' {
		return false
	}
	return !slices.ContainsFunc([]byte(text[1:]), func(b byte) bool {
		return !('0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F')
	})
}
