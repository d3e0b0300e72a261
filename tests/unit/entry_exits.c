/*
 * entry_exits.c - the assembly of kernel/arch/x86_64/arch_fast.h as doors that test_entry.c enters:
 * compiled as the kernel is, not as the tests are. All but the last end in sysretq.
 */

#include <ipc/fastpath.h>
#include <ipc/ipc.h>
#include <task/task.h>

FAST_DOOR void x86_exit_message(FAST_PARAMETERS);
FAST_DOOR void x86_exit_answer(FAST_PARAMETERS);
FAST_DOOR void x86_exit_error(FAST_PARAMETERS);
FAST_DOOR void x86_exit_bits(FAST_PARAMETERS);
FAST_DOOR void x86_exit_saved(FAST_PARAMETERS);
FAST_DOOR void x86_exit_after_save(FAST_PARAMETERS);
void x86_copy(uint64_t *to, const uint64_t *from, uint64_t count);
/* ARCH_LEAVE_SAVED has the name of entry.S's in a string, which is not changed (host.mk). */
__asm__("leave_kernel = x86_leave_kernel");

FAST_DOOR void x86_exit_message(FAST_PARAMETERS)
{
    ARCH_LEAVE_FAST(cpu_self()->thread, handle, token, tag);
}

FAST_DOOR void x86_exit_answer(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread;

    ARCH_ANSWER(self, tag, word0);
}

FAST_DOOR void x86_exit_error(FAST_PARAMETERS)
{
    ARCH_RETURN_FAST((error_t)(handle & 0xff), word0, token);
}

FAST_DOOR void x86_exit_bits(FAST_PARAMETERS)
{
    ARCH_LEAVE_BITS(ip, handle);
}

FAST_DOOR void x86_exit_saved(FAST_PARAMETERS)
{
    ARCH_LEAVE_SAVED(cpu_self()->thread);
}

FAST_DOOR void x86_exit_after_save(FAST_PARAMETERS)
{
    arch_fast_save(&cpu_self()->thread->context, ip);
    arch_fast_clear(&cpu_self()->thread->context, tag, handle);
    ARCH_LEAVE_SAVED(cpu_self()->thread);
}

void x86_copy(uint64_t *to, const uint64_t *from, uint64_t count)
{
    arch_fast_copy(to, from, count);
}
