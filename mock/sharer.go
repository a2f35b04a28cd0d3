package mock

import (
	"context"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/sharing"
)

var _ v1.Sharer = &Sharer{}

// Sharer is a double of v1.Sharer.
type Sharer struct {
	ShareFunc       func(ctx context.Context, s *searchlight.Subject, r sharing.ShareRequest) ([]string, error)
	ShareVizFunc    func(ctx context.Context, s *searchlight.Subject, r sharing.ShareVizRequest) ([]string, error)
	PermissionsFunc func(ctx context.Context, s *searchlight.Subject, r sharing.PermissionRequest) (sharing.Permissions, error)
	ListAsFunc      func(ctx context.Context, s *searchlight.Subject, r sharing.ListAsRequest) (*sharing.Listing, error)
}

// Share implements v1.Sharer.
func (m *Sharer) Share(ctx context.Context, s *searchlight.Subject, r sharing.ShareRequest) ([]string, error) {
	return m.ShareFunc(ctx, s, r)
}

// ShareViz implements v1.Sharer.
func (m *Sharer) ShareViz(ctx context.Context, s *searchlight.Subject, r sharing.ShareVizRequest) ([]string, error) {
	return m.ShareVizFunc(ctx, s, r)
}

// Permissions implements v1.Sharer.
func (m *Sharer) Permissions(ctx context.Context, s *searchlight.Subject, r sharing.PermissionRequest) (sharing.Permissions, error) {
	return m.PermissionsFunc(ctx, s, r)
}

// ListAs implements v1.Sharer.
func (m *Sharer) ListAs(ctx context.Context, s *searchlight.Subject, r sharing.ListAsRequest) (*sharing.Listing, error) {
	return m.ListAsFunc(ctx, s, r)
}
