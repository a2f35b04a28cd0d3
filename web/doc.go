// Package web holds what browsers are sent: the plain pages, and the assets
// that npm builds into the directory dist.
//
// The assets are in the program only when it is built with the tag embedweb,
// after `npm ci && npm run build` in this directory; so that the rest needs
// nothing but Go.
package web
