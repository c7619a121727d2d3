#!/usr/bin/env bash
# The unmodified @upstash/box SDK against boxd.
#
#   tests/interop/run.sh [BOXD]          (default: build/boxd)
#   tests/interop/run.sh --fetch         only fetches the SDK, for the benches
#
# Needs node 18 or newer. Fetches the SDK and its two dependencies from the npm registry, by version and
# checksum, into $BUILD/interop, once. Prints "N passed, N failed". Without node, or without the registry when
# nothing was fetched before, it says that it was skipped and why, and succeeds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
store=$build/interop

packages="
@upstash/box/-/box-0.5.5.tgz @upstash/box 7f2a512b0ac880e29eea15a1870fe0be1508df418a1f8e77294a3575e4568c83f4daba94a8c089bb779c196360d573333d8d941c46c89f9e257eb83da7aa6dde
zod-to-json-schema/-/zod-to-json-schema-3.25.2.tgz zod-to-json-schema 3bf3e07e7a53d712920de4184827d12391b2de13dff7598a543b982d41d924c883169b6f3f8d4c4a75a87e6f1d9c29b4db9e9935f64833b0d2cee48c0059e31c
zod/-/zod-3.25.76.tgz zod 83352dfeab7cd675ec14628815c0b76277c4031e4d92e9c27e70e5bee0524854b4d9b717bb82e679ad001485306cb5b158fc7777da7c4b94286ae8ca70d43171
"

skip() {
    echo "skipped: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

command -v node >/dev/null || skip "node is not installed, so the SDK cannot run"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || skip "node is older than 18"

while read -r path name sum; do
    [ -n "$path" ] || continue
    file=$store/${path##*/}
    mkdir -p "$store/node_modules/$name"
    if ! echo "$sum  $file" | sha512sum --check --status 2>/dev/null; then
        command -v curl >/dev/null || skip "curl is not installed, so the SDK cannot be fetched"
        curl -fsS --retry 2 --max-time 60 -o "$file" "https://registry.npmjs.org/$path" ||
            skip "the npm registry cannot be reached and $name was not fetched before"
        echo "$sum  $file" | sha512sum --check --status || {
            echo "$name from the registry does not have the expected checksum" >&2
            exit 1
        }
    fi
    tar -xzf "$file" -C "$store/node_modules/$name" --strip-components 1
done <<<"$packages"

[ "${1:-}" != --fetch ] || exit 0
boxd=$(realpath "${1:-${BOXD:-$build/boxd}}")

# Modules are looked up from where the script lies.
cp "$here/sdk.mjs" "$store/sdk.mjs"
mkfifo "$store/ready.$$"
"$boxd" --die-with-parent --creating-ms 300 --pause-ms 200 >"$store/ready.$$" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -f "$store/ready.$$"' EXIT
read -r ready <"$store/ready.$$"
field() { node -p 'JSON.parse(process.argv[1])[process.argv[2]]' "$ready" "$1"; }
UPSTASH_BOX_BASE_URL=$(field http) UPSTASH_BOX_API_KEY=$(field api_key) UPSTASH_DISABLE_TELEMETRY=1 \
    timeout 100 node "$store/sdk.mjs"
