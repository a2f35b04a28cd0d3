package sharing_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
)

// TestT07_WhoSharesWhatAtWhichLevel: rw may give both levels, r viewing only,
// - may see the object but not share it, x does not know it.
func TestT07_WhoSharesWhatAtWhichLevel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	actors := []string{"ada", "tsadmin", "eddie", "vera", "col", "norm", "xeno"}
	for object, want := range map[string]string{
		"answer":     "rw rw rw r x x x",
		"pinboard":   "rw rw rw r x x x",
		"table":      "rw rw rw - - x x",
		"upload":     "rw rw rw - x x x",
		"worksheet":  "rw rw - - x x x",
		"view":       "rw rw - - x x x",
		"sql view":   "rw rw - - x x x",
		"connection": "rw rw - - x x x",
		"region":     "rw rw rw - - x x",
		"salary":     "rw rw rw - x x x",
		"ws region":  "- - - - x x x", // goes with its worksheet
	} {
		for i, can := range strings.Fields(want) {
			for _, level := range []searchlight.Level{readOnly, modify} {
				what := actors[i] + " shares " + object + " at " + level.ShareMode()
				err := w.share(w.subject(actors[i]), object, "rob", level)
				var stored []string
				switch {
				case can == "rw", can == "r" && level == readOnly:
					if err != nil {
						w.Errorf("%s: %v", what, err)
					}
					stored = []string{"rob " + level.ShareMode() + " by " + actors[i]}
				case can == "r", can == "-":
					if searchlight.CodeOf(err) != searchlight.CodeForbidden || strings.Contains(err.Error(), "there is no object") {
						w.Errorf("%s: %v", what, err)
					}
				default:
					w.equal(what, w.message(err), "forbidden: there is no object "+object+", or you may not see it")
				}
				w.equal(what, w.grants(object), append([]string{}, stored...))
				w.update(func(tx searchlight.Tx) error { return tx.DeleteGrant(w.id(object), w.id("rob")) })
			}
		}
	}
}

func TestT07_NobodySharesWhoMayNotShareAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scoped := *w.subject("ada")
	scoped.Scope = w.id("pinboard")
	for _, object := range append(objects, "region") {
		w.equal(object, w.message(w.share(w.subject("bob"), object, "rob", readOnly)),
			"forbidden: your groups take the right to share away: DISABLE_PINBOARD_CREATION")
		w.equal(object, w.message(w.share(&scoped, object, "rob", readOnly)), "forbidden: this session may look at one object and do nothing else")
		w.equal(object, w.grants(object), []string{})
	}
	viz := sharing.ShareVizRequest{Type: searchlight.TypePinboard, Pinboard: w.id("pinboard"), Visualization: w.id("tile"), Principals: []searchlight.GUID{w.id("rob")}}
	for _, s := range []*searchlight.Subject{w.subject("bob"), &scoped} {
		if _, err := w.service.ShareViz(t.Context(), s, viz); searchlight.CodeOf(err) != searchlight.CodeForbidden {
			t.Error(err)
		}
	}
}

func TestViewersMayNotShare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.ViewersMayNotShare = true
	for _, object := range []string{"answer", "pinboard"} {
		w.equal("vera", w.message(w.share(w.subject("vera"), object, "rob", readOnly)),
			"forbidden: you may see "+object+" but not share it; only those who may change it do")
		w.must(w.share(w.subject("eddie"), object, "rob", readOnly))
		w.must(w.share(w.subject("vera"), object, "vera", noAccess)) // giving up is not sharing
	}
}

