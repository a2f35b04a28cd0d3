package saml_test

import (
	"fmt"
	"testing"

	"github.com/beevik/etree"

	"github.com/searchlight-bi/searchlight"
)

// wrappings are the eight ways of signature wrapping. Each gets a good response
// and the element that is signed, and makes a response out of it in which evil
// is said and the good signature is still found.
var wrappings = []struct {
	name string
	wrap func(root, signed *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element
}{
	{"XSW1", func(root, signed *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged, signature := evil(bare(root)), signatureIn(signed).Copy()
		forged.InsertChildAt(1, signature)
		signature.AddChild(root.Copy())
		return forged
	}},
	{"XSW2", func(root, signed *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged, signature := evil(bare(root)), signatureIn(signed).Copy()
		forged.InsertChildAt(1, bare(root))
		forged.InsertChildAt(2, signature)
		return forged
	}},
	{"XSW3", func(root, _ *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged := root.Copy()
		a := assertionOf(forged)
		forged.InsertChildAt(a.Index(), evil(bare(a)))
		return forged
	}},
	{"XSW4", func(root, _ *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged := root.Copy()
		a := assertionOf(forged)
		outer := evil(bare(a))
		forged.InsertChildAt(a.Index(), outer)
		forged.RemoveChild(a)
		outer.AddChild(a)
		return forged
	}},
	{"XSW5", func(root, _ *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged := root.Copy()
		a := assertionOf(forged)
		original := bare(a)
		evilInPlace(a, evil)
		forged.AddChild(original)
		return forged
	}},
	{"XSW6", func(root, _ *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged := root.Copy()
		a := assertionOf(forged)
		original := bare(a)
		evilInPlace(a, evil)
		forged.FindElement("//ds:Signature").AddChild(original)
		return forged
	}},
	{"XSW7", func(root, _ *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged := root.Copy()
		a := assertionOf(forged)
		extensions := etree.NewElement("samlp:Extensions")
		extensions.AddChild(evil(bare(a)))
		forged.InsertChildAt(a.Index(), extensions)
		return forged
	}},
	{"XSW8", func(root, _ *etree.Element, evil func(*etree.Element) *etree.Element) *etree.Element {
		forged := root.Copy()
		a := assertionOf(forged)
		original := bare(a)
		evilInPlace(a, evil)
		forged.FindElement("//ds:Signature").CreateElement("ds:Object").AddChild(original)
		return forged
	}},
}

func signatureIn(e *etree.Element) *etree.Element { return e.FindElement("./ds:Signature") }

// bare is a copy without its own signature.
func bare(e *etree.Element) *etree.Element {
	c := e.Copy()
	if s := signatureIn(c); s != nil {
		c.RemoveChild(s)
	}
	return c
}

// evilInPlace turns an assertion into an evil one that keeps the signature.
func evilInPlace(a *etree.Element, evil func(*etree.Element) *etree.Element) {
	e := evil(a.Copy())
	parent, at := a.Parent(), a.Index()
	parent.RemoveChild(a)
	parent.InsertChildAt(at, e)
}

func TestT69_SignatureWrapping(t *testing.T) {
	b := newBench(t, nil)
	b.user(searchlight.User{Name: "boss", Type: searchlight.SAMLUser, Identity: idpID + " boss"})
	for _, signed := range []string{"response", "assertion", "both"} {
		for _, w := range wrappings {
			for _, ids := range []string{"same", "other"} {
				t.Run(fmt.Sprintf("%s/%s/%s ids", signed, w.name, ids), func(t *testing.T) {
					b.t = t
					br := b.begin("", "")
					s := b.spec(br, "mallory")
					s.signed = signed
					root := s.tree()
					element := root
					if signed == "assertion" {
						element = assertionOf(root)
					}
					n := 0
					evil := func(e *etree.Element) *etree.Element {
						for _, name := range e.FindElements(".//saml:NameID") {
							name.SetText("boss")
							n++
						}
						if ids == "other" {
							for _, x := range append(e.FindElements(".//saml:Assertion"), e) {
								if x.SelectAttr("ID") != nil {
									x.CreateAttr("ID", "_evil-"+x.Tag)
								}
							}
						}
						return e
					}
					forged := w.wrap(root, element, evil)
					if n == 0 {
						t.Fatal("the fixture says nothing evil")
					}
					b.refuse(textOf(forged), br, "")
				})
			}
		}
		t.Run(signed+"/untouched", func(t *testing.T) {
			b.t = t
			br := b.begin("", "")
			s := b.spec(br, "mallory")
			s.signed = signed
			if a := b.accept(s.text(), br); a.SignIn.Subject.User.Name != "mallory" {
				t.Errorf("%s is signed in", a.SignIn.Subject.User.Name)
			}
		})
	}
}
