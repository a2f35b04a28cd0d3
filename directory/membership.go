package directory

import (
	"context"
	"maps"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// UserGroups lists the groups that a user is directly in, by name. It needs
// ADMINISTRATION, and fails with CodeNotFound.
func (s *Service) UserGroups(ctx context.Context, caller *searchlight.Subject, user searchlight.GUID) (groups []Group, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		if _, err := tx.User(user); err != nil {
			return err
		}
		direct, err := tx.UserGroups(user)
		if err != nil {
			return err
		}
		groups, err = describeGroups(tx, direct)
		return err
	})
	return groups, err
}

// GroupUsers lists the users who are directly in a group, by name. It needs
// ADMINISTRATION, and fails with CodeNotFound.
func (s *Service) GroupUsers(ctx context.Context, caller *searchlight.Subject, group searchlight.GUID) (users []User, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		if _, err := tx.Group(group); err != nil {
			return err
		}
		direct, err := tx.GroupUsers(group)
		if err != nil {
			return err
		}
		users, err = describeUsers(tx, direct)
		return err
	})
	return users, err
}

// Subgroups lists the groups that are directly in a group, by name. It needs
// ADMINISTRATION, and fails with CodeNotFound.
func (s *Service) Subgroups(ctx context.Context, caller *searchlight.Subject, group searchlight.GUID) (groups []Group, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		if _, err := tx.Group(group); err != nil {
			return err
		}
		direct, err := tx.GroupMembers(group)
		if err != nil {
			return err
		}
		groups, err = describeGroups(tx, direct)
		return err
	})
	return groups, err
}

// The changes of memberships need ADMINISTRATION. They fail with CodeNotFound
// when a user or group is not there, with CodeForbidden for su, system, guest
// and the group System, with CodeInvalid for what would close a circle of
// groups, make it deeper than 32, put All into a group or take a user out of
// All, and with CodeConflict when no administrator would be left. What is so
// already is no mistake.

// Join puts each of the users into each of the groups.
func (s *Service) Join(ctx context.Context, caller *searchlight.Subject, users, groups []searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error { return c.regroupUsers(users, joining(groups)) })
}

// Leave takes each of the users out of each of the groups.
func (s *Service) Leave(ctx context.Context, caller *searchlight.Subject, users, groups []searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		if slices.Contains(groups, searchlight.AllGroupID) {
			return errLeaveAll()
		}
		return c.regroupUsers(users, leaving(groups))
	})
}

// SetUserGroups puts a user into these groups and All, and out of all others.
func (s *Service) SetUserGroups(ctx context.Context, caller *searchlight.Subject, user searchlight.GUID, groups []searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		return c.regroupUsers([]searchlight.GUID{user}, replacing(groups))
	})
}

// SetGroupUsers makes these users all that are directly in a group.
func (s *Service) SetGroupUsers(ctx context.Context, caller *searchlight.Subject, group searchlight.GUID, users []searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		if _, err := c.Group(group); err != nil {
			return err
		}
		present, err := c.GroupUsers(group)
		if err != nil {
			return err
		}
		stay := make(map[searchlight.GUID]bool, len(users))
		for _, id := range users {
			stay[id] = true
		}
		var out []searchlight.GUID
		for i := range present {
			if !stay[present[i].ID] {
				out = append(out, present[i].ID)
			}
		}
		if len(out) > 0 && group == searchlight.AllGroupID {
			return errLeaveAll()
		}
		if err := c.regroupUsers(users, joining([]searchlight.GUID{group})); err != nil {
			return err
		}
		return c.regroupUsers(out, leaving([]searchlight.GUID{group}))
	})
}

// JoinGroups puts groups into a group.
func (s *Service) JoinGroups(ctx context.Context, caller *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		return c.regroupGroups(members, joining([]searchlight.GUID{group}))
	})
}

// LeaveGroups takes groups out of a group.
func (s *Service) LeaveGroups(ctx context.Context, caller *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		return c.regroupGroups(members, leaving([]searchlight.GUID{group}))
	})
}

// SetSubgroups makes these groups all that are directly in a group.
func (s *Service) SetSubgroups(ctx context.Context, caller *searchlight.Subject, group searchlight.GUID, members []searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		if _, err := c.Group(group); err != nil {
			return err
		}
		present, err := c.GroupMembers(group)
		if err != nil {
			return err
		}
		out := slices.DeleteFunc(idsOf(present), func(id searchlight.GUID) bool { return slices.Contains(members, id) })
		if err := c.regroupGroups(out, leaving([]searchlight.GUID{group})); err != nil {
			return err
		}
		return c.regroupGroups(members, joining([]searchlight.GUID{group}))
	})
}

// regrouping says which groups something is to be in. named are those that
// must be there.
type regrouping struct {
	named []searchlight.GUID
	edit  func(have []searchlight.GUID) []searchlight.GUID
}

func joining(groups []searchlight.GUID) regrouping {
	return regrouping{groups, func(have []searchlight.GUID) []searchlight.GUID { return append(slices.Clone(have), groups...) }}
}

func leaving(groups []searchlight.GUID) regrouping {
	return regrouping{groups, func(have []searchlight.GUID) []searchlight.GUID {
		return slices.DeleteFunc(slices.Clone(have), func(id searchlight.GUID) bool { return slices.Contains(groups, id) })
	}}
}

