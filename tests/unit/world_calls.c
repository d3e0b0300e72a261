/* world_calls.c - system calls, faults, interrupts and time: every way into the kernel. */

#include <myelin/idl/fault_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <string.h>
#include <task/turn.h>

#include "pairs.h"
#include "world.h"

#define CANARY 0xca9a71e5ull /* in registers that nobody sent */

struct caps caps_copied(struct words handles)
{
    struct caps caps = {.count = handles.count};

    for (unsigned i = 0; i < handles.count; i++)
        caps.item[i] = (struct cap_item){handles.word[i], CAP_COPY};
    return caps;
}

struct words numbered(unsigned count, uint64_t first)
{
    struct words words = {.count = count};

    for (unsigned i = 0; i < count; i++)
        words.word[i] = first + i;
    return words;
}

/* ---- who runs ---- */

/* The time in the ready queue that would run this thread. */
static struct schedcontext *ready_time(const struct thread *thread)
{
    for (struct queue_node *leader = cpu_self()->ready.first; leader;
         leader = leader->less_urgent) {
        struct queue_node *node = leader;

        do {
            struct schedcontext *time = container_of(node, struct schedcontext, node);

            if (time->home && chain_end(time->home) == thread &&
                !(time->reserve && chain_reaches(time->home)))
                return time;
            node = node->next;
        } while (node != leader);
    }
    return NULL;
}

bool could_run(const struct actor *actor)
{
    return thread_is_running(actor->thread) &&
           (running() == actor->thread || ready_time(actor->thread));
}

/* Somebody else's turn ends and this one's begins, as after a yield. */
static void switch_to(struct thread *thread)
{
    struct cpu *cpu = cpu_self();
    struct schedcontext *time = ready_time(thread);

    if (!time) {
        world_describe();
        fail_msg("nobody's time reaches %s", thread->object.name);
        return;
    }
    schedule_yield(cpu);
    queue_remove(&time->node);
    time_begin(cpu, time, thread, host.now);
    cpu->time_since = host.now;
    if (!time_is_guarded(cpu)) {
        cpu->timer = host.now + time->remaining;
        arch_timer_set(cpu->timer);
    }
    chain_run(time->home);
}

void runs(struct actor *actor)
{
    if (!thread_is_running(actor->thread))
        fail_msg("%s should act, but is in state %d", actor->thread->object.name,
                 actor->thread->state);
    if (running() != actor->thread)
        switch_to(actor->thread);
}

/* Where the kernel made way for an interrupt before it had chosen, the interrupt comes. */
static void let_choose(void)
{
    struct cpu *cpu = cpu_self();

    while (!cpu->thread && (cpu->time || cpu->news_first || !queue_empty(&cpu->ready))) {
        world.choices++;
        schedule(cpu);
    }
}

static void check(void)
{
    let_choose();
    if (!world.unchecked)
        world_check();
}

/* ---- system calls ---- */

/* It goes on behind the instruction, or executes it again; or where foreign calls go. */
static bool is_over(const struct thread *thread)
{
    bool over = thread->context.ip != WORLD_IP - SYSCALL_INSTRUCTION_BYTES;

    if (over && thread->state != THREAD_EXITED && !thread->foreign_entry)
        assert_int_equal(thread->context.ip, WORLD_IP);
    return over;
}

bool enters_once(struct actor *actor)
{
    struct thread *thread = actor->thread;

    runs(actor);
    thread->context.ip = WORLD_IP;
    thread->context.full = 0;
    host_system_call();
    check();
    return is_over(thread);
}

/* What a kernel object answered to the call with that tag, if it is an error. */
static void note_failure(const struct thread *thread, uint64_t request)
{
    const struct context *context = &thread->context;

    if (tag_operation(request) == OP_CALL && LABEL_IS_OBJECTS(tag_label(request)) &&
        thread_is_running(thread) && !context->tag)
        pairs_note(tag_label(request), (error_t)context->status, context->words[0]);
}

/* Enters the kernel until the operation is over: each time it is preempted, the interrupt comes
   (and whatever the test has in mind meanwhile), and the instruction is executed again. */
void again(struct actor *actor)
{
    struct thread *thread = actor->thread;
    uint64_t request = thread->context.tag;

    world.restarts = 0;
    while (!enters_once(actor)) {
        world.restarts++;
        if (world.meanwhile)
            world.meanwhile();
        if (!could_run(actor)) /* check.c knows whether it should */
            return;
    }
    note_failure(thread, request);
}

static void put_message(struct thread *thread, const struct request *request)
{
    struct context *context = &thread->context;

    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        context->words[i] = request->words.word[i];
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < request->words.count; i++)
        thread->utcb->words[i] = request->words.word[i];
    memcpy(thread->utcb->caps, request->caps.item, sizeof(thread->utcb->caps));
    context->tag = (uint64_t)request->label << TAG_LABEL_SHIFT | request->words.count |
                   request->caps.count << TAG_CAPS_SHIFT | request->accept << TAG_ACCEPT_SHIFT |
                   request->flags;
    context->status = request->deadline;
    context->token = request->token;
    context->notified = CANARY;
}

