/*
 * laws.c - what must hold of each step and in each state, beside what tests/unit/check.c sees:
 * one answer to each call, messages whole, no right that nobody gave, no time that nobody spent,
 * nobody waiting for the dead.
 */

#include <myelin/idl/thread_types.h>

#include "worlds.h"

#define CEILINGS_MAX 256
#define TIMES_MAX    64

/* Before the step: */
static struct {
    bool alive;
    uint8_t state;
    bool under_way; /* its system call has not ended */
    uint64_t tag;   /* of it */
    bool faulting;
} before[ACTORS_MAX];
static uint64_t now_before, idle_before;
static struct {
    bool alive;
    uint64_t had, left, budget, period_start;
} time_before[TIMES_MAX];
static const struct schedcontext *times[TIMES_MAX];
static unsigned time_count;

/* The rights to each object that actors but root had between them when the world was made. */
static struct {
    uint64_t object;
    unsigned type, rights;
} ceiling[CEILINGS_MAX];
static unsigned ceiling_count;

static const char *name_of(const struct actor *actor)
{
    return actor->thread->object.name;
}

/* ---- rights ---- */

static bool is_of_root(const struct cspace *space)
{
    return space == thread_cspace(world.root.thread);
}

static const struct cspace *space_of(const struct actor *actor)
{
    const struct slot *slot = &actor->thread->cspace_slot;

    return canonical_alive(actor->thread) && slot_used(slot) ? slot_object(slot) : NULL;
}

static void raise_ceiling(const struct slot *slot)
{
    unsigned i = 0;

    while (i < ceiling_count &&
           (ceiling[i].object != slot->object || ceiling[i].type != slot->type))
        i++;
    assert_true(i < CEILINGS_MAX);
    if (i == ceiling_count)
        ceiling_count++;
    ceiling[i].object = slot->object;
    ceiling[i].type = slot->type;
    ceiling[i].rights |= slot->rights;
}

/* What is made of an Untyped, a VSpace or an IrqControl is checked by its range (check.c). */
static bool may_be_new(const struct slot *slot)
{
    return slot->type == OBJECT_REPLY || slot->type == OBJECT_MEMORYGRANT ||
           slot->type == OBJECT_IRQ || slot->owner;
}

static void check_ceiling(const struct slot *slot, const struct actor *actor)
{
    if (may_be_new(slot))
        return;
    for (unsigned i = 0; i < ceiling_count; i++)
        if (ceiling[i].object == slot->object && ceiling[i].type == slot->type) {
            if (slot->rights & ~ceiling[i].rights)
                fail_msg("%s has rights %x to an object of type %u, of which none had more than %x",
                         name_of(actor), slot->rights, slot->type, ceiling[i].rights);
            return;
        }
    fail_msg("%s has a capability of type %u that nobody could give", name_of(actor), slot->type);
}

static void each_slot(const struct actor *actor, bool raise)
{
    const struct cspace *space = space_of(actor);

    if (!space || is_of_root(space))
        return;
    for (uint64_t i = 0, used = 0; i <= space->mask && used < space->used; i++) {
        if (!slot_used(&space->table[i]))
            continue;
        used++;
        if (raise)
            raise_ceiling(&space->table[i]);
        else
            check_ceiling(&space->table[i], actor);
    }
}

/* ---- time ---- */

/* All times that there are when the world was made: whose they are may change. */
static void find_times(void)
{
    const struct schedcontext *time;

    time_count = 0;
    while ((time = canonical_object(OBJECT_SCHEDCONTEXT, time_count))) {
        assert_true(time_count < TIMES_MAX);
        times[time_count++] = time;
    }
}

/* What of the time has gone by and is not charged yet: of the one that runs. */
static uint64_t uncharged(const struct schedcontext *time)
{
    const struct cpu *cpu = cpu_self();

    return cpu->time == time ? host.now - cpu->time_since : 0;
}

/* What it has had until now. */
static uint64_t had(const struct schedcontext *time)
{
    return schedcontext_consumed(time) + uncharged(time);
}

/* What is left of its budget. */
static uint64_t left(const struct schedcontext *time)
{
    return time->remaining > uncharged(time) ? time->remaining - uncharged(time) : 0;
}

