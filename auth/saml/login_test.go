package saml_test

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/seal"
)

func TestRequest(t *testing.T) {
	b := newBench(t, nil)
	begun, err := b.Begin(t.Context(), saml.Begin{Target: "/#/home"})
	if err != nil {
		t.Fatal(err)
	}
	location, query, _ := strings.Cut(begun.Message.Location, "?")
	if location != "https://idp.example.com/sso" || len(begun.Message.Fields) > 0 {
		t.Errorf("%+v", begun.Message)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	if values.Get("tenant") != "7" || len(values.Get("RelayState")) > 80 || strings.Contains(query, "home") {
		t.Errorf("query %s", query)
	}
	signed, signature, _ := strings.Cut(strings.TrimPrefix(query, "tenant=7&"), "&Signature=")
	if signature, err = url.QueryUnescape(signature); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.cert.CheckSignature(4, []byte(signed), raw); err != nil { // SHA256WithRSA
		t.Errorf("the signature of the request: %v", err)
	}
	request := b.inflate(values.Get("SAMLRequest"))
	for key, want := range map[string]string{"Version": "2.0", "Destination": "https://idp.example.com/sso?tenant=7", "IssueInstant": "2024-09-24T10:30:00Z",
		"AssertionConsumerServiceURL": acs, "ProtocolBinding": crewjam.HTTPPostBinding, "ForceAuthn": ""} {
		if got := request.SelectAttrValue(key, ""); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	if got := request.FindElement("./saml:Issuer").Text(); got != entityID {
		t.Errorf("the issuer is %s", got)
	}
}

// An identity provider that takes requests by POST alone gets one whose
// signature is in the document.
func TestRequestByPost(t *testing.T) {
	byPost := strings.Replace(string(idpMetadata(idpID, good.cert)), `HTTP-Redirect" Location="https://idp.example.com/sso?tenant=7"`, `HTTP-POST" Location="https://idp.example.com/post"`, 1)
	b := newBench(t, func(c *saml.Config) { c.Sources = []saml.Source{fixed([]byte(byPost))} })
	begun, err := b.Begin(t.Context(), saml.Begin{})
	if err != nil {
		t.Fatal(err)
	}
	m := begun.Message
	if m.Location != "https://idp.example.com/post" || len(m.Fields) != 2 || m.Fields[0].Name != "SAMLRequest" || m.Fields[1].Name != "RelayState" {
		t.Fatalf("%+v", m)
	}
	text, err := base64.StdEncoding.DecodeString(m.Fields[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	root := verified(t, text)
	if root.Tag != "AuthnRequest" {
		t.Errorf("the signature covers %s", root.Tag)
	}
	br := browser{begun.Browser, m.Fields[1].Value, root}
	b.accept(b.spec(br, "anna").text(), br)
}

// verified is what our signature in a document covers.
func verified(t *testing.T, text []byte) *etree.Element {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil {
		t.Fatal(err)
	}
	context := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: certs(ours)})
	context.Clock = dsig.NewFakeClockAt(now)
	root, err := context.Validate(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestT79_Targets(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.Unsolicited, c.RedirectHosts = true, []string{"portal.example.com"} })
	hostile := []string{"//evil.example.com", "/\\evil.example.com", "https:evil.example.com", "javascript:alert(1)", "https://evil.example.com/",
		"http://portal.example.com/", "https://portal.example.com.evil.example.com/", "https://portal.example.com@evil.example.com/", "\t//evil.example.com",
		"data:text/html,x", "https://bi.example.com.evil.example.com/", "/a\nSet-Cookie: x", strings.Repeat("/a", 10_000)}
	for _, target := range hostile {
		if _, err := b.Begin(t.Context(), saml.Begin{Target: target}); searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("a sign-in begins with the target %.40q: %v", target, err)
		}
		br := b.begin("/right", "")
		br.relay = target
		if a := b.accept(b.spec(br, "anna").text(), br); a.Target != "/" {
			t.Errorf("RelayState %.40q of a sign-in that began here leads to %s", target, a.Target)
		}
		if a := b.accept(b.spec(browser{}, "anna").text(), browser{relay: target}); a.Target != "/" {
			t.Errorf("RelayState %.40q of one that began elsewhere leads to %s", target, a.Target)
		}
	}
	for _, target := range []string{"/", "/#/pinboard/7", public + "/#/home", "https://portal.example.com/reports?x=1"} {
		br := b.begin(target, "")
		if a := b.accept(b.spec(br, "anna").text(), br); a.Target != target {
			t.Errorf("%s leads to %s", target, a.Target)
		}
		if a := b.accept(b.spec(browser{}, "anna").text(), browser{relay: target}); a.Target != target {
			t.Errorf("%s, unsolicited, leads to %s", target, a.Target)
		}
	}
	// The name of another request of the browser leads nowhere.
	first := b.begin("/first", "")
	second := b.begin("/second", first.cookie)
	second.relay = first.relay
	if a := b.accept(b.spec(second, "anna").text(), second); a.Target != "/" {
		t.Errorf("the RelayState of another request leads to %s", a.Target)
	}
}

// The tests of the schema need a document, those of other servers an order.
func TestMetadata(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.NextCertificate = certPEM(stranger.cert) })
	text, err := b.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range doc.FindElements("//md:SPSSODescriptor/*") {
		what := e.Tag
		for _, key := range []string{"use", "Binding", "Location"} {
			if v := e.SelectAttrValue(key, ""); v != "" {
				what += " " + v[strings.LastIndexByte(v, ':')+1:]
			}
		}
		if e.Tag == "NameIDFormat" {
			what += " " + e.Text()[strings.LastIndexByte(e.Text(), ':')+1:]
		}
		got = append(got, what)
	}
	want := []string{"KeyDescriptor signing", "KeyDescriptor signing", "SingleLogoutService HTTP-Redirect //bi.example.com/callosum/v1/saml/slo",
		"SingleLogoutService HTTP-POST //bi.example.com/callosum/v1/saml/slo", "NameIDFormat unspecified", "NameIDFormat emailAddress",
		"NameIDFormat persistent", "AssertionConsumerService HTTP-POST //bi.example.com/callosum/v1/saml/SSO"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	role := doc.FindElement("//md:SPSSODescriptor")
	if doc.Root().SelectAttrValue("entityID", "") != entityID || role.SelectAttrValue("WantAssertionsSigned", "") != "true" || role.SelectAttrValue("AuthnRequestsSigned", "") != "true" {
		t.Errorf("%s", text)
	}
	for i, p := range []pair{ours, stranger} {
		if got := doc.FindElements("//ds:X509Certificate")[i].Text(); got != base64.StdEncoding.EncodeToString(p.cert.Raw) {
			t.Errorf("certificate %d is another one", i)
		}
	}
}

