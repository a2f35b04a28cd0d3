package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// TrustedConfig sets up trusted authentication; the zero value of each field is
// a good one (security.md 7).
type TrustedConfig struct {
	Life  time.Duration // of a token; 0: 5 minutes
	Reuse bool          // a token may be redeemed until it expires, not once
	// AllowAdministrators lets tokens be made for users with ADMINISTRATION.
	AllowAdministrators bool
	// NoNewGroups keeps autocreate from making groups.
	NoNewGroups bool
	// Sources are the networks from which keys are taken; none: any.
	Sources []netip.Prefix
	// CheckName fails with CodeInvalid for what cannot be the name of a user or
	// a group; nil: every name will do.
	CheckName func(name string) error
	NewGUID   func() searchlight.GUID // nil: random ones
	Random    io.Reader               // nil: crypto/rand
	Now       func() time.Time        // nil: time.Now
}

const (
	defaultTokenLife = 5 * time.Minute
	minTokenLife     = 30 * time.Second
	maxTokenLife     = 15 * time.Minute
	maxReusedLife    = 24 * time.Hour
	// maxScopedSession is how long a session with a scope lasts.
	maxScopedSession = 8 * time.Hour

	// keyFailuresPerMinute is how often an address may show a wrong key.
	keyFailuresPerMinute = 60
	// maxKeys is how many keys may be active at once, for rotation.
	maxKeys        = 2
	maxTokenGroups = 50
	tokenPrefix    = "sl1_"

	settingTrusted = "trustedAuth"
	ticketLogin    = searchlight.TicketKind("login-token")
)

// Trusted lets servers that know the secret key sign their users in.
type Trusted struct {
	store    searchlight.Store
	sessions *Sessions
	config   TrustedConfig
	throttle *throttle
}

// NewTrusted makes a Trusted on a store, which opens its sessions through
// sessions.
func NewTrusted(store searchlight.Store, sessions *Sessions, c TrustedConfig) *Trusted {
	if c.Life == 0 {
		c.Life = defaultTokenLife
	}
	longest := maxTokenLife
	if c.Reuse {
		longest = maxReusedLife
	}
	c.Life = min(max(c.Life, minTokenLife), longest)
	if c.CheckName == nil {
		c.CheckName = func(string) error { return nil }
	}
	if c.NewGUID == nil {
		c.NewGUID = searchlight.NewGUID
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Trusted{store: store, sessions: sessions, config: c, throttle: newThrottle(keyFailuresPerMinute)}
}

// storedKey is a key in the settings.
type storedKey struct {
	searchlight.TrustedKey
	Hash string // SHA-256 in hexadecimal digits
}

type trustedSetting struct{ Keys []storedKey }

func readTrusted(tx searchlight.Tx) (trustedSetting, error) {
	var setting trustedSetting
	err := tx.Setting(settingTrusted, &setting)
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return trustedSetting{}, nil
	}
	return setting, err
}

// Keys lists the active keys, the oldest first; without one trusted
// authentication is off. It needs ADMINISTRATION.
func (t *Trusted) Keys(ctx context.Context, s *searchlight.Subject) (keys []searchlight.TrustedKey, err error) {
	if err := s.Require(searchlight.PrivilegeAdministration); err != nil {
		return nil, err
	}
	err = t.store.View(ctx, func(tx searchlight.Tx) error {
		setting, err := readTrusted(tx)
		keys = nil
		for _, k := range setting.Keys {
			keys = append(keys, k.TrustedKey)
		}
		return err
	})
	return keys, err
}

// AddKey makes a key and returns it, for the only time. The first key switches
// trusted authentication on; a second one lets the first be replaced without a
// pause. It needs ADMINISTRATION, and fails with CodeConflict when there are two.
func (t *Trusted) AddKey(ctx context.Context, s *searchlight.Subject) (key string, id searchlight.GUID, err error) {
	if err := s.Require(searchlight.PrivilegeAdministration); err != nil {
		return "", "", err
	}
	if key, err = randomText(t.config.Random); err != nil {
		return "", "", err
	}
	id = t.config.NewGUID()
	hash := sha256.Sum256([]byte(key))
	err = t.store.Update(ctx, func(tx searchlight.Tx) error {
		setting, err := readTrusted(tx)
		if err != nil {
			return err
		}
		if len(setting.Keys) >= maxKeys {
			return errTooManyKeys()
		}
		setting.Keys = append(setting.Keys, storedKey{searchlight.TrustedKey{ID: id, Created: tx.Now(), By: s.User.ID}, hex.EncodeToString(hash[:])})
		if err := tx.SetSetting(settingTrusted, setting); err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(s, searchlight.EventTrustedAuthChanged, "Secret key added", map[string]any{"key": id}))
	})
	return key, id, err
}

