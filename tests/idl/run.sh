#!/bin/bash
# run.sh - the suite of the interface compiler: its messages, what it generates, its judgement of
# versions, and generated client and server talking to each other on this machine.
#
# usage: tests/idl/run.sh     (reports as tests/README.md says)
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

build=${BUILD:-build}
myidl=$build/myidl
errors=$PWD/idl/interfaces/errors.idl
work=$build/test/idl
cc=clang-19
warnings='-Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror'
sanitize='-fsanitize=address,undefined -fno-sanitize-recover=all'
user="--target=x86_64-linux-gnu -nostdlibinc -idirafter /usr/include/x86_64-linux-musl \
    -mgeneral-regs-only -Iinclude -I$work/interfaces/include"
host="-Iidl/host -Iinclude -I$build/idl/include"
library='lib/myelin/idl_pack.c lib/myelin/idl_server.c lib/myelin/idl_client.c lib/myelin/pack.c
    lib/myelin/message.c lib/myelin/error.c'
tests=0
fuzz_seconds=${FUZZ_SECONDS:-1}

# report ID SENTENCE STATUS [reason]
report()
{
    tests=$((tests + 1))
    if [ "$3" = 0 ]; then
        echo "ok IDL-$1 $2"
    else
        echo "not ok IDL-$1 $2: ${4:-status $3}"
    fi
}

# same ID SENTENCE EXPECTED ACTUAL - compares two files.
same()
{
    local difference
    difference=$(diff "$3" "$4" 2>&1 | head -n 3 | tr '\n' ' ')
    report "$1" "$2" "$([ -z "$difference" ]; echo $?)" "$difference"
}

upper()
{
    tr 'a-z_' 'A-Z-' <<<"$1"
}

