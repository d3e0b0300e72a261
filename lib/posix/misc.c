/*
 * misc.c - the system's name, and random numbers.
 */
#include <string.h>
#include <sys/utsname.h>

#include "posix.h"

#define LEAF_FEATURES  1
#define FEATURE_RDRAND (1u << 30) /* of ecx */
#define RDRAND_TRIES   10

long linux_uname(const uint64_t *arguments)
{
    static const struct utsname name = {
        .sysname = "Myelin",
        .nodename = "myelin",
        .release = "0.1",
        .version = "Myelin",
        .machine = "x86_64",
    };

    memcpy((void *)arguments[0], &name, sizeof(name));
    return 0;
}

static bool have_rdrand(void)
{
    uint32_t eax = LEAF_FEATURES;
    uint32_t ebx, ecx = 0, edx;

    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ecx & FEATURE_RDRAND;
}

/* The processor may be out of numbers for a moment. */
static bool random_word(uint64_t *word)
{
    bool valid = false;

    for (int i = 0; i < RDRAND_TRIES && !valid; i++)
        __asm__ volatile("rdrandq %0" : "=r"(*word), "=@ccc"(valid));
    return valid;
}

/* ENOSYS where the processor has no source: better none than a bad one. */
long linux_getrandom(const uint64_t *arguments)
{
    char *place = (char *)arguments[0];
    uint64_t length = arguments[1];
    uint64_t done = 0;
    uint64_t word;
    uint64_t part;

    if (!have_rdrand())
        return -ENOSYS;
    while (done < length) {
        if (!random_word(&word))
            return done ? (long)done : -EIO;
        part = length - done < sizeof(word) ? length - done : sizeof(word);
        memcpy(place + done, &word, part);
        done += part;
    }
    return (long)done;
}
