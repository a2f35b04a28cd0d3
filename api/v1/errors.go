package v1

import (
	"errors"
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// statusError is an error with a status of its own, where api-v1.md names
// another one than the error's code stands for.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func invalid(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeInvalid, format, args...)
}

func errNoRoute(path string) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "there is nothing at %s", quote(path))
}

// ErrMethod is a method that a path does not take, 405; allow lists those that it
// takes.
func ErrMethod(method, path, allow string) error {
	return &statusError{405, searchlight.Errorf(searchlight.CodeInvalid, "%s does not take %s; it takes %s", path, method, allow)}
}

// ErrURLTooLong is an address beyond the limit in bytes, 414.
func ErrURLTooLong(limit int) error {
	return &statusError{414, searchlight.Errorf(searchlight.CodeTooLarge, "the address is longer than %d bytes; send the parameters as a form", limit)}
}

func errSessionInPath() error {
	return invalid("a session is never read from the address")
}

func errNoSession() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated, "there is no session; sign in first")
}

func errNoGetLogin() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "tokens are not taken from addresses here; send them with POST")
}

func errScope() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "this session may read one pinboard or visualization and nothing else")
}

func errNoRequestedBy() error {
	return invalid("the header X-Requested-By is missing; send it with any value, such as ThoughtSpot")
}

func errCrossOrigin() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "the request comes from a web page of an origin that is not allowed here")
}

func errBodyTooLarge(limit int64) error {
	return searchlight.Errorf(searchlight.CodeTooLarge, "the body is larger than %d bytes", limit)
}

func errTooManyParameters(limit int) error {
	return searchlight.Errorf(searchlight.CodeTooLarge, "the request has more than %d parameters", limit)
}

func errMissing(name string) error { return invalid("the parameter %s is missing", name) }

// errMediaType explains a parameter that is missing because the body, where it
// may be, could not be read.
func errMediaType(name, mediaType string) error {
	if mediaType == "" {
		mediaType = "without a type"
	} else {
		mediaType = "of type " + mediaType
	}
	return searchlight.Errorf(searchlight.CodeUnsupported,
		"the parameter %s is missing, and a body %s is not read; send application/x-www-form-urlencoded or multipart/form-data", name, mediaType)
}

func errSecretInQuery(name string) error {
	return invalid("the parameter %s must be sent in the body, never in the address", name)
}

func errBadText(name string) error {
	return invalid("the parameter %s holds bytes that are not text (UTF-8 without NUL)", name)
}

func errBadKey() error {
	return invalid("the name of a parameter holds bytes that are not text (UTF-8 without NUL)")
}

func errBadEscape(where string) error {
	return invalid("the %s holds a %% that no two hexadecimal digits follow", where)
}

func errBadMultipart() error { return invalid("the multipart body is malformed or cut short") }

func errBadBody() error { return invalid("the body could not be read to its end") }

func errBadBool(name, value string) error {
	return invalid("the parameter %s must be true or false, not %s", name, quote(value))
}

func errBadInt(name, value string) error {
	return invalid("the parameter %s must be a whole number, not %s", name, quote(value))
}

func errBadEnum(name, value string, allowed []string) error {
	return invalid("the parameter %s must be %s, not %s", name, alternatives(allowed), quote(value))
}

func errBadGUID(name, value string) error {
	return invalid("the parameter %s must hold GUIDs, and %s is none", name, quote(value))
}

func errBadPrivilege(name, value string) error {
	return invalid("the parameter %s must hold privileges that groups can be given, and %s is none", name, quote(value))
}

func errNotMultipart() error {
	return searchlight.Errorf(searchlight.CodeUnsupported, "the body must be multipart/form-data")
}

// errBadPrincipals is a mistake in the list of user/sync, for which the
// documentation has 500.
func errBadPrincipals(err error) error {
	e := searchlight.Errorf(searchlight.CodeInvalid, "%s", messageOf(err))
	e.Number = numberParameter
	return &statusError{500, e}
}

func messageOf(err error) string {
	if e, ok := errors.AsType[*searchlight.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

func errBadArray(name string) error {
	return invalid("the parameter %s must be a list, such as [\"a\",\"b\"]", name)
}

func errBadObject(name string) error {
	return invalid("the parameter %s must be a JSON object of the documented form", name)
}

func errBadAddress(name, value string) error {
	return invalid("the parameter %s must hold mail addresses, and %s is none", name, quote(value))
}

func errBadColor(name string) error {
	return invalid("the color in the parameter %s must be written #RRGGBB", name)
}

// errNoDetail is a refusal for the audit log, though its status is another.
func errNoDetail(id searchlight.GUID) error {
	e := searchlight.Errorf(searchlight.CodeForbidden, "there is no object %s, or you may not see it", id)
	e.Number = numberParameter
	return e
}

func errOtherOrg() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "there is one organization here, 0")
}

func errOtherUsersOrgs() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "asking for the organizations of other users needs the privilege ADMINISTRATION")
}

func errNoRoles() error {
	return invalid("there are no roles here; give privileges to groups with group/addprivilege")
}

func errFixedSetting(name string) error {
	return invalid("the setting %s cannot be changed while the server runs; set it where the server is started", quote(name))
}

func errOneOnly(name string) error { return invalid("the parameter %s takes one value", name) }

func errJoinsUnlisted() error {
	return invalid("joins are not listed by themselves; metadata/details shows those of a table")
}

func errNotYet(what string) error {
	return invalid("%s is not supported by this version of the server", what)
}

// quote shows a value in a message, cut so that the message stays readable.
func quote(value string) string {
	const limit = 60
	if runes := []rune(value); len(runes) > limit {
		value = string(runes[:limit]) + "…"
	}
	return fmt.Sprintf("%q", value)
}

func alternatives(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
