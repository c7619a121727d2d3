#!/usr/bin/env bash
# Runs the benches one after the other. A bench prints one JSON object a line on stdout,
#
#   {"bench": "terminal ascii", "unit": "MB/s", "ours": 41.2, "peer": "tmux", "theirs": 29.0, "ratio": 1.42, "spread": 0.05}
#
# ("peer", "theirs", "ratio" and "spread" only where there is something to compare with; a ratio above 1 is good), and whatever it has to say on stderr. The
# lines are kept in $BUILD/bench.json and shown as a table.
#
#   bench.sh PROGRAM...
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
if [ $# = 0 ]; then
    echo "there is no bench in tests/bench" >&2
    exit 1
fi

# The peer of some: node's SDK, where there are node and the registry.
BUILD=$build tests/interop/run.sh --fetch >&2 || true
if [ -d "$build/interop/node_modules" ]; then
    cp tests/bench/list.mjs "$build/interop/"
fi

status=0
: >"$build/bench.json"
for program in "$@"; do
    if ! timeout -k 10 "${BENCH_SECONDS:-400}" "$program" >>"$build/bench.json"; then
        echo "$program failed" >&2
        status=1
    fi
done

# One field of a line of JSON as printed above: flat, and no quotes inside strings.
awk '
    function field(name,   text) {
        if (!match($0, "\"" name "\"[ ]*:[ ]*(\"[^\"]*\"|[^,}]*)"))
            return "-"
        text = substr($0, RSTART, RLENGTH)
        sub("^\"" name "\"[ ]*:[ ]*", "", text)
        gsub("\"", "", text)
        return text
    }
    BEGIN { format = "%-46s %10s %-9s %-18s %10s %7s %7s\n"; printf format, "bench", "ours", "unit", "peer", "theirs", "ratio", "spread" }
    /^\{/ { printf format, field("bench"), field("ours"), field("unit"), field("peer"), field("theirs"), field("ratio"), field("spread") }
' "$build/bench.json"
echo "as JSON: $build/bench.json"
exit $status
