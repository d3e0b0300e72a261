/*
 * waitset-client.c - comes to one desk of this example a few times.
 */
#include <myelin/idl/counter.h>
#include <myelin/startup.h>

#define CALLS 4

int main(void)
{
    cap_t desk = startup_cap("counter");

    for (uint64_t call = 1; call <= CALLS; call++) {
        uint64_t counted = 0;

        if (counter_wait(desk, 0, &counted) || counted != call)
            return 1;
    }
    return counter_stop(desk);
}