static uint64_t idle(void)
{
    const struct cpu *cpu = cpu_self();

    return cpu->idle_total + (cpu->idle_since ? host.now - cpu->idle_since : 0);
}

static void times_before(void)
{
    now_before = host.now;
    idle_before = idle();
    for (unsigned i = 0; i < time_count; i++) {
        const struct schedcontext *time = times[i];
        bool alive = canonical_alive(time);

        time_before[i].alive = alive;
        time_before[i].had = alive ? had(time) : 0;
        time_before[i].left = alive ? left(time) : 0;
        time_before[i].budget = alive ? time->budget : 0;
        time_before[i].period_start = alive ? time->period_start : 0;
    }
}

/* In the same period as before a budget has become less by what was charged, and by no more. (One
   that is configured anew begins a period.) */
static void check_spent(unsigned i)
{
    const struct schedcontext *time = times[i];
    uint64_t spent = had(time) - time_before[i].had;
    uint64_t should = time_before[i].left > spent ? time_before[i].left - spent : 0;

    if (time->budget != time_before[i].budget)
        return;
    if (time->period_start == time_before[i].period_start && left(time) != should)
        fail_msg("%lu ns of a budget were left, %lu were charged, and %lu are left",
                 time_before[i].left, spent, left(time));
}

/* All that went by has been charged to somebody, or was idle; no more and no less. What ended in
   this step has taken along what it was charged. */
static void check_time_conserved(void)
{
    uint64_t gone = host.now - now_before, charged = idle() - idle_before;
    bool ended = false;

    for (unsigned i = 0; i < time_count; i++)
        if (time_before[i].alive && canonical_alive(times[i])) {
            charged += had(times[i]) - time_before[i].had;
            check_spent(i);
        } else {
            ended |= time_before[i].alive;
        }
    if (charged > gone || (charged < gone && !ended))
        fail_msg("%lu ns went by, and %lu ns were charged", gone, charged);
}

/* In no period a budget gives more than it has; who has used it up does not run on it. */
static void check_budget(const struct schedcontext *time)
{
    if (time->remaining > time->budget)
        fail_msg("a budget of %lu ns has %lu ns left", time->budget, time->remaining);
    if (time->refill.active && time->remaining)
        fail_msg("a time with %lu ns left waits to be refilled", time->remaining);
    if (time->refill.active && time->refill.when != time->period_start + time->period)
        fail_msg("a time is not refilled when its period ends");
}

void laws_begin(void)
{
    ceiling_count = 0;
    canonical();
    find_times();
    for (unsigned i = 0; i < actor_count; i++)
        each_slot(actors[i], true);
}

/* ---- steps ---- */

static bool is_over(const struct thread *thread)
{
    return thread->state == THREAD_RUNNING && thread->context.ip == WORLD_IP;
}

void laws_before(void)
{
    times_before();
    for (unsigned i = 0; i < actor_count; i++) {
        const struct thread *thread = actors[i]->thread;

        before[i].alive = canonical_alive(thread);
        before[i].state = thread->state;
        before[i].under_way = before[i].alive && !is_over(thread);
        before[i].tag = thread->context.tag;
        before[i].faulting = thread->faulting;
    }
}

static const struct step *sender_of(uint64_t tag)
{
    uint32_t n = tag_label(tag);

    return n && n <= step_count ? &steps[n - 1] : NULL;
}

/* A message that a step sent is there whole. Those of the kernel (faults, answers) are not. */
static void check_message(const struct actor *actor)
{
    const struct step *sender = sender_of(actor->thread->context.tag);

    if (!sender || sender->handle_word)
        return;
    if (tag_words(actor->thread->context.tag) != sender->request.words.count)
        fail_msg("%s got %u words of %u", name_of(actor), tag_words(actor->thread->context.tag),
                 sender->request.words.count);
    if (word(actor, 0) != sender->request.words.word[0])
        fail_msg("%s got word 0 %lx, label %u", name_of(actor), word(actor, 0), label(actor));
}

/* An answer comes from the one step that answers, and is what that sent. */
static void check_answer(const struct actor *actor, const struct step *step)
{
    const struct actor *replier = step->actor;

    if (!replier || replier == actor) {
        fail_msg("%s got an answer from nobody", name_of(actor));
        return;
    }
    if (step->operation == OP_REPLY || step->operation == OP_REPLY_RECV) {
        assert_int_equal(label(actor), step->request.label);
        return;
    }
    if (step->operation) /* only a reply that was preempted is made again */
        fail_msg("%s got an answer from %s, who %s", name_of(actor), name_of(replier), step->name);
}

