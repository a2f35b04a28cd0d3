package tml_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/tml"
)

func TestScalarLadder(t *testing.T) {
	for text, want := range map[string]string{
		"[A::b] = 1": `"[A::b] = 1"`, "a, b": `"a, b"`, "a: b": `"a: b"`, "a #b": `"a #b"`, "a:": `"a:"`,
		" a": `" a"`, "a ": `"a "`, "a\tb": `"a\tb"`, "a\rb": `"a\rb"`, "a\u0095b": `"a\x95b"`, "\u2028": `"\u2028"`,
		"y": `"y"`, "No": `"No"`, "ON": `"ON"`, "~": `"~"`, "=": `"="`, "<<": `"<<"`, "null": `"null"`,
		"10": `"10"`, "1.5": `"1.5"`, "0x1F": `"0x1F"`, "010": `"010"`, "1e5": `"1e5"`, ".inf": `".inf"`, "1:30": `"1:30"`, "-3": `"-3"`,
		"2021-03-01": `"2021-03-01"`, "2021-03-01 10:00:00": `"2021-03-01 10:00:00"`,
		"# Lines": `'# Lines'`, "& x": `'& x'`, "*x": `'*x'`, "!x": `'!x'`, ">=": `'>='`, "%x": `'%x'`, "@x": `'@x'`, "'a' b": `'''a'' b'`,
		"\"q": `'"q'`, "`x": "'`x'", "|x": `'|x'`, "- a": `'- a'`, "? a": `'? a'`, "-": `'-'`,
		"a\nb": "|-\n    a\n    b", "a\nb\n": "|\n    a\n    b", "a\n\n b\n\n": "|+\n    a\n\n     b\n", "#a\nb": `"#a\nb"`, "a:\nb": `"a:\nb"`,
		"PATH_1::Column": "PATH_1::Column", "Zürich": "Zürich", "01/31/2021": "01/31/2021", "a 'b'": "a 'b'", "2nd": "2nd", "1.2.3": "1.2.3", "-x": "-x", ":x": ":x", "a#b": "a#b",
	} {
		d := &tml.Document{Kind: tml.KindConnection, Connection: &tml.ConnectionDoc{Name: text, Type: "T", Authentication: "OAUTH"}}
		written := d.YAML()
		if got := strings.TrimPrefix(written, "connection:\n  name: "); !strings.HasPrefix(got, want+"\n  type: T\n") {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
		if again, _ := tml.Parse(written); again.Connection == nil || again.Connection.Name != text {
			t.Errorf("%q is not read back from %s", text, written)
		}
	}
}

func TestJSONSpacing(t *testing.T) {
	d := mustParse(t, "guid: 3B1E9F02-52c7-4d7a-8a10-6c9d2e4f7b11\nconnection: {name: <a>, type: T, properties: [{key: p, value: 1}]}")
	want := `{"guid": "3b1e9f02-52c7-4d7a-8a10-6c9d2e4f7b11","connection": {"name": "<a>","type": "T","authentication_type": "SERVICE_ACCOUNT","properties": [{"key": "p","value": "1"}]}}`
	if got := d.JSON(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBareConnection(t *testing.T) {
	d := mustParse(t, "name: C\ntype: RDBMS_X\nproperties: []\ntable:\n- {name: T, id: i, external_table: {db_name: d, schema_name: s, table_name: t}, column: [{name: a, id: b, data_type: INT64, external_column: c}]}\n")
	if !d.Bare || d.Kind != tml.KindConnection || d.Connection.Tables[0].Columns[0].ExternalColumn != "c" {
		t.Errorf("%+v", d)
	}
	checkRoundTrip(t, d)
	if strings.Contains((&tml.Document{Connection: d.Connection}).YAML(), "external_table") {
		t.Error("the wrapped form shows the remapping")
	}
}

func TestFilename(t *testing.T) {
	for name, want := range map[string]string{
		"Bike Sales":              "Bike Sales.worksheet.tml",
		"v1.0 (a)":                "v1.0 (a).worksheet.tml",
		"a/b\\c:d*e?f\"g<h>i|j\n": "a_b_c_d_e_f_g_h_i_j_.worksheet.tml",
		strings.Repeat("ü", 150):  strings.Repeat("ü", 100) + ".worksheet.tml",
	} {
		if got := tml.Filename(name, "worksheet"); got != want {
			t.Errorf("%q: got %s", name, got)
		}
	}
}

func TestSetRole(t *testing.T) {
	d := mustParse(t, "worksheet: {name: W, tables: [{name: T}], worksheet_columns: [{name: a, column_id: 'T::a'}, {name: b, column_id: 'T::b'}]}")
	w := d.Worksheet
	if !w.ImpliedPath || w.Paths[0].ID != "T_1" || len(w.NoRole) != 2 {
		t.Fatalf("%+v", w)
	}
	checkRoundTrip(t, d)
	w.SetRole(1, datatype.Measure)
	if len(w.NoRole) != 1 || w.Columns[1].Properties.Aggregation.String() != "SUM" {
		t.Errorf("%+v", w)
	}
	if want := "column_type: MEASURE\n      aggregation: SUM"; !strings.Contains(d.YAML(), want) {
		t.Error(d.YAML())
	}
}

func TestRowSecurityWithoutRulesIsKept(t *testing.T) {
	d := mustParse(t, strings.Replace(fixture(t, "SHOPS.table.tml"), `rules: [{name: own city only, expr: "[SHOPS_1::City] = ts_groups"}]`, "rules: []", 1))
	if d.Table.RLS == nil || len(d.Table.RLS.Rules) != 0 {
		t.Errorf("%+v", d.Table.RLS)
	}
	checkRoundTrip(t, d)
}

func TestDefaultsOfDateBucket(t *testing.T) {
	d := mustParse(t, "worksheet: {name: W, tables: [{name: T}], worksheet_columns: [{name: a, column_id: 'T::a', properties: {column_type: ATTRIBUTE, default_date_bucket: MONTHLY, ai_context: 'x: 1'}}]}")
	p := d.Worksheet.Columns[0].Properties
	if p.DefaultDateBucket() != "MONTHLY" {
		t.Error(p.Extra)
	}
	if strings.Contains(d.YAML(), "ai_context") || !strings.Contains(d.Format(tml.Options{Newer: true}), `ai_context: "x: 1"`) {
		t.Error(d.Format(tml.Options{Newer: true}))
	}
	checkRoundTrip(t, d)
}
