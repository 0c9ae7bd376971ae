#!/usr/bin/env bash
# Runs the fuzz targets one after the other and prints a line for each: executions, CPU time, what was found.
#
#   fuzz/run.sh [TARGET…]        all targets where none is named
#
# CASES (10,000,000) and CPU_SECONDS (3,600) end a target, whichever comes first; FUZZ_DIR is where `cargo fuzz build` put them.
# Nine tenths of the cases have at most SHORT bytes, in which all that a parser tells apart has room and of which a second holds
# the most; the last tenth is of any length.
# HUNG is how long one input may take by the wall clock, seconds: more than 10 on a machine that does other things too.
# What was new stays in fuzz/corpus/TARGET, what broke in fuzz/artifacts/TARGET. An input that took over a second by the clock is
# run again alone, and counts as slow where it takes a second of CPU time.
set -u
cd "$(dirname "$0")" || exit 1
: "${CASES:=10000000}" "${CPU_SECONDS:=3600}" "${HUNG:=10}" "${SHORT:=512}" "${FUZZ_DIR:=${CARGO_TARGET_DIR:-target}}"
[ $# -gt 0 ] || set -- date url headers robots warc sitemap feed page links plain language_text language_pack reading happenings
TIMEFORMAT=%U

# CPU time of a process, whole seconds.
cpu() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk -v t="$(getconf CLK_TCK)" '{ print int(($12 + $13) / t) }'
}

# Inputs of a target that take a second of CPU time.
slow() {
    for input in "artifacts/$2"/slow-unit-*; do
        [ -f "$input" ] || continue
        taken=$({ time "$1" "$input" >/dev/null 2>&1; } 2>&1)
        case $taken in 0.*) rm "$input" ;; *) echo "$input" ;; esac
    done | wc -l
}

printf '%-14s %12s %8s %6s %6s %5s\n' target executions CPU-s MiB broken slow
for target in "$@"; do
    bin=$(ls "$FUZZ_DIR"/*/release/"$target" 2>/dev/null | head -1)
    [ -n "$bin" ] || { printf '%-14s not built\n' "$target"; continue; }
    mkdir -p "corpus/$target" "artifacts/$target"
    rm -f "artifacts/$target"/slow-unit-*
    seeds=$(ls -d ../crates/*/tests/inputs/"$target" 2>/dev/null)
    executed=0 spent=0 peak=0
    for part in short long; do
        case $part in
            short) cases=$((CASES / 10 * 9)) until=$((CPU_SECONDS / 10 * 8)) length=-max_len=$SHORT ;;
            long) cases=$((CASES - executed)) until=$CPU_SECONDS length= ;;
        esac
        log=artifacts/$target-$part.log before=$spent
        # shellcheck disable=SC2086  # several folders, and a length or none
        "$bin" -runs="$cases" $length -timeout="$HUNG" -report_slow_units=1 -rss_limit_mb=1500 -print_final_stats=1 \
            -artifact_prefix="artifacts/$target/" "corpus/$target" $seeds >"$log" 2>&1 &
        running=$!
        trap 'kill -INT "$running" 2>/dev/null' INT TERM
        while now=$(cpu "$running") && [ -n "$now" ]; do
            spent=$((before + now))
            [ "$spent" -lt "$until" ] || kill -INT "$running"
            sleep 2
        done
        wait "$running"
        stat() { awk -v name="stat::$1:" '$1 == name { n = $2 } END { print n + 0 }' "$log"; }
        executed=$((executed + $(stat number_of_executed_units)))
        [ "$(stat peak_rss_mb)" -le "$peak" ] || peak=$(stat peak_rss_mb)
        broken=$(find "artifacts/$target" -type f ! -name 'slow-unit-*' | wc -l)
        [ "$broken" -eq 0 ] || break
    done
    printf '%-14s %12s %8s %6s %6s %5s\n' "$target" "$executed" "$spent" "$peak" "$broken" \
        "$(slow "$bin" "$target")"
done
