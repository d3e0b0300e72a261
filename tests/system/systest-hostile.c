/* systest-hostile.c - programs that throw random system calls harm nobody but themselves. */
#include <stdio.h>

#include <myelin/clock.h>
#include <myelin/idl/process_types.h>

#include "lib/systest.h"

#define PROGRAMS 40
#define CALLS    "3000"
#define PATIENCE 200000000ull /* ns; then it hangs in a wait of its own making, and is killed */

static struct message message;
static unsigned survivors; /* those that came to their own end */

/* Runs one to its end, or ends it. */
static error_t run_one(cap_t ended, cap_t bell, unsigned seed)
{
    char text[12];
    char *const argv[] = {"hostile", text, CALLS, NULL};
    struct process_status status;
    cap_t process;
    error_t error;

    snprintf(text, sizeof(text), "%u", seed);
    error = process_prepare("/bin/hostile", argv, NULL, &process);
    if (!error)
        error = process_give(process, "names", startup_cap("names"), CAP_COPY);
    if (!error)
        error = process_give(process, "cpu", startup_cap("cpu"), CAP_COPY);
    if (!error)
        error = process_watch(process, bell);
    if (!error)
        error = process_start(process);
    if (!error)
        error = message_receive_until(ended, &message, clock_now() + PATIENCE);
    if (error == ETIMEDOUT)
        error = SUCCESS;
    if (!error && !process_status(process, &status) && status.ended && !status.exit_code)
        survivors++;
    process_release(process);
    message_poll(ended, &message); /* it may have ended only now */
    return error;
}

TEST(HOSTILE_CALLS, "after forty programs of 3,000 random system calls each all their memory is "
                    "back, and the system runs on")
{
    struct processes_memory before, after;
    cap_t ended = make_notification(), bell;

    CHECK_GOOD(notification_mint(ended, 1, &bell));
    CHECK_GOOD(run_one(ended, bell, 1));
    CHECK_GOOD(process_memory(&before));
    for (unsigned seed = 2; seed < 2 + PROGRAMS; seed++)
        CHECK_GOOD(run_one(ended, bell, seed));
    CHECK_GOOD(process_memory(&after));
    CHECK_IS(after.free, before.free);
    CHECK_IS(after.processes, before.processes);
    CHECK(survivors);
}

SUITE
