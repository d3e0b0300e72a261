/*
 * ipc.h - endpoints, notifications, channels, replies: how messages go from thread to thread.
 *
 * The way of a call: syscall.c (checks, dispatch), endpoint.c (rendezvous), transfer.c (the
 * message itself). Each operation checks all, then commits, then cannot fail.
 */
#pragma once

#include <ipc/fastpath.h>
#include <mem/mem.h>
#include <task/task.h>

struct channel;
struct waitset;

/*
 * How Endpoints, Notifications and Channels begin: what a WaitSet can wait for. A source is in one
 * set at most; the capability by which it is there is a child of the one that it was added with,
 * so who revokes that one takes the source out.
 */
struct source {
    struct object object;
    struct waitset *set; /* that it is in; or NULL */
    union {
        uint64_t key;                 /* its name there; */
        struct endpoint **bound_link; /* an Endpoint that is bound is in none: what points to it
                                         among those of the thread */
    };
    struct queue_node node; /* in one of the set's queues */
    struct slot slot;
    uint32_t passed_in; /* == set->scan: it is in the set's `passed` */
    uint8_t urgency;    /* Notification, Channel: of the most urgent who brought what is there */
    uint8_t hearing;    /* Notification: enum hearing */
};

struct endpoint {
    struct source source;
    bool call_only;
    bool orphaned;                /* its bound thread died: EPIPE until another is bound */
    bool special;                 /* it is in a WaitSet or has a channel: off the short way */
    bool channel_next;            /* callers and channel take turns: whose it is */
    struct thread *bound;         /* only it receives here, and waiters help it; or NULL */
    struct endpoint *next_bound;  /* among the endpoints bound to that thread */
    struct queue senders;         /* threads that wait to send or call */
    struct queue passed;          /* likewise: those before them that a closed receive passed by, */
    uint64_t passed_badge;        /* being closed to this badge */
    struct queue receivers;       /* threads that wait for a message, */
    struct thread *fast_receiver; /* or the only one, if it is passive and calls find it at once */
    struct thread *fast_server; /* whose receive_handle, or rest_handle, is for here (fastpath.h) */
    struct thread *expecters;   /* closed receives that expect a message of `bound` */
    struct channel *channel;    /* attached: it is received from here; or NULL */
};

/* Who has to learn of bits when they are set. */
enum hearing {
    HEARD_BY_NOBODY,
    HEARD_AT_ONCE,   /* one thread, where bits find it at once (fastpath.h) */
    HEARD_BY_OTHERS, /* threads in the queue, the bound one, or a WaitSet */
};

struct notification {
    struct source source;
    uint64_t bits;
    struct thread *bound; /* bits wake its receives on endpoints too; or NULL */
    union {
        struct queue waiters;    /* threads that wait for bits; */
        struct thread *listener; /* HEARD_AT_ONCE: the only one */
    };
    struct timeout timer;
    uint64_t timer_bits;
    struct schedcontext *time; /* whose home it is; or NULL */
};

/*
 * A channel's memory: this, then a slot for each capability that its messages can hold, then the
 * messages (channel.c).
 */
struct channel {
    struct source source;
    struct endpoint *endpoint; /* that it is attached to; or NULL */
    struct queue senders;      /* threads that wait for room */
    struct queue receivers;    /* threads that wait for a message */
    uint32_t capacity;         /* messages */
    uint32_t depth;            /* messages in it */
    uint32_t first;            /* the oldest one */
    uint32_t high_water;       /* the largest depth ever */
    char *messages;            /* the ring, by place */
    uint32_t message_bytes;    /* of a place: struct stored */
    uint32_t puts_below;       /* with fewer messages in it one more concerns nobody else, */
    uint32_t takes_above;      /* and with more the oldest only who takes it (channel_note) */
    uint32_t longer;           /* messages in it that are not of registers alone */
    uint8_t words_max;         /* of a message */
    uint8_t caps_max;
    bool refusing;             /* some were refused since it was last full: they are told of room */
    uint64_t refused;          /* messages that were not taken because it was full */
    uint64_t reap_index;       /* how far emptying has come */
    struct schedcontext *time; /* whose home it is; or NULL */
    struct slot endpoint_slot; /* to the endpoint that it is attached to */
    struct slot filled_slot;   /* notifications: it is no longer empty; */
    struct slot room_slot;     /* it is no longer full */
    struct object *reap_next;  /* while it is being emptied (cap/delete.c) */
    struct slot grave;
};

