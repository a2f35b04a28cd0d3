package sqlstore

import (
	"encoding/json"
	"time"

	"github.com/searchlight-bi/searchlight"
)

const ticketColumns = `kind, key, coalesce(user_id, ''), source, data, created, expires`

func scanTicket(row scanner, t *searchlight.Ticket) error {
	var key []byte
	var data string
	if err := row.Scan(&t.Kind, &key, &t.User, &t.Source, &data, instantOf{&t.Created}, instantOf{&t.Expires}); err != nil {
		return err
	}
	copy(t.Key[:], key)
	if data != "" {
		t.Data = json.RawMessage(data)
	}
	return nil
}

// PutTicket implements searchlight.Tx. A zero Created becomes the time of the
// transaction. It fails with CodeNotFound when there is no such user.
func (tx *Tx) PutTicket(t *searchlight.Ticket) error {
	var user *string // NULL for nobody in particular
	if t.User != "" {
		if _, err := tx.User(t.User); err != nil {
			return err
		}
		user = (*string)(&t.User)
	}
	if t.Created.IsZero() {
		set(tx, &t.Created, tx.now)
	}
	put, err := tx.exec(`INSERT INTO tickets (kind, key, user_id, source, data, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		t.Kind, t.Key[:], user, t.Source, string(t.Data), instant(t.Created), instant(t.Expires))
	if err != nil {
		return err
	}
	if put == 0 {
		return errTicketExists()
	}
	return nil
}

// Ticket implements searchlight.Tx. A ticket that has expired is not there.
func (tx *Tx) Ticket(kind searchlight.TicketKind, key [32]byte) (*searchlight.Ticket, error) {
	t, err := one(tx, scanTicket, `SELECT `+ticketColumns+` FROM tickets WHERE kind = ? AND key = ? AND expires > ?`, kind, key[:], instant(tx.now))
	if err != nil {
		return nil, orMissing(err, errNoTicket())
	}
	return &t, nil
}

// TakeTicket implements searchlight.Tx. A ticket that has expired is not there,
// but keeps its key until DeleteTicketsBefore.
func (tx *Tx) TakeTicket(kind searchlight.TicketKind, key [32]byte) (*searchlight.Ticket, error) {
	t, err := taking(tx, scanTicket, `DELETE FROM tickets WHERE kind = ? AND key = ? AND expires > ? RETURNING `+ticketColumns, kind, key[:], instant(tx.now))
	if err != nil {
		return nil, orMissing(err, errNoTicket())
	}
	return &t, nil
}

// DeleteTickets implements searchlight.Tx. Asking for the tickets of any kind,
// for anybody and from anywhere is a mistake, and an error.
func (tx *Tx) DeleteTickets(kind searchlight.TicketKind, user searchlight.GUID, source string) error {
	var where conditions
	if kind != "" {
		where.and(`kind = ?`, kind)
	}
	if user != "" {
		where.and(`user_id = ?`, user)
	}
	if source != "" {
		where.and(`source = ?`, source)
	}
	if len(where.sql) == 0 {
		return errEveryTicket()
	}
	_, err := tx.exec(`DELETE FROM tickets`+where.clause(), where.args...)
	return err
}

// DeleteTicketsBefore implements searchlight.Tx.
func (tx *Tx) DeleteTicketsBefore(then time.Time) (int, error) {
	deleted, err := tx.exec(`DELETE FROM tickets WHERE expires <= ?`, instant(then))
	return int(deleted), err
}
