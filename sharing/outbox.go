package sharing

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Mailer sends mails.
type Mailer interface {
	// Check fails with CodeInvalid when no mail may be sent to an address.
	Check(address string) error
	// Send sends a mail to each of the addresses, none of which Check refuses.
	Send(ctx context.Context, to []string, subject, text string) error
}

// Outbox sends mails in the background, one after another, so that nobody
// waits for a mail server. What cannot be sent is logged.
type Outbox struct {
	mailer Mailer
	log    *slog.Logger

	mu      sync.Mutex
	waiting []*letter
	closed  bool
	wake    chan struct{}
}

const (
	// maxWaiting bounds the mails that wait, each of which may go to many.
	maxWaiting = 100
	// perLetter is how long sending one of them to all may take.
	perLetter = 10 * time.Minute
	// forTheRest is how long a server that stops goes on sending.
	forTheRest = 10 * time.Second
)

// NewOutbox makes an Outbox. What it is given waits until Run is called.
func NewOutbox(m Mailer, log *slog.Logger) *Outbox {
	return &Outbox{mailer: m, log: log, wake: make(chan struct{}, 1)}
}

func (o *Outbox) put(l *letter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return errors.New("the server is stopping")
	case len(o.waiting) >= maxWaiting:
		return errors.New("too many mails wait to be sent")
	}
	o.waiting = append(o.waiting, l)
	select {
	case o.wake <- struct{}{}:
	default: // it is awake
	}
	return nil
}

// Run sends mails until ctx ends, and then what waits, for ten seconds at
// most. It takes no more mails then, and runs once.
func (o *Outbox) Run(ctx context.Context) {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(forTheRest, cancel) })()
	for ctx.Err() == nil {
		if l := o.next(); l != nil {
			o.send(sending, l)
			continue
		}
		select {
		case <-o.wake:
		case <-ctx.Done():
		}
	}
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	for l := o.next(); l != nil; l = o.next() {
		o.send(sending, l)
	}
}

func (o *Outbox) next() *letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return nil
	}
	l := o.waiting[0]
	o.waiting = slices.Delete(o.waiting, 0, 1)
	return l
}

// send logs no address: people's addresses are for administrators alone.
func (o *Outbox) send(ctx context.Context, l *letter) {
	to := slices.DeleteFunc(slices.Clone(l.to), func(address string) bool { return o.mailer.Check(address) != nil })
	if refused := len(l.to) - len(to); refused > 0 {
		o.log.Warn("mails about a share may not be sent to the addresses of some users", "users", refused)
	}
	if len(to) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, perLetter)
	defer cancel()
	if err := o.mailer.Send(ctx, to, l.subject, l.text); err != nil {
		o.log.Warn("mails about a share were not sent", "recipients", len(to), "error", addresses.ReplaceAllString(err.Error(), "(address)"))
	}
}

var addresses = regexp.MustCompile(`[^\s<>]*@[^\s<>]*`)
