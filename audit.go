package searchlight

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"time"
)

// EventType is what an entry of the audit log is about (security.md 9.2).
type EventType string

// The types of events. Those behind the blank lines are not the vendor's.
const (
	EventLogin                EventType = "LOGIN_SUCCESSFUL"
	EventLoginFailed          EventType = "LOGIN_FAILED"
	EventAccountLocked        EventType = "ACCOUNT_LOCKED"
	EventLogout               EventType = "LOGOUT_SUCCESSFUL"
	EventLogoutFailed         EventType = "LOGOUT_FAILED"
	EventTokenCreated         EventType = "AUTH_TOKEN_CREATED_SUCCESSFULLY"
	EventTokenFailed          EventType = "FAILED_TO_CREATE_AUTH_TOKEN"
	EventUsersCreated         EventType = "USERS_CREATED"
	EventUsersModified        EventType = "USERS_MODIFIED"
	EventUsersDeleted         EventType = "USERS_DELETED"
	EventUserActivated        EventType = "USER_ACTIVATE"
	EventPasswordUpdated      EventType = "UPDATE_PASSWORD"
	EventPasswordUpdateFailed EventType = "UPDATE_PASSWORD_FAILURE"
	EventGroupsCreated        EventType = "USER_GROUPS_CREATED"
	EventGroupModified        EventType = "USER_GROUP_MODIFIED"
	EventGroupsDeleted        EventType = "USER_GROUPS_DELETED"
	EventMembershipChanged    EventType = "PRINCIPALS_IN_GROUP_UPDATE"
	EventPrivilegesChanged    EventType = "PRIVILEGE_CHANGES"
	EventShared               EventType = "SHARE_OBJECTS"
	EventConnectionCreated    EventType = "CREATE_CONNECTION"
	EventConnectionEdited     EventType = "EDIT_CONNECTION"
	EventConnectionDeleted    EventType = "DELETE_CONNECTION"
	EventTablesCreated        EventType = "CREATE_TABLES"
	EventUploadStarted        EventType = "CSV_UPLOAD_STARTED"
	EventUploadFinished       EventType = "CSV_UPLOAD_FINISHED"
	EventModelCreated         EventType = "CREATE_MODEL"
	EventModelUpdated         EventType = "UPDATE_MODEL"
	EventModelDeleted         EventType = "DELETE_MODEL"
	EventRuleCreated          EventType = "CREATE_RLS_RULE"
	EventRuleUpdated          EventType = "UPDATE_RLS_RULE"
	EventRulesDeleted         EventType = "DELETE_RLS_RULES"
	EventAnswerCreated        EventType = "CREATE_ANSWER"
	EventAnswersUpdated       EventType = "UPDATE_ANSWERS"
	EventAnswersDeleted       EventType = "DELETE_ANSWERS"
	EventPinboardCreated      EventType = "CREATE_PINBOARD"
	EventPinboardsUpdated     EventType = "UPDATE_PINBOARDS"
	EventPinboardsDeleted     EventType = "DELETE_PINBOARDS"

	EventBypassChanged        EventType = "RLS_BYPASS_CHANGED"
	EventOwnershipTransferred EventType = "OWNERSHIP_TRANSFERRED"
	EventTMLExported          EventType = "TML_EXPORTED"
	EventTMLImported          EventType = "TML_IMPORTED"
	EventTablesDeleted        EventType = "DELETE_TABLES"
	EventTagsChanged          EventType = "TAGS_CHANGED"
	EventFavoritesChanged     EventType = "FAVORITES_CHANGED"
	EventPreferencesChanged   EventType = "PREFERENCES_CHANGED"
	EventTrustedAuthChanged   EventType = "TRUSTED_AUTH_CHANGED"
	EventSettingsChanged      EventType = "SECURITY_SETTINGS_CHANGED"
	EventSessionsInvalidated  EventType = "SESSIONS_INVALIDATED"
	EventAccessDenied         EventType = "ACCESS_DENIED"
	EventAuditRead            EventType = "AUDIT_READ"
)

