package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
)

var (
	salesSource  = fixture.ID(11)
	retailSource = fixture.ID(12)
	ordersSource = fixture.ID(13)
)

func TestBadInput(t *testing.T) {
	t.Parallel()
	server, c := withFixture(t)
	stranger := visitor(t, server.base)
	stale := login(t, server.base)
	stale.post("session/logout")
	search := func(text string, pairs ...string) func() answer {
		return func() answer { return c.search(salesSource, text, pairs...) }
	}
	raw := func(method, path, contentType, body string) func() answer {
		return func() answer { return c.do(c.request(context.Background(), method, path, contentType, body)) }
	}
	tests := []struct {
		name     string
		ask      func() answer
		status   int
		code     int
		message  string // a part of it
		position string // line:column:length, of searches
	}{
		{"unknown source", func() answer { return c.search(fixture.ID(999), "[amount]") }, 403, 10038, "listobjectheaders", ""},
		{"malformed source", func() answer { return c.search("sales", "[amount]") }, 400, 10002, "data_source_guid", ""},
		{"a connection as source", func() answer { return c.search(searchlight.EmbeddedConnectionID, "[amount]") }, 403, 10038, "listobjectheaders", ""},
		{"no source", func() answer { return c.post("searchdata", "query_string", "[amount]") }, 400, 10002, "data_source_guid is missing", ""},
		{"no search", func() answer { return c.post("searchdata", "data_source_guid", string(salesSource)) }, 400, 10002, "query_string is missing", ""},
		{"unclosed bracket", search("[amount] [region"), 400, 14516, "end the name with ]", "1:10:7"},
		{"unclosed quote", search("[region] = 'west"), 400, 14516, "end the value with the same mark", "1:12:1"},
		{"unknown column", search("[amount] [reigon]"), 400, 14516, "did you mean [Region]?", "1:10:8"},
		{"unknown column after other scripts", search("[amount] [région]"), 400, 14516, "did you mean [Region]?", "1:10:8"},
		{"ambiguous column", func() answer { return c.search(retailSource, "[dat]") }, 400, 14516, "did you mean", "1:1:5"},
		{"operator without value", search("[amount] [region] ="), 400, 14516, "value", "1:19:1"},
		{"text against a number", search("[amount] [quantity] > 'many'"), 400, 14516, "number", "1:23:6"},
		{"a later part of the language", search("growth of [amount] by [date]"), 400, 14516, "growth of is not available", "1:1:28"},
		{"10,000 characters", search(strings.Repeat("x", 10_000)), 400, 14516, "", "1:1:10000"},
		{"5,000 tokens", search(strings.Repeat("[amount] ", 5000)), 400, 14516, "limit", ""},
		{"deep brackets", search(strings.Repeat("(", 4000)), 400, 14516, "", ""},
		{"NUL", search("[amount\x00]"), 400, 10002, "query_string", ""},
		{"invalid UTF-8", search("[amount\xff]"), 400, 10002, "query_string", ""},
		{"no number as batch size", search("[amount]", "batchsize", "many"), 400, 10002, "batchsize must be a whole number", ""},
		{"unknown format", search("[amount]", "formattype", "EXCEL"), 400, 10002, "COMPACT or FULL", ""},
		{"unknown operator of a filter", search("[amount]", "col1", "region", "op1", "LIKE", "val1", "w"), 400, 14518, "EQ, NE", ""},
		{"filter without operator", search("[amount]", "col1", "region", "val1", "w"), 400, 10002, "op1 is missing", ""},
		{"filter on nothing", search("[amount]", "col1", "reigon", "op1", "EQ", "val1", "w"), 400, 14518, "did you mean [Region]?", ""},
		{"filter with a far date", search("[amount]", "col1", "date", "op1", "EQ", "val1", "99999999999999"), 400, 14518, "years 1 and 9999", ""},
		{"sort by nothing", search("[amount]", "sortcol1", "region"), 400, 14518, "its columns are", ""},
		{"wrong method", raw("GET", "searchdata", "", ""), 405, 10002, "it takes POST", ""},
		{"wrong path", raw("POST", "searchdatum", formType, ""), 404, 10002, "nothing at", ""},
		{"wrong content type", raw("POST", "searchdata", "application/json", `{"query_string":"[amount]"}`), 415, 10002, "application/x-www-form-urlencoded", ""},
		{"a broken escape", raw("POST", "searchdata", formType, "query_string=%zz"), 400, 10002, "hexadecimal", ""},
		{"no session", func() answer { return stranger.search(salesSource, "[amount]") }, 401, 10003, "sign in", ""},
		{"stale session", func() answer { return stale.search(salesSource, "[amount]") }, 401, 10003, "sign in", ""},
		{"wrong password", func() answer { return stranger.login("jroe", "wrong") }, 401, 10003, "", ""},
		{"login without password", func() answer { return stranger.post("session/login", "username", "tsadmin") }, 400, 10002, "password is missing", ""},
		{"no X-Requested-By", func() answer {
			r := c.request(context.Background(), "POST", "searchdata", formType, "")
			r.Header.Del("X-Requested-By")
			return c.do(r)
		}, 400, 10002, "X-Requested-By", ""},
		{"unknown type of objects", func() answer { return c.get("metadata/listobjectheaders", "type", "TABLE") }, 500, 0, "type must be", ""},
		{"unknown subtype", func() answer {
			return c.get("metadata/listobjectheaders", "type", "LOGICAL_TABLE", "subtypes", "[SHEET]")
		}, 400, 10002, "subtypes", ""},
		{"unknown policy", func() answer { return c.post("metadata/tml/import", "import_policy", "SOME", "import_objects", "[]") }, 400, 10002, "import_policy", ""},
		{"export of no GUID", func() answer { return c.post("metadata/tml/export", "export_ids", "[sales]") }, 400, 10002, "GUID", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := test.ask()
			var p problem
			a.decode(t, &p)
			if a.status != test.status || test.code != 0 && p.Code != test.code || p.Type != "ERROR" {
				t.Errorf("status %d, code %d, type %s; want %d, %d\n%s", a.status, p.Code, p.Type, test.status, test.code, a.body)
			}
			if message := p.message(t); !strings.Contains(message, test.message) {
				t.Errorf("message %q; want %q in it", message, test.message)
			}
			position := ""
			if p.Position != nil {
				position = fmt.Sprintf("%d:%d:%d", p.Position.Line, p.Position.Column, p.Position.Length)
			}
			if test.position != "" && position != test.position {
				t.Errorf("position %s; want %s: %s", position, test.position, a.body)
			}
			server.checkIncident(t, a, p)
		})
	}
	// Odd paging is not an error: it is brought into bounds.
	for _, pairs := range [][]string{
		{"batchsize", "-5"}, {"batchsize", "0"}, {"batchsize", "99999999999999999999"}, {"batchsize", "1000000"},
		{"offset", "-7"}, {"pagenumber", "0"}, {"pagenumber", "-1"},
	} {
		if d := c.mustSearch(salesSource, "[amount] [region]", pairs...); d.RowCount != 5 || d.TotalRowCount != 5 || d.PageSize != 100000 || d.Offset != 0 {
			t.Errorf("%v: %+v", pairs, d)
		}
	}
	for _, pairs := range [][]string{{"offset", "9000000000000000000"}, {"pagenumber", "9223372036854775807"}, {"offset", "5"}} {
		if d := c.mustSearch(salesSource, "[amount] [region]", pairs...); d.RowCount != 0 || d.TotalRowCount != 5 {
			t.Errorf("%v: %+v", pairs, d)
		}
	}
}

