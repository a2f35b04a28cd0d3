package saml

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"

	"github.com/searchlight-bi/searchlight"
)

// The tickets of this package. Those of browsers are kept under the hash of
// their cookie, those of messages under the hash of issuer and id.
const (
	ticketBrowser = searchlight.TicketKind("saml-browser")
	ticketSeen    = searchlight.TicketKind("saml-seen")
)

// Begin is a sign-in that begins here.
type Begin struct {
	Target   string // where to go afterwards; empty: the front page
	Provider string // entity id of the identity provider; empty: the first one
	Browser  string // value of the browser's cookie; empty: it has none
}

// Begun is what a sign-in begins with.
type Begun struct {
	Message *Message
	Browser string // value of the cookie that binds the answer to the browser
}

// request is one that the identity provider has not answered yet.
type request struct {
	ID       string
	Relay    string // what names it in RelayState
	Provider string
	Target   string
	Made     time.Time
}

// Begin makes a request for an identity provider and remembers it for the
// browser. It fails with CodeInvalid when the target is not allowed or there is
// no such identity provider.
func (p *Provider) Begin(ctx context.Context, b Begin) (*Begun, error) {
	target := "/"
	if b.Target != "" {
		var err error
		if target, err = p.redirects.Check(b.Target); err != nil {
			return nil, err
		}
	}
	idp := p.current()[0]
	if b.Provider != "" {
		if idp = p.find(b.Provider); idp == nil {
			return nil, errNoProvider(b.Provider)
		}
	}
	now := p.config.Now().UTC()
	r := request{Provider: idp.entityID, Target: target, Made: now}
	var err error
	if r.ID, err = p.messageID(); err != nil {
		return nil, err
	}
	if r.Relay, err = p.random(); err != nil {
		return nil, err
	}
	fresh, err := p.random()
	if err != nil {
		return nil, err
	}
	o := p.authnRequest(idp, r)
	begun := &Begun{}
	if begun.Message, err = p.pack(o); err != nil {
		return nil, err
	}
	return begun, p.config.Store.Update(ctx, func(tx searchlight.Tx) error {
		waiting, err := takeRequests(tx, b.Browser, now)
		if err != nil {
			return err
		}
		// A cookie that nothing is kept under may be somebody else's making.
		if begun.Browser = b.Browser; len(waiting) == 0 {
			begun.Browser = fresh
		}
		waiting = append(waiting, r)
		return putRequests(tx, begun.Browser, waiting[max(0, len(waiting)-maxRequests):], now)
	})
}

// messageID is an id that no other message has.
func (p *Provider) messageID() (string, error) {
	random, err := p.random()
	return "_" + random, err
}

func (p *Provider) authnRequest(idp *identityProvider, r request) outgoing {
	o := outgoing{parameter: "SAMLRequest", relay: r.Relay, signed: idp.wantsSigned, binding: crewjam.HTTPRedirectBinding}
	if idp.signIn[o.binding] == "" {
		o.binding = crewjam.HTTPPostBinding
	}
	o.location = idp.signIn[o.binding]
	create := true
	message := crewjam.AuthnRequest{ID: r.ID, Version: "2.0", IssueInstant: r.Made, Destination: o.location, Issuer: p.issuer(),
		AssertionConsumerServiceURL: p.acs.String(), ProtocolBinding: crewjam.HTTPPostBinding,
		NameIDPolicy: &crewjam.NameIDPolicy{AllowCreate: &create}}
	if p.config.ForceAuthn {
		message.ForceAuthn = &p.config.ForceAuthn
	}
	o.element = func(signature *etree.Element) *etree.Element {
		message.Signature = signature
		return message.Element()
	}
	return o
}

func (p *Provider) issuer() *crewjam.Issuer { return &crewjam.Issuer{Value: p.config.EntityID} }

func browserKey(browser string) [32]byte { return sha256.Sum256([]byte(browser)) }

// requestsOf are the requests that a browser's answer may be for.
func requestsOf(tx searchlight.Tx, browser string, now time.Time) ([]request, error) {
	if browser == "" {
		return nil, nil
	}
	return readRequests(tx.Ticket, browser, now)
}

// takeRequests are the same, forgotten.
func takeRequests(tx searchlight.Tx, browser string, now time.Time) ([]request, error) {
	if browser == "" {
		return nil, nil
	}
	return readRequests(tx.TakeTicket, browser, now)
}

func readRequests(read func(searchlight.TicketKind, [32]byte) (*searchlight.Ticket, error), browser string, now time.Time) ([]request, error) {
	ticket, err := read(ticketBrowser, browserKey(browser))
	if err != nil {
		if searchlight.CodeOf(err) == searchlight.CodeNotFound {
			return nil, nil
		}
		return nil, err
	}
	var waiting []request
	if err := json.Unmarshal(ticket.Data, &waiting); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(waiting, func(r request) bool { return now.Sub(r.Made) >= RequestLife }), nil
}

func putRequests(tx searchlight.Tx, browser string, waiting []request, now time.Time) error {
	if len(waiting) == 0 {
		return nil
	}
	data, err := json.Marshal(waiting)
	if err != nil {
		return err
	}
	return tx.PutTicket(&searchlight.Ticket{Kind: ticketBrowser, Key: browserKey(browser), Data: data, Created: now, Expires: now.Add(RequestLife)})
}

// once fails when the store has seen a message before.
func once(tx searchlight.Tx, issuer, id string, now, until time.Time) error {
	err := tx.PutTicket(&searchlight.Ticket{Kind: ticketSeen, Key: sha256.Sum256([]byte(issuer + "\n" + id)), Created: now, Expires: until})
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeConflict {
		return refuse("the message %s has been used before", quote(id))
	}
	return err
}
