package saml_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// signIn signs somebody in with attributes.
func (b *bench) signIn(nameID string, attributes map[string][]string) *saml.Arrival {
	b.t.Helper()
	br := b.begin("", "")
	s := b.spec(br, nameID)
	s.attributes = attributes
	return b.accept(s.text(), br)
}

// turnAway expects somebody to be refused.
func (b *bench) turnAway(nameID string, attributes map[string][]string, reason string) {
	b.t.Helper()
	br := b.begin("", "")
	s := b.spec(br, nameID)
	s.attributes = attributes
	b.refuse(s.text(), br, reason)
}

func TestNewUser(t *testing.T) {
	b := newBench(t, nil)
	b.signIn("Anna@Example.com", map[string][]string{"mail": {"anna.l@example.com"}, "displayName": {"Anna Lee"}, "roles": {"Sales"}})
	u := b.named("anna@example.com")
	if u.DisplayName != "Anna Lee" || u.Email != "anna.l@example.com" || u.Type != searchlight.SAMLUser || u.State != searchlight.UserActive ||
		u.PasswordHash != "" || u.Identity != saml.Identity(idpID, "anna@example.com", "") || u.Author != searchlight.SystemUserID || !u.FirstLogin.Equal(start) {
		t.Errorf("%+v", u)
	}
	if got := b.groupsOf(u.ID); !slices.Equal(got, []string{"All"}) {
		t.Errorf("groups %v", got)
	}
	if e := b.audit()[0]; e.Type != searchlight.EventUsersCreated || e.UserName != "anna@example.com" {
		t.Errorf("audit record %+v", e)
	}
}

// Mail and display name are refreshed at each sign-in; what is not said or
// cannot be shown is left as it is.
func TestRefreshedUser(t *testing.T) {
	b := newBench(t, nil)
	b.signIn("anna", map[string][]string{"mail": {"anna@example.com"}, "displayName": {"Anna Lee"}})
	for _, c := range []struct {
		attributes    map[string][]string
		name, mail    string
		changeInAudit bool
	}{
		{map[string][]string{"mail": {"al@example.com"}, "displayName": {"Anna L. Lee"}}, "Anna L. Lee", "al@example.com", true},
		{map[string][]string{"mail": {"al@example.com"}, "displayName": {"Anna L. Lee"}}, "Anna L. Lee", "al@example.com", false},
		{nil, "Anna L. Lee", "al@example.com", false},
		{map[string][]string{"mail": {"al@example.com\r\nBcc: x@evil.example"}, "displayName": {"\u202eeel"}}, "Anna L. Lee", "al@example.com", false},
		{map[string][]string{"mail": {}, "displayName": {""}}, "Anna L. Lee", "al@example.com", false},
		{map[string][]string{"mail": {"anna <al@example.com>"}, "displayName": {strings.Repeat("x", 257)}}, "Anna L. Lee", "al@example.com", false},
	} {
		before := len(b.audit())
		b.signIn("ANNA", c.attributes)
		u := b.named("anna")
		if u.DisplayName != c.name || u.Email != c.mail {
			t.Errorf("%q: %q, %q", c.attributes, u.DisplayName, u.Email)
		}
		modified := slices.ContainsFunc(b.audit()[before:], func(e entry) bool { return e.Type == searchlight.EventUsersModified })
		if modified != c.changeInAudit {
			t.Errorf("%q: modified in the audit log: %t", c.attributes, modified)
		}
	}
}

func TestNotProvisioned(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.CreateUsers = false })
	b.turnAway("anna", nil, "has no account")
	if e := b.last(); e.Data["nameId"] != "anna" || e.Data["identityProvider"] != idpID {
		t.Errorf("audit record %+v", e)
	}
	b.user(searchlight.User{Name: "anna", Type: searchlight.SAMLUser, Identity: saml.Identity(idpID, "anna", "")})
	b.signIn("anna", nil)
}

