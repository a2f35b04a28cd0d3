package model

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/source"
)

// rules compiles the row-level security rules of every node, after all nodes
// are there.
func (c *compiler) rules() {
	for i := range c.m.Nodes {
		n := &c.m.Nodes[i]
		if len(c.byTable[n.ID].Table.Rules) > 0 {
			n.Rules = c.nodeRules(n.ID)
		}
	}
}

// HasRules reports whether not everybody may see all rows.
func (m *Model) HasRules() bool {
	return slices.ContainsFunc(m.Nodes, func(n Node) bool { return n.Rules != nil })
}

// AsksWho reports whether an answer can depend on who asks: by rules, or by
// formulas that name properties of the person.
func (m *Model) AsksWho() bool {
	return m.HasRules() || slices.ContainsFunc(m.Columns, func(c Column) bool { return expr.AsksWho(c.Expr) }) ||
		slices.ContainsFunc(m.Filters, func(f Filter) bool { return expr.AsksWho(f.Expr) })
}

// SameRules reports whether the rules of another version of the model are those
// of this one.
func (m *Model) SameRules(other *Model) bool {
	return slices.EqualFunc(m.Nodes, other.Nodes, func(x, y Node) bool {
		return x.Table == y.Table && x.Place == y.Place && reflect.DeepEqual(x.Rules, y.Rules)
	}) && reflect.DeepEqual(m.RuleTables, other.RuleTables)
}

// nodeRules compiles the rules of a node. Their problems are not the model's.
func (c *compiler) nodeRules(n NodeID) *Rules {
	before := c.problems
	c.problems = nil
	defer func() { c.problems = before }()
	r := &Rules{}
	scope := c.ruleScope(n, "")
	for i, rule := range c.byTable[n].Table.Rules {
		e, ds := formula.CompileRule(rule.Expr, scope)
		c.diagnose("rules"+ordinal(i), "", nil, ds)
		r.Any = append(r.Any, e)
	}
	if slices.ContainsFunc(c.problems, func(p Problem) bool { return !p.Warning }) {
		return &Rules{Broken: true}
	}
	return r
}

// CheckRules verifies the row-level security rules of a table, and the paths
// that they use, against the table and those that its joins lead to. path is
// where the rules stand in the definition.
func CheckRules(t TableDefinition, tables map[searchlight.GUID]TableDefinition, path string) []Problem {
	c := &compiler{m: &Model{byName: map[string]int{}}, byTable: map[NodeID]TableDefinition{}, tables: tables}
	scope := c.ruleScope(c.addNode(t.Header.Name, t), path)
	for i, rule := range t.Table.Rules {
		_, ds := formula.CompileRule(rule.Expr, scope)
		c.diagnose(path+"->rules"+ordinal(i)+"->expr", "The rule "+bold(rule.Name)+" cannot be used: ", source.NewText("", rule.Expr), ds)
	}
	return c.problems
}

// ruleScope resolves what the rules of a node name: columns of its own table,
// alone or after the table's name, and columns that a path leads to.
type ruleScope struct {
	c     *compiler
	own   NodeID
	paths []string
	ends  map[string]NodeID // by path
}

var _ formula.Scope = (*ruleScope)(nil)

// ruleScope adds the rule tables that the paths of a node lead through. Paths
// that begin with the same joins share their tables, as those of a worksheet.
func (c *compiler) ruleScope(n NodeID, at string) *ruleScope {
	s := &ruleScope{c: c, own: n, ends: map[string]NodeID{}}
	t := c.byTable[n]
	ways := map[string]NodeID{}
	for i, p := range t.Table.RulePaths {
		where := at + "->table_paths" + ordinal(i)
		end, ok := c.ruleWay(n, p, ways, where)
		switch _, taken := s.ends[p.ID]; {
		case taken:
			c.problem(Problem{Number: 14904, Path: where + "->id", Message: "Multiple table paths have the same name " + bold(p.ID)})
		case ok:
			s.add(p.ID, end)
		}
	}
	if name := t.Header.Name; !slices.Contains(s.paths, name) {
		s.add(name, n)
	}
	return s
}

func (s *ruleScope) add(path string, n NodeID) {
	s.paths = append(s.paths, path)
	s.ends[path] = n
}

// ruleWay follows the joins of a path and returns the role that it ends at.
func (c *compiler) ruleWay(n NodeID, p searchlight.RulePath, ways map[string]NodeID, where string) (NodeID, bool) {
	at, key := n, ""
	for i, name := range p.Joins {
		from := c.byTable[at]
		k := slices.IndexFunc(from.Table.Joins, func(j searchlight.TableJoin) bool { return j.Name == name })
		if k < 0 {
			c.problem(Problem{Number: 14906, Path: where + "->join_path", Message: fmt.Sprintf("%s has no join %s", bold(from.Header.Name), bold(name))})
			return 0, false
		}
		j := from.Table.Joins[k]
		to, ok := c.tables[j.Destination]
		switch {
		case !ok:
			c.problem(Problem{Number: 14502, Path: where + "->join_path", Message: fmt.Sprintf("The table that the join %s leads to is not found", bold(name))})
			return 0, false
		case to.Header.Connection != from.Header.Connection:
			c.problem(Problem{Number: 14909, Path: where + "->join_path",
				Message: "All tables of a rule must come from one connection; " + bold(to.Header.Name) + " comes from another"})
			return 0, false
		}
		key = wayKey(key, []string{name})
		if known, ok := ways[key]; ok {
			at = known
			continue
		}
		path := "rule:" + c.m.Nodes[n].Path + ">" + strings.Join(p.Joins[:i+1], ">")
		next := RuleTable{Node: newNode(NodeID(len(c.m.Nodes)+len(c.m.RuleTables)), path, to.Header), From: at}
		c.m.RuleTables = append(c.m.RuleTables, next)
		c.addPhysical(next.ID, to)
		ends := [2]joinEnd{{[]string{from.Header.Name}, at}, {[]string{to.Header.Name}, next.ID}}
		on, _, ok := c.joinCondition(j.On, ends, where+"->join_path")
		if !ok {
			return 0, false
		}
		c.m.RuleTable(next.ID).On = on
		at, ways[key] = next.ID, next.ID
	}
	if c.m.Node(at).Table != p.Table {
		c.problem(Problem{Number: 14909, Path: where + "->join_path",
			Message: fmt.Sprintf("The path %s leads to %s and not to its table", bold(p.ID), bold(c.m.Node(at).Name))})
		return 0, false
	}
	return at, true
}

// Paths implements formula.Scope.
func (s *ruleScope) Paths() []string { return s.paths }

// Names implements formula.Scope.
func (s *ruleScope) Names(path string) []string {
	n, ok := s.end(path)
	if !ok {
		return nil
	}
	var out []string
	for _, p := range s.c.m.ColumnsOf(n) {
		out = append(out, p.Name)
	}
	return out
}

// Resolve implements formula.Scope.
func (s *ruleScope) Resolve(path, name string) formula.Resolution {
	if n, ok := s.end(path); ok {
		for _, p := range s.c.m.ColumnsOf(n) {
			if p.Name == name {
				return formula.Resolution{Expr: s.c.m.column(p.ID)}
			}
		}
	}
	return formula.Resolution{}
}

func (s *ruleScope) end(path string) (NodeID, bool) {
	if path == "" {
		return s.own, true
	}
	n, ok := s.ends[path]
	return n, ok
}
