package sharing

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// The rules of security.md 3.3, in its order.

// mayShareAtAll refuses those who share nothing whatsoever (rule 4).
func mayShareAtAll(s *searchlight.Subject) error {
	switch {
	case s.Scope != "":
		return errScope()
	case s.Has(searchlight.PrivilegeNoPinboards):
		return errBlocked()
	}
	return nil
}

// mayShare says whether the subject may let others see an object that it sees
// itself (rules 2 and 5).
func (s *Service) mayShare(subject *searchlight.Subject, t *target) error {
	isAuthor := subject.IsAdmin() || t.Author == subject.User.ID
	switch t.Type {
	case searchlight.TypeAnswer, searchlight.TypePinboard:
		if s.ViewersMayNotShare && t.level < searchlight.Modify {
			return errEditorsOnly(t.ID)
		}
		return nil
	case searchlight.TypeLogicalTable:
		switch t.Subtype {
		case searchlight.SubtypeTable, searchlight.SubtypeUpload:
			return editorsOnly(t)
		case searchlight.SubtypeWorksheet, searchlight.SubtypeView, searchlight.SubtypeSQLView:
			if !isAuthor {
				return errAuthorOnly(t.ID)
			}
			return nil
		}
		panic("sharing: unknown subtype " + string(t.Subtype))
	case searchlight.TypeLogicalColumn:
		return editorsOnly(t)
	case searchlight.TypeConnection:
		if !isAuthor {
			return errAuthorOnly(t.ID)
		}
		return nil
	}
	panic("sharing: unknown type " + string(t.Type))
}

func editorsOnly(t *target) error {
	if t.level < searchlight.Modify {
		return errEditorsOnly(t.ID)
	}
	return nil
}

// mayGive says whether the subject may give out a level (rule 1).
func mayGive(t *target, level searchlight.Level) error {
	switch {
	case level != searchlight.ReadOnly && level != searchlight.Modify:
		return errLevel(level)
	case level > t.level:
		return errAboveOwn(t.ID)
	}
	return nil
}

// mayTake says whether the subject may take grants of a principal away
// (rule 6). Of those who may not change the object, nobody learns whether there
// is a grant of others.
func mayTake(s *searchlight.Subject, t *target, principal searchlight.GUID, grants []searchlight.Grant) error {
	if t.level >= searchlight.Modify || principal == s.User.ID {
		return nil
	}
	if len(grants) == 0 || slices.ContainsFunc(grants, func(g searchlight.Grant) bool { return g.GrantedBy != s.User.ID }) {
		return errNotYours(t.ID, principal)
	}
	return nil
}

// shuts tells the states of users with whom nothing is shared: they come back
// only when an administrator sees to it.
func shuts(state searchlight.UserState) bool {
	switch state {
	case searchlight.UserInactive, searchlight.UserExpired, searchlight.UserSuspended:
		return true
	case searchlight.UserActive, searchlight.UserPending, searchlight.UserLocked:
		return false
	}
	panic("sharing: unknown state " + string(state))
}

// recipients knows with whom the subject may share (rule 3).
type recipients struct {
	tx      searchlight.Tx
	subject *searchlight.Subject
	seen    map[searchlight.GUID]searchlight.Header
	known   map[searchlight.GUID]bool // because the subject shared with them before
}

// mayReceive says whether the subject may share with a principal.
func (r *recipients) mayReceive(id searchlight.GUID) error {
	if id == searchlight.AllGroupID {
		if r.subject.Has(searchlight.PrivilegeShareWithAll) {
			return nil
		}
		return errAll()
	}
	h, ok := r.seen[id]
	if !ok {
		return errNoPrincipal(id)
	}
	if h.Type == searchlight.TypeUser {
		u, err := r.tx.User(id)
		if err != nil {
			return err
		}
		if shuts(u.State) {
			return errInactive(id)
		}
	}
	return nil
}

// mayLose says whether the subject may speak of taking something away from a
// principal. Everybody knows the group All.
func (r *recipients) mayLose(id searchlight.GUID) error {
	if _, ok := r.seen[id]; ok || r.known[id] || id == searchlight.AllGroupID {
		return nil
	}
	return errNoPrincipal(id)
}

// managesData says whether a principal holds DATAMANAGEMENT, which those with
// whom connections are shared need (rule 2).
func (r *recipients) managesData(id searchlight.GUID) (bool, error) {
	if r.seen[id].Type == searchlight.TypeUser {
		s, err := r.tx.Subject(id)
		if err != nil {
			return false, err
		}
		return s.Has(searchlight.PrivilegeDataManagement), nil
	}
	group, err := r.tx.Group(id)
	if err != nil {
		return false, err
	}
	above, err := r.tx.Ancestors(id)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(append(above, *group), func(g searchlight.Group) bool {
		return slices.Contains(g.Privileges, searchlight.PrivilegeDataManagement) ||
			slices.Contains(g.Privileges, searchlight.PrivilegeAdministration)
	}), nil
}
