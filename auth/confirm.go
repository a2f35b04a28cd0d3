package auth

import (
	"context"

	"github.com/searchlight-bi/searchlight"
)

// Confirm decides about a password that somebody gives who is signed in, so
// that a session alone is not enough. verify looks at the password. It counts
// as an attempt to sign in as that user from the address of the call: too many
// wrong ones lock the user out, and then Confirm reports false whatever verify
// says. It fails with CodeThrottled when the address has failed too often, and
// with CodeNotFound when there is no such user.
func (s *Sessions) Confirm(ctx context.Context, id searchlight.GUID, verify func(context.Context) (bool, error)) (confirmed bool, err error) {
	address := searchlight.OriginOf(ctx).Address
	if wait := s.throttle.take(address, s.config.Now()); wait > 0 {
		return false, errThrottled(wait)
	}
	match, err := verify(ctx)
	if err != nil {
		return false, err
	}
	err = s.store.Update(ctx, func(tx searchlight.Tx) error {
		now := s.config.Now()
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		locked := user.LockedUntil.After(now)
		confirmed = match && (!locked || s.known.mayTry(id, address, s.config.MaxFailures, s.config.LockFor, now))
		switch {
		case confirmed:
			return s.countSuccess(tx, user, locked, "")
		case locked: // a guesser must not be able to prolong the lock
			return nil
		}
		return s.countFailure(tx, user, now)
	})
	if err != nil {
		return false, err
	}
	if confirmed {
		s.throttle.giveBack(address)
	} else {
		s.known.fail(id, address, s.config.LockFor, s.config.Now())
	}
	return confirmed, nil
}
