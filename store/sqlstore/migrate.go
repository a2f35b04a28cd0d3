package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"
)

type migration struct {
	name     string // file name without .sql
	checksum string // SHA-256 of the script, in hexadecimal digits
	script   string
}

var migrationFile = regexp.MustCompile(`^[0-9]{4}_[a-z0-9_]+\.sql$`)

func readMigrations(files fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(files, ".") // in the order of names
	if err != nil {
		return nil, err
	}
	migrations := make([]migration, 0, len(entries))
	for _, entry := range entries {
		if !migrationFile.MatchString(entry.Name()) {
			return nil, errMigrationName(entry.Name())
		}
		script, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(script)
		migrations = append(migrations, migration{
			name:     strings.TrimSuffix(entry.Name(), path.Ext(entry.Name())),
			checksum: hex.EncodeToString(sum[:]),
			script:   string(script),
		})
	}
	return migrations, nil
}

// migrate runs the migrations that the database has not seen, each in a
// transaction of its own together with the record that it ran.
func migrate(ctx context.Context, backend Backend, files fs.FS, now func() time.Time) error {
	migrations, err := readMigrations(files)
	if err != nil {
		return err
	}
	for {
		done, err := migrateNext(ctx, backend, migrations, now)
		if err != nil || done {
			return err
		}
	}
}

// migrateNext runs the first missing migration and reports whether none was
// missing. It looks again each time, since another process may have run one.
func migrateNext(ctx context.Context, backend Backend, migrations []migration, now func() time.Time) (done bool, err error) {
	tx, err := backend.Migrate(ctx)
	if err != nil {
		return false, errDatabase(err)
	}
	defer func() { _ = tx.Rollback() }()

	const records = `CREATE TABLE IF NOT EXISTS schema_migrations (
		name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied BIGINT NOT NULL)`
	if _, err := tx.ExecContext(ctx, records); err != nil {
		return false, errDatabase(err)
	}
	rows, err := tx.QueryContext(ctx, `SELECT name, checksum FROM schema_migrations ORDER BY name`)
	if err != nil {
		return false, errDatabase(err)
	}
	defer func() { _ = rows.Close() }()
	recorded := make(map[string]string)
	var newest string
	for rows.Next() {
		var name, checksum string
		if err := rows.Scan(&name, &checksum); err != nil {
			return false, errDatabase(err)
		}
		recorded[name], newest = checksum, name
	}
	if err := rows.Err(); err != nil {
		return false, errDatabase(err)
	}

	var missing *migration
	known := 0
	for i := range migrations {
		checksum, applied := recorded[migrations[i].name]
		switch {
		case applied && checksum != migrations[i].checksum:
			return false, errMigrationChanged(migrations[i].name)
		case applied:
			known++
		case missing == nil:
			missing = &migrations[i]
		}
	}
	if known < len(recorded) {
		return false, errNewerDatabase(newest)
	}
	if missing == nil {
		return true, nil
	}

	if err := backend.RunScript(ctx, tx, missing.script); err != nil {
		return false, errMigration(missing.name, err)
	}
	record := backend.Statement(`INSERT INTO schema_migrations (name, checksum, applied) VALUES (?, ?, ?)`)
	if _, err := tx.ExecContext(ctx, record, missing.name, missing.checksum, now().UnixMilli()); err != nil {
		return false, errMigration(missing.name, err)
	}
	if err := tx.Commit(); err != nil {
		return false, errMigration(missing.name, err)
	}
	return false, nil
}
