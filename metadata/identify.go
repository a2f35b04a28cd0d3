package metadata

import (
	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

// identify decides for each document whether it creates or updates, and which
// GUID the object has (tml.md 3.4). Names never decide. Tables come later: they
// are also found by their physical table.
func (im *importer) identify() error {
	byGUID := map[searchlight.GUID]bool{}
	for _, e := range im.entries {
		if e.failed() {
			continue
		}
		if len(e.doc.Name) > maxNameBytes {
			e.fail(e.doc.Root().Key("name"), codeLimit, "The name has %d bytes; %d are allowed.", len(e.doc.Name), maxNameBytes)
			continue
		}
		if id := e.doc.GUID; id != "" {
			if byGUID[id] {
				e.fail("guid", codeDuplicate, "The guid <b> %s </b> occurs twice in the request.", id)
				continue
			}
			byGUID[id] = true
		}
		if e.doc.Kind != tml.KindTable {
			if err := im.claim(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// claim gives an entry its object: the stored one of its GUID, or a new one.
func (im *importer) claim(e *entry) error {
	id := e.doc.GUID
	if id == "" {
		return im.create(e, e.fresh)
	}
	stored, err := im.tx.Object(id)
	switch {
	case isNotFound(err):
		return im.create(e, id)
	case err != nil:
		return err
	case im.r.ForceCreate:
		if kindOf(&stored.Header) == e.doc.Kind && im.canSee(&stored.Header) {
			e.copies = stored
		}
		return im.create(e, e.fresh)
	}
	if !im.isKind(e, &stored.Header) {
		return nil
	}
	return im.update(e, stored)
}

// isKind checks that the GUID of a document belongs to an object of its kind.
func (im *importer) isKind(e *entry, h *searchlight.Header) bool {
	if kindOf(h) != e.doc.Kind || h.ID == searchlight.EmbeddedConnectionID {
		e.fail("guid", codeGUID, "The guid <b> %s </b> belongs to an object of other type.", h.ID)
		return false
	}
	return true
}

// claimTable finds the object of a table: by its physical table first, then by
// its GUID.
func (im *importer) claimTable(e *entry, connection searchlight.GUID) error {
	d := e.doc.Table
	for _, other := range im.entries {
		o := other.object
		if other != e && o != nil && !other.failed() && o.PhysicalTable == d.DBTable && o.Schema == d.Schema && o.Database == d.DB && o.Connection == connection {
			e.fail(e.doc.Root().Key("db_table"), codeDuplicate, "<b> %s </b> and <b> %s </b> of the request are the same physical table.", other.doc.Name, e.doc.Name)
			return nil
		}
	}
	at, err := im.tx.TableAt(connection, d.DB, d.Schema, d.DBTable)
	if isNotFound(err) {
		return im.claim(e)
	}
	if err != nil {
		return err
	}
	if id := e.doc.GUID; id != "" && id != at.ID && !im.r.ForceCreate {
		h, err := im.tx.Header(id)
		switch {
		case isNotFound(err):
		case err != nil:
			return err
		case !im.isKind(e, h):
			return nil
		case !im.canSee(h):
			im.refuse(e, h)
			return nil
		default:
			e.fail("guid", codeTableTaken, "The guid belongs to the table <b> %s </b>, but the physical table <b> %s </b> to another object.", h.Name, d.DBTable)
			return nil
		}
	}
	stored, err := im.tx.Object(at.ID)
	if err != nil {
		return err
	}
	return im.update(e, stored)
}

// update makes an entry the change of a stored object.
func (im *importer) update(e *entry, stored *searchlight.Object) error {
	if !may(im.tx, im.r.Subject, searchlight.Modify, &stored.Header) {
		im.refuse(e, &stored.Header)
		return nil
	}
	if other := im.staged[stored.ID]; other != nil {
		e.fail("", codeDuplicate, "<b> %s </b> and <b> %s </b> of the request are the same object.", other.doc.Name, e.doc.Name)
		return nil
	}
	copied := *stored
	e.existing, e.object = stored, &copied
	e.object.Name = e.doc.Name
	e.target = stored.ID
	im.staged[stored.ID] = e
	return nil
}

// refuse fails a document that would change what its subject may not. A GUID
// is shown only to those who wrote it.
func (im *importer) refuse(e *entry, h *searchlight.Header) {
	what := string(h.ID)
	if e.doc.GUID != h.ID {
		what = h.PhysicalTable
	}
	e.fail("guid", codePermission, "You do not have access to the object <b> %s </b>.", what)
}

func (im *importer) create(e *entry, id searchlight.GUID) error {
	now, user := im.tx.Now(), im.r.Subject.User.ID
	e.object = &searchlight.Object{Header: searchlight.Header{
		ID: id, Name: e.doc.Name, Author: user, Created: now, Modified: now, ModifiedBy: user, Owner: id,
	}}
	switch e.doc.Kind {
	case tml.KindConnection:
		e.object.Type = searchlight.TypeConnection
	case tml.KindWorksheet:
		e.object.Type, e.object.Subtype = searchlight.TypeLogicalTable, searchlight.SubtypeWorksheet
	case tml.KindTable:
		e.object.Type, e.object.Subtype = searchlight.TypeLogicalTable, searchlight.SubtypeTable
	}
	e.target = id
	im.staged[id] = e
	return nil
}

// kindOf is the kind of document that an object has.
func kindOf(h *searchlight.Header) tml.Kind {
	switch {
	case h.Type == searchlight.TypeConnection:
		return tml.KindConnection
	case h.Subtype == searchlight.SubtypeTable, h.Subtype == searchlight.SubtypeUpload:
		return tml.KindTable
	case h.Subtype == searchlight.SubtypeWorksheet:
		return tml.KindWorksheet
	}
	return ""
}
