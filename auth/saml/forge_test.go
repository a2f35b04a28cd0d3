package saml_test

import (
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/searchlight-bi/searchlight"
)

// spec is what an identity provider says. The fields are those of a response
// that is accepted, until a test changes one.
type spec struct {
	br           browser
	id           string // of the response; the assertion's has -a behind it
	issuer       string
	nameID       string
	format       string
	index        string
	attributes   map[string][]string
	change       func(root *etree.Element)        // before anything is signed
	signed       string                           // response, assertion, both or none
	by           pair                             // whose key
	method       string                           // of signing
	afterwards   func(root *etree.Element)        // once it is signed
	changeSigned func(signed, sig *etree.Element) // right after an element was signed
}

func (b *bench) spec(br browser, nameID string) spec {
	return spec{br: br, id: "_" + string(searchlight.NewGUID()), issuer: idpID, nameID: nameID, index: "s-1", signed: "assertion", by: good, method: dsig.RSASHA256SignatureMethod}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// build makes the tree of a response without a signature.
func (s spec) build() *etree.Element {
	root := etree.NewElement("samlp:Response")
	root.CreateAttr("xmlns:samlp", "urn:oasis:names:tc:SAML:2.0:protocol")
	root.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	attrs(root, "ID", s.id, "Version", "2.0", "IssueInstant", stamp(now), "Destination", acs)
	if s.br.request != nil {
		root.CreateAttr("InResponseTo", s.br.id())
	}
	root.CreateElement("saml:Issuer").SetText(s.issuer)
	attrs(root.CreateElement("samlp:Status").CreateElement("samlp:StatusCode"), "Value", crewjam.StatusSuccess)
	a := root.CreateElement("saml:Assertion")
	attrs(a, "ID", s.id+"-a", "Version", "2.0", "IssueInstant", stamp(now))
	a.CreateElement("saml:Issuer").SetText(s.issuer)
	subject := a.CreateElement("saml:Subject")
	name := subject.CreateElement("saml:NameID")
	if s.format != "" {
		name.CreateAttr("Format", s.format)
	}
	name.SetText(s.nameID)
	confirmation := subject.CreateElement("saml:SubjectConfirmation")
	confirmation.CreateAttr("Method", bearer)
	data := confirmation.CreateElement("saml:SubjectConfirmationData")
	attrs(data, "Recipient", acs, "NotOnOrAfter", stamp(now.Add(5*time.Minute)))
	if s.br.request != nil {
		data.CreateAttr("InResponseTo", s.br.id())
	}
	conditions := a.CreateElement("saml:Conditions")
	attrs(conditions, "NotBefore", stamp(now.Add(-time.Minute)), "NotOnOrAfter", stamp(now.Add(5*time.Minute)))
	conditions.CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText(entityID)
	statement := a.CreateElement("saml:AuthnStatement")
	attrs(statement, "AuthnInstant", stamp(now), "SessionIndex", s.index)
	statement.CreateElement("saml:AuthnContext").CreateElement("saml:AuthnContextClassRef").SetText("urn:oasis:names:tc:SAML:2.0:ac:classes:Password")
	if len(s.attributes) > 0 {
		list := a.CreateElement("saml:AttributeStatement")
		for _, key := range []string{"mail", "displayName", "roles"} {
			if values, ok := s.attributes[key]; ok {
				e := list.CreateElement("saml:Attribute")
				e.CreateAttr("Name", key)
				for _, v := range values {
					e.CreateElement("saml:AttributeValue").SetText(v)
				}
			}
		}
	}
	return root
}

func attrs(e *etree.Element, keysAndValues ...string) {
	for i := 0; i < len(keysAndValues); i += 2 {
		e.CreateAttr(keysAndValues[i], keysAndValues[i+1])
	}
}

func assertionOf(root *etree.Element) *etree.Element { return root.FindElement("./saml:Assertion") }

// tree is the response as the identity provider sends it, and what became of
// it afterwards.
func (s spec) tree() *etree.Element {
	root := s.build()
	if s.change != nil {
		s.change(root)
	}
	if s.signed == "assertion" || s.signed == "both" {
		s.sign(assertionOf(root))
	}
	if s.signed == "response" || s.signed == "both" {
		s.sign(root)
	}
	if s.afterwards != nil {
		s.afterwards(root)
	}
	return root
}

// sign puts a signature behind the issuer of an element.
func (s spec) sign(e *etree.Element) {
	context, err := dsig.NewSigningContext(s.by.key, [][]byte{s.by.cert.Raw})
	if err != nil {
		panic(err)
	}
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := context.SetSignatureMethod(s.method); err != nil {
		panic(err)
	}
	detached := withNamespaces(e)
	signature, err := context.ConstructSignature(detached, true)
	if err != nil {
		panic(err)
	}
	at := 0
	if issuer := e.FindElement("./saml:Issuer"); issuer != nil {
		at = issuer.Index() + 1
	}
	e.InsertChildAt(at, signature)
	if s.changeSigned != nil {
		s.changeSigned(e, signature)
	}
}

// withNamespaces is a copy of an element with the declarations that stand above
// it.
func withNamespaces(e *etree.Element) *etree.Element {
	c := e.Copy()
	for p := e.Parent(); p != nil; p = p.Parent() {
		for _, a := range p.Attr {
			if a.Space == "xmlns" && c.SelectAttr(a.FullKey()) == nil {
				c.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	return c
}

func (s spec) text() []byte { return textOf(s.tree()) }

func textOf(root *etree.Element) []byte {
	doc := etree.NewDocument()
	doc.SetRoot(root.Copy())
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	text, err := doc.WriteToBytes()
	if err != nil {
		panic(err)
	}
	return text
}
