/*
 * activepath.c - the fast path to a server with time of its own that is more urgent than its
 * caller's: its time takes the CPU over with the call, and makes way with the answer.
 *
 * Like fastpath.c, from where it comes, it is in registers and uses no stack; what it relies on is
 * kept true beforehand (fastpath_state.c). Such a server waits in no queue, its time rests in none:
 * endpoint->fast_server and the server's state say that it waits. The caller's time stays where it
 * belongs, in the ready queue, before its equals, so that the answer finds it there, if nobody
 * else's turn has come. Both are charged to the nanosecond; where a budget is used up, or the timer
 * has to be set, it is the general way that does it.
 */

#include <ipc/ipc.h>
#include <task/turn.h>

/*
 * To read the clock takes the registers that the tag and word 0 are in: meanwhile these are where
 * the thread's other registers are saved, too. Nothing else has been changed until then.
 */
#define SAVE(self)                              \
    do {                                        \
        arch_fast_save(&(self)->context, ip);   \
        KEPT((self)->context.tag) = tag;        \
        KEPT((self)->context.words[0]) = word0; \
    } while (0)
#define RESTORE(self)                           \
    do {                                        \
        tag = KEPT((self)->context.tag);        \
        word0 = KEPT((self)->context.words[0]); \
    } while (0)
#define KEPT(word) (*(volatile uint64_t *)&(word))

/* Off to the broad path, with all registers as they came. */
#define BROAD(door, sent_token, reason)                                                   \
    do {                                                                                  \
        ARCH_FAST_COUNT(fast_misses, reason);                                             \
        FAST_TAIL arch_enter_broad_##door(FAST_ARGUMENTS(handle, sent_token, NULL, tag)); \
    } while (0)
/* The same when the clock has been read. */
#define BROAD_AGAIN(door, sent_token, reason) \
    do {                                      \
        RESTORE(cpu->thread);                 \
        ip = KEPT(cpu->thread->context.ip);   \
        BROAD(door, sent_token, reason);      \
    } while (0)

/* Could that time take the CPU over, now, without more to see to? The running one is charged. */
FAST bool may_take_over(struct cpu *cpu, struct schedcontext *time, uint64_t now)
{
    if (SELDOM(!time_charge(cpu, cpu->time, now)))
        return false;
    time_renew(time, now);
    return cpu->timer <= now + time->remaining;
}

/* ---- calls ---- */

/* Does it wait there, with time of its own that is more urgent than who runs? */
FAST bool is_more_urgent(const struct cpu *cpu, const struct thread *receiver,
                         const struct schedcontext *own)
{
    return receiver->state == THREAD_WAITS_RECEIVE && own->priority > cpu->time->priority;
}

/* From here on the server serves the call, on its own time. */
FAST void commit_call(struct cpu *cpu, struct thread *self, struct thread *receiver)
{
    cpu->time = receiver->own;
    fast_serve(self, receiver, self);
}

/* A call that found nobody passive: `token` is the address of the endpoint, `thread` of the slot.
 */
#define CALL_ACTIVE(copy)                                                            \
    struct cpu *cpu = cpu_self();                                                    \
    const struct endpoint *endpoint = (const struct endpoint *)token;                \
    const struct slot *slot = (const struct slot *)thread;                           \
    struct thread *self = cpu->thread, *receiver = endpoint->fast_server;            \
    struct schedcontext *own;                                                        \
                                                                                     \
    if (!receiver)                                                                   \
        BROAD(call, 0, FAST_MISS_RECEIVER);                                          \
    SAVE(self);                                                                      \
    own = receiver->own;                                                             \
    if (!is_more_urgent(cpu, receiver, own) || !may_take_over(cpu, own, arch_now())) \
        BROAD_AGAIN(call, 0, FAST_MISS_RECEIVER);                                    \
                                                                                     \
    /* Commit. */                                                                    \
    time_makes_way(cpu);                                                             \
    self = cpu->thread;                                                              \
    RESTORE(self);                                                                   \
    commit_call(cpu, self, receiver);                                                \
    copy(self, receiver, tag);                                                       \
    arch_fast_space(&receiver->context);                                             \
    ARCH_LEAVE_FAST(receiver, slot->data, receiver->token, tag)
#define NO_COPY(from, to, tag) ((void)0)

FAST_DOOR void fast_call_active(FAST_PARAMETERS)
{
    CALL_ACTIVE(NO_COPY);
}

FAST_DOOR void fast_call_active_long(FAST_PARAMETERS)
{
    CALL_ACTIVE(fast_copy_words);
}

/* ---- answers ---- */

/* Would it wait again as it did, and give back its own time? */
FAST bool would_rest(const struct cpu *cpu, const struct thread *self, cap_t handle)
{
    return handle == self->rest_handle && self->own == cpu->time;
}

/* Is that the caller's own time, and does no other wait for him? */
FAST bool goes_on_with(const struct thread *caller, const struct schedcontext *time)
{
    return queue_empty(&caller->parked) && caller->own == time;
}

/* An answer to the caller of the last token, by one that does not receive again as passive servers
   do: `thread` is the one that answers. */
#define REPLY_ACTIVE(copy)                                                        \
    struct cpu *cpu = cpu_self();                                                 \
    struct thread *self = thread, *caller;                                        \
    struct schedcontext *time = time_first(cpu);                                  \
                                                                                  \
    if (!would_rest(cpu, self, handle) || !goes_on_with(self->fast_caller, time)) \
        BROAD(reply_receive, token, FAST_MISS_RECEIVE);                           \
    SAVE(self);                                                                   \
    if (!may_take_over(cpu, time, arch_now()))                                    \
        BROAD_AGAIN(reply_receive, cpu->thread->token, FAST_MISS_RECEIVE);        \
                                                                                  \
    /* Commit. */                                                                 \
    RESTORE(self);                                                                \
    cpu->time = time;                                                             \
    caller = time->home;                                                          \
    fast_answer(self, caller);                                                    \
    caller->fast_caller = NULL;                                                   \
    copy(self, caller, tag);                                                      \
    arch_fast_space(&caller->context);                                            \
    ARCH_LEAVE_FAST(caller, 0, 0, tag)

FAST_DOOR void fast_reply_active(FAST_PARAMETERS)
{
    REPLY_ACTIVE(NO_COPY);
}

FAST_DOOR void fast_reply_active_long(FAST_PARAMETERS)
{
    REPLY_ACTIVE(fast_copy_words);
}
