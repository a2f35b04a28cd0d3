package sso_test

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// idpVariable names a Python interpreter that has pysaml2; scripts/saml-idp.sh
// makes one.
const idpVariable = "SEARCHLIGHT_TEST_SAML_IDP"

// startPySAML runs an identity provider of another make.
func startPySAML(t *testing.T) (base, directory string) {
	t.Helper()
	python := os.Getenv(idpVariable)
	if python == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(idpVariable + " is not set")
		}
		t.Skip(idpVariable + " is not set; scripts/saml-idp.sh prints an interpreter for it")
	}
	directory = t.TempDir()
	key, certificate := keyPair()
	write := func(name string, text []byte) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	command := exec.Command(python, "testdata/idp.py", directory, write("key.pem", keyPEM(key)), write("certificate.pem", certificatePEM(certificate)))
	errs := &buffer{}
	command.Stderr = errs
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
		if t.Failed() {
			t.Logf("the identity provider says\n%s", errs)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	return strings.TrimSpace(line), directory
}

func TestRoundWithPySAML(t *testing.T) {
	base, directory := startPySAML(t)
	metadata, err := os.ReadFile(filepath.Join(directory, "idp.xml"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, metadata, func(c *saml.Config) {
		c.MailAttribute, c.NameAttribute = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:2.16.840.1.113730.3.1.241"
		c.GroupsAttribute = "urn:oid:1.3.6.1.4.1.5923.1.5.1.1"
	})
	c := newClient(t)
	status, own := c.get(s.url + saml.MetadataPath)
	if status != http.StatusOK {
		t.Fatalf("metadata: %d", status)
	}
	if err := os.WriteFile(filepath.Join(directory, "sp.xml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}

	// Signing in.
	if status, body := signIn(c, s, "/healthz"); status != http.StatusOK || body != "ok\n" || c.whoAmI(s) != "anna@example.com" {
		t.Fatalf("sign-in: %d %s\n%s", status, body, s.log)
	}
	var groups []string
	if err := s.store.View(t.Context(), func(tx searchlight.Tx) error {
		u, err := tx.UserByName("anna@example.com")
		if err != nil {
			return err
		}
		if u.DisplayName != "Anna Lee" || u.Email != "anna@example.com" {
			t.Errorf("%q, %q", u.DisplayName, u.Email)
		}
		of, err := tx.UserGroups(u.ID)
		for _, g := range of {
			groups = append(groups, g.Name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(groups, []string{"All", "Sales"}) {
		t.Errorf("groups %v", groups)
	}

	// Signing out here, and by that there.
	if status, body := c.post(s.url+saml.LogoutPath, nil); status != http.StatusOK || !strings.Contains(body, "You have signed out") ||
		c.at.Path != saml.LogoutPath || c.at.Query().Get("SAMLResponse") == "" || c.whoAmI(s) != "" {
		t.Errorf("log-out: %d at %s\n%s", status, c.at, body)
	}

	// Signing out there, and by that here.
	for _, binding := range []string{"redirect", "post"} {
		signIn(c, s, "")
		if who := c.whoAmI(s); who != "anna@example.com" {
			t.Fatalf("%q is signed in", who)
		}
		status, body := c.get(base + "/logout?binding=" + binding)
		if binding == "post" {
			status, body = c.submit(body)
		}
		if status != http.StatusOK || body != "True from-idp" || c.whoAmI(s) != "" {
			t.Errorf("log-out of the identity provider by %s: %d %s\n%s", binding, status, body, s.log)
		}
	}
}