// An account that an administrator has made one of SAML is bound at the first
// sign-in, unless several identity providers might be meant.
func TestPreparedAccount(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.CreateUsers = false })
	id := b.user(searchlight.User{Name: "Anna", Type: searchlight.SAMLUser})
	if a := b.signIn("anna", map[string][]string{"mail": {"anna@example.com"}}); a.SignIn.Subject.User.ID != id {
		t.Errorf("%s is signed in", a.SignIn.Subject.User.Name)
	}
	if u := b.named("anna"); u.Identity != saml.Identity(idpID, "anna", "") || u.Email != "anna@example.com" || u.Name != "Anna" {
		t.Errorf("%+v", u)
	}
	br := b.begin("", "")
	s := b.spec(br, "aNNa")
	s.change = one("//saml:NameID", "Format", string(crewjam.PersistentNameIDFormat))
	b.refuse(s.text(), br, "belongs to an account of the type SAML_USER")

	b.user(searchlight.User{Name: "bert", Type: searchlight.SAMLUser})
	b.config.Sources = append(b.config.Sources, fixed(idpMetadata("https://other.example.com/metadata", stranger.cert)))
	b.Provider = b.open()
	b.turnAway("bert", nil, "belongs to an account of the type SAML_USER")
}

func TestOtherNames(t *testing.T) {
	b := newBench(t, func(c *saml.Config) {
		c.MailAttribute, c.NameAttribute, c.GroupsAttribute = "roles", "mail", "memberOf"
	})
	b.signIn("anna", map[string][]string{"mail": {"Anna Lee"}, "roles": {"anna@example.com"}})
	if u := b.named("anna"); u.DisplayName != "Anna Lee" || u.Email != "anna@example.com" {
		t.Errorf("%q, %q", u.DisplayName, u.Email)
	}
}

// Persistent names are codes in which case counts; of other names it does not.
func TestCaseOfNames(t *testing.T) {
	b := newBench(t, nil)
	persistent := func(name string) ([]byte, browser) {
		br := b.begin("", "")
		s := b.spec(br, name)
		s.change = one("//saml:NameID", "Format", string(crewjam.PersistentNameIDFormat))
		return s.text(), br
	}
	text, br := persistent("aBc")
	b.accept(text, br)
	text, br = persistent("aBc")
	b.accept(text, br)
	text, br = persistent("Abc")
	b.refuse(text, br, "belongs to an account")
	b.signIn("Carl", nil)
	b.signIn("cARL", nil)
}

func TestT77_AccountTakeover(t *testing.T) {
	const otherID = "https://other.example.com/metadata"
	b := newBench(t, nil)
	b.user(searchlight.User{Name: "Local", Email: "local@example.com"})
	b.user(searchlight.User{Name: "trusted", Type: searchlight.RemoteUser})
	b.user(searchlight.User{Name: "theirs", Type: searchlight.SAMLUser, Identity: saml.Identity(otherID, "theirs", "")})
	b.user(searchlight.User{Name: "gone", Type: searchlight.SAMLUser, Identity: saml.Identity(idpID, "gone", ""), State: searchlight.UserInactive})
	b.user(searchlight.User{Name: "suspended", Type: searchlight.SAMLUser, Identity: saml.Identity(idpID, "suspended", ""), State: searchlight.UserSuspended})
	b.user(searchlight.User{Name: "locked", Type: searchlight.SAMLUser, Identity: saml.Identity(idpID, "locked", ""), LockedUntil: now.Add(time.Hour)})
	for name, reason := range map[string]string{
		"tsadmin": "cannot be a user name", "TSADMIN": "cannot be a user name", "su": "cannot be a user name", "ｓｕ": "cannot be a user name",
		"system": "cannot be a user name", "guest": "cannot be a user name", "all": "cannot be a user name", "Administrator": "cannot be a user name",
		"local": "belongs to an account of the type LOCAL_USER", "LOCAL": "belongs to an account", "ｌocal": "belongs to an account",
		"trusted": "belongs to an account of the type REMOTE_USER", "theirs": "belongs to an account of the type SAML_USER",
		"gone": "it is INACTIVE", "suspended": "it is SUSPENDED", "locked": "is locked or may not sign in",
		" anna": "cannot be a user name", "an\u00a0na": "cannot be a user name", "an\u202ena": "cannot be a user name", "an\nna": "cannot be a user name",
		strings.Repeat("x", 129): "cannot be a user name",
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.turnAway(name, map[string][]string{"mail": {"evil@example.com"}}, reason)
		})
	}
	b.t = t
	if got := b.named("local").Email; got != "local@example.com" {
		t.Errorf("the mail of a local user is now %s", got)
	}
	// The same mail is nobody's proof.
	a := b.signIn("mallory", map[string][]string{"mail": {"local@example.com"}})
	if a.SignIn.Subject.User.Name != "mallory" {
		t.Errorf("%s is signed in", a.SignIn.Subject.User.Name)
	}
	// An administrator may bind an account.
	u := b.named("local")
	u.Identity = saml.Identity(idpID, "Local", "")
	b.update(func(tx searchlight.Tx) error { return tx.UpdateUser(u) })
	if a := b.signIn("local", nil); a.SignIn.Subject.User.ID != u.ID {
		t.Errorf("%s is signed in", a.SignIn.Subject.User.Name)
	}
	// Accounts that never sign in do not do so when they are bound.
	b.update(func(tx searchlight.Tx) error {
		su, err := tx.User(searchlight.SuperUserID)
		if err != nil {
			return err
		}
		su.Identity = saml.Identity(idpID, "root", "")
		return tx.UpdateUser(su)
	})
	b.turnAway("root", nil, "cannot sign in")
}

