#!/usr/bin/env bash
# Plays the first admin's way in on a program of its own: bash crates/web/browser/accounts.sh PROGRAM [FOLDER FOR PICTURES]
# After run.sh, whose packages it uses.
set -euo pipefail
program=$(realpath "${1:?the program}")
here=$(cd "$(dirname "$0")" && pwd)
work=${CARGO_TARGET_DIR:-$here/../../../target}/browser
home=$(mktemp -d)
port=7979
cd "$home"
UPTOSPEED_WEB_BIND=127.0.0.1:$port UPTOSPEED_WEB_URL=http://127.0.0.1:$port UPTOSPEED_PACKS=$home/packs \
  "$program" run --no-install 2>"$home/log" &
running=$!
trap 'kill "$running" 2>/dev/null || true; rm -rf "$home"' EXIT
for _ in $(seq 60); do
  link=$(grep -o "http://127.0.0.1:$port/setup/[A-Za-z0-9_-]*" "$home/log" || true)
  [ -n "$link" ] && curl --silent --fail --output /dev/null "http://127.0.0.1:$port/healthz" && break
  sleep 0.5
done
cp "$here/accounts.mjs" "$work/"
cd "$work" && node accounts.mjs "http://127.0.0.1:$port" "$link" "${2:-}"
