package v1

import (
	"net/http"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
)

// listing is a page of full headers, of metadata/list and metadata/listas.
type listing struct {
	Headers     []fullHeaderBody `json:"headers"`
	IsLastBatch bool             `json:"isLastBatch"`
	DebugInfo   struct{}         `json:"debugInfo"`
}

// listAs is GET metadata/listas (api-v1.md 2.16).
func (a *API) listAs(w http.ResponseWriter, r *request) error {
	p := r.params
	t, err := p.enum("type", "", string(searchlight.TypeUser), string(searchlight.TypeUserGroup))
	if err != nil {
		return err
	}
	q := sharing.ListAsRequest{Type: searchlight.ObjectType(t)}
	if q.Principal, err = p.optionalGUID("principalid"); err != nil {
		return err
	}
	if mode, ok := p.scalar("minimumaccesslevel"); ok {
		if q.AtLeast, ok = shareModes[foldMode(stripQuotes(mode))]; !ok {
			return errBadEnum("minimumaccesslevel", mode, shareModeNames)
		}
	}
	if q.Offset, err = p.integer("offset", 0); err != nil {
		return err
	}
	if q.Limit, err = p.integer("batchsize", 0); err != nil {
		return err
	}
	q.Offset, q.Limit = min(max(q.Offset, 0), maxOffset), min(max(q.Limit, 0), maxOffset)
	q.Pattern, _ = p.text("pattern")
	page, err := a.config.Sharer.ListAs(r.Context(), r.subject, q)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, listing{Headers: fullHeaders(page.Headers, page.Details), IsLastBatch: !page.More})
	return nil
}
