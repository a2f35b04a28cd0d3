package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"time"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/directory"
)

// SAML is how people sign in by their identity providers.
type SAML struct {
	IDPMetadata []string // files that describe identity providers; none: nobody does
	EntityID    string   // of this server; empty: urn:searchlight:<host>:saml
	// Cert and Key sign what is sent; empty: a key that is made and kept in the
	// metadata. NextCert is published before it takes their place.
	Cert, Key, NextCert string

	MailAttribute, NameAttribute, GroupsAttribute string // empty: mail, displayName, roles

	CreateUsers  bool          // unknown people get an account
	MapGroups    bool          // the identity provider decides who is in which groups
	CreateGroups bool          // and makes those that are missing
	Unsolicited  bool          // sign-ins may begin at the identity provider
	ForceAuthn   bool          // people prove who they are each time
	SingleLogout bool          // who signs out here signs out there as well
	Skew         time.Duration // between clocks; 0: the default
	MaxAge       time.Duration // of a proof; 0: any
}

// openSAML opens single sign-on, if there is to be one; nil: there is not.
func (a *App) openSAML(ctx context.Context, public string) (*saml.Provider, error) {
	c := a.config.SAML
	if len(c.IDPMetadata) == 0 {
		if c.Cert != "" || c.Key != "" || c.NextCert != "" {
			return nil, errors.New("--saml-cert, --saml-key and --saml-next-cert need --saml-idp-metadata")
		}
		return nil, nil
	}
	u, err := url.Parse(public)
	if err != nil {
		return nil, fmt.Errorf("the public URL: %w", err)
	}
	embeds, err := v1.ParseOrigins(a.config.EmbedHosts)
	if err != nil {
		return nil, fmt.Errorf("embed hosts: %w", err)
	}
	config := saml.Config{
		Store: a.Store, Sessions: a.Sessions, Sealer: a.databases.secrets, CheckName: directory.CheckName, Public: u,
		EntityID: c.EntityID, MailAttribute: c.MailAttribute, NameAttribute: c.NameAttribute, GroupsAttribute: c.GroupsAttribute,
		CreateUsers: c.CreateUsers, MapGroups: c.MapGroups, CreateGroups: c.CreateGroups, Unsolicited: c.Unsolicited,
		ForceAuthn: c.ForceAuthn, SingleLogout: c.SingleLogout, Skew: c.Skew, MaxAge: c.MaxAge,
		RedirectHosts: slices.Concat(a.config.RedirectHosts, embeds.Hosts()), Now: a.config.Now, Log: a.log,
	}
	if config.MaxAge == 0 {
		config.MaxAge = -1
	}
	for _, path := range c.IDPMetadata {
		config.Sources = append(config.Sources, func() ([]byte, error) { return os.ReadFile(path) })
	}
	for path, into := range map[string]*[]byte{c.Cert: &config.Certificate, c.Key: &config.Key, c.NextCert: &config.NextCertificate} {
		if path == "" {
			continue
		}
		if *into, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return saml.Open(ctx, config)
}
