package searchlight

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps the metadata: principals, sessions and objects.
type Store interface {
	// View runs f on a consistent state; f must not write.
	View(ctx context.Context, f func(Tx) error) error
	// Update runs f in a transaction, which is kept when f returns nil and
	// undone otherwise. Transactions that write run one after another, as if
	// each were alone; f may be run again when the database asks for that.
	Update(ctx context.Context, f func(Tx) error) error
	// Version is that of Tx, without a transaction: it may be asked for with
	// every request. What this Store has written counts at once, and so does
	// what other servers have; what a command has that runs beside the only
	// server may be missed for a fraction of a second.
	Version(ctx context.Context) (int64, error)
	// Ping fails when the database does not answer.
	Ping(ctx context.Context) error
	Close() error
}

// Tx is a transaction. Methods that look for one thing fail with
// CodeNotFound when it is not there; the names of principals are looked up
// ignoring case.
type Tx interface {
	// Now is the time of the transaction, the same for all of it, cut to
	// milliseconds.
	Now() time.Time
	// Version grows with every committed change of objects, principals and
	// settings, and when sessions end; what it has not moved past may be kept in
	// a cache.
	Version() (int64, error)

	User(id GUID) (*User, error)
	UserByName(name string) (*User, error)
	UserByIdentity(identity string) (*User, error)
	Users() ([]User, error) // in the order of names
	// UsersAmong are those of the users who are there, in the order of names.
	UsersAmong(ids ...GUID) ([]User, error)
	// CreateUser fails with CodeConflict when the name or the identity is
	// taken. The user becomes a member of All and of the groups given.
	CreateUser(u *User, groups ...GUID) error
	// CreateUsers creates many users; groups holds those of each, by user.
	CreateUsers(users []*User, groups map[GUID][]GUID) error
	// UpdateUser writes everything but ID, Created, Author and memberships, and
	// increases Version. It fails with CodeConflict when another user has the
	// name or the identity, or u.Version is not the stored one.
	UpdateUser(u *User) error
	// UpdateUsers updates many users, all or none, and increases the store's
	// Version by one. What another user has before is taken: it fails with
	// CodeConflict also when users swap their names or identities, or one takes
	// what another of them gives up, and when a user is given twice.
	UpdateUsers(users []*User) error
	// CountLogin writes FailedLogins, LockedUntil, FirstLogin and PasswordHash
	// alone, and moves neither the user's version nor the store's.
	CountLogin(u *User) error
	// DeleteUser removes a user with memberships, sessions, tickets, grants and
	// favourites. What the user made stays, under the same author.
	DeleteUser(id GUID) error
	// DeleteUsers deletes many users, all or none.
	DeleteUsers(ids ...GUID) error
	// Authors are those of the users who are authors of objects, by ID.
	Authors(among ...GUID) ([]GUID, error)

	Group(id GUID) (*Group, error)
	GroupByName(name string) (*Group, error)
	Groups() ([]Group, error) // in the order of names
	// CreateGroup fails with CodeConflict when the name is taken.
	CreateGroup(g *Group) error
	// CreateGroups creates many groups, all or none.
	CreateGroups(groups []*Group) error
	// UpdateGroup writes everything but ID, Created, Author and memberships, as
	// UpdateUser does.
	UpdateGroup(g *Group) error
	// UpdateGroups updates many groups, as UpdateUsers does users.
	UpdateGroups(groups []*Group) error
	// DeleteGroup removes a group with its memberships and grants.
	DeleteGroup(id GUID) error
	// DeleteGroups deletes many groups, all or none.
	DeleteGroups(ids ...GUID) error

	// Memberships are all direct memberships there are.
	Memberships() (*Memberships, error)
	// SetUserGroups replaces the groups that users are directly in, by user.
	// All is always one of them. It fails with CodeNotFound for unknown users
	// and groups.
	SetUserGroups(groups map[GUID][]GUID) error
	// SetGroupParents replaces the groups that groups are directly in, by
	// group. It fails with CodeInvalid when that closes a circle or makes a
	// chain of more than 32 groups.
	SetGroupParents(parents map[GUID][]GUID) error
	// UserGroups are the groups that a user is directly in, by name; GroupParents
	// the same of a group.
	UserGroups(user GUID) ([]Group, error)
	GroupParents(group GUID) ([]Group, error)
	// GroupUsers and GroupMembers are who is directly in a group, by name.
	GroupUsers(group GUID) ([]User, error)
	GroupMembers(group GUID) ([]Group, error)
	// Ancestors are the groups above a group, by name.
	Ancestors(group GUID) ([]Group, error)
	// Administrators counts the users who hold ADMINISTRATION, directly or not,
	// and can sign in: those who are active, or locked for a while, without su,
	// system and guest.
	Administrators() (int, error)
	// Subject gathers groups (direct and inherited) and privileges.
	Subject(userID GUID) (*Subject, error)

	CreateSession(s *Session) error
	// Session finds a session by its token or by the earlier one, if need be
	// long after that has ended.
	Session(tokenHash [32]byte) (*Session, error)
	TouchSession(tokenHash [32]byte, active time.Time) error
	// RenewSession gives a session another token, made for these privileges. The
	// old one becomes the earlier one until then; zero: it is forgotten.
	RenewSession(old, new [32]byte, privileges []Privilege, then time.Time) error
	// DeleteSession is idle when there is no such session.
	DeleteSession(tokenHash [32]byte) error
	// DeleteSessionsOf ends all sessions of a user but one, which may be zero,
	// and reports how many.
	DeleteSessionsOf(userID GUID, but [32]byte) (int, error)
	// EndSessions ends all sessions of users, and removes the tickets that are
	// for them.
	EndSessions(users ...GUID) error
	// DeleteSessionsFrom ends the sessions whose Source begins with source.
	DeleteSessionsFrom(source string) (int, error)
	// SessionsOf lists a user's sessions, the oldest first.
	SessionsOf(userID GUID) ([]Session, error)
	// DeleteSessionsBefore removes the sessions last active before idle, or
	// before idleRemembered for remembered ones, and those whose Ends has come,
	// and reports how many.
	DeleteSessionsBefore(idle, idleRemembered time.Time) (int, error)

	// PutTicket keeps a ticket. It fails with CodeConflict when there is one
	// of its kind and key, expired or not.
	PutTicket(t *Ticket) error
	Ticket(kind TicketKind, key [32]byte) (*Ticket, error)
	// TakeTicket removes a ticket and returns it: of those who try at the same
	// time one succeeds. It fails with CodeNotFound when there is none.
	TakeTicket(kind TicketKind, key [32]byte) (*Ticket, error)
	// DeleteTickets removes the tickets of a kind that are for a user and come
	// from a source; an empty value stands for any, and at least one is not.
	DeleteTickets(kind TicketKind, user GUID, source string) error
	// DeleteTicketsBefore removes the tickets that have expired by then.
	DeleteTicketsBefore(then time.Time) (int, error)

	// Setting reads a setting of the whole installation, and fails with
	// CodeNotFound when it was never made.
	Setting(key string, into any) error
	SetSetting(key string, value any) error

	Object(id GUID) (*Object, error)
	Header(id GUID) (*Header, error)
	// ObjectsNamed finds the objects of a type whose name is exactly name.
	ObjectsNamed(t ObjectType, name string) ([]Header, error)
	// TableAt finds the table object of a physical table, or CodeNotFound.
	TableAt(connection GUID, database, schema, table string) (*Header, error)
	// CreateObject writes a new object; Version becomes 1. It fails with
	// CodeConflict when the ID is taken, or the physical table has an object.
	CreateObject(o *Object) error
	// UpdateObject replaces an object whose stored Version is still o.Version,
	// and increases it; otherwise it fails with CodeConflict.
	UpdateObject(o *Object) error
	// DeleteObject removes an object with its grants, tags and favourites, and
	// those of its columns. It fails with CodeNotFound when there is no such
	// object. The caller has looked at the dependents.
	DeleteObject(id GUID) error
	// ChangeAuthor makes to the author of the objects, tags included, that from
	// made; of all of them when ids is nil. It returns those that changed.
	ChangeAuthor(ids []GUID, from, to GUID) ([]GUID, error)
	// Dependents lists the objects built directly on the given one.
	Dependents(id GUID) ([]Header, error)
	// Parts lists the objects whose Owner is the given one, without itself, in
	// the order in which they were made.
	Parts(id GUID) ([]Header, error)
	// Column finds a column of any table by its GUID: a header of type
	// LOGICAL_COLUMN whose Owner is the table.
	Column(id GUID) (*Header, error)
	// Headers lists objects, columns or principals; see ListQuery.
	Headers(q ListQuery) (*HeaderPage, error)

	// Granted is the highest level that any of the principals was granted on
	// each object or column; PartialAccess on a table of which they were granted
	// columns alone. Objects without a grant are not in the answer.
	Granted(principals, objects []GUID) (map[GUID]Level, error)
	// GrantedColumns are the columns of a table that any of the principals was
	// granted.
	GrantedColumns(principals []GUID, table GUID) ([]GUID, error)
	// Grants lists the grants on objects and columns, by object and principal.
	Grants(objects ...GUID) ([]Grant, error)
	// SetGrant replaces a principal's grant on an object or column. It fails
	// with CodeNotFound when one of them is not there.
	SetGrant(g Grant) error
	// DeleteGrant is idle when there is no such grant.
	DeleteGrant(object, principal GUID) error

	// TagObject puts a tag on an object or column. It fails with CodeNotFound
	// when one of them is not there, and is idle when the tag is on.
	TagObject(object, tag GUID) error
	UntagObject(object, tag GUID) error
	// Tags are the tags of objects and columns, by name; content included.
	Tags(objects ...GUID) (map[GUID][]Object, error)
	// AddFavorite fails with CodeNotFound when one of them is not there, and is
	// idle when the object is a favourite.
	AddFavorite(user, object GUID) error
	RemoveFavorite(user, object GUID) error

	// Audit appends an event to the audit log, as a part of the transaction: an
	// event that cannot be written undoes what it is about. Where it comes from
	// is the Origin of the transaction's context.
	Audit(e *Event) error
	// AuditLog hands the records from one time until before another, which may
	// be zero for no end, to visit, in the order in which they were written. It
	// stops at the first error of visit.
	AuditLog(from, to time.Time, visit func(*Record) error) error
	// DeleteAuditBefore removes the records up to the first one that is not
	// older, and reports how many.
	DeleteAuditBefore(then time.Time) (int, error)
	// AuditAnchor is what the oldest record follows: sequence and hash of the
	// last one that DeleteAuditBefore removed, or zeros.
	AuditAnchor() (sequence int64, hash [32]byte, err error)
}

