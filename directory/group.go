package directory

import (
	"context"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// Group is a group with the groups that it is in.
type Group struct {
	searchlight.Group
	Parents   []searchlight.GUID // directly, by name
	Inherited []searchlight.GUID // Parents, and then those above them by name
}

// allAlias is how clients call the group All.
const allAlias = "ALL_GROUP"

// maxPinboards is how many pinboards a group shows its members first.
const maxPinboards = 3

// Groups lists the groups by name. It needs ADMINISTRATION.
func (s *Service) Groups(ctx context.Context, caller *searchlight.Subject) (groups []Group, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		all, err := tx.Groups()
		if err != nil {
			return err
		}
		groups, err = describeGroups(tx, all)
		return err
	})
	return groups, err
}

// Group finds a group. It needs ADMINISTRATION, and fails with CodeNotFound.
func (s *Service) Group(ctx context.Context, caller *searchlight.Subject, ref Ref) (group *Group, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		g, err := findGroup(tx, ref)
		if err != nil {
			return err
		}
		group, err = describeGroup(tx, g)
		return err
	})
	return group, err
}

func findGroup(tx searchlight.Tx, ref Ref) (*searchlight.Group, error) {
	if ref.ID != "" {
		return tx.Group(ref.ID)
	}
	g, err := tx.GroupByName(ref.Name)
	if isCode(err, searchlight.CodeNotFound) && ref.Name == allAlias {
		return tx.Group(searchlight.AllGroupID)
	}
	return g, err
}

// NewGroup is a group to be made.
type NewGroup struct {
	Name        string
	DisplayName string // empty: Name
	Description string
	Type        searchlight.PrincipalType // empty: LocalGroup
	Visibility  searchlight.Visibility    // empty: Sharable
	Privileges  []searchlight.Privilege
}

// CreateGroup makes a group. It needs ADMINISTRATION, and fails with
// CodeInvalid, and CodeConflict when the name is taken.
func (s *Service) CreateGroup(ctx context.Context, caller *searchlight.Subject, n NewGroup) (created *Group, err error) {
	if err := caller.Require(searchlight.PrivilegeAdministration); err != nil {
		return nil, err
	}
	g, err := n.group()
	if err != nil {
		return nil, err
	}
	g.ID = s.newGUID()
	err = s.administer(ctx, caller, func(c *change) error {
		g := g
		g.Author, g.ModifiedBy, g.Created, g.Modified = c.by.User.ID, c.by.User.ID, c.Now(), c.Now()
		added, _, err := givePrivileges(&g, n.Privileges)
		if err != nil {
			return err
		}
		if err := c.CreateGroup(&g); err != nil {
			return err
		}
		if err := c.audit(searchlight.EventGroupsCreated, "Group created", map[string]any{"groups": []identity{ofGroup(&g)}}); err != nil {
			return err
		}
		if err := c.auditPrivileges(&g, added, nil); err != nil {
			return err
		}
		created, err = describeGroup(c, &g)
		return err
	})
	return created, err
}

func (n *NewGroup) group() (searchlight.Group, error) {
	g := searchlight.Group{Name: n.Name, DisplayName: n.DisplayName, Description: n.Description, Type: n.Type, Visibility: n.Visibility}
	if g.DisplayName == "" {
		g.DisplayName = g.Name
	}
	if g.Type == "" {
		g.Type = searchlight.LocalGroup
	}
	if g.Visibility == "" {
		g.Visibility = searchlight.Sharable
	}
	return g, firstError(CheckName(g.Name), checkDisplayName(g.DisplayName), checkDescription(g.Description), checkGroupType(g.Type), checkVisibility(g.Visibility))
}

// GroupChange is what to change of a group; nil leaves things as they are.
type GroupChange struct {
	Name, DisplayName, Description     *string
	Type                               *searchlight.PrincipalType
	Visibility                         *searchlight.Visibility
	Privileges                         *[]searchlight.Privilege
	Parents                            *[]searchlight.GUID // all groups that it is directly in
	Pinboards                          *[]searchlight.GUID
	AssignableByToken, AssignableBySSO *bool
}

// UpdateGroup changes a group. It needs ADMINISTRATION, and fails with
// CodeInvalid, CodeNotFound, CodeForbidden for what is built in, and
// CodeConflict when the name is taken or no administrator would be left.
func (s *Service) UpdateGroup(ctx context.Context, caller *searchlight.Subject, id searchlight.GUID, w GroupChange) error {
	return s.administer(ctx, caller, func(c *change) error {
		g, err := c.Group(id)
		if err != nil {
			return err
		}
		if err := c.updateGroup(g, &w); err != nil {
			return err
		}
		if w.Parents == nil {
			return nil
		}
		return c.regroupGroups([]searchlight.GUID{id}, replacing(*w.Parents))
	})
}

