#!/usr/bin/env bash
# Makes the parts of the documents that have their truth elsewhere: the table of keys from boxtop's table of actions, the table of packages
# from tests/tools/packages.
#
#   generate.sh man            the manual page, on stdout
#   generate.sh readme         README.md with its tables made anew, on stdout
#
# `boxtop --actions` prints one action a line: id, keys, where it is valid, help; separated by tabs, in the order they should be read.
set -euo pipefail
cd "$(dirname "$0")/../.."
boxtop=${BUILD:-build}/boxtop

actions() {
    "$boxtop" --actions
}

keys_man() {
    actions | awk -F'\t' '
        function clean(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); return text }
        $3 != where { where = $3; print ".SS " clean(where) }
        { print ".TP"; print ".B \"" clean($2 == "" ? "(no key)" : $2) "\""; print clean($4) " (" clean($1) ")." }' |
        sed 's/^\.B """"$/.B \\(dq/'
}

keys_markdown() {
    printf '| where | key | does |\n|---|---|---|\n'
    actions | awk -F'\t' '
        function cell(text) { gsub(/\|/, "\\|", text); return text }
        function keys(text,   n, parts, i, out) {
            n = split(text, parts, " ")
            for (i = 1; i <= n; i++) out = out (i > 1 ? " " : "") (parts[i] == "`" ? "`` ` ``" : "`" cell(parts[i]) "`")
            return out
        }
        { print "| " ($3 == where ? "" : cell($3)) " | " keys($2) " | " cell($4) " |"; where = $3 }'
}

# Replaces what stands between <!-- NAME --> and <!-- /NAME --> by a file.
between() {
    awk -v open="<!-- $1 -->" -v end="<!-- /$1 -->" -v part="$2" '
        $0 == open { print; print ""; while ((getline line < part) > 0) print line; print ""; skip = 1; next }
        $0 == end { skip = 0 }
        !skip'
}

part=$(mktemp) part2=$(mktemp)
trap 'rm -f "$part" "$part2"' EXIT
case ${1:-} in
man)
    keys_man >"$part"
    awk -v part="$part" -v version="$("$boxtop" --version | awk '{ print $2 }')" '
        $0 == "@KEYS@" { while ((getline line < part) > 0) print line; next }
        { gsub(/@VERSION@/, version); print }' assets/boxtop.1.in
    ;;
readme)
    tests/tools/deps.sh --table >"$part"
    if [ -x "$boxtop" ]; then
        keys_markdown >"$part2"
        between packages "$part" <README.md | between keys "$part2"
    else
        between packages "$part" <README.md
    fi
    ;;
*) echo "usage: generate.sh man|readme" >&2 && exit 2 ;;
esac
