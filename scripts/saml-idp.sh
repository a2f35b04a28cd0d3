#!/usr/bin/env bash
# Makes a Python environment with pysaml2, an identity provider for the tests of
# single sign-on, in .tmp/saml and prints its interpreter. pysaml2 signs with the
# program xmlsec1, which root gets from the distribution when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "saml-idp.sh: $*" >&2; }

if ! command -v xmlsec1 >/dev/null; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		say "xmlsec1 is not installed; install the package xmlsec1"
		exit 1
	fi
	say "installing xmlsec1"
	apt-get update >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends xmlsec1 >&2
fi
home=$PWD/.tmp/saml
if [ ! -x "$home/bin/python" ] || ! cmp -s scripts/saml-requirements.txt "$home/requirements.txt"; then
	command -v python3 >/dev/null || { say "python3 is not installed"; exit 1; }
	rm -rf "$home"
	python3 -m venv "$home" >&2
	"$home/bin/pip" install --quiet --disable-pip-version-check -r scripts/saml-requirements.txt >&2
	cp scripts/saml-requirements.txt "$home/requirements.txt"
fi
echo "$home/bin/python"
