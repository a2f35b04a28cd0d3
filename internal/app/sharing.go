package app

import "github.com/searchlight-bi/searchlight/sharing"

func (a *App) newSharing() *sharing.Service {
	s := &sharing.Service{Store: a.Store, PublicURL: a.publicURL(), ViewersMayNotShare: a.config.Security.ViewersCannotShare}
	if a.Mail.Enabled() {
		s.Outbox = sharing.NewOutbox(a.Mail, a.log)
	}
	return s
}

// publicURL is where people find the server.
func (a *App) publicURL() string {
	if a.config.PublicURL != "" {
		return a.config.PublicURL
	}
	return a.listeners.base
}
