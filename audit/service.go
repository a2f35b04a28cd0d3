package audit

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// Service serves the audit log. Its fields are set before its first use.
type Service struct {
	Store searchlight.Store
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // of records that could not be written; nil: slog.Default

	mu    sync.Mutex
	noted map[sample]time.Time
}

func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

const (
	// Window is the longest time that Read takes (security.md 9.1).
	Window = 24 * time.Hour
	// sampleEvery is how often the same refusal of the same user is noted.
	sampleEvery = time.Minute
	maxSamples  = 10_000
)

// Read hands the records from one time until before another to visit, the
// oldest first; zero times stand for the last 24 hours. It needs
// ADMINISTRATION, and fails with CodeInvalid for more than Window. That
// somebody read the log is noted in it.
func (s *Service) Read(ctx context.Context, subject *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error {
	if to.IsZero() {
		to = s.now()
	}
	if from.IsZero() {
		from = to.Add(-Window)
	}
	if to.Before(from) || to.Sub(from) > Window {
		return errWindow(Window)
	}
	return s.Export(ctx, subject, from, to, visit)
}

// Export is Read without a limit of time; zero times leave an end open.
func (s *Service) Export(ctx context.Context, subject *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error {
	if err := subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	err := s.Store.Update(ctx, func(tx searchlight.Tx) error {
		data := map[string]any{}
		for name, t := range map[string]time.Time{"from": from, "to": to} {
			if !t.IsZero() {
				data[name] = t.UTC().Format(time.RFC3339)
			}
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventAuditRead, "Audit log read", data))
	})
	if err != nil {
		return err
	}
	return s.Store.View(ctx, func(tx searchlight.Tx) error { return tx.AuditLog(from, to, visit) })
}

// Verify goes through the whole log and reports how many records there are. It
// needs ADMINISTRATION, and fails with CodeConflict at the first record that is
// not what was written, or does not follow the one before it.
func (s *Service) Verify(ctx context.Context, subject *searchlight.Subject) (records int, err error) {
	if err := subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return 0, err
	}
	err = s.Store.View(ctx, func(tx searchlight.Tx) error {
		records, err = searchlight.VerifyAudit(tx)
		return err
	})
	return records, err
}

// Failed notes a call that failed, under the event that it would have been, or
// ACCESS_DENIED when it would have been none. The same failure of the same
// user is noted once a minute. That it cannot be written is logged: the call
// has changed nothing.
func (s *Service) Failed(ctx context.Context, subject *searchlight.Subject, event searchlight.EventType, call string, cause error) {
	code := searchlight.CodeOf(cause)
	if !s.isFirst(sample{subject.User.ID, event, call, code}) {
		return
	}
	if event == "" {
		event = searchlight.EventAccessDenied
	}
	e := searchlight.EventBy(subject, event, "Call refused or failed", map[string]any{"call": call})
	e.Outcome, e.Reason = searchlight.Failure, string(code)
	ctx = context.WithoutCancel(ctx)
	if err := s.Store.Update(ctx, func(tx searchlight.Tx) error { return tx.Audit(e) }); err != nil {
		log := s.Log
		if log == nil {
			log = slog.Default()
		}
		log.ErrorContext(ctx, "a failed call could not be noted in the audit log", "call", call, "error", err)
	}
}

// sample is what makes failures the same.
type sample struct {
	user  searchlight.GUID
	event searchlight.EventType
	call  string
	code  searchlight.ErrorCode
}

func (s *Service) isFirst(of sample) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.noted[of]; ok && now.Sub(last) < sampleEvery {
		return false
	}
	if s.noted == nil || len(s.noted) >= maxSamples {
		s.noted = map[sample]time.Time{}
	}
	s.noted[of] = now
	return true
}
