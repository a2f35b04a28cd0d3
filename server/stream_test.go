package server_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/mock"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

const chunkRows = 2048

// counting makes an answer of the given number of rows, which are made as they
// are asked for: a number and a text. before is called ahead of each chunk.
func counting(r query.Request, rows int, before func(ctx context.Context, row int) error) *query.Answer {
	schema := result.Schema{{Name: "n", Kind: result.KindInt}, {Name: "text", Kind: result.KindText}}
	chunk := result.NewChunk(schema, chunkRows)
	row := 0
	m := &mock.Rows{Columns: schema}
	m.NextFunc = func(ctx context.Context) (*result.Chunk, error) {
		if before != nil {
			if err := before(ctx, row); err != nil {
				return nil, err
			}
		}
		chunk.Rows = min(chunkRows, rows-row)
		if chunk.Rows == 0 {
			return nil, io.EOF
		}
		for i := range chunk.Rows {
			chunk.Vectors[0].Ints[i] = int64(row + i)
			chunk.Vectors[1].Texts[i] = "some text of usual length"
		}
		row += chunk.Rows
		return chunk, nil
	}
	a := query.Answer{Columns: []query.Column{{Name: "n"}, {Name: "text"}}, Rows: m, Limit: r.Limit}
	return query.NewAnswer(a, func(context.Context, int) (int, error) { return rows, nil })
}

// openSearch starts a search and returns the response while it comes.
func (b *bench) openSearch(ctx context.Context, token string, header ...string) (*http.Response, error) {
	body := form("query_string", "[n]", "data_source_guid", retail)
	r, err := http.NewRequestWithContext(ctx, "POST", b.URL+base+"/searchdata", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", formType)
	r.Header.Set("X-Requested-By", "x")
	r.Header.Set("Cookie", "JSESSIONID="+token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return http.DefaultClient.Do(r)
}

// sink is a response writer that keeps nothing.
type sink struct {
	httptest.ResponseRecorder
	bytes  int
	memory uint64 // most of the heap in use while writing
}

func (s *sink) Write(p []byte) (int, error) {
	s.bytes += len(p)
	if s.bytes>>22 != (s.bytes-len(p))>>22 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		s.memory = max(s.memory, m.HeapAlloc)
	}
	return len(p), nil
}

func TestAMillionRowsInConstantMemory(t *testing.T) {
	b := newBench(t)
	token := b.signIn(userName, password)
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		return counting(r, 1_000_000, nil), nil
	}
	r := httptest.NewRequest("POST", base+"/searchdata", strings.NewReader(form("query_string", "[n]", "data_source_guid", retail)))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("X-Requested-By", "x")
	r.Header.Set("Cookie", "JSESSIONID="+token)
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := &sink{ResponseRecorder: *httptest.NewRecorder()}
	b.server.Handler().ServeHTTP(s, r)
	if s.bytes < 35_000_000 {
		t.Fatalf("only %d bytes", s.bytes)
	}
	if s.memory > before.HeapAlloc+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before.HeapAlloc, s.memory)
	}
}

func TestStreamedAnswerIsWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) { return counting(r, 10_000, nil), nil }
	for _, encoding := range []string{"identity", "gzip"} {
		response, err := b.openSearch(t.Context(), token, "Accept-Encoding", encoding)
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = response.Body
		if encoding == "gzip" {
			if response.Header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("Content-Encoding %q", response.Header.Get("Content-Encoding"))
			}
			if body, err = gzip.NewReader(response.Body); err != nil {
				t.Fatal(err)
			}
		}
		var data struct {
			Data          [][]any
			TotalRowCount int
			RowCount      int
		}
		if err := json.NewDecoder(body).Decode(&data); err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if len(data.Data) != 10_000 || data.TotalRowCount != 10_000 || data.RowCount != 10_000 {
			t.Errorf("%s: %d rows, %d of %d", encoding, len(data.Data), data.RowCount, data.TotalRowCount)
		}
		for i, row := range data.Data {
			if row[0] != float64(i) {
				t.Fatalf("%s: row %d is %v", encoding, i, row)
			}
		}
	}
}

func TestRowsAreSentWhileOthersAreAwaited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	release := make(chan struct{})
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		return counting(r, 2*chunkRows, func(_ context.Context, row int) error {
			if row == 0 {
				b.pass(time.Second) // the engine took its time, so what is there is sent at once
			} else if row == chunkRows {
				<-release
			}
			return nil
		}), nil
	}
	response, err := b.openSearch(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	reader := bufio.NewReader(response.Body)
	head, err := reader.Peek(100)
	if err != nil || !strings.HasPrefix(string(head), `{"columnNames":["n","text"],"data":[[0,`) {
		t.Errorf("head %q, %v", head, err)
	}
	close(release)
	if rest, err := io.ReadAll(reader); err != nil || !strings.HasSuffix(string(rest), `"pageSize":100000,"offset":0}`) {
		t.Errorf("the rest does not end well: %v", err)
	}
}

