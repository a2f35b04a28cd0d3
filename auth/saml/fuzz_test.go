package saml_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/beevik/etree"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// FuzzSAMLResponse looks for a response that makes the server panic, or signs
// in somebody whom the identity provider did not name.
func FuzzSAMLResponse(f *testing.F) {
	for _, s := range fuzzSeeds() {
		f.Add(s)
	}
	b := newBench(f, func(c *saml.Config) { c.Unsolicited = true })
	f.Fuzz(func(t *testing.T, text []byte) {
		b.log.Reset()
		a, err := b.Finish(t.Context(), saml.Response{Message: base64.StdEncoding.EncodeToString(text)})
		switch {
		case err != nil && searchlight.CodeOf(err) != searchlight.CodeUnauthenticated:
			t.Errorf("%v", err)
		case err == nil && a.SignIn.Subject.User.Name != "anna":
			t.Errorf("%s is signed in", a.SignIn.Subject.User.Name)
		case bytes.Contains(b.log.Bytes(), []byte("panic")):
			t.Errorf("%s", b.log)
		}
	})
}

func fuzzSeeds() [][]byte {
	var seeds [][]byte
	for _, signed := range []string{"assertion", "response", "both", "none"} {
		s := (&bench{}).spec(browser{}, "anna")
		s.signed = signed
		root := s.tree()
		seeds = append(seeds, textOf(root))
		if signed == "none" {
			continue
		}
		element := root
		if signed == "assertion" {
			element = assertionOf(root)
		}
		for _, w := range wrappings {
			seeds = append(seeds, textOf(w.wrap(root, element, func(e *etree.Element) *etree.Element {
				for _, n := range e.FindElements(".//saml:NameID") {
					n.SetText("boss")
				}
				return e
			})))
		}
	}
	return seeds
}
