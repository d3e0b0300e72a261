/*
 * granter.c - a process that grants memory to a suite, and does what it is asked (granter.idl).
 */
#include <string.h>
#include <sys/mman.h>

#include <myelin/idl/granter_server.h>
#include <myelin/memorygrant.h>
#include <myelin/startup.h>

#include "lib/peers.h"

#define PAGE_BYTES 4096

static unsigned char *granted;
static size_t size = GRANTER_BYTES; /* of it that is mapped */
static cap_t grant;
static unsigned char *theirs; /* of another's memory, mapped here */
static size_t their_bytes;

static uint64_t sum_of(const unsigned char *bytes, size_t length)
{
    uint64_t result = 0;

    for (size_t i = 0; i < length; i++)
        result += bytes[i];
    return result;
}

error_t granter_handle_memory(struct idl_request *request, cap_t *memory)
{
    (void)request;
    *memory = grant;
    return SUCCESS;
}

error_t granter_handle_look(struct idl_request *request, uint64_t *sum, uint64_t *byte_5,
                            uint64_t *borrowed)
{
    (void)request;
    *sum = sum_of(granted, size);
    *byte_5 = granted[5];
    *borrowed = sum_of(theirs, their_bytes);
    return SUCCESS;
}

error_t granter_handle_clear(struct idl_request *request)
{
    (void)request;
    memset(granted, 0, size);
    return SUCCESS;
}

error_t granter_handle_unmap(struct idl_request *request)
{
    (void)request;
    size = PAGE_BYTES;
    return munmap(granted + size, GRANTER_BYTES - size) ? ENOMEM : SUCCESS;
}

error_t granter_handle_end(struct idl_request *request)
{
    (void)request;
    return grant_end(grant);
}

error_t granter_handle_borrow(struct idl_request *request, cap_t other)
{
    struct grant_info info;
    error_t error = grant_inspect(other, &info);

    (void)request;
    if (!error)
        error = grant_map(other, info.rights, (void **)&theirs);
    if (!error)
        their_bytes = info.length;
    return error;
}

error_t granter_handle_mark(struct idl_request *request)
{
    (void)request;
    for (size_t i = 0; i < their_bytes; i += PAGE_BYTES)
        theirs[i] = 'b';
    return SUCCESS;
}

int main(void)
{
    granted = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < size; i++)
        granted[i] = relay_byte(i);
    if (grant_create(granted, size, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &grant))
        return 1;
    return granter_serve(startup_cap("front")) != SUCCESS;
}
