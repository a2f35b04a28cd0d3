// Package server puts the product on the network: routing, the pages that need
// no application, and what every HTTP exchange shares, such as ids, logs,
// limits, headers and compression.
//
// In come connections; out go calls of the API and answers on the wire. What a
// request means is for package v1 to say.
package server
