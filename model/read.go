package model

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// Read finds out what a data source is made of: the source, the tables beneath
// a worksheet, and those that their row-level security rules lead to. object
// looks up what is stored, and fails with CodeNotFound for what is not. versions
// are those of all that was looked at, 0 of what is not there: as long as they
// stay, so does the Definition.
//
// It fails with CodeNotFound when there is no source, and with CodeInvalid for
// kinds that cannot be searched yet.
func Read(object func(searchlight.GUID) (*searchlight.Object, error), id searchlight.GUID) (d Definition, versions map[searchlight.GUID]int64, err error) {
	o, err := object(id)
	if err != nil {
		return Definition{}, nil, err
	}
	r := reader{object: object, versions: map[searchlight.GUID]int64{id: o.Version},
		d: Definition{Header: o.Header, Tables: map[searchlight.GUID]TableDefinition{}}}
	switch o.Subtype {
	case searchlight.SubtypeTable, searchlight.SubtypeUpload:
		r.d.Table = &searchlight.Table{}
		if err = decode(o, r.d.Table); err == nil {
			err = r.ruleTables(r.d.Table)
		}
	case searchlight.SubtypeWorksheet:
		r.d.Worksheet = &searchlight.Worksheet{}
		if err = decode(o, r.d.Worksheet); err == nil {
			err = r.worksheet()
		}
	default:
		err = searchlight.Errorf(searchlight.CodeInvalid, "Searching a %s is not available yet; search a table or a worksheet", o.Subtype)
	}
	return r.d, r.versions, err
}

type reader struct {
	object   func(searchlight.GUID) (*searchlight.Object, error)
	d        Definition
	versions map[searchlight.GUID]int64
}

func (r *reader) worksheet() error {
	w := r.d.Worksheet
	for _, t := range w.Tables {
		subtype, err := r.table(t.Table)
		if err != nil {
			return err
		}
		if _, ok := r.d.Tables[t.Table]; !ok && subtype != "" { // compiling says which table is missing
			return searchlight.Errorf(searchlight.CodeInvalid, "A worksheet over a %s is not available yet", subtype)
		}
	}
	if w.BypassRLS {
		return nil
	}
	for _, t := range w.Tables {
		if known, ok := r.d.Tables[t.Table]; ok {
			if err := r.ruleTables(known.Table); err != nil {
				return err
			}
		}
	}
	return nil
}

// ruleTables reads the tables that the rules of a table lead to. What is
// missing leaves a rule that has no meaning.
func (r *reader) ruleTables(t *searchlight.Table) error {
	for _, path := range t.RulePaths {
		at := t
		for _, name := range path.Joins {
			i := slices.IndexFunc(at.Joins, func(j searchlight.TableJoin) bool { return j.Name == name })
			if i < 0 {
				break
			}
			if _, err := r.table(at.Joins[i].Destination); err != nil {
				return err
			}
			next, ok := r.d.Tables[at.Joins[i].Destination]
			if !ok {
				break
			}
			at = next.Table
		}
	}
	return nil
}

// table reads a table, if it is one and not read yet, and says what it is;
// empty where there is nothing.
func (r *reader) table(id searchlight.GUID) (searchlight.Subtype, error) {
	if known, done := r.d.Tables[id]; done {
		return known.Header.Subtype, nil
	}
	o, err := r.object(id)
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		r.versions[id] = 0
		return "", nil
	}
	if err != nil {
		return "", err
	}
	r.versions[id] = o.Version
	if o.Subtype != searchlight.SubtypeTable && o.Subtype != searchlight.SubtypeUpload {
		return o.Subtype, nil
	}
	table := &searchlight.Table{}
	if err := decode(o, table); err != nil {
		return "", err
	}
	r.d.Tables[id] = TableDefinition{Header: o.Header, Table: table}
	return o.Subtype, nil
}

func decode(o *searchlight.Object, into any) error {
	if err := json.Unmarshal(o.Content, into); err != nil {
		return fmt.Errorf("model: content of object %s: %w", o.ID, err)
	}
	return nil
}
