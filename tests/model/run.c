/* run.c - one thing that somebody does, on both sides. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/memorygrant_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "../unit/world.h"
#include "mirror.h"

#define FLAG_TRAP 0x100

/* In registers that nobody sends in. */
#define CANARY 0xca9a71e5ull

static void put_kernel(struct thread *thread, const struct deed *deed)
{
    struct context *context = &thread->context;

    memcpy(context->words, deed->now.word, sizeof(context->words));
    context->tag = deed->now.tag;
    context->handle = deed->now.handle;
    context->token = deed->now.token;
    context->status = deed->now.status;
    context->notified = deed->now.notified;
    context->ip = WORLD_IP;
    context->full = 0;
}

static void put_utcb(struct utcb *utcb, const struct deed *deed)
{
    unsigned words = tag_words(deed->now.tag);

    memcpy(utcb->caps, deed->caps, sizeof(deed->caps));
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < words && i < MESSAGE_WORDS_MAX; i++)
        utcb->words[i] = deed->words[i];
    memcpy(utcb->leases, deed->leases, sizeof(deed->leases));
    utcb->closed_badge = deed->closed_badge;
    utcb->closed_endpoint = deed->closed_endpoint;
    utcb->closed_key = deed->closed_key;
    utcb->buffer_base = deed->buffer_base;
    utcb->buffer_length = deed->buffer_length;
}

/* ---- who runs next: the kernel chooses, the model says whether it may ---- */

static int object_with(const void *kernel, int type)
{
    for (int i = 0; kernel && i < model.object_count; i++)
        if (object_at(i)->type == type && object_at(i)->address == arch_physical(kernel))
            return i;
    return NONE;
}

/* A time that the kernel has picked begins its period, also where it then finds nobody to run. */
void begin_periods(int chosen)
{
    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == OBJECT_SCHEDCONTEXT && i != chosen &&
            ((const struct schedcontext *)arch_memory(object_at(i)->address))->period_start ==
                model.now)
            model_begins_period(i);
}

static void settle(void)
{
    const struct schedcontext *time = cpu_self()->time;
    int chosen = object_with(time, OBJECT_SCHEDCONTEXT);
    bool renewed = chosen != NONE && time->period_start != object_at(chosen)->time.period_start;
    const char *wrong;

    if (comparing)
        world_check();
    say_outcome();
    if (model.full)
        return;
    wrong = model_chooses(chosen, object_with(cpu_self()->thread, OBJECT_THREAD), renewed);
    begin_periods(chosen);
    if (wrong)
        differ(wrong, cpu_self()->thread ? cpu_self()->thread->object.name : "nobody", 0, 0);
    compare_all();
    outcomes_look();
}

/* ---- what happens ---- */

bool kernel_is_back(const struct thread *thread)
{
    return thread_is_running(thread) && thread->context.ip == WORLD_IP - SYSCALL_BYTES;
}

/* Where it made way before it had chosen who runs, it goes on with that at once. */
static void let_choose(void)
{
    host.pending_every = 0;
    if (!cpu_self()->thread)
        schedule(cpu_self());
}

/* One entry into the kernel, with an interrupt at every n-th preemption point; 0: at none. */
void kernel_goes_on(unsigned every)
{
    cpu_self()->thread->context.ip = WORLD_IP;
    host.questions = 0;
    host.pending_every = every;
    host_system_call();
    let_choose();
}

/* Does the model do it step by step? */
static bool goes_by_steps(uint64_t tag)
{
    return tag_operation(tag) == OP_CALL &&
           (tag_label(tag) == CSPACE_LABEL_REVOKE || tag_label(tag) == CSPACE_LABEL_DELETE);
}

/* The model does in one go what the kernel comes back to (middle.c): "they go on when the caller
   runs again, also when the capability that they were called by has gone on the way". Where another
   thread is chosen in between, or another time for this one (it has answered, the receive is left),
   the program ends. */
