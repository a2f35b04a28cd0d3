package server

import (
	"net/http"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/api/sso"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// refusedPerMinute is how many messages of identity providers that are refused
// an address may bring.
const refusedPerMinute = 60

// newSSO serves single sign-on with the cookies of the API.
func (s *Server) newSSO(p *saml.Provider) http.Handler {
	handler := &sso.Handler{Provider: p, Sessions: s.api, Limiter: auth.NewLimiter(refusedPerMinute, s.config.Now), Log: s.log}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := v1.CallOf(r.Context())
		if sso.Serves(r.URL.Path) {
			call.Route = r.Method + " " + strings.TrimPrefix(r.URL.Path, v1.InternalPrefix)
		}
		origin := &searchlight.Origin{Address: call.Address, RequestID: call.Incident, UserAgent: r.UserAgent(), Method: searchlight.AuthSAML}
		handler.ServeHTTP(w, r.WithContext(searchlight.WithOrigin(r.Context(), origin)))
	})
}
