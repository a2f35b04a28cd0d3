package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/web"
)

// readyWithin is how long the store may take to answer a question whether it
// is there.
const readyWithin = 5 * time.Second

// swaggerPath is the page over the OpenAPI document.
const swaggerPath = "/external/swagger"

// pages are the resources outside the API, by path. All of them are read with
// GET and need no session.
type pages map[string]http.HandlerFunc

func newPages(s *Server) (http.Handler, error) {
	landing, err := render("landing.html", s.public.String(), s.public.Host != "")
	if err != nil {
		return nil, err
	}
	p := pages{
		"/":             file("landing.html", landing),
		"/openapi.yaml": file("openapi.yaml", v1.OpenAPI()),
		"/healthz":      healthy,
		"/readyz":       s.ready,
	}
	if err := p.addFiles(web.Static(), "/static/"); err != nil {
		return nil, err
	}
	assets, built := web.Assets()
	page := "swagger-missing.html"
	if built {
		page = "swagger.html"
		if err := p.addFiles(assets, swaggerPath+"/"); err != nil {
			return nil, err
		}
	}
	content, err := fs.ReadFile(web.Pages(), page)
	if err != nil {
		return nil, err
	}
	p[swaggerPath] = file(page, content)
	return p, nil
}

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve, ok := p[r.URL.Path]
	if !ok {
		v1.WriteError(r.Context(), w, searchlight.Errorf(searchlight.CodeNotFound, "there is nothing at %q", r.URL.Path), false)
		return
	}
	v1.CallOf(r.Context()).Route = "GET " + r.URL.Path
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		v1.WriteError(r.Context(), w, v1.ErrMethod(r.Method, r.URL.Path, "GET, HEAD"), false)
		return
	}
	serve(w, r)
}

// addFiles serves each file of a directory without sub-directories.
func (p pages) addFiles(files fs.FS, under string) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		p[under+name] = file(name, content)
		return err
	})
}

// file serves content that changes only with the program.
func file(name string, content []byte) http.HandlerFunc {
	sum := sha256.Sum256(content)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	mediaType := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".yaml" {
		mediaType = "application/yaml;charset=UTF-8"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if mediaType != "" {
			w.Header().Set("Content-Type", mediaType)
		}
		w.Header().Set("Cache-Control", "no-cache") // ask again, and get 304
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// render fills in the address under which clients find the server.
func render(page, address string, known bool) ([]byte, error) {
	t, err := template.ParseFS(web.Pages(), page)
	if err != nil {
		return nil, err
	}
	if !known {
		address = "http://localhost:8080"
	}
	var b bytes.Buffer
	if err := t.Execute(&b, struct{ Address string }{address}); err != nil {
		return nil, fmt.Errorf("page %s: %w", page, err)
	}
	return b.Bytes(), nil
}

// healthy says that the process answers.
func healthy(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok\n") }

// ready says whether requests make sense here and now.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if s.draining.Load() {
		say(w, http.StatusServiceUnavailable, "stopping\n")
		return
	}
	if err := s.config.Store.Ping(ctx); err != nil {
		if call := v1.CallOf(ctx); call != nil {
			call.Err = err
		}
		say(w, http.StatusServiceUnavailable, "not ready\n")
		return
	}
	say(w, http.StatusOK, "ok\n")
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that left needs no answer
}

// AdminHandler serves /metrics, /healthz and /readyz, for an address that only
// operators reach.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	return mux
}
