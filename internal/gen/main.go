package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// page is a file that is made from the code.
type page struct {
	file   string // in docs
	render func(root string) ([]byte, error)
}

var pages = []page{
	{"reference-functions.md", functionsPage},
	{"reference-keywords.md", keywordsPage},
	{"reference-errors.md", errorsPage},
}

func main() {
	check := flag.Bool("check", false, "write nothing, and fail when a file differs")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	var stale []error
	for _, p := range pages {
		text, err := p.render(root)
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		path := filepath.Join(root, "docs", p.file)
		switch kept, err := os.ReadFile(path); {
		case err != nil && !errors.Is(err, os.ErrNotExist):
			return err
		case bytes.Equal(kept, text):
		case check:
			stale = append(stale, fmt.Errorf("docs/%s is out of date; run go generate ./internal/gen", p.file))
		default:
			if err := os.WriteFile(path, text, 0o644); err != nil {
				return err
			}
		}
	}
	return errors.Join(stale...)
}

// moduleRoot is the nearest directory above that holds go.mod: go generate
// starts the program in its own directory, people start it at the root.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errors.New("there is no go.mod here or above")
		}
		dir = above
	}
}

const notice = "<!-- Written by go generate ./internal/gen; change the code instead. -->\n\n"
