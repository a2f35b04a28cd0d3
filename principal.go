package searchlight

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The built-in principals (security.md 1.1), the tenant that all belong to,
// and the ids that system information names beside them.
const (
	AdminUserID  GUID = "59481331-ee53-42be-a548-bd87be6ddd4a"
	SuperUserID  GUID = "0f0dd0f7-7411-4195-a4aa-0dc6b58413c9"
	SystemUserID GUID = "67e15c06-d153-4924-a4cd-ff615393b60f"
	GuestUserID  GUID = "b8760356-c55c-4406-a104-2e6f45885f31"

	AdminGroupID  GUID = "d0326b56-ef23-4c8a-8327-a30e99bcc72b"
	AllGroupID    GUID = "b25ee394-9d13-49e3-9385-cd97f5b253b4"
	SystemGroupID GUID = "179d8867-cf36-4a8d-a019-63a226fd3196"

	TenantID GUID = "982d6da9-9cd1-479e-b9a6-35aa05f9282a"

	// AdminUserName is the name of the first administrator.
	AdminUserName = "tsadmin"
)

// BuiltInTime is when the built-in principals were created.
var BuiltInTime = time.UnixMilli(1354006445722).UTC()

// IsBuiltIn reports whether a principal is one that no call may rename or
// delete.
func IsBuiltIn(id GUID) bool {
	switch id {
	case AdminUserID, SuperUserID, SystemUserID, GuestUserID, AdminGroupID, AllGroupID, SystemGroupID:
		return true
	}
	return false
}

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

// PrincipalType says who verifies a user, or where a group comes from
// (api-v1.md 1.9). A principal is a user exactly when it ends in _USER.
type PrincipalType string

// The types of principals. Only a LocalUser has a password.
const (
	LocalUser  PrincipalType = "LOCAL_USER"
	LDAPUser   PrincipalType = "LDAP_USER"
	SAMLUser   PrincipalType = "SAML_USER"
	OIDCUser   PrincipalType = "OIDC_USER"
	RemoteUser PrincipalType = "REMOTE_USER" // vouched for by trusted authentication

	LocalGroup  PrincipalType = "LOCAL_GROUP"
	LDAPGroup   PrincipalType = "LDAP_GROUP"
	TeamGroup   PrincipalType = "TEAM_GROUP"
	TenantGroup PrincipalType = "TENANT_GROUP"
)

// PrincipalTypes lists the types of principals, users first.
var PrincipalTypes = []PrincipalType{LocalUser, LDAPUser, SAMLUser, OIDCUser, RemoteUser, LocalGroup, LDAPGroup, TeamGroup, TenantGroup}

// IsUser reports whether the type is one of users.
func (t PrincipalType) IsUser() bool { return strings.HasSuffix(string(t), "_USER") }

// Visibility says whether others may share with a principal (security.md 1.6).
type Visibility string

// The visibilities.
const (
	Sharable    Visibility = "DEFAULT"
	NonSharable Visibility = "NON_SHARABLE"
)

// User is a person or a program that signs in.
type User struct {
	ID           GUID
	Name         string // unique ignoring case, kept as written
	DisplayName  string
	Email        string
	Type         PrincipalType
	State        UserState
	Visibility   Visibility
	PasswordHash string // PHC string of argon2id; empty: no password
	// MustChangePassword asks for a new password at the next sign-in in the
	// web application: an administrator knows the present one.
	MustChangePassword bool
	// Identity is who an identity provider says the user is, its entity id and
	// its name for the user; empty: nobody. It is unique.
	Identity     string
	Preferences  Preferences
	HomePinboard GUID      // empty: none
	FirstLogin   time.Time // zero: never
	Author       GUID      // the user who made this one
	Created      time.Time
	Modified     time.Time
	ModifiedBy   GUID
	Version      int64 // grows by one with each change

	FailedLogins int       // since the last success
	LockedUntil  time.Time // zero: not locked
}

