// Package mock holds doubles of the services, one function field a method, for
// tests. A method whose field is nil fails the test by panicking.
package mock
