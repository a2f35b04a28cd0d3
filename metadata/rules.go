package metadata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/model"
)

// ruleWay is a path of a table's rules, followed from table to table.
type ruleWay struct {
	path  searchlight.RulePath
	steps []ruleStep // none: the table itself
	end   model.TableDefinition
}

type ruleStep struct {
	join     searchlight.TableJoin
	from, to model.TableDefinition
}

// ruleWay follows a path from the table with the rules. A problem says why it
// does not lead where it should.
func (c changes) ruleWay(im *importer, own model.TableDefinition, p searchlight.RulePath) (ruleWay, *model.Problem, error) {
	w := ruleWay{path: p, end: own}
	visited := []searchlight.GUID{own.Header.ID}
	wrong := func(code int, format string, args ...any) (ruleWay, *model.Problem, error) {
		return w, &model.Problem{Number: code, Message: fmt.Sprintf(format, args...)}, nil
	}
	for _, name := range p.Joins {
		at := slices.IndexFunc(w.end.Table.Joins, func(j searchlight.TableJoin) bool { return j.Name == name })
		if at < 0 {
			return wrong(codeUnknownName, "<b> %s </b> has no join <b> %s </b>, which the path <b> %s </b> of its row-level security takes.", w.end.Header.Name, name, p.ID)
		}
		join := w.end.Table.Joins[at]
		to, ok, err := c.table(im, join.Destination)
		switch {
		case err != nil:
			return w, nil, err
		case !ok:
			return wrong(codeJoin, "The join <b> %s </b> leads to no table.", name)
		case to.Header.Connection != own.Header.Connection:
			return wrong(codeJoin, "The path <b> %s </b> leads to a table of another connection.", p.ID)
		case slices.Contains(visited, to.Header.ID):
			return wrong(codeJoin, "The path <b> %s </b> leads in a circle.", p.ID)
		}
		visited = append(visited, to.Header.ID)
		w.steps = append(w.steps, ruleStep{join, w.end, to})
		w.end = to
	}
	if w.end.Header.ID != p.Table {
		return wrong(codeJoin, "The path <b> %s </b> ends at <b> %s </b>, but it is a path of another table.", p.ID, w.end.Header.Name)
	}
	return w, nil, nil
}

// checkRules finds what is wrong with rules when a table has them.
func (c changes) checkRules(im *importer, own model.TableDefinition, rules []searchlight.RowRule, paths []searchlight.RulePath) (*model.Problem, error) {
	tables := map[searchlight.GUID]model.TableDefinition{}
	for _, p := range paths {
		w, problem, err := c.ruleWay(im, own, p)
		if err != nil || problem != nil {
			return problem, err
		}
		for _, s := range w.steps {
			tables[s.to.Header.ID] = s.to
		}
	}
	table := *own.Table
	table.Rules, table.RulePaths = rules, paths
	problems := model.CheckRules(model.TableDefinition{Header: own.Header, Table: &table}, tables, "")
	if at := slices.IndexFunc(problems, func(p model.Problem) bool { return !p.Warning }); at >= 0 {
		return &problems[at], nil
	}
	return nil, nil
}

// ruleScope resolves what rules name: columns behind the ids of paths, and
// columns alone, those of the table itself first.
type ruleScope struct {
	prefixes []rulePrefix
	columns  []ruleColumn
}

// rulePrefix is what may stand before :: for the way with an index.
type rulePrefix struct {
	name string
	way  int
}

// ruleColumn is a column by one way; its place in the list numbers it.
type ruleColumn struct {
	way        int
	path, name string
	typ        datatype.Type
	alone      bool // its name says enough
}

var _ formula.Scope = (*ruleScope)(nil)

func newRuleScope(ways []ruleWay) *ruleScope {
	s := &ruleScope{}
	owners := map[string]int{} // how many columns have a name
	for i, w := range ways {
		s.prefixes = append(s.prefixes, rulePrefix{w.path.ID, i})
		for _, c := range w.end.Table.Columns {
			s.columns = append(s.columns, ruleColumn{way: i, path: w.path.ID, name: c.Name, typ: c.Type})
			owners[strings.ToLower(c.Name)]++
		}
	}
	itself := slices.IndexFunc(ways, func(w ruleWay) bool { return len(w.steps) == 0 })
	own := map[string]bool{}
	for i := range s.columns {
		if c := &s.columns[i]; c.way == itself {
			c.alone = true
			own[strings.ToLower(c.name)] = true
		}
	}
	for i := range s.columns {
		c := &s.columns[i]
		key := strings.ToLower(c.name)
		c.alone = c.alone || !own[key] && owners[key] == 1
	}
	return s
}

