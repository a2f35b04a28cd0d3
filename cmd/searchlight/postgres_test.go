package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
)

// secret is the password of connections in the tests.
const secret = "Tr0ub4dor&3/#?%"

const warehouse = "Warehouse"

var warehouseID = fixture.ID(500)

// postgres is a database of the tests with SQL run on it.
func postgres(t *testing.T, sql string) (dsn string) {
	t.Helper()
	dsn = pgtest.Database(t)
	execute(t, dsn, sql)
	return dsn
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(ctx) }()
	if _, err := db.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}

// connectionTo is the TML of a connection to a database.
func connectionTo(t *testing.T, dsn, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	user := u.User.Username()
	if user == "" {
		user = "postgres"
	}
	return connectionDocument(warehouseID, warehouse, map[string]string{"host": u.Hostname(), "port": u.Port(), "user": user,
		"password": password, "database": strings.TrimPrefix(u.Path, "/"), "sslmode": "disable"})
}

// onPostgres is where the fixture's tables are in a database.
func onPostgres(dsn string) place {
	return place{connection: warehouse, database: dsn[strings.LastIndex(dsn, "/")+1:], schema: "public"}
}

func TestTheSameSearchesOnBothEngines(t *testing.T) {
	t.Parallel()
	dsn := postgres(t, fixture.Data)
	_, builtIn := withFixture(t)
	server := start(t, "serve", t.TempDir())
	connected := login(t, server.base)
	connected.mustImport(append([]string{connectionTo(t, dsn, secret)}, connected.documents(onPostgres(dsn))...)...)

	sources := map[string]searchlight.GUID{"sales": salesSource, "retail": retailSource, "orders": ordersSource}
	answered := 0
	for _, g := range fixture.Goldens() {
		for _, text := range g.Searches {
			for _, format := range []string{"COMPACT", "FULL"} {
				a := builtIn.search(sources[g.Model], text, "formattype", format)
				b := connected.search(sources[g.Model], text, "formattype", format)
				if a.status != b.status || a.status != http.StatusOK && a.status != http.StatusBadRequest {
					t.Errorf("%s %s: %d %s\nbut %d %s", g.Name, text, a.status, a.body, b.status, b.body)
				}
				if a.status != http.StatusOK {
					continue
				}
				answered++
				if !bytes.Equal(a.body, b.body) {
					t.Errorf("%s %s:\nbuilt in:   %s\nPostgreSQL: %s", g.Name, text, a.body, b.body)
				}
			}
		}
	}
	if answered < 100 {
		t.Errorf("only %d searches were answered", answered)
	}
	if a, b := builtIn.export(retailSource), connected.export(retailSource); a != b {
		t.Errorf("the same worksheet is exported as\n%s\nand\n%s", a, b)
	}
	for _, text := range []string{server.stdout.String(), server.stderr.String(), connected.export(warehouseID)} {
		if holdsSecret(text) {
			t.Errorf("the password is shown: %s", text)
		}
	}
}

// holdsSecret looks for the secret as it is, and as URLs and Go write it.
func holdsSecret(text string) bool {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:]}
	return slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, form) })
}

func TestDatabasesThatRefuse(t *testing.T) {
	t.Parallel()
	dsn := postgres(t, fixture.Data)
	server := start(t, "serve", t.TempDir())
	c := login(t, server.base)
	c.mustImport(append([]string{connectionTo(t, dsn, secret)}, c.documents(onPostgres(dsn))...)...)
	c.mustSearch(salesSource, "[amount]")

	refusing := refuse(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "postgres://postgres@" + closed.Addr().String() + "/x"
	_ = closed.Close()

	unreachable := "The database behind the data source cannot be reached"
	for name, bad := range map[string]string{"a wrong password": refusing, "no server": gone, "no such database": dsn + "x"} {
		t.Run(name, func(t *testing.T) {
			got := c.importTML("ALL_OR_NONE", connectionTo(t, bad, secret))
			if holdsSecret(fmt.Sprint(got)) || got[0].Status.Code == "ERROR" {
				t.Fatalf("import of the connection: %+v", got)
			}
			a := c.search(salesSource, "[amount]")
			var p problem
			a.decode(t, &p)
			if a.status != http.StatusInternalServerError || p.message(t) != unreachable {
				t.Errorf("%d %s", a.status, a.body)
			}
			server.checkIncident(t, a, p)
			// A new table cannot be checked.
			table := strings.Replace(tableDocument("", "stores", onPostgres(dsn)), `"name":"stores"`, `"name":"shops"`, 1)
			table = strings.Replace(table, `"db_table":"stores"`, `"db_table":"shops"`, 1)
			got = c.importTML("ALL_OR_NONE", table)
			if got[0].Status.Code != "ERROR" || got[0].Status.Message == "" || holdsSecret(got[0].Status.Message) {
				t.Errorf("import of a table: %+v", got)
			}
		})
	}
	if !strings.Contains(server.stderr.String(), "password authentication failed") {
		t.Errorf("the log does not say why: %s", server.stderr.String())
	}
	// The connection mended, the search works; the empty secret keeps the one that is stored.
	c.mustImport(connectionTo(t, dsn, ""))
	c.mustSearch(salesSource, "[amount]")

	execute(t, dsn, "DROP TABLE sales")
	a := c.search(salesSource, "[amount]")
	var p problem
	a.decode(t, &p)
	if a.status != http.StatusInternalServerError || p.message(t) != "A table of the data source does not exist in its database" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if log := server.stderr.String(); holdsSecret(log) {
		t.Errorf("the password is in the log: %s", log)
	}
}

// refuse is the DSN of a server that refuses every password.
func refuse(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	serve := func(connection net.Conn) error {
		defer func() { _ = connection.Close() }()
		backend := pgproto3.NewBackend(connection, connection)
		if _, err := backend.ReceiveStartupMessage(); err != nil {
			return err
		}
		backend.Send(&pgproto3.AuthenticationCleartextPassword{})
		if err := backend.Flush(); err != nil {
			return err
		}
		if err := backend.SetAuthType(pgproto3.AuthTypeCleartextPassword); err != nil {
			return err
		}
		message, err := backend.Receive()
		if err != nil {
			return err
		}
		if given, ok := message.(*pgproto3.PasswordMessage); !ok || given.Password != secret {
			return fmt.Errorf("the password came as %#v", message)
		}
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "postgres"`})
		return backend.Flush()
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				err = serve(connection)
			}
			if err != nil {
				t.Errorf("the refusing server: %v", err)
			}
		}
	}()
	return "postgres://postgres@" + listener.Addr().String() + "/x"
}

// TestAClientThatLeavesStopsPostgreSQL asks the database what it is doing.
func TestAClientThatLeavesStopsPostgreSQL(t *testing.T) {
	t.Parallel()
	dsn := postgres(t, fmt.Sprintf(heavyTables, "generate_series(0, 59999)", 60_000))
	c := login(t, start(t, "serve", t.TempDir()).base)
	at := onPostgres(dsn)
	table := func(name string, columns ...string) string {
		var list []object
		for _, column := range columns {
			kind := "INT32"
			if column == "a" || column == "b" {
				kind = "VARCHAR"
			}
			list = append(list, object{"name": column, "db_column_name": column, "properties": object{"column_type": "ATTRIBUTE"},
				"db_column_properties": object{"data_type": kind}})
		}
		return document("", "table", object{"name": name, "db": at.database, "schema": at.schema, "db_table": name,
			"connection": object{"name": warehouse}, "columns": list})
	}
	ids := c.mustImport(connectionTo(t, dsn, secret), table("wide_a", "k", "n", "a"), table("wide_b", "k", "m", "b"), heavyWorksheet)

	ctx := context.Background()
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(ctx) }()
	awaitActive := func(want int) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			var n int
			err := db.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND state = 'active' AND query LIKE '%wide_a%' AND pid <> pg_backend_pid() AND backend_type = 'client backend'`).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			if n == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d statements run; want %d", n, want)
			}
		}
	}
	c.leave(ids[3], heavySearch, func() { awaitActive(1) })
	awaitActive(0)
}

