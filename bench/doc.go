// Command bench measures what the server adds to the engine beneath it, and
// prints the tables of docs/benchmarks.md.
//
// It starts the server in its own process, on a data directory that it throws
// away, and asks it over the loopback interface as any client would. What it
// compares with is the engine alone, on the same tables, in the same process,
// in turns. It knows the program by package internal/app.
package main
