package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
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
	slow := auth.Params{Memory: 16 << 10, Time: 2, Threads: 1}
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

// member puts mlopez into a group of that name, which carries a privilege.
func (d *desk) member(group string, p searchlight.Privilege) {
	d.t.Helper()
	d.update(func(tx searchlight.Tx) error {
		g := &searchlight.Group{ID: searchlight.NewGUID(), Name: group, Type: searchlight.LocalGroup, Privileges: []searchlight.Privilege{p}}
		if err := tx.CreateGroup(g); err != nil {
			return err
		}
		present, err := tx.UserGroups(d.user)
		if err != nil {
			return err
		}
		groups := []searchlight.GUID{g.ID}
		for _, p := range present {
			groups = append(groups, p.ID)
		}
		return tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{d.user: groups})
	})
}

// opens is what a token opens: the privileges, but for the one that everybody
// has, and whether there are more; or "nothing".
func (d *desk) opens(token string) string {
	d.t.Helper()
	in, err := d.Authenticate(d.t.Context(), token, true)
	if searchlight.CodeOf(err) == searchlight.CodeUnauthenticated && err != nil {
		return "nothing"
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprint(special(in.Subject), in.Gained)
}

func special(s *searchlight.Subject) []searchlight.Privilege {
	return slices.DeleteFunc(slices.Clone(s.Privileges), func(p searchlight.Privilege) bool { return p == searchlight.PrivilegeAuthoring })
}

func (d *desk) elevate(token string) string {
	d.t.Helper()
	in, err := d.Elevate(d.t.Context(), token)
	if err != nil {
		d.t.Fatal(err)
	}
	return in.Token
}

func (d *desk) wantOpens(token, want string) {
	d.t.Helper()
	if got := d.opens(token); got != want {
		d.t.Errorf("the token opens %s, want %s", got, want)
	}
}

// A token that somebody planted or saw gains nothing when its user does.
func TestT53_GainedPrivilegesNeedANewToken(t *testing.T) {
	d := newDesk(t, auth.Config{})
	d.member("downloaders", searchlight.PrivilegeDataDownloading)
	first := d.mustLogin()
	d.wantOpens(first, "[DATADOWNLOADING] false")
	if _, err := d.Authenticate(t.Context(), first, true); err != nil {
		t.Fatal(err)
	}

	d.member("administrators", searchlight.PrivilegeAdministration)
	d.wantOpens(first, "[DATADOWNLOADING] true")
	in, err := d.Elevate(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	second := in.Token
	if second == first || len(second) != 43 || in.Gained || !in.Subject.IsAdmin() || !in.Ends.Equal(d.now.Add(24*time.Hour)) {
		t.Errorf("the new token %q is for %v until %v", second, in.Subject.Privileges, in.Ends)
	}
	d.wantOpens(second, "[ADMINISTRATION DATADOWNLOADING] false")

	// What was under way goes on, and gains nothing, not even a second token.
	d.wantOpens(first, "[DATADOWNLOADING] false")
	if _, err := d.Elevate(t.Context(), first); searchlight.CodeOf(err) != searchlight.CodeConflict {
		t.Errorf("elevating the earlier token: %v", err)
	}
	d.now = d.now.Add(59 * time.Second)
	d.wantOpens(first, "[DATADOWNLOADING] false")
	d.now = d.now.Add(time.Second)
	d.wantOpens(first, "nothing")
	if _, err := d.Elevate(t.Context(), first); searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("elevating a token that has ended: %v", err)
	}
	if in, err := d.Continue(t.Context(), first); err != nil || fmt.Sprint(special(in.Subject)) != "[DATADOWNLOADING]" {
		t.Errorf("an answer that had begun: %v", err)
	}
	if err := d.Logout(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	d.wantOpens(second, "[ADMINISTRATION DATADOWNLOADING] false")
}

func TestT53_EarlierTokensEndWithTheSession(t *testing.T) {
	for name, end := range map[string]func(d *desk, first, second string) error{
		"sign-out":                  func(d *desk, _, second string) error { return d.Logout(d.t.Context(), second) },
		"sign-out with the earlier": func(d *desk, first, _ string) error { return d.Logout(d.t.Context(), first) },
		"all sessions": func(d *desk, _, _ string) error {
			return d.store.Update(d.t.Context(), func(tx searchlight.Tx) error { return tx.EndSessions(d.user) })
		},
		"another password": func(d *desk, _, second string) error {
			in, err := d.Renew(d.t.Context(), second)
			if err == nil && d.opens(in.Token) != "[ADMINISTRATION] false" {
				err = errors.New("the renewed token opens no session")
			}
			return err
		},
		"another password, with the earlier": func(d *desk, first, _ string) error {
			_, err := d.Renew(d.t.Context(), first)
			return err
		},
		"deactivation": func(d *desk, _, _ string) error {
			d.changeUser(func(u *searchlight.User) { u.State = searchlight.UserInactive })
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, auth.Config{})
			first := d.mustLogin()
			d.member("administrators", searchlight.PrivilegeAdministration)
			second := d.elevate(first)
			d.wantOpens(first, "[] false")
			if err := end(d, first, second); err != nil {
				t.Fatal(err)
			}
			d.wantOpens(first, "nothing")
			d.wantOpens(second, "nothing")
			if _, err := d.Continue(t.Context(), first); searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
				t.Errorf("an answer that had begun goes on: %v", err)
			}
		})
	}
}