// RemoveKey ends a key with the tokens and sessions that came from it; without
// a key trusted authentication is off. It needs ADMINISTRATION, and fails with
// CodeNotFound when there is no such key.
func (t *Trusted) RemoveKey(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) error {
	if err := s.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	return t.store.Update(ctx, func(tx searchlight.Tx) error {
		setting, err := readTrusted(tx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(setting.Keys, func(k storedKey) bool { return k.ID == id })
		if at < 0 {
			return errNoKey(id)
		}
		setting.Keys = slices.Delete(setting.Keys, at, at+1)
		if err := tx.SetSetting(settingTrusted, setting); err != nil {
			return err
		}
		if err := tx.DeleteTickets(ticketLogin, "", keySource(id)); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsFrom(keySource(id)); err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(s, searchlight.EventTrustedAuthChanged, "Secret key removed", map[string]any{"key": id}))
	})
}

// keySource is the Source of tickets and sessions that come from a key.
func keySource(id searchlight.GUID) string { return "key:" + string(id) }

// key finds the active key that somebody shows; every key is compared, so that
// the time taken tells nothing.
func (setting trustedSetting) key(shown string) (searchlight.GUID, bool) {
	sum := sha256.Sum256([]byte(shown))
	hash := []byte(hex.EncodeToString(sum[:]))
	var found searchlight.GUID
	for _, k := range setting.Keys {
		if subtle.ConstantTimeCompare([]byte(k.Hash), hash) == 1 {
			found = k.ID
		}
	}
	return found, found != ""
}

// loginTicket is what a token stands for beside its user.
type loginTicket struct {
	Scope searchlight.GUID `json:",omitempty"`
}

// Issue makes a login token for a user of a server that knows the secret key.
// It fails with CodeDisabled where there is no key, CodeUnauthenticated when
// the key is wrong or the user may not sign in, CodeForbidden when the request
// comes from a browser or asks for what tokens may not give, CodeInvalid when
// the user or the object is not there, and CodeThrottled after many wrong keys.
func (t *Trusted) Issue(ctx context.Context, r searchlight.TokenRequest) (token string, err error) {
	token, err = t.issue(ctx, r)
	if err == nil {
		return token, nil
	}
	auditErr := t.store.Update(ctx, func(tx searchlight.Tx) error {
		return tx.Audit(&searchlight.Event{Type: searchlight.EventTokenFailed, Outcome: searchlight.Failure, Reason: reasonOf(err),
			Description: "No login token was made", Data: map[string]any{"authMethod": string(searchlight.AuthToken)}})
	})
	if auditErr != nil {
		return "", auditErr
	}
	return "", err
}

// reasonOf is an error as the audit log may show it.
func reasonOf(err error) string { return string(searchlight.CodeOf(err)) }

