package tml_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/searchlight-bi/searchlight/tml"
)

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/fixtures/*")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	for _, s := range []string{"a: &x [*x]", "a: |2-\n   x\n", "a: >+\n x\n\n  y\n\n", "? a\n: b", "\"a\": 'b''c'\n", "{a: [b, c: d], 'e':f}",
		"table: {name: x, db: a, schema: b, db_table: c, columns: [{name: \"\\u00e9\\n\", db_column_properties: {data_type: INT64}}]}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, findings := tml.Parse(text)
		for _, finding := range findings {
			if finding.Message == "" || finding.Code == 0 {
				t.Errorf("empty finding: %+v", finding)
			}
		}
		d.At(d.Root())
		d.ExprAt(d.Root().Key("name"), len(text))
		if !findings.HasErrors() {
			checkRoundTrip(t, d)
		}
	})
}

func FuzzDecodeList(f *testing.F) {
	for _, s := range []string{`["a: b"]`, `[{"a": 1}]`, `['a\'b', "c"]`, `"a: b"`, "a: b", `['\U0001f600\xe9',]`, "[", "['", `["\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		documents, err := tml.DecodeList(text)
		if (err == nil) != (len(documents) > 0) {
			t.Errorf("%d documents with error %v", len(documents), err)
		}
	})
}
