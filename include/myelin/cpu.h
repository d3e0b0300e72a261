/*
 * cpu.h - authority over a CPU's time.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

struct cpu_info {
    uint32_t priority; /* the highest that it allows */
    uint32_t share;    /* thousandths */
    uint64_t idle;     /* ns that the CPU idled since it started */
    uint64_t timer_interrupts;
};

/* A capability that allows no more than `priority` and `share` thousandths. */
error_t cpu_derive(cap_t cpu, unsigned priority, unsigned share, cap_t *derived);
error_t cpu_inspect(cap_t cpu, struct cpu_info *info);