// Preferences are what a user has chosen (api-v1.md 2.9).
type Preferences struct {
	Locale                    string                     `json:"preferredLocale,omitempty"` // empty: en-US
	NotifyOnShare             *bool                      `json:"notifyOnShare,omitempty"`   // nil: true
	ShowWalkMe                *bool                      `json:"showWalkMe,omitempty"`      // nil: true
	AnalystOnboardingComplete bool                       `json:"analystOnboardingComplete,omitempty"`
	Proto                     []byte                     `json:"preferencesProto,omitempty"` // opaque
	Other                     map[string]json.RawMessage `json:"other,omitempty"`            // kept, without effect
}

// Notifies reports whether the user wants a mail when something is shared.
func (p *Preferences) Notifies() bool { return p.NotifyOnShare == nil || *p.NotifyOnShare }

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
	Type        PrincipalType
	Visibility  Visibility
	Privileges  []Privilege
	Pinboards   []GUID // that members see first
	// AssignableByToken and AssignableBySSO let trusted authentication and
	// identity providers put users into the group though it carries privileges
	// that they otherwise may not hand out (security.md 7.2, 8.2).
	AssignableByToken bool
	AssignableBySSO   bool
	Author            GUID
	Created           time.Time
	Modified          time.Time
	ModifiedBy        GUID
	Version           int64
}

// Privilege is what members of a group may do (security.md 2.1).
type Privilege string

// The privileges that groups may carry.
const (
	PrivilegeAdministration   Privilege = "ADMINISTRATION"
	PrivilegeAuthoring        Privilege = "AUTHORING"
	PrivilegeUserDataUpload   Privilege = "USERDATAUPLOADING"
	PrivilegeDataDownloading  Privilege = "DATADOWNLOADING"
	PrivilegeDataManagement   Privilege = "DATAMANAGEMENT"
	PrivilegeShareWithAll     Privilege = "SHAREWITHALL"
	PrivilegeJobScheduling    Privilege = "JOBSCHEDULING"
	PrivilegeA3Analysis       Privilege = "A3ANALYSIS"
	PrivilegeRAnalysis        Privilege = "RANALYSIS"
	PrivilegeBypassRLS        Privilege = "BYPASSRLS"
	PrivilegeDeveloper        Privilege = "DEVELOPER"
	PrivilegeSyncManagement   Privilege = "SYNCMANAGEMENT"
	PrivilegeExperimental     Privilege = "EXPERIMENTALFEATUREPRIVILEGE"
	PrivilegeVerifier         Privilege = "LIVEBOARD_VERIFIER"
	PrivilegeThirdParty       Privilege = "THIRDPARTY_ANALYSIS"
	PrivilegeNoPinboards      Privilege = "DISABLE_PINBOARD_CREATION" // takes away
	PrivilegeUserManagement   Privilege = "USERMANAGEMENT"
	PrivilegeCatalog          Privilege = "CAN_CREATE_CATALOG"
	PrivilegeVersionControl   Privilege = "CAN_MANAGE_VERSION_CONTROL"
	PrivilegePreview          Privilege = "PREVIEW_THOUGHTSPOT_SAGE"
	PrivilegeFullApplication  Privilege = "ALLOW_NON_EMBED_FULL_APP_ACCESS"
	PrivilegeSystemManagement Privilege = "SYSTEMMANAGEMENT" // of the group System alone
)

// GrantablePrivileges lists the privileges that an administrator may give to
// a group.
var GrantablePrivileges = []Privilege{
	PrivilegeAdministration, PrivilegeAuthoring, PrivilegeUserDataUpload, PrivilegeDataDownloading, PrivilegeDataManagement,
	PrivilegeShareWithAll, PrivilegeJobScheduling, PrivilegeA3Analysis, PrivilegeRAnalysis, PrivilegeBypassRLS, PrivilegeDeveloper,
	PrivilegeSyncManagement, PrivilegeExperimental, PrivilegeVerifier, PrivilegeThirdParty, PrivilegeNoPinboards,
	PrivilegeUserManagement, PrivilegeCatalog, PrivilegeVersionControl, PrivilegePreview, PrivilegeFullApplication,
}

// Subject is who asks: a user with everything that decides what the user may
// do and see, as it stands at the moment of the request. A Subject is shared
// between requests and must not be changed.
type Subject struct {
	User       User
	Groups     []GUID      // direct and inherited, by name
	GroupNames []string    // of Groups
	Privileges []Privilege // effective
	// Scope, when it is set, is the one object that the session may read:
	// nothing else, and nothing that needs a privilege (security.md 7.5).
	Scope GUID
}

