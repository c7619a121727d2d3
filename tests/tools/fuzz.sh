#!/usr/bin/env bash
# Searches with each fuzzer for FUZZ_SECONDS (default 60) or until FUZZ_RUNS inputs, as many fuzzers at a time as there are cores. What is
# learnt is kept in $BUILD/corpus; an input that breaks something is kept in $BUILD/findings, and belongs into tests/fuzz/corpus/NAME once it is mended.
#
#   fuzz.sh fuzz_NAME...
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/fuzz}
seconds=${FUZZ_SECONDS:-60}
runs=${FUZZ_RUNS:--1}
# Where a block was allocated is asked when a finding is replayed, not a million times before.
export ASAN_OPTIONS=malloc_context_size=1

search() {
    local fuzzer=$1 name=${1#fuzz_} log=$build/$1.log
    mkdir -p "$build/corpus/$name" "$build/findings"
    if timeout -k 10 $((seconds + 120)) "$build/fuzz/$fuzzer" -max_total_time="$seconds" -runs="$runs" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        printf 'ok    %-28s %s inputs in %s s\n' "$fuzzer" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$SECONDS"
    else
        printf 'FAIL  %-28s see %s and %s/findings\n' "$fuzzer" "$log" "$build"
        tail -n 40 "$log"
        return 1
    fi
}

if [ "${1:-}" = --one ]; then
    search "$2"
    exit
fi
if [ $# = 0 ]; then
    echo "there is no fuzzer in tests/fuzz" >&2
    exit 1
fi
printf '%s\0' "$@" | BUILD=$build FUZZ_SECONDS=$seconds xargs -0 -n 1 -P "$(nproc 2>/dev/null || echo 1)" tests/tools/fuzz.sh --one
