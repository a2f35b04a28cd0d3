package v1

import (
	"bytes"
	"fmt"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
)

const (
	formType = "application/x-www-form-urlencoded"
	guidA    = "5c0b9f3a-8e7b-4c55-a1b7-2f0d1c3e4a01"
	guidB    = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b10"
)

func decode(method, target, contentType, body string) (*params, error) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return decodeParams(httptest.NewRecorder(), r, nil)
}

// multipartBody writes parts as Python's requests does with files=, with a file
// name and without a type, and others without a file name.
func multipartBody(t testing.TB, parts ...[2]string) (contentType, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i, part := range parts {
		disposition := `form-data; name="` + part[0] + `"`
		if i%2 == 0 {
			disposition += `; filename="` + part[0] + `"`
		}
		p, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte(part[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func TestParametersFromEveryCarrier(t *testing.T) {
	multipartType, multipartText := multipartBody(t, [2]string{"Name", "a b"}, [2]string{"other", "ü"})
	tests := []struct {
		name, method, target, contentType, body string
		want                                    map[string][]string
	}{
		{"query", "GET", "/?Name=a%20b&other=%C3%BC", "", "", map[string][]string{"name": {"a b"}, "OTHER": {"ü"}}},
		{"form", "POST", "/", formType, "name=a+b&other=%C3%BC", map[string][]string{"name": {"a b"}, "other": {"ü"}}},
		{"form with charset", "POST", "/", formType + "; charset=UTF-8", "name=a", map[string][]string{"name": {"a"}}},
		{"form of DELETE", "DELETE", "/", formType, "name=a", map[string][]string{"name": {"a"}}},
		{"form of PUT", "PUT", "/", formType, "name=a", map[string][]string{"name": {"a"}}},
		{"multipart with file names", "POST", "/", multipartType, multipartText, map[string][]string{"name": {"a b"}, "other": {"ü"}}},
		{"multipart of PUT", "PUT", "/", multipartType, multipartText, map[string][]string{"name": {"a b"}}},
		{"query wins", "POST", "/?name=q", formType, "name=f&other=g", map[string][]string{"name": {"q"}, "other": {"g"}}},
		{"empty does not win", "POST", "/?name=", formType, "name=f", map[string][]string{"name": {"f"}}},
		{"empty is absent", "GET", "/?name=&other&=x&&", "", "", map[string][]string{"name": nil, "other": nil}},
		{"repeated", "GET", "/?name=a&name=b&NAME=&name=c", "", "", map[string][]string{"name": {"a", "b", "c"}}},
		{"unknown and garbage keys", "GET", `/?%22batchSize=-1&name=x`, "", "", map[string][]string{"batchsize": nil, "name": {"x"}}},
		{"JSON body ignored", "POST", "/?name=q", "application/json", `{"name":"j"}`, map[string][]string{"name": {"q"}}},
		{"no type, no body", "POST", "/?name=q", "", "", map[string][]string{"name": {"q"}}},
		{"type */*", "POST", "/?name=q", "*/*", "junk", map[string][]string{"name": {"q"}}},
		{"alias", "POST", "/", formType, "removeDelete=true&objectID=x&display_name=y&pagesize=7",
			map[string][]string{"removeDeleted": {"true"}, "objectsID": {"x"}, "displayname": {"y"}, "batchsize": {"7"}}},
		{"name before alias", "GET", "/?pagesize=7&batchsize=8", "", "", map[string][]string{"batchsize": {"8"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := decode(tt.method, tt.target, tt.contentType, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				if diff := cmp.Diff(want, p.all(name)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestMalformedRequests(t *testing.T) {
	multipartType, multipartText := multipartBody(t, [2]string{"name", "x"})
	largeType, largeText := multipartBody(t, [2]string{"name", strings.Repeat("x", maxBody)})
	tests := []struct {
		name, target, contentType, body string
		code                            searchlight.ErrorCode
	}{
		{"escape in the query", "/?name=%zz", "", "", searchlight.CodeInvalid},
		{"escape in a form", "/", formType, "name=50%", searchlight.CodeInvalid},
		{"invalid UTF-8", "/?name=%ff", "", "", searchlight.CodeInvalid},
		{"invalid UTF-8 in a name", "/?%ff=x", "", "", searchlight.CodeInvalid},
		{"NUL", "/", formType, "name=a%00b", searchlight.CodeInvalid},
		{"password in the query", "/?PassWord=x", "", "", searchlight.CodeInvalid},
		{"secret key in the query", "/?secret_key=", "", "", searchlight.CodeInvalid},
		{"multipart without boundary", "/", "multipart/form-data", multipartText, searchlight.CodeInvalid},
		{"multipart cut short", "/", multipartType, multipartText[:len(multipartText)-10], searchlight.CodeInvalid},
		{"too many parameters", "/", formType, manyParameters(), searchlight.CodeTooLarge},
		{"too large", "/", formType, "name=" + strings.Repeat("x", maxBody), searchlight.CodeTooLarge},
		{"too large multipart", "/", largeType, largeText, searchlight.CodeTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decode("POST", tt.target, tt.contentType, tt.body)
			if err == nil || searchlight.CodeOf(err) != tt.code {
				t.Errorf("got %v, want code %s", err, tt.code)
			}
		})
	}
}

func manyParameters() string {
	var b strings.Builder
	for i := range maxParameters + 1 {
		fmt.Fprintf(&b, "p%d=1&", i)
	}
	return b.String()
}

func TestMissingBlamesAnUnreadBody(t *testing.T) {
	for contentType, want := range map[string]int{"application/json": 415, "text/plain": 415, "": 415, formType: 400} {
		p, err := decode("POST", "/", contentType, "x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.required("name"); StatusOf(err) != want {
			t.Errorf("%q: %v, want status %d", contentType, err, want)
		}
	}
	p, err := decode("POST", "/", "application/json", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.required("name"); StatusOf(err) != 400 {
		t.Errorf("empty JSON body: %v, want status 400", err)
	}
}

// one is a request with one parameter called x.
func one(t testing.TB, values ...string) *params {
	t.Helper()
	return &params{carriers: []map[string][]string{{"x": values}}}
}

func TestScalars(t *testing.T) {
	show := func(v any, err error) any {
		if err != nil {
			return err.Error()
		}
		return v
	}
	deref := func(b *bool) any {
		if b == nil {
			return nil
		}
		return *b
	}
	const badBool = `invalid: the parameter x must be true or false, not "yes"`
	for value, want := range map[string]any{"true": true, "True": true, "FALSE": false, "1": true, "0": false, " true ": true, "null": nil, "": nil, "yes": badBool} {
		b, err := one(t, value).boolean("x")
		if err == nil {
			if got := deref(b); got != want {
				t.Errorf("boolean %q = %v, want %v", value, got, want)
			}
		} else if err.Error() != want {
			t.Errorf("boolean %q: %v, want %v", value, err, want)
		}
	}
	for value, want := range map[string]any{
		"10": 10, "-1": -1, "+7": 7, "-1?disableSAMLRedirect=true": -1, "12abc": 12, " 3 ": 3, "null": 99, "": 99,
		"99999999999999999999": math.MaxInt, "-99999999999999999999": math.MinInt,
		"abc": `invalid: the parameter x must be a whole number, not "abc"`, "-": `invalid: the parameter x must be a whole number, not "-"`,
	} {
		if got := show(one(t, value).integer("x", 99)); got != want {
			t.Errorf("integer %q = %v, want %v", value, got, want)
		}
	}
	for value, want := range map[string]any{
		"read_only": "READ_ONLY", `"MODIFY"`: "MODIFY", "'modify'": "MODIFY", "null": "NONE", "": "NONE",
		"write": `invalid: the parameter x must be READ_ONLY or MODIFY, not "write"`,
	} {
		if got := show(one(t, value).enum("x", "NONE", "READ_ONLY", "MODIFY")); got != want {
			t.Errorf("enum %q = %v, want %v", value, got, want)
		}
	}
	if got, ok := one(t, "null").text("x"); got != "null" || !ok {
		t.Errorf("a plain text null is %q, %v", got, ok)
	}
}

func TestArrays(t *testing.T) {
	tests := []struct {
		values []string
		want   []string
		fails  bool
	}{
		{values: []string{`["a","b"]`}, want: []string{"a", "b"}},
		{values: []string{`[1,2.5,true,"x",null]`}, want: []string{"1", "2.5", "true", "x"}},
		{values: []string{`"PINBOARD_ANSWER_BOOK"`}, want: []string{"PINBOARD_ANSWER_BOOK"}},
		{values: []string{`['a','b']`}, want: []string{"a", "b"}},
		{values: []string{`['a', "it's"]`}, want: []string{"a", "it's"}},
		{values: []string{`[a,b]`}, want: []string{"a", "b"}},
		{values: []string{`[WORKSHEET]`}, want: []string{"WORKSHEET"}},
		{values: []string{`[user@example.com]`}, want: []string{"user@example.com"}},
		{values: []string{`[Sales Team, East]`}, want: []string{"Sales Team", "East"}},
		{values: []string{`[“a”, “b”]`}, want: []string{"a", "b"}},
		{values: []string{"ALL_GROUP"}, want: []string{"ALL_GROUP"}},
		{values: []string{"a,b"}, want: []string{"a,b"}},
		{values: []string{guidA + "," + guidB}, want: []string{guidA, guidB}},
		{values: []string{guidA + ", x"}, want: []string{guidA + ", x"}},
		{values: []string{`["a"]`, "b", `[a,c]`}, want: []string{"a", "b", "c"}},
		{values: []string{"[\" a\r\n\",\"\",\"a\"]"}, want: []string{"a"}},
		{values: []string{"[]"}}, {values: []string{""}}, {values: []string{"null"}}, {values: []string{"[null]"}},
		{values: []string{`["a"`}, fails: true},
		{values: []string{`[["a"]]`}, fails: true},
		{values: []string{`[{"a":1}]`}, fails: true},
		{values: []string{`[{'a':1}]`}, fails: true},
		{values: []string{"[\"a\\u0000\"]"}, fails: true},
	}
	for _, tt := range tests {
		got, err := one(t, tt.values...).array("x")
		if (err != nil) != tt.fails || cmp.Diff(tt.want, got) != "" {
			t.Errorf("%q = %q, %v; want %q, failure %v", tt.values, got, err, tt.want, tt.fails)
		}
	}
}

func TestObjects(t *testing.T) {
	const bad = "invalid: the parameter x must be a JSON object of the documented form"
	for value, want := range map[string]any{
		`{"a":{"b":"é"}}`:     map[string]map[string]string{"a": {"b": "é"}},
		" {'a': {'b': 'c'}} ": map[string]map[string]string{"a": {"b": "c"}},
		`{"a":{"b":null}}`:    map[string]map[string]string{"a": {"b": ""}},
		`{"a":None}`:          map[string]map[string]string{"a": nil},
		"{}":                  map[string]map[string]string{},
		"":                    nil, "null": nil,
		"[]": bad, `"{}"`: bad, "a": bad, `{"a":"b"}`: bad, `{"a":{}} x`: bad, `{"a":{}`: bad, "1": bad,
	} {
		var into map[string]map[string]string
		ok, err := one(t, value).object("x", &into)
		var got any
		switch {
		case err != nil:
			got = err.Error()
		case ok:
			got = into
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("object %q = %v, want %v", value, got, want)
		}
	}
}

func TestPythonToJSON(t *testing.T) {
	for literal, want := range map[string]string{
		`{'permissions': {'g': {'shareMode': 'READ_ONLY'}}, "n": [1, -2.5, True, False, None],}`: `{"permissions":{"g":{"shareMode":"READ_ONLY"}},"n":[1,-2.5,true,false,null]}`,
		`('a', )`:                           `["a"]`,
		`'\x41\u00e9\U0001F600\n\'\"\\ \q'`: `"Aé😀\n'\"\\ \\q"`,
		`"\ud83d\ude00"`:                    `"😀"`,
		"'raw\nbreak'":                      `"raw\nbreak"`,
		"'a\\\nb'":                          `"ab"`,
		" [ ] ":                             `[]`,
		`[,]`:                               "", `['a'`: "", `'a`: "", `'a\`: "", `{'a'}`: "", `{1: 2}`: "", `[a]`: "", `['a' 'b']`: "", `'\x4'`: "",
		`'\ud83d'`: "", `'\u0000'`: "", `01`: "", ``: "", `1 2`: "",
		strings.Repeat("[", 1000): "",
	} {
		got, ok := pythonToJSON(literal)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s = %s, want %s", literal, got, want)
		}
	}
}

func TestDecodeDocuments(t *testing.T) {
	tests := []struct {
		name, value string
		want        []string
		fails       bool
	}{
		{"JSON array of texts", `["guid: a\ntable:\n  name: x\n", "{\"table\":{}}"]`, []string{"guid: a\ntable:\n  name: x\n", `{"table":{}}`}, false},
		{"JSON array of objects", `[{"guid":"a","table":{"name":"x"}}]`, []string{`{"guid":"a","table":{"name":"x"}}`}, false},
		{"Python list", `['{"guid": "a", "table": {"name": "it\'s"}}', "it's {}"]`, []string{`{"guid": "a", "table": {"name": "it's"}}`, "it's {}"}, false},
		{"Python list with raw line breaks", "['table:\n  name: ü\n']", []string{"table:\n  name: ü\n"}, false},
		{"one JSON object", ` {"table":{}} `, []string{`{"table":{}}`}, false},
		{"one YAML text", "table:\n  name: x\n", []string{"table:\n  name: x"}, false},
		{"one quoted text", `"table:\n  name: x"`, []string{"table:\n  name: x"}, false},
		{"doubly encoded", `["\"guid: a\\nworksheet:\\n  name: x\""]`, []string{"guid: a\nworksheet:\n  name: x"}, false},
		{"not a document", `[17]`, []string{"17"}, false},
		{"empty", "[]", nil, false},
		{"null", "null", nil, false},
		{"broken list", `["a", `, nil, true},
		{"NUL", `["a\u0000"]`, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := decodeDocuments(tt.value)
			if ok == tt.fails || cmp.Diff(tt.want, got) != "" {
				t.Errorf("got %q, %v; want %q", got, ok, tt.want)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	origins, err := ParseOrigins([]string{"https://bi.example.com", "apps.example.com:8443", "http://localhost:5173", "https://*.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]bool{
		"https://bi.example.com": true, "https://BI.example.com:443": true, "http://localhost:5173": true, "https://apps.example.com:8443": true,
		"https://a.example.org": true, "https://a.b.example.org": true,
		"http://bi.example.com": false, "https://bi.example.com:444": false, "https://evilbi.example.com": false, "https://bi.example.com.evil": false,
		"https://example.org": false, "https://evilexample.org": false, "null": false, "": false, "https://bi.example.com/": false,
		"https://u@bi.example.com": false, "javascript:alert(1)": false, "https://a.example.org.evil": false, "file://": false,
	} {
		if got := origins.Allow(header); got != want {
			t.Errorf("Allow(%q) = %v, want %v", header, got, want)
		}
	}
	for _, bad := range []string{"*", "null", "https://*", "https://*.com", "https://*.*.example.com", "ftp://example.com", "https://example.com/path",
		"https://a b.com", "", "https://exa*mple.com", strings.Repeat("a", 5000)} {
		if _, err := ParseOrigins([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func FuzzParams(f *testing.F) {
	multipartType, multipartText := multipartBody(f, [2]string{"ids", `["a"]`}, [2]string{"n", "1"})
	for _, seed := range []string{"", "a=b", "ids=[\"a\",'b']&n=-1?x=y", "ids=[“a”]", "%zz", "ids=[[1]]", "b=True&e=%22x%22", "ids=" + guidA + "," + guidB} {
		f.Add(seed, formType, seed)
	}
	f.Add("n=1", multipartType, multipartText)
	f.Add("", "multipart/form-data; boundary=\"", "--")
	f.Fuzz(func(t *testing.T, query, contentType, body string) {
		r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", contentType)
		p, err := decodeParams(httptest.NewRecorder(), r, nil)
		if err != nil {
			if searchlight.CodeOf(err) == searchlight.CodeInternal {
				t.Fatalf("not an error for the caller: %v", err)
			}
			return
		}
		for _, carrier := range p.carriers {
			for name := range carrier {
				ids, err := p.array(name)
				for _, id := range ids {
					if err != nil || id == "" || !isText(id) || id != strings.TrimSpace(id) {
						t.Fatalf("array %q of %q: %v", id, name, err)
					}
				}
				_, _ = p.boolean(name)
				_, _ = p.integer(name, 0)
				_, _ = p.enum(name, "", "A", "B")
				if documents, ok := decodeDocuments(strings.Join(p.all(name), "")); ok {
					for _, d := range documents {
						if !isText(d) {
							t.Fatalf("document %q", d)
						}
					}
				}
			}
		}
	})
}

func FuzzPythonToJSON(f *testing.F) {
	for _, seed := range []string{`{'a': [1, True, None, "x\n"]}`, `['it\'s', "\ud83d\ude00"]`, `('a',)`, `[`, `'\x`, `-`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, literal string) {
		text, ok := pythonToJSON(literal)
		if !ok {
			return
		}
		again, ok := pythonToJSON(text)
		if !ok || again != text {
			t.Fatalf("%q became %q and then %q, %v", literal, text, again, ok)
		}
	})
}
