package metadata_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// TestT21RulesNeedThePrivilege tries to change row-level security without
// BYPASSRLS, in every way that an import offers.
func TestT21RulesNeedThePrivilege(t *testing.T) {
	t.Parallel()
	// mine is ann's warehouse with rules that an administrator has made.
	mine := func(t *testing.T) *bench {
		b := newBench(t)
		for i, got := range b.request(metadata.ImportRequest{Subject: b.ann, Documents: append(files(t, warehouseFile, shopsFile, itemsFile, linesFile), keepersFile)}) {
			if strings.HasPrefix(got, "ERROR") {
				t.Fatal(i, got)
			}
		}
		b.load(kept(t))
		return b
	}
	joined := func(t testing.TB) string { return file(t, shopsFile) + keptJoin }
	noGUID := func(text string) string { return text[strings.Index(text, "\n")+1:] }
	for _, test := range []struct {
		name      string
		documents func(t testing.TB) []string
		force     bool
		free      bool // needs no privilege
	}{
		{name: "rules left out", free: true, documents: func(t testing.TB) []string { return []string{joined(t)} }},
		{name: "the same rules", free: true, documents: func(t testing.TB) []string { return []string{kept(t)} }},
		{name: "the same rules in another order", free: true, documents: func(t testing.TB) []string {
			return []string{change(t, kept(t), "    - {name: own, expr: \"[KEEPERS_1::Keeper]  =  ts_username\"}\n", "", "= ts_groups\"}\n", "= ts_groups\"}\n    - {name: own, expr: \"[KEEPERS_1::Keeper]  =  ts_username\"}\n")}
		}},
		{name: "a column and a table renamed", free: true, documents: func(t testing.TB) []string {
			return []string{change(t, joined(t), "name: City", "name: Town"), change(t, keepersFile, "name: Keeper", "name: Warden")}
		}},
		{name: "a table without rules", free: true, documents: func(t testing.TB) []string { return []string{file(t, itemsFile) + "\n"} }},
		{name: "no rules where there are none", free: true, documents: func(t testing.TB) []string { return []string{keepersFile + noRules} }},
		{name: "another column of the other table", free: true, documents: func(t testing.TB) []string {
			return []string{keepersFile + "  - {name: Level, db_column_name: level, db_column_properties: {data_type: INT64}}\n"}
		}},

		{name: "rules removed", documents: func(t testing.TB) []string { return []string{joined(t) + noRules} }},
		{name: "found by its place", documents: func(t testing.TB) []string { return []string{noGUID(joined(t)) + noRules} }},
		{name: "found by its place, forced", force: true, documents: func(t testing.TB) []string { return []string{noGUID(joined(t)) + noRules} }},
		{name: "among others", documents: func(t testing.TB) []string {
			return []string{change(t, file(t, itemsFile), `"name": "ITEMS"`, `"name": "GOODS"`), joined(t) + noRules, "hello"}
		}},
		{name: "one rule fewer", documents: func(t testing.TB) []string {
			return []string{change(t, kept(t), "    - {name: city, expr: \"[SHOPS_1::City] = ts_groups\"}\n", "")}
		}},
		{name: "one rule more", documents: func(t testing.TB) []string {
			return []string{change(t, kept(t), "    rules:\n", "    rules:\n    - {name: all, expr: \"true\"}\n")}
		}},
		{name: "another expression", documents: func(t testing.TB) []string { return []string{change(t, kept(t), "= ts_groups", "= null")} }},
		{name: "another name", documents: func(t testing.TB) []string { return []string{change(t, kept(t), "name: city", "name: town")} }},
		{name: "another path", documents: func(t testing.TB) []string {
			return []string{change(t, kept(t), "[KEEPERS_1::Keeper]  =  ts_username", "[SHOPS_1::Shop Name]  =  ts_username")}
		}},
		{name: "rules with a mistake", documents: func(t testing.TB) []string { return []string{change(t, kept(t), "= ts_groups", "= ")} }},
		{name: "a table that they cannot see", documents: func(t testing.TB) []string {
			return []string{change(t, kept(t), "{name: KEEPERS}]\n", "{name: SECRETS}]\n")}
		}},
		{name: "rules for a table without", documents: func(t testing.TB) []string {
			return []string{keepersFile + rowSecurity + "    rules: [{name: r, expr: \"Keeper = ts_username\"}]\n"}
		}},
		{name: "a new table with rules", documents: func(t testing.TB) []string {
			return []string{change(t, file(t, shopsFile), string(shopsID), string(freeID), "db_table: shops", "db_table: shops2") + rowSecurity + "    rules: [{name: r, expr: \"true\"}]\n"}
		}},
		{name: "a copy without the rules", force: true, documents: func(t testing.TB) []string {
			return []string{change(t, file(t, warehouseFile), `"Pedal Warehouse"`, `"Second"`), change(t, file(t, shopsFile), "Pedal Warehouse", "Second") + noRules}
		}},
		// The rules read as before but look at something else.
		{name: "the column shows another", documents: func(t testing.TB) []string {
			return []string{change(t, joined(t), "db_column_name: city", "db_column_name: town")}
		}},
		{name: "the column of the other table shows another", documents: func(t testing.TB) []string {
			return []string{change(t, keepersFile, "db_column_name: user_name", "db_column_name: shop_name")}
		}},
		{name: "the table is another", documents: func(t testing.TB) []string {
			return []string{change(t, joined(t), "db_table: shops", "db_table: shops2")}
		}},
		{name: "the other table is another", documents: func(t testing.TB) []string {
			return []string{change(t, keepersFile, "db_table: keepers", "db_table: keepers2")}
		}},
		{name: "the join is another", documents: func(t testing.TB) []string {
			return []string{change(t, joined(t), "= [KEEPERS::Shop]", "= [KEEPERS::Shop] and [KEEPERS::Shop] > 0")}
		}},
		{name: "columns change places", documents: func(t testing.TB) []string {
			return []string{change(t, joined(t), "db_column_name: city", "db_column_name: x", "db_column_name: shop_name", "db_column_name: city", "db_column_name: x", "db_column_name: shop_name")}
		}},
	} {
		for _, policy := range []metadata.Policy{metadata.Partial, metadata.AllOrNone, metadata.ValidateOnly} {
			t.Run(test.name+" "+string(policy), func(t *testing.T) {
				b := mine(t)
				before, rules := b.version(), b.rules(shopsID)
				request := metadata.ImportRequest{Subject: b.ann, Documents: test.documents(t), ForceCreate: test.force, Policy: policy, SkipPhysical: true}
				if policy == metadata.AllOrNone {
					request.Documents = slices.DeleteFunc(request.Documents, func(s string) bool { return s == "hello" })
				}
				_, err := b.service.Import(b.Context(), request)
				if test.free {
					if err != nil {
						t.Fatal(err)
					}
					for _, got := range b.request(request) {
						if got != "OK" {
							t.Error(got)
						}
					}
					return
				}
				if searchlight.CodeOf(err) != searchlight.CodeForbidden {
					t.Fatalf("%v", err)
				}
				b.lacks(err.Error(), "city", "City", "KEEPERS")
				b.equal(b.version(), before)
				b.equal(b.rules(shopsID), rules)
			})
		}
	}
}

