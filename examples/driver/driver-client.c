/*
 * driver-client.c - asks the driver of this example to wait for interrupts, then to stop.
 */
#include <myelin/ipc.h>
#include <stdio.h>

#include <myelin/startup.h>

#include "counter.h"

/* A request and its answer; an error of the kernel's or the driver's comes back the same way. */
static struct counter_response ask(word_t label, word_t count)
{
    struct counter_request request = {.label = label, .count = count};
    struct counter_response response;
    error_t error =
        ipc_call(startup_cap("counter"), &request, sizeof(request), &response, sizeof(response));

    if (error)
        response = (struct counter_response){.error = (word_t)error};
    return response;
}

int main(void)
{
    for (word_t wanted = 1; wanted <= 5; wanted += 2) {
        struct counter_response response = ask(COUNTER_WAIT, wanted);

        if (response.error || response.count < wanted) {
            printf("no answer: %s\n", error_sentence((error_t)response.error));
            return 1;
        }
        printf("interrupt %llu has come\n", (unsigned long long)wanted);
    }
    fflush(stdout);
    return (int)ask(COUNTER_STOP, 0).error;
}
