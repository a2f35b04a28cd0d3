package tml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

func TestDecodeList(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"array of texts", `["guid: a\ntable: {}", "{\"b\": 1}"]`, []string{"guid: a\ntable: {}", `{"b": 1}`}},
		{"array of objects", ` [ {"guid": "a", "table": {"x": [1]}} ] `, []string{`{"guid": "a", "table": {"x": [1]}}`}},
		{"Python list", `['{"guid": "a"}', "it's {\n}"]`, []string{`{"guid": "a"}`, "it's {\n}"}},
		{"Python escapes", `['\\ \' \" \n\t\xe9\u00e9\U0001f600 ü', 'x',]`, []string{"\\ ' \" \n\téé😀 ü", "x"}},
		{"Python line breaks", "['a: b\nc: d']", []string{"a: b\nc: d"}},
		{"encoded twice", `["\"guid: a\\nworksheet: b\""]`, []string{"guid: a\nworksheet: b"}},
		{"encoded thrice in Python", `['"\\"a: b\\""']`, []string{"a: b"}},
		{"bare YAML", "guid: a\ntable:\n  name: x\n", []string{"guid: a\ntable:\n  name: x\n"}},
		{"bare JSON", `{"guid": "a"}`, []string{`{"guid": "a"}`}},
		{"bare and encoded", `"guid: a"`, []string{"guid: a"}},
		{"bare with a mistake", "a: b: c", []string{"a: b: c"}},
	} {
		got, err := tml.DecodeList(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestDecodeListErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":            "is empty",
		"[]":          "empty list",
		"[ ]":         "empty list",
		`[""]`:        "The 1st document of import_objects is empty",
		"[1]":         "an item is neither a text nor an object at character 2",
		`["ü", null]`: "an item is neither a text nor an object at character 7",
		`['ü', 'b`:    "the closing quote is missing of the text at character 7",
		`['a' 'b']`:   "a comma or ] is expected at character 6",
		`['a\q']`:     `the escape \q is unknown at character 4`,
		`["a"] x`:     "something follows the list at character 7",
		"hello":       "neither a list nor a document",
		"[" + strings.Repeat("'a: b',", 1001) + "]": "holds 1001 documents; at most 1000",
	} {
		_, err := tml.DecodeList(text)
		if err == nil || !strings.Contains(err.Error(), want) || searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("%.30q: got %v, want %q", text, err, want)
		}
	}
}
