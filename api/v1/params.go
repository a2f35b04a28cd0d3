package v1

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	// maxBody is the largest body of a request (api-v1.md 1.3).
	maxBody = 64 << 20
	// maxParameters bounds the work that one request can cause.
	maxParameters = 10_000
)

// aliases are the names by which real clients call parameters (api-v1.md 1.3).
var aliases = map[string]string{
	"removedelete":     "removedeleted",
	"remotedeleted":    "removedeleted",
	"defaultpassword":  "password",
	"newpassword":      "password",
	"objectid":         "objectsid",
	"objectids":        "objectsid",
	"display_name":     "displayname",
	"author_guid":      "authorguid",
	"includeddisabled": "includedisabled",
	"transient_data":   "transient_pinboard_content",
	"pagesize":         "batchsize",
}

// secrets are the parameters that are read from bodies only.
var secrets = map[string]bool{
	"password": true, "newpassword": true, "defaultpassword": true, "currentpassword": true, "secret_key": true,
}

// params are the parameters of a request, whichever way they came. Names are
// looked up ignoring case.
type params struct {
	carriers []map[string][]string // in the order of precedence, by name in lower case
	unread   *string               // media type of a body that was not read
}

// decodeParams gathers the parameters of a request by api-v1.md 1.3: those in
// the path win over those in the query string, and these over those in a form
// or multipart body, which may come with any method. It fails with CodeInvalid
// for what is no text or malformed, and with CodeTooLarge.
func decodeParams(w http.ResponseWriter, r *http.Request, inPath map[string]string) (*params, error) {
	path := map[string][]string{}
	for name, value := range inPath {
		if err := add(path, name, value); err != nil {
			return nil, err
		}
	}
	query := map[string][]string{}
	if err := decodePairs(query, r.URL.RawQuery, "query string"); err != nil {
		return nil, err
	}
	for name := range query {
		if secrets[name] {
			return nil, errSecretInQuery(name)
		}
	}
	body := map[string][]string{}
	unread, err := decodeBody(body, http.MaxBytesReader(w, r.Body, maxBody), r.Header.Get("Content-Type"))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, errBodyTooLarge(maxBody)
		}
		return nil, err
	}
	return &params{carriers: []map[string][]string{path, query, body}, unread: unread}, nil
}

// decodeBody reads a body that holds parameters. Of one that does not, and is
// not empty, it returns the media type.
func decodeBody(into map[string][]string, body io.Reader, contentType string) (unread *string, err error) {
	mediaType, attributes, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = strings.ToLower(strings.TrimSpace(contentType))
	}
	switch mediaType {
	case "application/x-www-form-urlencoded":
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, readError(err)
		}
		return nil, decodePairs(into, string(text), "form")
	case "multipart/form-data":
		return nil, decodeMultipart(into, body, attributes["boundary"])
	}
	var first [1]byte
	if n, _ := io.ReadFull(body, first[:]); n == 0 {
		return nil, nil
	}
	return &mediaType, nil
}

func readError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return errBadBody()
}

// decodePairs reads key=value&… with percent escapes.
func decodePairs(into map[string][]string, text, where string) error {
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(key)
		if err != nil {
			return errBadEscape(where)
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return errBadEscape(where)
		}
		if err := add(into, key, value); err != nil {
			return err
		}
	}
	return nil
}

// decodeMultipart takes every part for a parameter, whether or not it has a
// file name, which some clients send with each.
func decodeMultipart(into map[string][]string, body io.Reader, boundary string) error {
	if boundary == "" {
		return errBadMultipart()
	}
	reader := multipart.NewReader(body, boundary)
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return multipartError(err)
		}
		var value bytes.Buffer
		if _, err := io.Copy(&value, part); err != nil {
			return multipartError(err)
		}
		name := part.FormName()
		if name == "" {
			continue
		}
		if err := add(into, name, value.String()); err != nil {
			return err
		}
	}
}

func multipartError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return errBadMultipart()
}

func add(into map[string][]string, key, value string) error {
	if !isText(key) {
		return errBadKey()
	}
	if !isText(value) {
		return errBadText(quote(key))
	}
	key = strings.ToLower(strings.TrimSpace(key))
	if len(into) >= maxParameters || len(into[key]) >= maxParameters {
		return errTooManyParameters(maxParameters)
	}
	into[key] = append(into[key], value)
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// all returns the values of a parameter that are not empty, or nil.
func (p *params) all(name string) []string {
	name = strings.ToLower(name)
	if values := p.under(name); values != nil {
		return values
	}
	for alias, canonical := range aliases {
		if canonical == name {
			if values := p.under(alias); values != nil {
				return values
			}
		}
	}
	return nil
}

func (p *params) under(key string) []string {
	for _, carrier := range p.carriers {
		var given []string
		for _, value := range carrier[key] {
			if value != "" {
				given = append(given, value)
			}
		}
		if given != nil {
			return given
		}
	}
	return nil
}

// missing is the error for a required parameter that is absent: the body may
// be to blame.
func (p *params) missing(name string) error {
	if p.unread != nil {
		return errMediaType(name, *p.unread)
	}
	return errMissing(name)
}
