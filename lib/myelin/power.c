/*
 * power.c - the power service's protocol.
 */
#include <myelin/idl/power_types.h>
#include <myelin/power.h>

#include "internal.h"

error_t power_off(cap_t power, int status)
{
    struct message message;

    REQUEST(&message, POWER_LABEL_OFF, (word_t)status);
    return message_invoke(power, &message);
}

error_t power_reboot(cap_t power)
{
    struct message message;

    REQUEST(&message, POWER_LABEL_REBOOT);
    return message_invoke(power, &message);
}
