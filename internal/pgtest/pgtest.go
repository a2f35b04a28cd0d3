package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ServerVariable holds the DSN, a postgres:// URL, of a server on which the
// tests may create and drop databases.
const ServerVariable = "SEARCHLIGHT_TEST_POSTGRES"

// Database creates an empty database, drops it when the test ends, and
// returns its DSN. Without a server the test is skipped, or fails where CI is
// set to true, so that nothing is left out there in silence.
func Database(t testing.TB) string {
	t.Helper()
	server := os.Getenv(ServerVariable)
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(ServerVariable + " is not set")
		}
		t.Skip(ServerVariable + " is not set; scripts/postgres.sh start prints a DSN for it")
	}
	dsn, err := url.Parse(server)
	if err != nil || dsn.Scheme != "postgres" && dsn.Scheme != "postgresql" {
		t.Fatalf("%s is not a postgres:// URL", ServerVariable)
	}

	name := "test_" + strings.ToLower(rand.Text())
	// template0 has no other connections, so parallel tests do not get into
	// each other's way. The collation is fixed to make orders repeatable.
	execute(t, server, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
	t.Cleanup(func() { execute(t, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })

	dsn.Path = "/" + name
	return dsn.String()
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	// The context of the test has ended when cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the PostgreSQL of %s: %v", ServerVariable, err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
