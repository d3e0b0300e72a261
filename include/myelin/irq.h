/*
 * irq.h - interrupt lines.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

/* A capability to `lines` lines from `first` on, by an IrqControl. */
error_t irqcontrol_issue(cap_t control, unsigned first, unsigned lines, cap_t *irq);
/* Each interrupt of `line` (counted from the range's first) sets the badge bits of
   `notification` (right: Send) and masks the line. CAP_NULL: unbind. */
error_t irq_bind(cap_t irq, unsigned line, cap_t notification);
/* Lets the next one come. */
error_t irq_acknowledge(cap_t irq, unsigned line);
