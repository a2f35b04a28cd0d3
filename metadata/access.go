package metadata

import (
	"github.com/searchlight-bi/searchlight"
)

// may reports whether the subject has a level on an object. When the store
// fails to say, the transaction as a whole fails, whatever is made of the
// answer.
func may(tx searchlight.Tx, s *searchlight.Subject, want searchlight.Level, h *searchlight.Header) bool {
	level, err := searchlight.LevelOf(tx, s, h)
	return err == nil && level >= want
}

// allowed is searchlight.Allow for an object of a type; one of another type is
// as good as none.
func allowed(tx searchlight.Tx, s *searchlight.Subject, want searchlight.Level, t searchlight.ObjectType, id searchlight.GUID) (*searchlight.Header, error) {
	h, err := searchlight.Allow(tx, s, want, id)
	if err == nil && h.Type != t {
		return nil, searchlight.ErrNoObject(id)
	}
	return h, err
}

// checkIDs returns the IDs of a call once each, as long as there are some and
// not too many.
func checkIDs(ids []searchlight.GUID) ([]searchlight.GUID, error) {
	var unique []searchlight.GUID
	seen := map[searchlight.GUID]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	switch n := len(unique); {
	case n == 0:
		return nil, errNoObjects()
	case n > maxObjects:
		return nil, errTooMany(n)
	}
	return unique, nil
}

// visibleOnly keeps the headers of what a subject may see.
func visibleOnly(tx searchlight.Tx, s *searchlight.Subject, headers []searchlight.Header) (visible []searchlight.Header, others bool, err error) {
	levels, err := searchlight.LevelsOf(tx, s, headers)
	if err != nil {
		return nil, false, err
	}
	for i := range headers {
		if levels[i] > searchlight.NoAccess {
			visible = append(visible, headers[i])
		}
	}
	return visible, len(visible) < len(headers), nil
}
