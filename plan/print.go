package plan

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/expr"
)

// String prints the plan as an indented tree, each node with its grain, the
// form that goldens use.
func (p *Plan) String() string {
	var b strings.Builder
	for _, o := range p.Outputs {
		fmt.Fprintf(&b, "output #%d %q %s\n", o.ID, o.Name, strings.ToLower(o.Type.String()))
	}
	printNode(&b, p.Root, 0)
	return b.String()
}

func printNode(b *strings.Builder, n Node, depth int) {
	fmt.Fprintf(b, "%s%s  [%s]\n", strings.Repeat("  ", depth), describe(n), n.Grain())
	for _, in := range n.Inputs() {
		printNode(b, in, depth+1)
	}
}

func describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		cols := make([]string, len(n.Cols))
		for i, c := range n.Cols {
			cols[i] = fmt.Sprintf("%s#%d", c.Physical, c.ID)
		}
		return fmt.Sprintf("scan %s as %s (%s)", n.Place.Table, n.Path, strings.Join(cols, ", "))
	case *Secure:
		return "secure " + alternatives(n.Any)
	case *Fence:
		return "fence"
	case *Join:
		return fmt.Sprintf("join %s %s on %s", n.Kind, multiplicity(n), n.On)
	case *SemiJoin:
		return fmt.Sprintf("semijoin on %s", n.On)
	case *Filter:
		return fmt.Sprintf("filter %s", n.Cond)
	case *Project:
		return "project " + computed(n.Cols)
	case *Distinct:
		return "distinct key " + ids(n.Key)
	case *Aggregate:
		aggs := make([]string, len(n.Aggs))
		for i, a := range n.Aggs {
			aggs[i] = fmt.Sprintf("#%d = %s", a.ID, a.Agg)
		}
		return fmt.Sprintf("aggregate by (%s) of (%s)", computed(n.Group), strings.Join(aggs, ", "))
	case *Merge:
		keys := make([]string, len(n.Keys))
		for i, k := range n.Keys {
			keys[i] = fmt.Sprintf("#%d = #%d ~ #%d", k.ID, k.Left, k.Right)
		}
		return fmt.Sprintf("merge %s on (%s)", n.Kind, strings.Join(keys, ", "))
	case *Rank:
		return fmt.Sprintf("rank #%d partition (%s) order (%s)", n.ID, ids(n.Partition), sortKeys(n.Order))
	case *Sort:
		return "sort " + sortKeys(n.Keys)
	case *Limit:
		return fmt.Sprintf("limit %d offset %d", n.Count, n.Offset)
	}
	return fmt.Sprintf("unknown node %T", n)
}

// alternatives prints conditions; each exists is an input of the node, in order.
func alternatives(any []Alternative) string {
	if len(any) == 0 {
		return "none"
	}
	parts := make([]string, len(any))
	for i, a := range any {
		parts[i] = a.Cond.String()
		for _, e := range a.Exists {
			parts[i] += fmt.Sprintf(" and exists on %s", e.On)
		}
	}
	return strings.Join(parts, " or ")
}

func multiplicity(j *Join) string {
	side := func(unique bool) string {
		if unique {
			return "one"
		}
		return "many"
	}
	return side(j.LeftUnique) + ":" + side(j.RightUnique)
}

func computed(cols []Computed) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = fmt.Sprintf("#%d = %s", c.ID, c.Expr)
	}
	return strings.Join(parts, ", ")
}

func ids(list []expr.ColumnID) string {
	parts := make([]string, len(list))
	for i, id := range list {
		parts[i] = fmt.Sprintf("#%d", id)
	}
	return strings.Join(parts, ", ")
}

func sortKeys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("#%d", k.ID)
		if k.Descending {
			parts[i] += " desc"
		}
	}
	return strings.Join(parts, ", ")
}
