package auth_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
)

// gate is a desk with trusted authentication and one key.
type gate struct {
	*desk
	*auth.Trusted
	admin *searchlight.Subject
	key   string
	keyID searchlight.GUID
}

func newGate(t *testing.T, c auth.TrustedConfig) *gate {
	d := newDesk(t, auth.Config{})
	c.Now = func() time.Time { return d.now }
	g := &gate{desk: d, Trusted: auth.NewTrusted(d.store, d.Sessions, c)}
	g.admin = g.subject(searchlight.AdminUserID)
	var err error
	if g.key, g.keyID, err = g.AddKey(t.Context(), g.admin); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gate) subject(id searchlight.GUID) (s *searchlight.Subject) {
	g.t.Helper()
	err := g.store.View(g.t.Context(), func(tx searchlight.Tx) (err error) {
		s, err = tx.Subject(id)
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

func (g *gate) issue(change ...func(*searchlight.TokenRequest)) (string, error) {
	r := searchlight.TokenRequest{Key: g.key, User: "mlopez", Address: home}
	for _, f := range change {
		f(&r)
	}
	return g.Issue(g.t.Context(), r)
}

func (g *gate) mustIssue(change ...func(*searchlight.TokenRequest)) string {
	g.t.Helper()
	token, err := g.issue(change...)
	if err != nil {
		g.t.Fatal(err)
	}
	return token
}

func (g *gate) group(name string, parent searchlight.GUID, privileges ...searchlight.Privilege) *searchlight.Group {
	g.t.Helper()
	group := &searchlight.Group{ID: searchlight.NewGUID(), Name: name, DisplayName: name, Type: searchlight.LocalGroup,
		Visibility: searchlight.Sharable, Privileges: privileges}
	g.update(func(tx searchlight.Tx) error {
		if err := tx.CreateGroup(group); err != nil || parent == "" {
			return err
		}
		return tx.SetGroupParents(map[searchlight.GUID][]searchlight.GUID{group.ID: {parent}})
	})
	return group
}

// codeOf is CodeOf, and nothing for no error.
func codeOf(err error) searchlight.ErrorCode {
	if err == nil {
		return ""
	}
	return searchlight.CodeOf(err)
}

func TestTokenOpensASession(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{})
	token := g.mustIssue()
	if !strings.HasPrefix(token, "sl1_") || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		t.Errorf("token %q cannot be pasted into an address", token)
	}
	if in, err := g.Bearer(t.Context(), token); err != nil || in.Subject.User.ID != g.user {
		t.Errorf("before it is redeemed a token is a bearer token: %v", err)
	}
	in, err := g.Redeem(t.Context(), token, "MLopez")
	if err != nil {
		t.Fatal(err)
	}
	if in.Session.Method != searchlight.AuthToken || in.Session.Scope != "" || !in.Ends.Equal(g.now.Add(24*time.Hour)) || !g.alive(in.Token, true) {
		t.Errorf("session %+v", in)
	}
	if _, err := g.Bearer(t.Context(), token); codeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("bearer after it was redeemed: %v", err)
	}
}

func TestT61_ATokenIsRedeemedOnce(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{})
	token := g.mustIssue()
	var won atomic.Int32
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			switch _, err := g.Redeem(t.Context(), token, ""); {
			case err == nil:
				won.Add(1)
			case searchlight.CodeOf(err) != searchlight.CodeUnauthenticated:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d redemptions succeeded", won.Load())
	}
	reusable := newGate(t, auth.TrustedConfig{Reuse: true})
	token = reusable.mustIssue()
	for range 2 {
		if _, err := reusable.Redeem(t.Context(), token, ""); err != nil {
			t.Errorf("a token that may be reused: %v", err)
		}
	}
}

func TestT62_ATokenIsForOneUserAndOneScope(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{})
	token := g.mustIssue()
	for _, other := range []string{"tsadmin", "nobody", "mlopez2"} {
		if _, err := g.Redeem(t.Context(), token, other); codeOf(err) != searchlight.CodeUnauthenticated {
			t.Errorf("redeemed as %s: %v", other, err)
		}
	}
	if _, err := g.Redeem(t.Context(), token, ""); err != nil {
		t.Errorf("a wrong name used the token up: %v", err)
	}

	pinboard, table := searchlight.NewGUID(), searchlight.NewGUID()
	g.update(func(tx searchlight.Tx) error {
		for id, kind := range map[searchlight.GUID]searchlight.ObjectType{pinboard: searchlight.TypePinboard, table: searchlight.TypeLogicalTable} {
			o := &searchlight.Object{Header: searchlight.Header{ID: id, Type: kind, Name: string(kind), Author: searchlight.AdminUserID}}
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return nil
	})
	scoped := func(id searchlight.GUID) func(*searchlight.TokenRequest) {
		return func(r *searchlight.TokenRequest) { r.Scope = id }
	}
	for _, id := range []searchlight.GUID{table, searchlight.NewGUID()} {
		if _, err := g.issue(scoped(id)); codeOf(err) != searchlight.CodeInvalid {
			t.Errorf("a scope that is no pinboard: %v", err)
		}
	}
	token = g.mustIssue(scoped(pinboard))
	if _, err := g.Bearer(t.Context(), token); codeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("a scoped token as a bearer token: %v", err)
	}
	in, err := g.Redeem(t.Context(), token, "")
	if err != nil {
		t.Fatal(err)
	}
	if in.Subject.Scope != pinboard || !in.Ends.Equal(g.now.Add(8*time.Hour)) {
		t.Errorf("scope %q until %v", in.Subject.Scope, in.Ends)
	}
	again, err := g.Authenticate(t.Context(), in.Token, true)
	if err != nil || again.Subject.Scope != pinboard {
		t.Errorf("the scope is lost at the next request: %+v, %v", again, err)
	}
}

