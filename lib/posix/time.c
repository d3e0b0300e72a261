/*
 * time.c - clocks and sleeping. All clocks count from the kernel's start: the date is not known.
 */
#include <sys/time.h>
#include <time.h>

#include <myelin/clock.h>

#include "posix.h"

#define NANOSECONDS  1000000000ull
#define CLOCK_LAST   11 /* CLOCK_TAI */
#define MICROSECONDS 1000

long linux_clock_gettime(const uint64_t *arguments)
{
    struct timespec *time = (struct timespec *)arguments[1];
    uint64_t now = clock_now();

    if (arguments[0] > CLOCK_LAST)
        return -EINVAL;
    time->tv_sec = (time_t)(now / NANOSECONDS);
    time->tv_nsec = (long)(now % NANOSECONDS);
    return 0;
}

long linux_clock_getres(const uint64_t *arguments)
{
    struct timespec *resolution = (struct timespec *)arguments[1];

    if (arguments[0] > CLOCK_LAST)
        return -EINVAL;
    if (resolution)
        *resolution = (struct timespec){.tv_nsec = 1};
    return 0;
}

long linux_gettimeofday(const uint64_t *arguments)
{
    struct timeval *time = (struct timeval *)arguments[0];
    uint64_t now = clock_now();

    if (time) {
        time->tv_sec = (time_t)(now / NANOSECONDS);
        time->tv_usec = (suseconds_t)(now % NANOSECONDS / MICROSECONDS);
    }
    return 0;
}

/* Sleeps until `start` plus that time; one too long to count is for ever. */
static long sleep_after(uint64_t start, const struct timespec *time)
{
    uint64_t end;

    if (time->tv_sec < 0 || time->tv_nsec < 0 || (uint64_t)time->tv_nsec >= NANOSECONDS)
        return -EINVAL;
    if (__builtin_mul_overflow((uint64_t)time->tv_sec, NANOSECONDS, &end) ||
        __builtin_add_overflow(end, start + (uint64_t)time->tv_nsec, &end))
        end = UINT64_MAX;
    return -clock_sleep_until(end);
}

long linux_nanosleep(const uint64_t *arguments)
{
    return sleep_after(clock_now(), (const struct timespec *)arguments[0]);
}

long linux_clock_nanosleep(const uint64_t *arguments)
{
    if (arguments[0] > CLOCK_LAST)
        return -EINVAL;
    return sleep_after(arguments[1] & TIMER_ABSTIME ? 0 : clock_now(),
                       (const struct timespec *)arguments[2]);
}
