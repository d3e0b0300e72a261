/*
 * registers.c - how a thread's saved registers look from outside: clean at first, read, written.
 * What a program could harm others with is cleaned or refused here. Host tests run it too.
 */

#include <arch.h>
#include <myelin/idl/thread_types.h>

#define FLAG_INTERRUPTS (1ull << 9)
/* Carry, parity, adjust, zero, sign, direction, overflow, identification. */
#define FLAGS_OF_USERS  0x200cd5ull

void arch_context_init(struct context *context)
{
    context->flags = FLAGS_USER;
    context->vector_off = VECTOR_OFF;
    context->full = 1;
}

/* As if it had been loaded with what it left out, and by sysretq where it will be. */
static struct context loaded(const struct context *saved)
{
    struct context context = *saved;

    if (context.full == CONTEXT_CLEAR) {
        memset(context.words, 0, sizeof(context.words));
        context.handle = context.token = context.status = context.full = 0;
    }
    if (!context.full) {
        context.rcx = context.ip;
        context.flags = context.r11 = FLAGS_USER;
    }
    return context;
}

void arch_registers_trapped(const struct context *restrict context,
                            struct thread_registers *restrict registers)
{
    *registers = (struct thread_registers){
        .ip = context->ip,
        .sp = context->sp,
        .flags = context->flags,
        .rax = context->tag,
        .rbx = context->notified,
        .rcx = context->rcx,
        .rdx = context->words[0],
        .rsi = context->token,
        .rdi = context->handle,
        .rbp = context->rbp,
        .r8 = context->words[1],
        .r9 = context->words[2],
        .r10 = context->status,
        .r11 = context->r11,
        .r12 = context->words[3],
        .r13 = context->words[4],
        .r14 = context->words[5],
        .r15 = context->words[6],
        .fs_base = context->fs_base,
        .gs_base = context->gs_base,
    };
}

void arch_registers_read(const struct context *context, struct thread_registers *registers)
{
    const struct context all = loaded(context);

    arch_registers_trapped(&all, registers);
}

error_t arch_registers_write(struct context *context, const struct thread_registers *r)
{
    if (r->ip >= USER_ADDRESS_END || r->fs_base >= USER_ADDRESS_END)
        return EINVAL;
    context->ip = r->ip;
    context->sp = r->sp;
    context->flags = (r->flags & FLAGS_OF_USERS) | FLAG_INTERRUPTS;
    context->tag = r->rax;
    context->notified = r->rbx;
    context->rcx = r->rcx;
    context->words[0] = r->rdx;
    context->token = r->rsi;
    context->handle = r->rdi;
    context->rbp = r->rbp;
    context->words[1] = r->r8;
    context->words[2] = r->r9;
    context->status = r->r10;
    context->r11 = r->r11;
    context->words[3] = r->r12;
    context->words[4] = r->r13;
    context->words[5] = r->r14;
    context->words[6] = r->r15;
    context->fs_base = r->fs_base;
    context->full = 1;
    context->stepping = context->flags & FLAG_TRAP;
    return SUCCESS;
}
