/*
 * cap.c - methods of CSpaces.
 */
#include <myelin/cap.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/untyped.h>

#include "internal.h"

error_t cap_derive(cap_t cap, uint32_t rights, cap_t *derived)
{
    return cap_derive_range(cap, rights, 0, 0, derived);
}

error_t cap_derive_range(cap_t cap, uint32_t rights, uint64_t offset, uint64_t length,
                         cap_t *derived)
{
    struct message message;

    REQUEST(&message, CSPACE_LABEL_DERIVE, rights, offset, length);
    library_argument(&message, cap);
    return library_call_for_cap(library_cspace(), &message, derived);
}

error_t cap_delete(cap_t cap)
{
    struct message message;

    REQUEST(&message, CSPACE_LABEL_DELETE);
    library_argument(&message, cap);
    return message_invoke(library_cspace(), &message);
}

error_t cap_revoke(cap_t cap)
{
    struct message message;

    REQUEST(&message, CSPACE_LABEL_REVOKE);
    library_argument(&message, cap);
    return message_invoke(library_cspace(), &message);
}

error_t cap_reply_save(cap_t token, cap_t *reply)
{
    struct message message;

    REQUEST(&message, CSPACE_LABEL_REPLY_SAVE, token);
    return library_call_for_cap(library_cspace(), &message, reply);
}

error_t cap_insert(cap_t cspace, cap_t cap, uint64_t how, cap_t *handle)
{
    struct message message;
    error_t error;

    REQUEST(&message, CSPACE_LABEL_INSERT);
    message_put_cap(&message, cap, how);
    error = message_invoke(cspace, &message);
    if (!error)
        *handle = message.words[0];
    return error;
}

void library_cap_info(const struct message *message, struct cap_info *info)
{
    info->cap = message->words[0];
    info->type = (uint32_t)message->words[1];
    info->rights = (uint32_t)(message->words[1] >> 32);
    info->badge = message->words[2];
    message_get_name(message, 3, info->name);
    info->size = message->words[5];
    info->owner = (uint32_t)message->words[6];
}

error_t cap_inspect(cap_t cspace, uint64_t index, struct cap_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, CSPACE_LABEL_INSPECT, index);
    error = message_invoke(library_cspace_or(cspace), &message);
    if (!error)
        library_cap_info(&message, info);
    return error;
}

error_t cspace_create(cap_t untyped, unsigned slots_log2, const char *name, cap_t *cspace)
{
    return untyped_retype(untyped, OBJECT_CSPACE, slots_log2, name, cspace);
}

error_t cspace_statistics(cap_t cspace, uint64_t *slots, uint64_t *used)
{
    struct message message;
    error_t error;

    REQUEST(&message, CSPACE_LABEL_STATISTICS);
    error = message_invoke(library_cspace_or(cspace), &message);
    if (error)
        return error;
    *slots = message.words[0];
    *used = message.words[1];
    return SUCCESS;
}

error_t cspace_grow(cap_t cspace, cap_t untyped)
{
    struct message message;

    REQUEST(&message, CSPACE_LABEL_GROW);
    message_put_cap(&message, untyped, CAP_MOVE);
    return message_invoke(library_cspace_or(cspace), &message);
}
