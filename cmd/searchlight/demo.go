package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/demo"
	"github.com/searchlight-bi/searchlight/internal/app"
)

// DemoCommand runs the server with the sample data.
type DemoCommand struct {
	StoreFlags
	ServerFlags
}

// passwordFile keeps the demo's password, so that each start can print a
// command that works.
const passwordFile = "demo-password"

// Run implements the command.
func (c *DemoCommand) Run(i *invocation) error {
	config := c.apply(c.config())
	if config.MetadataURL != "" {
		return &startError{errors.New("the sample data needs the built-in store, which a server with --metadata-url does not have")}
	}
	kept, err := c.password(&config)
	if err != nil {
		return &startError{err}
	}
	a, err := i.open(config)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := kept(); err != nil {
		return err
	}
	// The demo's account works with the password that it prints.
	if err := a.SetPassword(i.ctx, searchlight.AdminUserName, config.AdminPassword); err != nil {
		return err
	}
	worksheet, err := a.Demo(i.ctx, func(table string, rows int64) {
		fmt.Fprintf(i.Stderr, "loaded %d rows into %s\n", rows, table)
	})
	if err != nil {
		return err
	}
	return a.Run(i.ctx, func(base string) {
		i.greet(base, config.AdminPassword, worksheet)
		if i.Ready != nil {
			i.Ready(base)
		}
	})
}

// password chooses the administrator's password: the one given, the one of the
// last start, or a new one. The function that it returns writes it down.
func (c *DemoCommand) password(config *app.Config) (keep func() error, err error) {
	path := filepath.Join(config.DataDir, passwordFile)
	if config.AdminPassword == "" {
		switch text, err := os.ReadFile(path); {
		case err == nil:
			config.AdminPassword = strings.TrimSpace(string(text))
		case !errors.Is(err, os.ErrNotExist):
			return nil, err
		}
	}
	if config.AdminPassword == "" {
		if config.AdminPassword, err = app.RandomPassword(); err != nil {
			return nil, err
		}
	}
	password := config.AdminPassword
	return func() error { return os.WriteFile(path, []byte(password+"\n"), 0o600) }, nil
}

// greet says where the server is and how to ask the first question.
func (i *invocation) greet(base, password string, worksheet searchlight.GUID) {
	api := base + "/callosum/v1/tspublic/v1/"
	fmt.Fprintf(i.Stdout, `
Searchlight serves the sample data on %s

  account   %s
  password  %s
  worksheet %s, GUID %s
  API       %s/external/swagger

Ask a question (top 5 categories by sales); paste this into another terminal:

%s

Other searches to try:
`, base, searchlight.AdminUserName, password, demo.WorksheetName, worksheet, base, curl(api, password, worksheet))
	for _, s := range demo.Searches() {
		fmt.Fprintf(i.Stdout, "  %s\n", s)
	}
	fmt.Fprintln(i.Stdout, "\nCtrl-C stops the server.")
}

// curl is a command that signs in and asks, with the cookie kept in between.
func curl(api, password string, worksheet searchlight.GUID) string {
	return fmt.Sprintf(`curl -s -b '' -d username=%s --data-urlencode 'password=%s' %ssession/login \
  --next -s -b '' -H 'X-Requested-By: ThoughtSpot' \
  --data-urlencode 'query_string=top 5 [category] [sales]' -d data_source_guid=%s %ssearchdata`,
		searchlight.AdminUserName, password, api, worksheet, api)
}
