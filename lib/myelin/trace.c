/*
 * trace.c - writing to the kernel's log.
 */
#include <myelin/idl/trace_types.h>
#include <myelin/trace.h>

#include "internal.h"

#define LOG_MAX 1000 /* bytes that one message holds */

error_t trace_log(cap_t trace, const void *bytes, size_t length)
{
    const char *next = bytes;
    struct message message;
    error_t error = SUCCESS;
    size_t part;

    while (length && !error) {
        part = length < LOG_MAX ? length : LOG_MAX;
        REQUEST(&message, TRACE_LABEL_LOG, part);
        message_put_bytes(&message, next, part);
        error = message_invoke(trace, &message);
        next += part;
        length -= part;
    }
    return error;
}