func (t *Trusted) issue(ctx context.Context, r searchlight.TokenRequest) (string, error) {
	if r.FromBrowser {
		return "", errKeyInBrowser()
	}
	if len(t.config.Sources) > 0 && !slices.ContainsFunc(t.config.Sources, func(p netip.Prefix) bool { return p.Contains(r.Address.Unmap()) }) {
		return "", errKeySource()
	}
	if wait := t.throttle.take(r.Address, t.config.Now()); wait > 0 {
		return "", errThrottled(wait)
	}
	var key searchlight.GUID
	err := t.store.View(ctx, func(tx searchlight.Tx) error {
		setting, err := readTrusted(tx)
		if err != nil {
			return err
		}
		if len(setting.Keys) == 0 {
			return errTrustedOff()
		}
		var ok bool
		if key, ok = setting.key(r.Key); !ok {
			return errWrongKey()
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	t.throttle.giveBack(r.Address)
	secret, err := randomText(t.config.Random)
	if err != nil {
		return "", err
	}
	token := tokenPrefix + secret
	return token, t.store.Update(ctx, func(tx searchlight.Tx) error {
		subject, err := t.provision(tx, r)
		if err != nil {
			return err
		}
		if err := t.mayHaveToken(subject); err != nil {
			return err
		}
		ticket := loginTicket{}
		if r.Scope != "" {
			if err := checkScope(tx, r.Scope); err != nil {
				return err
			}
			ticket.Scope = r.Scope
		}
		data, err := json.Marshal(ticket)
		if err != nil {
			return err
		}
		now := t.config.Now()
		err = tx.PutTicket(&searchlight.Ticket{Kind: ticketLogin, Key: sha256.Sum256([]byte(token)), User: subject.User.ID,
			Source: keySource(key), Data: data, Created: now, Expires: now.Add(t.config.Life)})
		if err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventTokenCreated, "Login token made", map[string]any{
			"key": key, "scope": r.Scope, "authMethod": string(searchlight.AuthToken)}))
	})
}

// checkScope makes sure that a token is for a pinboard, an answer or a part of
// one. Whether its user may read it is looked at when it is used.
func checkScope(tx searchlight.Tx, id searchlight.GUID) error {
	h, err := tx.Header(id)
	if err != nil && searchlight.CodeOf(err) != searchlight.CodeNotFound {
		return err
	}
	if err == nil {
		switch h.Type {
		case searchlight.TypePinboard, searchlight.TypeAnswer, searchlight.TypeVisualization:
			return nil
		}
	}
	return errNoScope(id)
}

// mayHaveToken applies the rules for the user of a token.
func (t *Trusted) mayHaveToken(s *searchlight.Subject) error {
	switch {
	case s.User.IsProtected():
		return errProtectedToken()
	case !maySignIn(&s.User, t.config.Now()):
		return errRefused()
	case s.IsAdmin() && !t.config.AllowAdministrators:
		return errAdminToken()
	}
	return nil
}

// provision finds the user of a token, and makes or changes it where autocreate
// says so.
func (t *Trusted) provision(tx searchlight.Tx, r searchlight.TokenRequest) (*searchlight.Subject, error) {
	user, err := tx.UserByName(r.User)
	missing := err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound
	switch {
	case missing && !r.AutoCreate:
		return nil, errNoTokenUser(r.User)
	case missing:
		if user, err = t.createUser(tx, r); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	subject, err := tx.Subject(user.ID)
	if err != nil || !r.AutoCreate || len(r.Groups) == 0 || user.ID == searchlight.AdminUserID || user.IsProtected() || subject.IsAdmin() {
		return subject, err
	}
	if err := t.join(tx, subject, r.Groups); err != nil {
		return nil, err
	}
	return tx.Subject(user.ID)
}

func (t *Trusted) createUser(tx searchlight.Tx, r searchlight.TokenRequest) (*searchlight.User, error) {
	if err := t.config.CheckName(r.User); err != nil {
		return nil, err
	}
	display := r.DisplayName
	if display == "" {
		display = r.User
	}
	u := &searchlight.User{ID: t.config.NewGUID(), Name: r.User, DisplayName: display, Email: r.Email, Type: searchlight.RemoteUser,
		State: searchlight.UserActive, Visibility: searchlight.Sharable, Author: searchlight.SystemUserID, ModifiedBy: searchlight.SystemUserID,
		Created: tx.Now(), Modified: tx.Now()}
	if err := tx.CreateUser(u); err != nil {
		return nil, err
	}
	return u, tx.Audit(&searchlight.Event{Type: searchlight.EventUsersCreated, User: u.ID, UserName: u.Name,
		Description: "User created by trusted authentication", Data: map[string]any{"users": []string{u.Name}}})
}

// privileged are the privileges that a server with the key may not hand out,
// unless an administrator has said so of the group.
var privileged = []searchlight.Privilege{
	searchlight.PrivilegeAdministration, searchlight.PrivilegeBypassRLS, searchlight.PrivilegeUserManagement,
	searchlight.PrivilegeSystemManagement, searchlight.PrivilegeShareWithAll,
}

// join adds a user to groups, which are made when they are missing.
func (t *Trusted) join(tx searchlight.Tx, s *searchlight.Subject, names []string) error {
	if len(names) > maxTokenGroups {
		return errTooManyGroups()
	}
	direct, err := tx.UserGroups(s.User.ID)
	if err != nil {
		return err
	}
	ids := make([]searchlight.GUID, len(direct))
	for i, g := range direct {
		ids[i] = g.ID
	}
	var added []string
	for _, name := range names {
		group, err := t.group(tx, name)
		if err != nil {
			return err
		}
		if slices.Contains(ids, group.ID) {
			continue
		}
		if err := assignable(tx, group); err != nil {
			return err
		}
		ids, added = append(ids, group.ID), append(added, group.Name)
	}
	if len(added) == 0 {
		return nil
	}
	if err := tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{s.User.ID: ids}); err != nil {
		return err
	}
	return tx.Audit(searchlight.EventBy(s, searchlight.EventMembershipChanged, "Groups joined by trusted authentication",
		map[string]any{"user": s.User.Name, "added": added}))
}

func (t *Trusted) group(tx searchlight.Tx, name string) (*searchlight.Group, error) {
	group, err := tx.GroupByName(name)
	if err == nil || searchlight.CodeOf(err) != searchlight.CodeNotFound {
		return group, err
	}
	if t.config.NoNewGroups {
		return nil, errNoTokenGroup(name)
	}
	if err := t.config.CheckName(name); err != nil {
		return nil, err
	}
	group = &searchlight.Group{ID: t.config.NewGUID(), Name: name, DisplayName: name, Type: searchlight.LocalGroup,
		Visibility: searchlight.Sharable, Author: searchlight.SystemUserID, ModifiedBy: searchlight.SystemUserID,
		Created: tx.Now(), Modified: tx.Now()}
	if err := tx.CreateGroup(group); err != nil {
		return nil, err
	}
	return group, tx.Audit(&searchlight.Event{Type: searchlight.EventGroupsCreated, Description: "Group created by trusted authentication",
		Data: map[string]any{"groups": []string{name}}})
}

// assignable fails with CodeForbidden when members of the group gain what
// tokens may not give.
func assignable(tx searchlight.Tx, group *searchlight.Group) error {
	if group.AssignableByToken {
		return nil
	}
	above, err := tx.Ancestors(group.ID)
	if err != nil {
		return err
	}
	for _, g := range append(above, *group) {
		for _, p := range g.Privileges {
			if slices.Contains(privileged, p) {
				return errPrivilegedGroup(group.Name)
			}
		}
	}
	return nil
}

// Redeem trades a login token for a session. user, when it is given, must be
// the token's user; otherwise the token is not used up. It fails with
// CodeUnauthenticated when the token is wrong, used or too old, or its user may
// not sign in any more.
func (t *Trusted) Redeem(ctx context.Context, token, user string) (in *searchlight.SignIn, err error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return nil, errToken()
	}
	hash := sha256.Sum256([]byte(token))
	err = t.store.Update(ctx, func(tx searchlight.Tx) error {
		in = nil
		ticket, subject, err := t.ticket(tx, hash)
		if err != nil {
			return err
		}
		if user != "" {
			named, err := tx.UserByName(user)
			if err != nil && searchlight.CodeOf(err) != searchlight.CodeNotFound {
				return err
			}
			if err != nil || named.ID != subject.User.ID {
				return errToken()
			}
		}
		if !t.config.Reuse {
			if _, err := tx.TakeTicket(ticketLogin, hash); err != nil {
				return orToken(err)
			}
		}
		var what loginTicket
		if err := json.Unmarshal(ticket.Data, &what); err != nil {
			return err
		}
		request := OpenRequest{User: ticket.User, Method: searchlight.AuthToken, Scope: what.Scope, Source: ticket.Source}
		if what.Scope != "" {
			request.Ends = t.config.Now().Add(maxScopedSession)
		}
		in, err = t.sessions.Open(tx, request)
		return err
	})
	if err == nil {
		return in, nil
	}
	if searchlight.CodeOf(err) == searchlight.CodeUnauthenticated {
		if auditErr := t.store.Update(ctx, func(tx searchlight.Tx) error {
			return tx.Audit(&searchlight.Event{Type: searchlight.EventLoginFailed, Outcome: searchlight.Failure, Reason: "login token refused",
				Description: "Sign-in failed", Data: map[string]any{"authMethod": string(searchlight.AuthToken)}})
		}); auditErr != nil {
			return nil, auditErr
		}
	}
	return nil, err
}

