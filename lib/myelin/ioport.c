/*
 * ioport.c - methods of IoPort.
 */
#include <myelin/idl/ioport_types.h>
#include <myelin/ioport.h>

#include "internal.h"

error_t ioport_in(cap_t ports, unsigned port, unsigned width, uint32_t *value)
{
    struct message message;
    error_t error;

    REQUEST(&message, IOPORT_LABEL_IN, port, width);
    error = message_invoke(ports, &message);
    if (!error)
        *value = (uint32_t)message.words[0];
    return error;
}

error_t ioport_out(cap_t ports, unsigned port, unsigned width, uint32_t value)
{
    struct message message;

    REQUEST(&message, IOPORT_LABEL_OUT, port, width, value);
    return message_invoke(ports, &message);
}
