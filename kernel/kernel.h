/*
 * kernel.h - the few things that every part of the kernel uses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h> /* memcpy, memset, memcmp: the architecture's */

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/objects.h>

#define PAGE_BYTES       4096ull
#define LARGE_PAGE_BYTES (1ull << LARGE_PAGE_SIZE_BITS)

#define container_of(pointer, type, member) \
    ((type *)((char *)(pointer) - __builtin_offsetof(type, member)))

/* Not an error but a request: undo nothing, run the same system call again later. */
#define RESTART     ((error_t) - 1)
/* Likewise not an error: success of a method that has no words to tell and has changed nothing that
   tells who runs next, so its caller goes on. */
#define SETTLED     ((error_t) - 3)
/* Likewise not an error: the partner, who runs now, goes on with it; this side waits. */
#define HANDED_OVER ((error_t) - 2)

struct slot;

/* What an error's registers say beside its code: `argument` is one of abi.h's ARGUMENT_. */
struct failure {
    error_t error;
    uint64_t argument;
    uint64_t expected;
    uint64_t found;
};

static inline error_t fail(struct failure *failure, error_t error, uint64_t argument,
                           uint64_t expected, uint64_t found)
{
    *failure = (struct failure){error, argument, expected, found};
    return error;
}

/* Of its caller's registers it should take none: the way that is seldom gone, or long. */
#define APART __attribute__((noinline))

/* To read something again is cheaper than to have kept it from before. */
#define LOOK_AGAIN(pointer) __asm__("" : "+r"(pointer))
#define ALL_AGAIN()         __asm__ volatile("" ::: "memory")

#define SELDOM(condition) __builtin_expect(!!(condition), 0)

/* What may be used where nobody may be called. */
#define IN_PLACE static inline __attribute__((always_inline))

/* Every kernel object with memory of its own begins with this. */
struct object {
    char name[OBJECT_NAME_BYTES]; /* NUL-padded */
    struct slot *owner;           /* the capability that it dies with */
    uint8_t type;                 /* enum object_type */
    bool dying;
};

/* The kernel's log: a small printf (%s %d %u %x %lx %lu %p %c) to the debug port. */
__attribute__((format(printf, 1, 2))) void log_print(const char *format, ...);
void log_write(const char *bytes, size_t length);
void log_vprint(const char *format, __builtin_va_list arguments);

/* Says why, shows registers and a backtrace, and stops the machine. */
__attribute__((format(printf, 1, 2))) _Noreturn void panic(const char *format, ...);

#define kernel_assert(condition) \
    ((condition) ? (void)0 : panic("%s:%d: %s", __FILE__, __LINE__, #condition))