// checkIncident compares the ids of an error with header and log.
func (r *running) checkIncident(t *testing.T, a answer, p problem) {
	t.Helper()
	if p.Incident == "" || p.Trace == "" || a.header.Get("X-Callosum-Incident-Id") != p.Incident || a.header.Get("X-Callosum-Trace-Id") != p.Trace {
		t.Errorf("ids %q and %q, headers %q and %q", p.Incident, p.Trace, a.header.Get("X-Callosum-Incident-Id"), a.header.Get("X-Callosum-Trace-Id"))
	}
	// The line is written when the answer is out.
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(r.stderr.String(), "incident="+p.Incident); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("incident %s is not in the log", p.Incident)
			return
		}
	}
}

func TestBadDocuments(t *testing.T) {
	t.Parallel()
	server, c := withFixture(t)
	worksheet := func(change func(body object)) string {
		body := object{"name": "Bad", "tables": []object{{"name": "sales"}}, "table_paths": []object{{"id": "s", "table": "sales", "join_path": []object{{}}}},
			"worksheet_columns": []object{{"name": "Amount", "column_id": "s::amount", "properties": object{"column_type": "MEASURE", "aggregation": "SUM"}}}}
		change(body)
		return document("", "worksheet", body)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	join := func(name, from, to string) object {
		return object{"name": name, "source": from, "destination": to, "type": "INNER", "is_one_to_one": false,
			"on": fmt.Sprintf("[%s::store] = [%s::store]", from, to)}
	}
	tests := []struct {
		name, document, message string
		number                  int
	}{
		{"no YAML", "worksheet: [", "Invalid YAML/JSON syntax in file.", 0},
		{"a bare text", "hello", "", 0},
		{"YAML bomb", bomb, "", 0},
		{"an unknown kind", `{"sheet": {"name": "x"}}`, "sheet", 0},
		{"a missing table", worksheet(func(b object) { b["tables"] = []object{{"name": "sails"}} }), "sails", 0},
		{"a column of nothing", worksheet(func(b object) {
			b["worksheet_columns"] = []object{{"name": "Amount", "column_id": "s::amuont", "properties": object{"column_type": "MEASURE"}}}
		}), "amuont", 0},
		{"a join to a missing table", worksheet(func(b object) {
			b["joins"] = []object{join("j", "sales", "shops")}
			b["table_paths"] = append(b["table_paths"].([]object), object{"id": "t", "table": "shops", "join_path": []object{{"join": []string{"j"}}}})
		}), "shops", 0},
		{"a cycle of joins", worksheet(func(b object) {
			b["tables"] = []object{{"name": "sales"}, {"name": "stores"}, {"name": "returns"}}
			b["joins"] = []object{join("a", "sales", "stores"), join("b", "stores", "returns"), join("c", "returns", "sales")}
			b["table_paths"] = []object{{"id": "s", "table": "sales", "join_path": []object{{"join": []string{"a", "b", "c"}}}}}
		}), "", 0},
		{"a formula that ends early", worksheet(func(b object) {
			b["formulas"] = []object{{"id": "f", "name": "F", "expr": "sum ( [s::amount] "}}
		}), "", 0},
	}
	before := len(c.list("type", "LOGICAL_TABLE"))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := c.post("metadata/tml/import", "import_policy", "PARTIAL", "import_objects", list(test.document))
			got := decodeImport(t, a)
			if len(got) != 1 || got[0].Status.Code != "ERROR" || got[0].Status.Number == 0 || got[0].Status.Message == "" {
				t.Fatalf("got %s", a.body)
			}
			if !strings.Contains(got[0].Status.Message, test.message) {
				t.Errorf("message %q; want %q in it", got[0].Status.Message, test.message)
			}
			if a.header.Get("X-Callosum-Incident-Id") == "" {
				t.Error("no incident id")
			}
		})
	}
	if after := len(c.list("type", "LOGICAL_TABLE")); after != before {
		t.Errorf("%d objects became %d", before, after)
	}
	for _, bad := range []string{"", "   "} {
		if a := c.post("metadata/tml/import", "import_objects", bad); a.status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", bad, a.status, a.body)
		}
	}
	if d := c.mustSearch(salesSource, "[amount]"); d.RowCount != 1 {
		t.Errorf("the server does not serve any more: %+v", d)
	}
	if code := server.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
