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

// List lists what a subject may see. Everybody sees the tags, hidden columns
// only those who may change their table and manage data (security.md 5), and in
// the mode Advanced the columns of worksheets only those who see what they read.
// Viewer of the query is set here.
func (s *Service) List(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	var page *searchlight.HeaderPage
	err := s.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		page, err = s.list(tx, subject, q)
		return err
	})
	return page, err
}

// ListFull is List for full headers.
func (s *Service) ListFull(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*Listing, error) {
	listing := &Listing{States: map[searchlight.GUID]json.RawMessage{}}
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		page, err := s.list(tx, subject, q)
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

func (s *Service) list(tx searchlight.Tx, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	q.Viewer = subject
	switch {
	case len(q.Types) == 1 && q.Types[0] == searchlight.TypeTag:
		q.Viewer = tagReader(subject)
	case slices.Contains(q.Types, searchlight.TypeLogicalColumn) && !subject.IsAdmin():
		q.ShowHidden = q.ShowHidden && subject.Has(searchlight.PrivilegeDataManagement)
		if q.ShowHidden || s.Advanced {
			l := columnLister{describer{tx: tx, subject: subject, showHidden: q.ShowHidden, advanced: s.Advanced}, map[searchlight.GUID]*columnsListed{}}
			return l.list(q)
		}
	}
	return tx.Headers(q)
}

// tagReader is the subject as somebody who sees every tag.
func tagReader(s *searchlight.Subject) *searchlight.Subject {
	return &searchlight.Subject{User: s.User, Scope: s.Scope, Privileges: []searchlight.Privilege{searchlight.PrivilegeAdministration}}
}

// columnLister lists columns of which the store lists some that the subject
// may not.
type columnLister struct {
	describer
	tables map[searchlight.GUID]*columnsListed // that were looked at
}

// columnsListed are the columns of a table that the subject may list.
type columnsListed struct {
	hidden bool
	among  map[searchlight.GUID]bool // nil: all that the store lists
}

// minListed is how many columns are read at once, at least.
const minListed = 100

// list goes through the list of the store, in growing parts, until the page is
// full.
func (l *columnLister) list(q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	page, skip := &searchlight.HeaderPage{}, max(q.Offset, 0)
	part := q
	part.Offset, part.Limit = 0, 0
	if q.Limit > 0 {
		part.Limit = max(minListed, q.Limit)
	}
	for {
		found, err := l.tx.Headers(part)
		if err != nil {
			return nil, err
		}
		for i := range found.Headers {
			listed, err := l.lists(&found.Headers[i])
			switch {
			case err != nil:
				return nil, err
			case !listed:
			case skip > 0:
				skip--
			case q.Limit > 0 && len(page.Headers) == q.Limit:
				page.More = true
				return page, nil
			default:
				page.Headers = append(page.Headers, found.Headers[i])
			}
		}
		if !found.More {
			return page, nil
		}
		part.Offset += len(found.Headers)
		part.Limit *= 2
	}
}

func (l *columnLister) lists(column *searchlight.Header) (bool, error) {
	table, ok := l.tables[column.Owner]
	if !ok {
		var err error
		if table, err = l.look(column.Owner); err != nil {
			return false, err
		}
		l.tables[column.Owner] = table
	}
	return (!column.Hidden || table.hidden) && (table.among == nil || table.among[column.ID]), nil
}

func (l *columnLister) look(table searchlight.GUID) (*columnsListed, error) {
	h, err := l.tx.Header(table)
	if err != nil {
		return nil, err
	}
	level, err := searchlight.LevelOf(l.tx, l.subject, h)
	if err != nil {
		return nil, err
	}
	listed := &columnsListed{hidden: listsHidden(l.subject, level)}
	if !l.advanced || h.Subtype == searchlight.SubtypeTable || h.Subtype == searchlight.SubtypeUpload {
		return listed, nil
	}
	o, err := l.tx.Object(table)
	if err != nil {
		return nil, err
	}
	var described Storable
	if _, err := l.columns(&described, o); err != nil {
		return nil, err
	}
	listed.among = map[searchlight.GUID]bool{}
	for i := range described.Columns {
		listed.among[described.Columns[i].Header.ID] = true
	}
	return listed, nil
}
