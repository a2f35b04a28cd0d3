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
}
