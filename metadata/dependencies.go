package metadata

import (
	"context"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/tml"
)

// Types of what dependents are asked for, beside tables and their columns. A
// physical table or column has the GUID of the logical one.
const (
	TypeLogicalRelationship searchlight.ObjectType = "LOGICAL_RELATIONSHIP"
	TypePhysicalTable       searchlight.ObjectType = "PHYSICAL_TABLE"
	TypePhysicalColumn      searchlight.ObjectType = "PHYSICAL_COLUMN"
)

// DependencyTypes are the types that DependentsRequest takes.
var DependencyTypes = []searchlight.ObjectType{
	searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn, TypeLogicalRelationship, TypePhysicalTable, TypePhysicalColumn,
}

// DependentsRequest asks what is built on something.
type DependentsRequest struct {
	Type          searchlight.ObjectType // of DependencyTypes; empty: whatever has the ID
	IDs           []searchlight.GUID
	Offset, Limit int // of the dependents of each; Limit 0: all
}

// Dependents are what is built directly on each of some objects, by name.
type Dependents struct {
	Of      map[searchlight.GUID][]searchlight.Header
	Details *searchlight.Details // of all of them
}

// Dependents lists what the subject may see of what is built directly on
// tables, worksheets, their columns and joins: of an object, what refers to it;
// of a column or join, what would not work without it. It fails with
// CodeForbidden for what is not there or the subject may not see.
func (s *Service) Dependents(ctx context.Context, subject *searchlight.Subject, r DependentsRequest) (*Dependents, error) {
	ids, err := checkIDs(r.IDs)
	if err != nil {
		return nil, err
	}
	out := &Dependents{}
	err = s.Store.View(ctx, func(tx searchlight.Tx) error {
		q := &dependency{tx: tx, subject: subject}
		out.Of = map[searchlight.GUID][]searchlight.Header{}
		var all []searchlight.Header
		for _, id := range ids {
			found, err := q.dependents(r.Type, id)
			if err != nil {
				return err
			}
			found, _, err = visibleOnly(tx, subject, found)
			if err != nil {
				return err
			}
			found = found[min(r.Offset, len(found)):]
			if r.Limit > 0 {
				found = found[:min(r.Limit, len(found))]
			}
			out.Of[id] = found
			all = append(all, found...)
		}
		out.Details, err = searchlight.DetailsOf(tx, all)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// dependency is one call under way, in its transaction.
type dependency struct {
	tx      searchlight.Tx
	subject *searchlight.Subject
	joins   map[searchlight.GUID]searchlight.GUID // that the subject may see, with their tables; nil: not looked for yet
}

func (q *dependency) dependents(t searchlight.ObjectType, id searchlight.GUID) ([]searchlight.Header, error) {
	switch t {
	case searchlight.TypeLogicalTable, TypePhysicalTable:
		if _, err := allowed(q.tx, q.subject, searchlight.PartialAccess, searchlight.TypeLogicalTable, id); err != nil {
			return nil, err
		}
		return dependentsOf(q.tx, id)
	case searchlight.TypeLogicalColumn, TypePhysicalColumn:
		return q.ofColumn(id)
	case TypeLogicalRelationship:
		return q.ofJoin(id)
	case "":
		return q.ofAnything(id)
	}
	return nil, errType(t, "have no dependents")
}

func (q *dependency) ofAnything(id searchlight.GUID) ([]searchlight.Header, error) {
	_, err := q.tx.Header(id)
	if err == nil {
		if _, err := searchlight.Allow(q.tx, q.subject, searchlight.PartialAccess, id); err != nil {
			return nil, err
		}
		return dependentsOf(q.tx, id)
	}
	if !isNotFound(err) {
		return nil, err
	}
	if _, err := q.tx.Column(id); !isNotFound(err) {
		return q.ofColumn(id) // which fails when Column did
	}
	return q.ofJoin(id)
}

// dependentsOf lists what is built directly on an object, by name: parts of
// other objects stand for the whole.
func dependentsOf(tx searchlight.Tx, id searchlight.GUID) ([]searchlight.Header, error) {
	direct, err := tx.Dependents(id)
	if err != nil {
		return nil, err
	}
	var out []searchlight.Header
	seen := map[searchlight.GUID]bool{id: true}
	for _, h := range direct {
		if h.Owner != h.ID {
			whole, err := tx.Header(h.Owner)
			if err != nil {
				return nil, err
			}
			h = *whole
		}
		if !seen[h.ID] {
			seen[h.ID] = true
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b searchlight.Header) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return out, nil
}

// ofColumn lists what does not work without a column.
func (q *dependency) ofColumn(id searchlight.GUID) ([]searchlight.Header, error) {
	h, err := allowedColumn(q.tx, q.subject, searchlight.ReadOnly, id)
	if err != nil {
		return nil, err
	}
	return q.breaksWithout(h.Owner, func(t *searchlight.Table) {
		t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c searchlight.TableColumn) bool { return c.ID == id })
	})
}

// ofJoin lists what does not work without a join of a table.
func (q *dependency) ofJoin(id searchlight.GUID) ([]searchlight.Header, error) {
	if err := q.findJoins(); err != nil {
		return nil, err
	}
	table, ok := q.joins[id]
	if !ok {
		return nil, searchlight.ErrNoObject(id)
	}
	return q.breaksWithout(table, func(t *searchlight.Table) {
		t.Joins = slices.DeleteFunc(slices.Clone(t.Joins), func(j searchlight.TableJoin) bool { return j.ID == id })
	})
}

// findJoins looks for the joins of all tables that the subject may see, since
// the store has no list of them.
func (q *dependency) findJoins() error {
	if q.joins != nil {
		return nil
	}
	page, err := q.tx.Headers(searchlight.ListQuery{Viewer: q.subject, Types: []searchlight.ObjectType{searchlight.TypeLogicalTable}, ShowHidden: true,
		Subtypes: []searchlight.Subtype{searchlight.SubtypeTable, searchlight.SubtypeUpload, searchlight.SubtypeWorksheet}})
	if err != nil {
		return err
	}
	q.joins = map[searchlight.GUID]searchlight.GUID{}
	for _, h := range page.Headers {
		o, err := q.tx.Object(h.ID)
		if err != nil {
			return err
		}
		seen, err := q.joinsOf(o)
		if err != nil {
			return err
		}
		for _, j := range seen {
			q.joins[j.ID] = h.ID
		}
	}
	return nil
}

// joinsOf are the joins that start at an object, as far as the subject may see
// both ends.
func (q *dependency) joinsOf(o *searchlight.Object) ([]searchlight.TableJoin, error) {
	joins, err := joinsAt(o)
	if err != nil {
		return nil, err
	}
	return visibleJoins(q.tx, q.subject, o, joins)
}

// breaksWithout lists what works on a table now and would not any more after a
// change: it asks what an import would.
func (q *dependency) breaksWithout(table searchlight.GUID, change func(*searchlight.Table)) ([]searchlight.Header, error) {
	im := &importer{batch: &batch{r: ImportRequest{Subject: q.subject}}, tx: q.tx, stored: map[searchlight.GUID]*storedTable{}}
	stored, ok, err := im.storedTable(table)
	if err != nil || !ok { // nothing that we know of looks into worksheets yet
		return nil, err
	}
	changed := *stored.Table
	change(&changed)
	after := changes{table: {definition: model.TableDefinition{Header: stored.Header, Table: &changed}}}
	dependents, err := dependentsOf(q.tx, table)
	if err != nil {
		return nil, err
	}
	var out []searchlight.Header
	for _, h := range dependents {
		if kind := kindOf(&h); kind != tml.KindTable && kind != tml.KindWorksheet {
			continue
		}
		o, err := q.tx.Object(h.ID)
		if err != nil {
			return nil, err
		}
		d := &dependent{object: o}
		_, before, err := (changes{}).apply(im, d)
		if err != nil {
			return nil, err
		}
		_, then, err := after.apply(im, d)
		if err != nil {
			return nil, err
		}
		if before == nil && then != nil {
			out = append(out, h)
		}
	}
	return out, nil
}

// DefaultOf lists, for each of some pinboards, the groups that the subject may
// see and whose members see it first. It fails with CodeForbidden for pinboards
// that are not there or the subject may not see.
func (s *Service) DefaultOf(ctx context.Context, subject *searchlight.Subject, pinboards []searchlight.GUID) (*Dependents, error) {
	ids, err := checkIDs(pinboards)
	if err != nil {
		return nil, err
	}
	out := &Dependents{}
	err = s.Store.View(ctx, func(tx searchlight.Tx) error {
		groups, err := tx.Groups()
		if err != nil {
			return err
		}
		out.Of = map[searchlight.GUID][]searchlight.Header{}
		var all []searchlight.Header
		for _, id := range ids {
			if _, err := allowed(tx, subject, searchlight.ReadOnly, searchlight.TypePinboard, id); err != nil {
				return err
			}
			using := []searchlight.GUID{}
			for i := range groups {
				if slices.Contains(groups[i].Pinboards, id) {
					using = append(using, groups[i].ID)
				}
			}
			page, err := tx.Headers(searchlight.ListQuery{Viewer: subject, Types: []searchlight.ObjectType{searchlight.TypeUserGroup}, Fetch: using})
			if err != nil {
				return err
			}
			out.Of[id] = page.Headers
			all = append(all, page.Headers...)
		}
		out.Details, err = searchlight.DetailsOf(tx, all)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
