/* panic.c - the kernel's end: why, registers, backtrace; then the machine stops. */

#include <stdarg.h>

#include <myelin/idl/thread_types.h>

#include "x86.h"

#define BACKTRACE_MAX 24

/* In the order that trap_in_kernel (entry.S) pushes them. */
struct trap_registers {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, flags, rsp, ss;
};

static bool is_kernel_stack(uint64_t address)
{
    return address % 8 == 0 && address >= KERNEL_BASE && address < UINT64_MAX - 16;
}

static void backtrace(uint64_t frame)
{
    log_print("backtrace (addr2line -e build/kernel.elf):");
    for (unsigned i = 0; i < BACKTRACE_MAX && is_kernel_stack(frame); i++) {
        const uint64_t *words = (const uint64_t *)frame; /* NOLINT */

        if (!words[1])
            break;
        log_print(" %lx", words[1]);
        frame = words[0];
    }
    log_print("\n");
}

static _Noreturn void stop(void)
{
    log_print("myelin: exit status 125\n");
    /* QEMU's power-off port; where there is none this does nothing, and the CPU halts. */
    arch_port_out(0x604, 2, 0x2000);
    for (;;)
        __asm__ volatile("cli; hlt");
}

_Noreturn void panic(const char *format, ...)
{
    va_list arguments;

    log_print("\npanic: ");
    va_start(arguments, format);
    log_vprint(format, arguments);
    va_end(arguments);
    log_print("\n");
    backtrace((uint64_t)__builtin_frame_address(0));
    stop();
}

_Noreturn void panic_user_trap(uint64_t vector, uint64_t error, const struct context *context)
{
    struct thread_registers r;

    arch_registers_read(context, &r);
    log_print("\nthe registers of the thread that ran:\n");
    log_print("rip %lx rsp %lx flags %lx\n", r.ip, r.sp, r.flags);
    log_print("rax %lx rbx %lx rcx %lx rdx %lx\n", r.rax, r.rbx, r.rcx, r.rdx);
    log_print("rsi %lx rdi %lx rbp %lx\n", r.rsi, r.rdi, r.rbp);
    log_print("r8 %lx r9 %lx r10 %lx r11 %lx\n", r.r8, r.r9, r.r10, r.r11);
    log_print("r12 %lx r13 %lx r14 %lx r15 %lx\n", r.r12, r.r13, r.r14, r.r15);
    panic("trap %lu, error %lx, while a program ran", vector, error);
}

_Noreturn void kernel_trap_panic(const struct trap_registers *r);

_Noreturn void kernel_trap_panic(const struct trap_registers *r)
{
    log_print("\npanic: trap %lu, error %lx\n", r->vector, r->error);
    log_print("rip %lx rsp %lx flags %lx cr2 %lx\n", r->rip, r->rsp, r->flags, read_cr2());
    log_print("rax %lx rbx %lx rcx %lx rdx %lx\n", r->rax, r->rbx, r->rcx, r->rdx);
    log_print("rsi %lx rdi %lx rbp %lx\n", r->rsi, r->rdi, r->rbp);
    log_print("r8 %lx r9 %lx r10 %lx r11 %lx\n", r->r8, r->r9, r->r10, r->r11);
    log_print("r12 %lx r13 %lx r14 %lx r15 %lx\n", r->r12, r->r13, r->r14, r->r15);
    backtrace(r->rbp);
    stop();
}