// TestT21WhoMayChangeRules tells apart the privileges and the right to change
// the table.
func TestT21WhoMayChangeRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	own := func(id searchlight.GUID) searchlight.GUID { return "f" + id[1:] }
	both := b.user(7, "both", searchlight.PrivilegeDataManagement, searchlight.PrivilegeBypassRLS)
	text := strings.ReplaceAll(ruledFile(t), string(shopsID), string(own(shopsID)))
	warehouse := strings.ReplaceAll(file(t, warehouseFile), string(warehouseID), string(own(warehouseID)))
	b.expect(b.request(metadata.ImportRequest{Subject: both, Documents: []string{warehouse, text}}), "WARNING…", "OK")
	changed := change(t, text, "= ts_groups", "= ts_username")

	// The rules of others are theirs, as their tables are.
	exempt := b.user(8, "exempt", searchlight.PrivilegeDataManagement, searchlight.PrivilegeBypassRLS)
	b.expect(b.request(metadata.ImportRequest{Subject: exempt, Documents: []string{changed}}), "ERROR 14907 …")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{changed}}), "OK")

	// With BYPASSRLS alone one may change rules and nothing else.
	both.Privileges = []searchlight.Privilege{searchlight.PrivilegeBypassRLS}
	before := b.version()
	for name, document := range map[string]string{
		"a column":     change(t, text, "name: City", "name: Town", "column: [City]", "column: [Town]", "::City]", "::Town]"),
		"a new table":  change(t, text, string(own(shopsID)), string(freeID), "db_table: shops", "db_table: targets", "shop_name", "x", "city\n", "y\n"),
		"a connection": change(t, warehouse, `"Pedal Warehouse"`, `"Second"`),
	} {
		_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: both, Documents: []string{document}, SkipPhysical: true})
		if searchlight.CodeOf(err) != searchlight.CodeForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.equal(b.version(), before)
	b.expect(b.request(metadata.ImportRequest{Subject: both, Documents: []string{text}}), "OK")
	b.contains(b.rules(own(shopsID)), "ts_groups")
	both.Privileges = nil
	_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: both, Documents: []string{text}})
	b.equal(searchlight.CodeOf(err), searchlight.CodeForbidden)
}