func TestGroupsStayWithoutMapping(t *testing.T) {
	b := newBench(t, nil)
	sales := b.group(searchlight.Group{Name: "Sales"})
	id := b.user(searchlight.User{Name: "anna", Type: searchlight.SAMLUser, Identity: saml.Identity(idpID, "anna", "")}, sales)
	b.signIn("anna", map[string][]string{"roles": {"Finance"}})
	if got := b.groupsOf(id); !slices.Equal(got, []string{"All", "Sales"}) {
		t.Errorf("groups %v", got)
	}
}

func TestT78_Groups(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.MapGroups = true })
	sales, finance := b.group(searchlight.Group{Name: "Sales"}), b.group(searchlight.Group{Name: "Finance"})
	b.group(searchlight.Group{Name: "Below Sales"}, sales)
	boss := b.group(searchlight.Group{Name: "Bosses", Privileges: []searchlight.Privilege{searchlight.PrivilegeAdministration}})
	b.group(searchlight.Group{Name: "Below Bosses"}, boss)
	b.group(searchlight.Group{Name: "All rows", Privileges: []searchlight.Privilege{searchlight.PrivilegeBypassRLS}})
	b.group(searchlight.Group{Name: "Managers", Privileges: []searchlight.Privilege{searchlight.PrivilegeUserManagement}})
	b.group(searchlight.Group{Name: "Flagged", Privileges: []searchlight.Privilege{searchlight.PrivilegeAdministration}, AssignableBySSO: true})
	b.group(searchlight.Group{Name: "a@b"})
	byHand := b.group(searchlight.Group{Name: "By hand", Privileges: []searchlight.Privilege{searchlight.PrivilegeBypassRLS}})
	id := b.user(searchlight.User{Name: "anna", Type: searchlight.SAMLUser, Identity: saml.Identity(idpID, "anna", "")}, finance, byHand)
	keep := b.user(searchlight.User{Name: "root"}, boss)

	type dropped map[string][]string // by reason
	for _, c := range []struct {
		name   string
		roles  []string
		groups []string // beside All and By hand
		drop   dropped
	}{
		{"listed are added, others removed", []string{"sales"}, []string{"Sales"}, nil},
		{"several, one twice", []string{"FINANCE", "Below Sales", "finance"}, []string{"Below Sales", "Finance"}, nil},
		{"All is everybody's", []string{"All", "Sales"}, []string{"Sales"}, nil},
		{"administrators", []string{"Administrator", "Sales"}, []string{"Sales"}, dropped{"assignable": {"Administrator"}}},
		{"system", []string{"System"}, nil, dropped{"assignable": {"System"}}},
		{"privileged", []string{"Bosses", "All rows", "Managers"}, nil, dropped{"assignable": {"Bosses", "All rows", "Managers"}}},
		{"beneath privileged", []string{"Below Bosses", "Sales"}, []string{"Sales"}, dropped{"assignable": {"Below Bosses"}}},
		{"flagged", []string{"Flagged"}, []string{"Flagged"}, nil},
		{"other organisations", []string{"Sales@Other", "Bosses@Primary", "a@b", "Finance"}, []string{"Finance"},
			dropped{"organisations": {"Sales@Other", "Bosses@Primary", "a@b"}}},
		{"unknown", []string{"Nowhere", "Sales", ""}, []string{"Sales"}, dropped{"no such groups": {"Nowhere"}}},
		{"none", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			before := len(b.audit())
			b.signIn("anna", map[string][]string{"roles": c.roles})
			want := append([]string{"All", "By hand"}, c.groups...)
			slices.Sort(want)
			if diff := cmp.Diff(want, b.groupsOf(id)); diff != "" {
				t.Errorf("groups (-want +got)\n%s", diff)
			}
			got := dropped{}
			for _, e := range b.audit()[before:] {
				if e.Data["outcome"] != "FAILURE" {
					continue
				}
				for _, key := range []string{"assignable", "organisations", "no such groups"} {
					if strings.Contains(e.Data["reason"].(string), key) {
						for _, g := range e.Data["groups"].([]any) {
							got[key] = append(got[key], g.(string))
						}
					}
				}
			}
			if len(c.drop) == 0 {
				c.drop = dropped{}
			}
			if diff := cmp.Diff(c.drop, got); diff != "" {
				t.Errorf("dropped (-want +got)\n%s", diff)
			}
		})
	}
	b.t = t
	b.turnAway("anna", map[string][]string{"roles": slices.Repeat([]string{"x"}, 501)}, "lists 501 groups")

	// The last administrator is not taken away.
	b.signIn("anna", map[string][]string{"roles": {"Flagged"}})
	b.update(func(tx searchlight.Tx) error {
		for _, admin := range []searchlight.GUID{keep, searchlight.AdminUserID} {
			u, err := tx.User(admin)
			if err != nil {
				return err
			}
			u.State = searchlight.UserInactive
			if err := tx.UpdateUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	b.turnAway("anna", map[string][]string{"roles": {"Sales"}}, "would leave no administrator")
	if got := b.groupsOf(id); !slices.Contains(got, "Flagged") || slices.Contains(got, "Sales") {
		t.Errorf("groups %v", got)
	}
}

func TestT78_NewGroups(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.MapGroups, c.CreateGroups = true, true })
	a := b.signIn("anna", map[string][]string{"roles": {"New", "su", "administrator", "x\u202ey", "N@Org"}})
	if got := b.groupsOf(a.SignIn.Subject.User.ID); !slices.Equal(got, []string{"All", "New"}) {
		t.Errorf("groups %v", got)
	}
	b.view(func(tx searchlight.Tx) error {
		g, err := tx.GroupByName("new")
		if err == nil && (len(g.Privileges) > 0 || g.Type != searchlight.LocalGroup) {
			t.Errorf("%+v", g)
		}
		return err
	})
	// A refused sign-in makes nothing.
	br := b.begin("", "")
	s := b.spec(br, "tsadmin")
	s.attributes = map[string][]string{"roles": {"Half"}}
	b.refuse(s.text(), br, "cannot be a user name")
	b.view(func(tx searchlight.Tx) error {
		if _, err := tx.GroupByName("Half"); searchlight.CodeOf(err) != searchlight.CodeNotFound {
			t.Errorf("the group of a refused sign-in: %v", err)
		}
		return nil
	})
}

// Attributes that an attacker puts behind the signature do not count.
func TestAttributesAreSigned(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.MapGroups = true })
	b.group(searchlight.Group{Name: "Sales"})
	br := b.begin("", "")
	s := b.spec(br, "anna")
	s.afterwards = func(root *etree.Element) {
		list := root.CreateElement("samlp:Extensions").CreateElement("saml:AttributeStatement").CreateElement("saml:Attribute")
		list.CreateAttr("Name", "roles")
		list.CreateElement("saml:AttributeValue").SetText("Sales")
	}
	a := b.accept(s.text(), br)
	if got := b.groupsOf(a.SignIn.Subject.User.ID); !slices.Equal(got, []string{"All"}) {
		t.Errorf("groups %v", got)
	}
}
