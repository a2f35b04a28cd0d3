package metadata

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// codeDependents is the number of the message that names what is built on an
// object (api-v1.md 1.8).
const codeDependents = 13151

// maxObjects bounds what one call is about.
const maxObjects = 1000

func errTooMany(n int) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "%d objects are too many; one call takes %d", n, maxObjects)
}

func errNoObjects() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "no object is given")
}

func errSeenOnly(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeForbidden, "you may see %s but not do this with it", id)
}

// errBuiltOn refuses to delete what others stand on; they are named as far as
// the subject may see them.
func errBuiltOn(name string, dependents []string, others bool) error {
	if more := len(dependents) - maxUsers; more > 0 {
		dependents = append(dependents[:maxUsers:maxUsers], fmt.Sprintf("%d more", more))
	}
	if others {
		dependents = append(dependents, "some others")
	}
	return &searchlight.Error{Code: searchlight.CodeInvalid, Number: codeDependents,
		Message: fmt.Sprintf("%s cannot be deleted, because these are built on it: %s. Delete them first, or in the same call", name, strings.Join(dependents, ", "))}
}

func errBuiltInConnection() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the built-in connection cannot be deleted")
}

func errRuledTable() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "deleting a table with row-level security rules needs the privilege BYPASSRLS")
}

func errChangedMeanwhile() error {
	return searchlight.Errorf(searchlight.CodeConflict, "the objects were changed by others meanwhile; try again")
}

func errType(t searchlight.ObjectType, what string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "objects of type %s %s", t, what)
}

func errNoTag(what string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "there is no tag %s; an administrator creates tags", what)
}

func errNoTagsGiven() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "no tag is given; name tags by id or by name")
}

func errTagName(limit int) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the name of a tag has 1 to %d bytes", limit)
}

func errTagTaken(name string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "there is a tag %s already; names of tags differ in more than case", name)
}

func errOtherUsers() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "doing this for other users needs the privilege ADMINISTRATION")
}

func errNoUser(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "there is no user %s", id)
}

func errProtectedUser(name string) error {
	return searchlight.Errorf(searchlight.CodeForbidden, "%s is built in and cannot be changed", name)
}
