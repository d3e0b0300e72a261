/*
 * console.c - writing to the console: in the message, or, where that is too small, lent.
 */
#include <myelin/console.h>
#include <myelin/idl/console.h>

#include "internal.h"

static error_t write_part(cap_t console, const char *bytes, size_t *length)
{
    uint64_t written;
    error_t error = *length > CONSOLE_BYTES_MOST
                        ? console_write_lent(console, bytes, *length, &written)
                        : console_write(console, bytes, *length, &written);

    if (error)
        return error;
    if (!written || written > *length)
        return library_error(EIO);
    *length = written;
    return SUCCESS;
}

error_t console_write_all(cap_t console, const void *bytes, size_t length, size_t *done)
{
    error_t error = SUCCESS;
    size_t written = 0;
    size_t part;

    while (written < length && !error) {
        part = length - written < CONSOLE_LENT_MOST ? length - written : CONSOLE_LENT_MOST;
        error = write_part(console, (const char *)bytes + written, &part);
        written += error ? 0 : part;
    }
    if (done)
        *done = written;
    return error;
}
