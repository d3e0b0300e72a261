/*
 * arch.c - what entry.S calls: from saved registers into the portable kernel, and back to the
 * context that runs next.
 */

#include <myelin/idl/fault_types.h>
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

#define PAGE_FAULT_PRESENT 1
#define PAGE_FAULT_WRITE   2
#define PAGE_FAULT_FETCH   16

/* Per CPU, and used by entry.S. */
struct context *cpu_context;
uint64_t cpu_space;
uint64_t cpu_scratch;

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
    struct fault fault = {FAULT_LABEL_PAGE,
                          {read_cr2(), access, context->ip, context->sp, error & PAGE_FAULT_PRESENT,
                           TRAP_PAGE_FAULT}};

    return kernel_fault(cpu, &fault);
}

static struct thread *exception(uint64_t vector, uint64_t error)
{
    struct cpu *cpu = cpu_self();
    const struct context *context = &cpu->thread->context;
    struct fault fault = {FAULT_LABEL_EXCEPTION, {0, error, context->ip, context->sp, 0, vector}};

    return kernel_fault(cpu, &fault);
}

/* A line is masked before the controller may bring its next interrupt. */
static struct thread *interrupt(uint64_t vector)
{
    struct cpu *cpu = cpu_self();
    struct thread *next;

    if (vector == VECTOR_SPURIOUS)
        return schedule(cpu);
    if (vector == VECTOR_TIMER)
        next = kernel_timer(cpu);
    else if (vector >= VECTOR_IRQ && vector < VECTOR_IRQ + IRQ_LINES)
        next = kernel_interrupt(cpu, (unsigned)(vector - VECTOR_IRQ));
    else
        next = schedule(cpu);
    apic_end_of_interrupt();
    return next;
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
        panic_user_trap(vector, error, &thread->context);
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
