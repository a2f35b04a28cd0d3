package metadata

import (
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/model"
)

// columnsOf are the columns that the content of an object has, as the store
// keeps them for sharing, tags and lists.
func columnsOf(content any) []searchlight.ObjectColumn {
	var out []searchlight.ObjectColumn
	switch c := content.(type) {
	case *searchlight.Table:
		return columnsOf(*c)
	case searchlight.Table:
		for _, c := range c.Columns {
			out = append(out, searchlight.ObjectColumn{ID: c.ID, Name: c.Name, Hidden: isHidden(&c.Properties)})
		}
	case *searchlight.Worksheet:
		return columnsOf(*c)
	case searchlight.Worksheet:
		for _, c := range c.Columns {
			out = append(out, searchlight.ObjectColumn{ID: c.ID, Name: c.Name, Hidden: isHidden(&c.Properties), Formula: c.FormulaID != ""})
		}
	case *searchlight.Connection:
	default:
		panic(fmt.Sprintf("metadata: columns of a %T", content))
	}
	return out
}

func isHidden(p *searchlight.ColumnProperties) bool { return p.Hidden != nil && *p.Hidden }

// columnHeader is the header of a column of an object, as the store lists it.
func columnHeader(h *searchlight.Header, c searchlight.ObjectColumn) searchlight.Header {
	out := searchlight.Header{
		ID: c.ID, Type: searchlight.TypeLogicalColumn, Name: c.Name, Author: h.Author, Created: h.Created, Modified: h.Modified,
		ModifiedBy: h.ModifiedBy, Owner: h.ID, Hidden: c.Hidden, Version: h.Version,
	}
	if c.Formula {
		out.Subtype = searchlight.SubtypeFormula
	}
	return out
}

// listsHidden reports whether a subject with a level on a table may list its
// hidden columns (security.md 5).
func listsHidden(s *searchlight.Subject, level searchlight.Level) bool {
	return level >= searchlight.Modify && s.Has(searchlight.PrivilegeDataManagement)
}

// allowedColumn is searchlight.Allow for a column: its level is the higher one
// of its own and its table's.
func allowedColumn(tx searchlight.Tx, s *searchlight.Subject, want searchlight.Level, id searchlight.GUID) (*searchlight.Header, error) {
	h, err := tx.Column(id)
	if isNotFound(err) {
		return nil, searchlight.ErrNoObject(id)
	}
	if err != nil {
		return nil, err
	}
	level, err := searchlight.LevelOf(tx, s, h)
	if err != nil {
		return nil, err
	}
	if level < want {
		if level == searchlight.PartialAccess { // by whichever column
			level = searchlight.NoAccess
		}
		granted, err := tx.Granted(s.Principals(), []searchlight.GUID{id})
		if err != nil {
			return nil, err
		}
		level = max(level, granted[id])
	}
	switch {
	case level >= want && level > searchlight.PartialAccess:
		return h, nil
	case level > searchlight.PartialAccess:
		return nil, errSeenOnly(id)
	}
	return nil, searchlight.ErrNoObject(id)
}

// columnSight is what a subject sees of the columns beneath a table or
// worksheet.
type columnSight struct {
	all     bool
	columns map[searchlight.GUID]bool // of tables
}

func (c columnSight) sees(columns ...searchlight.GUID) bool {
	return c.all || !slices.ContainsFunc(columns, func(id searchlight.GUID) bool { return !c.columns[id] })
}

// sightOf finds out what a subject sees of tables.
func sightOf(tx searchlight.Tx, s *searchlight.Subject, tables ...searchlight.GUID) (columnSight, error) {
	if s.IsAdmin() {
		return columnSight{all: true}, nil
	}
	columns, err := searchlight.VisibleColumns(tx, s, tables...)
	return columnSight{columns: columns}, err
}

// tablesOf are the tables that a data source reads.
func tablesOf(d model.Definition) []searchlight.GUID {
	if d.Worksheet == nil {
		return []searchlight.GUID{d.Header.ID}
	}
	var ids []searchlight.GUID
	for _, t := range d.Worksheet.Tables {
		ids = append(ids, t.Table)
	}
	return ids
}
