/*
 * console.c - the console's protocol, message by message.
 */
#include <string.h>

#include <myelin/console.h>
#include <myelin/idl/console_types.h>

#include "internal.h"

#define CONSOLE_BYTES_MAX 1000 /* that one message holds, comfortably */

static error_t write_part(cap_t console, const void *bytes, size_t *length)
{
    struct message message;
    error_t error;

    REQUEST(&message, CONSOLE_LABEL_WRITE, *length);
    message_put_bytes(&message, bytes, *length);
    error = message_invoke(console, &message);
    if (error)
        return error;
    if (!message.words[0] || message.words[0] > *length)
        return library_error(EIO);
    *length = message.words[0];
    return SUCCESS;
}

error_t console_write(cap_t console, const void *bytes, size_t length, size_t *done)
{
    error_t error = SUCCESS;
    size_t written = 0;
    size_t part;

    while (written < length) {
        part = length - written < CONSOLE_BYTES_MAX ? length - written : CONSOLE_BYTES_MAX;
        error = write_part(console, (const char *)bytes + written, &part);
        if (error)
            break;
        written += part;
    }
    if (done)
        *done = written;
    return error;
}

error_t console_read(cap_t console, void *buffer, size_t most, size_t *length)
{
    struct message message;
    error_t error;

    most = most < CONSOLE_BYTES_MAX ? most : CONSOLE_BYTES_MAX;
    REQUEST(&message, CONSOLE_LABEL_READ, most);
    error = message_invoke(console, &message);
    return error ? error : library_copy_bytes(&message, buffer, most, length);
}

error_t console_mode(cap_t console, unsigned mode, unsigned *before)
{
    struct message message;
    error_t error;

    REQUEST(&message, CONSOLE_LABEL_MODE, mode);
    error = message_invoke(console, &message);
    if (!error && before)
        *before = (unsigned)message.words[0];
    return error;
}

error_t console_interrupt(cap_t console, cap_t notification)
{
    struct message message;

    REQUEST(&message, CONSOLE_LABEL_INTERRUPT);
    if (notification)
        message_put_cap(&message, notification, CAP_DERIVE | CAP_RIGHTS_SEND);
    return message_invoke(console, &message);
}
