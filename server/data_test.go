package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/server"
	"github.com/searchlight-bi/searchlight/source"
)

// answerWith makes an answer of rows in memory that are all there are.
func answerWith(r query.Request, schema result.Schema, rows [][]any, warnings ...source.Diagnostic) *query.Answer {
	a := query.Answer{Rows: result.FromRows(schema, rows), Offset: r.Offset, Limit: r.Limit, Warnings: warnings}
	for _, column := range schema {
		a.Columns = append(a.Columns, query.Column{Name: column.Name})
	}
	return query.NewAnswer(a, func(_ context.Context, returned int) (int, error) { return r.Offset + returned, nil })
}

var everyKind = result.Schema{
	{Name: "Region", Kind: result.KindText}, {Name: "Total Revenue", Kind: result.KindFloat}, {Name: `The "Price"`, Kind: result.KindDecimal, Scale: 2},
	{Name: "Number of <b>", Kind: result.KindInt}, {Name: "Open", Kind: result.KindBool}, {Name: "Day", Kind: result.KindDate},
	{Name: "At", Kind: result.KindDateTime}, {Name: "Hour", Kind: result.KindTime},
}

var everyRow = [][]any{
	{"east", 812.5, "20.10", 3, true, "2021-06-02", "2021-06-02 12:00:00", "01:00:00"},
	{"we\"st\n", 640.0, "-0.05", -4, false, "1969-12-31", "1970-01-01 00:00:01", "00:00:00"},
	{nil, nil, nil, nil, nil, nil, nil, nil},
}

