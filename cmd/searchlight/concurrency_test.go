package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	postgresstore "github.com/searchlight-bi/searchlight/store/postgres"
	sqlitestore "github.com/searchlight-bi/searchlight/store/sqlite"
)

// caller is a client for goroutines: it returns what goes wrong. Each has an
// address of its own behind the proxy that the server trusts.
type caller struct {
	base, address string
	http          *http.Client
}

func newCaller(t *testing.T, base string, n int) *caller {
	return &caller{base: base, address: fmt.Sprintf("10.1.%d.%d", n/200, 1+n%200), http: newHTTPClient(t)}
}

// trustProxy lets callers have their own addresses.
var trustProxy = []string{"--trusted-proxies", "127.0.0.0/8"}

func (c *caller) do(method, path, contentType string, body io.Reader) (answer, error) {
	// Well above what anything here takes: what waits for longer hangs.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if !strings.HasPrefix(path, "/") {
		path = apiPath + path
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("X-Requested-By", "ThoughtSpot")
	r.Header.Set("X-Forwarded-For", c.address)
	r.Header.Set("Content-Type", contentType)
	response, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, text}, err
}

func (c *caller) call(method, path string, pairs ...string) (answer, error) {
	return c.do(method, path, formType, strings.NewReader(form(pairs...).Encode()))
}

// sync calls user/sync with a file, as its clients do.
func (c *caller) sync(principals []principal, pairs ...string) (answer, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	text, err := json.Marshal(principals)
	if err != nil {
		return answer{}, err
	}
	part, err := w.CreateFormFile("principals", "principals.json")
	if err == nil {
		_, err = part.Write(text)
	}
	for i := 0; i < len(pairs); i += 2 {
		err = errors.Join(err, w.WriteField(pairs[i], pairs[i+1]))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return answer{}, err
	}
	return c.do("POST", "user/sync", w.FormDataContentType(), &body)
}

// principal is one in the list of user/sync.
type principal struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	Type        string   `json:"principalTypeEnum"`
	Groups      []string `json:"groupNames"`
}

// synced is the answer of user/sync.
type synced struct {
	UsersAdded, UsersUpdated, UsersDeleted, GroupsAdded, GroupsUpdated, GroupsDeleted []string
}

func (s synced) counts() [6]int {
	return [6]int{len(s.UsersAdded), len(s.UsersUpdated), len(s.UsersDeleted), len(s.GroupsAdded), len(s.GroupsUpdated), len(s.GroupsDeleted)}
}

// installation is a server with the fixture, and its metadata.
type installation struct {
	server *running
	admin  *client
	store  searchlight.Store // the database of the server, opened beside it
	sales  searchlight.GUID  // the table
	at     place
}

