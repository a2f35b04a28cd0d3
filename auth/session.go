package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/memo"
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
	subjects memo.Memo[searchlight.GUID, *searchlight.Subject]
	opened   memo.Memo[[32]byte, searchlight.SignIn]
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

// Authenticate returns a session with its subject, as it stands now but for
// privileges that its user gained after the token was made: those need another
// token, which Elevate makes. active says that a person or program does
// something; polls do not keep a session alive. It fails with
// CodeUnauthenticated when there is no such session, it has expired, or its
// user may not sign in any more.
func (s *Sessions) Authenticate(ctx context.Context, token string, active bool) (*searchlight.SignIn, error) {
	in, now, err := s.find(ctx, token, false)
	if err != nil {
		return nil, err
	}
	if active && now.Sub(in.Session.LastActive) >= touchEvery {
		if err := s.touch(ctx, in.Session.TokenHash, now); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// Continue is Authenticate for an answer that has begun: it does not end when
// another request is given a new token.
func (s *Sessions) Continue(ctx context.Context, token string) (*searchlight.SignIn, error) {
	in, _, err := s.find(ctx, token, true)
	return in, err
}

func (s *Sessions) find(ctx context.Context, token string, begun bool) (in *searchlight.SignIn, now time.Time, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, now, errNoSession()
	}
	hash := sha256.Sum256([]byte(token))
	state, err := s.store.Version(ctx)
	if err != nil {
		return nil, now, err
	}
	now = s.config.Now()
	// Activity does not move the version: what is remembered does for as long
	// as it need not be written down.
	if known, ok := s.opened.Get(state, hash); ok && now.Sub(known.Session.LastActive) < touchEvery && !s.expired(&known.Session, now) {
		return &known, now, nil
	}
	err = s.store.View(ctx, func(tx searchlight.Tx) error {
		session, err := s.session(tx, hash, begun, now)
		if err != nil {
			return err
		}
		subject, err := s.subject(tx, session.UserID)
		if err != nil {
			return err
		}
		if s.expired(session, now) || !keepsSessions(&subject.User) {
			return errNoSession()
		}
		in = s.opens(subject, session, hash)
		return nil
	})
	if err != nil {
		return nil, now, orNoSession(err)
	}
	if in.Session.TokenHash == hash {
		s.opened.Put(state, hash, *in)
	}
	return in, now, nil
}

// subject is who a user is, with all that decides what they may do, as the
// store has it now. Nobody may change it.
func (s *Sessions) subject(tx searchlight.Tx, user searchlight.GUID) (*searchlight.Subject, error) {
	state, err := tx.Version()
	if err != nil {
		return nil, err
	}
	if known, ok := s.subjects.Get(state, user); ok {
		return known, nil
	}
	subject, err := tx.Subject(user)
	if err != nil {
		return nil, err
	}
	s.subjects.Put(state, user, subject)
	return subject, nil
}

// session finds a session by a token that still opens it, or by one that did
// when an answer began.
func (s *Sessions) session(tx searchlight.Tx, hash [32]byte, begun bool, now time.Time) (*searchlight.Session, error) {
	session, err := tx.Session(hash)
	if err == nil && session.TokenHash != hash && !begun && !now.Before(session.Earlier.Ends) {
		err = errNoSession()
	}
	return session, err
}

// opens is what a token opens of a session.
func (s *Sessions) opens(subject *searchlight.Subject, session *searchlight.Session, hash [32]byte) *searchlight.SignIn {
	in := s.signIn(subject, *session)
	isEarlier := session.TokenHash != hash
	made := session.Privileges
	if isEarlier {
		made = session.Earlier.Privileges
	}
	isNew := func(p searchlight.Privilege) bool { return !slices.Contains(made, p) }
	if slices.ContainsFunc(subject.Privileges, isNew) {
		narrow := *in.Subject
		narrow.Privileges = slices.DeleteFunc(slices.Clone(narrow.Privileges), isNew)
		in.Subject, in.Gained = &narrow, !isEarlier
	}
	return in
}

func orNoSession(err error) error {
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return errNoSession()
	}
	return err
}

// earlierFor is how long a token goes on that was replaced because its user
// may do more: enough for the requests that are under way with it.
const earlierFor = time.Minute

// Elevate gives a session a token for all that its user may do now, so that one
// that somebody saw or planted before does not gain with the user (security.md
// 6.1). The old one goes on for a minute, for what it was made for. It fails
// with CodeUnauthenticated when there is no such session, and with CodeConflict
// when its token has just been replaced.
func (s *Sessions) Elevate(ctx context.Context, token string) (*searchlight.SignIn, error) {
	return s.replace(ctx, token, earlierFor)
}

// Renew gives the caller's own session a new token, after something that makes
// the old one suspect, which is dead at once. It fails with CodeUnauthenticated
// when there is no such session.
func (s *Sessions) Renew(ctx context.Context, token string) (*searchlight.SignIn, error) {
	return s.replace(ctx, token, 0)
}

// replace gives a session another token. The old one goes on for a while, or
// not at all.
func (s *Sessions) replace(ctx context.Context, token string, while time.Duration) (in *searchlight.SignIn, err error) {
	fresh, err := s.newToken()
	if err != nil {
		return nil, err
	}
	old, next := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(fresh))
	err = s.store.Update(ctx, func(tx searchlight.Tx) error {
		now := s.config.Now()
		session, err := s.session(tx, old, false, now)
		if err != nil {
			return err
		}
		var then time.Time
		if while > 0 {
			if session.TokenHash != old {
				return errReplaced()
			}
			then = now.Add(while)
		}
		subject, err := tx.Subject(session.UserID)
		if err != nil {
			return err
		}
		if err := tx.RenewSession(session.TokenHash, next, subject.Privileges, then); err != nil {
			return err
		}
		if session, err = tx.Session(next); err != nil {
			return err
		}
		in = s.signIn(subject, *session)
		in.Token = fresh
		return nil
	})
	if err != nil {
		return nil, orNoSession(err)
	}
	return in, nil
}

func (s *Sessions) touch(ctx context.Context, hash [32]byte, now time.Time) error {
	return orNoSession(s.store.Update(ctx, func(tx searchlight.Tx) error { return tx.TouchSession(hash, now) }))
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
		session, err := s.session(tx, hash, false, s.config.Now())
		switch code := searchlight.CodeOf(err); {
		case err == nil:
		case code == searchlight.CodeNotFound, code == searchlight.CodeUnauthenticated:
			return nil
		default:
			return err
		}
		subject, err := tx.Subject(session.UserID)
		if err != nil {
			return err
		}
		if err := tx.DeleteSession(session.TokenHash); err != nil {
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
