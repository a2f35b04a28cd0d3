package sharing

import (
	"context"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// ListAsRequest asks for the answers, pinboards, tables and worksheets that a
// principal may see.
type ListAsRequest struct {
	// Type is TypeUser, TypeUserGroup, or empty: as Principal is, or else all
	// users.
	Type searchlight.ObjectType
	// Principal is whose objects are meant; empty: the subject, when Type is
	// TypeUser, or all groups, when it is TypeUserGroup.
	Principal     searchlight.GUID
	AtLeast       searchlight.Level // lower than ReadOnly counts as ReadOnly
	Pattern       string            // as in searchlight.ListQuery
	Offset, Limit int               // as in searchlight.ListQuery
}

// Listing is a page of a list, the latest changes first.
type Listing struct {
	searchlight.HeaderPage
	Details *searchlight.Details
}

// ListAs lists what a principal may see or change: what it made, and what was
// shared with it or with groups that it is in; administrators may change
// everything. Whatever there is belongs to some user, so that all users together
// may change all of it.
//
// It fails with CodeForbidden when a subject other than an administrator asks
// for anybody but itself, with CodeNotFound for unknown principals, and with
// CodeInvalid.
func (s *Service) ListAs(ctx context.Context, subject *searchlight.Subject, r ListAsRequest) (*Listing, error) {
	switch r.Type {
	case "", searchlight.TypeUser, searchlight.TypeUserGroup:
	default:
		return nil, errPrincipalType(r.Type)
	}
	if r.Principal == "" && r.Type == searchlight.TypeUser {
		r.Principal = subject.User.ID
	}
	self := r.Principal == subject.User.ID && r.Type != searchlight.TypeUserGroup
	switch {
	case subject.Scope != "":
		return nil, errScope()
	case !self && !subject.IsAdmin():
		return nil, errOtherPrincipals()
	}
	q := searchlight.ListQuery{
		Viewer:  subject,
		AtLeast: searchlight.PartialAccess, // which API v1 writes as READ_ONLY, too
		Types:   []searchlight.ObjectType{searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable},
		Sort:    searchlight.SortModified, Pattern: r.Pattern, Offset: r.Offset, Limit: r.Limit,
	}
	if r.AtLeast > searchlight.ReadOnly {
		q.AtLeast = r.AtLeast
	}
	listing := &Listing{}
	err := s.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		if q.For, err = whose(tx, r); err != nil {
			return err
		}
		page, err := tx.Headers(q)
		if err != nil {
			return err
		}
		listing.HeaderPage = *page
		listing.Details, err = searchlight.DetailsOf(tx, page.Headers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listing, nil
}

// whose are the principals through which a ListAsRequest lists objects, nil for
// everything.
func whose(tx searchlight.Tx, r ListAsRequest) ([]searchlight.GUID, error) {
	switch {
	case r.Principal == "" && r.Type == "":
		return nil, nil
	case r.Principal == "":
		groups, err := tx.Groups()
		return idsOf(groups), err
	}
	if r.Type != searchlight.TypeUserGroup {
		s, err := tx.Subject(r.Principal)
		switch {
		case err == nil && s.IsAdmin():
			return nil, nil
		case err == nil:
			return s.Principals(), nil
		case !isNotFound(err):
			return nil, err
		case r.Type == searchlight.TypeUser:
			return nil, errUnknownPrincipal(r.Principal)
		}
	}
	_, err := tx.Group(r.Principal)
	if isNotFound(err) {
		return nil, errUnknownPrincipal(r.Principal)
	}
	if err != nil {
		return nil, err
	}
	above, err := tx.Ancestors(r.Principal)
	return slices.Concat([]searchlight.GUID{r.Principal}, idsOf(above)), err
}

func idsOf(groups []searchlight.Group) []searchlight.GUID {
	ids := make([]searchlight.GUID, len(groups))
	for i := range groups {
		ids[i] = groups[i].ID
	}
	return ids
}
