package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// maxPasswordBytes is the longest password that is worth a look.
const maxPasswordBytes = 256

// PasswordChange gives a user another password.
type PasswordChange struct {
	Name    string
	Current string // the caller's own password, or the user's
	New     string
	Keep    [32]byte // a session that goes on when callers change their own; zero: none
}

// UpdatePassword changes a password; own reports whether it is the caller's.
// The user's sessions end, and whoever gets a password from somebody else is
// to choose another at the next sign-in in the web application. Without
// ADMINISTRATION it is for the caller alone. It fails with CodeForbidden also
// when Current is wrong, with CodeNotFound, with CodeInvalid for users without
// passwords and for what the policy refuses, and with ErrSamePassword. A wrong
// Current counts for the caller as a sign-in that failed: CodeThrottled when
// there were too many from an address.
func (s *Service) UpdatePassword(ctx context.Context, caller *searchlight.Subject, w PasswordChange) (own bool, err error) {
	if caller.Scope != "" {
		return false, errNotYours()
	}
	var by, u *searchlight.User
	err = s.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		if by, err = tx.User(caller.User.ID); err != nil {
			return err
		}
		u, err = userNamed(tx, w.Name)
		return err
	})
	if !caller.IsAdmin() && (isCode(err, searchlight.CodeNotFound) || err == nil && u.ID != caller.User.ID) {
		return false, errNotYours()
	}
	if err != nil {
		return false, err
	}
	if u.IsProtected() {
		return false, errProtected(u.Name)
	}
	hash, err := s.changedHash(ctx, by, u, w)
	if err != nil {
		return false, err
	}
	own = u.ID == caller.User.ID
	update := s.administer
	if own {
		update = s.change
	}
	return own, update(ctx, caller, func(c *change) error {
		now, err := c.changeableUser(u.ID)
		if err != nil {
			return err
		}
		if now.PasswordHash != u.PasswordHash {
			return errChanged(u.Name)
		}
		return c.setPassword(now, hash, w.Keep)
	})
}

// changedHash looks at the passwords of a change and hashes the new one.
func (s *Service) changedHash(ctx context.Context, by, u *searchlight.User, w PasswordChange) (string, error) {
	if u.Type != searchlight.LocalUser {
		return "", errNoPassword(u.Name)
	}
	known, err := s.Attempts.Confirm(ctx, by.ID, func(ctx context.Context) (bool, error) {
		known, err := s.verify(ctx, by, w.Current)
		if err == nil && !known && u.ID != by.ID {
			known, err = s.verify(ctx, u, w.Current)
		}
		return known, err
	})
	if err != nil {
		return "", err
	}
	if !known {
		return "", errPassword()
	}
	if same, err := s.verify(ctx, u, w.New); err != nil || same {
		return "", firstError(err, ErrSamePassword)
	}
	return s.hash(ctx, w.New, u)
}

func (s *Service) verify(ctx context.Context, u *searchlight.User, password string) (bool, error) {
	if u.PasswordHash == "" || len(password) > maxPasswordBytes {
		return false, nil
	}
	match, _, err := s.Hasher.Verify(ctx, u.PasswordHash, password)
	return match, err
}

// setPassword writes a new password, which unlocks the account, and ends what
// the old one opened but for one of the caller's own sessions.
func (c *change) setPassword(u *searchlight.User, hash string, keep [32]byte) error {
	if u.Type != searchlight.LocalUser {
		return errNoPassword(u.Name)
	}
	own := u.ID == c.by.User.ID
	u.PasswordHash, u.MustChangePassword = hash, !own
	u.FailedLogins, u.LockedUntil = 0, time.Time{}
	if !own {
		keep = [32]byte{}
		if u.State == searchlight.UserLocked {
			u.State = searchlight.UserActive
		}
	}
	u.Modified, u.ModifiedBy = c.Now(), c.by.User.ID
	if err := c.Tx.UpdateUser(u); err != nil {
		return err
	}
	if err := c.endSessions(u.ID, keep); err != nil {
		return err
	}
	return c.audit(searchlight.EventPasswordUpdated, "Password changed", map[string]any{"user": ofUser(u)})
}

