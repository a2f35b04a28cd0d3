package auth

import (
	"net/netip"
	"time"
)

// Limiter slows down network addresses that fail too often. It is safe for
// concurrent use.
type Limiter struct {
	throttle *throttle
	now      func() time.Time
}

// NewLimiter makes a Limiter that lets each address fail so often in a minute;
// now nil: time.Now.
func NewLimiter(perMinute float64, now func() time.Time) *Limiter {
	if now == nil {
		now = time.Now
	}
	return &Limiter{newThrottle(perMinute), now}
}

// Take uses up an attempt of an address. When none is left it returns how long
// to wait.
func (l *Limiter) Take(address netip.Addr) (wait time.Duration) {
	return l.throttle.take(address, l.now())
}

// GiveBack returns the attempt of a request that was in order.
func (l *Limiter) GiveBack(address netip.Addr) { l.throttle.giveBack(address) }
