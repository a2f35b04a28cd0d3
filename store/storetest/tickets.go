package storetest

import (
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// ticket is one that expires so many minutes after the start of the test.
func ticket(kind searchlight.TicketKind, key byte, user searchlight.GUID, source string, expires int) *searchlight.Ticket {
	return &searchlight.Ticket{Kind: kind, Key: [32]byte{0, key, 31: key}, User: user, Source: source, Created: at(-1), Expires: at(expires)}
}

func (f *fixture) putTickets(tickets ...*searchlight.Ticket) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		for _, t := range tickets {
			if err := tx.PutTicket(t); err != nil {
				return err
			}
		}
		return nil
	})
}

// tickets are those among keys that are there.
func (f *fixture) tickets(kind searchlight.TicketKind, keys ...byte) (there []int) {
	f.Helper()
	f.view(func(tx searchlight.Tx) error {
		for _, key := range keys {
			_, err := tx.Ticket(kind, ticket(kind, key, "", "", 0).Key)
			switch {
			case err == nil:
				there = append(there, int(key))
			case searchlight.CodeOf(err) != searchlight.CodeNotFound:
				return err
			}
		}
		return nil
	})
	return there
}

func take(kind searchlight.TicketKind, key byte) func(searchlight.Tx) error {
	return func(tx searchlight.Tx) error {
		_, err := tx.TakeTicket(kind, ticket(kind, key, "", "", 0).Key)
		return err
	}
}

var ticketTests = []test{
	{"PutAndTake", func(f *fixture) {
		whole := ticket("t", 1, searchlight.AdminUserID, "key é", 5)
		whole.Data = json.RawMessage(`{"b": [1,"\u0000"]}`)
		before := f.version()
		for _, want := range []*searchlight.Ticket{whole, ticket("t", 2, "", "", 5)} {
			f.putTickets(want)
			f.view(func(tx searchlight.Tx) error {
				got, err := tx.Ticket("t", want.Key)
				f.equal(got, want)
				return err
			})
			f.update(func(tx searchlight.Tx) error {
				got, err := tx.TakeTicket("t", want.Key)
				f.equal(got, want)
				return err
			})
			f.missing(func(tx searchlight.Tx) error { _, err := tx.Ticket("t", want.Key); return err })
			f.refused(searchlight.CodeNotFound, take("t", want.Key[1]))
		}
		f.equal(f.version(), before)
	}},
	{"NotGiven", func(f *fixture) {
		given := ticket("t", 1, "", "", 5)
		given.Created = time.Time{}
		f.putTickets(given)
		f.equal(given.Created, at(0))
	}},
	{"Taken", func(f *fixture) {
		f.putTickets(ticket("t", 1, "", "", 5))
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.PutTicket(ticket("t", 1, "", "other", 9)) })
		f.putTickets(ticket("other", 1, "", "", 5))
		f.update(take("t", 1))
		f.equal(f.tickets("other", 1), []int{1})
		f.putTickets(ticket("t", 1, "", "", 5)) // a key that was taken away is free
	}},
	{"UndoneWhenTaken", func(f *fixture) {
		f.putTickets(ticket("t", 1, "", "", 5))
		if err := f.store.Update(f.Context(), func(tx searchlight.Tx) error {
			if err := take("t", 1)(tx); err != nil {
				return err
			}
			return errOnPurpose
		}); err != errOnPurpose {
			f.Errorf("error %v, want that of the function", err)
		}
		f.equal(f.tickets("t", 1), []int{1})
	}},
	{"Unknown", func(f *fixture) {
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.PutTicket(ticket("t", 1, id(9), "", 5)) })
		f.refused(searchlight.CodeNotFound, take("t", 1))
		f.equal(f.tickets("t", 1), []int(nil))
	}},
	{"Expired", func(f *fixture) {
		f.putTickets(ticket("t", 4, "", "", 4), ticket("t", 5, "", "", 5), ticket("t", 6, "", "", 6))
		f.clock.advance(5 * time.Minute)
		f.equal(f.tickets("t", 4, 5, 6), []int{6})
		f.refused(searchlight.CodeNotFound, take("t", 5))
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.PutTicket(ticket("t", 5, "", "", 60)) })
		f.deleted(1, func(tx searchlight.Tx) (int, error) { return tx.DeleteTicketsBefore(at(4)) })
		f.deleted(1, func(tx searchlight.Tx) (int, error) { return tx.DeleteTicketsBefore(at(5)) })
		f.putTickets(ticket("t", 5, "", "", 60))
		f.equal(f.tickets("t", 4, 5, 6), []int{5, 6})
	}},
	{"Delete", func(f *fixture) {
		f.createUsers(user(1, "zoe"), user(2, "ann"))
		keys := []byte{1, 2, 3, 4, 5, 6}
		whole := []int{1, 2, 3, 4, 5, 6}
		for _, c := range []struct {
			user   searchlight.GUID
			source string
			want   []int
		}{
			{id(1), "", []int{3, 4, 5}},
			{"", "k1", []int{2, 4, 6}},
			{id(1), "k1", []int{2, 3, 4, 5, 6}},
			{id(9), "", whole},
			{"", "k", whole},
			{"", "", nil},
		} {
			for kind, want := range map[searchlight.TicketKind][2][]int{ // what is left of the kinds t and u
				"t":     {c.want, whole},
				"":      {c.want, c.want},
				"other": {whole, whole},
			} {
				f.update(func(tx searchlight.Tx) error {
					return errors.Join(tx.DeleteTickets("t", "", ""), tx.DeleteTickets("u", "", ""))
				})
				for _, k := range []searchlight.TicketKind{"t", "u"} {
					f.putTickets(ticket(k, 1, id(1), "k1", 5), ticket(k, 2, id(1), "k2", 5), ticket(k, 3, id(2), "k1", 5),
						ticket(k, 4, id(2), "k2", 5), ticket(k, 5, "", "k1", 5), ticket(k, 6, id(1), "", 5))
				}
				if kind == "" && c.user == "" && c.source == "" {
					f.refused(searchlight.CodeInternal, func(tx searchlight.Tx) error { return tx.DeleteTickets("", "", "") })
					want = [2][]int{whole, whole}
				} else {
					f.update(func(tx searchlight.Tx) error { return tx.DeleteTickets(kind, c.user, c.source) })
				}
				f.equal([2][]int{f.tickets("t", keys...), f.tickets("u", keys...)}, want)
			}
		}
	}},
	{"OneTakesIt", func(f *fixture) {
		const clients = 100
		f.putTickets(ticket("t", 1, searchlight.AdminUserID, "", 5))
		f.equal(takeAtOnce(f, clients, f.store), int64(1))
	}},
}

