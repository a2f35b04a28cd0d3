package metadata

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/joinexpr"
)

// renames is what an import does to the names of an object and its columns.
type renames struct {
	from, to string            // of the object, the same when it keeps its name
	columns  map[string]string // old name in lower case to new name
}

func (r *renames) column(name string) string {
	if to, ok := r.columns[strings.ToLower(name)]; ok {
		return to
	}
	return name
}

// renameOn rewrites the condition of a join. of says what an object in it will
// be called and what happens to its columns; nil leaves it alone. A condition
// that cannot be parsed stays as it is.
func renameOn(on string, of func(object string) *renames) string {
	e, ds := joinexpr.Parse(on)
	if ds.HasErrors() {
		return on
	}
	for _, c := range slices.Backward(joinexpr.Columns(e)) {
		r := of(c.Object)
		if r == nil || r.from != c.Object {
			continue
		}
		if column := r.column(c.Text); r.to != c.Object || column != c.Text {
			on = on[:c.At.Start] + "[" + joinexpr.EscapeName(r.to) + "::" + joinexpr.EscapeName(column) + "]" + on[c.At.End:]
		}
	}
	return on
}

// renameJoins rewrites the joins that start at an object for what happens to
// it and to the tables that they lead to. names says what happens to an object,
// nil when it is left alone.
func renameJoins(joins []searchlight.TableJoin, owner searchlight.GUID, ownerName string, names func(searchlight.GUID) *renames) []searchlight.TableJoin {
	out := slices.Clone(joins)
	for i := range out {
		out[i].On = renameOn(out[i].On, func(object string) *renames {
			if object == ownerName {
				return names(owner)
			}
			return names(out[i].Destination)
		})
	}
	return out
}

// renameWorksheet rewrites what a worksheet called name says of tables whose
// names or columns change. It goes on calling the tables what it did.
func renameWorksheet(id searchlight.GUID, name string, w *searchlight.Worksheet, names func(searchlight.GUID) *renames) *searchlight.Worksheet {
	out := *w
	byAlias, byName := map[string]*renames{}, map[string]*renames{}
	for _, t := range w.Tables {
		if r := names(t.Table); r != nil {
			byName[r.from] = r
			byAlias[t.Alias] = &renames{from: t.Alias, to: t.Alias, columns: r.columns}
		}
	}
	byPath := map[string]*renames{}
	for alias, r := range byAlias {
		byPath[strings.ToLower(alias)] = r
	}
	for _, p := range w.Paths {
		byPath[strings.ToLower(p.ID)] = byAlias[p.Table]
	}

	out.Columns = slices.Clone(w.Columns)
	for i := range out.Columns {
		c := &out.Columns[i]
		if path, column, ok := splitColumnID(c.ColumnID, func(path string) bool { return byPath[path] != nil }); ok {
			c.ColumnID = path + "::" + byPath[strings.ToLower(path)].column(column)
		}
	}
	out.Formulas = slices.Clone(w.Formulas)
	for i := range out.Formulas {
		f := &out.Formulas[i]
		f.Expr = rewriteFormula(f.Expr, func(parts []string) []string {
			if len(parts) == 1 {
				return renameBare(w, parts[0], byAlias)
			}
			for i := 1; i < len(parts); i++ {
				if r := byPath[strings.ToLower(strings.Join(parts[:i], "::"))]; r != nil {
					return append(slices.Clone(parts[:i]), r.column(strings.Join(parts[i:], "::")))
				}
			}
			return parts
		})
	}
	out.Joins = slices.Clone(w.Joins)
	for i := range out.Joins {
		out.Joins[i].On = renameOn(out.Joins[i].On, func(object string) *renames {
			if r := byAlias[object]; r != nil {
				return r
			}
			return byName[object]
		})
	}
	out.JoinsWith = renameJoins(w.JoinsWith, id, name, names)
	return &out
}

// renameBare rewrites a reference without a path: in a worksheet over one
// table it may mean a column of the table, when nothing else has the name.
func renameBare(w *searchlight.Worksheet, name string, byAlias map[string]*renames) []string {
	r := (*renames)(nil)
	if len(w.Paths) == 1 {
		r = byAlias[w.Paths[0].Table]
	}
	own := slices.ContainsFunc(w.Columns, func(c searchlight.WorksheetColumn) bool { return c.Name == name }) ||
		slices.ContainsFunc(w.Formulas, func(f searchlight.Formula) bool { return f.Name == name || f.ID == name })
	if r == nil || own || r.column(name) == name {
		return []string{name}
	}
	return []string{w.Paths[0].ID, r.column(name)}
}

// splitColumnID splits PATH::Column after the first path that is known, which
// is asked for in lower case.
func splitColumnID(id string, known func(path string) bool) (path, column string, ok bool) {
	for i := range id {
		if strings.HasPrefix(id[i:], "::") && known(strings.ToLower(id[:i])) {
			return id[:i], id[i+2:], true
		}
	}
	return "", "", false
}

// rewriteFormula gives the references of a formula new parts, in place, so
// that all else stays as its author wrote it.
func rewriteFormula(text string, rewrite func(parts []string) []string) string {
	node, ds := formula.Parse(text)
	if ds.HasErrors() {
		return text
	}
	return rewriteReferences(text, node, func(ref *formula.Ref) []string { return rewrite(ref.Parts) })
}

// rewriteReferences does it for a text that was parsed already.
func rewriteReferences(text string, node formula.Node, rewrite func(*formula.Ref) []string) string {
	for _, ref := range slices.Backward(formula.References(node)) {
		if parts := rewrite(ref); !slices.Equal(parts, ref.Parts) {
			text = text[:ref.Span().Start] + formula.Print(&formula.Ref{Parts: parts}) + text[ref.Span().End:]
		}
	}
	return text
}

// canonicalPath is the id of the one path of a table in a file that does not
// name its paths.
func canonicalPath(alias string) string { return alias + "_1" }

// withCanonicalPaths names the paths of a worksheet that was written without
// path ids, where the names of tables serve instead (tml.md 2.3, 2.8).
func withCanonicalPaths(w *searchlight.Worksheet) *searchlight.Worksheet {
	out := *w
	canonical := map[string]string{}
	out.Paths = slices.Clone(w.Paths)
	for i := range out.Paths {
		p := &out.Paths[i]
		p.ID = canonicalPath(p.Table)
		canonical[strings.ToLower(p.Table)] = p.ID
	}
	known := func(path string) bool { return canonical[path] != "" }
	out.Columns = slices.Clone(w.Columns)
	for i := range out.Columns {
		c := &out.Columns[i]
		if path, column, ok := splitColumnID(c.ColumnID, known); ok {
			c.ColumnID = canonical[strings.ToLower(path)] + "::" + column
		}
	}
	out.Formulas = slices.Clone(w.Formulas)
	for i := range out.Formulas {
		out.Formulas[i].Expr = rewriteFormula(out.Formulas[i].Expr, func(parts []string) []string {
			for i := 1; i < len(parts); i++ {
				if id := canonical[strings.ToLower(strings.Join(parts[:i], "::"))]; id != "" {
					return append([]string{id}, parts[i:]...)
				}
			}
			return parts
		})
	}
	out.Filters = slices.Clone(w.Filters)
	for i := range out.Filters {
		f := &out.Filters[i]
		f.ApplyOnTables = slices.Clone(f.ApplyOnTables)
		for k, path := range f.ApplyOnTables {
			if id := canonical[strings.ToLower(path)]; id != "" {
				f.ApplyOnTables[k] = id
			}
		}
	}
	return &out
}
