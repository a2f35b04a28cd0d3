package directory

import (
	"context"

	"github.com/searchlight-bi/searchlight"
)

// Invalidation says whose sessions are to end.
type Invalidation struct {
	IDs   []searchlight.GUID
	Names []string
	All   bool // everybody's but the caller's
}

// InvalidateSessions ends sessions and the tokens that open them. It needs
// ADMINISTRATION, and fails with CodeInvalid when nobody is named, and with
// CodeNotFound when one is not there; then nobody's end.
func (s *Service) InvalidateSessions(ctx context.Context, caller *searchlight.Subject, w Invalidation) error {
	return s.administer(ctx, caller, func(c *change) error {
		if !w.All && len(w.IDs)+len(w.Names) == 0 {
			return errNobody()
		}
		users, err := c.usersOf(w)
		if err != nil {
			return err
		}
		named, ids := make([]identity, len(users)), make([]searchlight.GUID, len(users))
		for i := range users {
			named[i], ids[i] = ofUser(&users[i]), users[i].ID
		}
		if err := c.EndSessions(ids...); err != nil {
			return err
		}
		data := map[string]any{"all": w.All}
		if !w.All {
			data["users"] = named
		}
		return c.audit(searchlight.EventSessionsInvalidated, "Sessions ended", data)
	})
}

func (c *change) usersOf(w Invalidation) (users []searchlight.User, err error) {
	if w.All {
		all, err := c.Users()
		for _, u := range all {
			if u.ID != c.by.User.ID {
				users = append(users, u)
			}
		}
		return users, err
	}
	var refs []Ref
	for _, id := range w.IDs {
		refs = append(refs, Ref{ID: id})
	}
	for _, name := range w.Names {
		refs = append(refs, Ref{Name: name})
	}
	for _, ref := range refs {
		u, err := findUser(c, ref)
		if err != nil {
			return nil, err
		}
		users = append(users, *u)
	}
	return users, nil
}
