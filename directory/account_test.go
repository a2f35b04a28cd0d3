package directory_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

func rawMap(text string) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		panic(err)
	}
	return m
}

const better = "Another Horse 8"

// knows reports whether a password is that of a user.
func (b *bench) knows(id searchlight.GUID, password string) bool {
	b.Helper()
	match, _, err := b.service.Hasher.Verify(b.Context(), b.user(id).PasswordHash, password)
	b.must(err)
	return match
}

func TestUpdatePassword(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.ann.User.ID
	this, other, roots := b.session(ann, 1), b.session(ann, 2), b.session(b.root.User.ID, 3)

	own, err := b.service.UpdatePassword(b.Context(), b.ann, directory.PasswordChange{Name: "ANN", Current: good, New: better, Keep: this})
	b.must(err)
	sessions, tokens := b.alive(this, other, roots)
	b.equal([]any{own, b.knows(ann, better), b.user(ann).MustChangePassword, sessions, tokens}, []any{true, true, false, []byte{1, 3}, []byte{3}})
	b.equal(b.lastEvents(1), []event{{"UPDATE_PASSWORD", "ann", map[string]any{"user": named(ann, "ann")}}})

	// An administrator proves to be one, or knows the user's password.
	b.must(update(directory.UserChange{State: new(searchlight.UserLocked)})(b, ann))
	for i, current := range []string{good, "Third Horse 91"} {
		this := b.session(ann, 1)
		next := []string{"Third Horse 91", "Fourth Horse 92"}[i]
		own, err = b.service.UpdatePassword(b.Context(), b.root, directory.PasswordChange{Name: "ann", Current: current, New: next, Keep: roots})
		b.must(err)
		sessions, _ := b.alive(this, roots)
		u := b.user(ann)
		b.equal([]any{own, b.knows(ann, next), u.MustChangePassword, u.State, sessions}, []any{false, true, true, searchlight.UserActive, []byte{3}})
	}
}

func TestUpdatePasswordRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create(b.root, directory.NewUser{Name: "sso", Type: searchlight.SAMLUser})
	for _, tt := range []struct {
		by   *searchlight.Subject
		w    directory.PasswordChange
		code searchlight.ErrorCode
		text string
	}{
		{b.ann, directory.PasswordChange{Name: "ann", Current: good, New: good}, searchlight.CodeInvalid, "New password cannot be the same as current password"},
		{b.ann, directory.PasswordChange{Name: "ann", Current: good, New: "short"}, searchlight.CodeInvalid, "password"},
		{b.ann, directory.PasswordChange{Name: "ann", Current: good, New: strings.Repeat("aB3", 1<<18)}, searchlight.CodeInvalid, "256 bytes"},
		{b.ann, directory.PasswordChange{Name: "root", Current: good, New: better}, searchlight.CodeForbidden, "only administrators"},
		{b.ann, directory.PasswordChange{Name: "nobody", Current: good, New: better}, searchlight.CodeForbidden, "only administrators"},
		{b.root, directory.PasswordChange{Name: "nobody", Current: good, New: better}, searchlight.CodeNotFound, "no user"},
		{b.root, directory.PasswordChange{Name: "sso", Current: good, New: better}, searchlight.CodeInvalid, "no password here"},
		{b.root, directory.PasswordChange{Name: "su", Current: good, New: better}, searchlight.CodeForbidden, "built in"},
	} {
		b.unchanged(func() {
			_, err := b.service.UpdatePassword(b.Context(), tt.by, tt.w)
			b.refused(err, tt.code, tt.text)
		})
	}
	// Wrong passwords change no more than the number of failures.
	for _, tt := range []struct {
		by    *searchlight.Subject
		w     directory.PasswordChange
		fails int
	}{
		{b.ann, directory.PasswordChange{Name: "ann", Current: better, New: better}, 1},
		{b.ann, directory.PasswordChange{Name: "ann", Current: strings.Repeat("x", 1<<20), New: better}, 2},
		{b.root, directory.PasswordChange{Name: "ann", Current: "wrong", New: better}, 1},
	} {
		before := b.user(tt.by.User.ID)
		_, err := b.service.UpdatePassword(b.Context(), tt.by, tt.w)
		b.refused(err, searchlight.CodeForbidden, "Unable to authenticate user")
		before.FailedLogins = tt.fails
		b.equal(b.user(tt.by.User.ID), before)
		b.equal(b.knows(b.ann.User.ID, good), true)
	}
	_, err := b.service.UpdatePassword(b.Context(), b.ann, directory.PasswordChange{Name: "ann", Current: good, New: good})
	if !errors.Is(err, directory.ErrSamePassword) {
		t.Errorf("the same password: %v", err)
	}
}