const (
	// These stand for a password that is not set yet.
	ticketActivation = searchlight.TicketKind("activation")
	ticketReset      = searchlight.TicketKind("password-reset")

	activationLife = 24 * time.Hour
	resetLife      = time.Hour

	tokenBytes = 32
)

// Invitation lets its holder choose a password for a user, once.
type Invitation struct {
	User    searchlight.GUID
	Token   string // empty: somebody else verifies the user, so there is no password to choose
	Expires time.Time
}

// passwordTicket is what a ticket is bound to.
type passwordTicket struct {
	Password string // SHA-256, in hexadecimal digits, of the hash of the password that it replaces
}

func boundTo(u *searchlight.User) passwordTicket {
	sum := sha256.Sum256([]byte(u.PasswordHash))
	return passwordTicket{hex.EncodeToString(sum[:])}
}

func (c *change) invite(kind searchlight.TicketKind, u *searchlight.User, life time.Duration) (*Invitation, error) {
	in := &Invitation{User: u.ID, Expires: c.Now().Add(life)}
	if u.Type != searchlight.LocalUser {
		return in, nil
	}
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(c.service.random(), raw); err != nil {
		return nil, fmt.Errorf("no randomness for a token: %w", err)
	}
	in.Token = base64.RawURLEncoding.EncodeToString(raw)
	data, err := json.Marshal(boundTo(u))
	if err != nil {
		return nil, err
	}
	return in, c.PutTicket(&searchlight.Ticket{Kind: kind, Key: sha256.Sum256([]byte(in.Token)), User: u.ID, Data: data, Created: c.Now(), Expires: in.Expires})
}

// Deactivate makes a user INACTIVE and ends its sessions. The invitation,
// which lasts a day, activates the user again. It needs ADMINISTRATION, and
// fails with CodeNotFound, CodeForbidden for what is built in and never signs
// in, and CodeConflict when no administrator would be left.
func (s *Service) Deactivate(ctx context.Context, caller *searchlight.Subject, name string) (in *Invitation, err error) {
	err = s.administer(ctx, caller, func(c *change) error {
		u, err := userNamed(c, name)
		if err != nil {
			return err
		}
		if u, err = c.changeableUser(u.ID); err != nil {
			return err
		}
		inactive := searchlight.UserInactive
		if err := c.updateUser(u, &UserChange{State: &inactive}); err != nil {
			return err
		}
		if err := c.endSessions(u.ID, [32]byte{}); err != nil { // earlier invitations too
			return err
		}
		in, err = c.invite(ticketActivation, u, activationLife)
		return err
	})
	return in, err
}

// InviteReset lets a user choose a new password within an hour; the present one
// goes on until then. It needs ADMINISTRATION, and fails with CodeNotFound,
// with CodeForbidden for what is built in and never signs in, and with
// CodeInvalid for users whose sign-in is verified elsewhere.
func (s *Service) InviteReset(ctx context.Context, caller *searchlight.Subject, id searchlight.GUID) (in *Invitation, err error) {
	err = s.administer(ctx, caller, func(c *change) error {
		u, err := c.changeableUser(id)
		if err != nil {
			return err
		}
		if u.Type != searchlight.LocalUser {
			return errNoPassword(u.Name)
		}
		if err := c.DeleteTickets(ticketReset, id, ""); err != nil {
			return err
		}
		if in, err = c.invite(ticketReset, u, resetLife); err != nil {
			return err
		}
		return c.audit(searchlight.EventUsersModified, "Password reset offered", map[string]any{"users": []identity{ofUser(u)}, "changed": []string{"reset"}})
	})
	return in, err
}

// Redemption uses an Invitation.
type Redemption struct {
	User            searchlight.GUID
	Token, Password string
}

