package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/audit"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/directory"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/mail"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/server"
	"github.com/searchlight-bi/searchlight/sharing"
	postgresstore "github.com/searchlight-bi/searchlight/store/postgres"
	sqlitestore "github.com/searchlight-bi/searchlight/store/sqlite"
)

// App is the program with everything open.
type App struct {
	Store     searchlight.Store
	Sessions  *auth.Sessions
	Trusted   *auth.Trusted
	Audit     *audit.Service
	Query     *query.Service
	Metadata  *metadata.Service
	Sharing   *sharing.Service
	Directory *directory.Service
	Policy    auth.Policy
	Mail      *mail.Sender // nil: no mail server is configured

	config      Config
	log         *slog.Logger
	databases   *databases
	hasher      *auth.Hasher
	certificate *server.Certificate // nil: the server speaks HTTP
	listeners   listeners
	server      *server.Server // nil: nothing is to be served
}

// databaseFile is named so that tables of the built-in store are called
// searchlight.main.<name> in TML.
const (
	databaseName = "searchlight"
	databaseFile = databaseName + ".duckdb"
	metadataFile = "metadata.db"
	keyFile      = "secret.key"
	oldKeyFile   = "secret.key.old" // while secrets are sealed anew
)

// Open opens everything under a Config, the addresses included. When it fails
// it has changed nothing but perhaps made a data directory and an empty
// built-in store.
func Open(ctx context.Context, c Config, log *slog.Logger) (*App, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	location := time.UTC
	if c.TimeZone != "" {
		var err error
		if location, err = time.LoadLocation(c.TimeZone); err != nil {
			return nil, fmt.Errorf("the time zone %q is unknown; use a name such as Europe/Paris", c.TimeZone)
		}
	}
	a := &App{config: c, log: log, Policy: auth.Policy{MinLength: c.MinPassword}, hasher: auth.NewHasher(c.PasswordCost, nil)}
	if c.AdminPassword != "" {
		if err := a.Policy.Check(c.AdminPassword, &searchlight.User{Name: searchlight.AdminUserName}); err != nil {
			return nil, fmt.Errorf("the administrator's password: %s", messageOf(err))
		}
	}
	if err := c.Security.check(); err != nil {
		return nil, err
	}
	if err := a.openCertificate(); err != nil {
		return nil, err
	}
	var err error
	if a.Mail, err = newMail(c); err != nil {
		return nil, err
	}
	opened := false
	defer func() {
		if !opened {
			a.Close()
		}
	}()
	if err := a.openStores(ctx); err != nil {
		return nil, err
	}
	if err := a.openAuth(); err != nil {
		return nil, err
	}
	a.Audit = &audit.Service{Store: a.Store, Now: c.Now, Log: log}
	a.Query = &query.Service{Store: a.Store, Engines: a.databases, MaxRows: c.MaxRows, Now: c.Now, Location: location,
		Advanced: c.Security.DataAccess == accessAdvanced}
	a.Metadata = &metadata.Service{Store: a.Store, Databases: a.databases, Secrets: a.databases.secrets,
		Advanced: c.Security.DataAccess == accessAdvanced}
	a.Directory = &directory.Service{Store: a.Store, Policy: a.Policy, Hasher: a.hasher, Attempts: a.Sessions}
	a.Sharing = a.newSharing()
	if c.Addr != "" {
		if err := a.makeServer(ctx); err != nil {
			return nil, err
		}
	}
	if a.databases.embedded != nil {
		if err := a.SyncUploads(ctx, ""); err != nil {
			return nil, err
		}
	}
	opened = true
	return a, nil
}

// openStores opens the built-in store first, since its file tells whether
// another server has the data directory, and takes the addresses before
// anything is written.
func (a *App) openStores(ctx context.Context) error {
	c := a.config
	gate, err := newGate(c.ConnectionNetworks)
	if err != nil {
		return err
	}
	a.databases = &databases{log: a.log, gate: gate, open: map[searchlight.GUID]*openConnection{}}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("the data directory cannot be made: %w", err)
	}
	if c.MetadataURL == "" {
		e, err := duckdbengine.Open(filepath.Join(c.DataDir, databaseFile), duckdbengine.Options{Threads: c.Threads, MemoryLimit: c.MemoryLimit})
		if errors.Is(err, duckdbengine.ErrInUse) {
			return fmt.Errorf("the data directory %s is in use by another process; stop it, or choose another with --data-dir", c.DataDir)
		}
		if err != nil {
			return fmt.Errorf("the built-in store in %s cannot be opened: %w", c.DataDir, err)
		}
		a.databases.embedded = e
		if err := os.Chmod(filepath.Join(c.DataDir, databaseFile), 0o600); err != nil {
			return err
		}
	}
	if err := a.listen(); err != nil {
		return err
	}
	keys, err := readKeys(c)
	if err != nil {
		return err
	}
	if c.MetadataURL != "" {
		a.Store, err = postgresstore.Open(ctx, c.MetadataURL, postgresstore.Options{Now: c.Now})
	} else {
		a.Store, err = sqlitestore.Open(ctx, filepath.Join(c.DataDir, metadataFile), sqlitestore.Options{Now: c.Now})
	}
	if err != nil {
		a.Store = nil
		return err
	}
	a.databases.store = a.Store
	a.databases.secrets, err = a.sealer(ctx, keys)
	return err
}

