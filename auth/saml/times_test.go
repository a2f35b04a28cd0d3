package saml_test

import (
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/searchlight-bi/searchlight/auth/saml"
)

func TestSessionEnd(t *testing.T) {
	b := newBench(t, nil)
	br := b.begin("", "")
	s := b.spec(br, "anna")
	s.change = func(root *etree.Element) {
		root.FindElement("//saml:AuthnStatement").CreateAttr("SessionNotOnOrAfter", stamp(now.Add(time.Hour)))
	}
	if in := b.accept(s.text(), br).SignIn; in.Ends != start.Add(time.Hour+saml.DefaultSkew) {
		t.Errorf("the session ends at %s", in.Ends)
	}
}

func TestT76_Times(t *testing.T) {
	at := func(d time.Duration) string { return stamp(start.Add(d)) }
	over := saml.DefaultSkew + time.Second
	refusals(t, []refusal{
		{"Response of the future", one(".", "IssueInstant", at(over)), "was issued in the future"},
		{"Response of a day ahead", one(".", "IssueInstant", at(24*time.Hour)), "was issued in the future"},
		{"Response of the past", one(".", "IssueInstant", at(-over-90*time.Second)), "was issued too long ago"},
		{"Response without a time", one(".", "IssueInstant", ""), "does not say when it was issued"},
		{"Response with nonsense for a time", one(".", "IssueInstant", "yesterday"), "is no time"},
		{"Assertion of the future", one(assertionPath, "IssueInstant", at(over)), "was issued in the future"},
		{"Assertion of the past", one(assertionPath, "IssueInstant", at(-over-90*time.Second)), "was issued too long ago"},
		{"Conditions of the future", one(conditionsPath, "NotBefore", at(over)), "holds only from"},
		{"Conditions of the past", one(conditionsPath, "NotOnOrAfter", at(-saml.DefaultSkew)), "held only until"},
		{"confirmation of the past", one(dataPath, "NotOnOrAfter", at(-saml.DefaultSkew)), "held only until"},
		{"confirmation without an end", one(dataPath, "NotOnOrAfter", ""), "no NotOnOrAfter"},
		{"confirmation with a beginning", one(dataPath, "NotBefore", at(-time.Hour)), "has a NotBefore"},
		{"confirmation of the future", one(dataPath, "NotBefore", at(time.Hour)), "holds only from"},
		{"proof of the future", one(statementPath, "AuthnInstant", at(over)), "AuthnInstant is in the future"},
		{"proof of long ago", one(statementPath, "AuthnInstant", at(-24*time.Hour-over)), "AuthnInstant is too long ago"},
		{"session that has ended", one(statementPath, "SessionNotOnOrAfter", at(-saml.DefaultSkew)), "the session at the identity provider has ended"},
	})
}

// What lies within the skew is accepted.
func TestT76_Skew(t *testing.T) {
	b := newBench(t, nil)
	for name, change := range map[string]func(*etree.Element){
		"issued ahead":         one(assertionPath, "IssueInstant", stamp(start.Add(saml.DefaultSkew))),
		"conditions ahead":     one(conditionsPath, "NotBefore", stamp(start.Add(saml.DefaultSkew))),
		"conditions just over": one(conditionsPath, "NotOnOrAfter", stamp(start.Add(-saml.DefaultSkew+time.Second))),
		"proof ahead":          one(statementPath, "AuthnInstant", stamp(start.Add(saml.DefaultSkew))),
		"proof of yesterday":   one(statementPath, "AuthnInstant", stamp(start.Add(-24*time.Hour))),
		"no beginning":         one(conditionsPath, "NotBefore", ""),
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			br := b.begin("", "")
			s := b.spec(br, "anna")
			s.change = change
			b.accept(s.text(), br)
		})
	}
}

func TestT76_Settings(t *testing.T) {
	old := one(statementPath, "AuthnInstant", stamp(start.Add(-48*time.Hour)))
	t.Run("any age", func(t *testing.T) {
		b := newBench(t, func(c *saml.Config) { c.MaxAge = -1 })
		br := b.begin("", "")
		s := b.spec(br, "anna")
		s.change = old
		b.accept(s.text(), br)
	})
	t.Run("a new proof", func(t *testing.T) {
		b := newBench(t, func(c *saml.Config) { c.ForceAuthn = true })
		br := b.begin("", "")
		if br.request.SelectAttrValue("ForceAuthn", "") != "true" {
			t.Error("the request does not ask for one")
		}
		s := b.spec(br, "anna")
		s.change = one(statementPath, "AuthnInstant", stamp(start.Add(-time.Hour)))
		b.refuse(s.text(), br, "did not ask for a new proof")
		b.accept(b.spec(br, "anna").text(), br)
	})
	t.Run("skew", func(t *testing.T) {
		b := newBench(t, func(c *saml.Config) { c.Skew = time.Hour })
		if !strings.Contains(b.log.String(), "clocks that differ widely") {
			t.Error("nobody is told of the wide skew")
		}
		br := b.begin("", "")
		s := b.spec(br, "anna")
		s.change = one(assertionPath, "IssueInstant", stamp(start.Add(50*time.Minute)))
		b.accept(s.text(), br)
		b.config.Skew = time.Hour + time.Second
		if _, err := saml.Open(t.Context(), b.config); err == nil || !strings.Contains(err.Error(), "up to 1h0m0s") {
			t.Errorf("a skew of more than an hour: %v", err)
		}
	})
}