func TestT07_WithWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const unknown = "forbidden: there is no user or group %, or you may not see it"
	const all = "forbidden: sharing with the group All needs the privilege SHAREWITHALL"
	for _, tt := range []struct{ principal, ada, sam string }{
		{"rob", "", ""},
		{"sales", "", ""},
		{"west", "", ""},
		{"wendy", "", ""},
		{"All", all, ""},
		{"otto", unknown, ""},
		{"other", unknown, ""},
		{"secret", unknown, ""}, // though ada is in it
		{"sid", unknown, ""},
		{"Administrator", unknown, ""},
		{"ghost", unknown, unknown},
		{"tile", unknown, unknown}, // an object
		{"ina", "forbidden: the user ina is not active; nothing can be shared with it", "forbidden: the user ina is not active; nothing can be shared with it"},
	} {
		for actor, want := range map[string]string{"ada": tt.ada, "sam": tt.sam} {
			want = strings.ReplaceAll(want, "%", tt.principal)
			err := w.share(w.subject(actor), "pinboard", "norm", readOnly, tt.principal, readOnly)
			w.equal(actor+" to "+tt.principal, w.message(err), want)
			stored := []string{}
			if want == "" {
				stored = []string{"norm READ_ONLY by " + actor, tt.principal + " READ_ONLY by " + actor}
				if tt.principal < "norm" {
					stored[0], stored[1] = stored[1], stored[0]
				}
			}
			w.equal(actor+" to "+tt.principal, w.grants("pinboard"), stored) // all or nothing
			w.update(func(tx searchlight.Tx) error {
				return errors.Join(tx.DeleteGrant(w.id("pinboard"), w.id("norm")), tx.DeleteGrant(w.id("pinboard"), w.id(tt.principal)))
			})
		}
	}
}

func TestStatesOfRecipients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for state, ok := range map[searchlight.UserState]bool{
		searchlight.UserActive: true, searchlight.UserPending: true, searchlight.UserLocked: true,
		searchlight.UserInactive: false, searchlight.UserExpired: false, searchlight.UserSuspended: false,
	} {
		w.update(func(tx searchlight.Tx) error {
			u, err := tx.User(w.id("rob"))
			w.must(err)
			u.State = state
			return tx.UpdateUser(u)
		})
		if err := w.share(w.subject("ada"), "answer", "rob", readOnly); (err == nil) != ok {
			t.Errorf("%s: %v", state, err)
		}
		w.must(w.share(w.subject("ada"), "answer", "rob", noAccess)) // in any state
	}
}

