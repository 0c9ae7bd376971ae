#!/usr/bin/env bash
# Builds the wheel and tests it against the program: packaging/python-test.sh [PROGRAM] [examples]
# PROGRAM: a release build of uptospeed; built where it is not given. examples: also Ray Data, PySpark and the speed beside spaCy
# (fetches 700 MB).
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
program=${1:-}
if test -z "$program"; then
  cargo build --release --quiet --package uptospeed
  program=$target/release/uptospeed
fi
venv=$target/python/venv
if ! test -x "$venv/bin/maturin"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet "maturin>=1.9,<2" pyarrow pytest pandas polars
fi
"$venv/bin/maturin" build --release --quiet --manifest-path crates/python/Cargo.toml --out "$target/python/wheels" \
  --interpreter "$venv/bin/python"
"$venv/bin/pip" install --quiet --force-reinstall --no-deps "$target"/python/wheels/uptospeed-*.whl
export UPTOSPEED_PROGRAM=$program
"$venv/bin/python" -m pytest -q -p no:cacheprovider crates/python/tests
for example in pandas_frame polars_frame; do
  "$venv/bin/python" "crates/python/examples/$example.py"
done
if test "${2:-}" = examples; then
  "$venv/bin/pip" install --quiet "ray[data]==2.49.2" "pyspark==4.0.1"
  for example in ray_data pyspark_arrow; do
    "$venv/bin/python" "crates/python/examples/$example.py"
  done
  "$venv/bin/pip" install --quiet "spacy==3.8.*"
  # Real news, as anybody's words are: made-up ones would suit neither.
  texts=${UPTOSPEED_GOLD:-../shared}/data/stories/giveme5w1h_en.jsonl
  if test -f "$texts"; then
    "$venv/bin/python" crates/python/examples/beside_spacy.py "$texts"
  else
    echo "NOT RUN: the speed beside spaCy; $texts is not there"
  fi
fi