// Bearer returns who a login token stands for when it comes with a request by
// itself, as an unscoped token may until it is redeemed. It fails with
// CodeUnauthenticated.
func (t *Trusted) Bearer(ctx context.Context, token string) (in *searchlight.SignIn, err error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return nil, errToken()
	}
	err = t.store.View(ctx, func(tx searchlight.Tx) error {
		ticket, subject, err := t.ticket(tx, sha256.Sum256([]byte(token)))
		if err != nil {
			return err
		}
		var what loginTicket
		if err := json.Unmarshal(ticket.Data, &what); err != nil {
			return err
		}
		if what.Scope != "" || t.mayHaveToken(subject) != nil {
			return errToken()
		}
		in = &searchlight.SignIn{Subject: subject, Ends: ticket.Expires, Session: searchlight.Session{
			UserID: ticket.User, Method: searchlight.AuthToken, Created: ticket.Created, Ends: ticket.Expires, Source: ticket.Source}}
		return nil
	})
	return in, err
}

func (t *Trusted) ticket(tx searchlight.Tx, hash [32]byte) (*searchlight.Ticket, *searchlight.Subject, error) {
	ticket, err := tx.Ticket(ticketLogin, hash)
	if err != nil {
		return nil, nil, orToken(err)
	}
	subject, err := tx.Subject(ticket.User)
	return ticket, subject, orToken(err)
}

// orToken turns what is not there into the one answer to bad tokens.
func orToken(err error) error {
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return errToken()
	}
	return err
}
