// Package app wires the program: it opens stores and engines, builds the
// services on them, and runs the server.
//
// In comes a Config, out comes a running App. It is the only package, with the
// commands and tests that use it, that names concrete stores, engines and
// dialects; it holds no logic of theirs.
package app
