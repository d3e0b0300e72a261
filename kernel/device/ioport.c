/* ioport.c - ports: a range of them is a capability, and each access is a checked call. */

#include <arch.h>
#include <cap/cap.h>
#include <myelin/idl/ioport_types.h>

/* Does [port, port + width) lie in the range? */
static error_t check_access(struct invocation *invocation, unsigned right)
{
    const struct slot *range = invocation->target;
    uint64_t port = invocation_word(invocation, 0), width = invocation_word(invocation, 1);
    error_t error = invocation_need(invocation, right);

    if (error)
        return error;
    if (width != 1 && width != 2 && width != 4)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(1), 4, width);
    if (port < range->object || port - range->object >= range->data ||
        width > range->data - (port - range->object))
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), range->object, port);
    return SUCCESS;
}

error_t ioport_invoke(struct invocation *invocation)
{
    bool out = invocation->label == IOPORT_LABEL_OUT;
    uint16_t port = (uint16_t)invocation_word(invocation, 0);
    unsigned width = (unsigned)invocation_word(invocation, 1);
    error_t error;

    if (invocation->label != IOPORT_LABEL_IN && !out)
        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
    error = check_access(invocation, out ? CAP_RIGHTS_WRITE : CAP_RIGHTS_READ);
    if (error)
        return error;
    if (out)
        arch_port_out(port, width, (uint32_t)invocation_word(invocation, 2));
    else
        invocation_put(invocation, arch_port_in(port, width));
    return SUCCESS;
}
