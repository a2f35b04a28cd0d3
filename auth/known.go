package auth

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/searchlight-bi/searchlight"
)

const (
	// maxKnownAddresses is how many addresses are remembered for a user.
	maxKnownAddresses = 16
	// maxKnownUsers bounds the memory.
	maxKnownUsers = 20_000
)

// knownAddresses remembers from where users have signed in. Such an address
// keeps a small budget of failures of its own, so that whoever locks a user
// out from elsewhere does not lock the user out at home (security.md 1.2). It
// is lost when the server stops, which costs a user nothing unless somebody is
// guessing at that moment.
type knownAddresses struct {
	mu    sync.Mutex
	users map[searchlight.GUID][]knownAddress // the latest last
}

type knownAddress struct {
	address  netip.Prefix
	failures int
	since    time.Time // of the first of failures
}

func newKnownAddresses() *knownAddresses {
	return &knownAddresses{users: map[searchlight.GUID][]knownAddress{}}
}

// add remembers an address that just signed the user in, with a full budget.
func (k *knownAddresses) add(user searchlight.GUID, address netip.Addr) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.users) >= maxKnownUsers && k.users[user] == nil {
		for other := range k.users {
			delete(k.users, other)
			break
		}
	}
	here := neighbourhood(address)
	list := slices.DeleteFunc(k.users[user], func(a knownAddress) bool { return a.address == here })
	list = append(list, knownAddress{address: here})
	k.users[user] = list[max(0, len(list)-maxKnownAddresses):]
}

// mayTry reports whether the address is known and has budget left.
func (k *knownAddresses) mayTry(user searchlight.GUID, address netip.Addr, limit int, period time.Duration, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.find(user, address)
	return a != nil && (a.failures < limit || now.Sub(a.since) >= period)
}

// fail uses up budget of a known address.
func (k *knownAddresses) fail(user searchlight.GUID, address netip.Addr, period time.Duration, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.find(user, address)
	if a == nil {
		return
	}
	if a.failures == 0 || now.Sub(a.since) >= period {
		a.failures, a.since = 0, now
	}
	a.failures++
}

func (k *knownAddresses) find(user searchlight.GUID, address netip.Addr) *knownAddress {
	list, here := k.users[user], neighbourhood(address)
	for i := range list {
		if list[i].address == here {
			return &list[i]
		}
	}
	return nil
}
