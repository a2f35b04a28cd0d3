package rowtest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// ann asks in the examples of the catalogue.
var ann = bind.Context{Now: fixture.Now, Security: bind.Security{UserName: "Ann", Groups: []string{"All", "West", "7"},
	Org: "Primary", EmailDomain: "example.com"}}

// lacking are the functions that a database does not have.
var lacking = map[string][]string{
	"PostgreSQL": {"edit_distance", "edit_distance_with_cap", "spells_like", "similarity", "similar_to"},
}

// TestCatalogueExamples computes every example of the function catalogue.
func TestCatalogueExamples(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for _, f := range formula.Functions() {
			if f.Later {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				if slices.Contains(lacking[db.name], f.Name) {
					db.lacks(t, f)
					return
				}
				for _, e := range f.Examples {
					named := []searchlight.Formula{{Name: "F", Expr: e.Formula}}
					attributes, measures := named, []searchlight.Formula(nil)
					if f.Aggregates {
						attributes, measures = measures, named
					}
					// The condition, which all rows meet, says which table is meant.
					db.formulas(t, attributes, measures, "[F] [id] > 0", []string{e.Want})
				}
			})
		}
	})
}

// formulas asks for formulas over the tables of formulas.md 5 and compares the
// rows with those wanted, in any order.
func (d *database) formulas(t *testing.T, attributes, measures []searchlight.Formula, search string, want []string) {
	t.Helper()
	m, problems := model.Compile(fixture.FormulasDefinition(attributes, measures))
	if m == nil {
		t.Fatalf("%v %v: %+v", attributes, measures, problems)
	}
	got, explanation := d.answer(t, golden.Case{Model: m, Context: ann, Text: search})
	left := slices.Clone(want)
	for _, row := range got.values {
		at := slices.IndexFunc(left, func(w string) bool { return sameRow(row, strings.Split(w, " | ")) })
		if at < 0 {
			t.Errorf("%v %v: got %s\nwant %q\n%s", attributes, measures, got, want, explanation)
			return
		}
		left = slices.Delete(left, at, at+1)
	}
	if len(left) > 0 {
		t.Errorf("%v %v: got %s\nwant also %q\n%s", attributes, measures, got, left, explanation)
	}
}

// sameRow compares values with texts; numbers may differ by a billionth.
func sameRow(row []any, want []string) bool {
	return slices.EqualFunc(row, want, func(v any, w string) bool {
		switch v := v.(type) {
		case nil:
			return w == "null"
		case time.Time:
			return v.Format("2006-01-02") == w || v.Format(time.DateTime) == w || v.Format(time.TimeOnly) == w
		case time.Duration: // since midnight
			return time.Time{}.Add(v).Format(time.TimeOnly) == w
		case string:
			return v == w
		}
		_, isNumber := asNumber(v)
		return fmt.Sprint(v) == w || isNumber && sameValue(v, w)
	})
}

// lacks asks for a function that the database does not have.
func (d *database) lacks(t *testing.T, f formula.Function) {
	t.Helper()
	m, problems := model.Compile(fixture.FormulasDefinition([]searchlight.Formula{{Name: "F", Expr: f.Examples[0].Formula}}, nil))
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	p, ds := golden.Case{Model: m, Context: ann, Text: "[F]"}.Plan(t)
	if p == nil {
		t.Fatal(ds)
	}
	_, _, err := d.run(t, p)
	u, ok := errors.AsType[*sqlgen.UnsupportedError](err)
	if !ok || !strings.Contains(u.Operation, f.Name) || u.Dialect != d.name {
		t.Errorf("%s: %v", f.Name, err)
	}
}

// TestFormulaVectors computes formulas over constants (formulas.md 5.1), and
// what there is no number or text of.
func TestFormulaVectors(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for _, v := range vectors {
			if !slices.ContainsFunc(lacking[db.name], func(f string) bool { return strings.Contains(v[0], f) }) {
				db.formulas(t, []searchlight.Formula{{Name: "F", Expr: v[0]}}, nil, "[F]", v[1:])
			}
		}
	})
}