// Wrong present passwords lock their caller out as wrong sign-ins do.
func TestT52_PresentPasswordsAreNotGuessed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by    func(*bench) *searchlight.Subject
		whose string
	}{
		"own":        {func(b *bench) *searchlight.Subject { return b.ann }, "ann"},
		"another's":  {func(b *bench) *searchlight.Subject { return b.root }, "ann"},
		"an admin's": {func(b *bench) *searchlight.Subject { return b.root }, "root"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			by := tt.by(b)
			change := func(current string) error {
				_, err := b.service.UpdatePassword(b.Context(), by, directory.PasswordChange{Name: tt.whose, Current: current, New: better})
				return err
			}
			for range 4 {
				b.refused(change("a guess"), searchlight.CodeForbidden, "Unable to authenticate user")
			}
			locked := b.lastEvents(1)[0]
			b.equal([]any{locked.Type, locked.User}, []any{"ACCOUNT_LOCKED", by.User.Name})
			b.unchanged(func() { b.refused(change(good), searchlight.CodeForbidden, "Unable to authenticate user") })
			b.now.Add(time.Hour.Milliseconds())
			b.must(change(good))
		})
	}
}

func TestDeactivateAndActivate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.ann.User.ID
	first, err := b.service.Deactivate(b.Context(), b.root, "ann")
	b.must(err)
	b.equal([]any{b.user(ann).State, first.User, len(first.Token), first.Expires}, []any{searchlight.UserInactive, ann, 43, b.clock().Add(24 * time.Hour).UTC()})
	second, err := b.service.Deactivate(b.Context(), b.root, "ann") // another link; the first one is worth nothing now
	b.must(err)

	activate := func(id searchlight.GUID, token string) error {
		return b.service.Activate(b.Context(), directory.Redemption{User: id, Token: token, Password: better})
	}
	b.untouched(func() {
		for _, err := range []error{activate(ann, first.Token), activate(ann, ""), activate(b.root.User.ID, second.Token), activate(guid(1), second.Token)} {
			b.refused(err, searchlight.CodeForbidden, "the token is wrong, was used before, or is too old")
		}
		b.refused(b.service.ResetPassword(b.Context(), directory.Redemption{User: ann, Token: second.Token, Password: better}), searchlight.CodeUnauthenticated, "the token is wrong")
		b.refused(b.service.Activate(b.Context(), directory.Redemption{User: ann, Token: second.Token, Password: "short"}), searchlight.CodeInvalid, "password")
	})
	failed := event{"USER_ACTIVATE", "", map[string]any{"user": named(ann, "ann"), "reason": "invitation refused"}}
	ofRoot := event{"USER_ACTIVATE", "", map[string]any{"user": named(b.root.User.ID, "root"), "reason": "invitation refused"}}
	b.equal(b.lastEvents(4), []event{failed, failed, ofRoot, {"UPDATE_PASSWORD_FAILURE", "", failed.Data}})
	b.must(activate(ann, second.Token))
	u := b.user(ann)
	b.equal([]any{u.State, b.knows(ann, better), u.MustChangePassword, u.ModifiedBy}, []any{searchlight.UserActive, true, false, ann})
	b.equal(b.lastEvents(1), []event{{"USER_ACTIVATE", "ann", map[string]any{"user": named(ann, "ann")}}})
	b.refused(activate(ann, second.Token), searchlight.CodeForbidden, "the token is wrong")

	// Invitations end after a day, and with the account's state.
	third, err := b.service.Deactivate(b.Context(), b.root, "ann")
	b.must(err)
	b.now.Add((24 * time.Hour).Milliseconds())
	b.refused(activate(ann, third.Token), searchlight.CodeForbidden, "the token is wrong")
	fourth, err := b.service.Deactivate(b.Context(), b.root, "ann")
	b.must(err)
	b.must(update(directory.UserChange{State: new(searchlight.UserActive)})(b, ann))
	b.refused(activate(ann, fourth.Token), searchlight.CodeForbidden, "the token is wrong")

	b.create(b.root, directory.NewUser{Name: "sso", Type: searchlight.SAMLUser})
	sso, err := b.service.Deactivate(b.Context(), b.root, "sso")
	b.must(err)
	b.equal(sso.Token, "")
	for _, name := range []string{"nobody", ""} {
		_, err = b.service.Deactivate(b.Context(), b.root, name)
		b.refused(err, searchlight.CodeNotFound, "no user")
	}
	_, err = b.service.Deactivate(b.Context(), b.root, "system")
	b.refused(err, searchlight.CodeForbidden, "built in")
}

