package sqlstore

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

const sessionColumns = `token_hash, user_id, method, remember, created, last_active, ends, scope, source, privileges,
	earlier_hash, earlier_privileges, earlier_ends`

func scanSession(row scanner, s *searchlight.Session) error {
	var hash, earlierHash []byte
	var privileges, earlierPrivileges string
	var earlier searchlight.EarlierToken
	err := row.Scan(&hash, &s.UserID, &s.Method, &s.Remember, instantOf{&s.Created}, instantOf{&s.LastActive}, instantOf{&s.Ends}, &s.Scope, &s.Source,
		&privileges, &earlierHash, &earlierPrivileges, instantOf{&earlier.Ends})
	if err != nil {
		return err
	}
	copy(s.TokenHash[:], hash)
	if s.Privileges, err = privilegesOf(privileges); err != nil || earlierHash == nil {
		return err
	}
	copy(earlier.Hash[:], earlierHash)
	earlier.Privileges, err = privilegesOf(earlierPrivileges)
	s.Earlier = &earlier
	return err
}

// noPrivileges is the JSON text of those of most users.
const noPrivileges = `[]`

func privilegesOf(text string) (privileges []searchlight.Privilege, err error) {
	if text != noPrivileges {
		err = json.Unmarshal([]byte(text), &privileges)
	}
	return privileges, err
}

func privilegesText(privileges []searchlight.Privilege) string {
	if len(privileges) == 0 {
		return noPrivileges
	}
	return jsonOf(privileges)
}

// CreateSession implements searchlight.Tx; a new session has no earlier token.
// It fails with CodeNotFound when there is no such user and with CodeConflict
// when the hash is taken.
func (tx *Tx) CreateSession(s *searchlight.Session) error {
	if _, err := tx.User(s.UserID); err != nil {
		return err
	}
	if len(s.Source) > maxKeyBytes {
		return errSourceTooLong()
	}
	inserted, err := tx.exec(`INSERT INTO sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL) ON CONFLICT DO NOTHING`,
		s.TokenHash[:], s.UserID, s.Method, s.Remember, instant(s.Created), instant(s.LastActive), instant(s.Ends), s.Scope, s.Source,
		privilegesText(s.Privileges), noPrivileges)
	if err != nil {
		return err
	}
	if inserted == 0 {
		return errSessionExists()
	}
	return nil
}

// Session implements searchlight.Tx.
func (tx *Tx) Session(tokenHash [32]byte) (*searchlight.Session, error) {
	s, err := one(tx, scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE token_hash = ?`, tokenHash[:])
	if err == errNoRow {
		s, err = one(tx, scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE earlier_hash = ?`, tokenHash[:])
	}
	if err != nil {
		return nil, orMissing(err, errNoSession())
	}
	return &s, nil
}

// TouchSession implements searchlight.Tx.
func (tx *Tx) TouchSession(tokenHash [32]byte, active time.Time) error {
	touched, err := tx.exec(`UPDATE sessions SET last_active = ? WHERE token_hash = ?`, instant(active), tokenHash[:])
	if err != nil {
		return err
	}
	if touched == 0 {
		return errNoSession()
	}
	return nil
}

// RenewSession implements searchlight.Tx. It fails with CodeConflict when the
// new token is taken.
func (tx *Tx) RenewSession(old, new [32]byte, privileges []searchlight.Privilege, then time.Time) error {
	taken, err := tx.exists(`SELECT 1 FROM sessions WHERE token_hash = ?`, new[:])
	if err != nil {
		return err
	}
	if taken {
		return errSessionExists()
	}
	var earlier []byte
	if !then.IsZero() {
		earlier = old[:]
	}
	renewed, err := tx.exec(`UPDATE sessions SET token_hash = ?, privileges = ?, earlier_hash = ?, earlier_privileges = privileges, earlier_ends = ?
		WHERE token_hash = ?`, new[:], privilegesText(privileges), earlier, instant(then), old[:])
	if err != nil {
		return err
	}
	if renewed == 0 {
		return errNoSession()
	}
	tx.changes++
	return nil
}

// end deletes sessions and reports how many there were. Caches of sessions
// follow the version.
func (tx *Tx) end(condition string, args ...any) (int, error) {
	ended, err := tx.exec(`DELETE FROM sessions WHERE `+condition, args...)
	if ended > 0 {
		tx.changes++
	}
	return int(ended), err
}

// DeleteSession implements searchlight.Tx.
func (tx *Tx) DeleteSession(tokenHash [32]byte) error {
	_, err := tx.end(`token_hash = ?`, tokenHash[:])
	return err
}

// DeleteSessionsOf implements searchlight.Tx.
func (tx *Tx) DeleteSessionsOf(userID searchlight.GUID, but [32]byte) (int, error) {
	return tx.end(`user_id = ? AND token_hash <> ?`, userID, but[:])
}

// EndSessions implements searchlight.Tx.
func (tx *Tx) EndSessions(users ...searchlight.GUID) error {
	if len(users) == 0 {
		return nil
	}
	listed := jsonOf(guidsAmong(users))
	if _, err := tx.end(tx.store.backend.Listed(`user_id`), listed); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM tickets WHERE `+tx.store.backend.Listed(`user_id`), listed)
	return err
}

// DeleteSessionsFrom implements searchlight.Tx. Every source begins with the
// empty one: asking for it is a mistake, and an error.
func (tx *Tx) DeleteSessionsFrom(source string) (int, error) {
	if source == "" {
		return 0, errNoSource()
	}
	return tx.end(`source >= ? AND substr(source, 1, ?) = ?`, source, utf8.RuneCountInString(source), source)
}

// SessionsOf implements searchlight.Tx.
func (tx *Tx) SessionsOf(userID searchlight.GUID) ([]searchlight.Session, error) {
	return all(tx, scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? ORDER BY created, token_hash`, userID)
}

// DeleteSessionsBefore implements searchlight.Tx.
func (tx *Tx) DeleteSessionsBefore(idle, idleRemembered time.Time) (int, error) {
	return tx.end(`(remember = ? AND last_active < ?) OR (remember = ? AND last_active < ?) OR ends <= ?`,
		false, instant(idle), true, instant(idleRemembered), instant(tx.now))
}
