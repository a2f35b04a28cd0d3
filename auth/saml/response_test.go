package saml_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

func inflated(deflated []byte) []byte {
	text, err := saml.Inflated(deflated)
	if err != nil {
		panic(err)
	}
	return text
}

func TestSignIn(t *testing.T) {
	for _, signed := range []string{"assertion", "response", "both"} {
		t.Run(signed, func(t *testing.T) {
			b := newBench(t, nil)
			br := b.begin("/#/pinboard/7", "")
			s := b.spec(br, "Anna@Example.com")
			s.signed = signed
			a := b.accept(s.text(), br)
			if a.Target != "/#/pinboard/7" {
				t.Errorf("the browser is sent to %s", a.Target)
			}
			in := a.SignIn
			if in.Subject.User.Name != "anna@example.com" || in.Session.Method != searchlight.AuthSAML || in.Ends != start.Add(24*time.Hour) || in.Token == "" {
				t.Errorf("%s is signed in by %s until %s", in.Subject.User.Name, in.Session.Method, in.Ends)
			}
			if e := b.last(); e.Type != searchlight.EventLogin || e.UserName != "anna@example.com" || e.Data["authMethod"] != "SAML" {
				t.Errorf("audit record %+v", e)
			}
		})
	}
}

// one changes attributes of an element before it is signed; an empty value
// removes one.
func one(path string, keysAndValues ...string) func(*etree.Element) {
	return func(root *etree.Element) {
		e := root
		if path != "." {
			e = root.FindElement(path)
		}
		for i := 0; i < len(keysAndValues); i += 2 {
			e.RemoveAttr(keysAndValues[i])
			if keysAndValues[i+1] != "" {
				e.CreateAttr(keysAndValues[i], keysAndValues[i+1])
			}
		}
	}
}

func drop(path string) func(*etree.Element) {
	return func(root *etree.Element) {
		e := root.FindElement(path)
		e.Parent().RemoveChild(e)
	}
}

func text(path, value string) func(*etree.Element) {
	return func(root *etree.Element) { root.FindElement(path).SetText(value) }
}

const (
	assertionPath    = "./saml:Assertion"
	conditionsPath   = "//saml:Conditions"
	confirmationPath = "//saml:SubjectConfirmation"
	dataPath         = "//saml:SubjectConfirmationData"
	statementPath    = "//saml:AuthnStatement"
)

// refusals runs responses that an identity provider really signed, but that are
// not for us to accept.
func refusals(t *testing.T, cases []refusal) {
	b := newBench(t, nil)
	for _, c := range cases {
		for _, signed := range []string{"assertion", "response", "both"} {
			t.Run(c.name+"/"+signed, func(t *testing.T) {
				b.t = t
				br := b.begin("", "")
				s := b.spec(br, "anna")
				s.change, s.signed = c.change, signed
				b.refuse(s.text(), br, c.reason)
			})
		}
	}
}

type refusal struct {
	name   string
	change func(root *etree.Element)
	reason string
}

func TestT72_Replay(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.Unsolicited = true })
	response := b.spec(browser{}, "anna").text()
	b.accept(response, browser{})
	b.refuse(response, browser{}, "has been used before")
	b.Provider = b.open() // another node, or a restart
	b.refuse(response, browser{}, "has been used before")
	now = now.Add(4 * time.Minute)
	b.refuse(response, browser{}, "has been used before")

	// The same assertion in another response.
	s := b.spec(browser{}, "anna")
	root := s.tree()
	b.accept(textOf(root), browser{})
	root.CreateAttr("ID", "_another")
	b.refuse(textOf(root), browser{}, "has been used before")

	// A request is answered once.
	br := b.begin("", "")
	b.accept(b.spec(br, "anna").text(), br)
	b.refuse(b.spec(br, "anna").text(), br, "was answered before")
}

func TestT72_ReplayAtTheSameTime(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.Unsolicited = true })
	response := b.spec(browser{}, "anna").text()
	other := b.open()
	const tries = 20
	results := make(chan error, tries)
	for i := range tries {
		p := b.Provider
		if i%2 == 1 {
			p = other
		}
		go func() {
			_, err := p.Finish(t.Context(), saml.Response{Message: base64.StdEncoding.EncodeToString(response)})
			results <- err
		}()
	}
	accepted := 0
	for range tries {
		if err := <-results; err == nil {
			accepted++
		} else if searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
			t.Error(err)
		}
	}
	if accepted != 1 || b.sessions() != 1 {
		t.Errorf("accepted %d times, %d sessions", accepted, b.sessions())
	}
}