func TestT67_ResetTokens(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.ann.User.ID
	invite := func() string {
		in, err := b.service.InviteReset(b.Context(), b.root, ann)
		b.must(err)
		b.equal(in.Expires, b.clock().Add(time.Hour).UTC())
		return in.Token
	}
	reset := func(id searchlight.GUID, token string) error {
		return b.service.ResetPassword(b.Context(), directory.Redemption{User: id, Token: token, Password: better})
	}
	refused := func(err error) {
		t.Helper()
		b.refused(err, searchlight.CodeUnauthenticated, "the token is wrong, was used before, or is too old")
	}
	stale := invite()
	token := invite()
	session := b.session(ann, 1)
	b.untouched(func() {
		refused(reset(ann, stale))
		refused(reset(ann, "x"))
		refused(reset(b.root.User.ID, token))
		refused(reset(guid(1), token))
		b.refused(b.service.Activate(b.Context(), directory.Redemption{User: ann, Token: token, Password: better}), searchlight.CodeForbidden, "the token is wrong")
	})
	b.must(reset(ann, token))
	sessions, tokens := b.alive(session)
	b.equal([]any{b.knows(ann, better), sessions, tokens}, []any{true, []byte(nil), []byte(nil)})
	refused(reset(ann, token))

	late := invite()
	b.now.Add(time.Hour.Milliseconds())
	refused(reset(ann, late))
	overtaken := invite()
	_, err := b.service.UpdatePassword(b.Context(), b.ann, directory.PasswordChange{Name: "ann", Current: better, New: "Third Horse 91"})
	b.must(err)
	refused(reset(ann, overtaken))
	inactive := invite()
	b.update(func(tx searchlight.Tx) error { // so that only the state speaks against it
		u, err := tx.User(ann)
		if err != nil {
			return err
		}
		u.State = searchlight.UserSuspended
		return tx.UpdateUser(u)
	})
	refused(reset(ann, inactive))

	sso := b.create(b.root, directory.NewUser{Name: "sso", Type: searchlight.SAMLUser})
	_, err = b.service.InviteReset(b.Context(), b.root, sso.ID)
	b.refused(err, searchlight.CodeInvalid, "no password here")
	_, err = b.service.InviteReset(b.Context(), b.root, searchlight.SuperUserID)
	b.refused(err, searchlight.CodeForbidden, "built in")
}

