/* irq.c - interrupt lines: each can be bound to one notification, and waits to be acknowledged. */

#include <device/device.h>
#include <ipc/ipc.h>
#include <myelin/idl/irq_kernel.h>
#include <myelin/idl/irqcontrol_kernel.h>

/* Who is notified, by line. Guarded by the kernel lock when there are more CPUs. */
static struct slot bound_lines[IRQ_LINES];

const struct slot *irq_bell(unsigned line)
{
    return &bound_lines[line];
}

void irq_slot_lost(struct slot *slot)
{
    arch_irq_mask((unsigned)(slot - bound_lines));
}

/* The line, counted from the range's first. */
static error_t find_line(struct invocation *invocation, uint64_t offset, unsigned *line)
{
    const struct slot *range = invocation->target;

    if (offset >= range->data)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), range->data, offset);
    *line = (unsigned)(range->object + offset);
    return SUCCESS;
}

error_t irq_handle_bind(struct invocation *invocation, uint64_t line, struct slot *notification)
{
    unsigned at = 0;
    error_t error = find_line(invocation, line, &at);

    if (error)
        return error;
    if (notification && !notification->data)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), 1, 0);
    if (notification && slot_used(&bound_lines[at]))
        return invocation_fail(invocation, EBUSY, ARGUMENT_WORD(0), 0, at);

    /* Commit. */
    cap_drop(&bound_lines[at]);
    if (notification) {
        cap_hold(&bound_lines[at], HOME_IRQ_LINE, notification);
        arch_irq_unmask(at);
    }
    return SUCCESS;
}

error_t irq_handle_acknowledge(struct invocation *invocation, uint64_t line)
{
    unsigned at = 0;
    error_t error = find_line(invocation, line, &at);

    if (error)
        return error;
    if (!slot_used(&bound_lines[at]))
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), OBJECT_NOTIFICATION, 0);
    arch_irq_unmask(at);
    return SUCCESS;
}

error_t irqcontrol_handle_issue(struct invocation *invocation, uint64_t first, uint64_t lines)
{
    struct slot *slot;

    if (first >= IRQ_LINES || !lines || lines > IRQ_LINES - first)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), IRQ_LINES, first);

    /* Commit. */
    slot = cspace_take(thread_cspace(invocation->caller));
    slot->type = OBJECT_IRQ;
    slot->rights = CAP_RIGHTS_ALL;
    slot->object = first;
    slot->data = lines;
    tree_insert_last(slot, invocation->target);
    invocation->out_cap = slot;
    return SUCCESS;
}
