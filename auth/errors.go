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

func errReplaced() error {
	return searchlight.Errorf(searchlight.CodeConflict, "the token of this session has just been replaced")
}

func errThrottled(wait time.Duration) error {
	err := searchlight.Errorf(searchlight.CodeThrottled, "too many attempts to sign in from this address; try again later")
	err.RetryAfter = wait
	return err
}

func errPassword(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the password "+format, args...)
}

func errToken() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated, "the token is wrong, was used before, or is too old")
}

func errTrustedOff() error {
	return searchlight.Errorf(searchlight.CodeDisabled, "trusted authentication is not enabled here; an administrator can make a secret key")
}

func errWrongKey() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated, "the secret key is wrong")
}

func errKeyInBrowser() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "the secret key came from a web page; only servers may have it. Replace the key")
}

func errKeySource() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "the secret key is not taken from this address")
}

func errTooManyKeys() error {
	return searchlight.Errorf(searchlight.CodeConflict, "there are %d secret keys already; remove one first", maxKeys)
}

func errNoKey(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "there is no secret key %s", id)
}

func errNoScope(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "there is no pinboard or visualization %s", id)
}

func errNoTokenUser(name string) error {
	err := searchlight.Errorf(searchlight.CodeInvalid, "user not found: %q; send autocreate=true to create it", name)
	err.Number = 13003
	return err
}

func errNoTokenGroup(name string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "group not found: %q; tokens do not create groups here", name)
}

func errTooManyGroups() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "a token names at most %d groups", maxTokenGroups)
}

func errPrivilegedGroup(name string) error {
	return searchlight.Errorf(searchlight.CodeForbidden,
		"the group %q carries privileges that trusted authentication may not give; an administrator can allow it for the group", name)
}

func errProtectedToken() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "this account never signs in")
}

func errAdminToken() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "tokens for administrators are not allowed here (trusted-auth-administrators)")
}
