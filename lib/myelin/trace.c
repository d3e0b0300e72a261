/*
 * trace.c - writing to the kernel's log.
 */
#include <myelin/trace.h>

error_t trace_write(cap_t trace, const void *bytes, size_t length)
{
    const char *next = bytes;
    error_t error = SUCCESS;
    size_t part;

    while (length && !error) {
        part = length < TRACE_LOG_BYTES ? length : TRACE_LOG_BYTES;
        error = trace_log(trace, next, part);
        next += part;
        length -= part;
    }
    return error;
}
