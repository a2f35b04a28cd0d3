package saml

import (
	"crypto/x509"
	"encoding/base64"
	"strconv"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
)

// nameIDFormats are the kinds of names that are accepted. A transient name is
// another one each time, so it cannot be anybody's.
var nameIDFormats = []crewjam.NameIDFormat{
	crewjam.UnspecifiedNameIDFormat, crewjam.EmailAddressNameIDFormat, crewjam.PersistentNameIDFormat,
}

// Metadata describes this service provider to identity providers. It has no
// end of validity, since they import it once.
func (p *Provider) Metadata() ([]byte, error) {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	root := doc.CreateElement("md:EntityDescriptor")
	root.CreateAttr("xmlns:md", nsMetadata)
	root.CreateAttr("xmlns:ds", nsSignature)
	root.CreateAttr("entityID", p.config.EntityID)
	role := root.CreateElement("md:SPSSODescriptor")
	role.CreateAttr("protocolSupportEnumeration", nsProtocol)
	role.CreateAttr("AuthnRequestsSigned", strconv.FormatBool(p.signsRequests()))
	role.CreateAttr("WantAssertionsSigned", "true")
	addCertificate(role, p.key.certificate)
	if p.key.next != nil {
		addCertificate(role, p.key.next)
	}
	for _, binding := range []string{crewjam.HTTPRedirectBinding, crewjam.HTTPPostBinding} {
		addEndpoint(role, "md:SingleLogoutService", binding, p.slo.String())
	}
	for _, format := range nameIDFormats {
		role.CreateElement("md:NameIDFormat").SetText(string(format))
	}
	acs := addEndpoint(role, "md:AssertionConsumerService", crewjam.HTTPPostBinding, p.acs.String())
	acs.CreateAttr("index", "0")
	acs.CreateAttr("isDefault", "true")
	doc.Indent(2)
	return doc.WriteToBytes()
}

// signsRequests reports whether an identity provider wants requests signed.
func (p *Provider) signsRequests() bool {
	for _, idp := range p.current() {
		if idp.wantsSigned {
			return true
		}
	}
	return false
}

func addCertificate(role *etree.Element, c *x509.Certificate) {
	key := role.CreateElement("md:KeyDescriptor")
	key.CreateAttr("use", "signing")
	key.CreateElement("ds:KeyInfo").CreateElement("ds:X509Data").CreateElement("ds:X509Certificate").
		SetText(base64.StdEncoding.EncodeToString(c.Raw))
}

func addEndpoint(role *etree.Element, name, binding, location string) *etree.Element {
	e := role.CreateElement(name)
	e.CreateAttr("Binding", binding)
	e.CreateAttr("Location", location)
	return e
}
