#!/usr/bin/env bash
# Runs every test, with the race detector. It starts a scratch PostgreSQL and
# makes a Python environment with the public API client; where that cannot be
# done the tests that need it say that they are skipped, except under CI=true,
# where that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'scripts/postgres.sh stop >/dev/null 2>&1 || true; rm -f "$log"' EXIT

if [ -z "${SEARCHLIGHT_TEST_POSTGRES:-}" ]; then
	if dsn=$(scripts/postgres.sh start); then
		export SEARCHLIGHT_TEST_POSTGRES=$dsn
	elif [ "${CI:-}" = true ]; then
		exit 1
	fi
fi
if [ -z "${SEARCHLIGHT_TEST_PYTHON:-}" ]; then
	if python=$(scripts/python-client.sh); then
		export SEARCHLIGHT_TEST_PYTHON=$python
	elif [ "${CI:-}" = true ]; then
		exit 1
	fi
fi
if [ -z "${SEARCHLIGHT_TEST_SAML_IDP:-}" ]; then
	if python=$(scripts/saml-idp.sh); then
		export SEARCHLIGHT_TEST_SAML_IDP=$python
	elif [ "${CI:-}" = true ]; then
		exit 1
	fi
fi
if [ -z "${SEARCHLIGHT_TEST_BROWSER:-}" ]; then
	if browser=$(scripts/chromium.sh); then
		export SEARCHLIGHT_TEST_BROWSER=$browser
	elif [ "${CI:-}" = true ]; then
		exit 1
	fi
fi

# Four times as many random cases, clients and rounds as go test ./... takes.
export SEARCHLIGHT_TEST_SIZE=${SEARCHLIGHT_TEST_SIZE:-4}

set +e
go test -race -tags embedweb -timeout 20m "$@" ./... 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
set -e

# The summary of the run: packages that passed, failed and have no tests.
awk '
	/^ok / { passed++ }
	/^FAIL[ \t]/ { failed++; names = names "\n  " $2 }
	/no test files/ { none++ }
	/^--- SKIP|^    --- SKIP/ { skipped++ }
	END { printf "packages: %d passed, %d failed, %d without tests%s\n", passed, failed, none, names }
' "$log"
exit "$status"
