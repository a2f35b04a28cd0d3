package tml_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/searchlight-bi/searchlight/tml"
)

// sameDocument compares documents without the files they came from, and without
// paths, which show the spelling of older files.
var sameDocument = cmp.Options{cmpopts.IgnoreUnexported(tml.Document{}), cmpopts.IgnoreTypes(tml.Path("")), cmpopts.EquateEmpty()}

func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "fixtures", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mustParse(t testing.TB, text string) *tml.Document {
	t.Helper()
	d, findings := tml.Parse(text)
	if len(findings) > 0 {
		t.Fatalf("unexpected findings:\n%s\nin\n%s", findings.Message(), text)
	}
	return d
}

// checkRoundTrip writes a document in every form and expects it back.
func checkRoundTrip(t testing.TB, d *tml.Document) {
	t.Helper()
	full := d.Format(tml.Options{Newer: true})
	for name, text := range map[string]string{"YAML": full, "JSON": d.Format(tml.Options{Newer: true, JSON: true})} {
		again, findings := tml.Parse(text)
		if findings.HasErrors() {
			t.Fatalf("%s does not parse: %s\n%s", name, findings.Message(), text)
		}
		if d.Root() == again.Root() {
			if diff := cmp.Diff(d, again, sameDocument...); diff != "" {
				t.Errorf("%s reads differently (-written +read):\n%s\n%s", name, diff, text)
			}
		}
		if got := again.Format(tml.Options{Newer: true}); got != full {
			t.Errorf("%s is not stable:\n%s", name, cmp.Diff(full, got))
		}
	}
	old := d.YAML()
	again, findings := tml.Parse(old)
	if findings.HasErrors() {
		t.Fatalf("version 1 does not parse: %s\n%s", findings.Message(), old)
	}
	if got := again.YAML(); got != old {
		t.Errorf("version 1 is not stable:\n%s", cmp.Diff(old, got))
	}
	if got := mustReparse(t, again.JSON()).YAML(); got != old {
		t.Errorf("version 1 by way of JSON differs:\n%s", cmp.Diff(old, got))
	}
}

func mustReparse(t testing.TB, text string) *tml.Document {
	t.Helper()
	d, findings := tml.Parse(text)
	if findings.HasErrors() {
		t.Fatalf("does not parse: %s\n%s", findings.Message(), text)
	}
	return d
}

func TestCanonicalFixtureIsKeptByteForByte(t *testing.T) {
	text := fixture(t, "SALE_LINES.table.tml")
	if diff := cmp.Diff(text, mustParse(t, text).YAML()); diff != "" {
		t.Error(diff)
	}
}

func TestFixturesRoundTrip(t *testing.T) {
	for _, name := range []string{"Pedal Warehouse.connection.tml", "SHOPS.table.tml", "ITEMS.table.tml",
		"SALE_LINES.table.tml", "Bike Sales.worksheet.tml", "Bike Sales 2.model.tml"} {
		t.Run(name, func(t *testing.T) { checkRoundTrip(t, mustParse(t, fixture(t, name))) })
	}
}

func TestKindsThatAreNotReadYet(t *testing.T) {
	for name, kind := range map[string]string{"Shop Months.view.tml": "view", "Slow Movers.sql_view.tml": "sql_view",
		"Revenue by City.answer.tml": "answer", "Sales Desk.pinboard.tml": "pinboard", "Sales Wall.liveboard.tml": "liveboard"} {
		d, findings := tml.Parse(fixture(t, name))
		if len(findings) != 1 || findings.Code() != 14902 || !strings.Contains(findings.Message(), "<b> "+kind+" </b> are not available yet") {
			t.Errorf("%s: %s", name, findings.Message())
		}
		if string(d.Kind) != kind || d.Name == "" || d.GUID == "" {
			t.Errorf("%s: kind %q, name %q, guid %q", name, d.Kind, d.Name, d.GUID)
		}
	}
}

// TestGolden runs the files of testdata: "read" prints the findings and the
// canonical text of a document, "newer" the text with newer keys, "fixture" the
// same as read for a file of testdata/fixtures.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/read", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, data *datadriven.TestData) string {
			text := data.Input
			if data.Cmd == "fixture" {
				text = fixture(t, data.Input)
			}
			d, findings := tml.Parse(text)
			var b strings.Builder
			for _, f := range findings {
				b.WriteString(f.String() + "\n")
			}
			if !findings.HasErrors() {
				checkRoundTrip(t, d)
				b.WriteString(d.Format(tml.Options{Newer: data.Cmd == "newer"}))
			}
			return b.String()
		})
	})
}
