/*
 * driver.c - shows a driver's loop: one wait for whatever comes first, a request or an interrupt.
 *
 * The device is a clock that ticks every 10 ms; its ticks arrive as a notification, just as an
 * interrupt line's do (servers/console binds a real one with irq_bind and has the same loop). A
 * request that cannot be answered yet is saved, and answered when its interrupt has come.
 */
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>

#include "../example.h"
#include "counter.h"

#define TICK        1ull
#define TICK_PERIOD (10 * 1000 * 1000ull) /* ns */

struct driver {
    cap_t device; /* the notification by which the interrupts come */
    word_t interrupts;
    cap_t waiting; /* the call that waits, or CAP_NULL */
    word_t wanted; /* how many interrupts it waits for */
    int stopped;
};

static void start_device(struct driver *driver)
{
    must("the timer", notification_set_timer(driver->device, clock_now() + TICK_PERIOD, TICK));
}

static void answer(cap_t reply, error_t error, word_t count)
{
    struct counter_response response = {.error = (word_t)error, .count = count};

    ipc_reply(reply, &response, sizeof(response));
}

/* An interrupt: the device is started again, and who waited for this tick is answered. */
static void handle_interrupt(struct driver *driver)
{
    driver->interrupts++;
    start_device(driver);
    if (driver->waiting == CAP_NULL || driver->interrupts < driver->wanted)
        return;
    answer(driver->waiting, SUCCESS, driver->interrupts);
    driver->waiting = CAP_NULL;
}

/* Keeps the call open beyond the next receive. */
static error_t save(struct driver *driver, const struct message *message)
{
    if (driver->waiting != CAP_NULL)
        return EBUSY;
    driver->wanted = message->words[0];
    return cap_reply_save(message->reply, &driver->waiting);
}

static void handle_request(struct driver *driver, const struct message *message)
{
    error_t error = ENOSYS;

    if (message->label == COUNTER_WAIT && driver->interrupts < message->words[0]) {
        error = save(driver, message);
        if (!error)
            return;
    } else if (message->label == COUNTER_WAIT || message->label == COUNTER_STOP) {
        driver->stopped = message->label == COUNTER_STOP;
        error = SUCCESS;
    }
    answer(message->reply, error, driver->interrupts);
}

int main(void)
{
    struct driver driver = {0};
    struct message message = {0};
    cap_t requests, client;
    uint64_t bits;

    must("an endpoint", endpoint_create("counter", UNTYPED_ENDPOINT_CALL_ONLY, &requests));
    must("a notification", notification_create("counter-irq", &driver.device));
    client = start_partner("/bin/driver-client", "counter", requests, CLIENT_RIGHTS);
    start_device(&driver);
    while (!driver.stopped) {
        must("waiting", ipc_wait_any(requests, driver.device, &message, &bits));
        if (bits & TICK)
            handle_interrupt(&driver);
        if (message.origin == ORIGIN_CALL)
            handle_request(&driver, &message);
    }
    process_release(client);
    puts("the driver has stopped");
    return 0;
}
