/*
 * fastpath.h - what the slow way keeps true for the fast one (fastpath.c), and what it counts.
 *
 * For notifications and yields wakepath.c does the same, and source.hearing says so.
 *
 * Three words say that nothing needs to be looked at: endpoint->fast_receiver (a call may go to
 * that thread at once), thread->receive_handle (it may wait there again at once) and
 * thread->fast_caller (it may be answered at once). A thread with time of its own has rest_handle
 * instead of receive_handle, and waits where it does without being fast_receiver. Whatever makes
 * one of them untrue takes it back here; what is taken back too often costs time, what is not
 * breaks the kernel.
 */
#pragma once

#include <arch_fast.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <task/task.h>

struct endpoint;

/*
 * Which tags come to it: a call of words and nothing else; a reply_recv likewise, but for the
 * capabilities that it will take; a notify of one word; a recv with nothing to it; a send of words
 * that are all in registers. Messages of more
 * words than are in registers have doors of their own. entry.S has these numbers, too.
 */
#define FAST_TAG_CALL       ((uint32_t)TAG_OP(OP_CALL))
#define FAST_TAG_REPLY_RECV ((uint32_t)TAG_OP(OP_REPLY_RECV))
#define FAST_TAG_NOTIFY     ((uint32_t)TAG(OP_NOTIFY, 0, 1))
#define FAST_TAG_RECV       ((uint32_t)TAG_OP(OP_RECV))
#define FAST_TAG_SEND       ((uint32_t)TAG_OP(OP_SEND))
#define FAST_TAG_YIELD      TAG(OP_CALL, SCHEDCONTEXT_LABEL_YIELD, 0)
#define FAST_WORDS          7u
#define FAST_ACCEPT         (7u << TAG_ACCEPT_SHIFT)

/* Without these, and with fewer than 128 words, a tag is in order: few have one. Of the counts it
   is the highest bit, which those within the limit need for the limit alone. */
#define TAG_SELDOM                                                                               \
    (TAG_ORIGIN_MASK | TAG_CLOSED | TAG_BUFFER | 7u << TAG_LEASES_SHIFT | 4u << TAG_CAPS_SHIFT | \
     4u << TAG_ACCEPT_SHIFT | 0x80u << TAG_WORDS_SHIFT)

/* Why a message of the ordinary form went the slow way (cpu.idl). */
enum fast_miss {
    FAST_MISS_HANDLE = CPU_MISS_HANDLE,
    FAST_MISS_OBJECT = CPU_MISS_OBJECT,
    FAST_MISS_RECEIVER = CPU_MISS_RECEIVER,
    FAST_MISS_CALLER = CPU_MISS_CALLER,
    FAST_MISS_TOKEN = CPU_MISS_TOKEN,
    FAST_MISS_RECEIVE = CPU_MISS_RECEIVE,
    FAST_MISS_NOTIFY = CPU_MISS_NOTIFY,
    FAST_MISS_WAIT = CPU_MISS_WAIT,
    FAST_MISS_YIELD = CPU_MISS_YIELD,
    FAST_MISS_CHANNEL = CPU_MISS_CHANNEL,
    FAST_MISSES = CPU_MISSES
};
extern uint64_t fast_misses[FAST_MISSES];

/* Of what both paths are made: in place. */
#define FAST IN_PLACE

/* The slot that the handle leads to, whosever it is. */
FAST struct slot *fast_slot(const struct thread *self, cap_t handle)
{
    uint64_t offset = (handle & self->slots_mask) * sizeof(struct slot);
    struct slot *slot = (struct slot *)((char *)self->slots + offset);

    __asm__("" : "+r"(slot)); /* an address of its own is cheaper than base and index */
    return slot;
}

/* The words that are not in registers. */
FAST void fast_copy_words(struct thread *from, struct thread *to, uint64_t tag)
{
    arch_fast_copy(&to->utcb->words[MESSAGE_REGISTER_WORDS],
                   &from->utcb->words[MESSAGE_REGISTER_WORDS],
                   (uint8_t)tag - MESSAGE_REGISTER_WORDS);
}

/* Where methods look for it, and where the system call is begun again. */
#define SAVE_MESSAGE(context)                                                       \
    do {                                                                            \
        const uint64_t words[] = {word0, word1, word2, word3, word4, word5, word6}; \
                                                                                    \
        memcpy((context)->words, words, sizeof(words));                             \
        (context)->handle = handle;                                                 \
    } while (0)

/* A call goes over: from here on the receiver serves it; the caller to whom it may answer without
   looking any further, or NULL. On which time, and where it waited, is for each path to say. */
