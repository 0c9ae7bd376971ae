#!/usr/bin/env bash
# Looks at a running program (`uptospeed try`) with Debian's Chromium: bash crates/web/browser/run.sh PORT [FOLDER FOR PICTURES]
# Needs node, npm and chromium; what is missing is said and nothing is claimed.
set -euo pipefail
port=${1:?port of a running uptospeed}
here=$(cd "$(dirname "$0")" && pwd)
for need in node npm chromium; do
  command -v "$need" >/dev/null || { echo "browser tests NOT run: $need is missing"; exit 77; }
done
# Packages go beside the build's other products, never into the tree.
work=${CARGO_TARGET_DIR:-$here/../../../target}/browser
mkdir -p "$work"
cp "$here/package.json" "$here/package-lock.json" "$here/flows.mjs" "$work/"
[ -d "$work/node_modules/axe-core" ] || (cd "$work" && npm ci --silent --no-audit --no-fund)
cd "$work" && exec node flows.mjs "http://127.0.0.1:$port" "${2:-}"