// TestT33RulesAreNotTold breaks rules that the subject may not read.
func TestT33RulesAreNotTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i, got := range b.request(metadata.ImportRequest{Subject: b.ann, Documents: files(t, warehouseFile, shopsFile, itemsFile, linesFile)}) {
		if strings.HasPrefix(got, "ERROR") {
			t.Fatal(i, got)
		}
	}
	b.load(keepersFile, file(t, shopsFile)+keptJoin, linesByKeeper(t))
	as := func(r metadata.ImportRequest) []string {
		r.Subject, r.SkipPhysical = b.ann, true
		return b.request(r)
	}
	elsewhere := change(t, file(t, linesFile), "      name: SHOPS\n    \"on\": \"[SALE_LINES::Shop Id] = [SHOPS::Shop Id]\"", "      name: ITEMS\n    \"on\": \"[SALE_LINES::Shop Id] = [ITEMS::Item Id]\"")
	b.expect(as(metadata.ImportRequest{Documents: []string{elsewhere}}),
		"ERROR 14516 The change makes <b> SALE_LINES </b> invalid: its row-level security would not work any more. (line 11, column 3)")
	second := change(t, file(t, warehouseFile), `"Pedal Warehouse"`, `"Second"`)
	copied := change(t, strings.Split(file(t, linesFile), "  joins_with:\n")[0], "Pedal Warehouse", "Second")
	b.expect(as(metadata.ImportRequest{Documents: []string{second, copied}, ForceCreate: true}), "WARNING…",
		"ERROR 14906 The row-level security of <b> SALE_LINES </b> cannot be copied; write rls_rules: its row-level security would not work any more. (line 3, column 3)")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{elsewhere}}),
		"ERROR 14516 The change makes <b> SALE_LINES </b> invalid: <b> ITEMS </b> has no join <b> shops_to_keepers </b>, which the path <b> K </b> of its row-level security takes. (line 11, column 3)")
}

// TestT31BypassStaysWhereItIs puts other tables under a worksheet that
// bypasses row-level security.
func TestT31BypassStaysWhereItIs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	mine := append(files(t, warehouseFile, shopsFile, itemsFile, linesFile), keepersFile)
	for i, got := range b.request(metadata.ImportRequest{Subject: b.ann, Documents: append(mine, file(t, bikesFile))}) {
		if strings.HasPrefix(got, "ERROR") {
			t.Fatal(i, got)
		}
	}
	bypassing := change(t, file(t, bikesFile), "is_bypass_rls: false", "is_bypass_rls: true")
	b.load(bypassing)
	as := func(document string) error {
		_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.ann, Documents: []string{document}})
		return err
	}
	if err := as(change(t, bypassing, "name: City,", "name: Town,")); err != nil {
		t.Error(err)
	}
	for name, document := range map[string]string{
		"off":           file(t, bikesFile),
		"another table": change(t, bypassing, "{name: SHOPS}, ", "{name: SHOPS}, {name: KEEPERS}, ", "  table_paths:\n", "  table_paths:\n  - {id: K, table: KEEPERS, join_path: [{}]}\n"),
		"another for one": strings.Replace(change(t, bypassing, "{name: SHOPS}, ", "{id: SHOPS, name: KEEPERS}, ", "SHOPS_1::City", "SHOPS_1::Keeper",
			"SHOPS_1::Shop Name", "SHOPS_1::Shop"), "{name: lines_to_shops, source", "{name: lines_to_shops, \"on\": [\"[SALE_LINES::Shop Id] = [SHOPS::Shop]\"], source", 1),
		"a copy": change(t, bypassing, string(bikesID), string(freeID)),
	} {
		if err := as(document); searchlight.CodeOf(err) != searchlight.CodeForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.contains(b.text(bikesID), "name: Town", "is_bypass_rls: true")
}
