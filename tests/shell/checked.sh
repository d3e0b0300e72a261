#!/bin/bash
# checked.sh - the checked kernel: ordinary system suites under the check of its state, and that the
# check sees what is broken, and says which.
. "$(dirname "$0")/lib.sh"

# A suite under the check, which must not find anything.
suite_holds()
{
    guest "$2" --checked --icount
    expect_status "CHECKED-$1" "$2 passes, and the kernel's state is whole at each entry that is looked at" 0
}

# broken ID WHAT REGEX - `breaker WHAT` ends in a panic that says so.
broken()
{
    guest "breaker $2" --checked --icount
    expect "CHECKED-BROKEN-$1" "a panic says by name what does not hold: $3" grep -q "^panic: check: .*$3" "$log"
}

# Those that look at no clock, and make no crowds: a look takes time, and as much as there is. Under it
# systest-donation fails where it measures time (PARK-POOR, DONATION-LEAST, HELP-QUEUE), and
# systest-revoke with its thousands of capabilities does not end in minutes.
for suite in endpoint reply lease waitset channel kill; do
    suite_holds "${suite^^}" "systest-$suite"
done
guest 'breaker each; systest-reply' --checked --icount
expect_status CHECKED-EACH "where each entry is looked at, systest-reply passes, too" 0
expect CHECKED-EACH-SAID "and each is: the kernel says so" grep -q '^check: each entry' "$log"
broken COUNT count 'the slots in use are counted'
broken RIGHTS rights 'a capability has only rights of its parent'
broken TIME time 'a used-up time only waits'
broken QUEUE queue 'who waits is in a queue, others are not'
guest 'breaker count'
expect_status CHECKED-NOT "the kernel that ships takes that for a system call that there is not" 0
finish
