package sqlstore

import "sync"

// maxTotals bounds how many lists are remembered.
const maxTotals = 1000

type totalKey [32]byte

// totals remembers the lengths of lists for as long as the version of the
// metadata stays, so that clients that page through a list count it once.
type totals struct {
	mu      sync.Mutex
	version int64
	lengths map[totalKey]int
}

func (t *totals) get(version int64, key totalKey) (int, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.version != version {
		return 0, false
	}
	length, ok := t.lengths[key]
	return length, ok
}

func (t *totals) put(version int64, key totalKey, length int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if version < t.version {
		return // a transaction that looks at an old state
	}
	if version > t.version || len(t.lengths) >= maxTotals {
		t.version, t.lengths = version, make(map[totalKey]int)
	}
	t.lengths[key] = length
}
