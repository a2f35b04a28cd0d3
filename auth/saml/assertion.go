package saml

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
)

// maxIndex is the length of the longest SessionIndex, in bytes.
const maxIndex = 512

// claims are what a verified assertion says.
type claims struct {
	provider   *identityProvider
	id         string // of the assertion
	nameID     string
	format     crewjam.NameIDFormat
	index      string    // of the session at the identity provider; may be empty
	inResponse string    // id of the request; empty: there was none
	until      time.Time // nobody may use it from then on, give or take the skew
	ends       time.Time // of the session; zero: the identity provider sets no end
	mail, name *string   // nil: not said
	groups     []string
	request    *request // nil: the sign-in began at the identity provider
}

// response is a Response that has passed the checks on its signature.
type response struct {
	idp *identityProvider
	// root is what the message says, from the signed bytes where it is signed.
	root   *etree.Element
	signed bool // the message itself, not its assertion alone
	// assertion is always from signed bytes.
	assertion *etree.Element
}

// openResponse makes the checks 2 to 4 of security.md 8.3.
func (p *Provider) openResponse(text []byte, now time.Time) (*response, error) {
	root, err := parse(text, MaxMessage)
	if err != nil {
		return nil, err
	}
	m, err := checkMessage(root, "Response")
	if err != nil {
		return nil, err
	}
	if err := checkStatus(root); err != nil {
		return nil, err
	}
	if m.assertion == nil {
		return nil, errors.New("the Response has no Assertion")
	}
	issuer, err := issuerOf(m.assertion)
	if err != nil {
		return nil, err
	}
	r := &response{root: root, idp: p.find(issuer)}
	if r.idp == nil {
		return nil, fmt.Errorf("the issuer %s is no identity provider of this server", quote(issuer))
	}
	if signatureOf(root) == nil && signatureOf(m.assertion) == nil {
		return nil, errors.New("neither the Response nor the Assertion is signed")
	}
	if signatureOf(root) != nil {
		if r.root, err = verify(root, r.idp.certificates, now); err != nil {
			return nil, err
		}
		r.signed = true
		if r.assertion, err = only(r.root, nsAssertion, "Assertion"); err != nil {
			return nil, err
		}
	}
	if signatureOf(m.assertion) != nil {
		if r.assertion, err = verify(m.assertion, r.idp.certificates, now); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func checkStatus(root *etree.Element) error {
	status, err := only(root, nsProtocol, "Status")
	if err != nil {
		return err
	}
	code, err := only(status, nsProtocol, "StatusCode")
	if err != nil {
		return err
	}
	if value := attribute(code, "Value"); value != crewjam.StatusSuccess {
		if inner := children(code, nsProtocol, "StatusCode"); len(inner) == 1 {
			value += " " + attribute(inner[0], "Value")
		}
		return fmt.Errorf("the identity provider answered with the status %s", quote(value))
	}
	return nil
}

func issuerOf(e *etree.Element) (string, error) {
	issuer, err := only(e, nsAssertion, "Issuer")
	if err != nil {
		return "", err
	}
	return textOf(issuer)
}

// readAssertion makes the checks 5 to 7 and 9 of security.md 8.3. waiting are the
// requests of the browser that brought the response.
func (p *Provider) readAssertion(r *response, waiting []request, now time.Time) (*claims, error) {
	c := &claims{provider: r.idp, id: attribute(r.assertion, "ID")}
	if err := p.checkEnvelope(r, now); err != nil {
		return nil, err
	}
	if err := p.checkConditions(r.assertion, now); err != nil {
		return nil, err
	}
	subject, err := only(r.assertion, nsAssertion, "Subject")
	if err != nil {
		return nil, err
	}
	if err := p.readConfirmation(c, subject, waiting, now); err != nil {
		return nil, err
	}
	if inResponse := attribute(r.root, "InResponseTo"); inResponse != c.inResponse {
		return nil, fmt.Errorf("the Response answers the request %s, its Assertion %s", quote(inResponse), quote(c.inResponse))
	}
	if err := p.readStatements(c, r.assertion, now); err != nil {
		return nil, err
	}
	if err := p.readNameID(c, subject); err != nil {
		return nil, err
	}
	return c, p.readAttributes(c, r.assertion)
}

// checkEnvelope looks at who sent the message where, and when.
func (p *Provider) checkEnvelope(r *response, now time.Time) error {
	if d := attribute(r.root, "Destination"); d != p.acs.String() {
		return fmt.Errorf("the Response is for %s, not for %s", quote(d), p.acs.String())
	}
	issuers := children(r.root, nsAssertion, "Issuer")
	if len(issuers) > 1 || r.signed && len(issuers) == 0 {
		return fmt.Errorf("the Response has %d issuers", len(issuers))
	}
	for _, e := range append(issuers, children(r.assertion, nsAssertion, "Issuer")...) {
		issuer, err := textOf(e)
		if err != nil {
			return err
		}
		if issuer != r.idp.entityID {
			return fmt.Errorf("the %s is by %s, not by %s", e.Parent().Tag, quote(issuer), r.idp.entityID)
		}
	}
	if attribute(r.assertion, "Version") != "2.0" {
		return errors.New("the Assertion is not of version 2.0")
	}
	for _, e := range []*etree.Element{r.root, r.assertion} {
		if err := p.checkIssued(e, now); err != nil {
			return err
		}
	}
	return nil
}

// checkIssued refuses messages of the future, and those that were under way
// for too long.
func (p *Provider) checkIssued(e *etree.Element, now time.Time) error {
	issued, err := timeOf(e, "IssueInstant")
	if err != nil {
		return err
	}
	switch {
	case issued.IsZero():
		return fmt.Errorf("the %s does not say when it was issued", e.Tag)
	case issued.After(now.Add(p.config.Skew)):
		return fmt.Errorf("the %s was issued in the future, at %s", e.Tag, clock(issued))
	case now.After(issued.Add(maxDelay + p.config.Skew)):
		return fmt.Errorf("the %s was issued too long ago, at %s", e.Tag, clock(issued))
	}
	return nil
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// checkWindow applies NotBefore and NotOnOrAfter, each where it is given.
func (p *Provider) checkWindow(e *etree.Element, now time.Time) (end time.Time, err error) {
	start, err := timeOf(e, "NotBefore")
	if err != nil {
		return end, err
	}
	if end, err = timeOf(e, "NotOnOrAfter"); err != nil {
		return end, err
	}
	switch {
	case start.After(now.Add(p.config.Skew)):
		return end, fmt.Errorf("the %s holds only from %s", e.Tag, clock(start))
	case !end.IsZero() && !now.Before(end.Add(p.config.Skew)):
		return end, fmt.Errorf("the %s held only until %s", e.Tag, clock(end))
	}
	return end, nil
}

func (p *Provider) checkConditions(assertion *etree.Element, now time.Time) error {
	conditions, err := only(assertion, nsAssertion, "Conditions")
	if err != nil {
		return err
	}
	if _, err := p.checkWindow(conditions, now); err != nil {
		return err
	}
	restrictions := 0
	for _, e := range conditions.ChildElements() {
		switch {
		case is(e, nsAssertion, "AudienceRestriction"):
			restrictions++
			ours := false
			for _, a := range children(e, nsAssertion, "Audience") {
				audience, err := textOf(a)
				if err != nil {
					return err
				}
				ours = ours || audience == p.config.EntityID
			}
			if !ours {
				return fmt.Errorf("the Assertion is for an audience without %s", p.config.EntityID)
			}
		case is(e, nsAssertion, "OneTimeUse"), is(e, nsAssertion, "ProxyRestriction"):
		default:
			return fmt.Errorf("the Assertion has the condition %s, which is not understood", quote(e.Tag))
		}
	}
	if restrictions == 0 {
		return errors.New("the Assertion does not say for which audience it is")
	}
	return nil
}

// readConfirmation finds a bearer confirmation that holds here and now.
func (p *Provider) readConfirmation(c *claims, subject *etree.Element, waiting []request, now time.Time) error {
	failure := errors.New("the Assertion has no SubjectConfirmation of the method bearer")
	for _, confirmation := range children(subject, nsAssertion, "SubjectConfirmation") {
		if attribute(confirmation, "Method") != "urn:oasis:names:tc:SAML:2.0:cm:bearer" {
			continue
		}
		data, err := only(confirmation, nsAssertion, "SubjectConfirmationData")
		if err != nil {
			failure = err
			continue
		}
		end, err := p.checkWindow(data, now)
		if err != nil {
			failure = err
			continue
		}
		inResponse := attribute(data, "InResponseTo")
		known := slices.IndexFunc(waiting, func(r request) bool { return r.ID == inResponse })
		switch recipient := attribute(data, "Recipient"); {
		case recipient != p.acs.String():
			failure = fmt.Errorf("the Assertion may be used at %s, not at %s", quote(recipient), p.acs.String())
		case end.IsZero():
			failure = errors.New("the SubjectConfirmationData has no NotOnOrAfter")
		case slices.ContainsFunc(data.Attr, func(a etree.Attr) bool { return a.Key == "NotBefore" }):
			failure = errors.New("the SubjectConfirmationData has a NotBefore")
		case inResponse == "" && !p.config.Unsolicited:
			failure = errors.New("the sign-in did not begin here")
		case inResponse != "" && known < 0:
			failure = fmt.Errorf("the request %s was not made for this browser, was answered before, or is older than %v", quote(inResponse), RequestLife)
		case inResponse != "" && waiting[known].Provider != c.provider.entityID:
			failure = fmt.Errorf("the request was made to %s, the answer comes from %s", waiting[known].Provider, c.provider.entityID)
		default:
			c.inResponse, c.until = inResponse, end
			if inResponse != "" {
				c.request = &waiting[known]
			}
			return nil
		}
	}
	return failure
}

// readStatements looks at when and how people proved who they are.
func (p *Provider) readStatements(c *claims, assertion *etree.Element, now time.Time) error {
	statements := children(assertion, nsAssertion, "AuthnStatement")
	if len(statements) == 0 {
		return errors.New("the Assertion has no AuthnStatement")
	}
	for _, s := range statements {
		proved, err := timeOf(s, "AuthnInstant")
		if err != nil {
			return err
		}
		switch {
		case proved.IsZero():
			return errors.New("the AuthnStatement has no AuthnInstant")
		case proved.After(now.Add(p.config.Skew)):
			return fmt.Errorf("the AuthnInstant is in the future, at %s", clock(proved))
		case p.config.MaxAge > 0 && now.After(proved.Add(p.config.MaxAge+p.config.Skew)):
			return fmt.Errorf("the AuthnInstant is too long ago, at %s", clock(proved))
		case p.config.ForceAuthn && c.request != nil && proved.Add(p.config.Skew).Before(c.request.Made):
			return fmt.Errorf("the identity provider did not ask for a new proof, as it was told: the last one is of %s", clock(proved))
		}
		ends, err := timeOf(s, "SessionNotOnOrAfter")
		if err != nil {
			return err
		}
		if ends.IsZero() {
			continue
		}
		if ends = ends.Add(p.config.Skew); !now.Before(ends) {
			return errors.New("the session at the identity provider has ended")
		}
		if c.ends.IsZero() || ends.Before(c.ends) {
			c.ends = ends
		}
	}
	if c.index = attribute(statements[0], "SessionIndex"); len(c.index) > maxIndex {
		return fmt.Errorf("the SessionIndex is longer than %d bytes", maxIndex)
	}
	return nil
}

func (p *Provider) readNameID(c *claims, subject *etree.Element) error {
	e, err := only(subject, nsAssertion, "NameID")
	if err != nil {
		return err
	}
	if c.nameID, err = textOf(e); err != nil {
		return err
	}
	c.format = crewjam.NameIDFormat(attribute(e, "Format"))
	if c.format == "" {
		c.format = crewjam.UnspecifiedNameIDFormat
	}
	if !slices.Contains(nameIDFormats, c.format) {
		return fmt.Errorf("the NameID is of the format %s; the identity provider must send one that stays the same, such as %s",
			quote(string(c.format)), crewjam.UnspecifiedNameIDFormat)
	}
	if c.nameID == "" {
		return errors.New("the NameID is empty")
	}
	return nil
}

func (p *Provider) readAttributes(c *claims, assertion *etree.Element) error {
	for _, statement := range children(assertion, nsAssertion, "AttributeStatement") {
		for _, a := range children(statement, nsAssertion, "Attribute") {
			name := attribute(a, "Name")
			if name != p.config.MailAttribute && name != p.config.NameAttribute && name != p.config.GroupsAttribute {
				continue
			}
			var values []string
			for _, v := range children(a, nsAssertion, "AttributeValue") {
				value, err := textOf(v)
				if err != nil {
					return fmt.Errorf("the attribute %s: %w", quote(name), err)
				}
				values = append(values, value)
			}
			if name == p.config.GroupsAttribute {
				c.groups = append(c.groups, values...)
				continue
			}
			if len(values) == 0 {
				continue
			}
			if name == p.config.MailAttribute {
				c.mail = &values[0]
			} else {
				c.name = &values[0]
			}
		}
	}
	return nil
}

// checkAgain lets the library judge the same message. It knows less than the
// checks here, but was written by others.
func (p *Provider) checkAgain(text []byte, c *claims, now time.Time) error {
	sp := crewjam.ServiceProvider{EntityID: p.config.EntityID, AcsURL: p.acs, IDPMetadata: c.provider.descriptor,
		AllowIDPInitiated: c.request == nil, SignatureVerifier: verifier{c.provider, now},
		// The library looks at one audience of each restriction only.
		ValidateAudienceRestriction: func(*crewjam.Assertion) error { return nil }}
	a, err := sp.ParseXMLResponse(text, []string{c.inResponse}, p.acs)
	if err != nil {
		if invalid, ok := errors.AsType[*crewjam.InvalidResponseError](err); ok && invalid.PrivateErr != nil {
			err = invalid.PrivateErr
		}
		return fmt.Errorf("the library refuses it: %w", err)
	}
	if a.ID != c.id || a.Subject.NameID == nil || a.Subject.NameID.Value != c.nameID {
		return errors.New("the library reads another subject")
	}
	return nil
}

// verifier is our way to look at signatures, for the library.
type verifier struct {
	idp *identityProvider
	now time.Time
}

// VerifySignature implements the library's interface.
func (v verifier) VerifySignature(_ *dsig.ValidationContext, e *etree.Element) error {
	_, err := verify(e, v.idp.certificates, v.now)
	return err
}
