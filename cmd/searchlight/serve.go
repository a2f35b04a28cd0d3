package main

import (
	"fmt"
)

// ServeCommand runs the server.
type ServeCommand struct {
	StoreFlags
	ServerFlags
}

// Run implements the command.
func (c *ServeCommand) Run(i *invocation) error {
	a, err := i.open(c.apply(c.config()))
	if err != nil {
		return err
	}
	defer a.Close()
	password, err := a.FirstPassword(i.ctx)
	if err != nil {
		return err
	}
	return a.Run(i.ctx, func(base string) {
		fmt.Fprintf(i.Stdout, "Searchlight serves on %s\n", base)
		if password != "" {
			fmt.Fprintf(i.Stdout, "The administrator is tsadmin, the password %s\nIt is not shown again; searchlight user password tsadmin sets another.\n", password)
		}
		if i.Ready != nil {
			i.Ready(base)
		}
	})
}
