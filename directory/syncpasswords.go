package directory

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/searchlight-bi/searchlight"
)

// passwords are those of new users, hashed before the transaction: the shared
// one once for all of them.
type passwords struct {
	service *Service
	shared  string
	dry     bool // nothing is kept, so nothing is hashed

	mu     sync.Mutex
	hashes map[string]string // by the key of a user; that of the shared one under ""
	wanted map[string]string // passwords that are to be hashed, likewise
}

// of returns the password of a new user, and the key of its hash.
func (p *passwords) of(e entry) (password, key string) {
	if e.Password != nil && *e.Password != "" {
		return *e.Password, e.key
	}
	return p.shared, ""
}

// wantNew asks for the passwords of users who are new as far as one can tell
// before the transaction. The shared one is hashed in any case, which costs
// less than a look at all users.
func (p *passwords) wantNew(ctx context.Context, list *syncList) error {
	var own []entry
	for _, e := range list.users {
		if _, key := p.of(e); key != "" {
			own = append(own, e)
		} else {
			p.want(e)
		}
	}
	if len(own) == 0 || p.dry {
		return nil
	}
	return p.service.Store.View(ctx, func(tx searchlight.Tx) error {
		users, err := tx.Users()
		if err != nil {
			return err
		}
		known := make(map[string]bool, len(users))
		for i := range users {
			known[fold(users[i].Name)] = true
		}
		for _, e := range own {
			if !known[e.key] {
				p.want(e)
			}
		}
		return nil
	})
}

func (p *passwords) want(e entry) {
	password, key := p.of(e)
	if _, ok := p.hashes[key]; ok || password == "" || len(password) > maxPasswordBytes || e.Type != searchlight.LocalUser || p.dry {
		return
	}
	if p.wanted == nil {
		p.wanted = map[string]string{}
	}
	p.wanted[key] = password
}

func (p *passwords) hash(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for key, password := range p.wanted {
		group.Go(func() error {
			hash, err := p.service.Hasher.Hash(ctx, password)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.hashes[key] = hash
			return err
		})
	}
	err := group.Wait()
	p.wanted = nil
	return err
}

// use gives a new user its password. It reports false when the hash is still
// to be made.
func (p *passwords) use(u *searchlight.User, e entry) (bool, error) {
	if u.Type != searchlight.LocalUser {
		return true, nil
	}
	password, key := p.of(e)
	if password == "" {
		return false, errSyncPassword(e.who)
	}
	if err := p.service.Policy.Check(password, u); err != nil {
		return false, errSyncPolicy(e.who, err)
	}
	hash, ok := p.hashes[key]
	if !ok && !p.dry {
		p.want(e)
		return false, nil
	}
	u.PasswordHash, u.MustChangePassword = hash, true
	return true, nil
}
