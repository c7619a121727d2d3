#!/usr/bin/env bash
# Runs test programs and counts what they say.
#
#   tests/run.sh [-j JOBS] PROGRAM...
#
# Programs below stories/ talk to each other through pseudo terminals and clocks, so they run one after the other, after all others; the
# others run JOBS at a time (default: one a core). A program is a cmocka program, or anything that ends with a line
# "N passed, N failed[, N skipped]". It has TEST_SECONDS (default 120) to finish. A crash, a time-out, and a program that ran nothing
# count as failed. Output is shown for what failed; all of it stays in $BUILD/test-output.
#
# Every program gets the same small world: a UTF-8 locale, a known terminal type, a HOME of its own that is thrown away, and none of the
# caller's settings for boxtop.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
limit=${TEST_SECONDS:-120}

# Adds up a program's counts: cmocka's closing lines, or the plain line. Prints "passed failed skipped".
count() {
    awk '
        /^\[  PASSED  \] [0-9]+ test\(s\)/ { passed += $4 }
        /^\[  FAILED  \] [0-9]+ test\(s\)/ { failed += $4 }
        /^\[  SKIPPED \] [0-9]+ test\(s\)/ { skipped += $4 }
        /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { passed += $1; failed += $3; skipped += $5 }
        END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# Runs one program and writes its verdict to FILE.verdict: "name passed failed skipped seconds why".
run_one() {
    local program=$1 name file home started status seconds passed failed skipped why=-
    # The interop scripts fetch packages, which may need the caller's way to the network.
    local way=()
    if [[ $program == */interop/* ]]; then
        for name in https_proxy HTTPS_PROXY no_proxy NO_PROXY SSL_CERT_FILE CURL_CA_BUNDLE; do
            [ -z "${!name:-}" ] || way+=("$name=${!name}")
        done
    fi
    # The counts of the long tests.
    for name in ${!SOAK_@}; do
        way+=("$name=${!name}")
    done
    name=${program#"$here"/} name=${name#"$BUILD"/} name=${name/tests\//} name=${name#/}
    file=$OUTPUT/${name//\//.}
    home=$(mktemp -d "${TMPDIR:-/tmp}/boxtop-test.XXXXXX")
    mkdir -m 700 "$home/runtime"
    started=$(date +%s%N)
    { env -i PATH="$PATH" HOME="$home" TMPDIR="$home" XDG_RUNTIME_DIR="$home/runtime" LANG=C.UTF-8 TERM=xterm-256color TZ=UTC \
        SHELL=/bin/sh BUILD="$BUILD" ${GENERATE:+GENERATE="$GENERATE"} CI="${CI:-}" \
        ASAN_OPTIONS=detect_leaks=1:handle_abort=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
        TSAN_OPTIONS=halt_on_error=1 ${way[@]+"${way[@]}"} timeout -k 5 "$limit" "$program" >"$file.out" 2>&1 </dev/null; } 2>/dev/null
    status=$?
    seconds=$(awk -v ns=$(($(date +%s%N) - started)) 'BEGIN { printf "%.1f", ns / 1e9 }')
    rm -rf "$home"
    read -r passed failed skipped < <(count "$file.out")
    if [ "$status" = 124 ] || [ "$status" = 137 ]; then
        failed=$((failed + 1)) why="took longer than $limit s"
    elif [ "$status" -ge 128 ]; then
        failed=$((failed + 1)) why="ended by signal $((status - 128))"
    elif [ "$status" != 0 ] && [ "$failed" = 0 ]; then
        failed=1 why="ended with status $status"
    elif [ $((passed + failed + skipped)) = 0 ]; then
        failed=1 why="ran no test"
    fi
    echo "$name $passed $failed $skipped $seconds $why" >"$file.verdict"
    if [ "$failed" = 0 ]; then
        printf 'ok    %-44s %4d passed%s  %s s\n' "$name" "$passed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")" "$seconds"
    else
        printf 'FAIL  %-44s %4d passed, %d failed  %s s  %s\n' "$name" "$passed" "$failed" "$seconds" "${why#-}"
    fi
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

jobs=$(nproc 2>/dev/null || echo 2)
if [ "${1:-}" = -j ]; then
    jobs=$2
    shift 2
fi
cd "$here" || exit 1
export BUILD=${BUILD:-build}
case $BUILD in
/*) export OUTPUT=$BUILD/test-output ;;
*) export OUTPUT=$here/$BUILD/test-output ;;
esac
rm -rf "$OUTPUT"
mkdir -p "$OUTPUT"

quick=() stories=()
for program in "$@"; do
    case $program in
    /*) ;;
    *) program=$here/$program ;;
    esac
    case $program in
    */stories/* | */interop/*) stories+=("$program") ;;
    *) quick+=("$program") ;;
    esac
done
started=$SECONDS
[ ${#quick[@]} = 0 ] || printf '%s\0' "${quick[@]}" | xargs -0 -n 1 -P "$jobs" "$here/tests/run.sh" --one
[ ${#stories[@]} = 0 ] || printf '%s\0' "${stories[@]}" | xargs -0 -n 1 "$here/tests/run.sh" --one

passed=0 failed=0 skipped=0
for verdict in "$OUTPUT"/*.verdict; do
    [ -e "$verdict" ] || continue
    read -r name ok bad skip _ why <"$verdict"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    if [ "$bad" != 0 ]; then
        printf '\n==== %s: %s\n' "$name" "${why#-}"
        tail -n 120 "${verdict%.verdict}.out"
    fi
done
echo
echo "$# programs in $((SECONDS - started)) s; their output is in $BUILD/test-output"
if [ $((passed + failed)) = 0 ]; then
    echo "no test was run" >&2
    failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
