package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/internal/app"
)

const (
	apiPath = "/callosum/v1/tspublic/v1"
	maxRows = 10_000_000
)

// site is a running server and a client that is signed in.
type site struct {
	app     *app.App
	base    string
	client  *http.Client
	dataDir string
	stop    context.CancelFunc
	ended   chan error
}

// openSite starts a server on a new data directory, with the tables that fill
// makes.
func openSite(ctx context.Context, fill func(e *duckdb.Engine) error) (*site, error) {
	return openSiteOn(ctx, "", func(a *app.App) error {
		if err := fill(a.Embedded()); err != nil {
			return err
		}
		return a.SyncUploads(ctx, "")
	})
}

// openSiteOn starts a server on a new data directory and the metadata database
// with the URL, if it is not empty.
func openSiteOn(ctx context.Context, metadataURL string, prepare func(*app.App) error) (*site, error) {
	dir, err := os.MkdirTemp("", "searchlight-bench-")
	if err != nil {
		return nil, err
	}
	s := &site{dataDir: dir, stop: func() {}}
	if err := s.start(ctx, metadataURL, prepare); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) start(ctx context.Context, metadataURL string, prepare func(*app.App) error) error {
	password, err := app.RandomPassword()
	if err != nil {
		return err
	}
	// The log is written, but kept nowhere.
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	s.app, err = app.Open(ctx, app.Config{DataDir: s.dataDir, MetadataURL: metadataURL, Addr: "127.0.0.1:0", MaxRows: maxRows}, log)
	if err != nil {
		return err
	}
	if err := s.app.SetPassword(ctx, searchlight.AdminUserName, password); err != nil {
		return err
	}
	if err := prepare(s.app); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	s.stop, s.ended = stop, make(chan error, 1)
	ready := make(chan string, 1)
	go func() { s.ended <- s.app.Run(running, func(base string) { ready <- base }) }()
	select {
	case s.base = <-ready:
	case err := <-s.ended:
		s.ended <- err
		return err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	s.client = &http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true}}
	return s.login(ctx, password)
}

// login signs tsadmin in.
func (s *site) login(ctx context.Context, password string) error {
	_, err := s.post(ctx, "/session/login", url.Values{"username": {searchlight.AdminUserName}, "password": {password}}, io.Discard)
	return err
}

// close stops the server and removes its data.
func (s *site) close() error {
	s.stop()
	var errs []error
	if s.ended != nil {
		errs = append(errs, <-s.ended)
	}
	if s.app != nil {
		s.app.Close()
	}
	return errors.Join(append(errs, os.RemoveAll(s.dataDir))...)
}

// post calls the API and copies the body of the answer to out.
func (s *site) post(ctx context.Context, path string, form url.Values, out io.Writer) (int64, error) {
	return s.postBody(ctx, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), out)
}

// request is a POST to the API.
func (s *site) request(ctx context.Context, path, contentType string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+apiPath+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("X-Requested-By", "ThoughtSpot")
	return request, nil
}

func (s *site) postBody(ctx context.Context, path, contentType string, body io.Reader, out io.Writer) (int64, error) {
	request, err := s.request(ctx, path, contentType, body)
	if err != nil {
		return 0, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		message, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return 0, fmt.Errorf("%s: %s: %s", path, response.Status, message)
	}
	return io.Copy(out, response.Body)
}

// searchdata asks a question of a table and copies the answer to out.
func (s *site) searchdata(ctx context.Context, table searchlight.GUID, text string, out io.Writer) (int64, error) {
	return s.post(ctx, "/searchdata", questionForm(table, text), out)
}

func questionForm(table searchlight.GUID, text string) url.Values {
	return url.Values{"query_string": {text}, "data_source_guid": {string(table)}, "batchsize": {strconv.Itoa(maxRows)}, "formattype": {"COMPACT"}}
}

// handle asks a question of a table as searchdata does, without a socket.
func (s *site) handle(ctx context.Context, table searchlight.GUID, text string, out io.Writer) error {
	request, err := s.request(ctx, "/searchdata", "application/x-www-form-urlencoded", strings.NewReader(questionForm(table, text).Encode()))
	if err != nil {
		return err
	}
	for _, cookie := range s.client.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	request.RemoteAddr = "127.0.0.1:1"
	answer := &writtenAnswer{Writer: out, header: http.Header{}}
	s.app.Handler().ServeHTTP(answer, request)
	if answer.status != http.StatusOK {
		return fmt.Errorf("searchdata without a socket: status %d", answer.status)
	}
	return nil
}

// writtenAnswer is an answer that goes to a Writer.
type writtenAnswer struct {
	io.Writer
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (a *writtenAnswer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *writtenAnswer) WriteHeader(status int) { a.status = cmp.Or(a.status, status) }

// Write implements http.ResponseWriter.
func (a *writtenAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.Writer.Write(p)
}

// Flush implements http.Flusher.
func (a *writtenAnswer) Flush() { a.WriteHeader(http.StatusOK) }

// table finds the object of a loaded table.
func (s *site) table(ctx context.Context, name string) (searchlight.GUID, error) {
	var id searchlight.GUID
	err := s.app.Store.View(ctx, func(tx searchlight.Tx) error {
		found, err := tx.ObjectsNamed(searchlight.TypeLogicalTable, name)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("%d tables are called %s", len(found), name)
		}
		id = found[0].ID
		return nil
	})
	return id, err
}
