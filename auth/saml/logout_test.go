package saml_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

func certs(pairs ...pair) []*x509.Certificate {
	var list []*x509.Certificate
	for _, p := range pairs {
		list = append(list, p.cert)
	}
	return list
}

// logout is a LogoutRequest of the identity provider.
func logout(nameID string, indexes ...string) *etree.Element {
	root := etree.NewElement("samlp:LogoutRequest")
	root.CreateAttr("xmlns:samlp", "urn:oasis:names:tc:SAML:2.0:protocol")
	root.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	attrs(root, "ID", "_"+string(searchlight.NewGUID()), "Version", "2.0", "IssueInstant", stamp(now), "Destination", slo)
	root.CreateElement("saml:Issuer").SetText(idpID)
	root.CreateElement("saml:NameID").SetText(nameID)
	for _, index := range indexes {
		root.CreateElement("samlp:SessionIndex").SetText(index)
	}
	return root
}

// query is a message in an address, signed by a key.
func query(root *etree.Element, relay string, p pair) string {
	q := "SAMLRequest=" + url.QueryEscape(base64.StdEncoding.EncodeToString(saml.Deflated(textOf(root))))
	if relay != "" {
		q += "&RelayState=" + url.QueryEscape(relay)
	}
	q += "&SigAlg=" + url.QueryEscape(dsig.RSASHA256SignatureMethod)
	sum := sha256.Sum256([]byte(q))
	signature, err := p.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return q + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
}

// form is a message in a form, signed by a key.
func form(root *etree.Element, p pair) saml.LogoutRequest {
	spec{by: p, method: dsig.RSASHA256SignatureMethod}.sign(root)
	return saml.LogoutRequest{Message: base64.StdEncoding.EncodeToString(textOf(root)), Relay: "there"}
}

// signedIn is a bench with sessions: two of anna, one of them named other, and
// one of bert.
func signedIn(t *testing.T) *bench {
	b := newBench(t, nil)
	for _, who := range [][2]string{{"Anna", "s-1"}, {"Anna", "other"}, {"bert", "s-1"}} {
		br := b.begin("", "")
		s := b.spec(br, who[0])
		s.index = who[1]
		b.accept(s.text(), br)
	}
	return b
}

func (b *bench) sessionsOf(name string) (n int) {
	b.t.Helper()
	b.view(func(tx searchlight.Tx) error {
		u, err := tx.UserByName(name)
		if err != nil {
			return err
		}
		s, err := tx.SessionsOf(u.ID)
		n = len(s)
		return err
	})
	return n
}

func TestLogoutOfIdentityProvider(t *testing.T) {
	for _, c := range []struct {
		name       string
		request    func() saml.LogoutRequest
		anna, bert int
		user       string
	}{
		{"one session, by address", func() saml.LogoutRequest {
			return saml.LogoutRequest{Query: query(logout("anna", "s-1"), "there", good)}
		}, 1, 1, "anna"},
		{"one session, by form", func() saml.LogoutRequest { return form(logout("Anna", "s-1"), good) }, 1, 1, "anna"},
		{"two sessions", func() saml.LogoutRequest { return form(logout("anna", "s-1", "other"), good) }, 0, 1, "anna"},
		{"all sessions", func() saml.LogoutRequest { return saml.LogoutRequest{Query: query(logout("ANNA"), "there", good)} }, 0, 1, "anna"},
		{"part of an index", func() saml.LogoutRequest { return form(logout("anna", "s"), good) }, 2, 1, "anna"},
		{"nobody", func() saml.LogoutRequest { return form(logout("ann"), good) }, 2, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := signedIn(t)
			answer, err := b.EndSessions(t.Context(), c.request())
			if err != nil {
				t.Fatal(err)
			}
			if anna, bert := b.sessionsOf("anna"), b.sessionsOf("bert"); anna != c.anna || bert != c.bert {
				t.Errorf("anna has %d sessions, bert %d", anna, bert)
			}
			u, err := url.Parse(answer.Location)
			if err != nil {
				t.Fatal(err)
			}
			response := b.inflate(u.Query().Get("SAMLResponse"))
			if u.Path != "/slo-done" || u.Query().Get("RelayState") != "there" || u.Query().Get("Signature") == "" || response.Tag != "LogoutResponse" ||
				response.FindElement("//samlp:StatusCode").SelectAttrValue("Value", "") != crewjam.StatusSuccess {
				t.Errorf("the answer goes to %s", answer.Location)
			}
			if e := b.last(); e.Type != searchlight.EventLogout || e.Data["sessions"] != float64(3-c.anna-c.bert) || e.UserName != c.user {
				t.Errorf("audit record %+v", e)
			}
		})
	}
}

