/*
 * irq.c - methods of Irq and IrqControl.
 */
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/irq.h>

#include "internal.h"

error_t irqcontrol_issue(cap_t control, unsigned first, unsigned lines, cap_t *irq)
{
    struct message message;

    REQUEST(&message, IRQCONTROL_LABEL_ISSUE, first, lines);
    return library_call_for_cap(control, &message, irq);
}

error_t irq_bind(cap_t irq, unsigned line, cap_t notification)
{
    struct message message;

    REQUEST(&message, IRQ_LABEL_BIND, line);
    library_argument(&message, notification);
    return message_invoke(irq, &message);
}

error_t irq_acknowledge(cap_t irq, unsigned line)
{
    struct message message;

    REQUEST(&message, IRQ_LABEL_ACKNOWLEDGE, line);
    return message_invoke(irq, &message);
}
