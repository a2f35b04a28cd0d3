package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/seal"
)

// keys are the secret keys that a Config gives.
type keys struct {
	current *seal.Sealer // nil: there is none so far
	old     []*seal.Sealer
}

// readKeys reads the keys of a Config, and changes nothing.
func readKeys(c Config) (keys, error) {
	var k keys
	var err error
	if c.SecretKey != "" {
		k.current, err = seal.Parse(c.SecretKey)
	} else if k.current, err = seal.ReadFile(filepath.Join(c.DataDir, keyFile)); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return keys{}, err
	}
	for _, text := range c.OldSecretKeys {
		old, err := seal.Parse(text)
		if err != nil {
			return keys{}, fmt.Errorf("old keys: %w", err)
		}
		k.old = append(k.old, old)
	}
	// The file of a data directory serves as an old key too, so that a key can
	// move from there into the environment.
	files := []string{oldKeyFile}
	if c.SecretKey != "" {
		files = append(files, keyFile)
	}
	for _, name := range files {
		old, err := seal.ReadFile(filepath.Join(c.DataDir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return keys{}, err
		}
		k.old = append(k.old, old)
	}
	return k, nil
}

// sealer makes the sealer of secrets. A key file is made where there is no key
// and no need of one so far. A server does not start when it cannot read
// secrets that there are; other commands do without them.
func (a *App) sealer(ctx context.Context, k keys) (*seal.Sealer, error) {
	current := k.current
	if current == nil {
		var err error
		if current, err = seal.NewRandom(); err != nil {
			return nil, err
		}
	}
	s := current.WithOld(k.old...)
	lost, err := a.unreadable(ctx, s)
	if err != nil {
		return nil, err
	}
	if lost > 0 && a.config.Addr != "" {
		return nil, fmt.Errorf("the secrets of connections (%d) were encrypted with a key that is not here; bring back %s or SEARCHLIGHT_SECRET_KEY, "+
			"or give it up with searchlight rekey --forget", lost, filepath.Join(a.config.DataDir, keyFile))
	}
	if k.current != nil || lost > 0 {
		return s, nil
	}
	if current, err = seal.CreateFile(filepath.Join(a.config.DataDir, keyFile)); err != nil {
		return nil, err
	}
	return current.WithOld(k.old...), nil
}

// unreadable counts the connections with secrets that s cannot open.
func (a *App) unreadable(ctx context.Context, s *seal.Sealer) (n int, err error) {
	err = a.Store.View(ctx, func(tx searchlight.Tx) error {
		n = 0
		return eachConnection(tx, func(_ *searchlight.Object, c *searchlight.Connection) error {
			for _, p := range c.Properties {
				if p.Sealed != nil && !s.Knows(p.Sealed) {
					n++
					break
				}
			}
			return nil
		})
	})
	return n, err
}

func eachConnection(tx searchlight.Tx, visit func(*searchlight.Object, *searchlight.Connection) error) error {
	viewer, err := tx.Subject(searchlight.AdminUserID)
	if err != nil {
		return err
	}
	page, err := tx.Headers(searchlight.ListQuery{Viewer: viewer, Types: []searchlight.ObjectType{searchlight.TypeConnection}, ShowHidden: true})
	if err != nil {
		return err
	}
	for _, h := range page.Headers {
		o, err := tx.Object(h.ID)
		if err != nil {
			return err
		}
		var c searchlight.Connection
		if err := json.Unmarshal(o.Content, &c); err != nil {
			return fmt.Errorf("app: content of connection %s: %w", h.ID, err)
		}
		if err := visit(o, &c); err != nil {
			return err
		}
	}
	return nil
}

// Rekeyed is what Rekey did.
type Rekeyed struct {
	Resealed  int // secrets
	Forgotten int // secrets that were dropped since nobody can read them
}

// Rekey encrypts all secrets with the current key: that of the Config, or a new
// one in the key file. It fails, and changes no secret, when there are some
// that no key opens, unless they are to be forgotten. A Rekey that was cut
// short is made good by the next one; in between both keys are read.
func (a *App) Rekey(ctx context.Context, forget bool) (*Rekeyed, error) {
	lost, err := a.unreadable(ctx, a.databases.secrets)
	if err != nil {
		return nil, err
	}
	if lost > 0 && !forget {
		return nil, fmt.Errorf("the secrets of connections (%d) were encrypted with a key that is not here; give it with SEARCHLIGHT_OLD_SECRET_KEYS, or drop them with --forget", lost)
	}
	s := a.databases.secrets
	if a.config.SecretKey == "" {
		if s, err = a.replaceKeyFile(); err != nil {
			return nil, err
		}
	}
	done := &Rekeyed{}
	err = a.Store.Update(ctx, func(tx searchlight.Tx) error {
		*done = Rekeyed{}
		resealed, forgotten, err := saml.Reseal(tx, s, forget)
		if err != nil {
			return err
		}
		if resealed {
			done.Resealed++
		}
		if forgotten {
			done.Forgotten++
		}
		return eachConnection(tx, func(o *searchlight.Object, c *searchlight.Connection) error { return reseal(tx, s, o, c, done) })
	})
	if err != nil {
		return nil, err
	}
	a.databases.secrets, a.Metadata.Secrets = s, s
	if err := os.Remove(filepath.Join(a.config.DataDir, oldKeyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return done, nil
}

// replaceKeyFile makes a new key and keeps the one before it, until all is
// sealed anew. A key that a Rekey has kept and left there, since it was cut
// short, means that the new one is there already.
func (a *App) replaceKeyFile() (*seal.Sealer, error) {
	path, kept := filepath.Join(a.config.DataDir, keyFile), filepath.Join(a.config.DataDir, oldKeyFile)
	current, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	old, err := os.ReadFile(kept)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if old != nil && current != nil && !bytes.Equal(old, current) {
		return a.databases.secrets, nil
	}
	if current != nil {
		if err := seal.KeepFile(path, kept); err != nil {
			return nil, err
		}
	}
	fresh, err := seal.CreateFile(path)
	if err != nil {
		return nil, err
	}
	return fresh.WithOld(a.databases.secrets), nil
}

func reseal(tx searchlight.Tx, s *seal.Sealer, o *searchlight.Object, c *searchlight.Connection, done *Rekeyed) error {
	changed := false
	for i := range c.Properties {
		p := &c.Properties[i]
		if p.Sealed == nil {
			continue
		}
		if !s.Knows(p.Sealed) {
			p.Sealed, changed = nil, true
			done.Forgotten++
			continue
		}
		sealed, err := s.Reseal(p.Sealed, metadata.SecretContext(o.ID, p.Key))
		if err != nil {
			return fmt.Errorf("property %s of the connection %s: %w", p.Key, o.Name, err)
		}
		if string(sealed) != string(p.Sealed) {
			p.Sealed, changed = sealed, true
			done.Resealed++
		}
	}
	if !changed {
		return nil
	}
	content, err := json.Marshal(c)
	if err != nil {
		return err
	}
	o.Content = content
	return tx.UpdateObject(o)
}