func TestConnectionsGoToDataManagers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for principal, ok := range map[string]bool{"rob": true, "data": true, "data east": true, "norm": false, "sales": false} {
		err := w.share(w.subject("tsadmin"), "connection", principal, readOnly)
		want := ""
		if !ok {
			want = "forbidden: the connection connection can be shared only with those who hold the privilege DATAMANAGEMENT, and " + principal + " does not"
		}
		w.equal(principal, w.message(err), want)
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, id := w.subject("ada"), w.id
	some := map[searchlight.GUID]searchlight.Level{id("rob"): readOnly}
	many := make([]searchlight.GUID, 1001)
	for i := range many {
		many[i] = id("answer")
	}
	for name, tt := range map[string]struct {
		r    sharing.ShareRequest
		code searchlight.ErrorCode
	}{
		"visualization":      {sharing.ShareRequest{Type: searchlight.TypeVisualization, Objects: []searchlight.GUID{id("tile")}, Levels: some}, searchlight.CodeInvalid},
		"tag":                {sharing.ShareRequest{Type: searchlight.TypeTag, Objects: []searchlight.GUID{id("tile")}, Levels: some}, searchlight.CodeInvalid},
		"nothing":            {sharing.ShareRequest{Type: searchlight.TypeAnswer, Levels: some}, searchlight.CodeInvalid},
		"too many objects":   {sharing.ShareRequest{Type: searchlight.TypeAnswer, Objects: many, Levels: some}, searchlight.CodeTooLarge},
		"partial access":     {sharing.ShareRequest{Type: searchlight.TypeAnswer, Objects: many[:1], Levels: map[searchlight.GUID]searchlight.Level{id("rob"): partial}}, searchlight.CodeInvalid},
		"message":            {sharing.ShareRequest{Type: searchlight.TypeAnswer, Objects: many[:1], Levels: some, Notice: sharing.Notice{Message: strings.Repeat("é", 2001)}}, searchlight.CodeInvalid},
		"too many addresses": {sharing.ShareRequest{Type: searchlight.TypeAnswer, Objects: many[:1], Levels: some, Notice: sharing.Notice{Addresses: make([]string, 101)}}, searchlight.CodeTooLarge},
	} {
		if _, err := w.service.Share(t.Context(), ada, tt.r); searchlight.CodeOf(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.equal("stored", w.grants("answer"), []string{})
}

// TestT03_WrongTypesAreAbsent also holds of those who may do everything.
func TestT03_WrongTypesAreAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for object, types := range map[string][]searchlight.ObjectType{
		"answer":    {searchlight.TypePinboard, searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn, searchlight.TypeConnection},
		"worksheet": {searchlight.TypeAnswer, searchlight.TypeLogicalColumn, searchlight.TypeConnection},
		"region":    {searchlight.TypeLogicalTable, searchlight.TypeAnswer},
		"tile":      {searchlight.TypePinboard, searchlight.TypeAnswer, searchlight.TypeLogicalColumn},
		"rob":       {searchlight.TypeAnswer, searchlight.TypeLogicalTable},
		"ghost":     {searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn, searchlight.TypeConnection},
	} {
		for _, typ := range types {
			for _, actor := range []string{"ada", "tsadmin"} {
				_, err := w.service.Share(t.Context(), w.subject(actor), sharing.ShareRequest{Type: typ, Objects: []searchlight.GUID{w.id(object)},
					Levels: map[searchlight.GUID]searchlight.Level{w.id("rob"): readOnly}})
				w.equal(object+" as "+string(typ), w.message(err), "forbidden: there is no object "+object+", or you may not see it")
			}
		}
	}
}

func TestSharesOfSeveralAreAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := sharing.ShareRequest{Type: searchlight.TypeLogicalTable, Objects: []searchlight.GUID{w.id("table"), w.id("upload"), w.id("table")},
		Levels: map[searchlight.GUID]searchlight.Level{w.id("rob"): readOnly, w.id("west"): modify}}
	if _, err := w.service.Share(t.Context(), w.subject("eddie"), r); err != nil {
		t.Fatal(err)
	}
	for _, object := range []string{"table", "upload"} {
		w.equal(object, w.grants(object), []string{"rob READ_ONLY by eddie", "west MODIFY by eddie"})
	}
	w.equal("events", w.events(t.Context()), []map[string]any{{
		"type": "SHARE_OBJECTS", "outcome": "SUCCESS", "objType": "LOGICAL_TABLE", "objIds": []any{w.id("table"), w.id("upload")},
		"permissions": map[string]any{string(w.id("rob")): "READ_ONLY", string(w.id("west")): "MODIFY"},
	}})
	r.Objects = append(r.Objects, w.id("worksheet"))
	r.Levels = map[searchlight.GUID]searchlight.Level{w.id("rob"): noAccess, w.id("norm"): readOnly}
	_, err := w.service.Share(t.Context(), w.subject("eddie"), r)
	w.equal("eddie", w.message(err), "forbidden: you may see worksheet but not share it; only its author and administrators do")
	w.equal("table", w.grants("table"), []string{"rob READ_ONLY by eddie", "west MODIFY by eddie"})
	if n := len(w.events(t.Context())); n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestT09_AuthorsKeepTheirObjects: an entry for the author has no effect,
// whoever makes it.
func TestT09_AuthorsKeepTheirObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, actor := range []string{"ada", "eddie", "tsadmin", "vera"} {
		for _, level := range []searchlight.Level{noAccess, readOnly, modify} {
			w.equal(actor, w.message(w.share(w.subject(actor), "pinboard", "ada", level)), "")
			w.equal(actor, w.grants("pinboard"), []string{})
		}
	}
	w.must(w.share(w.subject("ada"), "pinboard", "rob", modify))
}

// What somebody holds through a group must not become its own, and outlive the
// membership.
func TestNobodySharesWithOneself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("answer", "west", modify)
	w.must(w.share(w.subject("wendy"), "answer", "wendy", modify))
	w.equal("wendy", w.grants("answer"), []string{"west MODIFY by ada"})
	w.must(w.share(w.subject("tsadmin"), "answer", "tsadmin", readOnly))
	w.equal("an administrator", w.grants("answer"), []string{"tsadmin READ_ONLY by tsadmin", "west MODIFY by ada"})
}

