/*
 * power.c - switching the machine off, after the person has seen everything.
 */
#include <stdio.h>

#include <myelin/idl/console.h>
#include <myelin/idl/power.h>
#include <myelin/service.h>

#include "shell.h"

/* An empty write answers when the console has sent all that was written before. */
static void drain_console(struct shell *shell)
{
    uint64_t written;

    fflush(NULL);
    console_write(shell->console, "", 0, &written);
}

error_t power_connect(struct shell *shell)
{
    return shell->power ? SUCCESS : service_connect("power", &shell->power);
}

int power_end(struct shell *shell, const char *who, enum power_way way)
{
    error_t error = power_connect(shell);

    if (error)
        return shell_complain(who, "power", error);
    drain_console(shell);
    error = way == POWER_WAY_REBOOT ? power_reboot(shell->power)
                                    : power_off(shell->power, (uint8_t)shell->status);
    return shell_complain(who, "power", error);
}
