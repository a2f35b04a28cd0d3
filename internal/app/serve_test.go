package app_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/internal/app"
)

// certificate writes a certificate with its key into two files.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestServingTLS(t *testing.T) {
	cert, key := certificate(t)
	a := open(t, app.Config{DataDir: t.TempDir(), Addr: "127.0.0.1:0", TLSCert: cert, TLSKey: key, AdminPassword: "Correct-Horse-7-Battery"})
	if _, err := a.FirstPassword(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := a.Run(ctx, func(base string) {
		go func() {
			defer cancel()
			if !strings.HasPrefix(base, "https://127.0.0.1:") {
				t.Errorf("the server is found at %s", base)
			}
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // it is made above
			response, err := client.Post(base+"/callosum/v1/tspublic/v1/session/login", "application/x-www-form-urlencoded",
				strings.NewReader("username=tsadmin&password=Correct-Horse-7-Battery"))
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusNoContent || !response.Cookies()[0].Secure || response.Header.Get("Strict-Transport-Security") == "" {
				t.Errorf("%d, headers %v", response.StatusCode, response.Header)
			}
		}()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWarningOfPlainHTTP(t *testing.T) {
	cert, key := certificate(t)
	for name, tt := range map[string]struct {
		config app.Config
		warns  bool
	}{
		"this machine alone":               {app.Config{Addr: "127.0.0.1:0"}, false},
		"every address":                    {app.Config{Addr: ":0"}, true},
		"a public address of this machine": {app.Config{Addr: ":0", PublicURL: "http://localhost:8080"}, false},
		"a public address":                 {app.Config{Addr: "127.0.0.1:0", PublicURL: "http://bi.example.com"}, true},
		"a proxy":                          {app.Config{Addr: ":0", PublicURL: "https://bi.example.com"}, false},
		"TLS":                              {app.Config{Addr: ":0", TLSCert: cert, TLSKey: key}, false},
	} {
		var log bytes.Buffer
		tt.config.DataDir = t.TempDir()
		a, err := app.Open(context.Background(), tt.config, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		if got := strings.Contains(log.String(), "in the clear"); got != tt.warns {
			t.Errorf("%s: warned %v, want %v: %s", name, got, tt.warns, log.String())
		}
	}
}

func TestMailSettings(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	smtp := func(change func(*app.Config)) app.Config {
		c := app.Config{DataDir: t.TempDir(), SMTPAddr: "mail.example.com:587", MailFrom: "bi@example.com", SMTPUser: "bi", SMTPPassword: "hunter2"}
		change(&c)
		return c
	}
	if a := open(t, app.Config{DataDir: t.TempDir()}); a.Mail.Enabled() {
		t.Error("mail is sent without a server")
	}
	if a := open(t, smtp(func(c *app.Config) { c.MailDomains = []string{"example.com"} })); !a.Mail.Enabled() || a.Mail.Check("a@example.com") != nil || a.Mail.Check("a@example.org") == nil {
		t.Error("mail is not sent as configured")
	}
	if a := open(t, smtp(func(c *app.Config) { c.SMTPPassword, c.SMTPPasswordFile = "", file("hunter2\n") })); !a.Mail.Enabled() {
		t.Error("the file with the password is not read")
	}
	for name, tt := range map[string]struct {
		change func(*app.Config)
		text   string
	}{
		"no sender":          {func(c *app.Config) { c.MailFrom = "" }, "--mail-from"},
		"no server":          {func(c *app.Config) { c.SMTPAddr = "" }, "smtp-addr"},
		"no password":        {func(c *app.Config) { c.SMTPPassword = "" }, "password"},
		"two passwords":      {func(c *app.Config) { c.SMTPPasswordFile = file("x") }, "twice"},
		"no file":            {func(c *app.Config) { c.SMTPPassword, c.SMTPPasswordFile = "", "/no/such/file" }, "/no/such/file"},
		"an empty file":      {func(c *app.Config) { c.SMTPPassword, c.SMTPPasswordFile = "", file("\n") }, "one line"},
		"a file of more":     {func(c *app.Config) { c.SMTPPassword, c.SMTPPasswordFile = "", file("hunter2\nx\n") }, "one line"},
		"no TLS":             {func(c *app.Config) { c.SMTPTLS = "none" }, "in the clear"},
		"a bad address":      {func(c *app.Config) { c.SMTPAddr = "mail" }, "mail.example.com:587"},
		"a bad domain":       {func(c *app.Config) { c.MailDomains = []string{"@example.com"} }, "@example.com"},
		"half a certificate": {func(c *app.Config) { c.TLSCert = "x" }, "--tls-key"},
	} {
		a, err := app.Open(context.Background(), smtp(tt.change), quiet)
		if err == nil {
			a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