// takeAtOnce is how many of the clients, spread over the stores, get the
// ticket 1.
func takeAtOnce(f *fixture, clients int, stores ...searchlight.Store) int64 {
	f.Helper()
	var got atomic.Int64
	clientsAtOnce(clients, func(client int) {
		switch err := stores[client%len(stores)].Update(f.Context(), take("t", 1)); {
		case err == nil:
			got.Add(1)
		case searchlight.CodeOf(err) != searchlight.CodeNotFound:
			f.Error(err)
		}
	})
	return got.Load()
}

type settingForTest struct {
	Name string
	List []int
}

var settingTests = []test{
	{"SetAndRead", func(f *fixture) {
		read := func() (got settingForTest) {
			f.Helper()
			f.view(func(tx searchlight.Tx) error { return tx.Setting("a", &got) })
			return got
		}
		for _, want := range []settingForTest{{"é\x00", []int{1, 2}}, {"second", nil}} {
			before := f.version()
			f.update(func(tx searchlight.Tx) error { return tx.SetSetting("a", want) })
			f.equal(read(), want)
			if f.version() <= before {
				f.Error("a setting does not move the version")
			}
		}
		f.update(func(tx searchlight.Tx) error { return tx.SetSetting("b", 7) })
		f.equal(read(), settingForTest{"second", nil})
	}},
	{"NeverMade", func(f *fixture) {
		f.update(func(tx searchlight.Tx) error { return tx.SetSetting("b", 7) })
		f.missing(func(tx searchlight.Tx) error { return tx.Setting("a", new(int)) })
	}},
	{"OfAnotherKind", func(f *fixture) {
		f.update(func(tx searchlight.Tx) error { return tx.SetSetting("a", "text") })
		f.refused(searchlight.CodeInternal, func(tx searchlight.Tx) error { return tx.Setting("a", new(int)) })
		f.refused(searchlight.CodeInternal, func(tx searchlight.Tx) error { return tx.SetSetting("a", func() {}) })
	}},
}
