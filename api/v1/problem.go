package v1

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// Numbers of messages that the error body carries (api-v1.md 1.8).
const (
	numberInternal        = 10000
	numberParameter       = 10002
	numberUnauthenticated = 10003
	numberForbidden       = 10038
)

// outcomes is the one table from codes to the wire.
var outcomes = map[searchlight.ErrorCode]struct{ status, number int }{
	searchlight.CodeInvalid:         {http.StatusBadRequest, numberParameter},
	searchlight.CodeUnauthenticated: {http.StatusUnauthorized, numberUnauthenticated},
	searchlight.CodeForbidden:       {http.StatusForbidden, numberForbidden},
	searchlight.CodeNotFound:        {http.StatusNotFound, numberParameter},
	searchlight.CodeConflict:        {http.StatusConflict, numberParameter},
	searchlight.CodeTooLarge:        {http.StatusRequestEntityTooLarge, numberParameter},
	searchlight.CodeUnsupported:     {http.StatusUnsupportedMediaType, numberParameter},
	searchlight.CodeThrottled:       {http.StatusTooManyRequests, numberParameter},
	searchlight.CodeUnavailable:     {http.StatusServiceUnavailable, numberInternal},
	searchlight.CodeEngine:          {http.StatusInternalServerError, numberInternal},
	searchlight.CodeDisabled:        {http.StatusInternalServerError, numberInternal}, // as the vendor does
	searchlight.CodeInternal:        {http.StatusInternalServerError, numberInternal},
}

const (
	blandInternal = "something went wrong in the server; its log says more under this incident id"
	blandEngine   = "the database behind the data source failed"
)

// statusClientGone is logged for a client that left before it was answered; it
// never travels.
const statusClientGone = 499

// StatusOf is the HTTP status that an error is answered with.
func StatusOf(err error) int {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	if o, ok := outcomes[searchlight.CodeOf(err)]; ok {
		return o.status
	}
	return http.StatusInternalServerError
}

// problem is the body of every error.
type problem struct {
	Type     string           `json:"type"`
	Code     int              `json:"code"`
	Incident searchlight.GUID `json:"incident_id_guid"`
	Trace    searchlight.GUID `json:"trace_id_guid"`
	Debug    string           `json:"debug"` // a JSON array of sentences, as text
	Position *position        `json:"position,omitempty"`
}

// position is a place in a search or formula, counted in characters from 1.
type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Length int `json:"length"`
}

// WriteError answers a request with an error, and notes it in the Call of ctx
// for the log. admin says that the caller may see what a database said. A
// client that has left is not answered.
func WriteError(ctx context.Context, w http.ResponseWriter, err error, admin bool) {
	call := CallOf(ctx)
	call.Err = err
	if errors.Is(ctx.Err(), context.Canceled) {
		w.WriteHeader(statusClientGone)
		return
	}
	p := problem{Type: "ERROR", Incident: call.Incident, Trace: call.Trace}
	var sentences []string
	p.Code, sentences, p.Position = describe(err, admin)
	debug, _ := json.Marshal(sentences) // strings always marshal
	p.Debug = string(debug)
	if e, ok := errors.AsType[*searchlight.Error](err); ok && e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	} else if StatusOf(err) == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, StatusOf(err), p)
}

// describe chooses number and sentences; the one for people comes last, since
// some clients show no other.
func describe(err error, admin bool) (number int, sentences []string, at *position) {
	e, ok := errors.AsType[*searchlight.Error](err)
	if !ok {
		return numberInternal, []string{blandInternal}, nil
	}
	number = e.Number
	if number == 0 && len(e.Diagnostics) > 0 {
		number = e.Diagnostics[0].Number
	}
	if number == 0 {
		number = outcomes[e.Code].number
	}
	if _, own := errors.AsType[*statusError](err); own && e.Number == 0 && StatusOf(err) >= 500 {
		number = numberInternal
	}
	switch {
	case e.Code == searchlight.CodeEngine && !admin:
		return number, []string{blandEngine}, nil
	case e.Code == searchlight.CodeInternal || outcomes[e.Code].status == 0:
		return numberInternal, []string{blandInternal}, nil
	}
	if len(e.Diagnostics) == 0 {
		return number, []string{e.Message}, nil
	}
	first := e.Diagnostics[0]
	if e.Message != "" && !strings.Contains(e.Message, first.Message) {
		sentences = append(sentences, e.Message)
	}
	for _, d := range e.Diagnostics[1:] {
		sentences = append(sentences, d.Sentence())
	}
	sentences = append(sentences, first.Sentence())
	if e.Text != nil {
		start := e.Text.Position(first.Span.Start)
		at = &position{Line: start.Line, Column: start.Column, Length: e.Text.Length(first.Span)}
	}
	return number, sentences, at
}

const contentTypeJSON = "application/json;charset=UTF-8"

// writeJSON answers with a value that always marshals. Markup characters stay
// readable: nosniff and the media type keep browsers from running them.
func writeJSON(w http.ResponseWriter, status int, value any) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic("v1: unencodable answer: " + err.Error())
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(strings.TrimSuffix(b.String(), "\n"))) // a client that left needs no answer
}