// The key that is made at the first start is the same on all nodes and after a
// restart, and nobody reads it in the store.
func TestOwnKey(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.Certificate, c.Key = nil, nil })
	first, err := b.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.open().Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("another node publishes another certificate")
	}
	mine, ok := b.config.Sealer.(*seal.Sealer)
	if !ok {
		t.Fatal("the sealer is another one")
	}
	var raw map[string]string
	b.view(func(tx searchlight.Tx) error { return tx.Setting("saml.key", &raw) })
	sealed, err := base64.StdEncoding.DecodeString(raw["Sealed"])
	if err != nil || bytes.Contains(sealed, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")) { // the mark of an RSA key
		t.Errorf("the key in the store is not sealed: %v", err)
	}
	other, err := seal.New([]byte("another key of exactly 32 bytes!"))
	if err != nil {
		t.Fatal(err)
	}
	b.config.Sealer = other
	if _, err := saml.Open(t.Context(), b.config); err == nil || !strings.Contains(err.Error(), "rekey --forget") {
		t.Errorf("with another secret key: %v", err)
	}

	reseal := func(s *seal.Sealer, forget bool) (resealed, forgotten bool, err error) {
		b.update(func(tx searchlight.Tx) error {
			resealed, forgotten, err = saml.Reseal(tx, s, forget)
			return nil
		})
		return resealed, forgotten, err
	}
	if _, _, err := reseal(other, false); err == nil {
		t.Error("a key that cannot be opened was sealed anew")
	}
	both := other.WithOld(mine)
	for n, want := range []bool{true, false} {
		if resealed, forgotten, err := reseal(both, false); resealed != want || forgotten || err != nil {
			t.Errorf("round %d: %t, %t, %v", n+1, resealed, forgotten, err)
		}
	}
	if third, err := b.open().Metadata(); err != nil || !bytes.Equal(first, third) {
		t.Errorf("under the new secret key there is another certificate: %v", err)
	}
	if resealed, forgotten, err := reseal(mine, true); resealed || !forgotten || err != nil {
		t.Errorf("forgetting: %t, %t, %v", resealed, forgotten, err)
	}
	if fourth, err := b.open().Metadata(); err != nil || bytes.Equal(first, fourth) {
		t.Errorf("a key that was given up is still published: %v", err)
	}
}

