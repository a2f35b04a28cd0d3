package directory

import (
	"errors"
	"fmt"

	"github.com/searchlight-bi/searchlight"
)

// ErrSamePassword refuses a new password that is the old one. Clients look for
// the sentence (api-v1.md 2.8).
var ErrSamePassword = searchlight.Errorf(searchlight.CodeInvalid, "New password cannot be the same as current password")

// numberUnauthenticated is the number on the wire of a password that does not
// prove who the caller is, and numberNoPrincipal that of an unknown principal.
const (
	numberUnauthenticated = 10003
	numberNoPrincipal     = 13003
)

// ListError is a mistake in the list of a sync; the others that a sync can
// fail with are about the installation.
type ListError struct{ Err error }

// Error implements error.
func (e *ListError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake, an Error with CodeInvalid.
func (e *ListError) Unwrap() error { return e.Err }

func invalid(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeInvalid, format, args...)
}

func forbidden(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeForbidden, format, args...)
}

func isCode(err error, code searchlight.ErrorCode) bool {
	return err != nil && searchlight.CodeOf(err) == code
}

func errNoCaller() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated, "your account was deleted or deactivated meanwhile")
}

func errNotYours() error {
	return forbidden("only administrators may do this for another user")
}

func errNameLength() error { return invalid("a name has 1 to %d characters", maxNameLength) }

func errNameCharacter(name string, r rune) error {
	return invalid("the name %q holds the character %U, which cannot be told apart or seen; names are made of printable characters and inner blanks", name, r)
}

func errNameBlank(name string) error {
	return invalid("the name %q begins or ends with a blank", name)
}

func errNameReserved(name string) error { return invalid("the name %q is reserved", name) }

func errDisplayName() error {
	return invalid("a display name has 1 to %d characters and no control characters", maxDisplayLength)
}

func errDescription() error {
	return invalid("a description has at most %d characters and no control characters but line breaks", maxDescriptionLength)
}

func errEmail(email string) error { return invalid("%q is no e-mail address", email) }

func errUserType(t searchlight.PrincipalType) error {
	return invalid("%q is no type of users; there are %v", string(t), types(true))
}

func errGroupType(t searchlight.PrincipalType) error {
	return invalid("%q is no type of groups; there are %v", string(t), types(false))
}

func types(users bool) (list []searchlight.PrincipalType) {
	for _, t := range searchlight.PrincipalTypes {
		if t.IsUser() == users {
			list = append(list, t)
		}
	}
	return list
}

func errVisibility(v searchlight.Visibility) error {
	return invalid("%q is no visibility; there are %s and %s", string(v), searchlight.Sharable, searchlight.NonSharable)
}

func errState(s searchlight.UserState) error {
	return invalid("an administrator cannot set the state %q; there are %v", string(s), settableStates)
}

func errBuiltIn(name string) error {
	return forbidden("%s is built in; it cannot be renamed or deleted and keeps its type", name)
}

func errProtected(name string) error {
	return forbidden("%s is built in and cannot be changed", name)
}

func errSystemGroup() error {
	return forbidden("the group System is the server's own: its members and privileges stay as they are")
}

func errLastAdministrator() error {
	return searchlight.Errorf(searchlight.CodeConflict, "nobody would be left who can administer; give another user ADMINISTRATION first")
}

func errLeaveAll() error { return invalid("every user is in the group All and stays there") }

func errAllInside() error {
	return invalid("the group All cannot be in another group: everybody would have its privileges")
}

func errNotGrantable(p searchlight.Privilege) error {
	return invalid("%q is no privilege that groups can be given", string(p))
}

func errNotOnAll(p searchlight.Privilege) error {
	return invalid("%s cannot be given to everybody: the group All takes %v", p, onAll)
}

func errKeepsAdministration() error {
	return invalid("the group Administrator keeps ADMINISTRATION; take its members out instead")
}

func errNoUserNamed(name string) error {
	return numbered(numberNoPrincipal, searchlight.CodeNotFound, "there is no user named %q", name)
}

func errPinboards() error {
	return invalid("a group has at most %d pinboards of its own", maxPinboards)
}

func errNoPinboard(id searchlight.GUID) error { return invalid("there is no pinboard %s", id) }

func errNobody() error { return invalid("name the users whose sessions are to end") }

func errPassword() error {
	return numbered(numberUnauthenticated, searchlight.CodeForbidden, "Unable to authenticate user")
}

func errNoPassword(name string) error {
	return invalid("%s has no password here: its sign-in is verified elsewhere", name)
}

func errPasswordMissing() error { return invalid("a LOCAL_USER needs a password") }

func errChanged(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "%s was changed by somebody else at this moment; try again", name)
}

func errResetRefused() error {
	return searchlight.Errorf(searchlight.CodeUnauthenticated, "the token is wrong, was used before, or is too old")
}

func errActivationRefused() error {
	return forbidden("the token is wrong, was used before, or is too old")
}

func errLocale(locale string) error { return invalid("%q is no locale that is known here", locale) }

func errPreference(key, want string) error {
	return invalid("the preference %s must be %s", key, want)
}

func errPreferencesTooLarge() error {
	return invalid("preferences take at most %d bytes", maxPreferences)
}

func errTwoUsers() error { return invalid("the id and the name are those of different users") }

func errTransferSystem(name string) error {
	return invalid("%s owns what the server itself needs and takes part in no transfer", name)
}

func errTransferInactive(name string) error {
	return invalid("%s is not active and cannot become an owner", name)
}

func errNoObjectToTransfer(id searchlight.GUID) error {
	return invalid("there is no object %s; nothing was transferred", id)
}

// who names a principal of a list with its place.
func who(p *Principal, at int) string {
	kind := "group"
	if p.Type.IsUser() {
		kind = "user"
	}
	return fmt.Sprintf("%s %q (principal %d)", kind, p.Name, at+1)
}

func errInList(who string, err error) error {
	message := err.Error()
	if e, ok := errors.AsType[*searchlight.Error](err); ok {
		message = e.Message
	}
	return &ListError{searchlight.Errorf(searchlight.CodeInvalid, "%s: %s", who, message)}
}

func errListName(who string) error { return &ListError{invalid("%s has no name", who)} }

func errListType(who string, t searchlight.PrincipalType) error {
	return &ListError{invalid("%s: %q is no principalTypeEnum; there are %v", who, string(t), searchlight.PrincipalTypes)}
}

func errListTwice(who string) error {
	return &ListError{invalid("%s is in the list twice; names ignore case", who)}
}

func errListGroup(who, group string) error {
	return &ListError{invalid("%s: the group %q is neither in the list nor on the server", who, group)}
}

func errSyncPassword(who string) error {
	return invalid("%s is new and needs a password: its own, or the parameter password", who)
}

func errSyncPolicy(who string, err error) error {
	message := err.Error()
	if e, ok := errors.AsType[*searchlight.Error](err); ok {
		message = e.Message
	}
	return searchlight.Errorf(searchlight.CodeInvalid, "%s: password refused: %s", who, message)
}

func errTooManyRemoved(removed, users int) error {
	return invalid("%d of %d users are not in the list and would be deleted; send removeDeleted=true if that is meant, or false to keep them", removed, users)
}

func numbered(number int, code searchlight.ErrorCode, format string, args ...any) error {
	return &searchlight.Error{Code: code, Number: number, Message: fmt.Sprintf(format, args...)}
}
