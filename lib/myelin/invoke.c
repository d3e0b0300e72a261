/*
 * invoke.c - whose objects the library's functions use: the startup capabilities.
 */
#include <myelin/untyped.h>

#include "internal.h"

static cap_t memory; /* set by untyped_set_memory */

cap_t library_memory(void)
{
    if (!memory)
        memory = startup_cap("memory");
    return memory;
}

void untyped_set_memory(cap_t untyped)
{
    memory = untyped;
}

error_t library_retype(unsigned type, uint64_t size, const char *name, cap_t *object)
{
    return untyped_retype(library_memory(), type, size, name, 0, object);
}
