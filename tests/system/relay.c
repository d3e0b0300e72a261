/*
 * relay.c - a server for systest-lend (relay.idl). The last of a row does what is asked; the others
 * lend on what they hold, but its first byte, to "next".
 */
#include <myelin/idl/relay.h>
#include <myelin/idl/relay_server.h>
#include <myelin/startup.h>

#include "lib/peers.h"

static unsigned char bytes[RELAY_BYTES];
static cap_t next; /* CAP_NULL: this is the last */

error_t relay_handle_fill(struct idl_request *request, const struct idl_lease *target)
{
    (void)request;
    if (next)
        return relay_fill_on(next, target, 1, target->length - 1);
    for (size_t i = 0; i < target->length; i++)
        bytes[i] = relay_byte(i);
    return idl_lease_write(target, 0, bytes, target->length);
}

error_t relay_handle_total(struct idl_request *request, const struct idl_lease *source,
                           uint64_t *sum)
{
    error_t error;

    (void)request;
    if (next)
        return relay_total_on(next, source, 1, source->length - 1, sum);
    error = idl_lease_read(source, 0, bytes, source->length);
    *sum = 0;
    for (size_t i = 0; i < source->length; i++)
        *sum += bytes[i];
    return error;
}

error_t relay_handle_spoil(struct idl_request *request, const struct idl_lease *source)
{
    (void)request;
    if (next)
        return relay_spoil_on(next, source, 1, source->length - 1);
    return idl_lease_write(source, 0, bytes, source->length);
}

int main(void)
{
    next = startup_cap("next");
    return relay_serve(startup_cap("front")) != SUCCESS;
}
