package storetest

import (
	"github.com/searchlight-bi/searchlight"
)

func session(n byte, userID searchlight.GUID, remember bool, created, active int) *searchlight.Session {
	return &searchlight.Session{TokenHash: [32]byte{0, n, 31: n}, UserID: userID, Remember: remember, Created: at(created), LastActive: at(active)}
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
		for _, want := range []*searchlight.Session{
			session(1, searchlight.AdminUserID, true, 1, 2),
			session(2, searchlight.AdminUserID, false, 3, 4),
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
		f.update(func(tx searchlight.Tx) error { return tx.DeleteSessionsOf(id(1)) })
		f.equal(f.sessionsOf(id(1)), []int(nil))
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{3})
	}},
	{"DeleteBefore", func(f *fixture) {
		f.createSessions(
			session(1, searchlight.AdminUserID, false, 1, 9), session(2, searchlight.AdminUserID, false, 2, 10), session(3, searchlight.AdminUserID, false, 3, 11),
			session(4, searchlight.AdminUserID, true, 4, 4), session(5, searchlight.AdminUserID, true, 5, 5), session(6, searchlight.AdminUserID, true, 6, 6))
		f.update(func(tx searchlight.Tx) error {
			deleted, err := tx.DeleteSessionsBefore(at(10), at(5))
			f.equal(deleted, 2)
			return err
		})
		f.equal(f.sessionsOf(searchlight.AdminUserID), []int{2, 3, 5, 6})
	}},
}
