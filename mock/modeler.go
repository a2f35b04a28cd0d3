package mock

import (
	"context"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/metadata"
)

var _ v1.Modeler = &Modeler{}

// Modeler is a double of v1.Modeler.
type Modeler struct {
	ImportFunc          func(ctx context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error)
	ExportFunc          func(ctx context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error)
	ListFunc            func(ctx context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error)
	ListFullFunc        func(ctx context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*metadata.Listing, error)
	DescribeFunc        func(ctx context.Context, s *searchlight.Subject, r metadata.DetailsRequest) (*metadata.Storables, error)
	DeleteFunc          func(ctx context.Context, s *searchlight.Subject, t searchlight.ObjectType, ids []searchlight.GUID) error
	CreateTagFunc       func(ctx context.Context, s *searchlight.Subject, n metadata.NewTag) (*searchlight.Object, error)
	TagFunc             func(ctx context.Context, s *searchlight.Subject, t metadata.Tagging) error
	AddFavoritesFunc    func(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, t searchlight.ObjectType, ids []searchlight.GUID) error
	RemoveFavoritesFunc func(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, ids []searchlight.GUID) error
	HomePinboardFunc    func(ctx context.Context, s *searchlight.Subject) (searchlight.GUID, error)
	SetHomePinboardFunc func(ctx context.Context, s *searchlight.Subject, user, pinboard searchlight.GUID) error
	DependentsFunc      func(ctx context.Context, s *searchlight.Subject, r metadata.DependentsRequest) (*metadata.Dependents, error)
	DefaultOfFunc       func(ctx context.Context, s *searchlight.Subject, pinboards []searchlight.GUID) (*metadata.Dependents, error)
	IncompleteFunc      func(ctx context.Context, s *searchlight.Subject) (*metadata.Storables, error)
}

// Import implements v1.Modeler.
func (m *Modeler) Import(ctx context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error) {
	return m.ImportFunc(ctx, r)
}

// Export implements v1.Modeler.
func (m *Modeler) Export(ctx context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error) {
	return m.ExportFunc(ctx, r)
}

// List implements v1.Modeler.
func (m *Modeler) List(ctx context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	return m.ListFunc(ctx, s, q)
}

// ListFull implements v1.Modeler.
func (m *Modeler) ListFull(ctx context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*metadata.Listing, error) {
	return m.ListFullFunc(ctx, s, q)
}

// Describe implements v1.Modeler.
func (m *Modeler) Describe(ctx context.Context, s *searchlight.Subject, r metadata.DetailsRequest) (*metadata.Storables, error) {
	return m.DescribeFunc(ctx, s, r)
}

// Delete implements v1.Modeler.
func (m *Modeler) Delete(ctx context.Context, s *searchlight.Subject, t searchlight.ObjectType, ids []searchlight.GUID) error {
	return m.DeleteFunc(ctx, s, t, ids)
}

// CreateTag implements v1.Modeler.
func (m *Modeler) CreateTag(ctx context.Context, s *searchlight.Subject, n metadata.NewTag) (*searchlight.Object, error) {
	return m.CreateTagFunc(ctx, s, n)
}

// Tag implements v1.Modeler.
func (m *Modeler) Tag(ctx context.Context, s *searchlight.Subject, t metadata.Tagging) error {
	return m.TagFunc(ctx, s, t)
}

// AddFavorites implements v1.Modeler.
func (m *Modeler) AddFavorites(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, t searchlight.ObjectType, ids []searchlight.GUID) error {
	return m.AddFavoritesFunc(ctx, s, user, t, ids)
}

// RemoveFavorites implements v1.Modeler.
func (m *Modeler) RemoveFavorites(ctx context.Context, s *searchlight.Subject, user searchlight.GUID, ids []searchlight.GUID) error {
	return m.RemoveFavoritesFunc(ctx, s, user, ids)
}

// HomePinboard implements v1.Modeler.
func (m *Modeler) HomePinboard(ctx context.Context, s *searchlight.Subject) (searchlight.GUID, error) {
	return m.HomePinboardFunc(ctx, s)
}

// SetHomePinboard implements v1.Modeler.
func (m *Modeler) SetHomePinboard(ctx context.Context, s *searchlight.Subject, user, pinboard searchlight.GUID) error {
	return m.SetHomePinboardFunc(ctx, s, user, pinboard)
}

// Dependents implements v1.Modeler.
func (m *Modeler) Dependents(ctx context.Context, s *searchlight.Subject, r metadata.DependentsRequest) (*metadata.Dependents, error) {
	return m.DependentsFunc(ctx, s, r)
}

// DefaultOf implements v1.Modeler.
func (m *Modeler) DefaultOf(ctx context.Context, s *searchlight.Subject, pinboards []searchlight.GUID) (*metadata.Dependents, error) {
	return m.DefaultOfFunc(ctx, s, pinboards)
}

// Incomplete implements v1.Modeler.
func (m *Modeler) Incomplete(ctx context.Context, s *searchlight.Subject) (*metadata.Storables, error) {
	return m.IncompleteFunc(ctx, s)
}
