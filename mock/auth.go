package mock

import (
	"context"
	"time"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
)

var (
	_ v1.Trusted = &Trusted{}
	_ v1.Auditor = &Auditor{}
)

// Sessions is a double of v1.Sessions.
type Sessions struct {
	LoginFunc        func(ctx context.Context, c searchlight.Credentials) (*searchlight.SignIn, error)
	AuthenticateFunc func(ctx context.Context, token string, active bool) (*searchlight.SignIn, error)
	ContinueFunc     func(ctx context.Context, token string) (*searchlight.SignIn, error)
	ElevateFunc      func(ctx context.Context, token string) (*searchlight.SignIn, error)
	RenewFunc        func(ctx context.Context, token string) (*searchlight.SignIn, error)
	LogoutFunc       func(ctx context.Context, token string) error
}

// Login implements v1.Sessions.
func (m *Sessions) Login(ctx context.Context, c searchlight.Credentials) (*searchlight.SignIn, error) {
	return m.LoginFunc(ctx, c)
}

// Authenticate implements v1.Sessions.
func (m *Sessions) Authenticate(ctx context.Context, token string, active bool) (*searchlight.SignIn, error) {
	return m.AuthenticateFunc(ctx, token, active)
}

// Continue implements v1.Sessions.
func (m *Sessions) Continue(ctx context.Context, token string) (*searchlight.SignIn, error) {
	return m.ContinueFunc(ctx, token)
}

// Elevate implements v1.Sessions.
func (m *Sessions) Elevate(ctx context.Context, token string) (*searchlight.SignIn, error) {
	return m.ElevateFunc(ctx, token)
}

// Renew implements v1.Sessions.
func (m *Sessions) Renew(ctx context.Context, token string) (*searchlight.SignIn, error) {
	return m.RenewFunc(ctx, token)
}

// Logout implements v1.Sessions.
func (m *Sessions) Logout(ctx context.Context, token string) error { return m.LogoutFunc(ctx, token) }

// Trusted is a double of v1.Trusted.
type Trusted struct {
	IssueFunc     func(ctx context.Context, r searchlight.TokenRequest) (string, error)
	RedeemFunc    func(ctx context.Context, token, user string) (*searchlight.SignIn, error)
	BearerFunc    func(ctx context.Context, token string) (*searchlight.SignIn, error)
	KeysFunc      func(ctx context.Context, s *searchlight.Subject) ([]searchlight.TrustedKey, error)
	AddKeyFunc    func(ctx context.Context, s *searchlight.Subject) (string, searchlight.GUID, error)
	RemoveKeyFunc func(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) error
}

// Issue implements v1.Trusted.
func (m *Trusted) Issue(ctx context.Context, r searchlight.TokenRequest) (string, error) {
	return m.IssueFunc(ctx, r)
}

// Redeem implements v1.Trusted.
func (m *Trusted) Redeem(ctx context.Context, token, user string) (*searchlight.SignIn, error) {
	return m.RedeemFunc(ctx, token, user)
}

// Bearer implements v1.Trusted.
func (m *Trusted) Bearer(ctx context.Context, token string) (*searchlight.SignIn, error) {
	return m.BearerFunc(ctx, token)
}

// Keys implements v1.Trusted.
func (m *Trusted) Keys(ctx context.Context, s *searchlight.Subject) ([]searchlight.TrustedKey, error) {
	return m.KeysFunc(ctx, s)
}

// AddKey implements v1.Trusted.
func (m *Trusted) AddKey(ctx context.Context, s *searchlight.Subject) (string, searchlight.GUID, error) {
	return m.AddKeyFunc(ctx, s)
}

// RemoveKey implements v1.Trusted.
func (m *Trusted) RemoveKey(ctx context.Context, s *searchlight.Subject, id searchlight.GUID) error {
	return m.RemoveKeyFunc(ctx, s, id)
}

// Auditor is a double of v1.Auditor; a nil FailedFunc forgets failures.
type Auditor struct {
	ReadFunc   func(ctx context.Context, s *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error
	ExportFunc func(ctx context.Context, s *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error
	FailedFunc func(ctx context.Context, s *searchlight.Subject, event searchlight.EventType, call string, cause error)
}

// Read implements v1.Auditor.
func (m *Auditor) Read(ctx context.Context, s *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error {
	return m.ReadFunc(ctx, s, from, to, visit)
}

// Export implements v1.Auditor.
func (m *Auditor) Export(ctx context.Context, s *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error {
	return m.ExportFunc(ctx, s, from, to, visit)
}

// Failed implements v1.Auditor.
func (m *Auditor) Failed(ctx context.Context, s *searchlight.Subject, event searchlight.EventType, call string, cause error) {
	if m.FailedFunc != nil {
		m.FailedFunc(ctx, s, event, call, cause)
	}
}
