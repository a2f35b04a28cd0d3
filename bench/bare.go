package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/searchlight-bi/searchlight/engine/duckdb"
)

// bareSite is the least that sends rows of an engine over HTTP: a POST with a
// statement is answered with its rows as JSON. There are no sessions, no
// searches and no model.
type bareSite struct{ *httptest.Server }

func newBareSite(e *duckdb.Engine) bareSite {
	return bareSite{httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		statement, err := io.ReadAll(r.Body)
		if err == nil {
			w.Header().Set("Content-Type", "application/json")
			_, err = encode(r.Context(), e, string(statement), w)
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the client sees that the answer is broken off
		}
	}))}
}

// ask runs a statement and copies its rows to out.
func (b bareSite) ask(ctx context.Context, sql string, out io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.URL, strings.NewReader(sql))
	if err != nil {
		return err
	}
	response, err := b.Client().Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the statement: %s", response.Status)
	}
	_, err = io.Copy(out, response.Body)
	return err
}
