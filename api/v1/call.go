package v1

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/searchlight-bi/searchlight"
)

// Call is what is known about one HTTP request beside the request itself. The
// server starts it, the API fills it in, and the server's log and metrics read
// it afterwards.
type Call struct {
	Incident searchlight.GUID // names this request in answers and in the log
	Trace    searchlight.GUID // names the operation it is a part of
	Address  netip.Addr       // of the client
	Route    string           // pattern of the route, as "POST /searchdata"; empty: none
	User     searchlight.GUID // who was signed in; empty: nobody
	Err      error            // why it failed; nil: it did not
}

type callKey struct{}

// Begin attaches a Call to a request and sends its ids with the response, on
// which clients rely also when a request fails (api-v1.md 1.4).
func Begin(w http.ResponseWriter, r *http.Request, address netip.Addr) (*Call, *http.Request) {
	call := &Call{Incident: searchlight.NewGUID(), Trace: searchlight.NewGUID(), Address: address}
	w.Header().Set("X-Callosum-Incident-Id", string(call.Incident))
	w.Header().Set("X-Callosum-Trace-Id", string(call.Trace))
	return call, r.WithContext(context.WithValue(r.Context(), callKey{}, call))
}

// CallOf returns the Call that Begin attached, or nil.
func CallOf(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}
