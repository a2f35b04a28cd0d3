package sqlstore

import (
	"context"
	"sync"
	"time"
)

const readVersion = `SELECT value FROM version`

// latest is the newest version that is known.
type latest struct {
	mu      sync.Mutex
	version int64
	read    time.Time // zero: it must be read again
	writes  int64     // how many transactions of this process have moved it
}

// Version implements searchlight.Store.
func (s *Store) Version(ctx context.Context) (int64, error) {
	l := &s.latest
	l.mu.Lock()
	version, writes := l.version, l.writes
	known := !l.read.IsZero() && time.Since(l.read) < s.staleness
	l.mu.Unlock()
	if known {
		return version, nil
	}

	asked := time.Now()
	if err := s.backend.Reader().QueryRowContext(ctx, readVersion).Scan(&version); err != nil {
		return 0, s.explain(ctx, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.writes == writes && version >= l.version:
		l.version, l.read = version, asked
	case version > l.version: // a transaction ended meanwhile, perhaps after this was read
		l.version, l.read = version, time.Time{}
	}
	return version, nil
}

// wrote says that a transaction of this process has moved the version, or may
// have. It is called before the one who wrote goes on.
func (l *latest) wrote() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	l.read = time.Time{}
}
