package sqlstore

import (
	"fmt"

	"github.com/searchlight-bi/searchlight"
)

func errDatabase(err error) error {
	return fmt.Errorf("metadata store: %w", err)
}

func errStopped(err error) error {
	return fmt.Errorf("metadata store: stopped: %w", err)
}

func errUnavailable(err error) error {
	return &searchlight.Error{Code: searchlight.CodeUnavailable, Message: "The metadata store does not answer; try again.", Err: err}
}

func errContended(err error) error {
	return &searchlight.Error{Code: searchlight.CodeUnavailable, Message: "Too many changes are made at the same time; try again.", Err: err}
}

func errDuplicate(err error) error {
	return &searchlight.Error{Code: searchlight.CodeConflict, Message: "This exists already.", Err: err}
}

func errDangling(err error) error {
	return &searchlight.Error{Code: searchlight.CodeInvalid, Message: "This refers to something that does not exist.", Err: err}
}

func errWriteInView() error {
	return fmt.Errorf("metadata store: a View must not write")
}

func errText() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "A text holds a NUL character or is not valid UTF-8.")
}

func errNameTooLong() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "A name is longer than %d bytes.", maxKeyBytes)
}

func errPatternTooLong() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The pattern is longer than %d bytes.", maxKeyBytes)
}

func errUnknownSort(key searchlight.SortKey) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "There is no order %q.", string(key))
}

func errUnknownCategory(category searchlight.Category) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "There is no category %q.", string(category))
}

func errNoUser(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no user %s.", id)
}

func errNoUserNamed(name string) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no user named %q.", name)
}

func errUserExists(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already a user named %q.", name)
}

func errUserIDTaken(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already a user %s.", id)
}

func errUserTwice(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeConflict, "The user %s is to be changed twice at once; give it once, as it should become.", id)
}

func errUserChanged(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "The user %q was changed meanwhile.", name)
}

func errNoIdentity() error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no user with this identity.")
}

func errIdentityTaken(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "Another user has the identity of %q.", name)
}

func errIdentityTooLong() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The identity of a user is longer than %d bytes.", maxKeyBytes)
}

func errPreferences(err error) error {
	return &searchlight.Error{Code: searchlight.CodeInvalid, Message: "The preferences of a user are no JSON.", Err: err}
}

func errNoGroup(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no group %s.", id)
}

func errNoGroupNamed(name string) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no group named %q.", name)
}

func errGroupExists(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already a group named %q.", name)
}

func errGroupIDTaken(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already a group %s.", id)
}

func errGroupTwice(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeConflict, "The group %s is to be changed twice at once; give it once, as it should become.", id)
}

func errGroupChanged(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "The group %q was changed meanwhile.", name)
}

func errCircle(name string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The group %q would be inside itself.", name)
}

func errTooDeep(name string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The group %q would end a chain of more than %d groups, each inside the next.", name, maxGroupDepth)
}

func errNoSession() error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no such session.")
}

func errSessionExists() error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already such a session.")
}

func errNoSource() error {
	return fmt.Errorf("metadata store: sessions of no source")
}

func errEveryTicket() error {
	return fmt.Errorf("metadata store: tickets of no kind, user or source")
}

func errSourceTooLong() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The source of a session is longer than %d bytes.", maxKeyBytes)
}

func errNoTicket() error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no such ticket.")
}

func errTicketExists() error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already such a ticket.")
}

func errNoSetting(key string) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "The setting %s was never made.", key)
}

func errSetting(key string, err error) error {
	return fmt.Errorf("metadata store: the setting %s: %w", key, err)
}

func errAuditEntry(err error) error {
	return fmt.Errorf("metadata store: audit entry: %w", err)
}

func errNoObject(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no object %s.", id)
}

func errNoColumn(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no column %s.", id)
}

func errNoPrincipal(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "There is no user or group %s.", id)
}

func errGrantLevel(level searchlight.Level) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The level %d cannot be granted: it must be that of READ_ONLY or MODIFY.", level)
}

func errGrantOfPart(id, owner searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "The object %s is a part of %s; share that.", id, owner)
}

func errMixedTypes(t searchlight.ObjectType) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "Objects of the type %s are not listed together with others.", string(t))
}

func errObjectExists(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already an object %s.", id)
}

func errObjectChanged(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeConflict, "The object %s was changed meanwhile.", id)
}

func errTagExists(name string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "There is already a tag named %q.", name)
}

func errNoTableAt(database, schema, table string) error {
	return searchlight.Errorf(searchlight.CodeNotFound, "No table object stands for the table %q of the schema %q in the database %q.", table, schema, database)
}

func errTableExists(database, schema, table string) error {
	return searchlight.Errorf(searchlight.CodeConflict, "Another table object stands for the table %q of the schema %q in the database %q.", table, schema, database)
}

func errNewerDatabase(migration string) error {
	return fmt.Errorf("the metadata database was written by a newer version of Searchlight: this version does not know its migration %s", migration)
}

func errMigrationChanged(migration string) error {
	return fmt.Errorf("the metadata database does not fit this version of Searchlight: its migration %s was another one", migration)
}

func errMigrationName(file string) error {
	return fmt.Errorf("the migration %q is not named like 0001_initial.sql", file)
}

func errMigration(migration string, err error) error {
	return fmt.Errorf("migrate the metadata database (%s): %w", migration, err)
}
