package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

// ErrDisabled is returned where no mail server is configured. Its code is
// CodeUnavailable.
var ErrDisabled error = searchlight.Errorf(searchlight.CodeUnavailable, "no mail server is configured")

func errAddr(addr string) error {
	return fmt.Errorf("the mail server %q is no address; write it as mail.example.com:587", addr)
}

func errFrom(from string) error {
	return fmt.Errorf("the sender of mails %q is no address; write it as bi@example.com or Searchlight <bi@example.com>", from)
}

func errTLS(mode TLS) error {
	return fmt.Errorf("unknown protection of mails %q; it is %s, %s or %s", mode, STARTTLS, ImplicitTLS, NoTLS)
}

func errPasswordInTheClear(host string) error {
	return fmt.Errorf("the password for the mail server %s would be sent in the clear; use %s or %s", host, STARTTLS, ImplicitTLS)
}

func errHalfAnAccount() error {
	return errors.New("the mail server needs both a user and a password, or neither")
}

func errControls() error {
	return errors.New("the settings of the mail server hold control characters")
}

func errDomain(domain string) error {
	return fmt.Errorf("%q is no domain that mail may be sent to; write it as example.com", domain)
}

func errAddressControls() error {
	return searchlight.Errorf(searchlight.CodeInvalid, "a mail address must not hold control characters")
}

func errAddress(address string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "%q is no mail address; write it as ada@example.com", address)
}

func errForeignDomain(domain string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "mail is not sent to addresses of %s here", domain)
}

func checkText(subject, text string) error {
	switch {
	case !utf8.ValidString(subject) || hasControls(subject):
		return searchlight.Errorf(searchlight.CodeInvalid, "the subject of a mail must be one line of text")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return searchlight.Errorf(searchlight.CodeInvalid, "the text of a mail must be text (UTF-8 without NUL)")
	case utf8.RuneCountInString(subject) > MaxSubject:
		return searchlight.Errorf(searchlight.CodeTooLarge, "the subject of a mail is longer than %d characters", MaxSubject)
	case len(text) > MaxText:
		return searchlight.Errorf(searchlight.CodeTooLarge, "the text of a mail is longer than %d bytes", MaxText)
	}
	return nil
}

func (s *Sender) errNoServer(cause error) error {
	return &searchlight.Error{Code: searchlight.CodeUnavailable, Message: "the mail server does not take mails now", Err: s.redact(cause)}
}

func (s *Sender) errRefused(cause error) error {
	return &searchlight.Error{Code: searchlight.CodeUnavailable, Message: "the mail server refused the mail", Err: s.redact(cause)}
}

// redact keeps the text of an error alone, without the password, which a
// server may have repeated.
func (s *Sender) redact(err error) error { return errors.New(s.secrets.Replace(err.Error())) }

// newReplacer hides a password also in the forms that signing in gives it.
func newReplacer(user, password string) *strings.Replacer {
	if password == "" {
		return strings.NewReplacer()
	}
	const hidden = "(hidden)"
	var pairs []string
	for _, form := range []string{
		base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password)),
		base64.StdEncoding.EncodeToString([]byte(password)),
		password,
	} {
		pairs = append(pairs, form, hidden)
	}
	return strings.NewReplacer(pairs...)
}

func hasControls(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// isDomain accepts what may stand behind the @ of an address.
func isDomain(text string) bool {
	return text != "" && !strings.ContainsAny(text, "@*, <>\"/:") && !hasControls(text) &&
		!strings.HasPrefix(text, ".") && !strings.HasSuffix(text, ".")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
