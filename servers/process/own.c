/*
 * own.c - methods on the caller's own process: its memory, its end.
 */
#include <myelin/ipc.h>
#include <myelin/objects.h>
#include <myelin/program.h>

#include "process.h"

#define RIGHTS_ALL (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE | CAP_RIGHTS_EXECUTE)

/* Never both: what can be written cannot be executed. Any access includes reading. */
static error_t check_protection(uint64_t protection, uint32_t *rights)
{
    if (protection & ~(uint64_t)RIGHTS_ALL)
        return EINVAL;
    if ((protection & CAP_RIGHTS_WRITE) && (protection & CAP_RIGHTS_EXECUTE))
        return EINVAL;
    *rights = protection ? (uint32_t)protection | CAP_RIGHTS_READ : 0;
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
static error_t choose_range(struct process *process, uint64_t address, uint64_t length,
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

error_t own_map(struct request *request)
{
    struct process *process = request->process;
    const word_t *words = request->message->words;
    struct region region = {0};
    error_t error = check_protection(words[2], &region.rights);

    if (!error)
        error = choose_range(process, words[0], words[1], &region);
    if (!error)
        error = region_add(&process->regions, &region);
    if (!error)
        put_word(request, region.start);
    return error;
}

error_t own_unmap(struct request *request)
{
    struct process *process = request->process;
    uint64_t start = request->message->words[0];
    uint64_t end;
    error_t error = check_range(start, request->message->words[1], &end);

    if (!error)
        error = region_remove(&process->regions, start, end);
    if (!error)
        unmap_pages(process, start, end);
    return error;
}

error_t own_protect(struct request *request)
{
    struct process *process = request->process;
    uint64_t start = request->message->words[0];
    uint32_t rights;
    uint64_t end;
    error_t error = check_range(start, request->message->words[1], &end);

    if (!error)
        error = check_protection(request->message->words[2], &rights);
    if (!error)
        error = region_protect(&process->regions, start, end, rights);
    if (!error)
        protect_pages(process, start, end, rights);
    return error;
}

error_t own_exit(struct request *request)
{
    const struct process_end end = {.exit_code = request->message->words[0] & 0xff};

    process_finish(request->process, &end);
    request->no_answer = true;
    return SUCCESS;
}
