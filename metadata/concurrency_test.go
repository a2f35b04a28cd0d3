package metadata_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/store/postgres"
)

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(b *bench)) {
	t.Run("sqlite", func(t *testing.T) { test(newBench(t)) })
	t.Run("postgres", func(t *testing.T) {
		store, err := postgres.Open(t.Context(), pgtest.Database(t), postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		test(newBenchOn(t, store))
	})
}

// TestImportsAtTheSameTime has eight writers add joins of their own to one
// table, with a rename of its columns in between. No join may be lost.
func TestImportsAtTheSameTime(t *testing.T) {
	t.Parallel()
	onBoth(t, func(b *bench) {
		const writers, rounds = 8, 3
		b.loadFixtures()
		base, _, _ := strings.Cut(file(b, linesFile), "  joins_with:")
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for round := range rounds {
					documents := []string{
						fmt.Sprintf("%s  joins_with: [{name: join_%d_%d, destination: {name: SHOPS}, on: '[SALE_LINES::Shop Id] = [SHOPS::Shop Id]'}]\n", base, w, round),
						strings.Replace(file(b, itemsFile), `"name": "Category"`, fmt.Sprintf(`"name": "Category %d"`, w), 1),
						strings.Replace(strings.Replace(file(b, bikesFile), string(bikesID), fmt.Sprintf("00000000-0000-4000-b000-%012d", w), 1),
							"ITEMS_1::Category", fmt.Sprintf("ITEMS_1::Category %d", w), 1),
					}
					results, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.admin, Documents: documents})
					switch searchlight.CodeOf(err) {
					case searchlight.CodeConflict, searchlight.CodeUnavailable:
						b.Logf("writer %d: %v", w, err)
						continue
					}
					if err != nil {
						b.Errorf("writer %d: %v", w, err)
						continue
					}
					for i, r := range results {
						if r.Status.Code != metadata.StatusOK {
							b.Errorf("writer %d, document %d: %s", w, i, line(r))
						}
					}
				}
			})
		}
		wg.Wait()
		text := b.text(linesID)
		for w := range writers {
			for round := range rounds {
				b.contains(text, fmt.Sprintf("name: join_%d_%d\n", w, round))
			}
		}
		// The last rename is in all worksheets alike.
		_, rest, _ := strings.Cut(b.text(itemsID), "name: Category")
		category, _, _ := strings.Cut(rest, "\n")
		b.contains(b.text(bikesID), "ITEMS_1::Category"+category+"\n")
		for w := range writers {
			b.contains(b.text(searchlight.GUID(fmt.Sprintf("00000000-0000-4000-b000-%012d", w))), "ITEMS_1::Category"+category+"\n")
		}
	})
}

// TestOneOfManyCreates imports the same new objects from eight writers: one
// creates, the others find them.
func TestOneOfManyCreates(t *testing.T) {
	t.Parallel()
	onBoth(t, func(b *bench) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				results, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.admin, Documents: files(b, allFiles...), Policy: metadata.AllOrNone})
				if err != nil {
					b.Error(err)
				}
				for _, r := range results {
					if r.Status.Code == metadata.StatusError {
						b.Error(line(r))
					}
				}
			})
		}
		wg.Wait()
		for _, id := range []searchlight.GUID{warehouseID, shopsID, itemsID, linesID, bikesID} {
			b.equal(b.object(id).Version, int64(1))
		}
	})
}

// failingStore fails at the n-th write of a transaction.
type failingStore struct {
	searchlight.Store
	at int
}

var errDisk = errors.New("the disk is full")

func (s *failingStore) Update(ctx context.Context, f func(searchlight.Tx) error) error {
	return s.Store.Update(ctx, func(tx searchlight.Tx) error { return f(&failingTx{tx, s.at}) })
}

type failingTx struct {
	searchlight.Tx
	left int
}

func (tx *failingTx) write() error {
	if tx.left--; tx.left < 0 {
		return errDisk
	}
	return nil
}

func (tx *failingTx) CreateObject(o *searchlight.Object) error {
	if err := tx.write(); err != nil {
		return err
	}
	return tx.Tx.CreateObject(o)
}

func (tx *failingTx) UpdateObject(o *searchlight.Object) error {
	if err := tx.write(); err != nil {
		return err
	}
	return tx.Tx.UpdateObject(o)
}

func TestNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	real := b.store
	for at := range 5 {
		b.service.Store = &failingStore{real, at}
		before := b.version()
		_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.admin, Documents: files(t, allFiles...)})
		if !errors.Is(err, errDisk) {
			t.Fatalf("write %d: %v", at, err)
		}
		b.equal(b.version(), before)
	}
	b.service.Store = real
	b.loadFixtures()
	renamed := change(t, file(t, shopsFile), "name: City", "name: Town")
	b.service.Store = &failingStore{real, 1} // the table is written, its dependent is not
	_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.admin, Documents: []string{renamed}})
	if !errors.Is(err, errDisk) {
		t.Fatal(err)
	}
	b.contains(b.text(shopsID), "name: City")
	b.contains(b.text(bikesID), "SHOPS_1::City")
}

// TestConflict is what a store says that does not let writers wait.
func TestConflict(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.service.Store = &conflictingStore{b.store}
	_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.admin, Documents: []string{change(t, file(t, shopsFile), "name: City", "name: Town")}})
	e, ok := errors.AsType[*searchlight.Error](err)
	if !ok || e.Code != searchlight.CodeConflict || e.Number != 14009 || e.Message != "VERSION_CONFLICT: SHOPS was changed meanwhile; import it again" {
		t.Errorf("%v", err)
	}
}

type conflictingStore struct{ searchlight.Store }

func (s *conflictingStore) Update(ctx context.Context, f func(searchlight.Tx) error) error {
	return s.Store.Update(ctx, func(tx searchlight.Tx) error { return f(conflictingTx{tx}) })
}

type conflictingTx struct{ searchlight.Tx }

func (tx conflictingTx) UpdateObject(*searchlight.Object) error {
	return searchlight.Errorf(searchlight.CodeConflict, "changed")
}

// TestCancelled ends while a database is being asked.
func TestCancelled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.service.Import(ctx, metadata.ImportRequest{Subject: b.admin, Documents: files(t, allFiles...)})
	if err == nil {
		t.Error("imported")
	}
}
