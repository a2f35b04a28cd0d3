package searchlight

import (
	"slices"
	"time"
)

// The built-in principals (security.md 1.1).
const (
	AdminUserID  GUID = "59481331-ee53-42be-a548-bd87be6ddd4a"
	SuperUserID  GUID = "0f0dd0f7-7411-4195-a4aa-0dc6b58413c9"
	SystemUserID GUID = "67e15c06-d153-4924-a4cd-ff615393b60f"
	GuestUserID  GUID = "b8760356-c55c-4406-a104-2e6f45885f31"

	AdminGroupID  GUID = "d0326b56-ef23-4c8a-8327-a30e99bcc72b"
	AllGroupID    GUID = "b25ee394-9d13-49e3-9385-cd97f5b253b4"
	SystemGroupID GUID = "179d8867-cf36-4a8d-a019-63a226fd3196"

	// AdminUserName is the name of the first administrator.
	AdminUserName = "tsadmin"
)

// BuiltInTime is when the built-in principals were created.
var BuiltInTime = time.UnixMilli(1354006445722).UTC()

// UserState says whether a user may sign in (security.md 1.2).
type UserState string

// The states of users.
const (
	UserActive    UserState = "ACTIVE"
	UserInactive  UserState = "INACTIVE"
	UserPending   UserState = "PENDING"
	UserExpired   UserState = "EXPIRED"
	UserLocked    UserState = "LOCKED"
	UserSuspended UserState = "SUSPENDED"
)

// User is a person or a program that signs in.
type User struct {
	ID           GUID
	Name         string // unique ignoring case, kept as written
	DisplayName  string
	Email        string
	Type         string // LOCAL_USER, SAML_USER …
	State        UserState
	PasswordHash string // PHC string of argon2id; empty: no password
	Created      time.Time
	Modified     time.Time

	FailedLogins int       // since the last success
	LockedUntil  time.Time // zero: not locked
}

// IsProtected reports whether the user is a built-in that never signs in and
// that no call may change: su, system, guest.
func (u *User) IsProtected() bool {
	return u.ID == SuperUserID || u.ID == SystemUserID || u.ID == GuestUserID
}

// Group holds users and other groups, and carries privileges.
type Group struct {
	ID          GUID
	Name        string // unique ignoring case, kept as written
	DisplayName string
	Description string
	Type        string // LOCAL_GROUP …
	Privileges  []Privilege
	Created     time.Time
	Modified    time.Time
}

// Privilege is what members of a group may do (security.md 2.1).
type Privilege string

// The privileges that the server acts on.
const (
	PrivilegeAdministration  Privilege = "ADMINISTRATION"
	PrivilegeAuthoring       Privilege = "AUTHORING"
	PrivilegeDataManagement  Privilege = "DATAMANAGEMENT"
	PrivilegeDataDownloading Privilege = "DATADOWNLOADING"
	PrivilegeUserDataUpload  Privilege = "USERDATAUPLOADING"
	PrivilegeBypassRLS       Privilege = "BYPASSRLS"
)

// Subject is who asks: a user with everything that decides what the user may
// do and see, as it stands at the moment of the request.
type Subject struct {
	User       User
	Groups     []GUID      // direct and inherited
	GroupNames []string    // of Groups
	Privileges []Privilege // effective
}

// Has reports whether the subject holds a privilege; ADMINISTRATION implies
// every other one.
func (s *Subject) Has(p Privilege) bool {
	return slices.Contains(s.Privileges, PrivilegeAdministration) || slices.Contains(s.Privileges, p)
}

// IsAdmin reports whether the subject holds ADMINISTRATION.
func (s *Subject) IsAdmin() bool { return s.Has(PrivilegeAdministration) }

// Session is a signed-in browser or program.
type Session struct {
	TokenHash  [32]byte // SHA-256 of the cookie's value, which is kept nowhere
	UserID     GUID
	Remember   bool
	Created    time.Time
	LastActive time.Time
}
