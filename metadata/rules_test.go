package metadata_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/metadata"
)

const (
	keepersID searchlight.GUID = "6e0f2b11-3c8d-4a5e-b7f1-2d9c4e8a7b55"

	// keepersFile says who keeps which shop.
	keepersFile = "guid: " + string(keepersID) + `
table:
  name: KEEPERS
  db: PEDAL
  schema: retail
  db_table: keepers
  connection: {name: Pedal Warehouse}
  columns:
  - {name: Keeper, db_column_name: user_name, properties: {column_type: ATTRIBUTE}, db_column_properties: {data_type: VARCHAR}}
  - {name: Shop, db_column_name: shop_id, properties: {column_type: ATTRIBUTE}, db_column_properties: {data_type: INT64}}
`

	// keptRules lets keepers see their shops, and everybody those of a city.
	keptRules = rowSecurity + `    tables: [{name: SHOPS}, {name: KEEPERS}]
    joins: [{name: shops_to_keepers, source: SHOPS, destination: KEEPERS, type: LEFT_OUTER}]
    table_paths:
    - {id: SHOPS_1, table: SHOPS, join_path: [{}], column: [City]}
    - {id: KEEPERS_1, table: KEEPERS, join_path: [{join: [shops_to_keepers]}], column: [Keeper]}
    rules:
    - {name: own, expr: "[KEEPERS_1::Keeper]  =  ts_username"}
    - {name: city, expr: "[SHOPS_1::City] = ts_groups"}
`
	keptJoin = `  joins_with: [{name: shops_to_keepers, destination: {name: KEEPERS}, on: "[SHOPS::Shop Id] = [KEEPERS::Shop]", type: LEFT_OUTER}]
`
	noRules = rowSecurity + "    rules: []\n"
)