// Privileges that go are gone at once, and no gain when they come back.
func TestT53_LostPrivilegesNeedNoNewToken(t *testing.T) {
	d := newDesk(t, auth.Config{})
	d.member("administrators", searchlight.PrivilegeAdministration)
	token := d.mustLogin()
	d.update(func(tx searchlight.Tx) error {
		return tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{d.user: nil})
	})
	d.wantOpens(token, "[] false")
	d.member("others", searchlight.PrivilegeAdministration)
	d.wantOpens(token, "[ADMINISTRATION] false")
}

// Of many requests at the same time one gets the new token, and none fails.
func TestElevateSideBySide(t *testing.T) {
	d := newDesk(t, auth.Config{})
	first := d.mustLogin()
	d.member("administrators", searchlight.PrivilegeAdministration)
	var group sync.WaitGroup
	var mu sync.Mutex
	var tokens []string
	for range 20 {
		group.Go(func() {
			in, err := d.Authenticate(t.Context(), first, true)
			if err == nil && in.Gained {
				if in, err = d.Elevate(t.Context(), first); searchlight.CodeOf(err) == searchlight.CodeConflict && err != nil {
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case in.Token != "":
				tokens = append(tokens, in.Token)
			}
		})
	}
	group.Wait()
	if len(tokens) != 1 {
		t.Fatalf("%d new tokens", len(tokens))
	}
	d.wantOpens(tokens[0], "[ADMINISTRATION] false")
}

// counted is a store that counts how often it is read.
type counted struct {
	searchlight.Store
	views int
}

func (c *counted) View(ctx context.Context, f func(searchlight.Tx) error) error {
	c.views++
	return c.Store.View(ctx, f)
}

// TestSessionsAreRemembered has two servers on one store: each knows its
// sessions by heart until the store changes, and takes nothing for idle that
// was active at the other.
func TestSessionsAreRemembered(t *testing.T) {
	d := newDesk(t, auth.Config{})
	other := *d
	store := &counted{Store: d.store}
	other.Sessions = auth.NewSessions(store, auth.Config{Now: func() time.Time { return d.now }})
	token := d.mustLogin()
	reads := func(want int, alive bool) {
		t.Helper()
		store.views = 0
		if got := other.alive(token, false); got != alive || store.views != want {
			t.Errorf("alive is %t after %d reads, want %t after %d", got, store.views, alive, want)
		}
	}
	reads(1, true)
	reads(0, true)
	d.now = d.now.Add(59 * time.Second)
	reads(0, true)
	d.changeUser(func(u *searchlight.User) { u.DisplayName = "Maria" })
	reads(1, true)

	d.now = d.now.Add(2 * time.Hour)
	if !d.alive(token, true) {
		t.Fatal("the session has ended")
	}
	d.now = d.now.Add(2 * time.Hour) // four since the other one saw it
	reads(1, true)
	d.now = d.now.Add(time.Hour)
	reads(1, false)

	token = d.mustLogin()
	reads(1, true)
	if err := d.Logout(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	reads(1, false)
	token = d.mustLogin()
	reads(1, true)
	d.changeUser(func(u *searchlight.User) { u.State = searchlight.UserInactive })
	reads(1, false)
}
