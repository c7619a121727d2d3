#!/usr/bin/env bash
# Finds what is missing of tests/tools/packages and installs it. Does nothing, and asks apt nothing, when all is there.
#
#   deps.sh build|test     install what is missing for building, or for building and testing
#   deps.sh --list [WHEN]  print the names, one a line
#   deps.sh --table        print the list as a Markdown table
set -eu
cd "$(dirname "$0")/../.."
list=tests/tools/packages

# Prints "name|probe|why" of the packages for a use: build, or test (which is all of them).
packages() {
    local name when probe why
    while IFS='|' read -r name when probe why; do
        name=${name//[[:space:]]/} when=${when//[[:space:]]/}
        if [ -z "$name" ] || [ "${name#\#}" != "$name" ]; then
            continue
        fi
        if [ "$1" = test ] || [ "$1" = "$when" ]; then
            probe=${probe#"${probe%%[![:space:]]*}"} probe=${probe%"${probe##*[![:space:]]}"}
            printf '%s|%s|%s|%s\n' "$name" "$when" "$probe" "${why# }"
        fi
    done <"$list"
}

table() {
    local name when probe why
    printf '| package | for | why |\n|---|---|---|\n'
    packages test | while IFS='|' read -r name when probe why; do
        printf '| %s | %s | %s |\n' "$name" "$when" "$why"
    done
}

# Whether a probe finds its package.
found() {
    local path
    case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    pc:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pc:}" ;;
    header:*) echo "#include <${1#header:}>" | "${CC:-cc}" -E - >/dev/null 2>&1 ;;
    file:*)
        for path in ${1#file:}; do # unquoted: the probe is a pattern
            [ -e "$path" ] && return 0
        done
        return 1
        ;;
    esac
}

missing() {
    local name when probe why
    packages "$1" | while IFS='|' read -r name when probe why; do
        found "$probe" || printf '%s\n' "$name"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Installs from the package lists at hand; when they are empty or too old, fetches new ones and tries once more.
install() {
    local options=(-y --no-install-recommends -o Dpkg::Use-Pty=0 -q)
    if apt-cache show "$@" >/dev/null 2>&1 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "$@"; then
        return 0
    fi
    as_root apt-get -q update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "$@"
}

# A machine that had no SSH server shall not listen for strangers because our tests wanted one to start by hand.
quiet_sshd() {
    if [[ " $* " == *" openssh-server "* ]] && [ -d /run/systemd/system ]; then
        as_root systemctl disable --now ssh.service ssh.socket >/dev/null 2>&1 || true
        echo "openssh-server is here for the tests only; its service is switched off (systemctl enable --now ssh switches it on)."
    fi
}

case ${1:-} in
--list) packages "${2:-test}" | cut -d'|' -f1 && exit ;;
--table) table && exit ;;
build | test) ;;
*) echo "usage: deps.sh build|test | --list [build|test] | --table" >&2 && exit 2 ;;
esac

mapfile -t need < <(missing "$1")
if [ "${#need[@]}" = 0 ]; then
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "boxtop needs packages that are not here, and there is no apt-get to install them." >&2
    echo "Install what your system calls these (Debian's names), then run make again:" >&2
    printf '    %s\n' "${need[@]}" >&2
    exit 1
fi
echo "Missing packages, to be installed with apt-get: ${need[*]}"
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    echo "This needs root and there is no sudo. Run as root: apt-get install ${need[*]}" >&2
    exit 1
fi
if ! install "${need[@]}"; then
    echo "apt-get could not install: ${need[*]}. See its message above." >&2
    exit 1
fi
quiet_sshd "${need[@]}"
mapfile -t need < <(missing "$1")
if [ "${#need[@]}" != 0 ]; then
    echo "Installed, but still not found: ${need[*]} (see how they are looked for in $list)." >&2
    exit 1
fi
