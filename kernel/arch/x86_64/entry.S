/*
 * entry.S - into the kernel and out of it again.
 *
 * A system call of the ordinary form goes to ipc/fastpath.c, in registers, on the user's stack
 * pointer, which nobody there uses. Everything else saves the thread's registers into its struct
 * thread and goes on in C, on the one stack per CPU, begun afresh at each entry; so C returns the
 * thread to go on with. The kernel never uses GS, so whatever a program put there does no harm.
 *
 * The flags of a system call are not kept: it returns with FLAGS_USER (docs/abi.md).
 */

/* Offsets in struct thread: arch.c holds them together. */
#define T_IP 64
#define T_SP 72
#define T_RBP 80
#define T_TAG 88
#define T_FS 96
#define T_GS 104
#define T_CR3 112
#define T_VECTOR_OFF 120
#define T_WORDS 128
#define T_HANDLE 184
#define T_TOKEN 192
#define T_STATUS 200
#define T_NOTIFIED 208
#define T_RCX 216
#define T_R11 224
#define T_FLAGS 232
#define T_FULL 240

/* The first word of cpus[0], which has the thread that runs. */
#define CPU_THREAD cpus(%rip)

#define CONTEXT_CLEAR 2
#define PAGE_FAULT 14

#define USER_CS 0x23
#define USER_SS 0x1b
#define FLAGS_USER 0x202

/* Low halves of tags (abi.h): a call of words and nothing else; a reply_recv likewise, but for the
   capabilities that it will take. Up to 7 words are in registers. A send of these, a notify of one
   word, and a recv with nothing to it. */
#define TAG_CALL 0x83000000
#define TAG_REPLY_RECV 0x85000000
#define TAG_SEND 0x81000000
#define TAG_NOTIFY 0x86000001
#define TAG_RECV 0x82000000
#define FAST_WORDS 7
#define FAST_ACCEPT 0x1c000
#define FAST_RECEIVE (FAST_ACCEPT | FAST_WORDS)
#define MESSAGE_WORDS_MAX 128
#define TAG_OPERATION_SHIFT 24
#define OBJECT_CALL_PARTS 0xc307
#define TAG_BUFFER 0x40000

    .macro save_registers thread
    movq %rdx, T_WORDS(\thread)
    movq %r8, T_WORDS+8(\thread)
    movq %r9, T_WORDS+16(\thread)
    movq %r12, T_WORDS+24(\thread)
    movq %r13, T_WORDS+32(\thread)
    movq %r14, T_WORDS+40(\thread)
    movq %r15, T_WORDS+48(\thread)
    movq %rdi, T_HANDLE(\thread)
    movq %rsi, T_TOKEN(\thread)
    movq %rbx, T_NOTIFIED(\thread)
    .endm

    /* What is not in the message of a system call, or does not stay: into r11, the thread. */
    .macro save_caller
    movq CPU_THREAD, %r11
    movq %rsp, T_SP(%r11)
    movq %rcx, T_IP(%r11)
    movq %rax, T_TAG(%r11)
    movq %rbp, T_RBP(%r11)
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    .endm

    /* To the address space and bases of a thread; rbx is lost. */
    .macro load_space thread
    movq T_CR3(\thread), %rbx
    cmpq cpu_space(%rip), %rbx
    je 1f
    movq %rbx, cpu_space(%rip)
    movq %rbx, %cr3
1:  movl T_VECTOR_OFF(\thread), %ebx
    cmpl cpu_vector_off(%rip), %ebx
    je 2f
    movl %ebx, cpu_vector_off(%rip)
    movq %cr0, %rbx
    xorl $8, %ebx /* TS */
    movq %rbx, %cr0
