package main

import (
	"time"

	"github.com/searchlight-bi/searchlight/internal/app"
)

// SecurityFlags say how careful the server is.
type SecurityFlags struct {
	DataAccess         string `help:"What a share of a worksheet gives: all of its columns (permissive), or those whose tables' columns are shared too (advanced)." enum:"permissive,advanced" default:"permissive"`
	ViewersCannotShare bool   `help:"Let only those who may change an object share it."`

	SessionIdle        time.Duration `help:"Time without a request after which a session ends." default:"3h"`
	SessionAbsolute    time.Duration `help:"Time after which a session ends." default:"24h"`
	RememberedIdle     time.Duration `help:"The same for sessions that browsers remember." default:"168h"`
	RememberedAbsolute time.Duration `help:"The same for sessions that browsers remember." default:"336h"`
	MaxFailedLogins    int           `help:"Wrong passwords that lock an account, 3 to 20." default:"4"`
	LockFor            time.Duration `help:"How long an account is locked then." default:"1h"`
	KeepAudit          time.Duration `help:"How long the audit log is kept, 720h at least." default:"2160h"`

	TrustedTokenLife           time.Duration `help:"How long login tokens of trusted authentication are valid." default:"5m"`
	TrustedTokenReuse          bool          `help:"Let login tokens be used until they expire, not once."`
	TrustedTokenAdministrators bool          `help:"Let login tokens be made for administrators."`
	TrustedTokenNoGet          bool          `help:"Take login tokens from forms only, not from addresses."`
	TrustedTokenNoNewGroups    bool          `help:"Keep login tokens from making groups."`
	TrustedTokenNetworks       []string      `help:"Networks from which the secret key is taken; all when empty." placeholder:"CIDR"`
}

func (f SecurityFlags) config() app.Security {
	return app.Security{
		DataAccess: f.DataAccess, ViewersCannotShare: f.ViewersCannotShare,
		SessionIdle: f.SessionIdle, SessionAbsolute: f.SessionAbsolute,
		RememberedIdle: f.RememberedIdle, RememberedAbsolute: f.RememberedAbsolute,
		MaxFailedLogins: f.MaxFailedLogins, LockFor: f.LockFor, KeepAudit: f.KeepAudit,
		TokenLife: f.TrustedTokenLife, TokenReuse: f.TrustedTokenReuse, TokenAdministrators: f.TrustedTokenAdministrators,
		TokenNoGet: f.TrustedTokenNoGet, TokenNoNewGroups: f.TrustedTokenNoNewGroups, TokenNetworks: f.TrustedTokenNetworks,
	}
}
