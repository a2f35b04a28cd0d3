package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
)

// client is a program that uses the API with cookies.
type client struct {
	t    *testing.T
	base string
	http *http.Client
}

const apiPath = "/callosum/v1/tspublic/v1/"

// visitor is a client that has not signed in.
func visitor(t *testing.T, base string) *client {
	return &client{t: t, base: base, http: newHTTPClient(t)}
}

func login(t *testing.T, base string) *client {
	t.Helper()
	c := visitor(t, base)
	if a := c.login("tsadmin", password); a.status != http.StatusNoContent {
		t.Fatalf("login: %d %s", a.status, a.body)
	}
	return c
}

func (c *client) login(user, password string) answer {
	c.t.Helper()
	return c.post("session/login", "username", user, "password", password)
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (c *client) do(r *http.Request) answer {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return answer{response.StatusCode, response.Header, body}
}

func (c *client) request(ctx context.Context, method, path, contentType, body string) *http.Request {
	c.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = apiPath + path
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("X-Requested-By", "ThoughtSpot")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

const formType = "application/x-www-form-urlencoded"

func (c *client) post(path string, pairs ...string) answer {
	c.t.Helper()
	return c.do(c.request(context.Background(), "POST", path, formType, form(pairs...).Encode()))
}

func (c *client) get(path string, pairs ...string) answer {
	c.t.Helper()
	return c.do(c.request(context.Background(), "GET", path+"?"+form(pairs...).Encode(), "", ""))
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(a.body))
	if err := d.Decode(into); err != nil {
		t.Fatalf("%d %q: %v", a.status, a.body, err)
	}
}

// data is the object of api-v1.md 1.12 in its compact form.
type data struct {
	ColumnNames   []string
	Data          json.RawMessage
	SamplingRatio float64
	TotalRowCount int
	RowCount      int
	PageSize      int
	Offset        int
}

func (d data) rows(t *testing.T) [][]any {
	t.Helper()
	var rows [][]any
	if err := json.Unmarshal(d.Data, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func (c *client) search(source searchlight.GUID, text string, pairs ...string) answer {
	c.t.Helper()
	return c.post("searchdata", append([]string{"query_string", text, "data_source_guid", string(source)}, pairs...)...)
}

func (c *client) mustSearch(source searchlight.GUID, text string, pairs ...string) data {
	c.t.Helper()
	a := c.search(source, text, pairs...)
	if a.status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", text, a.status, a.body)
	}
	var d data
	a.decode(c.t, &d)
	return d
}

// problem is the body of an error (api-v1.md 1.8).
type problem struct {
	Type     string
	Code     int
	Incident string `json:"incident_id_guid"`
	Trace    string `json:"trace_id_guid"`
	Debug    string
	Position *struct{ Line, Column, Length int }
}

// message is what the error says to people.
func (p problem) message(t *testing.T) string {
	t.Helper()
	var lines []string
	if err := json.Unmarshal([]byte(p.Debug), &lines); err != nil || len(lines) == 0 {
		t.Fatalf("debug %q is no array of texts: %v", p.Debug, err)
	}
	return lines[len(lines)-1]
}

// imported is one entry of the answer of metadata/tml/import.
type imported struct {
	Status struct {
		Code    string `json:"status_code"`
		Number  int    `json:"error_code"`
		Message string `json:"error_message"`
	}
	Header struct {
		ID searchlight.GUID `json:"id_guid"`
	}
}

func decodeImport(t *testing.T, a answer) []imported {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("import: %d %s", a.status, a.body)
	}
	var body struct{ Object []struct{ Response imported } }
	a.decode(t, &body)
	var out []imported
	for _, o := range body.Object {
		out = append(out, o.Response)
	}
	return out
}

func (c *client) importTML(policy string, documents ...string) []imported {
	c.t.Helper()
	return decodeImport(c.t, c.post("metadata/tml/import", "import_policy", policy, "import_objects", list(documents...)))
}

func list(texts ...string) string {
	b, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts can always be written
	}
	return string(b)
}

// mustImport imports all documents and returns their GUIDs in order.
func (c *client) mustImport(documents ...string) []searchlight.GUID {
	c.t.Helper()
	var ids []searchlight.GUID
	for i, o := range c.importTML("ALL_OR_NONE", documents...) {
		if o.Status.Code == "ERROR" {
			c.t.Fatalf("document %d: %d %s\n%s", i, o.Status.Number, o.Status.Message, documents[i])
		}
		ids = append(ids, o.Header.ID)
	}
	return ids
}

// export returns the documents of objects as text.
func (c *client) export(ids ...searchlight.GUID) string {
	c.t.Helper()
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	a := c.post("metadata/tml/export", "export_ids", list(texts...), "formattype", "YAML")
	if a.status != http.StatusOK {
		c.t.Fatalf("export: %d %s", a.status, a.body)
	}
	var body struct {
		Object []struct {
			Info struct {
				Status struct {
					Code string `json:"status_code"`
				}
			}
			Edoc string
		}
	}
	a.decode(c.t, &body)
	var b strings.Builder
	for _, o := range body.Object {
		if o.Info.Status.Code != "OK" {
			c.t.Fatalf("export: %s", a.body)
		}
		b.WriteString(o.Edoc)
		b.WriteString("\n")
	}
	return b.String()
}

