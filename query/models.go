package query

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/model"
)

// modelCache keeps compiled models. An entry serves as long as no object that
// it was made of has another version.
type modelCache struct {
	mu      sync.Mutex
	entries map[searchlight.GUID]cachedModel
}

// maxModels bounds the cache; when it is full it starts anew.
const maxModels = 1000

type cachedModel struct {
	model   *model.Model
	store   int64 // version of the store when the entry was last found right
	objects map[searchlight.GUID]int64
	header  searchlight.Header
}

// access is what a subject sees of a data source.
type access struct {
	model   *model.Model
	visible visibleColumns
}

type accessKey struct {
	subject *searchlight.Subject // who does not change, but becomes another one
	source  searchlight.GUID
}

// model finds the model of a data source that the subject may read, and which
// of its columns: nil stands for all. Unknown sources, other objects and
// unreadable ones are answered alike.
func (s *Service) model(ctx context.Context, subject *searchlight.Subject, id searchlight.GUID) (*model.Model, visibleColumns, error) {
	if subject == nil {
		return nil, nil, searchlight.Errorf(searchlight.CodeForbidden, "nobody asks")
	}
	state, err := s.Store.Version(ctx)
	if err != nil {
		return nil, nil, err
	}
	key := accessKey{subject, id}
	if known, ok := s.access.Get(state, key); ok {
		return known.model, known.visible, nil
	}
	var found cachedModel
	var visible visibleColumns
	err = s.Store.View(ctx, func(tx searchlight.Tx) error {
		version, err := tx.Version()
		if err != nil {
			return err
		}
		found = s.models.get(id)
		if found.model == nil || found.store != version {
			header, err := tx.Header(id)
			if err != nil {
				return err
			}
			found.header = *header
		}
		level, err := searchlight.LevelOf(tx, subject, &found.header)
		if err != nil {
			return err
		}
		if found.header.Type != searchlight.TypeLogicalTable || level == searchlight.NoAccess {
			return noSource(id)
		}
		if found.model == nil || found.store != version {
			if found, err = s.refresh(tx, level, found, version); err != nil {
				return err
			}
		}
		visible, err = s.visible(tx, subject, level, found)
		return err
	})
	if searchlight.CodeOf(err) == searchlight.CodeNotFound && err != nil {
		return nil, nil, noSource(id)
	}
	if err != nil {
		return nil, nil, err
	}
	s.access.Put(state, key, access{found.model, visible})
	return found.model, visible, nil
}

// refresh makes sure that a model is what the store has now, or compiles it.
func (s *Service) refresh(tx searchlight.Tx, level searchlight.Level, known cachedModel, version int64) (cachedModel, error) {
	if known.model != nil {
		fresh, err := known.isFresh(tx)
		if err != nil {
			return cachedModel{}, err
		}
		if fresh {
			known.store = version
			s.models.put(known.header.ID, known)
			return known, nil
		}
	}
	compiled, err := compile(tx, level, known.header.ID)
	if err != nil {
		return cachedModel{}, err
	}
	compiled.store = version
	s.models.put(known.header.ID, compiled)
	return compiled, nil
}

// visibleColumns are columns of tables by GUID; nil stands for all.
type visibleColumns map[searchlight.GUID]bool

// shows tells the columns of a model whose tables' columns are all visible; nil
// stands for all.
func (v visibleColumns) shows() func(*model.Column) bool {
	if v == nil {
		return nil
	}
	return func(c *model.Column) bool {
		return !slices.ContainsFunc(c.Sources, func(id searchlight.GUID) bool { return !v[id] })
	}
}

// within reports whether other shows all of these columns.
func (v visibleColumns) within(other visibleColumns) bool {
	if other == nil {
		return true
	}
	for id := range v {
		if !other[id] {
			return false
		}
	}
	return v != nil
}

// visible says which columns of the tables beneath a model the subject may use
// (security.md 3.4, 5): of a table all that are shared; of a worksheet those of
// its author, unless the server asks for access along the whole way.
func (s *Service) visible(tx searchlight.Tx, subject *searchlight.Subject, level searchlight.Level, found cachedModel) (visibleColumns, error) {
	isTable := found.model.Kind != searchlight.SubtypeWorksheet
	if subject.IsAdmin() || isTable && level >= searchlight.ReadOnly || !isTable && !s.Advanced {
		return nil, nil
	}
	var tables []searchlight.GUID
	for _, node := range found.model.Nodes {
		tables = append(tables, node.Table)
	}
	return searchlight.VisibleColumns(tx, subject, tables...)
}

func noSource(id searchlight.GUID) error {
	return searchlight.Errorf(searchlight.CodeForbidden,
		"There is no data source %s, or you may not read it; metadata/listobjectheaders lists those that you may", id)
}

func (c *modelCache) get(id searchlight.GUID) cachedModel {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[id]
}

func (c *modelCache) put(id searchlight.GUID, m cachedModel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= maxModels {
		c.entries = map[searchlight.GUID]cachedModel{}
	}
	c.entries[id] = m
}

// isFresh reports whether every object beneath still has its version, and what
// was missing still is.
func (m cachedModel) isFresh(tx searchlight.Tx) (bool, error) {
	for id, version := range m.objects {
		h, err := tx.Header(id)
		switch {
		case searchlight.CodeOf(err) == searchlight.CodeNotFound && err != nil:
			if version != 0 {
				return false, nil
			}
		case err != nil:
			return false, err
		case h.Version != version:
			return false, nil
		}
	}
	return true, nil
}

// compile makes the model of a source. One that cannot be compiled any more,
// because what it is built on changed, is the user's to mend; what is wrong names
// tables, so only those who may change the source are told.
func compile(tx searchlight.Tx, level searchlight.Level, id searchlight.GUID) (cachedModel, error) {
	d, versions, err := model.Read(tx.Object, id)
	if err != nil {
		return cachedModel{}, err
	}
	m, problems := model.Compile(d)
	if m == nil && level < searchlight.Modify {
		return cachedModel{}, searchlight.Errorf(searchlight.CodeInvalid,
			"The data source %s cannot be used until it is mended; ask its owner", d.Header.Name)
	}
	if m == nil {
		var messages []string
		for _, p := range problems {
			if !p.Warning {
				messages = append(messages, p.Path+": "+p.Message)
			}
		}
		return cachedModel{}, searchlight.Errorf(searchlight.CodeInvalid,
			"The data source %s cannot be used until it is mended: %s", d.Header.Name, strings.Join(messages, "; "))
	}
	return cachedModel{model: m, objects: versions, header: d.Header}, nil
}
