package auth

import (
	"time"

	"github.com/searchlight-bi/searchlight"
)

// errRefused is the one answer to every sign-in that fails, so that names
// cannot be probed (security.md T-51).
func errRefused() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated,
		"the user name or the password is wrong, or this account cannot sign in")
}

func errNoSession() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated, "there is no valid session; sign in first")
}

func errThrottled(wait time.Duration) error {
	err := searchlight.Errorf(searchlight.CodeThrottled, "too many attempts to sign in from this address; try again later")
	err.RetryAfter = wait
	return err
}

func errPassword(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the password "+format, args...)
}
