/*
 * power.c - switching the machine off, after the person has seen everything.
 */
#include <stdio.h>

#include <myelin/idl/console_types.h>
#include <myelin/ipc.h>
#include <myelin/power.h>
#include <myelin/service.h>

#include "shell.h"

/* An empty write answers when the console has sent all that was written before. */
static void drain_console(struct shell *shell)
{
    static struct message message;

    fflush(NULL);
    message_begin(&message, CONSOLE_LABEL_WRITE);
    message_put(&message, 0);
    message_invoke(shell->console, &message);
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
                                    : power_off(shell->power, shell->status);
    return shell_complain(who, "power", error);
}