func TestTakingAway(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ actor, object, principal, by, want string }{
		{"ada", "answer", "rob", "tsadmin", ""},
		{"eddie", "answer", "rob", "ada", ""},
		{"tsadmin", "answer", "rob", "ada", ""},
		{"vera", "answer", "rob", "vera", ""},
		{"vera", "answer", "rob", "ada", "forbidden: you did not share answer with rob, and only those who may change it take away what others shared"},
		{"vera", "answer", "norm", "", "forbidden: you did not share answer with norm, and only those who may change it take away what others shared"},
		{"vera", "answer", "vera", "", ""}, // her own
		{"vera", "worksheet", "vera", "", ""},
		{"vera", "connection", "vera", "", ""},
		{"vera", "answer", "otto", "vera", ""}, // whom she knew when she shared
		{"vera", "answer", "otto", "ada", "forbidden: there is no user or group otto, or you may not see it"},
		{"vera", "answer", "otto", "", "forbidden: there is no user or group otto, or you may not see it"},
		{"ada", "answer", "otto", "", "forbidden: there is no user or group otto, or you may not see it"},
		{"ada", "answer", "All", "tsadmin", ""},
		{"ada", "answer", "norm", "", ""}, // idle
		{"col", "table", "rob", "ada", "forbidden: you did not share table with rob, and only those who may change it take away what others shared"},
		{"xeno", "answer", "rob", "ada", "forbidden: there is no object answer, or you may not see it"},
		{"xeno", "answer", "xeno", "", "forbidden: there is no object answer, or you may not see it"},
	} {
		w := newWorld(t)
		before := []string{}
		if tt.by != "" {
			w.grantBy(tt.by, tt.object, tt.principal, readOnly)
			before = w.grants(tt.object)
		}
		what := tt.actor + " takes " + tt.object + " from " + tt.principal + " by " + tt.by
		w.equal(what, w.message(w.share(w.subject(tt.actor), tt.object, tt.principal, noAccess)), tt.want)
		if tt.want == "" {
			before = []string{}
		}
		w.equal(what, w.grants(tt.object), before)
		if tt.actor == tt.principal {
			w.must(w.store.View(t.Context(), func(tx searchlight.Tx) error {
				level, err := tx.Granted([]searchlight.GUID{w.id(tt.actor)}, []searchlight.GUID{w.id(tt.object)})
				w.equal(what, level, map[searchlight.GUID]searchlight.Level{})
				return err
			}))
		}
	}
}

// Viewers neither lower what others shared, nor make it theirs to take away.
func TestViewersLeaveGrantsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("answer", "rob", modify)
	w.grant("answer", "norm", readOnly)
	w.must(w.share(w.subject("vera"), "answer", "rob", readOnly, "norm", readOnly, "wendy", readOnly))
	w.equal("vera", w.grants("answer"), []string{"norm READ_ONLY by ada", "rob MODIFY by ada", "wendy READ_ONLY by vera"})
	w.must(w.share(w.subject("eddie"), "answer", "rob", readOnly, "norm", modify))
	w.equal("eddie", w.grants("answer"), []string{"norm MODIFY by eddie", "rob READ_ONLY by eddie", "wendy READ_ONLY by vera"})
}

func TestTablesAndTheirColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.subject("ada")
	w.must(w.share(ada, "region", "rob", readOnly, "norm", readOnly))
	w.must(w.share(ada, "salary", "rob", readOnly))
	w.must(w.share(ada, "table", "rob", readOnly)) // takes the place of the columns
	w.equal("region", w.grants("region"), []string{"norm READ_ONLY by ada"})
	w.equal("table", w.grants("table"), []string{"rob READ_ONLY by ada"})
	w.must(w.share(ada, "salary", "rob", readOnly)) // has it
	w.equal("salary", w.grants("salary"), []string{})
	w.must(w.share(ada, "table", "norm", noAccess)) // with its columns
	w.equal("region", w.grants("region"), []string{})
	// What others granted on columns stays, for all who may not change the table.
	w.grant("region", "norm", readOnly)
	w.equal("vera", w.message(w.share(w.subject("vera"), "table", "norm", noAccess)),
		"forbidden: you did not share table with norm, and only those who may change it take away what others shared")
	// Who has a column gives it up by itself or with the table.
	for _, object := range []string{"region", "table"} {
		w.must(w.share(w.subject("norm"), object, "norm", noAccess))
		w.equal(object, w.grants("region"), []string{})
		w.grant("region", "norm", readOnly)
	}
	// A column that was granted for changing can be shared, the table cannot.
	w.grant("region", "norm", modify)
	w.must(w.share(w.subject("norm"), "region", "rob", readOnly, "west", modify))
	w.equal("region", w.grants("region"), []string{"norm MODIFY by ada", "west MODIFY by norm"})
	w.equal("table", w.message(w.share(w.subject("norm"), "table", "west", readOnly)),
		"forbidden: you may see table but not share it; only those who may change it do")
	w.equal("salary", w.message(w.share(w.subject("norm"), "salary", "west", readOnly)),
		"forbidden: there is no object salary, or you may not see it")
}

