package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// RunShared runs the tests of two stores on the same database, as two servers
// have them; open opens both on one that is new and empty.
func RunShared(t *testing.T, open func(t *testing.T, now func() time.Time) (first, second searchlight.Store)) {
	shared := func(t *testing.T) (first, second *fixture) {
		c := &clock{time: start}
		one, two := open(t, c.now)
		return &fixture{T: t, clock: c, store: one}, &fixture{T: t, clock: c, store: two}
	}
	t.Run("SeeEachOther", func(t *testing.T) {
		first, second := shared(t)
		before := second.version()
		want := worksheet(1, "o", id(2))
		first.createObjects(want)
		if after := second.version(); after <= before {
			t.Errorf("the other store sees version %d after %d", after, before)
		}
		second.equal(second.object(id(1)), want)

		second.createUsers(user(3, "zoe"))
		first.equal(first.version(), second.version())
		first.view(func(tx searchlight.Tx) error {
			got, err := tx.UserByName("ZOE")
			first.equal(got, user(3, "zoe"))
			return err
		})
	})
	t.Run("NoticeEachOther", func(t *testing.T) {
		first, second := shared(t)
		version := func() int64 {
			version, err := second.store.Version(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return version
		}
		before := version()
		first.createObjects(worksheet(1, "o"))
		for since := time.Now(); version() == before; time.Sleep(5 * time.Millisecond) {
			if time.Since(since) > 10*time.Second {
				t.Fatal("the other store does not notice")
			}
		}
	})
	t.Run("OneAfterAnother", func(t *testing.T) {
		first, second := shared(t)
		first.createObjects(worksheet(1, "0"))
		const workers, rounds = 8, 10
		first.equal(countUp(t, workers, rounds, first.store, second.store), []error(nil))
		second.equal(second.object(id(1)).Name, strconv.Itoa(workers*rounds))
	})
	t.Run("ChangedMeanwhile", func(t *testing.T) {
		first, second := shared(t)
		first.createObjects(worksheet(1, "o"))
		mine, yours := first.object(id(1)), second.object(id(1))
		first.update(func(tx searchlight.Tx) error { return tx.UpdateObject(mine) })
		second.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateObject(yours) })
	})
	t.Run("Principals", func(t *testing.T) {
		first, second := shared(t)
		first.createGroups(group(11, "team", "ADMINISTRATION"))
		first.createUsers(user(1, "zoe"))
		mine, yours := first.user(1), second.user(1)
		for _, change := range []func(searchlight.Tx) error{
			func(tx searchlight.Tx) error { return tx.UpdateUser(mine) },
			func(tx searchlight.Tx) error { return tx.SetUserGroups(memberships{id(1): {id(11)}}) },
			func(tx searchlight.Tx) error {
				return tx.SetGroupParents(memberships{id(11): {searchlight.SystemGroupID}})
			},
			func(tx searchlight.Tx) error { return tx.SetSetting("a", 7) },
		} {
			before := second.version()
			first.update(change)
			if after := second.version(); after != before+1 {
				t.Errorf("the other store sees version %d after %d", after, before)
			}
		}
		second.refused(searchlight.CodeConflict, func(tx searchlight.Tx) error { return tx.UpdateUser(yours) })
		second.view(func(tx searchlight.Tx) error {
			var setting int
			if err := tx.Setting("a", &setting); err != nil {
				return err
			}
			second.equal(setting, 7)
			subject, err := tx.Subject(id(1))
			if err == nil {
				second.equal(subject.GroupNames, []string{"All", "System", "team"})
			}
			return err
		})
	})
	t.Run("Sessions", func(t *testing.T) {
		first, second := shared(t)
		first.createSessions(session(1, searchlight.AdminUserID, false, 1, 1), session(2, searchlight.AdminUserID, false, 2, 2))
		second.equal(second.sessionsOf(searchlight.AdminUserID), []int{1, 2})
		second.update(func(tx searchlight.Tx) error { return tx.DeleteSession(session(1, "", false, 0, 0).TokenHash) })
		first.equal(first.sessionsOf(searchlight.AdminUserID), []int{2})
		first.deleted(1, func(tx searchlight.Tx) (int, error) { return tx.DeleteSessionsOf(searchlight.AdminUserID, [32]byte{}) })
		second.equal(second.sessionsOf(searchlight.AdminUserID), []int(nil))
	})
	t.Run("Tickets", func(t *testing.T) {
		first, second := shared(t)
		first.putTickets(ticket("t", 1, "", "", 5))
		second.equal(second.tickets("t", 1), []int{1})
		const clients = 20
		first.equal(takeAtOnce(first, clients, first.store, second.store), int64(1))
	})
	t.Run("Audit", func(t *testing.T) {
		first, second := shared(t)
		const clients = 20
		auditAtOnce(first, clients, first.store, second.store)
		first.verified(clients)
		second.verified(clients)
	})
}
