/*
 * cpu.c - deriving Cpu capabilities.
 */
#include <myelin/cap.h>
#include <myelin/cpu.h>

/* For a Cpu the kernel reads a derivation's offset and length as priority and share. */
error_t cpu_derive(cap_t cpu, unsigned priority, unsigned share, cap_t *derived)
{
    return cap_derive_range(cpu, CAP_RIGHTS_ALL, priority, share, derived);
}
