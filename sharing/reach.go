package sharing

import "github.com/searchlight-bi/searchlight"

// reach knows whom a grant reaches through groups. Loading it takes time, so
// that is done when the first question needs it.
type reach struct {
	tx          searchlight.Tx
	users       map[searchlight.GUID][]searchlight.GUID // groups of each user
	below       map[searchlight.GUID][]searchlight.GUID // members of each group but All, users and groups
	administers map[searchlight.GUID]bool               // users and groups that hold ADMINISTRATION
}

func (r *reach) load() error {
	if r.users != nil {
		return nil
	}
	m, err := r.tx.Memberships()
	if err != nil {
		return err
	}
	groups, err := r.tx.Groups()
	if err != nil {
		return err
	}
	r.users, r.below, r.administers = m.Users, map[searchlight.GUID][]searchlight.GUID{}, map[searchlight.GUID]bool{}
	for _, direct := range []map[searchlight.GUID][]searchlight.GUID{m.Users, m.Groups} {
		for member, in := range direct {
			for _, group := range in {
				if group != searchlight.AllGroupID {
					r.below[group] = append(r.below[group], member)
				}
			}
		}
	}
	for _, g := range groups {
		for _, p := range g.Privileges {
			if p == searchlight.PrivilegeAdministration {
				r.visit(g.ID, func(id searchlight.GUID) { r.administers[id] = true })
			}
		}
	}
	return nil
}

// isUser tells users from groups: every user is in the group All at least.
func (r *reach) isUser(id searchlight.GUID) bool {
	_, ok := r.users[id]
	return ok
}

// visit calls f with a principal and with all that are in it, once each.
func (r *reach) visit(id searchlight.GUID, f func(searchlight.GUID)) {
	seen := map[searchlight.GUID]bool{id: true}
	for queue := []searchlight.GUID{id}; len(queue) > 0; queue = queue[1:] {
		f(queue[0])
		for _, member := range r.below[queue[0]] {
			if !seen[member] {
				seen[member] = true
				queue = append(queue, member)
			}
		}
	}
}

// spread is the highest level that grants give to each principal that they
// reach, but for what everybody has through All.
func (r *reach) spread(grants []searchlight.Grant) map[searchlight.GUID]searchlight.Level {
	levels := map[searchlight.GUID]searchlight.Level{}
	for _, g := range grants {
		r.visit(g.Principal, func(id searchlight.GUID) { levels[id] = max(levels[id], g.Level) })
	}
	return levels
}
