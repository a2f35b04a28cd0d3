package saml

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/searchlight-bi/searchlight"
)

// refuse is the one answer to everything that is not accepted. The reason is
// for the log and the audit log: it would help an attacker.
func refuse(format string, args ...any) error {
	return &searchlight.Error{Code: searchlight.CodeUnauthenticated,
		Message: "the sign-in by the identity provider was not accepted; ask your administrator, who finds the reason in the audit log",
		Err:     fmt.Errorf(format, args...)}
}

// reasonOf is why something was refused, empty when err is no refusal.
func reasonOf(err error) string {
	e, ok := errors.AsType[*searchlight.Error](err)
	if !ok || e.Code != searchlight.CodeUnauthenticated {
		return ""
	}
	if e.Err == nil {
		return e.Message
	}
	return e.Err.Error()
}

func errNoProvider(entityID string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "there is no identity provider %s", quote(entityID))
}

// quote shows text of others in a message: on one line, and not for long.
func quote(text string) string {
	const longest = 120
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	return strconv.QuoteToASCII(text)
}
