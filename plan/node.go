package plan

import (
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
)

// Plan is a whole query.
type Plan struct {
	Root    Node
	Outputs []Output    // in order; each a column of Root
	Query   *bind.Query // that it answers
}

// Output is a column of the result.
type Output struct {
	ID   expr.ColumnID
	Name string
	Type datatype.Type
}

// Node is an operation. The kinds, in the order in which they are listed
// everywhere: Scan, Secure, Fence, Join, SemiJoin, Filter, Project, Distinct, Aggregate,
// Merge, Rank, Sort, Limit.
type Node interface {
	// Columns are the columns of the node's rows, in order.
	Columns() []Column
	// Grain says what a row of the node stands for.
	Grain() Grain
	// Inputs are the nodes beneath.
	Inputs() []Node
}

// Column is a column that a node gives.
type Column struct {
	ID   expr.ColumnID
	Name string // for people who read plans
	Type datatype.Type
}

// Grain says what a row stands for.
type Grain struct {
	Kind GrainKind
	Node model.NodeID // of GrainTable
	Path string       // of Node, for people who read plans
}

// GrainKind is the kind of a Grain.
type GrainKind uint8

// The kinds of grain.
const (
	// GrainTable: one row for each row of a table, or for a part of them.
	// Joined tables add columns to it but never repeat it.
	GrainTable GrainKind = iota
	// GrainGroup: one row for each combination of the grouping columns.
	GrainGroup
	// GrainMixed: rows of tables repeat each other. Nothing that duplicates
	// change may be aggregated here.
	GrainMixed
)

// String prints the grain.
func (g Grain) String() string {
	switch g.Kind {
	case GrainTable:
		return g.Path
	case GrainGroup:
		return "group"
	}
	return "mixed"
}

// Scan reads a table.
type Scan struct {
	Node  model.NodeID
	Path  string
	Place model.Place
	Cols  []ScanColumn
}

// ScanColumn is a column read from a table.
type ScanColumn struct {
	Column
	Physical string // name in the database
}

// Secure keeps the rows of a table that the person may see: those for which
// any alternative holds (security.md 4). It stands directly on the Scan.
type Secure struct {
	Input *Scan
	Any   []Alternative
}

// Alternative holds for a row that meets Cond and for which each of Exists
// does.
type Alternative struct {
	Cond   expr.Expr
	Exists []Exists
}

// Exists holds for a row for which Sub has a row that meets On, which may refer
// to columns of both.
type Exists struct {
	Sub Node
	On  expr.Expr
}

// Fence gives the rows of its input, and keeps the database from looking at
// others: conditions above it are not evaluated on rows beneath it, where one
// that fails on a row would tell that the row is there.
type Fence struct {
	Input Node
}

// JoinKind says which rows without a partner are kept.
type JoinKind uint8

// The kinds of joins.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
)

var joinNames = [...]string{"inner", "left", "right", "full", "cross"}

// String is the kind in lower case.
func (k JoinKind) String() string { return joinNames[k] }

// Join brings two inputs together row by row.
type Join struct {
	Kind        JoinKind
	Left, Right Node
	On          expr.Expr
	// RightUnique says that a row of Left has at most one partner in Right;
	// LeftUnique the same the other way round.
	RightUnique, LeftUnique bool
}

// SemiJoin keeps the rows of Input for which Sub has a row that meets On,
// which may refer to columns of both. It never repeats a row.
type SemiJoin struct {
	Input, Sub Node
	On         expr.Expr
}

// Filter keeps the rows that meet a condition.
type Filter struct {
	Input Node
	Cond  expr.Expr
}

// Project computes columns.
type Project struct {
	Input Node
	Cols  []Computed
}

// Computed is a column with the expression that gives it.
type Computed struct {
	ID   expr.ColumnID
	Name string
	Expr expr.Expr
}

// Distinct keeps each combination of the input's columns once. When Key, which
// identifies the rows of a table, is among the columns, the rows stand for
// those of that table again, once in each group.
type Distinct struct {
	Input Node
	Of    model.NodeID
	Path  string
	Key   []expr.ColumnID
}

// Aggregate makes one row of each group; without grouping columns one row in
// all.
type Aggregate struct {
	Input Node
	Group []Computed
	Aggs  []AggColumn
}

// AggColumn is an aggregate with the table at whose grain it counts.
type AggColumn struct {
	ID   expr.ColumnID
	Agg  expr.Agg
	Home model.NodeID
}

// Merge brings two grouped inputs together on the attributes that they share,
// null being equal to null.
type Merge struct {
	Kind        JoinKind // InnerJoin, LeftJoin, FullJoin or CrossJoin
	Left, Right Node
	Keys        []MergeKey
}

// MergeKey is a shared attribute: a column of each input, and the column that
// holds the one that is there.
type MergeKey struct {
	Left, Right, ID expr.ColumnID
	Name            string
	Type            datatype.Type
}

// Rank numbers the rows from 1 within each partition in the given order, which
// must be total.
type Rank struct {
	Input     Node
	ID        expr.ColumnID
	Partition []expr.ColumnID
	Order     []SortKey
}

// Sort orders the rows; nulls come last.
type Sort struct {
	Input Node
	Keys  []SortKey
}

// SortKey is a column to sort by.
type SortKey struct {
	ID         expr.ColumnID
	Descending bool
}

// Limit keeps Count rows from the one at Offset on.
type Limit struct {
	Input  Node
	Offset int
	Count  int
}

func tableGrain(n model.NodeID, path string) Grain {
	return Grain{Kind: GrainTable, Node: n, Path: path}
}

