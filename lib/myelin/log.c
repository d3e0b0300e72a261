/*
 * log.c - lines for the kernel's log.
 */
#include <stdarg.h>
#include <stdio.h>

#include <myelin/log.h>
#include <myelin/startup.h>
#include <myelin/trace.h>

#define LINE_BYTES 250

void log_line(const char *format, ...)
{
    char line[LINE_BYTES + 1]; /* the end of the string, then of the line */
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if (length > LINE_BYTES)
        length = LINE_BYTES;
    line[length] = '\n';
    trace_write(startup_cap("trace"), line, (size_t)length + 1);
}
