package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	smtp "github.com/wneessen/go-mail"
	protocol "github.com/wneessen/go-mail/smtp"
)

// line is a connection to the mail server, signed in.
type line struct {
	client   *smtp.Client
	protocol *protocol.Client
	conn     net.Conn
	release  func() bool
}

// dial connects and signs in, within the timeout. The end of ctx breaks the
// connection off, whatever it is at.
func (s *Sender) dial(ctx context.Context) (*line, error) {
	l := &line{release: func() bool { return true }}
	options := []smtp.Option{
		smtp.WithPort(s.port), smtp.WithTimeout(s.config.Timeout), smtp.WithTLSConfig(s.tlsConfig()), smtp.WithoutNoop(),
		smtp.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := s.connect(dialing, network, address)
			if err != nil {
				return nil, err
			}
			l.conn = conn
			l.release = context.AfterFunc(ctx, func() { _ = conn.Close() }) // a read under way fails
			return conn, nil
		}),
	}
	switch s.config.TLS {
	case STARTTLS:
		options = append(options, smtp.WithTLSPolicy(smtp.TLSMandatory))
	case ImplicitTLS, NoTLS:
		options = append(options, smtp.WithTLSPolicy(smtp.NoTLS)) // connect has seen to it
	default:
		panic("mail: unknown mode " + string(s.config.TLS))
	}
	if s.config.Helo != "" {
		options = append(options, smtp.WithHELO(s.config.Helo))
	}
	if s.config.User != "" {
		options = append(options, smtp.WithUsername(s.config.User), smtp.WithPassword(s.config.Password),
			smtp.WithOpportunisticSMTPAuth(smtp.SMTPAuthSCRAMSHA256, smtp.SMTPAuthPlain, smtp.SMTPAuthLogin, smtp.SMTPAuthCramMD5))
	}
	var err error
	if l.client, err = smtp.NewClient(s.host, options...); err != nil {
		return nil, err
	}
	if l.protocol, err = l.client.DialToSMTPClientWithContext(ctx); err != nil {
		l.drop()
		return nil, errors.Join(err, ctx.Err())
	}
	return l, nil
}

func (s *Sender) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if s.config.TLS == ImplicitTLS {
		return (&tls.Dialer{Config: s.tlsConfig()}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (l *line) send(letter *smtp.Msg) error {
	err := l.client.SendWithSMTPClient(l.protocol, letter)
	if letter.IsDelivered() {
		return nil // what failed came after it
	}
	return err
}

// close says goodbye, for which a server that does not answer gets little time.
func (l *line) close() {
	if l.protocol.UpdateDeadline(goodbye) == nil {
		_ = l.protocol.Quit() // the mails are on their way
	}
	l.drop()
}

const goodbye = 2 * time.Second

func (l *line) drop() {
	l.release()
	if l.conn != nil {
		_ = l.conn.Close() // it may be closed already
	}
}

// isRefusal tells a server that does not want this mail from one that is gone.
func isRefusal(err error) bool {
	refused, ok := errors.AsType[*smtp.SendError](err)
	return ok && refused.ErrorCode() >= 400 && refused.ErrorCode() != codeClosing
}

// codeClosing is sent by a server that ends the connection (RFC 5321, 3.8).
const codeClosing = 421