static void check_end(unsigned i, const struct step *step, unsigned *answers)
{
    const struct actor *actor = actors[i];
    error_t error = status(actor);

    if (before[i].faulting || !tag_operation(before[i].tag)) /* it has asked for nothing */
        return;
    outcomes_note(before[i].tag, error);
    if (error)
        return;
    if (before[i].state == THREAD_WAITS_CALL)
        fail_msg("%s has called, and goes on without an answer", name_of(actor));
    if (before[i].state == THREAD_WAITS_REPLY) {
        ++*answers;
        check_answer(actor, step);
    }
    if (before[i].state == THREAD_WAITS_RECEIVE)
        check_message(actor);
}

static bool is_exit(uint64_t tag)
{
    return tag_operation(tag) == OP_CALL && tag_label(tag) == THREAD_LABEL_EXIT;
}

/* The actor's own operation ended at once, or it goes on with one that was preempted. */
static void note_own(const struct step *step, unsigned i)
{
    uint64_t tag = step->operation
                       ? (uint64_t)step->request.label << TAG_LABEL_SHIFT | TAG_OP(step->operation)
                       : before[i].tag;

    if (is_exit(tag) && step->actor->thread->state == THREAD_EXITED)
        outcomes_note(tag, SUCCESS); /* nobody is there any more to be told */
    if (step->fault || !is_over(step->actor->thread))
        return;
    outcomes_note(tag, status(step->actor));
    if (step->refused && status(step->actor) != step->refused)
        fail_msg("%s was told %d, and should be told %d", name_of(step->actor), status(step->actor),
                 step->refused);
    if (step->token == &pick_used && !status(step->actor))
        fail_msg("%s has answered by a token that was used", name_of(step->actor));
    if (!status(step->actor) && tag_operation(tag) == OP_RECV)
        check_message(step->actor);
}

void laws_after(const struct step *step)
{
    unsigned answers = 0;

    for (unsigned i = 0; i < actor_count; i++) {
        if (!before[i].alive || !canonical_alive(actors[i]->thread))
            continue;
        if (actors[i] == step->actor)
            note_own(step, i);
        else if (before[i].under_way && is_over(actors[i]->thread) &&
                 before[i].state != THREAD_RUNNING)
            check_end(i, step, &answers);
    }
    if (answers > 1)
        fail_msg("%u calls were answered at once", answers);
    check_time_conserved();
}

/* ---- states ---- */

static void check_waits_for_living(const struct thread *thread)
{
    const struct waitset *set = thread_waits_in(thread);
    const void *at[] = {set, thread->channel,
                        thread->channel || set ? NULL : thread_waits_at(thread),
                        thread->state == THREAD_WAITS_NOTIFY ? thread->notification : NULL};

    if (thread->state != THREAD_WAITS_REPLY)
        for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++)
            if (at[i] && !canonical_alive(at[i]))
                fail_msg("%s waits at something that is gone", thread->object.name);
    if (thread->state == THREAD_WAITS_SEND || thread->state == THREAD_WAITS_CALL)
        if (source_is_orphaned(source_of_waiter((struct thread *)thread)))
            fail_msg("%s waits where nobody will ever receive", thread->object.name);
}

static void check_will_be_answered(const struct thread *thread)
{
    const struct thread *server = thread->server;

    if (thread->state != THREAD_WAITS_REPLY || thread->reply)
        return;
    if (!server || !canonical_alive(server) || server->state >= THREAD_STOPPED)
        fail_msg("%s waits for an answer of the dead", thread->object.name);
}

void laws_of_state(void)
{
    for (unsigned i = 0; i < actor_count; i++) {
        if (!canonical_alive(actors[i]->thread))
            continue;
        check_waits_for_living(actors[i]->thread);
        check_will_be_answered(actors[i]->thread);
        each_slot(actors[i], false);
    }
    for (unsigned i = 0; i < time_count; i++)
        if (canonical_alive(times[i]))
            check_budget(times[i]);
    world_check();
}
