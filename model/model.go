package model

import (
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

	physical []Physical
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
}

// Column is a column that the source shows.
type Column struct {
	ID          searchlight.GUID
	Name        string
	Role        datatype.Role
	Aggregation datatype.Aggregation // of a measure, never the default
	Type        datatype.Type
	Expr        expr.Expr // of a row; of a group when Aggregated
	Aggregated  bool      // a formula that aggregates by itself
	Formula     string    // name of the formula behind it, empty for a plain column
	Path        string    // of a plain column
	Nodes       NodeSet   // that Expr reads
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

// Lookup finds a shown column by display name: exactly, then ignoring case and
// outer blanks.
func (m *Model) Lookup(name string) (*Column, bool) {
	i, ok := m.byName[strings.ToLower(name)]
	if !ok {
		i, ok = m.byName[strings.ToLower(strings.TrimSpace(name))]
	}
	if !ok {
		return nil, false
	}
	return &m.Columns[i], true
}

// PathOf is the id of the path that a name means: a path's id, or the alias of
// a table in one role, ignoring case. It is empty when there is none.
func (m *Model) PathOf(name string) string {
	if n, ok := m.paths[strings.ToLower(name)]; ok {
		return m.Nodes[n].Path
	}
	return ""
}

// ColumnNames lists the names of the columns that are not hidden.
func (m *Model) ColumnNames() []string {
	var names []string
	for _, c := range m.Columns {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
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

// Problem is something in a definition that keeps it from being a model.
type Problem struct {
	Warning    bool
	Number     int    // error code of tml.md 3.7
	Path       string // such as worksheet->formulas(2nd)->expr
	Message    string
	Text       *source.Text       // of an expression, else nil
	Diagnostic *source.Diagnostic // within Text
}
