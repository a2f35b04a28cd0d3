package metadata

import (
	"context"

	"github.com/searchlight-bi/searchlight"
)

// FavoriteTypes are the types of what can be a favourite.
var FavoriteTypes = []searchlight.ObjectType{searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable}

// AddFavorites makes objects of a type to favourites of a user, the subject when
// user is empty. For others it needs ADMINISTRATION. It fails with CodeForbidden
// for objects that are not there or that the user may not see, and with
// CodeNotFound for unknown users.
func (s *Service) AddFavorites(ctx context.Context, subject *searchlight.Subject, user searchlight.GUID, t searchlight.ObjectType, ids []searchlight.GUID) error {
	return s.changeFavorites(ctx, subject, user, ids, "added", func(tx searchlight.Tx, whose *searchlight.Subject, id searchlight.GUID) error {
		if _, err := allowed(tx, whose, searchlight.PartialAccess, t, id); err != nil {
			return err
		}
		return tx.AddFavorite(whose.User.ID, id)
	})
}

// RemoveFavorites undoes AddFavorites. What is no favourite is left alone,
// whether or not it is there.
func (s *Service) RemoveFavorites(ctx context.Context, subject *searchlight.Subject, user searchlight.GUID, ids []searchlight.GUID) error {
	return s.changeFavorites(ctx, subject, user, ids, "removed", func(tx searchlight.Tx, whose *searchlight.Subject, id searchlight.GUID) error {
		return tx.RemoveFavorite(whose.User.ID, id)
	})
}

func (s *Service) changeFavorites(ctx context.Context, subject *searchlight.Subject, user searchlight.GUID, ids []searchlight.GUID, verb string,
	change func(searchlight.Tx, *searchlight.Subject, searchlight.GUID) error) error {
	ids, err := checkIDs(ids)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx searchlight.Tx) error {
		whose, err := onBehalf(tx, subject, user)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := change(tx, whose, id); err != nil {
				return err
			}
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventFavoritesChanged, "Changed favourites", map[string]any{"user": whose.User.ID, verb: ids}))
	})
}

// onBehalf is the user for whom a call is, the subject itself when none is
// named. For others it needs ADMINISTRATION, which is looked at before the user.
func onBehalf(tx searchlight.Tx, subject *searchlight.Subject, user searchlight.GUID) (*searchlight.Subject, error) {
	if user == "" || user == subject.User.ID {
		return subject, nil
	}
	if !subject.IsAdmin() {
		return nil, errOtherUsers()
	}
	whose, err := tx.Subject(user)
	if isNotFound(err) {
		return nil, errNoUser(user)
	}
	return whose, err
}

// HomePinboard is the pinboard that the subject sees first, empty when there is
// none, or none any more that it may see.
func (s *Service) HomePinboard(ctx context.Context, subject *searchlight.Subject) (searchlight.GUID, error) {
	var home searchlight.GUID
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		home = ""
		u, err := tx.User(subject.User.ID)
		if err != nil || u.HomePinboard == "" {
			return err
		}
		_, err = allowed(tx, subject, searchlight.ReadOnly, searchlight.TypePinboard, u.HomePinboard)
		switch {
		case err == nil:
			home = u.HomePinboard
		case searchlight.CodeOf(err) == searchlight.CodeForbidden:
			return nil
		}
		return err
	})
	return home, err
}

// SetHomePinboard makes a pinboard to what a user, the subject when user is
// empty, sees first; an empty pinboard stands for none. For others it needs
// ADMINISTRATION. It fails with CodeForbidden for pinboards that are not there
// or that the user may not see, and with CodeNotFound for unknown users.
func (s *Service) SetHomePinboard(ctx context.Context, subject *searchlight.Subject, user, pinboard searchlight.GUID) error {
	return s.Store.Update(ctx, func(tx searchlight.Tx) error {
		whose, err := onBehalf(tx, subject, user)
		if err != nil {
			return err
		}
		if pinboard != "" {
			if _, err := allowed(tx, whose, searchlight.ReadOnly, searchlight.TypePinboard, pinboard); err != nil {
				return err
			}
		}
		u, err := tx.User(whose.User.ID)
		if err != nil {
			return err
		}
		if u.IsProtected() {
			return errProtectedUser(u.Name)
		}
		u.HomePinboard, u.Modified, u.ModifiedBy = pinboard, tx.Now(), subject.User.ID
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventPreferencesChanged, "Changed the home pinboard", map[string]any{"user": u.ID, "pinboard": pinboard}))
	})
}
