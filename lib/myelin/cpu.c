/*
 * cpu.c - methods of Cpu capabilities.
 */
#include <myelin/cpu.h>
#include <myelin/idl/cpu_types.h>

#include "internal.h"

/* For a Cpu the kernel reads a derivation's offset and length as priority and share. */
error_t cpu_derive(cap_t cpu, unsigned priority, unsigned share, cap_t *derived)
{
    return cap_derive_range(cpu, CAP_RIGHTS_ALL, priority, share, derived);
}

error_t cpu_inspect(cap_t cpu, struct cpu_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, CPU_LABEL_INSPECT);
    error = message_invoke(cpu, &message);
    if (error)
        return error;
    info->priority = message.words[0];
    info->share = message.words[1];
    info->idle = message.words[2];
    info->timer_interrupts = message.words[3];
    return SUCCESS;
}
