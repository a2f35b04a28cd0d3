package sqlstore

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

const recordColumns = `sequence, time, address, entry, previous, hash`

func scanRecord(row scanner, r *searchlight.Record) error {
	var address, entry string
	var previous, hash []byte
	if err := row.Scan(&r.Sequence, instantOf{&r.Time}, &address, &entry, &previous, &hash); err != nil {
		return err
	}
	r.Entry = json.RawMessage(entry)
	copy(r.Previous[:], previous)
	copy(r.Hash[:], hash)
	if address == "" {
		return nil
	}
	var err error
	r.Address, err = netip.ParseAddr(address)
	return err
}

// Audit implements searchlight.Tx. Since transactions that write run one by
// one, no two can follow the same record.
func (tx *Tx) Audit(e *searchlight.Event) error {
	origin := searchlight.OriginOf(tx.ctx)
	entry, err := auditEntry(e, origin, tx.now)
	if err != nil {
		return errAuditEntry(err)
	}
	last, hash, err := tx.lastRecord()
	if err != nil {
		return err
	}
	r := &searchlight.Record{Sequence: last + 1, Time: tx.now, Address: origin.Address.Unmap(), Entry: entry, Previous: hash}
	r.Hash = r.Chain(hash)
	_, err = tx.exec(`INSERT INTO audit_log (`+recordColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		r.Sequence, instant(r.Time), addressText(r.Address), string(r.Entry), r.Previous[:], r.Hash[:])
	return err
}

// link is a place in the chain of records.
type link struct {
	sequence int64
	hash     [32]byte
}

func scanLink(row scanner, l *link) error {
	var hash []byte
	if err := row.Scan(&l.sequence, &hash); err != nil {
		return err
	}
	copy(l.hash[:], hash)
	return nil
}

func (tx *Tx) lastRecord() (sequence int64, hash [32]byte, err error) {
	last, err := one(tx, scanLink, `SELECT sequence, hash FROM audit_log ORDER BY sequence DESC LIMIT 1`)
	if err == errNoRow {
		return tx.AuditAnchor()
	}
	return last.sequence, last.hash, err
}

// AuditAnchor implements searchlight.Tx.
func (tx *Tx) AuditAnchor() (sequence int64, hash [32]byte, err error) {
	anchor, err := one(tx, scanLink, `SELECT sequence, hash FROM audit_anchor`)
	return anchor.sequence, anchor.hash, err
}

// auditPage is how many records are in memory at a time.
const auditPage = 1000

// AuditLog implements searchlight.Tx. visit may use the transaction.
func (tx *Tx) AuditLog(from, to time.Time, visit func(*searchlight.Record) error) error {
	begin, end := millisecondsFrom(from), int64(math.MaxInt64)
	if !to.IsZero() {
		end = millisecondsFrom(to)
	}
	type bounds struct{ first, last int64 }
	// Clocks may go back, so between the bounds may be records of other times.
	b, err := one(tx, func(row scanner, b *bounds) error { return row.Scan(&b.first, &b.last) },
		`SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM audit_log WHERE time >= ? AND time < ?`, begin, end)
	if err != nil {
		return err
	}
	for b.first <= b.last {
		records, err := all(tx, scanRecord, `SELECT `+recordColumns+` FROM audit_log WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
			b.first, b.last, auditPage)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return nil
		}
		for i := range records {
			if ms := records[i].Time.UnixMilli(); ms < begin || ms >= end {
				continue
			}
			if err := visit(&records[i]); err != nil {
				return err
			}
		}
		b.first = records[len(records)-1].Sequence + 1
	}
	return nil
}

// DeleteAuditBefore implements searchlight.Tx. The anchor goes first: the
// database lets no record go that is not behind it.
func (tx *Tx) DeleteAuditBefore(then time.Time) (int, error) {
	last, err := one(tx, scanLink, `SELECT sequence, hash FROM audit_log
		WHERE sequence < coalesce((SELECT min(sequence) FROM audit_log WHERE time >= ?), ?) ORDER BY sequence DESC LIMIT 1`,
		millisecondsFrom(then), int64(math.MaxInt64))
	if err == errNoRow {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if _, err := tx.exec(`UPDATE audit_anchor SET sequence = ?, hash = ?`, last.sequence, last.hash[:]); err != nil {
		return 0, err
	}
	deleted, err := tx.exec(`DELETE FROM audit_log WHERE sequence <= ?`, last.sequence)
	return int(deleted), err
}

// millisecondsFrom is the first millisecond that is not before t.
func millisecondsFrom(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// entry is the JSON object of a record (security.md 9.1), with its keys in this
// order.
type entry struct {
	Version  string            `json:"version"`
	ID       string            `json:"id"`
	Seconds  int64             `json:"ts"`
	Org      int               `json:"orgId"`
	User     *searchlight.GUID `json:"userGUID"`
	UserName *string           `json:"userName"`
	Address  string            `json:"cIP"`
	Type     string            `json:"type"`
	Text     string            `json:"desc"`
	Data     map[string]any    `json:"data"`
}

const (
	maxAuditText      = 1 << 10 // bytes
	maxAuditUserAgent = 256     // characters
)

func auditEntry(e *searchlight.Event, origin *searchlight.Origin, now time.Time) (json.RawMessage, error) {
	data, err := auditData(e.Data)
	if err != nil {
		return nil, err
	}
	outcome := e.Outcome
	if outcome == "" {
		outcome = searchlight.Success
	}
	record := entry{
		Version: "1.1", ID: "TS-" + string(searchlight.NewGUID()), Seconds: now.Unix(), Address: addressText(origin.Address.Unmap()),
		Type: string(e.Type), Text: auditText(e.Description), Data: data,
	}
	name := auditText(e.UserName)
	switch {
	case e.Type == searchlight.EventLoginFailed: // who tried is not who it was
		if _, told := data["userName"]; !told && name != "" {
			data["userName"] = name
		}
	case e.User != "":
		record.User, record.UserName = &e.User, &name
	}
	for key, value := range map[string]string{
		"outcome":     string(outcome),
		"reason":      e.Reason,
		"authMethod":  string(origin.Method),
		"sessionHash": origin.SessionHash,
		"requestId":   string(origin.RequestID),
		"userAgent":   firstRunes(origin.UserAgent, maxAuditUserAgent),
	} {
		if value != "" {
			data[key] = auditText(value)
		}
	}
	return compact(record)
}

// compact marshals a value without the detours of HTML.
func compact(value any) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// auditData is the data of an event as plain JSON, fit for the log.
func auditData(data map[string]any) (map[string]any, error) {
	text, err := compact(data)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	plain := make(map[string]any)
	if err := decoder.Decode(&plain); err != nil {
		return nil, err
	}
	if plain == nil { // the data was null
		return make(map[string]any), nil
	}
	return auditValue(plain).(map[string]any), nil
}

func auditValue(value any) any {
	switch value := value.(type) {
	case string:
		return auditText(value)
	case []any:
		for i := range value {
			value[i] = auditValue(value[i])
		}
	case map[string]any:
		fit := make(map[string]any, len(value))
		for key, inner := range value {
			fit[auditText(key)] = auditValue(inner)
		}
		return fit
	}
	return value // a number, a boolean or nothing
}

// auditText is a text without what could forge lines of a log or hide parts of
// them, cut to maxAuditText.
func auditText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) <= maxAuditText {
		return text
	}
	cut := maxAuditText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
