package metadata_test

import (
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
)

func TestWhoMayLoad(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	orders := b.sync(upload("orders", "id:INT64 amount:DOUBLE"))[0]
	b.equal(orders.Author, b.ann.User.ID)
	ann := &searchlight.Subject{User: b.ann.User, Privileges: []searchlight.Privilege{searchlight.PrivilegeUserDataUpload}}
	reader := b.user(4, "reader")
	uploader := b.user(5, "uploader", searchlight.PrivilegeUserDataUpload)
	for _, c := range []struct {
		who   *searchlight.Subject
		table string
		may   bool
	}{
		{b.admin, "orders", true}, {ann, "orders", true}, {b.bob, "orders", false}, {uploader, "orders", false},
		{reader, "orders", false}, {reader, "other", false}, {uploader, "other", true}, {b.bob, "other", false},
	} {
		err := b.service.MayLoad(t.Context(), c.who, engine.Table{Database: "searchlight", Schema: "main", Name: c.table})
		if (err == nil) != c.may || err != nil && searchlight.CodeOf(err) != searchlight.CodeForbidden {
			t.Errorf("%s loads %s: %v", c.who.User.Name, c.table, err)
		}
	}
}

const ordersSheet = `worksheet:
  name: Orders
  tables: [{name: orders}]
  table_paths: [{id: orders_1, table: orders, join_path: [{}]}]
  formulas: [{name: Double, expr: "sum ( [orders_1::amount] ) * 2"}]
  worksheet_columns:
  - {name: Id, column_id: "orders_1::id"}
  - {name: Double, formula_id: Double}
`

func TestLoadsDoNotBreakWorksheets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sync(upload("orders", "id:INT64 amount:DOUBLE note:VARCHAR"))
	b.load(ordersSheet)
	table := engine.Table{Database: "searchlight", Schema: "main", Name: "orders"}
	for name, c := range map[string]struct {
		columns string
		says    string // empty: the table may be replaced
	}{
		"the same":           {"id:INT64 amount:DOUBLE note:VARCHAR", ""},
		"more":               {"id:INT64 amount:DOUBLE note:VARCHAR when:DATE", ""},
		"an unused one goes": {"id:INT64 amount:DOUBLE", ""},
		"a used one goes":    {"id:INT64 note:VARCHAR", "the worksheet Orders would not work any more without the columns amount."},
		"another type":       {"id:INT64 amount:VARCHAR note:VARCHAR", "the worksheet Orders would not work any more."},
	} {
		err := b.service.MayReplace(t.Context(), b.admin, table, columns(c.columns))
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b.contains(err.Error(), c.says)
	}
	// Who may not see the worksheet does not learn its name.
	err := b.service.MayReplace(t.Context(), b.ann, table, columns("id:INT64"))
	if err == nil {
		t.Fatal("the worksheet would break")
	}
	b.contains(err.Error(), "some others")
	b.lacks(err.Error(), "Orders")
	// A table that is not there yet breaks nothing.
	if err := b.service.MayReplace(t.Context(), b.admin, engine.Table{Database: "searchlight", Schema: "main", Name: "new"}, nil); err != nil {
		t.Error(err)
	}
}
