#!/usr/bin/env bash
# The demo: starts build/boxd with a dozen boxes in which work goes on, runs boxtop on it, and ends boxd when boxtop ends.
#
#   demo.sh [COMMAND [ARG]...]    COMMAND: run this instead of boxtop, with the same environment (try: demo.sh bash)
#
# Everything lives in a temporary folder: the boxes, and boxtop's config, known_hosts, state and cache. Nothing of the user's is touched.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}

root=$(mktemp -d "${TMPDIR:-/tmp}/boxtop-demo.XXXXXX")
boxd=
finish() {
    trap '' INT TERM HUP
    if [ -n "$boxd" ]; then
        kill "$boxd" 2>/dev/null || true
        wait "$boxd" 2>/dev/null || true
    fi
    rm -rf "$root"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# A session of its own: Ctrl-C on this terminal is for boxtop.
mkfifo "$root/ready"
setsid "$build/boxd" --http 127.0.0.1:0 --ssh 127.0.0.1:0 --root "$root/boxes" --seed demo >"$root/ready" 2>"$root/boxd.log" &
boxd=$!
if ! read -r -t 20 ready <"$root/ready"; then
    echo "boxd did not start:" >&2
    cat "$root/boxd.log" >&2
    exit 1
fi

# A field of the ready line: {"http":"http://127.0.0.1:40001","ssh":"127.0.0.1:40002","api_key":"..."}
field() {
    printf '%s\n' "$ready" | sed -n -E 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*"([^"]*)".*/\1/p'
}
export UPSTASH_BOX_BASE_URL UPSTASH_BOX_API_KEY
UPSTASH_BOX_BASE_URL=$(field http)
UPSTASH_BOX_API_KEY=$(field api_key)
unset BOX_ID
export XDG_CONFIG_HOME=$root/config XDG_STATE_HOME=$root/state XDG_CACHE_HOME=$root/cache
mkdir -m 700 "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME"

status=0
if [ $# = 0 ]; then
    "$build/boxtop" --ssh "$(field ssh)" || status=$?
else
    BOXTOP_DEMO_SSH=$(field ssh) "$@" || status=$?
fi
exit $status
