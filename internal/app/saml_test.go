package app_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/internal/app"
)

// identityProvider writes the metadata of one.
func identityProvider(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "idp.xml")
	text := fmt.Sprintf(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
<X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`,
		base64.StdEncoding.EncodeToString(der))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serveApp runs an app until it is told to stop.
func serveApp(t *testing.T, a *app.App) (base string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- a.Run(ctx, func(base string) { ready <- base }) }()
	return <-ready, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		a.Close()
	}
}

func TestSAML(t *testing.T) {
	dir := t.TempDir()
	c := app.Config{DataDir: dir, Addr: "127.0.0.1:0", RedirectHosts: []string{"portal.example.com"}, SAML: app.SAML{IDPMetadata: []string{identityProvider(t)}}}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	certificate := func() string {
		a := open(t, c)
		base, stop := serveApp(t, a)
		defer stop()
		for target, want := range map[string]int{"/": 303, "https://portal.example.com/": 303, "https://evil.example.com/": 400} {
			answer, err := client.Get(base + "/callosum/v1/saml/login?targetURLPath=" + target)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != want || want == 303 && !strings.HasPrefix(answer.Header.Get("Location"), "https://idp.example.com/sso?SAMLRequest=") {
				t.Errorf("login for %s: %d to %s", target, answer.StatusCode, answer.Header.Get("Location"))
			}
		}
		answer, err := client.Get(base + "/callosum/v1/saml/metadata")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`<ds:X509Certificate>([^<]*)<`).FindSubmatch(body)
		if found == nil || !strings.Contains(string(body), `entityID="urn:searchlight:127.0.0.1:saml"`) {
			t.Fatalf("metadata: %d %s", answer.StatusCode, body)
		}
		return string(found[1])
	}
	first := certificate()
	if second := certificate(); second != first {
		t.Error("after a restart there is another certificate")
	}
	a := open(t, app.Config{DataDir: dir})
	if done, err := a.Rekey(context.Background(), false); err != nil || done.Resealed != 1 {
		t.Errorf("rekey: %+v, %v", done, err)
	}
	a.Close()
	if third := certificate(); third != first {
		t.Error("under the new secret key there is another certificate")
	}

	for name, s := range map[string]struct {
		saml app.SAML
		want string
	}{
		"no such file":       {app.SAML{IDPMetadata: []string{filepath.Join(dir, "none.xml")}}, "none.xml"},
		"no metadata":        {app.SAML{IDPMetadata: []string{filepath.Join(dir, "secret.key")}}, "metadata of the identity provider"},
		"key without reason": {app.SAML{Key: "saml.key"}, "need --saml-idp-metadata"},
		"half a key":         {app.SAML{IDPMetadata: c.SAML.IDPMetadata, Cert: c.SAML.IDPMetadata[0]}, "both a certificate and its key"},
		"skew":               {app.SAML{IDPMetadata: c.SAML.IDPMetadata, Skew: 2 * time.Hour}, "clock skew"},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, app.Config{DataDir: dir, SAML: s.saml}, s.want) })
	}
}
