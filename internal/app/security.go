package app

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/directory"
)

// Security is how careful a server is. The zero value of each field is the
// default.
type Security struct {
	DataAccess         string // permissive or advanced (security.md 3.4)
	ViewersCannotShare bool   // sharing needs MODIFY

	SessionIdle, SessionAbsolute       time.Duration // of sessions that browsers forget
	RememberedIdle, RememberedAbsolute time.Duration
	MaxFailedLogins                    int           // wrong passwords before a user is locked out
	LockFor                            time.Duration // how long
	KeepAudit                          time.Duration // how long audit records are kept

	TokenLife           time.Duration // of login tokens
	TokenReuse          bool          // they may be used more than once
	TokenAdministrators bool          // they may be made for administrators
	TokenNoGet          bool          // they are not taken from addresses
	TokenNoNewGroups    bool          // they make no groups
	TokenNetworks       []string      // from which the secret key is taken; none: all
}

// The ways in which shares give access to data.
const (
	accessPermissive = "permissive"
	accessAdvanced   = "advanced"
)

// bounded fails unless a duration is 0, for the default, or within bounds.
func bounded(name string, d, least, most time.Duration) error {
	if d != 0 && (d < least || d > most) {
		return fmt.Errorf("--%s must be between %s and %s, not %s", name, least, most, d)
	}
	return nil
}

// check fails with one line when a setting cannot be used (security.md 6.2).
func (s Security) check() error {
	const hour, day = time.Hour, 24 * time.Hour
	switch s.DataAccess {
	case "", accessPermissive, accessAdvanced:
	default:
		return fmt.Errorf("--data-access is %s or %s, not %q", accessPermissive, accessAdvanced, s.DataAccess)
	}
	if s.MaxFailedLogins != 0 && (s.MaxFailedLogins < 3 || s.MaxFailedLogins > 20) {
		return fmt.Errorf("--max-failed-logins must be between 3 and 20, not %d", s.MaxFailedLogins)
	}
	longest := 15 * time.Minute
	if s.TokenReuse {
		longest = day
	}
	for _, b := range []struct {
		name           string
		d, least, most time.Duration
	}{
		{"session-idle", s.SessionIdle, 5 * time.Minute, 8 * hour},
		{"session-absolute", s.SessionAbsolute, hour, day},
		{"remembered-idle", s.RememberedIdle, hour, 14 * day},
		{"remembered-absolute", s.RememberedAbsolute, day, 30 * day},
		{"lock-for", s.LockFor, time.Minute, 7 * day},
		{"keep-audit", s.KeepAudit, 30 * day, 3650 * day},
		{"trusted-token-life", s.TokenLife, 30 * time.Second, longest},
	} {
		if err := bounded(b.name, b.d, b.least, b.most); err != nil {
			return err
		}
	}
	return nil
}

// openAuth makes what signs people in.
func (a *App) openAuth() error {
	s := a.config.Security
	lifetimes := auth.DefaultLifetimes
	for _, l := range []struct {
		into *time.Duration
		d    time.Duration
	}{
		{&lifetimes.Idle, s.SessionIdle}, {&lifetimes.Absolute, s.SessionAbsolute},
		{&lifetimes.RememberedIdle, s.RememberedIdle}, {&lifetimes.RememberedAbsolute, s.RememberedAbsolute},
	} {
		if l.d != 0 {
			*l.into = l.d
		}
	}
	a.Sessions = auth.NewSessions(a.Store, auth.Config{Hasher: a.hasher, Now: a.config.Now, Lifetimes: lifetimes,
		MaxFailures: s.MaxFailedLogins, LockFor: s.LockFor, KeepAudit: s.KeepAudit})
	var networks []netip.Prefix
	for _, text := range s.TokenNetworks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("--trusted-token-networks: %q is no network such as 10.0.0.0/8", text)
		}
		networks = append(networks, network)
	}
	a.Trusted = auth.NewTrusted(a.Store, a.Sessions, auth.TrustedConfig{Now: a.config.Now, Life: s.TokenLife, Reuse: s.TokenReuse,
		AllowAdministrators: s.TokenAdministrators, NoNewGroups: s.TokenNoNewGroups, Sources: networks, CheckName: directory.CheckName})
	return nil
}
