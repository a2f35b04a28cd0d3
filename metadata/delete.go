package metadata

import (
	"context"
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/tml"
)

// DeletableTypes are the types of objects that Delete takes.
var DeletableTypes = []searchlight.ObjectType{
	searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable, searchlight.TypeConnection, searchlight.TypeTag,
}

// Delete removes objects of a type with their grants and tags, all of them or
// none. The table of a loaded file goes with its object. It needs the right to
// change each of them, ADMINISTRATION for tags, and BYPASSRLS for a table that
// has row-level security rules.
//
// It fails with CodeForbidden, with CodeInvalid when others are built on one of
// the objects, and with CodeConflict when they change meanwhile.
func (s *Service) Delete(ctx context.Context, subject *searchlight.Subject, t searchlight.ObjectType, ids []searchlight.GUID) error {
	ids, err := checkIDs(ids)
	if err != nil {
		return err
	}
	if !slices.Contains(DeletableTypes, t) {
		return errType(t, "cannot be deleted here")
	}
	if t == searchlight.TypeTag {
		if err := subject.Require(searchlight.PrivilegeAdministration); err != nil {
			return err
		}
	}
	// Who else works on the tables of loaded files is known before they are
	// deleted, so what is going to be deleted is worked out twice.
	var loaded []engine.Table
	err = s.Store.View(ctx, func(tx searchlight.Tx) error {
		d, err := planDeletion(tx, subject, t, ids)
		if err == nil {
			loaded = d.loaded
		}
		return err
	})
	if err != nil {
		return err
	}
	forget := func() error {
		return s.Store.Update(ctx, func(tx searchlight.Tx) error {
			d, err := planDeletion(tx, subject, t, ids)
			if err != nil {
				return err
			}
			if !slices.Equal(d.loaded, loaded) {
				return errChangedMeanwhile()
			}
			return d.run()
		})
	}
	if len(loaded) == 0 {
		return forget()
	}
	return s.Databases.Drop(ctx, loaded, forget)
}

// deletion is what a call is going to delete.
type deletion struct {
	tx      searchlight.Tx
	subject *searchlight.Subject
	objects []searchlight.Header
	ruled   map[searchlight.GUID][]string // names of the rules of tables
	loaded  []engine.Table                // of the built-in store
}

func planDeletion(tx searchlight.Tx, s *searchlight.Subject, t searchlight.ObjectType, ids []searchlight.GUID) (*deletion, error) {
	d := &deletion{tx: tx, subject: s, ruled: map[searchlight.GUID][]string{}}
	for _, id := range ids {
		h, err := allowed(tx, s, searchlight.Modify, t, id)
		if err != nil {
			return nil, err
		}
		if h.ID == searchlight.EmbeddedConnectionID {
			return nil, errBuiltInConnection()
		}
		d.objects = append(d.objects, *h)
	}
	for i := range d.objects {
		h := &d.objects[i]
		if kindOf(h) == tml.KindTable {
			if err := d.table(h); err != nil {
				return nil, err
			}
		}
		if err := d.checkDependents(h, ids); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// table looks into a table that is to be deleted: a table could be made anew
// without the rules that it has (security.md 4.4).
func (d *deletion) table(h *searchlight.Header) error {
	o, err := d.tx.Object(h.ID)
	if err != nil {
		return err
	}
	var t searchlight.Table
	if err := decodeContent(o, &t); err != nil {
		return err
	}
	if len(t.Rules) > 0 && !d.subject.Has(searchlight.PrivilegeBypassRLS) {
		return errRuledTable()
	}
	for _, rule := range t.Rules {
		d.ruled[h.ID] = append(d.ruled[h.ID], rule.Name)
	}
	if h.Subtype == searchlight.SubtypeUpload {
		d.loaded = append(d.loaded, engine.Table{Database: h.Database, Schema: h.Schema, Name: h.PhysicalTable})
	}
	return nil
}

// checkDependents refuses to delete what something stands on that stays.
func (d *deletion) checkDependents(h *searchlight.Header, deleted []searchlight.GUID) error {
	dependents, err := dependentsOf(d.tx, h.ID)
	if err != nil {
		return err
	}
	dependents = slices.DeleteFunc(dependents, func(x searchlight.Header) bool { return slices.Contains(deleted, x.ID) })
	if len(dependents) == 0 {
		return nil
	}
	visible, others, err := visibleOnly(d.tx, d.subject, dependents)
	if err != nil {
		return err
	}
	var names []string
	for i := range visible {
		names = append(names, visible[i].Name)
	}
	return errBuiltOn(h.Name, names, others)
}

func (d *deletion) run() error {
	events := map[searchlight.EventType][]searchlight.GUID{}
	for i := range d.objects {
		h := &d.objects[i]
		if err := d.tx.DeleteObject(h.ID); err != nil {
			return err
		}
		if names := d.ruled[h.ID]; names != nil {
			if err := d.tx.Audit(rulesEvent(d.subject, searchlight.EventRulesDeleted, h.ID, names)); err != nil {
				return err
			}
		}
		event := DeletionEvent(h.Type, h.Subtype)
		events[event] = append(events[event], h.ID)
	}
	return audit(d.tx, d.subject, d.objects[0].Type, "Deleted", events)
}

// DeletionEvent is what the deletion of an object is in the audit log.
func DeletionEvent(t searchlight.ObjectType, subtype searchlight.Subtype) searchlight.EventType {
	switch t {
	case searchlight.TypeAnswer:
		return searchlight.EventAnswersDeleted
	case searchlight.TypePinboard:
		return searchlight.EventPinboardsDeleted
	case searchlight.TypeConnection:
		return searchlight.EventConnectionDeleted
	case searchlight.TypeTag:
		return searchlight.EventTagsChanged
	case searchlight.TypeLogicalTable:
		switch subtype {
		case searchlight.SubtypeWorksheet, searchlight.SubtypeView, searchlight.SubtypeSQLView:
			return searchlight.EventModelDeleted
		}
		return searchlight.EventTablesDeleted
	}
	panic(fmt.Sprintf("metadata: no event for the deletion of a %s", t))
}
