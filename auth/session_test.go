package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

const password = "correct Horse 7"

var (
	home      = netip.MustParseAddr("192.0.2.1")
	elsewhere = netip.MustParseAddr("198.51.100.7")
)

// desk is a store with the user mlopez, a clock, and sessions on both.
type desk struct {
	*auth.Sessions
	t     *testing.T
	store searchlight.Store
	now   time.Time
	user  searchlight.GUID
}

func newDesk(t *testing.T, c auth.Config) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC), user: searchlight.NewGUID()}
	c.Now = func() time.Time { return d.now }
	if c.Hasher == nil {
		c.Hasher = auth.NewHasher(cheap, nil)
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	d.store = store
	d.Sessions = auth.NewSessions(store, c)
	hash, err := auth.NewHasher(cheap, nil).Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	d.update(func(tx searchlight.Tx) error {
		return tx.CreateUser(&searchlight.User{ID: d.user, Name: "mlopez", Type: "LOCAL_USER", State: searchlight.UserActive, PasswordHash: hash})
	})
	return d
}

func (d *desk) update(f func(searchlight.Tx) error) {
	d.t.Helper()
	if err := d.store.Update(context.Background(), f); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) changeUser(change func(*searchlight.User)) {
	d.t.Helper()
	d.update(func(tx searchlight.Tx) error {
		u, err := tx.User(d.user)
		if err != nil {
			return err
		}
		change(u)
		return tx.UpdateUser(u)
	})
}

func (d *desk) login(name, password string, from netip.Addr) (string, error) {
	in, err := d.Login(d.t.Context(), searchlight.Credentials{Name: name, Password: password, Address: from})
	if err != nil {
		return "", err
	}
	return in.Token, nil
}

func (d *desk) mustLogin() string {
	d.t.Helper()
	token, err := d.login("mlopez", password, home)
	if err != nil {
		d.t.Fatal(err)
	}
	return token
}

// alive reports whether a token opens a session of mlopez.
func (d *desk) alive(token string, active bool) bool {
	d.t.Helper()
	in, err := d.Authenticate(d.t.Context(), token, active)
	if err == nil && in.Subject.User.ID != d.user {
		d.t.Fatalf("the session is that of %s", in.Subject.User.Name)
	}
	if err != nil && searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
		d.t.Fatal(err)
	}
	return err == nil
}

func TestLoginOpensASession(t *testing.T) {
	d := newDesk(t, auth.Config{})
	in, err := d.Login(t.Context(), searchlight.Credentials{Name: "MLopez", Password: password, Address: home})
	if err != nil {
		t.Fatal(err)
	}
	token, expires := in.Token, in.Ends
	if len(token) != 43 || strings.ContainsAny(token, "=;+/") {
		t.Errorf("token %q is not 256 bits of base64url", token)
	}
	if want := d.now.Add(24 * time.Hour); !expires.Equal(want) {
		t.Errorf("expires %v, want %v", expires, want)
	}
	again, err := d.Authenticate(t.Context(), token, true)
	if err != nil {
		t.Fatal(err)
	}
	if subject := again.Subject; subject.User.Name != "mlopez" || len(subject.Groups) != 1 || subject.Groups[0] != searchlight.AllGroupID {
		t.Errorf("subject %+v", subject)
	}
	if other := d.mustLogin(); other == token {
		t.Error("two sessions share a token")
	}
	for _, wrong := range []string{"", "x", token + "x", strings.Repeat("A", 43), token[:42] + "\x00"} {
		if d.alive(wrong, true) {
			t.Errorf("token %q opens a session", wrong)
		}
	}
}

func TestT51_LoginFailuresLookAlike(t *testing.T) {
	d := newDesk(t, auth.Config{})
	texts := map[string]bool{}
	attempt := func(name, password string) {
		t.Helper()
		_, err := d.login(name, password, home)
		if searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
			t.Fatalf("login as %q: %v", name, err)
		}
		texts[err.Error()] = true
		d.now = d.now.Add(time.Minute) // not to be throttled
	}
	attempt("nobody", password)
	attempt("mlopez", "wrong")
	attempt("mlopez", strings.Repeat("x", 1<<20))
	attempt(strings.Repeat("x", 1000), password)
	attempt("bad\x00name", password)
	attempt("su", "")
	attempt("guest", "guest")
	for _, state := range []searchlight.UserState{
		searchlight.UserInactive, searchlight.UserPending, searchlight.UserExpired, searchlight.UserLocked, searchlight.UserSuspended,
	} {
		d.changeUser(func(u *searchlight.User) { u.State = state })
		attempt("mlopez", password)
	}
	d.changeUser(func(u *searchlight.User) { u.State, u.PasswordHash = searchlight.UserActive, "" })
	attempt("mlopez", "")
	if len(texts) != 1 {
		t.Errorf("failures can be told apart: %v", texts)
	}
}

