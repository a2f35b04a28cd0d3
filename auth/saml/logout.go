package saml

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"

	"github.com/searchlight-bi/searchlight"
)

const sourcePrefix = "saml|"

// sourceOf is Session.Source of a session. It begins with who and at which
// session of the identity provider, so that either can be looked for; what the
// identity provider called the person comes last. No part holds a |.
func sourceOf(c *claims) string {
	who, _ := json.Marshal(sourceName{c.provider.entityID, c.nameID, string(c.format), c.index}) // strings marshal
	return sourceBegin(c.identity(), &c.index) + base64.RawURLEncoding.EncodeToString(who)
}

type sourceName struct{ Provider, NameID, Format, Index string }

// sourceBegin is what the sources of somebody's sessions begin with; index nil:
// all of them.
func sourceBegin(identity string, index *string) string {
	sum := sha256.Sum256([]byte(identity))
	begin := sourcePrefix + hex.EncodeToString(sum[:]) + "|"
	if index != nil {
		begin += base64.RawURLEncoding.EncodeToString([]byte(*index)) + "|"
	}
	return begin
}

// SignOut makes the message by which somebody whose session has ended here also
// signs out at the identity provider. It is nil when that is not wanted, the
// session came from elsewhere, or the identity provider does not offer it.
func (p *Provider) SignOut(session *searchlight.Session) (*Message, error) {
	if !p.config.SingleLogout || !strings.HasPrefix(session.Source, sourcePrefix) {
		return nil, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(session.Source[strings.LastIndexByte(session.Source, '|')+1:])
	if err != nil {
		return nil, err
	}
	var who sourceName
	if err := json.Unmarshal(text, &who); err != nil {
		return nil, err
	}
	idp := p.find(who.Provider)
	if idp == nil {
		return nil, nil
	}
	binding, endpoint := idp.logout()
	if binding == "" {
		return nil, nil
	}
	id, err := p.messageID()
	if err != nil {
		return nil, err
	}
	now := p.config.Now().UTC()
	end := now.Add(RequestLife)
	message := crewjam.LogoutRequest{ID: id, Version: "2.0", IssueInstant: now, NotOnOrAfter: &end, Destination: endpoint.Location, Issuer: p.issuer(),
		NameID: &crewjam.NameID{Format: who.Format, Value: who.NameID}}
	if who.Index != "" {
		message.SessionIndex = &crewjam.SessionIndex{Value: who.Index}
	}
	return p.pack(outgoing{parameter: "SAMLRequest", binding: binding, location: endpoint.Location, signed: true,
		element: func(signature *etree.Element) *etree.Element {
			message.Signature = signature
			return message.Element()
		}})
}

// logout is how an identity provider hears of log-outs; empty: it does not.
func (idp *identityProvider) logout() (binding string, endpoint crewjam.Endpoint) {
	for _, binding := range []string{crewjam.HTTPRedirectBinding, crewjam.HTTPPostBinding} {
		if e, ok := idp.signOut[binding]; ok {
			return binding, e
		}
	}
	return "", crewjam.Endpoint{}
}

// LogoutRequest is one of an identity provider, as a browser brings it.
type LogoutRequest struct {
	// Query is that of the address as it was sent, when the request came with
	// GET: its signature is over these bytes.
	Query string
	// Message and Relay are the fields SAMLRequest and RelayState of a form.
	Message, Relay string
}

// EndSessions ends the sessions that an identity provider says are over, and
// returns its answer; nil: the identity provider wants none. It fails with
// CodeUnauthenticated, and ends nothing, unless the request is signed by the
// identity provider of these sessions.
func (p *Provider) EndSessions(ctx context.Context, r LogoutRequest) (*Message, error) {
	var answer *Message
	err := p.guard(ctx, func() error {
		now := p.config.Now()
		root, idp, relay, err := p.openLogout(r, now)
		if err != nil {
			return refuse("%w", err)
		}
		identity, indexes, err := p.readLogout(root, idp, now)
		if err != nil {
			return refuse("%w", err)
		}
		if err := p.endSessions(ctx, idp, attribute(root, "ID"), identity, indexes, now); err != nil {
			return err
		}
		answer, err = p.answerLogout(idp, attribute(root, "ID"), relay, now)
		return err
	})
	if err != nil {
		return nil, p.refused(ctx, searchlight.EventLogoutFailed, err, nil)
	}
	return answer, nil
}

// openLogout reads a request and checks its signature. What it returns is from
// the signed bytes.
func (p *Provider) openLogout(r LogoutRequest, now time.Time) (root *etree.Element, idp *identityProvider, relay string, err error) {
	var text []byte
	var q *signedQuery
	if r.Query != "" {
		if q, err = readQuery(r.Query); err != nil {
			return nil, nil, "", err
		}
		text, relay = q.message, q.relay
	} else {
		relay = r.Relay
		if text, err = base64.StdEncoding.DecodeString(r.Message); err != nil {
			return nil, nil, "", errors.New("the SAMLRequest is not base64")
		}
	}
	if root, err = parse(text, MaxMessage); err != nil {
		return nil, nil, "", err
	}
	if _, err := checkMessage(root, "LogoutRequest"); err != nil {
		return nil, nil, "", err
	}
	issuer, err := issuerOf(root)
	if err != nil {
		return nil, nil, "", err
	}
	if idp = p.find(issuer); idp == nil {
		return nil, nil, "", fmt.Errorf("the issuer %s is no identity provider of this server", quote(issuer))
	}
	if q != nil {
		err = verifyQuery(q.content, q.algorithm, q.signature, idp.certificates, now)
	} else {
		root, err = verify(root, idp.certificates, now)
	}
	if err != nil {
		return nil, nil, "", err
	}
	if signed, err := issuerOf(root); err != nil || signed != issuer {
		return nil, nil, "", errors.New("the signature covers another issuer")
	}
	return root, idp, relay, nil
}

// readLogout finds out whose sessions are over, and which; indexes nil: all.
func (p *Provider) readLogout(root *etree.Element, idp *identityProvider, now time.Time) (identity string, indexes []string, err error) {
	if d := attribute(root, "Destination"); d != p.slo.String() {
		return "", nil, fmt.Errorf("the LogoutRequest is for %s, not for %s", quote(d), p.slo.String())
	}
	if err := p.checkIssued(root, now); err != nil {
		return "", nil, err
	}
	if _, err := p.checkWindow(root, now); err != nil {
		return "", nil, err
	}
	e, err := only(root, nsAssertion, "NameID")
	if err != nil {
		return "", nil, err
	}
	nameID, err := textOf(e)
	if err != nil {
		return "", nil, err
	}
	if nameID == "" {
		return "", nil, errors.New("the NameID is empty")
	}
	for _, e := range children(root, nsProtocol, "SessionIndex") {
		index, err := textOf(e)
		if err != nil {
			return "", nil, err
		}
		indexes = append(indexes, index)
	}
	return Identity(idp.entityID, nameID, attribute(e, "Format")), indexes, nil
}

func (p *Provider) endSessions(ctx context.Context, idp *identityProvider, request, identity string, indexes []string, now time.Time) error {
	sources := []string{sourceBegin(identity, nil)}
	if len(indexes) > 0 {
		sources = nil
		for _, index := range indexes {
			sources = append(sources, sourceBegin(identity, &index))
		}
	}
	return p.config.Store.Update(ctx, func(tx searchlight.Tx) error {
		// A request is taken for as long as its IssueInstant lets it be.
		if err := once(tx, idp.entityID, request, now, now.Add(maxDelay+2*p.config.Skew)); err != nil {
			return err
		}
		ended := 0
		for _, source := range sources {
			n, err := tx.DeleteSessionsFrom(source)
			if err != nil {
				return err
			}
			ended += n
		}
		event := &searchlight.Event{Type: searchlight.EventLogout, Description: "Signed out by the identity provider",
			Data: map[string]any{"authMethod": string(searchlight.AuthSAML), "identityProvider": idp.entityID, "sessions": ended}}
		user, err := tx.UserByIdentity(identity)
		if err == nil {
			event.User, event.UserName = user.ID, user.Name
		} else if searchlight.CodeOf(err) != searchlight.CodeNotFound {
			return err
		}
		return tx.Audit(event)
	})
}

// answerLogout tells the identity provider that its request was followed.
func (p *Provider) answerLogout(idp *identityProvider, request, relay string, now time.Time) (*Message, error) {
	binding, endpoint := idp.logout()
	if binding == "" {
		return nil, nil
	}
	location := endpoint.Location
	if usable(endpoint.ResponseLocation) {
		location = endpoint.ResponseLocation
	}
	id, err := p.messageID()
	if err != nil {
		return nil, err
	}
	message := crewjam.LogoutResponse{ID: id, InResponseTo: request, Version: "2.0", IssueInstant: now.UTC(), Destination: location, Issuer: p.issuer(),
		Status: crewjam.Status{StatusCode: crewjam.StatusCode{Value: crewjam.StatusSuccess}}}
	return p.pack(outgoing{parameter: "SAMLResponse", binding: binding, location: location, relay: relay, signed: true,
		element: func(signature *etree.Element) *etree.Element {
			message.Signature = signature
			return message.Element()
		}})
}

// signedQuery is a message that came in an address.
type signedQuery struct {
	message   []byte
	relay     string
	content   string // what is signed
	algorithm string
	signature []byte
}

// readQuery takes a query apart without writing any of it anew.
func readQuery(raw string) (*signedQuery, error) {
	values, texts := map[string]string{}, map[string]string{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "SAMLRequest", "RelayState", "SigAlg", "Signature", "SAMLEncoding":
		default:
			continue
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("the parameter %s stands twice", name)
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("the parameter %s is not encoded as it should be", name)
		}
		values[name], texts[name] = value, text
	}
	q := &signedQuery{relay: texts["RelayState"], algorithm: texts["SigAlg"]}
	if q.algorithm == "" || texts["Signature"] == "" {
		return nil, errors.New("the request is not signed")
	}
	if e, given := texts["SAMLEncoding"]; given && e != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE" {
		return nil, fmt.Errorf("the encoding %s is not understood", quote(e))
	}
	q.content = "SAMLRequest=" + values["SAMLRequest"]
	if relay, given := values["RelayState"]; given {
		q.content += "&RelayState=" + relay
	}
	q.content += "&SigAlg=" + values["SigAlg"]
	var err error
	if q.signature, err = base64.StdEncoding.DecodeString(texts["Signature"]); err != nil {
		return nil, errors.New("the Signature is not base64")
	}
	deflated, err := base64.StdEncoding.DecodeString(texts["SAMLRequest"])
	if err != nil {
		return nil, errors.New("the SAMLRequest is not base64")
	}
	q.message, err = inflate(deflated)
	return q, err
}

// inflate stops at the size of the largest message.
func inflate(deflated []byte) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(deflated)), MaxMessage+1))
	if err != nil {
		return nil, errors.New("the SAMLRequest cannot be inflated")
	}
	if len(text) > MaxMessage {
		return nil, fmt.Errorf("the SAMLRequest is longer than %d bytes when it is inflated", MaxMessage)
	}
	return text, nil
}
