package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// Login checks a password and opens a session. It fails with
// CodeUnauthenticated, always with the same message, when the user is unknown,
// locked or inactive or the password is wrong (api-v1.md 2.1), and with
// CodeThrottled when the address has failed too often.
func (s *Sessions) Login(ctx context.Context, c searchlight.Credentials) (*searchlight.SignIn, error) {
	if wait := s.throttle.take(c.Address, s.config.Now()); wait > 0 {
		return nil, errThrottled(wait)
	}
	user, err := s.userNamed(ctx, c.Name)
	if err != nil {
		return nil, err
	}
	match, newHash, err := s.verify(ctx, user, c.Password)
	if err != nil {
		return nil, err
	}
	in, err := s.settle(ctx, attempt{Credentials: c, user: user, match: match, newHash: newHash})
	if err != nil {
		return nil, err
	}
	if in == nil {
		if user != nil {
			s.known.fail(user.ID, c.Address, s.config.LockFor, s.config.Now())
		}
		return nil, errRefused()
	}
	s.throttle.giveBack(c.Address)
	s.known.add(user.ID, c.Address)
	return in, nil
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
	searchlight.Credentials
	user    *searchlight.User // as it was then; nil: unknown
	match   bool
	newHash string
}

// settle decides an attempt and writes it down in one transaction, so that
// attempts made side by side count one after another. The sign-in is nil when
// the attempt is refused.
func (s *Sessions) settle(ctx context.Context, a attempt) (in *searchlight.SignIn, err error) {
	err = s.store.Update(ctx, func(tx searchlight.Tx) error {
		in = nil
		now := s.config.Now()
		if a.user == nil {
			return s.auditRefusal(tx, a, "unknown user")
		}
		subject, err := tx.Subject(a.user.ID)
		if err != nil {
			if searchlight.CodeOf(err) == searchlight.CodeNotFound {
				return s.auditRefusal(tx, a, "unknown user") // deleted in the meantime
			}
			return err
		}
		user := subject.User
		switch {
		case user.PasswordHash != a.user.PasswordHash:
			return s.auditRefusal(tx, a, "the password was changed at this moment")
		case user.State != searchlight.UserActive || user.IsProtected():
			return s.auditRefusal(tx, a, "the account cannot sign in")
		}
		locked := user.LockedUntil.After(now)
		switch {
		case a.match:
		case locked: // a guesser must not be able to prolong the lock
			return s.auditRefusal(tx, a, "the account is locked")
		default:
			if err := s.countFailure(tx, &user, now); err != nil {
				return err
			}
			return s.auditRefusal(tx, a, "wrong password")
		}
		if locked && !s.known.mayTry(user.ID, a.Address, s.config.MaxFailures, s.config.LockFor, now) {
			return s.auditRefusal(tx, a, "the account is locked")
		}
		if err := s.countSuccess(tx, &user, locked, a.newHash); err != nil {
			return err
		}
		signer := *subject
		signer.User = user
		in, err = s.open(tx, &signer, OpenRequest{User: user.ID, Method: searchlight.AuthPassword, Remember: a.Remember}, now)
		return err
	})
	return in, err
}

// auditRefusal notes a refused attempt. A name that no account has may be a
// mistyped password, so only its hash under a key of this installation is kept.
func (s *Sessions) auditRefusal(tx searchlight.Tx, a attempt, reason string) error {
	name := a.Name
	if a.user == nil {
		hidden, err := s.hideName(tx, name)
		if err != nil {
			return err
		}
		name = hidden
	}
	return tx.Audit(&searchlight.Event{Type: searchlight.EventLoginFailed, Outcome: searchlight.Failure, Reason: reason,
		Description: "Sign-in failed", Data: map[string]any{"userName": name, "authMethod": string(searchlight.AuthPassword)}})
}

const settingNameKey = "audit.nameKey"

// hideName is the hash of a name, the same for the same name.
func (s *Sessions) hideName(tx searchlight.Tx, name string) (string, error) {
	var key string
	err := tx.Setting(settingNameKey, &key)
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		if key, err = s.newToken(); err == nil {
			err = tx.SetSetting(settingNameKey, key)
		}
	}
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(name))
	return "hmac:" + hex.EncodeToString(mac.Sum(nil))[:16], nil
}

// countFailure counts a wrong password for a user who is not locked out, and
// locks the user out when there were enough.
func (s *Sessions) countFailure(tx searchlight.Tx, user *searchlight.User, now time.Time) error {
	if !user.LockedUntil.IsZero() {
		user.FailedLogins, user.LockedUntil = 0, time.Time{}
	}
	user.FailedLogins++
	if user.FailedLogins >= s.config.MaxFailures {
		user.LockedUntil = now.Add(s.config.LockFor)
		if err := tx.Audit(&searchlight.Event{Type: searchlight.EventAccountLocked, User: user.ID, UserName: user.Name,
			Description: "Too many wrong passwords", Data: map[string]any{"until": user.LockedUntil.UTC().Format(time.RFC3339)}}); err != nil {
			return err
		}
	}
	return tx.CountLogin(user)
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
	return tx.CountLogin(user)
}
