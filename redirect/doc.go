// Package redirect decides where a browser may be sent after it has signed in.
//
// In comes a target that a request names, out comes one that is safe to put
// into a Location header. The package knows nothing of requests and sessions.
package redirect