// Columns implements Node.
func (s *Scan) Columns() []Column {
	out := make([]Column, len(s.Cols))
	for i, c := range s.Cols {
		out[i] = c.Column
	}
	return out
}

// Columns implements Node.
func (s *Secure) Columns() []Column { return s.Input.Columns() }

// Columns implements Node.
func (f *Fence) Columns() []Column { return f.Input.Columns() }

// Columns implements Node.
func (j *Join) Columns() []Column {
	return append(append([]Column(nil), j.Left.Columns()...), j.Right.Columns()...)
}

// Columns implements Node.
func (s *SemiJoin) Columns() []Column { return s.Input.Columns() }

// Columns implements Node.
func (f *Filter) Columns() []Column { return f.Input.Columns() }

// Columns implements Node.
func (p *Project) Columns() []Column { return computedColumns(p.Cols) }

// Columns implements Node.
func (d *Distinct) Columns() []Column { return d.Input.Columns() }

// Columns implements Node.
func (a *Aggregate) Columns() []Column {
	out := computedColumns(a.Group)
	for _, c := range a.Aggs {
		out = append(out, Column{ID: c.ID, Name: string(c.Agg.Fn), Type: c.Agg.Typ})
	}
	return out
}

// Columns implements Node: the shared attributes, then what each side has
// besides.
func (m *Merge) Columns() []Column {
	shared := map[expr.ColumnID]bool{}
	var out []Column
	for _, k := range m.Keys {
		shared[k.Left], shared[k.Right] = true, true
		out = append(out, Column{ID: k.ID, Name: k.Name, Type: k.Type})
	}
	for _, side := range []Node{m.Left, m.Right} {
		for _, c := range side.Columns() {
			if !shared[c.ID] {
				out = append(out, c)
			}
		}
	}
	return out
}

// Columns implements Node.
func (r *Rank) Columns() []Column {
	return append(append([]Column(nil), r.Input.Columns()...), Column{ID: r.ID, Name: "rank", Type: datatype.Int64})
}

// Columns implements Node.
func (s *Sort) Columns() []Column { return s.Input.Columns() }

// Columns implements Node.
func (l *Limit) Columns() []Column { return l.Input.Columns() }

func computedColumns(cols []Computed) []Column {
	out := make([]Column, len(cols))
	for i, c := range cols {
		out[i] = Column{ID: c.ID, Name: c.Name, Type: c.Expr.Type()}
	}
	return out
}

// Grain implements Node.
func (s *Scan) Grain() Grain { return tableGrain(s.Node, s.Path) }

// Grain implements Node.
func (s *Secure) Grain() Grain { return s.Input.Grain() }

// Grain implements Node.
func (f *Fence) Grain() Grain { return f.Input.Grain() }

// Grain implements Node: that of the side which the join does not repeat.
func (j *Join) Grain() Grain {
	switch {
	case j.RightUnique:
		return j.Left.Grain()
	case j.LeftUnique:
		return j.Right.Grain()
	}
	return Grain{Kind: GrainMixed}
}

// Grain implements Node.
func (s *SemiJoin) Grain() Grain { return s.Input.Grain() }

// Grain implements Node.
func (f *Filter) Grain() Grain { return f.Input.Grain() }

// Grain implements Node.
func (p *Project) Grain() Grain { return p.Input.Grain() }

// Grain implements Node.
func (d *Distinct) Grain() Grain {
	if len(d.Key) > 0 {
		return tableGrain(d.Of, d.Path)
	}
	return Grain{Kind: GrainGroup}
}

// Grain implements Node.
func (a *Aggregate) Grain() Grain { return Grain{Kind: GrainGroup} }

// Grain implements Node.
func (m *Merge) Grain() Grain { return Grain{Kind: GrainGroup} }

// Grain implements Node.
func (r *Rank) Grain() Grain { return r.Input.Grain() }

// Grain implements Node.
func (s *Sort) Grain() Grain { return s.Input.Grain() }

// Grain implements Node.
func (l *Limit) Grain() Grain { return l.Input.Grain() }

// Inputs implements Node.
func (s *Scan) Inputs() []Node { return nil }

// Inputs implements Node.
func (s *Secure) Inputs() []Node {
	inputs := []Node{s.Input}
	for _, a := range s.Any {
		for _, e := range a.Exists {
			inputs = append(inputs, e.Sub)
		}
	}
	return inputs
}

// Inputs implements Node.
func (f *Fence) Inputs() []Node { return []Node{f.Input} }

// Inputs implements Node.
func (j *Join) Inputs() []Node { return []Node{j.Left, j.Right} }

// Inputs implements Node.
func (s *SemiJoin) Inputs() []Node { return []Node{s.Input, s.Sub} }

// Inputs implements Node.
func (f *Filter) Inputs() []Node { return []Node{f.Input} }

// Inputs implements Node.
func (p *Project) Inputs() []Node { return []Node{p.Input} }

// Inputs implements Node.
func (d *Distinct) Inputs() []Node { return []Node{d.Input} }

// Inputs implements Node.
func (a *Aggregate) Inputs() []Node { return []Node{a.Input} }

// Inputs implements Node.
func (m *Merge) Inputs() []Node { return []Node{m.Left, m.Right} }

// Inputs implements Node.
func (r *Rank) Inputs() []Node { return []Node{r.Input} }

// Inputs implements Node.
func (s *Sort) Inputs() []Node { return []Node{s.Input} }

// Inputs implements Node.
func (l *Limit) Inputs() []Node { return []Node{l.Input} }
