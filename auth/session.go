package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// Lifetimes say how long sessions last (security.md 6.2).
type Lifetimes struct {
	Idle, Absolute                     time.Duration
	RememberedIdle, RememberedAbsolute time.Duration
}

// DefaultLifetimes are 3 hours without a request and a day altogether; a
// remembered session lasts 7 and 14 days.
var DefaultLifetimes = Lifetimes{
	Idle: 3 * time.Hour, Absolute: 24 * time.Hour,
	RememberedIdle: 7 * 24 * time.Hour, RememberedAbsolute: 14 * 24 * time.Hour,
}

// Config sets up Sessions; the zero value of each field is a good one.
type Config struct {
	Lifetimes   Lifetimes
	MaxFailures int           // wrong passwords before a user is locked out; 0: 4
	LockFor     time.Duration // 0: an hour
	Hasher      *Hasher       // nil: one with DefaultParams
	Random      io.Reader     // nil: crypto/rand
	Now         func() time.Time
	// Every is how often Run removes what is old; 0: 10 minutes.
	Every time.Duration
	// KeepAudit is how long audit records are kept, 30 days at least; 0: 90 days.
	KeepAudit time.Duration
}

const (
	day        = 24 * time.Hour
	tokenBytes = 32
	// maxSessions is how many sessions a user may have; the oldest give way.
	maxSessions = 50
	// touchEvery is how often activity is written down.
	touchEvery = time.Minute
)

// Sessions signs users in and recognises them afterwards.
type Sessions struct {
	store    searchlight.Store
	config   Config
	throttle *throttle
	known    *knownAddresses
	subjects subjects
}

// NewSessions makes a Sessions on a store.
func NewSessions(store searchlight.Store, c Config) *Sessions {
	if c.Lifetimes == (Lifetimes{}) {
		c.Lifetimes = DefaultLifetimes
	}
	if c.MaxFailures == 0 {
		c.MaxFailures = 4
	}
	if c.LockFor == 0 {
		c.LockFor = time.Hour
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Hasher == nil {
		c.Hasher = NewHasher(DefaultParams, c.Random)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Every == 0 {
		c.Every = 10 * time.Minute
	}
	if c.KeepAudit == 0 {
		c.KeepAudit = 90 * day
	}
	c.KeepAudit = max(c.KeepAudit, 30*day)
	return &Sessions{store: store, config: c, throttle: newThrottle(attemptsPerMinute), known: newKnownAddresses()}
}

// Authenticate returns a session with its subject, as it stands now. active
// says that a person or program does something; polls do not keep a session
// alive. It fails with CodeUnauthenticated when there is no such session, it
// has expired, or its user may not sign in any more.
func (s *Sessions) Authenticate(ctx context.Context, token string, active bool) (*searchlight.SignIn, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, errNoSession()
	}
	hash := sha256.Sum256([]byte(token))
	var subject *searchlight.Subject
	var session *searchlight.Session
	var now time.Time
	err := s.store.View(ctx, func(tx searchlight.Tx) error {
		now = s.config.Now()
		var err error
		if session, err = tx.Session(hash); err != nil {
			return err
		}
		subject, err = s.subjects.find(tx, session.UserID)
		return err
	})
	if searchlight.CodeOf(err) == searchlight.CodeNotFound && err != nil {
		return nil, errNoSession()
	}
	if err != nil {
		return nil, err
	}
	if s.expired(session, now) || !keepsSessions(&subject.User) {
		return nil, errNoSession()
	}
	if active && now.Sub(session.LastActive) >= touchEvery {
		if err := s.touch(ctx, hash, now); err != nil {
			return nil, err
		}
	}
	return s.signIn(subject, *session), nil
}

// Renew gives the caller's own session a new token, after something that makes
// the old one suspect. It fails with CodeUnauthenticated when there is none.
func (s *Sessions) Renew(ctx context.Context, token string) (string, error) {
	fresh, err := s.newToken()
	if err != nil {
		return "", err
	}
	err = s.store.Update(ctx, func(tx searchlight.Tx) error {
		return tx.RenewSession(sha256.Sum256([]byte(token)), sha256.Sum256([]byte(fresh)))
	})
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return "", errNoSession()
	}
	return fresh, err
}

func (s *Sessions) touch(ctx context.Context, hash [32]byte, now time.Time) error {
	err := s.store.Update(ctx, func(tx searchlight.Tx) error { return tx.TouchSession(hash, now) })
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return errNoSession() // ended in the meantime
	}
	return err
}

func (s *Sessions) expired(session *searchlight.Session, now time.Time) bool {
	idle := s.config.Lifetimes.Idle
	if session.Remember {
		idle = s.config.Lifetimes.RememberedIdle
	}
	return now.Sub(session.LastActive) >= idle || !now.Before(s.end(session))
}

func (s *Sessions) end(session *searchlight.Session) time.Time {
	end := session.Created.Add(s.config.Lifetimes.Absolute)
	if session.Remember {
		end = session.Created.Add(s.config.Lifetimes.RememberedAbsolute)
	}
	if !session.Ends.IsZero() && session.Ends.Before(end) {
		return session.Ends
	}
	return end
}

// keepsSessions reports whether sessions of the user go on: a lock stops new
// sign-ins only (security.md 1.2).
func keepsSessions(u *searchlight.User) bool {
	return !u.IsProtected() && (u.State == searchlight.UserActive || u.State == searchlight.UserLocked)
}

// Logout ends a session; it is idle when there is none.
func (s *Sessions) Logout(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	return s.store.Update(ctx, func(tx searchlight.Tx) error {
		session, err := tx.Session(hash)
		if err != nil {
			if searchlight.CodeOf(err) == searchlight.CodeNotFound {
				return nil
			}
			return err
		}
		subject, err := tx.Subject(session.UserID)
		if err != nil {
			return err
		}
		if err := tx.DeleteSession(hash); err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventLogout, "User signed out", nil))
	})
}

// Prune removes the sessions that have been idle for too long, what has
// expired, and audit records beyond the time that they are kept. It reports
// how many sessions there were.
func (s *Sessions) Prune(ctx context.Context) (removed int, err error) {
	now := s.config.Now()
	err = s.store.Update(ctx, func(tx searchlight.Tx) error {
		if _, err := tx.DeleteTicketsBefore(now); err != nil {
			return err
		}
		if _, err := tx.DeleteAuditBefore(now.Add(-s.config.KeepAudit)); err != nil {
			return err
		}
		removed, err = tx.DeleteSessionsBefore(now.Add(-s.config.Lifetimes.Idle), now.Add(-s.config.Lifetimes.RememberedIdle))
		return err
	})
	return removed, err
}

// Run prunes now and then until ctx ends. Failures are handed to report, which
// may be nil; the next round tries again.
func (s *Sessions) Run(ctx context.Context, report func(error)) {
	ticker := time.NewTicker(s.config.Every)
	defer ticker.Stop()
	for {
		if _, err := s.Prune(ctx); err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
