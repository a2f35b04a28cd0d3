package metadata_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/metadata"
)

func TestPrivileges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	bypassing := change(t, file(t, bikesFile), "is_bypass_rls: false", "is_bypass_rls: true")
	nobody, exempt := b.user(8, "nobody"), b.user(9, "exempt", searchlight.PrivilegeDataManagement, searchlight.PrivilegeBypassRLS)
	forbidden := func(subject *searchlight.Subject, policy metadata.Policy, documents ...string) {
		t.Helper()
		before := b.version()
		_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: subject, Documents: documents, Policy: policy})
		b.equal(searchlight.CodeOf(err), searchlight.CodeForbidden)
		b.equal(b.version(), before)
	}
	own := func(text string) string { // without the tables of others
		return strings.Replace(text, "guid: "+string(bikesID)+"\n", "", 1)
	}
	forbidden(nobody, "", file(t, bikesFile))
	forbidden(nobody, metadata.ValidateOnly, "hello")
	forbidden(b.ann, "", file(t, shopsFile), bypassing)
	forbidden(b.ann, metadata.ValidateOnly, bypassing)

	// The author may turn the bypass neither on nor off without the privilege.
	tables := files(t, warehouseFile, shopsFile, itemsFile, linesFile)
	for i := range tables {
		for _, id := range []searchlight.GUID{warehouseID, shopsID, itemsID, linesID} {
			tables[i] = strings.ReplaceAll(tables[i], string(id), "f"+string(id[1:])) // his own
		}
	}
	tables = append(tables, strings.ReplaceAll(bypassing, string(bikesID), string(freeID)))
	for i, r := range b.results(metadata.ImportRequest{Subject: exempt, Documents: tables}) {
		if r.Status.Code == metadata.StatusError {
			t.Fatalf("document %d: %s", i, line(r))
		}
	}
	exempt.Privileges = exempt.Privileges[:1]
	b.expect(b.request(metadata.ImportRequest{Subject: exempt, Documents: tables[4:]}), "OK") // which turns nothing
	forbidden(exempt, "", own(tables[1]), strings.ReplaceAll(file(t, bikesFile), string(bikesID), string(freeID)))
}

func TestObjectsOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures() // by the administrator
	as := func(documents ...string) []string {
		return b.request(metadata.ImportRequest{Subject: b.ann, Documents: documents})
	}
	before := b.version()
	b.expect(as(file(t, bikesFile)), "ERROR 14910 You do not have access to the object <b> "+string(bikesID)+" </b>. (line 1, column 7)")
	noGUID := func(text string) string { return text[strings.Index(text, "\n")+1:] }
	// What may not be seen cannot be built on, by no way.
	b.expect(as(noGUID(file(t, bikesFile))), "ERROR 14502 Referenced table with name <b> SALE_LINES </b> not found. …")
	b.expect(as(change(t, noGUID(file(t, bikesFile)), "{name: SHOPS}", "{fqn: "+string(shopsID)+"}")), "ERROR 14502 …")
	b.expect(as(noGUID(file(t, shopsFile))), "ERROR 14907 Connection <b> Pedal Warehouse </b> not found. …")
	b.expect(as(change(t, noGUID(file(t, shopsFile)), "{name: Pedal Warehouse}", "{fqn: "+string(warehouseID)+"}")), "ERROR 14500 fqn resolution failed…")
	// Their own connection leads to the same place, but holds other objects.
	mine := change(t, file(t, warehouseFile), string(warehouseID), string(freeID))
	b.expect(as(mine, noGUID(file(t, shopsFile)), "guid: "+string(otherFreeID)+"\n"+noGUID(strings.Replace(file(t, linesFile), "SALE_LINES", "SALE_LINES", 1))),
		"WARNING…", "OK", "ERROR 14502 Referenced table with name <b> ITEMS </b> not found. …")
	if b.version() == before {
		t.Error("nothing was stored")
	}
	// A GUID of others is taken, and no names are told.
	b.expect(as("guid: "+string(itemsID)+"\n"+noGUID(file(t, shopsFile))), "ERROR 14910 You do not have access to the object <b> "+string(itemsID)+" </b>. (line 1, column 7)")
	// The physical table of a loaded file is somebody's.
	_, err := b.service.SyncUploads(b.Context(), []metadata.Upload{{Table: engine.Table{Database: "db", Schema: "main", Name: "flights"}, Columns: columns("a:INT64")}}, b.bob.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := as("table:\n  name: Mine\n  db: db\n  schema: main\n  db_table: flights\n  columns: [{name: a, db_column_name: a, db_column_properties: {data_type: INT64}}]\n")
	b.expect(got, "ERROR 14910 You do not have access to the object <b> flights </b>. …")
}

func TestDependentsOfOthersAreNotNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	as := func(s *searchlight.Subject, documents ...string) []string {
		return b.request(metadata.ImportRequest{Subject: s, Documents: documents})
	}
	for i, got := range as(b.ann, files(t, warehouseFile, shopsFile, itemsFile, linesFile)...) {
		if strings.HasPrefix(got, "ERROR") {
			t.Fatal(i, got)
		}
	}
	b.expect(as(b.admin, file(t, bikesFile)), "OK")
	shops := strings.Split(file(t, shopsFile), "  - name: City\n")[0]
	b.expect(as(b.ann, shops), "ERROR 14544 Deleted columns have dependents: <b> City </b> used by <b> some others </b>. (line 9, column 3)")
	got := b.request(metadata.ImportRequest{Subject: b.ann, SkipPhysical: true, Documents: []string{
		change(t, file(t, linesFile), "      data_type: DOUBLE", "      data_type: VARCHAR", "column_type: MEASURE\n      aggregation: SUM\n      index_type: DONT_INDEX\n      format_pattern", "column_type: ATTRIBUTE\n      format_pattern")}})
	b.expect(got, "ERROR 14516 The change makes some others invalid. (line 11, column 3)")
	// They are rewritten all the same.
	b.expect(as(b.ann, change(t, file(t, shopsFile), "name: City", "name: Town")), "OK")
	b.contains(b.text(bikesID), "SHOPS_1::Town")
	b.equal(b.object(bikesID).Author, b.admin.User.ID)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const secret = "hunter2 is secret"
	with := change(t, file(t, warehouseFile), `"password", "value": ""`, `"Password", "value": "`+secret+`"`)
	b.expect(b.try(with, file(t, shopsFile)), "OK", "OK")
	stored := string(b.object(warehouseID).Content)
	b.lacks(stored, secret)
	b.contains(stored, `"Sealed"`)
	b.equal(len(b.databases.secrets), 1) // the database was asked once, with the secret
	b.contains(b.text(warehouseID), "- key: Password\n    value: \"\"")
	for _, format := range []bool{false, true} {
		for _, r := range b.export(metadata.ExportRequest{IDs: []searchlight.GUID{shopsID}, Associated: true, WithConnection: true, JSON: format}) {
			b.lacks(r.Document, secret, b.databases.secrets[0])
		}
	}
	before := b.version()
	b.expect(b.try(file(t, warehouseFile)), "OK") // an empty one, in another case, keeps it
	b.expect(b.try(b.text(warehouseID)), "OK")
	b.contains(string(b.object(warehouseID).Content), `"Sealed"`)
	b.expect(b.try(strings.Replace(file(t, warehouseFile), `{"key": "password", "value": ""}, `, "", 1)), "OK")
	b.contains(string(b.object(warehouseID).Content), `"Sealed"`)
	if b.version() == before {
		t.Error("nothing was written")
	}
	// Errors tell nothing of it.
	bad := change(t, with, `"RDBMS_POSTGRES"`, `"RDBMS_SNOWFLAKE"`)
	b.expect(b.try(bad), "ERROR 14902 Connections of type <b> RDBMS_SNOWFLAKE </b> are not available. Use RDBMS_POSTGRES. (line 2, column 38)")
	b.lacks(b.try(change(t, with, `"port"`, `"host"`))[0], secret)
	b.expect(b.try(change(t, with, "SERVICE_ACCOUNT", "OAUTH")), "ERROR 14902 Authentication <b> OAUTH </b> is not available. Use SERVICE_ACCOUNT. …")
	b.expect(b.try(change(t, with, `"RDBMS_POSTGRES"`, `"RDBMS_DUCKDB"`)), "ERROR 14902 …")
	b.databases.err = &engine.Error{Kind: engine.KindUnreachable, Message: "password " + secret + " refused"}
	got := b.try(change(t, file(t, itemsFile), `"name": "ITEMS"`, `"name": "GOODS"`))[0]
	b.expect([]string{got}, "ERROR 14908 The database of the table cannot be looked into; check the connection, or import with skip_cdw_validation_for_tables. …")
	b.lacks(got, secret)
}