/* One message in it; words_max words follow. */
struct stored {
    uint64_t tag;
    uint64_t badge;
    uint64_t words[];
};

struct waitset {
    struct object object;
    struct thread *bound;       /* the thread that receives here; NULL: the first that does */
    struct waitset *next_bound; /* among those bound to that thread, */
    struct waitset **bound_link;
    struct queue ready;  /* sources that have something, by their most urgent waiter */
    struct queue passed; /* ready ones that had nothing for a closed receive: */
    uint64_t passed_key, passed_badge;
    uint32_t scan;                /* which passing it is, from 1 on */
    struct queue quiet;           /* the others */
    struct queue receivers;       /* the bound thread while it waits here, */
    struct thread *fast_receiver; /* unless it does where calls find it at once (fastpath.h) */
    uint32_t capacity;            /* sources */
    uint32_t count;
    uint32_t open_endpoints; /* of them: from these no passive thread may receive */
    uint32_t walked;         /* quiet ones that unbinding has looked at */
    bool orphaned;           /* its thread died: EPIPE to its waiters until another receives */
};

_Static_assert(sizeof(struct endpoint) <= 256 && sizeof(struct notification) <= 256, "");
_Static_assert(sizeof(struct waitset) <= 256, "");
_Static_assert(sizeof(struct schedcontext) <= 512, "");

/* What of its tag a receive is about. */
#define TAG_RECEIVE_FLAGS \
    (7u << TAG_ACCEPT_SHIFT | TAG_DEADLINE | TAG_WANT_REPLY | TAG_CLOSED | TAG_BUFFER)

/* ---- endpoint.c ---- */

/* What a send or call is made of. */
struct sending {
    struct endpoint *endpoint;
    uint64_t badge;
    bool call;
    bool grant;
    bool now; /* do not wait for a receiver */
};

/* Sends or calls: delivers to a waiting receiver, or waits. RESTART: preempted. */
error_t endpoint_send(struct thread *sender, const struct sending *sending,
                      struct failure *failure);

/* What a receive is made of. */
struct receiving {
    struct endpoint *endpoint;
    const struct slot *slot; /* by which capability, and: */
    cap_t handle;            /* the slot may lose it to the message that comes */
    bool now;
    bool closed; /* take only from: */
    uint64_t badge;
    uint64_t key;              /* of a WaitSet's source */
    struct endpoint *expected; /* closed: whose bound thread should send it; or NULL */
};

/* Receives: from a waiting sender, or waits. RESTART: preempted. */
error_t endpoint_receive(struct thread *receiver, const struct receiving *receiving,
                         struct failure *failure);
/* The most urgent of those who wait to send or call, or NULL. */
struct thread *endpoint_first_waiter(const struct endpoint *endpoint);
bool endpoint_destroy_step(struct endpoint *endpoint);
void endpoint_bind(struct endpoint *endpoint, struct thread *thread);
void endpoint_unbind(struct endpoint *endpoint);
/* As endpoint_unbind, but its waiters get EPIPE first, one a step; true when it is done. */
bool endpoint_unbind_step(struct endpoint *endpoint);
/* The thread calls its handler with its fault, or stops if there is none. */
void endpoint_call_fault(struct thread *thread, const struct fault *fault);

/* ---- fastpath_state.c: what the fast path relies on (fastpath.h) ---- */

