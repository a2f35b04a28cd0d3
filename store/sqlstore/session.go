package sqlstore

import (
	"time"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

const sessionColumns = `token_hash, user_id, method, remember, created, last_active, ends, scope, source`

func scanSession(row scanner, s *searchlight.Session) error {
	var hash []byte
	if err := row.Scan(&hash, &s.UserID, &s.Method, &s.Remember, instantOf{&s.Created}, instantOf{&s.LastActive}, instantOf{&s.Ends}, &s.Scope, &s.Source); err != nil {
		return err
	}
	copy(s.TokenHash[:], hash)
	return nil
}

// CreateSession implements searchlight.Tx. It fails with CodeNotFound when
// there is no such user and with CodeConflict when the hash is taken.
func (tx *Tx) CreateSession(s *searchlight.Session) error {
	if _, err := tx.User(s.UserID); err != nil {
		return err
	}
	if len(s.Source) > maxKeyBytes {
		return errSourceTooLong()
	}
	inserted, err := tx.exec(`INSERT INTO sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		s.TokenHash[:], s.UserID, s.Method, s.Remember, instant(s.Created), instant(s.LastActive), instant(s.Ends), s.Scope, s.Source)
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
func (tx *Tx) RenewSession(old, new [32]byte) error {
	taken, err := tx.exists(`SELECT 1 FROM sessions WHERE token_hash = ?`, new[:])
	if err != nil {
		return err
	}
	if taken {
		return errSessionExists()
	}
	renewed, err := tx.exec(`UPDATE sessions SET token_hash = ? WHERE token_hash = ?`, new[:], old[:])
	if err != nil {
		return err
	}
	if renewed == 0 {
		return errNoSession()
	}
	return nil
}

// DeleteSession implements searchlight.Tx.
func (tx *Tx) DeleteSession(tokenHash [32]byte) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE token_hash = ?`, tokenHash[:])
	return err
}

// DeleteSessionsOf implements searchlight.Tx.
func (tx *Tx) DeleteSessionsOf(userID searchlight.GUID, but [32]byte) (int, error) {
	deleted, err := tx.exec(`DELETE FROM sessions WHERE user_id = ? AND token_hash <> ?`, userID, but[:])
	return int(deleted), err
}

// DeleteSessionsFrom implements searchlight.Tx. Every source begins with the
// empty one: asking for it is a mistake, and an error.
func (tx *Tx) DeleteSessionsFrom(source string) (int, error) {
	if source == "" {
		return 0, errNoSource()
	}
	deleted, err := tx.exec(`DELETE FROM sessions WHERE source >= ? AND substr(source, 1, ?) = ?`, source, utf8.RuneCountInString(source), source)
	return int(deleted), err
}

// SessionsOf implements searchlight.Tx.
func (tx *Tx) SessionsOf(userID searchlight.GUID) ([]searchlight.Session, error) {
	return all(tx, scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? ORDER BY created, token_hash`, userID)
}

// DeleteSessionsBefore implements searchlight.Tx.
func (tx *Tx) DeleteSessionsBefore(idle, idleRemembered time.Time) (int, error) {
	deleted, err := tx.exec(`DELETE FROM sessions WHERE (remember = ? AND last_active < ?) OR (remember = ? AND last_active < ?) OR ends <= ?`,
		false, instant(idle), true, instant(idleRemembered), instant(tx.now))
	return int(deleted), err
}
