#!/bin/sh
# The demo's agent: a script that does what a coding agent does, for real: it looks, runs tests, edits files,
# runs them again, commits. It takes the arguments of a harness and speaks box-sse-v1 on stdout.
#
#   agent.sh -p PROMPT [--model MODEL] [--stream] [--session ID]
#
# What it does hangs on the prompt: "fix" or "test" makes it repair a small C project whose tests fail; "crash"
# makes it give up; "wait N" makes it think for N seconds; anything else makes it look around and write notes.
# BOX_PACE is the length of its pauses, 1 by default, 0 for tests.
set -u

prompt='' session=''
while [ $# -gt 0 ]; do
    case $1 in
    -p) prompt=${2-}; shift ;;
    --model) shift ;;
    --session) session=${2-}; shift ;;
    esac
    [ $# -gt 0 ] && shift
done
session=${session:-$(date +%s)-$$}
tokens_in=1800 tokens_out=0 calls=0

# pause SECONDS: thinking takes time.
pause() {
    case ${BOX_PACE:-1} in
    0) ;;
    1) sleep "$1" ;;
    *) sleep "$(awk -v a="$1" -v b="$BOX_PACE" 'BEGIN { print a * b }')" ;;
    esac
}

# A JSON string of stdin.
quote() {
    LC_ALL=C tr -d '\000-\010\013-\037\177' |
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' |
        awk 'BEGIN { printf "\"" } { gsub(/\t/, "\\t"); printf "%s%s", (NR > 1 ? "\\n" : ""), $0 } END { printf "\"" }'
}

event() {
    printf 'event: %s\ndata: %s\n\n' "$1" "$2"
    tokens_out=$((tokens_out + ${#2} / 4))
    tokens_in=$((tokens_in + ${#2} / 2 + 700))
}

think() {
    event thinking "{\"text\":$(printf '%s' "$1" | quote)}"
    pause 2
}

# say TEXT: visible output, a few words at a time.
say() {
    event text "{\"text\":$(printf '%s' "$1 " | quote)}"
    pause 1
}

# call TOOL KEY VALUE: announces a tool call.
call() {
    calls=$((calls + 1))
    event tool "{\"tool_call_id\":\"toolu_$$_$calls\",\"name\":\"$1\",\"input\":{\"$2\":$(printf '%s' "$3" | quote)}}"
    pause 1
}

# result: stdin is what the tool gave back.
result() {
    event tool_result "{\"tool_call_id\":\"toolu_$$_$calls\",\"output\":$(head -c 4000 | quote)}"
    pause 2
}

# bash COMMAND: runs it, for real. Its status is in $status.
bash_tool() {
    call Bash command "$1"
    output=$(sh -c "$1" 2>&1)
    status=$?
    printf '%s\n' "$output" | result
}

# todo FIRST SECOND THIRD: the states of the three steps.
todo() {
    calls=$((calls + 1))
    event tool "{\"tool_call_id\":\"toolu_$$_$calls\",\"name\":\"TodoWrite\",\"input\":{\"todos\":[\
{\"content\":\"Reproduce the failure\",\"status\":\"$1\"},\
{\"content\":\"Find and fix the cause\",\"status\":\"$2\"},\
{\"content\":\"Run all tests and commit\",\"status\":\"$3\"}]}}"
    pause 1
}

finish() {
    cached=$((tokens_in * 3 / 4))
    cost=$(awk -v i=$((tokens_in - cached)) -v c=$cached -v o=$tokens_out \
        'BEGIN { printf "%.6f", i * 3e-6 + c * 0.3e-6 + o * 15e-6 }')
    event "done" "{\"output\":$(printf '%s' "$1" | quote),\"input_tokens\":$tokens_in,\"output_tokens\":$tokens_out,\
\"cached_input_tokens\":$cached,\"total_cost_usd\":$cost,\"session_id\":\"$session\"}"
    exit 0
}

give_up() {
    event error "{\"error\":$(printf '%s' "$1" | quote),\"input_tokens\":$tokens_in,\"output_tokens\":$tokens_out,\
\"cached_input_tokens\":0,\"total_cost_usd\":0.0031,\"session_id\":\"$session\"}"
    exit 1
}

git_quietly() {
    git -c user.name='Upstash Box' -c user.email=box@upstash.com "$@" >/dev/null 2>&1
}

# The project as it is when somebody has just broken it: variant $1 of three.
prepare() {
    assets=${BOX_ASSETS:-$(dirname "$0")/..}
    mkdir -p ledger && cp "$assets"/demo/ledger/* ledger/ || give_up "the project cannot be copied"
    case $1 in
    0) file=money.c good='return negative ? -cents : cents;' bad='return cents;'
       cause='The sign is read but never applied to the result.' ;;
    1) file=ledger.c good='i < ledger->count' bad='i + 1 < ledger->count'
       cause='The loop stops one entry early, so the newest one is missing from the balance.' ;;
    *) file=money.c good='%s%ld.%02ld' bad='%s%ld.%ld'
       cause='Cents below ten lose their leading zero: 1.05 becomes 1.5.' ;;
    esac
    sed -i "s/$good/$bad/" "ledger/$file"
    cd ledger || exit 1
    [ -d .git ] || git_quietly init -q
    printf 'test_ledger\n' >.gitignore
    git_quietly add -A && git_quietly commit -qm "Rework $file"
}

fix() {
    step=$(cat .agent-step 2>/dev/null || echo 0)
    echo $((step + 1)) >.agent-step
    prepare $((step % 3))
    think "I should see the failure with my own eyes before I change anything."
    todo in_progress pending pending
    bash_tool "make test"
    if [ $status -eq 0 ]; then
        finish "All tests pass already; nothing to fix."
    fi
    say "The failure is there."
    todo completed in_progress pending
    call Grep pattern "$bad"
    grep -nF "$bad" ./*.c | result
    call Read file_path "/workspace/home/ledger/$file"
    cat "$file" | result
    think "$cause"
    say "$cause"
    call Edit file_path "/workspace/home/ledger/$file"
    sed -i "s/$bad/$good/" "$file"
    git diff -- "$file" 2>/dev/null | tail -n 12 | result
    todo completed completed in_progress
    bash_tool "make test"
    if [ $status -ne 0 ]; then
        give_up "the tests still fail after the fix"
    fi
    git_quietly commit -qam "Fix $file: ${cause%.}"
    bash_tool "git log --oneline -3"
    todo completed completed completed
    finish "Fixed $file. $cause All 10 tests pass and the change is committed."
}

explore() {
    think "I will look at what is here first."
    bash_tool "ls -la"
    bash_tool "find . -type f -not -path '*/.git/*' | wc -l"
    files=$output
    call Write file_path /workspace/home/NOTES.md
    printf '# Notes\n\nTask: %s\n\n%s files, seen on %s.\n' "$prompt" "$files" "$(date -u +%Y-%m-%d)" >NOTES.md
    wc -c NOTES.md | result
    say "I looked at $(echo $files) files and wrote NOTES.md."
    finish "Looked at $(echo $files) files; the findings are in NOTES.md."
}

case $prompt in
*crash*)
    think "The staging database should answer here."
    bash_tool "test -S /run/staging.sock"
    say "The staging database does not answer."
    give_up "the staging database does not answer" ;;
wait\ [0-9]*)
    say "Waiting."
    sleep "${prompt#wait }"
    finish "Waited." ;;
*[Ff]ix* | *test*) fix ;;
*) explore ;;
esac
