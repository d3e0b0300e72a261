/*
 * greedy.c - asks the servers of two examples for more than they have. The example starts it in
 * place of its own client, and gives it "counter" or "membrane". It prints what was answered, as a
 * suite tells the errors that it has provoked (tests/README.md).
 */
#include <stdio.h>

#include <myelin/clock.h>
#include <myelin/idl/counter.h>
#include <myelin/idl/membrane.h>
#include <myelin/startup.h>
#include <myelin/vspace.h>

#define NEVER    (1ull << 40)
#define TRIES    50
#define PATIENCE 50000000ull /* ns */

static void tell(uint32_t label, error_t error)
{
    printf("pair 0x%x %d 0x0\n", label, error);
    fflush(stdout);
}

/* A wait that was given up is still the driver's to answer: then there is one too many. */
static void wait_twice(cap_t counter)
{
    struct message message = {0};

    for (unsigned i = 0; i < TRIES && message.label != EBUSY; i++) {
        message_begin(&message, COUNTER_LABEL_WAIT);
        message_put(&message, NEVER);
        if (message_call_until(counter, &message, clock_now() + PATIENCE))
            message.label = SUCCESS;
    }
    tell(COUNTER_LABEL_WAIT, (error_t)message.label);
    counter_stop(counter);
}

static void enter_all(cap_t membrane)
{
    error_t error = SUCCESS;
    cap_t stand_in;

    for (unsigned i = 0; i < TRIES && !error; i++)
        error = membrane_enter(membrane, vspace_self(), &stand_in);
    tell(MEMBRANE_LABEL_ENTER, error);
}

int main(void)
{
    cap_t counter = startup_cap("counter"), membrane = startup_cap("membrane");

    if (counter)
        wait_twice(counter);
    if (membrane)
        enter_all(membrane);
    return 0;
}