// Of many who hold the same link one succeeds.
func TestATokenIsUsedOnce(t *testing.T) {
	t.Parallel()
	onStores(t, func(b *bench) {
		in, err := b.service.InviteReset(b.Context(), b.root, b.ann.User.ID)
		b.must(err)
		done := make(chan error)
		for range 20 {
			go func() {
				done <- b.service.ResetPassword(b.Context(), directory.Redemption{User: b.ann.User.ID, Token: in.Token, Password: better})
			}()
		}
		succeeded := 0
		for range 20 {
			if err := <-done; err == nil {
				succeeded++
			} else if searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
				b.Error(err)
			}
		}
		b.equal(succeeded, 1)
	})
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.ann.User.ID
	change := func(by *searchlight.Subject, ref directory.Ref, text string, proto []byte) error {
		return b.service.UpdatePreferences(b.Context(), by, ref, directory.PreferenceChange{Set: rawMap(text), Proto: proto})
	}
	b.must(change(b.ann, directory.Ref{}, `{"preferredLocale":"fr-CA","notifyOnShare":false,"showWalkMe":false,"analystOnboardingComplete":true,"x":[1]}`, []byte("\x01\x02")))
	b.equal(b.user(ann).Preferences, searchlight.Preferences{Locale: "fr-CA", NotifyOnShare: new(false), ShowWalkMe: new(false), AnalystOnboardingComplete: true,
		Proto: []byte("\x01\x02"), Other: rawMap(`{"x":[1]}`)})
	b.must(change(b.root, directory.Ref{ID: ann, Name: "Ann"}, `{"notifyOnShare":true,"x":null,"y":"z"}`, nil))
	b.must(change(b.root, directory.Ref{Name: "ann"}, `{"preferredLocale":null,"analystOnboardingComplete":false}`, nil))
	b.equal(b.user(ann).Preferences, searchlight.Preferences{ShowWalkMe: new(false), Proto: []byte("\x01\x02"), Other: rawMap(`{"y":"z"}`)})

	b.unchanged(func() {
		b.must(change(b.ann, directory.Ref{}, `{}`, nil))
		b.must(change(b.ann, directory.Ref{}, `{"notifyOnShare":true}`, nil))
		for _, tt := range []struct {
			by   *searchlight.Subject
			ref  directory.Ref
			set  string
			code searchlight.ErrorCode
			text string
		}{
			{b.ann, directory.Ref{}, `{"preferredLocale":"xx-XX"}`, searchlight.CodeInvalid, "xx-XX"},
			{b.ann, directory.Ref{}, `{"preferredLocale":7}`, searchlight.CodeInvalid, "preferredLocale"},
			{b.ann, directory.Ref{}, `{"notifyOnShare":"yes"}`, searchlight.CodeInvalid, "notifyOnShare"},
			{b.ann, directory.Ref{}, `{"analystOnboardingComplete":1}`, searchlight.CodeInvalid, "analystOnboardingComplete"},
			{b.ann, directory.Ref{}, `{"x":"` + strings.Repeat("x", 64<<10) + `"}`, searchlight.CodeInvalid, "bytes"},
			{b.ann, directory.Ref{ID: ann, Name: "root"}, `{}`, searchlight.CodeInvalid, "different users"},
			{b.ann, directory.Ref{ID: b.root.User.ID}, `{}`, searchlight.CodeForbidden, "only administrators"},
			{b.root, directory.Ref{ID: guid(1)}, `{}`, searchlight.CodeNotFound, "no user"},
			{b.root, directory.Ref{Name: "nobody"}, `{}`, searchlight.CodeNotFound, "no user"},
			{b.root, directory.Ref{Name: "su"}, `{"showWalkMe":false}`, searchlight.CodeForbidden, "built in"},
		} {
			b.refused(change(tt.by, tt.ref, tt.set, nil), tt.code, tt.text)
		}
	})
}

func TestInvalidateSessions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	anns, roots, admins := b.session(b.ann.User.ID, 1), b.session(b.root.User.ID, 2), b.session(searchlight.AdminUserID, 3)
	end := func(w directory.Invalidation) error { return b.service.InvalidateSessions(b.Context(), b.root, w) }
	b.refused(end(directory.Invalidation{}), searchlight.CodeInvalid, "name the users")
	b.refused(end(directory.Invalidation{IDs: []searchlight.GUID{b.ann.User.ID, guid(1)}}), searchlight.CodeNotFound, "no user")
	b.refused(end(directory.Invalidation{Names: []string{"ann", "nobody"}}), searchlight.CodeNotFound, "no user")
	sessions, tokens := b.alive(anns, roots, admins)
	b.equal([2][]byte{sessions, tokens}, [2][]byte{{1, 2, 3}, {1, 2, 3}})

	b.must(end(directory.Invalidation{Names: []string{"ANN"}}))
	sessions, tokens = b.alive(anns, roots, admins)
	b.equal([2][]byte{sessions, tokens}, [2][]byte{{2, 3}, {2, 3}})
	b.equal(b.lastEvents(1), []event{{"SESSIONS_INVALIDATED", "root", map[string]any{"all": false, "users": list(named(b.ann.User.ID, "ann"))}}})

	b.session(b.ann.User.ID, 1)
	b.must(end(directory.Invalidation{All: true}))
	sessions, tokens = b.alive(anns, roots, admins)
	b.equal([2][]byte{sessions, tokens}, [2][]byte{{2}, {2}})
	b.equal(b.lastEvents(1), []event{{"SESSIONS_INVALIDATED", "root", map[string]any{"all": true}}})
}

