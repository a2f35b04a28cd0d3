package sso

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"

	"github.com/searchlight-bi/searchlight/auth/saml"
)

//go:embed pages
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages/*.html"))

// page is what people read.
type page struct {
	Title, Text string
	Again       bool // offer to sign in
}

// The pages. That of refusals is the same for all of them: the reason is in
// the log and in the audit log.
var (
	refused = page{Title: "Sign-in was not accepted", Again: true,
		Text: "The identity provider's answer was not accepted, or it has no account here for you. Your administrator finds the reason in the audit log."}
	badRequest = page{Title: "This address cannot be used"}
	throttled  = page{Title: "Too many attempts", Text: "Try again later."}
	broken     = page{Title: "Something went wrong", Text: "The server failed. Its administrator finds the reason in the log."}
	notFound   = page{Title: "There is nothing here"}
	signedOut  = page{Title: "You have signed out", Again: true, Text: "To be sure, close the browser."}
)

// submit posts the only form of a page. It stands in a page as it is here, so
// that the content security policy can name it by its hash.
const submit = `document.forms[0].submit()`

var submitHash = func() string {
	sum := sha256.Sum256([]byte(submit))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// harden sends the headers of pages that come between two sites, with nothing
// on them that needs a script.
func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy("", "'none'"))
}

func policy(script, form string) string {
	p := "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + form
	if script != "" {
		p += "; script-src 'sha256-" + script + "'"
	}
	return p
}

func show(w http.ResponseWriter, status int, p page) { render(w, status, "page.html", p) }

func render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates are parts of the program
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that left needs no answer
}

// redirect sends the browser on with GET, whatever it came with.
func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// forward sends the browser on by a page. It answers a form of ours whose
// policy holds also for where a redirect leads to, which is another site.
func forward(w http.ResponseWriter, location string) {
	render(w, http.StatusOK, "forward.html", location)
}

// send hands a message to the browser, which carries it to the identity
// provider.
func send(w http.ResponseWriter, m *saml.Message) error {
	if len(m.Fields) == 0 {
		redirect(w, m.Location)
		return nil
	}
	u, err := url.Parse(m.Location)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy(submitHash, u.Scheme+"://"+u.Host))
	render(w, http.StatusOK, "form.html", struct {
		*saml.Message
		Submit template.JS
	}{m, submit})
	return nil
}
