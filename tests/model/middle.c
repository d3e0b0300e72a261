/*
 * middle.c - the middle of an operation: where the kernel makes way for an interrupt and comes
 * back, what is there then is compared, too. How far it has come is not prescribed, only in which
 * order it goes: so the model goes on, step by step, until as much is left as in the kernel.
 */

#include <sys/mman.h>

#include "../unit/world.h"
#include "mirror.h"

/* Whose operation it is, and how often it makes way; NULL: none. */
static struct thread *whose;
static unsigned how_often;

/* What is revoked by nobody's system call, at the end of a program; and is that done? */
static struct slot *revoked;
static bool revoked_all;

/* In memory that programs share: how often the middle was the same on both sides. */
static uint32_t *compared;

void middles_begin(void)
{
    compared =
        mmap(NULL, sizeof(*compared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (compared == MAP_FAILED)
        compared = NULL;
}

uint32_t middles_compared(void)
{
    return compared ? *compared : 0;
}

/* ---- how much is left: capabilities, which count twice, but once when they have left their slot
   for the grave; mappings; and what holds threads and sources together ---- */

static unsigned caps_from(const struct slot *slot)
{
    unsigned count = slot->home == HOME_GRAVE ? 1 : 2;

    count += slot->type == OBJECT_FRAME && frame_is_mapped(slot);

    for (const struct slot *child = slot->first_child; child;
         child = child->next & 1 ? NULL : (const struct slot *)child->next) /* NOLINT */
        count += caps_from(child);
    return count;
}

/* All are made of what boot put into root's space. */
static unsigned caps_of_kernel(void)
{
    const struct cspace *space = arch_memory(object_at(0)->address);
    unsigned count = 0;

    for (uint64_t index = 0; index < first_slot; index++)
        if (slot_used(&space->table[index]))
            count += caps_from(&space->table[index]);
    return count;
}

static unsigned links_of_thread(int state, bool utcb, bool reply)
{
    bool waits = state >= THREAD_WAITS_SEND && state <= THREAD_WAITS_REPLY;

    return (unsigned)(state != THREAD_EXITED) + (unsigned)waits + (unsigned)utcb + (unsigned)reply;
}

static unsigned links_of_kernel(int object)
{
    const void *kernel = arch_memory(object_at(object)->address);
    const struct thread *thread = kernel;

    switch (object_at(object)->type) {
    case OBJECT_THREAD:
        return links_of_thread(thread->state, thread->utcb, thread->reply);
    case OBJECT_ENDPOINT:
        return ((const struct endpoint *)kernel)->bound != NULL;
    case OBJECT_WAITSET:
        return ((const struct waitset *)kernel)->bound != NULL;
    default:
        return 0;
    }
}

static unsigned links_of_model(int object)
{
    const struct model_object *o = object_at(object);

    switch (o->type) {
    case OBJECT_THREAD:
        return links_of_thread(o->thread.state, o->thread.utcb, o->thread.reply != NONE);
    case OBJECT_ENDPOINT:
        return o->endpoint.bound != NONE;
    case OBJECT_WAITSET:
        return o->set.bound != NONE;
    default:
        return 0;
    }
}

static unsigned all_links(unsigned (*links_of)(int object))
{
    unsigned links = 0;

    for (int i = 0; i < model.object_count; i++)
        links += links_of(i);
    return links;
}

static unsigned left_in_kernel(void)
{
    return caps_of_kernel() + all_links(links_of_kernel);
}

static unsigned weight_of(int cap)
{
    const struct cap *c = cap_of(cap);
    bool in_tree = c->parent != NONE || cap < (int)first_slot;

    if (c->type == OBJECT_NONE || !in_tree)
        return 0;
    return (c->place == IN_GRAVE ? 1 : 2) + (unsigned)frame_mapped(cap);
}

static unsigned caps_of_model(void)
{
    unsigned count = 0;

    for (int i = 0; i < model.cap_count; i++)
        count += weight_of(i);
    return count;
}

static unsigned left_in_model(void)
{
    return caps_of_model() + all_links(links_of_model);
}

/* As much is left, and of either kind: else the kernel stands within a step of the model. */
static bool are_level(void)
{
    return caps_of_kernel() == caps_of_model() &&
           all_links(links_of_kernel) == all_links(links_of_model);
}

/* ---- side by side ---- */

/* Is all that boot put into root's space still there? Else not all can be counted from there. */
static bool is_at_home(int cap)
{
    const struct cap *c = cap_of(cap);

    return c->type != OBJECT_NONE && c->place == IN_SPACE && c->holder == 0 &&
           c->index == (uint64_t)cap;
}

static bool root_lives(void)
{
    for (int cap = 0; cap < (int)first_slot; cap++)
        if (!is_at_home(cap))
            return false;
    return object_at(0)->type == OBJECT_CSPACE && !object_at(0)->dying;
}

static bool is_in_the_middle(void)
{
    if (!comparing || model.full || !root_lives())
        return false;
    return revoked ? !revoked_all : whose && kernel_is_back(whose) && cpu_self()->thread == whose;
}

/* What the callers of who has stopped are to learn they learn before anybody runs. */
static void go_on(void)
{
    if (!revoked) {
        kernel_goes_on(how_often);
        return;
    }
    revoked_all = cap_revoke_step(revoked) && reaper_step();
    news_deliver_all(cpu_self());
}

/* A Reply whose call has gone holds nothing, and is made of nothing: if it has gone, too, is not
   known until all is done. */
static bool is_known(void)
{
    for (int i = 0; i < model.cap_count; i++)
        if (cap_of(i)->type == OBJECT_REPLY && cap_of(i)->object == NONE)
            return false;
    return true;
}

/* As it will be seen if somebody else runs now: the system call is still to be made. */
static void compare_middle(void)
{
    uint64_t *ip = whose ? &object_at(model.running)->thread.ip : NULL;

    if (ip)
        *ip -= SYSCALL_BYTES;
    begin_periods(NONE);
    if (whose) /* else nobody was chosen to run yet */
        world_check();
    compare_all();
    if (ip)
        *ip += SYSCALL_BYTES;
    if (compared)
        ++*compared;
}

/* The kernel goes on as soon as the model has come as far; where the kernel stands within a step of
   the model, there is nothing to compare it to. */
void step_made(void)
{
    while (is_in_the_middle() && left_in_kernel() >= left_in_model()) {
        if (are_level() && is_known())
            compare_middle();
        go_on();
    }
}

void middle_begins(struct thread *thread, unsigned every)
{
    whose = thread;
    how_often = every;
}

void middle_ends(void)
{
    whose = NULL;
}

void middle_of_revoke(struct slot *slot)
{
    revoked = slot;
    revoked_all = false;
    if (is_in_the_middle() && left_in_kernel() != left_in_model())
        differ("how much there is to revoke", "", left_in_kernel(), left_in_model());
    cap_revoke((int)(slot - ((struct cspace *)arch_memory(object_at(0)->address))->table));
    bury_all();
    while (!revoked_all)
        go_on();
    revoked = NULL;
}