func replacing(groups []searchlight.GUID) regrouping {
	return regrouping{groups, func([]searchlight.GUID) []searchlight.GUID { return slices.Clone(groups) }}
}

// membership is an edge that appears or goes.
type membership struct {
	Principal identity `json:"principal"`
	Group     identity `json:"group"`
}

// regroupUsers changes the groups that users are directly in.
func (c *change) regroupUsers(users []searchlight.GUID, r regrouping) error {
	groups, err := c.groupsNamed(r.named)
	if err != nil {
		return err
	}
	next := map[searchlight.GUID][]searchlight.GUID{}
	var joined, left []membership
	for _, id := range unique(users) {
		u, err := c.User(id)
		if err != nil {
			return err
		}
		present, err := c.UserGroups(id)
		if err != nil {
			return err
		}
		in, out := difference(idsOf(present), append(r.edit(idsOf(present)), searchlight.AllGroupID))
		if len(in)+len(out) == 0 {
			continue
		}
		if u.IsProtected() {
			return errProtected(u.Name)
		}
		if slices.Contains(in, searchlight.SystemGroupID) {
			return errSystemGroup()
		}
		next[id] = apply(idsOf(present), in, out)
		joined = append(joined, memberships(ofUser(u), in, groups)...)
		left = append(left, memberships(ofUser(u), out, byID(present))...)
	}
	if len(next) == 0 {
		return nil
	}
	if err := c.Tx.SetUserGroups(next); err != nil {
		return err
	}
	return c.auditMemberships(joined, left)
}

// regroupGroups changes the groups that groups are directly in.
func (c *change) regroupGroups(members []searchlight.GUID, r regrouping) error {
	groups, err := c.groupsNamed(r.named)
	if err != nil {
		return err
	}
	next := map[searchlight.GUID][]searchlight.GUID{}
	var joined, left []membership
	for _, id := range unique(members) {
		g, err := c.Group(id)
		if err != nil {
			return err
		}
		present, err := c.GroupParents(id)
		if err != nil {
			return err
		}
		in, out := difference(idsOf(present), r.edit(idsOf(present)))
		if len(in)+len(out) == 0 {
			continue
		}
		if err := mayNest(id, in); err != nil {
			return err
		}
		next[id] = apply(idsOf(present), in, out)
		joined = append(joined, memberships(ofGroup(g), in, groups)...)
		left = append(left, memberships(ofGroup(g), out, byID(present))...)
	}
	if len(next) == 0 {
		return nil
	}
	if err := c.SetGroupParents(next); err != nil {
		return err
	}
	return c.auditMemberships(joined, left)
}

// mayNest looks at groups that a group is to be put into.
func mayNest(group searchlight.GUID, into []searchlight.GUID) error {
	switch {
	case len(into) == 0:
		return nil
	case group == searchlight.AllGroupID:
		return errAllInside()
	case group == searchlight.SystemGroupID, slices.Contains(into, searchlight.SystemGroupID):
		return errSystemGroup()
	}
	return nil
}

func (c *change) groupsNamed(ids []searchlight.GUID) (map[searchlight.GUID]searchlight.Group, error) {
	groups := make(map[searchlight.GUID]searchlight.Group, len(ids))
	for _, id := range unique(append(slices.Clone(ids), searchlight.AllGroupID)) {
		g, err := c.Group(id)
		if err != nil {
			return nil, err
		}
		groups[id] = *g
	}
	return groups, nil
}

func byID(groups []searchlight.Group) map[searchlight.GUID]searchlight.Group {
	m := make(map[searchlight.GUID]searchlight.Group, len(groups))
	for _, g := range groups {
		m[g.ID] = g
	}
	return m
}

// difference is what comes and what goes from one set to the next.
func difference(have, want []searchlight.GUID) (in, out []searchlight.GUID) {
	for _, id := range unique(want) {
		if !slices.Contains(have, id) {
			in = append(in, id)
		}
	}
	for _, id := range have {
		if !slices.Contains(want, id) {
			out = append(out, id)
		}
	}
	return in, out
}

func apply(have, in, out []searchlight.GUID) []searchlight.GUID {
	return append(slices.DeleteFunc(slices.Clone(have), func(id searchlight.GUID) bool { return slices.Contains(out, id) }), in...)
}

func memberships(principal identity, ids []searchlight.GUID, groups map[searchlight.GUID]searchlight.Group) []membership {
	list := make([]membership, len(ids))
	for i, id := range ids {
		list[i] = membership{principal, identity{id, groups[id].Name}}
	}
	return list
}

func (c *change) auditMemberships(joined, left []membership) error {
	data := map[string]any{"added": orEmpty(joined), "removed": orEmpty(left)}
	high, err := c.giveHigh(joined)
	if err != nil {
		return err
	}
	if high {
		data["severity"] = severityHigh
	}
	return c.audit(searchlight.EventMembershipChanged, "Members of groups changed", data)
}

// giveHigh reports whether one of the memberships gives a privilege of high
// severity, of the group or of one above.
func (c *change) giveHigh(joined []membership) (bool, error) {
	groups := map[searchlight.GUID]bool{}
	for _, m := range joined {
		groups[m.Group.ID] = true
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		g, err := c.Group(id)
		if err != nil {
			return false, err
		}
		above, err := c.Ancestors(id)
		if err != nil {
			return false, err
		}
		for _, g := range append(above, *g) {
			if slices.ContainsFunc(g.Privileges, isHigh) {
				return true, nil
			}
		}
	}
	return false, nil
}