// ruledFile is the fixture SHOPS as it is, with its rule.
func ruledFile(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "tml", "testdata", "fixtures", shopsFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// kept is SHOPS with rules that reach another table.
func kept(t testing.TB) string { return file(t, shopsFile) + keptRules + keptJoin }

// loadKept imports the fixtures with rules that reach another table.
func (b *bench) loadKept() {
	b.Helper()
	b.loadFixtures()
	b.load(keepersFile, kept(b))
}

// rules is the row security in the exported document of a table.
func (b *bench) rules(id searchlight.GUID) string {
	b.Helper()
	_, after, _ := strings.Cut(b.text(id), rowSecurity)
	rules, _, _ := strings.Cut(after, "  joins_with:\n")
	return rules
}

func TestRulesRoundTrip(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(file(t, warehouseFile))
	b.load(ruledFile(t), file(t, itemsFile), file(t, linesFile), file(t, bikesFile))
	b.equal(b.rules(shopsID), `    tables:
    - name: SHOPS
    table_paths:
    - id: SHOPS_1
      table: SHOPS
      join_path:
      - {}
      column:
      - City
    rules:
    - name: own city only
      expr: "[SHOPS_1::City] = ts_groups"
`)
	b.load(keepersFile, kept(t))
	b.equal(b.rules(shopsID), `    tables:
    - name: SHOPS
    - name: KEEPERS
    joins:
    - name: shops_to_keepers
      source: SHOPS
      destination: KEEPERS
      type: LEFT_OUTER
      is_one_to_one: false
    table_paths:
    - id: SHOPS_1
      table: SHOPS
      join_path:
      - {}
      column:
      - City
    - id: KEEPERS_1
      table: KEEPERS
      join_path:
      - join:
        - shops_to_keepers
      column:
      - Keeper
    rules:
    - name: own
      expr: "[KEEPERS_1::Keeper]  =  ts_username"
    - name: city
      expr: "[SHOPS_1::City] = ts_groups"
`)
	before := b.version()
	for _, format := range []metadata.ExportRequest{{}, {JSON: true}, {FQN: true}, {JSON: true, FQN: true}} {
		format.IDs = []searchlight.GUID{shopsID, keepersID}
		for _, r := range b.export(format) {
			b.expect(b.try(r.Document), "OK")
		}
	}
	b.expect(b.try(kept(t)), "OK")
	b.expect(b.try(file(t, shopsFile)+keptJoin), "OK") // not a word of rules leaves them
	b.expect(b.try(file(t, shopsFile)), "OK")
	b.equal(b.version(), before)
	b.contains(string(b.object(shopsID).Content), `"RulePaths":[{"ID":"SHOPS_1","Table":"`+string(shopsID)+`"},{"ID":"KEEPERS_1","Table":"`+string(keepersID)+`","Joins":["shops_to_keepers"]}]`)
	b.expect(b.try(file(t, shopsFile)+noRules), "OK")
	b.lacks(b.text(shopsID), "rls_rules")
	b.lacks(string(b.object(shopsID).Content), "Rule")
}

// TestRulesAreQualified imports rules that name columns in other ways.
func TestRulesAreQualified(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ block, want string }{
		"own columns alone":     {"    rules: [{name: r, expr: \"CITY = ts_groups or [Shop Name] = ts_username\"}]\n", "[SHOPS_1::City] = ts_groups or [SHOPS_1::Shop Name] = ts_username"},
		"by the table's name":   {"    tables: [{name: SHOPS}]\n    rules: [{name: r, expr: \"[shops::city] in { 'a' }\"}]\n", "[SHOPS_1::City] in { 'a' }"},
		"by an alias":           {"    tables: [{id: S, name: SHOPS}]\n    table_paths: [{id: P, table: S}]\n    rules: [{name: r, expr: \"[S::City] = [P::Shop Name]\"}]\n", "[P::City] = [P::Shop Name]"},
		"of another table":      {"    tables: [{name: SHOPS}, {name: KEEPERS}]\n    table_paths: [{id: K, table: KEEPERS, join_path: [{join: [shops_to_keepers]}]}]\n    rules: [{name: r, expr: \"keeper = ts_username and [KEEPERS::Shop] = Shop Id\"}]\n", "[K::Keeper] = ts_username and [K::Shop] = [SHOPS_1::Shop Id]"},
		"the id is taken":       {"    tables: [{name: SHOPS}, {name: KEEPERS}]\n    table_paths: [{id: shops_1, table: KEEPERS, join_path: [{join: [shops_to_keepers]}]}]\n    rules: [{name: r, expr: \"keeper = ts_username and city = 'a'\"}]\n", "[shops_1::Keeper] = ts_username and [SHOPS_2::City] = 'a'"},
		"folded, with blanks":   {"    rules:\n    - name: r\n      expr: >-\n        city  =  ts_groups\n        OR not true\n", "[SHOPS_1::City]  =  ts_groups OR not true"},
		"without columns":       {"    rules: [{name: r, expr: \"'a' = ts_groups\"}]\n", "'a' = ts_groups"},
		"a column called group": {"    rules: [{name: r, expr: \"[SHOPS_1::ts_groups] = ts_groups\"}]\n", "[SHOPS_1::ts_groups] = ts_groups"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.loadFixtures()
			b.load(keepersFile, file(t, shopsFile)+keptJoin)
			shops := change(t, file(t, shopsFile), "  - name: City\n", "  - {name: ts_groups, db_column_name: town, properties: {column_type: ATTRIBUTE}, db_column_properties: {data_type: VARCHAR}}\n  - name: City\n")
			b.expect(b.try(shops+rowSecurity+test.block), "OK")
			b.contains(strings.ReplaceAll(b.rules(shopsID), "''", "'"), test.want)
			before := b.version()
			b.expect(b.try(b.text(shopsID)), "OK")
			b.expect(b.try(shops+rowSecurity+test.block), "OK")
			b.equal(b.version(), before)
			if test.want == "'a' = ts_groups" {
				b.lacks(b.rules(shopsID), "table_paths")
			}
		})
	}
}