// header is the part of a lean header that tests look at.
type header struct {
	ID   searchlight.GUID
	Name string
	Type string
}

func (c *client) list(pairs ...string) []header {
	c.t.Helper()
	a := c.get("metadata/listobjectheaders", pairs...)
	if a.status != http.StatusOK {
		c.t.Fatalf("list: %d %s", a.status, a.body)
	}
	var headers []header
	a.decode(c.t, &headers)
	return headers
}

// place is where the fixture's tables are; the built-in store without a
// connection.
type place struct{ connection, database, schema string }

// documents are the fixture's tables and worksheets as TML. Tables that the
// server knows already keep their GUID.
func (c *client) documents(p place) []string {
	c.t.Helper()
	known := map[string]searchlight.GUID{}
	if p.connection == "" {
		for _, h := range c.list("type", "LOGICAL_TABLE", "subtypes", `["USER_DEFINED"]`) {
			known[h.Name] = h.ID
		}
	}
	var out []string
	for _, name := range []string{"stores", "products", "sales", "returns", "orders", "lines"} {
		out = append(out, tableDocument(known[name], name, p))
	}
	for _, d := range []model.Definition{fixture.SalesDefinition(), fixture.RetailDefinition(), fixture.OrdersDefinition()} {
		out = append(out, worksheetDocument(d))
	}
	return out
}

type object = map[string]any

func tableDocument(id searchlight.GUID, name string, p place) string {
	var columns, joins []object
	table := fixture.Tables[name].Table
	for _, c := range table.Columns {
		properties := object{"column_type": c.Properties.Role.String()}
		if a := c.Properties.Aggregation.String(); a != "" {
			properties["aggregation"] = a
		}
		columns = append(columns, object{"name": c.Name, "db_column_name": c.PhysicalName, "properties": properties,
			"db_column_properties": object{"data_type": c.Type.String()}})
	}
	for _, j := range table.Joins {
		joins = append(joins, object{"name": j.Name, "destination": object{"name": strings.SplitN(j.Name, "_to_", 2)[1]},
			"on": j.On, "type": string(j.Type), "is_one_to_one": false})
	}
	body := object{"name": name, "db": p.database, "schema": p.schema, "db_table": name, "columns": columns}
	if joins != nil {
		body["joins_with"] = joins
	}
	if p.connection != "" {
		body["connection"] = object{"name": p.connection}
	}
	return document(id, "table", body)
}

func worksheetDocument(d model.Definition) string {
	w := d.Worksheet
	var tables, joins, paths, formulas, columns []object
	for _, t := range w.Tables {
		tables = append(tables, object{"name": t.Alias})
	}
	for _, j := range w.Joins {
		joins = append(joins, object{"name": j.Name, "source": j.Source, "destination": j.Destination, "type": string(j.Type), "is_one_to_one": j.OneToOne})
	}
	for _, p := range w.Paths {
		var ways []object
		for _, names := range p.JoinPaths {
			way := object{}
			if len(names) > 0 {
				way["join"] = names
			}
			ways = append(ways, way)
		}
		paths = append(paths, object{"id": p.ID, "table": p.Table, "join_path": ways})
	}
	for _, f := range w.Formulas {
		formulas = append(formulas, object{"id": f.ID, "name": f.Name, "expr": f.Expr})
	}
	for _, c := range w.Columns {
		properties := object{"column_type": c.Properties.Role.String()}
		if a := c.Properties.Aggregation.String(); a != "" {
			properties["aggregation"] = a
		}
		column := object{"name": c.Name, "properties": properties}
		if c.FormulaID != "" {
			column["formula_id"] = c.FormulaID
		} else {
			column["column_id"] = c.ColumnID
		}
		columns = append(columns, column)
	}
	body := object{"name": d.Header.Name, "tables": tables, "table_paths": paths, "worksheet_columns": columns,
		"properties": object{"is_bypass_rls": false, "join_progressive": w.Progressive}}
	if joins != nil {
		body["joins"] = joins
	}
	if formulas != nil {
		body["formulas"] = formulas
	}
	return document(d.Header.ID, "worksheet", body)
}

func connectionDocument(id searchlight.GUID, name string, properties map[string]string) string {
	var list []object
	for _, key := range []string{"host", "port", "user", "password", "database", "sslmode"} {
		if value, ok := properties[key]; ok {
			list = append(list, object{"key": key, "value": value})
		}
	}
	return document(id, "connection", object{"name": name, "type": searchlight.PostgresConnectionType,
		"authentication_type": "SERVICE_ACCOUNT", "properties": list})
}

func document(id searchlight.GUID, kind string, body object) string {
	doc := object{kind: body}
	if id != "" {
		doc["guid"] = string(id)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err) // it holds texts and lists alone
	}
	return string(b)
}
