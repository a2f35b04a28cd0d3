package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
)

// set is the set of nodes with the given paths.
func set(t *testing.T, m *model.Model, paths string) model.NodeSet {
	t.Helper()
	var s model.NodeSet
	for _, p := range strings.Fields(paths) {
		at := slices.IndexFunc(m.Nodes, func(n model.Node) bool { return n.Path == p })
		if at < 0 {
			t.Fatalf("no path %s", p)
		}
		s = s.With(model.NodeID(at))
	}
	return s
}

func node(t *testing.T, m *model.Model, path string) model.NodeID {
	t.Helper()
	return set(t, m, path).Nodes()[0]
}

func TestReach(t *testing.T) {
	for _, test := range []struct{ model, from, want string }{
		{"retail", "sales_1", "sales_1 stores_1 products_1"},
		{"retail", "stores_1", "stores_1"},
		{"flights", "flights_1", "flights_1 origin target origin_country target_country"},
		{"flights", "target", "target target_country"},
		{"continents", "flights_1", "flights_1 country flights_1>flights_to_target"},
		{"budgets", "departments_1", "departments_1 budgets_1"},
		{"budgets", "budgets_1", "departments_1 budgets_1"},
		{"heads", "staff_1", "staff_1 departments_1"},
		{"heads", "departments_1", "departments_1"},
		{"accounts", "owners_1", "owners_1 customers_1 accounts_1"},
	} {
		m := anyModel(test.model)
		if got, want := m.Reach(node(t, m, test.from)), set(t, m, test.want); got.String() != want.String() {
			t.Errorf("%s in %s reaches %s, want %s", test.from, test.model, got, want)
		}
	}
}

func anyModel(name string) *model.Model {
	if m := fixture.Models[name]; m != nil {
		return m
	}
	return fixture.Shapes[name]
}

func TestSteps(t *testing.T) {
	for _, test := range []struct{ model, root, nodes, want string }{
		{"flights", "flights_1", "target_country", "flights_1>target target>target_country"},
		{"flights", "flights_1", "target_country origin target", "flights_1>origin flights_1>target target>target_country"},
		{"flights", "flights_1", "flights_1", ""},
		{"heads", "staff_1", "departments_1", "staff_1<departments_1"},
		{"budgets", "budgets_1", "departments_1", "budgets_1<departments_1"},
	} {
		m := anyModel(test.model)
		var got []string
		for _, s := range m.Steps(node(t, m, test.root), set(t, m, test.nodes)) {
			arrow := "<"
			if s.Forward {
				arrow = ">"
			}
			got = append(got, m.Nodes[s.From].Path+arrow+m.Nodes[s.To].Path)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s from %s in %s: %s, want %s", test.nodes, test.root, test.model, got, test.want)
		}
	}
}

func TestRoot(t *testing.T) {
	for _, test := range []struct{ model, nodes, prefer, want, rivals string }{
		{"retail", "stores_1", "", "stores_1", ""},
		{"retail", "stores_1 sales_1", "", "sales_1", ""},
		{"retail", "stores_1 products_1", "", "returns_1", "sales_1"}, // by name
		{"retail", "stores_1 products_1", "sales_1", "sales_1", ""},   // as the rest of the search
		{"retail", "sales_1 returns_1", "", "none", ""},
		{"three-facts", "stores_1 products_1", "", "deliveries_1", "returns_1 sales_1"},
		{"accounts", "customers_1 accounts_1", "payments_1", "owners_1", ""},
		{"accounts", "customers_1 payments_1", "", "none", ""},
		{"flights", "origin_country target", "", "flights_1", ""},
		{"budgets", "budgets_1 departments_1", "", "budgets_1", ""},
	} {
		m := anyModel(test.model)
		root, rivals, ok := m.Root(set(t, m, test.nodes), set(t, m, test.prefer))
		got, others := "none", []string{}
		if ok {
			got = m.Nodes[root].Path
		}
		for _, r := range rivals {
			others = append(others, m.Nodes[r].Path)
		}
		if got != test.want || strings.Join(others, " ") != test.rivals {
			t.Errorf("%s in %s: %s with rivals %s, want %s with %s", test.nodes, test.model, got, others, test.want, test.rivals)
		}
	}
}