func TestT73_ForSomebodyElse(t *testing.T) {
	refusals(t, []refusal{
		{"audience", text("//saml:Audience", "urn:other"), "for an audience without"},
		{"second restriction", func(root *etree.Element) {
			root.FindElement(conditionsPath).CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText("urn:other")
		}, "for an audience without"},
		{"recipient", one(dataPath, "Recipient", "https://other.example.com/SSO"), "may be used at"},
		{"recipient in another case", one(dataPath, "Recipient", strings.ToLower(acs)), "may be used at"},
		{"no recipient", one(dataPath, "Recipient", ""), "may be used at"},
		{"destination", one(".", "Destination", "https://other.example.com/SSO"), "the Response is for"},
		{"no destination", one(".", "Destination", ""), "the Response is for"},
		{"issuer of the assertion", text(assertionPath+"/saml:Issuer", "https://other.example.com"), "no identity provider of this server"},
		{"issuer of the response", text("./saml:Issuer", "https://other.example.com"), "the Response is by"},
		{"condition", func(root *etree.Element) { root.FindElement(conditionsPath).CreateElement("saml:Condition") }, "which is not understood"},
		{"status", one("//samlp:StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder"), "answered with the status"},
		{"version", one(assertionPath, "Version", "1.1"), "not of version 2.0"},
	})
}

func TestT73_AnotherIdentityProvider(t *testing.T) {
	const otherID = "https://other.example.com/metadata"
	b := newBench(t, func(c *saml.Config) {
		c.Sources = append(c.Sources, fixed(idpMetadata(otherID, stranger.cert)))
	})
	// One that is trusted answers a request that was made to another one.
	br := b.begin("", "")
	s := b.spec(br, "anna")
	s.issuer, s.by = otherID, stranger
	b.refuse(s.text(), br, "the answer comes from")
	// One that is trusted speaks in the name of another one.
	s = b.spec(br, "anna")
	s.by = stranger
	b.refuse(s.text(), br, "the signature of the")
	// Each for itself is right.
	begun, err := b.Begin(t.Context(), saml.Begin{Provider: otherID, Browser: br.cookie})
	if err != nil || begun.Browser != br.cookie {
		t.Fatal(err)
	}
	b.accept(b.spec(br, "anna").text(), br)
	if _, err := b.Begin(t.Context(), saml.Begin{Provider: "https://nobody.example.com"}); searchlight.CodeOf(err) != searchlight.CodeInvalid {
		t.Errorf("an unknown identity provider: %v", err)
	}
}

func TestSeveralAudiences(t *testing.T) {
	b := newBench(t, nil)
	br := b.begin("", "")
	s := b.spec(br, "anna")
	s.change = func(root *etree.Element) {
		root.FindElement("//saml:AudienceRestriction").CreateElement("saml:Audience").SetText("urn:other")
	}
	b.accept(s.text(), br)
}

func TestT74_NotAskedForHere(t *testing.T) {
	b := newBench(t, nil)
	mine, theirs := b.begin("", ""), b.begin("", "")
	b.refuse(b.spec(browser{}, "anna").text(), mine, "did not begin here")
	b.refuse(b.spec(theirs, "mallory").text(), mine, "was not made for this browser")
	b.refuse(b.spec(mine, "anna").text(), browser{request: mine.request}, "was not made for this browser")
	invented := mine
	invented.request = mine.request.Copy()
	invented.request.CreateAttr("ID", "_invented")
	b.refuse(b.spec(invented, "anna").text(), mine, "was not made for this browser")
	for _, c := range []refusal{
		{"only in the assertion", one(".", "InResponseTo", ""), "the Response answers"},
		{"only in the response", one(dataPath, "InResponseTo", ""), "did not begin here"},
		{"different", one(".", "InResponseTo", theirs.id()), "the Response answers"},
	} {
		s := b.spec(mine, "anna")
		s.change = c.change
		b.refuse(s.text(), mine, c.reason)
	}
	now = now.Add(saml.RequestLife)
	b.refuse(b.spec(mine, "anna").text(), mine, "was not made for this browser")
	fresh := b.begin("", mine.cookie)
	if fresh.cookie == mine.cookie {
		t.Error("a cookie under which nothing is kept was taken over")
	}
	b.accept(b.spec(fresh, "anna").text(), fresh)
}

func TestT74_SixthRequest(t *testing.T) {
	b := newBench(t, nil)
	first := b.begin("/first", "")
	requests := []browser{first}
	for i := range 5 {
		requests = append(requests, b.begin(fmt.Sprintf("/%d", i), first.cookie))
	}
	for _, r := range requests {
		if r.cookie != first.cookie {
			t.Fatal("the browser got another cookie")
		}
	}
	b.refuse(b.spec(first, "anna").text(), first, "was not made for this browser")
	for i, r := range requests[1:] {
		if a := b.accept(b.spec(r, "anna").text(), r); a.Target != fmt.Sprintf("/%d", i) {
			t.Errorf("request %d leads to %s", i, a.Target)
		}
	}
}