// Memberships are the direct memberships of users and groups.
type Memberships struct {
	Users  map[GUID][]GUID // by user: the groups that it is in
	Groups map[GUID][]GUID // by group: the groups that it is in
}

// TicketKind is what a ticket is for.
type TicketKind string

// Ticket is something short-lived that its holder shows, or that must not be
// seen twice: a login token, an activation, a request to an identity provider.
type Ticket struct {
	Kind    TicketKind
	Key     [32]byte // SHA-256 of what the holder has
	User    GUID     // for whom; empty: nobody in particular. It goes with the user.
	Source  string   // what it comes from, such as the id of a key; may be empty
	Data    json.RawMessage
	Created time.Time
	Expires time.Time
}

// SortKey is an order of a list.
type SortKey string

// The orders of lists (api-v1.md 1.10).
const (
	SortDefault     SortKey = "DEFAULT"
	SortName        SortKey = "NAME"
	SortDisplayName SortKey = "DISPLAY_NAME"
	SortAuthor      SortKey = "AUTHOR"
	SortCreated     SortKey = "CREATED"
	SortModified    SortKey = "MODIFIED"
)

// Category narrows a list to what concerns the caller.
type Category string

// The categories of lists.
const (
	CategoryAll       Category = "ALL"
	CategoryMine      Category = "MY"
	CategoryFavorite  Category = "FAVORITE"
	CategoryRequested Category = "REQUESTED"
)