void prepares(struct actor *actor, enum operation operation, cap_t handle,
              const struct request *request)
{
    put_message(actor->thread, request);
    actor->thread->context.tag |= TAG_OP(operation);
    actor->thread->context.handle = handle;
}

void enters(struct actor *actor, enum operation operation, cap_t handle, struct request request)
{
    runs(actor);
    prepares(actor, operation, handle, &request);
    again(actor);
}

void enters_raw(struct actor *actor, uint64_t tag)
{
    runs(actor);
    actor->thread->context.tag = tag;
    again(actor);
}

void knows_its_space(struct actor *actor)
{
    calls(actor, CAP_NULL);
    host.general_entries = 0;
}

void notifies(struct actor *actor, cap_t handle, uint64_t word0)
{
    enters(actor, OP_NOTIFY, handle, (struct request){.words = WORDS(word0)});
}

error_t asks(struct actor *actor, cap_t object, uint32_t method, struct words words,
             struct caps caps)
{
    calls(actor, object, .label = method, .words = words, .caps = caps, .accept = 1);
    return status(actor);
}

void refuses(struct actor *actor, cap_t object, uint32_t method, struct words words,
             struct caps caps, error_t error, uint64_t argument)
{
    assert_int_equal(asks(actor, object, method, words, caps), error);
    assert_int_equal(word(actor, 0), argument);
}

void must_ask(cap_t object, uint32_t method, struct words words, struct caps caps)
{
    assert_int_equal(asks(&world.root, object, method, words, caps), SUCCESS);
}

/* ---- what came ---- */

error_t status(const struct actor *actor)
{
    return (error_t)actor->thread->context.status;
}

uint64_t word(const struct actor *actor, unsigned n)
{
    return n < MESSAGE_REGISTER_WORDS ? actor->thread->context.words[n]
                                      : actor->thread->utcb->words[n];
}

cap_t got(const struct actor *actor, unsigned n)
{
    return actor->thread->utcb->caps[n].cap;
}

uint64_t token(const struct actor *actor)
{
    return actor->thread->context.token;
}

uint64_t badge(const struct actor *actor)
{
    return actor->thread->context.handle;
}

uint64_t bits(const struct actor *actor)
{
    return actor->thread->context.notified;
}

uint32_t label(const struct actor *actor)
{
    return tag_label(actor->thread->context.tag);
}

void assert_failure(const struct actor *actor, error_t error, uint64_t argument, uint64_t expected,
                    uint64_t found)
{
    assert_status(actor, error);
    assert_int_equal(word(actor, 0), argument);
    assert_int_equal(word(actor, 1), expected);
    assert_int_equal(word(actor, 2), found);
}

void assert_awake(const struct actor *actor)
{
    assert_state(actor, THREAD_RUNNING);
    assert_true(could_run(actor));
}

/* ---- time and events ---- */

struct schedcontext *schedcontext_of(const struct actor *actor)
{
    return object_of(actor->time);
}

uint64_t consumed(const struct actor *actor)
{
    must_ask(actor->time, SCHEDCONTEXT_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    return word(&world.root, 3);
}

void timer_comes(void)
{
    if (host.now < host.timer)
        host.now = host.timer;
    host.timer = UINT64_MAX;
    kernel_timer(cpu_self());
    check();
}

void time_passes(uint64_t ns)
{
    uint64_t end = host.now + ns;

    while (host.timer <= end)
        timer_comes();
    host.now = end;
}

void interrupts(unsigned line)
{
    kernel_interrupt(cpu_self(), line);
    check();
}

void page_faults(struct actor *actor, uint64_t address)
{
    struct fault fault = {
        .label = FAULT_LABEL_PAGE,
        .cause = {.address = address, .detail = CAP_RIGHTS_READ, .ip = WORLD_IP, .trap = 14}};

    runs(actor);
    host_fault(&fault);
    check();
}

/* ---- address spaces ---- */

uint64_t user_entry(const struct vspace *vspace, uint64_t address)
{
    const uint64_t *table = vspace->top;

    for (unsigned level = PAGE_TABLE_LEVELS; level-- > 0;) {
        uint64_t entry = table[address >> (PAGE_SIZE_BITS + 9 * level) & (PAGE_TABLE_ENTRIES - 1)];

        if (!pte_present(entry) || pte_is_leaf(entry, level))
            return entry;
        table = arch_memory(pte_address(entry));
    }
    return 0;
}

void *user_memory(const struct vspace *vspace, uint64_t address)
{
    uint64_t entry = user_entry(vspace, address);
    uint64_t mask = entry & PTE_LARGE ? LARGE_PAGE_BYTES - 1 : PAGE_BYTES - 1;

    return pte_present(entry) ? (char *)arch_memory(pte_address(entry)) + (address & mask) : NULL;
}