func TestSearchDataForms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	warning := source.Diagnostic{Severity: source.SeverityWarning, Message: "two join paths; the one over Stores was taken"}
	for _, tt := range []struct {
		name, format, want string
		rows               [][]any
		warnings           []source.Diagnostic
	}{
		{name: "COMPACT", format: "", rows: everyRow, want: `{"columnNames":["Region","Total Revenue","The \"Price\"","Number of <b>","Open","Day","At","Hour"],` +
			`"data":[["east",812.5,20.1,3,true,1622592000,1622635200,3600],["we\"st\n",640,-0.05,-4,false,-86400,1,0],[null,null,null,null,null,null,null,null]],` +
			`"samplingRatio":1,"totalRowCount":3,"rowCount":3,"pageSize":100000,"offset":0}`},
		{name: "FULL", format: "full", rows: everyRow[:1], warnings: []source.Diagnostic{warning}, want: `{"columnNames":["Region","Total Revenue","The \"Price\"","Number of <b>","Open","Day","At","Hour"],` +
			`"data":[{"Region":"east","Total Revenue":812.5,"The \"Price\"":20.1,"Number of <b>":3,"Open":true,"Day":1622592000,"At":1622635200,"Hour":3600}],` +
			`"samplingRatio":1,"totalRowCount":1,"rowCount":1,"pageSize":100000,"offset":0,"warnings":["two join paths; the one over Stores was taken"]}`},
		{name: "no rows", format: `"COMPACT"`, want: `{"columnNames":["Region","Total Revenue","The \"Price\"","Number of <b>","Open","Day","At","Hour"],` +
			`"data":[],"samplingRatio":1,"totalRowCount":0,"rowCount":0,"pageSize":100000,"offset":0}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
				return answerWith(r, everyKind, tt.rows, tt.warnings...), nil
			}
			a := b.do(post("/searchdata", token, "query_string", "[x]", "data_source_guid", retail, "formattype", tt.format))
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json;charset=UTF-8" {
				t.Fatalf("%d %s %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
			}
			if diff := cmp.Diff(tt.want, a.body); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDatesFollowTheServersZone(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("two", 2*3600)
	b := newBench(t, func(c *server.Config) { c.Location = zone })
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		return answerWith(r, result.Schema{{Name: "Day", Kind: result.KindDate}}, [][]any{{"1970-01-02"}}), nil
	}
	a := b.do(post("/searchdata", b.signIn(userName, password), "query_string", "[Day]", "data_source_guid", retail))
	if !strings.Contains(a.body, `"data":[[79200]]`) {
		t.Errorf("%s", a.body)
	}
}

func TestSearchDataRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	var got query.Request
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		got = r
		return answerWith(r, result.Schema{{Name: "x", Kind: result.KindInt}}, nil), nil
	}
	const limit = 100000
	for _, tt := range []struct {
		parameters string
		want       query.Request
	}{
		{"", query.Request{Limit: limit}},
		{"batchsize=-1&offset=-1&pagenumber=0&formattype=COMPACT", query.Request{Limit: limit}},
		{"batchsize=10", query.Request{Limit: 10}},
		{"batchSize=10&offset=30", query.Request{Limit: 10, Offset: 30}},
		{"batchsize=10&offset=30&pagenumber=2", query.Request{Limit: 10, Offset: 10}},
		{"pagenumber=3", query.Request{Limit: limit, Offset: 2 * limit}},
		{"batchsize=100001", query.Request{Limit: limit}},
		{"batchsize=0&offset=-99999999999999999999999", query.Request{Limit: limit}},
		{"batchsize=99999999999999999999999&offset=99999999999999999999999", query.Request{Limit: limit, Offset: 1<<47 - 1}},
		{"batchsize=1000&pagenumber=99999999999999999999999", query.Request{Limit: 1000, Offset: (1<<47 - 1) / 1000 * 1000}},
		{"batchsize=10?disableSAMLRedirect=true", query.Request{Limit: 10}},
		{"formattpe=FULL", query.Request{Limit: limit}},
		{"col1=Region&op1=in&val1=east&val1=west&col7=Mfgr&op7=EQ&val7=mfgr%2324&col2=A&op2=bw_inc&val2=1&val2=2", query.Request{Limit: limit, Filters: []query.RuntimeFilter{
			{Column: "Region", Operator: "IN", Values: []string{"east", "west"}}, {Column: "A", Operator: "BW_INC", Values: []string{"1", "2"}},
			{Column: "Mfgr", Operator: "EQ", Values: []string{"mfgr#24"}},
		}}},
		{"sortCol2=B&sortCol1=A&asc1=false&col01=x&col0=x&colour=x", query.Request{Limit: limit, Sorts: []query.RuntimeSort{{Column: "A", Descending: true}, {Column: "B"}}}},
		{"param1=x&paramVal1=y", query.Request{Limit: limit}},
	} {
		c := post("/searchdata?query_string="+"%5Bsales%5D+%C3%BC&data_source_guid=%5B%22"+strings.ToUpper(retail)+"%22%5D&"+tt.parameters, token)
		c.contentType, c.body = "application/json", ""
		if a := b.do(c); a.StatusCode != 200 {
			t.Errorf("%s: %d %s", tt.parameters, a.StatusCode, a.body)
			continue
		}
		if got.Subject == nil || got.Subject.User.ID != b.user {
			t.Errorf("%s: subject %+v", tt.parameters, got.Subject)
		}
		tt.want.Text, tt.want.Source, got.Subject = "[sales] ü", retail, nil
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.parameters, diff)
		}
	}
}

func TestSearchDataErrors(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token, admin := b.signIn(userName, password), b.signIn("tsadmin", adminPW)
	text := source.NewText("", "[sales]\n[reigon] [x]")
	var fails error
	b.searcher.SearchFunc = func(context.Context, query.Request) (*query.Answer, error) { return nil, fails }
	search := func(cookie string) answer {
		return b.do(post("/searchdata", cookie, "query_string", "[sales]", "data_source_guid", retail))
	}

	fails = &searchlight.Error{Code: searchlight.CodeInvalid, Text: text, Diagnostics: source.Diagnostics{
		{Number: 14516, Span: source.Span{Start: 8, End: 16}, Message: "no column [reigon] in worksheet Retail", Hint: "did you mean [region]?"},
		{Number: 14516, Span: source.Span{Start: 17, End: 20}, Message: "no column [x] in worksheet Retail"},
	}}
	a := search(token)
	a.wants(t, 400, 14516, "no column [reigon] in worksheet Retail; did you mean [region]?")
	p := a.problem(t)
	if p.Position == nil || p.Position.Line != 2 || p.Position.Column != 1 || p.Position.Length != 8 {
		t.Errorf("position %+v", p.Position)
	}
	if list := p.sentences(t); len(list) != 2 || list[0] != "no column [x] in worksheet Retail" {
		t.Errorf("sentences %q", list)
	}

	fails = searchlight.Errorf(searchlight.CodeForbidden, "you may not search this data source, or it does not exist")
	search(token).wants(t, 403, 10038, "may not search")

	fails = &searchlight.Error{Code: searchlight.CodeUnavailable, Message: "too many searches at once", RetryAfter: 1500 * time.Millisecond}
	a = search(token)
	a.wants(t, 503, 10000, "too many searches")
	if a.Header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}

	fails = &searchlight.Error{Code: searchlight.CodeEngine, Message: "column t.secret has no index", Err: errors.New("SELECT secret FROM t")}
	search(token).wants(t, 500, 10000, "the database behind the data source failed")
	a = search(admin)
	a.wants(t, 500, 10000, "column t.secret has no index")
	if strings.Contains(a.body, "SELECT") {
		t.Error("the administrator sees SQL")
	}
	b.entry(a.Header.Get("X-Callosum-Incident-Id"), "SELECT secret FROM t", `"level":"ERROR"`)

	fails = fmt.Errorf("disk %s on fire", "sda")
	for _, cookie := range []string{token, admin} {
		a = search(cookie)
		a.wants(t, 500, 10000, "something went wrong in the server")
		b.entry(a.Header.Get("X-Callosum-Incident-Id"), "disk sda on fire", `"level":"ERROR"`)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	const source = "data_source_guid"
	for _, tt := range []struct {
		name   string
		call   call
		status int
		text   string
	}{
		{"no query", post("/searchdata", token, source, retail), 400, "query_string is missing"},
		{"empty query", post("/searchdata", token, "query_string", "", source, retail), 400, "query_string is missing"},
		{"no source", post("/searchdata", token, "query_string", "x"), 400, "data_source_guid is missing"},
		{"malformed source", post("/searchdata", token, "query_string", "x", source, "retail"), 400, `GUIDs, and "retail" is none`},
		{"two sources", post("/searchdata", token, "query_string", "x", source, retail+","+string(searchlight.AdminUserID)), 400, "takes one value"},
		{"batchsize", post("/searchdata", token, "query_string", "x", source, retail, "batchsize", "ten"), 400, "batchsize must be a whole number"},
		{"offset", post("/searchdata", token, "query_string", "x", source, retail, "offset", "--1"), 400, "offset must be a whole number"},
		{"pagenumber", post("/searchdata", token, "query_string", "x", source, retail, "pagenumber", "{}"), 400, "pagenumber must be a whole number"},
		{"formattype", post("/searchdata", token, "query_string", "x", source, retail, "formattype", "CSV"), 400, "COMPACT or FULL"},
		{"filter without operator", post("/searchdata", token, "query_string", "x", source, retail, "col1", "a", "val1", "b"), 400, "op1 is missing"},
		{"filter without value", post("/searchdata", token, "query_string", "x", source, retail, "col1", "a", "op1", "EQ", "val1", ""), 400, "val1 is missing"},
		{"filter without column", post("/searchdata", token, "query_string", "x", source, retail, "op2", "EQ"), 400, "col2 is missing"},
		{"sort direction", post("/searchdata", token, "query_string", "x", source, retail, "sortCol1", "a", "asc1", "up"), 400, "asc1 must be true or false"},
		{"NUL", post("/searchdata", token, "query_string", "a\x00b", source, retail), 400, "not text"},
		{"invalid UTF-8", post("/searchdata", token, "query_string", "a\xffb", source, retail), 400, "not text"},
		{"JSON body", withType(post("/searchdata", token), "application/json", `{"query_string":"x"}`), 415, "application/json is not read"},
		{"broken multipart", withType(post("/searchdata", token), "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc"), 400, "multipart"},
		{"broken escape", withType(post("/searchdata", token), formType, "query_string=%"), 400, "form holds a %"},
		{"too large", withType(post("/searchdata", token), formType, "query_string="+strings.Repeat("x", 64<<20)), 413, "larger than 67108864 bytes"},
		{"secret in the address", post("/searchdata?secret_key=x", token), 400, "secret_key must be sent in the body"},
		{"GET", get(base+"/searchdata?query_string=x", token), 405, "does not take GET; it takes POST"},
		{"POST a list", post("/metadata/listobjectheaders", token), 405, "takes GET, HEAD"},
		{"unknown path", get(base+"/searchdatas", token), 404, "nothing at"},
		{"upper case", get(base+"/Session/info", token), 404, "nothing at"},
		{"prefix alone", get("/callosum/v1", token), 404, "nothing at"},
		{"other prefix", get("/callosum/v2/tspublic/v1/session/info", token), 404, "nothing at"},
		{"no session", get(base+"/session/info", ""), 401, "sign in"},
		{"stale session", get(base+"/session/info", strings.Repeat("A", 43)), 401, "sign in"},
		{"long address", get(base+"/session/info?x="+strings.Repeat("x", 65<<10), token), 414, "longer than 65536 bytes"},
		{"type of objects", get(base+"/metadata/listobjectheaders?type=TABLES", token), 500, "type must be"},
		{"later type", get(base+"/metadata/listobjectheaders?type=LOGICAL_RELATIONSHIP", token), 400, "joins are not listed by themselves"},
		{"subtype", get(base+"/metadata/listobjectheaders?subtypes=%5BWORKSHEET,X%5D", token), 400, `not "X"`},
		{"category", get(base+"/metadata/listobjectheaders?category=YOURS", token), 400, "category must be"},
		{"sort", get(base+"/metadata/listobjectheaders?sort=SIZE", token), 400, "sort must be"},
		{"sortascending", get(base+"/metadata/listobjectheaders?sortascending=up", token), 400, "sortascending must be"},
		{"fetchids", get(base+"/metadata/listobjectheaders?fetchids=%5Bx%5D", token), 400, "fetchids must hold GUIDs"},
		{"no documents", post("/metadata/tml/import", token), 400, "import_objects is missing"},
		{"empty list of documents", post("/metadata/tml/import", token, "import_objects", "[]"), 400, "import_objects is missing"},
		{"broken list of documents", post("/metadata/tml/import", token, "import_objects", "['a"), 400, "neither a JSON array nor a Python list"},
		{"policy", post("/metadata/tml/import", token, "import_objects", "x", "import_policy", "SOME"), 400, "import_policy must be"},
		{"JSON import", withType(post("/metadata/tml/import", token), "application/json", `{}`), 415, "is not read"},
		{"no ids", post("/metadata/tml/export", token, "export_ids", "[]"), 400, "export_ids is missing"},
		{"malformed id", post("/metadata/tml/export", token, "export_ids", `["x"]`), 400, "export_ids must hold GUIDs"},
		{"export format", post("/metadata/tml/export", token, "export_ids", retail, "formattype", "XML"), 400, "YAML or JSON"},
		{"export version", post("/metadata/tml/export", token, "export_ids", retail, "export_schema_version", "v2"), 400, "not supported"},
		{"export dependents", post("/metadata/tml/export", token, "export_ids", retail, "export_dependent", "true"), 400, "not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			number := 10002
			switch tt.status {
			case 401:
				number = 10003
			case 500:
				number = 10000
			}
			b.do(tt.call).wants(t, tt.status, number, tt.text)
		})
	}
}

func withType(c call, contentType, body string) call {
	c.contentType, c.body = contentType, body
	return c
}

func TestAddressesOf16KiB(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if a := b.do(get(base+"/session/info?x="+strings.Repeat("x", 60<<10), b.signIn(userName, password))); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestT41_PathsDoNotClimb(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, path := range []string{
		"/static/../go.mod", "/static/%2e%2e/go.mod", "/static/..%2fgo.mod", "/static/%252e%252e/go.mod", "/static/..%5c..%5cgo.mod", "/static/",
		"/external/swagger/../../etc/passwd", "/static/style.css%00.html", "/static/./style.css", "/static/" + strings.Repeat("x", 5000),
		base + "/session/../session/info",
	} {
		a := b.do(get(path, ""))
		a.wants(t, 404, 10002, "nothing at")
	}
}

func TestPanicsAreContained(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	b.searcher.SearchFunc = func(context.Context, query.Request) (*query.Answer, error) { panic("index out of range") }
	a := b.do(post("/searchdata", token, "query_string", "x", "data_source_guid", retail))
	a.wants(t, 500, 10000, "something went wrong in the server")
	if strings.Contains(a.body, "index out of range") || strings.Contains(a.body, "goroutine") {
		t.Errorf("the answer shows the panic: %s", a.body)
	}
	incident := a.Header.Get("X-Callosum-Incident-Id")
	if stack := fmt.Sprint(b.entry(incident, `"msg":"panic"`, "index out of range")["stack"]); !strings.Contains(stack, "data_test.go") {
		t.Errorf("the log has no stack but %q", stack)
	}
	b.entry(incident, `"msg":"request failed"`, `"status":500`)
	if a := b.do(get(base+"/session/info", token)); a.StatusCode != 200 {
		t.Errorf("afterwards: %d", a.StatusCode)
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	a := b.do(post("/searchdata?query_string=%5Bsalary%5D+canary&data_source_guid=x", token))
	e := b.entry(a.Header.Get("X-Callosum-Incident-Id"))
	for field, want := range map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "path": base + "/searchdata", "status": 400.0, "route": "POST /searchdata",
		"user": string(b.user), "address": "127.0.0.1", "trace": a.Header.Get("X-Callosum-Trace-Id"), "bytes": float64(len(a.body)),
	} {
		if e[field] != want {
			t.Errorf("%s is %v, want %v", field, e[field], want)
		}
	}
	if strings.Contains(b.log.String(), "canary") {
		t.Error("the log holds the search")
	}
}

func TestListObjectHeaders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	var got searchlight.ListQuery
	b.modeler.ListFunc = func(_ context.Context, s *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
		if s.User.ID != b.user {
			t.Errorf("subject %s", s.User.Name)
		}
		got = q
		author, at := searchlight.AdminUserID, time.UnixMilli(1618900000123)
		return &searchlight.HeaderPage{Headers: []searchlight.Header{
			{ID: retail, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: "Retail <1>", Description: new(""), Author: author, Created: at, Modified: at, ModifiedBy: author, Owner: retail, Connection: retail, Schema: "x"},
			{ID: retail, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeTable, Name: "orders", Author: author, Created: at, Modified: at, ModifiedBy: author, Owner: retail, AutoCreated: true, Connection: searchlight.EmbeddedConnectionID, Schema: "main"},
			{ID: retail, Type: searchlight.TypeConnection, ConnectionType: "RDBMS_DUCKDB", Name: "Embedded", Author: author, Created: at, Modified: at, ModifiedBy: author, Owner: retail},
		}}, nil
	}
	a := b.do(get(base+"/metadata/listobjectheaders?type=logical_table", token))
	const common = `"author":"59481331-ee53-42be-a548-bd87be6ddd4a","created":1618900000123,"modified":1618900000123,"modifiedBy":"59481331-ee53-42be-a548-bd87be6ddd4a","owner":"` + retail + `"`
	want := `[{"id":"` + retail + `","name":"Retail <1>","description":"",` + common + `,"isAutoCreated":false,"isAutoDelete":false,"type":"WORKSHEET"},` +
		`{"id":"` + retail + `","name":"orders",` + common + `,"isAutoCreated":true,"isAutoDelete":false,"type":"ONE_TO_ONE_LOGICAL","databaseStripe":"` + string(searchlight.EmbeddedConnectionID) + `","schemaStripe":"main"},` +
		`{"id":"` + retail + `","name":"Embedded",` + common + `,"type":"RDBMS_DUCKDB"}]`
	if a.StatusCode != 200 || a.body != want {
		t.Errorf("%d\n got %s\nwant %s", a.StatusCode, a.body, want)
	}
	content := []searchlight.ObjectType{searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable}
	plain := searchlight.ListQuery{Types: content, Category: searchlight.CategoryAll, Sort: searchlight.SortDefault}
	for parameters, change := range map[string]func(*searchlight.ListQuery){
		"": func(*searchlight.ListQuery) {},
		"type=&subtypes=&category=&sort=&pattern=&skipids=&fetchids=null&tagname=[]&auto_created=&batchsize=&offset=": func(*searchlight.ListQuery) {},
		"sort=DEFAULT&sortascending=true&offset=-1&batchsize=-1":                                                      func(q *searchlight.ListQuery) { q.Ascending = new(true) },
		"type=DATA_SOURCE&sort=name&offset=5&batchsize=10&category=my": func(q *searchlight.ListQuery) {
			q.Types = []searchlight.ObjectType{searchlight.TypeConnection}
			q.Sort, q.Offset, q.Limit, q.Category = searchlight.SortName, 5, 10, searchlight.CategoryMine
		},
		`type=LOGICAL_TABLE&subtypes=["WORKSHEET"]&pattern=Sa%25&auto_created=False&tagname=['a',"b"]&fetchids=` + strings.ToUpper(retail) + "&skipids=[" + retail + "]": func(q *searchlight.ListQuery) {
			q.Types, q.Subtypes = []searchlight.ObjectType{searchlight.TypeLogicalTable}, []searchlight.Subtype{searchlight.SubtypeWorksheet}
			q.Pattern, q.AutoCreated, q.Tags = "Sa%", new(false), []string{"a", "b"}
			q.Fetch, q.Skip = []searchlight.GUID{retail}, []searchlight.GUID{retail}
		},
	} {
		want := plain
		change(&want)
		got = searchlight.ListQuery{}
		path := base + "/metadata/listobjectheaders?" + strings.NewReplacer(`"`, "%22", "'", "%27", "[", "%5B", "]", "%5D").Replace(parameters)
		if a := b.do(get(path, token)); a.StatusCode != 200 {
			t.Errorf("%s: %d %s", parameters, a.StatusCode, a.body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", parameters, diff)
		}
	}
	got = searchlight.ListQuery{}
	if a := b.do(get(base+"/metadata/listobjectheaders?type=PINBOARD_ANSWER_SHEET", token)); a.body != "[]" || got.Types != nil {
		t.Errorf("an abandoned type: %s", a.body)
	}
	b.modeler.ListFunc = func(context.Context, *searchlight.Subject, searchlight.ListQuery) (*searchlight.HeaderPage, error) {
		return &searchlight.HeaderPage{}, nil
	}
	if a := b.do(get(base+"/metadata/listobjectheaders", token)); a.body != "[]" {
		t.Errorf("nothing found: %s", a.body)
	}
	if a := b.do(call{method: "HEAD", path: base + "/metadata/listobjectheaders", cookie: token}); a.StatusCode != 200 || a.body != "" {
		t.Errorf("HEAD: %d %q", a.StatusCode, a.body)
	}
}

func TestTMLImport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	var got metadata.ImportRequest
	b.modeler.ImportFunc = func(_ context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error) {
		got = r
		header := &searchlight.Header{ID: retail, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: "Retail", Description: new("All <sales>"), Author: searchlight.AdminUserID, Owner: retail}
		return []metadata.ImportResult{
			{Status: metadata.Status{Code: metadata.StatusOK}, Header: header},
			{Status: metadata.Status{Code: metadata.StatusError, Number: 14502, Message: "Referenced table with name <b> orders </b> not found."}},
			{Status: metadata.Status{Code: metadata.StatusWarning}, Header: &searchlight.Header{ID: retail, Type: searchlight.TypeConnection, Name: "x", Author: retail, Owner: retail}},
		}, nil
	}
	python := `['{"guid": "a", "table": {"name": "it\'s"}}', "worksheet:\n  name: x"]`
	a := b.do(post("/metadata/tml/import", token, "import_objects", python, "import_policy", "all_or_none", "force_create", "True",
		"skip_cdw_validation_for_tables", "true", "skip_diff_check", "1", "all_orgs_override", "whatever"))
	want := `{"object":[{"response":{"status":{"status_code":"OK"},"header":{"id_guid":"` + retail + `","name":"Retail","description":"All <sales>",` +
		`"author_guid":"59481331-ee53-42be-a548-bd87be6ddd4a","owner_guid":"` + retail + `","metadata_type":"LOGICAL_TABLE","type":"WORKSHEET"}}},` +
		`{"response":{"status":{"status_code":"ERROR","error_code":14502,"error_message":"Referenced table with name <b> orders </b> not found."}}},` +
		`{"response":{"status":{"status_code":"WARNING","error_code":10002,"error_message":"warning"},"header":{"id_guid":"` + retail + `","name":"x","author_guid":"` + retail + `","owner_guid":"` + retail + `","metadata_type":"DATA_SOURCE"}}}]}`
	if a.StatusCode != 200 || a.body != want {
		t.Errorf("%d\n got %s\nwant %s", a.StatusCode, a.body, want)
	}
	if got.Subject.User.ID != b.user {
		t.Errorf("subject %s", got.Subject.User.Name)
	}
	got.Subject = nil
	request := metadata.ImportRequest{
		Documents: []string{`{"guid": "a", "table": {"name": "it's"}}`, "worksheet:\n  name: x"}, Policy: metadata.AllOrNone,
		ForceCreate: true, SkipPhysical: true, SkipDiff: true,
	}
	if diff := cmp.Diff(request, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	b.do(withHeader(post("/metadata/tml/import", token, "import_objects", "table:\n  name: x"), "Accept", "text/plain"))
	if got.Policy != metadata.Partial || len(got.Documents) != 1 || got.ForceCreate {
		t.Errorf("defaults: %+v", got)
	}
	b.modeler.ImportFunc = func(context.Context, metadata.ImportRequest) ([]metadata.ImportResult, error) {
		return nil, searchlight.Errorf(searchlight.CodeForbidden, "importing tables needs the privilege DATAMANAGEMENT")
	}
	b.do(post("/metadata/tml/import", token, "import_objects", "x")).wants(t, 403, 10038, "DATAMANAGEMENT")
}

func TestTMLExport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	var got metadata.ExportRequest
	b.modeler.ExportFunc = func(_ context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error) {
		got = r
		return []metadata.ExportResult{
			{ID: retail, Name: "Retail", Filename: "Retail.worksheet.tml", Kind: "worksheet", Status: metadata.Status{Code: metadata.StatusOK},
				Dependencies: []metadata.ExportDependency{{Name: "orders", Filename: "orders.table.tml"}}, Document: "guid: x\nworksheet:\n  name: <Retail>\n"},
			{ID: searchlight.AdminUserID, Status: metadata.Status{Code: metadata.StatusError, Number: 10038, Message: "no access"}},
		}, nil
	}
	a := b.do(post("/metadata/tml/export", token, "export_ids", `["`+retail+`"]`, "formattype", "json", "export_associated", "true", "export_fqn", "true",
		"export_connection_as_dependent", "true", "export_schema_version", "v1", "export_dependent", "false"))
	want := `{"object":[{"info":{"name":"Retail","filename":"Retail.worksheet.tml","status":{"status_code":"OK"},"type":"worksheet","id":"` + retail + `",` +
		`"dependency":[{"name":"orders","filename":"orders.table.tml"}]},"edoc":"guid: x\nworksheet:\n  name: <Retail>\n"},` +
		`{"info":{"status":{"status_code":"ERROR","error_code":10038,"error_message":"no access"},"id":"59481331-ee53-42be-a548-bd87be6ddd4a"}}]}`
	if a.StatusCode != 200 || a.body != want {
		t.Errorf("%d\n got %s\nwant %s", a.StatusCode, a.body, want)
	}
	got.Subject = nil
	request := metadata.ExportRequest{IDs: []searchlight.GUID{retail}, JSON: true, Associated: true, FQN: true, WithConnection: true}
	if diff := cmp.Diff(request, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if a := b.do(post("/metadata/tml/export", token, "export_ids", retail)); a.StatusCode != http.StatusOK || got.JSON || got.Associated || got.FQN {
		t.Errorf("defaults: %d %+v", a.StatusCode, got)
	}
}
