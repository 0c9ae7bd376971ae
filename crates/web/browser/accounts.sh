#!/usr/bin/env bash
# Plays the first admin's way in on a program of its own, and a login at a fake identity provider: bash crates/web/browser/accounts.sh PROGRAM [FOLDER FOR PICTURES]
# After run.sh, whose packages it uses.
set -euo pipefail
program=$(realpath "${1:?the program}")
here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath "${CARGO_TARGET_DIR:-$here/../../../target}")
work=$target/browser
home=$(mktemp -d)
port=7979
provider=7980
cargo build --release --quiet --manifest-path "$here/../../../Cargo.toml" --package testkit --example oidc
"$target/release/examples/oidc" $provider "http://127.0.0.1:$port/login/oidc/back" >/dev/null &
faking=$!
cd "$home"
UPTOSPEED_OIDC_ISSUER=http://127.0.0.1:$provider UPTOSPEED_OIDC_CLIENT_ID=uptospeed UPTOSPEED_OIDC_NAME="the desk" \
UPTOSPEED_WEB_BIND=127.0.0.1:$port UPTOSPEED_WEB_URL=http://127.0.0.1:$port UPTOSPEED_PACKS=$home/packs \
  "$program" run --no-install 2>"$home/log" &
running=$!
trap 'kill "$running" "$faking" 2>/dev/null || true; rm -rf "$home"' EXIT
for _ in $(seq 60); do
  link=$(grep -o "http://127.0.0.1:$port/setup/[A-Za-z0-9_-]*" "$home/log" || true)
  [ -n "$link" ] && curl --silent --fail --output /dev/null "http://127.0.0.1:$port/healthz" && break
  sleep 0.5
done
cp "$here/accounts.mjs" "$work/"
cd "$work" && node accounts.mjs "http://127.0.0.1:$port" "$link" "${2:-}"
