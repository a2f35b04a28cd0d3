package auth

import (
	"sync"

	"github.com/searchlight-bi/searchlight"
)

// subjects keeps who users are, with all that decides what they may do. An
// entry serves as long as the store has not changed since, so that a change of
// users, groups or privileges acts on the next request.
type subjects struct {
	mu      sync.Mutex
	entries map[searchlight.GUID]knownSubject
}

type knownSubject struct {
	version int64
	subject *searchlight.Subject
}

// maxSubjects bounds the cache; when it is full it starts anew.
const maxSubjects = 10_000

// find returns the subject of a user as the store has it now. The caller must
// not change it.
func (s *subjects) find(tx searchlight.Tx, user searchlight.GUID) (*searchlight.Subject, error) {
	version, err := tx.Version()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	known, ok := s.entries[user]
	s.mu.Unlock()
	if ok && known.version == version {
		return known.subject, nil
	}
	subject, err := tx.Subject(user)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil || len(s.entries) >= maxSubjects {
		s.entries = map[searchlight.GUID]knownSubject{}
	}
	s.entries[user] = knownSubject{version, subject}
	return subject, nil
}
