package metadata

import (
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

// rules writes the row-level security of a table, for those who may change the
// table and read every table that the rules reach. For others the document
// says nothing of it, which leaves it as it is when it is imported again
// (tml.md 4.4).
func (x *exporter) rules(o *searchlight.Object, t *searchlight.Table) (*tml.RLS, error) {
	if len(t.Rules) == 0 || !may(x.tx, x.r.Subject, searchlight.Modify, &o.Header) {
		return nil, nil
	}
	w := &ruleWriter{x: x, aliases: map[searchlight.GUID]string{}, rls: &tml.RLS{}}
	used := map[string][]string{}
	for _, rule := range t.Rules {
		w.rls.Rules = append(w.rls.Rules, tml.RLSRule{Name: rule.Name, Expr: rule.Expr})
		for path, columns := range columnsByPath(rule.Expr) {
			for _, c := range columns {
				if !slices.Contains(used[path], c) {
					used[path] = append(used[path], c)
				}
			}
		}
	}
	if visible, err := w.table(o.ID); err != nil || !visible {
		return nil, err
	}
	for _, p := range t.RulePaths {
		visible, err := w.path(o, p, used[p.ID])
		if err != nil || !visible {
			return nil, err
		}
	}
	return w.rls, nil
}

type ruleWriter struct {
	x       *exporter
	rls     *tml.RLS
	aliases map[searchlight.GUID]string
}

// table lists a table that the rules use. It reports false when the subject
// may not read it.
func (w *ruleWriter) table(id searchlight.GUID) (bool, error) {
	if w.aliases[id] != "" {
		return true, nil
	}
	o, err := w.x.object(id)
	if err != nil || o == nil {
		return false, err
	}
	identity, err := w.x.identity(id)
	if err != nil {
		return false, err
	}
	taken := func(alias string) bool {
		return slices.ContainsFunc(w.rls.Tables, func(t tml.Identity) bool { return t.Alias() == alias })
	}
	for n := 2; taken(identity.Alias()); n++ {
		identity.ID = fmt.Sprintf("%s %d", identity.Name, n)
	}
	w.aliases[id] = identity.Alias()
	w.rls.Tables = append(w.rls.Tables, identity)
	return true, nil
}

// path writes a path with the tables and joins on its way.
func (w *ruleWriter) path(from *searchlight.Object, p searchlight.RulePath, columns []string) (bool, error) {
	for _, name := range p.Joins {
		var t searchlight.Table
		if err := decodeContent(from, &t); err != nil {
			return false, err
		}
		at := slices.IndexFunc(t.Joins, func(j searchlight.TableJoin) bool { return j.Name == name })
		if at < 0 {
			return false, &exportError{codeBroken, "OBJECT_INVALID_STATE: a join of its row-level security is gone"}
		}
		join := t.Joins[at]
		if visible, err := w.table(join.Destination); err != nil || !visible {
			return false, err
		}
		written := searchlight.WorksheetJoin{Name: name, Source: w.aliases[from.ID], Destination: w.aliases[join.Destination],
			Type: join.Type, OneToOne: join.OneToOne != nil && *join.OneToOne}
		if !slices.Contains(w.rls.Joins, written) {
			w.rls.Joins = append(w.rls.Joins, written)
		}
		from = w.x.objects[join.Destination]
	}
	if from.ID != p.Table {
		return false, &exportError{codeBroken, "OBJECT_INVALID_STATE: a path of its row-level security leads elsewhere"}
	}
	w.rls.Paths = append(w.rls.Paths, tml.RLSPath{Columns: columns, TablePath: searchlight.TablePath{
		ID: p.ID, Table: w.aliases[p.Table], JoinPaths: [][]string{p.Joins}}})
	return true, nil
}