FAST void fast_serve(struct thread *caller, struct thread *receiver, struct thread *fast_caller)
{
    caller->state = THREAD_WAITS_REPLY;
    caller->server = receiver;
    receiver->state = THREAD_RUNNING;
    receiver->caller = caller;
    receiver->fast_caller = fast_caller;
    *(volatile uint64_t *)&receiver->token += TOKEN_STEP; /* in memory: registers are few */
    cpu_self()->thread = receiver;
}

/* Whose call, or fault, that token is of, if he waits for its answer and nothing else, and no time
   waits for him; or NULL. */
FAST struct thread *fast_awaiting(const struct thread *self, uint64_t token, bool fault)
{
    struct thread *caller = self->caller;

    if (!caller || token != self->token || caller->reply || caller->faulting != fault ||
        caller->suspended)
        return NULL;
    return context_is_stepped(&caller->context) || !queue_empty(&caller->parked) ? NULL : caller;
}

/* Does that caller run on that time, and on no other? */
FAST bool fast_runs_on(const struct thread *caller, const struct schedcontext *time)
{
    return caller->own ? caller->own == time : chain_time(caller) == time;
}

/* An answer is given: from here on the caller runs, and the server waits; where, is for each path
   to say. */
FAST void fast_answer(struct thread *self, struct thread *caller)
{
    self->state = THREAD_WAITS_RECEIVE;
    self->caller = self->fast_caller = NULL;
    caller->lease_count = 0;
    caller->state = THREAD_RUNNING;
    cpu_self()->thread = caller;
}

FAST_DOOR void fast_call(FAST_PARAMETERS);
FAST_DOOR void fast_call_long(FAST_PARAMETERS);
FAST_DOOR void fast_reply_receive(FAST_PARAMETERS);
FAST_DOOR void fast_reply_receive_long(FAST_PARAMETERS);

/* ---- activepath.c ---- */

FAST_DOOR void fast_call_active(FAST_PARAMETERS);
FAST_DOOR void fast_call_active_long(FAST_PARAMETERS);
FAST_DOOR void fast_reply_active(FAST_PARAMETERS);
FAST_DOOR void fast_reply_active_long(FAST_PARAMETERS);

/* ---- wakepath.c ---- */

FAST_DOOR void fast_notify(FAST_PARAMETERS);
FAST_DOOR void fast_await(FAST_PARAMETERS);
FAST_DOOR void fast_yield(FAST_PARAMETERS);

/* ---- channelpath.c ---- */

FAST_DOOR void fast_send(FAST_PARAMETERS);
FAST_DOOR void fast_take(FAST_PARAMETERS);

/* ---- broadpath.c: what these leave, in most cases, on the kernel's stack ---- */

FAST_DOOR void broad_call(FAST_PARAMETERS);
FAST_DOOR void broad_call_caps(FAST_PARAMETERS);
FAST_DOOR void broad_call_active(FAST_PARAMETERS);
FAST_DOOR void broad_reply_receive(FAST_PARAMETERS);
FAST_DOOR void broad_reply_active(FAST_PARAMETERS);

/* ---- faultpath.c ---- */

/* The running thread, whose registers are all saved, has had that page fault: thread->fault. */
FAST_DOOR void fault_door(struct thread *self);
FAST_DOOR void broad_reply_fault(FAST_PARAMETERS);

/* ---- object_call.c ---- */

/*
 * Calls on kernel objects, as a rule: they carry capabilities or take some, or the fast path has
 * found no Endpoint. Words, capabilities and how many it takes are all that these tags tell.
 */
#define OBJECT_CALL_PARTS (FAST_WORDS | 3u << TAG_CAPS_SHIFT | 3u << TAG_ACCEPT_SHIFT)

FAST_DOOR void object_door(FAST_PARAMETERS);

/* ---- bufferpath.c ---- */

FAST_DOOR void buffer_door(FAST_PARAMETERS);
FAST_DOOR void buffer_send(FAST_PARAMETERS);
FAST_DOOR void buffer_receive(FAST_PARAMETERS);

/* ---- leasepath.c ---- */

FAST_DOOR void lease_door(FAST_PARAMETERS);
FAST_DOOR void lease_door_long(FAST_PARAMETERS);

/* From now on there is more to look at: the thread waits in the endpoint's queue, if it waits. */
void fast_forget(struct thread *thread);
/* Whoever receives there on the fast path. */
void fast_forget_endpoint(struct endpoint *endpoint);
/* The slot is about to lose its capability, to what that thread may receive from on the fast path.
 */
void fast_server_lost(const struct slot *slot, struct thread *server);
/* It waits no longer where calls find it at once; it has not got its message yet. */
void fast_leave_place(struct thread *thread);
/* Its next system call goes the slow way, until fast_renew. */
void fast_stop(struct thread *thread);
/* Its CSpace's table, as it is now. */
void fast_renew(struct thread *thread);
