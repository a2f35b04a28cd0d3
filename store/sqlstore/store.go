package sqlstore

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// maxAttempts bounds how often Update runs a transaction that the database
// asks to run again.
const maxAttempts = 10

// Options are the settings of a store; the zero value works.
type Options struct {
	Now func() time.Time // nil: time.Now
	// Staleness is how long Version may miss what other processes do. 0 is as
	// the database is used: 250 milliseconds for a file, which one server has by
	// itself, none for a database that several share. Less than 0: none.
	Staleness time.Duration
}

// Store is a searchlight.Store in a relational database.
type Store struct {
	backend   Backend
	now       func() time.Time
	staleness time.Duration
	latest    latest
}

var _ searchlight.Store = (*Store)(nil)

// Open brings the schema up to the migrations, a directory of files named
// NNNN_name.sql, and returns the store. It closes the
// backend when it fails. A database that holds a migration not among these was
// written by a newer version: it is left as it is and Open fails.
func Open(ctx context.Context, backend Backend, migrations fs.FS, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := migrate(ctx, backend, migrations, o.Now); err != nil {
		_ = backend.Close()
		return nil, err
	}
	return &Store{backend: backend, now: o.Now, staleness: o.Staleness}, nil
}

// View implements searchlight.Store.
func (s *Store) View(ctx context.Context, f func(searchlight.Tx) error) error {
	transaction, err := s.backend.View(ctx)
	if err != nil {
		return s.explain(ctx, err)
	}
	defer func() { _ = transaction.Rollback() }()

	tx := s.newTx(ctx, transaction)
	tx.readOnly = true
	if err := f(tx); err != nil {
		return err
	}
	return tx.failure
}

// Update implements searchlight.Store. A transaction in which the database
// failed is undone even when f goes on and returns nil.
func (s *Store) Update(ctx context.Context, f func(searchlight.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, f)
		if err == nil || s.backend.Classify(err) != FailureRetry || ctx.Err() != nil {
			return err
		}
		if attempt == maxAttempts {
			return errContended(err)
		}
		// A random pause keeps two that collided from colliding again.
		pause := time.NewTimer(rand.N(time.Duration(attempt) * 5 * time.Millisecond))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

func (s *Store) attempt(ctx context.Context, f func(searchlight.Tx) error) error {
	transaction, err := s.backend.Update(ctx)
	if err != nil {
		return s.explain(ctx, err)
	}
	tx := s.newTx(ctx, transaction)
	kept := false
	defer func() {
		if !kept {
			_ = transaction.Rollback()
			tx.restore()
		}
	}()

	if err := f(tx); err != nil {
		if s.backend.Classify(tx.failure) == FailureRetry {
			return tx.failure // whatever f made of it
		}
		return err
	}
	if err := tx.writeVersion(); err != nil {
		return err
	}
	err = transaction.Commit()
	if tx.changes > 0 {
		s.latest.wrote() // also when the database does not say that it did
	}
	if err != nil {
		return s.explain(ctx, err)
	}
	kept = true
	return nil
}

// Ping implements searchlight.Store.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.backend.Ping(ctx); err != nil {
		return s.explain(ctx, err)
	}
	return nil
}

// Close implements searchlight.Store.
func (s *Store) Close() error { return s.backend.Close() }

// explain turns an error of the driver into one of the product.
func (s *Store) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errStopped(ctx.Err())
	}
	switch s.backend.Classify(err) {
	case FailureDuplicate:
		return errDuplicate(err)
	case FailureDangling:
		return errDangling(err)
	case FailureUnavailable:
		return errUnavailable(err)
	case FailureRetry, FailureOther:
		return errDatabase(err)
	}
	return errDatabase(err)
}