/* Who waits there where calls find it at once; or NULL. */
static inline struct thread *endpoint_fast_waiter(const struct endpoint *endpoint)
{
    struct thread *server = endpoint->fast_server;

    return server && server->state == THREAD_WAITS_RECEIVE ? server : NULL;
}

/* The slot is about to lose its capability. */
static inline void fast_slot_lost(const struct slot *slot)
{
    const struct endpoint *endpoint = slot_object(slot);
    const struct waitset *set = slot_object(slot);
    struct thread *server = slot->type == OBJECT_ENDPOINT  ? endpoint->fast_server
                            : slot->type == OBJECT_WAITSET ? set->bound
                                                           : NULL;

    if (server)
        fast_server_lost(slot, server);
}

/* The thread has just received so: from now on it may do so on the fast path, if nothing stands
   against it. */
void fast_remember(struct thread *thread, const struct receiving *receiving);
/* It is about to wait so: true if it now waits where calls find it at once. */
bool fast_wait(struct thread *thread, const struct receiving *receiving);
/* The same at a WaitSet. */
bool fast_wait_in_set(struct thread *thread, struct waitset *set,
                      const struct receiving *receiving);
/* Something is there in the set, or it ends: who receives there is told by the slow way. */
void fast_forget_set(const struct waitset *set);

/* ---- count.c: which way calls and answers go ---- */

/* The running thread is about to enter the kernel, with what is in its context. */
void count_system_call(void);
/* What has been counted since the last time. */
void count_take(struct cpu_ways *ways);

/* ---- buffer.c: what goes with a send beside the message ---- */

/* Before a send, or receive, with TAG_BUFFER: reads where its buffer lies, once. */
error_t buffer_prepare_send(struct thread *sender, struct failure *failure);
error_t buffer_prepare_receive(struct thread *receiver, struct failure *failure);
/* The receive is over: what it had begun to copy does not count for the next. */
void buffer_forget(struct thread *receiver);
bool buffer_travels(const struct thread *from, const struct thread *to);
/* Copies, from where it was preempted, as much as both sides have room for. */
enum copy_end buffer_copy(struct thread *from, struct thread *to);
/* Both learn the length, right before the message itself is delivered. */
void buffer_tell(struct thread *from, struct thread *to);
/* A page of the sender's own is missing: it faults as if it had read it, at its system call, which
   it is back at. Returns RESTART. */
error_t buffer_fault_sender(struct thread *sender);

/* ---- closed.c: receives from one badge ---- */

/* Those that were passed by queue before their equals again. */
void endpoint_gather(struct endpoint *endpoint);
/* Before a receive, closed or not, looks at who waits: those of interest are in `senders`. */
void closed_begin_scan(const struct receiving *receiving);
/* True: the sender is not the one that is received from, and was put aside. */
bool closed_passes(struct thread *sender, const struct receiving *receiving);
/* Nobody has come yet: may the receiver wait? EAGAIN: it would not; EDEADLK, ELOOP, EPIPE: not for
   the one whom it expects. */
error_t receive_may_wait(const struct thread *receiver, const struct receiving *receiving,
                         struct failure *failure);
/* It waits from now on. */
void closed_begin_wait(struct thread *receiver, const struct receiving *receiving);
/* Its wait is over, however it ended. */
void closed_expect_end(struct thread *receiver);
/* Nobody will come from that endpoint: one who expects it gets EPIPE; true: there is none left. */
bool closed_disappoint_step(struct endpoint *endpoint);
/* Takes the next message of a waiting caller or sender, or of the channel. EAGAIN: none is there;
   RESTART: preempted; ENOSPC: the channel's oldest has more capabilities than can be taken. */
error_t endpoint_take(struct thread *receiver, const struct receiving *receiving,
                      struct failure *failure);
/* It has been added to a set, or got a channel, or the like has ended. */
void endpoint_note_special(struct endpoint *endpoint);

