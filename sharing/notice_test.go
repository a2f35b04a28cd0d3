package sharing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
)

// mailer keeps mails instead of sending them.
type mailer struct {
	mu    sync.Mutex
	mails []mail
	fail  error
	block chan struct{} // nil: sending takes no time
}

type mail struct {
	to            string
	subject, text string
}

func (m *mailer) Check(address string) error {
	if strings.HasSuffix(address, "@evil.example") {
		return searchlight.Errorf(searchlight.CodeInvalid, "mail is not sent to addresses of evil.example here")
	}
	return nil
}

func (m *mailer) Send(ctx context.Context, to []string, subject, text string) error {
	if m.block != nil {
		select {
		case <-m.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, mail{strings.Join(to, " "), subject, text})
	return m.fail
}

// sent makes the service send mails, and returns those of a share.
func (w *world) sent(m *mailer, subject string, r sharing.ShareRequest) ([]mail, []string) {
	w.Helper()
	w.service.Outbox = sharing.NewOutbox(m, slog.New(slog.DiscardHandler))
	remarks, err := w.service.Share(w.Context(), w.subject(subject), r)
	w.must(err)
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	w.service.Outbox.Run(ctx) // sends what waits
	mails := m.mails
	m.mails = nil
	return mails, remarks
}

func (w *world) request(objects []string, notice sharing.Notice, principals ...string) sharing.ShareRequest {
	r := sharing.ShareRequest{Type: typeOf(objects[0]), Levels: map[searchlight.GUID]searchlight.Level{}, Notice: notice}
	for _, object := range objects {
		r.Objects = append(r.Objects, w.id(object))
	}
	for _, p := range principals {
		r.Levels[w.id(p)] = readOnly
	}
	return r
}

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		for name, change := range map[string]func(*searchlight.User){
			"norm": func(u *searchlight.User) { u.Preferences.NotifyOnShare = new(false) },
			"col":  func(u *searchlight.User) { u.Email = "" },
			"bob":  func(u *searchlight.User) { u.Email = "ROB@example.com" }, // shares a mailbox with rob
		} {
			u, err := tx.User(w.id(name))
			w.must(err)
			change(u)
			w.must(tx.UpdateUser(u))
		}
		return nil
	})
	told := sharing.Notice{Wanted: true}
	for _, tt := range []struct {
		name    string
		request sharing.ShareRequest
		want    string
	}{
		{"a user", w.request([]string{"answer"}, told, "rob"), "rob@example.com"},
		{"users who do not like mail, or have no address", w.request([]string{"answer"}, told, "norm", "col"), ""},
		{"a group without oneself and the author", w.request([]string{"answer"}, told, "sales"), "ROB@example.com vera@example.com wendy@example.com"},
		{"a group and its member", w.request([]string{"answer"}, told, "west", "wendy"), "wendy@example.com"},
		{"the author", w.request([]string{"answer"}, told, "ada"), ""},
		{"others as well", w.request([]string{"answer"}, sharing.Notice{Wanted: true, Addresses: []string{"x@example.org", "Rob@example.com"}}, "rob"), "rob@example.com x@example.org"},
		{"others alone", w.request([]string{"answer"}, sharing.Notice{Wanted: true, Addresses: []string{"x@example.org"}}), "x@example.org"},
		{"nobody", w.request([]string{"answer"}, sharing.Notice{Addresses: []string{"x@example.org"}}, "rob"), ""},
	} {
		mails, remarks := w.sent(&mailer{}, "eddie", tt.request)
		got := ""
		for _, m := range mails {
			got += m.to
		}
		w.equal(tt.name, got, tt.want)
		w.equal(tt.name, remarks, []string(nil))
	}
	taken := w.request([]string{"answer"}, told)
	taken.Levels[w.id("rob")] = noAccess
	if mails, _ := w.sent(&mailer{}, "eddie", taken); len(mails) != 0 {
		t.Errorf("taking away was announced: %v", mails)
	}
}

func TestWhatMailsSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		o, err := tx.Object(w.id("pinboard"))
		w.must(err)
		o.Name = "Sales\r\nBcc: all@example.com \u202e \x07" + strings.Repeat("x", 100)
		return tx.UpdateObject(o)
	})
	name := "Sales Bcc: all@example.com " + strings.Repeat("x", 53) + "…"
	links := map[string]string{"answer": "/saved-answer/", "worksheet": "/data/tables/", "table": "/data/tables/", "connection": "/data/connections/"}
	for object, path := range links {
		mails, _ := w.sent(&mailer{}, "tsadmin", w.request([]string{object}, sharing.Notice{Wanted: true}, "rob"))
		if len(mails) != 1 || !strings.Contains(mails[0].text, "“"+object+"”\nhttps://bi.example.com/#"+path+string(w.id(object))+"\n") {
			t.Errorf("%s: %v", object, mails)
		}
	}
	mails, _ := w.sent(&mailer{}, "ada", w.request([]string{"region", "salary"}, sharing.Notice{Wanted: true}, "rob"))
	w.equal("columns", mails, []mail{{"rob@example.com", "Ada shared 2 columns with you",
		"Ada (ada) shared with you:\n\ncolumn “region”\nhttps://bi.example.com/#/data/tables/" + string(w.id("table")) +
			"\n\ncolumn “salary”\nhttps://bi.example.com/#/data/tables/" + string(w.id("table")) + "\n"}})
	mails, _ = w.sent(&mailer{}, "ada", w.request([]string{"pinboard"}, sharing.Notice{Wanted: true, Message: " Look:\r\n\tthis\x00\u202e "}, "rob"))
	w.equal("a message", mails, []mail{{"rob@example.com", "Ada shared “" + name + "” with you",
		"Ada (ada) shared with you:\n\npinboard “" + name + "”\nhttps://bi.example.com/#/pinboard/" + string(w.id("pinboard")) + "\n\nAda wrote:\n\nLook:\n\tthis\n"}})

	m := &mailer{}
	w.service.Outbox = sharing.NewOutbox(m, slog.New(slog.DiscardHandler))
	_, err := w.service.ShareViz(t.Context(), w.subject("ada"), sharing.ShareVizRequest{Type: searchlight.TypePinboard, Pinboard: w.id("pinboard"),
		Visualization: w.id("tile"), Principals: []searchlight.GUID{w.id("norm")}, Notice: sharing.Notice{Wanted: true}})
	w.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.service.Outbox.Run(ctx)
	if len(m.mails) != 1 || !strings.Contains(m.mails[0].text, "/#/pinboard/"+string(w.id("pinboard"))+"/"+string(w.id("tile"))+"\n") {
		t.Errorf("visualization: %v", m.mails)
	}
}

func TestMailsOfLargeGroupsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		var users []*searchlight.User
		groups := map[searchlight.GUID][]searchlight.GUID{}
		for i := range 600 {
			name := fmt.Sprintf("user%03d", i)
			users = append(users, &searchlight.User{ID: w.id(name), Name: name, Email: name + "@example.com", Type: searchlight.LocalUser, State: searchlight.UserActive,
				Visibility: searchlight.Sharable, Created: start, Modified: start})
			groups[w.id(name)] = []searchlight.GUID{w.id("west")}
		}
		return tx.CreateUsers(users, groups)
	})
	mails, remarks := w.sent(&mailer{}, "ada", w.request([]string{"answer"}, sharing.Notice{Wanted: true, Addresses: []string{"x@example.org"}}, "sales", "rob"))
	w.equal("remarks", remarks, []string{"mail goes to 500 members of groups and no more"})
	w.equal("mails", len(strings.Fields(mails[0].to)), 502)
}

