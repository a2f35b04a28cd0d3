// Package audit reads the audit log, proves that nobody has changed it, and
// notes the calls that were refused.
//
// In come questions of administrators and failures of calls; out come records.
// Events of what was done are written by the services that do it, in the same
// transaction. The package knows neither HTTP nor what the events mean.
package audit
