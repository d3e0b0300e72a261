/*
 * check.c - the kernel's own check of its state (kernel/check) on the host: what does not hold
 * fails the test that runs, with what everybody is at.
 */
#include <check/check.h>

#include "world.h"

static const char *name_of(const struct thread *thread)
{
    return thread ? thread->object.name : "-";
}

void world_describe(void)
{
    for (unsigned i = 0; i < check_threads.count; i++) {
        const struct thread *t = check_threads.object[i];
        bool queued = t->state == THREAD_WAITS_SEND || t->state == THREAD_WAITS_CALL;

        print_message(
            "%s: state %d%s%s, %s, server %s, caller %s, waits for %s, parked %d\n", t->object.name,
            t->state, t->suspended ? " suspended" : "", t->faulting ? " faulting" : "",
            t->own       ? "active"
            : t->reserve ? "passive"
                         : "timeless",
            name_of(t->server), name_of(t->caller),
            name_of(queued ? source_server(source_of_waiter(t)) : NULL), !queue_empty(&t->parked));
    }
    print_message("%s runs on the time of %s\n", name_of(cpu_self()->thread),
                  cpu_self()->time ? name_of(cpu_self()->time->home) : "-");
}

void check_broken(const struct object *object, const char *sentence, const char *condition)
{
    world_describe();
    fail_msg("%s: %s (%s)", object->name, sentence, condition);
    __builtin_unreachable();
}

void world_check(void)
{
    assert_true(check_state(thread_cspace(world.root.thread)));
}
