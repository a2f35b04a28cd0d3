package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/internal/app"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/store/storetest"
)

// The budgets of a page of 50 headers and of a user/sync of 10,000 principals.
const (
	pageBudget = 10 * time.Millisecond
	syncBudget = 2 * time.Second
)

// lists are the pages that are shown, by their names in storetest.Pages.
var lists = []struct{ name, title string }{
	{"Default", "answers, pinboards, tables; latest first"},
	{"OneType", "LOGICAL_TABLE"},
	{"Worksheets", "LOGICAL_TABLE, worksheets alone"},
	{"Connections", "DATA_SOURCE, of which there are none"},
	{"ByName", "by name"},
	{"ByCreated", "by creation"},
	{"ByAuthor", "by author"},
	{"Mine", "category MY"},
	{"CommonPattern", "a pattern that most match"},
	{"RarePattern", "a pattern that few match"},
	{"SecondPage", "from the 50th on"},
	{"Far", "from the 5,000th on"},
	{"Deep", "from the 40,000th on"},
	{"Columns", "LOGICAL_COLUMN"},
	{"ColumnsByName", "LOGICAL_COLUMN by name"},
	{"ColumnsRarePattern", "LOGICAL_COLUMN, a pattern that few match"},
	{"Users", "USER"},
	{"UsersByAuthor", "USER by author"},
	{"UsersRarePattern", "USER, a pattern that two match"},
	{"Groups", "USER_GROUP"},
}

// lookers are who asks for a list, by their names in storetest.Pages.
var lookers = []struct{ name, title string }{
	{"Admin", "administrator"},
	{"Few", "sees 50 objects"},
	{"Many", "sees 50,000 through 64 principals"},
	{"ManyByOne", "sees 50,000 through one group"},
	{"Old", "sees the 3,000 oldest"},
}

// metadataAtSize measures the metadata of a large installation, in a file and
// on the PostgreSQL server that the tests use, if there is one.
func metadataAtSize(ctx context.Context, o options, out io.Writer) error {
	if err := metadataOn(ctx, "SQLite", "", func() error { return nil }, o, out); err != nil {
		return err
	}
	server := os.Getenv(pgtest.ServerVariable)
	if server == "" {
		fmt.Fprintf(out, "\nNothing is measured on PostgreSQL: %s is not set.\n", pgtest.ServerVariable)
		return nil
	}
	dsn, drop, err := pgtest.Create(ctx, server)
	if err != nil {
		return err
	}
	// What autovacuum does some time after a mass of writing.
	settle := func() error { return pgtest.Execute(ctx, dsn, "VACUUM ANALYZE") }
	return errors.Join(metadataOn(ctx, "PostgreSQL", dsn, settle, o, out), drop())
}

func metadataOn(ctx context.Context, database, dsn string, settle func() error, o options, out io.Writer) error {
	s, err := openSiteOn(ctx, dsn, func(*app.App) error { return nil })
	if err != nil {
		return err
	}
	for _, measure := range []func() error{
		// First, while the store is small: a sync of a new installation.
		func() error { return measureSync(ctx, s, database, o, out) },
		func() error { return storetest.Populate(ctx, s.app.Store, o.objects) },
		settle,
		func() error { return measureLists(ctx, s, database, o, out) },
		func() error { return measureLogin(ctx, s, database, o, out) },
	} {
		if err = measure(); err != nil {
			break
		}
	}
	return errors.Join(err, s.close())
}

// measured runs f several times and returns how long it took each time.
func measured(o options, f func() error) (timings, error) {
	var times timings
	began := time.Now()
	for round := range o.rounds + 1 {
		if round > 3 && time.Since(began) > o.longest {
			break
		}
		start := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		if round > 0 { // the first one warms up
			times = append(times, time.Since(start))
		}
	}
	return times, nil
}