func TestUnsolicited(t *testing.T) {
	b := newBench(t, func(c *saml.Config) { c.Unsolicited = true })
	if a := b.accept(b.spec(browser{}, "anna").text(), browser{}); a.Target != "/" {
		t.Errorf("the browser is sent to %s", a.Target)
	}
	// An answer to a request stays bound to its browser.
	theirs := b.begin("", "")
	b.refuse(b.spec(theirs, "mallory").text(), browser{}, "was not made for this browser")
}

func TestT75_MissingParts(t *testing.T) {
	refusals(t, []refusal{
		{"Conditions", drop(conditionsPath), "0 elements Conditions"},
		{"Subject", drop("//saml:Subject"), "0 elements Subject"},
		{"NameID", drop("//saml:NameID"), "0 elements NameID"},
		{"empty NameID", text("//saml:NameID", ""), "the NameID is empty"},
		{"AudienceRestriction", drop("//saml:AudienceRestriction"), "does not say for which audience"},
		{"Audience", drop("//saml:Audience"), "for an audience without"},
		{"SubjectConfirmation", drop(confirmationPath), "no SubjectConfirmation of the method bearer"},
		{"SubjectConfirmationData", drop(dataPath), "0 elements SubjectConfirmationData"},
		{"not bearer", one(confirmationPath, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"), "no SubjectConfirmation of the method bearer"},
		{"AuthnStatement", drop(statementPath), "no AuthnStatement"},
		{"AuthnInstant", one(statementPath, "AuthnInstant", ""), "no AuthnInstant"},
		{"Status", drop("./samlp:Status"), "0 elements Status"},
		{"StatusCode", drop("//samlp:StatusCode"), "0 elements StatusCode"},
		{"issuer of the assertion", drop(assertionPath + "/saml:Issuer"), "0 elements Issuer"},
		{"id of the assertion", one(assertionPath, "ID", ""), "the Assertion has no usable ID"},
		{"two subjects", func(root *etree.Element) {
			s := root.FindElement("//saml:Subject")
			s.Parent().AddChild(s.Copy())
		}, "2 elements Subject"},
		{"two names", func(root *etree.Element) {
			s := root.FindElement("//saml:NameID")
			s.Parent().AddChild(s.Copy())
		}, "2 elements NameID"},
		{"transient name", one("//saml:NameID", "Format", string(crewjam.TransientNameIDFormat)), "nameid-format:transient"},
		{"name of another kind", one("//saml:NameID", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"), "nameid-format:entity"},
		{"long index", one(statementPath, "SessionIndex", strings.Repeat("x", 513)), "the SessionIndex is longer"},
	})
}

func TestT75_SeveralAssertions(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct {
		name string
		make func(br browser) *etree.Element
	}{
		{"two that are signed", func(br browser) *etree.Element {
			first, second := b.spec(br, "anna"), b.spec(br, "boss")
			root := first.tree()
			root.AddChild(withNamespaces(assertionOf(second.tree())))
			return root
		}},
		{"one that is not signed behind one that is", func(br browser) *etree.Element {
			first, second := b.spec(br, "anna"), b.spec(br, "boss")
			root := first.tree()
			root.AddChild(assertionOf(second.build()))
			return root
		}},
		{"two in a signed response", func(br browser) *etree.Element {
			s := b.spec(br, "anna")
			s.signed = "response"
			s.change = func(root *etree.Element) { root.AddChild(assertionOf(b.spec(br, "boss").build())) }
			return s.tree()
		}},
		{"one of another namespace", func(br browser) *etree.Element {
			s := b.spec(br, "anna")
			s.afterwards = func(root *etree.Element) {
				root.CreateElement("x:Assertion").CreateAttr("xmlns:x", "urn:x")
			}
			return s.tree()
		}},
		{"an encrypted one beside", func(br browser) *etree.Element {
			s := b.spec(br, "anna")
			s.afterwards = func(root *etree.Element) { root.CreateElement("saml:EncryptedAssertion") }
			return s.tree()
		}},
		{"none", func(br browser) *etree.Element {
			s := b.spec(br, "anna")
			s.signed = "response"
			s.change = drop(assertionPath)
			return s.tree()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			br := b.begin("", "")
			b.refuse(textOf(c.make(br)), br, "")
		})
	}
}

// A panic of whatever reads the message refuses it, and the server goes on.
func TestT75_Panic(t *testing.T) {
	b := newBench(t, nil)
	br := b.begin("", "")
	clock := crewjam.TimeNow
	crewjam.TimeNow = func() time.Time { panic("a part is missing") }
	defer func() { crewjam.TimeNow = clock }()
	b.refuse(b.spec(br, "anna").text(), br, "led to a panic")
	crewjam.TimeNow = clock
	b.accept(b.spec(br, "anna").text(), br)
}
