// Package auth knows who somebody is: it keeps and checks passwords, opens
// and ends sessions, and slows down those who guess.
//
// In come names, passwords, session tokens and network addresses; out go
// subjects, tokens and refusals that tell a guesser nothing. It works on the
// store of the root package alone and knows neither HTTP nor cookies nor what
// a subject may do.
package auth
