/*
 * cpu.h - authority over a CPU's time.
 *
 * Of <myelin/idl/cpu.h>: cpu_inspect(cpu, &info), what the capability allows and what the CPU did;
 * cpu_measure(cpu, on, &longest), how long the kernel keeps interrupts waiting; cpu_misses(cpu,
 * &misses), why messages left the fast path; cpu_count(cpu, on, &ways), which way calls go.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/cpu.h>

/* A capability that allows no more than `priority` and `share` thousandths. */
error_t cpu_derive(cap_t cpu, unsigned priority, unsigned share, cap_t *derived);
