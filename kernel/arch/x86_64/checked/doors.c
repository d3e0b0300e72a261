/*
 * doors.c - the doors of the checked kernel, in place of ../doors.c: its state is looked at before
 * and after what an entry asks for, so that what the paths in registers did is seen, too. What does
 * not hold is a panic by name. A test can break it on purpose.
 */

#include <cap/cap.h>
#include <check/check.h>
#include <ipc/fastpath.h>

#include "../x86.h"

/* What is no Myelin system call (docs/abi.md): a test breaks the state with it, and sees that told.
 */
enum check_number {
    CHECK_EACH = 0x6b630000, /* nothing is broken: from now on each entry is looked at */
    BREAK_COUNT,             /* a space counts a slot too many */
    BREAK_RIGHTS,            /* a child has a right that its parent lacks */
    BREAK_TIME,              /* the time that runs is said to be used up */
    BREAK_QUEUE,             /* who runs waits in a queue */
};

static struct cspace *root; /* of the first who enters, which is the root task */
static uint64_t entries;
static uint64_t one_of = 16; /* entries is looked at; each would be too slow for most suites */
static bool given_up;

_Noreturn void check_broken(const struct object *object, const char *sentence,
                            const char *condition)
{
    char name[OBJECT_NAME_BYTES + 1] = {0};

    memcpy(name, object->name, OBJECT_NAME_BYTES);
    panic("check: %s: %s (%s)", name, sentence, condition);
}

static void check_now(void)
{
    if (given_up || check_state(root))
        return;
    given_up = true;
    log_print("check: there are too many objects, and it ends\n");
}

static void before(void)
{
    if (!root)
        root = thread_cspace(cpu_self()->thread);
    if (++entries % one_of == 0)
        check_now();
}

static struct thread *after(struct thread *next)
{
    if (next && entries % one_of == 0)
        check_now();
    return leave_with(next);
}

/* ---- as a test asks ---- */

/* A copy of a capability there. */
static struct slot *some_copy(const struct cspace *space)
{
    for (uint64_t i = 0; i <= space->mask; i++) {
        const struct slot *slot = &space->table[i];

        if (slot_used(slot) && slot->first_child && slot->first_child->type == slot->type &&
            slot->type == OBJECT_ENDPOINT)
            return slot->first_child;
    }
    panic("no endpoint there has a copy");
}

static void do_asked(uint64_t number)
{
    struct cpu *cpu = cpu_self();

    switch (number) {
    case CHECK_EACH:
        log_print("check: each entry is looked at\n");
        one_of = 1;
        return;
    case BREAK_COUNT:
        thread_cspace(cpu->thread)->used++;
        break;
    case BREAK_RIGHTS:
        some_copy(root)->rights = UINT16_MAX;
        break;
    case BREAK_TIME:
        cpu->time->refill.active = true;
        break;
    case BREAK_QUEUE:
        queue_insert(&cpu->thread->parked, &cpu->thread->node, 0, false);
        break;
    default:
        return;
    }
    check_now();
}

/* ---- the doors ---- */

static struct thread *enter_system_call(void)
{
    before();
    do_asked(cpu_self()->thread->context.tag);
    return after(serve_system_call());
}

static struct thread *enter_trap(uint64_t vector, uint64_t error)
{
    before();
    return after(serve_trap(vector, error));
}

static struct thread *enter_from_idle(uint64_t vector)
{
    return after(serve_interrupt(vector));
}

/* What it does is looked at with the next entry. */
static FAST_DOOR void enter_object(FAST_PARAMETERS)
{
    before();
    FAST_TAIL object_door(FAST_ARGUMENTS(handle, token, thread, tag));
}

static FAST_DOOR void enter_lease(FAST_PARAMETERS)
{
    before();
    FAST_TAIL lease_door(FAST_ARGUMENTS(handle, token, thread, tag));
}

static FAST_DOOR void enter_buffer(FAST_PARAMETERS)
{
    before();
    FAST_TAIL buffer_door(FAST_ARGUMENTS(handle, token, thread, tag));
}

/* The fast path has done something before; who runs next is not said yet. */
static struct thread *choose_next(void)
{
    return after(schedule(cpu_self()));
}

/* Likewise. */
static FAST_DOOR void enter_page_fault(uint64_t error)
{
    before();
    serve_page_fault(error);
}

struct doors doors = {enter_system_call, enter_trap,       enter_from_idle, enter_object,
                      choose_next,       enter_page_fault, enter_lease,     enter_buffer};

/* How long interrupts wait says nothing here. */
uint64_t arch_measure(bool on)
{
    return measure_switch(on);
}
