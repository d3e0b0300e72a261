/*
 * request.c - what clients ask of power. The line that it writes to the debug port before tells the
 * host how it ended.
 */
#include <unistd.h>

#include <myelin/idl/power_server.h>
#include <myelin/ioport.h>

#include "power.h"

#define DEBUG_PORT       0xe9
#define PM_SLEEP_ENABLE  0x2000 /* SLP_EN, with sleep type 0: soft off */
#define KEYBOARD_RESET   0xfe
#define RESET_HARD       0x02 /* of 0xcf9: the kind of reset; then the reset itself */
#define RESET_NOW        0x06
#define PATIENCE_SECONDS 5 /* the machine may take a moment to obey */

static void tell_host(const char *text)
{
    for (; *text; text++)
        ioport_out(power.debug_port, DEBUG_PORT, 1, (unsigned char)*text);
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
    ioport_out(power.pm, power.pm_port, 2, PM_SLEEP_ENABLE);
    sleep(PATIENCE_SECONDS);
    return EIO;
}

error_t power_handle_reboot(struct idl_request *request)
{
    (void)request;
    tell_host("myelin: reboot\n");
    if (power.reset_port == POWER_KEYBOARD_PORT) {
        ioport_out(power.reset, POWER_KEYBOARD_PORT, 1, KEYBOARD_RESET);
    } else {
        ioport_out(power.reset, power.reset_port, 1, RESET_HARD);
        ioport_out(power.reset, power.reset_port, 1, RESET_NOW);
    }
    sleep(PATIENCE_SECONDS);
    return EIO;
}
