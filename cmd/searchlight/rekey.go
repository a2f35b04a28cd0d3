package main

import "fmt"

// RekeyCommand replaces the secret key.
type RekeyCommand struct {
	StoreFlags
	Forget bool `help:"Drop the secrets that no key opens; the connections need them again afterwards."`
}

// Run implements the command.
func (c *RekeyCommand) Run(i *invocation) error {
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	done, err := a.Rekey(i.ctx, c.Forget)
	if err != nil {
		return &startError{err}
	}
	fmt.Fprintf(i.Stdout, "Encrypted %d secrets with the new key\n", done.Resealed)
	if done.Forgotten > 0 {
		fmt.Fprintf(i.Stdout, "Dropped %d secrets that no key opens; import their connections again, and give identity providers the new SAML metadata\n", done.Forgotten)
	}
	return nil
}
