package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

var errOnPurpose = errors.New("on purpose")

var transactionTests = []test{
	{"Ping", func(f *fixture) {
		if err := f.store.Ping(f.Context()); err != nil {
			f.Error(err)
		}
	}},
	{"Undo", func(f *fixture) {
		f.createObjects(worksheet(1, "first"))
		before := f.object(id(1))
		changed := f.object(id(1))
		changed.Name = "changed"
		fresh := worksheet(2, "second")
		ann := user(4, "ann")
		f.createUsers(ann)
		err := f.store.Update(f.Context(), func(tx searchlight.Tx) error {
			for _, do := range []func() error{
				func() error { return tx.CreateObject(fresh) },
				func() error { return tx.UpdateObject(changed) },
				func() error { return tx.CreateUser(user(3, "zoe")) },
				func() error { return tx.UpdateUser(ann) },
				func() error { return tx.CreateSession(session(1, id(3), false, 1, 1)) },
			} {
				if err := do(); err != nil {
					f.Error(err)
				}
			}
			return errOnPurpose
		})
		if err != errOnPurpose {
			f.Errorf("error %v, want that of the function as it is", err)
		}
		f.equal(f.object(id(1)), before)
		f.equal([]int64{fresh.Version, changed.Version, ann.Version}, []int64{0, 1, 1}) // so that all can be tried again
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(2)); return err })
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(3)); return err })
		f.missing(func(tx searchlight.Tx) error {
			_, err := tx.Session(session(1, id(3), false, 1, 1).TokenHash)
			return err
		})
	}},
	{"UndoOnPanic", func(f *fixture) {
		func() {
			defer func() { f.equal(recover(), any("on purpose")) }()
			_ = f.store.Update(f.Context(), func(tx searchlight.Tx) error {
				if err := tx.CreateObject(worksheet(1, "o")); err != nil {
					f.Error(err)
				}
				panic("on purpose")
			})
		}()
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(1)); return err })
		f.createObjects(worksheet(1, "o")) // the store still works
	}},
	{"GoOnAfterRefusal", func(f *fixture) {
		f.update(func(tx searchlight.Tx) error {
			if err := tx.CreateUser(user(1, "tsadmin")); searchlight.CodeOf(err) != searchlight.CodeConflict {
				f.Errorf("error %v, want a conflict", err)
			}
			if _, err := tx.User(id(1)); searchlight.CodeOf(err) != searchlight.CodeNotFound {
				f.Errorf("error %v, want that the user is missing", err)
			}
			return tx.CreateUser(user(1, "zoe"))
		})
		f.view(func(tx searchlight.Tx) error {
			got, err := tx.User(id(1))
			f.equal(got, user(1, "zoe"))
			return err
		})
	}},
	{"FailureIsNotForgotten", func(f *fixture) {
		f.refused(searchlight.CodeInternal, func(tx searchlight.Tx) error {
			if err := tx.CreateObject(worksheet(1, "o")); err != nil {
				return err
			}
			o := worksheet(2, "no GUID")
			o.ID = "2"
			_ = tx.CreateObject(o) // the database itself refuses this
			return nil
		})
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(1)); return err })
	}},
	{"WriteInView", func(f *fixture) {
		for _, write := range []func(searchlight.Tx) error{
			func(tx searchlight.Tx) error { return tx.CreateObject(worksheet(1, "o")) },
			func(tx searchlight.Tx) error { return tx.DeleteObject(searchlight.EmbeddedConnectionID) },
			func(tx searchlight.Tx) error {
				return tx.SetGrant(searchlight.Grant{Object: searchlight.EmbeddedConnectionID, Principal: searchlight.AllGroupID, Level: readOnly})
			},
			func(tx searchlight.Tx) error {
				return tx.DeleteGrant(searchlight.EmbeddedConnectionID, searchlight.AllGroupID)
			},
			func(tx searchlight.Tx) error { return tx.UntagObject(id(1), id(2)) },
			func(tx searchlight.Tx) error {
				return tx.AddFavorite(searchlight.AdminUserID, searchlight.EmbeddedConnectionID)
			},
			func(tx searchlight.Tx) error {
				return tx.RemoveFavorite(searchlight.AdminUserID, searchlight.EmbeddedConnectionID)
			},
			func(tx searchlight.Tx) error {
				_, err := tx.ChangeAuthor(nil, searchlight.SystemUserID, searchlight.AdminUserID)
				return err
			},
			func(tx searchlight.Tx) error { return tx.CreateUser(user(1, "zoe")) },
			func(tx searchlight.Tx) error { return tx.CreateGroup(group(1, "team")) },
			func(tx searchlight.Tx) error {
				_, err := tx.DeleteSessionsOf(searchlight.AdminUserID, [32]byte{})
				return err
			},
			func(tx searchlight.Tx) error { _, err := tx.TakeTicket("t", [32]byte{1}); return err },
			func(tx searchlight.Tx) error { return tx.SetSetting("s", 1) },
			func(tx searchlight.Tx) error { return tx.Audit(&searchlight.Event{Type: searchlight.EventLogin}) },
		} {
			if err := f.store.View(f.Context(), write); err == nil || searchlight.CodeOf(err) != searchlight.CodeInternal {
				f.Errorf("error %v, want an internal one", err)
			}
		}
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(1)); return err })
		f.object(searchlight.EmbeddedConnectionID)
	}},
	{"ReadOwnWrites", func(f *fixture) {
		f.update(func(tx searchlight.Tx) error {
			if err := tx.CreateObject(worksheet(1, "o")); err != nil {
				return err
			}
			page, err := tx.Headers(searchlight.ListQuery{Viewer: admin})
			if err == nil {
				f.equal(numbers(page.Headers), "1 E")
			}
			return err
		})
	}},
	{"ViewIsConsistent", func(f *fixture) {
		f.createObjects(worksheet(1, "before"))
		f.view(func(tx searchlight.Tx) error {
			version, err := tx.Version()
			if err != nil {
				return err
			}
			f.update(func(tx searchlight.Tx) error { // while the View is open
				o, err := tx.Object(id(1))
				if err != nil {
					return err
				}
				o.Name = "after"
				if err := tx.UpdateObject(o); err != nil {
					return err
				}
				return tx.CreateObject(worksheet(2, "new"))
			})
			o, err := tx.Object(id(1))
			if err != nil {
				return err
			}
			f.equal(o.Name, "before")
			if _, err := tx.Header(id(2)); searchlight.CodeOf(err) != searchlight.CodeNotFound {
				f.Errorf("error %v, want that the object is not seen", err)
			}
			again, err := tx.Version()
			f.equal(again, version)
			return err
		})
		f.equal(f.object(id(1)).Name, "after")
	}},
	{"OneAfterAnother", func(f *fixture) {
		f.createObjects(worksheet(1, "0"))
		const workers, rounds = 8, 10
		errs := countUp(f.T, workers, rounds, f.store)
		f.equal(errs, []error(nil))
		o := f.object(id(1))
		f.equal(o.Name, strconv.Itoa(workers*rounds))
		f.equal(o.Version, int64(workers*rounds+1))
	}},
	{"VersionFollowsWrites", func(f *fixture) {
		f.createObjects(worksheet(1, "0"))
		done := make(chan struct{})
		var group sync.WaitGroup
		for range 4 { // who ask all the time, also while others write
			group.Go(func() {
				for last := int64(0); ; {
					version, err := f.store.Version(f.Context())
					if err != nil || version < last {
						f.Errorf("version %d after %d, error %v", version, last, err)
						return
					}
					last = version
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for range 50 {
			f.update(func(tx searchlight.Tx) error { return tx.SetSetting("s", 1) })
			version, err := f.store.Version(f.Context())
			if want := f.version(); version != want || err != nil {
				f.Errorf("version %d, want %d, error %v", version, want, err)
			}
		}
		close(done)
		group.Wait()
	}},
	{"OnlyOneWins", func(f *fixture) {
		f.createObjects(worksheet(1, "first"))
		var group sync.WaitGroup
		results := make([]searchlight.ErrorCode, 8)
		copies := make([]*searchlight.Object, len(results))
		for n := range copies {
			copies[n] = f.object(id(1))
			copies[n].Name = strconv.Itoa(n)
		}
		for n, mine := range copies {
			group.Go(func() {
				if err := f.store.Update(f.Context(), func(tx searchlight.Tx) error { return tx.UpdateObject(mine) }); err != nil {
					results[n] = searchlight.CodeOf(err)
				}
			})
		}
		group.Wait()
		codes := make(map[searchlight.ErrorCode]int)
		for _, code := range results {
			codes[code]++
		}
		f.equal(codes, map[searchlight.ErrorCode]int{"": 1, searchlight.CodeConflict: 7})
		f.equal(f.object(id(1)).Version, int64(2))
	}},
	{"Cancelled", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.Context())
		cancel()
		nothing := func(searchlight.Tx) error { return nil }
		for _, err := range []error{f.store.View(ctx, nothing), f.store.Update(ctx, nothing), f.store.Ping(ctx)} {
			if !errors.Is(err, context.Canceled) {
				f.Errorf("error %v, want context.Canceled", err)
			}
		}
	}},
	{"CancelledInside", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.Context())
		defer cancel()
		err := f.store.Update(ctx, func(tx searchlight.Tx) error {
			if err := tx.CreateObject(worksheet(1, "o")); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			f.Errorf("error %v, want context.Canceled", err)
		}
		f.missing(func(tx searchlight.Tx) error { _, err := tx.Header(id(1)); return err })
	}},
	{"CancelledWaiting", func(f *fixture) {
		ctx, cancel := context.WithTimeout(f.Context(), 50*time.Millisecond)
		defer cancel()
		f.update(func(searchlight.Tx) error {
			err := f.store.Update(ctx, func(searchlight.Tx) error {
				f.Error("two transactions write at the same time")
				return nil
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				f.Errorf("error %v, want context.DeadlineExceeded", err)
			}
			return nil
		})
	}},
	{"Closed", func(f *fixture) {
		if err := f.store.Close(); err != nil {
			f.Fatal(err)
		}
		nothing := func(searchlight.Tx) error { return nil }
		for _, err := range []error{f.store.View(f.Context(), nothing), f.store.Update(f.Context(), nothing), f.store.Ping(f.Context())} {
			if err == nil {
				f.Error("a closed store works")
			}
		}
	}},
}

// countUp adds one to the number that the object 1 has for its name, from
// several workers at the same time, each on one of the stores.
func countUp(t *testing.T, workers, rounds int, stores ...searchlight.Store) (errs []error) {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	for worker := range workers {
		store := stores[worker%len(stores)]
		group.Go(func() {
			for range rounds {
				err := store.Update(t.Context(), func(tx searchlight.Tx) error {
					o, err := tx.Object(id(1))
					if err != nil {
						return err
					}
					n, err := strconv.Atoi(o.Name)
					if err != nil {
						return err
					}
					o.Name = strconv.Itoa(n + 1)
					return tx.UpdateObject(o)
				})
				if err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return errs
}
