// Package postgres is the engine for databases that speak PostgreSQL.
//
// In come statements; out go chunks decoded from the wire's binary form as
// they arrive, so that a result of any size takes the memory of one chunk.
// Sessions are read-only, in UTC. The package knows no plans and no users.
package postgres
