package metadata

import (
	"context"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
)

// Databases looks into the databases behind connections.
type Databases interface {
	// Describe lists the columns of a table, as engine.Engine.Describe does.
	// The connection may be one that is not stored yet.
	Describe(ctx context.Context, id searchlight.GUID, c *searchlight.Connection, t engine.Table) ([]engine.Column, error)
	// Knows reports whether connections of a type can be used.
	Knows(connectionType string) bool
}

// Sealer encrypts secrets with a key outside the database. context is bound
// to the secret: it opens with the same one only.
type Sealer interface {
	Seal(secret, context string) ([]byte, error)
}

// Service manages objects. Its fields are set before its first use.
type Service struct {
	Store     searchlight.Store
	Databases Databases
	Secrets   Sealer
	NewGUID   func() searchlight.GUID // nil: random ones
}

func (s *Service) newGUID() searchlight.GUID {
	if s.NewGUID == nil {
		return searchlight.NewGUID()
	}
	return s.NewGUID()
}

// List lists the objects that a subject may read; Viewer and ViewAll of the
// query are set here.
func (s *Service) List(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	q.Viewer, q.ViewAll = subject.User.ID, subject.IsAdmin()
	var page *searchlight.HeaderPage
	err := s.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		page, err = tx.Headers(q)
		return err
	})
	return page, err
}

func isNotFound(err error) bool {
	return err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound
}
