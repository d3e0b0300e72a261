/* log.c - the kernel's log on the debug port, its small printf, and the Trace object's LOG. */

#include <stdarg.h>

#include <arch.h>
#include <cap/cap.h>
#include <myelin/idl/trace_kernel.h>

void log_write(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        arch_log_byte(bytes[i]);
}

static void put_string(const char *string)
{
    while (*string)
        arch_log_byte(*string++);
}

static void put_number(uint64_t value, unsigned base)
{
    char digits[24];
    unsigned at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    log_write(digits + at, sizeof(digits) - at);
}

static void put_signed(int64_t value)
{
    if (value < 0)
        arch_log_byte('-');
    put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

void log_vprint(const char *format, va_list arguments)
{
    for (; *format; format++) {
        bool is_long = false;

        if (*format != '%') {
            arch_log_byte(*format);
            continue;
        }
        while (*++format == 'l')
            is_long = true;
        switch (*format) {
        case 's':
            put_string(va_arg(arguments, const char *));
            break;
        case 'c':
            arch_log_byte((char)va_arg(arguments, int));
            break;
        case 'd':
            put_signed(is_long ? va_arg(arguments, long) : va_arg(arguments, int));
            break;
        case 'u':
        case 'x':
            put_number(is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned int),
                       *format == 'x' ? 16 : 10);
            break;
        case 'p':
            put_number((uint64_t)va_arg(arguments, void *), 16);
            break;
        default:
            arch_log_byte(*format);
        }
    }
}

void log_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_vprint(format, arguments);
    va_end(arguments);
}

error_t trace_handle_log(struct invocation *invocation, unsigned text_word, uint64_t text_length)
{
    for (unsigned i = 0; i < text_length; i += 8) {
        uint64_t word = invocation_word(invocation, text_word + i / 8);

        log_write((const char *)&word, text_length - i < 8 ? text_length - i : 8);
    }
    return SUCCESS;
}
