package plan

import (
	"fmt"

	"github.com/searchlight-bi/searchlight/expr"
)

// Check verifies what every plan must hold: expressions read only columns that
// their inputs give, no column is made twice, no aggregate that duplicates
// would change stands above rows that repeat its table's, and no table is read
// past its rules. It returns the first violation, which is a fault of the
// planner and not of the user.
func Check(p *Plan) error {
	if err := checkNode(p.Root); err != nil {
		return err
	}
	if err := checkSecurity(p); err != nil {
		return err
	}
	have := columnsOf(p.Root)
	for _, o := range p.Outputs {
		if !have[o.ID] {
			return fmt.Errorf("plan: output %q reads #%d, which the plan does not give", o.Name, o.ID)
		}
	}
	return nil
}

func columnsOf(nodes ...Node) map[expr.ColumnID]bool {
	have := map[expr.ColumnID]bool{}
	for _, n := range nodes {
		for _, c := range n.Columns() {
			have[c.ID] = true
		}
	}
	return have
}

func checkNode(n Node) error {
	for _, in := range n.Inputs() {
		if err := checkNode(in); err != nil {
			return err
		}
	}
	seen := map[expr.ColumnID]bool{}
	for _, c := range n.Columns() {
		if seen[c.ID] {
			return fmt.Errorf("plan: %s gives #%d twice", describe(n), c.ID)
		}
		seen[c.ID] = true
	}
	have := columnsOf(n.Inputs()...)
	reads := func(list ...expr.ColumnID) error {
		for _, id := range list {
			if !have[id] {
				return fmt.Errorf("plan: %s reads #%d, which its input does not give", describe(n), id)
			}
		}
		return nil
	}
	switch n := n.(type) {
	case *Scan:
		return nil
	case *Secure:
		for _, a := range n.Any {
			if err := reads(expr.Columns(a.Cond)...); err != nil {
				return err
			}
			for _, e := range a.Exists {
				if err := reads(expr.Columns(e.On)...); err != nil {
					return err
				}
			}
		}
		return nil
	case *Fence:
		return nil
	case *Join:
		return reads(expr.Columns(n.On)...)
	case *SemiJoin:
		return reads(expr.Columns(n.On)...)
	case *Filter:
		return reads(expr.Columns(n.Cond)...)
	case *Project:
		return checkComputed(n.Cols, reads)
	case *Distinct:
		return reads(n.Key...)
	case *Aggregate:
		return checkAggregate(n, reads)
	case *Merge:
		for _, k := range n.Keys {
			if err := reads(k.Left, k.Right); err != nil {
				return err
			}
		}
		return nil
	case *Rank:
		if err := reads(n.Partition...); err != nil {
			return err
		}
		return reads(sortIDs(n.Order)...)
	case *Sort:
		return reads(sortIDs(n.Keys)...)
	case *Limit:
		return nil
	}
	return fmt.Errorf("plan: unknown node %T", n)
}

func sortIDs(keys []SortKey) []expr.ColumnID {
	out := make([]expr.ColumnID, len(keys))
	for i, k := range keys {
		out[i] = k.ID
	}
	return out
}

func checkComputed(cols []Computed, reads func(...expr.ColumnID) error) error {
	for _, c := range cols {
		if err := reads(expr.Columns(c.Expr)...); err != nil {
			return err
		}
	}
	return nil
}

func checkAggregate(n *Aggregate, reads func(...expr.ColumnID) error) error {
	if err := checkComputed(n.Group, reads); err != nil {
		return err
	}
	grain := n.Input.Grain()
	for _, a := range n.Aggs {
		if err := reads(expr.Columns(a.Agg)...); err != nil {
			return err
		}
		if a.Home == wholeInput || !a.Agg.Fn.DuplicatesMatter() {
			continue
		}
		if grain.Kind != GrainTable || grain.Node != a.Home {
			return fmt.Errorf("plan: %s counts rows of %s at the grain of node %d", a.Agg, grain, a.Home)
		}
	}
	return nil
}
