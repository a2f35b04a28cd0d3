// Package directory is the service for users and groups: it creates, changes,
// lists and deletes them, puts them into groups, gives groups privileges,
// changes passwords, and brings all of it in line with an outside directory.
//
// In come requests with their subject; out come users and groups with their
// memberships. The package keeps the rules of principals (security.md 1 and
// 2): names, protected built-ins, an administrator who is always left, no
// circles of groups, sessions that end with what they stand on. Each request
// is one transaction, and each change is in the audit log. It knows neither
// HTTP nor SQL.
//
// All of it needs ADMINISTRATION, but for what users may do with themselves:
// change their password and their preferences. USERMANAGEMENT is a privilege
// of later versions of the API and opens nothing here.
package directory
