package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/load"
)

// Loader loads files as tables.
type Loader interface {
	Load(ctx context.Context, subject *searchlight.Subject, o load.Options) (*load.Report, *searchlight.Header, error)
	// MayLoad fails as Load would for want of rights, before any file is sent.
	MayLoad(ctx context.Context, subject *searchlight.Subject, table string) error
}

// API serves the routes.
type API struct {
	Loader  Loader
	TempDir string // where files wait to be loaded; empty: the system's
	// MaxBytes bounds what one request may send; 0: DefaultMaxBytes.
	MaxBytes int64
}

// DefaultMaxBytes is 64 GiB.
const DefaultMaxBytes = 64 << 30

// uploadTimeout is how long sending and loading may take.
const uploadTimeout = 6 * time.Hour

const (
	maxField = 1 << 10 // bytes of an option
	maxFiles = 100
)

// Loaded is the answer to a load.
type Loaded struct {
	GUID         searchlight.GUID `json:"guid"`  // of the table's object
	Table        string           `json:"table"` // its name
	Rows         int64            `json:"rows"`  // added
	Bad          int64            `json:"bad"`   // rows left out
	Rejected     []Rejected       `json:"rejected"`
	Warnings     []string         `json:"warnings"`
	Columns      []Column         `json:"columns"`
	Milliseconds int64            `json:"milliseconds"`
}

// Rejected is a row that was left out; a load lists the first 100.
type Rejected struct {
	File   string `json:"file"`
	Line   int64  `json:"line"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// Column is a column of a loaded table.
type Column struct {
	Name string        `json:"name"`
	Type datatype.Type `json:"type"`
}

// NewLoaded puts a report into the form of the answer. Files are called by
// their own names, without directories.
func NewLoaded(id searchlight.GUID, r *load.Report) *Loaded {
	out := &Loaded{GUID: id, Table: r.Table, Rows: r.Rows, Bad: r.Bad, Rejected: []Rejected{}, Columns: []Column{},
		Warnings: append([]string{}, r.Warnings...), Milliseconds: r.Duration.Milliseconds()}
	for _, x := range r.Rejected {
		out.Rejected = append(out.Rejected, Rejected{filepath.Base(x.File), x.Line, x.Column, x.Reason})
	}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, Column{c.Name, c.Type})
	}
	return out
}

// Load takes a multipart form: the fields table, append, max_errors, format,
// encoding, delimiter, header (auto, yes, no) and sheet, then the files, each
// in a part named file. The files are streamed to disk before they are loaded.
func (a *API) Load(w http.ResponseWriter, r *http.Request, subject *searchlight.Subject) error {
	deadline := http.NewResponseController(w)
	until := time.Now().Add(uploadTimeout)
	// A test's recorder has no deadlines, which is as good.
	_, _ = deadline.SetReadDeadline(until), deadline.SetWriteDeadline(until)
	limit := a.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	form, err := r.MultipartReader()
	if err != nil {
		return searchlight.Errorf(searchlight.CodeUnsupported, "Send the files as multipart/form-data")
	}
	dir, err := os.MkdirTemp(a.TempDir, "searchlight-load-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	options, err := a.receive(r.Context(), form, dir, subject)
	if err != nil {
		return err
	}
	report, header, err := a.Loader.Load(r.Context(), subject, options)
	if err != nil {
		return explain(err, dir)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	return json.NewEncoder(w).Encode(NewLoaded(header.ID, report))
}

// receive reads the form; files go to dir under their own names.
func (a *API) receive(ctx context.Context, form *multipart.Reader, dir string, subject *searchlight.Subject) (load.Options, error) {
	var o load.Options
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return o, receiveError(err)
		}
		if part.FormName() != "file" {
			if err := readField(&o, part); err != nil {
				return o, err
			}
			continue
		}
		if len(o.Files) == 0 {
			if err := a.Loader.MayLoad(ctx, subject, o.Table); err != nil {
				return o, err
			}
		}
		if len(o.Files) == maxFiles {
			return o, searchlight.Errorf(searchlight.CodeInvalid, "One request may hold %d files", maxFiles)
		}
		file, err := saveFile(part, dir, len(o.Files))
		if err != nil {
			return o, err
		}
		o.Files = append(o.Files, file)
	}
	if len(o.Files) == 0 {
		return o, searchlight.Errorf(searchlight.CodeInvalid, "There is no file in the request; send each in a part named file, after the options")
	}
	return o, nil
}

func readField(o *load.Options, part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return receiveError(err)
	}
	if len(text) > maxField {
		return searchlight.Errorf(searchlight.CodeInvalid, "The field %s is longer than %d bytes", part.FormName(), maxField)
	}
	value := string(text)
	if value == "" {
		return nil
	}
	switch part.FormName() {
	case "table":
		o.Table = value
	case "append":
		o.Append, err = strconv.ParseBool(value)
	case "max_errors":
		o.MaxErrors, err = strconv.Atoi(value)
	case "format":
		o.Format = value
	case "encoding":
		o.Encoding = value
	case "delimiter":
		o.Delimiter = value
	case "sheet":
		o.Sheet = value
	case "header":
		header, ok := map[string]load.Header{"auto": load.HeaderAuto, "yes": load.HeaderPresent, "no": load.HeaderAbsent}[value]
		if !ok {
			return searchlight.Errorf(searchlight.CodeInvalid, "header is %q; it may be auto, yes or no", value)
		}
		o.Header = header
	default:
		return searchlight.Errorf(searchlight.CodeInvalid, "There is no field %q", part.FormName())
	}
	if err != nil {
		return searchlight.Errorf(searchlight.CodeInvalid, "The field %s cannot be %q", part.FormName(), value)
	}
	return nil
}

// saveFile writes a part to disk. Each file has a directory of its own, so
// that files of one name do not meet and messages show the name as it was sent.
func saveFile(part *multipart.Part, dir string, n int) (path string, err error) {
	name := filepath.Base(filepath.Clean("/" + strings.ReplaceAll(part.FileName(), `\`, "/")))
	if name == "/" || name == "." {
		return "", searchlight.Errorf(searchlight.CodeInvalid, "A file has no name; its ending tells its format")
	}
	sub := filepath.Join(dir, strconv.Itoa(n))
	if err := os.Mkdir(sub, 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(filepath.Join(sub, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if _, err := io.Copy(f, part); err != nil {
		return "", receiveError(err)
	}
	return f.Name(), nil
}

func receiveError(err error) error {
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return searchlight.Errorf(searchlight.CodeTooLarge, "The request is longer than %d bytes", tooBig.Limit)
	}
	return &searchlight.Error{Code: searchlight.CodeInvalid, Message: "The form in the body is cut off or malformed", Err: err}
}

// explain turns what is wrong with the files into an error of the request,
// without the directory in which they waited.
func explain(err error, dir string) error {
	_, bad := errors.AsType[*load.BadRowsError](err)
	_, wrong := errors.AsType[*load.Error](err)
	if !bad && !wrong {
		return err
	}
	message := err.Error()
	for i := range maxFiles {
		message = strings.ReplaceAll(message, fmt.Sprintf("%s%c%d%c", dir, filepath.Separator, i, filepath.Separator), "")
	}
	return &searchlight.Error{Code: searchlight.CodeInvalid, Message: message, Err: err}
}
