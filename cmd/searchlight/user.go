package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/app"
)

// UserCommand administers users without a server, for recovery.
type UserCommand struct {
	Add      UserAddCommand      `cmd:"" help:"Create a user. The password is read from the terminal or from standard input."`
	Password UserPasswordCommand `cmd:"" help:"Set a user's password, unlock the account and end its sessions."`
	List     UserListCommand     `cmd:"" help:"List the users."`
}

// UserAddCommand creates a user.
type UserAddCommand struct {
	StoreFlags
	Name        string `arg:"" help:"Name to sign in with."`
	DisplayName string `help:"Name to show; the sign-in name when empty." placeholder:"TEXT"`
	Admin       bool   `help:"Make the user an administrator."`
}

// Run implements the command.
func (c *UserAddCommand) Run(i *invocation) error {
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	password, err := i.newPassword()
	if err != nil {
		return err
	}
	if err := a.AddUser(i.ctx, c.Name, c.DisplayName, password, c.Admin); err != nil {
		return err
	}
	fmt.Fprintf(i.Stdout, "Created %s\n", c.Name)
	return nil
}

// UserPasswordCommand sets a password.
type UserPasswordCommand struct {
	StoreFlags
	Name string `arg:"" help:"Name that the user signs in with."`
}

// Run implements the command.
func (c *UserPasswordCommand) Run(i *invocation) error {
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	password, err := i.newPassword()
	if err != nil {
		return err
	}
	if err := a.SetPassword(i.ctx, c.Name, password); err != nil {
		if searchlight.CodeOf(err) == searchlight.CodeNotFound {
			return fmt.Errorf("there is no user %s; searchlight user list shows all", c.Name)
		}
		return err
	}
	fmt.Fprintf(i.Stdout, "Set the password of %s\n", c.Name)
	return nil
}

// UserListCommand lists the users.
type UserListCommand struct{ StoreFlags }

// Run implements the command.
func (c *UserListCommand) Run(i *invocation) error {
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	users, err := listUsers(i, a)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(i.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tDISPLAY NAME\tSTATE\tID")
	for _, u := range users {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Name, u.DisplayName, u.State, u.ID)
	}
	return w.Flush()
}

func listUsers(i *invocation, a *app.App) ([]searchlight.User, error) {
	var users []searchlight.User
	err := a.Store.View(i.ctx, func(tx searchlight.Tx) (err error) {
		users, err = tx.Users()
		return err
	})
	return users, err
}

// newPassword asks for a password twice on a terminal, and otherwise takes the
// first line of standard input.
func (i *invocation) newPassword() (string, error) {
	first, err := i.password("New password: ")
	if f, ok := i.terminal(); err == nil && ok {
		second, err := i.ask(f, "The same again: ")
		if err != nil {
			return "", err
		}
		if first != second {
			return "", errors.New("the two passwords differ; nothing was changed")
		}
	}
	return first, err
}

// password asks for a password on a terminal, and otherwise takes the first
// line of standard input.
func (i *invocation) password(prompt string) (string, error) {
	if f, ok := i.terminal(); ok {
		return i.ask(f, prompt)
	}
	line, err := bufio.NewReader(i.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("no password came on standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// terminal is standard input when a person sits there.
func (i *invocation) terminal() (*os.File, bool) {
	f, ok := i.Stdin.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

func (i *invocation) ask(f *os.File, prompt string) (string, error) {
	fmt.Fprint(i.Stderr, prompt)
	defer fmt.Fprintln(i.Stderr)
	b, err := term.ReadPassword(int(f.Fd()))
	return string(b), err
}
