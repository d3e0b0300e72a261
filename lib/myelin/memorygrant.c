/*
 * memorygrant.c - memory lent for longer than one call.
 */
#include <myelin/idl/memorygrant.h>
#include <myelin/idl/self.h>
#include <myelin/memorygrant.h>
#include <myelin/vspace.h>

#include "internal.h"

error_t grant_create(void *base, size_t length, uint32_t rights, cap_t *grant)
{
    idl_touch(base, length, rights);
    return vspace_grant(vspace_self(), (uint64_t)base, length, rights, grant);
}

void grant_touch(void *base, size_t length, uint32_t rights)
{
    idl_touch(base, length, rights);
}

error_t grant_end(cap_t grant)
{
    cap_t self = startup_cap("process");
    struct memorygrant_info info;
    uint64_t base;
    error_t error = memorygrant_inspect(grant, &info);

    if (!error)
        error = vspace_locate(vspace_self(), grant, &base);
    if (!error)
        error = cap_revoke(grant);
    if (!error && self)
        error = self_take_back(self, base, info.length);
    return error ? error : cap_delete(grant);
}

error_t grant_read(cap_t grant, uint64_t offset, void *buffer, size_t length)
{
    uint64_t done;

    return memorygrant_read(grant, offset, length, (uint64_t)buffer, &done);
}

error_t grant_write(cap_t grant, uint64_t offset, const void *buffer, size_t length)
{
    uint64_t done;

    return memorygrant_write(grant, offset, length, (uint64_t)buffer, &done);
}

error_t grant_map(cap_t grant, uint32_t rights, void **address)
{
    cap_t self = startup_cap("process");
    uint64_t mapped;
    error_t error = self ? self_map_grant(self, grant, 0, rights, &mapped) : library_error(ENOENT);

    if (!error)
        *address = (void *)mapped;
    return error;
}

error_t grant_inspect(cap_t grant, struct grant_info *info)
{
    struct memorygrant_info found;
    error_t error = memorygrant_inspect(grant, &found);

    if (error)
        return error;
    *info = (struct grant_info){found.length, (uint32_t)found.rights, found.space};
    return SUCCESS;
}
