package sharing

import (
	"context"
	"maps"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// ShareRequest says what is shared with whom.
type ShareRequest struct {
	Type    searchlight.ObjectType // one of Types
	Objects []searchlight.GUID     // of that type
	// Levels are what each user or group gets on each object: ReadOnly or
	// Modify. NoAccess takes away what was granted to it by itself; what it has
	// through groups stays.
	Levels map[searchlight.GUID]searchlight.Level
	Notice Notice
}

// maxGrants bounds what one call writes.
const maxGrants = 10_000

// Share gives levels on objects to users and groups, all of it or nothing, and
// mails them about it when asked to. What the author of an object has does not
// change, nor what subjects other than administrators have themselves, but that
// they can give up what was granted to them. Those who may not take a grant away
// do not lower it either.
//
// It returns remarks for the caller, such as that no mail was sent. It fails
// with CodeInvalid, with CodeTooLarge, and with CodeForbidden for objects and
// principals that are not there, may not be seen, or not be shared.
func (s *Service) Share(ctx context.Context, subject *searchlight.Subject, r ShareRequest) (remarks []string, err error) {
	if err := checkObjects(r.Type, r.Objects); err != nil {
		return nil, err
	}
	if len(r.Objects)*len(r.Levels) > maxGrants {
		return nil, errTooMany("objects times principals", maxGrants)
	}
	if err := s.checkNotice(&r.Notice); err != nil {
		return nil, err
	}
	if err := mayShareAtAll(subject); err != nil {
		return nil, err
	}
	var mail *letter
	err = s.Store.Update(ctx, func(tx searchlight.Tx) error {
		c, err := s.begin(tx, subject, r.Type, r.Objects, slices.Sorted(maps.Keys(r.Levels)))
		if err != nil {
			return err
		}
		if err := c.share(r.Levels); err != nil {
			return err
		}
		modes := map[string]string{}
		for id, level := range r.Levels {
			modes[string(id)] = level.ShareMode()
		}
		if err := c.audit(modes); err != nil {
			return err
		}
		mail, err = c.write(&r.Notice, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.post(mail), nil
}

// ShareVizRequest says which visualization of a pinboard is shared with whom.
type ShareVizRequest struct {
	Type          searchlight.ObjectType // TypePinboard
	Pinboard      searchlight.GUID
	Visualization searchlight.GUID
	Principals    []searchlight.GUID
	Notice        Notice
}

// ShareViz gives users and groups ReadOnly on the whole pinboard that a
// visualization is on, since visualizations have no level of their own, and
// lowers nobody's level. Otherwise it is like Share, and fails with CodeInvalid
// also when the visualization is not on the pinboard.
func (s *Service) ShareViz(ctx context.Context, subject *searchlight.Subject, r ShareVizRequest) (remarks []string, err error) {
	if r.Type != searchlight.TypePinboard {
		return nil, errNotPinboard(r.Type)
	}
	if len(r.Principals) > maxGrants {
		return nil, errTooMany("principals", maxGrants)
	}
	if err := s.checkNotice(&r.Notice); err != nil {
		return nil, err
	}
	if err := mayShareAtAll(subject); err != nil {
		return nil, err
	}
	levels, modes := map[searchlight.GUID]searchlight.Level{}, map[string]string{}
	for _, id := range r.Principals {
		levels[id], modes[string(id)] = searchlight.ReadOnly, searchlight.ReadOnly.ShareMode()
	}
	var mail *letter
	err = s.Store.Update(ctx, func(tx searchlight.Tx) error {
		c, err := s.begin(tx, subject, searchlight.TypePinboard, []searchlight.GUID{r.Pinboard}, slices.Sorted(maps.Keys(levels)))
		if err != nil {
			return err
		}
		parts, err := tx.Parts(r.Pinboard)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(parts, func(h searchlight.Header) bool {
			return h.ID == r.Visualization && h.Type == searchlight.TypeVisualization
		}) {
			return errNoVisualization(r.Pinboard, r.Visualization)
		}
		c.keepsHigher = true
		if err := c.share(levels); err != nil {
			return err
		}
		if err := c.audit(modes); err != nil {
			return err
		}
		mail, err = c.write(&r.Notice, r.Visualization)
		return err
	})
	if err != nil {
		return nil, err
	}
	return append([]string{"the whole pinboard is shared, for viewing"}, s.post(mail)...), nil
}

// call is one call under way, in its transaction.
type call struct {
	recipients
	service *Service
	targets []target
	grants  map[searchlight.GUID][]searchlight.Grant // by object
	// keepsHigher leaves levels alone that are higher than the one given.
	keepsHigher bool
	shared      []searchlight.GUID // principals that were given something, of others' objects
}

// begin finds what a call is about. It fails for objects that the subject may
// not see, in the same words as for those that are not there.
func (s *Service) begin(tx searchlight.Tx, subject *searchlight.Subject, t searchlight.ObjectType, objects, principals []searchlight.GUID) (*call, error) {
	c := &call{
		recipients: recipients{tx: tx, subject: subject, known: map[searchlight.GUID]bool{}},
		service:    s, grants: map[searchlight.GUID][]searchlight.Grant{},
	}
	var err error
	if c.targets, err = find(tx, subject, t, unique(objects)); err != nil {
		return nil, err
	}
	ids := make([]searchlight.GUID, len(c.targets))
	for i := range c.targets {
		ids[i] = c.targets[i].ID
		if c.targets[i].level == searchlight.NoAccess {
			return nil, searchlight.ErrNoObject(ids[i])
		}
	}
	if t == searchlight.TypeLogicalColumn {
		if err := c.checkColumns(); err != nil {
			return nil, err
		}
	}
	grants, err := tx.Grants(ids...)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		c.grants[g.Object] = append(c.grants[g.Object], g)
		if g.GrantedBy == subject.User.ID {
			c.known[g.Principal] = true
		}
	}
	c.seen, err = visible(tx, subject, principals)
	return c, err
}

func unique(ids []searchlight.GUID) []searchlight.GUID {
	seen := map[searchlight.GUID]bool{}
	var once []searchlight.GUID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			once = append(once, id)
		}
	}
	return once
}

// checkColumns refuses columns of what is no table: those of a worksheet or
// view are shared with it (security.md 5).
func (c *call) checkColumns() error {
	checked := map[searchlight.GUID]bool{}
	for i := range c.targets {
		owner := c.targets[i].Owner
		if checked[owner] {
			continue
		}
		h, err := c.tx.Header(owner)
		if err != nil {
			return err
		}
		if h.Subtype != searchlight.SubtypeTable && h.Subtype != searchlight.SubtypeUpload {
			return errColumnOfWorksheet(c.targets[i].ID, owner)
		}
		checked[owner] = true
	}
	return nil
}

// share gives each principal its level on each target.
func (c *call) share(levels map[searchlight.GUID]searchlight.Level) error {
	principals := slices.Sorted(maps.Keys(levels))
	giving := len(levels) == 0 || slices.ContainsFunc(principals, func(p searchlight.GUID) bool { return levels[p] != searchlight.NoAccess })
	for i := range c.targets {
		t := &c.targets[i]
		if giving {
			if err := c.service.mayShare(c.subject, t); err != nil {
				return err
			}
		}
		for _, principal := range principals {
			var err error
			switch level := levels[principal]; {
			case principal == t.Author:
			case level == searchlight.NoAccess:
				err = c.take(t, principal)
			default:
				err = c.give(t, principal, level)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *call) give(t *target, principal searchlight.GUID, level searchlight.Level) error {
	if err := mayGive(t, level); err != nil {
		return err
	}
	if err := c.mayReceive(principal); err != nil {
		return err
	}
	if t.Type == searchlight.TypeConnection {
		switch manages, err := c.managesData(principal); {
		case err != nil:
			return err
		case !manages:
			return errNoDataManager(t.ID, principal)
		}
	}
	if principal == c.subject.User.ID && !c.subject.IsAdmin() {
		return nil // what one has through a group must not outlive it
	}
	c.shared = append(c.shared, principal)
	at := slices.IndexFunc(c.grants[t.ID], func(g searchlight.Grant) bool { return g.Principal == principal })
	if at >= 0 && (t.level < searchlight.Modify || c.keepsHigher && c.grants[t.ID][at].Level >= level) {
		return nil // nor does it become the subject's, to take away
	}
	return c.tx.SetGrant(searchlight.Grant{Object: t.ID, Principal: principal, Level: level, GrantedBy: c.subject.User.ID})
}

// take removes a principal's grant, and with one on a table those on its
// columns, so that nothing is left.
func (c *call) take(t *target, principal searchlight.GUID) error {
	if err := c.mayLose(principal); err != nil {
		return err
	}
	grants := slices.Clone(c.grants[t.ID])
	if t.Type == searchlight.TypeLogicalTable {
		columns, err := c.tx.GrantedColumns([]searchlight.GUID{principal}, t.ID)
		if err != nil {
			return err
		}
		if len(columns) > 0 {
			more, err := c.tx.Grants(columns...)
			if err != nil {
				return err
			}
			grants = append(grants, more...)
		}
	}
	grants = slices.DeleteFunc(grants, func(g searchlight.Grant) bool { return g.Principal != principal })
	if err := mayTake(c.subject, t, principal, grants); err != nil {
		return err
	}
	for _, g := range grants {
		if err := c.tx.DeleteGrant(g.Object, principal); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) audit(modes map[string]string) error {
	ids := make([]searchlight.GUID, len(c.targets))
	for i := range c.targets {
		ids[i] = c.targets[i].ID
	}
	return c.tx.Audit(searchlight.EventBy(c.subject, searchlight.EventShared, "shared objects", map[string]any{
		"objIds": ids, "objType": c.targets[0].Type, "permissions": modes,
	}))
}
