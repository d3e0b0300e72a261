/* ports.c - port input and output, the debug port, and the three string functions that the
   compiler may call. */

#include "x86.h"

#define DEBUG_PORT 0xe9

uint32_t arch_port_in(uint16_t port, unsigned width)
{
    uint32_t value = 0;

    if (width == 1)
        __asm__ volatile("inb %w1, %b0" : "+a"(value) : "Nd"(port));
    else if (width == 2)
        __asm__ volatile("inw %w1, %w0" : "+a"(value) : "Nd"(port));
    else
        __asm__ volatile("inl %w1, %0" : "+a"(value) : "Nd"(port));
    return value;
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    if (width == 1)
        __asm__ volatile("outb %b0, %w1" ::"a"(value), "Nd"(port));
    else if (width == 2)
        __asm__ volatile("outw %w0, %w1" ::"a"(value), "Nd"(port));
    else
        __asm__ volatile("outl %0, %w1" ::"a"(value), "Nd"(port));
}

void arch_log_byte(char byte)
{
    out8(DEBUG_PORT, (uint8_t)byte);
}

/* Brackets, so that string.h does not make something else of these names. */
void *(memcpy)(void *to, const void *from, size_t bytes)
{
    void *at = to;
    size_t words = bytes / 8, rest = bytes % 8;

    __asm__ volatile("rep movsq\n\t"
                     "movq %3, %%rcx\n\t"
                     "rep movsb"
                     : "+D"(at), "+S"(from), "+c"(words)
                     : "r"(rest)
                     : "memory");
    return to;
}

void *(memset)(void *to, int byte, size_t bytes)
{
    void *at = to;
    size_t words = bytes / 8, rest = bytes % 8;

    __asm__ volatile("rep stosq\n\t"
                     "movq %3, %%rcx\n\t"
                     "rep stosb"
                     : "+D"(at), "+c"(words)
                     : "a"((uint8_t)byte * 0x0101010101010101ull), "r"(rest)
                     : "memory");
    return to;
}

int(memcmp)(const void *a, const void *b, size_t bytes)
{
    const unsigned char *left = a, *right = b;

    for (size_t i = 0; i < bytes; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}
