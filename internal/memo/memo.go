package memo

import "sync"

// Max is how many values a Memo keeps; a full one starts anew.
const Max = 10_000

// Memo keeps values by key, for one version of what they were made of. Its
// zero value is empty; it is safe for concurrent use.
type Memo[K comparable, V any] struct {
	mu      sync.Mutex
	version int64
	values  map[K]V
}

// Get is the value of a key that was put at this version.
func (m *Memo[K, V]) Get(version int64, key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if version != m.version {
		var none V
		return none, false
	}
	v, ok := m.values[key]
	return v, ok
}

// Put keeps a value that was made at a version or after it. Those of earlier
// versions are dropped; one that is earlier than the others is not kept.
func (m *Memo[K, V]) Put(version int64, key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if version < m.version {
		return
	}
	if m.values == nil || version > m.version || len(m.values) >= Max {
		m.version, m.values = version, map[K]V{}
	}
	m.values[key] = value
}
