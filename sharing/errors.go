package sharing

import (
	"strings"

	"github.com/searchlight-bi/searchlight"
)

func invalid(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeInvalid, format, args...)
}

func forbidden(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeForbidden, format, args...)
}

func errBlocked() error {
	return forbidden("your groups take the right to share away: %s", searchlight.PrivilegeNoPinboards)
}

func errScope() error {
	return forbidden("this session may look at one object and do nothing else")
}

func errType(t searchlight.ObjectType) error {
	names := make([]string, len(Types))
	for i, t := range Types {
		names[i] = string(t)
	}
	return invalid("objects of type %q are not shared by themselves; share one of %s", t, strings.Join(names, ", "))
}

func errNoObjects() error { return invalid("the list of objects is empty") }

func errTooMany(what string, limit int) error {
	return searchlight.Errorf(searchlight.CodeTooLarge, "the call is about more than %d %s; make several calls", limit, what)
}

func errNoneVisible() error {
	return forbidden("there is none of these objects, or you may not see them")
}

// errNoPrincipal is the answer to everybody who names a user or group that is
// not there or that they may not see.
func errNoPrincipal(id searchlight.GUID) error {
	return forbidden("there is no user or group %s, or you may not see it", id)
}

func errEditorsOnly(id searchlight.GUID) error {
	return forbidden("you may see %s but not share it; only those who may change it do", id)
}

func errAuthorOnly(id searchlight.GUID) error {
	return forbidden("you may see %s but not share it; only its author and administrators do", id)
}

func errColumnOfWorksheet(column, owner searchlight.GUID) error {
	return forbidden("the column %s is not one of a table and cannot be shared by itself; share %s", column, owner)
}

func errAboveOwn(id searchlight.GUID) error {
	return forbidden("you may see %s but not change it, so you cannot let others change it", id)
}

func errAll() error {
	return forbidden("sharing with the group All needs the privilege %s", searchlight.PrivilegeShareWithAll)
}

func errInactive(id searchlight.GUID) error {
	return forbidden("the user %s is not active; nothing can be shared with it", id)
}

func errNoDataManager(object, principal searchlight.GUID) error {
	return forbidden("the connection %s can be shared only with those who hold the privilege %s, and %s does not",
		object, searchlight.PrivilegeDataManagement, principal)
}

func errNotYours(object, principal searchlight.GUID) error {
	return forbidden("you did not share %s with %s, and only those who may change it take away what others shared", object, principal)
}

func errLevel(l searchlight.Level) error { return invalid("%d is no level to share at", l) }

func errNotPinboard(t searchlight.ObjectType) error {
	return invalid("only pinboards (%s) have visualizations to share, not %q", searchlight.TypePinboard, t)
}

func errNoVisualization(pinboard, id searchlight.GUID) error {
	return invalid("the pinboard %s has no visualization %s", pinboard, id)
}

func errMessageTooLong() error {
	return invalid("the message is longer than %d characters", maxMessage)
}

func errOtherPrincipals() error {
	return forbidden("only administrators ask for what others may see")
}

func errUnknownPrincipal(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "there is no such user or group: %s", id)
}

func errPrincipalType(t searchlight.ObjectType) error {
	return invalid("%q is no kind of principal; it is %s or %s", t, searchlight.TypeUser, searchlight.TypeUserGroup)
}

func isNotFound(err error) bool {
	return err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound
}
