package saml_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/directory"
	"github.com/searchlight-bi/searchlight/seal"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

const (
	public   = "https://bi.example.com"
	acs      = public + "/callosum/v1/saml/SSO"
	slo      = public + "/callosum/v1/saml/slo"
	entityID = "urn:searchlight:bi.example.com:saml"
	idpID    = "https://idp.example.com/metadata"

	bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
)

// start is when every test begins; now is the clock of the tests, which run one
// after another. The library has one for the whole process.
var (
	start = time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)
	now   = start
)

func TestMain(m *testing.M) {
	crewjam.TimeNow = func() time.Time { return now }
	os.Exit(m.Run())
}

// pair is a key with a certificate for it.
type pair struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func makePair(key crypto.Signer, from, until time.Time) pair {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err)
	}
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "idp.example.com"}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return pair{key, cert}
}

func rsaKey(bits int) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func ecKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// The keys of the tests: of the identity provider, of one that nobody trusts,
// and of the service provider.
var (
	year     = 365 * 24 * time.Hour
	good     = makePair(rsaKey(2048), start.Add(-year), start.Add(year))
	stranger = makePair(rsaKey(2048), start.Add(-year), start.Add(year))
	ours     = makePair(rsaKey(2048), start.Add(-year), start.Add(year))
)

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func keyPEM(key crypto.Signer) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// idpMetadata describes an identity provider.
func idpMetadata(id string, certs ...*x509.Certificate) []byte {
	var keys strings.Builder
	for _, c := range certs {
		fmt.Fprintf(&keys, `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`,
			base64.StdEncoding.EncodeToString(c.Raw))
	}
	return fmt.Appendf(nil, `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="%s">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAuthnRequestsSigned="true">%s
<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/slo" ResponseLocation="https://idp.example.com/slo-done"/>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso?tenant=7"/>
</IDPSSODescriptor></EntityDescriptor>`, id, keys.String())
}

func fixed(text []byte) saml.Source { return func() ([]byte, error) { return text, nil } }

// bench is a service provider with a store and a log.
type bench struct {
	*saml.Provider
	t      testing.TB
	store  searchlight.Store
	log    *bytes.Buffer
	config saml.Config
}

