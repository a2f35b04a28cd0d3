package app_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
)

// unseen are what a reader does not know of either.
var unseen = []string{"spare", "team", "author", "admin"}

// TestT03_T04_AbsentAndForbiddenLookTheSame makes each call twice that its
// caller is refused: with the ids and names of what is there, and with others.
// But for these the answers are the same, in status, headers and body.
func TestT03_T04_AbsentAndForbiddenLookTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	compared := map[string]bool{}
	for _, row := range accesses {
		if row.tells != "" {
			continue
		}
		t.Run(row.route, func(t *testing.T) {
			defer w.in(t)()
			for _, actor := range []string{"other", "reader"} {
				want := row.outcome(t, 1+slices.Index(people, actor))
				if !want.refused() && !want.hides {
					continue
				}
				s := w.stage(&row)
				there := s.callOf(row, actor)
				absent, names := s.withoutThings(there, actor)
				if slices.Equal(there.pairs, absent.pairs) && there.path == absent.path {
					continue
				}
				compared[row.route] = true
				forbidden, unknown := w.do(there), w.do(absent)
				if diff := cmp.Diff(plain(forbidden, names), plain(unknown, nil), cmp.AllowUnexported(answer{})); diff != "" {
					t.Errorf("%s as %s: forbidden - absent +:\n%s", row.with, actor, diff)
				}
			}
		})
	}
	if len(compared) < 30 {
		t.Errorf("only %d routes were compared", len(compared))
	}
}

// withoutThings is a call about what is not there in place of what its caller
// may not see. names has what takes the place of what.
func (s *scene) withoutThings(c call, actor string) (call, *strings.Replacer) {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(s.ids)) {
		thing := strings.TrimSuffix(name, "Name")
		switch {
		case thing == actor, thing == "self", thing == "embedded", thing == "tag", // which everybody knows
			actor == "reader" && !slices.Contains(unseen, thing):
			continue
		}
		value := s.ids[name]
		if _, ok := searchlight.ParseGUID(value); ok {
			pairs = append(pairs, value, string(searchlight.NewGUID()))
			continue
		}
		letters := []rune(value)
		slices.Reverse(letters) // equally long
		pairs = append(pairs, value, string(letters))
	}
	names := strings.NewReplacer(pairs...)
	c.path = names.Replace(c.path)
	c.pairs = slices.Clone(c.pairs)
	for i := 1; i < len(c.pairs); i += 2 {
		c.pairs[i] = names.Replace(c.pairs[i])
	}
	return c, names
}

// plain is an answer without what differs from call to call.
func plain(a answer, names *strings.Replacer) answer {
	header := a.header.Clone()
	for _, id := range []string{"X-Callosum-Incident-Id", "X-Callosum-Trace-Id"} {
		a.body = strings.ReplaceAll(a.body, header.Get(id), "")
		header.Del(id)
	}
	header.Del("Date")
	if names != nil {
		a.body = names.Replace(a.body)
	}
	return answer{a.status, header, a.body}
}

// Path parameters are never what their names say (CVE-2021-39226).
func TestT03_LiteralParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newSharedScene()
	walked := 0
	for _, row := range accesses {
		method, path, _ := strings.Cut(row.route, " ")
		if !strings.Contains(path, "{") {
			continue
		}
		walked++
		for _, path := range []string{path, strings.NewReplacer("{", ":", "}", "").Replace(path)} {
			before := w.state()
			for _, actor := range []string{"nobody", "other", "admin"} {
				a := w.do(call{method: method, path: path, cookie: s.cookie[actor]})
				if a.status < 400 || actor == "nobody" && a.status != 401 && a.status != http.StatusMethodNotAllowed {
					t.Errorf("%s %s as %s: %d %s", method, path, actor, a.status, a.body)
				}
			}
			if done := changes(before, w.state()); done != "" {
				t.Errorf("%s %s changed\n%s", method, path, done)
			}
		}
	}
	if walked < 10 {
		t.Errorf("only %d routes have parameters in their paths", walked)
	}
}

// TestT35_EveryRouteWithAScope calls every route in a session that may see one
// pinboard, of somebody who may change everything otherwise: what is not meant
// for such sessions is refused.
func TestT35_EveryRouteWithAScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := map[string]bool{}
	for _, r := range w.API().Routes() {
		open[r.Method+" "+r.Path] = r.Open || r.Scoped
	}
	for _, row := range accesses {
		if open[row.route] {
			continue
		}
		t.Run(row.route, func(t *testing.T) {
			defer w.in(t)()
			s := w.stage(&row)
			c := s.callOf(row, "admin")
			c.cookie = w.signIn(s.id("admin"), s.id("pinboard"))
			w.pass(time.Second)
			since, before := w.now(), w.state()
			if a := w.do(c); a.status != http.StatusForbidden {
				t.Errorf("%s: %d %s", row.with, a.status, a.body)
			}
			if done := changes(before, w.state()); done != "" {
				t.Errorf("%s changed\n%s", row.with, done)
			}
			if !slices.ContainsFunc(w.audited(since), func(e event) bool { return e.User == s.id("admin") && e.Data.Outcome == searchlight.Failure }) {
				t.Errorf("%s is not in the audit log", row.with)
			}
		})
	}
}
