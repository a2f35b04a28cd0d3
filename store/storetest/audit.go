package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

var auditID = regexp.MustCompile(`"id":"TS-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`)

// audit writes events, each in a transaction of its own.
func (f *fixture) audit(ctx context.Context, events ...*searchlight.Event) {
	f.Helper()
	for _, e := range events {
		if err := f.store.Update(ctx, func(tx searchlight.Tx) error { return tx.Audit(e) }); err != nil {
			f.Fatalf("Update: %v", err)
		}
	}
}

func (f *fixture) auditLog(from, to time.Time) (records []*searchlight.Record) {
	f.Helper()
	f.view(func(tx searchlight.Tx) error {
		return tx.AuditLog(from, to, func(r *searchlight.Record) error {
			records = append(records, r)
			return nil
		})
	})
	return records
}

// entries are all records, their ids made the same.
func (f *fixture) entries() (entries []string) {
	f.Helper()
	for _, r := range f.auditLog(time.Time{}, time.Time{}) {
		if !auditID.Match(r.Entry) {
			f.Errorf("there is no id in %s", r.Entry)
		}
		entries = append(entries, auditID.ReplaceAllString(string(r.Entry), `"id":"TS"`))
	}
	return entries
}

// sequences are those of the records of a time.
func (f *fixture) sequences(from, to time.Time) (sequences []int64) {
	f.Helper()
	for _, r := range f.auditLog(from, to) {
		sequences = append(sequences, r.Sequence)
	}
	return sequences
}

// verified checks the chain of so many records.
func (f *fixture) verified(want int) {
	f.Helper()
	f.view(func(tx searchlight.Tx) error {
		got, err := searchlight.VerifyAudit(tx)
		f.equal(got, want)
		return err
	})
}

func event(n int) *searchlight.Event {
	return &searchlight.Event{Type: searchlight.EventShared, User: id(n), UserName: fmt.Sprint("user ", n), Description: "shared"}
}

