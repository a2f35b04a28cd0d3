package model_test

import (
	"fmt"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
)

func rules(list ...string) []searchlight.RowRule {
	var out []searchlight.RowRule
	for i, text := range list {
		out = append(out, searchlight.RowRule{Name: fmt.Sprint(i + 1), Expr: text})
	}
	return out
}

func guardedDeals(list ...string) model.Definition {
	return fixture.WithRules(fixture.DealsDefinition(), map[string][]searchlight.RowRule{"deals": rules(list...)})
}

// TestRules compiles rules and prints what they read.
func TestRules(t *testing.T) {
	for _, test := range []struct {
		rule, want string
	}{
		{"region = ts_groups", "in(fold(deals_1::region#3), fold(ts_groups))"},
		{"[deals_1::region] = ts_groups", "in(fold(deals_1::region#3), fold(ts_groups))"},
		{"[deals::region] = ts_username", "eq(fold(deals_1::region#3), fold(ts_username))"},
		{"[access_1::person] = ts_username", "eq(fold(rule:deals_1>deals_to_access::person#16), fold(ts_username))"},
		{"[teams_1::lead] = ts_username", "eq(fold(rule:deals_1>deals_to_access>access_to_teams::lead#19), fold(ts_username))"},
		{"qty > 1 and true", "and(gt(deals_1::qty#6, 1), true)"},
		{"region = ts_groups extra", "broken"},
		{"region", "broken"},
		{"sum ( qty ) > 1", "broken"},
		{"[nothing] = 1", "broken"},
		{"[goods_1::nothing] = 1", "broken"},
		{"[claims_1::reason] = 'x'", "broken"}, // a path of the worksheet, not of the rules
		{"Markup > 1", "broken"},
	} {
		m, problems := model.Compile(guardedDeals(test.rule))
		if m == nil || len(problems) > 0 {
			t.Fatalf("%s: %+v", test.rule, problems)
		}
		got := "broken"
		if r := m.Nodes[0].Rules; !r.Broken {
			got = fmt.Sprint(r.Any[0])
		}
		if got != test.want {
			t.Errorf("%s means %s, want %s", test.rule, got, test.want)
		}
		if m.Nodes[1].Rules != nil || m.Nodes[2].Rules != nil {
			t.Error("other tables have rules")
		}
	}
}

// TestRuleTablesAreOutsideTheModel shows that searches cannot reach them.
func TestRuleTablesAreOutsideTheModel(t *testing.T) {
	without, _ := model.Compile(fixture.DealsDefinition())
	m, _ := model.Compile(guardedDeals("[access_1::person] = ts_username or [teams_1::lead] = ts_username or [goods_1::category] = ts_groups"))
	if len(m.RuleTables) != 3 || len(m.Nodes) != len(without.Nodes) || len(m.Edges) != len(without.Edges) || len(m.Columns) != len(without.Columns) {
		t.Fatalf("%d rule tables, %d nodes, %d edges, %d columns", len(m.RuleTables), len(m.Nodes), len(m.Edges), len(m.Columns))
	}
	for i, want := range []string{"rule:deals_1>deals_to_access from deals_1 on eq(deals_1::region#3, rule:deals_1>deals_to_access::region#15)",
		"rule:deals_1>deals_to_access>access_to_teams from rule:deals_1>deals_to_access on eq(rule:deals_1>deals_to_access::team#17, rule:deals_1>deals_to_access>access_to_teams::team#18)",
		"rule:deals_1>deals_to_goods from deals_1 on eq(deals_1::product_id#4, rule:deals_1>deals_to_goods::product_id#20)"} {
		r := m.RuleTables[i]
		if got := fmt.Sprintf("%s from %s on %s", r.Path, m.Node(r.From).Path, r.On); got != want || r.ID != model.NodeID(3+i) || m.RuleTable(r.ID).Path != r.Path {
			t.Errorf("rule table %d is %s, want %s", r.ID, got, want)
		}
	}
	for n := range m.Nodes {
		if got, want := m.Reach(model.NodeID(n)).String(), without.Reach(model.NodeID(n)).String(); got != want {
			t.Errorf("node %d reaches %s, want %s", n, got, want)
		}
	}
	total := 0
	for n := range len(m.Nodes) + len(m.RuleTables) {
		for _, p := range m.ColumnsOf(model.NodeID(n)) {
			total++
			if int(p.Node) != n || int(p.ID) != total || p.Source == "" {
				t.Errorf("column %d of node %d is %+v", total, n, p)
			}
		}
	}
	if total != m.PhysicalColumns() {
		t.Errorf("%d columns, want %d", total, m.PhysicalColumns())
	}
}

