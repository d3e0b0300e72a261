#!/bin/bash
# examples.sh - each example runs from the shell and prints exactly what examples/*/output says.
. "$(dirname "$0")/lib.sh"

# example ID FOLDER COMMAND
example()
{
    guest "$3"
    expect_status "EXAMPLE-$1-STATUS" "examples/$2 ends with 0" 0
    expect_exactly "EXAMPLE-$1" "examples/$2 prints what its file 'output' says" \
        "$(<"examples/$2/output")"
}

while IFS='|' read -r _ folder command _; do
    folder=$(tr -d ' `/' <<<"$folder")
    command=$(tr -d '`' <<<"$command" | sed 's/^ *//; s/ *$//')
    [ -f "examples/$folder/output" ] || continue
    example "$(tr '[:lower:]' '[:upper:]' <<<"$folder")" "$folder" "$command"
done < <(grep '^| `[a-z-]*/`' examples/README.md)
expect EXAMPLE-ALL "each example with an output was run" \
    test $tests = $((2 * $(find examples -name output | wc -l)))

guest 'file-client; echo $?'
expect_output EXAMPLE-FILE-CLIENT "the file client ends with 0" '^0$'

# provoked ID SENTENCE COMMAND LABEL - an example's server refuses what greedy asks for; the error is
# told as a suite tells it.
provoked()
{
    guest "$3"
    grep '^pair ' <<<"$output" || true
    expect_output "$1" "$2" "^pair $4\$"
}

provoked EXAMPLE-DRIVER-BUSY "the driver lets one call wait: the second is EBUSY" \
    'driver /bin/greedy' '0x10020001 16 0x0'
provoked EXAMPLE-MEMBRANE-FULL "the membrane has 16 stand-ins: the 17th is ENOSPC" \
    'membrane /bin/greedy' '0x10110001 28 0x0'
finish
