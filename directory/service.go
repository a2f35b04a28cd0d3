package directory

import (
	"context"
	"crypto/rand"
	"io"

	"github.com/searchlight-bi/searchlight"
)

// PasswordPolicy decides which passwords will do.
type PasswordPolicy interface {
	// Check fails with CodeInvalid, and a sentence for the user.
	Check(password string, u *searchlight.User) error
}

// PasswordHasher makes and checks what is kept of passwords.
type PasswordHasher interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, hash, password string) (match, outdated bool, err error)
}

// Attempts limits how often passwords of somebody who is signed in may be
// guessed.
type Attempts interface {
	// Confirm runs verify and counts what it says as an attempt to sign in as
	// the user. It reports false also when the user is locked out by now, and
	// fails with CodeThrottled when the address of the call is.
	Confirm(ctx context.Context, user searchlight.GUID, verify func(context.Context) (bool, error)) (bool, error)
}

// Service manages users and groups. Its fields are set before its first use.
type Service struct {
	Store    searchlight.Store
	Policy   PasswordPolicy
	Hasher   PasswordHasher
	Attempts Attempts
	NewGUID  func() searchlight.GUID // nil: random ones
	Random   io.Reader               // of tokens; nil: crypto/rand
}

func (s *Service) newGUID() searchlight.GUID {
	if s.NewGUID == nil {
		return searchlight.NewGUID()
	}
	return s.NewGUID()
}

func (s *Service) random() io.Reader {
	if s.Random == nil {
		return rand.Reader
	}
	return s.Random
}

// Ref names a user or a group: by ID, or by Name when ID is empty.
type Ref struct {
	ID   searchlight.GUID
	Name string
}

// consult runs f on what is stored for somebody who holds ADMINISTRATION.
func (s *Service) consult(ctx context.Context, caller *searchlight.Subject, f func(searchlight.Tx) error) error {
	if err := caller.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	return s.Store.View(ctx, f)
}

// administer makes a change for somebody who holds ADMINISTRATION, still so in
// the transaction. It fails with CodeConflict when nobody would be left who
// can administer. f may run again.
func (s *Service) administer(ctx context.Context, caller *searchlight.Subject, f func(*change) error) error {
	if err := caller.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	return s.change(ctx, caller, func(c *change) error {
		if err := c.by.Require(searchlight.PrivilegeAdministration); err != nil {
			return err
		}
		if err := f(c); err != nil {
			return err
		}
		return c.keepsAdministrator()
	})
}

// change is a transaction of somebody.
type change struct {
	searchlight.Tx
	service *Service
	by      *searchlight.Subject // as it stands in the transaction
}

// change runs f for the caller, whoever that is.
func (s *Service) change(ctx context.Context, caller *searchlight.Subject, f func(*change) error) error {
	return s.Store.Update(ctx, func(tx searchlight.Tx) error {
		by, err := tx.Subject(caller.User.ID)
		if isCode(err, searchlight.CodeNotFound) || err == nil && ended(by.User.State) {
			return errNoCaller()
		}
		if err != nil {
			return err
		}
		scoped := *by
		scoped.Scope = caller.Scope
		return f(&change{Tx: tx, service: s, by: &scoped})
	})
}

// keepsAdministrator fails with CodeConflict when nobody is left who can
// administer.
func (c *change) keepsAdministrator() error {
	left, err := c.Administrators()
	if err == nil && left == 0 {
		err = errLastAdministrator()
	}
	return err
}

func (c *change) audit(t searchlight.EventType, description string, data map[string]any) error {
	return c.Audit(searchlight.EventBy(c.by, t, description, data))
}

// identity is how events name a principal.
type identity struct {
	ID   searchlight.GUID `json:"id"`
	Name string           `json:"name"`
}

func ofUser(u *searchlight.User) identity   { return identity{u.ID, u.Name} }
func ofGroup(g *searchlight.Group) identity { return identity{g.ID, g.Name} }

// endSessions ends what a user is signed in with, but for one session, which
// may be zero, and what it has been given to sign in with.
func (c *change) endSessions(user searchlight.GUID, but [32]byte) error {
	if _, err := c.DeleteSessionsOf(user, but); err != nil {
		return err
	}
	return c.DeleteTickets("", user, "")
}