var vectors = [][]string{
	{"round ( 1234.5678 )", "1235"}, {"round ( 1234.5678 , 2 )", "1234"}, {"round ( 1234.5678 , 0.01 )", "1234.57"},
	{"round ( 1234.5678 , 10 )", "1230"}, {"round ( 1234.5678 , 0.5 )", "1234.5"}, {"round ( 1234.5678 , -2 )", "1234"},
	{"round ( 5 , 0 )", "null"}, {"round ( 35.65 , 10 )", "40"}, {"round ( -2.5 )", "-3"}, {"floor ( -2.5 )", "-3"},
	{"mod ( -3 , 2 )", "-1"}, {"mod ( 3 , -2 )", "1"}, {"mod ( 5 , 0 )", "null"}, {"6 / 4", "1.5"}, {"1 / 0", "null"},
	{"safe_divide ( 12 , 0 )", "0"}, {"safe_divide ( null , 2 )", "null"}, {"2 ^ 3", "8"}, {"- 2 ^ 2", "-4"}, {"10 - 4 + 1", "7"},
	{"12 / 3 * 2", "8"}, {"greatest ( 1 , null , 3 )", "3"}, {"ln ( 0 )", "null"}, {"sin ( 30 )", "-0.9880316240928618"},
	{"acos ( 0.5 )", "1.0471975511965979"}, {"atan2 ( 1 , 1 )", "0.7853981633974483"},
	{"substr ( 'persnickety' , 3 , 7 )", "snicket"}, {"left ( 'abc' , 5 )", "abc"}, {"right ( 'abc' , 2 )", "bc"},
	{"strpos ( 'needle_haystack' , 'NEEDLE' )", "1"}, {"strpos ( 'abc' , 'z' )", "0"}, {"contains ( 'Hello World' , 'WORLD' )", "true"},
	{"'A' = 'a'", "true"}, {"'HR' < 'f'", "false"}, {"concat ( 'a' , null )", "null"},
	{"edit_distance ( 'attorney' , 'atty' )", "4"}, {"edit_distance_with_cap ( 'pokemon go' , 'minecraft pixelmon' , 3 )", "4"},
	{"3 in { 1 , 3 }", "true"}, {"5 between 1 and 5", "true"},

	{"safe_divide ( null , 0 )", "null"}, {"safe_divide ( 1 , null )", "null"}, {"greatest ( null , 'a' )", "a"},
	{"least ( 01/31/2024 , '2024-01-30 10:00' )", "2024-01-30 10:00:00"}, {"greatest ( 1 , 2.5 )", "2.5"},
	{"abs ( - 9223372036854775807 - 1 )", "null"}, {"abs ( null )", "null"}, {"sign ( 0.0 )", "0"}, {"sign ( null )", "null"},
	{"ceil ( 1e30 )", "null"}, {"floor ( -1e30 )", "null"}, {"round ( 1e19 )", "null"}, {"round ( 9007199254740993.0 )", "9007199254740992"},
	{"ceil ( null )", "null"}, {"round ( 0.49999999999999994 )", "0"}, {"round ( 4503599627370497.5 )", "4503599627370498"},
	{"round ( 2.5 , null )", "null"}, {"round ( 1.005 , 0.01 )", "1"}, {"round ( 7 , 1.0 )", "7"}, {"round ( 1234 , 100 )", "1200"},
	{"mod ( - 9223372036854775807 - 1 , -1 )", "0"}, {"mod ( 7.5 , 0 )", "null"}, {"mod ( -7.5 , 2 )", "-1.5"},
	{"sqrt ( -0.0001 )", "null"}, {"sqrt ( 0 )", "0"}, {"sqrt ( null )", "null"}, {"ln ( -1 )", "null"}, {"log2 ( 0 )", "null"},
	{"log2 ( 1024 )", "10"}, {"log2 ( 10 )", "3.3219280948873626"}, {"log10 ( -5 )", "null"}, {"exp ( 709 )", "8.218407461554972e307"},
	{"exp ( 710 )", "null"}, {"exp ( -1000 )", "0"}, {"exp ( null )", "null"}, {"exp2 ( 2000 )", "null"}, {"exp2 ( -2000 )", "0"},
	{"10 ^ 400", "null"}, {"0 ^ 0", "1"}, {"0 ^ -1", "null"}, {"pow ( -2 , 3 )", "-8"}, {"pow ( -2 , 0.5 )", "null"}, {"pow ( 2 , null )", "null"},
	{"asin ( 1.0001 )", "null"}, {"asin ( 1 )", "1.5707963267948966"}, {"acos ( -1 )", "3.141592653589793"}, {"acos ( null )", "null"},
	{"atan2 ( 0 , 0 )", "0"}, {"cbrt ( -8 )", "-2"}, {"cube ( null )", "null"}, {"sq ( - 2 )", "4"},
	{"spherical_distance ( 0 , 0 , 0 , 180 )", "20015.114442035923"}, {"spherical_distance ( 90 , 0 , -90 , 0 )", "20015.114442035923"},
	{"spherical_distance ( 0 , null , 0 , 1 )", "null"},

	{"strlen ( 'äöü' )", "3"}, {"strlen ( null )", "null"}, {"left ( 'äöü' , 2 )", "äö"}, {"right ( 'äöü' , 1 )", "ü"},
	{"left ( 'abc' , -1 )", ""}, {"right ( 'abc' , 0 )", ""}, {"left ( 'abc' , 99999999999 )", "abc"}, {"left ( null , 1 )", "null"},
	{"left ( 'abc' , null )", "null"}, {"substr ( 'abc' , 1 , 99999999999 )", "bc"}, {"substr ( 'abc' , 9 , 1 )", ""},
	{"substr ( 'abc' , 0 , -1 )", ""}, {"substr ( 'abc' , null , 1 )", "null"}, {"strpos ( 'abc' , '' )", "1"}, {"strpos ( 'STRASSE' , 'ss' )", "5"},
	{"contains ( 'a%b' , '%' )", "true"}, {"contains ( 'ab' , '%' )", "false"}, {"contains ( 'abc' , '' )", "true"}, {"contains ( null , 'a' )", "null"},
	{"contains ( 'Abc' , concat ( 'B' , 'c' ) )", "true"}, {"concat ( 'a' , '' , 'ü' )", "aü"},
	{"sounds_like ( 'Tymczak' , 'Tymcak' )", "true"}, {"sounds_like ( 'Pfister' , 'PISTER' )", "true"}, {"sounds_like ( 'Robert' , 'Rupert' )", "true"},
	{"sounds_like ( '' , 'x' )", "false"}, {"sounds_like ( null , 'x' )", "null"},
	{"edit_distance ( 'A' , 'a' )", "0"}, {"edit_distance ( '' , 'abc' )", "3"}, {"edit_distance ( null , 'abc' )", "null"},
	{"edit_distance_with_cap ( 'a' , 'abc' , null )", "null"}, {"edit_distance_with_cap ( 'a' , 'abc' , 2 )", "2"},
	{"spells_like ( 'constitution' , 'konstitusion' )", "true"}, {"spells_like ( 'house' , 'mouse' )", "true"}, {"spells_like ( 'house' , 'moose' )", "false"},
	{"spells_like ( null , 'a' )", "null"}, {"similarity ( 'same' , 'SAME' )", "100"}, {"similarity ( null , 'a' )", "null"},
	{"similar_to ( 'abc' , 'xyz' )", "false"},
}