func TestT63_TokensExpireAndDieWithTheirKey(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{})
	expired := g.mustIssue()
	g.now = g.now.Add(5*time.Minute - time.Millisecond)
	if _, err := g.Bearer(t.Context(), expired); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	g.now = g.now.Add(time.Millisecond)
	if _, err := g.Redeem(t.Context(), expired, ""); codeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("expired: %v", err)
	}

	in, err := g.Redeem(t.Context(), g.mustIssue(), "")
	if err != nil {
		t.Fatal(err)
	}
	unused := g.mustIssue()
	byPassword := g.mustLogin()
	second, secondID, err := g.AddKey(t.Context(), g.admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.AddKey(t.Context(), g.admin); codeOf(err) != searchlight.CodeConflict {
		t.Errorf("a third key: %v", err)
	}
	other := g.mustIssue(func(r *searchlight.TokenRequest) { r.Key = second })
	if err := g.RemoveKey(t.Context(), g.admin, g.keyID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Redeem(t.Context(), unused, ""); codeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("a token of a removed key: %v", err)
	}
	if g.alive(in.Token, true) || !g.alive(byPassword, true) {
		t.Error("removing a key must end its sessions and no others")
	}
	if _, err := g.issue(); codeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("a removed key: %v", err)
	}
	if _, err := g.Redeem(t.Context(), other, ""); err != nil {
		t.Errorf("a token of the key that stays: %v", err)
	}
	if keys, err := g.Keys(t.Context(), g.admin); err != nil || len(keys) != 1 || keys[0].ID != secondID {
		t.Errorf("keys %+v, %v", keys, err)
	}
	if err := g.RemoveKey(t.Context(), g.admin, secondID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.issue(); codeOf(err) != searchlight.CodeDisabled {
		t.Errorf("without a key: %v", err)
	}
}