// Activate makes a user ACTIVE with a new password. It fails with
// CodeForbidden, whatever is wrong with user and token, and with CodeInvalid
// when the policy refuses the password; the invitation then goes on.
func (s *Service) Activate(ctx context.Context, r Redemption) error {
	return s.redeem(ctx, r, invitationKind{
		ticket: ticketActivation, states: []searchlight.UserState{searchlight.UserInactive, searchlight.UserPending},
		refused: errActivationRefused(), done: searchlight.EventUserActivated, failed: searchlight.EventUserActivated, description: "User activated",
	})
}

// ResetPassword gives an active user a new password. It fails as Activate does,
// but with CodeUnauthenticated for what is wrong with user and token.
func (s *Service) ResetPassword(ctx context.Context, r Redemption) error {
	return s.redeem(ctx, r, invitationKind{
		ticket: ticketReset, states: []searchlight.UserState{searchlight.UserActive},
		refused: errResetRefused(), done: searchlight.EventPasswordUpdated, failed: searchlight.EventPasswordUpdateFailed, description: "Password reset",
	})
}

// invitationKind is what there is to know about a kind of invitations.
type invitationKind struct {
	ticket       searchlight.TicketKind
	states       []searchlight.UserState // of users who may use it
	refused      error                   // the one answer to everything else
	done, failed searchlight.EventType
	description  string
}

// redeem uses an invitation, and notes in the audit log when that is refused.
func (s *Service) redeem(ctx context.Context, r Redemption, k invitationKind) error {
	err := s.setInvited(ctx, r, k)
	if err != k.refused {
		return err
	}
	auditErr := s.Store.Update(ctx, func(tx searchlight.Tx) error {
		u, err := tx.User(r.User)
		if err != nil {
			return orNothing(err) // nobody's account was tried
		}
		return tx.Audit(&searchlight.Event{Type: k.failed, Outcome: searchlight.Failure, Reason: "invitation refused",
			Description: k.description, Data: map[string]any{"user": ofUser(u)}})
	})
	return firstError(auditErr, err)
}

func (s *Service) setInvited(ctx context.Context, r Redemption, k invitationKind) error {
	key := sha256.Sum256([]byte(r.Token))
	var u *searchlight.User
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		ticket, err := tx.Ticket(k.ticket, key)
		if err != nil {
			return orRefused(err, k.refused)
		}
		u, err = k.user(tx, ticket, r.User)
		return err
	})
	if err != nil {
		return err
	}
	hash, err := s.hash(ctx, r.Password, u)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx searchlight.Tx) error {
		ticket, err := tx.TakeTicket(k.ticket, key)
		if err != nil {
			return orRefused(err, k.refused)
		}
		u, err := k.user(tx, ticket, r.User)
		if err != nil {
			return err
		}
		subject, err := tx.Subject(u.ID)
		if err != nil {
			return err
		}
		u.PasswordHash, u.MustChangePassword, u.State = hash, false, searchlight.UserActive
		u.FailedLogins, u.LockedUntil = 0, time.Time{}
		u.Modified, u.ModifiedBy = tx.Now(), u.ID
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		c := &change{Tx: tx, service: s, by: subject}
		if err := c.endSessions(u.ID, [32]byte{}); err != nil {
			return err
		}
		return c.audit(k.done, k.description, map[string]any{"user": ofUser(u)})
	})
}

// user is who a ticket is for, when it is still good and the caller knows.
func (k *invitationKind) user(tx searchlight.Tx, ticket *searchlight.Ticket, named searchlight.GUID) (*searchlight.User, error) {
	u, err := tx.User(ticket.User)
	if err != nil {
		return nil, orRefused(err, k.refused)
	}
	var bound passwordTicket
	if err := json.Unmarshal(ticket.Data, &bound); err != nil {
		return nil, err
	}
	if u.ID != named || u.Type != searchlight.LocalUser || bound != boundTo(u) || !slices.Contains(k.states, u.State) {
		return nil, k.refused
	}
	return u, nil
}

func orRefused(err, refused error) error {
	if isCode(err, searchlight.CodeNotFound) {
		return refused
	}
	return err
}

func orNothing(err error) error { return orRefused(err, nil) }
