package searchlight

import (
	"context"
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
	// Version grows with every committed change of objects and principals;
	// what it has not moved past may be kept in a cache.
	Version() (int64, error)

	User(id GUID) (*User, error)
	UserByName(name string) (*User, error)
	Users() ([]User, error) // in the order of names
	// CreateUser fails with CodeConflict when the name is taken. The user
	// becomes a member of All and of the groups given.
	CreateUser(u *User, groups ...GUID) error
	// UpdateUser writes everything but ID, Created and memberships.
	UpdateUser(u *User) error
	// Subject gathers groups (direct and inherited) and privileges.
	Subject(userID GUID) (*Subject, error)
	Group(id GUID) (*Group, error)
	GroupByName(name string) (*Group, error)

	CreateSession(s *Session) error
	Session(tokenHash [32]byte) (*Session, error)
	TouchSession(tokenHash [32]byte, active time.Time) error
	// DeleteSession is idle when there is no such session.
	DeleteSession(tokenHash [32]byte) error
	DeleteSessionsOf(userID GUID) error
	// SessionsOf lists a user's sessions, the oldest first.
	SessionsOf(userID GUID) ([]Session, error)
	// DeleteSessionsBefore removes the sessions last active before idle, or
	// before idleRemembered for remembered ones, and reports how many.
	DeleteSessionsBefore(idle, idleRemembered time.Time) (int, error)

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
	// DeleteObject fails with CodeNotFound when there is no such object. The
	// caller has looked at the dependents.
	DeleteObject(id GUID) error
	// Dependents lists the objects built directly on the given one.
	Dependents(id GUID) ([]Header, error)
	// Headers lists objects; see ListQuery.
	Headers(q ListQuery) (*HeaderPage, error)
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
	Viewer      GUID // who asks: only objects that this user may read
	ViewAll     bool // the viewer is an administrator
	Types       []ObjectType
	Subtypes    []Subtype // of LOGICAL_TABLE; other types are not narrowed by it
	Category    Category  // empty: ALL
	Sort        SortKey   // empty: DEFAULT
	Ascending   *bool     // nil: as the sort key has it
	Offset      int       // 0-based
	Limit       int       // 0: all
	Tags        []string  // names; an object with any of them
	Pattern     string    // with % a pattern for the whole name, else a part of it
	Skip, Fetch []GUID    // Fetch nil: no restriction
	AutoCreated *bool
	ShowHidden  bool
}

// HeaderPage is a part of a list.
type HeaderPage struct {
	Headers []Header
	Total   int // of the whole list
}