func TestKey(t *testing.T) {
	for _, test := range []struct{ model, node, want string }{
		{"orders", "orders_1", "order_id"}, {"orders", "lines_1", ""},
		{"marks", "sections_1", "grade letter"}, {"bids", "prices_1", ""},
		{"heads", "departments_1", "department"}, {"budgets", "departments_1", "department"},
	} {
		m := anyModel(test.model)
		var got []string
		for _, id := range m.Key(node(t, m, test.node)) {
			got = append(got, m.Physical(id).Name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("key of %s is %q, want %q", test.node, got, test.want)
		}
	}
}

// TestCardinalities has the cardinality of a join from the worksheet or from
// the table that it starts at.
func TestCardinalities(t *testing.T) {
	for _, test := range []struct {
		worksheet, table searchlight.Cardinality
		oneToOne         bool
		want             string
	}{
		{"", "", false, "many:one"},
		{"", "", true, "one:one"},
		{"", searchlight.ManyToOne, false, "many:one"},
		{"", searchlight.OneToOne, false, "one:one"},
		{"", searchlight.OneToMany, false, "one:many"},
		{"", searchlight.ManyToMany, false, "many:many"},
		{searchlight.OneToMany, "", false, "one:many"},
		{searchlight.ManyToMany, searchlight.ManyToOne, false, "many:many"},
	} {
		d := fixture.OrdersDefinition()
		j := &d.Worksheet.Joins[0]
		j.Cardinality, j.OneToOne = test.worksheet, test.oneToOne
		for id, def := range d.Tables {
			if def.Header.Name == "lines" {
				table := *def.Table
				table.Joins = append([]searchlight.TableJoin(nil), table.Joins...)
				table.Joins[0].Cardinality = test.table
				d.Tables[id] = model.TableDefinition{Header: def.Header, Table: &table}
			}
		}
		m, problems := model.Compile(d)
		if m == nil {
			t.Fatal(problems)
		}
		word := func(unique bool) string {
			if unique {
				return "one"
			}
			return "many"
		}
		if got := word(m.Edges[0].FromUnique) + ":" + word(m.Edges[0].ToUnique); got != test.want {
			t.Errorf("%+v gives %s", test, got)
		}
	}
}

func TestLookup(t *testing.T) {
	m := fixture.Models["retail"]
	for name, want := range map[string]string{"City": "City", "cItY": "City", " return date ": "Return Date", "town": ""} {
		c, ok := m.Lookup(name)
		if ok != (want != "") || ok && c.Name != want {
			t.Errorf("%q gives %v", name, c)
		}
	}
	for name, want := range map[string]string{"STORES": "stores_1", "stores_1": "stores_1", "": "", "shops": ""} {
		if got := m.PathOf(name); got != want {
			t.Errorf("path %q is %q, want %q", name, got, want)
		}
	}
	if got := anyModel("flights").PathOf("airports"); got != "" { // two roles
		t.Errorf("airports means %s", got)
	}
	if names := anyModel("properties").ColumnNames(nil); slices.Contains(names, "Quantity") || !slices.Contains(names, "Amount") {
		t.Errorf("shown: %s", names)
	}
	if m.Physical(0) != nil || m.Physical(1) == nil || m.Physical(1000) != nil {
		t.Error("physical columns are numbered from 1")
	}
}

func TestNodeSet(t *testing.T) {
	a, b := model.SetOf(1, 63, 64, 200), model.SetOf(64)
	if got := a.String(); got != "{1,63,64,200}" || a.Len() != 4 {
		t.Errorf("set %s of %d", got, a.Len())
	}
	if !b.SubsetOf(a) || a.SubsetOf(b) || !model.SetOf().SubsetOf(b) || a.SubsetOf(model.SetOf(1)) {
		t.Error("subsets are wrong")
	}
	if got := a.Minus(b).String(); got != "{1,63,200}" {
		t.Errorf("difference %s", got)
	}
	if got := b.Union(model.SetOf(3)).Union(a).String(); got != "{1,3,63,64,200}" {
		t.Errorf("union %s", got)
	}
	if b.With(5); b.Has(5) || !b.Has(64) || b.Has(1000) {
		t.Error("sets must not change")
	}
	if got := (model.NodeSet{}).With(0).String(); got != "{0}" {
		t.Errorf("a set of the first node is %s", got)
	}
}
