/*
 * driver-client.c - asks the driver of this example to wait for interrupts, then to stop.
 */
#include <stdio.h>

#include <myelin/idl/counter.h>
#include <myelin/startup.h>

int main(void)
{
    cap_t counter = startup_cap("counter");

    for (uint64_t wanted = 1; wanted <= 5; wanted += 2) {
        uint64_t interrupts = 0;
        error_t error = counter_wait(counter, wanted, &interrupts);

        if (error || interrupts < wanted) {
            printf("no answer: %s\n", error_sentence(error));
            return 1;
        }
        printf("interrupt %llu has come\n", (unsigned long long)wanted);
    }
    fflush(stdout);
    return counter_stop(counter);
}
