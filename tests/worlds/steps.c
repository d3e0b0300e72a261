/* steps.c - who can do what in a world, and how it is done. */

#include <string.h>

#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

#include "worlds.h"

#define GARBAGE 0xa5

const cap_t pick_token, pick_used, pick_reply, pick_other;

struct actor *actors[ACTORS_MAX];
unsigned actor_count;
struct step steps[STEPS_MAX];
unsigned step_count;
struct known known[STEPS_MAX];
unsigned known_count;

void steps_begin(void)
{
    actor_count = step_count = known_count = 0;
}

void takes_part(struct actor *actor)
{
    assert_true(actor_count < ACTORS_MAX);
    actors[actor_count++] = actor;
}

/* The label of a message says which step sent it; that of a method which method. */
struct step *add_step(struct step step)
{
    struct request *request = &step.request;

    assert_true(step_count < STEPS_MAX);
    if (!request->label) {
        request->label = step_count + 1;
        request->words.word[0] = WORD_OF_STEP(step_count);
    }
    steps[step_count] = step;
    return &steps[step_count++];
}

static void add_known(struct actor *actor, const cap_t *cap)
{
    if (!actor || !cap || cap == &pick_token || cap == &pick_used || cap == &pick_reply ||
        cap == &pick_other)
        return;
    for (unsigned i = 0; i < known_count; i++)
        if (known[i].actor == actor && known[i].cap == *cap)
            return;
    assert_true(known_count < STEPS_MAX);
    known[known_count++] = (struct known){actor, *cap};
}

/* Whatever is in the spaces now is no "other". */
static void add_held(struct actor *actor)
{
    const struct slot *slot = &actor->thread->cspace_slot;
    const struct cspace *space = slot_used(slot) ? slot_object(slot) : NULL;

    if (!space || space == thread_cspace(world.root.thread))
        return;
    for (uint64_t i = 0; i <= space->mask; i++)
        if (slot_used(&space->table[i]))
            add_known(actor, &space->table[i].handle);
}

void steps_end(void)
{
    unsigned count = step_count;

    for (unsigned i = 0; i < count; i++) {
        add_known(steps[i].actor, steps[i].handle);
        add_known(steps[i].actor, steps[i].cap);
        add_known(steps[i].actor, steps[i].second);
        add_known(steps[i].actor, steps[i].third);
        add_known(steps[i].actor, steps[i].expected);
    }
    for (unsigned i = 0; i < actor_count; i++)
        add_held(actors[i]);
    for (unsigned i = 0; i < actor_count; i++)
        add_step((struct step){.name = "goes on", .actor = actors[i]});
}

void root_disturbs(const struct actor *who)
{
    asks_for(&world.root, "cancels it", &who->cap, THREAD_LABEL_CANCEL);
    asks_for(&world.root, "suspends it", &who->cap, THREAD_LABEL_SUSPEND);
    asks_for(&world.root, "resumes it", &who->cap, THREAD_LABEL_RESUME);
}

void timer_steps(void)
{
    add_step((struct step){.name = "comes"});
}

void interrupt_step(unsigned line)
{
    add_step((struct step){.name = "interrupts", .interrupt = line + 1});
}

bool is_known(const struct actor *actor, cap_t cap)
{
    for (unsigned i = 0; i < known_count; i++)
        if (known[i].actor == actor && known[i].cap == cap)
            return true;
    return false;
}

/* ---- handles that are found when they are used ---- */

/* The first in the order of the tree of those that came later: a Reply, or no Reply. */
static cap_t find_other(const struct actor *actor, bool reply)
{
    const struct cspace *space = thread_cspace(actor->thread);
    const struct slot *best = NULL;

    for (uint64_t i = 0, used = 0; i <= space->mask && used < space->used; i++) {
        const struct slot *slot = &space->table[i];

        if (!slot_used(slot))
            continue;
        used++;
        if ((slot->type == OBJECT_REPLY) == reply && !is_known(actor, slot->handle) &&
            (!best || canonical_place(slot) < canonical_place(best)))
            best = slot;
    }
    return best ? best->handle : CAP_NULL;
}

static bool needs_order(const cap_t *cap)
{
    return cap == &pick_reply || cap == &pick_other;
}

static cap_t resolve(const struct actor *actor, const cap_t *cap)
{
    if (!cap)
        return CAP_NULL;
    if (cap == &pick_token)
        return actor->thread->token;
    if (cap == &pick_used)
        return actor->thread->token - TOKEN_STEP;
    return needs_order(cap) ? find_other(actor, cap == &pick_reply) : *cap;
}