// TestFormulaGoldens computes the formulas of formulas.md 5.2, A being
// attributes and M measures.
func TestFormulaGoldens(t *testing.T) {
	named := func(texts []string) []searchlight.Formula {
		var out []searchlight.Formula
		for _, text := range texts {
			name, expr, _ := strings.Cut(text, " := ")
			out = append(out, searchlight.Formula{Name: name, Expr: expr})
		}
		return out
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for _, g := range formulaGoldens {
			t.Run(g.name, func(t *testing.T) { db.formulas(t, named(g.attributes), named(g.measures), g.search, g.want) })
		}
	})
}

type formulaGolden struct {
	name                 string
	attributes, measures []string // name := formula
	search               string
	want                 []string
}

var formulaGoldens = []formulaGolden{
	{"G1", nil, []string{"Profit := [revenue] - [cost]"}, "[region] [Profit]",
		[]string{"East | 90", "West | 65", "east | 20", "null | 10"}},
	{"G2", []string{"Size := if ( [revenue] >= 100 ) then 'big' else 'small'"}, nil, "[Size] [revenue]", []string{"big | 450", "small | 140"}},
	{"G3", nil, []string{"Margin := ( sum ( [revenue] ) - sum ( [cost] ) ) / sum ( [revenue] )"}, "[region] [Margin]",
		[]string{"East | 0.2333333333", "West | 0.325", "east | 0.4", "null | 0.25"}},
	{"G4", nil, []string{"Unit := [revenue] / [qty]"}, "[region] [Unit]", []string{"East | 100", "West | 100", "east | 50", "null | 40"}},
	{"G5", nil, []string{"F := sum ( [revenue] ) / sum ( [qty] )"}, "[customer] [F]",
		[]string{"Ann | 30", "Bob | 50", "Cid | null", "Dee | 50", "Eve | 40"}},
	{"G6", nil, []string{"F := safe_divide ( sum ( [revenue] ) , sum ( [qty] ) )"}, "[customer] [F]",
		[]string{"Ann | 30", "Bob | 50", "Cid | 0", "Dee | 50", "Eve | 40"}},
	{"G7", nil, []string{"F := sum_if ( [region] = 'EAST' , [revenue] )"}, "[F]", []string{"350"}},
	{"G8", []string{"In := [region] in { 'East' , 'North' }"}, nil, "[In] [revenue]", []string{"true | 350", "false | 200", "null | 40"}},
	{"G9", nil, []string{"F := sum_if ( [region] not in { 'East' , 'North' } , [revenue] )"}, "[F]", []string{"200"}},
	{"G10", nil, []string{"F := count_if ( contains ( [PRODUCTS::product] , '0%' ) , [id] )"}, "[F]", []string{"2"}},
	{"G11", []string{"P := strpos ( [PRODUCTS::product] , 'MP' )"}, nil, "[P] [qty]", []string{"0 | 8", "3 | 6"}},
	{"G12", []string{"F := concat ( left ( [customer] , 1 ) , '-' , substr ( [customer] , 1 , 2 ) )"}, nil, "[F]",
		[]string{"A-nn", "B-ob", "C-id", "D-ee", "E-ve"}},
	{"G13", []string{"Key := concat ( [region] , '/' , [customer] )"}, nil, "[Key] count [id]",
		[]string{"East/Ann | 2", "East/Bob | 1", "West/Bob | 1", "West/Cid | 1", "West/Dee | 1", "east/Ann | 1", "null | 1"}},
	{"G14", []string{"F := ifnull ( [region] , 'n/a' )"}, nil, "[F] [qty]", []string{"East | 8", "West | 4", "east | 1", "n/a | 1"}},
	{"G15", []string{"F := if ( [region] != null ) then 'known' else 'unknown'"}, nil, "[F] count [id]", []string{"known | 7", "unknown | 1"}},
	{"G21", []string{"F1 := round ( [revenue] / 7 , 0.01 )", "F2 := round ( [revenue] , 10 )", "F3 := to_integer ( [revenue] / 7 )"}, nil,
		"[id] [F1] [F2] [F3] [id] = 1", []string{"1 | 14.29 | 100 | 14"}},
	{"G22", []string{"F := mod ( [qty] , [qty] - 1 )"}, nil, "[id] [F] [id] = 1, 3, 5", []string{"1 | 0", "3 | null", "5 | 1"}},
	{"G23", nil, []string{"F := [qty] * 4 / 3"}, "[F]", []string{"18.6666666667"}},
	{"G24", nil, []string{"F1 := unique count ( [customer] )", "F2 := count ( [revenue] )", "F3 := average ( [revenue] )", "F4 := max ( [revenue] )"},
		"[region] [F1] [F2] [F3] [F4]", []string{"East | 2 | 2 | 150 | 200", "West | 3 | 3 | 66.6666666667 | 150", "east | 1 | 1 | 50 | 50", "null | 1 | 1 | 40 | 40"}},
	{"G25", nil, []string{"F1 := sum ( [revenue] )", "F2 := average ( [revenue] )"}, "[F1] [F2] [order_date] = '04/01/2024'", []string{"0 | null"}},
	{"G26", nil, []string{"F1 := median ( [revenue] )", "F2 := percentile ( [revenue] , 90 )", "F3 := stddev ( [qty] )", "F4 := variance ( [qty] )"},
		"[F1] [F2] [F3] [F4]", []string{"50 | 170 | 1.2817398889 | 1.6428571429"}},
	{"G27", nil, []string{"F1 := unique_count_if ( [revenue] > 90 , [customer] )", "F2 := average_if ( [region] = 'north' , [revenue] )",
		"F3 := max_if ( [region] = 'west' , [revenue] )"}, "[F1] [F2] [F3]", []string{"3 | null | 150"}},
	{"G29", nil, []string{"Rev := sum ( [revenue] )"}, "[customer] [Rev] [Rev] > 100", []string{"Ann | 150", "Bob | 250", "Dee | 150"}},

	{"rows without a number", []string{"F1 := left ( [customer] , [qty] - 1 )", "F2 := substr ( [customer] , [qty] - 2 , [qty] - 1 )",
		"F3 := round ( [revenue] , [qty] - 1 )", "F4 := ln ( [qty] )", "F5 := mod ( [revenue] , [qty] )", "F6 := 0 ^ ( [qty] - 2 )"}, nil,
		"[id] [F1] [F2] [F3] [F4] [F5] [F6] [id] = 3, 4, 5", []string{
			"3 |  |  | null | 0 | 0 | null", "4 |  |  | 0 | null | null | null", "5 | Bob | b | 201 | 1.3862943611198906 | 0 | 0"}},
	{"ties of greatest and least", nil, []string{"F := sum ( greatest ( [revenue] , [cost] ) ) - sum ( least ( [revenue] , [cost] ) )"}, "[region] [F]",
		[]string{"East | 90", "West | 75", "east | 20", "null | 10"}},
	{"who asks", []string{"Mine := if ( [customer] = ts_username ) then concat ( ts_username , ' of ' , ts_org ) else 'others'"},
		[]string{"F := sum_if ( [region] in ts_groups or [id] in ts_groups_int , [revenue] )"}, "[Mine] [F]", []string{"Ann of Primary | 0", "others | 200"}},
}

