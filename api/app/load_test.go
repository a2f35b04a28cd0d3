package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/api/app"
	"github.com/searchlight-bi/searchlight/load"
)

// loader is a double that notes what it was asked and what the files held.
type loader struct {
	options load.Options
	files   map[string]string
	mayLoad error
	fails   func(o load.Options) error
}

func (l *loader) MayLoad(context.Context, *searchlight.Subject, string) error { return l.mayLoad }

func (l *loader) Load(_ context.Context, _ *searchlight.Subject, o load.Options) (*load.Report, *searchlight.Header, error) {
	l.files = map[string]string{}
	for _, f := range o.Files {
		content, err := os.ReadFile(f)
		if err != nil {
			return nil, nil, err
		}
		l.files[filepath.Base(f)] = string(content)
	}
	if l.fails != nil {
		return nil, nil, l.fails(o)
	}
	l.options = o
	l.options.Files = nil
	return &load.Report{Table: o.Table, Rows: 2, Bad: 1, Rejected: []load.Rejected{{File: o.Files[0], Line: 3, Reason: "no"}}},
		&searchlight.Header{ID: "00000000-0000-4000-8000-000000000001"}, nil
}

type part struct{ name, file, content string }

func post(t *testing.T, l *loader, parts ...part) (w *httptest.ResponseRecorder, dir string, err error) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		if p.file == "" {
			if err := form.WriteField(p.name, p.content); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := form.CreateFormFile(p.name, p.file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/api/app/load", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w, dir = httptest.NewRecorder(), t.TempDir()
	err = (&app.API{Loader: l, TempDir: dir, MaxBytes: 1 << 16}).Load(w, r, &searchlight.Subject{})
	left, readErr := os.ReadDir(dir)
	if readErr != nil || len(left) > 0 {
		t.Errorf("files were left behind: %v, %v", left, readErr)
	}
	return w, dir, err
}

func TestLoadHandsOverOptionsAndFiles(t *testing.T) {
	l := &loader{}
	w, _, err := post(t, l,
		part{name: "table", content: "sales"}, part{name: "append", content: "true"}, part{name: "max_errors", content: "5"},
		part{name: "format", content: "csv"}, part{name: "encoding", content: "latin1"}, part{name: "delimiter", content: ";"},
		part{name: "header", content: "no"}, part{name: "sheet", content: ""},
		part{name: "file", file: "a.csv", content: "1\n"}, part{name: "file", file: "../../b.csv", content: "2\n"})
	if err != nil {
		t.Fatal(err)
	}
	want := load.Options{Table: "sales", Append: true, MaxErrors: 5, Format: "csv", Encoding: "latin1", Delimiter: ";", Header: load.HeaderAbsent}
	if diff := cmp.Diff(want, l.options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a.csv": "1\n", "b.csv": "2\n"}, l.files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	var answer app.Loaded
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.GUID != "00000000-0000-4000-8000-000000000001" || answer.Rows != 2 || answer.Rejected[0].File != "a.csv" {
		t.Errorf("answer %s", w.Body)
	}
}

func TestLoadRefuses(t *testing.T) {
	file := part{name: "file", file: "a.csv", content: "1\n"}
	forbidden := searchlight.Errorf(searchlight.CodeForbidden, "you may not")
	tests := map[string]struct {
		loader loader
		parts  []part
		code   searchlight.ErrorCode
		says   string
	}{
		"no file":         {parts: []part{{name: "table", content: "t"}}, code: searchlight.CodeInvalid, says: "no file"},
		"no name":         {parts: []part{{name: "file", file: "/", content: "1"}}, code: searchlight.CodeInvalid, says: "no name"},
		"unknown field":   {parts: []part{{name: "tabel", content: "t"}, file}, code: searchlight.CodeInvalid, says: `"tabel"`},
		"bad number":      {parts: []part{{name: "max_errors", content: "many"}, file}, code: searchlight.CodeInvalid, says: `max_errors cannot be "many"`},
		"bad header":      {parts: []part{{name: "header", content: "perhaps"}, file}, code: searchlight.CodeInvalid, says: "auto, yes or no"},
		"long field":      {parts: []part{{name: "table", content: strings.Repeat("x", 2000)}, file}, code: searchlight.CodeInvalid, says: "longer"},
		"too big":         {parts: []part{{name: "file", file: "a.csv", content: strings.Repeat("x", 1<<17)}}, code: searchlight.CodeTooLarge, says: "longer"},
		"no right":        {loader: loader{mayLoad: forbidden}, parts: []part{file}, code: searchlight.CodeForbidden, says: "you may not"},
		"too many errors": {loader: loader{fails: badRows}, parts: []part{file}, code: searchlight.CodeInvalid, says: "a.csv:7: wrong"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, dir, err := post(t, &test.loader, test.parts...)
			e, ok := err.(*searchlight.Error)
			if !ok || e.Code != test.code || !strings.Contains(e.Message, test.says) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(e.Message, dir) {
				t.Errorf("the message names a directory of the server: %s", e.Message)
			}
		})
	}
}

func badRows(o load.Options) error {
	return fmt.Errorf("loading: %w", &load.BadRowsError{Rejected: []load.Rejected{{File: o.Files[0], Line: 7, Reason: "wrong"}}})
}

func TestLoadNeedsAForm(t *testing.T) {
	r := httptest.NewRequest("POST", "/api/app/load", strings.NewReader("a,b\n1,2\n"))
	r.Header.Set("Content-Type", "text/csv")
	err := (&app.API{Loader: &loader{}}).Load(httptest.NewRecorder(), r, &searchlight.Subject{})
	if searchlight.CodeOf(err) != searchlight.CodeUnsupported {
		t.Errorf("got %v", err)
	}
}
