package metadata

import (
	"maps"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

// ruleChange is what an import does to the rules of a table, by their names.
type ruleChange struct {
	table                     searchlight.Header
	created, changed, removed []string
}

func errBypass() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "Changing is_bypass_rls, or the tables of a worksheet that has it, needs the privilege BYPASSRLS")
}

// guardBypass refuses to turn the bypass of a worksheet on or off without the
// privilege. It looks at all documents, good or not, before any of them fails.
func (im *importer) guardBypass() error {
	if im.before > 0 || im.r.Subject.Has(searchlight.PrivilegeBypassRLS) {
		return nil
	}
	for _, e := range im.entries {
		if e.doc.Worksheet == nil {
			continue
		}
		var stored searchlight.Worksheet
		if e.existing != nil {
			if err := decodeContent(e.existing, &stored); err != nil {
				return err
			}
		}
		if e.doc.Worksheet.BypassRLS != stored.BypassRLS {
			return errBypass()
		}
	}
	return nil
}

func errRules() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "Changing row-level security rules, or what they look at, needs the privilege BYPASSRLS")
}

// ruleChanges compares the rules that tables have with those that they will
// have. That they read as before is not enough: a rule also changes when its
// columns, its joins or its table come to stand for something else in the
// database.
func (im *importer) ruleChanges() ([]ruleChange, error) {
	var found []ruleChange
	compare := func(id searchlight.GUID) error {
		before, ok, err := im.storedTable(id)
		if err != nil {
			return err
		}
		var old map[string]string
		if ok {
			if old, err = (changes{}).ruleMeanings(im, before, before.Table.Rules, before.Table.RulePaths); err != nil {
				return err
			}
		}
		after, _, err := im.tables.table(im, id)
		if err != nil {
			return err
		}
		now, err := im.tables.ruleMeanings(im, after, after.Table.Rules, after.Table.RulePaths)
		if err != nil {
			return err
		}
		if c := compareRules(old, now); c.created != nil || c.changed != nil || c.removed != nil {
			c.table = after.Header
			found = append(found, c)
		}
		return nil
	}
	err := im.each(tml.KindTable, func(e *entry) error {
		if e.copies != nil && e.doc.Table.RLS == nil {
			return nil // the rules of the original
		}
		return compare(e.target)
	})
	if err != nil {
		return nil, err
	}
	for _, d := range im.touched {
		if kindOf(&d.object.Header) == tml.KindTable && d.file == nil {
			if err := compare(d.object.ID); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

func compareRules(old, now map[string]string) ruleChange {
	var c ruleChange
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch was, ok := old[name]; {
		case !ok:
			c.created = append(c.created, name)
		case was != now[name]:
			c.changed = append(c.changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, ok := now[name]; !ok {
			c.removed = append(c.removed, name)
		}
	}
	return c
}

// guard refuses what the subject has no privilege for and that shows only when
// all is known. Who may change rules but not manage data may change nothing
// else (security.md 2.2).
func (im *importer) guard() error {
	changed, err := im.ruleChanges()
	if err != nil {
		return err
	}
	s := im.r.Subject
	for _, c := range changed {
		if !s.Has(searchlight.PrivilegeBypassRLS) {
			return errRules()
		}
		im.ruled = append(im.ruled, c)
	}
	for _, e := range im.entries {
		if e.failed() {
			continue
		}
		for _, check := range []struct {
			privilege searchlight.Privilege
			needed    func(*entry) (bool, error)
			refusal   func() error
		}{
			{searchlight.PrivilegeBypassRLS, dropsRules, errRules},
			{searchlight.PrivilegeBypassRLS, widensBypass, errBypass},
			{searchlight.PrivilegeDataManagement, changesData, errDataManagement},
		} {
			if s.Has(check.privilege) {
				continue
			}
			if needed, err := check.needed(e); err != nil {
				return err
			} else if needed {
				return check.refusal()
			}
		}
	}
	return nil
}

// dropsRules reports whether a document makes a copy of a table without the
// rules of the original.
func dropsRules(e *entry) (bool, error) {
	if e.copies == nil || e.table == nil || len(e.table.Rules) > 0 {
		return false, nil
	}
	var original searchlight.Table
	err := decodeContent(e.copies, &original)
	return len(original.Rules) > 0, err
}

// widensBypass reports whether a worksheet that bypasses row-level security
// comes to stand on another table.
func widensBypass(e *entry) (bool, error) {
	if e.existing == nil || e.sheet == nil || !e.sheet.BypassRLS {
		return false, nil
	}
	var stored searchlight.Worksheet
	if err := decodeContent(e.existing, &stored); err != nil {
		return false, err
	}
	return slices.ContainsFunc(e.sheet.Tables, func(t searchlight.WorksheetTable) bool {
		return !slices.ContainsFunc(stored.Tables, func(x searchlight.WorksheetTable) bool { return x.Table == t.Table })
	}), nil
}

// changesData reports whether a document does more than change the rules of a
// table, or whether a worksheet bypasses them.
func changesData(e *entry) (bool, error) {
	if e.existing == nil {
		return true, nil
	}
	same := *e
	object := *e.object
	same.object = &object
	var err error
	switch {
	case e.table != nil:
		var stored searchlight.Table
		if err := decodeContent(e.existing, &stored); err != nil {
			return true, err
		}
		table := *e.table
		table.Rules, table.RulePaths = stored.Rules, stored.RulePaths
		err = same.setContent(table)
	case e.sheet != nil:
		var stored searchlight.Worksheet
		if err := decodeContent(e.existing, &stored); err != nil {
			return true, err
		}
		sheet := *e.sheet
		sheet.BypassRLS = stored.BypassRLS
		err = same.setContent(sheet)
	}
	return !sameObject(e.existing, &object), err
}
