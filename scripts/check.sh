#!/usr/bin/env bash
# Format, vet, lint, and that what is generated or locked is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "not formatted; run gofmt -w on:" >&2
	echo "$unformatted" >&2
	exit 1
fi
go vet -tags embedweb ./...
go tool staticcheck ./...
go run ./internal/gen -check
go mod verify >/dev/null
if ! go mod tidy -diff; then
	echo "go.mod or go.sum is not tidy; run go mod tidy" >&2
	exit 1
fi
echo "check: formatted, vetted, linted, generated, tidy"
