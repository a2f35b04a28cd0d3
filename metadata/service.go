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
	// Drop removes tables of the built-in store for good, once forget has
	// removed their objects: when that fails they stay. It fails with
	// CodeConflict while one of them is being loaded.
	Drop(ctx context.Context, tables []engine.Table, forget func() error) error
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
	// Advanced shows a worksheet's column only to those who may use all the
	// table columns behind it (security.md 3.4, 5).
	Advanced bool
}

func (s *Service) newGUID() searchlight.GUID {
	if s.NewGUID == nil {
		return searchlight.NewGUID()
	}
	return s.NewGUID()
}

func isNotFound(err error) bool {
	return err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound
}