func TestRuleMistakes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load(keepersFile, file(t, shopsFile)+keptJoin)
	b.load(change(t, file(t, warehouseFile), string(warehouseID), string(freeID), `"name": "Pedal Warehouse"`, `"name": "Second"`))
	b.load(change(t, keepersFile, string(keepersID), string(otherFreeID), "name: KEEPERS", "name: FAR", "Pedal Warehouse", "Second"))
	before := b.version()
	for _, test := range []struct{ name, was, now, want string }{
		{"aggregate", "[SHOPS_1::City] = ts_groups", "sum ( [SHOPS_1::Shop Id] ) > 1",
			"ERROR 14516 The rule <b> city </b> cannot be used: RLS rules do not support use of aggregate functions (E601); a rule looks at one row; it cannot use sum (line 27, column 27)"},
		{"no condition", "[SHOPS_1::City] = ts_groups", "true or [SHOPS_1::City]", "ERROR 14516 The rule <b> city </b> cannot be used: Expecting a Boolean token (E301) (line 27, column 35)"},
		{"text", "[SHOPS_1::City] = ts_groups", "[SHOPS_1::City]", "ERROR 14516 The rule <b> city </b> cannot be used: RLS rules have to be Boolean, found Text (E602); …"},
		{"syntax", "[SHOPS_1::City] = ts_groups", "[SHOPS_1::City] =", "ERROR 14516 The rule <b> city </b> cannot be used: The formula ends too early.…"},
		{"unknown column", "[SHOPS_1::City]", "[SHOPS_1::Citty]", `ERROR 14516 The rule <b> city </b> cannot be used: Search did not find "[SHOPS_1::Citty]" in your data or metadata (E201); did you mean [SHOPS_1::City] (line 27, column 27)`},
		{"unknown path", "[SHOPS_1::City]", "[SHOPS_9::City]", "ERROR 14516 …"},
		{"column of another path", "[SHOPS_1::City]", "[SHOPS_1::Keeper]", "ERROR 14516 …"},
		{"later function", "[SHOPS_1::City] = ts_groups", "sql_bool_op ( 'true' )", "ERROR 14516 The rule <b> city </b> cannot be used: The function sql_bool_op is not available yet (line 27, column 27)"},
		{"unknown table", "{name: KEEPERS}]\n", "{name: KEEPERZ}]\n", "ERROR 14502 Referenced table with name <b> KEEPERZ </b> not found. (line 20, column 29)"},
		{"other connection", "{name: KEEPERS}]\n", "{name: FAR}]\n", "ERROR 14909 Row-level security cannot use the table <b> FAR </b> of another connection. (line 20, column 29)"},
		{"alias twice", "{name: KEEPERS}]\n", "{id: SHOPS, name: KEEPERS}]\n", "ERROR 14904 Multiple tables have same alias <b> SHOPS </b> (line 20, column 29)"},
		{"unknown join", "[{join: [shops_to_keepers]}]", "[{join: [shops_to_x]}]",
			"ERROR 14906 <b> SHOPS </b> has no join <b> shops_to_x </b>, which the path <b> KEEPERS_1 </b> of its row-level security takes. (line 24, column 50)"},
		{"unknown join listed", "joins: [{name: shops_to_keepers,", "joins: [{name: x,", "ERROR 14906 <b> SHOPS </b> has no join <b> x </b> to <b> KEEPERS </b> (line 21, column 20)"},
		{"join the other way", "source: SHOPS, destination: KEEPERS, type", "source: KEEPERS, destination: SHOPS, type", "ERROR 14906 <b> KEEPERS </b> has no join <b> shops_to_keepers </b> to <b> SHOPS </b> …"},
		{"join of an unlisted table", "source: SHOPS, destination: KEEPERS, type", "source: SHOPZ, destination: KEEPERS, type", "ERROR 14906 Table <b> SHOPZ </b> is not among the tables of the row-level security (line 21, column 46)"},
		{"join with another condition", "type: LEFT_OUTER}]\n    table", "type: LEFT_OUTER, on: [\"[SHOPS::Shop Id] = 1\"]}]\n    table",
			"ERROR 14909 Row-level security takes the joins of tables as they are; leave out the condition of <b> shops_to_keepers </b>. (line 21, column 97)"},
		{"path of an unlisted table", "table: KEEPERS, join_path", "table: KEEPERZ, join_path", "ERROR 14906 Table <b> KEEPERZ </b> is not among the tables of the row-level security (line 24, column 30)"},
		{"path that ends elsewhere", "table: KEEPERS, join_path", "table: SHOPS, join_path", "ERROR 14909 The path <b> KEEPERS_1 </b> ends at <b> KEEPERS </b>, but it is a path of another table. (line 24, column 48)"},
		{"path that starts elsewhere", "[{join: [shops_to_keepers]}]", "[{}]", "ERROR 14909 The path <b> KEEPERS_1 </b> must lead from <b> SHOPS </b> to <b> KEEPERS </b>, along joins that start there. (line 24, column 50)"},
		{"two ways", "[{join: [shops_to_keepers]}]", "[{join: [shops_to_keepers]}, {}]", "ERROR 14909 The path <b> KEEPERS_1 </b> must lead to its table in one way. (line 24, column 50)"},
		{"table on the way not listed", "{name: SHOPS}, {name: KEEPERS}]\n    joins: [{name: shops_to_keepers, source: SHOPS, destination: KEEPERS, type: LEFT_OUTER}]\n", "{name: SHOPS}]\n",
			"ERROR 14906 Table <b> KEEPERS </b> is not among the tables of the row-level security …"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := *b
			b.T = t
			b.expect(b.try(change(t, kept(t), test.was, test.now)), test.want)
		})
	}
	noPaths := change(t, kept(t), `    table_paths:
    - {id: SHOPS_1, table: SHOPS, join_path: [{}], column: [City]}
    - {id: KEEPERS_1, table: KEEPERS, join_path: [{join: [shops_to_keepers]}], column: [Keeper]}
`, "")
	b.expect(b.try(noPaths), "ERROR 14903 Compulsory Field <b> table->rls_rules->table_paths </b> is not populated (line 20, column 5)")
	circle := change(t, keepersFile, "data_type: INT64}}\n", "data_type: INT64}}\n  joins_with: [{name: back, destination: {name: SHOPS}, on: \"[KEEPERS::Shop] = [SHOPS::Shop Id]\"}]\n")
	b.load(circle)
	b.expect(b.try(change(t, kept(t), "[{join: [shops_to_keepers]}]", "[{join: [shops_to_keepers, back]}]", "table: KEEPERS, join_path", "table: SHOPS, join_path")),
		"ERROR 14909 The path <b> KEEPERS_1 </b> leads in a circle. …")
	b.equal(b.version(), before+1)
	b.lacks(b.text(shopsID), "rls_rules")
}

