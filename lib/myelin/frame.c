/*
 * frame.c - page frames: allocating and mapping them.
 */
#include <myelin/frame.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "internal.h"

#define TABLES_SIZE_BITS (PAGE_SIZE_BITS + 2) /* one mapping needs up to three page tables */

error_t frame_allocate(size_t size, cap_t *frame)
{
    if (size == 1ull << PAGE_SIZE_BITS)
        return library_retype(OBJECT_FRAME, PAGE_SIZE_BITS, NULL, frame);
    if (size == 1ull << LARGE_PAGE_SIZE_BITS)
        return library_retype(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, NULL, frame);
    return library_error(EINVAL);
}

error_t frame_map(cap_t vspace, cap_t frame, uint64_t address, uint32_t rights)
{
    struct message message;

    REQUEST(&message, VSPACE_LABEL_MAP, address, rights);
    library_argument(&message, frame);
    return message_invoke(library_vspace_or(vspace), &message);
}

error_t frame_unmap(cap_t vspace, cap_t frame)
{
    struct message message;

    REQUEST(&message, VSPACE_LABEL_UNMAP);
    library_argument(&message, frame);
    return message_invoke(library_vspace_or(vspace), &message);
}

error_t frame_protect(cap_t vspace, cap_t frame, uint32_t rights)
{
    struct message message;

    REQUEST(&message, VSPACE_LABEL_PROTECT, rights);
    library_argument(&message, frame);
    return message_invoke(library_vspace_or(vspace), &message);
}

error_t frame_physical(cap_t frame, uint64_t *physical)
{
    struct message message;
    error_t error;

    REQUEST(&message, FRAME_LABEL_PHYSICAL);
    error = message_invoke(frame, &message);
    if (!error)
        *physical = message.words[0];
    return error;
}

error_t frame_inspect(cap_t frame, struct frame_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, FRAME_LABEL_INSPECT);
    error = message_invoke(frame, &message);
    if (error)
        return error;
    info->size = message.words[0];
    info->address = message.words[1];
    info->rights = message.words[2];
    return SUCCESS;
}

/* Gives the own VSpace page tables from "memory". */
static error_t give_tables(void)
{
    cap_t tables;
    error_t error = library_retype(OBJECT_UNTYPED, TABLES_SIZE_BITS, "page tables", &tables);

    if (error)
        return error;
    error = vspace_give(library_vspace(), tables);
    if (error)
        cap_delete(tables);
    return error;
}

error_t frame_attach_at(cap_t frame, uint32_t rights, uint64_t address)
{
    error_t error = frame_map(library_vspace(), frame, address, rights);

    if (error != ENOMEM)
        return error;
    error = give_tables();
    return error ? error : frame_map(library_vspace(), frame, address, rights);
}

error_t frame_attach(cap_t frame, uint32_t rights, void **address)
{
    struct frame_info info;
    uint64_t place;
    error_t error = frame_inspect(frame, &info);

    if (error)
        return error;
    error = vspace_reserve(info.size, info.size, &place);
    if (error)
        return error;
    error = frame_attach_at(frame, rights, place);
    if (error) {
        vspace_unreserve(place);
        return error;
    }
    *address = (void *)place;
    return SUCCESS;
}

error_t frame_detach(cap_t frame)
{
    struct frame_info info;
    error_t error = frame_inspect(frame, &info);

    if (!error)
        error = frame_unmap(library_vspace(), frame);
    if (!error)
        vspace_unreserve(info.address);
    return error;
}
