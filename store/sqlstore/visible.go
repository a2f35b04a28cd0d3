package sqlstore

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// This file is the one place that says who sees what in lists. It must agree
// with searchlight.LevelsOf, which says it of single objects.

// visible narrows the list to what the viewer sees, and to what others do if
// that is asked for.
func (l *list) visible(c *conditions) error {
	q, viewer := l.query, l.query.Viewer
	switch q.Category {
	case "", searchlight.CategoryAll:
	case searchlight.CategoryMine:
		c.and(l.kind.author+` = ?`, viewer.User.ID)
	case searchlight.CategoryFavorite:
		c.and(l.kind.id()+` IN (SELECT f.object_id FROM favourites f WHERE f.user_id = ?)`, viewer.User.ID)
	case searchlight.CategoryRequested:
		c.never = true // nobody can request access yet
	default:
		return errUnknownCategory(q.Category)
	}
	if l.kind.principals() {
		c.never = c.never || q.For != nil // nobody reads a principal
		return l.knows(c, viewer)
	}
	if !seesAll(viewer) {
		l.reads(c, viewer.Principals(), searchlight.NoAccess)
	}
	if q.For != nil {
		l.reads(c, q.For, q.AtLeast)
	}
	if viewer.Scope != "" {
		c.and(`(o.id = ? OR o.owner = ?)`, viewer.Scope, viewer.Scope)
	}
	return nil
}

// seesAll reports whether every object is the viewer's to see, but for the
// scope of the session.
func seesAll(viewer *searchlight.Subject) bool {
	return slices.Contains(viewer.Privileges, searchlight.PrivilegeAdministration)
}

// reads narrows a list of objects or columns to those that one of the
// principals made, or was granted at a level. A grant on what contains an
// object is one on the object.
func (l *list) reads(c *conditions, principals []searchlight.GUID, atLeast searchlight.Level) {
	b, listed := l.tx.store.backend, jsonOf(guidsAmong(principals))
	granted, args := `g.object_id = o.owner AND `+b.Among(`g.principal_id`), []any{listed, listed}
	if l.kind.of == searchlight.TypeLogicalColumn {
		granted += ` AND (g.item_id = g.object_id OR g.item_id = c.id) AND g.level >= ?`
		args = append(args, atLeast)
	} else if atLeast > searchlight.PartialAccess {
		granted += ` AND g.item_id = g.object_id AND g.level >= ?`
		args = append(args, atLeast)
	}
	c.and(`(`+b.Among(`o.author`)+` OR `+probe(`SELECT 1 FROM grants g WHERE `+granted)+`)`, args...)
}

// knows narrows a list of principals to those that the viewer may see
// (security.md 1.6): itself, its groups, and who is in them, also through other
// groups. All makes nobody known, nor does a group that is not shareable.
func (l *list) knows(c *conditions, viewer *searchlight.Subject) error {
	if viewer.Scope != "" {
		c.never = true
		return nil
	}
	if viewer.IsAdmin() || viewer.Has(searchlight.PrivilegeShareWithAll) {
		return nil
	}
	b := l.tx.store.backend
	groups, err := all(l.tx, scanGUID, `WITH RECURSIVE known (id) AS (
			SELECT id FROM groups WHERE `+b.Listed(`id`)+` AND visibility = ? AND id <> ?
			UNION
			SELECT m.member_id FROM group_groups m JOIN known k ON m.group_id = k.id WHERE m.member_id <> ?
		) SELECT id FROM known`, jsonOf(guidsAmong(viewer.Groups)), searchlight.Sharable, searchlight.AllGroupID, searchlight.AllGroupID)
	if err != nil {
		return err
	}
	known := jsonOf(guidsAmong(groups))
	if l.kind.of == searchlight.TypeUserGroup {
		c.and(`g.visibility = ? AND `+b.Listed(`g.id`), searchlight.Sharable, known)
		return nil
	}
	c.and(`(u.id = ? OR u.visibility = ?)`, viewer.User.ID, searchlight.Sharable)
	few, err := l.few(c, `u.id`, `SELECT m.user_id FROM group_users m WHERE `+b.Listed(`m.group_id`)+` UNION ALL SELECT id FROM users WHERE id = ?`,
		known, viewer.User.ID)
	if err == nil && !few {
		c.and(`(u.id = ? OR `+probe(`SELECT 1 FROM group_users m WHERE m.user_id = u.id AND `+b.Among(`m.group_id`))+`)`, viewer.User.ID, known)
	}
	return err
}

// fewRows is up to how many rows a list begins with them; from more it is
// faster to go through all in the order of the list until a page is full.
const fewRows = 1000

// few narrows a column to the IDs that a query finds, if these are few, and
// reports whether they are. They are then sorted: to go through an index in the
// order of the list would be to go through all rows.
func (l *list) few(c *conditions, column, query string, args ...any) (bool, error) {
	ids, err := all(l.tx, scanGUID, query+` LIMIT ?`, append(args, fewRows+1)...)
	if err != nil || len(ids) > fewRows {
		return false, err
	}
	b := l.tx.store.backend
	c.and(b.Listed(column), jsonOf(guidsAmong(ids)))
	l.order.sql, l.short = l.order.by(b.Unordered(l.order.key), l.kind.id()), true
	return true, nil
}