// ListQuery says which headers to list, and in which order, by the listing
// rules of api-v1.md 1.10. The zero value lists everything that the viewer may
// see in the default order.
type ListQuery struct {
	// Viewer is who asks: objects that this subject may read, and principals
	// that it may see (security.md 1.6), are listed. Nil: nobody, nothing.
	Viewer *Subject
	// For, when it is not nil, narrows the list to what these principals may
	// read, by authorship or a grant, at AtLeast or above.
	For     []GUID
	AtLeast Level

	Types       []ObjectType // columns and principals each by themselves
	Subtypes    []Subtype    // of LOGICAL_TABLE and LOGICAL_COLUMN; other types are not narrowed by it
	Author      GUID         // empty: any
	OwnerTypes  []ObjectType // of the containing object; none: any
	Category    Category     // empty: ALL
	Sort        SortKey      // empty: DEFAULT
	Ascending   *bool        // nil: as the sort key has it
	Offset      int          // 0-based
	Limit       int          // 0: all
	Tags        []string     // names; an object with any of them
	Pattern     string       // with % a pattern for the whole name, else a part of it
	Skip, Fetch []GUID       // Fetch nil: no restriction
	AutoCreated *bool
	ShowHidden  bool
}

// HeaderPage is a part of a list.
type HeaderPage struct {
	Headers []Header
	More    bool // the list goes on behind it
}
