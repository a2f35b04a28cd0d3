package metadata

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// column is what pairing wants to know of a column of a table or worksheet.
type column struct {
	id         *searchlight.GUID
	name       string
	source     string // what it shows
	properties *searchlight.ColumnProperties
}

func tableColumns(list []searchlight.TableColumn) []column {
	out := make([]column, len(list))
	for i := range list {
		c := &list[i]
		out[i] = column{&c.ID, c.Name, c.PhysicalName, &c.Properties}
	}
	return out
}

func worksheetColumns(list []searchlight.WorksheetColumn) []column {
	out := make([]column, len(list))
	for i := range list {
		c := &list[i]
		out[i] = column{&c.ID, c.Name, c.ColumnID + "\x00" + c.FormulaID, &c.Properties}
	}
	return out
}

// pairColumns gives columns the GUIDs of the stored ones that they replace: by
// name, then by what they show, which is a rename (tml.md 3.6); the others get
// new ones. Newer keys that files may leave out stay. It returns the new names
// by old name in lower case, and the indexes of the stored columns that nothing
// replaces.
func pairColumns(stored, now []column, fresh func() searchlight.GUID) (renamed map[string]string, removed []int) {
	renamed = map[string]string{}
	taken := make([]bool, len(stored))
	for _, same := range []func(a, b column) bool{
		func(a, b column) bool { return a.name == b.name },
		func(a, b column) bool { return strings.EqualFold(a.name, b.name) },
		func(a, b column) bool { return a.source == b.source },
	} {
		for _, c := range now {
			if *c.id != "" {
				continue
			}
			for i, old := range stored {
				if taken[i] || !same(old, c) {
					continue
				}
				taken[i] = true
				*c.id = *old.id
				c.properties.Extra = keepExtra(old.properties.Extra, c.properties.Extra)
				if old.name != c.name {
					renamed[strings.ToLower(old.name)] = c.name
				}
				break
			}
		}
	}
	for _, c := range now {
		if *c.id == "" {
			*c.id = fresh()
		}
	}
	for i := range stored {
		if !taken[i] {
			removed = append(removed, i)
		}
	}
	return renamed, slices.Clip(removed)
}
