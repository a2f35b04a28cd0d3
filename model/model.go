package model

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/source"
)

// NodeID numbers the nodes of a model from 0.
type NodeID int

// Model is a compiled data source. Its slices must not be changed.
type Model struct {
	ID          searchlight.GUID
	Name        string
	Kind        searchlight.Subtype
	Connection  searchlight.GUID
	Progressive bool // join only the tables that a search touches

	Nodes   []Node
	Edges   []Edge
	Columns []Column // what the source shows, in order
	Filters []Filter // always in force
	// RuleTables are read by row-level security rules and by nothing else: no
	// join of the model leads to them. Their ids follow those of Nodes.
	RuleTables []RuleTable

	physical []Physical
	first    []int             // by node: where its columns begin in physical
	paths    map[string]NodeID // lower case ids of paths, and aliases of tables in one role
	byName   map[string]int
	reach    []NodeSet   // by node: itself and what its rows determine
	via      [][]edgeEnd // by node, by reached node: the last step of the way there
}

// Node is a table in one role.
type Node struct {
	ID    NodeID
	Path  string // id of the table path, unique in the model
	Table searchlight.GUID
	Name  string // display name of the table
	Place Place
	Rules *Rules // nil: everybody may see all rows
}

// Rules say who may see which rows of a node (security.md 4.1).
type Rules struct {
	// Any lists conditions of which one has to be true for a row. Each is over
	// columns of the node and of rule tables, with an expr.Principal for what
	// is known of the person who asks.
	Any []expr.Expr
	// Broken says that a rule has no meaning any more, so that nobody whom the
	// rules concern may see anything.
	Broken bool
}

// RuleTable is a table in the role in which the rules of one node look at it:
// its rows that belong to a row of From are looked at together.
type RuleTable struct {
	Node
	From NodeID // the node with the rules, or another rule table
	On   expr.Expr
}

// Place says where a physical table is.
type Place struct {
	Database, Schema, Table string
}

// Edge is a join between two roles, from the source of the join as it was
// defined to its destination.
type Edge struct {
	From, To NodeID
	Name     string
	Type     searchlight.JoinType
	On       expr.Expr
	Keys     []KeyPair // the equalities of On
	// ToUnique says that a row of From has at most one partner in To;
	// FromUnique the same the other way round.
	ToUnique, FromUnique bool
}

// KeyPair is an equality between a column of each end of an edge.
type KeyPair struct {
	From, To expr.ColumnID
}

// Physical is a column of a table in one role.
type Physical struct {
	ID     expr.ColumnID
	Node   NodeID
	Name   string // display name in the table
	Column string // name in the database
	Type   datatype.Type
	Source searchlight.GUID // of the table's column
}

// Column is a column that the source shows.
type Column struct {
	ID          searchlight.GUID
	Name        string
	Role        datatype.Role
	Aggregation datatype.Aggregation // of a measure, never the default
	Type        datatype.Type
	Expr        expr.Expr          // of a row; of a group when Aggregated
	Aggregated  bool               // a formula that aggregates by itself
	Formula     string             // name of the formula behind it, empty for a plain column
	Path        string             // of a plain column
	Nodes       NodeSet            // that Expr reads
	Sources     []searchlight.GUID // the tables' columns that Expr reads, each once
	Hidden      bool
	Synonyms    []string
	Casing      string // UPPER or LOWER: values have this case, compare without folding
	DateBucket  string // default_date_bucket, AUTO when not set
	// Attribution false takes the column out of what facts share.
	Attribution bool
}

// Filter is a condition of the source itself.
type Filter struct {
	Expr  expr.Expr
	Nodes NodeSet
	Paths []string // acts only when one of these is used; empty: always
}

// Lookup finds a shown column by display name, ignoring case: with its outer
// blanks, then without.
func (m *Model) Lookup(name string) (*Column, bool) {
	return m.LookupAmong(name, nil)
}

// LookupAmong is Lookup in a model that shows only the columns for which
// visible is true; nil stands for all.
func (m *Model) LookupAmong(name string, visible func(*Column) bool) (*Column, bool) {
	for _, key := range []string{name, strings.TrimSpace(name)} {
		if i, ok := m.byName[strings.ToLower(key)]; ok && (visible == nil || visible(&m.Columns[i])) {
			return &m.Columns[i], true
		}
	}
	return nil, false
}

// PathOf is the id of the path that a name means: a path's id, or the alias of
// a table in one role, ignoring case. It is empty when there is none.
func (m *Model) PathOf(name string) string {
	if n, ok := m.paths[strings.ToLower(name)]; ok {
		return m.Nodes[n].Path
	}
	return ""
}

// ColumnNames lists the names of the columns that are neither hidden nor, where
// visible is given, invisible.
func (m *Model) ColumnNames(visible func(*Column) bool) []string {
	var names []string
	for i := range m.Columns {
		if c := &m.Columns[i]; !c.Hidden && (visible == nil || visible(c)) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Node is the node or the rule table with an id.
func (m *Model) Node(id NodeID) *Node {
	if int(id) < len(m.Nodes) {
		return &m.Nodes[id]
	}
	return &m.RuleTable(id).Node
}

// RuleTable is the rule table with an id, nil for a node of the model.
func (m *Model) RuleTable(id NodeID) *RuleTable {
	if int(id) < len(m.Nodes) {
		return nil
	}
	return &m.RuleTables[int(id)-len(m.Nodes)]
}

// ColumnsOf lists the physical columns of a node or a rule table, by id.
func (m *Model) ColumnsOf(id NodeID) []Physical {
	end := len(m.physical)
	if int(id)+1 < len(m.first) {
		end = m.first[id+1]
	}
	return m.physical[m.first[id]:end]
}

// Physical is the physical column behind an id, nil for an id that the model
// did not make.
func (m *Model) Physical(id expr.ColumnID) *Physical {
	if id < 1 || int(id) > len(m.physical) {
		return nil
	}
	return &m.physical[id-1]
}

// PhysicalColumns is the number of physical columns; ids above it are free for
// the planner.
func (m *Model) PhysicalColumns() int { return len(m.physical) }

// NodesOf is the set of nodes that e reads.
func (m *Model) NodesOf(e expr.Expr) NodeSet {
	var s NodeSet
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(expr.Column); ok {
			if p := m.Physical(c.ID); p != nil {
				s = s.With(p.Node)
			}
		}
		return true
	})
	return s
}

// sourcesOf lists the columns of tables that e reads.
func (m *Model) sourcesOf(e expr.Expr) []searchlight.GUID {
	var out []searchlight.GUID
	for _, id := range expr.Columns(e) {
		if p := m.Physical(id); !slices.Contains(out, p.Source) {
			out = append(out, p.Source)
		}
	}
	return out
}

// Problem is something in a definition that keeps it from being a model.
type Problem struct {
	Warning    bool
	Number     int    // error code of tml.md 3.7
	Path       string // such as worksheet->formulas(2nd)->expr
	Message    string
	Text       *source.Text       // of an expression, else nil
	Diagnostic *source.Diagnostic // within Text
}