// TestMetadataOnPostgreSQL runs two servers on one metadata database: what one
// changes the other knows at once.
func TestMetadataOnPostgreSQL(t *testing.T) {
	t.Parallel()
	metadata, dsn := pgtest.Database(t), postgres(t, fixture.Data)
	flags := []string{"--metadata-url", metadata, "--secret-key", randomKey(t)}
	first := login(t, start(t, "serve", t.TempDir(), flags...).base)
	ids := first.mustImport(append([]string{connectionTo(t, dsn, secret)}, first.documents(onPostgres(dsn))...)...)
	sales := ids[3] // after the connection, stores and products
	if d := first.mustSearch(salesSource, "[amount]"); string(d.Data) != "[[963]]" {
		t.Errorf("got %s", d.Data)
	}

	// The session is good on the other server, since cookies know no ports.
	secondServer := start(t, "serve", t.TempDir(), flags...)
	second := &client{t: t, base: secondServer.base, http: first.http}
	if d := second.mustSearch(salesSource, "[amount] [region]"); d.RowCount != 5 {
		t.Errorf("got %+v", d)
	}
	renamed := strings.Replace(worksheetDocument(fixture.SalesDefinition()), `"name":"Amount"`, `"name":"Revenue"`, 1)
	second.mustImport(renamed)
	if d := first.mustSearch(salesSource, "[revenue]"); d.ColumnNames[0] != "Total Revenue" {
		t.Errorf("got %v", d.ColumnNames)
	}
	// A connection that leads elsewhere now, with one of its tables.
	elsewhere := postgres(t, fixture.Data+"\nDELETE FROM sales WHERE region = 'West' OR region IS NULL;")
	second.mustImport(connectionTo(t, elsewhere, secret), tableDocument(sales, "sales", onPostgres(elsewhere)))
	if d := first.mustSearch(salesSource, "[revenue]"); string(d.Data) != "[[635]]" {
		t.Errorf("got %s", d.Data)
	}
	if a := second.post("session/logout"); a.status != http.StatusNoContent {
		t.Errorf("logout: %d %s", a.status, a.body)
	}
	if a := first.search(salesSource, "[revenue]"); a.status != http.StatusUnauthorized {
		t.Errorf("after the logout: %d %s", a.status, a.body)
	}
	if code, stdout, stderr := program("", "user", "list", "--data-dir", t.TempDir(), "--metadata-url", metadata); code != exitOK || !strings.Contains(stdout, "tsadmin") {
		t.Errorf("code %d, output %q, errors %q", code, stdout, stderr)
	}
	if code, _, stderr := program("", "demo", "--data-dir", t.TempDir(), "--metadata-url", metadata); code != exitUsage || !strings.Contains(stderr, "built-in store") {
		t.Errorf("code %d, errors %q", code, stderr)
	}
	if code, _, stderr := program("", "load", "--data-dir", t.TempDir(), "--metadata-url", metadata, "--table", "t", "/dev/null"); code == exitOK || !strings.Contains(stderr, "built-in store") {
		t.Errorf("code %d, errors %q", code, stderr)
	}
	if log := secondServer.stderr.String(); holdsSecret(log) {
		t.Errorf("the password is in the log: %s", log)
	}
}