func TestFailureBeforeTheFirstRowsHasItsStatus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	closed := false
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		a := counting(r, 10, func(context.Context, int) error { return searchlight.Errorf(searchlight.CodeEngine, "out of memory") })
		a.Rows.(*mock.Rows).CloseFunc = func() error { closed = true; return nil }
		return a, nil
	}
	b.do(post("/searchdata", token, "query_string", "[n]", "data_source_guid", retail)).wants(t, 500, 10000, "the database behind the data source failed")
	if !closed {
		t.Error("the rows were not closed")
	}
}

func TestFailureOfTheCountHasItsStatusWhenNothingWasSent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		a := counting(r, 10, nil)
		return query.NewAnswer(*a, func(context.Context, int) (int, error) { return 0, errors.New("no count") }), nil
	}
	b.do(post("/searchdata", token, "query_string", "[n]", "data_source_guid", retail)).wants(t, 500, 10000, "something went wrong")
}

func TestFailureInMidStreamBreaksTheAnswerOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, encoding string }{{"plain", "identity"}, {"gzip", "gzip"}} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			token := b.signIn(userName, password)
			b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
				return counting(r, 100_000, func(_ context.Context, row int) error {
					if row >= 50_000 {
						return searchlight.Errorf(searchlight.CodeEngine, "the engine is gone")
					}
					return nil
				}), nil
			}
			response, err := b.openSearch(t.Context(), token, "Accept-Encoding", tt.encoding)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if _, err := io.ReadAll(response.Body); err == nil {
				t.Error("the client takes a part for the whole")
			}
			b.entry(response.Header.Get("X-Callosum-Incident-Id"), "the engine is gone", `"level":"ERROR"`, "answer broken off")
		})
	}
}

func TestAClientThatLeavesCancelsItsSearch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		row  int // where the engine waits
	}{{"before the first rows", 0}, {"in mid-stream", 50 * chunkRows}} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			token := b.signIn(userName, password)
			waiting, cancelled, closed := make(chan struct{}), make(chan error, 1), make(chan struct{})
			b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
				a := counting(r, 100*chunkRows, func(ctx context.Context, row int) error {
					if row != tt.row {
						return nil
					}
					close(waiting)
					<-ctx.Done()
					cancelled <- ctx.Err()
					return ctx.Err()
				})
				a.Rows.(*mock.Rows).CloseFunc = func() error { close(closed); return nil }
				return a, nil
			}
			ctx, leave := context.WithCancel(t.Context())
			go func() {
				<-waiting
				leave()
			}()
			response, err := b.openSearch(ctx, token)
			if err == nil {
				_, err = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
			if err == nil {
				t.Fatal("the client did not leave")
			}
			if err := <-cancelled; !errors.Is(err, context.Canceled) {
				t.Errorf("the search ended with %v", err)
			}
			<-closed
			b.entry(`"status":499`, `"route":"POST /searchdata"`, `"level":"INFO"`)
			if strings.Contains(b.log.String(), `"level":"ERROR"`) {
				t.Errorf("noise about a client that left:\n%s", b.log)
			}
		})
	}
}

func TestT54_ARevokedSessionStopsItsStream(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		return counting(r, 100_000, func(ctx context.Context, row int) error {
			if row == 50*chunkRows/2 {
				b.pass(time.Minute)
				return b.store.Update(ctx, func(tx searchlight.Tx) error {
					_, err := tx.DeleteSessionsOf(b.user, [32]byte{})
					return err
				})
			}
			return nil
		}), nil
	}
	response, err := b.openSearch(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the stream went on after its session had ended")
	}
}

// An answer goes on when another request is given a new id meanwhile.
func TestStreamsOutliveTheirCookie(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	b.searcher.SearchFunc = func(_ context.Context, r query.Request) (*query.Answer, error) {
		return counting(r, 100_000, func(_ context.Context, row int) error {
			if row == 50*chunkRows/2 {
				b.promote()
				if a := b.do(get(base+"/session/isactive", token)); len(a.Cookies()) != 3 {
					t.Errorf("cookies %v", a.Cookies())
				}
				b.pass(2 * time.Minute)
			}
			return nil
		}), nil
	}
	response, err := b.openSearch(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Errorf("the stream ended: %v", err)
	}
	b.do(get(base+"/session/info", token)).wants(t, 401, 10003, "sign in")
}

func TestCompression(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for accept, want := range map[string]string{"gzip": "gzip", "gzip, deflate, br": "gzip", "gzip;q=0": "", "identity": "", "zstd": ""} {
		c := get("/openapi.yaml", "")
		c.header = map[string]string{"Accept-Encoding": accept}
		a := b.do(c)
		if got := a.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", accept, got, want)
		}
		if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("Vary %q", a.Header.Values("Vary"))
		}
	}
}
