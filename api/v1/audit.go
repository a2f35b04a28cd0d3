package v1

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// Auditor serves the audit log.
type Auditor interface {
	// Read hands the records of at most a day to visit, Export those of any
	// time; zero times stand for the last day, or leave an end open. They need
	// ADMINISTRATION.
	Read(ctx context.Context, s *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error
	Export(ctx context.Context, s *searchlight.Subject, from, to time.Time, visit func(*searchlight.Record) error) error
	// Failed notes a call that failed under the event that it would have been.
	Failed(ctx context.Context, s *searchlight.Subject, event searchlight.EventType, call string, cause error)
}

func (a *API) auditRoutes() []route {
	return []route{
		{method: "GET", path: "/logs/topics/{topic}", handle: a.logTopic},
		{method: "GET", path: "/audit", app: true, handle: a.exportAudit},
	}
}

// noteFailure writes a failed call into the audit log: one that would have
// changed something, and one that was not allowed. Sign-ins note their own.
func (a *API) noteFailure(r *request, route route, err error) error {
	event := cmp.Or(r.event, route.event)
	if r.subject != nil && (event != "" || searchlight.CodeOf(err) == searchlight.CodeForbidden) {
		a.config.Auditor.Failed(r.Context(), r.subject, event, route.method+" "+route.path, err)
	}
	return err
}

// logBody is a record as security.md 9.1 has it: the entry is JSON as text.
type logBody struct {
	Date string `json:"date"`
	Log  string `json:"log"`
}

// logTopic is GET logs/topics/{topic} (api-v1.md 3.8).
func (a *API) logTopic(w http.ResponseWriter, r *request) error {
	if topic, _ := r.params.text("topic"); topic != "security_logs" {
		return invalid("there is no topic %s; there is security_logs", quote(topic))
	}
	from, to, err := decodeEpochs(r.params)
	if err != nil {
		return err
	}
	entries := []logBody{}
	err = a.config.Auditor.Read(r.Context(), r.subject, from, to, func(record *searchlight.Record) error {
		entries = append(entries, logBody{record.Time.UTC().Format("2006-01-02T15:04:05.000000Z07:00"), string(record.Entry)})
		return nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, entries)
	return nil
}

func decodeEpochs(p *params) (from, to time.Time, err error) {
	for name, into := range map[string]*time.Time{"fromepoch": &from, "toepoch": &to} {
		ms, err := p.integer(name, 0)
		if err != nil {
			return from, to, err
		}
		if ms > 0 {
			*into = time.UnixMilli(int64(ms)).UTC()
		}
	}
	return from, to, nil
}

// exportAudit is GET /api/app/audit: the records of any time as JSON lines.
func (a *API) exportAudit(w http.ResponseWriter, r *request) error {
	from, to, err := decodeEpochs(r.params)
	if err != nil {
		return err
	}
	var buffer bytes.Buffer
	begun := false
	send := func() error {
		if !begun {
			w.Header().Set("Content-Type", "application/jsonl;charset=UTF-8")
			w.Header().Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
			begun = true
		}
		_, err := w.Write(buffer.Bytes())
		buffer.Reset()
		return err
	}
	err = a.config.Auditor.Export(r.Context(), r.subject, from, to, func(record *searchlight.Record) error {
		line, err := json.Marshal(record.Line())
		if err != nil {
			return err
		}
		buffer.Write(append(line, '\n'))
		if buffer.Len() < writeSize {
			return nil
		}
		return send()
	})
	if err == nil {
		err = send()
	}
	if err != nil && begun {
		return &brokenAnswer{err}
	}
	return err
}
