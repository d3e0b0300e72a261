/*
 * arch.c - what entry.S calls: from saved registers into the portable kernel, and back to the
 * context that runs next. Also how contexts look from outside.
 */

#include <myelin/labels.h>
#include <task/task.h>

#include "x86.h"

/* entry.S has these numbers. */
_Static_assert(offsetof(struct context, tag) == 56, "");
_Static_assert(offsetof(struct context, handle) == 64, "");
_Static_assert(offsetof(struct context, notified) == 88, "");
_Static_assert(offsetof(struct context, rcx) == 104, "");
_Static_assert(offsetof(struct context, ip) == 120, "");
_Static_assert(offsetof(struct context, fs_base) == 144, "");
_Static_assert(offsetof(struct context, full) == 168, "");

#define FLAG_INTERRUPTS (1ull << 9)
/* Carry, parity, adjust, zero, sign, direction, overflow, identification. */
#define FLAGS_OF_USERS  0x200cd5ull

#define PAGE_FAULT_PRESENT 1
#define PAGE_FAULT_WRITE   2
#define PAGE_FAULT_FETCH   16

/* Per CPU, and used by entry.S. */
struct context *cpu_context;
uint64_t cpu_space;
uint64_t cpu_scratch;

void arch_context_init(struct context *context)
{
    context->flags = FLAG_INTERRUPTS;
    context->full = 1;
}

void arch_registers_read(const struct context *context, struct thread_registers *r)
{
    *r = (struct thread_registers){
        .ip = context->ip,
        .sp = context->sp,
        .flags = context->flags,
        .rax = context->tag,
        .rbx = context->notified,
        .rcx = context->full ? context->rcx : context->ip,
        .rdx = context->words[0],
        .rsi = context->token,
        .rdi = context->handle,
        .rbp = context->rbp,
        .r8 = context->words[1],
        .r9 = context->words[2],
        .r10 = context->status,
        .r11 = context->full ? context->r11 : context->flags,
        .r12 = context->words[3],
        .r13 = context->words[4],
        .r14 = context->words[5],
        .r15 = context->words[6],
        .fs_base = context->fs_base,
        .gs_base = context->gs_base,
    };
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
    return SUCCESS;
}

/* The context to go on with; with nobody to run, the CPU sleeps and does not come back. */
static struct context *leave_with(struct thread *thread)
{
    if (!thread) {
        space_use_kernel();
        cpu_space = 0;
        idle_sleep();
    }
    vector_before_leaving(thread);
    return &thread->context;
}

struct context *enter_system_call(void);
struct context *enter_trap(uint64_t vector, uint64_t error);
struct context *enter_from_idle(uint64_t vector);

struct context *enter_system_call(void)
{
    return leave_with(kernel_system_call(cpu_self()));
}

static struct thread *page_fault(uint64_t error)
{
    struct cpu *cpu = cpu_self();
    const struct context *context = &cpu->thread->context;
    uint64_t access = error & PAGE_FAULT_FETCH   ? CAP_RIGHTS_EXECUTE
                      : error & PAGE_FAULT_WRITE ? CAP_RIGHTS_WRITE
                                                 : CAP_RIGHTS_READ;
    struct fault fault = {FAULT_PAGE,
                          {read_cr2(), access, context->ip, context->sp, error & PAGE_FAULT_PRESENT,
                           TRAP_PAGE_FAULT}};

    return kernel_fault(cpu, &fault);
}

static struct thread *exception(uint64_t vector, uint64_t error)
{
    struct cpu *cpu = cpu_self();
    const struct context *context = &cpu->thread->context;
    struct fault fault = {FAULT_EXCEPTION, {0, error, context->ip, context->sp, 0, vector}};

    return kernel_fault(cpu, &fault);
}

static struct thread *interrupt(uint64_t vector)
{
    struct cpu *cpu = cpu_self();

    if (vector == VECTOR_SPURIOUS)
        return schedule(cpu);
    apic_end_of_interrupt();
    if (vector == VECTOR_TIMER)
        return kernel_timer(cpu);
    if (vector >= VECTOR_IRQ && vector < VECTOR_IRQ + IRQ_LINES)
        return kernel_interrupt(cpu, (unsigned)(vector - VECTOR_IRQ));
    return schedule(cpu);
}

struct context *enter_trap(uint64_t vector, uint64_t error)
{
    struct thread *thread = cpu_self()->thread;

    switch (vector) {
    case TRAP_NO_VECTOR_UNIT:
        vector_fault(thread);
        return &thread->context;
    case TRAP_PAGE_FAULT:
        return leave_with(page_fault(error));
    case TRAP_NMI:
        return &thread->context; /* nothing here asks for one */
    case TRAP_DOUBLE_FAULT:
    case TRAP_MACHINE_CHECK:
        panic("trap %lu, error %lx, in user mode at %lx", vector, error, thread->context.ip);
    default:
        break;
    }
    return leave_with(vector < VECTOR_IRQ ? exception(vector, error) : interrupt(vector));
}

struct context *enter_from_idle(uint64_t vector)
{
    return leave_with(interrupt(vector));
}

_Noreturn void boot_leave(void)
{
    struct cpu *cpu = cpu_self();

    cpu->timer = UINT64_MAX;
    enter_user(leave_with(schedule(cpu)));
}