func TestT51_UnknownUsersCostAHash(t *testing.T) {
	slow := auth.Params{Memory: 32 << 10, Time: 3, Threads: 1}
	hasher := auth.NewHasher(slow, nil)
	d := newDesk(t, auth.Config{Hasher: hasher})
	hash, err := hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	d.changeUser(func(u *searchlight.User) { u.PasswordHash = hash })
	fastest := func(name string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			_, _ = d.login(name, "wrong", home)
			best = min(best, time.Since(start))
			d.now = d.now.Add(time.Minute)
		}
		return best
	}
	known, unknown := fastest("mlopez"), fastest("nobody")
	if unknown < known/10 || known < unknown/10 {
		t.Errorf("a known user takes %v, an unknown one %v", known, unknown)
	}
}

func TestT52_FourFailuresLockForAnHour(t *testing.T) {
	d := newDesk(t, auth.Config{})
	before := d.mustLogin()
	for range 4 {
		if _, err := d.login("mlopez", "wrong", home); err == nil {
			t.Fatal("a wrong password signs in")
		}
	}
	if _, err := d.login("mlopez", password, home); searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
		t.Fatalf("after four failures: %v", err)
	}
	if !d.alive(before, true) {
		t.Error("the lock ended a session")
	}
	d.now = d.now.Add(time.Hour)
	d.mustLogin()
	for range 3 {
		_, _ = d.login("mlopez", "wrong", home)
	}
	d.mustLogin() // forgets the failures
	for range 3 {
		_, _ = d.login("mlopez", "wrong", elsewhere)
	}
	d.mustLogin()
}

func TestT52_KnownAddressesKeepABudget(t *testing.T) {
	d := newDesk(t, auth.Config{})
	d.mustLogin()
	for range 5 {
		_, _ = d.login("mlopez", "guess", elsewhere)
	}
	if _, err := d.login("mlopez", password, elsewhere); err == nil {
		t.Fatal("a locked user signs in from a strange address")
	}
	d.mustLogin()
	if _, err := d.login("mlopez", password, elsewhere); err == nil {
		t.Fatal("signing in at home lifted the lock for others")
	}
	for range 4 {
		_, _ = d.login("mlopez", "wrong", home)
	}
	if _, err := d.login("mlopez", password, home); err == nil {
		t.Fatal("the budget of a known address has no end")
	}
}

func TestT52_AddressesAreThrottled(t *testing.T) {
	d := newDesk(t, auth.Config{})
	wait := func(from netip.Addr) time.Duration {
		t.Helper()
		_, err := d.login("nobody", "x", from)
		e, ok := errors.AsType[*searchlight.Error](err)
		if !ok {
			t.Fatalf("login: %v", err)
		}
		if (e.Code == searchlight.CodeThrottled) != (e.RetryAfter > 0) {
			t.Fatalf("%v with RetryAfter %v", e, e.RetryAfter)
		}
		return e.RetryAfter
	}
	for i := range 10 {
		if w := wait(home); w != 0 {
			t.Fatalf("attempt %d waits %v", i+1, w)
		}
	}
	for _, want := range []time.Duration{6 * time.Second, 12 * time.Second, 24 * time.Second, 48 * time.Second} {
		if w := wait(home); w != want {
			t.Fatalf("waits %v, want %v", w, want)
		}
		d.now = d.now.Add(want - time.Second)
		if w := wait(home); w != time.Second {
			t.Fatalf("one second early waits %v", w)
		}
		d.now = d.now.Add(time.Second)
		if w := wait(home); w != 0 {
			t.Fatalf("after the wait still %v", w)
		}
	}
	if _, err := d.login("mlopez", password, home); searchlight.CodeOf(err) != searchlight.CodeThrottled {
		t.Errorf("the right password from a throttled address: %v", err)
	}
	if _, err := d.login("mlopez", password, elsewhere); err != nil {
		t.Errorf("another address: %v", err)
	}
	d.now = d.now.Add(3 * time.Hour)
	if w := wait(home); w != 0 {
		t.Errorf("hours later waits %v", w)
	}
	for range 30 { // successes are not limited
		if _, err := d.login("mlopez", password, elsewhere); err != nil {
			t.Fatal(err)
		}
	}
	// The addresses of one IPv6 network count as one.
	for i := range 10 {
		wait(netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", i+1)))
	}
	if w := wait(netip.MustParseAddr("2001:db8::ffff")); w == 0 {
		t.Error("a neighbour is not throttled")
	}
	if w := wait(netip.MustParseAddr("2001:db8:0:1::1")); w != 0 {
		t.Error("another network is throttled")
	}
}

func TestT52_ParallelGuessesCountOneByOne(t *testing.T) {
	d := newDesk(t, auth.Config{})
	var guesses sync.WaitGroup
	for i := range 20 {
		guesses.Go(func() {
			_, _ = d.login("mlopez", fmt.Sprint("guess", i), netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}))
		})
	}
	guesses.Wait()
	if _, err := d.login("mlopez", password, elsewhere); err == nil {
		t.Error("twenty guesses side by side did not lock the user")
	}
}

