/*
 * cap.c - capabilities of one's own space, and CSpaces.
 */
#include <myelin/cap.h>
#include <myelin/untyped.h>

#include "internal.h"

cap_t cspace_self(void)
{
    static cap_t cspace;

    if (!cspace)
        cspace = startup_cap("cspace");
    return cspace;
}

error_t cap_derive(cap_t cap, uint32_t rights, cap_t *derived)
{
    return cspace_derive(cspace_self(), rights, 0, 0, cap, derived);
}

error_t cap_derive_range(cap_t cap, uint32_t rights, uint64_t offset, uint64_t length,
                         cap_t *derived)
{
    return cspace_derive(cspace_self(), rights, offset, length, cap, derived);
}

error_t cap_delete(cap_t cap)
{
    return cspace_delete(cspace_self(), cap);
}

error_t cap_revoke(cap_t cap)
{
    return cspace_revoke(cspace_self(), cap);
}

error_t cap_reply_save(cap_t token, cap_t *reply)
{
    return cspace_reply_save(cspace_self(), token, reply);
}

error_t cap_inspect(cap_t cspace, uint64_t index, struct cap_info *info)
{
    struct cspace_content content;
    uint64_t owners;
    error_t error = cspace_inspect(cspace ? cspace : cspace_self(), index, &info->cap, &content,
                                   &info->badge, info->name, &info->size, &owners);

    if (error)
        return error;
    info->type = content.type;
    info->rights = content.rights;
    info->owner = (uint32_t)owners;
    return SUCCESS;
}

error_t cspace_create(cap_t untyped, unsigned slots_log2, const char *name, cap_t *cspace)
{
    return untyped_retype(untyped, OBJECT_CSPACE, slots_log2, name, 0, cspace);
}
