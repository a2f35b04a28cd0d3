package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// OpenRequest is a session to be opened for a user who has proved who it is.
type OpenRequest struct {
	User     searchlight.GUID
	Method   searchlight.AuthMethod
	Remember bool
	Ends     time.Time        // at the latest; zero: as the lifetimes say
	Scope    searchlight.GUID // the one object it may see; empty: no such limit
	Source   string           // what the session ends with
}

// Open opens a session as a part of tx, and notes the sign-in in the audit log.
// It fails with CodeUnauthenticated when the user is not there or may not sign
// in.
func (s *Sessions) Open(tx searchlight.Tx, r OpenRequest) (*searchlight.SignIn, error) {
	now := s.config.Now()
	subject, err := tx.Subject(r.User)
	if err != nil {
		if searchlight.CodeOf(err) == searchlight.CodeNotFound {
			return nil, errRefused()
		}
		return nil, err
	}
	if !maySignIn(&subject.User, now) {
		return nil, errRefused()
	}
	return s.open(tx, subject, r, now)
}

// maySignIn reports whether new sessions of the user may begin.
func maySignIn(u *searchlight.User, now time.Time) bool {
	return u.State == searchlight.UserActive && !u.IsProtected() && !u.LockedUntil.After(now)
}

// open opens a session whoever the user is.
func (s *Sessions) open(tx searchlight.Tx, subject *searchlight.Subject, r OpenRequest, now time.Time) (*searchlight.SignIn, error) {
	token, err := s.newToken()
	if err != nil {
		return nil, err
	}
	session := searchlight.Session{
		TokenHash: sha256.Sum256([]byte(token)), UserID: r.User, Method: r.Method, Remember: r.Remember,
		Created: now, LastActive: now, Ends: r.Ends, Scope: r.Scope, Source: r.Source,
		Privileges: subject.Privileges,
	}
	if err := s.addSession(tx, &session); err != nil {
		return nil, err
	}
	if subject.User.FirstLogin.IsZero() {
		first := subject.User
		first.FirstLogin = now
		if err := tx.CountLogin(&first); err != nil {
			return nil, err
		}
	}
	in := s.signIn(subject, session)
	in.Token = token
	event := searchlight.EventBy(in.Subject, searchlight.EventLogin, "User signed in", map[string]any{
		"authMethod": string(r.Method), "sessionHash": SessionHash(token),
	})
	return in, tx.Audit(event)
}

// signIn puts a session and its subject together.
func (s *Sessions) signIn(subject *searchlight.Subject, session searchlight.Session) *searchlight.SignIn {
	if session.Scope != "" {
		scoped := *subject
		scoped.Scope = session.Scope
		subject = &scoped
	}
	return &searchlight.SignIn{Session: session, Subject: subject, Ends: s.end(&session)}
}

// SessionHash names a session in the audit log.
func SessionHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])[:12]
}

func (s *Sessions) newToken() (string, error) {
	return randomText(s.config.Random)
}

// randomText is 256 random bits as text that may stand in a cookie or a URL.
func randomText(random io.Reader) (string, error) {
	raw := make([]byte, tokenBytes)
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("no randomness for a token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
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