func TestRefusedAddressesUndoTheShare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.Outbox = sharing.NewOutbox(&mailer{}, slog.New(slog.DiscardHandler))
	_, err := w.service.Share(t.Context(), w.subject("ada"), w.request([]string{"answer"}, sharing.Notice{Addresses: []string{"a@example.com", "b@evil.example"}}, "rob"))
	w.equal("error", w.message(err), "invalid: mail is not sent to addresses of evil.example here")
	w.equal("answer", w.grants("answer"), []string{})
}

func TestWithoutMailServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	remarks, err := w.service.Share(t.Context(), w.subject("ada"), w.request([]string{"answer"}, sharing.Notice{Wanted: true}, "rob"))
	w.must(err)
	w.equal("remarks", remarks, []string{"no mail was sent: no mail server is configured"})
	w.equal("answer", w.grants("answer"), []string{"rob READ_ONLY by ada"})
	remarks, err = w.service.Share(t.Context(), w.subject("ada"), w.request([]string{"answer"}, sharing.Notice{}, "rob"))
	w.must(err)
	w.equal("remarks", remarks, []string(nil))
}

// Failures are logged without addresses, and the share stays.
func TestMailsThatFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		u, err := tx.User(w.id("wendy"))
		w.must(err)
		u.Email = "wendy@evil.example"
		return tx.UpdateUser(u)
	})
	var log bytes.Buffer
	m := &mailer{fail: errors.New(`550 no such user <rob@example.com> and "rob"@example.com`)}
	w.service.Outbox = sharing.NewOutbox(m, slog.New(slog.NewTextHandler(&log, nil)))
	remarks, err := w.service.Share(t.Context(), w.subject("ada"), w.request([]string{"answer"}, sharing.Notice{Wanted: true}, "rob", "wendy"))
	w.must(err)
	w.equal("remarks", remarks, []string(nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.service.Outbox.Run(ctx)
	if !strings.Contains(log.String(), "550 no such user <(address)>") || !strings.Contains(log.String(), "recipients=1") ||
		!strings.Contains(log.String(), "users=1") || strings.Contains(log.String(), "@") {
		t.Errorf("log: %s", log.String())
	}
	w.equal("answer", w.grants("answer"), []string{"rob READ_ONLY by ada", "wendy READ_ONLY by ada"})
}

// Shares do not wait for the mail server, of which only so much is expected.
func TestOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := &mailer{block: make(chan struct{})}
	w.service.Outbox = sharing.NewOutbox(m, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { w.service.Outbox.Run(ctx); close(stopped) }()
	r := w.request([]string{"answer"}, sharing.Notice{Wanted: true}, "rob")
	refused := 0
	for range 105 {
		remarks, err := w.service.Share(t.Context(), w.subject("ada"), r)
		w.must(err)
		if remarks != nil {
			w.equal("remarks", remarks, []string{"no mail was sent: too many mails wait to be sent"})
			refused++
		}
	}
	if refused != 4 && refused != 5 { // one may be with the mail server
		t.Errorf("%d of 105 mails were refused", refused)
	}
	stop()
	close(m.block)
	<-stopped
	w.equal("mails", len(m.mails), 105-refused) // those that waited when the server stopped
	remarks, err := w.service.Share(t.Context(), w.subject("ada"), r)
	w.must(err)
	w.equal("remarks", remarks, []string{"no mail was sent: the server is stopping"})
}

// A mail server that hangs does not keep the server from stopping.
func TestOutboxGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.request([]string{"answer"}, sharing.Notice{Wanted: true}, "rob")
	m := &mailer{}
	w.service.Outbox = sharing.NewOutbox(m, slog.New(slog.DiscardHandler))
	for range 3 {
		_, err := w.service.Share(t.Context(), w.subject("ada"), r)
		w.must(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m.block = make(chan struct{})
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		begin := time.Now()
		w.service.Outbox.Run(ctx)
		if took := time.Since(begin); took != 70*time.Second {
			t.Errorf("stopped %s after it began", took)
		}
	})
}
