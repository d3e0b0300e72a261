/*
 * arch_types.h - the simulated machine has the registers and page tables of x86-64.
 */
#pragma once

#include <kernel/arch/x86_64/arch_types.h>
