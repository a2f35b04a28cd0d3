package sso_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"encoding/xml"
	"html"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	"github.com/crewjam/saml/logger"
	"github.com/crewjam/saml/samlidp"
	"golang.org/x/crypto/bcrypt"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/directory"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/mock"
	"github.com/searchlight-bi/searchlight/seal"
	"github.com/searchlight-bi/searchlight/server"
	"github.com/searchlight-bi/searchlight/store/postgres"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// site is the server with single sign-on, over TLS.
type site struct {
	t     *testing.T
	url   string
	store searchlight.Store
	log   *buffer
}

// buffer is a log that several goroutines write.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func onSQLite(t *testing.T) searchlight.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func onPostgres(t *testing.T) searchlight.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), pgtest.Database(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// newSite serves on an address of its own. metadata is that of the identity
// provider.
func newSite(t *testing.T, metadata []byte, change func(*saml.Config)) *site {
	t.Helper()
	return newSiteOn(t, onSQLite(t), metadata, change)
}

func newSiteOn(t *testing.T, store searchlight.Store, metadata []byte, change func(*saml.Config)) *site {
	t.Helper()
	ts := httptest.NewUnstartedServer(nil)
	s := &site{t: t, url: "https://" + ts.Listener.Addr().String(), log: &buffer{}, store: store}
	sessions := auth.NewSessions(store, auth.Config{})
	sealer, err := seal.New(bytes.Repeat([]byte{7, 1}, 16))
	if err != nil {
		t.Fatal(err)
	}
	public, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	config := saml.Config{Store: store, Sessions: sessions, Sealer: sealer, CheckName: directory.CheckName, Public: public,
		Sources: []saml.Source{func() ([]byte, error) { return metadata, nil }}, CreateUsers: true, MapGroups: true, SingleLogout: true, Log: log}
	key, certificate := keyPair()
	config.Key, config.Certificate = keyPEM(key), certificatePEM(certificate)
	if change != nil {
		change(&config)
	}
	provider, err := saml.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	services := mock.Services()
	services.Sessions = sessions
	srv, err := server.New(server.Config{Services: services, Store: store, Logger: log, PublicURL: s.url, SAML: provider})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = srv.Handler()
	ts.Config.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	ts.StartTLS()
	t.Cleanup(ts.Close)
	group := &searchlight.Group{ID: searchlight.NewGUID(), Name: "Sales", DisplayName: "Sales", Type: searchlight.LocalGroup, Visibility: searchlight.Sharable,
		Author: searchlight.AdminUserID, ModifiedBy: searchlight.AdminUserID, Created: searchlight.BuiltInTime, Modified: searchlight.BuiltInTime}
	if err := store.Update(t.Context(), func(tx searchlight.Tx) error { return tx.CreateGroup(group) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func keyPEM(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// keyPair makes a key for both sides, once for all tests.
var keyPair = sync.OnceValues(func() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return key, certificate
})

// idp is the library's identity provider. It is on another site than the server:
// localhost instead of 127.0.0.1.
type idp struct {
	*samlidp.Server
	url      string
	site     string // that trusts it
	metadata []byte
}

const idpPassword = "a password of anna's"

// newIDP starts one that takes no log-outs.
func newIDP(t *testing.T) *idp { return startIDP(t, false) }

// startIDP starts one that may take log-outs, which it answers at once with
// something that nobody reads.
func startIDP(t *testing.T, logout bool) *idp {
	t.Helper()
	ts := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(ts.Listener.Addr().String(), ":")
	at := url.URL{Scheme: "https", Host: "localhost:" + port}
	key, certificate := keyPair()
	srv, err := samlidp.New(samlidp.Options{URL: at, Key: key, Certificate: certificate, Store: &samlidp.MemoryStore{}, Logger: logger.Interface(discard{})})
	if err != nil {
		t.Fatal(err)
	}
	srv.IDP.LoginURL = srv.IDP.SSOURL // its form goes on where it came from
	srv.IDP.SessionProvider = sessions{srv}
	srv.IDP.SignatureMethod = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	if logout {
		srv.IDP.LogoutURL = *at.JoinPath("slo")
	}
	i := &idp{Server: srv, url: at.String()}
	ts.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slo" && r.URL.Query().Has("SAMLRequest") {
			http.Redirect(w, r, i.site+"/callosum/v1/saml/slo?SAMLResponse=x", http.StatusFound)
			return
		}
		srv.ServeHTTP(w, r)
	})
	ts.StartTLS()
	t.Cleanup(ts.Close)
	if i.metadata, err = xml.Marshal(srv.IDP.Metadata()); err != nil {
		t.Fatal(err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(idpPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	err = srv.Store.Put("/users/anna", samlidp.User{Name: "Anna", HashedPassword: hash, Email: "anna@example.com", CommonName: "Anna Lee", Groups: []string{"Sales"}})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (i *idp) put(t *testing.T, path, body string) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPut, path, strings.NewReader(body))
	answer := httptest.NewRecorder()
	i.ServeHTTP(answer, request)
	if answer.Code != http.StatusNoContent {
		t.Fatalf("PUT %s: %d %s", path, answer.Code, answer.Body)
	}
}

// trust makes the identity provider know a site by its metadata.
func (i *idp) trust(t *testing.T, s *site) {
	t.Helper()
	i.site = s.url
	status, body := newClient(t).get(s.url + "/callosum/v1/saml/metadata")
	if status != http.StatusOK {
		t.Fatalf("metadata: %d %s", status, body)
	}
	i.put(t, "/services/searchlight", body)
}

// discard is where the library's log goes.
type discard struct{ logger.Interface }

func (discard) Printf(string, ...any) {}
func (discard) Print(...any)          {}
func (discard) Println(...any)        {}

// sessions names people and their attributes as Searchlight expects it.
type sessions struct{ *samlidp.Server }

func (s sessions) GetSession(w http.ResponseWriter, r *http.Request, request *crewjam.IdpAuthnRequest) *crewjam.Session {
	session := s.Server.GetSession(w, r, request)
	if session == nil {
		return nil
	}
	session.NameID, session.NameIDFormat = session.UserName, string(crewjam.UnspecifiedNameIDFormat)
	add := func(name string, values ...string) {
		a := crewjam.Attribute{Name: name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"}
		for _, v := range values {
			a.Values = append(a.Values, crewjam.AttributeValue{Type: "xs:string", Value: v})
		}
		session.CustomAttributes = append(session.CustomAttributes, a)
	}
	add("mail", session.UserEmail)
	add("displayName", session.UserCommonName)
	add("roles", session.Groups...)
	return session
}

// client is a browser without scripts, which shows each page.
type client struct {
	t *testing.T
	*http.Client
	at *url.URL // of the last page
}

func newClient(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // test certificates
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, Client: &http.Client{Jar: jar, Transport: documented{t, transport}}}
}

func (c *client) get(address string) (status int, body string) {
	c.t.Helper()
	answer, err := c.Get(address)
	return c.read(answer, err)
}

func (c *client) post(address string, form url.Values) (status int, body string) {
	c.t.Helper()
	answer, err := c.PostForm(address, form)
	return c.read(answer, err)
}

func (c *client) read(answer *http.Response, err error) (status int, body string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.at = answer.Request.URL
	if forward := refreshTag.FindStringSubmatch(string(text)); forward != nil {
		return c.get(html.UnescapeString(forward[1]))
	}
	return answer.StatusCode, string(text)
}

var (
	formTag    = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
	refreshTag = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)"`)
	inputTag   = regexp.MustCompile(`<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"`)
)

// form is the only form of a page, with the fields that are filled in.
func (c *client) form(page string) (action string, fields url.Values) {
	c.t.Helper()
	found := formTag.FindStringSubmatch(page)
	if found == nil {
		c.t.Fatalf("no form on the page %s\n%s", c.at, page)
	}
	fields = url.Values{}
	for _, input := range inputTag.FindAllStringSubmatch(page, -1) {
		fields.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	return html.UnescapeString(found[1]), fields
}

// submit posts the form of a page with some more fields.
func (c *client) submit(page string, more ...string) (status int, body string) {
	c.t.Helper()
	action, fields := c.form(page)
	for i := 0; i < len(more); i += 2 {
		fields.Set(more[i], more[i+1])
	}
	return c.post(action, fields)
}

func (c *client) cookie(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range c.Jar.Cookies(u) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// whoAmI is the name that session/info gives; empty: nobody is signed in.
func (c *client) whoAmI(s *site) string {
	c.t.Helper()
	status, body := c.get(s.url + "/callosum/v1/tspublic/v1/session/info")
	if status == http.StatusUnauthorized {
		return ""
	}
	found := regexp.MustCompile(`"userName":"([^"]*)"`).FindStringSubmatch(body)
	if status != http.StatusOK || found == nil {
		c.t.Fatalf("session/info: %d %s", status, body)
	}
	return found[1]
}