/* ---- source.c: what Endpoints, Notifications and Channels have in common ---- */

/* What a thread in WAITS_SEND or WAITS_CALL waits at. */
struct source *source_of_waiter(const struct thread *thread);
/* The thread that receives from it and whom waiters help; NULL: it is not bound. */
struct thread *source_server(const struct source *source);
/* The first in a queue of a WaitSet; or NULL. */
static inline struct source *source_first(const struct queue *queue)
{
    return queue_empty(queue) ? NULL : container_of(queue->first, struct source, node);
}
/* The most urgent thread that waits to send to it; or NULL. */
struct thread *source_first_waiter(const struct source *source);
/* Does anybody wait there, or expect a message of its thread? */
bool source_is_awaited(const struct source *source);
/* Did its thread die, and no other come? */
bool source_is_orphaned(const struct source *source);
/* Who waits there, or what it has, is not as it was: it may have to change its place in its set,
   and a closed receive looks at it again. */
void source_refresh(struct source *source);
/* Something was taken from it: its equals in the set come before it now. */
void source_served(struct source *source);
/* Those whose turn comes next in the set help from now on: they may have waited since before it was
   bound. */
void source_next_helps(const struct waitset *set);
/* Puts it aside: what it has is nothing for the receive that looks for something. */
void source_pass(struct source *source);
/* The thread that waits in its WaitSet for what comes with that badge; or NULL. */
struct thread *source_receiver(const struct source *source, uint64_t badge);
/* That thread has got something from it, or an error because of it. */
void source_arrived(const struct source *source, struct thread *receiver);
/* The capability by which it is in its set goes: it leaves the set. */
void source_slot_lost(struct slot *slot);

/* The time whose home it is; of an Endpoint: NULL. */
struct schedcontext **source_time(struct source *source);
/* It is from now on the home of that time, or of none. */
void source_set_time(struct source *source, struct schedcontext *time);

/* ---- channel.c ---- */

/* log2 of the memory that a channel takes; 0: the failure says which limit `size` is beyond. */
unsigned channel_size_bits(uint64_t size, uint64_t argument, struct failure *failure);
void channel_create(struct channel *channel, uint64_t size);
/* Puts the sender's message into the channel, or has it wait for room. */
error_t channel_send(struct thread *sender, struct channel *channel, const struct sending *sending,
                     struct failure *failure);
/* As endpoint_take. */
error_t channel_take(struct channel *channel, struct thread *receiver,
                     const struct receiving *receiving, struct failure *failure);
error_t channel_receive(struct thread *receiver, struct channel *channel, bool now,
                        struct failure *failure);
/* Others have to learn of what goes in or out, or no longer: its endpoint, its set, who waits, or
   is to be told; or it has a time, or none. */
void channel_note(struct channel *channel);
/* Is it one that the fast path may take: of no more words than are in registers, and nothing else?
 */
FAST bool stored_is_plain(const struct stored *stored)
{
    return (uint32_t)stored->tag - (FAST_TAG_SEND | (uint32_t)TAG_ORIGIN_CHANNEL) <= FAST_WORDS;
}
/* Does it, if there is one, hold a message, or does somebody wait who will bring one? */
bool channel_has_something(const struct channel *channel);
/* One of those who wait at it gets EPIPE; false when nobody waits. */
bool channel_dismiss_one(struct channel *channel);
bool channel_destroy_step(struct channel *channel);
/* One step towards deleting the oldest message; true when it is gone. */
bool channel_discard_step(struct channel *channel);
/* One step towards leaving the endpoint that it is attached to; true when nobody waits for room
   who would not learn of it. Then cap_drop of the slot does it. */
bool channel_detach_step(struct slot *slot);
void channel_endpoint_lost(struct slot *slot);
/* Deletes one of the capabilities inside; false when there are none left. */
bool channel_empty_step(struct channel *channel);

