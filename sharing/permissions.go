package sharing

import (
	"context"
	"maps"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// PermissionRequest asks with whom objects are shared.
type PermissionRequest struct {
	Objects map[searchlight.ObjectType][]searchlight.GUID // by one of Types
	// Defined asks for grants to just that user or group; otherwise the answer
	// is what people may do in effect.
	Defined    bool
	Dependents bool // also the columns of tables and the tiles of pinboards
}

// Permissions are who may do what with objects: by type, object and principal.
type Permissions map[searchlight.ObjectType]map[searchlight.GUID]map[searchlight.GUID]*Permission

// Permission is what a user or group may do with an object.
type Permission struct {
	TopLevel   searchlight.GUID // the object; of a column its table
	Level      searchlight.Level
	Dependents []Dependent
}

// Dependent is a part of an object, with the level that it has by itself or
// from the whole.
type Dependent struct {
	searchlight.Header
	OwnerName string // of a column: its table
	Level     searchlight.Level
}

// maxEntries bounds an answer.
const maxEntries = 100_000

// Permissions tells those who may change an object about everybody whom they
// may see (security.md 1.6), and those who may only look at it about themselves.
// Objects that are not there or that the subject may not see are left out.
//
// In effect something is shared with its author, with the principals that it
// was granted to, with the members of the groups among these, and with the
// subject. Everybody is in the group All, so its members are not listed, but the
// others have its level at least. Administrators appear only when they are among
// all these.
//
// It fails with CodeForbidden when there is nothing to say about any of the
// objects, with CodeInvalid, and with CodeTooLarge.
func (s *Service) Permissions(ctx context.Context, subject *searchlight.Subject, r PermissionRequest) (Permissions, error) {
	types := slices.Sorted(maps.Keys(r.Objects))
	if len(types) == 0 {
		return nil, errNoObjects()
	}
	all := 0
	for _, t := range types {
		if err := checkObjects(t, r.Objects[t]); err != nil {
			return nil, err
		}
		if all += len(r.Objects[t]); all > maxObjects {
			return nil, errTooMany("objects", maxObjects)
		}
	}
	if subject.Scope != "" {
		return nil, errScope()
	}
	var answer Permissions
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		q := &inquiry{tx: tx, subject: subject, request: r, reach: reach{tx: tx}, authors: map[searchlight.GUID]searchlight.GUID{}}
		answer = Permissions{}
		accessible := 0
		for _, t := range types {
			targets, err := find(tx, subject, t, unique(r.Objects[t]))
			if err != nil {
				return err
			}
			answer[t] = map[searchlight.GUID]map[searchlight.GUID]*Permission{}
			for i := range targets {
				if targets[i].level == searchlight.NoAccess {
					continue
				}
				accessible++
				q.authors[targets[i].ID] = targets[i].Author
				if answer[t][targets[i].ID], err = q.permissions(&targets[i]); err != nil {
					return err
				}
			}
		}
		switch {
		case accessible > 0:
			return q.hide(answer)
		case all == 1:
			return searchlight.ErrNoObject(r.Objects[types[0]][0])
		}
		return errNoneVisible()
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// inquiry is one call under way, in its transaction.
type inquiry struct {
	tx      searchlight.Tx
	subject *searchlight.Subject
	request PermissionRequest
	reach   reach
	authors map[searchlight.GUID]searchlight.GUID // by object
	entries int
}

// permissions answers for one object, before those whom the subject may not
// see are taken out.
func (q *inquiry) permissions(t *target) (map[searchlight.GUID]*Permission, error) {
	parts, err := q.parts(t)
	if err != nil {
		return nil, err
	}
	var levels levels
	if t.level < searchlight.Modify {
		levels, err = q.own(t, parts)
	} else {
		levels, err = q.everybody(t, parts)
	}
	if err != nil {
		return nil, err
	}
	answer := map[searchlight.GUID]*Permission{}
	for principal, level := range levels.object {
		p := &Permission{TopLevel: t.Owner, Level: level}
		answer[principal] = p
		if q.request.Dependents {
			for _, part := range parts {
				if level := levels.part(principal, part.ID); level > searchlight.PartialAccess && q.shows(t, &part) {
					part.Level = level
					p.Dependents = append(p.Dependents, part)
				}
			}
		}
		if q.entries += 1 + len(p.Dependents); q.entries > maxEntries {
			return nil, errTooMany("permissions", maxEntries)
		}
	}
	return answer, nil
}

// shows keeps hidden columns from those who do not work on the table
// (security.md 5).
func (q *inquiry) shows(t *target, part *Dependent) bool {
	return part.Type != searchlight.TypeLogicalColumn || !part.Hidden ||
		t.level >= searchlight.Modify && q.subject.Has(searchlight.PrivilegeDataManagement)
}

// parts lists the columns of a table and the tiles of a pinboard. Columns that
// were granted by themselves decide who may see their table, so they are needed
// also where nobody asks for dependents.
func (q *inquiry) parts(t *target) ([]Dependent, error) {
	var parts []Dependent
	switch t.Type {
	case searchlight.TypeAnswer, searchlight.TypeLogicalColumn, searchlight.TypeConnection:
	case searchlight.TypePinboard:
		if !q.request.Dependents {
			return nil, nil
		}
		headers, err := q.tx.Parts(t.ID)
		if err != nil {
			return nil, err
		}
		for _, h := range headers {
			if h.Type == searchlight.TypeVisualization {
				parts = append(parts, Dependent{Header: h})
			}
		}
	case searchlight.TypeLogicalTable:
		if !q.request.Dependents && q.request.Defined {
			return nil, nil
		}
		o, err := q.tx.Object(t.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range o.Columns {
			h := o.Header
			h.ID, h.Type, h.Subtype, h.Name, h.Description, h.Hidden = c.ID, searchlight.TypeLogicalColumn, "", c.Name, nil, c.Hidden
			parts = append(parts, Dependent{Header: h, OwnerName: o.Name})
		}
	default:
		panic("sharing: unknown type " + string(t.Type))
	}
	return parts, nil
}

// levels are what principals may do with an object and with its parts.
type levels struct {
	object map[searchlight.GUID]searchlight.Level
	parts  map[searchlight.GUID]map[searchlight.GUID]searchlight.Level // beyond object, by part
	isUser func(searchlight.GUID) bool                                 // nil: All stands for nobody else
}

func (l *levels) part(principal, id searchlight.GUID) searchlight.Level {
	level := max(l.object[principal], l.parts[id][principal])
	if l.isUser != nil && l.isUser(principal) {
		level = max(level, l.parts[id][searchlight.AllGroupID])
	}
	return level
}

// own is what the subject alone may do.
func (q *inquiry) own(t *target, parts []Dependent) (levels, error) {
	self := q.subject.User.ID
	if q.request.Defined {
		l, err := q.defined(t, parts)
		maps.DeleteFunc(l.object, func(id searchlight.GUID, _ searchlight.Level) bool { return id != self })
		return l, err
	}
	l := levels{object: map[searchlight.GUID]searchlight.Level{self: t.level}, parts: map[searchlight.GUID]map[searchlight.GUID]searchlight.Level{}}
	if t.Type != searchlight.TypeLogicalTable {
		return l, nil
	}
	headers := make([]searchlight.Header, len(parts))
	for i := range parts {
		headers[i] = parts[i].Header
	}
	own, err := levelsOf(q.tx, q.subject, headers)
	for i := range own {
		l.parts[parts[i].ID] = map[searchlight.GUID]searchlight.Level{self: own[i]}
	}
	return l, err
}

func (q *inquiry) everybody(t *target, parts []Dependent) (levels, error) {
	if q.request.Defined {
		return q.defined(t, parts)
	}
	return q.effective(t, parts)
}

// defined are the grants as they were made. Who was granted columns alone has
// partial access to the table.
func (q *inquiry) defined(t *target, parts []Dependent) (levels, error) {
	grants, err := q.grants([]searchlight.GUID{t.ID}, parts)
	l := levels{object: map[searchlight.GUID]searchlight.Level{}, parts: map[searchlight.GUID]map[searchlight.GUID]searchlight.Level{}}
	for id, list := range grants {
		if id != t.ID {
			l.parts[id] = map[searchlight.GUID]searchlight.Level{}
		}
		for _, g := range list {
			if id == t.ID {
				l.object[g.Principal] = g.Level
				continue
			}
			l.parts[id][g.Principal] = g.Level
			l.object[g.Principal] = max(l.object[g.Principal], searchlight.PartialAccess)
		}
	}
	return l, err
}

// effective is what follows from grants, memberships, authorship and
// ADMINISTRATION.
func (q *inquiry) effective(t *target, parts []Dependent) (levels, error) {
	if err := q.reach.load(); err != nil {
		return levels{}, err
	}
	whole := unique([]searchlight.GUID{t.ID, t.Owner}) // a column has what its table has
	grants, err := q.grants(whole, parts)
	if err != nil {
		return levels{}, err
	}
	l := levels{parts: map[searchlight.GUID]map[searchlight.GUID]searchlight.Level{}, isUser: q.reach.isUser}
	var onWhole []searchlight.Grant
	for _, id := range whole {
		onWhole = append(onWhole, grants[id]...)
	}
	l.object = q.reach.spread(onWhole)
	for id, list := range grants {
		if slices.Contains(whole, id) {
			continue
		}
		l.parts[id] = q.reach.spread(list)
		for principal := range l.parts[id] {
			l.object[principal] = max(l.object[principal], searchlight.PartialAccess)
		}
	}
	l.object[t.Author] = searchlight.Modify
	l.object[q.subject.User.ID] = t.level
	for principal := range l.object {
		if principal != searchlight.AllGroupID && q.reach.isUser(principal) {
			l.object[principal] = max(l.object[principal], l.object[searchlight.AllGroupID])
		}
		if q.reach.administers[principal] {
			l.object[principal] = searchlight.Modify
		}
	}
	return l, nil
}

// grants are those on objects and parts, by what they are on.
func (q *inquiry) grants(ids []searchlight.GUID, parts []Dependent) (map[searchlight.GUID][]searchlight.Grant, error) {
	for i := range parts {
		if parts[i].Type == searchlight.TypeLogicalColumn {
			ids = append(ids, parts[i].ID)
		}
	}
	list, err := q.tx.Grants(ids...)
	if err != nil {
		return nil, err
	}
	grants := map[searchlight.GUID][]searchlight.Grant{}
	for _, g := range list {
		grants[g.Object] = append(grants[g.Object], g)
	}
	return grants, nil
}

// hide takes the principals out of an answer that the subject may not see.
// Everybody sees the author of an object and knows the group All.
func (q *inquiry) hide(answer Permissions) error {
	if q.subject.Has(searchlight.PrivilegeShareWithAll) {
		return nil
	}
	named := map[searchlight.GUID]bool{}
	for _, objects := range answer {
		for _, principals := range objects {
			for id := range principals {
				named[id] = true
			}
		}
	}
	seen, err := visible(q.tx, q.subject, slices.Sorted(maps.Keys(named)))
	if err != nil {
		return err
	}
	for _, objects := range answer {
		for object, principals := range objects {
			maps.DeleteFunc(principals, func(id searchlight.GUID, _ *Permission) bool {
				_, ok := seen[id]
				return !ok && id != q.subject.User.ID && id != searchlight.AllGroupID && id != q.authors[object]
			})
		}
	}
	return nil
}
