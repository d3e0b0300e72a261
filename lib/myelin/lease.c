/*
 * lease.c - reading and writing buffers that were lent with a call.
 */
#include <myelin/idl/reply.h>

#include "internal.h"

error_t lease_read(cap_t reply, unsigned number, uint64_t offset, void *buffer, size_t length)
{
    uint64_t done;

    return reply_lease_read(reply, number, offset, length, (uint64_t)buffer, &done);
}

error_t lease_write(cap_t reply, unsigned number, uint64_t offset, const void *buffer,
                    size_t length)
{
    uint64_t done;

    return reply_lease_write(reply, number, offset, length, (uint64_t)buffer, &done);
}
