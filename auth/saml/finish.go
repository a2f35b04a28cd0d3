package saml

import (
	"context"
	"encoding/base64"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
)

// Response is an answer of an identity provider, as a browser posts it.
type Response struct {
	Message string // the parameter SAMLResponse
	Relay   string // RelayState; may be empty
	Browser string // value of the cookie of Begin; empty: it has none
}

// Arrival is a sign-in that has come to its end.
type Arrival struct {
	SignIn *searchlight.SignIn
	Target string // where the browser may be sent
}

// Finish checks an answer of an identity provider and opens a session for the
// person whom it names. It fails with CodeUnauthenticated, without a reason for
// the browser, when the answer or the person is not accepted.
func (p *Provider) Finish(ctx context.Context, r Response) (*Arrival, error) {
	var c *claims
	var arrival *Arrival
	err := p.guard(ctx, func() (err error) {
		if c, err = p.check(ctx, r); err != nil {
			return err
		}
		arrival, err = p.admit(ctx, r, c)
		return err
	})
	if err == nil {
		return arrival, nil
	}
	var data map[string]any
	if c != nil { // the identity provider has signed it
		data = map[string]any{"identityProvider": c.provider.entityID, "nameId": c.nameID}
	}
	return nil, p.refused(ctx, searchlight.EventLoginFailed, err, data)
}

// check makes all checks that the store has no part in.
func (p *Provider) check(ctx context.Context, r Response) (*claims, error) {
	text, err := base64.StdEncoding.DecodeString(r.Message)
	if err != nil {
		return nil, refuse("the SAMLResponse is not base64")
	}
	now := p.config.Now()
	opened, err := p.openResponse(text, now)
	if err != nil {
		return nil, refuse("%w", err)
	}
	var waiting []request
	err = p.config.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		waiting, err = requestsOf(tx, r.Browser, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	c, err := p.readAssertion(opened, waiting, now)
	if err == nil {
		err = p.checkAgain(text, c, now)
	}
	if err != nil {
		return nil, refuse("%w", err)
	}
	return c, nil
}

// admit opens a session, all or nothing: the request is used up, the assertion
// will not be taken again, and the person and its groups are as the identity
// provider says.
func (p *Provider) admit(ctx context.Context, r Response, c *claims) (*Arrival, error) {
	arrival := &Arrival{Target: p.target(r, c)}
	now := p.config.Now()
	err := p.config.Store.Update(ctx, func(tx searchlight.Tx) error {
		if c.request != nil {
			waiting, err := takeRequests(tx, r.Browser, now)
			if err != nil {
				return err
			}
			left := slices.DeleteFunc(slices.Clone(waiting), func(w request) bool { return w.ID == c.request.ID })
			if len(left) == len(waiting) {
				return refuse("the request %s has just been answered", quote(c.request.ID))
			}
			if err := putRequests(tx, r.Browser, left, now); err != nil {
				return err
			}
		}
		if err := once(tx, c.provider.entityID, c.id, now, c.until.Add(p.config.Skew)); err != nil {
			return err
		}
		user, err := p.provision(tx, c)
		if err != nil {
			return err
		}
		in, err := p.config.Sessions.Open(tx, auth.OpenRequest{User: user.ID, Method: searchlight.AuthSAML, Ends: c.ends, Source: sourceOf(c)})
		if err != nil && searchlight.CodeOf(err) == searchlight.CodeUnauthenticated {
			return refuse("the account %s is locked or may not sign in", quote(user.Name))
		}
		arrival.SignIn = in
		return err
	})
	if err != nil {
		return nil, err
	}
	return arrival, nil
}

// target is where a sign-in leads to: the way that was asked for when it
// began. What the identity provider sends back is a name for that, and leads
// somewhere by itself only when the sign-in began there.
func (p *Provider) target(r Response, c *claims) string {
	const front = "/"
	if c.request != nil {
		if r.Relay == c.request.Relay {
			return c.request.Target
		}
		return front
	}
	if r.Relay == "" {
		return front
	}
	target, err := p.redirects.Check(r.Relay)
	if err != nil {
		return front
	}
	return target
}
