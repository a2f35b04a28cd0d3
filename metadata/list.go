package metadata

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// Listing is a page of a list with what full headers show beside the headers.
type Listing struct {
	searchlight.HeaderPage
	Details *searchlight.Details
	States  map[searchlight.GUID]json.RawMessage // the client states of tags that are listed
}

// List lists what a subject may see. Everybody sees the tags, and hidden columns
// only those who may change their table and manage data (security.md 5). Viewer
// of the query is set here.
func (s *Service) List(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	var page *searchlight.HeaderPage
	err := s.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		page, err = list(tx, subject, q)
		return err
	})
	return page, err
}

// ListFull is List for full headers.
func (s *Service) ListFull(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*Listing, error) {
	listing := &Listing{States: map[searchlight.GUID]json.RawMessage{}}
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		page, err := list(tx, subject, q)
		if err != nil {
			return err
		}
		listing.HeaderPage = *page
		for i := range page.Headers {
			h := &page.Headers[i]
			if h.Type != searchlight.TypeTag {
				continue
			}
			tag, err := tx.Object(h.ID)
			if err != nil {
				return err
			}
			listing.States[h.ID] = tag.Content
		}
		listing.Details, err = searchlight.DetailsOf(tx, page.Headers)
		return err
	})
	return listing, err
}

func list(tx searchlight.Tx, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	q.Viewer = subject
	switch {
	case len(q.Types) == 1 && q.Types[0] == searchlight.TypeTag:
		q.Viewer = &searchlight.Subject{User: subject.User, Scope: subject.Scope, Privileges: []searchlight.Privilege{searchlight.PrivilegeAdministration}}
	case q.ShowHidden && slices.Contains(q.Types, searchlight.TypeLogicalColumn) && !subject.IsAdmin():
		var err error
		if q, err = withoutHidden(tx, q); err != nil {
			return nil, err
		}
	}
	return tx.Headers(q)
}

// withoutHidden takes the hidden columns out of a list that the viewer may not
// list.
func withoutHidden(tx searchlight.Tx, q searchlight.ListQuery) (searchlight.ListQuery, error) {
	if !q.Viewer.Has(searchlight.PrivilegeDataManagement) {
		q.ShowHidden = false
		return q, nil
	}
	every := q
	every.Offset, every.Limit = 0, 0
	page, err := tx.Headers(every)
	if err != nil {
		return q, err
	}
	hidden := slices.DeleteFunc(page.Headers, func(h searchlight.Header) bool { return !h.Hidden })
	levels, err := searchlight.LevelsOf(tx, q.Viewer, hidden)
	if err != nil {
		return q, err
	}
	q.Skip = slices.Clone(q.Skip)
	for i := range hidden {
		if !listsHidden(q.Viewer, levels[i]) {
			q.Skip = append(q.Skip, hidden[i].ID)
		}
	}
	return q, nil
}
