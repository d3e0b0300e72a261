/*
 * arch.c - what the doors lead to (doors.c): from saved registers into the portable kernel, and
 * back to the thread that runs next.
 */

#include <ipc/fastpath.h>
#include <ipc/ipc.h>
#include <myelin/idl/fault_types.h>
#include <task/task.h>

#include "x86.h"

/* entry.S has these numbers. */
#define AT(member) offsetof(struct thread, context.member)
_Static_assert(offsetof(struct cpu, thread) == 0, "");
_Static_assert(AT(ip) == 64 && AT(sp) == 72 && AT(rbp) == 80 && AT(tag) == 88, "");
_Static_assert(AT(fs_base) == 96 && AT(gs_base) == 104 && AT(cr3) == 112, "");
_Static_assert(AT(vector_off) == 120 && AT(words) == 128 && AT(handle) == 184, "");
_Static_assert(AT(notified) == 208 && AT(rcx) == 216 && AT(flags) == 232 && AT(full) == 240, "");

_Static_assert(FAST_TAG_CALL == 0x83000000 && FAST_TAG_REPLY_RECV == 0x85000000, "");
_Static_assert(OBJECT_CALL_PARTS == 0xc307, "");
_Static_assert(FAST_TAG_SEND == 0x81000000, "");
_Static_assert(FAST_TAG_NOTIFY == 0x86000001 && FAST_TAG_RECV == 0x82000000, "");
_Static_assert(CONTEXT_CLEAR == 2, "");
_Static_assert(FAST_WORDS == 7 && FAST_ACCEPT == 0x1c000 && MESSAGE_WORDS_MAX == 128, "");

#define PAGE_FAULT_PRESENT 1
#define PAGE_FAULT_WRITE   2
#define PAGE_FAULT_FETCH   16

/* Per CPU, and used by entry.S. */
uint64_t cpu_space;
uint32_t cpu_vector_off = VECTOR_OFF;

struct thread *leave_with(struct thread *thread)
{
    if (!thread) {
        space_use_kernel();
        cpu_space = 0;
        idle_sleep();
    }
    return thread;
}

/* Flags are not kept over a system call, but that one, which a debugger relies on. */
static void keep_stepping(struct context *context)
{
    context->flags = context->r11 = FLAGS_USER | FLAG_TRAP;
    context->rcx = context->ip;
    context->full = 1;
}

struct thread *serve_system_call(void)
{
    struct context *context = &cpu_self()->thread->context;

    if (context_is_stepped(context))
        keep_stepping(context);
    return kernel_system_call(cpu_self());
}

/* Into the thread, whose fault it is. */
static void note_page_fault(struct thread *thread, uint64_t error)
{
    const struct context *context = &thread->context;
    uint64_t access = error & PAGE_FAULT_FETCH   ? CAP_RIGHTS_EXECUTE
                      : error & PAGE_FAULT_WRITE ? CAP_RIGHTS_WRITE
                                                 : CAP_RIGHTS_READ;

    thread->fault = (struct fault){.label = FAULT_LABEL_PAGE,
                                   .cause = {.address = read_cr2(),
                                             .detail = access,
                                             .ip = context->ip,
                                             .sp = context->sp,
                                             .present = error & PAGE_FAULT_PRESENT,
                                             .trap = TRAP_PAGE_FAULT}};
}

/* Before anything else, of a trap in a program. */
static struct thread *trap_begins(void)
{
    struct thread *thread = cpu_self()->thread;

    vector_put_away();
    thread->context.stepping = thread->context.flags & FLAG_TRAP;
    return thread;
}

FAST_DOOR void arch_enter_fault(struct thread *thread)
{
    arch_leave(kernel_fault(cpu_self(), &thread->fault));
}

FAST_DOOR void serve_page_fault(uint64_t error)
{
    struct thread *thread = trap_begins();

    note_page_fault(thread, error);
    fault_door(thread);
}

static struct thread *exception(uint64_t vector, uint64_t error)
{
    struct cpu *cpu = cpu_self();
    const struct context *context = &cpu->thread->context;
    struct fault fault = {
        .label = FAULT_LABEL_EXCEPTION,
        .cause = {.detail = error, .ip = context->ip, .sp = context->sp, .trap = vector}};

    return kernel_fault(cpu, &fault);
}

/* A line is masked before the controller may bring its next interrupt. */
struct thread *serve_interrupt(uint64_t vector)
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

struct thread *serve_trap(uint64_t vector, uint64_t error)
{
    struct thread *thread = trap_begins();

    switch (vector) {
    case TRAP_NO_VECTOR_UNIT:
        vector_fault(thread);
        return thread;
    case TRAP_PAGE_FAULT:
        note_page_fault(thread, error);
        return kernel_fault(cpu_self(), &thread->fault);
    case TRAP_NMI:
        return thread; /* nothing here asks for one */
    case TRAP_DOUBLE_FAULT:
    case TRAP_MACHINE_CHECK:
        panic_user_trap(vector, error, &thread->context);
    default:
        break;
    }
    return vector < VECTOR_IRQ ? exception(vector, error) : serve_interrupt(vector);
}

/* What precedes a system call, where anything does. */
static bool counting;

void watch_system_call(void);

void watch_system_call(void)
{
    vector_put_away();
    if (counting)
        count_system_call();
}

void arch_count(bool on)
{
    bool watched = on || vector_leaky;

    counting = on;
    write_msr(MSR_LSTAR, (uint64_t)(watched ? syscall_entry_watched : syscall_entry));
}

_Noreturn void boot_leave(void)
{
    struct cpu *cpu = cpu_self();

    cpu->timer = UINT64_MAX;
    enter_user(leave_with(schedule(cpu)));
}
