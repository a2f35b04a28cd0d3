// Package enginetest is the definition of an engine in tests: what every
// engine.Engine must do, whatever database it stands for. Each engine's tests
// call Run. The package knows no particular engine and is imported by tests
// only.
package enginetest
