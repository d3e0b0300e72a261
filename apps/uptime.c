/*
 * uptime.c - how long the system has been running.
 */
#include <time.h>

#include "complain.h"

int main(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        return complain("uptime", "clock", errno);
    printf("up %lld:%02lld:%02lld.%03ld\n", (long long)now.tv_sec / 3600,
           (long long)now.tv_sec / 60 % 60, (long long)now.tv_sec % 60, now.tv_nsec / 1000000);
    return 0;
}