// onMetadata runs a test on each kind of metadata database.
func onMetadata(t *testing.T, test func(*testing.T, *installation)) {
	t.Run("SQLite", func(t *testing.T) {
		dir := t.TempDir()
		fill(t, dir, fixture.Data)
		r := start(t, "serve", dir, trustProxy...)
		c := login(t, r.base)
		at := place{database: "searchlight", schema: "main"}
		ids := c.mustImport(c.documents(at)...)
		store, err := sqlitestore.Open(t.Context(), filepath.Join(dir, "metadata.db"), sqlitestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		test(t, &installation{r, c, store, ids[2], at})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		metadata, dsn := pgtest.Database(t), postgres(t, fixture.Data)
		r := start(t, "serve", t.TempDir(), append(trustProxy, "--metadata-url", metadata, "--secret-key", randomKey(t))...)
		c := login(t, r.base)
		at := onPostgres(dsn)
		ids := c.mustImport(append([]string{connectionTo(t, dsn, secret)}, c.documents(at)...)...)
		store, err := postgresstore.Open(t.Context(), metadata, postgresstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		test(t, &installation{r, c, store, ids[3], at})
	})
}

func (in *installation) view(t *testing.T, f func(searchlight.Tx) error) {
	t.Helper()
	if err := in.store.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// ledger is what the server said it had done.
type ledger struct {
	mu       sync.Mutex
	changes  map[searchlight.GUID]string // by the id of the request
	idle     map[searchlight.GUID]string // what may have had nothing to do
	problems []string
}

func (l *ledger) note(into *map[searchlight.GUID]string, a answer, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *into == nil {
		*into = map[searchlight.GUID]string{}
	}
	(*into)[searchlight.GUID(a.header.Get("X-Callosum-Incident-Id"))] = what
}

func (l *ledger) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// worker is one of the clients that work side by side.
type worker struct {
	*caller
	n      int
	in     *installation
	ledger *ledger

	user, group searchlight.GUID // its own
	shared      *crowd
}

// crowd is what all workers change.
type crowd struct {
	hall, top searchlight.GUID // a group that users join, and one that groups join
}

// must makes a change, which has to succeed with one of the statuses that are
// documented for it.
func (w *worker) must(status int, method, path string, pairs ...string) (answer, bool) {
	a, err := w.call(method, path, pairs...)
	return w.check(a, err, status, method+" "+path)
}

func (w *worker) check(a answer, err error, status int, what string) (answer, bool) {
	switch {
	case err != nil:
		w.ledger.problem("worker %d: %s: %v", w.n, what, err)
	case a.status != status:
		w.ledger.problem("worker %d: %s: %d %s; want %d", w.n, what, a.status, a.body, status)
	default:
		w.ledger.note(&w.ledger.changes, a, what)
		return a, true
	}
	return a, false
}

// made creates a user or group and returns its id.
func (w *worker) made(path string, pairs ...string) (searchlight.GUID, bool) {
	a, ok := w.must(http.StatusOK, "POST", path, pairs...)
	var body struct{ Header struct{ ID searchlight.GUID } }
	if ok {
		if err := json.Unmarshal(a.body, &body); err != nil || body.Header.ID == "" {
			w.ledger.problem("worker %d: %s: %s: %v", w.n, path, a.body, err)
			return "", false
		}
	}
	return body.Header.ID, ok
}

func (w *worker) name(what string) string { return fmt.Sprintf("%s %d", what, w.n) }

// password of the workers, and what they are called.
const workerPassword = "Seven-Herrings-Swim-9"

func (w *worker) login() bool {
	_, ok := w.must(http.StatusNoContent, "POST", "session/login", "username", w.name("worker"), "password", workerPassword)
	return ok
}

// sharedPrivileges are what workers give to the group top, each one of them.
var sharedPrivileges = []searchlight.Privilege{"USERDATAUPLOADING", "DATADOWNLOADING", "DATAMANAGEMENT", "JOBSCHEDULING", "A3ANALYSIS"}

func (w *worker) run() {
	if !w.login() {
		return
	}
	var ok bool
	if w.user, ok = w.made("user", "name", w.name("user"), "displayname", "U", "usertype", "REMOTE_USER"); !ok {
		return
	}
	if w.group, ok = w.made("group", "name", w.name("group"), "displayname", "G"); !ok {
		return
	}
	steps := []func(){w.join, w.share, w.importTML, w.syncOwn, w.privilege}
	if w.n%3 == 0 {
		steps = append(steps, w.remove)
	}
	random := rand.New(rand.NewPCG(uint64(w.n), 1))
	random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps {
		step()
	}
	if _, ok := w.must(http.StatusNoContent, "POST", "session/logout"); !ok {
		return
	}
	if a, err := w.call("GET", "session/isactive"); err != nil || a.status != http.StatusUnauthorized {
		w.ledger.problem("worker %d: after the logout: %d %s %v", w.n, a.status, a.body, err)
	}
	if w.n%5 == 0 {
		w.login()
	}
}

// join puts the user into its group and into the hall, which every second
// leaves again, and the group into top.
func (w *worker) join() {
	user, group := string(w.user), string(w.group)
	w.must(http.StatusNoContent, "POST", "user/"+user+"/groups", "groupids", list(group))
	w.must(http.StatusNoContent, "POST", "group/"+string(w.shared.hall)+"/user/"+user)
	w.must(http.StatusNoContent, "POST", "group/"+string(w.shared.top)+"/groups", "principalids", list(group))
	if w.leaves() {
		w.must(http.StatusNoContent, "DELETE", "group/"+string(w.shared.hall)+"/user/"+user)
	}
}

func (w *worker) leaves() bool { return w.n%2 == 0 }

// share shares one worksheet, which all workers share at the same time.
func (w *worker) share() {
	share := func(principal searchlight.GUID, mode string) {
		w.must(http.StatusNoContent, "POST", "security/share", "type", "LOGICAL_TABLE", "id", list(string(salesSource)),
			"permission", fmt.Sprintf(`{"permissions":{%q:{"shareMode":%q}}}`, principal, mode))
	}
	share(w.user, "READ_ONLY")
	share(w.group, "MODIFY")
	if w.unshares() {
		share(w.user, "NO_ACCESS")
	}
}

func (w *worker) unshares() bool { return w.n%3 == 0 }

// importTML makes a worksheet, changes it, and changes one that all change.
func (w *worker) importTML() {
	own := w.sheet(fixture.ID(10_000+w.n), "Sheet")
	common := strings.Replace(worksheetDocument(fixture.OrdersDefinition()), `"worksheet":{`, fmt.Sprintf(`"worksheet":{"description":%q,`, w.name("by worker")), 1)
	w.mustImport(own, strings.Replace(own, "first", "second", 1), common)
	w.must(http.StatusNoContent, "POST", "metadata/assigntag", "id", list(string(fixture.ID(10_000+w.n))), "type", list("LOGICAL_TABLE"), "tagname", list("busy"))
}

// sheet is the TML of a small worksheet.
func (w *worker) sheet(id searchlight.GUID, name string) string {
	return document(id, "worksheet", object{"name": w.name(name), "description": "first",
		"tables": []object{{"name": "stores"}}, "table_paths": []object{{"id": "stores_1", "table": "stores", "join_path": []object{{}}}},
		"worksheet_columns": []object{{"name": "City", "column_id": "stores_1::city", "properties": object{"column_type": "ATTRIBUTE"}}}})
}

// mustImport imports documents one by one.
func (w *worker) mustImport(documents ...string) {
	for _, text := range documents {
		a, ok := w.must(http.StatusOK, "POST", "metadata/tml/import", "import_policy", "ALL_OR_NONE", "import_objects", list(text))
		if ok && bytes.Contains(a.body, []byte(`"ERROR"`)) {
			w.ledger.problem("worker %d: import: %s", w.n, a.body)
		}
	}
}

// syncOwn makes a group with two users in one go.
func (w *worker) syncOwn() {
	group := w.name("synced group")
	list := []principal{{group, "SG", "LOCAL_GROUP", []string{}}}
	for _, name := range []string{"synced a", "synced b"} {
		list = append(list, principal{w.name(name), "SU", "REMOTE_USER", []string{group}})
	}
	a, err := w.sync(list, "applyChanges", "true", "removeDeleted", "false")
	if a, ok := w.check(a, err, http.StatusOK, "POST user/sync"); ok {
		var got synced
		if err := json.Unmarshal(a.body, &got); err != nil || got.counts() != [6]int{2, 0, 0, 1, 0, 0} {
			w.ledger.problem("worker %d: sync: %s %v", w.n, a.body, err)
		}
	}
}

// remove makes a user, a group and a worksheet, shares with both, and deletes
// them.
func (w *worker) remove() {
	user, ok := w.made("user", "name", w.name("gone user"), "displayname", "U", "usertype", "REMOTE_USER")
	if !ok {
		return
	}
	group, ok := w.made("group", "name", w.name("gone group"), "displayname", "G")
	if !ok {
		return
	}
	sheet := fixture.ID(20_000 + w.n)
	w.mustImport(w.sheet(sheet, "gone sheet"))
	w.must(http.StatusNoContent, "POST", "group/"+string(group)+"/user/"+string(user))
	w.must(http.StatusNoContent, "POST", "security/share", "type", "LOGICAL_TABLE", "id", list(string(salesSource), string(sheet)),
		"permission", fmt.Sprintf(`{"permissions":{%q:{"shareMode":"MODIFY"},%q:{"shareMode":"READ_ONLY"}}}`, user, group))
	w.must(http.StatusNoContent, "DELETE", "user/"+string(user))
	w.must(http.StatusNoContent, "DELETE", "group/"+string(group))
	w.must(http.StatusNoContent, "POST", "metadata/delete", "type", "LOGICAL_TABLE", "id", list(string(sheet)))
}

// privilege gives top a privilege, which it may have from another worker.
func (w *worker) privilege() {
	privilege := sharedPrivileges[w.n%len(sharedPrivileges)]
	a, err := w.call("POST", "group/addprivilege", "privilege", string(privilege), "groupNames", list("top"))
	if err != nil || a.status != http.StatusNoContent {
		w.ledger.problem("worker %d: addprivilege: %d %s %v", w.n, a.status, a.body, err)
	}
	w.ledger.note(&w.ledger.idle, a, "POST group/addprivilege")
}

// TestHundredClients lets clients, a hundred in make test, change users, groups,
// memberships, grants and objects at the same time: everything that the server says it has
// done is done, and in the audit log, once.
func TestHundredClients(t *testing.T) {
	t.Parallel()
	onMetadata(t, func(t *testing.T, in *installation) {
		workers := testsize.Times(25)
		first := newCaller(t, in.server.base, 0)
		first.http = in.admin.http
		var list []principal
		for n := range workers {
			list = append(list, principal{fmt.Sprintf("worker %d", n), "W", "LOCAL_USER", []string{"Administrator"}})
		}
		list = append(list, principal{"hall", "Hall", "LOCAL_GROUP", nil}, principal{"top", "Top", "LOCAL_GROUP", nil})
		if a, err := first.sync(list, "applyChanges", "true", "removeDeleted", "false", "password", workerPassword); err != nil || a.status != http.StatusOK {
			t.Fatalf("%d %s %v", a.status, a.body, err)
		}
		if a, err := first.call("POST", "metadata/create", "type", "TAG", "name", "busy"); err != nil || a.status != http.StatusOK {
			t.Fatalf("%d %s %v", a.status, a.body, err)
		}
		before := in.state(t)
		shared := &crowd{before.group("hall").ID, before.group("top").ID}

		var l ledger
		var group sync.WaitGroup
		all := make([]*worker, workers)
		began := time.Now()
		for n := range all {
			all[n] = &worker{caller: newCaller(t, in.server.base, n), n: n, in: in, ledger: &l, shared: shared}
			group.Go(all[n].run)
		}
		group.Wait()
		t.Logf("%d changes in %s", len(l.changes), time.Since(began).Round(time.Millisecond))
		for _, p := range l.problems[:min(len(l.problems), 20)] {
			t.Error(p)
		}
		if t.Failed() {
			t.Fatalf("%d problems", len(l.problems))
		}
		after := in.state(t)
		after.checkPrincipals(t, all)
		after.checkObjects(t, before, all)
		after.checkAudit(t, before, &l)
		if log := in.server.stderr.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
			t.Errorf("the log complains: %s", log)
		}
	})
}

// state is what the metadata holds of principals, grants and objects.
type state struct {
	users       map[string]searchlight.User
	groups      map[string]searchlight.Group
	names       map[searchlight.GUID]string // of users and groups
	memberships *searchlight.Memberships
	grants      map[searchlight.GUID]map[string]searchlight.Level // by object and the name of the principal
	objects     map[string]searchlight.Object
	tagged      int                                          // worksheets with the tag that all use
	success     map[searchlight.GUID][]searchlight.EventType // audit records of what was done, by request
}

func (s *state) group(name string) searchlight.Group { return s.groups[name] }

// principals is the part of the state that is about users and groups.
func (in *installation) principals(t *testing.T) *state {
	t.Helper()
	s := &state{users: map[string]searchlight.User{}, groups: map[string]searchlight.Group{}, names: map[searchlight.GUID]string{}}
	in.view(t, func(tx searchlight.Tx) error {
		users, err := tx.Users()
		if err != nil {
			return err
		}
		for _, u := range users {
			s.users[u.Name], s.names[u.ID] = u, u.Name
		}
		groups, err := tx.Groups()
		if err != nil {
			return err
		}
		for _, g := range groups {
			s.groups[g.Name], s.names[g.ID] = g, g.Name
		}
		s.memberships, err = tx.Memberships()
		return err
	})
	return s
}

func (in *installation) state(t *testing.T) *state {
	t.Helper()
	s := in.principals(t)
	s.grants, s.objects = map[searchlight.GUID]map[string]searchlight.Level{}, map[string]searchlight.Object{}
	s.success = map[searchlight.GUID][]searchlight.EventType{}
	in.view(t, func(tx searchlight.Tx) error {
		admin, err := tx.Subject(searchlight.AdminUserID)
		if err != nil {
			return err
		}
		page, err := tx.Headers(searchlight.ListQuery{Viewer: admin, Types: []searchlight.ObjectType{searchlight.TypeLogicalTable}})
		if err != nil {
			return err
		}
		for _, h := range page.Headers {
			o, err := tx.Object(h.ID)
			if err != nil {
				return err
			}
			s.objects[h.Name] = *o
		}
		page, err = tx.Headers(searchlight.ListQuery{Viewer: admin, Types: []searchlight.ObjectType{searchlight.TypeLogicalTable}, Tags: []string{"busy"}})
		if err != nil {
			return err
		}
		s.tagged = len(page.Headers)
		grants, err := tx.Grants(salesSource)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if s.grants[g.Object] == nil {
				s.grants[g.Object] = map[string]searchlight.Level{}
			}
			s.grants[g.Object][s.names[g.Principal]] = g.Level
		}
		if _, err := searchlight.VerifyAudit(tx); err != nil {
			return err
		}
		return tx.AuditLog(time.Time{}, time.Time{}, func(r *searchlight.Record) error {
			var entry struct {
				Type searchlight.EventType
				Data struct {
					Outcome   searchlight.Outcome
					RequestID searchlight.GUID
				}
			}
			if err := json.Unmarshal(r.Entry, &entry); err != nil {
				return err
			}
			if entry.Data.Outcome == searchlight.Success && entry.Data.RequestID != "" {
				s.success[entry.Data.RequestID] = append(s.success[entry.Data.RequestID], entry.Type)
			}
			return nil
		})
	})
	return s
}

// namesOf translates ids, sorted by name.
func (s *state) namesOf(ids []searchlight.GUID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.names[id]
	}
	slices.Sort(names)
	return names
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q; want %q", what, got, want)
	}
}

