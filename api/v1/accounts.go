package v1

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

// renew gives the session of a call another token, after the caller's password
// has changed.
func (a *API) renew(w http.ResponseWriter, r *request) error {
	if r.token == "" {
		return nil
	}
	in, err := a.config.Sessions.Renew(r.Context(), r.token)
	if err != nil {
		return err
	}
	a.setSession(w, in)
	return nil
}

// updatePassword is POST user/updatepassword (api-v1.md 2.8).
func (a *API) updatePassword(w http.ResponseWriter, r *request) (err error) {
	c := directory.PasswordChange{Keep: r.session}
	if c.Name, err = r.params.required("name"); err != nil {
		return err
	}
	if c.Current, err = r.params.required("currentpassword"); err != nil {
		return err
	}
	if c.New, err = r.params.required("password"); err != nil {
		return err
	}
	own, err := a.config.Users.UpdatePassword(r.Context(), r.subject, c)
	if errors.Is(err, directory.ErrSamePassword) {
		return &statusError{http.StatusInternalServerError, err}
	}
	if err != nil {
		return missingIs(http.StatusBadRequest, err)
	}
	if own {
		if err := a.renew(w, r); err != nil {
			return err
		}
	}
	return done(w, nil)
}

// updatePreference is POST user/updatepreference (api-v1.md 2.9).
func (a *API) updatePreference(w http.ResponseWriter, r *request) error {
	ref, err := decodeRef(r.params, "userid", "username")
	if err != nil {
		return err
	}
	var p directory.PreferenceChange
	if _, err := r.params.object("preferences", &p.Set); err != nil {
		return err
	}
	if text, ok := r.params.text("preferencesProto"); ok && text != null {
		if p.Proto, err = base64.StdEncoding.DecodeString(text); err != nil {
			return invalid("the parameter preferencesProto is not base64")
		}
	}
	return done(w, missingIs(http.StatusBadRequest, a.config.Users.UpdatePreferences(r.Context(), r.subject, ref, p)))
}

// invitationBody is a link by which a user chooses a password. Whoever has it
// can do so.
type invitationBody struct {
	User    searchlight.GUID `json:"userid"`
	Token   string           `json:"auth_token,omitempty"`
	Link    string           `json:"link,omitempty"`
	Expires int64            `json:"expires"` // epoch ms
}

// describeInvitation hangs a token onto an address behind the #, where it
// reaches neither servers nor their logs.
func describeInvitation(in *directory.Invitation, page *url.URL, action string) invitationBody {
	b := invitationBody{User: in.User, Token: in.Token, Expires: in.Expires.UnixMilli()}
	if in.Token != "" {
		// A path, since fragments are not decoded alike everywhere; ids and
		// tokens need no escapes.
		link := *page
		link.Fragment = strings.Join([]string{"", action, string(in.User), in.Token}, "/")
		b.Link = link.String()
	}
	return b
}

// invitationPage is where an invitation leads: the address given, or this
// server's own application.
func (a *API) invitationPage(p *params) (*url.URL, error) {
	target, ok := p.text("url")
	if !ok || target == null {
		target = "/"
	}
	target, err := a.config.Redirects(target)
	if err != nil {
		return nil, err
	}
	page, err := url.Parse(target)
	if err != nil {
		return nil, invalid("the parameter url is no address")
	}
	return page, nil
}

// deactivate is POST user/inactivate.
func (a *API) deactivate(w http.ResponseWriter, r *request) error {
	name, err := r.params.required("username")
	if err != nil {
		return err
	}
	page, err := a.invitationPage(r.params)
	if err != nil {
		return err
	}
	in, err := a.config.Users.Deactivate(r.Context(), r.subject, name)
	if err != nil {
		return missingIs(http.StatusForbidden, err)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	writeJSON(w, http.StatusOK, describeInvitation(in, page, "activate"))
	return nil
}

// inviteReset is POST /api/app/users/{userid}/reset-link.
func (a *API) inviteReset(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("userid")
	if err != nil {
		return err
	}
	page, err := a.invitationPage(r.params)
	if err != nil {
		return err
	}
	in, err := a.config.Users.InviteReset(r.Context(), r.subject, id)
	if err != nil {
		return missingIs(http.StatusForbidden, err)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	writeJSON(w, http.StatusOK, describeInvitation(in, page, "reset-password"))
	return nil
}

// activate is POST user/activate.
func (a *API) activate(w http.ResponseWriter, r *request) error {
	redemption, err := decodeRedemption(r.params)
	if err != nil {
		return err
	}
	return done(w, a.config.Users.Activate(r.Context(), redemption))
}

// resetPassword is POST user/resetpassword.
func (a *API) resetPassword(w http.ResponseWriter, r *request) error {
	redemption, err := decodeRedemption(r.params)
	if err != nil {
		return err
	}
	return done(w, a.config.Users.ResetPassword(r.Context(), redemption))
}

func decodeRedemption(p *params) (r directory.Redemption, err error) {
	if r.User, err = p.guid("userid"); err != nil {
		return r, err
	}
	if r.Token, err = p.required("auth_token"); err != nil {
		return r, err
	}
	r.Password, err = p.required("password")
	return r, err
}

// invalidateSessions is POST user/session/invalidate.
func (a *API) invalidateSessions(w http.ResponseWriter, r *request) (err error) {
	var i directory.Invalidation
	if i.Names, err = r.params.array("username"); err != nil {
		return err
	}
	if i.IDs, err = r.params.guids("userid"); err != nil {
		return err
	}
	if i.All, err = r.params.flag("allUsers"); err != nil {
		return err
	}
	return done(w, missingIs(http.StatusForbidden, a.config.Users.InvalidateSessions(r.Context(), r.subject, i)))
}