// Outcome says whether what an event is about was done.
type Outcome string

// The outcomes.
const (
	Success Outcome = "SUCCESS"
	Failure Outcome = "FAILURE"
)

// Event is something that goes into the audit log. It never holds secrets,
// rows of results or values that people searched for.
type Event struct {
	Type        EventType
	Outcome     Outcome // empty: Success
	Reason      string  // of a failure
	User        GUID    // who did it; empty: nobody known
	UserName    string
	Description string         // a short sentence
	Data        map[string]any // marshals to JSON; strings are cut to 1 KiB
}

// EventBy starts an event of what the subject did.
func EventBy(s *Subject, t EventType, description string, data map[string]any) *Event {
	return &Event{Type: t, User: s.User.ID, UserName: s.User.Name, Description: description, Data: data}
}

// Record is an event as the audit log keeps it.
type Record struct {
	Sequence int64 // from 1, without gaps but for those that are too old
	Time     time.Time
	Address  netip.Addr // of the client; zero: none
	// Entry is the JSON object of security.md 9.1.
	Entry json.RawMessage
	// Previous is the Hash of the record before, or zero; Hash is what Chain
	// makes of it.
	Previous, Hash [32]byte
}

// Chain is the hash of a record that follows one with the hash previous: the
// SHA-256 of previous, Sequence, Time in milliseconds and the length of Address
// (8 bytes each, the highest first), Address as a text, and Entry.
func (r *Record) Chain(previous [32]byte) [32]byte {
	var address string
	if r.Address.IsValid() {
		address = r.Address.String()
	}
	b := previous[:]
	b = binary.BigEndian.AppendUint64(b, uint64(r.Sequence))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Time.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(len(address)))
	b = append(append(b, address...), r.Entry...)
	return sha256.Sum256(b)
}

// RecordLine is a record as exports have it, one JSON object a line.
type RecordLine struct {
	Sequence int64           `json:"sequence"`
	Date     time.Time       `json:"date"`
	Address  string          `json:"address,omitempty"`
	Entry    json.RawMessage `json:"entry"`
	Hash     string          `json:"hash"`
}

// Line is the record for an export.
func (r *Record) Line() RecordLine {
	line := RecordLine{Sequence: r.Sequence, Date: r.Time.UTC(), Entry: r.Entry, Hash: hex.EncodeToString(r.Hash[:])}
	if r.Address.IsValid() {
		line.Address = r.Address.String()
	}
	return line
}

// VerifyAudit reads the whole audit log and reports how many records there
// are. It fails with CodeConflict at the first one that was changed, or that
// does not follow the one before.
func VerifyAudit(tx Tx) (records int, err error) {
	sequence, hash, err := tx.AuditAnchor()
	if err != nil {
		return 0, err
	}
	err = tx.AuditLog(time.Time{}, time.Time{}, func(r *Record) error {
		switch {
		case r.Sequence != sequence+1 || r.Previous != hash:
			return Errorf(CodeConflict, "the audit log is broken: record %d does not follow record %d", r.Sequence, sequence)
		case r.Chain(hash) != r.Hash:
			return Errorf(CodeConflict, "the audit log is broken: record %d was changed", r.Sequence)
		}
		sequence, hash = r.Sequence, r.Hash
		records++
		return nil
	})
	return records, err
}

// Origin is where a request comes from, for the audit log.
type Origin struct {
	Address     netip.Addr
	RequestID   GUID
	UserAgent   string
	SessionHash string // first 12 hexadecimal digits of the SHA-256 of the session's id
	Method      AuthMethod
}

type originKey struct{}

// WithOrigin attaches an Origin to a context; what is then written to the
// audit log names it.
func WithOrigin(ctx context.Context, o *Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns the Origin of a context, or one that says nothing.
func OriginOf(ctx context.Context) *Origin {
	if o, ok := ctx.Value(originKey{}).(*Origin); ok {
		return o
	}
	return &Origin{}
}
