package auth

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// Login checks a password and opens a session. It returns the token that
// Authenticate wants and when the session ends at the latest. It fails with
// CodeUnauthenticated, always with the same message, when the user is unknown,
// locked or inactive or the password is wrong (api-v1.md 2.1), and with
// CodeThrottled when the address has failed too often.
func (s *Sessions) Login(ctx context.Context, name, password string, remember bool, address netip.Addr) (token string, expires time.Time, err error) {
	if wait := s.throttle.take(address, s.config.Now()); wait > 0 {
		return "", time.Time{}, errThrottled(wait)
	}
	user, err := s.userNamed(ctx, name)
	if err != nil {
		return "", time.Time{}, err
	}
	match, newHash, err := s.verify(ctx, user, password)
	if err != nil {
		return "", time.Time{}, err
	}
	attempt := attempt{user: user, match: match, newHash: newHash, remember: remember, address: address}
	token, session, err := s.settle(ctx, attempt)
	if err != nil {
		return "", time.Time{}, err
	}
	if session == nil {
		if user != nil {
			s.known.fail(user.ID, address, s.config.LockFor, s.config.Now())
		}
		return "", time.Time{}, errRefused()
	}
	s.throttle.giveBack(address)
	s.known.add(user.ID, address)
	return token, s.end(session), nil
}

// userNamed returns nil for an unknown name.
func (s *Sessions) userNamed(ctx context.Context, name string) (*searchlight.User, error) {
	var user *searchlight.User
	err := s.store.View(ctx, func(tx searchlight.Tx) (err error) {
		user, err = tx.UserByName(name)
		return err
	})
	switch code := searchlight.CodeOf(err); {
	case err == nil:
		return user, nil
	case code == searchlight.CodeNotFound, code == searchlight.CodeInvalid: // no user can have such a name
		return nil, nil
	default:
		return nil, err
	}
}

// verify does the same work whoever the user is, so that the time taken tells
// nothing. newHash is set when the right password should be kept under new
// costs.
func (s *Sessions) verify(ctx context.Context, user *searchlight.User, password string) (match bool, newHash string, err error) {
	if len(password) > maxPasswordBytes {
		return false, "", s.config.Hasher.VerifyNothing(ctx, "")
	}
	if user == nil || user.PasswordHash == "" {
		return false, "", s.config.Hasher.VerifyNothing(ctx, password)
	}
	match, outdated, err := s.config.Hasher.Verify(ctx, user.PasswordHash, password)
	if err != nil || !match || !outdated {
		return match, "", err
	}
	newHash, err = s.config.Hasher.Hash(ctx, password)
	return true, newHash, err
}

// attempt is a sign-in whose password has been looked at.
type attempt struct {
	user     *searchlight.User // as it was then; nil: unknown
	match    bool
	newHash  string
	remember bool
	address  netip.Addr
}

// settle decides an attempt and writes it down in one transaction, so that
// attempts made side by side count one after another. The session is nil when
// the attempt is refused.
func (s *Sessions) settle(ctx context.Context, a attempt) (token string, session *searchlight.Session, err error) {
	err = s.store.Update(ctx, func(tx searchlight.Tx) error {
		token, session = "", nil
		now := s.config.Now()
		if a.user == nil {
			return tx.DeleteSession([32]byte{}) // there is none: the work of a refusal without its effect
		}
		user, err := tx.User(a.user.ID)
		if err != nil {
			if searchlight.CodeOf(err) == searchlight.CodeNotFound {
				return nil // deleted in the meantime
			}
			return err
		}
		if user.State != searchlight.UserActive || user.IsProtected() || user.PasswordHash != a.user.PasswordHash {
			return nil
		}
		locked := user.LockedUntil.After(now)
		if !a.match {
			return s.countFailure(tx, user, locked, now)
		}
		if locked && !s.known.mayTry(user.ID, a.address, s.config.MaxFailures, s.config.LockFor, now) {
			return nil
		}
		if err := s.countSuccess(tx, user, locked, a.newHash); err != nil {
			return err
		}
		token, session, err = s.newSession(user.ID, a.remember, now)
		if err != nil {
			return err
		}
		return s.addSession(tx, session)
	})
	return token, session, err
}

func (s *Sessions) countFailure(tx searchlight.Tx, user *searchlight.User, locked bool, now time.Time) error {
	if locked {
		return nil // a guesser must not be able to prolong the lock
	}
	if !user.LockedUntil.IsZero() {
		user.FailedLogins, user.LockedUntil = 0, time.Time{}
	}
	user.FailedLogins++
	if user.FailedLogins >= s.config.MaxFailures {
		user.LockedUntil = now.Add(s.config.LockFor)
	}
	return tx.UpdateUser(user)
}

// countSuccess forgets the failures; a lock that others brought about stays
// for them.
func (s *Sessions) countSuccess(tx searchlight.Tx, user *searchlight.User, locked bool, newHash string) error {
	changed := newHash != ""
	if changed {
		user.PasswordHash = newHash
	}
	if !locked && (user.FailedLogins != 0 || !user.LockedUntil.IsZero()) {
		user.FailedLogins, user.LockedUntil = 0, time.Time{}
		changed = true
	}
	if !changed {
		return nil
	}
	return tx.UpdateUser(user)
}

// addSession stores a session, and ends the user's oldest ones above the limit.
func (s *Sessions) addSession(tx searchlight.Tx, session *searchlight.Session) error {
	if err := tx.CreateSession(session); err != nil {
		return err
	}
	others, err := tx.SessionsOf(session.UserID)
	if err != nil {
		return err
	}
	others = slices.DeleteFunc(others, func(o searchlight.Session) bool { return o.TokenHash == session.TokenHash })
	for _, oldest := range others[:max(0, len(others)+1-maxSessions)] {
		if err := tx.DeleteSession(oldest.TokenHash); err != nil {
			return err
		}
	}
	return nil
}
