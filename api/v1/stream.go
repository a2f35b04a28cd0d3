package v1

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

const (
	// writeSize is how many bytes are gathered before they are sent.
	writeSize = 64 << 10
	// rowsAtOnce is how many rows are written between two looks at the buffer.
	rowsAtOnce = 256
	// flushEvery is how long a row of a slow result may wait to be sent.
	flushEvery = 250 * time.Millisecond
	// writeGrace is how long a client may take to accept what is sent.
	writeGrace = 10 * time.Minute
	// recheckEvery is how often a long answer makes sure that the session
	// still lives (security.md 6.2), and may still see what it asked for.
	recheckEvery = time.Minute
)

// brokenAnswer is a failure after the first byte of an answer.
type brokenAnswer struct{ err error }

func (e *brokenAnswer) Error() string { return "answer broken off: " + e.err.Error() }
func (e *brokenAnswer) Unwrap() error { return e.err }

// stream writes an answer as the object of api-v1.md 1.12 while its rows come,
// in memory that does not grow with them. Nothing is written before the first
// rows are there, so that a failure of the engine has its proper status.
func (a *API) stream(w http.ResponseWriter, r *request, answer *query.Answer, format string) error {
	start := a.config.Now()
	chunk, err := answer.Rows.Next(r.Context())
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	names := make([]string, len(answer.Columns))
	for i, column := range answer.Columns {
		names[i] = column.Name
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	s := &streamer{
		api: a, w: w, r: r, answer: answer, control: http.NewResponseController(w),
		buffer:  make([]byte, 0, writeSize+writeSize/2),
		cells:   &result.Format{Location: a.config.Location},
		flushed: start, checked: start,
	}
	if format == formatFull {
		s.keys = result.NewKeys(names)
	}
	s.buffer = append(s.buffer, `{"columnNames":`...)
	s.buffer = appendStrings(s.buffer, names)
	s.buffer = append(s.buffer, `,"data":[`...)
	for ; err == nil; chunk, err = answer.Rows.Next(r.Context()) {
		if err := s.rows(chunk); err != nil {
			return &brokenAnswer{err}
		}
	}
	if !errors.Is(err, io.EOF) {
		return &brokenAnswer{err}
	}
	total, err := answer.Total(r.Context(), s.written)
	if err != nil {
		return s.failure(err)
	}
	s.tail(answer, total)
	if err := s.send(); err != nil {
		return &brokenAnswer{err}
	}
	return nil
}

type streamer struct {
	api     *API
	w       http.ResponseWriter
	r       *request
	answer  *query.Answer
	control *http.ResponseController
	buffer  []byte
	keys    result.Keys // of FULL; nil: COMPACT
	cells   *result.Format
	written int  // rows
	sent    bool // something left the buffer
	flushed time.Time
	checked time.Time
}

func (s *streamer) rows(chunk *result.Chunk) error {
	for from := 0; from < chunk.Rows; from += rowsAtOnce {
		to := min(from+rowsAtOnce, chunk.Rows)
		if s.written > 0 {
			s.buffer = append(s.buffer, ',')
		}
		if s.keys == nil {
			s.buffer = chunk.AppendRowsCompact(s.buffer, from, to, s.cells)
		} else {
			s.buffer = chunk.AppendRowsFull(s.buffer, from, to, s.keys, s.cells)
		}
		s.written += to - from
		if len(s.buffer) >= writeSize {
			if err := s.send(); err != nil {
				return err
			}
		}
	}
	now := s.api.config.Now()
	if now.Sub(s.flushed) >= flushEvery {
		if err := s.send(); err != nil {
			return err
		}
		if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		s.flushed = now
	}
	if now.Sub(s.checked) >= recheckEvery {
		in, err := s.api.recheck(s.r)
		if err == nil {
			err = s.answer.Recheck(s.r.Context(), in.Subject)
		}
		if err != nil {
			return err
		}
		s.checked = now
	}
	return nil
}

func (s *streamer) send() error {
	// Where deadlines are not supported the server has none to extend.
	_ = s.control.SetWriteDeadline(time.Now().Add(writeGrace))
	_, err := s.w.Write(s.buffer)
	s.buffer, s.sent = s.buffer[:0], true
	return err
}

// failure is an error in the answer's last part: while nothing has been sent it
// can still have its own status.
func (s *streamer) failure(err error) error {
	if s.sent {
		return &brokenAnswer{err}
	}
	return err
}

func (s *streamer) tail(answer *query.Answer, total int) {
	b := append(s.buffer, `],"samplingRatio":1,"totalRowCount":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"rowCount":`...)
	b = strconv.AppendInt(b, int64(s.written), 10)
	b = append(b, `,"pageSize":`...)
	b = strconv.AppendInt(b, int64(answer.Limit), 10)
	b = append(b, `,"offset":`...)
	b = strconv.AppendInt(b, int64(answer.Offset), 10)
	if len(answer.Warnings) > 0 {
		sentences := make([]string, len(answer.Warnings))
		for i, d := range answer.Warnings {
			sentences[i] = d.Sentence()
		}
		b = append(b, `,"warnings":`...)
		b = appendStrings(b, sentences)
	}
	s.buffer = append(b, '}')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = result.AppendString(b, s)
	}
	return append(b, ']')
}
