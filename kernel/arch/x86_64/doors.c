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

#define DOORS ((struct doors){enter_system_call, enter_trap, enter_from_idle, object_door})
#define MEASURED \
    ((struct doors){measure_system_call, measure_trap, measure_from_idle, object_door_measured})

/* What entry.S calls, or goes to. */
struct doors doors = DOORS;
_Static_assert(offsetof(struct doors, trap) == 8 && offsetof(struct doors, from_idle) == 16, "");
_Static_assert(offsetof(struct doors, object) == 24, "");

uint64_t arch_measure(bool on)
{
    doors = on ? MEASURED : DOORS;
    return measure_switch(on);
}