func TestShareViz(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("pinboard", "norm", modify)
	share := func(actor, pinboard, viz string, principals ...string) error {
		r := sharing.ShareVizRequest{Type: searchlight.TypePinboard, Pinboard: w.id(pinboard), Visualization: w.id(viz)}
		for _, p := range principals {
			r.Principals = append(r.Principals, w.id(p))
		}
		remarks, err := w.service.ShareViz(t.Context(), w.subject(actor), r)
		if err == nil {
			w.equal("remarks", remarks, []string{"the whole pinboard is shared, for viewing"})
		}
		return err
	}
	w.must(share("vera", "pinboard", "tile", "rob", "norm", "sales", "ada"))
	w.must(share("tsadmin", "pinboard", "tile", "norm", "rob")) // lowers nobody, and grants remain whose they are
	w.equal("pinboard", w.grants("pinboard"), []string{"norm MODIFY by ada", "rob READ_ONLY by vera", "sales READ_ONLY by vera"})
	w.equal("tile", w.grants("tile"), []string{})
	for _, tt := range []struct{ actor, pinboard, viz, principal, want string }{
		{"ada", "pinboard", "answer", "rob", "invalid: the pinboard pinboard has no visualization answer"},
		{"ada", "pinboard", "ghost", "rob", "invalid: the pinboard pinboard has no visualization ghost"},
		{"ada", "pinboard", "pinboard", "rob", "invalid: the pinboard pinboard has no visualization pinboard"},
		{"ada", "answer", "tile", "rob", "forbidden: there is no object answer, or you may not see it"},
		{"xeno", "pinboard", "tile", "rob", "forbidden: there is no object pinboard, or you may not see it"},
		{"xeno", "ghost", "tile", "rob", "forbidden: there is no object ghost, or you may not see it"},
		{"vera", "pinboard", "tile", "otto", "forbidden: there is no user or group otto, or you may not see it"},
		{"vera", "pinboard", "tile", "All", "forbidden: sharing with the group All needs the privilege SHAREWITHALL"},
	} {
		w.equal(tt.actor+" "+tt.viz, w.message(share(tt.actor, tt.pinboard, tt.viz, tt.principal)), tt.want)
	}
	_, err := w.service.ShareViz(t.Context(), w.subject("ada"), sharing.ShareVizRequest{Type: searchlight.TypeAnswer})
	w.equal("answer", w.message(err), `invalid: only pinboards (PINBOARD_ANSWER_BOOK) have visualizations to share, not "QUESTION_ANSWER_BOOK"`)
}

// Calls at the same time end as if one came after the other: every one is
// there, and of two that contradict each other one wins whole.
func TestConcurrentShares(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"rob", "norm", "wendy", "west", "sales", "data", "data east", "col"}
	ada, vera := w.subject("ada"), w.subject("vera")
	var group sync.WaitGroup
	for i, name := range names {
		subject, object := ada, "answer"
		if name == "data" || name == "data east" {
			object = "view"
		} else if i%2 == 1 {
			subject, object = vera, "pinboard"
		}
		for range 4 {
			group.Go(func() {
				if err := w.share(subject, object, name, readOnly); err != nil {
					t.Error(name, err)
				}
			})
		}
	}
	pair := []string{"rob", "west"}
	for i := range 20 {
		group.Go(func() {
			levels := []any{pair[0], readOnly, pair[1], modify}
			if i%2 == 1 {
				levels = []any{pair[0], modify, pair[1], readOnly}
			}
			if err := w.share(ada, "upload", levels...); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	w.equal("answer", w.grants("answer"), []string{"rob READ_ONLY by ada", "sales READ_ONLY by ada", "wendy READ_ONLY by ada"})
	w.equal("pinboard", w.grants("pinboard"), []string{"col READ_ONLY by vera", "norm READ_ONLY by vera", "west READ_ONLY by vera"})
	w.equal("view", w.grants("view"), []string{"data READ_ONLY by ada", "data east READ_ONLY by ada"})
	upload := strings.Join(w.grants("upload"), ", ")
	if upload != "rob READ_ONLY by ada, west MODIFY by ada" && upload != "rob MODIFY by ada, west READ_ONLY by ada" {
		t.Errorf("upload: %s", upload)
	}
}
