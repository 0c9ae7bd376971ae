#!/usr/bin/env bash
# A PostgreSQL server of one's own for tests, on loopback: installed from Debian's packages where it is missing, made where there is
# none, started where it is not running. Prints its URL. Nothing of a server that the machine has already is touched.
#
#   scripts/postgres.sh [start [ADDRESS]|stop|kill|url|remove|fresh NAME]
#
# "start ADDRESS" listens on that address of the machine as well, for the hosts of its network that know the password.
# "fresh" makes an empty schema of that name and prints the URL of a store in it.
#
# UPTOSPEED_POSTGRES_PORT   the port (default 54329)
# UPTOSPEED_POSTGRES_DATA   the folder (default: postgres/ under target/, else /var/tmp/uptospeed-postgres-PORT where the server's own
#                           user cannot get at target/)
set -euo pipefail
cd "$(dirname "$0")/.."
port=${UPTOSPEED_POSTGRES_PORT:-54329}

# The server refuses to be run by root.
as_server() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

binaries() {
  local newest
  newest=$(find /usr/lib/postgresql -maxdepth 3 -name initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$newest" ] && dirname "$newest"
}

install() {
  binaries >/dev/null && return
  local as_root=""
  [ "$(id -u)" = 0 ] || as_root=sudo
  echo "installing PostgreSQL from Debian's packages" >&2
  $as_root apt-get update -qq >&2
  # No cluster of Debian's own: only the programs are wanted.
  $as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends postgresql >/dev/null
}

folder() {
  if [ -n "${UPTOSPEED_POSTGRES_DATA:-}" ]; then echo "$UPTOSPEED_POSTGRES_DATA"; return; fi
  local target=${CARGO_TARGET_DIR:-target}
  mkdir -p "$target"
  target=$(realpath "$target")
  if as_server test -x "$target" 2>/dev/null; then echo "$target/postgres"; else echo "/var/tmp/uptospeed-postgres-$port"; fi
}

make() {
  [ -e "$data/PG_VERSION" ] && return
  mkdir -p "$data"
  [ "$(id -u)" = 0 ] && chown postgres "$data"
  chmod 700 "$data"
  local secret
  secret=$(head -c 18 /dev/urandom | base64 | tr '+/' 'ab')
  local file
  file=$(mktemp)
  printf '%s' "$secret" >"$file"
  [ "$(id -u)" = 0 ] && chown postgres "$file"
  as_server "$bin/initdb" --pgdata "$data" --username uptospeed --pwfile "$file" --auth scram-sha-256 \
    --encoding UTF8 --locale C.UTF-8 >/dev/null
  as_server cp "$file" "$data/secret"
  rm "$file"
  cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
log_min_messages = warning
CONF
}

running() { as_server "$bin/pg_ctl" --pgdata "$data" status >/dev/null 2>&1; }

url() { echo "postgres://uptospeed:$(as_server cat "$data/secret")@127.0.0.1:$port/postgres"; }

install
bin=$(binaries)
data=$(folder)
case ${1:-start} in
start)
  make
  if [ -n "${2:-}" ] && ! grep -q "^host all all samenet" "$data/pg_hba.conf"; then
    echo "host all all samenet scram-sha-256" | as_server tee -a "$data/pg_hba.conf" >/dev/null
  fi
  running || as_server "$bin/pg_ctl" --pgdata "$data" --log "$data/log" --wait --silent \
    --options "-c listen_addresses=127.0.0.1${2:+,$2}" start >/dev/null
  url
  ;;
stop) running && as_server "$bin/pg_ctl" --pgdata "$data" --mode fast --silent stop || true ;;
kill) running && as_server "$bin/pg_ctl" --pgdata "$data" --mode immediate --silent stop || true ;;
url) url ;;
fresh)
  "$bin/psql" --quiet --dbname "$(url)" --command "SET client_min_messages = warning; DROP SCHEMA IF EXISTS $2 CASCADE" \
    --command "CREATE SCHEMA $2"
  echo "$(url)?options=-csearch_path%3D$2"
  ;;
remove)
  running && as_server "$bin/pg_ctl" --pgdata "$data" --mode immediate --silent stop || true
  rm -rf "$data"
  ;;
*)
  echo "usage: scripts/postgres.sh [start [ADDRESS]|stop|kill|url|remove|fresh NAME]" >&2
  exit 2
  ;;
esac