func TestRuleWarnings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try(change(t, ruledFile(t), "[SHOPS_1::City] = ts_groups", "not ( [SHOPS_1::City] = ts_groups )")),
		"WARNING 14900 The rule <b> own city only </b>: The rule shows rows to everybody whom ts_groups does not name (W6); list those who may see the rows instead (line 22, column 42)")
	b.expect(b.try(change(t, ruledFile(t), "[SHOPS_1::City] = ts_groups", "[SHOPS_1::City] = 'x' or 'all' = ts_groups")),
		"WARNING 14900 The rule <b> own city only </b>: Every user is in the group All, so this is the same for everybody (W7); name another group (line 22, column 67)")
	b.contains(b.rules(shopsID), "'all' = ts_groups")
}

// TestRulesFollowNames renames everything that rules name.
func TestRulesFollowNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadKept()
	before := b.object(shopsID).Version
	// Of the other table, whose document alone is imported.
	keepers := change(t, keepersFile, "name: KEEPERS", "name: WARDENS", "name: Keeper", "name: Warden")
	b.expect(b.try(keepers), "OK")
	b.contains(b.rules(shopsID), "- name: WARDENS\n", "table: WARDENS\n", "- Warden\n", `"[KEEPERS_1::Warden]  =  ts_username"`)
	b.equal(b.object(shopsID).Version, before+1)
	// Of the table itself, whose document says nothing of rules.
	shops := change(t, file(t, shopsFile), "name: SHOPS", "name: STORES", "name: City", "name: Town")
	b.expect(b.try(shops), "OK")
	b.contains(b.rules(shopsID), "- name: STORES\n", "table: STORES\n", "- Town\n", `"[SHOPS_1::Town] = ts_groups"`)
	// A document that says all of it anew changes nothing, and needs nothing.
	b.expect(b.try(b.text(shopsID), b.text(keepersID)), "OK", "OK")
	b.equal(b.object(shopsID).Version, before+2)
}

