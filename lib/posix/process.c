/*
 * process.c - the process itself: its end, who it is, and futexes.
 */
#include <errno.h>
#include <time.h>

#include <myelin/clock.h>
#include <myelin/process.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "posix.h"

#define FIRST_THREAD  1 /* the C library has no other */
#define FIRST_PID     1
#define ARCH_SET_FS   0x1002
#define FUTEX_WAIT    0
#define FUTEX_WAKE    1
#define FUTEX_PRIVATE 128
#define NANOSECONDS   1000000000ull

/* The first thread's end is the process's. */
long linux_exit(const uint64_t *arguments)
{
    posix_descriptors_end();
    process_exit((int)arguments[0]);
    thread_exit_self((int)arguments[0]);
}

long linux_arch_prctl(const uint64_t *arguments)
{
    if (arguments[0] != ARCH_SET_FS)
        return -EINVAL;
    return -thread_set_tls(thread_self(), arguments[1]);
}

/* Asked for once. Programs that the process server did not make are root and it itself. */
long linux_getpid(const uint64_t *arguments)
{
    static uint64_t pid;
    uint64_t parent;

    (void)arguments;
    if (!pid && process_identity(&pid, &parent))
        return FIRST_PID;
    return (long)pid;
}

/* Nobody outlives his parent, so it never changes. */
long linux_getppid(const uint64_t *arguments)
{
    uint64_t pid, parent;

    (void)arguments;
    return process_identity(&pid, &parent) ? 0 : (long)parent;
}

/* Also what set_tid_address answers with. Not the pid, which would take a call at each start. */
long linux_gettid(const uint64_t *arguments)
{
    (void)arguments;
    return FIRST_THREAD;
}

/* There are no users: everybody is 0. */
long linux_identity(const uint64_t *arguments)
{
    (void)arguments;
    return 0;
}

long linux_sched_yield(const uint64_t *arguments)
{
    (void)arguments;
    return -schedcontext_yield(startup_cap("time"));
}

/* A C library's only thread waits for a word that nobody else will change: time alone ends it. */
static long futex_wait(const volatile int *word, int value, const struct timespec *timeout)
{
    error_t error;

    if (*word != value)
        return -EAGAIN;
    if (!timeout)
        return -EDEADLK;
    error = clock_sleep_until(clock_now() + (uint64_t)timeout->tv_sec * NANOSECONDS +
                              (uint64_t)timeout->tv_nsec);
    return error ? -error : -ETIMEDOUT;
}

long linux_futex(const uint64_t *arguments)
{
    switch (arguments[1] & ~(uint64_t)FUTEX_PRIVATE) {
    case FUTEX_WAIT:
        return futex_wait((const volatile int *)arguments[0], (int)arguments[2],
                          (const struct timespec *)arguments[3]);
    case FUTEX_WAKE:
        return 0;
    default:
        return -ENOSYS;
    }
}
