// Command searchlight is the server and its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/searchlight-bi/searchlight"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the first one's work
	m := &Main{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(m.Run(ctx, os.Args[1:]))
}

// Main is the program with what it reads and writes, so that tests can run it
// whole.
type Main struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Ready is called with the server's address once it listens; may be nil.
	Ready func(base string)
}

// Exit codes. exitUsage also stands for a server that cannot start as asked.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// startError is a reason why nothing was started or changed.
type startError struct{ err error }

func (e *startError) Error() string { return e.err.Error() }
func (e *startError) Unwrap() error { return e.err }

// Run runs the command line and returns the exit code: 2, after one line that
// says why, when it is wrong or nothing could be started.
func (m *Main) Run(ctx context.Context, args []string) int {
	var cli CLI
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("searchlight"),
		kong.Description("Search-driven analytics: ask questions of your data by search."),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.DefaultEnvars("SEARCHLIGHT"),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Configuration(readConfiguration),
		kong.Vars{"version": version()},
	)
	if err != nil {
		m.complain(err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help has been answered
	}
	if err != nil {
		m.complain(fmt.Errorf("%w; searchlight --help tells more", err))
		return exitUsage
	}
	if err := refuseSecrets(parsed); err != nil {
		m.complain(err)
		return exitUsage
	}
	err = parsed.Run(&invocation{Main: m, ctx: ctx, common: cli.Common})
	if exited >= 0 {
		return exited
	}
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return exitOK
	case isStartError(err):
		m.complain(err)
		return exitUsage
	}
	m.complain(err)
	return exitFailed
}

func isStartError(err error) bool {
	_, ok := errors.AsType[*startError](err)
	return ok
}

// complain writes an error as one line.
func (m *Main) complain(err error) {
	text := err.Error()
	if e, ok := errors.AsType[*searchlight.Error](err); ok {
		text = e.Message
	}
	fmt.Fprintf(m.Stderr, "searchlight: %s\n", strings.ReplaceAll(strings.TrimSpace(text), "\n", "; "))
}