// TestRulesKeepWhatTheyUse removes what rules use, of their own and of other
// tables.
func TestRulesKeepWhatTheyUse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(file(t, warehouseFile))
	b.load(keepersFile, kept(t))
	before := b.version()
	noCity := strings.Split(file(t, shopsFile), "  - name: City\n")[0]
	b.expect(b.try(noCity), "ERROR 14544 Deleted columns have dependents: <b> City </b> used by <b> SHOPS </b>. (line 9, column 3)")
	noKeeper := change(t, keepersFile, "  - {name: Keeper, db_column_name: user_name, properties: {column_type: ATTRIBUTE}, db_column_properties: {data_type: VARCHAR}}\n", "")
	b.expect(b.try(noKeeper), "ERROR 14544 Deleted columns have dependents: <b> Keeper </b> used by <b> SHOPS </b>. (line 9, column 3)")
	number := change(t, keepersFile, "{data_type: VARCHAR}", "{data_type: INT64}")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{number}, SkipPhysical: true}),
		"ERROR 14516 The change makes <b> SHOPS </b> invalid: The rule <b> own </b> cannot be used: Cannot compare [KEEPERS_1::Keeper] (Numeric) with ts_username (Text) (E301)…")
	b.equal(b.version(), before)
	others := change(t, keepersFile, string(keepersID), string(freeID), "name: KEEPERS", "name: OTHERS", "db_table: keepers", "db_table: keepers2")
	b.expect(b.request(metadata.ImportRequest{SkipPhysical: true, Documents: []string{others,
		change(t, file(t, shopsFile)+keptJoin, "destination: {name: KEEPERS}", "destination: {name: OTHERS}", "[KEEPERS::Shop]", "[OTHERS::Shop]")}}), "OK",
		"ERROR 14909 The change makes <b> SHOPS </b> invalid: The path <b> KEEPERS_1 </b> ends at <b> OTHERS </b>, but it is a path of another table. …")
	b.contains(b.text(shopsID), "name: KEEPERS\n    \"on\"")
	// With rules that do without, it goes.
	b.expect(b.try(noCity+rowSecurity+"    rules: [{name: r, expr: \"[SHOPS::Shop Name] = ts_groups\"}]\n", noKeeper), "OK", "OK")
	b.contains(b.rules(shopsID), `"[SHOPS_1::Shop Name] = ts_groups"`)
}

func TestRulesReachAreReferences(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	// From SALE_LINES by way of SHOPS to KEEPERS, which no join of its own leads to.
	lines := linesByKeeper(t)
	b.load(keepersFile, file(t, shopsFile)+keptJoin, lines)
	b.equal(b.object(linesID).References, []searchlight.GUID{shopsID, itemsID, keepersID, warehouseID})
	b.contains(b.rules(linesID), "      - join:\n        - lines_to_shops\n        - shops_to_keepers\n", "    - name: lines_to_shops\n      source: SALE_LINES\n", "    - name: shops_to_keepers\n      source: SHOPS\n")
	b.expect(b.try(b.text(linesID)), "OK")
	b.expect(b.try(change(t, keepersFile, "name: Keeper,", "name: Warden,")), "OK")
	b.contains(b.rules(linesID), `"[K::Warden] = ts_username"`)
	b.expect(b.try(lines), "ERROR 14516 …")
}

// TestCopiesKeepTheRules makes copies of tables with rules.
func TestCopiesKeepTheRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(file(t, warehouseFile), ruledFile(t))
	second := change(t, file(t, warehouseFile), `"Pedal Warehouse"`, `"Second"`)
	copied := change(t, file(t, shopsFile), "Pedal Warehouse", "Second")
	r := b.results(metadata.ImportRequest{Documents: []string{second, copied}, ForceCreate: true, SkipPhysical: true})
	b.contains(b.rules(r[1].Header.ID), `"[SHOPS_1::City] = ts_groups"`)
	b.contains(string(b.object(r[1].Header.ID).Content), `"Table":"`+string(r[1].Header.ID)+`"`)
	// Without the column that the rule uses it cannot be one.
	b.expect(b.request(metadata.ImportRequest{Documents: []string{second, strings.Split(copied, "  - name: City\n")[0]}, ForceCreate: true, SkipPhysical: true}),
		"WARNING…", "ERROR 14516 The row-level security of <b> SHOPS </b> cannot be copied; write rls_rules: The rule <b> own city only </b> cannot be used: …")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{second, copied + noRules}, ForceCreate: true, SkipPhysical: true}), "WARNING…", "OK")
}

// linesByKeeper is SALE_LINES with a rule that reaches KEEPERS by way of SHOPS.
func linesByKeeper(t testing.TB) string {
	return change(t, file(t, linesFile), "  joins_with:\n", rowSecurity+`    tables: [{name: SALE_LINES}, {name: SHOPS}, {name: KEEPERS}]
    table_paths:
    - {id: K, table: KEEPERS, join_path: [{join: [lines_to_shops, shops_to_keepers]}]}
    rules: [{name: own, expr: "Keeper = ts_username"}]
  joins_with:
`)
}

