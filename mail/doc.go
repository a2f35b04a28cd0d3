// Package mail sends plain text mails through an SMTP server.
//
// In come a subject, a text and addresses; out goes one mail to each of them,
// so that recipients do not see each other. What mails say, and who gets them,
// is for others to decide.
package mail
