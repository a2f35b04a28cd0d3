package v1

import (
	"context"
	"net/http"
	"net/url"

	"github.com/searchlight-bi/searchlight"
)

// Trusted lets servers that know the secret key sign their users in.
type Trusted interface {
	// Issue makes a login token. It fails with CodeDisabled,
	// CodeUnauthenticated, CodeForbidden, CodeInvalid and CodeThrottled.
	Issue(ctx context.Context, r searchlight.TokenRequest) (string, error)
	// Redeem trades a token for a session, and Bearer says who it stands for.
	// They fail with CodeUnauthenticated.
	Redeem(ctx context.Context, token, user string) (*searchlight.SignIn, error)
	Bearer(ctx context.Context, token string) (*searchlight.SignIn, error)
	// Keys lists the secret keys; AddKey makes one, which is shown once, and
	// RemoveKey ends one with all that came from it. They need ADMINISTRATION.
	Keys(ctx context.Context, s *searchlight.Subject) ([]searchlight.TrustedKey, error)
	AddKey(ctx context.Context, s *searchlight.Subject) (key string, id searchlight.GUID, err error)
	RemoveKey(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) error
}

func (a *API) tokenRoutes() []route {
	return []route{
		{method: "POST", path: "/session/auth/token", open: true, proven: true, handle: a.authToken},
		{method: "GET", path: "/session/login/token", open: true, proven: true, handle: a.loginToken},
		{method: "POST", path: "/session/login/token", open: true, proven: true, handle: a.loginToken},
		{method: "GET", path: "/trusted-auth/keys", app: true, handle: a.listKeys},
		{method: "POST", path: "/trusted-auth/keys", app: true, event: searchlight.EventTrustedAuthChanged, handle: a.addKey},
		{method: "DELETE", path: "/trusted-auth/keys/{id}", app: true, event: searchlight.EventTrustedAuthChanged, handle: a.removeKey},
	}
}

const (
	accessFull   = "FULL"
	accessScoped = "REPORT_BOOK_VIEW"
)

// authToken is POST session/auth/token (api-v1.md 2.3). The body is the bare
// token, which clients paste into addresses.
func (a *API) authToken(w http.ResponseWriter, r *request) error {
	p := r.params
	t := searchlight.TokenRequest{Address: r.call.Address, FromBrowser: r.Header.Get("Origin") != ""}
	var err error
	if t.Key, err = p.required("secret_key"); err != nil {
		return err
	}
	if t.User, err = p.required("username"); err != nil {
		return err
	}
	access, err := p.enum("access_level", accessFull, accessFull, accessScoped)
	if err != nil {
		return err
	}
	if access == accessScoped {
		if t.Scope, err = p.guid("id"); err != nil {
			return err
		}
	}
	if options, ok := p.text("jwt_user_options"); ok && options != null {
		return errNotYet("jwt_user_options")
	}
	if t.AutoCreate, err = p.flag("autocreate"); err != nil {
		return err
	}
	if t.Groups, err = p.array("groups"); err != nil {
		return err
	}
	t.Email, _ = p.text("email")
	t.DisplayName, _ = p.text("displayname")
	token, err := a.config.Trusted.Issue(r.Context(), t)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(token)) // a client that left needs no answer
	return nil
}

// loginToken is GET and POST session/login/token (api-v1.md 2.4, security.md
// 7.3). Everything is checked before the token is used up.
func (a *API) loginToken(w http.ResponseWriter, r *request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodPost && a.config.NoGetLogin {
		return errNoGetLogin()
	}
	if err := a.checkTokenOrigin(r.Request); err != nil {
		return err
	}
	token, err := r.params.required("auth_token")
	if err != nil {
		return err
	}
	user, _ := r.params.text("username")
	stay, err := r.params.flag("no_url_redirection")
	if err != nil {
		return err
	}
	target := "/"
	if given, ok := r.params.text("redirect_url"); ok && !stay {
		if target, err = a.config.Redirects(given); err != nil {
			return err
		}
	}
	in, err := a.config.Trusted.Redeem(r.Context(), token, user)
	if err != nil {
		return err
	}
	if err := a.begin(w, r, in); err != nil {
		return err
	}
	if stay {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
	return nil
}

// checkTokenOrigin keeps foreign pages from replacing a person's session by one
// of theirs: from another site only the pages of known origins may sign in.
func (a *API) checkTokenOrigin(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Site") != "cross-site" {
		return nil
	}
	from := r.Header.Get("Origin")
	if from == "" {
		if page, err := url.Parse(r.Referer()); err == nil && page.Host != "" {
			from = page.Scheme + "://" + page.Host
		}
	}
	if !a.config.Origins.Allow(from) {
		return errCrossOrigin()
	}
	return nil
}

type keyBody struct {
	ID      searchlight.GUID `json:"id"`
	Created int64            `json:"created"` // epoch ms
	By      searchlight.GUID `json:"createdBy"`
}

// listKeys is GET /api/app/trusted-auth/keys.
func (a *API) listKeys(w http.ResponseWriter, r *request) error {
	keys, err := a.config.Trusted.Keys(r.Context(), r.subject)
	if err != nil {
		return err
	}
	body := make([]keyBody, len(keys))
	for i, k := range keys {
		body[i] = keyBody{k.ID, k.Created.UnixMilli(), k.By}
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// newKeyBody shows a secret key, for the only time.
type newKeyBody struct {
	ID  searchlight.GUID `json:"id"`
	Key string           `json:"secretKey"`
}

// addKey is POST /api/app/trusted-auth/keys.
func (a *API) addKey(w http.ResponseWriter, r *request) error {
	key, id, err := a.config.Trusted.AddKey(r.Context(), r.subject)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, newKeyBody{id, key})
	return nil
}

// removeKey is DELETE /api/app/trusted-auth/keys/{id}.
func (a *API) removeKey(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("id")
	if err != nil {
		return err
	}
	if err := a.config.Trusted.RemoveKey(r.Context(), r.subject, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
