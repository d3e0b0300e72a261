/* irq.c - interrupt lines: each can be bound to one notification, and waits to be acknowledged. */

#include <device/device.h>
#include <ipc/ipc.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>

/* Who is notified, by line. Guarded by the kernel lock when there are more CPUs. */
static struct slot lines[IRQ_LINES];

void irq_raise(unsigned line)
{
    const struct slot *bound = &lines[line];

    arch_irq_mask(line);
    if (slot_used(bound))
        notification_signal(slot_object(bound), bound->data);
}

void irq_slot_lost(struct slot *slot)
{
    arch_irq_mask((unsigned)(slot - lines));
}

/* The line that word 0 means, counted from the range's first. */
static error_t read_line(struct invocation *invocation, unsigned *line)
{
    const struct slot *range = invocation->target;
    uint64_t offset = invocation_word(invocation, 0);
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error && offset >= range->data)
        error = invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), range->data, offset);
    *line = (unsigned)(range->object + offset);
    return error;
}

static error_t bind(struct invocation *invocation)
{
    unsigned line;
    error_t error = read_line(invocation, &line);

    if (!error && invocation->cap_count)
        error = invocation_need_cap(invocation, 0, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND);
    if (!error && invocation->cap_count && !invocation->caps[0]->data)
        error = invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), 1, 0);
    if (!error && invocation->cap_count && slot_used(&lines[line]))
        error = invocation_fail(invocation, EBUSY, ARGUMENT_WORD(0), 0, line);
    if (error)
        return error;

    /* Commit. */
    cap_drop(&lines[line]);
    if (invocation->cap_count) {
        cap_hold(&lines[line], HOME_IRQ_LINE, invocation->caps[0]);
        arch_irq_unmask(line);
    }
    return SUCCESS;
}

static error_t acknowledge(struct invocation *invocation)
{
    unsigned line;
    error_t error = read_line(invocation, &line);

    if (!error && !slot_used(&lines[line]))
        error = invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), OBJECT_NOTIFICATION, 0);
    if (!error)
        arch_irq_unmask(line);
    return error;
}

error_t irq_invoke(struct invocation *invocation)
{
    switch (invocation->label) {
    case IRQ_LABEL_BIND:
        return bind(invocation);
    case IRQ_LABEL_ACKNOWLEDGE:
        return acknowledge(invocation);
    default:
        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
    }
}

static error_t issue(struct invocation *invocation)
{
    uint64_t first = invocation_word(invocation, 0), count = invocation_word(invocation, 1);
    struct slot *slot;
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error && (first >= IRQ_LINES || !count || count > IRQ_LINES - first))
        error = invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), IRQ_LINES, first);
    if (!error)
        error = invocation_need_slot(invocation);
    if (error)
        return error;

    /* Commit. */
    slot = cspace_take(thread_cspace(invocation->caller));
    slot->type = OBJECT_IRQ;
    slot->rights = CAP_RIGHTS_ALL;
    slot->object = first;
    slot->data = count;
    tree_insert_last(slot, invocation->target);
    invocation->out_cap = slot;
    return SUCCESS;
}

error_t irqcontrol_invoke(struct invocation *invocation)
{
    if (invocation->label == IRQCONTROL_LABEL_ISSUE)
        return issue(invocation);
    return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
}
