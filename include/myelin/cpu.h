/*
 * cpu.h - authority over a CPU's time.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/cpu_types.h>

/* A capability that allows no more than `priority` and `share` thousandths. */
error_t cpu_derive(cap_t cpu, unsigned priority, unsigned share, cap_t *derived);
error_t cpu_inspect(cap_t cpu, struct cpu_info *info);
