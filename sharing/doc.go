// Package sharing lets people share objects with each other, and says with
// whom objects are shared.
//
// In come subjects, objects and levels; out go grants in the store, mails that
// tell of them, and answers to who may do what. The rules of who may share what
// with whom are in rules.go. What a grant is worth when data is searched is not
// decided here.
package sharing
