package metadata

import (
	"maps"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

// audit writes events about objects of a type, each with their ids.
func audit(tx searchlight.Tx, s *searchlight.Subject, t searchlight.ObjectType, verb string, events map[searchlight.EventType][]searchlight.GUID) error {
	for _, event := range slices.Sorted(maps.Keys(events)) {
		data := map[string]any{"objIds": events[event], "objType": t}
		if err := tx.Audit(searchlight.EventBy(s, event, verb+" objects", data)); err != nil {
			return err
		}
	}
	return nil
}

func rulesEvent(s *searchlight.Subject, event searchlight.EventType, table searchlight.GUID, rules []string) *searchlight.Event {
	return searchlight.EventBy(s, event, "Changed the row-level security of a table", map[string]any{"table": table, "rules": rules})
}

// auditImport writes what an import did: as a whole, for the objects that it
// made or changed, and for what became of row-level security.
func (im *importer) auditImport() error {
	failed := 0
	imported := map[tml.Kind][]searchlight.GUID{}
	byType := map[searchlight.ObjectType]map[searchlight.EventType][]searchlight.GUID{
		searchlight.TypeConnection: {}, searchlight.TypeLogicalTable: {},
	}
	for _, e := range im.entries {
		if e.failed() {
			failed++
			continue
		}
		imported[e.doc.Kind] = append(imported[e.doc.Kind], e.target)
		if event := e.event(); event != "" {
			events := byType[e.object.Type]
			events[event] = append(events[event], e.target)
		}
	}
	for _, o := range im.rewrites {
		if kindOf(&o.Header) == tml.KindWorksheet {
			events := byType[searchlight.TypeLogicalTable]
			events[searchlight.EventModelUpdated] = append(events[searchlight.EventModelUpdated], o.ID)
		}
	}
	whole := searchlight.EventBy(im.r.Subject, searchlight.EventTMLImported, "Imported TML", map[string]any{"objIds": imported, "failed": failed})
	if len(imported) == 0 {
		whole.Outcome, whole.Reason = searchlight.Failure, "no document could be imported"
	}
	if err := im.tx.Audit(whole); err != nil {
		return err
	}
	for _, t := range []searchlight.ObjectType{searchlight.TypeConnection, searchlight.TypeLogicalTable} {
		if err := audit(im.tx, im.r.Subject, t, "Imported", byType[t]); err != nil {
			return err
		}
	}
	return im.auditSecurity()
}

// event is what a document did in the audit log, empty when it changed nothing,
// or a table, for which there is no event.
func (e *entry) event() searchlight.EventType {
	created := e.existing == nil
	if !created && e.object.Version == e.existing.Version {
		return ""
	}
	switch {
	case e.doc.Kind == tml.KindConnection && created:
		return searchlight.EventConnectionCreated
	case e.doc.Kind == tml.KindConnection:
		return searchlight.EventConnectionEdited
	case e.doc.Kind == tml.KindTable && created:
		return searchlight.EventTablesCreated
	case e.doc.Kind == tml.KindWorksheet && created:
		return searchlight.EventModelCreated
	case e.doc.Kind == tml.KindWorksheet:
		return searchlight.EventModelUpdated
	}
	return ""
}

// auditSecurity writes which rules came, changed and went, and which worksheets
// now bypass them or do so no more.
func (im *importer) auditSecurity() error {
	s := im.r.Subject
	for _, c := range im.ruled {
		for _, change := range []struct {
			event searchlight.EventType
			rules []string
		}{
			{searchlight.EventRuleCreated, c.created}, {searchlight.EventRuleUpdated, c.changed}, {searchlight.EventRulesDeleted, c.removed},
		} {
			if len(change.rules) == 0 {
				continue
			}
			if err := im.tx.Audit(rulesEvent(s, change.event, c.table.ID, change.rules)); err != nil {
				return err
			}
		}
	}
	return im.each(tml.KindWorksheet, func(e *entry) error {
		var before searchlight.Worksheet
		if e.existing != nil {
			if err := decodeContent(e.existing, &before); err != nil {
				return err
			}
		}
		if before.BypassRLS == e.sheet.BypassRLS {
			return nil
		}
		return im.tx.Audit(searchlight.EventBy(s, searchlight.EventBypassChanged, "Changed whether a worksheet bypasses row-level security",
			map[string]any{"worksheet": e.target, "bypass": e.sheet.BypassRLS}))
	})
}

func exportEvent(s *searchlight.Subject, results []ExportResult) *searchlight.Event {
	exported, failed := []searchlight.GUID{}, 0
	for _, r := range results {
		if r.Status.Code == StatusError {
			failed++
			continue
		}
		exported = append(exported, r.ID)
	}
	e := searchlight.EventBy(s, searchlight.EventTMLExported, "Exported TML", map[string]any{"objIds": exported, "failed": failed})
	if len(exported) == 0 {
		e.Outcome, e.Reason = searchlight.Failure, "no object could be exported"
	}
	return e
}
