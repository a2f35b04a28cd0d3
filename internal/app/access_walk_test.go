package app_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// loadRoute is served beside the routes of the API.
const loadRoute = "POST /api/app/load"

// routes are those that the server has.
func (w *world) routes() map[string]searchlight.EventType {
	events := map[string]searchlight.EventType{loadRoute: searchlight.EventUploadFinished}
	for _, r := range w.API().Routes() {
		events[r.Method+" "+r.Path] = r.Event
	}
	return events
}

// callOf is the call of a row by one of the people of a scene, or by nobody.
func (s *scene) callOf(row access, actor string) call {
	s.t.Helper()
	self := actor
	if actor == "nobody" {
		self = "target"
	}
	s.ids["self"], s.ids["selfName"] = s.ids[self], s.ids[self+"Name"]
	method, path, _ := strings.Cut(row.route, " ")
	c := call{method: method, path: path, multipart: row.form, file: row.file, cookie: s.cookie[actor]}
	pairs := s.expand(row.with)
	for i := 0; i < len(pairs); i += 2 {
		if inPath := "{" + pairs[i] + "}"; strings.Contains(c.path, inPath) {
			c.path = strings.ReplaceAll(c.path, inPath, pairs[i+1])
			continue
		}
		c.pairs = append(c.pairs, pairs[i], pairs[i+1])
	}
	return c
}

// outcome is what a call must come to.
type outcome struct {
	status       int
	names, hides bool // the object of shows
	failed       bool // says the answer of each object
}

func (row *access) outcome(t *testing.T, i int) outcome {
	t.Helper()
	fields := strings.Fields(row.outcomes)
	if len(fields) != 1+len(people) {
		t.Fatalf("%s has outcomes for %d; they are nobody and %v", row.route, len(fields), people)
	}
	digits := strings.TrimRight(fields[i], "+-E")
	status, err := strconv.Atoi(digits)
	mark := strings.TrimPrefix(fields[i], digits)
	if err != nil || len(mark) > 1 || (row.shows != "") != strings.ContainsAny(row.outcomes, "+-") {
		t.Fatalf("%s: %q is no outcome", row.route, fields[i])
	}
	return outcome{status, mark == "+", mark == "-", mark == "E"}
}

// refused reports whether the caller was not to have what was asked for.
func (o outcome) refused() bool { return o.status >= 400 || o.failed }

// fits says how an answer differs, empty: not at all.
func (o outcome) fits(a answer, shown string) string {
	failed := strings.Contains(a.body, `"status_code":"ERROR"`)
	switch {
	case a.status != o.status:
		return "the status is not " + strconv.Itoa(o.status)
	case failed != o.failed:
		return "the object failed, or should have"
	case o.names && !strings.Contains(a.body, shown):
		return "the answer does not name " + shown
	case o.hides && strings.Contains(a.body, shown):
		return "the answer names " + shown
	}
	return ""
}

// TestT01_T02_EveryRoute calls every route as nobody, as somebody without a
// share, with one for reading and one for changing, with one through a group,
// and as an administrator. Who is refused has changed nothing, and that is in
// the audit log; what was done is there as well (T-60).
func TestT01_T02_EveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	events := w.routes()
	missing := maps.Clone(events)
	for _, row := range accesses {
		event, ok := events[row.route]
		if !ok {
			t.Errorf("there is no route %s any more", row.route)
			continue
		}
		delete(missing, row.route)
		t.Run(row.route, func(t *testing.T) {
			defer w.in(t)()
			if row.events == nil && event != "" {
				row.events = []searchlight.EventType{event}
			}
			w.walk(row, event)
		})
	}
	for route := range missing {
		t.Errorf("nothing says who may call %s: give it a row in accesses", route)
	}
}

func (w *world) walk(row access, failure searchlight.EventType) {
	t := w.t
	s := w.stage(&row)
	for i, actor := range slices.Concat([]string{"nobody"}, people) {
		want := row.outcome(t, i)
		if s.spoiled { // for the next one everything is as it was
			s = w.stage(&row)
		}
		c := s.callOf(row, actor)
		w.pass(time.Second)
		since, before := w.now(), w.state()
		a := w.do(c)
		if wrong := want.fits(a, s.ids[row.shows]); wrong != "" {
			t.Errorf("%s as %s: %s: %d %s", row.with, actor, wrong, a.status, a.body)
		}
		done := changes(before, w.state())
		events := w.audited(since)
		has := func(o searchlight.Outcome, types ...searchlight.EventType) bool {
			return slices.ContainsFunc(events, func(e event) bool { return e.Data.Outcome == o && slices.Contains(types, e.Type) })
		}
		switch {
		case want.refused():
			if done != "" {
				t.Errorf("%s as %s was refused and changed\n%s", row.with, actor, done)
			}
			// Nobody writes into the log by knocking at doors.
			if actor != "nobody" && !has(searchlight.Failure, append(row.events, failure, searchlight.EventAccessDenied, searchlight.EventLoginFailed, searchlight.EventTokenFailed)...) {
				t.Errorf("%s as %s was refused and is not in the audit log: %+v", row.with, actor, events)
			}
		case row.events != nil && row.silent == "":
			if !has(searchlight.Success, row.events...) {
				t.Errorf("%s as %s is not in the audit log as %s: %+v", row.with, actor, row.events, events)
			}
		case c.method == http.MethodGet && done != "":
			t.Errorf("%s as %s changed\n%s", row.with, actor, done)
		}
		if done != "" {
			s.spoil()
		}
	}
}
