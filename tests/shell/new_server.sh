#!/bin/bash
# new_server.sh - `make new-server` in a copy of the tree: what it writes builds, is formatted as
# the house has it, and passes its own test; so does what docs/new-server.md makes of it; names that
# it cannot take are refused.
. "$(dirname "$0")/lib.sh"

copy=$(mktemp -d "${TMPDIR:-/tmp}/myelin-copy.XXXXXX")
trap 'rm -rf "$copy"; clean_up' EXIT

# in_copy COMMAND... - runs it in the copy, and keeps what came of it.
in_copy()
{
    status=0
    output=$(cd "$copy" && env -u MAKEFLAGS -u BUILD "$@" 2>"$errors_file" </dev/null) || status=$?
    errors=$(<"$errors_file")
}

# refused ID NAME REASON - one line that says why, and nothing is written.
refused()
{
    in_copy make -s new-server "NAME=$2"
    expect "NEW-SERVER-$1" "the name '$2' is refused in one line that says why" \
        test "$status" != 0 -a "$(grep -c '^new-server: ' "$errors_file")" = 1
    expect "NEW-SERVER-$1-WHY" "the reason: $3" grep -q "$3" "$errors_file"
}

# Writes each block after "Write `FILE`:" into FILE, in the copy.
write_files()
{
    awk -v copy="$copy" '
        /^Write `.*`:$/ { split($0, part, "`"); file = copy "/" part[2] }
        /^```$/ { if (writing) close(file); writing = 0; file = "" }
        writing { print > file }
        /^```[a-z]+$/ { writing = file != "" }
    ' docs/new-server.md
}

# With what is built already: only what is new has to be built.
tar -c --exclude=./.git --exclude="./$build/test" --exclude="./$build/fuzz" . | tar -x -C "$copy"

refused EMPTY '' 'which name'
refused CAPITAL Echo 'is no name for a server'
refused LONG seventeen_letters 'too long: 16'
refused C_WORD switch 'is no name for a server'
refused TAKEN sampler 'there is idl/interfaces/sampler.idl'
refused PROGRAM sh 'has a program of that name'

in_copy make -s new-server NAME=notes
write_files
in_copy make -s new-server NAME=echo
expect_status NEW-SERVER-MAKE "make new-server NAME=echo writes a server" 0
refused AGAIN echo 'is taken'
expect NEW-SERVER-FORMAT "what it writes is formatted as the house has it, and what the page has" \
    clang-format-19 --dry-run -Werror "$copy"/servers/{echo,notes}/main.c "$copy"/apps/{echo,notes}-client.c
expect NEW-SERVER-SPACE "no line ends with a blank" \
    test -z "$(grep -lE ' +$' "$copy"/{servers/echo/main.c,apps/echo-client.c,tests/shell/echo.sh,idl/interfaces/echo.idl})"
in_copy make -s all
expect_status NEW-SERVER-BUILD "it builds" 0
in_copy scripts/test echo.sh
expect_status NEW-SERVER-TEST "it passes its own test" 0
expect_output NEW-SERVER-TESTS "which has three tests" '^3 passed, 0 failed$'
in_copy scripts/test notes.sh
expect_output NEW-SERVER-PAGE "what docs/new-server.md makes of it passes the page's test" \
    '^2 passed, 0 failed$'
finish