// measureLists measures what the database is asked for a page of 50: the
// headers alone, as metadata/listobjectheaders shows them, and with authors and
// tags, as metadata/list and listas do.
func measureLists(ctx context.Context, s *site, database string, o options, out io.Writer) error {
	pages, err := storetest.Pages(ctx, s.app.Store)
	if err != nil {
		return err
	}
	queries := make(map[string]searchlight.ListQuery, len(pages))
	for _, p := range pages {
		queries[p.Name] = p.Query
	}
	fmt.Fprintf(out, "\n## %s: a page of 50 out of %s objects, ms of database time (ratio to the budget of %d ms)\n\n", database, grouped(o.objects), pageBudget.Milliseconds())
	fmt.Fprint(out, "| list |")
	for _, l := range lookers {
		fmt.Fprintf(out, " %s |", l.title)
	}
	fmt.Fprintf(out, "\n| --- |%s\n", strings.Repeat(" ---: |", len(lookers)))
	row := func(title string, named func(looker string) string, details bool) error {
		fmt.Fprintf(out, "| %s |", title)
		for _, l := range lookers {
			q, ok := queries[named(l.name)]
			if !ok {
				fmt.Fprint(out, " |")
				continue
			}
			median, err := measureList(ctx, s.app.Store, q, details, o)
			if err != nil {
				return fmt.Errorf("%s: %w", title, err)
			}
			fmt.Fprintf(out, " %.2f (%.2f) |", milliseconds(median), float64(median)/float64(pageBudget))
		}
		fmt.Fprintln(out)
		return nil
	}
	for _, l := range lists {
		if err := row(l.title, func(looker string) string { return looker + "/" + l.name }, false); err != nil {
			return err
		}
	}
	for _, l := range []struct{ suffix, title string }{
		{"", "listas, an administrator asks"}, {"Modify", "listas, the same for MODIFY"}, {"Self", "listas, of oneself"},
	} {
		if err := row(l.title, func(looker string) string { return "ListAs/" + looker + l.suffix }, true); err != nil {
			return err
		}
	}
	return row("metadata/list: the first row with authors and tags", func(looker string) string { return looker + "/Default" }, true)
}

