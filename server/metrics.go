package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
)

// metrics counts what the server does, for Prometheus.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	searches *prometheus.CounterVec
	engine   prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "searchlight_requests_total", Help: "HTTP requests by route and status; 499 is a client that left.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "searchlight_request_seconds", Help: "Time from the first byte of a request to the last of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 10),
		}, []string{"route"}),
		searches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "searchlight_searches_total", Help: "Searches by how they ended.",
		}, []string{"outcome"}),
		engine: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "searchlight_search_engine_milliseconds", Help: "Time that a search waited for planning and for the rows of the engine.",
			Buckets: prometheus.ExponentialBuckets(1, 4, 10),
		}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.searches, m.engine,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// exchange is how a request ended.
type exchange struct {
	status     int
	bytes      int64
	duration   time.Duration
	broken     bool // the answer was broken off
	clientLeft bool
}

const statusClientLeft = 499

func (s *Server) record(r *http.Request, call *v1.Call, seen *recorder, start time.Time, broken bool) {
	e := exchange{
		status: seen.status, bytes: seen.bytes, duration: s.config.Now().Sub(start), broken: broken,
		clientLeft: call.Err != nil && errors.Is(r.Context().Err(), context.Canceled),
	}
	if e.status == 0 {
		e.status = http.StatusOK
	}
	if e.clientLeft {
		e.status = statusClientLeft
	}
	route := call.Route
	if route == "" {
		route = "none"
	}
	s.metrics.requests.WithLabelValues(route, strconv.Itoa(e.status)).Inc()
	s.metrics.duration.WithLabelValues(route).Observe(e.duration.Seconds())
	s.logRequest(r, call, e)
}

// watch measures the searches of a Searcher.
func (m *metrics) watch(searcher v1.Searcher, now func() time.Time) v1.Searcher {
	if searcher == nil {
		return nil // v1.New says what is wrong
	}
	return &watchedSearcher{searcher: searcher, metrics: m, now: now}
}

type watchedSearcher struct {
	searcher v1.Searcher
	metrics  *metrics
	now      func() time.Time
}

func (s *watchedSearcher) Search(ctx context.Context, r query.Request) (*query.Answer, error) {
	start := s.now()
	answer, err := s.searcher.Search(ctx, r)
	if err != nil {
		s.metrics.searches.WithLabelValues(outcome(ctx, err)).Inc()
		return nil, err
	}
	watched := *answer
	watched.Rows = &watchedRows{Rows: answer.Rows, search: s, waited: s.now().Sub(start), outcome: "left"}
	return &watched, nil
}

func outcome(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "left"
	case v1.StatusOf(err) < http.StatusInternalServerError:
		return "refused"
	default:
		return "failed"
	}
}

// watchedRows adds up how long its reader waited.
type watchedRows struct {
	result.Rows
	search  *watchedSearcher
	waited  time.Duration
	outcome string
	closed  bool
}

func (r *watchedRows) Next(ctx context.Context) (*result.Chunk, error) {
	start := r.search.now()
	chunk, err := r.Rows.Next(ctx)
	r.waited += r.search.now().Sub(start)
	if errors.Is(err, io.EOF) {
		r.outcome = "answered"
	} else if err != nil {
		r.outcome = outcome(ctx, err)
	}
	return chunk, err
}

func (r *watchedRows) Close() error {
	if !r.closed {
		r.closed = true
		r.search.metrics.searches.WithLabelValues(r.outcome).Inc()
		r.search.metrics.engine.Observe(float64(r.waited) / float64(time.Millisecond))
	}
	return r.Rows.Close()
}