# The compiler once more, so that it is itself watched while it does all this.
build_compiler()
{
    $cc -std=gnu17 -g -O1 $warnings $sanitize -Iinclude -o "$work/myidl" idl/*.c &&
        myidl=$PWD/$work/myidl
}

bad_files()
{
    local file name actual
    for file in tests/idl/bad/*.idl; do
        name=$(basename "$file" .idl)
        actual=$work/bad/$name
        if [[ $name == errors_* ]]; then
            (cd tests/idl/bad && "$myidl" errors -o /dev/null "$name.idl") >"$actual" 2>&1
        else
            (cd tests/idl/bad && "$myidl" check -e "$errors" "$name.idl") >"$actual" 2>&1
        fi
        [ $? = 1 ] || echo "exit status other than 1" >>"$actual"
        same "BAD-$(upper "$name")" "bad/$name.idl is told what is wrong, and where" \
            "tests/idl/bad/$name.expected" "$actual"
    done
}

# complains ID SENTENCE EXPECTED ARGUMENT... - that the compiler ends with an error, and says so.
complains()
{
    local id=$1 sentence=$2 expected=$3
    shift 3
    "$myidl" "$@" >"$work/bad/$id" 2>&1
    report "$id" "$sentence" "$([ $? != 0 ] && grep -q "$expected" "$work/bad/$id"; echo $?)" \
        "$(head -n 1 "$work/bad/$id")"
}

bad_surroundings()
{
    local full=$work/full/include/myelin
    mkdir -p "$full"
    ln -sf /dev/full "$full/errors.h"
    complains BAD-USAGE "without a file the usage is told" '^usage: myidl' check
    complains BAD-READ "a file that is not there is named" 'nowhere.idl: cannot be read: No such file' \
        check -e "$errors" nowhere.idl
    complains BAD-FOLDER "a file that cannot be written is named" 'errors.h: cannot be written: Not a' \
        errors -o /dev/null "$errors"
    complains BAD-FULL "so is one that the disk has no room for" 'errors.h: cannot be written$' \
        errors -o "$work/full" "$errors"
}

# Each message in the compiler's sources is told by one of the bad files, or above.
bad_files_are_complete()
{
    local missing
    missing=$(tests/idl/messages "$work/bad" idl/lexer.c idl/parser*.c idl/check*.c idl/main.c idl/source.c)
    report BAD-COMPLETE "each message of the compiler has a bad file that provokes it" \
        "$([ -z "$missing" ]; echo $?)" "${missing//$'\n'/; }"
}

good_files()
{
    local name
    for name in kitchen pantry; do
        "$myidl" -e "$errors" -o "$work/good" "tests/idl/good/$name.idl"
        report "GOOD-$(upper $name)" "good/$name.idl compiles" $?
        same "JSON-$(upper $name)" "its layout, as JSON, is what it was" \
            "tests/idl/good/$name.json" "$work/good/$name.json"
    done
    same MARKDOWN "the reference page of kitchen is what it was" tests/idl/good/kitchen.md \
        "$work/good/kitchen.md"
}

# Compiles, as the project compiles its own, every file of a kind.
compiles()
{
    local id=$1 sentence=$2 flags=$3 file reason=
    shift 3
    for file; do
        $cc -std=gnu17 -O1 $warnings $flags -c -o "$work/object.o" "$file" 2>"$work/reason" ||
            reason="$reason $file: $(head -n 1 "$work/reason")"
    done
    report "$id" "$sentence" "$([ -z "$reason" ]; echo $?)" "$reason"
}

interfaces()
{
    local generated=$work/interfaces name header
    for name in idl/interfaces/*.idl; do
        [[ $name == */errors.idl ]] || "$myidl" -o "$generated" "$name" || return
    done
    for header in "$generated"/include/myelin/idl/*.h; do
        [[ $header == *_kernel.h ]] || echo "#include <myelin/idl/$(basename "$header")>"
    done >"$generated/headers.c"
    compiles HEADERS "all generated headers of programs go together" \
        "$user -I$generated/include" "$generated/headers.c"
    compiles DISPATCHERS "every generated dispatcher compiles without a warning" \
        "$user -I$generated/include" "$generated"/*_server.c
    compiles FAILING "so does every server that always fails" "$user -I$generated/include" \
        "$generated"/*_failing.c
    compiles KERNEL "so does the kernel's side of every object" \
        "--target=x86_64-unknown-none-elf -ffreestanding -nostdlibinc -mgeneral-regs-only -Iinclude \
        -Ikernel -Ikernel/arch -Ikernel/arch/x86_64 -I$generated/include" "$generated"/*_kernel.c
}

# The list of errors as a header; a C library's <errno.h> says the same, token for token.
error_list()
{
    "$myidl" errors -o "$work/good" tests/idl/good/list_of_errors.idl
    report ERRORS-COMPILE "good/list_of_errors.idl compiles" $?
    same ERRORS-HEADER "its header is what it was" tests/idl/good/list_of_errors.expected \
        "$work/good/include/myelin/errors.h"
    "$myidl" errors -o "$work/interfaces" idl/interfaces/errors.idl
    printf '%s\n' '#include <errno.h>' '#include <myelin/errors.h>' >"$work/both.c"
    compiles ERRORS-POSIX "the names have the numbers that the C library gives them" "$user" \
        "$work/both.c"
}

# OLD is old/shop.idl, but for a folder that has an old one of its own.
versions()
{
    local folder name old
    for folder in tests/idl/diff/*/; do
        name=$(basename "$folder")
        [ "$name" != old ] || continue
        old=$folder/old/shop.idl
        [ -f "$old" ] || old=tests/idl/diff/old/shop.idl
        "$myidl" diff -e "$errors" "$old" "$folder"/*.idl >"$work/diff/$name" 2>&1
        [ $? = "$(grep -c ': incompatible$' "$folder/expected")" ] ||
            echo "the exit status is another" >>"$work/diff/$name"
        same "DIFF-$(upper "$name")" "diff/$name is judged as docs/idl.md says" "$folder/expected" \
            "$work/diff/$name"
    done
    missing=$(tests/idl/messages "$work/diff" idl/diff.c)
    report DIFF-COMPLETE "each rule of compatible change has a folder that shows it" \
        "$([ -z "$missing" ]; echo $?)" "${missing//$'\n'/; }"
}

round_trip()
{
    local line
    $cc -std=gnu17 -g -O1 $warnings $sanitize $host -I"$work/good/include" -o "$work/round_trip" \
        tests/idl/kernel.c tests/idl/kitchen.c tests/idl/round_trip.c \
        "$work/good/kitchen_server.c" $library -lpthread
    report ROUND-TRIP-BUILD "client and server build on this machine" $?
    timeout 60 "$work/round_trip" >"$work/round_trip.log" 2>&1
    report ROUND-TRIP "they talk to each other without a finding" $? \
        "$(grep -v '^ok' "$work/round_trip.log" | head -n 3 | tr '\n' ' ')"
    while read -r line; do
        tests=$((tests + 1))
        echo "$line"
    done < <(grep -E '^(not )?ok ' "$work/round_trip.log")
}

# fuzz FOLDER NAME... - a short run for each; `make fuzz` is the long one.
fuzz()
{
    local name folder=$work/$1
    shift
    FUZZ_FOLDER=$folder tests/idl/fuzz "$fuzz_seconds" "$@" >"$work/fuzz" 2>&1
    for name; do
        report "FUZZ-$(upper "$name")" "arbitrary messages do '$name' no harm" \
            "$(grep -q "^fuzz: $name: Done" "$work/fuzz"; echo $?)" \
            "$(grep -A 3 "^fuzz: $name:" "$work/fuzz" | tr '\n' ' ')"
    done
}

rm -rf "$work"
mkdir -p "$work/bad" "$work/diff"
build_compiler
report BUILD "the compiler builds without a warning" $?
bad_files
bad_surroundings
bad_files_are_complete
error_list
good_files
interfaces
versions
round_trip
fuzz good kitchen
fuzz interfaces $(grep -l '^interface' idl/interfaces/*.idl | xargs -n 1 basename -s .idl | grep -v standard)
echo "done $tests"