var auditTests = []test{
	{"Entries", func(f *fixture) {
		origin := &searchlight.Origin{Address: netip.MustParseAddr("::ffff:192.0.2.1"), RequestID: id(8), UserAgent: "curl/8 <x>",
			SessionHash: "0123456789ab", Method: searchlight.AuthToken}
		f.audit(searchlight.WithOrigin(f.Context(), origin), &searchlight.Event{
			Type: searchlight.EventShared, User: id(1), UserName: "zoe", Description: "shared <a> & b",
			Data: map[string]any{"objIds": []searchlight.GUID{id(3), id(2)}, "a": map[string]any{"z": 1.50, "b": true, "n": nil}, "big": int64(1) << 60,
				"outcome": "forged", "requestId": "forged"},
		})
		f.audit(f.Context(),
			&searchlight.Event{Type: searchlight.EventLoginFailed, Outcome: searchlight.Failure, Reason: "locked", User: id(1), UserName: "zoe"},
			&searchlight.Event{Type: searchlight.EventLoginFailed, Outcome: searchlight.Failure, Data: map[string]any{"userName": "hash"}, UserName: "zoe"},
			&searchlight.Event{Type: searchlight.EventSettingsChanged},
		)
		f.equal(f.entries(), []string{
			`{"version":"1.1","id":"TS","ts":1614834367,"orgId":0,"userGUID":"` + string(id(1)) + `","userName":"zoe","cIP":"192.0.2.1","type":"SHARE_OBJECTS",` +
				`"desc":"shared <a> & b","data":{"a":{"b":true,"n":null,"z":1.5},"authMethod":"TOKEN","big":1152921504606846976,` +
				`"objIds":["` + string(id(3)) + `","` + string(id(2)) + `"],"outcome":"SUCCESS","requestId":"` + string(id(8)) + `",` +
				`"sessionHash":"0123456789ab","userAgent":"curl/8 <x>"}}`,
			`{"version":"1.1","id":"TS","ts":1614834367,"orgId":0,"userGUID":null,"userName":null,"cIP":"","type":"LOGIN_FAILED",` +
				`"desc":"","data":{"outcome":"FAILURE","reason":"locked","userName":"zoe"}}`,
			`{"version":"1.1","id":"TS","ts":1614834367,"orgId":0,"userGUID":null,"userName":null,"cIP":"","type":"LOGIN_FAILED",` +
				`"desc":"","data":{"outcome":"FAILURE","userName":"hash"}}`,
			`{"version":"1.1","id":"TS","ts":1614834367,"orgId":0,"userGUID":null,"userName":null,"cIP":"","type":"SECURITY_SETTINGS_CHANGED",` +
				`"desc":"","data":{"outcome":"SUCCESS"}}`,
		})
		records := f.auditLog(time.Time{}, time.Time{})
		f.equal(records[0].Address.String(), "192.0.2.1")
		f.equal(records[1].Address.IsValid(), false)
		f.equal(records[0].Time, at(0))
		f.equal(records[0].Previous, [32]byte{})
		f.equal(records[1].Previous, records[0].Hash)
		f.verified(4)
	}},
	{"T60_Injection", func(f *fixture) {
		bad := "a\r\nb\x00\x1b[31m\u0085\u2028\u202ec\xff\"\\"
		const good = `ab[31mc�\"\\`
		origin := &searchlight.Origin{UserAgent: bad + strings.Repeat("ü", 300), RequestID: searchlight.GUID(bad)}
		f.audit(searchlight.WithOrigin(f.Context(), origin), &searchlight.Event{
			Type: searchlight.EventUsersCreated, User: id(1), UserName: bad, Description: bad, Reason: bad,
			Data: map[string]any{bad: []any{bad, map[string]any{"x": bad}}, "long": strings.Repeat("é", 600), "odd": "x" + strings.Repeat("é", 600)},
		})
		// Of the user agent 256 characters count, of which 6 are taken out.
		f.equal(f.entries(), []string{
			`{"version":"1.1","id":"TS","ts":1614834367,"orgId":0,"userGUID":"` + string(id(1)) + `","userName":"` + good + `","cIP":"","type":"USERS_CREATED",` +
				`"desc":"` + good + `","data":{"` + good + `":["` + good + `",{"x":"` + good + `"}],"long":"` + strings.Repeat("é", 512) +
				`","odd":"x` + strings.Repeat("é", 511) + `","outcome":"SUCCESS","reason":"` + good + `","requestId":"` + good +
				`","userAgent":"` + good + strings.Repeat("ü", 256-17) + `"}}`,
		})
	}},
	{"PartOfTheTransaction", func(f *fixture) {
		before := f.version()
		f.audit(f.Context(), event(1))
		f.equal(f.version(), before)
		err := f.store.Update(f.Context(), func(tx searchlight.Tx) error {
			if err := tx.Audit(event(2)); err != nil {
				return err
			}
			return errOnPurpose
		})
		if err != errOnPurpose {
			f.Errorf("error %v, want that of the function", err)
		}
		f.refused(searchlight.CodeInternal, func(tx searchlight.Tx) error {
			if err := tx.CreateUser(user(1, "zoe")); err != nil {
				return err
			}
			return tx.Audit(&searchlight.Event{Type: searchlight.EventUsersCreated, Data: map[string]any{"x": func() {}}})
		})
		f.missing(func(tx searchlight.Tx) error { _, err := tx.User(id(1)); return err })
		f.update(func(tx searchlight.Tx) error { // several in one
			if err := tx.Audit(event(3)); err != nil {
				return err
			}
			return tx.Audit(event(4))
		})
		f.equal(f.sequences(time.Time{}, time.Time{}), []int64{1, 2, 3})
		f.verified(3)
	}},
	{"Times", func(f *fixture) {
		f.audit(f.Context(), event(1), event(2))
		f.clock.advance(time.Minute)
		f.audit(f.Context(), event(3))
		f.clock.advance(-2 * time.Minute) // a clock is set
		f.audit(f.Context(), event(4))
		f.clock.advance(3 * time.Minute)
		f.audit(f.Context(), event(5))
		for _, c := range []struct {
			from, to time.Time
			want     []int64
		}{
			{time.Time{}, time.Time{}, []int64{1, 2, 3, 4, 5}},
			{at(0), at(1), []int64{1, 2}},
			{at(0), at(1).Add(time.Microsecond), []int64{1, 2, 3}},
			{at(0).Add(time.Microsecond), at(2), []int64{3}},
			{at(-1), at(0), []int64{4}},
			{at(1), time.Time{}, []int64{3, 5}},
			{at(3), time.Time{}, nil},
			{at(2), at(1), nil},
		} {
			f.equal(f.sequences(c.from, c.to), c.want)
		}
		f.verified(5)
	}},
	{"VisitStops", func(f *fixture) {
		f.audit(f.Context(), event(1), event(2), event(3))
		visits := 0
		err := f.store.View(f.Context(), func(tx searchlight.Tx) error {
			return tx.AuditLog(time.Time{}, time.Time{}, func(r *searchlight.Record) error {
				if _, err := tx.User(searchlight.AdminUserID); err != nil { // the transaction is of use meanwhile
					return err
				}
				if visits++; visits == 2 {
					return errOnPurpose
				}
				return nil
			})
		})
		f.equal(visits, 2)
		if err != errOnPurpose {
			f.Errorf("error %v, want that of the function", err)
		}
	}},
	{"Pages", func(f *fixture) {
		const many = 2500
		f.update(func(tx searchlight.Tx) error {
			for n := range many {
				if err := tx.Audit(event(n)); err != nil {
					return err
				}
			}
			return nil
		})
		got := f.sequences(time.Time{}, time.Time{})
		f.equal([]int64{int64(len(got)), got[0], got[many-1]}, []int64{many, 1, many})
		f.verified(many)
	}},
	{"Retention", func(f *fixture) {
		delete := func(want int, then time.Time) {
			f.Helper()
			f.deleted(want, func(tx searchlight.Tx) (int, error) { return tx.DeleteAuditBefore(then) })
		}
		anchor := func(want int64) {
			f.Helper()
			f.view(func(tx searchlight.Tx) error {
				got, hash, err := tx.AuditAnchor()
				f.equal(got, want)
				f.equal(hash == [32]byte{}, want == 0)
				return err
			})
		}
		delete(0, at(99))
		anchor(0)
		for n := range 5 {
			f.audit(f.Context(), event(n))
			f.clock.advance(time.Minute)
		}
		f.clock.advance(-5 * time.Minute)
		f.audit(f.Context(), event(5)) // old, but behind younger ones
		delete(0, at(0))
		delete(2, at(2))
		anchor(2)
		f.equal(f.sequences(time.Time{}, time.Time{}), []int64{3, 4, 5, 6})
		f.verified(4)
		delete(0, at(2))
		delete(4, at(9))
		anchor(6)
		f.verified(0)
		f.audit(f.Context(), event(6))
		f.equal(f.sequences(time.Time{}, time.Time{}), []int64{7})
		f.verified(1)
	}},
	{"AtOnce", func(f *fixture) {
		const clients = 100
		auditAtOnce(f, clients, f.store)
		f.verified(clients)
	}},
}