func newBench(t testing.TB, change func(*saml.Config)) *bench {
	t.Helper()
	now = start
	b := &bench{t: t, log: &bytes.Buffer{}}
	clock := func() time.Time { return now }
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b.store = store
	sealer, err := seal.New([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	url, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	b.config = saml.Config{Store: store, Sessions: auth.NewSessions(store, auth.Config{Now: clock}), Sealer: sealer, Public: url,
		Sources: []saml.Source{fixed(idpMetadata(idpID, good.cert))}, CheckName: directory.CheckName,
		Certificate: certPEM(ours.cert), Key: keyPEM(ours.key), CreateUsers: true, Now: clock,
		Log: slog.New(slog.NewTextHandler(b.log, nil))}
	if change != nil {
		change(&b.config)
	}
	b.Provider = b.open()
	return b
}

// open makes another service provider on the same store, as another node or a
// restart would.
func (b *bench) open() *saml.Provider {
	b.t.Helper()
	p, err := saml.Open(b.t.Context(), b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// browser is one, with a request under way.
type browser struct {
	cookie  string
	relay   string
	request *etree.Element
}

func (r browser) id() string { return r.request.SelectAttrValue("ID", "") }

// begin starts a sign-in in a browser, new when cookie is empty.
func (b *bench) begin(target, cookie string) browser {
	b.t.Helper()
	begun, err := b.Begin(b.t.Context(), saml.Begin{Target: target, Browser: cookie})
	if err != nil {
		b.t.Fatal(err)
	}
	u, err := url.Parse(begun.Message.Location)
	if err != nil {
		b.t.Fatal(err)
	}
	return browser{begun.Browser, u.Query().Get("RelayState"), b.inflate(u.Query().Get("SAMLRequest"))}
}

func (b *bench) inflate(text string) *etree.Element {
	b.t.Helper()
	deflated, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(inflated(deflated)); err != nil {
		b.t.Fatal(err)
	}
	return doc.Root()
}

func (b *bench) view(f func(searchlight.Tx) error) {
	b.t.Helper()
	if err := b.store.View(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) update(f func(searchlight.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

// user makes an account.
func (b *bench) user(u searchlight.User, groups ...searchlight.GUID) searchlight.GUID {
	b.t.Helper()
	u.ID = searchlight.NewGUID()
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	if u.Type == "" {
		u.Type = searchlight.LocalUser
	}
	if u.State == "" {
		u.State = searchlight.UserActive
	}
	u.Visibility, u.Author, u.ModifiedBy, u.Created, u.Modified = searchlight.Sharable, searchlight.AdminUserID, searchlight.AdminUserID, now, now
	b.update(func(tx searchlight.Tx) error { return tx.CreateUser(&u, groups...) })
	return u.ID
}

func (b *bench) named(name string) *searchlight.User {
	b.t.Helper()
	var u *searchlight.User
	b.view(func(tx searchlight.Tx) (err error) {
		u, err = tx.UserByName(name)
		return err
	})
	return u
}

// group makes a group.
func (b *bench) group(g searchlight.Group, parents ...searchlight.GUID) searchlight.GUID {
	b.t.Helper()
	g.ID = searchlight.NewGUID()
	g.DisplayName, g.Type, g.Visibility = g.Name, searchlight.LocalGroup, searchlight.Sharable
	g.Author, g.ModifiedBy, g.Created, g.Modified = searchlight.AdminUserID, searchlight.AdminUserID, now, now
	b.update(func(tx searchlight.Tx) error {
		if err := tx.CreateGroup(&g); err != nil || len(parents) == 0 {
			return err
		}
		return tx.SetGroupParents(map[searchlight.GUID][]searchlight.GUID{g.ID: parents})
	})
	return g.ID
}

// groupsOf are the names of the groups that a user is directly in.
func (b *bench) groupsOf(user searchlight.GUID) []string {
	b.t.Helper()
	var names []string
	b.view(func(tx searchlight.Tx) error {
		groups, err := tx.UserGroups(user)
		for _, g := range groups {
			names = append(names, g.Name)
		}
		return err
	})
	return names
}

// sessions counts the sessions of everybody.
func (b *bench) sessions() (n int) {
	b.t.Helper()
	b.view(func(tx searchlight.Tx) error {
		users, err := tx.Users()
		if err != nil {
			return err
		}
		for _, u := range users {
			s, err := tx.SessionsOf(u.ID)
			if err != nil {
				return err
			}
			n += len(s)
		}
		return nil
	})
	return n
}

// entry is what the tests look at in an audit record.
type entry struct {
	Type     searchlight.EventType `json:"type"`
	UserName string                `json:"userName"`
	Data     map[string]any        `json:"data"`
}

func (b *bench) audit() []entry {
	b.t.Helper()
	var list []entry
	b.view(func(tx searchlight.Tx) error {
		list = nil
		return tx.AuditLog(time.Time{}, now.Add(100*year), func(r *searchlight.Record) error {
			var e entry
			if err := json.Unmarshal(r.Entry, &e); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
	})
	return list
}

func (b *bench) last() entry {
	b.t.Helper()
	list := b.audit()
	if len(list) == 0 {
		b.t.Fatal("the audit log is empty")
	}
	return list[len(list)-1]
}

// finish brings a response, as text, to the service provider.
func (b *bench) finish(text []byte, br browser) (*saml.Arrival, error) {
	return b.Finish(context.WithoutCancel(b.t.Context()), saml.Response{Message: base64.StdEncoding.EncodeToString(text), Relay: br.relay, Browser: br.cookie})
}

// accept expects a response to sign somebody in.
func (b *bench) accept(text []byte, br browser) *saml.Arrival {
	b.t.Helper()
	a, err := b.finish(text, br)
	if err != nil {
		b.t.Fatalf("refused: %v", err)
	}
	return a
}

// refuse expects a response to be refused, for a reason that goes into the
// audit log and into no answer.
func (b *bench) refuse(text []byte, br browser, reason string) {
	b.t.Helper()
	before := b.sessions()
	_, err := b.finish(text, br)
	b.refused(err, searchlight.EventLoginFailed, reason)
	if after := b.sessions(); after != before {
		b.t.Errorf("there are %d sessions, not %d", after, before)
	}
}

func (b *bench) refused(err error, event searchlight.EventType, reason string) {
	b.t.Helper()
	if err == nil {
		b.t.Errorf("accepted; expected a refusal because of %q", reason)
		return
	}
	if searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
		b.t.Errorf("error %v; expected one of code unauthenticated", err)
		return
	}
	e := b.last()
	got, _ := e.Data["reason"].(string)
	if e.Type != event || e.Data["outcome"] != "FAILURE" || e.Data["authMethod"] != "SAML" || !strings.Contains(got, reason) {
		b.t.Errorf("audit record %s %v\nexpected %s with a reason like %q", e.Type, e.Data, event, reason)
	}
	if !strings.Contains(b.log.String(), "reason=") {
		b.t.Error("the log does not say why")
	}
}