// TestNestedFunctions nests functions that give null for some numbers. A
// database that writes an argument out twice would not come to an end.
func TestNestedFunctions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.FormulasData)
		for opening, want := range map[string]string{"1 / ( ": "200", "ln ( ": "null", "abs ( ": "200", "floor ( ": "200",
			"sqrt ( ": "1.0000000000048186", "sin ( ": "-0.2597955520060214"} {
			text := strings.Repeat(opening, 40) + "max ( [revenue] )" + strings.Repeat(" )", 40)
			db.formulas(t, nil, []searchlight.Formula{{Name: "F", Expr: text}}, "[F]", []string{want})
		}
	})
}

// TestRuleWithALackingFunction refuses a search rather than leave the rule out.
func TestRuleWithALackingFunction(t *testing.T) {
	db := openPostgres(t)
	db.exec(t, fixture.RulesData)
	m, problems := model.Compile(fixture.WithRules(fixture.DealsDefinition(), map[string][]searchlight.RowRule{
		"deals": {{Name: "1", Expr: "spells_like ( customer , ts_username )"}, {Name: "2", Expr: "region = 'East'"}}}))
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	for who, refused := range map[*bind.Context]bool{&ann: true, {Now: fixture.Now, Security: bind.Security{UserName: "Eve", Exempt: true}}: false} {
		p, ds := golden.Case{Model: m, Context: *who, Text: "[revenue]"}.Plan(t)
		if p == nil {
			t.Fatal(ds)
		}
		_, _, err := db.run(t, p)
		if _, lacks := errors.AsType[*sqlgen.UnsupportedError](err); lacks != refused || !lacks && err != nil {
			t.Errorf("%s: %v", who.Security.UserName, err)
		}
	}
}