func (s *state) checkPrincipals(t *testing.T, workers []*worker) {
	t.Helper()
	for _, w := range workers {
		if u := s.users[w.name("user")]; u.ID != w.user || u.Type != "REMOTE_USER" {
			t.Errorf("user of worker %d: %+v", w.n, u)
		}
		in := []string{"All", w.name("group")}
		if !w.leaves() {
			in = append(in, "hall")
		}
		same(t, w.name("user"), s.namesOf(s.memberships.Users[w.user]), in)
		same(t, w.name("group"), s.namesOf(s.memberships.Groups[w.group]), []string{"top"})
		for _, name := range []string{"synced a", "synced b"} {
			same(t, w.name(name), s.namesOf(s.memberships.Users[s.users[w.name(name)].ID]), []string{"All", w.name("synced group")})
		}
		for _, name := range []string{"gone user", "gone group"} {
			_, user := s.users[w.name(name)]
			_, group := s.groups[w.name(name)]
			if user || group {
				t.Errorf("%s is still there", w.name(name))
			}
		}
	}
	if got, want := len(s.users), 4+len(workers)*4; got != want {
		t.Errorf("%d users; want %d", got, want)
	}
	if got, want := len(s.groups), 3+2+len(workers)*2; got != want {
		t.Errorf("%d groups; want %d", got, want)
	}
	privileges := slices.Sorted(slices.Values(s.groups["top"].Privileges))
	if want := slices.Sorted(slices.Values(sharedPrivileges)); !slices.Equal(privileges, want) {
		t.Errorf("the privileges of top are %v; want %v", privileges, want)
	}
	for _, members := range []map[searchlight.GUID][]searchlight.GUID{s.memberships.Users, s.memberships.Groups} {
		for member, groups := range members {
			if s.names[member] == "" || slices.Contains(s.namesOf(groups), "") {
				t.Errorf("%s is in %v, of which one is not there", member, groups)
			}
		}
	}
}