/* ---- doing it ---- */

/* Its system call was preempted, or its wait was taken back: nothing else can come first. */
static bool is_under_way(const struct actor *actor)
{
    return actor->thread->context.ip != WORLD_IP;
}

bool step_possible(const struct step *step)
{
    const struct actor *actor = step->actor;
    bool goes_on;

    if (!actor)
        return step->interrupt ? host.unmasked >> (step->interrupt - 1) & 1
                               : host.timer != UINT64_MAX;
    if (!canonical_alive(actor->thread) || !could_run(actor))
        return false;
    goes_on = !step->operation && !step->fault;
    return is_under_way(actor) == goes_on;
}

static void faults(struct actor *actor)
{
    struct fault fault = {
        .label = FAULT_LABEL_PAGE,
        .cause = {.address = 0x1000, .detail = CAP_RIGHTS_READ, .ip = WORLD_IP, .trap = 14}};

    runs(actor);
    host_fault(&fault);
}

static void put_utcb(const struct step *step)
{
    struct utcb *utcb = step->actor->thread->utcb;

    utcb->closed_badge = step->badge;
    utcb->closed_key = step->key;
    utcb->closed_endpoint = resolve(step->actor, step->expected);
    utcb->buffer_base = step->buffer;
    utcb->buffer_length = step->buffer_bytes;
    if (!step->lent_rights)
        return;
    utcb->leases[0] = (struct lease_item){step->lent, step->lent_bytes, step->lent_rights,
                                          resolve(step->actor, step->lent_by)};
}

static void put_request(const struct step *step)
{
    struct actor *actor = step->actor;
    static struct request request;

    request = step->request;
    if (step->cap)
        request.caps = (struct caps){1, {{resolve(actor, step->cap), step->how}}};
    if (step->second)
        request.caps.item[request.caps.count++] =
            (struct cap_item){resolve(actor, step->second), step->how};
    if (step->third)
        request.caps.item[request.caps.count++] =
            (struct cap_item){resolve(actor, step->third), step->how};
    if (step->handle_word)
        request.words.word[0] = resolve(actor, step->handle_word);
    if (step->after)
        request.words.word[0] = host.now + step->after;
    if (step->lasts) {
        request.flags |= TAG_DEADLINE;
        request.deadline = host.now + step->lasts;
    }
    if (step->lent_rights)
        request.flags |= 1ull << TAG_LEASES_SHIFT;
    request.token = resolve(actor, step->token);
    put_utcb(step);
    prepares(actor, step->operation, resolve(actor, step->handle), &request);
}

/* ---- new memory ---- */

static bool is_filled(const uint8_t *memory, uint64_t bytes, uint8_t with)
{
    return memory[0] == with && !memcmp(memory, memory + 1, bytes - 1);
}

/* A new Frame is zero, and its owner fills it: whatever is made there next must be zeroed again. */
static void use_frame(const struct actor *actor)
{
    const struct slot *slot;
    uint64_t bytes;

    if (is_under_way(actor) || !thread_is_running(actor->thread) || status(actor))
        return;
    slot = slot_in((struct actor *)actor, got(actor, 0));
    if (slot->type != OBJECT_FRAME)
        return;
    bytes = 1ull << slot->size_bits;
    if (!is_filled(arch_memory(slot->object), bytes, 0))
        fail_msg("%s got a Frame that is not empty", actor->thread->object.name);
    memset(arch_memory(slot->object), GARBAGE, bytes);
}

static bool makes_memory(const struct step *step)
{
    uint64_t tag = step->actor->thread->context.tag;

    if (step->operation)
        return step->operation == OP_CALL && step->request.label == UNTYPED_LABEL_RETYPE;
    return tag_operation(tag) == OP_CALL && tag_label(tag) == UNTYPED_LABEL_RETYPE;
}

static void acts(const struct step *step)
{
    bool makes = makes_memory(step);

    if (step->operation) {
        runs(step->actor);
        put_request(step);
    }
    enters_once(step->actor);
    if (makes)
        use_frame(step->actor);
}

void step_do(const struct step *step, unsigned point)
{
    if (needs_order(step->handle) || needs_order(step->cap) || needs_order(step->token) ||
        needs_order(step->handle_word))
        canonical();
    host.questions = 0;
    host.pending_every = point;
    if (step->interrupt) {
        interrupts(step->interrupt - 1);
    } else if (!step->actor) {
        timer_comes();
    } else if (step->fault) {
        faults(step->actor);
    } else {
        acts(step);
    }
    host.pending_every = 0;
}
