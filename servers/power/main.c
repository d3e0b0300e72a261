/*
 * main.c - the power server: switches the machine off, or resets it.
 *
 * power [PM-PORT [RESET-PORT]]: the ACPI PM1a control port (0x604 on QEMU's pc machine), and
 * 0xcf9 or 0x64. The line that it writes to the debug port before tells the host how it ended.
 */
#include <stdlib.h>
#include <unistd.h>

#include <myelin/endpoint.h>
#include <myelin/idl/power_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ioport.h>
#include <myelin/service.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#define DEBUG_PORT         0xe9
#define PM_SLEEP_ENABLE    0x2000 /* SLP_EN, with sleep type 0: soft off */
#define KEYBOARD_PORT      0x64
#define KEYBOARD_RESET     0xfe
#define RESET_HARD         0x02 /* of 0xcf9: the kind of reset; then the reset itself */
#define RESET_NOW          0x06
#define PM_PORT_DEFAULT    0x604
#define RESET_PORT_DEFAULT 0xcf9
#define PATIENCE_SECONDS   5 /* the machine may take a moment to obey */

static cap_t pm, debug_port, reset;
static unsigned pm_port = PM_PORT_DEFAULT;
static unsigned reset_port = RESET_PORT_DEFAULT;

static void tell_host(const char *text)
{
    for (; *text; text++)
        ioport_out(debug_port, DEBUG_PORT, 1, (unsigned char)*text);
}

static void tell_host_number(unsigned number)
{
    char digits[11] = {0};
    unsigned at = sizeof(digits) - 1;

    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    tell_host(&digits[at]);
}

/* Comes back only if the machine is still there. */
error_t power_handle_off(struct idl_request *request, uint8_t status)
{
    (void)request;
    tell_host("myelin: exit status ");
    tell_host_number(status);
    tell_host("\n");
    ioport_out(pm, pm_port, 2, PM_SLEEP_ENABLE);
    sleep(PATIENCE_SECONDS);
    return EIO;
}

error_t power_handle_reboot(struct idl_request *request)
{
    (void)request;
    tell_host("myelin: reboot\n");
    if (reset_port == KEYBOARD_PORT) {
        ioport_out(reset, KEYBOARD_PORT, 1, KEYBOARD_RESET);
    } else {
        ioport_out(reset, reset_port, 1, RESET_HARD);
        ioport_out(reset, reset_port, 1, RESET_NOW);
    }
    sleep(PATIENCE_SECONDS);
    return EIO;
}

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
        pm_port = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        reset_port = (unsigned)strtoul(argv[2], NULL, 0);
    pm = startup_cap("pm");
    debug_port = startup_cap("debug-port");
    reset = startup_cap("reset");
    if (!pm || !debug_port || !reset)
        return ENOENT;
    error = publish(&endpoint);
    return error ? error : power_serve(endpoint);
}
