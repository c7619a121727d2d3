#!/usr/bin/env bash
# Who may include whom (HACKING.md, "The rooms"). Prints every include that breaks a rule; fails if there is one.
#
#   layering.sh [ROOT]    ROOT: the tree to look at (default: this one); tests/tools/test_checks.sh gives it broken ones
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1

# A room, what it may include of ours, and which system headers it must not know.
rules() {
    cat <<'EOF'
client/base  ^client/base/                 ^(n?curses|panel|curl/|jansson|vterm|libssh2|openssl/|seccomp|pcre2|ini\.h)
client       ^client/                      ^(n?curses|panel|ncursesw/)
widgets      ^(widgets|client/base)/       ^(curl/|jansson|vterm|libssh2|openssl/|seccomp)
tui          ^(tui|widgets|client)/        ^(vterm|libssh2|seccomp)
EOF
}

# Prints "line:kind:name" for each include of a file; the kind is q for "..." and s for <...>.
includes_of() {
    awk '
        /^[ \t]*#[ \t]*include[ \t]*["<]/ {
            kind = /include[ \t]*"/ ? "q" : "s"
            name = $0
            sub(/^[^"<]*["<]/, "", name)
            sub(/[">].*/, "", name)
            print FNR ":" kind ":" name
        }' "$1"
}

check_room() { # ROOM OURS FORBIDDEN
    local file line kind name outer=()
    if [ "$1" = client ]; then
        outer=(-not -path 'client/base/*')
    fi
    while read -r file; do
        while IFS=: read -r line kind name; do
            if [ "$kind" = q ] && ! [[ $name =~ $2 ]]; then
                echo "$file:$line: $1/ must not include \"$name\""
            elif [ "$kind" = q ] && ! [ -e "$name" ]; then
                echo "$file:$line: \"$name\" is not a path from the root"
            elif [ "$kind" = s ] && [[ $name =~ $3 ]]; then
                echo "$file:$line: $1/ must not know <$name>"
            fi
        done < <(includes_of "$file")
    done < <(find "$1" -name '*.[ch]' "${outer[@]}" 2>/dev/null | sort)
}

# Painting ends in one place: a second caller of refresh would draw half frames.
check_refresh() {
    local files
    files=$(grep -lE '(^|[^_[:alnum:]])(w?refresh|wnoutrefresh|pnoutrefresh|prefresh|doupdate)\(' -r tui widgets --include='*.c' 2>/dev/null | sort)
    if [ "$(printf '%s' "$files" | grep -c .)" -gt 1 ]; then
        echo "only one file may call refresh or doupdate, but these do:" $files
    fi
}

found=$(
    rules | while read -r room ours forbidden; do check_room "$room" "$ours" "$forbidden"; done
    check_refresh
)
[ -z "$found" ] && exit 0
echo "$found"
exit 1
