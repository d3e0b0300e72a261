/*
 * device.h - interrupts and ports as capabilities. The kernel drives no device.
 */
#pragma once

#include <kernel.h>

struct slot;

/* The line's interrupt came: it is masked, and whoever is bound to it is notified. */
void irq_raise(unsigned line);
void irq_slot_lost(struct slot *slot);
