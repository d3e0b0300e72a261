/*
 * own.c - the interface `self`: the caller's own process, its memory, its end.
 */
#include <myelin/cap.h>
#include <myelin/idl/self_server.h>
#include <myelin/objects.h>
#include <myelin/program.h>

#include "process.h"

_Static_assert(SELF_READ == CAP_RIGHTS_READ && SELF_WRITE == CAP_RIGHTS_WRITE &&
                   SELF_EXECUTE == CAP_RIGHTS_EXECUTE,
               "a protection is the rights to the page");

/* Never both: what can be written cannot be executed. Any access includes reading. */
static error_t check_protection(uint32_t protection, uint32_t *rights)
{
    if ((protection & SELF_WRITE) && (protection & SELF_EXECUTE))
        return EINVAL;
    *rights = protection ? protection | CAP_RIGHTS_READ : 0;
    return SUCCESS;
}

/* The whole pages that [address, address + length) touches. */
static error_t check_range(uint64_t address, uint64_t length, uint64_t *end)
{
    if (address % PAGE_BYTES || length == 0)
        return EINVAL;
    if (address < PROGRAM_ADDRESS_FIRST || address > USER_ADDRESS_END ||
        length > USER_ADDRESS_END - address)
        return ERANGE;
    *end = address + page_round_up(length);
    return SUCCESS;
}

/* A range of the caller's choice, or found here. */
error_t choose_range(struct process *process, uint64_t address, uint64_t length,
                     struct region *region)
{
    if (address == 0) {
        if (length == 0)
            return EINVAL;
        if (length > MAP_LAST - MAP_FIRST)
            return ENOMEM;
        address = region_place(&process->regions, MAP_FIRST, MAP_LAST, page_round_up(length));
        if (!address)
            return ENOMEM;
    }
    region->start = address;
    return check_range(address, length, &region->end);
}

error_t self_handle_map(struct idl_request *request, uint64_t address, uint64_t length,
                        uint32_t protection, uint64_t *mapped)
{
    struct process *process = process_of_badge(request->badge);
    struct region region = {0};
    error_t error = check_protection(protection, &region.rights);

    if (!error)
        error = choose_range(process, address, length, &region);
    if (!error)
        error = region_add(&process->regions, &region);
    *mapped = region.start;
    return error;
}

error_t self_handle_unmap(struct idl_request *request, uint64_t address, uint64_t length)
{
    struct process *process = process_of_badge(request->badge);
    uint64_t end;
    error_t error = check_range(address, length, &end);

    if (!error)
        error = region_remove(&process->regions, address, end);
    if (error)
        return error;
    lend_end(process, address, end);
    unmap_pages(process, address, end);
    return SUCCESS;
}

error_t self_handle_protect(struct idl_request *request, uint64_t address, uint64_t length,
                            uint32_t protection)
{
    struct process *process = process_of_badge(request->badge);
    uint32_t rights;
    uint64_t end;
    error_t error = check_range(address, length, &end);

    if (!error)
        error = check_protection(protection, &rights);
    if (!error && !region_may_have(&process->regions, address, end, rights))
        error = EPERM;
    if (!error)
        error = region_protect(&process->regions, address, end, rights);
    if (error)
        return error;
    lend_end(process, address, end);
    protect_pages(process, address, end, rights);
    return SUCCESS;
}

error_t self_handle_map_grant(struct idl_request *request, cap_t grant, uint64_t address,
                              uint32_t protection, uint64_t *mapped)
{
    struct process *process = process_of_badge(request->badge);
    uint32_t rights;
    error_t error = check_protection(protection, &rights);

    if (!error)
        error = lend_region(process, grant, address, rights, mapped);
    if (!error)
        cap_delete(grant); /* the region knows whose memory it is */
    return error;
}

error_t self_handle_take_back(struct idl_request *request, uint64_t address, uint64_t length)
{
    if (length > UINT64_MAX - address)
        return ERANGE;
    lend_end(process_of_badge(request->badge), address, address + length);
    return SUCCESS;
}

/* The caller is no more: nobody waits for an answer. */
error_t self_handle_exit(struct idl_request *request, uint64_t code)
{
    const struct process_status end = {.exit_code = code & 0xff};

    process_finish(process_of_badge(request->badge), &end);
    return IDL_LATER;
}

error_t self_handle_identity(struct idl_request *request, uint64_t *pid, uint64_t *parent)
{
    const struct process *process = process_of_badge(request->badge);

    *pid = process->pid;
    *parent = process_parent_pid(process);
    return SUCCESS;
}

error_t self_handle_show_thread(struct idl_request *request, cap_t shown)
{
    return shown_threads_add(process_of_badge(request->badge), shown);
}
