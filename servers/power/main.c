/*
 * main.c - the power server: switches the machine off, or resets it.
 *
 * power [PM-PORT [RESET-PORT]]: the ACPI PM1a control port (0x604 on QEMU's pc machine), and
 * 0xcf9 or 0x64.
 */
#include <stdlib.h>

#include <myelin/endpoint.h>
#include <myelin/idl/power_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/service.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "power.h"

#define PM_PORT_DEFAULT    0x604
#define RESET_PORT_DEFAULT 0xcf9

struct power power = {.pm_port = PM_PORT_DEFAULT, .reset_port = RESET_PORT_DEFAULT};

static error_t publish(cap_t *endpoint)
{
    error_t error = endpoint_create("power", UNTYPED_ENDPOINT_CALL_ONLY, endpoint);

    if (!error)
        error = thread_bind_endpoint(thread_self(), *endpoint);
    return error ? error : service_publish("power", *endpoint);
}

int main(int argc, char **argv)
{
    cap_t endpoint;
    error_t error;

    if (argc > 1)
        power.pm_port = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        power.reset_port = (unsigned)strtoul(argv[2], NULL, 0);
    power.pm = startup_cap("pm");
    power.debug_port = startup_cap("debug-port");
    power.reset = startup_cap("reset");
    if (!power.pm || !power.debug_port || !power.reset)
        return ENOENT;
    error = publish(&endpoint);
    return error ? error : power_serve(endpoint);
}
