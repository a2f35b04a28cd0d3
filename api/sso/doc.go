// Package sso serves single sign-on to browsers: its addresses, forms, cookies
// and pages.
//
// In come requests under /callosum/v1/saml/; out go redirects, forms that post
// themselves, and pages that never say why somebody was refused. What a message
// means is for auth/saml to say, and the cookies of sessions belong to the API.
package sso
