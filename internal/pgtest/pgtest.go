package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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
	dsn, drop, err := Create(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Error(err)
		}
	})
	return dsn
}

// Create creates an empty database on the server with a DSN, and returns its
// own DSN and what drops it.
func Create(ctx context.Context, server string) (dsn string, drop func() error, err error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", nil, errors.New(ServerVariable + " is not a postgres:// URL")
	}
	name := "test_" + strings.ToLower(rand.Text())
	// template0 has no other connections, so parallel tests do not get into
	// each other's way. The collation is fixed to make orders repeatable.
	if err := Execute(ctx, server, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"); err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() error {
		// The context of a test has ended when it cleans up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return Execute(ctx, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	}, nil
}

// Execute runs a statement on the database with a DSN.
func Execute(ctx context.Context, dsn, statement string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect to the PostgreSQL of %s: %w", ServerVariable, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
