package duckdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/searchlight-bi/searchlight/engine"
)

// ErrInUse is the cause of an error of Open when the file is open elsewhere.
var ErrInUse = errors.New("database file is in use")

func unreachable(message string) error {
	return &engine.Error{Kind: engine.KindUnreachable, Message: message}
}

func inUse(path string) error {
	return &engine.Error{
		Kind:    engine.KindUnreachable,
		Message: fmt.Sprintf("the database file %s is in use by another process or connection", path),
		Err:     ErrInUse,
	}
}

func errClosed() error { return unreachable("the database is closed") }

func failed(format string, args ...any) error {
	return &engine.Error{Kind: engine.KindFailed, Message: fmt.Sprintf(format, args...)}
}

func errCancelled(cause error) error {
	return &engine.Error{Kind: engine.KindCancelled, Message: "the query was cancelled: " + cause.Error(), Err: cause}
}

func errNoTable(t engine.Table) error {
	name := t.Name
	if t.Schema != "" {
		name = t.Schema + "." + name
	}
	if t.Database != "" {
		name = t.Database + "." + name
	}
	return &engine.Error{Kind: engine.KindNoTable, Message: fmt.Sprintf("table %s does not exist", name)}
}

func errNotSelect() error {
	return failed("only SELECT statements can be run as queries")
}

// openError reads the message of a failed opening, which has no code.
func openError(path, message string) error {
	text, _ := readMessage(message)
	if strings.Contains(text, "Could not set lock on file") {
		return inUse(path)
	}
	text, _, _ = strings.Cut(text, "\n")
	return unreachable(text)
}

// details is what DuckDB writes under errors_as_json.
type details struct {
	Type    string `json:"exception_type"`
	Message string `json:"exception_message"`
	Subtype string `json:"error_subtype"`
	Object  string `json:"type"`
}

// readMessage finds the plain message and the details. Some errors have a
// few words before the JSON, some are no JSON.
func readMessage(message string) (string, details) {
	var d details
	if at := strings.IndexByte(message, '{'); at >= 0 {
		if json.Unmarshal([]byte(message[at:]), &d) == nil && d.Message != "" {
			return d.Message, d
		}
	}
	return message, details{}
}

// newError makes an error of DuckDB's message. The type is ErrorTypeInvalid
// where there is none.
func newError(ctx context.Context, message string, code bindings.ErrorType) error {
	if err := ctx.Err(); err != nil {
		return errCancelled(err)
	}
	text, d := readMessage(message)
	kind := engine.KindFailed
	switch {
	case code == bindings.ErrorTypeInterrupt || d.Type == "INTERRUPT":
		kind = engine.KindCancelled
	case d.Type == "Catalog" && d.Object == "Table" && d.Subtype == "MISSING_ENTRY",
		// A missing schema gives no details.
		d.Type == "Catalog" && strings.HasPrefix(text, "Table with name "):
		kind = engine.KindNoTable
	}
	return &engine.Error{Kind: kind, Message: text}
}

func errClosedRows() error { return failed("the rows are closed") }
