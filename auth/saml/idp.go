package saml

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
)

const (
	// checkEvery is how often the sources are read while people sign in.
	checkEvery = 2 * time.Second
	// warnAhead is how long before the end of a certificate somebody is told,
	// warnEvery how often.
	warnAhead = 30 * 24 * time.Hour
	warnEvery = 24 * time.Hour
)

// identityProvider is one that people may sign in at.
type identityProvider struct {
	entityID     string
	certificates []*x509.Certificate // that it signs with; none is weak
	signIn       map[string]string   // address by binding
	signOut      map[string]crewjam.Endpoint
	wantsSigned  bool // requests to sign in
	descriptor   *crewjam.EntityDescriptor
}

// sourceState is what came of a Source the last time.
type sourceState struct {
	sum       [32]byte
	providers []*identityProvider
}

// current are the identity providers as their sources describe them now.
func (p *Provider) current() []*identityProvider {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.config.Now(); now.Sub(p.checked) >= checkEvery || now.Before(p.checked) {
		if err := p.readSources(now, false); err != nil {
			p.config.Log.Error("the metadata of the identity providers has changed for the worse; the old one stays in use", "error", err)
		}
	}
	return p.providers
}

// readSources reads the sources that have changed. Unless all of them must be
// good, one that is not keeps what it last said.
func (p *Provider) readSources(now time.Time, all bool) error {
	p.checked = now
	changed := false
	for i, source := range p.config.Sources {
		text, err := source()
		sum := sha256.Sum256(text)
		if err == nil && sum == p.states[i].sum {
			continue
		}
		var found []*identityProvider
		if err == nil {
			found, err = p.readMetadata(text)
		}
		if err != nil {
			err = fmt.Errorf("the metadata of the identity provider cannot be used: %w", err)
			if all {
				return err
			}
			if p.states[i].sum != sum {
				p.config.Log.Error("the metadata of an identity provider has changed for the worse; the old one stays in use", "error", err)
			}
			p.states[i].sum = sum
			continue
		}
		p.states[i], changed = sourceState{sum, found}, true
	}
	if changed {
		seen := map[string]bool{}
		var list []*identityProvider
		for _, s := range p.states {
			for _, idp := range s.providers {
				if seen[idp.entityID] {
					return fmt.Errorf("the identity provider %s is described twice", quote(idp.entityID))
				}
				seen[idp.entityID] = true
				list = append(list, idp)
			}
		}
		p.providers, p.warned = list, time.Time{}
	}
	p.warnOfEnds(now)
	return nil
}

// warnOfEnds speaks of certificates that end soon.
func (p *Provider) warnOfEnds(now time.Time) {
	if now.Sub(p.warned) < warnEvery {
		return
	}
	p.warned = now
	for _, idp := range p.providers {
		for _, c := range idp.certificates {
			if left := c.NotAfter.Sub(now); left < warnAhead {
				p.config.Log.Warn("a certificate of an identity provider ends soon or has ended: sign-ins will be refused unless its metadata names another",
					"identityProvider", idp.entityID, "certificate", c.Subject.String(), "ends", c.NotAfter)
			}
		}
	}
}

// find is the identity provider of an entity id.
func (p *Provider) find(entityID string) *identityProvider {
	for _, idp := range p.current() {
		if idp.entityID == entityID {
			return idp
		}
	}
	return nil
}

// readMetadata reads an EntityDescriptor, or several in an EntitiesDescriptor.
func (p *Provider) readMetadata(text []byte) ([]*identityProvider, error) {
	root, err := parse(bytes.TrimPrefix(text, []byte("\ufeff")), maxMetadata)
	if err != nil {
		return nil, err
	}
	var entities []*etree.Element
	switch {
	case is(root, nsMetadata, "EntityDescriptor"):
		entities = []*etree.Element{root}
	case is(root, nsMetadata, "EntitiesDescriptor"):
		_ = walk(root, func(e *etree.Element) error { // visiting does not fail
			if is(e, nsMetadata, "EntityDescriptor") && len(children(e, nsMetadata, "IDPSSODescriptor")) > 0 {
				entities = append(entities, e)
			}
			return nil
		})
	default:
		return nil, fmt.Errorf("it begins with %s, not with an EntityDescriptor", quote(root.Tag))
	}
	var list []*identityProvider
	for _, e := range entities {
		idp, err := p.readEntity(e)
		if err != nil {
			return nil, err
		}
		list = append(list, idp)
	}
	if len(list) == 0 {
		return nil, errors.New("it describes no identity provider")
	}
	return list, nil
}

func (p *Provider) readEntity(e *etree.Element) (*identityProvider, error) {
	descriptor := &crewjam.EntityDescriptor{}
	if err := decode(e, descriptor); err != nil {
		return nil, err
	}
	idp := &identityProvider{entityID: descriptor.EntityID, descriptor: descriptor,
		signIn: map[string]string{}, signOut: map[string]crewjam.Endpoint{}}
	if idp.entityID == "" || strings.ContainsAny(idp.entityID, " \t\r\n") {
		return nil, fmt.Errorf("the entity id %s cannot be used", quote(idp.entityID))
	}
	for _, role := range descriptor.IDPSSODescriptors {
		if role.WantAuthnRequestsSigned != nil && *role.WantAuthnRequestsSigned {
			idp.wantsSigned = true
		}
		for _, s := range role.SingleSignOnServices {
			if usable(s.Location) && idp.signIn[s.Binding] == "" {
				idp.signIn[s.Binding] = s.Location
			}
		}
		for _, s := range role.SingleLogoutServices {
			if _, known := idp.signOut[s.Binding]; usable(s.Location) && !known {
				idp.signOut[s.Binding] = s
			}
		}
		for _, key := range role.KeyDescriptors {
			if key.Use != "" && key.Use != "signing" {
				continue
			}
			for _, c := range key.KeyInfo.X509Data.X509Certificates {
				certificate, err := readCertificate(c.Data)
				if err != nil {
					return nil, fmt.Errorf("a certificate of %s: %w", idp.entityID, err)
				}
				if err := checkKey(certificate.PublicKey); err != nil {
					p.config.Log.Warn("a certificate of an identity provider is not used", "identityProvider", idp.entityID,
						"certificate", certificate.Subject.String(), "error", err)
					continue
				}
				idp.certificates = append(idp.certificates, certificate)
			}
		}
	}
	switch {
	case len(idp.certificates) == 0:
		return nil, fmt.Errorf("%s has no certificate for signing with RSA of %d bits or ECDSA of %d bits", idp.entityID, minRSABits, minCurveBits)
	case idp.signIn[crewjam.HTTPRedirectBinding] == "" && idp.signIn[crewjam.HTTPPostBinding] == "":
		return nil, fmt.Errorf("%s has no address to sign in at by HTTP-Redirect or HTTP-POST", idp.entityID)
	}
	return idp, nil
}

// usable reports whether a browser may be sent to an address of metadata.
func usable(location string) bool {
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == ""
}

func readCertificate(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	return x509.ParseCertificate(der)
}

// decode reads an element into a type of the library.
func decode(e *etree.Element, into any) error {
	doc := etree.NewDocument()
	root := e.Copy()
	for _, above := range ancestors(e) { // the nearest declaration of a prefix holds
		for _, a := range above.Attr {
			if (a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns") && root.SelectAttr(a.FullKey()) == nil {
				root.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	doc.SetRoot(root)
	text, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	return xml.Unmarshal(text, into)
}

func ancestors(e *etree.Element) []*etree.Element {
	var list []*etree.Element
	for above := e.Parent(); above != nil; above = above.Parent() {
		list = append(list, above)
	}
	return list
}