// TestBypass leaves rules out of a worksheet that says so, and of it alone.
func TestBypass(t *testing.T) {
	d := guardedDeals("[access_1::person] = ts_username", "gone = 1")
	d.Worksheet.BypassRLS = true
	if m, problems := model.Compile(d); m == nil || m.Nodes[0].Rules != nil || len(m.RuleTables) > 0 {
		t.Errorf("%+v %+v", m, problems)
	}
	id := d.Worksheet.Tables[0].Table
	table := model.Definition{Header: d.Tables[id].Header, Table: d.Tables[id].Table, Tables: d.Tables}
	table.Table.Rules = table.Table.Rules[:1]
	if m, problems := model.Compile(table); m == nil || m.Nodes[0].Rules == nil || m.Nodes[0].Rules.Broken {
		t.Errorf("%+v %+v", m, problems)
	}
}

func TestSources(t *testing.T) {
	m, _ := model.Compile(fixture.DealsDefinition())
	deals := fixture.DealsDefinition().Tables[m.Nodes[0].Table].Table.Columns
	for name, want := range map[string][]int{"Region": {2}, "Revenue": {6}, "Markup": {6, 7}, "Rows": nil} {
		c, _ := m.Lookup(name)
		var ids []searchlight.GUID
		for _, i := range want {
			ids = append(ids, deals[i].ID)
		}
		if fmt.Sprint(c.Sources) != fmt.Sprint(ids) {
			t.Errorf("%s comes from %v, want %v", name, c.Sources, ids)
		}
	}
	visible := func(c *model.Column) bool { return c.Name != "Region" }
	if _, ok := m.LookupAmong("region", visible); ok {
		t.Error("a column that is not visible was found")
	}
	if c, ok := m.LookupAmong(" REVENUE ", visible); !ok || c.Name != "Revenue" {
		t.Error("a visible column was not found")
	}
}

// TestCheckRules reports what is wrong with rules and where.
func TestCheckRules(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(t *searchlight.Table, tables map[searchlight.GUID]model.TableDefinition)
		want   []string
	}{
		{"right", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.Rules = rules("[access_1::person] = ts_username")
		}, nil},
		{"warned of", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.Rules = rules("region != ts_groups")
		}, []string{"warning 14516 rls->rules(1st)->expr"}},
		{"an aggregate", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.Rules = rules("true", "sum ( qty ) > 1")
		}, []string{"14516 rls->rules(2nd)->expr"}},
		{"an unknown column", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.Rules = rules("[access_1::persom] = ts_username")
		}, []string{"14516 rls->rules(1st)->expr"}},
		{"an unknown join", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.RulePaths[2].Joins = []string{"deals_to_access", "nowhere"}
		}, []string{"14906 rls->table_paths(3rd)->join_path"}},
		{"a path that ends elsewhere", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.RulePaths[1].Joins = []string{"deals_to_goods"}
		}, []string{"14909 rls->table_paths(2nd)->join_path"}},
		{"two paths of one name", func(t *searchlight.Table, _ map[searchlight.GUID]model.TableDefinition) {
			t.RulePaths[1].ID = "deals_1"
		}, []string{"14904 rls->table_paths(2nd)->id"}},
		{"a missing table", func(t *searchlight.Table, tables map[searchlight.GUID]model.TableDefinition) {
			delete(tables, t.RulePaths[1].Table)
		}, []string{"14502 rls->table_paths(2nd)->join_path", "14502 rls->table_paths(3rd)->join_path"}},
		{"another connection", func(t *searchlight.Table, tables map[searchlight.GUID]model.TableDefinition) {
			def := tables[t.RulePaths[3].Table]
			def.Header.Connection = fixture.ID(999)
			tables[t.RulePaths[3].Table] = def
		}, []string{"14909 rls->table_paths(4th)->join_path"}},
	} {
		d := guardedDeals()
		id := d.Worksheet.Tables[0].Table
		def := d.Tables[id]
		table := *def.Table
		table.RulePaths = append([]searchlight.RulePath(nil), table.RulePaths...)
		def.Table = &table
		test.change(&table, d.Tables)
		var got []string
		for _, p := range model.CheckRules(def, d.Tables, "rls") {
			at := fmt.Sprintf("%d %s", p.Number, p.Path)
			if p.Warning {
				at = "warning " + at
			}
			got = append(got, at)
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
