#!/usr/bin/env bash
# The checks that need no program to run: format, layering, words, macros, scripts, documents. Ends with "N passed, N failed, N skipped".
#
#   check.sh [NAME]...    only these checks
#
# A check is a function check_NAME: it prints what is wrong and fails, or returns 77 after printing why it was skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}

# Every file of ours: what git would take, less what is deleted in the work tree.
ours() {
    if [ -e .git ] && command -v git >/dev/null 2>&1; then
        git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@"
    else
        local pattern
        for pattern in "$@"; do find . -path "./$build" -prune -o -path "./${pattern}" -print -o -name "${pattern}" -print; done | sed 's|^\./||'
    fi | sort -u | while read -r file; do [ -f "$file" ] && echo "$file"; done
}

# Prints its input and fails if there is any.
none() {
    local found
    found=$(cat)
    [ -z "$found" ] || {
        echo "$found"
        return 1
    }
}

check_format() {
    # Versions differ in taste, so only the one that the tree was formatted with can judge.
    if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
        echo "needs clang-format 14"
        return 77
    fi
    ours '*.c' '*.h' | grep -v '^assets/' | xargs clang-format --dry-run -Werror 2>&1 | grep -E 'error:' | none
}

check_layering() { tests/tools/layering.sh; }

check_words() {
    ours '*.c' '*.h' '*.sh' '*.md' Makefile | grep -v '^tests/tools/check.sh$' | xargs grep -nE '\b(TODO|FIXME|XXX)\b' | none
}

check_space() {
    {
        ours '*.c' '*.h' '*.sh' '*.md' '*.mjs' | xargs grep -nP '[ \t]+$'
        ours '*.c' '*.h' '*.md' '*.mjs' | xargs grep -nP '\t'
    } | none
}

check_headers() {
    ours '*.h' | xargs grep -L '^#pragma once' | sed 's/$/: no #pragma once/' | none
}

# A function-like macro is a list (its only parameter is X), a constant expression or a row of a table, or does what no function can (# and
# ##, attributes, the size of an array). One that calls, chooses or holds statements should be a static inline function.
check_macros() {
    ours 'client/*.[ch]' 'widgets/*.[ch]' 'tui/*.[ch]' |
        xargs awk '
            function judge(   body) {
                body = text
                sub(/^#[ ]*define[ ]+[A-Za-z_0-9]+\([^)]*\)/, "", body)
                if (text !~ /^#[ ]*define[ ]+[A-Za-z_0-9]+\(X\)/ && body !~ /#|__attribute__|sizeof/ && body ~ /;|\?|[A-Za-z_0-9]\(/)
                    print where ": a function would do: " text
                text = ""
            }
            /^#[ ]*define[ ]+[A-Za-z_0-9]+\(/ { where = FILENAME ":" FNR; text = $0; if ($0 !~ /\\$/) judge(); next }
            text != "" { text = text $0; if ($0 !~ /\\$/) judge() }' | none
}

check_scripts() {
    local file
    for file in $(ours '*.sh' .ci/run); do
        bash -n "$file" || return 1
        [ -x "$file" ] || { echo "$file is not executable" && return 1; }
    done
    if command -v shellcheck >/dev/null 2>&1; then
        ours '*.sh' .ci/run | grep -v '^assets/demo/' | xargs shellcheck -S warning
    fi
}

# README's tables come from elsewhere and must be in step.
check_readme() {
    BUILD=$build tests/tools/generate.sh readme | diff README.md - | none || {
        echo "run: make readme"
        return 1
    }
}

# What the documents tell people to type or to read must exist.
check_documents() {
    local target path option
    {
        grep -ohE '\bmake [a-z][a-z-]+' README.md HACKING.md | cut -d' ' -f2 | sort -u | while read -r target; do
            grep -qE "^$target:" Makefile || echo "make $target: the Makefile has no such target"
        done
        grep -ohE '`(client|widgets|tui|tests|assets)/[a-z0-9_./-]*`' README.md HACKING.md | tr -d '`' | sort -u | while read -r path; do
            [ -e "$path" ] || echo "$path is named in a document, but does not exist"
        done
        if [ -x "$build/boxtop" ]; then
            cat README.md assets/boxtop.1.in assets/completions/* | sed 's/\\-/-/g' | grep -oE '(boxtop|BI?|-l|'"'"') ?--[a-z][a-z-]+|`--[a-z][a-z-]+' |
                grep -oE -- '--[a-z-]+' | sort -u | while read -r option; do
                "$build/boxtop" --help | grep -qE -- "$option\\b" || echo "$option: boxtop --help does not know it"
            done
        fi
    } | none
}

# The manual page, when there is something to read it with.
check_man() {
    if [ ! -x "$build/actions" ] || ! command -v groff >/dev/null 2>&1; then
        echo "needs $build/actions and groff"
        return 77
    fi
    BUILD=$build tests/tools/generate.sh man | groff -man -Tutf8 -ww -z 2>&1 | none
}

names=("$@")
if [ ${#names[@]} = 0 ]; then
    mapfile -t names < <(compgen -A function | sed -n 's/^check_//p')
fi
passed=0 failed=0 skipped=0
for name in "${names[@]}"; do
    output=$("check_$name" 2>&1)
    case $? in
    0) passed=$((passed + 1)) && echo "ok    $name" ;;
    77) skipped=$((skipped + 1)) && echo "skip  $name: $output" ;;
    *) failed=$((failed + 1)) && printf 'FAIL  %s\n%s\n' "$name" "$output" ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
