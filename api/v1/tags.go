package v1

import (
	"net/http"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// assignTag is POST metadata/assigntag (api-v1.md 2.17).
func (a *API) assignTag(w http.ResponseWriter, r *request) error { return a.tag(w, r, false) }

// unassignTag is POST metadata/unassigntag.
func (a *API) unassignTag(w http.ResponseWriter, r *request) error { return a.tag(w, r, true) }

func (a *API) tag(w http.ResponseWriter, r *request, off bool) (err error) {
	t := metadata.Tagging{Off: off}
	if t.Objects, err = decodeTagged(r.params); err != nil {
		return err
	}
	if t.IDs, err = r.params.guids("tagid"); err != nil {
		return err
	}
	if t.Names, err = r.params.array("tagname"); err != nil {
		return err
	}
	if len(t.IDs)+len(t.Names) == 0 {
		return r.params.missing("tagid or tagname")
	}
	return done(w, a.config.Modeler.Tag(r.Context(), r.subject, t))
}

// decodeTagged reads ids with their types: one for each, or one for all.
func decodeTagged(p *params) ([]metadata.Tagged, error) {
	ids, err := p.list("id")
	switch {
	case err != nil:
		return nil, err
	case len(ids) == 0:
		return nil, p.missing("id")
	}
	types, err := p.list("type")
	switch {
	case err != nil:
		return nil, err
	case len(types) == 0:
		return nil, p.missing("type")
	case len(types) != 1 && len(types) != len(ids):
		return nil, invalid("the parameter type has %d values; it needs one, or one for each of the %d ids", len(types), len(ids))
	}
	var allowed []string
	for _, t := range metadata.TaggableTypes {
		allowed = append(allowed, string(t))
	}
	var out []metadata.Tagged
	for i, text := range ids {
		id, ok := searchlight.ParseGUID(text)
		if !ok {
			return nil, errBadGUID("id", text)
		}
		t, err := enumOf("type", types[min(i, len(types)-1)], allowed)
		if err != nil {
			return nil, err
		}
		out = append(out, metadata.Tagged{Type: searchlight.ObjectType(t), ID: id})
	}
	return out, nil
}

// markFavorite is POST metadata/markunmarkfavoritefor (api-v1.md 3.4). A type
// that is none is a 500, as the documentation has it.
func (a *API) markFavorite(w http.ResponseWriter, r *request) error {
	var allowed []string
	for _, t := range metadata.FavoriteTypes {
		allowed = append(allowed, string(t))
	}
	t, err := r.params.enum("type", "", allowed...)
	switch {
	case err != nil:
		return &statusError{http.StatusInternalServerError, err}
	case t == "":
		return r.params.missing("type")
	}
	ids, user, err := decodeFavorites(r.params)
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Modeler.AddFavorites(r.Context(), r.subject, user, searchlight.ObjectType(t), ids)))
}

// unmarkFavorite is DELETE metadata/markunmarkfavoritefor.
func (a *API) unmarkFavorite(w http.ResponseWriter, r *request) error {
	ids, user, err := decodeFavorites(r.params)
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Modeler.RemoveFavorites(r.Context(), r.subject, user, ids)))
}

// decodeFavorites leaves user empty for the caller.
func decodeFavorites(p *params) (ids []searchlight.GUID, user searchlight.GUID, err error) {
	if ids, err = p.requiredGUIDs("ids"); err != nil {
		return nil, "", err
	}
	user, err = p.optionalGUID("userid")
	return ids, user, err
}