// auditAtOnce writes one record for each of the clients, spread over the
// stores.
func auditAtOnce(f *fixture, clients int, stores ...searchlight.Store) {
	f.Helper()
	clientsAtOnce(clients, func(client int) {
		err := stores[client%len(stores)].Update(f.Context(), func(tx searchlight.Tx) error { return tx.Audit(event(client)) })
		if err != nil {
			f.Error(err)
		}
	})
}

// RunTampering runs the tests of what happens to the audit log behind the back
// of the store. execute runs statements on the database of the store that open
// opened last; disarm makes it let through what it refuses by itself.
func RunTampering(t *testing.T, open func(t *testing.T, now func() time.Time) searchlight.Store, execute func(statement string) error, disarm string) {
	start := func(t *testing.T) *fixture {
		c := &clock{time: start}
		f := &fixture{T: t, clock: c, store: open(t, c.now)}
		for n := range 5 {
			f.audit(f.Context(), event(n))
			f.clock.advance(time.Minute)
		}
		f.deleted(1, func(tx searchlight.Tx) (int, error) { return tx.DeleteAuditBefore(at(1)) })
		return f
	}
	statements := []struct{ name, statement, finding string }{
		{"entry", `UPDATE audit_log SET entry = '{}' WHERE sequence = 3`, "record 3 was changed"},
		{"address", `UPDATE audit_log SET address = '192.0.2.9' WHERE sequence = 3`, "record 3 was changed"},
		{"time", `UPDATE audit_log SET time = time + 1 WHERE sequence = 3`, "record 3 was changed"},
		{"hash", `UPDATE audit_log SET hash = previous WHERE sequence = 3`, "record 3 was changed"},
		{"removed", `DELETE FROM audit_log WHERE sequence = 3`, "record 4 does not follow record 2"},
		{"oldest removed", `DELETE FROM audit_log WHERE sequence = 2`, "record 3 does not follow record 1"},
		{"anchor", `UPDATE audit_anchor SET sequence = 2`, "record 2 does not follow record 2"},
		{"anchor back", `UPDATE audit_anchor SET sequence = 0`, "record 2 does not follow record 0"},
		{"gap", `INSERT INTO audit_log SELECT 9, time, address, entry, previous, hash FROM audit_log WHERE sequence = 5`, "record 9 does not follow record 5"},
		{"everything", `DELETE FROM audit_log`, ""},
	}
	t.Run("Refused", func(t *testing.T) {
		f := start(t)
		before := f.auditLog(time.Time{}, time.Time{})
		for _, s := range append(statements, struct{ name, statement, finding string }{"no anchor", `DELETE FROM audit_anchor`, ""},
			struct{ name, statement, finding string }{"two anchors", `INSERT INTO audit_anchor SELECT sequence, hash FROM audit_anchor`, ""}) {
			if err := execute(s.statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: error %v, want that the log is append-only", s.name, err)
			}
		}
		after := f.auditLog(time.Time{}, time.Time{})
		f.equal(entriesOf(after), entriesOf(before))
		f.verified(4)
	})
	for _, s := range statements {
		if s.finding == "" {
			continue // with nothing left there is nothing to find
		}
		t.Run("Found/"+s.name, func(t *testing.T) {
			f := start(t)
			for _, statement := range []string{disarm, s.statement} {
				if err := execute(statement); err != nil {
					t.Fatal(err)
				}
			}
			f.view(func(tx searchlight.Tx) error {
				_, err := searchlight.VerifyAudit(tx)
				if searchlight.CodeOf(err) != searchlight.CodeConflict || !strings.Contains(err.Error(), s.finding) {
					t.Errorf("error %v, want %q", err, s.finding)
				}
				return nil
			})
		})
	}
}

func entriesOf(records []*searchlight.Record) (entries []json.RawMessage) {
	for _, r := range records {
		entries = append(entries, r.Entry)
	}
	return entries
}
