#!/bin/bash
# first_server.sh - does what docs/first-server.md tells a newcomer to do, in a copy of the tree:
# writes the files it shows, runs the command it gives, expects the output it promises.
. "$(dirname "$0")/lib.sh"

page=docs/first-server.md
copy=$(mktemp -d "${TMPDIR:-/tmp}/myelin-copy.XXXXXX")
trap 'rm -rf "$copy"; clean_up' EXIT

# Writes each block after "Write `FILE`:" into FILE, in the copy.
write_files()
{
    awk -v copy="$copy" '
        /^Write `.*`:$/ { split($0, part, "`"); file = copy "/" part[2] }
        /^```$/ { if (writing) close(file); writing = 0; file = "" }
        writing { print > file }
        /^```(c|idl)$/ { writing = file != "" }
    ' "$page"
}

# The block of the page that begins with ```$1.
block()
{
    awk -v start="\`\`\`$1" '/^```$/ { inside = 0 } inside { print } $0 == start { inside = 1 }' "$page"
}

tar -c --exclude=./.git --exclude=./build . | tar -x -C "$copy"
rm -rf "$copy/examples/greeting" && mkdir -p "$copy/examples/greeting"
write_files
command=$(block sh)
status=0
output=$(cd "$copy" && env -u MAKEFLAGS -u BUILD bash -c "$command" 2>"$errors_file" </dev/null) ||
    status=$?
errors=$(<"$errors_file")

expect_status TUTORIAL-1 "what docs/first-server.md says builds and runs" 0
expect_exactly TUTORIAL-2 "it prints what docs/first-server.md promises" "$(block text)"
expect TUTORIAL-3 "the page's code is formatted as the house has it" \
    clang-format-19 --dry-run -Werror "$copy"/examples/greeting/*.[ch]
finish
