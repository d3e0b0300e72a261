/*
 * device.h - interrupts and ports as capabilities. The kernel drives no device.
 */
#pragma once

#include <kernel.h>

struct slot;

/* Which notification is told of that line's interrupts, if one is, and which bits. */
const struct slot *irq_bell(unsigned line);
void irq_slot_lost(struct slot *slot);
