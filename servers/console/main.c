/*
 * main.c - the console server: a person's terminal on a 16550, driven by its interrupts.
 *
 * console [PORT]: the device's first port, 0x3f8 if not given.
 */
#include <stdlib.h>

#include <myelin/endpoint.h>
#include <myelin/idl/console_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/irq.h>
#include <myelin/notification.h>
#include <myelin/service.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "console.h"

#define PORT_DEFAULT 0x3f8

struct console console;

static error_t open_device(unsigned port)
{
    cap_t ports = startup_cap("uart");
    cap_t bell;
    error_t error;

    console.irq = startup_cap("uart-irq");
    if (!ports || !console.irq)
        return ENOENT;
    error = uart_open(&console.uart, ports, port);
    if (!error)
        error = notification_create("console", &console.notification);
    if (!error)
        error = thread_bind_notification(thread_self(), console.notification);
    if (!error)
        error = notification_mint(console.notification, CONSOLE_BIT_DEVICE, &bell);
    return error ? error : irq_bind(console.irq, 0, bell);
}

static error_t publish(void)
{
    error_t error = endpoint_create("console", UNTYPED_ENDPOINT_CALL_ONLY, &console.endpoint);

    if (!error)
        error = thread_bind_endpoint(thread_self(), console.endpoint);
    return error ? error : service_publish("console", console.endpoint);
}

/* One receive for both: what clients ask, and the device's interrupts. */
static error_t serve(void)
{
    static struct message message;
    error_t error;

    for (;;) {
        message.accept = console_interface.accept;
        error = message_reply_receive(console.endpoint, &message);
        if (error)
            return error;
        if (message.notified & CONSOLE_BIT_DEVICE)
            device_serve();
        console_dispatch(console.endpoint, &message);
        requests_go_on();
        device_send();
        device_update();
    }
}

int main(int argc, char **argv)
{
    unsigned port = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : PORT_DEFAULT;
    error_t error = open_device(port);

    if (!error)
        error = publish();
    if (error)
        return error;
    device_serve();
    return serve();
}
