package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	smtp "github.com/wneessen/go-mail"

	"github.com/searchlight-bi/searchlight"
)

// TLS says how the connection to the mail server is protected.
type TLS string

// The modes. The empty one is STARTTLS.
const (
	STARTTLS    TLS = "starttls" // begins in the clear, and must become TLS before anything is said
	ImplicitTLS TLS = "tls"      // is TLS from the first byte
	NoTLS       TLS = "none"
)

// DefaultTimeout is how long the mail server may take for one step.
const DefaultTimeout = 30 * time.Second

// Config sets up a Sender. Addr and From are needed; the zero value of every
// other field is a good one.
type Config struct {
	Addr     string // host:port of the mail server
	From     string // sender, as bi@example.com or Searchlight <bi@example.com>
	User     string // empty: without signing in
	Password string
	TLS      TLS
	Helo     string // how this server calls itself; empty: the name of its host
	// Domains are the only ones that mail is sent to; empty: all.
	Domains []string
	// Timeout is for signing in, and for each mail; 0: DefaultTimeout.
	Timeout time.Duration
	RootCAs *x509.CertPool   // that the server's certificate is checked with; nil: the system's
	Now     func() time.Time // nil: time.Now
}

// Sender sends mails. A nil Sender stands for a server without mail. It is
// safe for concurrent use.
type Sender struct {
	config  Config
	from    *mail.Address
	host    string
	port    int
	secrets *strings.Replacer // hides the password in errors
}

// New makes a Sender, without talking to the mail server yet. It fails when
// the configuration cannot be understood, or would send the password in the
// clear over a network.
func New(c Config) (*Sender, error) {
	s := &Sender{}
	host, port, err := net.SplitHostPort(c.Addr)
	if err == nil {
		s.port, err = strconv.Atoi(port)
	}
	if err != nil || host == "" || s.port < 1 || s.port > 65535 {
		return nil, errAddr(c.Addr)
	}
	s.host = host
	if s.from, err = mail.ParseAddress(c.From); err != nil || hasControls(c.From) {
		return nil, errFrom(c.From)
	}
	switch c.TLS {
	case "":
		c.TLS = STARTTLS
	case STARTTLS, ImplicitTLS:
	case NoTLS:
		if c.User != "" && !isLoopback(host) {
			return nil, errPasswordInTheClear(host)
		}
	default:
		return nil, errTLS(c.TLS)
	}
	if (c.User == "") != (c.Password == "") {
		return nil, errHalfAnAccount()
	}
	if hasControls(c.User) || hasControls(c.Helo) {
		return nil, errControls()
	}
	domains := make([]string, len(c.Domains))
	for i, d := range c.Domains {
		domains[i] = strings.ToLower(strings.TrimSpace(d))
		if !isDomain(domains[i]) {
			return nil, errDomain(d)
		}
	}
	c.Domains = domains
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s.config, s.secrets = c, newReplacer(c.User, c.Password)
	return s, nil
}

// Enabled reports whether there is a mail server.
func (s *Sender) Enabled() bool { return s != nil }

// The limits of a mail.
const (
	MaxSubject = 250      // characters
	MaxText    = 64 << 10 // bytes
)

// UndeliveredError says who got no mail; everybody else did.
type UndeliveredError struct {
	Failed []Failure // never empty
	Sent   int       // mails that the server took
}

// Failure is a mail that was not sent.
type Failure struct {
	Address string
	Err     error
}

// Error implements error.
func (e *UndeliveredError) Error() string {
	all := e.Sent + len(e.Failed)
	return strconv.Itoa(len(e.Failed)) + " of " + strconv.Itoa(all) + " mails were not sent: " + e.Failed[0].Err.Error()
}

// Unwrap returns the reason of the first failure, an Error with
// CodeUnavailable.
func (e *UndeliveredError) Unwrap() error { return e.Failed[0].Err }

// Check fails with CodeInvalid when mail cannot, or may not, be sent to an
// address.
func (s *Sender) Check(address string) error {
	if s == nil {
		return ErrDisabled
	}
	if hasControls(address) {
		return errAddressControls()
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return errAddress(address)
	}
	_, domain, _ := strings.Cut(address[strings.LastIndexByte(address, '@'):], "@")
	if len(s.config.Domains) > 0 && !slices.Contains(s.config.Domains, strings.ToLower(domain)) {
		return errForeignDomain(domain)
	}
	return nil
}

// Send sends a mail of plain text to each of the bare addresses. Before the server is asked anything it
// fails with ErrDisabled, with CodeInvalid for addresses that Check refuses and
// for texts that are none, and with CodeTooLarge. Afterwards it fails with an
// UndeliveredError. A server that does not answer is given up for all
// recipients that are left; the end of ctx ends everything at once.
func (s *Sender) Send(ctx context.Context, to []string, subject, text string) error {
	if s == nil {
		return ErrDisabled
	}
	for _, address := range to {
		if err := s.Check(address); err != nil {
			return err
		}
	}
	if err := checkText(subject, text); err != nil {
		return err
	}
	if len(to) == 0 {
		return nil
	}
	line, err := s.dial(ctx)
	if err != nil {
		return s.undelivered(to, 0, err)
	}
	defer line.close()
	var failed []Failure
	for i, address := range to {
		letter, err := s.letter(address, subject, text)
		if err != nil {
			return err
		}
		err = line.send(letter)
		if err == nil {
			continue
		}
		if !isRefusal(err) {
			rest := s.undelivered(to[i:], i-len(failed), errors.Join(err, ctx.Err()))
			rest.Failed = append(failed, rest.Failed...)
			return rest
		}
		failed = append(failed, Failure{address, s.errRefused(err)})
	}
	if len(failed) > 0 {
		return &UndeliveredError{Failed: failed, Sent: len(to) - len(failed)}
	}
	return nil
}

// undelivered is the failure of everybody in to because of err.
func (s *Sender) undelivered(to []string, sent int, err error) *UndeliveredError {
	u := &UndeliveredError{Sent: sent}
	cause := s.errNoServer(err)
	for _, address := range to {
		u.Failed = append(u.Failed, Failure{address, cause})
	}
	return u
}

// letter is the mail for one recipient.
func (s *Sender) letter(to, subject, text string) (*smtp.Msg, error) {
	letter := smtp.NewMsg(smtp.WithNoDefaultUserAgent())
	letter.FromMailAddress(s.from)
	if err := letter.To(to); err != nil {
		return nil, errAddress(to)
	}
	letter.Subject(subject)
	letter.SetDateWithValue(s.config.Now())
	letter.SetMessageIDWithValue(string(searchlight.NewGUID()) + s.from.Address[strings.LastIndexByte(s.from.Address, '@'):])
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // so that nobody's absence is announced to us
	letter.SetBodyString(smtp.TypeTextPlain, text)
	return letter, nil
}

func (s *Sender) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.config.RootCAs, MinVersion: tls.VersionTLS12}
}
