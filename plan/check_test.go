package plan_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
)

// TestCheck gives the checker plans that are wrong.
func TestCheck(t *testing.T) {
	scan := func(n model.NodeID, ids ...expr.ColumnID) *plan.Scan {
		s := &plan.Scan{Node: n, Path: []string{"t", "u"}[n]}
		for _, id := range ids {
			s.Cols = append(s.Cols, plan.ScanColumn{Column: plan.Column{ID: id, Type: datatype.Int64}})
		}
		return s
	}
	col := func(id expr.ColumnID) expr.Column { return expr.Column{ID: id, Name: "x", Typ: datatype.Int64} }
	sum := func(id expr.ColumnID, home model.NodeID, fn expr.AggFunc) []plan.AggColumn {
		return []plan.AggColumn{{ID: 9, Agg: expr.Agg{Fn: fn, Arg: col(id), Typ: datatype.Int64}, Home: home}}
	}
	on := expr.Compare(expr.OpEq, col(1), col(2))
	fan := &plan.Join{Left: scan(0, 1), Right: scan(1, 2), On: on, RightUnique: true}
	mixed := &plan.Join{Left: scan(0, 1), Right: scan(1, 2), On: on}
	for _, test := range []struct {
		name    string
		root    plan.Node
		outputs []plan.Output
		want    string
	}{
		{"good", &plan.Aggregate{Input: fan, Aggs: sum(1, 0, expr.AggSum)}, []plan.Output{{ID: 9}}, ""},
		{"fan", &plan.Aggregate{Input: fan, Aggs: sum(2, 1, expr.AggSum)}, nil, "counts rows of t at the grain of node 1"},
		{"fan of a maximum", &plan.Aggregate{Input: fan, Aggs: sum(2, 1, expr.AggMax)}, nil, ""},
		{"many to many", &plan.Aggregate{Input: mixed, Aggs: sum(1, 0, expr.AggCount)}, nil, "counts rows of mixed at the grain of node 0"},
		{"of groups", &plan.Aggregate{Input: &plan.Distinct{Input: fan}, Aggs: sum(1, 0, expr.AggAverage)}, nil, "counts rows of group"},
		{"made distinct", &plan.Aggregate{Input: &plan.Distinct{Input: mixed, Of: 1, Key: []expr.ColumnID{2}}, Aggs: sum(2, 1, expr.AggSum)}, nil, ""},
		{"output", scan(0, 1), []plan.Output{{ID: 3, Name: "gone"}}, `output "gone" reads #3`},
		{"filter", &plan.Filter{Input: scan(0, 1), Cond: on}, nil, "filter eq(x#1, x#2) reads #2"},
		{"join", &plan.Join{Left: scan(0, 1), Right: scan(1, 3), On: on}, nil, "reads #2"},
		{"semijoin", &plan.SemiJoin{Input: scan(0, 1), Sub: scan(1, 3), On: on}, nil, "reads #2"},
		{"project", &plan.Project{Input: scan(0, 1), Cols: []plan.Computed{{ID: 5, Expr: col(2)}}}, nil, "reads #2"},
		{"distinct", &plan.Distinct{Input: scan(0, 1), Key: []expr.ColumnID{2}}, nil, "reads #2"},
		{"group", &plan.Aggregate{Input: scan(0, 1), Group: []plan.Computed{{ID: 5, Expr: col(2)}}}, nil, "reads #2"},
		{"aggregate", &plan.Aggregate{Input: scan(0, 1), Aggs: sum(2, 0, expr.AggSum)}, nil, "reads #2"},
		{"merge", &plan.Merge{Left: scan(0, 1), Right: scan(1, 2), Keys: []plan.MergeKey{{Left: 1, Right: 3, ID: 5}}}, nil, "reads #3"},
		{"rank", &plan.Rank{Input: scan(0, 1), ID: 5, Partition: []expr.ColumnID{2}}, nil, "reads #2"},
		{"rank order", &plan.Rank{Input: scan(0, 1), ID: 5, Order: []plan.SortKey{{ID: 2}}}, nil, "reads #2"},
		{"sort", &plan.Sort{Input: scan(0, 1), Keys: []plan.SortKey{{ID: 2}}}, nil, "reads #2"},
		{"twice", &plan.Join{Left: scan(0, 1, 2), Right: scan(1, 2), On: on}, nil, "gives #2 twice"},
		{"beneath", &plan.Limit{Input: &plan.Sort{Input: scan(0, 1), Keys: []plan.SortKey{{ID: 2}}}}, nil, "reads #2"},
	} {
		err := plan.Check(&plan.Plan{Root: test.root, Outputs: test.outputs})
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// TestBuildIsDeterministic plans each golden search many times.
func TestBuildIsDeterministic(t *testing.T) {
	texts, models := golden.Searches()
	for i, text := range texts {
		m := golden.Model(t, models[i])
		first, _ := golden.Plan(t, m, text)
		for range 5 {
			if again, _ := golden.Plan(t, m, text); first != nil && again.String() != first.String() {
				t.Fatalf("%s is planned as\n%sand as\n%s", text, first, again)
			}
		}
	}
}
