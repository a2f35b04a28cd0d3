package sharing

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// Service shares objects and says with whom they are shared. Its fields are
// set before its first use; Store is needed.
type Service struct {
	Store searchlight.Store
	// ViewersMayNotShare leaves the sharing of answers and pinboards to those
	// who may change them.
	ViewersMayNotShare bool
	// Outbox takes the mails about what was shared; nil: no mail server is
	// configured.
	Outbox *Outbox
	// PublicURL is where people find the server; links in mails begin with it.
	PublicURL string
}

// Types are the types of objects that can be shared.
var Types = []searchlight.ObjectType{
	searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn, searchlight.TypeConnection,
}

// maxObjects bounds what one call is about.
const maxObjects = 1000

func checkObjects(t searchlight.ObjectType, ids []searchlight.GUID) error {
	switch {
	case !slices.Contains(Types, t):
		return errType(t)
	case len(ids) == 0:
		return errNoObjects()
	case len(ids) > maxObjects:
		return errTooMany("objects", maxObjects)
	}
	return nil
}

// target is an object or column that a call is about, with what its subject
// may do with it.
type target struct {
	searchlight.Header
	level searchlight.Level
}

// find looks the objects of a type up, in order. Those that are not there, are
// of another type, or that the subject may not see have NoAccess; which of
// these it is does not show in the time it takes, either.
func find(tx searchlight.Tx, s *searchlight.Subject, t searchlight.ObjectType, ids []searchlight.GUID) ([]target, error) {
	lookUp := tx.Header
	if t == searchlight.TypeLogicalColumn {
		lookUp = tx.Column
	}
	headers, absent := make([]searchlight.Header, len(ids)), make([]bool, len(ids))
	for i, id := range ids {
		h, err := lookUp(id)
		switch {
		case isNotFound(err) || err == nil && h.Type != t:
			headers[i], absent[i] = searchlight.Header{ID: id, Type: t, Owner: id}, true
		case err != nil:
			return nil, err
		default:
			headers[i] = *h
		}
	}
	levels, err := levelsOf(tx, s, headers)
	if err != nil {
		return nil, err
	}
	targets := make([]target, len(ids))
	for i := range targets {
		targets[i] = target{headers[i], levels[i]}
		if absent[i] {
			targets[i].level = searchlight.NoAccess
		}
	}
	return targets, nil
}

// levelsOf is searchlight.LevelsOf that also knows what columns were granted by
// themselves: a column has the higher of its own level and its table's.
func levelsOf(tx searchlight.Tx, s *searchlight.Subject, headers []searchlight.Header) ([]searchlight.Level, error) {
	levels, err := searchlight.LevelsOf(tx, s, headers)
	if err != nil {
		return nil, err
	}
	var columns []searchlight.GUID
	for i := range headers {
		if headers[i].Type == searchlight.TypeLogicalColumn && levels[i] < searchlight.Modify {
			columns = append(columns, headers[i].ID)
		}
	}
	if len(columns) == 0 {
		return levels, nil
	}
	granted, err := tx.Granted(s.Principals(), columns)
	if err != nil {
		return nil, err
	}
	for i := range headers {
		if headers[i].Type != searchlight.TypeLogicalColumn {
			continue
		}
		if levels[i] == searchlight.PartialAccess { // to the table, by other columns perhaps
			levels[i] = searchlight.NoAccess
		}
		levels[i] = max(levels[i], granted[headers[i].ID])
	}
	return levels, nil
}

// visible says which of the principals the subject may see (security.md 1.6).
func visible(tx searchlight.Tx, s *searchlight.Subject, ids []searchlight.GUID) (map[searchlight.GUID]searchlight.Header, error) {
	seen := map[searchlight.GUID]searchlight.Header{}
	if len(ids) == 0 {
		return seen, nil
	}
	for _, t := range []searchlight.ObjectType{searchlight.TypeUser, searchlight.TypeUserGroup} {
		page, err := tx.Headers(searchlight.ListQuery{Viewer: s, Types: []searchlight.ObjectType{t}, Fetch: ids})
		if err != nil {
			return nil, err
		}
		for _, h := range page.Headers {
			seen[h.ID] = h
		}
	}
	return seen, nil
}