/* ---- waitset.c ---- */

void waitset_create(struct waitset *set, uint64_t capacity);
error_t waitset_receive(struct thread *receiver, struct waitset *set,
                        const struct receiving *receiving, struct failure *failure);
bool waitset_destroy_step(struct waitset *set);
/* Its thread dies: those who wait at its sources get EPIPE, one a step. */
bool waitset_unbind_step(struct waitset *set);

/* ---- transfer.c ---- */

/* Reads what the sender wants to send beside words: capability descriptors, once. */
void message_prepare(struct thread *sender);
/* Are the capabilities that it wants to send there and fit to be sent? Without `grant` none
   may be; `argument` is what the failure then names. */
error_t message_check_own(struct thread *from, bool grant, uint64_t argument,
                          struct failure *failure);
/* Also: could they go to that receiver now? The failure names the side (ARGUMENT_PARTNER). */
error_t message_check(struct thread *from, const struct thread *to, bool grant, uint64_t argument,
                      struct failure *failure);
/* Moves the capabilities alone. After message_check only. */
void message_move_caps(struct thread *from, struct thread *to);
/* Moves words and capabilities; sets the receiver's registers. After message_check only. */
void message_deliver(struct thread *from, struct thread *to, uint64_t badge);
/*
 * A fault's message is made by the kernel: the cause in the words that are registers, the thread's
 * own registers, which stay as they are, behind it: there.
 */
#define FAULT_WORDS \
    ((sizeof(struct fault_cause) + sizeof(struct thread_registers)) / sizeof(word_t))
static inline struct thread_registers *fault_registers(struct thread *to)
{
    return (struct thread_registers *)&to->utcb->words[MESSAGE_REGISTER_WORDS];
}

static inline uint64_t fault_tag(uint32_t label)
{
    return TAG(OP_CALL, label, FAULT_WORDS) | TAG_ORIGIN_FAULT;
}

/* What of a sender's tag the receiver of a plain message sees. */
uint64_t message_tag(uint64_t tag);
/* The words of a message that lies in the kernel: from the sender, and to the receiver. */
void message_read_words(const struct thread *from, uint64_t *words);
void message_write_words(struct thread *to, uint64_t tag, const uint64_t *words);
/* The receiver's other registers: a message with that tag and badge has come. */
void message_announce(struct thread *to, uint64_t tag, uint64_t badge);
/* Capability n of a message arrives: a copy of the source, or what it was, in a slot of its own. */
void message_give_cap(struct thread *to, unsigned n, struct slot *source, uint64_t how);
/* What of a descriptor says how the capability travels: CAP_COPY, CAP_MOVE or CAP_DERIVE. */
#define CAP_HOW_MODE(how) ((how) & ~0xffffffffull)
/* One capability of a message, as its descriptor says: copy, move or derive. */
error_t cap_item_check(const struct slot *source, uint64_t how, uint64_t argument,
                       struct failure *failure);
void cap_item_transfer(struct slot *to, struct slot *source, uint64_t how);
/* Would cap_item_check let it pass? */
static inline bool cap_item_may_go(const struct slot *source, uint64_t how)
{
    uint64_t mode = CAP_HOW_MODE(how);

    if (mode == CAP_MOVE)
        return !frame_holds_utcb(source);
    return (mode == CAP_COPY || mode == CAP_DERIVE) && slot_can_be_copied(source);
}

/* ---- object_call.c ---- */

/* The thread's call on what is in `target`, no Endpoint: it is performed and answered. */
error_t object_call(struct thread *self, struct slot *target, struct failure *failure);
/* The same on the token that it names: as a Reply. */
error_t token_call(struct thread *self, struct failure *failure);
/* The answer of a method that has nothing to tell. */
void object_answer_nothing(struct thread *self);

/* ---- lease.c ---- */