func TestTransferOwnership(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	zoe := b.create(b.root, directory.NewUser{Name: "zoe"}).ID
	object := func(n int, author searchlight.GUID) {
		b.update(func(tx searchlight.Tx) error {
			return tx.CreateObject(&searchlight.Object{Header: searchlight.Header{ID: guid(n), Type: searchlight.TypePinboard, Name: "p", Author: author, Owner: guid(n),
				Created: tx.Now(), Modified: tx.Now(), ModifiedBy: author}, Content: []byte("{}")})
		})
	}
	authors := func() (list []searchlight.GUID) {
		b.view(func(tx searchlight.Tx) error {
			for n := 1; n <= 4; n++ {
				h, err := tx.Header(guid(n))
				if err != nil {
					return err
				}
				list = append(list, h.Author)
			}
			return nil
		})
		return list
	}
	ann, root := b.ann.User.ID, b.root.User.ID
	object(1, ann)
	object(2, ann)
	object(3, zoe)
	object(4, root)
	transfer := func(from, to string, ids ...searchlight.GUID) error {
		return b.service.TransferOwnership(b.Context(), b.root, directory.Transfer{From: from, To: to, Objects: ids})
	}
	b.unchanged(func() {
		for _, tt := range []struct {
			err  error
			code searchlight.ErrorCode
			text string
		}{
			{transfer("nobody", "ann"), searchlight.CodeNotFound, "nobody"},
			{transfer("ann", "nobody"), searchlight.CodeNotFound, "nobody"},
			{transfer("su", "ann"), searchlight.CodeInvalid, "takes part in no transfer"},
			{transfer("ann", "system"), searchlight.CodeInvalid, "takes part in no transfer"},
			{transfer("ann", "guest"), searchlight.CodeInvalid, "takes part in no transfer"},
			{transfer("ann", "zoe", guid(1), guid(9)), searchlight.CodeInvalid, string(guid(9))},
		} {
			b.refused(tt.err, tt.code, tt.text)
		}
	})
	b.must(transfer("Ann", "ZOE", guid(1), guid(4)))
	b.equal(authors(), []searchlight.GUID{zoe, ann, zoe, root})
	b.equal(b.lastEvents(1), []event{{"OWNERSHIP_TRANSFERRED", "root", map[string]any{
		"from": "Ann", "fromIDs": list(string(ann)), "to": named(zoe, "zoe"), "objects": list(string(guid(1)))}}})
	b.must(transfer("zoe", "zoe"))
	b.must(transfer("zoe", "tsadmin"))
	b.equal(authors(), []searchlight.GUID{searchlight.AdminUserID, ann, searchlight.AdminUserID, root})

	// What deleted users made is still theirs, by name, until somebody has the
	// name again.
	b.must(b.service.DeleteUsers(b.Context(), b.root, ann, zoe))
	b.equal(authors()[1], ann)
	b.refused(transfer("zoe", "root"), searchlight.CodeNotFound, "zoe") // left nothing
	b.must(transfer("ANN", "root"))
	b.equal(authors(), []searchlight.GUID{searchlight.AdminUserID, root, searchlight.AdminUserID, root})
	b.must(update(directory.UserChange{State: new(searchlight.UserInactive)})(b, searchlight.AdminUserID))
	b.refused(transfer("root", "tsadmin"), searchlight.CodeInvalid, "not active")
}