// FirstPassword gives tsadmin a password when it has none: the configured one,
// or a random one, which it returns and nobody can see again.
func (a *App) FirstPassword(ctx context.Context) (random string, err error) {
	var admin *searchlight.User
	err = a.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		admin, err = tx.User(searchlight.AdminUserID)
		return err
	})
	if err != nil || admin.PasswordHash != "" {
		return "", err
	}
	password := a.config.AdminPassword
	if password == "" {
		if random, err = RandomPassword(); err != nil {
			return "", err
		}
		password = random
	}
	return random, a.SetPassword(ctx, admin.Name, password)
}

// RandomPassword makes a password that suits every policy.
func RandomPassword() (string, error) {
	b := make([]byte, 15)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return "Aa1-" + base64.RawURLEncoding.EncodeToString(b), nil
}

// SetPassword gives a user a new password, unlocks the account and ends the
// user's sessions. It fails with CodeNotFound for unknown users, and with
// CodeInvalid for accounts that never sign in and for passwords that the policy
// refuses.
func (a *App) SetPassword(ctx context.Context, name, password string) error {
	hash, err := a.hash(ctx, name, password)
	if err != nil {
		return err
	}
	operator, err := a.Operator(ctx)
	if err != nil {
		return err
	}
	return a.Store.Update(ctx, func(tx searchlight.Tx) error {
		u, err := tx.UserByName(name)
		if err != nil {
			return err
		}
		if u.IsProtected() {
			return searchlight.Errorf(searchlight.CodeInvalid, "%s never signs in and has no password", u.Name)
		}
		u.PasswordHash, u.FailedLogins, u.LockedUntil = hash, 0, time.Time{}
		if u.State == searchlight.UserLocked {
			u.State = searchlight.UserActive
		}
		u.Modified = tx.Now()
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		if _, err = tx.DeleteSessionsOf(u.ID, [32]byte{}); err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(operator, searchlight.EventPasswordUpdated, "Password set on the server's machine", map[string]any{"user": u.Name}))
	})
}

// AddUser creates a user, as a member of the Administrator group when asked.
func (a *App) AddUser(ctx context.Context, name, displayName, password string, admin bool) error {
	operator, err := a.Operator(ctx)
	if err != nil {
		return err
	}
	user := directory.NewUser{Name: name, DisplayName: displayName, Password: password}
	if admin {
		user.Groups = []searchlight.GUID{searchlight.AdminGroupID}
	}
	_, err = a.Directory.CreateUser(ctx, operator, user)
	return err
}

func (a *App) hash(ctx context.Context, name, password string) (string, error) {
	if err := a.Policy.Check(password, &searchlight.User{Name: name}); err != nil {
		return "", err
	}
	return a.hasher.Hash(ctx, password)
}

// Operator is who runs commands on the machine itself: su, the administrator
// who never signs in.
func (a *App) Operator(ctx context.Context) (*searchlight.Subject, error) {
	return a.Subject(ctx, searchlight.SuperUserID)
}

// Subject is a user as the services take it.
func (a *App) Subject(ctx context.Context, id searchlight.GUID) (*searchlight.Subject, error) {
	var subject *searchlight.Subject
	err := a.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		subject, err = tx.Subject(id)
		return err
	})
	return subject, err
}

// Embedded is the engine of the built-in store, nil when there is none.
func (a *App) Embedded() *duckdbengine.Engine { return a.databases.embedded }

// SyncUploads makes the table objects equal the tables of the built-in store:
// of one table, or of all when only is empty. New ones belong to tsadmin.
func (a *App) SyncUploads(ctx context.Context, only string) error {
	uploads, err := a.uploads(ctx, only)
	if err != nil {
		return err
	}
	_, err = a.Metadata.SyncUploads(ctx, uploads, searchlight.AdminUserID)
	return err
}

// uploads lists tables of the built-in store after they have changed.
func (a *App) uploads(ctx context.Context, only string) ([]metadata.Upload, error) {
	a.databases.loads.Add(1)
	return a.databases.uploads(ctx, only)
}

// Close closes everything that Open opened.
func (a *App) Close() {
	a.listeners.close()
	if a.databases != nil {
		a.databases.closeAll()
	}
	if a.Store != nil {
		if err := a.Store.Close(); err != nil {
			a.log.Warn("closing the metadata failed", "error", err)
		}
	}
}

// messageOf is the sentence of an error for people.
func messageOf(err error) string {
	if e, ok := errors.AsType[*searchlight.Error](err); ok {
		return e.Message
	}
	return strings.TrimSpace(err.Error())
}