func TestT54_SessionsEnd(t *testing.T) {
	t.Run("logout", func(t *testing.T) {
		d := newDesk(t, auth.Config{})
		token, other := d.mustLogin(), d.mustLogin()
		for range 2 { // repeating it is harmless
			if err := d.Logout(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		if d.alive(token, true) || !d.alive(other, true) {
			t.Error("logout must end its own session, and no other")
		}
	})
	t.Run("state", func(t *testing.T) {
		d := newDesk(t, auth.Config{})
		token := d.mustLogin()
		for state, want := range map[searchlight.UserState]bool{
			searchlight.UserInactive: false, searchlight.UserPending: false, searchlight.UserExpired: false,
			searchlight.UserSuspended: false, searchlight.UserLocked: true, searchlight.UserActive: true, "": false,
		} {
			d.changeUser(func(u *searchlight.User) { u.State = state })
			if got := d.alive(token, true); got != want {
				t.Errorf("state %q: alive %v, want %v", state, got, want)
			}
		}
	})
	t.Run("what a user is changes at once", func(t *testing.T) {
		d := newDesk(t, auth.Config{})
		token := d.mustLogin()
		for _, name := range []string{"Before", "After", "Again"} {
			d.changeUser(func(u *searchlight.User) { u.DisplayName = name })
			for range 2 { // the second time from memory
				in, err := d.Authenticate(t.Context(), token, true)
				if err != nil || in.Subject.User.DisplayName != name {
					t.Fatalf("got %+v, %v, want %s", in, err, name)
				}
			}
		}
	})
	t.Run("cap", func(t *testing.T) {
		d := newDesk(t, auth.Config{})
		var tokens []string
		for range 51 {
			tokens = append(tokens, d.mustLogin())
			d.now = d.now.Add(time.Millisecond)
		}
		if d.alive(tokens[0], true) || !d.alive(tokens[1], true) || !d.alive(tokens[50], true) {
			t.Error("the 51st session must end the first, and no other")
		}
	})
}

func TestLifetimes(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	tests := []struct {
		name     string
		remember bool
		step     time.Duration // between active requests
		ends     time.Duration
	}{
		{"idle", false, 3 * hour, 3 * hour},
		{"absolute", false, 2 * hour, 24 * hour},
		{"remembered idle", true, 7 * day, 7 * day},
		{"remembered absolute", true, 2 * day, 14 * day},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, auth.Config{})
			in, err := d.Login(t.Context(), searchlight.Credentials{Name: "mlopez", Password: password, Remember: tt.remember, Address: home})
			if err != nil {
				t.Fatal(err)
			}
			token, expires := in.Token, in.Ends
			start := d.now
			for d.alive(token, true) {
				d.now = d.now.Add(tt.step)
			}
			if got := d.now.Sub(start); got != tt.ends {
				t.Errorf("ended after %v, want %v", got, tt.ends)
			}
			if d.now.After(expires) {
				t.Errorf("outlived the announced end %v", expires)
			}
		})
	}
}

