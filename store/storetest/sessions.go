package storetest

import (
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

func session(n byte, userID searchlight.GUID, remember bool, created, active int) *searchlight.Session {
	return &searchlight.Session{TokenHash: [32]byte{0, n, 31: n}, UserID: userID, Method: searchlight.AuthPassword, Remember: remember,
		Created: at(created), LastActive: at(active)}
}

// sessionFrom is a session that ends with its source.
func sessionFrom(n byte, source string) *searchlight.Session {
	s := session(n, searchlight.AdminUserID, false, int(n), 9)
	s.Method, s.Source = searchlight.AuthSAML, source
	return s
}

func (f *fixture) createSessions(sessions ...*searchlight.Session) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		for _, s := range sessions {
			if err := tx.CreateSession(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// sessionsOf are the second bytes of the hashes of a user's sessions.
func (f *fixture) sessionsOf(userID searchlight.GUID) (numbers []int) {
	f.Helper()
	f.view(func(tx searchlight.Tx) error {
		sessions, err := tx.SessionsOf(userID)
		for _, s := range sessions {
			numbers = append(numbers, int(s.TokenHash[1]))
		}
		return err
	})
	return numbers
}

var sessionTests = []test{
	{"CreateAndRead", func(f *fixture) {
		whole := sessionFrom(3, "key\x1fé")
		whole.Ends, whole.Scope, whole.Privileges = at(77), id(7), []searchlight.Privilege{"B", "A"}
		for _, want := range []*searchlight.Session{
			session(1, searchlight.AdminUserID, true, 1, 2),
			session(2, searchlight.AdminUserID, false, 3, 4),
			whole,
		} {
			f.createSessions(want)
			f.view(func(tx searchlight.Tx) error {
				got, err := tx.Session(want.TokenHash)
				f.equal(got, want)
				return err
			})
		}
	}},
	{"Missing", func(f *fixture) {
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Session([32]byte{1}); return err })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.TouchSession([32]byte{1}, at(1)) })
		f.update(func(tx searchlight.Tx) error { return tx.DeleteSession([32]byte{1}) })
		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.CreateSession(session(1, id(9), false, 1, 1)) })
	}},
	{"Taken", func(f *fixture) {
		f.createSessions(session(1, searchlight.AdminUserID, false, 1, 1))
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error {
			return tx.CreateSession(session(1, searchlight.AdminUserID, false, 1, 1))
		})
	}},
	{"Touch", func(f *fixture) {
		f.createSessions(session(1, searchlight.AdminUserID, false, 1, 1), session(2, searchlight.AdminUserID, false, 1, 1))
		want := session(1, searchlight.AdminUserID, false, 1, 7)
		f.update(func(tx searchlight.Tx) error { return tx.TouchSession(want.TokenHash, at(7)) })
		f.view(func(tx searchlight.Tx) error {
			sessions, err := tx.SessionsOf(searchlight.AdminUserID)
			f.equal(sessions, []searchlight.Session{*want, *session(2, searchlight.AdminUserID, false, 1, 1)})
			return err
		})
	}},
	{"OfUser", func(f *fixture) {
		f.createUsers(user(1, "zoe"))
		f.createSessions(
			session(1, id(1), false, 3, 3), session(2, id(1), true, 1, 9), session(3, searchlight.AdminUserID, false, 1, 1), session(4, id(1), false, 2, 2))
		f.equal(f.sessionsOf(id(1)), []int{2, 4, 1})
		f.update(func(tx searchlight.Tx) error { return tx.DeleteSession(session(4, "", false, 0, 0).TokenHash) })
		f.equal(f.sessionsOf(id(1)), []int{2, 1})
		f.deleted(1, func(tx searchlight.Tx) (int, error) {
			return tx.DeleteSessionsOf(id(1), session(1, "", false, 0, 0).TokenHash)
		})
		f.equal(f.sessionsOf(id(1)), []int{1})
		f.deleted(1, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsOf(id(1), [32]byte{}) })
		f.deleted(0, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsOf(id(1), [32]byte{}) })
		f.equal(f.sessionsOf(id(1)), []int(nil))
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{3})
	}},
	{"OfUsers", func(f *fixture) {
		f.createUsers(user(1, "zoe"), user(2, "ann"))
		f.createSessions(session(1, id(1), false, 1, 1), session(2, id(2), true, 2, 2), session(3, id(1), true, 3, 3), session(4, searchlight.AdminUserID, false, 4, 4))
		f.putTickets(ticket("t", 1, id(1), "", 5), ticket("u", 2, id(2), "key", 5), ticket("t", 3, searchlight.AdminUserID, "", 5), ticket("t", 4, "", "", 5))
		f.update(func(tx searchlight.Tx) error { return tx.EndSessions() })
		f.equal(f.sessionsOf(id(1)), []int{1, 3})
		f.update(func(tx searchlight.Tx) error { return tx.EndSessions(id(1), id(2), id(9)) })
		f.equal([][]int{f.sessionsOf(id(1)), f.sessionsOf(id(2)), f.sessionsOf(searchlight.AdminUserID)}, [][]int{nil, nil, {4}})
		f.equal([][]int{f.tickets("t", 1, 3, 4), f.tickets("u", 2)}, [][]int{{3, 4}, nil})
	}},
	{"Renew", func(f *fixture) {
		f.createSessions(session(1, searchlight.AdminUserID, true, 1, 2), session(2, searchlight.AdminUserID, false, 3, 4))
		want := session(1, searchlight.AdminUserID, true, 1, 2)
		renew := func(to byte, then time.Time, privileges ...searchlight.Privilege) (old [32]byte) {
			old = want.TokenHash
			want.TokenHash, want.Privileges = [32]byte{0, to, 31: to}, privileges
			f.update(func(tx searchlight.Tx) error { return tx.RenewSession(old, want.TokenHash, privileges, then) })
			return old
		}
		finds := func(hash [32]byte) {
			f.Helper()
			f.view(func(tx searchlight.Tx) error {
				got, err := tx.Session(hash)
				f.equal(got, want)
				return err
			})
		}
		gone := func(hash [32]byte) {
			f.Helper()
			f.missing(func(tx searchlight.Tx) error { _, err := tx.Session(hash); return err })
		}

		first := renew(5, at(3), "A")
		want.Earlier = &searchlight.EarlierToken{Hash: first, Ends: at(3)}
		finds(want.TokenHash)
		finds(first)
		second := renew(6, at(4), "A", "B")
		want.Earlier = &searchlight.EarlierToken{Hash: second, Ends: at(4), Privileges: []searchlight.Privilege{"A"}}
		finds(want.TokenHash)
		finds(second)
		gone(first)
		third := renew(7, time.Time{})
		want.Privileges, want.Earlier = nil, nil
		finds(want.TokenHash)
		gone(second)
		gone(third)

		f.refused(searchlight.CodeNotFound, func(tx searchlight.Tx) error { return tx.RenewSession(third, [32]byte{6}, nil, at(3)) })
		f.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error {
			return tx.RenewSession(want.TokenHash, session(2, "", false, 0, 0).TokenHash, nil, at(3))
		})
		finds(want.TokenHash)
	}},
	{"OfSource", func(f *fixture) {
		f.createSessions(sessionFrom(1, "key 1"), sessionFrom(2, "KEY 1"), sessionFrom(3, "key 10"), sessionFrom(4, "key 2"),
			sessionFrom(5, ""), sessionFrom(6, "ké%_"), sessionFrom(7, "ké%_a"), sessionFrom(8, "kéab"), sessionFrom(9, "akey 1"))
		f.deleted(2, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsFrom("key 1") })
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{2, 4, 5, 6, 7, 8, 9})
		f.deleted(2, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsFrom("ké%_") })
		f.deleted(0, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsFrom("x") })
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{2, 4, 5, 8, 9})
		f.refused(searchlight.CodeInternal, func(tx searchlight.Tx) error { _, err := tx.DeleteSessionsFrom(""); return err })
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{2, 4, 5, 8, 9})
		f.refused(searchlight.CodeInvalid, func(tx searchlight.Tx) error { return tx.CreateSession(sessionFrom(1, strings.Repeat("x", 2001))) })
	}},
	{"EndsMoveTheVersion", func(f *fixture) {
		hash := session(1, "", false, 0, 0).TokenHash
		moves := func(name string, by int64, change func(searchlight.Tx) error) {
			f.Helper()
			before := f.version()
			f.update(change)
			if after := f.version(); after != before+by {
				f.Errorf("%s moves the version from %d to %d", name, before, after)
			}
		}
		for name, end := range map[string]func(searchlight.Tx) error{
			"replacing a token":       func(tx searchlight.Tx) error { return tx.RenewSession(hash, [32]byte{1}, nil, at(9)) },
			"deleting one":            func(tx searchlight.Tx) error { return tx.DeleteSession(hash) },
			"deleting those of users": func(tx searchlight.Tx) error { return tx.EndSessions(searchlight.AdminUserID) },
			"deleting those of a user": func(tx searchlight.Tx) error {
				_, err := tx.DeleteSessionsOf(searchlight.AdminUserID, [32]byte{})
				return err
			},
			"deleting those from a source": func(tx searchlight.Tx) error { _, err := tx.DeleteSessionsFrom("idp"); return err },
			"deleting old ones":            func(tx searchlight.Tx) error { _, err := tx.DeleteSessionsBefore(at(3), at(3)); return err },
		} {
			moves(name+" that are not there", 0, func(tx searchlight.Tx) error {
				if err := end(tx); searchlight.CodeOf(err) != searchlight.CodeNotFound {
					return err
				}
				return nil
			})
			s := session(1, searchlight.AdminUserID, true, 1, 2)
			s.Source = "idp|1"
			moves("signing in", 0, func(tx searchlight.Tx) error { return tx.CreateSession(s) })
			moves("activity", 0, func(tx searchlight.Tx) error { return tx.TouchSession(hash, at(2)) })
			moves(name, 1, end)
			f.update(func(tx searchlight.Tx) error { return tx.EndSessions(searchlight.AdminUserID) })
		}
	}},
	{"DeleteBefore", func(f *fixture) {
		f.createSessions(
			session(1, searchlight.AdminUserID, false, 1, 9), session(2, searchlight.AdminUserID, false, 2, 10), session(3, searchlight.AdminUserID, false, 3, 11),
			session(4, searchlight.AdminUserID, true, 4, 4), session(5, searchlight.AdminUserID, true, 5, 5), session(6, searchlight.AdminUserID, true, 6, 6))
		f.deleted(2, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsBefore(at(10), at(5)) })
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{2, 3, 5, 6})
	}},
	{"DeleteEnded", func(f *fixture) {
		ends := func(n byte, minutes int) *searchlight.Session {
			s := session(n, searchlight.AdminUserID, true, int(n), 9)
			s.Ends = at(minutes)
			return s
		}
		f.createSessions(ends(1, 4), ends(2, 5), ends(3, 6), session(4, searchlight.AdminUserID, true, 4, 9))
		f.clock.advance(5 * time.Minute)
		f.deleted(2, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsBefore(at(0), at(0)) })
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{3, 4})
	}},
}

// deleted runs an Update that must remove so many.
func (f *fixture) deleted(want int, remove func(searchlight.Tx) (int, error)) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		got, err := remove(tx)
		f.equal(got, want)
		return err
	})
}
