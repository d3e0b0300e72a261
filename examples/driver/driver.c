/*
 * driver.c - shows a driver's loop: one wait for whatever comes first, a request or an interrupt.
 *
 * The device is a clock that ticks every 10 ms; its ticks arrive as a notification, just as an
 * interrupt line's do (servers/console binds a real one with irq_bind and has the same loop). A
 * request that cannot be answered yet is saved, and answered when its interrupt has come.
 *
 * driver [PROGRAM]: with another client than driver-client.
 */
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/counter_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>

#include "../example.h"

#define TICK        1ull
#define TICK_PERIOD (10 * 1000 * 1000ull) /* ns */

static struct {
    cap_t device; /* the notification by which the interrupts come */
    uint64_t interrupts;
    cap_t waiting;   /* the call that waits, or CAP_NULL */
    uint64_t wanted; /* how many interrupts it waits for */
    bool stopped;
} driver;

static void start_device(void)
{
    must("the timer", notification_set_timer(driver.device, clock_now() + TICK_PERIOD, TICK));
}

/* An interrupt: the device is started again, and who waited for this tick is answered. */
static void handle_interrupt(void)
{
    driver.interrupts++;
    start_device();
    if (driver.waiting == CAP_NULL || driver.interrupts < driver.wanted)
        return;
    counter_answer_wait(driver.waiting, driver.interrupts);
    driver.waiting = CAP_NULL;
}

/* A call that must wait is kept open beyond the next receive. */
error_t counter_handle_wait(struct idl_request *request, uint64_t wanted, uint64_t *interrupts)
{
    error_t error;

    *interrupts = driver.interrupts;
    if (driver.interrupts >= wanted)
        return SUCCESS;
    if (driver.waiting != CAP_NULL)
        return EBUSY;
    error = cap_reply_save(request->reply, &driver.waiting);
    driver.wanted = wanted;
    return error ? error : IDL_LATER;
}

error_t counter_handle_stop(struct idl_request *request)
{
    (void)request;
    driver.stopped = true;
    return SUCCESS;
}

static void handle_request(struct message *message)
{
    counter_dispatch(message);
    if (message->reply != CAP_NULL)
        message_reply(message);
}

int main(int count, char **arguments)
{
    struct message message = {0};
    cap_t requests, client;
    uint64_t bits;

    must("an endpoint", endpoint_create("counter", UNTYPED_ENDPOINT_CALL_ONLY, &requests));
    must("a notification", notification_create("counter-irq", &driver.device));
    client = start_partner(count > 1 ? arguments[1] : "/bin/driver-client", "counter", requests,
                           CLIENT_RIGHTS);
    start_device();
    while (!driver.stopped) {
        must("waiting", ipc_wait_any(requests, driver.device, &message, &bits));
        if (bits & TICK)
            handle_interrupt();
        if (message.origin == ORIGIN_CALL)
            handle_request(&message);
    }
    process_release(client);
    puts("the driver has stopped");
    return 0;
}