func TestConfiguration(t *testing.T) {
	b := newBench(t, nil)
	weak := makePair(rsaKey(1024), start.Add(-year), start.Add(year))
	curve := makePair(ecKey(), start.Add(-year), start.Add(year))
	metadata := func(text string) func(*saml.Config) {
		return func(c *saml.Config) { c.Sources = []saml.Source{fixed([]byte(text))} }
	}
	goodText := string(idpMetadata(idpID, good.cert))
	for name, c := range map[string]struct {
		change func(*saml.Config)
		reason string
	}{
		"no source":            {func(c *saml.Config) { c.Sources = nil }, "needs the metadata of an identity provider"},
		"no address":           {func(c *saml.Config) { c.Public = &url.URL{Scheme: "https"} }, "needs the public URL"},
		"half a key":           {func(c *saml.Config) { c.Key = nil }, "both a certificate and its key"},
		"negative skew":        {func(c *saml.Config) { c.Skew = -1 }, "clock skew"},
		"another's key":        {func(c *saml.Config) { c.Key = keyPEM(stranger.key) }, "the certificate of SAML and its key"},
		"weak key":             {func(c *saml.Config) { c.Certificate, c.Key = certPEM(weak.cert), keyPEM(weak.key) }, "1024 bits"},
		"curve":                {func(c *saml.Config) { c.Certificate, c.Key = certPEM(curve.cert), keyPEM(curve.key) }, "not an RSA key"},
		"next certificate":     {func(c *saml.Config) { c.NextCertificate = []byte("x") }, "no certificate in PEM"},
		"pattern of hosts":     {func(c *saml.Config) { c.RedirectHosts = []string{"*.example.com"} }, "*.example.com"},
		"empty":                {metadata(""), "no element"},
		"another document":     {metadata("<x/>"), "not with an EntityDescriptor"},
		"no certificate":       {metadata(string(idpMetadata(idpID))), "no certificate for signing"},
		"weak certificate":     {metadata(string(idpMetadata(idpID, weak.cert))), "no certificate for signing"},
		"broken certificate":   {metadata(strings.Replace(goodText, "<ds:X509Certificate>", "<ds:X509Certificate>AAAA", 1)), "a certificate of"},
		"no entity id":         {metadata(string(idpMetadata("", good.cert))), "the entity id"},
		"script as an address": {metadata(strings.ReplaceAll(goodText, "https://idp.example.com/s", "javascript:alert(1)//s")), ""},
		"no address of theirs": {metadata(strings.ReplaceAll(goodText, "HTTP-Redirect", "HTTP-Artifact")), "no address to sign in at"},
		"described twice":      {func(c *saml.Config) { c.Sources = append(c.Sources, c.Sources[0]) }, "described twice"},
	} {
		t.Run(name, func(t *testing.T) {
			config := b.config
			c.change(&config)
			if _, err := saml.Open(t.Context(), config); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want %q", err, c.reason)
			}
		})
	}
	b.config.Public = &url.URL{Scheme: "http", Host: "localhost:8080"}
	if b.open().SecureCookies() || !strings.Contains(b.log.String(), "plain http") {
		t.Error("nobody is told of plain http")
	}
}

func TestSeveralInOneDocument(t *testing.T) {
	const otherID = "https://other.example.com/metadata"
	strip := func(text []byte) string { return string(text) }
	text := `<?xml version="1.0"?><EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` +
		strip(idpMetadata(idpID, good.cert)) + strip(idpMetadata(otherID, stranger.cert)) +
		`<EntityDescriptor entityID="urn:sp"><SPSSODescriptor/></EntityDescriptor></EntitiesDescriptor>`
	b := newBench(t, func(c *saml.Config) { c.Sources = []saml.Source{fixed([]byte("\ufeff" + text))} })
	for _, id := range []string{idpID, otherID} {
		if _, err := b.Begin(t.Context(), saml.Begin{Provider: id}); err != nil {
			t.Error(err)
		}
	}
}

// A new certificate is taken without a restart, the old one dropped with it; a
// broken file changes nothing.
func TestRollOver(t *testing.T) {
	text := idpMetadata(idpID, good.cert)
	b := newBench(t, func(c *saml.Config) {
		c.Sources = []saml.Source{func() ([]byte, error) { return text, nil }}
	})
	by := func(p pair) ([]byte, browser) {
		br := b.begin("", "")
		s := b.spec(br, "anna")
		s.by = p
		return s.text(), br
	}
	expect := func(p pair, accepted bool) {
		t.Helper()
		now = now.Add(3 * time.Second)
		response, br := by(p)
		if accepted {
			b.accept(response, br)
		} else {
			b.refuse(response, br, "the signature of the")
		}
	}
	expect(good, true)
	expect(stranger, false)
	text = idpMetadata(idpID, good.cert, stranger.cert)
	expect(good, true)
	expect(stranger, true)
	text = idpMetadata(idpID, stranger.cert)
	expect(good, false)
	expect(stranger, true)
	text = []byte("<broken")
	expect(good, false)
	expect(stranger, true)
	if strings.Count(b.log.String(), "the old one stays in use") != 1 {
		t.Error("the log does not say once that the file is broken")
	}
	text = idpMetadata(idpID, good.cert)
	expect(good, true)
}

func TestExpiringCertificate(t *testing.T) {
	soon := makePair(good.key, start.Add(-year), start.Add(29*24*time.Hour))
	b := newBench(t, func(c *saml.Config) { c.Sources = []saml.Source{fixed(idpMetadata(idpID, soon.cert))} })
	told := func() int { return strings.Count(b.log.String(), "ends soon or has ended") }
	if told() != 1 {
		t.Errorf("told %d times at the start", told())
	}
	b.signIn("anna", nil)
	now = now.Add(25 * time.Hour)
	b.signIn("anna", nil)
	if told() != 2 {
		t.Errorf("told %d times a day later", told())
	}
	now = start.Add(30 * 24 * time.Hour)
	b.turnAway("anna", nil, "has expired")
}
