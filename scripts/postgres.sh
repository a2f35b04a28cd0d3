#!/usr/bin/env bash
# Starts and stops a scratch PostgreSQL server for the tests.
#
#   export SEARCHLIGHT_TEST_POSTGRES=$(scripts/postgres.sh start)
#   scripts/postgres.sh stop
#
# The server comes from the distribution's binaries (as root they are installed
# with apt-get when missing), listens on a free port of 127.0.0.1, trusts every
# local user and may lose its data when the machine stops.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
state=$root/.tmp/postgres # holds the name of the directory of the server and its DSN

say() { echo "postgres.sh: $*" >&2; }

binaries() {
	found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -V | tail -n 1)
	if [ -z "$found" ] && command -v pg_ctl >/dev/null; then
		found=$(dirname "$(command -v pg_ctl)")
	fi
	echo "$found"
}

# PostgreSQL refuses to run as root.
account() {
	if [ "$(id -u)" != 0 ]; then
		id -un
	elif id postgres >/dev/null 2>&1; then
		echo postgres
	else
		echo nobody
	fi
}

# as runs a command as the account of the server.
as() {
	if [ "$(id -u)" = 0 ]; then
		su -s /bin/sh "$user" -c "$1"
	else
		sh -c "$1"
	fi
}

free_port() {
	port=$((20000 + $$ % 20000))
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || [ -e "$1/.s.PGSQL.$port" ]; do
		port=$((port + 1))
	done
	echo "$port"
}

# place is memory where there is plenty of it: tests make hundreds of databases
# of hundreds of files each, which file systems on disks are slow at.
place() {
	if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt $((4 << 20)) ]; then
		echo /dev/shm
	else
		echo /tmp
	fi
}

running() {
	[ -f "$state/server" ] && [ -f "$state/dsn" ] && as "cd / && '$bin/pg_ctl' -D '$(cat "$state/server")/data' status" >/dev/null 2>&1
}

start() {
	if running; then
		cat "$state/dsn"
		return
	fi
	mkdir -p "$state"
	# The account may not reach a repository in a private home, and the name of
	# a socket must be short.
	server=$(mktemp -d "$(place)/searchlight-postgres.XXXXXX")
	if [ "$(id -u)" = 0 ]; then
		chown "$user" "$server"
	fi
	echo "$server" >"$state/server"

	as "cd / && '$bin/initdb' -D '$server/data' -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync" >"$state/initdb.log" 2>&1 || {
		cat "$state/initdb.log" >&2
		exit 1
	}
	# Another program may take a port between the look and the start.
	attempt=1
	while :; do
		port=$(free_port "$server")
		options="-p $port -k '$server' -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
		if as "cd / && '$bin/pg_ctl' -D '$server/data' -l '$server/log' -o \"$options\" -w start" >/dev/null 2>&1; then
			break
		fi
		if [ "$attempt" = 5 ]; then
			say "the server does not start:"
			cat "$server/log" >&2
			exit 1
		fi
		attempt=$((attempt + 1))
		sleep 1
	done
	echo "postgres://postgres@127.0.0.1:$port/postgres" | tee "$state/dsn"
}

stop() {
	if running; then
		as "cd / && '$bin/pg_ctl' -D '$(cat "$state/server")/data' -m immediate -w stop" >/dev/null
	fi
	if [ -f "$state/server" ]; then
		rm -rf "$(cat "$state/server")"
	fi
	rm -rf "$state"
}

case "${1:-}" in
start | stop) ;;
*)
	echo "usage: $0 start | stop" >&2
	exit 2
	;;
esac

bin=$(binaries)
if [ -z "$bin" ] && [ "$1" = start ]; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		say "PostgreSQL is not installed; install the package postgresql, or set SEARCHLIGHT_TEST_POSTGRES to a server of yours"
		exit 1
	fi
	say "installing PostgreSQL"
	apt-get update >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql >&2
	bin=$(binaries)
fi
user=$(account)
"$1"
