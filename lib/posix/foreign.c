/*
 * foreign.c - where the kernel bounces a system call that is not Myelin's.
 *
 * All registers are as at the `syscall` instruction, but rcx, which holds this entry's address;
 * the instruction pointer is in the UTCB. Only rax, rcx and r11 may change, and nothing may be
 * written below the program's stack pointer (its red zone), so the work is done on a stack that
 * the UTCB knows. Vector registers stay as they are because nothing here is built to use them.
 */
#include "posix.h"

__attribute__((naked)) void foreign_entry(void)
{
    __asm__("movq %%rsp, %%rcx\n\t"
            "movq %%gs:%c0, %%rsp\n\t"
            "pushq %%rcx\n\t"    /* the program's stack pointer */
            "pushfq\n\t"         /* and flags */
            "pushq %%gs:%c1\n\t" /* and instruction pointer */
            "pushq %%r9\n\t"
            "pushq %%r8\n\t"
            "pushq %%r10\n\t"
            "pushq %%rdx\n\t"
            "pushq %%rsi\n\t"
            "pushq %%rdi\n\t"
            "movq %%rax, %%rdi\n\t" /* foreign_dispatch(number, */
            "movq %%rsp, %%rsi\n\t" /*                  arguments) */
            "subq $8, %%rsp\n\t"    /* ten words: the stack is aligned */
            "cld\n\t"
            "call foreign_dispatch\n\t"
            "addq $8, %%rsp\n\t"
            "popq %%rdi\n\t"
            "popq %%rsi\n\t"
            "popq %%rdx\n\t"
            "popq %%r10\n\t"
            "popq %%r8\n\t"
            "popq %%r9\n\t"
            "popq %%rcx\n\t"
            "popfq\n\t"
            "popq %%rsp\n\t"
            "jmpq *%%rcx"
            :
            : "i"(UTCB_OFFSET_FOREIGN_STACK), "i"(UTCB_OFFSET_FOREIGN_IP));
}
