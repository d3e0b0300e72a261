/* ioport.c - ports: a range of them is a capability, and each access is a checked call. */

#include <arch.h>
#include <myelin/idl/ioport_kernel.h>

/* Does [port, port + width) lie in the range? */
static error_t check_access(struct invocation *invocation, uint64_t port, uint64_t width)
{
    const struct slot *range = invocation->target;

    if (width != 1 && width != 2 && width != 4)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(1), 4, width);
    if (port < range->object || port - range->object >= range->data ||
        width > range->data - (port - range->object))
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), range->object, port);
    return SUCCESS;
}

error_t ioport_handle_in(struct invocation *invocation, uint64_t port, uint64_t width,
                         uint64_t *value)
{
    error_t error = check_access(invocation, port, width);

    if (!error)
        *value = arch_port_in((uint16_t)port, (unsigned)width);
    return error;
}

error_t ioport_handle_out_bytes(struct invocation *invocation, uint64_t port, uint64_t count,
                                const uint8_t *bytes)
{
    error_t error = check_access(invocation, port, 1);

    if (!error && (!count || count > IOPORT_BYTES_MOST))
        error = invocation_fail(invocation, EINVAL, ARGUMENT_WORD(1), IOPORT_BYTES_MOST, count);
    for (uint64_t i = 0; !error && i < count; i++)
        arch_port_out((uint16_t)port, 1, bytes[i]);
    return error;
}

error_t ioport_handle_out(struct invocation *invocation, uint64_t port, uint64_t width,
                          uint64_t value)
{
    error_t error = check_access(invocation, port, width);

    if (!error)
        arch_port_out((uint16_t)port, (unsigned)width, (uint32_t)value);
    return error ? error : SETTLED;
}