static void finish(struct thread *thread, const struct schedcontext *time, uint64_t tag,
                   unsigned every)
{
    /* "One whose caller is stopped, cancelled (`ECANCELED`) or dies has ended there": where, is not
       said. */
    if ((kernel_is_back(thread) && thread->cancelled) || (every && thread->state == THREAD_STOPPED))
        model.full = true;
    if (goes_by_steps(tag))
        middle_begins(thread, every);
    model_system_call();
    middle_ends();
    while (kernel_is_back(thread) && cpu_self()->thread == thread && cpu_self()->time == time)
        kernel_goes_on(every);
    if (kernel_is_back(thread))
        model.full = true;
}

/* The operations that the model can make way in, too (model.hurried). */
static bool can_be_left(uint64_t tag)
{
    static const uint32_t labels[] = {UNTYPED_LABEL_RETYPE,   VSPACE_LABEL_GIVE,
                                      MEMORYGRANT_LABEL_READ, MEMORYGRANT_LABEL_WRITE,
                                      REPLY_LABEL_LEASE_READ, REPLY_LABEL_LEASE_WRITE};

    for (unsigned i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (tag_operation(tag) == OP_CALL && tag_label(tag) == labels[i])
            return true;
    return false;
}

/* A byte says how a system call is preempted: not at all; at every so many points, and goes on at
   once; at the first, and other things happen before it goes on. */
#define PREEMPTED_FROM 0xa0
#define LEFT_FROM      0xd0

/* What only the kernel can say. */
static void learn(const struct thread *thread, uint64_t tag)
{
    uint32_t label = tag_label(tag);

    if (label == CPU_LABEL_MISSES || label == CPU_LABEL_COUNT)
        for (unsigned i = 0; i < CPU_WAYS; i++)
            model.told[i] =
                i < MESSAGE_REGISTER_WORDS ? thread->context.words[i] : thread->utcb->words[i];
}

/* Interrupts wait as long as a number says: it is the machine that measures. */
static void measure(uint8_t number)
{
    if (model.measuring && number > model.longest)
        host.longest = model.longest = number;
}

/* A send whose buffer makes way leaves the rest to the receiver, which then is elsewhere than the
   model has it: this one is not preempted. */
static bool hands_over(uint64_t tag)
{
    return tag_operation(tag) == OP_SEND && tag & TAG_BUFFER;
}

/* The instruction that the running thread is at. */
static void enter(uint8_t preemption)
{
    struct thread *thread = cpu_self()->thread;
    const struct schedcontext *time = cpu_self()->time;
    uint64_t tag = thread->context.tag;
    unsigned every = preemption < PREEMPTED_FROM ? 0 : 1 + (preemption & 3);

    if (hands_over(tag))
        preemption = every = 0;
    measure(preemption);
    kernel_goes_on(preemption < LEFT_FROM ? every : 1);
    learn(thread, tag);
    model.hurried = preemption >= LEFT_FROM && kernel_is_back(thread) && can_be_left(tag);
    if (model.hurried)
        model_system_call();
    else
        finish(thread, time, tag, every);
    model.hurried = false;
    settle();
}

void act(const struct deed *deed)
{
    struct deed done = *deed;
    struct model_thread *t = &object_at(model.running)->thread;

    done.now.notified = CANARY;
    say_deed(&done);
    put_kernel(cpu_self()->thread, &done);
    put_utcb(cpu_self()->thread->utcb, &done);
    t->now = done.now;
    t->ip = WORLD_IP;
    t->trapped = false;
    put_utcb(utcb_of(model.running), &done);
    outcome_asked(&done.now);
    enter(deed->preemption);
}

bool must_repeat(int thread)
{
    return object_at(thread)->thread.ip == WORLD_IP - SYSCALL_BYTES;
}

bool act_again(uint8_t preemption)
{
    struct model_thread *t = &object_at(model.running)->thread;

    if (!must_repeat(model.running))
        return false;
    say_again();
    cpu_self()->thread->context.ip = t->ip = WORLD_IP;
    cpu_self()->thread->context.full = t->trapped = false;
    enter(preemption);
    return true;
}

void act_fault(const struct fault_words *words, bool stepped)
{
    struct fault fault = {.label = words->label};
    struct context *context = &cpu_self()->thread->context;
    struct model_thread *t = &object_at(model.running)->thread;

    context->full = t->trapped = true;
    context->rcx = t->rcx = CANARY + 1;
    context->r11 = t->r11 = CANARY + 2;

    if (stepped) {
        context->flags |= FLAG_TRAP;
        t->flags |= FLAG_TRAP;
    }
    memcpy(&fault.cause, words->word, sizeof(words->word));
    say_event("faults", words->word[0]);
    host_fault(&fault);
    model_fault(words);
    settle();
}

void act_interrupt(unsigned line)
{
    say_event("interrupt", line);
    kernel_interrupt(cpu_self(), line);
    model_interrupt(line);
    settle();
}

#define WRITTEN 64 /* bytes, in one page */

void act_write(uint64_t address, uint8_t what)
{
    const struct vspace *vspace = thread_vspace(cpu_self()->thread);
    int space = cap_of(object_at(model.running)->thread.place[THREAD_VSPACE])->object;
    uint64_t at = address & -(uint64_t)WRITTEN;
    uint8_t *there = memory_mapped(space, at, CAP_RIGHTS_WRITE);

    say_event("writes to", at);
    for (unsigned i = 0; there && i < WRITTEN; i++)
        ((uint8_t *)user_memory(vspace, at))[i] = there[i] = (uint8_t)(what + i);
    settle();
}

/* As the first use of a vector register does it: the one whose state is in the processor keeps it.
 */
static void own_vector_registers(struct thread *self)
{
    struct thread *owner = cpu_self()->vector_owner;

    if (owner == self)
        return;
    if (owner)
        memcpy(owner->vector, host.vector_registers, sizeof(host.vector_registers));
    memcpy(host.vector_registers, self->vector, sizeof(host.vector_registers));
    cpu_self()->vector_owner = self;
}

#define REGISTERS_AT 32 /* in the image; before them is what controls them */

void act_vector(unsigned at, uint8_t what)
{
    uint8_t *vector = object_at(model.running)->thread.vector;

    at = REGISTERS_AT + at % 30 * 16;
    say_event("changes vector registers at", at);
    own_vector_registers(cpu_self()->thread);
    memset(host.vector_registers + at, what, 16);
    memset(vector + at, what, 16);
    settle();
}

/* The timer interrupts when it should; between that nothing happens but that time goes by. */
void act_time(uint64_t ns)
{
    uint64_t end = host.now + ns;

    say_event("time goes by, ns:", ns);
    while (host.timer <= end && !model.full) {
        if (host.now < host.timer)
            host.now = host.timer;
        host.timer = UINT64_MAX;
        model_advance(host.now);
        kernel_timer(cpu_self());
        model_timer();
        settle();
    }
    host.now = end;
    model_advance(end);
    compare_all();
}

/* ---- the end ---- */

/* Root's Untypeds lie where they were at the beginning (choose.c sees to it), if its space lives.
 */
static bool is_memory(const struct cspace *space, uint64_t index)
{
    return !space->object.dying && slot_used(&space->table[index]) &&
           space->table[index].type == OBJECT_UNTYPED;
}

static void revoke_kernel(struct slot *slot)
{
    while (!cap_revoke_step(slot))
        continue;
    while (!reaper_step())
        continue;
    schedule(cpu_self());
}

/* Not by a system call: whoever could make it may have gone. What the model has no room for is
   revoked all the same, so that nothing of it is there when the next program begins. */
void epilogue(void)
{
    struct cspace *space = arch_memory(object_at(0)->address);

    for (uint64_t index = 0; index < first_slot; index++) {
        if (!is_memory(space, index))
            continue;
        if (model.full) {
            revoke_kernel(&space->table[index]);
            continue;
        }
        middle_of_revoke(&space->table[index]);
        schedule(cpu_self());
        settle();
    }
}