// TestT12_SecretsDoNotMove keeps whoever changes a connection from sending its
// password to a server of theirs.
func TestT12_SecretsDoNotMove(t *testing.T) {
	t.Parallel()
	const dropped = "WARNING 14900 The connection has no <b> password </b> and may not be usable without one. …"
	for name, c := range map[string]struct {
		from, to string
		want     string
		keeps    bool
	}{
		"nothing":                       {`"Pedal Warehouse"`, `"Pedal Warehouse 2"`, "OK", true},
		"a detail":                      {`"value": "PEDAL"`, `"value": "OTHER"`, "OK", true},
		"the host":                      {"db.pedal.example", "db.evil.example", dropped, false},
		"the port":                      {"5432", "5433", dropped, false},
		"the user":                      {`"value": "reader"`, `"value": "postgres"`, dropped, false},
		"all":                           {`"db.pedal.example"}, {"key": "port", "value": "5432"},`, `"db.evil.example"},`, dropped, false},
		"the host, hidden":              {`"db.pedal.example"}`, `"db.pedal.example"}, {"key": "HOST", "value": "db.evil.example"}`, dropped, false},
		"the host, with a new password": {`db.pedal.example"`, `db.evil.example"`, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			with := change(t, file(t, warehouseFile), `"password", "value": ""`, `"password", "value": "hunter2"`)
			b.expect(b.try(with), "OK")
			sealed := func() []byte {
				var c searchlight.Connection
				if err := json.Unmarshal(b.object(warehouseID).Content, &c); err != nil {
					t.Fatal(err)
				}
				for _, p := range c.Properties {
					if strings.EqualFold(p.Key, "password") {
						return p.Sealed
					}
				}
				return nil
			}
			before := sealed()
			if c.want == "" {
				b.expect(b.try(change(t, change(t, with, c.from, c.to), "hunter2", "hunter3")), "WARNING 14900 The stored secrets do not serve another host, port or user; give them anew. …")
				if sealed() == nil {
					t.Error("the new password is not there")
				}
			} else {
				b.expect(b.try(change(t, file(t, warehouseFile), c.from, c.to)), c.want)
			}
			if kept := bytes.Equal(sealed(), before); kept != c.keeps {
				t.Errorf("the stored password is kept: %t", kept)
			}
		})
	}
}

// TestBareConnection reads a connection as libraries write it.
func TestBareConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.results(metadata.ImportRequest{Documents: []string{`
name: Plain
type: RDBMS_POSTGRES
authentication_type: SERVICE_ACCOUNT
properties:
- key: host
  value: db.example
table:
- name: x
`}})[0]
	b.expect([]string{line(r)}, "WARNING 14900 The list of tables in a connection file was ignored; import the tables themselves. (line 9, column 1)")
	b.contains(b.text(r.Header.ID), "connection:\n  name: Plain\n")
}

// TestNewConnectionWithItsTables has neither a GUID nor a stored secret when
// the database is asked.
func TestNewConnectionWithItsTables(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	connection := change(t, file(t, warehouseFile), `"guid": "`+string(warehouseID)+`", `, "", `"password", "value": ""`, `"password", "value": "x"`)
	b.expect(b.try(append([]string{connection}, files(t, shopsFile, itemsFile, linesFile, bikesFile)...)...), "OK", "OK", "OK", "OK", "OK")
	b.equal(b.databases.looked, 3)
}

func TestUnknownCalendar(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try(change(t, file(t, linesFile), "format_pattern: dd.MM.yyyy", "calendar: fiscal")), "WARNING 14900 There is no calendar <b> fiscal </b>; the Gregorian one is used. (line 30, column 17)")
	b.contains(b.text(linesID), "calendar: fiscal")
}
