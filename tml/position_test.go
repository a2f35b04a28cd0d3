package tml_test

import (
	"fmt"
	"testing"

	"github.com/searchlight-bi/searchlight/tml"
)

func TestAt(t *testing.T) {
	d := mustParse(t, fixture(t, "Bike Sales.worksheet.tml"))
	root := d.Root()
	for path, want := range map[tml.Path]string{
		root:                                     "3:3",
		root.Key("formulas").Item(1).Key("expr"): "21:11",
		d.ColumnsPath().Item(2):                  "33:5",
		d.ColumnsPath().Item(2).Key("column_id"): "33:29",
		root.Key("formulas").Item(1).Key("id"):   "20:5", // not written: its formula
		root.Key("nothing"):                      "3:3",
		d.ColumnsPath().Item(99):                 "31:3",
	} {
		line, column := d.At(path)
		if got := fmt.Sprintf("%d:%d", line, column); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if line, column := (&tml.Document{}).At("worksheet"); line != 0 || column != 0 {
		t.Error("a document that was not read has no places")
	}
}

// TestExprAt finds the places of characters in every style of scalar.
func TestExprAt(t *testing.T) {
	const head = "worksheet:\n  name: W\n  tables: [{name: T}]\n  worksheet_columns: [{name: a, column_id: T::a}]\n  formulas:\n  - name: f\n"
	for _, test := range []struct {
		name, expr, text string
		offset           int
		want             string
	}{
		{"plain", "expr: abc + x", "abc + x", 6, "7:17"},
		{"plain over lines", "expr: abc +\n      x", "abc + x", 6, "8:7"},
		{"single", "expr: 'it''s x'", "it's x", 5, "7:18"},
		{"double", `expr: "\u00e9 \"q\" x"`, "é \"q\" x", 7, "7:25"},
		{"literal", "expr: |-\n      abc +\n        x", "abc +\n  x", 8, "9:9"},
		{"folded", "expr: >-\n      abc +\n      x", "abc + x", 6, "9:7"},
		{"stripped", "expr: ab\u0095c + x", "abc + x", 6, "7:18"},
		{"wide", "expr: \"ü x\"", "ü x", 3, "7:14"},
	} {
		d, findings := tml.Parse(head + "    " + test.expr + "\n")
		if findings.HasErrors() {
			t.Fatalf("%s: %s", test.name, findings.Message())
		}
		if got := d.Worksheet.Formulas[0].Expr; got != test.text {
			t.Errorf("%s: read %q", test.name, got)
		}
		line, column := d.ExprAt(d.Root().Key("formulas").Item(0).Key("expr"), test.offset)
		if got := fmt.Sprintf("%d:%d", line, column); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestExprAtInListedCondition(t *testing.T) {
	d := mustParse(t, "worksheet:\n  name: W\n  tables: [{name: A}, {name: B}]\n  joins:\n  - name: j\n    source: A\n    destination: B\n    on:\n    - '[A::x] = [B::x]'\n    - '[A::y] = [B::y]'\n"+
		"  table_paths: [{id: A_1, table: A}, {id: B_1, table: B, join_path: [{join: [j]}]}]\n  worksheet_columns: [{name: a, column_id: A_1::a}]\n")
	on := d.Worksheet.Joins[0].On
	if on != "[A::x] = [B::x] AND [A::y] = [B::y]" {
		t.Fatal(on)
	}
	line, column := d.ExprAt(d.Root().Key("joins").Item(0).Key("on"), 20)
	if line != 10 || column != 8 {
		t.Errorf("%d:%d", line, column)
	}
}