2:  movq T_FS(\thread), %rbx
    wrfsbase %rbx
    movq T_GS(\thread), %rbx
    wrgsbase %rbx
    .endm

    /* What save_registers saved, status and rbp. */
    .macro load_registers thread
    movq T_WORDS(\thread), %rdx
    movq T_WORDS+8(\thread), %r8
    movq T_WORDS+16(\thread), %r9
    movq T_WORDS+24(\thread), %r12
    movq T_WORDS+32(\thread), %r13
    movq T_WORDS+40(\thread), %r14
    movq T_WORDS+48(\thread), %r15
    movq T_HANDLE(\thread), %rdi
    movq T_TOKEN(\thread), %rsi
    movq T_STATUS(\thread), %r10
    movq T_NOTIFIED(\thread), %rbx
    movq T_RBP(\thread), %rbp
    .endm

    .text

    /* The same as syscall_entry, where something precedes a system call: it is counted, or vector
       registers are put away. C looks at the registers in the thread; all are put back as they came. */
    .globl syscall_entry_watched
syscall_entry_watched:
    save_caller
    movq %r10, T_STATUS(%r11)
    save_registers %r11
    call watch_system_call
    movq CPU_THREAD, %r11
    load_registers %r11
    movq T_TAG(%r11), %rax
    movq T_IP(%r11), %rcx
    movq T_SP(%r11), %rsp

    /* The syscall instruction: rcx = where it came from, interrupts are off, r11 (the flags) is
       free. The other registers are as docs/abi.md has them. */
    .globl syscall_entry
syscall_entry:
    leal 0x100000000 - TAG_CALL(%rax), %r11d
    cmpl $FAST_WORDS, %r11d
    jbe fast_call
    leal 0x100000000 - TAG_REPLY_RECV(%rax), %r11d
    testl $~FAST_RECEIVE, %r11d
    jz fast_reply_receive
    cmpl $TAG_NOTIFY, %eax
    je fast_notify
    leal 0x100000000 - TAG_CALL(%rax), %r11d
    cmpl $MESSAGE_WORDS_MAX, %r11d
    jbe fast_call_long
    testl $~OBJECT_CALL_PARTS, %r11d
    jz arch_enter_object_call
    cmpl $TAG_RECV, %eax
    je fast_await
    jb below_receives
    leal 0x100000000 - TAG_REPLY_RECV(%rax), %r11d
    testl $~(FAST_ACCEPT | (MESSAGE_WORDS_MAX - 1)), %r11d
    jz fast_reply_receive_long
    andl $~FAST_ACCEPT, %r11d
    cmpl $MESSAGE_WORDS_MAX, %r11d
    je fast_reply_receive_long

    /* Calls and answers of another form. */
    movl %eax, %r11d
    shrl $TAG_OPERATION_SHIFT, %r11d
    cmpl $TAG_CALL >> TAG_OPERATION_SHIFT, %r11d
    je arch_enter_broad_call
    jmp of_another_form

    /* Sends, and what is no operation. */
below_receives:
    leal 0x100000000 - TAG_SEND(%rax), %r11d
    cmpl $FAST_WORDS, %r11d
    jbe fast_send
of_another_form:
    testl $TAG_BUFFER, %eax
    jnz arch_enter_buffer

    /* The slow way; also where the fast one gives up, before it has changed anything. */
    .globl arch_enter_slow
arch_enter_slow:
    save_caller
    movq %r10, T_STATUS(%r11)

    /* Where the broad path gives up: r11 is still the thread. */
    .globl arch_enter_general
arch_enter_general:
    save_registers %r11
    leaq kernel_stack_top(%rip), %rsp
    call *doors(%rip)

    /* rax: the thread to go on with. */
    .globl leave_kernel
leave_kernel:
    load_space %rax
    cmpl $0, T_FULL(%rax)
    jne leave_otherwise
    load_registers %rax
    movq T_IP(%rax), %rcx
    movl $FLAGS_USER, %r11d
    movq T_SP(%rax), %rsp
    movq T_TAG(%rax), %rax
    sysretq

    /* All is saved; who runs next is to be decided. */
    .globl leave_scheduled
leave_scheduled:
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call *doors+32(%rip)
    jmp leave_kernel

    /* T_FULL is 0 as long as it runs: so who enters by syscall need not say so. */
