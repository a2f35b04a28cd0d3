package mail_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/mail"
)

const (
	user     = "searchlight"
	password = "pa55-Word-of-mail"
)

var now = time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)

// letter is what the server got.
type letter struct {
	from, to, user string
	tls            bool
	text           string
}

// server is an SMTP server on this machine.
type server struct {
	addr  string
	roots *x509.CertPool

	mu      sync.Mutex
	letters []letter
	refuse  map[string]error
	talks   int // begun anew by STARTTLS
}

type kind struct {
	starttls, implicit, auth bool
}

func newServer(t *testing.T, k kind) *server {
	t.Helper()
	certificate, roots := makeCertificate(t)
	s := &server{roots: roots, refuse: map[string]error{}}
	protocol := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.talks++
		conversation := &session{server: s, conn: c}
		if k.auth {
			return &signedIn{conversation}, nil
		}
		return conversation, nil
	}))
	protocol.Domain = "mail.test"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	if k.starttls {
		protocol.TLSConfig = config
	}
	if k.implicit {
		listener = tls.NewListener(listener, config)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = protocol.Serve(listener) }()
	t.Cleanup(func() { _ = protocol.Close(); _ = listener.Close(); <-done })
	return s
}

func (s *server) got() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.letters...)
}

type session struct {
	server *server
	conn   *smtp.Conn
	letter letter
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.letter = letter{from: from, user: s.letter.user}
	_, s.letter.tls = s.conn.TLSConnectionState()
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if err := s.server.refuse[to]; err != nil {
		return err
	}
	if s.letter.to != "" {
		return errors.New("a second recipient")
	}
	s.letter.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.letter.text = string(text)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, s.letter)
	return nil
}

func (s *session) Reset()        { s.letter = letter{user: s.letter.user} }
func (s *session) Logout() error { return nil }

type signedIn struct{ *session }

func (s *signedIn) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *signedIn) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, secret string) error {
		if name != user || secret != password {
			return smtp.ErrAuthFailed
		}
		s.letter.user = name
		return nil
	}), nil
}

func (s *signedIn) Mail(from string, o *smtp.MailOptions) error {
	if s.letter.user == "" {
		return smtp.ErrAuthRequired
	}
	return s.session.Mail(from, o)
}

func makeCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func (s *server) sender(t *testing.T, change ...func(*mail.Config)) *mail.Sender {
	t.Helper()
	c := mail.Config{Addr: s.addr, From: "Searchlight <bi@example.com>", RootCAs: s.roots, Helo: "bi.example.com",
		Timeout: 5 * time.Second, Now: func() time.Time { return now }}
	for _, f := range change {
		f(&c)
	}
	sender, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// message is what a sender is asked to send.
type message struct {
	To            []string
	Subject, Text string
}

func send(ctx context.Context, s *mail.Sender, m message) error {
	return s.Send(ctx, m.To, m.Subject, m.Text)
}

func account(c *mail.Config) { c.User, c.Password = user, password }

func TestEachModeDelivers(t *testing.T) {
	for name, tt := range map[string]struct {
		kind   kind
		mode   mail.TLS
		secure bool
		auth   bool
	}{
		"STARTTLS by default": {kind: kind{starttls: true}, secure: true},
		"STARTTLS, signed in": {kind: kind{starttls: true, auth: true}, mode: mail.STARTTLS, secure: true, auth: true},
		"TLS":                 {kind: kind{implicit: true}, mode: mail.ImplicitTLS, secure: true},
		"TLS, signed in":      {kind: kind{implicit: true, auth: true}, mode: mail.ImplicitTLS, secure: true, auth: true},
		"in the clear":        {kind: kind{}, mode: mail.NoTLS},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.kind)
			sender := s.sender(t, func(c *mail.Config) {
				c.TLS = tt.mode
				if tt.auth {
					account(c)
				}
			})
			if err := send(t.Context(), sender, message{To: []string{"ada@example.com"}, Subject: "Hello", Text: "Text"}); err != nil {
				t.Fatal(err)
			}
			got := s.got()
			if len(got) != 1 || got[0].tls != tt.secure || (got[0].user == user) != tt.auth || got[0].to != "ada@example.com" || got[0].from != "bi@example.com" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWhatIsSent(t *testing.T) {
	s := newServer(t, kind{})
	const subject = "Zoë shared “Ümsatz” with you"
	const text = "Zoë has shared it.\nhttps://bi.example.com/#/pinboard/1?x=2\n.\n.one dot\nFrom here: " + "\u65e5\u672c"
	to := []string{"ada@example.com", "bram@example.org"}
	if err := send(t.Context(), s.sender(t, func(c *mail.Config) { c.TLS = mail.NoTLS }), message{To: to, Subject: subject, Text: text}); err != nil {
		t.Fatal(err)
	}
	got := s.got()
	if len(got) != 2 || s.talks != 1 {
		t.Fatalf("%d mails over %d connections; want 2 over 1", len(got), s.talks)
	}
	ids := map[string]bool{}
	for i, l := range got {
		m, err := netmail.ReadMessage(strings.NewReader(l.text))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || decoded != subject {
			t.Errorf("subject %q, %v", decoded, err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil || strings.TrimSuffix(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") != text {
			t.Errorf("text %q, %v", body, err)
		}
		for name, want := range map[string]string{
			"From": `"Searchlight" <bi@example.com>`, "To": "<" + to[i] + ">", "Cc": "", "Bcc": "", "Date": "Tue, 24 Sep 2024 10:30:00 +0000",
			"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "quoted-printable", "Auto-Submitted": "auto-generated",
			"User-Agent": "", "X-Mailer": "",
		} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if id := m.Header.Get("Message-ID"); ids[id] || !strings.HasSuffix(id, "@example.com>") {
			t.Errorf("Message-ID %q", id)
		} else {
			ids[id] = true
		}
		if strings.Contains(l.text, to[1-i]) {
			t.Errorf("%s sees %s", to[i], to[1-i])
		}
	}
}

func TestT46_NothingIsInjected(t *testing.T) {
	s := newServer(t, kind{starttls: true})
	sender := s.sender(t)
	ada := []string{"ada@example.com"}
	for name, m := range map[string]message{
		"line in the subject":      {To: ada, Subject: "Hello\r\nBcc: eve@example.com"},
		"line feed in the subject": {To: ada, Subject: "Hello\nX: y"},
		"return in the subject":    {To: ada, Subject: "Hello\rX: y"},
		"NUL in the subject":       {To: ada, Subject: "Hello\x00"},
		"separator in the subject": {To: ada, Subject: "Hello\u2028X: y"},
		"bytes in the subject":     {To: ada, Subject: "Hello\xff"},
		"NUL in the text":          {To: ada, Text: "a\x00b"},
		"bytes in the text":        {To: ada, Text: "\xff"},
		"line in the address":      {To: []string{"ada@example.com\r\nRCPT TO:<eve@example.com>"}},
		"line feed in the address": {To: []string{"ada@example.com\n"}},
		"name in the address":      {To: []string{"Ada <ada@example.com>"}},
		"two addresses":            {To: []string{"ada@example.com, eve@example.com"}},
		"closed address":           {To: []string{"ada@example.com> SIZE=1 <x@y"}},
		"blank":                    {To: []string{" ada@example.com"}},
		"empty":                    {To: []string{""}},
		"no domain":                {To: []string{"ada"}},
		"group":                    {To: []string{"all: ada@example.com;"}},
		"comment":                  {To: []string{"ada@example.com (x)"}},
		"one bad among the good":   {To: []string{"ada@example.com", "eve"}},
	} {
		if err := send(t.Context(), sender, m); searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, m := range map[string]message{
		"subject": {To: ada, Subject: strings.Repeat("ü", mail.MaxSubject+1)},
		"text":    {To: ada, Text: strings.Repeat("x", mail.MaxText+1)},
	} {
		if err := send(t.Context(), sender, m); searchlight.CodeOf(err) != searchlight.CodeTooLarge {
			t.Errorf("long %s: %v", name, err)
		}
	}
	if got := s.got(); len(got) != 0 || s.talks != 0 {
		t.Errorf("the server got %+v in %d talks", got, s.talks)
	}
	// Headers in the text stay text.
	if err := send(t.Context(), sender, message{To: ada, Subject: "x", Text: "\r\nBcc: eve@example.com\r\n.\r\nRCPT TO:<eve@example.com>"}); err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(strings.NewReader(s.got()[0].text))
	if err != nil || m.Header.Get("Bcc") != "" || len(s.got()) != 1 {
		t.Errorf("%v, %+v", err, s.got())
	}
}

func TestDomains(t *testing.T) {
	s := newServer(t, kind{starttls: true})
	sender := s.sender(t, func(c *mail.Config) { c.Domains = []string{"Example.com", "example.org "} })
	for address, ok := range map[string]bool{
		"ada@example.com": true, "ada@EXAMPLE.com": true, "ada@example.org": true,
		"ada@sub.example.com": false, "ada@evilexample.com": false, "ada@example.com.evil": false, `"ada@example.com"@evil.example`: false,
		"ada@example.net": false,
	} {
		if err := sender.Check(address); (err == nil) != ok || !ok && searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("%s: %v", address, err)
		}
	}
	err := send(t.Context(), sender, message{To: []string{"ada@example.com", "eve@example.net"}})
	if searchlight.CodeOf(err) != searchlight.CodeInvalid || !strings.Contains(err.Error(), "example.net") || len(s.got()) != 0 {
		t.Errorf("%v, and %d mails", err, len(s.got()))
	}
}

func TestRefusedRecipients(t *testing.T) {
	s := newServer(t, kind{starttls: true})
	s.refuse["gone@example.com"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	s.refuse["full@example.com"] = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	err := send(t.Context(), s.sender(t), message{To: []string{"gone@example.com", "ada@example.com", "full@example.com", "bram@example.com"}})
	var undelivered *mail.UndeliveredError
	if !errors.As(err, &undelivered) || undelivered.Sent != 2 || len(undelivered.Failed) != 2 || searchlight.CodeOf(err) != searchlight.CodeUnavailable {
		t.Fatalf("got %v", err)
	}
	for i, want := range []struct{ address, reason string }{{"gone@example.com", "no such user"}, {"full@example.com", "mailbox full"}} {
		if f := undelivered.Failed[i]; f.Address != want.address || !strings.Contains(f.Err.Error(), want.reason) {
			t.Errorf("failure %d is %+v", i, f)
		}
	}
	if got := s.got(); len(got) != 2 || got[0].to != "ada@example.com" || got[1].to != "bram@example.com" {
		t.Errorf("got %+v", got)
	}
}

func TestServersThatCannotBeTrusted(t *testing.T) {
	signedIn := newServer(t, kind{starttls: true, auth: true})
	plain := newServer(t, kind{})
	_, strangers := makeCertificate(t)
	for name, tt := range map[string]struct {
		server *server
		change func(*mail.Config)
		text   string
	}{
		"no STARTTLS":         {plain, func(*mail.Config) {}, "STARTTLS"},
		"unknown certificate": {signedIn, func(c *mail.Config) { account(c); c.RootCAs = strangers }, "certificate"},
		"TLS to STARTTLS":     {signedIn, func(c *mail.Config) { account(c); c.TLS = mail.ImplicitTLS }, "tls"},
		"wrong password":      {signedIn, func(c *mail.Config) { c.User, c.Password = user, "wr0ng-secret" }, "535"},
		"no account":          {signedIn, func(*mail.Config) {}, "Please authenticate"},
	} {
		err := send(t.Context(), tt.server.sender(t, tt.change), message{To: []string{"ada@example.com"}})
		if searchlight.CodeOf(err) != searchlight.CodeUnavailable || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprint(err), "wr0ng-secret") {
			t.Errorf("%s: the password is in %v", name, err)
		}
	}
	if n := len(signedIn.got()) + len(plain.got()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

// listen runs a conversation of its own for each connection.
func listen(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { defer func() { _ = conn.Close() }(); talk(conn) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	return listener.Addr().String()
}

// A server that repeats what it got does not bring the password into errors.
func TestPasswordsAreNotInErrors(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		addr := listen(t, func(conn net.Conn) {
			lines := bufio.NewScanner(conn)
			_, _ = fmt.Fprint(conn, "220 hello\r\n")
			for lines.Scan() {
				switch line := lines.Text(); {
				case strings.HasPrefix(line, "EHLO"):
					_, _ = fmt.Fprintf(conn, "250-mail\r\n250 AUTH %s\r\n", mechanism)
				case line == "AUTH LOGIN":
					_, _ = fmt.Fprint(conn, "334 VXNlcm5hbWU6\r\n")
				case line == base64.StdEncoding.EncodeToString([]byte(user)):
					_, _ = fmt.Fprint(conn, "334 UGFzc3dvcmQ6\r\n")
				default:
					_, _ = fmt.Fprintf(conn, "535 I do not like %q, that is %s\r\n", line, password)
				}
			}
		})
		sender, err := mail.New(mail.Config{Addr: addr, From: "bi@example.com", TLS: mail.NoTLS, User: user, Password: password, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		err = send(t.Context(), sender, message{To: []string{"ada@example.com"}})
		if err == nil || !strings.Contains(err.Error(), "I do not like") {
			t.Fatalf("%s: %v", mechanism, err)
		}
		for _, secret := range []string{password, base64.StdEncoding.EncodeToString([]byte(password)),
			base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the password is in %v", mechanism, err)
			}
		}
	}
}

func TestServersThatHang(t *testing.T) {
	silent := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	var connections sync.Map
	later := listen(t, func(conn net.Conn) { // answers until the first mail
		connections.Store(conn.RemoteAddr(), true)
		lines := bufio.NewScanner(conn)
		_, _ = fmt.Fprint(conn, "220 hello\r\n")
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "EHLO") {
				_, _ = fmt.Fprint(conn, "250 mail\r\n")
			}
		}
	})
	for name, addr := range map[string]string{"from the start": silent, "at the first mail": later} {
		sender, err := mail.New(mail.Config{Addr: addr, From: "bi@example.com", TLS: mail.NoTLS, Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		err = send(t.Context(), sender, message{To: []string{"a@example.com", "b@example.com", "c@example.com"}})
		var undelivered *mail.UndeliveredError
		if !errors.As(err, &undelivered) || undelivered.Sent != 0 || len(undelivered.Failed) != 3 || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := 0
	connections.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("a server that hangs was called %d times", n)
	}
	// The end of the context does not wait for the timeout.
	for name, addr := range map[string]string{"from the start": silent, "at the first mail": later} {
		sender, err := mail.New(mail.Config{Addr: addr, From: "bi@example.com", TLS: mail.NoTLS, Timeout: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := send(ctx, sender, message{To: []string{"a@example.com"}}); err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

func TestNoServer(t *testing.T) {
	var sender *mail.Sender
	if sender.Enabled() {
		t.Error("mail is enabled without a server")
	}
	if err := send(t.Context(), sender, message{To: []string{"ada@example.com"}}); !errors.Is(err, mail.ErrDisabled) || searchlight.CodeOf(err) != searchlight.CodeUnavailable {
		t.Errorf("got %v", err)
	}
	if err := sender.Check("ada@example.com"); !errors.Is(err, mail.ErrDisabled) {
		t.Errorf("got %v", err)
	}
	s := newServer(t, kind{starttls: true})
	if err := send(t.Context(), s.sender(t), message{Subject: "for nobody"}); err != nil || s.talks != 0 {
		t.Errorf("got %v after %d talks", err, s.talks)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	for name, c := range map[string]mail.Config{
		"no address":            {From: "bi@example.com"},
		"no port":               {Addr: "mail.example.com", From: "bi@example.com"},
		"port zero":             {Addr: "mail.example.com:0", From: "bi@example.com"},
		"named port":            {Addr: "mail.example.com:smtp", From: "bi@example.com"},
		"no host":               {Addr: ":25", From: "bi@example.com"},
		"no sender":             {Addr: "mail.example.com:587"},
		"sender with a line":    {Addr: "mail.example.com:587", From: "bi@example.com\r\nX: y"},
		"mode":                  {Addr: "mail.example.com:587", From: "bi@example.com", TLS: "ssl"},
		"password in the clear": {Addr: "mail.example.com:25", From: "bi@example.com", TLS: mail.NoTLS, User: user, Password: password},
		"user alone":            {Addr: "mail.example.com:587", From: "bi@example.com", User: user},
		"password alone":        {Addr: "mail.example.com:587", From: "bi@example.com", Password: password},
		"domain":                {Addr: "mail.example.com:587", From: "bi@example.com", Domains: []string{"ada@example.com"}},
		"domain pattern":        {Addr: "mail.example.com:587", From: "bi@example.com", Domains: []string{"*.example.com"}},
		"empty domain":          {Addr: "mail.example.com:587", From: "bi@example.com", Domains: []string{""}},
		"name":                  {Addr: "mail.example.com:587", From: "bi@example.com", Helo: "bi\r\nQUIT"},
	} {
		_, err := mail.New(c)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