// Paths implements formula.Scope.
func (s *ruleScope) Paths() []string {
	var names []string
	for _, p := range s.prefixes {
		names = append(names, p.name)
	}
	return names
}

// Names implements formula.Scope.
func (s *ruleScope) Names(path string) []string {
	var names []string
	for _, c := range s.columns {
		if s.holds(path, c) {
			names = append(names, c.name)
		}
	}
	return names
}

func (s *ruleScope) holds(path string, c ruleColumn) bool {
	if path == "" {
		return c.alone
	}
	return slices.Contains(s.prefixes, rulePrefix{path, c.way})
}

// Resolve implements formula.Scope.
func (s *ruleScope) Resolve(path, name string) formula.Resolution {
	for i, c := range s.columns {
		if c.name == name && s.holds(path, c) {
			return formula.Resolution{Expr: expr.Column{ID: expr.ColumnID(i + 1), Name: c.path + "::" + c.name, Typ: c.typ}}
		}
	}
	return formula.Resolution{}
}

// qualified is a rule in which every column stands behind the id of its path,
// so that it means the same when columns come to be later, or tables get other
// names. All else stays as its author wrote it.
func (s *ruleScope) qualified(text string, n formula.Node) string {
	return rewriteReferences(text, n, func(ref *formula.Ref) []string {
		e, _ := formula.Check(ref, s)
		column, ok := e.(expr.Column)
		if !ok {
			return ref.Parts
		}
		c := s.columns[column.ID-1]
		return []string{c.path, c.name}
	})
}

// renameRules rewrites the rules of a table for what happens to the columns of
// the tables that they reach.
func renameRules(rules []searchlight.RowRule, paths []searchlight.RulePath, names func(searchlight.GUID) *renames) []searchlight.RowRule {
	byPath := map[string]*renames{}
	for _, p := range paths {
		byPath[p.ID] = names(p.Table)
	}
	out := slices.Clone(rules)
	for i := range out {
		out[i].Expr = rewriteFormula(out[i].Expr, func(parts []string) []string {
			if r := byPath[parts[0]]; r != nil && len(parts) == 2 {
				return []string{parts[0], r.column(parts[1])}
			}
			return parts
		})
	}
	return out
}

// ruleMeanings says for each rule of a table, by name, what it asks of which
// physical columns, in a form that does not depend on what things are called.
// As long as it stays the same, the rule lets the same rows through.
func (c changes) ruleMeanings(im *importer, own model.TableDefinition, rules []searchlight.RowRule, paths []searchlight.RulePath) (map[string]string, error) {
	ways := map[string]*ruleWay{}
	for _, p := range paths {
		w, problem, err := c.ruleWay(im, own, p)
		if err != nil {
			return nil, err
		}
		if problem == nil {
			ways[p.ID] = &w
		}
	}
	meanings := map[string]string{}
	for _, rule := range rules {
		meanings[rule.Name] = physicalPlace(own) + ": " + rewriteFormula(rule.Expr, func(parts []string) []string {
			w := ways[parts[0]]
			if w == nil || len(parts) != 2 {
				return parts // broken, and different when it is mended
			}
			column, ok := physicalNames(w.end).columns[strings.ToLower(parts[1])]
			if !ok {
				column = "missing " + parts[1]
			}
			return []string{w.meaning(), column}
		})
	}
	return meanings, nil
}

func (w *ruleWay) meaning() string {
	var b strings.Builder
	for _, s := range w.steps {
		from, to := physicalNames(s.from), physicalNames(s.to)
		fmt.Fprintf(&b, "%s on %s, ", to.to, renameOn(s.join.On, func(object string) *renames {
			if object == from.from {
				return from
			}
			return to
		}))
	}
	return b.String() + physicalPlace(w.end)
}

// physicalNames renames a table and its columns to what they are in the
// database.
func physicalNames(t model.TableDefinition) *renames {
	r := &renames{from: t.Header.Name, to: physicalPlace(t), columns: map[string]string{}}
	for _, c := range t.Table.Columns {
		r.columns[strings.ToLower(c.Name)] = c.PhysicalName
	}
	return r
}

func physicalPlace(t model.TableDefinition) string {
	h := t.Header
	return fmt.Sprintf("%s %q.%q.%q", h.Connection, h.Database, h.Schema, h.PhysicalTable)
}
