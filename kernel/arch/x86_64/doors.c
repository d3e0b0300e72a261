/* doors.c - the C functions by which entry.S enters the kernel: plain, or with their length
 * measured. */

#include <task/task.h>

#include <ipc/fastpath.h>

#include "x86.h"

static struct thread *enter_system_call(void)
{
    return leave_with(serve_system_call());
}

static struct thread *enter_trap(uint64_t vector, uint64_t error)
{
    return leave_with(serve_trap(vector, error));
}

static struct thread *enter_from_idle(uint64_t vector)
{
    return leave_with(serve_interrupt(vector));
}

/* An operation is done, and somebody else may have to run. */
static struct thread *choose_next(void)
{
    return leave_with(schedule(cpu_self()));
}

/* ---- the same, with their length measured ---- */

static struct thread *measure_system_call(void)
{
    struct thread *next;

    measure_begin();
    next = serve_system_call();
    measure_point();
    return leave_with(next);
}

static struct thread *measure_trap(uint64_t vector, uint64_t error)
{
    struct thread *next;

    measure_begin();
    next = serve_trap(vector, error);
    measure_point();
    return leave_with(next);
}

static struct thread *measure_from_idle(uint64_t vector)
{
    struct thread *next;

    measure_begin();
    next = serve_interrupt(vector);
    measure_point();
    return leave_with(next);
}

static struct thread *measure_choice(void)
{
    struct thread *next;

    measure_begin();
    next = schedule(cpu_self());
    measure_point();
    return leave_with(next);
}

static FAST_DOOR void measure_page_fault(uint64_t error)
{
    arch_leave(measure_trap(TRAP_PAGE_FAULT, error));
}

static const struct doors plain = {enter_system_call, enter_trap,  enter_from_idle,
                                   object_door,       choose_next, serve_page_fault,
                                   lease_door,        buffer_door};
/* A call on a kernel object, or by a token, what has a buffer, or a page fault goes the general way
   then, which is measured. */
static const struct doors measured = {measure_system_call, measure_trap,      measure_from_idle,
                                      arch_enter_general,  measure_choice,    measure_page_fault,
                                      arch_enter_general,  arch_enter_general};

/* What entry.S calls, or goes to. */
struct doors doors = plain;
_Static_assert(offsetof(struct doors, trap) == 8 && offsetof(struct doors, from_idle) == 16, "");
_Static_assert(offsetof(struct doors, object) == 24 && offsetof(struct doors, scheduled) == 32, "");
_Static_assert(offsetof(struct doors, page_fault) == 40 && offsetof(struct doors, lease) == 48, "");
_Static_assert(offsetof(struct doors, buffer) == 56, "");

uint64_t arch_measure(bool on)
{
    doors = on ? measured : plain;
    return measure_switch(on);
}
