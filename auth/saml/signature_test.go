package saml_test

import (
	"crypto/ecdsa"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/searchlight-bi/searchlight/auth/saml"
)

func TestT70_Signatures(t *testing.T) {
	weak := makePair(rsaKey(1024), start.Add(-year), start.Add(year))
	b := newBench(t, func(c *saml.Config) { c.Sources = []saml.Source{fixed(idpMetadata(idpID, good.cert, weak.cert))} })
	hmac := func(_, signature *etree.Element) {
		attrs(signature.FindElement(".//ds:SignatureMethod"), "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
	}
	cases := []struct {
		name   string
		change func(*spec)
		reason string
	}{
		{"none", func(s *spec) { s.signed = "none" }, "neither the Response nor the Assertion is signed"},
		{"stripped", func(s *spec) {
			s.afterwards = func(root *etree.Element) {
				for _, e := range root.FindElements("//ds:Signature") {
					e.Parent().RemoveChild(e)
				}
			}
		}, "neither the Response nor the Assertion is signed"},
		{"empty", func(s *spec) {
			s.afterwards = func(root *etree.Element) {
				signature := root.FindElement("//ds:Signature")
				for len(signature.Child) > 0 {
					signature.RemoveChildAt(0)
				}
			}
		}, "no SignedInfo where it belongs"},
		{"empty value", func(s *spec) { s.afterwards = text("//ds:SignatureValue", "") }, "the signature of the"},
		{"over another element", func(s *spec) { s.afterwards = one("//ds:Reference", "URI", "#"+s.id+"-x") }, "not the element that it stands in"},
		{"over the whole document", func(s *spec) {
			s.changeSigned = func(_, signature *etree.Element) { one(".//ds:Reference", "URI", "")(signature) }
		}, "not the element that it stands in"},
		{"a stranger's key in KeyInfo", func(s *spec) { s.by = stranger }, "the signature of the"},
		{"a stranger's key under a trusted certificate", func(s *spec) { s.by = pair{stranger.key, good.cert} }, "the signature of the"},
		{"weak RSA, though it is in the metadata", func(s *spec) { s.by = weak }, "the signature of the"},
		{"HMAC", func(s *spec) { s.changeSigned = hmac }, "hmac-sha256\" is not accepted"},
		{"SHA-1", func(s *spec) { s.method = dsig.RSASHA1SignatureMethod }, "rsa-sha1\" is not accepted"},
		{"SHA-1 digest", func(s *spec) {
			s.changeSigned = func(_, signature *etree.Element) {
				one(".//ds:DigestMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")(signature)
			}
		}, "xmldsig#sha1\" is not accepted"},
		{"inclusive canonicalisation", func(s *spec) {
			s.changeSigned = func(_, signature *etree.Element) {
				one(".//ds:CanonicalizationMethod", "Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")(signature)
			}
		}, "the canonicalisation"},
		{"another transform", func(s *spec) {
			s.changeSigned = func(_, signature *etree.Element) {
				one(".//ds:Transform[2]", "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")(signature)
			}
		}, "its transforms are not"},
		{"a third transform", func(s *spec) {
			s.changeSigned = func(_, signature *etree.Element) {
				attrs(signature.FindElement(".//ds:Transforms").CreateElement("ds:Transform"), "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#")
			}
		}, "which does not belong there"},
		{"a second reference", func(s *spec) {
			s.changeSigned = func(_, signature *etree.Element) {
				reference := signature.FindElement(".//ds:Reference")
				reference.Parent().AddChild(reference.Copy())
			}
		}, "which does not belong there"},
		{"two signatures", func(s *spec) {
			s.afterwards = func(root *etree.Element) {
				signature := root.FindElement("//ds:Signature")
				signature.Parent().AddChild(signature.Copy())
			}
		}, "more than one Signature"},
		{"changed name", func(s *spec) { s.afterwards = text("//saml:NameID", "boss") }, "the signature of the"},
		{"certificate not valid any more", func(s *spec) { now = start.Add(2 * year) }, ""},
	}
	for _, c := range cases {
		for _, signed := range []string{"assertion", "response"} {
			t.Run(c.name+"/"+signed, func(t *testing.T) {
				b.t = t
				now = start
				br := b.begin("", "")
				s := b.spec(br, "anna")
				s.signed = signed
				c.change(&s)
				b.refuse(s.text(), br, c.reason)
				now = start
			})
		}
	}
	if !strings.Contains(b.log.String(), "its RSA key has 1024 bits; it needs 2048") {
		t.Error("nobody is told of the weak key")
	}
}

func TestT70_OneGoodOneBadSignature(t *testing.T) {
	b := newBench(t, nil)
	for _, inner := range []string{"assertion", "response"} {
		t.Run(inner, func(t *testing.T) {
			b.t = t
			br := b.begin("", "")
			s := b.spec(br, "anna")
			s.signed, s.by = "assertion", good
			if inner == "assertion" {
				s.by = stranger
			}
			root := s.tree()
			outer := s
			outer.by = good
			if inner == "response" {
				outer.by = stranger
			}
			outer.sign(root)
			b.refuse(textOf(root), br, "the signature of the")
		})
	}
}

func TestWaysOfSigning(t *testing.T) {
	curve := makePair(ecKey(), start.Add(-year), start.Add(year))
	b := newBench(t, func(c *saml.Config) {
		c.Sources = []saml.Source{fixed(idpMetadata(idpID, stranger.cert, curve.cert, good.cert))}
	})
	withoutKeyInfo := func(_, signature *etree.Element) { drop("./ds:KeyInfo")(signature) }
	numbers := func(_, signature *etree.Element) {
		value := signature.FindElement("./ds:SignatureValue")
		der, err := base64.StdEncoding.DecodeString(value.Text())
		if err != nil {
			t.Fatal(err)
		}
		var n struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &n); err != nil {
			t.Fatal(err)
		}
		raw := make([]byte, 64)
		n.R.FillBytes(raw[:32])
		n.S.FillBytes(raw[32:])
		value.SetText(base64.StdEncoding.EncodeToString(raw))
	}
	if _, ok := curve.key.(*ecdsa.PrivateKey); !ok {
		t.Fatal("the curve is none")
	}
	for _, c := range []struct {
		name, method string
		by           pair
		change       func(signed, signature *etree.Element)
	}{
		{"RSA, SHA-384", dsig.RSASHA384SignatureMethod, good, nil},
		{"RSA, SHA-512", dsig.RSASHA512SignatureMethod, good, nil},
		{"the key is not named", dsig.RSASHA256SignatureMethod, good, withoutKeyInfo},
		{"the key is named by a name", dsig.RSASHA256SignatureMethod, good, func(_, signature *etree.Element) {
			info := signature.FindElement("./ds:KeyInfo")
			info.RemoveChild(info.ChildElements()[0])
			info.CreateElement("ds:KeyName").SetText("the new one")
		}},
		{"ECDSA as the library writes it", dsig.ECDSASHA256SignatureMethod, curve, nil},
		{"ECDSA as the standard has it", dsig.ECDSASHA256SignatureMethod, curve, numbers},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			br := b.begin("", "")
			s := b.spec(br, "anna")
			s.method, s.by, s.changeSigned = c.method, c.by, c.change
			b.accept(s.text(), br)
		})
	}
}
