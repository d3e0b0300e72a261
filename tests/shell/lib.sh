# lib.sh - what the shell tests share. A test script is a suite of scripts/test:
#
#     . "$(dirname "$0")/lib.sh"
#     guest 'ls /; cat /nothing'
#     expect_status SH-LS "the status is that of the last command" 1
#     expect_output SH-LS-ROOT "ls / shows the folder of programs" '^bin$'
#     finish
#
# Each expectation is one test, with an ID and the sentence that must hold. They speak of the
# latest `guest` run: $output (stdout), $errors (stderr of scripts/run), $status, $log (the
# kernel log).
#
# A person at the terminal is played with
#
#     session
#     session_wait '[$] $' && session_type $'echo hello\n'
#     session_end
#
# and a guest with other files in its boot archive is made by archive_begin and archive_end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

build=${BUILD:-build}
log=$(mktemp "${TMPDIR:-/tmp}/myelin-test.XXXXXX")
errors_file=$log.errors
transcript=$log.transcript
session_input=$log.input
output='' errors='' status=0 tests=0 session_process='' session_seen=0
archive_folder=''

clean_up()
{
    [ -z "$session_process" ] || kill "$session_process" 2>/dev/null
    rm -f "$log" "$log.cpio" "$errors_file" "$transcript" "$session_input"
    [ -z "$archive_folder" ] || rm -rf "$archive_folder"
}
trap clean_up EXIT

# guest COMMAND [option of scripts/run...] - boots, runs COMMAND, keeps what came of it.
guest()
{
    local command=$1
    shift
    status=0
    output=$(scripts/run --timeout "${GUEST_TIMEOUT:-120}" --log "$log" "$@" -- "$command" \
        2>"$errors_file" </dev/null | tr -d '\r') || status=$?
    errors=$(<"$errors_file")
}

# session [option of scripts/run...] - boots to the shell.
session()
{
    mkfifo "$session_input"
    scripts/run --log "$log" "$@" <"$session_input" >"$transcript" 2>"$errors_file" &
    session_process=$!
    exec 8>"$session_input"
    session_seen=0
}

# session_wait REGEX [SECONDS] - waits until a line (or what there is of the last) that came after
# the latest match matches the extended regular expression; fails when none does in time.
session_wait()
{
    local end=$((SECONDS + ${2:-30})) fresh
    until fresh=$(tail -c "+$((session_seen + 1))" "$transcript" | tr -d '\r'); grep -qE -- "$1" <<<"$fresh"
    do
        [ $SECONDS -lt $end ] && kill -0 "$session_process" 2>/dev/null || return 1
        sleep 0.1
    done
    session_seen=$(stat -c %s "$transcript")
}

session_type()
{
    printf '%s' "$1" >&8
}

# session_end - waits for the guest to power off; $status and $output as after `guest`.
session_end()
{
    local end=$((SECONDS + ${1:-30}))
    while kill -0 "$session_process" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.1; done
    kill "$session_process" 2>/dev/null
    status=0
    wait "$session_process" || status=$?
    session_process=''
    exec 8>&-
    rm -f "$session_input"
    output=$(tr -d '\r' <"$transcript")
    errors=$(<"$errors_file")
}

# ok ID SENTENCE; not_ok ID SENTENCE REASON
ok()
{
    tests=$((tests + 1))
    echo "ok $1 $2"
}

not_ok()
{
    tests=$((tests + 1))
    echo "not ok $1 $2: $3"
    printf '    stdout| %s\n' "${output//$'\n'/$'\n    stdout| '}"
    [ -z "$errors" ] || printf '    stderr| %s\n' "${errors//$'\n'/$'\n    stderr| '}"
}

# expect ID SENTENCE COMMAND... - the command, run here, succeeds.
expect()
{
    local id=$1 sentence=$2
    shift 2
    if "$@"; then ok "$id" "$sentence"; else not_ok "$id" "$sentence" "'$*' failed"; fi
}

expect_status()
{
    if [ "$status" = "$3" ]; then
        ok "$1" "$2"
    else
        not_ok "$1" "$2" "status $status, expected $3"
    fi
}

# expect_output ID SENTENCE REGEX - a line of stdout matches the extended regular expression.
expect_output()
{
    if grep -qE -- "$3" <<<"$output"; then
        ok "$1" "$2"
    else
        not_ok "$1" "$2" "no line of the output matches '$3'"
    fi
}

expect_no_output()
{
    if grep -qE -- "$3" <<<"$output"; then
        not_ok "$1" "$2" "a line of the output matches '$3'"
    else
        ok "$1" "$2"
    fi
}

# expect_exactly ID SENTENCE TEXT - stdout is just that.
expect_exactly()
{
    if [ "$output" = "$3" ]; then
        ok "$1" "$2"
    else
        not_ok "$1" "$2" "the output is not exactly '$3'"
    fi
}

# archive_begin; ... archive_end - between them $archive_folder holds the boot archive's files, to
# be changed; from then on the script's guests boot with that archive.
archive_begin()
{
    archive_folder=$(mktemp -d "${TMPDIR:-/tmp}/myelin-archive.XXXXXX")
    (cd "$archive_folder" && cpio --quiet -idm) <"$build/boot.cpio"
}

archive_end()
{
    (cd "$archive_folder" && find . -mindepth 1 -printf '%P\n' | cpio --quiet -o -H newc) >"$log.cpio"
    rm -rf "$archive_folder"
    archive_folder=''
    export QEMU_FLAGS="-initrd $log.cpio"
}

# The last line of every script.
finish()
{
    echo "done $tests"
}