/* Reads and checks the descriptors of what the caller lends, once, when it calls. */
error_t lease_prepare(struct thread *caller, struct failure *failure);
/* The receiver learns how long each lease is and what it may do, but not where it lies. */
void lease_announce(const struct thread *caller, struct thread *server);

/* ---- reply.c ---- */

/* `receiver` has taken `caller`'s call: gives it a token, or a Reply where it asked for one. */
void reply_give(struct thread *receiver, struct thread *caller, bool want_reply);
static inline bool reply_is_token(uint64_t handle)
{
    return (handle & CAP_TOKEN_INDEX) == CAP_TOKEN_INDEX;
}

/* Is that the open token of this thread? ESTALE says in `found` why it is void. */
error_t reply_check_token(const struct thread *thread, uint64_t token, uint64_t argument,
                          struct failure *failure);
void reply_save(struct thread *thread, struct slot *slot);
/* Answers with what is in the replier's registers and UTCB. */
error_t reply_send(struct thread *replier, uint64_t token, struct failure *failure);
/* The thread is about to receive: a token still open is dropped, a saved call's time let go. */
void reply_forget(struct thread *thread);
void reply_deleted(struct slot *slot); /* its caller gets EPIPE */
/* Its caller is gone for that reason: ESTALE from now on. */
void reply_void(struct slot *slot, error_t reason);
void reply_moved(struct slot *slot);

/* ---- notification.c ---- */

/* ORs bits in and wakes who waits for them: an event, more urgent than any thread. */
void notification_signal(struct notification *notification, uint64_t bits);
/* The same for a thread, which is so urgent. */
void notification_raise(struct notification *notification, uint64_t bits, unsigned urgency);
/* An interrupt brings bits: if they simply wake a thread that takes the CPU over, it is returned,
   and all is done. NULL: nothing is. */
struct thread *interrupt_wakes(struct cpu *cpu, struct notification *notification, uint64_t bits);
/* Somebody has begun to wait for bits there, or no longer does; it is bound, or in a set, or no
   longer. */
void notification_note(struct notification *notification);
/* It is in a set from now on: bits that are there count as brought by the thread that runs. */
void notification_join_set(struct notification *notification);

/* The thread that waits there, where bits find it at once; or NULL. */
static inline struct thread *notification_listener(const struct notification *notification)
{
    return notification->source.hearing == HEARD_AT_ONCE ? notification->listener : NULL;
}

/* Is that where the thread waits? */
static inline bool thread_listens(const struct thread *thread)
{
    return thread->notification && notification_listener(thread->notification) == thread;
}

/* It waits there from now on: it is alone, and has time of its own. */
FAST void notification_listen(struct notification *notification, struct thread *thread)
{
    thread->state = THREAD_WAITS_NOTIFY;
    thread->notification = notification;
    notification->listener = thread;
    notification->source.hearing = HEARD_AT_ONCE;
}

/* It waits there no longer, and has no bits yet. */
FAST struct thread *notification_call_listener(struct notification *notification)
{
    struct thread *thread = notification->listener;

    notification->listener = NULL;
    notification->source.hearing = HEARD_BY_NOBODY;
    thread->state = THREAD_RUNNING;
    thread->notification = NULL;
    return thread;
}

/* What a thread's tag says that has got bits alone. */
#define TAG_BITS (TAG_MYELIN | TAG_ORIGIN_NOTIFICATION)

/* All bits go to that thread. */
uint64_t notification_take(struct notification *notification, struct thread *receiver);
/* The thread, which does not wait, gets its bits and nothing else. */
void notification_give(struct notification *notification, struct thread *receiver);
/* The same of the one that is bound to it; false: that has none. */
bool notification_give_bound(struct thread *receiver);
/* The bound thread, if it waits on an endpoint and there are bits, gets them. */
void notification_wake_bound(struct notification *notification);
error_t notification_receive(struct thread *receiver, struct notification *notification, bool now,
                             struct failure *failure);
bool notification_destroy_step(struct notification *notification);
