/*
 * untyped.c - methods of Untyped memory.
 */
#include <myelin/idl/untyped_types.h>
#include <myelin/untyped.h>

#include "internal.h"

static error_t retype(cap_t untyped, unsigned type, uint64_t size, const char *name,
                      uint64_t offset, cap_t *object)
{
    struct message message;

    REQUEST(&message, UNTYPED_LABEL_RETYPE, type, size);
    message_put_name(&message, name);
    message_put(&message, offset);
    return library_call_for_cap(untyped, &message, object);
}

error_t untyped_retype(cap_t untyped, unsigned type, uint64_t size, const char *name, cap_t *object)
{
    return retype(untyped, type, size, name, 0, object);
}

error_t untyped_device_frame(cap_t untyped, uint64_t offset, unsigned size_bits, const char *name,
                             cap_t *frame)
{
    return retype(untyped, OBJECT_FRAME, size_bits, name, offset, frame);
}

error_t untyped_inspect(cap_t untyped, struct untyped_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, UNTYPED_LABEL_INSPECT);
    error = message_invoke(untyped, &message);
    if (error)
        return error;
    info->size = message.words[0];
    info->used = message.words[1];
    info->children = message.words[2];
    info->device = message.words[3];
    return SUCCESS;
}
