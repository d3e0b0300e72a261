/*
 * irq.h - interrupt lines, by the functions of <myelin/idl/irq.h> and <myelin/idl/irqcontrol.h>:
 *
 *   irqcontrol_issue(control, first, lines, &irq)   a capability to `lines` lines from `first` on
 *   irq_bind(irq, line, notification)               each interrupt of `line` (counted from the
 *                                                   range's first) sets the badge bits of the
 *                                                   notification (right: Send) and masks the
 *                                                   line; CAP_NULL: unbinds
 *   irq_acknowledge(irq, line)                      lets the next one come
 */
#pragma once

#include <myelin/idl/irq.h>
#include <myelin/idl/irqcontrol.h>
