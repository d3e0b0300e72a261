/*
 * waitset.c - making WaitSets.
 */
#include <myelin/waitset.h>

#include "internal.h"

error_t waitset_create(const char *name, unsigned sources, cap_t *waitset)
{
    return library_retype(OBJECT_WAITSET, sources, name, waitset);
}