func TestT64_SecretKeys(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")}})
	user := g.subject(g.user)
	if _, err := g.Keys(t.Context(), user); codeOf(err) != searchlight.CodeForbidden {
		t.Errorf("a user lists keys: %v", err)
	}
	if _, _, err := g.AddKey(t.Context(), user); codeOf(err) != searchlight.CodeForbidden {
		t.Errorf("a user makes a key: %v", err)
	}
	if err := g.RemoveKey(t.Context(), user, g.keyID); codeOf(err) != searchlight.CodeForbidden {
		t.Errorf("a user removes a key: %v", err)
	}
	from := netip.MustParseAddr("198.51.100.7")
	for name, tt := range map[string]struct {
		change func(*searchlight.TokenRequest)
		want   searchlight.ErrorCode
	}{
		"wrong key":     {func(r *searchlight.TokenRequest) { r.Key = g.key + "x" }, searchlight.CodeUnauthenticated},
		"a browser":     {func(r *searchlight.TokenRequest) { r.FromBrowser = true }, searchlight.CodeForbidden},
		"other network": {func(r *searchlight.TokenRequest) { r.Address = netip.MustParseAddr("203.0.113.9") }, searchlight.CodeForbidden},
	} {
		if _, err := g.issue(func(r *searchlight.TokenRequest) { r.Address = from }, tt.change); codeOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	var throttled *searchlight.Error
	for range 100 {
		_, err := g.issue(func(r *searchlight.TokenRequest) { r.Key, r.Address = "guess", from })
		if codeOf(err) == searchlight.CodeThrottled {
			errors.As(err, &throttled)
			break
		}
	}
	if throttled == nil || throttled.RetryAfter <= 0 {
		t.Error("guesses of the key are never throttled")
	}
	if _, err := g.issue(func(r *searchlight.TokenRequest) { r.Address = netip.MustParseAddr("192.0.2.50") }); err != nil {
		t.Errorf("another address is throttled too: %v", err)
	}
}

func TestT65_AutocreateGivesNoPower(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{CheckName: func(name string) error {
		if strings.EqualFold(name, "su") || strings.ContainsAny(name, "\n") {
			return searchlight.Errorf(searchlight.CodeInvalid, "reserved")
		}
		return nil
	}})
	powerful := g.group("Powerful", "", searchlight.PrivilegeBypassRLS)
	g.group("Child of Administrator", searchlight.AdminGroupID)
	g.group("Grandchild", g.group("Between", powerful.ID).ID)
	g.group("Sales", "", searchlight.PrivilegeDataDownloading)
	vouched := g.group("Vouched", "", searchlight.PrivilegeShareWithAll)
	g.update(func(tx searchlight.Tx) error {
		group, err := tx.Group(vouched.ID)
		if err != nil {
			return err
		}
		group.AssignableByToken = true
		return tx.UpdateGroup(group)
	})
	with := func(user string, groups ...string) func(*searchlight.TokenRequest) {
		return func(r *searchlight.TokenRequest) {
			r.User, r.AutoCreate, r.Groups, r.Email = user, true, groups, "x@example.com"
		}
	}
	for name, tt := range map[string]struct {
		change func(*searchlight.TokenRequest)
		want   searchlight.ErrorCode
	}{
		"Administrator":        {with("eve", "Administrator"), searchlight.CodeForbidden},
		"a child of it":        {with("eve", "Child of Administrator"), searchlight.CodeForbidden},
		"System":               {with("eve", "System"), searchlight.CodeForbidden},
		"BYPASSRLS":            {with("eve", "powerful"), searchlight.CodeForbidden},
		"two levels below it":  {with("eve", "Sales", "Grandchild"), searchlight.CodeForbidden},
		"reserved name":        {with("SU2\n"), searchlight.CodeInvalid},
		"su":                   {with("su", "Sales"), searchlight.CodeForbidden},
		"system":               {with("SYSTEM"), searchlight.CodeForbidden},
		"guest":                {with("guest"), searchlight.CodeForbidden},
		"an administrator":     {with("tsadmin", "Sales"), searchlight.CodeForbidden},
		"unknown, not created": {func(r *searchlight.TokenRequest) { r.User = "eve" }, searchlight.CodeInvalid},
		"too many groups":      {with("mlopez", slices.Repeat([]string{"Sales"}, 51)...), searchlight.CodeInvalid},
	} {
		if _, err := g.issue(tt.change); codeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	err := g.store.View(t.Context(), func(tx searchlight.Tx) error {
		if _, err := tx.UserByName("eve"); codeOf(err) != searchlight.CodeNotFound {
			t.Errorf("a refused token left a user behind: %v", err)
		}
		admin, err := tx.User(searchlight.AdminUserID)
		if err == nil && admin.Email != "" {
			t.Errorf("the administrator's address became %q", admin.Email)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	g.mustIssue(with("Frank", "sales", "Vouched", "New group"))
	var frank searchlight.GUID
	err = g.store.View(t.Context(), func(tx searchlight.Tx) error {
		u, err := tx.UserByName("frank")
		if err != nil {
			return err
		}
		frank = u.ID
		if u.Type != searchlight.RemoteUser || u.PasswordHash != "" || u.Name != "Frank" || u.Email != "x@example.com" {
			t.Errorf("created %+v", u)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(g.subject(frank).GroupNames); got != "[All New group Sales Vouched]" {
		t.Errorf("groups %s", got)
	}
	g.mustIssue(with("frank", "Later"))
	if got := fmt.Sprint(g.subject(frank).GroupNames); got != "[All Later New group Sales Vouched]" {
		t.Errorf("groups are added, not replaced: %s", got)
	}
	g.mustIssue(func(r *searchlight.TokenRequest) { r.User, r.Groups = "frank", []string{"Ignored"} })
	if got := fmt.Sprint(g.subject(frank).GroupNames); got != "[All Later New group Sales Vouched]" {
		t.Errorf("groups without autocreate are ignored: %s", got)
	}
}

func TestTokensOfUsersWhoMayNotSignIn(t *testing.T) {
	g := newGate(t, auth.TrustedConfig{AllowAdministrators: true})
	if _, err := g.issue(func(r *searchlight.TokenRequest) { r.User = "tsadmin" }); err != nil {
		t.Errorf("an administrator, where that is allowed: %v", err)
	}
	token := g.mustIssue()
	for _, state := range []searchlight.UserState{searchlight.UserInactive, searchlight.UserSuspended, searchlight.UserExpired, searchlight.UserPending} {
		g.changeUser(func(u *searchlight.User) { u.State = state })
		if _, err := g.issue(); codeOf(err) != searchlight.CodeUnauthenticated {
			t.Errorf("%s gets a token: %v", state, err)
		}
		if _, err := g.Redeem(t.Context(), token, ""); codeOf(err) != searchlight.CodeUnauthenticated {
			t.Errorf("%s signs in: %v", state, err)
		}
		if _, err := g.Bearer(t.Context(), token); codeOf(err) != searchlight.CodeUnauthenticated {
			t.Errorf("%s calls: %v", state, err)
		}
	}
	g.changeUser(func(u *searchlight.User) { u.State = searchlight.UserActive })
	if _, err := g.Redeem(t.Context(), token, ""); err != nil {
		t.Errorf("a refusal used the token up: %v", err)
	}
}
