/*
 * entry.S - into the kernel and out of it again.
 *
 * A thread's registers are saved straight into its struct context (arch_types.h); the kernel has
 * one stack per CPU, begun afresh at each entry, so C returns the context to go on with.
 * The kernel never uses GS, so whatever a program put there does no harm at any moment.
 */

#define C_WORDS 0
#define C_TAG 56
#define C_HANDLE 64
#define C_TOKEN 72
#define C_STATUS 80
#define C_NOTIFIED 88
#define C_RBP 96
#define C_RCX 104
#define C_R11 112
#define C_IP 120
#define C_FLAGS 128
#define C_SP 136
#define C_FS 144
#define C_GS 152
#define C_CR3 160
#define C_FULL 168

#define USER_CS 0x23
#define USER_SS 0x1b

    .macro save_registers base
    movq %rdx, C_WORDS(\base)
    movq %r8, C_WORDS+8(\base)
    movq %r9, C_WORDS+16(\base)
    movq %r12, C_WORDS+24(\base)
    movq %r13, C_WORDS+32(\base)
    movq %r14, C_WORDS+40(\base)
    movq %r15, C_WORDS+48(\base)
    movq %rdi, C_HANDLE(\base)
    movq %rsi, C_TOKEN(\base)
    movq %r10, C_STATUS(\base)
    movq %rbx, C_NOTIFIED(\base)
    movq %rbp, C_RBP(\base)
    .endm

    .text

    /* The syscall instruction: rcx = where it came from, r11 = flags, interrupts are off. */
    .globl syscall_entry
syscall_entry:
    movq %rsp, cpu_scratch(%rip)
    movq cpu_context(%rip), %rsp
    save_registers %rsp
    movq %rax, C_TAG(%rsp)
    movq %rcx, C_IP(%rsp)
    movq %r11, C_FLAGS(%rsp)
    movq cpu_scratch(%rip), %rax
    movq %rax, C_SP(%rsp)
    movq $0, C_FULL(%rsp)
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call enter_system_call
    /* rax: the context to go on with */

leave_kernel:
    movq C_CR3(%rax), %rcx
    cmpq %rcx, cpu_space(%rip)
    je 1f
    movq %rcx, cpu_space(%rip)
    movq %rcx, %cr3
1:  movq %rax, cpu_context(%rip)
    movq C_FS(%rax), %rcx
    wrfsbase %rcx
    movq C_GS(%rax), %rcx
    wrgsbase %rcx
    movq C_WORDS(%rax), %rdx
    movq C_WORDS+8(%rax), %r8
    movq C_WORDS+16(%rax), %r9
    movq C_WORDS+24(%rax), %r12
    movq C_WORDS+32(%rax), %r13
    movq C_WORDS+40(%rax), %r14
    movq C_WORDS+48(%rax), %r15
    movq C_HANDLE(%rax), %rdi
    movq C_TOKEN(%rax), %rsi
    movq C_STATUS(%rax), %r10
    movq C_NOTIFIED(%rax), %rbx
    movq C_RBP(%rax), %rbp
    cmpq $0, C_FULL(%rax)
    jne 2f
    movq C_IP(%rax), %rcx
    movq C_FLAGS(%rax), %r11
    movq C_SP(%rax), %rsp
    movq C_TAG(%rax), %rax
    sysretq

2:  pushq $USER_SS
    pushq C_SP(%rax)
    pushq C_FLAGS(%rax)
    pushq $USER_CS
    pushq C_IP(%rax)
    movq C_RCX(%rax), %rcx
    movq C_R11(%rax), %r11
    movq C_TAG(%rax), %rax
    iretq

    /* C enters user mode for the first time. */
    .globl enter_user
enter_user:
    leaq kernel_stack_top(%rip), %rsp
    movq %rdi, %rax
    jmp leave_kernel

    /* Interrupts and exceptions: one stub each, 16 bytes apart, that pushes error and number. */
    .align 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .align 16
    .if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
    .else
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

    /* On the stack: vector, error, ip, cs, flags, sp, ss. */
trap_common:
    testb $3, 24(%rsp)
    jz trap_in_kernel
    pushq %rax
    movq cpu_context(%rip), %rax
    save_registers %rax
    movq %rcx, C_RCX(%rax)
    movq %r11, C_R11(%rax)
    popq %rcx
    movq %rcx, C_TAG(%rax)
    popq %rdi /* vector */
    popq %rsi /* error */
    popq C_IP(%rax)
    addq $8, %rsp
    popq C_FLAGS(%rax)
    popq C_SP(%rax)
    movq $1, C_FULL(%rax)
    leaq kernel_stack_top(%rip), %rsp
    pushq $2 /* as SFMASK does for syscall: the user's direction and alignment flags are off */
    popfq
    xorl %ebp, %ebp
    call enter_trap
    jmp leave_kernel

    /* Only the idle loop takes interrupts in the kernel; anything else is the kernel's fault. */
trap_in_kernel:
    cmpq $32, (%rsp)
    jb 1f
    movq (%rsp), %rdi
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call enter_from_idle
    jmp leave_kernel
1:  cmpq $2, (%rsp) /* an NMI in the kernel: nothing here asks for one; go on */
    je 2f
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %rdi
    andq $-16, %rsp
    call kernel_trap_panic
2:  addq $16, %rsp
    iretq

    /* Sleeps until an interrupt, which does not come back here (trap_in_kernel). */
    .globl idle_sleep
idle_sleep:
    leaq kernel_stack_top(%rip), %rsp
1:  sti
    hlt
    jmp 1b

    .section .bss
    .align 16
kernel_stack:
    .skip 16384
    .globl kernel_stack_top
kernel_stack_top:

    .section .note.GNU-stack, "", @progbits