// TestWhoSeesRulesInExports: those who may change the table and read all that
// the rules reach, of which others learn no name.
func TestWhoSeesRulesInExports(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load(keepersFile, file(t, shopsFile)+keptJoin, linesByKeeper(t))
	all := map[searchlight.GUID]searchlight.Level{warehouseID: searchlight.ReadOnly, linesID: searchlight.Modify,
		shopsID: searchlight.ReadOnly, itemsID: searchlight.ReadOnly, keepersID: searchlight.ReadOnly}
	for name, test := range map[string]struct {
		id    searchlight.GUID
		level searchlight.Level
		want  bool
	}{
		"may change the table":       {linesID, searchlight.Modify, true},
		"may read it":                {linesID, searchlight.ReadOnly, false},
		"may not see what is behind": {keepersID, searchlight.NoAccess, false},
	} {
		t.Run(name, func(t *testing.T) {
			reader := b.user(100+len(name), name, searchlight.PrivilegeDataManagement)
			err := b.store.Update(t.Context(), func(tx searchlight.Tx) error {
				for id, level := range all {
					if id == test.id {
						level = test.level
					}
					if level == searchlight.NoAccess {
						continue
					}
					if err := tx.SetGrant(searchlight.Grant{Object: id, Principal: reader.User.ID, Level: level, GrantedBy: b.admin.User.ID}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			r := b.export(metadata.ExportRequest{Subject: reader, IDs: []searchlight.GUID{linesID}})[0]
			if r.Status.Code != metadata.StatusOK || strings.Contains(r.Document, "rls_rules") != test.want || strings.Contains(r.Document, "KEEPERS") != test.want {
				t.Errorf("%v\n%s", r.Status, r.Document)
			}
			// Whoever may change the table does not lose its rules by what was not seen.
			if results := b.results(metadata.ImportRequest{Subject: reader, Documents: []string{r.Document}}); test.id != linesID || test.want {
				b.expect([]string{line(results[0])}, "OK")
			}
			b.contains(b.rules(linesID), "Keeper")
		})
	}
}

func TestLoadsDoNotBreakRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	h := b.sync(upload("orders", "id:INT64 region:VARCHAR note:VARCHAR"), upload("people", "name:VARCHAR region:VARCHAR x:INT64"))
	orders := b.text(h[0].ID)
	b.load(orders + rowSecurity + `    tables: [{name: orders}, {name: people}]
    table_paths: [{id: P, table: people, join_path: [{join: [to_people]}]}]
    rules: [{name: r, expr: "name = ts_username or [orders::region] = ts_groups"}]
  joins_with: [{name: to_people, destination: {name: people}, on: "[orders::region] = [people::region]"}]
`)
	rules := b.rules(h[0].ID)
	b.contains(rules, `"[P::name] = ts_username or [orders_1::region] = ts_groups"`)
	for name, c := range map[string]struct{ table, columns, says string }{
		"the same":                {"orders", "id:INT64 region:VARCHAR note:VARCHAR", ""},
		"an unused one goes":      {"orders", "id:INT64 region:VARCHAR", ""},
		"a used one goes":         {"orders", "id:INT64 note:VARCHAR", "The table orders cannot be replaced: the row-level security of the table orders would not work any more without the columns region."},
		"another type":            {"orders", "id:INT64 region:INT64 note:VARCHAR", "the row-level security of the table orders would not work any more."},
		"an unused one elsewhere": {"people", "name:VARCHAR region:VARCHAR", ""},
		"a used one elsewhere":    {"people", "region:VARCHAR", "The table people cannot be replaced: the row-level security of the table orders would not work any more without the columns name, x."},
	} {
		err := b.service.MayReplace(t.Context(), b.admin, engine.Table{Database: "searchlight", Schema: "main", Name: c.table}, columns(c.columns))
		switch {
		case c.says == "" && err != nil, c.says != "" && searchlight.CodeOf(err) != searchlight.CodeInvalid:
			t.Errorf("%s: %v", name, err)
		case c.says != "":
			b.contains(err.Error(), c.says)
		}
	}
	// A load that happened all the same leaves the rules, and so does the next.
	b.sync(upload("orders", "id:INT64 note:VARCHAR"))
	b.equal(b.rules(h[0].ID), rules)
	b.sync(upload("orders", "id:INT64 region:VARCHAR"))
	b.equal(b.rules(h[0].ID), rules)
	b.expect(b.try(b.text(h[0].ID)), "OK")
}
