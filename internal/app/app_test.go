package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/app"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, c app.Config) *app.App {
	t.Helper()
	if c.ConnectionNetworks == nil {
		c.ConnectionNetworks = []string{"127.0.0.0/8"} // where the tests' PostgreSQL is
	}
	a, err := app.Open(context.Background(), c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func user(t *testing.T, a *app.App, name string) *searchlight.User {
	t.Helper()
	var u *searchlight.User
	err := a.Store.View(context.Background(), func(tx searchlight.Tx) (err error) {
		u, err = tx.UserByName(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestServersThatCannotListenChangeNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for name, c := range map[string]app.Config{
		"the API":       {Addr: taken.Addr().String()},
		"metrics":       {Addr: "127.0.0.1:0", AdminAddr: taken.Addr().String()},
		"no address":    {Addr: "nowhere"},
		"the time zone": {TimeZone: "Europe/Nowhere"},
		"the password":  {AdminPassword: "weak"},
	} {
		t.Run(name, func(t *testing.T) {
			c.DataDir = filepath.Join(t.TempDir(), "data")
			a, err := app.Open(context.Background(), c, quiet)
			if err == nil {
				a.Close()
				t.Fatal("opened")
			}
			for _, file := range []string{"metadata.db", "secret.key"} {
				if _, err := os.Stat(filepath.Join(c.DataDir, file)); !os.IsNotExist(err) {
					t.Errorf("%s is there: %v", file, err)
				}
			}
		})
	}
}

func TestAddressesAreGivenBack(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	for range 2 {
		a := open(t, app.Config{DataDir: t.TempDir(), Addr: addr})
		ctx, cancel := context.WithCancel(context.Background())
		err := a.Run(ctx, func(base string) {
			if base != "http://"+addr {
				t.Errorf("the server is found at %s; want %s", base, addr)
			}
			cancel()
		})
		if err != nil {
			t.Error(err)
		}
		a.Close()
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Open(context.Background(), app.Config{DataDir: file, Addr: addr}, quiet); err == nil {
		t.Fatal("a file was taken for a directory")
	}
	open(t, app.Config{DataDir: t.TempDir(), Addr: addr})
}

func TestOneServerOnADataDirectory(t *testing.T) {
	dir := t.TempDir()
	a := open(t, app.Config{DataDir: dir})
	if _, err := app.Open(context.Background(), app.Config{DataDir: dir}, quiet); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("got %v", err)
	}
	a.Close()
	open(t, app.Config{DataDir: dir})
}

func TestTheFirstPassword(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	a := open(t, app.Config{DataDir: dir})
	first, err := a.FirstPassword(ctx)
	if err != nil || a.Policy.Check(first, user(t, a, "tsadmin")) != nil {
		t.Fatalf("password %q, error %v", first, err)
	}
	hash := user(t, a, "tsadmin").PasswordHash
	if !strings.HasPrefix(hash, "$argon2id$") || strings.Contains(hash, first) {
		t.Errorf("hash %q", hash)
	}
	a.Close()

	again := open(t, app.Config{DataDir: dir, AdminPassword: "Correct-Horse-7-Battery"})
	if second, err := again.FirstPassword(ctx); err != nil || second != "" || user(t, again, "tsadmin").PasswordHash != hash {
		t.Errorf("the second start gives the password %q, error %v", second, err)
	}
	given := open(t, app.Config{DataDir: t.TempDir(), AdminPassword: "Correct-Horse-7-Battery"})
	if random, err := given.FirstPassword(ctx); err != nil || random != "" || user(t, given, "tsadmin").PasswordHash == "" {
		t.Errorf("password %q, error %v", random, err)
	}
}

func TestSetPassword(t *testing.T) {
	ctx := context.Background()
	a := open(t, app.Config{DataDir: t.TempDir()})
	if err := a.AddUser(ctx, "ann", "", "Blue-Whale-42-Song", false); err != nil {
		t.Fatal(err)
	}
	ann := user(t, a, "ANN")
	if ann.DisplayName != "ann" || ann.State != searchlight.UserActive {
		t.Errorf("got %+v", ann)
	}
	err := a.Store.Update(ctx, func(tx searchlight.Tx) error {
		ann.FailedLogins, ann.LockedUntil, ann.State = 4, time.Now().Add(time.Hour), searchlight.UserLocked
		if err := tx.UpdateUser(ann); err != nil {
			return err
		}
		return tx.CreateSession(&searchlight.Session{TokenHash: [32]byte{1}, UserID: ann.ID, Created: tx.Now(), LastActive: tx.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetPassword(ctx, "Ann", "Green-Heron-17-Call"); err != nil {
		t.Fatal(err)
	}
	after := user(t, a, "ann")
	if after.FailedLogins != 0 || !after.LockedUntil.IsZero() || after.State != searchlight.UserActive || after.PasswordHash == ann.PasswordHash {
		t.Errorf("got %+v", after)
	}
	err = a.Store.View(ctx, func(tx searchlight.Tx) error {
		_, err := tx.Session([32]byte{1})
		return err
	})
	if searchlight.CodeOf(err) != searchlight.CodeNotFound {
		t.Errorf("the session lives: %v", err)
	}
	for name, want := range map[string]searchlight.ErrorCode{"nobody": searchlight.CodeNotFound, "su": searchlight.CodeInvalid, "guest": searchlight.CodeInvalid} {
		if err := a.SetPassword(ctx, name, "Green-Heron-17-Call"); searchlight.CodeOf(err) != want {
			t.Errorf("%s: %v; want %s", name, err, want)
		}
	}
	if err := a.SetPassword(ctx, "ann", "ann-password"); searchlight.CodeOf(err) != searchlight.CodeInvalid {
		t.Errorf("a weak password: %v", err)
	}
	if err := a.AddUser(ctx, "Ann", "", "Blue-Whale-42-Song", false); searchlight.CodeOf(err) != searchlight.CodeConflict {
		t.Errorf("the name once more: %v", err)
	}
}

// warehouse is an app with a connection to a database of numbers.
type warehouse struct {
	*app.App
	t     *testing.T
	dsn   string
	admin *searchlight.Subject
	table searchlight.GUID
}

const connectionID searchlight.GUID = "00000000-0000-4000-8000-000000000500"

func newWarehouse(t *testing.T, rows int) *warehouse {
	t.Helper()
	w := &warehouse{t: t, dsn: pgtest.Database(t), App: open(t, app.Config{DataDir: t.TempDir()})}
	ctx := context.Background()
	db, err := pgx.Connect(ctx, w.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(ctx) }()
	if _, err := db.Exec(ctx, fmt.Sprintf(`CREATE TABLE numbers AS SELECT n FROM generate_series(1, %d) n`, rows)); err != nil {
		t.Fatal(err)
	}
	if w.admin, err = w.Subject(ctx, searchlight.AdminUserID); err != nil {
		t.Fatal(err)
	}
	ids := w.imports(w.connection("one"), `{"table": {"name": "numbers", "db": "`+w.dsn[strings.LastIndex(w.dsn, "/")+1:]+`", "schema": "public",
		"db_table": "numbers", "connection": {"name": "Warehouse"}, "columns": [{"name": "n", "db_column_name": "n",
		"properties": {"column_type": "ATTRIBUTE"}, "db_column_properties": {"data_type": "INT32"}}]}}`)
	w.table = ids[1]
	return w
}

// connection is the connection's TML; the name of the application tells its
// versions apart.
func (w *warehouse) connection(application string) string {
	u, err := url.Parse(w.dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	properties := []map[string]string{{"key": "host", "value": u.Hostname()}, {"key": "port", "value": u.Port()}, {"key": "user", "value": u.User.Username()},
		{"key": "password", "value": "x"}, {"key": "database", "value": u.Path[1:]}, {"key": "application_name", "value": application}}
	text, err := json.Marshal(map[string]any{"guid": connectionID, "connection": map[string]any{"name": "Warehouse",
		"type": searchlight.PostgresConnectionType, "authentication_type": "SERVICE_ACCOUNT", "properties": properties}})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func (w *warehouse) imports(documents ...string) []searchlight.GUID {
	w.t.Helper()
	results, err := w.Metadata.Import(context.Background(), metadata.ImportRequest{Subject: w.admin, Documents: documents, Policy: metadata.AllOrNone})
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []searchlight.GUID
	for _, r := range results {
		if r.Status.Code == metadata.StatusError {
			w.t.Fatal(r.Status.Message)
		}
		ids = append(ids, r.Header.ID)
	}
	return ids
}

func (w *warehouse) search(text string) (*query.Answer, error) {
	return w.Query.Search(context.Background(), query.Request{Subject: w.admin, Source: w.table, Text: text})
}

// A search that streams is not cut when its connection changes; the next one
// uses the new connection.
func TestAConnectionThatChangesWhileASearchRuns(t *testing.T) {
	w := newWarehouse(t, 60_000)
	a, err := w.search("[n]")
	if err != nil {
		t.Fatal(err)
	}
	if a.Columns[0].Type != datatype.Int32 {
		t.Errorf("columns %+v", a.Columns)
	}
	first, err := a.Rows.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	n := first.Rows
	w.imports(w.connection("two"))
	b, err := w.search("count [n]")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := result.ReadAll(context.Background(), b.Rows); err != nil || all[0][0] != int64(60_000) {
		t.Errorf("%v, %v", all, err)
	}
	for {
		chunk, err := a.Rows.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("after %d rows: %v", n, err)
		}
		n += chunk.Rows
	}
	if err := a.Rows.Close(); err != nil || n != 60_000 {
		t.Errorf("%d rows, error %v", n, err)
	}
}

// Searches that need a connection at the same time, while it changes, all find
// one that is open.
func TestConnectionsUnderContention(t *testing.T) {
	w := newWarehouse(t, 10)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				a, err := w.search("count [n]")
				if err != nil {
					t.Error(err)
					continue
				}
				if all, err := result.ReadAll(context.Background(), a.Rows); err != nil || all[0][0] != int64(10) {
					t.Errorf("%v, %v", all, err)
				}
			}
		})
	}
	for _, version := range []string{"two", "three", "four", "five"} {
		w.imports(w.connection(version))
	}
	group.Wait()
}

func TestADeletedConnection(t *testing.T) {
	w := newWarehouse(t, 10)
	err := w.Store.Update(context.Background(), func(tx searchlight.Tx) error { return tx.DeleteObject(connectionID) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.search("count [n]"); searchlight.CodeOf(err) != searchlight.CodeEngine {
		t.Errorf("got %v", err)
	}
}

func TestAServerWithoutBuiltInStore(t *testing.T) {
	a := open(t, app.Config{DataDir: t.TempDir(), MetadataURL: pgtest.Database(t)})
	if a.Embedded() != nil {
		t.Error("there is a built-in store")
	}
	if _, err := a.Query.Engines.Engine(context.Background(), searchlight.EmbeddedConnectionID); searchlight.CodeOf(err) != searchlight.CodeInvalid {
		t.Errorf("got %v", err)
	}
	if _, err := a.Demo(context.Background(), nil); searchlight.CodeOf(err) != searchlight.CodeInvalid {
		t.Errorf("got %v", err)
	}
}