func TestPollsDoNotKeepASessionAlive(t *testing.T) {
	d := newDesk(t, auth.Config{})
	token := d.mustLogin()
	for range 35 {
		if d.now = d.now.Add(5 * time.Minute); !d.alive(token, false) {
			t.Fatal("ended too early")
		}
	}
	if d.now = d.now.Add(5 * time.Minute); d.alive(token, false) {
		t.Error("polls kept the session alive")
	}
}

func TestActivityIsWrittenOnceAMinute(t *testing.T) {
	d := newDesk(t, auth.Config{})
	token, start := d.mustLogin(), d.now
	lastActive := func() time.Duration {
		var at time.Time
		if err := d.store.View(t.Context(), func(tx searchlight.Tx) error {
			sessions, err := tx.SessionsOf(d.user)
			at = sessions[0].LastActive
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return at.Sub(start)
	}
	for _, tt := range []struct{ at, want time.Duration }{
		{59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {90 * time.Second, 60 * time.Second}, {2 * time.Minute, 2 * time.Minute},
	} {
		d.now = start.Add(tt.at)
		d.alive(token, true)
		if got := lastActive(); got != tt.want {
			t.Errorf("at %v the activity written is %v, want %v", tt.at, got, tt.want)
		}
	}
}

func TestPrune(t *testing.T) {
	d := newDesk(t, auth.Config{})
	d.mustLogin()
	if _, err := d.Login(t.Context(), searchlight.Credentials{Name: "mlopez", Password: password, Remember: true, Address: home}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after   time.Duration
		removed int
	}{{2 * time.Hour, 0}, {4 * time.Hour, 1}, {8 * 24 * time.Hour, 1}, {9 * 24 * time.Hour, 0}} {
		d.now = time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC).Add(tt.after)
		removed, err := d.Prune(t.Context())
		if err != nil || removed != tt.removed {
			t.Errorf("after %v: removed %d, %v; want %d", tt.after, removed, err, tt.removed)
		}
	}
}

func TestRunPrunesUntilItIsStopped(t *testing.T) {
	d := newDesk(t, auth.Config{Every: time.Millisecond})
	token := d.mustLogin()
	d.now = d.now.Add(4 * time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Run(ctx, func(err error) { t.Error(err) }); close(done) }()
	for count := 1; count > 0; {
		if err := d.store.View(t.Context(), func(tx searchlight.Tx) error {
			sessions, err := tx.SessionsOf(d.user)
			count = len(sessions)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-done
	if d.alive(token, true) {
		t.Error("the session is alive")
	}
}

func TestCostsAreUpgradedAtLogin(t *testing.T) {
	d := newDesk(t, auth.Config{Hasher: auth.NewHasher(auth.Params{Memory: 128, Time: 2, Threads: 1}, nil)})
	hash := func() (h string) {
		if err := d.store.View(t.Context(), func(tx searchlight.Tx) error {
			u, err := tx.User(d.user)
			h = u.PasswordHash
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return h
	}
	_, _ = d.login("mlopez", "wrong", home)
	if !strings.Contains(hash(), "m=64,t=1") {
		t.Fatalf("a wrong password changed the hash to %s", hash())
	}
	d.mustLogin()
	if !strings.Contains(hash(), "m=128,t=2") {
		t.Fatalf("the hash is still %s", hash())
	}
	d.mustLogin()
}

func TestT86_HugePasswordsAndManyLogins(t *testing.T) {
	d := newDesk(t, auth.Config{})
	huge := strings.Repeat("x", 1<<20)
	var refused, throttled sync.Map
	var logins sync.WaitGroup
	for i := range 100 {
		logins.Go(func() {
			_, err := d.login("mlopez", huge, home)
			switch searchlight.CodeOf(err) {
			case searchlight.CodeUnauthenticated:
				refused.Store(i, true)
			case searchlight.CodeThrottled:
				throttled.Store(i, true)
			default:
				t.Errorf("login: %v", err)
			}
		})
	}
	logins.Wait()
	count := func(m *sync.Map) (n int) { m.Range(func(any, any) bool { n++; return true }); return n }
	if count(&refused) != 10 || count(&throttled) != 90 {
		t.Errorf("%d refused and %d throttled, want 10 and 90", count(&refused), count(&throttled))
	}
}