// Has reports whether the subject holds a privilege; ADMINISTRATION implies
// every other one, but not what takes away. A session with a scope may at most
// download.
func (s *Subject) Has(p Privilege) bool {
	if s.Scope != "" && p != PrivilegeDataDownloading {
		return false
	}
	admin := slices.Contains(s.Privileges, PrivilegeAdministration)
	if p == PrivilegeNoPinboards {
		return !admin && slices.Contains(s.Privileges, p)
	}
	return admin || slices.Contains(s.Privileges, p)
}

// IsAdmin reports whether the subject holds ADMINISTRATION.
func (s *Subject) IsAdmin() bool { return s.Has(PrivilegeAdministration) }

// Require fails with CodeForbidden unless the subject holds one of the
// privileges.
func (s *Subject) Require(any ...Privilege) error {
	for _, p := range any {
		if s.Has(p) {
			return nil
		}
	}
	names := make([]string, len(any))
	for i, p := range any {
		names[i] = string(p)
	}
	return Errorf(CodeForbidden, "this needs the privilege %s", strings.Join(names, " or "))
}

// SeesAllRows reports whether row-level security does not concern the subject
// (security.md 4.4), in whichever session.
func (s *Subject) SeesAllRows() bool {
	return slices.Contains(s.Privileges, PrivilegeAdministration) || slices.Contains(s.Privileges, PrivilegeBypassRLS)
}

// Principals are the GUIDs under which something may be shared with the
// subject: its own and those of its groups.
func (s *Subject) Principals() []GUID {
	return append([]GUID{s.User.ID}, s.Groups...)
}

// AuthMethod is how somebody proved who they are.
type AuthMethod string

// The ways of signing in.
const (
	AuthPassword AuthMethod = "PASSWORD"
	AuthToken    AuthMethod = "TOKEN"
	AuthSAML     AuthMethod = "SAML"
)

// Session is a signed-in browser or program.
type Session struct {
	TokenHash  [32]byte // SHA-256 of the cookie's value, which is kept nowhere
	UserID     GUID
	Method     AuthMethod
	Remember   bool
	Created    time.Time
	LastActive time.Time
	Ends       time.Time // at the latest; zero: as the lifetimes of sessions say
	Scope      GUID      // the one object it may see; empty: no such limit
	// Source is what the session came from and ends with: the id of the key of
	// trusted authentication, or provider, name and index of a SAML session.
	Source string
	// Privileges are those of the user when the token was made: it opens no
	// more than these.
	Privileges []Privilege
	Earlier    *EarlierToken // whose place the token took; nil: there was none
}

// EarlierToken goes on opening a session for a moment, for requests that were
// under way when it was replaced.
type EarlierToken struct {
	Hash       [32]byte
	Privileges []Privilege
	Ends       time.Time
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Name, Password string
	Remember       bool       // keep the session over restarts of the browser
	Address        netip.Addr // of the client
}

// SignIn is a session with the subject whose it is.
type SignIn struct {
	Token   string // that opens it; known only where the token was made
	Session Session
	Subject *Subject
	Ends    time.Time // at the latest
	// Gained says that the user may do more by now than the subject, which has
	// what the token was made for: it is to be replaced.
	Gained bool
}

// TokenRequest asks for a login token of a user (security.md 7.2).
type TokenRequest struct {
	Key         string     // the secret key
	User        string     // name
	Scope       GUID       // the one object that the session may see; empty: all that the user may
	AutoCreate  bool       // make the user, and join it to Groups
	Groups      []string   // names, with AutoCreate
	Email       string     // of a user that is made
	DisplayName string     // of a user that is made; empty: the name
	Address     netip.Addr // of the client
	FromBrowser bool       // the request has an Origin, as those of web pages do
}

// TrustedKey is a secret key of trusted authentication as administrators see
// it: the key itself is shown once, when it is made.
type TrustedKey struct {
	ID      GUID
	Created time.Time
	By      GUID
}