// updateGroup writes what differs.
func (c *change) updateGroup(g *searchlight.Group, w *GroupChange) error {
	e, err := c.editGroup(g, w)
	if err != nil || e == nil {
		return err
	}
	if err := c.Tx.UpdateGroup(g); err != nil {
		return err
	}
	if e.data != nil {
		e.data["groups"] = []identity{ofGroup(g)}
		if err := c.audit(searchlight.EventGroupModified, "Group changed", e.data); err != nil {
			return err
		}
	}
	return c.auditPrivileges(g, e.added, e.removed)
}

// groupEdit is what a change does to a group.
type groupEdit struct {
	data           map[string]any // of the event, without the group; nil: privileges alone change
	added, removed []searchlight.Privilege
}

// editGroup is updateGroup without writing; nil: nothing differs.
func (c *change) editGroup(g *searchlight.Group, w *GroupChange) (*groupEdit, error) {
	before := *g
	var e edits
	set(&e, "name", &g.Name, w.Name, mayRename(g.ID, before.Name))
	set(&e, "displayName", &g.DisplayName, w.DisplayName, checkDisplayName)
	set(&e, "description", &g.Description, w.Description, checkDescription)
	set(&e, "type", &g.Type, w.Type, mayRetype(g.ID, g.Name, checkGroupType))
	set(&e, "visibility", &g.Visibility, w.Visibility, checkVisibility)
	set(&e, "assignableByToken", &g.AssignableByToken, w.AssignableByToken, anything)
	set(&e, "assignableBySSO", &g.AssignableBySSO, w.AssignableBySSO, anything)
	if w.Pinboards != nil && !slices.Equal(g.Pinboards, *w.Pinboards) {
		g.Pinboards = *w.Pinboards
		e.note("pinboards", c.checkPinboards(g.Pinboards))
	}
	if e.err != nil {
		return nil, e.err
	}
	var edit groupEdit
	if w.Privileges != nil {
		var err error
		if edit.added, edit.removed, err = givePrivileges(g, *w.Privileges); err != nil {
			return nil, err
		}
	}
	if len(e.fields) == 0 && len(edit.added) == 0 && len(edit.removed) == 0 {
		return nil, nil
	}
	g.Modified, g.ModifiedBy = c.Now(), c.by.User.ID
	if len(e.fields) > 0 {
		edit.data = map[string]any{"changed": e.fields}
		noteChange(edit.data, "Name", before.Name, g.Name)
		if g.AssignableByToken && !before.AssignableByToken || g.AssignableBySSO && !before.AssignableBySSO {
			edit.data["severity"] = severityHigh
		}
	}
	return &edit, nil
}

func (c *change) checkPinboards(ids []searchlight.GUID) error {
	if len(ids) > maxPinboards {
		return errPinboards()
	}
	for _, id := range ids {
		h, err := c.Header(id)
		if isCode(err, searchlight.CodeNotFound) || err == nil && h.Type != searchlight.TypePinboard {
			return errNoPinboard(id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteGroups deletes groups with their memberships and shares, and neither
// users nor objects. It needs ADMINISTRATION, and fails with CodeNotFound,
// CodeForbidden for what is built in, and CodeConflict when no administrator
// would be left; then none is deleted.
func (s *Service) DeleteGroups(ctx context.Context, caller *searchlight.Subject, ids ...searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		var groups []searchlight.Group
		for _, id := range unique(ids) {
			g, err := c.Group(id)
			if err != nil {
				return err
			}
			if searchlight.IsBuiltIn(id) {
				return errBuiltIn(g.Name)
			}
			groups = append(groups, *g)
		}
		return c.deleteGroups(groups)
	})
}

func (c *change) deleteGroups(groups []searchlight.Group) error {
	if len(groups) == 0 {
		return nil
	}
	deleted, ids := make([]identity, len(groups)), make([]searchlight.GUID, len(groups))
	for i := range groups {
		deleted[i], ids[i] = ofGroup(&groups[i]), groups[i].ID
	}
	if err := c.DeleteGroups(ids...); err != nil {
		return err
	}
	return c.audit(searchlight.EventGroupsDeleted, "Groups deleted", map[string]any{"groups": deleted})
}
