package searchlight

import (
	"errors"
	"fmt"
	"time"

	"github.com/searchlight-bi/searchlight/source"
)

// ErrorCode says what kind of failure an Error is; the API maps each to one
// HTTP status.
type ErrorCode string

// The codes. A Go error that is no Error counts as CodeInternal: the operator
// sees it in the log, the user a bland sentence.
const (
	CodeInvalid         ErrorCode = "invalid"         // the request is wrong
	CodeUnauthenticated ErrorCode = "unauthenticated" // nobody is signed in
	CodeForbidden       ErrorCode = "forbidden"       // not allowed, or unknown
	CodeNotFound        ErrorCode = "not_found"
	CodeConflict        ErrorCode = "conflict"    // a duplicate, or changed meanwhile
	CodeTooLarge        ErrorCode = "too_large"   // over a limit of size
	CodeUnsupported     ErrorCode = "unsupported" // a media type that cannot be read
	CodeThrottled       ErrorCode = "throttled"   // too many attempts
	CodeUnavailable     ErrorCode = "unavailable" // overloaded or shutting down
	CodeEngine          ErrorCode = "engine"      // the database behind a connection failed
	CodeDisabled        ErrorCode = "disabled"    // the installation has the feature switched off
	CodeInternal        ErrorCode = "internal"
)

// Error is a failure that its Message explains to the user.
type Error struct {
	Code        ErrorCode
	Number      int    // number of the message on the wire of API v1; 0 lets the API choose by Code
	Message     string // a sentence for the user, without secrets
	Text        *source.Text
	Diagnostics source.Diagnostics // what is wrong in Text, when the request held a text
	RetryAfter  time.Duration      // with CodeThrottled and CodeUnavailable
	Err         error              // the cause, for the log alone; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a message.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf is the code of the first Error in err's chain, CodeInternal when
// there is none.
func CodeOf(err error) ErrorCode {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
