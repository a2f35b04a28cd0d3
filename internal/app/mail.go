package app

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/searchlight-bi/searchlight/mail"
)

// newMail makes the sender of mails, nil when no mail server is configured.
func newMail(c Config) (*mail.Sender, error) {
	if c.SMTPAddr == "" {
		for _, given := range [][2]string{{"smtp-user", c.SMTPUser}, {"smtp-password", c.SMTPPassword}, {"smtp-password-file", c.SMTPPasswordFile}, {"mail-from", c.MailFrom}} {
			if given[1] != "" {
				return nil, fmt.Errorf("%s is given without smtp-addr, the mail server", given[0])
			}
		}
		return nil, nil
	}
	if c.MailFrom == "" {
		return nil, errors.New("--smtp-addr needs --mail-from, the sender of mails")
	}
	password, err := mailPassword(c)
	if err != nil {
		return nil, err
	}
	m := mail.Config{Addr: c.SMTPAddr, From: c.MailFrom, User: c.SMTPUser, Password: password, TLS: mail.TLS(c.SMTPTLS), Domains: c.MailDomains, Now: c.Now}
	if u, err := url.Parse(c.PublicURL); err == nil {
		m.Helo = u.Hostname()
	}
	return mail.New(m)
}

func mailPassword(c Config) (string, error) {
	if c.SMTPPasswordFile == "" {
		return c.SMTPPassword, nil
	}
	if c.SMTPPassword != "" {
		return "", errors.New("the password for the mail server is given twice, by itself and by --smtp-password-file")
	}
	text, err := os.ReadFile(c.SMTPPasswordFile)
	if err != nil {
		return "", fmt.Errorf("the password for the mail server cannot be read: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" || strings.ContainsAny(password, "\r\n\x00") {
		return "", fmt.Errorf("%s must hold the password for the mail server on one line, and nothing else", c.SMTPPasswordFile)
	}
	return password, nil
}
