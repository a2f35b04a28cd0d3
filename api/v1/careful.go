package v1

import "net/http"

// KeepPrivate marks the answer as one whose address or content is a secret,
// such as a page that a token leads to: browsers neither keep it nor tell other
// sites that they have been there.
func KeepPrivate(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
}

// AllowPopups lets the page that opened this one in a window keep hold of it,
// as the sign-on of embedded pages needs (security.md 6.4).
func AllowPopups(w http.ResponseWriter) {
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
}