func (s *state) checkObjects(t *testing.T, before *state, workers []*worker) {
	t.Helper()
	granted := map[string]searchlight.Level{}
	for _, w := range workers {
		granted[w.name("group")] = searchlight.Modify
		if !w.unshares() {
			granted[w.name("user")] = searchlight.ReadOnly
		}
		sheet := s.objects[w.name("Sheet")]
		if sheet.ID != fixture.ID(10_000+w.n) || sheet.Description == nil || *sheet.Description != "second" || sheet.Version != 2 || s.names[sheet.Author] != w.name("worker") {
			t.Errorf("%s: %+v", w.name("Sheet"), sheet.Header)
		}
	}
	for name, level := range s.grants[salesSource] {
		if granted[name] != level {
			t.Errorf("%q was granted %v; want %v", name, level, granted[name])
		}
	}
	if len(s.grants[salesSource]) != len(granted) {
		t.Errorf("%d grants; want %d", len(s.grants[salesSource]), len(granted))
	}
	if got, want := len(s.objects), len(before.objects)+len(workers); got != want {
		t.Errorf("%d tables and worksheets; want %d", got, want)
	}
	if s.tagged != len(workers) {
		t.Errorf("%d worksheets have the tag; want %d", s.tagged, len(workers))
	}
	// Each import of the common worksheet counts.
	name := fixture.OrdersDefinition().Header.Name
	if got, want := s.objects[name].Version, before.objects[name].Version+int64(len(workers)); got != want {
		t.Errorf("the common worksheet has version %d; want %d", got, want)
	}
}

// checkAudit compares what the server said it had done with the log.
func (s *state) checkAudit(t *testing.T, before *state, l *ledger) {
	t.Helper()
	for id, what := range l.changes {
		if len(s.success[id]) == 0 {
			t.Errorf("%s (%s) is not in the audit log", what, id)
		}
		counted := map[searchlight.EventType]int{}
		for _, event := range s.success[id] {
			if counted[event]++; counted[event] > 1 {
				t.Errorf("%s (%s) is in the audit log more than once: %v", what, id, s.success[id])
			}
		}
	}
	given := 0
	for id, events := range s.success {
		_, changed := l.changes[id]
		_, idle := l.idle[id]
		_, old := before.success[id]
		if idle {
			given++
		}
		if !changed && !idle && !old {
			t.Errorf("the audit log has %v by request %s, which nobody made", events, id)
		}
	}
	if given != len(sharedPrivileges) {
		t.Errorf("%d changes of privileges are in the audit log; want %d", given, len(sharedPrivileges))
	}
}
