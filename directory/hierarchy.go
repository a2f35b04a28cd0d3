package directory

import (
	"cmp"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// hierarchy is who is in which groups, for as many principals as one likes.
type hierarchy struct {
	memberships *searchlight.Memberships
	rank        map[searchlight.GUID]int // of groups, by name
	above       map[searchlight.GUID][]searchlight.GUID
}

func newHierarchy(groups []searchlight.Group, m *searchlight.Memberships) *hierarchy {
	h := &hierarchy{memberships: m, rank: make(map[searchlight.GUID]int, len(groups)), above: map[searchlight.GUID][]searchlight.GUID{}}
	for i := range groups {
		h.rank[groups[i].ID] = i
	}
	return h
}

func readHierarchy(tx searchlight.Tx) (*hierarchy, []searchlight.Group, error) {
	groups, err := tx.Groups()
	if err != nil {
		return nil, nil, err
	}
	m, err := tx.Memberships()
	if err != nil {
		return nil, nil, err
	}
	return newHierarchy(groups, m), groups, nil
}

func (h *hierarchy) byName(ids []searchlight.GUID) []searchlight.GUID {
	slices.SortFunc(ids, func(a, b searchlight.GUID) int { return cmp.Compare(h.rank[a], h.rank[b]) })
	return ids
}

// ancestors are the groups above a group.
func (h *hierarchy) ancestors(group searchlight.GUID) []searchlight.GUID {
	if known, ok := h.above[group]; ok {
		return known
	}
	h.above[group] = nil // there are no circles, but one would not hang here
	var all []searchlight.GUID
	for _, parent := range h.memberships.Groups[group] {
		all = append(append(all, parent), h.ancestors(parent)...)
	}
	h.above[group] = unique(all)
	return h.above[group]
}

// resolve returns the groups of something directly in some, and all that it
// has through them.
func (h *hierarchy) resolve(in []searchlight.GUID) (direct, inherited []searchlight.GUID) {
	direct = h.byName(slices.Clone(in))
	var above []searchlight.GUID
	for _, group := range direct {
		above = append(above, h.ancestors(group)...)
	}
	above = slices.DeleteFunc(unique(above), func(id searchlight.GUID) bool { return slices.Contains(direct, id) })
	return direct, append(slices.Clone(direct), h.byName(above)...)
}

func (h *hierarchy) user(u searchlight.User) User {
	direct, inherited := h.resolve(h.memberships.Users[u.ID])
	return User{u, direct, inherited}
}

func (h *hierarchy) group(g searchlight.Group) Group {
	direct, inherited := h.resolve(h.memberships.Groups[g.ID])
	return Group{g, direct, inherited}
}

func describeUsers(tx searchlight.Tx, users []searchlight.User) ([]User, error) {
	h, _, err := readHierarchy(tx)
	if err != nil {
		return nil, err
	}
	described := make([]User, len(users))
	for i, u := range users {
		described[i] = h.user(u)
	}
	return described, nil
}

func describeGroups(tx searchlight.Tx, groups []searchlight.Group) ([]Group, error) {
	h, _, err := readHierarchy(tx)
	if err != nil {
		return nil, err
	}
	described := make([]Group, len(groups))
	for i, g := range groups {
		described[i] = h.group(g)
	}
	return described, nil
}

// describeUser and describeGroup look at one, without reading all there is.
func describeUser(tx searchlight.Tx, u *searchlight.User) (*User, error) {
	groups, err := tx.UserGroups(u.ID)
	if err != nil {
		return nil, err
	}
	subject, err := tx.Subject(u.ID)
	if err != nil {
		return nil, err
	}
	direct := idsOf(groups)
	return &User{*u, direct, directFirst(direct, subject.Groups)}, nil
}

func describeGroup(tx searchlight.Tx, g *searchlight.Group) (*Group, error) {
	parents, err := tx.GroupParents(g.ID)
	if err != nil {
		return nil, err
	}
	above, err := tx.Ancestors(g.ID)
	if err != nil {
		return nil, err
	}
	direct := idsOf(parents)
	return &Group{*g, direct, directFirst(direct, idsOf(above))}, nil
}

func directFirst(direct, all []searchlight.GUID) []searchlight.GUID {
	return unique(append(slices.Clone(direct), all...))
}

func idsOf(groups []searchlight.Group) []searchlight.GUID {
	ids := make([]searchlight.GUID, len(groups))
	for i := range groups {
		ids[i] = groups[i].ID
	}
	return ids
}
