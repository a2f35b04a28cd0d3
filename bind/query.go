package bind

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/source"
)

// Query is a search in terms of the model. It is immutable.
type Query struct {
	Model   *model.Model
	Outputs []Output    // in the order of the result: attributes first
	Where   []Filter    // on rows, all of them in force
	Having  []expr.Expr // on groups, all of them in force
	Top     *Top        // nil: all rows
	Order   []Order     // as asked for; the planner makes it total
	// Visible says which columns messages may name; nil stands for all.
	Visible func(*model.Column) bool
	// Rules say which rows of a node with rules the person may see. What reads a
	// node reads those rows alone, and of all nodes only rows that have a partner
	// in each node with rules that they determine.
	Rules map[model.NodeID]Rows
}

// Output is a column of the result.
type Output struct {
	Name    string // unique in the query
	Grouped bool   // an attribute, by which rows are grouped; else an aggregate
	Expr    expr.Expr
	// Attribution false: facts do not share this attribute.
	Attribution bool
	Span        source.Span // of its first mention
}

// Filter is a condition on rows.
type Filter struct {
	Expr  expr.Expr
	Nodes model.NodeSet
	Label string // names of the columns, for messages
	// Given says that a person or program asked for it in this search, rather
	// than the model; only then does it decide which groups exist.
	Given bool
	Paths []string    // of a model filter: acts only when one of these is used
	Span  source.Span // of a given filter
}

// Top keeps the first rows by one output.
type Top struct {
	N         int
	Ascending bool
	By        int   // index of an output
	Partition []int // outputs for each combination of which N rows are kept; empty: in all
}

// Order is a key by which rows are sorted.
type Order struct {
	Output     int
	Descending bool
}

// String prints the query one line a part, the form that goldens use.
func (q *Query) String() string {
	var b strings.Builder
	for _, o := range q.Outputs {
		kind := "measure"
		if o.Grouped {
			kind = "attribute"
		}
		fmt.Fprintf(&b, "%s %q: %s = %s\n", kind, o.Name, typeName(o.Expr.Type()), o.Expr)
	}
	for _, f := range q.Where {
		origin := "where"
		if !f.Given {
			origin = "model"
		}
		fmt.Fprintf(&b, "%s: %s\n", origin, f.Expr)
	}
	for _, n := range slices.Sorted(maps.Keys(q.Rules)) {
		fmt.Fprintf(&b, "rows of %s: %s\n", q.Model.Nodes[n].Path, q.Rules[n])
	}
	for _, h := range q.Having {
		fmt.Fprintf(&b, "having: %s\n", h)
	}
	if t := q.Top; t != nil {
		direction := "descending"
		if t.Ascending {
			direction = "ascending"
		}
		fmt.Fprintf(&b, "top: %d by %q %s", t.N, q.Outputs[t.By].Name, direction)
		for _, p := range t.Partition {
			fmt.Fprintf(&b, " for each %q", q.Outputs[p].Name)
		}
		b.WriteString("\n")
	}
	for _, o := range q.Order {
		direction := "ascending"
		if o.Descending {
			direction = "descending"
		}
		fmt.Fprintf(&b, "order: %q %s\n", q.Outputs[o.Output].Name, direction)
	}
	return b.String()
}

func typeName(t datatype.Type) string { return strings.ToLower(t.String()) }