leave_otherwise:
    cmpl $CONTEXT_CLEAR, T_FULL(%rax)
    movq $0, T_FULL(%rax)
    jne 1f
    movq T_NOTIFIED(%rax), %rbx
    movq T_RBP(%rax), %rbp
    movq T_IP(%rax), %rcx
    movq T_SP(%rax), %rsp
    movl T_TAG(%rax), %eax
    xorl %edi, %edi
    xorl %esi, %esi
    xorl %edx, %edx
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    xorl %r12d, %r12d
    xorl %r13d, %r13d
    xorl %r14d, %r14d
    xorl %r15d, %r15d
    movl $FLAGS_USER, %r11d
    sysretq

1:  load_registers %rax
    leaq kernel_stack_top(%rip), %rsp /* the fast path comes here without */
    pushq $USER_SS
    pushq T_SP(%rax)
    pushq T_FLAGS(%rax)
    pushq $USER_CS
    pushq T_IP(%rax)
    movq T_RCX(%rax), %rcx
    movq T_R11(%rax), %r11
    movq T_TAG(%rax), %rax
    iretq

    .globl arch_enter_broad_call
arch_enter_broad_call:
    save_caller
    movq %r10, T_STATUS(%r11)
    jmp broad_call

    .globl arch_enter_broad_reply_receive
arch_enter_broad_reply_receive:
    save_caller
    movq %r10, T_STATUS(%r11)
    jmp broad_reply_receive

    /* What the tag of such a call says nothing about is not saved: deadline, token and bits; whatever
       comes of it, these registers are set anew. */
    .globl arch_enter_object_call
arch_enter_object_call:
    save_caller
    jmp *doors+24(%rip)

    .globl arch_enter_lease_call
arch_enter_lease_call:
    save_caller
    jmp *doors+48(%rip)

    /* All is saved, as on the slow way. */
    .globl arch_enter_buffer
arch_enter_buffer:
    save_caller
    movq %r10, T_STATUS(%r11)
    save_registers %r11
    jmp *doors+56(%rip)

    /* C goes on with a thread, or none. */
    .globl arch_leave
arch_leave:
    leaq kernel_stack_top(%rip), %rsp
    call leave_with
    jmp leave_kernel

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
    .if vector == PAGE_FAULT
    jmp page_fault
    .else
    pushq $vector
    jmp trap_common
    .endif
    .set vector, vector + 1
    .endr

    /* Of a trap: all registers but the stack's and what lies there below rax, into rax, the thread.
       rcx is free then. */
    .macro save_trapped
    pushq %rax
    movq CPU_THREAD, %rax
    save_registers %rax
    movq %r10, T_STATUS(%rax)
    movq %rbp, T_RBP(%rax)
    movq %rcx, T_RCX(%rax)
    movq %r11, T_R11(%rax)
    popq %rcx
    movq %rcx, T_TAG(%rax)
    .endm

    /* What lies there from ip on; then the kernel's stack, and, as SFMASK does for syscall, the
       user's direction and alignment flags off. */
    .macro save_frame
    popq T_IP(%rax)
    addq $8, %rsp
    popq T_FLAGS(%rax)
    popq T_SP(%rax)
    movq $1, T_FULL(%rax)
    leaq kernel_stack_top(%rip), %rsp
    pushq $2
    popfq
    xorl %ebp, %ebp
    .endm

    /* On the stack: vector, error, ip, cs, flags, sp, ss. */
trap_common:
    testb $3, 24(%rsp)
    jz trap_in_kernel
    save_trapped
    popq %rdi /* vector */
    popq %rsi /* error */
    save_frame
    call *doors+8(%rip)
    jmp leave_kernel

    /* Without a vector. A door of the fast path's kind: its first argument is in r12. */
page_fault:
    testb $3, 16(%rsp)
    jz 1f
    save_trapped
    popq %r12 /* error */
    save_frame
    jmp *doors+40(%rip)
1:  pushq $PAGE_FAULT

    /* Only the idle loop takes interrupts in the kernel; anything else is the kernel's fault. */
trap_in_kernel:
    cmpq $32, (%rsp)
    jb 1f
    movq (%rsp), %rdi
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call *doors+16(%rip)
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
