package searchlight

import "slices"

// Level is how much somebody may do with an object (security.md 3.1).
type Level int8

// The levels, each of which includes those before it.
const (
	NoAccess Level = iota
	// PartialAccess is to a table of which some columns only are shared: it is
	// listed and can be searched, with those columns.
	PartialAccess
	ReadOnly
	Modify
)

// ShareMode is the level as API v1 writes it.
func (l Level) ShareMode() string {
	switch l {
	case NoAccess:
		return "NO_ACCESS"
	case PartialAccess, ReadOnly:
		return "READ_ONLY"
	case Modify:
		return "MODIFY"
	}
	panic("searchlight: unknown level")
}

// Grant is a share: what a principal may do with an object or a column of a
// table. Its level is ReadOnly or Modify.
type Grant struct {
	Object    GUID // or column
	Principal GUID // user or group
	Level     Level
	GrantedBy GUID
}

// Allow is the one gate to objects: it returns the header of an object on
// which the subject has at least the level wanted. It fails with CodeForbidden
// otherwise, in the same words whether there is no such object, or the subject
// may not see it; those who see it but may not do more are told so.
func Allow(tx Tx, s *Subject, want Level, id GUID) (*Header, error) {
	h, err := tx.Header(id)
	if err != nil && CodeOf(err) != CodeNotFound {
		return nil, err
	}
	level := NoAccess
	if err == nil {
		if level, err = LevelOf(tx, s, h); err != nil {
			return nil, err
		}
	}
	switch {
	case level >= want && level > NoAccess:
		return h, nil
	case level >= PartialAccess:
		return nil, Errorf(CodeForbidden, "you may see %s but not do this with it", id)
	}
	return nil, ErrNoObject(id)
}

// ErrNoObject is the answer to everybody who asks for an object that is not
// there or that they may not see.
func ErrNoObject(id GUID) error {
	return Errorf(CodeForbidden, "there is no object %s, or you may not see it", id)
}

// LevelOf is what the subject may do with an object.
func LevelOf(tx Tx, s *Subject, h *Header) (Level, error) {
	levels, err := LevelsOf(tx, s, []Header{*h})
	if err != nil {
		return NoAccess, err
	}
	return levels[0], nil
}

// LevelsOf is LevelOf for many objects, in their order: administrators may do
// everything, authors everything with what is theirs, others what was shared
// with them or with one of their groups. What is part of another object, such
// as a visualization, has the level of that object. Tx.Headers applies the
// same rule in the store.
func LevelsOf(tx Tx, s *Subject, headers []Header) ([]Level, error) {
	levels := make([]Level, len(headers))
	if s == nil {
		return levels, nil
	}
	var ids []GUID
	for i := range headers {
		if s.level(&headers[i], NoAccess) < Modify {
			ids = append(ids, headers[i].Owner)
		}
	}
	var granted map[GUID]Level
	if len(ids) > 0 {
		var err error
		if granted, err = tx.Granted(s.Principals(), ids); err != nil {
			return nil, err
		}
	}
	for i := range headers {
		levels[i] = s.level(&headers[i], granted[headers[i].Owner])
	}
	return levels, nil
}

func (s *Subject) level(h *Header, granted Level) Level {
	level := granted
	switch {
	case slices.Contains(s.Privileges, PrivilegeAdministration), h.Author == s.User.ID:
		level = Modify
	case h.ID == EmbeddedConnectionID:
		level = max(level, ReadOnly) // tables of loaded files name it
	}
	if s.Scope == "" {
		return level
	}
	if h.ID != s.Scope && h.Owner != s.Scope {
		return NoAccess
	}
	return min(level, ReadOnly)
}

// VisibleColumns are the columns of tables that the subject may use by
// themselves (security.md 5): all those of a table that it may read, and of
// others those that were granted. Tables that are gone have none.
func VisibleColumns(tx Tx, s *Subject, tables ...GUID) (map[GUID]bool, error) {
	visible := map[GUID]bool{}
	for i, id := range tables {
		if slices.Contains(tables[:i], id) {
			continue
		}
		table, err := tx.Object(id)
		if err != nil && CodeOf(err) == CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		level, err := LevelOf(tx, s, &table.Header)
		switch {
		case err != nil:
			return nil, err
		case level >= ReadOnly:
			for _, column := range table.Columns {
				visible[column.ID] = true
			}
		case level == PartialAccess:
			granted, err := tx.GrantedColumns(s.Principals(), id)
			if err != nil {
				return nil, err
			}
			for _, column := range granted {
				visible[column] = true
			}
		}
	}
	return visible, nil
}
