package metadata

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
)

// Upload is a table of the built-in store, as the engine has it.
type Upload struct {
	Table   engine.Table
	Columns []engine.Column
}

// SyncUploads makes the table objects of the built-in store equal what the
// engine has: a table without an object gets one, with author as its author,
// and an object follows changes of its table's columns, keeping what people
// said of those that stay. It is run after each load and at every start, so
// that a load that was cut off between engine and store is completed.
func (s *Service) SyncUploads(ctx context.Context, uploads []Upload, author searchlight.GUID) ([]searchlight.Header, error) {
	var headers []searchlight.Header
	err := s.Store.Update(ctx, func(tx searchlight.Tx) error {
		headers = nil
		for _, u := range uploads {
			h, err := s.syncUpload(tx, u, author)
			if err != nil {
				return err
			}
			headers = append(headers, *h)
		}
		return nil
	})
	return headers, err
}

// FinishUpload is SyncUploads for a table that a subject has loaded, with what
// the audit log says of the load.
func (s *Service) FinishUpload(ctx context.Context, subject *searchlight.Subject, u Upload, rows int64) (*searchlight.Header, error) {
	var h *searchlight.Header
	err := s.Store.Update(ctx, func(tx searchlight.Tx) (err error) {
		if h, err = s.syncUpload(tx, u, subject.User.ID); err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventUploadFinished, "Loaded files as a table",
			map[string]any{"table": h.ID, "name": h.Name, "rows": rows}))
	})
	return h, err
}

func (s *Service) syncUpload(tx searchlight.Tx, u Upload, author searchlight.GUID) (*searchlight.Header, error) {
	stored, err := tx.TableAt(searchlight.EmbeddedConnectionID, u.Table.Database, u.Table.Schema, u.Table.Name)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if stored == nil {
		return s.createUpload(tx, u, author)
	}
	o, err := tx.Object(stored.ID)
	if err != nil {
		return nil, err
	}
	var t searchlight.Table
	if err := decodeContent(o, &t); err != nil {
		return nil, err
	}
	before := t.Columns
	t.Columns = s.uploadColumns(before, u.Columns)
	content, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	if string(content) == string(o.Content) {
		return stored, nil
	}
	o.Content, o.Columns, o.Modified, o.ModifiedBy = content, columnsOf(t), tx.Now(), author
	return &o.Header, tx.UpdateObject(o)
}

func (s *Service) createUpload(tx searchlight.Tx, u Upload, author searchlight.GUID) (*searchlight.Header, error) {
	t := searchlight.Table{Columns: s.uploadColumns(nil, u.Columns)}
	content, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	id, now := s.newGUID(), tx.Now()
	o := &searchlight.Object{Content: content, Columns: columnsOf(t), References: []searchlight.GUID{searchlight.EmbeddedConnectionID}, Header: searchlight.Header{
		ID: id, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeUpload, Name: u.Table.Name,
		Author: author, Created: now, Modified: now, ModifiedBy: author, Owner: id,
		Connection: searchlight.EmbeddedConnectionID, Database: u.Table.Database, Schema: u.Table.Schema, PhysicalTable: u.Table.Name,
	}}
	return &o.Header, tx.CreateObject(o)
}

// uploadColumns follows the columns of the engine. A column that was there
// keeps its properties as far as they suit its type; those that searches
// cannot use are left out.
func (s *Service) uploadColumns(stored []searchlight.TableColumn, now []engine.Column) []searchlight.TableColumn {
	var out []searchlight.TableColumn
	names := map[string]bool{}
	for _, c := range stored {
		names[strings.ToLower(c.Name)] = true
	}
	for _, c := range now {
		if c.Type == datatype.Unknown {
			continue
		}
		at := slices.IndexFunc(stored, func(x searchlight.TableColumn) bool { return x.PhysicalName == c.Name })
		if at >= 0 {
			kept := stored[at]
			if !fits(c.Type, kept.Type) {
				kept.Type = c.Type
				kept.Properties = suited(kept.Properties, c)
			}
			out = append(out, kept)
			continue
		}
		name := c.Name
		for names[strings.ToLower(name)] {
			name += "_"
		}
		names[strings.ToLower(name)] = true
		out = append(out, searchlight.TableColumn{ID: s.newGUID(), Name: name, PhysicalName: c.Name, Type: c.Type, Properties: uploadProperties(c)})
	}
	return out
}

// suited keeps the properties of a column whose type has changed, but not an
// aggregation that needs numbers where there are none now.
func suited(p searchlight.ColumnProperties, now engine.Column) searchlight.ColumnProperties {
	sums := p.Role == datatype.Measure && (p.Aggregation == datatype.DefaultAggregation || p.Aggregation.NeedsNumber())
	if sums && !now.Type.IsNumeric() {
		guess := uploadProperties(now)
		p.Role, p.Aggregation = guess.Role, guess.Aggregation
	}
	return p
}

// uploadProperties guesses what a column is: numbers are measures, except for
// those whose names say that they number things.
func uploadProperties(c engine.Column) searchlight.ColumnProperties {
	if !c.Type.IsNumeric() || numbersThings(c.Name) {
		return searchlight.ColumnProperties{Role: datatype.Attribute}
	}
	return searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Sum}
}

func numbersThings(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '_' || r == '-' || r == '.' })
	if len(words) == 0 {
		return false
	}
	return slices.Contains([]string{"id", "key", "code", "number", "no", "nr", "year", "zip", "latitude", "longitude"}, words[len(words)-1])
}
