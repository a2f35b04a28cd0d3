package auth

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

const (
	// attemptsPerMinute is how often an address may fail to sign in.
	attemptsPerMinute = 10
	// An address that goes on waits for one attempt, then twice that, and so on.
	maxDelay = 15 * time.Minute
	// forgetAfter is the quiet time after which an address starts afresh.
	forgetAfter = time.Hour
	// maxAddresses bounds the memory; beyond it the quietest are forgotten.
	maxAddresses = 20_000
)

// throttle limits the failed attempts of each network address.
type throttle struct {
	perMinute float64
	mu        sync.Mutex
	addresses map[netip.Prefix]*attempts
}

type attempts struct {
	tokens  float64
	filled  time.Time // when tokens was right; ahead of now while blocked
	strikes int       // how often the address was blocked
}

func newThrottle(perMinute float64) *throttle {
	return &throttle{perMinute: perMinute, addresses: map[netip.Prefix]*attempts{}}
}

// refill is the time in which an address gets one more attempt.
func (t *throttle) refill() time.Duration { return time.Duration(float64(time.Minute) / t.perMinute) }

// neighbourhood is what counts as one address: of IPv6 the network that one
// customer holds.
func neighbourhood(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails only for the zero address, which is a neighbourhood too
	return p
}

// take uses up one attempt. When none is left it returns how long to wait.
func (t *throttle) take(address netip.Addr, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := neighbourhood(address)
	a := t.addresses[key]
	if a == nil || now.Sub(a.filled) > forgetAfter {
		if a == nil && len(t.addresses) >= maxAddresses {
			t.forget(now)
		}
		a = &attempts{tokens: t.perMinute, filled: now}
		t.addresses[key] = a
	}
	if wait := a.filled.Sub(now); wait > 0 {
		return wait
	}
	a.tokens = math.Min(t.perMinute, a.tokens+float64(now.Sub(a.filled))/float64(t.refill()))
	a.filled = now
	if a.tokens >= 1 {
		a.tokens--
		return 0
	}
	wait = maxDelay
	if a.strikes < 8 {
		wait = min(maxDelay, t.refill()<<a.strikes)
	}
	a.strikes++
	a.tokens, a.filled = 1, now.Add(wait)
	return wait
}

// giveBack returns the attempt of a sign-in that succeeded.
func (t *throttle) giveBack(address netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.addresses[neighbourhood(address)]; a != nil {
		a.tokens = math.Min(t.perMinute, a.tokens+1)
	}
}

// forget drops the addresses that nothing is held against, and when there are
// none the one that has been quiet for longest.
func (t *throttle) forget(now time.Time) {
	var quietest netip.Prefix
	var since time.Time
	for key, a := range t.addresses {
		if now.Sub(a.filled) > time.Minute && a.strikes == 0 || now.Sub(a.filled) > forgetAfter {
			delete(t.addresses, key)
		} else if since.IsZero() || a.filled.Before(since) {
			quietest, since = key, a.filled
		}
	}
	if len(t.addresses) >= maxAddresses {
		delete(t.addresses, quietest)
	}
}