func TestT80_ForgedLogout(t *testing.T) {
	b := signedIn(t)
	changed := func(change func(*etree.Element)) *etree.Element {
		root := logout("anna")
		change(root)
		return root
	}
	byQuery := func(root *etree.Element) saml.LogoutRequest { return saml.LogoutRequest{Query: query(root, "", good)} }
	unsigned := query(logout("anna"), "", good)
	unsigned, _, _ = strings.Cut(unsigned, "&SigAlg")
	signed := query(logout("bert"), "", good)
	_, tail, _ := strings.Cut(signed, "&SigAlg")
	replayed := byQuery(logout("nobody"))
	if _, err := b.EndSessions(t.Context(), replayed); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		request saml.LogoutRequest
		reason  string
	}{
		"unsigned address":    {saml.LogoutRequest{Query: unsigned}, "the request is not signed"},
		"unsigned form":       {saml.LogoutRequest{Message: base64.StdEncoding.EncodeToString(textOf(logout("anna")))}, "the LogoutRequest is not signed"},
		"a stranger's":        {saml.LogoutRequest{Query: query(logout("anna"), "", stranger)}, "not by the identity provider"},
		"a stranger's form":   {form(logout("anna"), stranger), "the signature of the LogoutRequest"},
		"another's signature": {saml.LogoutRequest{Query: unsigned + "&SigAlg" + tail}, "not by the identity provider"},
		"SHA-1": {saml.LogoutRequest{Query: strings.Replace(signed, url.QueryEscape(dsig.RSASHA256SignatureMethod),
			url.QueryEscape(dsig.RSASHA1SignatureMethod), 1)}, "is not accepted"},
		"twice":          {saml.LogoutRequest{Query: signed + "&SAMLRequest=x"}, "stands twice"},
		"replayed":       {replayed, "has been used before"},
		"destination":    {byQuery(changed(one(".", "Destination", acs))), "the LogoutRequest is for"},
		"old":            {byQuery(changed(one(".", "IssueInstant", stamp(start.Add(-time.Hour))))), "too long ago"},
		"of the future":  {byQuery(changed(one(".", "IssueInstant", stamp(start.Add(time.Hour))))), "in the future"},
		"over":           {byQuery(changed(one(".", "NotOnOrAfter", stamp(start.Add(-time.Hour))))), "held only until"},
		"issuer":         {byQuery(changed(text("./saml:Issuer", "https://other.example.com"))), "no identity provider"},
		"no name":        {byQuery(changed(drop("./saml:NameID"))), "0 elements NameID"},
		"empty name":     {byQuery(changed(text("./saml:NameID", ""))), "the NameID is empty"},
		"encrypted name": {byQuery(changed(func(root *etree.Element) { root.CreateElement("saml:EncryptedID") })), "is encrypted"},
		"a response":     {byQuery(b.spec(browser{}, "anna").tree()), "no LogoutRequest"},
		"nothing":        {saml.LogoutRequest{}, "no element"},
		"no base64":      {saml.LogoutRequest{Message: "!"}, "not base64"},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			_, err := b.EndSessions(t.Context(), c.request)
			b.refused(err, searchlight.EventLogoutFailed, c.reason)
			if n := b.sessions(); n != 3 {
				t.Errorf("there are %d sessions, not 3", n)
			}
		})
	}
}

func TestT81_Inflation(t *testing.T) {
	b := signedIn(t)
	huge := logout("anna")
	huge.CreateElement("samlp:Extensions").SetText(strings.Repeat("x", 50<<20))
	request := saml.LogoutRequest{Query: query(huge, "", good)}
	if len(request.Query) > 1<<20 {
		t.Fatal("the bomb is none")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := b.EndSessions(t.Context(), request)
	runtime.ReadMemStats(&after)
	b.refused(err, searchlight.EventLogoutFailed, "longer than 262144 bytes when it is inflated")
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8<<20 {
		t.Errorf("%d bytes were allocated", allocated)
	}
	large := "<x>" + strings.Repeat("y", saml.MaxMessage) + "</x>"
	b.refuse([]byte(large), browser{}, "longer than 262144 bytes")
}

func TestSignOut(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.SingleLogout = true })
	br := b.begin("", "")
	s := b.spec(br, "Anna")
	s.format = string(crewjam.EmailAddressNameIDFormat)
	in := b.accept(s.text(), br).SignIn
	m, err := b.SignOut(&in.Session)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(m.Location)
	if err != nil {
		t.Fatal(err)
	}
	request := b.inflate(u.Query().Get("SAMLRequest"))
	if u.Path != "/slo" || u.Query().Get("Signature") == "" || request.SelectAttrValue("Destination", "") != "https://idp.example.com/slo" ||
		request.FindElement("./saml:NameID").Text() != "Anna" || request.FindElement("./saml:NameID").SelectAttrValue("Format", "") != s.format ||
		request.FindElement("./samlp:SessionIndex").Text() != "s-1" {
		t.Errorf("%s\n%s", m.Location, textOf(request))
	}
	if m, err := b.SignOut(&searchlight.Session{Method: searchlight.AuthPassword}); m != nil || err != nil {
		t.Errorf("a session by password: %v, %v", m, err)
	}
	b.config.SingleLogout = false
	if m, err := b.open().SignOut(&in.Session); m != nil || err != nil {
		t.Errorf("without single logout: %v, %v", m, err)
	}
}
