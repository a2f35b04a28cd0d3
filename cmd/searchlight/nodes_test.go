package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
)

// nodes are two servers on one metadata database. Changes are made on the
// first, by an administrator, and looked at on the second.
type nodes struct {
	*testing.T
	first, second *running
	admin         *client // on the first
	sales         searchlight.GUID
	at            place
}

const (
	annPassword = "Green-Kettle-Waits-5"
	newPassword = "Small-Rivers-Bend-3"
)

func newNodes(t *testing.T) *nodes {
	metadata, dsn := pgtest.Database(t), postgres(t, fixture.Data)
	flags := append(trustProxy, "--metadata-url", metadata, "--secret-key", randomKey(t))
	n := &nodes{T: t, first: start(t, "serve", t.TempDir(), flags...), second: start(t, "serve", t.TempDir(), flags...), at: onPostgres(dsn)}
	n.admin = login(t, n.first.base)
	ids := n.admin.mustImport(append([]string{connectionTo(t, dsn, secret)}, n.admin.documents(n.at)...)...)
	n.sales = ids[3] // after the connection, stores and products
	return n
}

// must makes a change on the first node.
func (n *nodes) must(a answer) answer {
	n.Helper()
	if a.status != http.StatusOK && a.status != http.StatusNoContent {
		n.Fatalf("%d %s", a.status, a.body)
	}
	return a
}

func (n *nodes) created(path string, pairs ...string) searchlight.GUID {
	n.Helper()
	var body struct{ Header struct{ ID searchlight.GUID } }
	n.must(n.admin.post(path, pairs...)).decode(n.T, &body)
	return body.Header.ID
}

func (n *nodes) user(name string) searchlight.GUID {
	return n.created("user", "name", name, "displayname", name, "password", annPassword)
}

func (n *nodes) group(name string) searchlight.GUID {
	return n.created("group", "name", name, "displayname", name)
}

// signedIn is a user on a node.
func (n *nodes) signedIn(node *running, name, password string) *client {
	n.Helper()
	c := visitor(n.T, node.base)
	n.must(c.login(name, password))
	return c
}

func (n *nodes) share(principal searchlight.GUID, mode string) {
	n.Helper()
	n.must(n.admin.post("security/share", "type", "LOGICAL_TABLE", "id", list(string(salesSource)),
		"permission", fmt.Sprintf(`{"permissions":{%q:{"shareMode":%q}}}`, principal, mode)))
}

