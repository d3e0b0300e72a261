/*
 * entry_frame.S - goes into kernel/arch/x86_64/entry.S from an ordinary program, with all registers
 * as a test wants them, and comes back with all registers as they are where it leads (test_entry.c).
 * In the host's build entry.S's own names, and those that it refers to, begin with x86_ (host.mk).
 */

    .bss
    .align 16
    .globl x86_registers, x86_door, x86_cpus, x86_doors, x86_cpu_space, x86_cpu_vector_off
x86_registers:      .skip 128 /* rax rbx rcx rdx rsi rdi rbp rsp r8-r15: before, and after */
x86_door:           .skip 8   /* which one it led to */
x86_cpus:           .skip 8   /* the thread that runs */
x86_doors:          .skip 64
x86_cpu_space:      .skip 8
x86_cpu_vector_off: .skip 8
own_stack:          .skip 8

    .text
    /* void x86_go(void *where) */
    .globl x86_go
x86_go:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, own_stack(%rip)
    leaq x86_back_from_slow(%rip), %rax
    movq %rax, x86_doors(%rip) /* the first one: a system call, */
    leaq x86_object_door(%rip), %rax
    movq %rax, x86_doors+24(%rip) /* a call on a kernel object, */
    leaq x86_buffer_door(%rip), %rax
    movq %rax, x86_doors+56(%rip) /* the last: something with a buffer */
    pushq %rdi
    popq %r11 /* free at an entry: where to */
    movq x86_registers+8(%rip), %rbx
    movq x86_registers+16(%rip), %rcx
    movq x86_registers+24(%rip), %rdx
    movq x86_registers+32(%rip), %rsi
    movq x86_registers+40(%rip), %rdi
    movq x86_registers+48(%rip), %rbp
    movq x86_registers+64(%rip), %r8
    movq x86_registers+72(%rip), %r9
    movq x86_registers+80(%rip), %r10
    movq x86_registers+96(%rip), %r12
    movq x86_registers+104(%rip), %r13
    movq x86_registers+112(%rip), %r14
    movq x86_registers+120(%rip), %r15
    movq x86_registers(%rip), %rax
    movq x86_registers+56(%rip), %rsp
    jmp *%r11

    /* All registers are kept, and the test goes on. */
come_back:
    movq %rax, x86_registers(%rip)
    movq %rbx, x86_registers+8(%rip)
    movq %rcx, x86_registers+16(%rip)
    movq %rdx, x86_registers+24(%rip)
    movq %rsi, x86_registers+32(%rip)
    movq %rdi, x86_registers+40(%rip)
    movq %rbp, x86_registers+48(%rip)
    movq %rsp, x86_registers+56(%rip)
    movq %r8, x86_registers+64(%rip)
    movq %r9, x86_registers+72(%rip)
    movq %r10, x86_registers+80(%rip)
    movq %r11, x86_registers+88(%rip)
    movq %r12, x86_registers+96(%rip)
    movq %r13, x86_registers+104(%rip)
    movq %r14, x86_registers+112(%rip)
    movq %r15, x86_registers+120(%rip)
    movq own_stack(%rip), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    /* The doors, numbered as test_entry.c has them. */
    .macro door name, number
    .globl \name
\name:
    movq $\number, x86_door(%rip)
    jmp come_back
    .endm

    door x86_fast_call, 0
    door x86_fast_reply_receive, 1
    door x86_fast_notify, 2
    door x86_fast_call_long, 3
    door x86_fast_reply_receive_long, 4
    door x86_broad_call, 5
    door x86_broad_reply_receive, 6
    door x86_back_from_slow, 7
    door x86_kernel_trap_panic, 8
    door x86_object_door, 9
    door x86_leave_with, 10
    door x86_fast_await, 11
    door x86_fast_send, 12
    door x86_buffer_door, 13

    /* As C may: it leaves nothing in the registers that a callee need not keep. */
    .globl x86_watch_system_call
x86_watch_system_call:
    incq x86_counted(%rip)
    movq $-1, %rax
    movq %rax, %rcx
    movq %rax, %rdx
    movq %rax, %rsi
    movq %rax, %rdi
    movq %rax, %r8
    movq %rax, %r9
    movq %rax, %r10
    movq %rax, %r11
    ret

    .section .note.GNU-stack, "", @progbits
