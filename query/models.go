package query

import (
	"context"
	"encoding/json"
	"fmt"
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

// model finds the model of a data source that the subject may read. Unknown
// sources, other objects and unreadable ones are answered alike.
func (s *Service) model(ctx context.Context, subject *searchlight.Subject, id searchlight.GUID) (*model.Model, error) {
	if subject == nil {
		return nil, searchlight.Errorf(searchlight.CodeForbidden, "nobody asks")
	}
	var found cachedModel
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		version, err := tx.Version()
		if err != nil {
			return err
		}
		found = s.models.get(id)
		if found.model != nil && found.store == version {
			return nil
		}
		header, err := tx.Header(id)
		if err != nil {
			return err
		}
		if header.Type != searchlight.TypeLogicalTable || !subject.CanRead(header) {
			found = cachedModel{header: *header}
			return nil
		}
		if found.model != nil {
			fresh, err := found.isFresh(tx)
			if err != nil {
				return err
			}
			if fresh {
				found.store, found.header = version, *header
				s.models.put(id, found)
				return nil
			}
		}
		if found, err = compile(tx, id); err != nil {
			return err
		}
		found.store = version
		s.models.put(id, found)
		return nil
	})
	if searchlight.CodeOf(err) == searchlight.CodeNotFound && err != nil {
		return nil, noSource(id)
	}
	if err != nil {
		return nil, err
	}
	if found.model == nil || !subject.CanRead(&found.header) {
		return nil, noSource(id)
	}
	return found.model, nil
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

// isFresh reports whether every object beneath still has its version.
func (m cachedModel) isFresh(tx searchlight.Tx) (bool, error) {
	for id, version := range m.objects {
		h, err := tx.Header(id)
		if searchlight.CodeOf(err) == searchlight.CodeNotFound && err != nil {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if h.Version != version {
			return false, nil
		}
	}
	return true, nil
}

// compile makes the model of a source. One that cannot be compiled any more,
// because what it is built on changed, is the user's to mend.
func compile(tx searchlight.Tx, id searchlight.GUID) (cachedModel, error) {
	d, versions, err := Definition(tx, id)
	if err != nil {
		return cachedModel{}, err
	}
	m, problems := model.Compile(d)
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

// Definition reads a data source with the tables beneath it, and the versions
// of all of them. It fails with CodeInvalid for kinds that cannot be searched
// yet.
func Definition(tx searchlight.Tx, id searchlight.GUID) (model.Definition, map[searchlight.GUID]int64, error) {
	object, err := tx.Object(id)
	if err != nil {
		return model.Definition{}, nil, err
	}
	d := model.Definition{Header: object.Header, Tables: map[searchlight.GUID]model.TableDefinition{}}
	versions := map[searchlight.GUID]int64{id: object.Version}
	switch object.Subtype {
	case searchlight.SubtypeTable, searchlight.SubtypeUpload:
		d.Table = &searchlight.Table{}
		return d, versions, decode(object, d.Table)
	case searchlight.SubtypeWorksheet:
		d.Worksheet = &searchlight.Worksheet{}
		if err := decode(object, d.Worksheet); err != nil {
			return d, nil, err
		}
	default:
		return d, nil, searchlight.Errorf(searchlight.CodeInvalid, "Searching a %s is not available yet; search a table or a worksheet", object.Subtype)
	}
	for _, t := range d.Worksheet.Tables {
		if _, done := d.Tables[t.Table]; done {
			continue
		}
		beneath, err := tx.Object(t.Table)
		if searchlight.CodeOf(err) == searchlight.CodeNotFound && err != nil {
			continue // compiling says which table is missing
		}
		if err != nil {
			return d, nil, err
		}
		if beneath.Subtype != searchlight.SubtypeTable && beneath.Subtype != searchlight.SubtypeUpload {
			return d, nil, searchlight.Errorf(searchlight.CodeInvalid, "A worksheet over a %s is not available yet", beneath.Subtype)
		}
		table := &searchlight.Table{}
		if err := decode(beneath, table); err != nil {
			return d, nil, err
		}
		d.Tables[t.Table] = model.TableDefinition{Header: beneath.Header, Table: table}
		versions[t.Table] = beneath.Version
	}
	return d, versions, nil
}

func decode(o *searchlight.Object, into any) error {
	if err := json.Unmarshal(o.Content, into); err != nil {
		return fmt.Errorf("query: content of object %s: %w", o.ID, err)
	}
	return nil
}
