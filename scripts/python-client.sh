#!/usr/bin/env bash
# Makes a Python environment with the public client of API v1 in .tmp/python
# and prints its interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD/.tmp/python
if [ ! -x "$home/bin/python" ] || ! cmp -s scripts/python-requirements.txt "$home/requirements.txt"; then
	command -v python3 >/dev/null || { echo "python-client.sh: python3 is not installed" >&2; exit 1; }
	rm -rf "$home"
	python3 -m venv "$home" >&2
	"$home/bin/pip" install --quiet --disable-pip-version-check -r scripts/python-requirements.txt >&2
	cp scripts/python-requirements.txt "$home/requirements.txt"
fi
echo "$home/bin/python"
