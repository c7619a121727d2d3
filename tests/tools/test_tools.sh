#!/usr/bin/env bash
# The tests of the tools: a runner that misses a crash, or a check that finds nothing, would make every other test worthless.
set -u
cd "$(dirname "$0")/../.." || exit 1
place=$(mktemp -d "${TMPDIR:-/tmp}/boxtop-tools.XXXXXX")
trap 'rm -rf "$place"' EXIT
passed=0 failed=0

# expect NAME PATTERN TEXT: TEXT must hold a line that matches.
expect() {
    if grep -qE -- "$2" <<<"$3"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: no line matches %s in:\n%s\n' "$1" "$2" "$3"
    fi
}

# program NAME BODY: a test program for the runner.
program() {
    mkdir -p "$place/$(dirname "$1")"
    printf '#!/bin/sh\n%s\n' "$2" >"$place/$1"
    chmod +x "$place/$1"
}

# Runs programs through the runner; prints its output and "status N".
run() {
    local names=() name
    for name in "$@"; do names+=("$place/$name"); done
    BUILD=$place/build TEST_SECONDS=${TEST_SECONDS:-20} tests/run.sh ${names[@]+"${names[@]}"} 2>&1
    echo "status $?"
}

program good 'echo "[  PASSED  ] 3 test(s)." >&2; echo "[  SKIPPED ] 1 test(s), listed below:" >&2'
program plain 'echo "2 passed, 0 failed"'
program bad 'echo "[  PASSED  ] 1 test(s)."; echo "why it failed"; echo "[  FAILED  ] 2 test(s), listed below:"; exit 2'
program crash 'echo "[  PASSED  ] 1 test(s)."; kill -SEGV $$'
program hang 'echo "1 passed, 0 failed"; exec sleep 30'
program lies 'echo "4 passed, 0 failed"; exit 1'
program empty 'exit 0'
program stories/world 'test "$LANG" = C.UTF-8 && test "$TERM" = xterm-256color && test -z "${UPSTASH_BOX_API_KEY:-}${XDG_CONFIG_HOME:-}" &&
    test -z "$(ls -A "$HOME" | grep -v runtime)" && echo "1 passed, 0 failed"'

output=$(run good plain)
expect "counts are added up" '^5 passed, 0 failed, 1 skipped$' "$output"
expect "all passed: status 0" '^status 0$' "$output"
output=$(run good bad)
expect "failures are counted" '^4 passed, 2 failed, 1 skipped$' "$output"
expect "the output of what failed is shown" '^why it failed$' "$output"
expect "a failure: status 1" '^status 1$' "$output"
output=$(run crash)
expect "a crash counts as failed" '^1 passed, 1 failed, 0 skipped$' "$output"
expect "a crash names its signal" 'ended by signal 11' "$output"
output=$(TEST_SECONDS=1 run hang)
expect "a time-out counts as failed" '^1 passed, 1 failed, 0 skipped$' "$output"
expect "a status other than 0 counts as failed" '^4 passed, 1 failed, 0 skipped$' "$(run lies)"
expect "a program without tests counts as failed" '^0 passed, 1 failed, 0 skipped$' "$(run empty)"
expect "no program at all is a failure" '^status 1$' "$(run)"
output=$(UPSTASH_BOX_API_KEY=secret XDG_CONFIG_HOME=/nowhere TERM=dumb LANG=C run stories/world)
expect "every program gets the same small world" '^1 passed, 0 failed, 0 skipped$' "$output"

# layering.sh, on a tree in which every rule is broken once.
mkdir -p "$place/tree/client/base" "$place/tree/client/api" "$place/tree/widgets" "$place/tree/tui"
(
    cd "$place/tree" || exit 1
    touch client/api/x.h tui/x.h widgets/good.h
    echo '#include "client/api/x.h"' >client/base/up.c
    echo '#include <curl/curl.h>' >client/base/curl.c
    echo '#include <ncurses.h>' >client/draws.c
    echo '#include "tui/x.h"' >widgets/up.c
    echo '#include "x.h"' >tui/short.c
    printf '#include "widgets/good.h"\n#include <ncurses.h>\nvoid f(void) { doupdate(); }\n' >tui/paint.c
    echo 'void g(void) { wrefresh(w); }' >widgets/paints.c
)
output=$(tests/tools/layering.sh "$place/tree")
expect "base may not look up" '^client/base/up.c:1: ' "$output"
expect "base is libc only" '^client/base/curl.c:1: ' "$output"
expect "the client knows no ncurses" '^client/draws.c:1: ' "$output"
expect "widgets know nothing of the application" '^widgets/up.c:1: ' "$output"
expect "includes are written from the root" '^tui/short.c:1: ' "$output"
expect "one file refreshes" 'only one file may call' "$output"
expect "nothing else is found" '^6$' "$(wc -l <<<"$output")"

# deps.sh asks for nothing when all is there: make test has just run it.
expect "deps.sh is silent when all is there" '^$' "$(PATH=$PATH:/usr/sbin tests/tools/deps.sh test 2>&1)"
expect "deps.sh lists what only tests need" '^libcmocka-dev$' "$(tests/tools/deps.sh --list test)"
expect "building needs no test packages" '^0$' "$(tests/tools/deps.sh --list build | grep -c cmocka)"

# demo.sh: the service answers while the command runs, and is gone afterwards, however the command ended. (In this test's tree the runner
# has set HOME and TMPDIR to a folder of ours, so "nothing is left" can be seen.)
boxd=${BUILD:-build}/boxd
if [ -x "$boxd" ]; then
    mkdir "$place/tmp"
    export TMPDIR=$place/tmp
    # shellcheck disable=SC2016 # the demo's shell expands these
    output=$(tests/tools/demo.sh sh -c '
        curl -s -m 10 -H "X-Box-Api-Key: $UPSTASH_BOX_API_KEY" "$UPSTASH_BOX_BASE_URL/v2/box" | grep -o "^.\{2\}"; echo "url $UPSTASH_BOX_BASE_URL"; exit 3' 2>&1)
    expect "demo.sh ends with the command's status" '^3$' "$?"
    expect "the demo's service lists boxes" '^\[\{$' "$output"
    curl -s -m 10 "$(sed -n 's/^url //p' <<<"$output")/v2/box" >/dev/null
    expect "the demo's service is gone afterwards" '^7$' "$?"
    # shellcheck disable=SC2016
    tests/tools/demo.sh sh -c 'echo "$UPSTASH_BOX_BASE_URL" >"$TMPDIR/../url"; kill -TERM $PPID'
    expect "demo.sh ends by a signal as asked" '^143$' "$?"
    curl -s -m 10 "$(cat "$place/url")/v2/box" >/dev/null
    expect "a signal ends the demo's service" '^7$' "$?"
    expect "the demo leaves no files" '^$' "$(ls -A "$place/tmp")"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