func measureList(ctx context.Context, store searchlight.Store, q searchlight.ListQuery, details bool, o options) (time.Duration, error) {
	times, err := measured(o, func() error {
		return store.View(ctx, func(tx searchlight.Tx) error {
			page, err := tx.Headers(q)
			if err == nil && details {
				_, err = searchlight.DetailsOf(tx, page.Headers)
			}
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	return times.median(), nil
}

// company is a list for user/sync: one group for nine users, each inside one of
// the level above and five levels deep, and users in five of them. round is in
// all display names.
func company(principals, round int) ([]byte, error) {
	const levels = 5
	type principal struct {
		Name        string   `json:"name"`
		DisplayName string   `json:"displayName"`
		Type        string   `json:"principalTypeEnum"`
		GroupNames  []string `json:"groupNames"`
	}
	perLevel := max(1, principals/10/levels)
	group := func(level, n int) string { return fmt.Sprintf("Group %d.%d", level, n%perLevel) }
	var list []principal
	for level := range levels {
		for n := range perLevel {
			p := principal{group(level, n), fmt.Sprintf("G %d.%d (%d)", level, n, round), "LOCAL_GROUP", []string{}}
			if level > 0 {
				p.GroupNames = append(p.GroupNames, group(level-1, n))
			}
			list = append(list, p)
		}
	}
	for n := range principals - len(list) {
		p := principal{fmt.Sprintf("Person %d", n), fmt.Sprintf("P %d (%d)", n, round), "LOCAL_USER", []string{"All"}}
		for level := range levels {
			p.GroupNames = append(p.GroupNames, group(level, n*(level+1)))
		}
		list = append(list, p)
	}
	return json.Marshal(list)
}

// synced calls user/sync and checks what it says it did.
func (s *site) synced(ctx context.Context, principals []byte, remove bool, added, updated, deleted int) error {
	var body, answer bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("principals", "principals.json")
	if err == nil {
		_, err = part.Write(principals)
	}
	for name, value := range map[string]string{"applyChanges": "true", "removeDeleted": fmt.Sprint(remove), "password": "Blue-Whale-42-Song"} {
		err = errors.Join(err, w.WriteField(name, value))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	if _, err := s.postBody(ctx, "/user/sync", w.FormDataContentType(), &body, &answer); err != nil {
		return err
	}
	var got struct{ UsersAdded, UsersUpdated, UsersDeleted, GroupsAdded, GroupsUpdated, GroupsDeleted []string }
	if err := json.Unmarshal(answer.Bytes(), &got); err != nil {
		return err
	}
	if a, u, d := len(got.UsersAdded)+len(got.GroupsAdded), len(got.UsersUpdated)+len(got.GroupsUpdated), len(got.UsersDeleted)+len(got.GroupsDeleted); a != added || u != updated || d != deleted {
		return fmt.Errorf("user/sync: %d added, %d updated, %d deleted; want %d, %d, %d", a, u, d, added, updated, deleted)
	}
	return nil
}

// measureSync measures user/sync over HTTP: a whole company that is new, the
// same again, all of it changed, and all of it deleted.
func measureSync(ctx context.Context, s *site, database string, o options, out io.Writer) error {
	const rounds = 3
	first, err := company(o.principals, 0)
	if err != nil {
		return err
	}
	second, err := company(o.principals, 1)
	if err != nil {
		return err
	}
	steps := []struct {
		title                   string
		list                    []byte
		remove                  bool
		added, updated, deleted int
		times                   timings
	}{
		{title: "all are new", list: first, added: o.principals},
		{title: "nothing differs", list: first},
		{title: "all differ", list: second, updated: o.principals},
		{title: "all are deleted", list: []byte("[]"), remove: true, deleted: o.principals},
	}
	for range min(rounds, o.rounds) {
		for i := range steps {
			step := &steps[i]
			start := time.Now()
			if err := s.synced(ctx, step.list, step.remove, step.added, step.updated, step.deleted); err != nil {
				return fmt.Errorf("%s: %w", step.title, err)
			}
			step.times = append(step.times, time.Since(start))
		}
	}
	fmt.Fprintf(out, "\n## %s: user/sync of %s principals over HTTP\n\n| | s | ratio to the budget of %.0f s |\n| --- | ---: | ---: |\n", database, grouped(o.principals), syncBudget.Seconds())
	for _, step := range steps {
		median := step.times.median()
		fmt.Fprintf(out, "| %s | %.2f | %.2f |\n", step.title, median.Seconds(), median.Seconds()/syncBudget.Seconds())
	}
	return nil
}

// measureLogin compares signing in over HTTP with the hash of the password
// alone, in turns.
func measureLogin(ctx context.Context, s *site, database string, o options, out io.Writer) error {
	const password = "Blue-Whale-42-Song"
	hasher := auth.NewHasher(auth.Params{}, nil)
	hash, err := hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	if err := s.app.SetPassword(ctx, searchlight.AdminUserName, password); err != nil {
		return err
	}
	// Whoever has no cookie has no other session, which would be ended first.
	stranger := *s
	stranger.client = &http.Client{Transport: s.client.Transport}
	var alone timings
	both, err := measured(o, func() error {
		start := time.Now()
		if _, _, err := hasher.Verify(ctx, hash, password); err != nil {
			return err
		}
		alone = append(alone, time.Since(start))
		return stranger.login(ctx, password)
	})
	if err != nil {
		return err
	}
	alone = alone[1:]
	whole := both.minus(alone)
	fmt.Fprintf(out, "\n## %s: session/login\n\n| | ms |\n| --- | ---: |\n", database)
	fmt.Fprintf(out, "| argon2 alone | %.2f |\n| session/login over HTTP | %.2f |\n| ratio | %.3f |\n",
		milliseconds(alone.median()), milliseconds(whole.median()), float64(whole.median())/float64(alone.median()))
	return nil
}
