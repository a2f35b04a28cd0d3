package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/api/app"
)

// remote sends the files to a running server, which loads them.
func (c *LoadCommand) remote(i *invocation) error {
	if c.User == "" {
		return &startError{errors.New("--server needs --user, the name to sign in with")}
	}
	base, err := url.Parse(strings.TrimRight(c.Server, "/"))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return &startError{fmt.Errorf("the server %q is no address such as https://bi.example.com", c.Server)}
	}
	for _, file := range c.Files {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			return &startError{fmt.Errorf("the file %s cannot be read", file)}
		}
	}
	password, err := i.password("Password of " + c.User + ": ")
	if err != nil {
		return err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &remoteClient{http: &http.Client{Jar: jar}, base: base.String()}
	if err := client.login(i.ctx, c.User, password); err != nil {
		return err
	}
	defer client.logout(i.ctx)
	answer, err := client.load(i.ctx, c)
	if err != nil {
		return err
	}
	i.report(answer)
	return nil
}

// remoteClient talks to a server as a program does.
type remoteClient struct {
	http *http.Client
	base string
}

func (r *remoteClient) login(ctx context.Context, user, password string) error {
	form := url.Values{"username": {user}, "password": {password}}
	return r.call(ctx, "/callosum/v1/tspublic/v1/session/login", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), nil)
}

func (r *remoteClient) logout(ctx context.Context) {
	// The session ends by itself when this fails.
	_ = r.call(context.WithoutCancel(ctx), "/callosum/v1/tspublic/v1/session/logout", "", nil, nil)
}

// load streams the files, so that their size does not matter.
func (r *remoteClient) load(ctx context.Context, c *LoadCommand) (*app.Loaded, error) {
	body, pipe := io.Pipe()
	form := multipart.NewWriter(pipe)
	go func() { _ = pipe.CloseWithError(writeForm(form, c)) }()
	answer := &app.Loaded{}
	err := r.call(ctx, "/api/app/load", form.FormDataContentType(), body, answer)
	_ = body.Close() // stops the writer when the server answered early
	return answer, err
}

// writeForm writes the options first: the server needs them to read the files.
func writeForm(form *multipart.Writer, c *LoadCommand) error {
	fields := [][2]string{
		{"table", c.Table}, {"append", strconv.FormatBool(c.Append)}, {"max_errors", strconv.Itoa(c.MaxErrors)},
		{"format", c.Format}, {"encoding", c.Encoding}, {"delimiter", c.Delimiter}, {"header", c.Header}, {"sheet", c.Sheet},
	}
	for _, f := range fields {
		if err := form.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	for _, file := range c.Files {
		if err := copyFile(form, file); err != nil {
			return err
		}
	}
	return form.Close()
}

func copyFile(form *multipart.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	part, err := form.CreateFormFile("file", filepath.Base(path))
	if err != nil {
		return err
	}
	_, err = io.Copy(part, f)
	return err
}

// call posts a body and decodes the answer into out, which may be nil.
func (r *remoteClient) call(ctx context.Context, path, contentType string, body io.Reader, out any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("X-Requested-By", "searchlight load")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := r.http.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		return serverError(response)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
}

// serverError is what a server says in the body of a failure (api-v1.md 1.8).
func serverError(response *http.Response) error {
	var body struct {
		Debug string `json:"debug"`
	}
	var sentences []string
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil && json.Unmarshal(text, &body) == nil && json.Unmarshal([]byte(body.Debug), &sentences) == nil && len(sentences) > 0 {
		return errors.New(strings.Join(sentences, "\n"))
	}
	return fmt.Errorf("the server answered %s", response.Status)
}
