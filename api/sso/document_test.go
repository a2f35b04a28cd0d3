package sso_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

func init() {
	page := openapi3filter.FileBodyDecoder // text as it is
	openapi3filter.RegisterBodyDecoder("text/html", page)
	openapi3filter.RegisterBodyDecoder("application/samlmetadata+xml", page)
}

// document finds the operation of the OpenAPI document for a request.
var document = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(v1.OpenAPI())
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// documented checks that the answers of the server are as the OpenAPI document
// says. Redirects are seen as well.
type documented struct {
	t    *testing.T
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (d documented) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := d.next.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, saml.Prefix) {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))

	router, err := document()
	if err != nil {
		d.t.Fatal(err)
	}
	request := r.Clone(context.Background())
	request.URL = &url.URL{Path: r.URL.Path}
	route, path, err := router.FindRoute(request)
	if err != nil {
		if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusMethodNotAllowed {
			d.t.Errorf("%s %s answers %d, but the document does not know it: %v", r.Method, r.URL.Path, answer.StatusCode, err)
		}
		return answer, nil
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: path, Route: route},
		Status:                 answer.StatusCode, Header: answer.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		d.t.Errorf("%s %s: the answer is not as documented: %v", r.Method, r.URL.Path, err)
	}
	return answer, nil
}