// holds asks until what was changed holds on the second node, for a second at
// the most.
func (n *nodes) holds(what, want string, ask func() string) {
	n.Helper()
	changed := time.Now()
	for attempt := 1; ; attempt++ {
		asked := time.Since(changed)
		got := ask()
		if got == want {
			if attempt > 1 {
				n.Logf("%s: held after %s", what, asked)
			}
			return
		}
		if asked > time.Second {
			n.Errorf("%s: a second later the other node says %s; want %s", what, got, want)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// total is the sum of all amounts that a client sees, or the status of the
// refusal.
func total(c *client) func() string {
	return func() string {
		a := c.search(salesSource, "[amount]")
		if a.status != http.StatusOK {
			return fmt.Sprint(a.status)
		}
		var d data
		a.decode(c.t, &d)
		return string(d.Data)
	}
}

// active is the status of the client's session.
func active(c *client) func() string {
	return func() string { return fmt.Sprint(c.get("session/isactive").status) }
}

func signingIn(c *client, name, password string) func() string {
	return func() string { return fmt.Sprint(c.login(name, password).status) }
}

// withRule is the table of sales with a rule, or with none.
func (n *nodes) withRule(expression string) string {
	rules := `"rls_rules":{"rules":[]},`
	if expression != "" {
		rules = fmt.Sprintf(`"rls_rules":{"tables":[{"name":"sales"}],"table_paths":[{"id":"sales_1","table":"sales"}],"rules":[{"name":"r","expr":%q}]},`, expression)
	}
	return strings.Replace(tableDocument(n.sales, "sales", n.at), `"table":{`, `"table":{`+rules, 1)
}

// TestTwoNodesShares: what users may read, and which rows.
func TestTwoNodesShares(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	ann, bob, east := n.user("ann"), n.user("bob"), n.group("East")
	there := n.signedIn(n.second, "ann", annPassword)
	bobThere := n.signedIn(n.second, "bob", annPassword)
	adminThere := n.signedIn(n.second, "tsadmin", password)
	const all, eastern, western = "[[963]]", "[[335]]", "[[328]]"

	n.holds("no share", "403", total(there))
	n.share(ann, "READ_ONLY")
	n.holds("share", all, total(there))
	n.share(ann, "NO_ACCESS")
	n.holds("share withdrawn", "403", total(there))
	n.share(east, "READ_ONLY")
	n.must(n.admin.post("group/" + string(east) + "/user/" + string(ann)))
	n.holds("membership of a group with a share", all, total(there))
	n.share(bob, "READ_ONLY")
	n.holds("another share", all, total(bobThere))

	n.admin.mustImport(n.withRule("[sales_1::region] = ts_groups"))
	n.holds("rule", eastern, total(there))
	n.holds("rule, nobody's rows", "[[0]]", total(bobThere))
	n.holds("rule, an administrator", all, total(adminThere))
	n.admin.mustImport(n.withRule("[sales_1::region] = 'West'"))
	n.holds("rule changed", western, total(there))
	n.admin.mustImport(n.withRule("[sales_1::region] = ts_username"))
	n.holds("rule by name", "[[0]]", total(bobThere))
	n.must(n.admin.do(n.admin.request(t.Context(), "PUT", "user/"+string(bob), formType, form("content", `{"name":"West"}`).Encode())))
	bobThere = n.signedIn(n.second, "West", annPassword) // a rename ends sessions
	n.holds("rename", western, total(bobThere))
	n.admin.mustImport(n.withRule("[sales_1::region] = ts_groups"))
	n.holds("rule by groups again", "[[0]]", total(bobThere))
	n.must(n.admin.post("user/"+string(bob)+"/groups", "groupids", list(string(east))))
	n.holds("membership that a rule asks for", eastern, total(bobThere))
	n.must(n.admin.do(n.admin.request(t.Context(), "PUT", "group/"+string(east), formType, form("content", `{"name":"West"}`).Encode())))
	n.holds("rename of a group", western, total(bobThere))
	n.must(n.admin.post("group/addprivilege", "privilege", "BYPASSRLS", "groupNames", list("West")))
	n.holds("BYPASSRLS", all, total(bobThere))
	n.must(n.admin.post("group/removeprivilege", "privilege", "BYPASSRLS", "groupNames", list("West")))
	n.holds("BYPASSRLS withdrawn", western, total(bobThere))
	n.admin.mustImport(n.withRule(""))
	n.holds("no rule", all, total(bobThere))
	n.must(n.admin.do(n.admin.request(t.Context(), "DELETE", "group/"+string(east)+"/user/"+string(ann), "", "")))
	n.holds("membership withdrawn", "403", total(there))
}

// TestTwoNodesSessions: who may sign in, and what ends sessions.
func TestTwoNodesSessions(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	ann := n.user("ann")
	there := n.signedIn(n.second, "ann", annPassword)
	n.holds("session", "204", active(there))

	// A session made on one node is one on the other, until it is left.
	here := n.signedIn(n.first, "ann", annPassword)
	same := &client{t: t, base: n.second.base, http: here.http}
	n.holds("session of the other node", "204", active(same))
	n.must(here.post("session/logout"))
	n.holds("logout", "401", active(same))

	n.must(n.admin.post("user/session/invalidate", "username", list("ann")))
	n.holds("sessions ended", "401", active(there))

	there = n.signedIn(n.second, "ann", annPassword)
	n.must(n.admin.post("user/updatepassword", "name", "ann", "currentpassword", password, "password", newPassword))
	n.holds("password changed", "401", active(there))
	n.holds("the old password", "401", signingIn(there, "ann", annPassword))
	n.holds("the new password", "204", signingIn(there, "ann", newPassword))

	var invited struct{ Userid, Auth_token string }
	n.must(n.admin.post("user/inactivate", "username", "ann", "operation", "INACTIVATE")).decode(t, &invited)
	n.holds("deactivated", "401", active(there))
	n.holds("deactivated, signing in", "401", signingIn(there, "ann", newPassword))
	// The invitation is good on the other node, and then on neither.
	activate := func(c *client, password string) func() string {
		return func() string {
			return fmt.Sprint(c.post("user/activate", "userid", invited.Userid, "auth_token", invited.Auth_token, "password", password).status)
		}
	}
	n.holds("activated", "204", activate(visitor(t, n.second.base), annPassword))
	if got := activate(visitor(t, n.first.base), newPassword)(); got == "204" {
		t.Error("an invitation was used twice")
	}
	n.holds("active again", "204", signingIn(there, "ann", annPassword))

	// Privileges.
	group := n.group("managers")
	n.must(n.admin.post("group/" + string(group) + "/user/" + string(ann)))
	importing := func() string {
		return fmt.Sprint(there.post("metadata/tml/import", "import_policy", "VALIDATE_ONLY", "import_objects", list(worksheetDocument(fixture.SalesDefinition()))).status)
	}
	n.holds("no privilege", "403", importing)
	n.must(n.admin.post("group/addprivilege", "privilege", "DATAMANAGEMENT", "groupNames", list("managers")))
	n.holds("privilege", "200", importing)
	n.must(n.admin.post("group/removeprivilege", "privilege", "DATAMANAGEMENT", "groupNames", list("managers")))
	n.holds("privilege withdrawn", "403", importing)
	users := func() string { return fmt.Sprint(there.get("user/list").status) }
	n.must(n.admin.post("group/" + string(searchlight.AdminGroupID) + "/user/" + string(ann)))
	n.holds("administrator", "200", users)
	n.must(n.admin.do(n.admin.request(t.Context(), "DELETE", "group/"+string(searchlight.AdminGroupID)+"/user/"+string(ann), "", "")))
	n.holds("administrator no more", "403", users)

	// Wrong passwords on one node lock the account on both, but for addresses
	// from which the user has signed in.
	from := func(node *running, address int, password string) string {
		a, err := newCaller(t, node.base, address).call("POST", "session/login", "username", "ann", "password", password)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(a.status)
	}
	for range 4 {
		if got := from(n.first, 1, "wrong"); got != "401" {
			t.Errorf("a wrong password: %s", got)
		}
	}
	n.holds("locked", "401", func() string { return from(n.second, 2, annPassword) })
	n.holds("locked, from an address that is known", "204", signingIn(visitor(t, n.second.base), "ann", annPassword))
	n.holds("locked, with a session", "204", active(there))

	n.must(n.admin.do(n.admin.request(t.Context(), "DELETE", "user/"+string(ann), "", "")))
	n.holds("deleted", "401", active(there))
}

// TestTwoNodesTokens: trusted authentication.
func TestTwoNodesTokens(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	n.user("ann")
	newKey := func() (key, id string) {
		var made struct{ ID, SecretKey string }
		n.must(n.admin.post("/api/app/trusted-auth/keys")).decode(t, &made)
		return made.SecretKey, made.ID
	}
	removeKey := func(id string) {
		n.must(n.admin.do(n.admin.request(t.Context(), "DELETE", "/api/app/trusted-auth/keys/"+id, "", "")))
	}
	there := visitor(t, n.second.base)
	var token string
	issuing := func(key string) func() string {
		return func() string {
			a := there.post("session/auth/token", "secret_key", key, "username", "ann", "access_level", "FULL")
			token = string(a.body)
			return fmt.Sprint(a.status)
		}
	}
	redeem := func(c *client, token string) func() string {
		return func() string {
			return fmt.Sprint(c.post("session/login/token", "username", "ann", "auth_token", token, "no_url_redirection", "true").status)
		}
	}
	bearer := func(token string) func() string {
		return func() string {
			r := there.request(t.Context(), "GET", "session/info", "", "")
			r.Header.Set("Authorization", "Bearer "+token)
			return fmt.Sprint(visitor(t, n.second.base).do(r).status)
		}
	}

	n.holds("switched off", "500", issuing("x"))
	first, firstID := newKey()
	n.holds("key", "200", issuing(first))
	// A token is good once, on whichever node.
	n.holds("token as bearer", "200", bearer(token))
	used := token
	if got := redeem(visitor(t, n.first.base), used)(); got != "204" {
		t.Errorf("redeemed on the first node: %s", got)
	}
	n.holds("token used", "401", redeem(visitor(t, n.second.base), used))
	n.holds("token used, as bearer", "401", bearer(used))

	n.holds("another token", "200", issuing(first))
	fresh := token
	session := visitor(t, n.second.base)
	n.holds("a third token", "200", issuing(first))
	n.holds("redeemed", "204", redeem(session, token))
	second, _ := newKey()
	n.holds("second key", "200", issuing(second))
	ofSecond := token
	removeKey(firstID)
	n.holds("removed key", "401", issuing(first))
	n.holds("token of a removed key", "401", redeem(visitor(t, n.second.base), fresh))
	n.holds("token of a removed key, as bearer", "401", bearer(fresh))
	n.holds("session of a removed key", "401", active(session))
	n.holds("token of the other key", "204", redeem(visitor(t, n.second.base), ofSecond))
}
