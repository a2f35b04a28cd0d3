package sharing_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
)

func TestListAs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		for i, object := range []string{"mine", "west's", "everybody's"} {
			w.must(tx.CreateObject(&searchlight.Object{Content: json.RawMessage(`{}`), Header: searchlight.Header{ID: w.id(object), Type: searchlight.TypeAnswer,
				Name: object, Author: w.id([]string{"wendy", "ada", "tsadmin"}[i]), Created: start, Modified: start, Owner: w.id(object)}}))
		}
		return nil
	})
	w.grant("west's", "west", modify)
	w.grant("everybody's", "All", readOnly)
	w.grant("pinboard", "sales", readOnly)
	w.grant("table", "Administrator", readOnly)
	user, group := searchlight.TypeUser, searchlight.TypeUserGroup
	const everything = "answer, everybody's, mine, pinboard, sql view, table, upload, view, west's, worksheet"
	const others = "forbidden: only administrators ask for what others may see"
	for _, tt := range []struct {
		actor     string
		kind      searchlight.ObjectType
		principal string
		level     searchlight.Level
		want      string
	}{
		{"wendy", user, "", readOnly, "everybody's, mine, pinboard, west's"},
		{"wendy", user, "wendy", noAccess, "everybody's, mine, pinboard, west's"},
		{"wendy", "", "wendy", modify, "mine, west's"},
		{"col", user, "", noAccess, "everybody's, pinboard, table"}, // one column of the table
		{"col", user, "", modify, ""},
		{"tsadmin", user, "", modify, everything},
		{"tsadmin", user, "wendy", readOnly, "everybody's, mine, pinboard, west's"},
		{"tsadmin", "", "wendy", modify, "mine, west's"},
		{"tsadmin", user, "tsadmin", readOnly, everything},
		{"tsadmin", group, "west", readOnly, "pinboard, west's"},
		{"tsadmin", "", "sales", readOnly, "pinboard"},
		{"tsadmin", group, "sales", modify, ""},
		{"tsadmin", group, "All", readOnly, "everybody's"},
		{"tsadmin", group, "Administrator", readOnly, "table"}, // shared with it; its members may do everything
		{"tsadmin", group, "", readOnly, "everybody's, pinboard, table, west's"},
		{"tsadmin", group, "", modify, "west's"},
		{"tsadmin", "", "", readOnly, everything},
		{"tsadmin", user, "west", readOnly, "not_found: there is no such user or group: west"},
		{"tsadmin", group, "wendy", readOnly, "not_found: there is no such user or group: wendy"},
		{"tsadmin", "", "ghost", readOnly, "not_found: there is no such user or group: ghost"},
		{"tsadmin", searchlight.TypeAnswer, "", readOnly, `invalid: "QUESTION_ANSWER_BOOK" is no kind of principal; it is USER or USER_GROUP`},
		{"wendy", user, "rob", readOnly, others},
		{"wendy", user, "ghost", readOnly, others},
		{"wendy", group, "west", readOnly, others},
		{"wendy", group, "ghost", readOnly, others},
		{"wendy", group, "wendy", readOnly, others},
		{"wendy", group, "", readOnly, others},
		{"wendy", "", "ghost", readOnly, others},
		{"wendy", "", "", readOnly, others},
		{"sam", user, "wendy", readOnly, others},
	} {
		r := sharing.ListAsRequest{Type: tt.kind, AtLeast: tt.level}
		if tt.principal != "" {
			r.Principal = w.id(tt.principal)
		}
		got := ""
		page, err := w.service.ListAs(t.Context(), w.subject(tt.actor), r)
		if err != nil {
			got = w.message(err)
		} else {
			var names []string
			for _, h := range page.Headers {
				names = append(names, h.Name)
			}
			slices.Sort(names)
			got = strings.Join(names, ", ")
		}
		w.equal(strings.Join([]string{tt.actor, string(tt.kind), tt.principal, tt.level.ShareMode()}, " "), got, tt.want)
	}
	scoped := *w.subject("wendy")
	scoped.Scope = w.id("mine")
	if _, err := w.service.ListAs(t.Context(), &scoped, sharing.ListAsRequest{Type: user}); searchlight.CodeOf(err) != searchlight.CodeForbidden {
		t.Error(err)
	}
}

func TestListAsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		tag := w.id("red")
		w.must(tx.CreateObject(&searchlight.Object{Content: json.RawMessage(`{"color":"red"}`), Header: searchlight.Header{ID: tag, Type: searchlight.TypeTag,
			Name: "red", Author: searchlight.AdminUserID, Created: start, Modified: start, Owner: tag}}))
		return tx.TagObject(w.id("view"), tag)
	})
	var names []string
	for offset := 0; ; offset += 2 {
		page, err := w.service.ListAs(t.Context(), w.subject("tsadmin"), sharing.ListAsRequest{Principal: w.id("vera"), Pattern: "e", Offset: offset, Limit: 2})
		w.must(err)
		for _, h := range page.Headers {
			names = append(names, h.Name)
			w.equal("author", page.Details.Authors[h.Author], searchlight.Author{Name: "ada", DisplayName: "Ada"})
			if tags := page.Details.Tags[h.ID]; (len(tags) == 1) != (h.Name == "view") {
				t.Errorf("tags of %s: %v", h.Name, tags)
			}
		}
		if !page.More {
			break
		}
	}
	slices.Sort(names)
	w.equal("names", names, []string{"answer", "sql view", "table", "view", "worksheet"})
}

func TestAuthorsOfManyAndOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error {
		for i := range 70 {
			name := fmt.Sprintf("author %02d", i)
			w.addUser(tx, name, searchlight.UserActive)
			id := w.id("of " + name)
			w.must(tx.CreateObject(&searchlight.Object{Content: json.RawMessage(`{}`), Header: searchlight.Header{ID: id, Type: searchlight.TypeAnswer,
				Name: "of " + name, Author: w.id(name), Created: start, Modified: start, Owner: id}}))
		}
		return tx.DeleteUser(w.id("author 07"))
	})
	for _, limit := range []int{0, 30} {
		page, err := w.service.ListAs(t.Context(), w.subject("tsadmin"), sharing.ListAsRequest{Pattern: "of author", Limit: limit})
		w.must(err)
		if n := len(page.Headers); n != 70 && n != limit {
			t.Errorf("%d headers", n)
		}
		for _, h := range page.Headers {
			name, ok := strings.CutPrefix(h.Name, "of ")
			want := searchlight.Author{Name: name, DisplayName: "Author" + strings.TrimPrefix(name, "author")}
			if name == "author 07" {
				want = searchlight.Author{}
			}
			if got := page.Details.Authors[h.Author]; !ok || got != want {
				t.Errorf("the author of %s is %v", h.Name, got)
			}
		}
	}
}
