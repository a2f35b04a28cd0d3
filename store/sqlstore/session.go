package sqlstore

import (
	"time"

	"github.com/searchlight-bi/searchlight"
)

const sessionColumns = `token_hash, user_id, remember, created, last_active`

func scanSession(row scanner, s *searchlight.Session) error {
	var hash []byte
	if err := row.Scan(&hash, &s.UserID, &s.Remember, instantOf{&s.Created}, instantOf{&s.LastActive}); err != nil {
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
	inserted, err := tx.exec(`INSERT INTO sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		s.TokenHash[:], s.UserID, s.Remember, instant(s.Created), instant(s.LastActive))
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

// DeleteSession implements searchlight.Tx.
func (tx *Tx) DeleteSession(tokenHash [32]byte) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE token_hash = ?`, tokenHash[:])
	return err
}

// DeleteSessionsOf implements searchlight.Tx.
func (tx *Tx) DeleteSessionsOf(userID searchlight.GUID) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE user_id = ?`, userID)
	return err
}

// SessionsOf implements searchlight.Tx.
func (tx *Tx) SessionsOf(userID searchlight.GUID) ([]searchlight.Session, error) {
	return all(tx, scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? ORDER BY created, token_hash`, userID)
}

// DeleteSessionsBefore implements searchlight.Tx.
func (tx *Tx) DeleteSessionsBefore(idle, idleRemembered time.Time) (int, error) {
	deleted, err := tx.exec(`DELETE FROM sessions WHERE (remember = ? AND last_active < ?) OR (remember = ? AND last_active < ?)`,
		false, instant(idle), true, instant(idleRemembered))
	return int(deleted), err
}
