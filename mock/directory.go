package mock

import (
	"context"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/directory"
)

var (
	_ v1.Users  = &Users{}
	_ v1.Groups = &Groups{}
)

// Users is a double of v1.Users.
type Users struct {
	UsersFunc              func(ctx context.Context, s *searchlight.Subject) ([]directory.User, error)
	UserFunc               func(ctx context.Context, s *searchlight.Subject, ref directory.Ref) (*directory.User, error)
	CheckUsersFunc         func(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error
	CreateUserFunc         func(ctx context.Context, s *searchlight.Subject, n directory.NewUser) (*directory.User, error)
	UpdateUserFunc         func(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, w directory.UserChange, keep [32]byte) error
	DeleteUsersFunc        func(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error
	SetEmailFunc           func(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, email string) error
	UpdatePasswordFunc     func(ctx context.Context, s *searchlight.Subject, w directory.PasswordChange) (own bool, err error)
	UpdatePreferencesFunc  func(ctx context.Context, s *searchlight.Subject, ref directory.Ref, p directory.PreferenceChange) error
	DeactivateFunc         func(ctx context.Context, s *searchlight.Subject, name string) (*directory.Invitation, error)
	InviteResetFunc        func(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) (*directory.Invitation, error)
	ActivateFunc           func(ctx context.Context, r directory.Redemption) error
	ResetPasswordFunc      func(ctx context.Context, r directory.Redemption) error
	InvalidateSessionsFunc func(ctx context.Context, s *searchlight.Subject, w directory.Invalidation) error
	TransferOwnershipFunc  func(ctx context.Context, s *searchlight.Subject, t directory.Transfer) error
	SyncFunc               func(ctx context.Context, s *searchlight.Subject, r directory.SyncRequest) (*directory.SyncResult, error)
}

// Users implements v1.Users.
func (m *Users) Users(ctx context.Context, s *searchlight.Subject) ([]directory.User, error) {
	return m.UsersFunc(ctx, s)
}

// User implements v1.Users.
func (m *Users) User(ctx context.Context, s *searchlight.Subject, ref directory.Ref) (*directory.User, error) {
	return m.UserFunc(ctx, s, ref)
}

// CheckUsers implements v1.Users.
func (m *Users) CheckUsers(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error {
	return m.CheckUsersFunc(ctx, s, ids...)
}

// CreateUser implements v1.Users.
func (m *Users) CreateUser(ctx context.Context, s *searchlight.Subject, n directory.NewUser) (*directory.User, error) {
	return m.CreateUserFunc(ctx, s, n)
}

// UpdateUser implements v1.Users.
func (m *Users) UpdateUser(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, w directory.UserChange, keep [32]byte) error {
	return m.UpdateUserFunc(ctx, s, id, w, keep)
}

// DeleteUsers implements v1.Users.
func (m *Users) DeleteUsers(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error {
	return m.DeleteUsersFunc(ctx, s, ids...)
}

// SetEmail implements v1.Users.
func (m *Users) SetEmail(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, email string) error {
	return m.SetEmailFunc(ctx, s, id, email)
}

// UpdatePassword implements v1.Users.
func (m *Users) UpdatePassword(ctx context.Context, s *searchlight.Subject, w directory.PasswordChange) (own bool, err error) {
	return m.UpdatePasswordFunc(ctx, s, w)
}

// UpdatePreferences implements v1.Users.
func (m *Users) UpdatePreferences(ctx context.Context, s *searchlight.Subject, ref directory.Ref, p directory.PreferenceChange) error {
	return m.UpdatePreferencesFunc(ctx, s, ref, p)
}

// Deactivate implements v1.Users.
func (m *Users) Deactivate(ctx context.Context, s *searchlight.Subject, name string) (*directory.Invitation, error) {
	return m.DeactivateFunc(ctx, s, name)
}

// InviteReset implements v1.Users.
func (m *Users) InviteReset(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) (*directory.Invitation, error) {
	return m.InviteResetFunc(ctx, s, id)
}

// Activate implements v1.Users.
func (m *Users) Activate(ctx context.Context, r directory.Redemption) error {
	return m.ActivateFunc(ctx, r)
}

// ResetPassword implements v1.Users.
func (m *Users) ResetPassword(ctx context.Context, r directory.Redemption) error {
	return m.ResetPasswordFunc(ctx, r)
}

// InvalidateSessions implements v1.Users.
func (m *Users) InvalidateSessions(ctx context.Context, s *searchlight.Subject, w directory.Invalidation) error {
	return m.InvalidateSessionsFunc(ctx, s, w)
}

// TransferOwnership implements v1.Users.
func (m *Users) TransferOwnership(ctx context.Context, s *searchlight.Subject, t directory.Transfer) error {
	return m.TransferOwnershipFunc(ctx, s, t)
}

// Sync implements v1.Users.
func (m *Users) Sync(ctx context.Context, s *searchlight.Subject, r directory.SyncRequest) (*directory.SyncResult, error) {
	return m.SyncFunc(ctx, s, r)
}

// Groups is a double of v1.Groups.
type Groups struct {
	GroupsFunc          func(ctx context.Context, s *searchlight.Subject) ([]directory.Group, error)
	GroupFunc           func(ctx context.Context, s *searchlight.Subject, ref directory.Ref) (*directory.Group, error)
	CreateGroupFunc     func(ctx context.Context, s *searchlight.Subject, n directory.NewGroup) (*directory.Group, error)
	UpdateGroupFunc     func(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, w directory.GroupChange) error
	DeleteGroupsFunc    func(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error
	AddPrivilegeFunc    func(ctx context.Context, s *searchlight.Subject, p searchlight.Privilege, groups ...string) ([]directory.Group, error)
	RemovePrivilegeFunc func(ctx context.Context, s *searchlight.Subject, p searchlight.Privilege, groups ...string) ([]directory.Group, error)
	UserGroupsFunc      func(ctx context.Context, s *searchlight.Subject, user searchlight.GUID) ([]directory.Group, error)
	GroupUsersFunc      func(ctx context.Context, s *searchlight.Subject, group searchlight.GUID) ([]directory.User, error)
	SubgroupsFunc       func(ctx context.Context, s *searchlight.Subject, group searchlight.GUID) ([]directory.Group, error)
	JoinFunc            func(ctx context.Context, s *searchlight.Subject, users, groups []searchlight.GUID) error
	LeaveFunc           func(ctx context.Context, s *searchlight.Subject, users, groups []searchlight.GUID) error
	SetUserGroupsFunc   func(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, groups []searchlight.GUID) error
	SetGroupUsersFunc   func(ctx context.Context, s *searchlight.Subject, group searchlight.GUID, users []searchlight.GUID) error
	JoinGroupsFunc      func(ctx context.Context, s *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error
	LeaveGroupsFunc     func(ctx context.Context, s *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error
	SetSubgroupsFunc    func(ctx context.Context, s *searchlight.Subject, group searchlight.GUID, members []searchlight.GUID) error
}

// Groups implements v1.Groups.
func (m *Groups) Groups(ctx context.Context, s *searchlight.Subject) ([]directory.Group, error) {
	return m.GroupsFunc(ctx, s)
}

// Group implements v1.Groups.
func (m *Groups) Group(ctx context.Context, s *searchlight.Subject, ref directory.Ref) (*directory.Group, error) {
	return m.GroupFunc(ctx, s, ref)
}

// CreateGroup implements v1.Groups.
func (m *Groups) CreateGroup(ctx context.Context, s *searchlight.Subject, n directory.NewGroup) (*directory.Group, error) {
	return m.CreateGroupFunc(ctx, s, n)
}

// UpdateGroup implements v1.Groups.
func (m *Groups) UpdateGroup(ctx context.Context, s *searchlight.Subject, id searchlight.GUID, w directory.GroupChange) error {
	return m.UpdateGroupFunc(ctx, s, id, w)
}

// DeleteGroups implements v1.Groups.
func (m *Groups) DeleteGroups(ctx context.Context, s *searchlight.Subject, ids ...searchlight.GUID) error {
	return m.DeleteGroupsFunc(ctx, s, ids...)
}

// AddPrivilege implements v1.Groups.
func (m *Groups) AddPrivilege(ctx context.Context, s *searchlight.Subject, p searchlight.Privilege, groups ...string) ([]directory.Group, error) {
	return m.AddPrivilegeFunc(ctx, s, p, groups...)
}

// RemovePrivilege implements v1.Groups.
func (m *Groups) RemovePrivilege(ctx context.Context, s *searchlight.Subject, p searchlight.Privilege, groups ...string) ([]directory.Group, error) {
	return m.RemovePrivilegeFunc(ctx, s, p, groups...)
}

// UserGroups implements v1.Groups.
func (m *Groups) UserGroups(ctx context.Context, s *searchlight.Subject, user searchlight.GUID) ([]directory.Group, error) {
	return m.UserGroupsFunc(ctx, s, user)
}

// GroupUsers implements v1.Groups.
func (m *Groups) GroupUsers(ctx context.Context, s *searchlight.Subject, group searchlight.GUID) ([]directory.User, error) {
	return m.GroupUsersFunc(ctx, s, group)
}

// Subgroups implements v1.Groups.
func (m *Groups) Subgroups(ctx context.Context, s *searchlight.Subject, group searchlight.GUID) ([]directory.Group, error) {
	return m.SubgroupsFunc(ctx, s, group)
}

// Join implements v1.Groups.
func (m *Groups) Join(ctx context.Context, s *searchlight.Subject, users, groups []searchlight.GUID) error {
	return m.JoinFunc(ctx, s, users, groups)
}

// Leave implements v1.Groups.
func (m *Groups) Leave(ctx context.Context, s *searchlight.Subject, users, groups []searchlight.GUID) error {
	return m.LeaveFunc(ctx, s, users, groups)
}

// SetUserGroups implements v1.Groups.
func (m *Groups) SetUserGroups(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, groups []searchlight.GUID) error {
	return m.SetUserGroupsFunc(ctx, s, user, groups)
}

// SetGroupUsers implements v1.Groups.
func (m *Groups) SetGroupUsers(ctx context.Context, s *searchlight.Subject, group searchlight.GUID, users []searchlight.GUID) error {
	return m.SetGroupUsersFunc(ctx, s, group, users)
}

// JoinGroups implements v1.Groups.
func (m *Groups) JoinGroups(ctx context.Context, s *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error {
	return m.JoinGroupsFunc(ctx, s, members, group)
}

// LeaveGroups implements v1.Groups.
func (m *Groups) LeaveGroups(ctx context.Context, s *searchlight.Subject, members []searchlight.GUID, group searchlight.GUID) error {
	return m.LeaveGroupsFunc(ctx, s, members, group)
}

// SetSubgroups implements v1.Groups.
func (m *Groups) SetSubgroups(ctx context.Context, s *searchlight.Subject, group searchlight.GUID, members []searchlight.GUID) error {
	return m.SetSubgroupsFunc(ctx, s, group, members)
}
