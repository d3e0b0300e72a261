/*
 * lease.c - buffers lent with a call: lending them, and reading and writing what was lent.
 */
#include <myelin/idl/reply.h>

#include "internal.h"

#define PAGE_BYTES 4096

/* A page that is to be written is written to, with what it holds. */
static void touch(volatile char *byte, uint32_t rights)
{
    if (rights & CAP_RIGHTS_WRITE)
        __atomic_fetch_or(byte, 0, __ATOMIC_RELAXED);
    else
        __atomic_load_n(byte, __ATOMIC_RELAXED);
}

void library_touch(const void *buffer, size_t length, uint32_t rights)
{
    char *bytes = (char *)buffer;

    for (size_t at = 0; at < length; at += PAGE_BYTES - ((uint64_t)(bytes + at) % PAGE_BYTES))
        touch(bytes + at, rights);
}

void message_put_lease(struct message *message, void *base, size_t length, uint32_t rights)
{
    uint32_t n = message->lease_count++;

    if (n >= MESSAGE_LEASES_MAX)
        return; /* sending it answers EINVAL */
    library_touch(base, length, rights);
    message->leases[n] = (struct message_lease){.base = base, .length = length, .rights = rights};
}

void message_put_lease_on(struct message *message, cap_t reply, unsigned number, uint64_t offset,
                          size_t length, uint32_t rights)
{
    uint32_t n = message->lease_count++;

    if (n >= MESSAGE_LEASES_MAX)
        return; /* sending it answers EINVAL */
    message->leases[n] = (struct message_lease){
        .length = length, .rights = rights, .number = number, .offset = offset, .via = reply};
}

error_t lease_read(cap_t reply, unsigned number, uint64_t offset, void *buffer, size_t length)
{
    uint64_t done;

    return reply_lease_read(reply, number, offset, length, (uint64_t)buffer, 0, &done);
}

error_t lease_write(cap_t reply, unsigned number, uint64_t offset, const void *buffer,
                    size_t length)
{
    uint64_t done;

    return reply_lease_write(reply, number, offset, length, (uint64_t)buffer, 0, &done);
}
