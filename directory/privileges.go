package directory

import (
	"context"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// onAll are the privileges that everybody may have.
var onAll = []searchlight.Privilege{searchlight.PrivilegeAuthoring, searchlight.PrivilegeDataDownloading, searchlight.PrivilegeUserDataUpload}

// severityHigh marks the events by which somebody gains what nothing else
// stands in the way of (security.md 2.1).
const severityHigh = "high"

func isHigh(p searchlight.Privilege) bool {
	return p == searchlight.PrivilegeAdministration || p == searchlight.PrivilegeBypassRLS
}

// givePrivileges makes a group carry exactly the privileges wanted, and
// returns what that changes. Everybody holds AUTHORING through All, so it is
// kept there and nowhere else. It fails with CodeInvalid for what the group
// cannot carry or must, and with CodeForbidden for the group System.
func givePrivileges(g *searchlight.Group, want []searchlight.Privilege) (added, removed []searchlight.Privilege, err error) {
	next := slices.DeleteFunc(slices.Clone(want), func(p searchlight.Privilege) bool { return p == searchlight.PrivilegeAuthoring })
	if g.ID == searchlight.AllGroupID {
		next = append(next, searchlight.PrivilegeAuthoring)
	}
	slices.Sort(next)
	next = slices.Compact(next)
	for _, p := range next {
		if !slices.Contains(g.Privileges, p) {
			added = append(added, p)
		}
	}
	for _, p := range g.Privileges {
		if !slices.Contains(next, p) {
			removed = append(removed, p)
		}
	}
	for _, p := range added {
		switch {
		case !slices.Contains(searchlight.GrantablePrivileges, p):
			return nil, nil, errNotGrantable(p)
		case g.ID == searchlight.AllGroupID && !slices.Contains(onAll, p):
			return nil, nil, errNotOnAll(p)
		}
	}
	switch {
	case g.ID == searchlight.SystemGroupID && len(added)+len(removed) > 0:
		return nil, nil, errSystemGroup()
	case g.ID == searchlight.AdminGroupID && slices.Contains(removed, searchlight.PrivilegeAdministration):
		return nil, nil, errKeepsAdministration()
	}
	g.Privileges = next
	return added, removed, nil
}

func (c *change) auditPrivileges(g *searchlight.Group, added, removed []searchlight.Privilege) error {
	if len(added)+len(removed) == 0 {
		return nil
	}
	data := map[string]any{
		"groupIdentity":      ofGroup(g),
		"modifiedPrivileges": map[string]any{"added": orEmpty(added), "removed": orEmpty(removed)},
		"currentPrivileges":  orEmpty(g.Privileges),
	}
	if slices.ContainsFunc(added, isHigh) {
		data["severity"] = severityHigh
	}
	return c.audit(searchlight.EventPrivilegesChanged, "Privileges of a group changed", data)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// AddPrivilege gives a privilege to groups, named or as ALL_GROUP, and returns
// them. Those that have it stay as they are. It needs ADMINISTRATION, and fails
// with CodeInvalid when one of the groups cannot have it, and with
// CodeNotFound; then none has changed.
func (s *Service) AddPrivilege(ctx context.Context, caller *searchlight.Subject, p searchlight.Privilege, names ...string) ([]Group, error) {
	return s.editPrivileges(ctx, caller, p, names, func(have []searchlight.Privilege) []searchlight.Privilege {
		return append(slices.Clone(have), p)
	})
}

// RemovePrivilege takes a privilege from groups, as AddPrivilege gives it. It
// also fails with CodeConflict when no administrator would be left.
func (s *Service) RemovePrivilege(ctx context.Context, caller *searchlight.Subject, p searchlight.Privilege, names ...string) ([]Group, error) {
	return s.editPrivileges(ctx, caller, p, names, func(have []searchlight.Privilege) []searchlight.Privilege {
		return slices.DeleteFunc(slices.Clone(have), func(q searchlight.Privilege) bool { return q == p })
	})
}

func (s *Service) editPrivileges(ctx context.Context, caller *searchlight.Subject, p searchlight.Privilege, names []string,
	edit func([]searchlight.Privilege) []searchlight.Privilege) (changed []Group, err error) {
	err = s.administer(ctx, caller, func(c *change) error {
		changed = nil
		if !slices.Contains(searchlight.GrantablePrivileges, p) {
			return errNotGrantable(p)
		}
		for _, name := range unique(names) {
			g, err := findGroup(c, Ref{Name: name})
			if err != nil {
				return err
			}
			next := edit(g.Privileges)
			if err := c.updateGroup(g, &GroupChange{Privileges: &next}); err != nil {
				return err
			}
			described, err := describeGroup(c, g)
			if err != nil {
				return err
			}
			changed = append(changed, *described)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}
