#!/usr/bin/env bash
# Makes the parts of the documents that have their truth elsewhere: the table of keys from boxtop's table of actions, the table of packages
# from tests/tools/packages.
#
#   generate.sh man            the manual page, on stdout
#   generate.sh readme         README.md with its tables made anew, on stdout
#
# The actions come from a small program (tests/tools/actions.c), one a line: name, keys, where, risk, help; separated by tabs.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
version=$(sed -n 's/^VERSION := //p' Makefile)

keys_man() {
    "$build/actions" | awk -F'\t' '
        function clean(text) { gsub(/\\/, "\\(rs", text); gsub(/-/, "\\-", text); gsub(/"/, "\\(dq", text); return text }
        $3 != where { where = $3; print ".SS " clean(where) }
        { print ".TP"; print ".B " ($2 == "" ? "(none)" : clean($2)); print clean($5) " (" clean($1) ")." }' | sed "s/'/\\\\(aq/g"
}

keys_markdown() {
    printf '| where | key | does |\n|---|---|---|\n'
    "$build/actions" | awk -F'\t' '
        function cell(text) { gsub(/\|/, "\\|", text); return text }
        function keys(text,   n, parts, i, out) {
            n = split(text, parts, " ")
            if (n == 0) return "-"
            for (i = 1; i <= n; i++) out = out (i > 1 ? " " : "") (parts[i] == "`" ? "`` ` ``" : "`" cell(parts[i]) "`")
            return out
        }
        { print "|" ($3 == where ? "" : " " cell($3)) " | " keys($2) " | " cell($5) " |"; where = $3 }'
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
    awk -v part="$part" -v version="$version" '
        $0 == "@KEYS@" { while ((getline line < part) > 0) print line; next }
        { gsub(/@VERSION@/, version); print }' assets/boxtop.1.in
    ;;
readme)
    tests/tools/deps.sh --table >"$part"
    if [ -x "$build/actions" ]; then
        keys_markdown >"$part2"
        between packages "$part" <README.md | between keys "$part2"
    else
        between packages "$part" <README.md
    fi
    ;;
*) echo "usage: generate.sh man|readme" >&2 && exit 2 ;;
esac
