// Package saml signs users in by SAML 2.0: it is the service provider of
// Searchlight.
//
// In come messages of identity providers as browsers bring them; out go
// messages for them, sessions, and refusals that tell the browser nothing. It
// knows neither HTTP nor cookies: those are in api/sso. The checks of
// security.md 8.3 are all here, in its order, and look at the bytes that were
// signed, never at those that merely came with them. What must be remembered
// between two messages is in the store, so that any node may receive the second.
package saml
