/*
 * frame.c - page frames: allocating and mapping them.
 */
#include <myelin/frame.h>
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

/* `vspace`, or if that is CAP_NULL the process's own. */
static cap_t or_own(cap_t vspace)
{
    return vspace ? vspace : vspace_self();
}

error_t frame_map(cap_t vspace, cap_t frame, uint64_t address, uint32_t rights)
{
    return vspace_map(or_own(vspace), address, rights, frame);
}

error_t frame_unmap(cap_t vspace, cap_t frame)
{
    return vspace_unmap(or_own(vspace), frame);
}

error_t frame_protect(cap_t vspace, cap_t frame, uint32_t rights)
{
    return vspace_protect(or_own(vspace), rights, frame);
}

/* Gives the own VSpace page tables from "memory". */
static error_t give_tables(void)
{
    cap_t tables;
    error_t error = library_retype(OBJECT_UNTYPED, TABLES_SIZE_BITS, "page tables", &tables);

    if (error)
        return error;
    error = vspace_give(vspace_self(), tables);
    if (error)
        cap_delete(tables);
    return error;
}

error_t frame_attach_at(cap_t frame, uint32_t rights, uint64_t address)
{
    error_t error = frame_map(vspace_self(), frame, address, rights);

    if (error != ENOMEM)
        return error;
    error = give_tables();
    return error ? error : frame_map(vspace_self(), frame, address, rights);
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
        error = frame_unmap(vspace_self(), frame);
    if (!error)
        vspace_unreserve(info.address);
    return error;
}
