/* registers.c - a system call with every general register seeded, and looked at afterwards. */
#include "systest.h"

#define REGISTERS (sizeof(struct all_registers) / sizeof(uint64_t))

/* The stack pointer is kept by the kernel, so the pointer waits on the stack. */
__attribute__((naked)) void registers_enter(__attribute__((unused)) struct all_registers *registers)
{
    __asm__("pushq %rbx\n\t"
            "pushq %rbp\n\t"
            "pushq %r12\n\t"
            "pushq %r13\n\t"
            "pushq %r14\n\t"
            "pushq %r15\n\t"
            "pushq %rdi\n\t"
            "movq %rdi, %rax\n\t"
            "movq 8(%rax), %rbx\n\t"
            "movq 16(%rax), %rcx\n\t"
            "movq 24(%rax), %rdx\n\t"
            "movq 32(%rax), %rsi\n\t"
            "movq 40(%rax), %rdi\n\t"
            "movq 48(%rax), %rbp\n\t"
            "movq 56(%rax), %r8\n\t"
            "movq 64(%rax), %r9\n\t"
            "movq 72(%rax), %r10\n\t"
            "movq 80(%rax), %r11\n\t"
            "movq 88(%rax), %r12\n\t"
            "movq 96(%rax), %r13\n\t"
            "movq 104(%rax), %r14\n\t"
            "movq 112(%rax), %r15\n\t"
            "movq 0(%rax), %rax\n\t"
            "syscall\n\t"
            "pushq %rax\n\t"
            "movq 8(%rsp), %rax\n\t"
            "movq %rbx, 8(%rax)\n\t"
            "movq %rcx, 16(%rax)\n\t"
            "movq %rdx, 24(%rax)\n\t"
            "movq %rsi, 32(%rax)\n\t"
            "movq %rdi, 40(%rax)\n\t"
            "movq %rbp, 48(%rax)\n\t"
            "movq %r8, 56(%rax)\n\t"
            "movq %r9, 64(%rax)\n\t"
            "movq %r10, 72(%rax)\n\t"
            "movq %r11, 80(%rax)\n\t"
            "movq %r12, 88(%rax)\n\t"
            "movq %r13, 96(%rax)\n\t"
            "movq %r14, 104(%rax)\n\t"
            "movq %r15, 112(%rax)\n\t"
            "popq %rcx\n\t"
            "movq %rcx, 0(%rax)\n\t"
            "popq %rdi\n\t"
            "popq %r15\n\t"
            "popq %r14\n\t"
            "popq %r13\n\t"
            "popq %r12\n\t"
            "popq %rbp\n\t"
            "popq %rbx\n\t"
            "retq");
}

void registers_fill(struct all_registers *registers, uint64_t seed)
{
    uint64_t values[REGISTERS];

    for (unsigned i = 0; i < REGISTERS; i++)
        values[i] = seed << 16 | i;
    memcpy(registers, values, sizeof(values));
}

bool registers_hold(const struct all_registers *registers, uint64_t seed)
{
    uint64_t values[REGISTERS];

    memcpy(values, registers, sizeof(values));
    for (unsigned i = 0; i < REGISTERS; i++)
        if (values[i] >> 16 == seed)
            return true;
    return false;
}
