#!/usr/bin/env bash
# Prints the path of a Chromium for the tests that need a browser. Root gets one
# from the distribution when there is none.
set -euo pipefail
say() { echo "chromium.sh: $*" >&2; }

find_one() {
	for name in chromium chromium-browser google-chrome; do
		if command -v "$name"; then return; fi
	done
	return 1
}

if ! find_one; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		say "there is no Chromium; install the package chromium"
		exit 1
	fi
	say "installing Chromium"
	apt-get update >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium >&2
	find_one
fi
