/*
 * ipc.h - endpoints, notifications, replies: how messages go from thread to thread.
 *
 * The way of a call: syscall.c (checks, dispatch), endpoint.c (rendezvous), transfer.c (the
 * message itself). Each operation checks all, then commits, then cannot fail.
 */
#pragma once

#include <ipc/fastpath.h>
#include <mem/mem.h>
#include <task/task.h>

struct endpoint {
    struct object object;
    bool call_only;
    bool orphaned;                /* its bound thread died: EPIPE until another is bound */
    struct thread *bound;         /* only it receives here, and waiters help it; or NULL */
    struct endpoint *next_bound;  /* among the endpoints bound to that thread */
    struct queue senders;         /* threads that wait to send or call */
    struct queue passed;          /* likewise: those before them that a closed receive passed by, */
    uint64_t passed_badge;        /* being closed to this badge */
    struct queue receivers;       /* threads that wait for a message, */
    struct thread *fast_receiver; /* or the only one, where calls find it at once (fastpath.h) */
    struct thread *fast_server;   /* whose receive_handle is for here */
    struct thread *expecters;     /* closed receives that expect a message of `bound` */
};

struct notification {
    struct object object;
    uint64_t bits;
    struct thread *bound; /* bits wake its receives on endpoints too; or NULL */
    struct queue waiters;
    struct timeout timer;
    uint64_t timer_bits;
};

_Static_assert(sizeof(struct endpoint) <= 256 && sizeof(struct notification) <= 256, "");
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
    struct endpoint *expected; /* closed: whose bound thread should send it; or NULL */
};

/* Receives: from a waiting sender, or waits. RESTART: preempted. */
error_t endpoint_receive(struct thread *receiver, const struct receiving *receiving,
                         struct failure *failure);
/* The most urgent of those who wait to send or call, or NULL. */
struct thread *endpoint_first_waiter(const struct endpoint *endpoint);
/* How urgent the running thread is: as the time that it runs on. */
unsigned endpoint_urgency(void);
bool endpoint_destroy_step(struct endpoint *endpoint);
void endpoint_bind(struct endpoint *endpoint, struct thread *thread);
void endpoint_unbind(struct endpoint *endpoint);
/* As endpoint_unbind, but its waiters get EPIPE first, one a step; true when it is done. */
bool endpoint_unbind_step(struct endpoint *endpoint);
/* The thread calls its handler with its fault, or stops if there is none. */
void endpoint_call_fault(struct thread *thread, const struct fault *fault);

/* ---- fastpath_state.c: what the fast path relies on (fastpath.h) ---- */

/* The thread has just received so: from now on it may do so on the fast path, if nothing stands
   against it. */
void fast_remember(struct thread *thread, const struct receiving *receiving);
/* It is about to wait so: true if it now waits where calls find it at once. */
bool fast_wait(struct thread *thread, const struct receiving *receiving);

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
/* May the receiver wait for what `expected` (or NULL) stands for? EDEADLK, ELOOP, EPIPE. */
error_t closed_check(const struct thread *receiver, const struct endpoint *expected,
                     struct failure *failure);
void closed_expect(struct thread *receiver, struct endpoint *expected);
/* Its wait is over, however it ended. */
void closed_expect_end(struct thread *receiver);
/* Nobody will come from that endpoint: one who expects it gets EPIPE; true: there is none left. */
bool closed_disappoint_step(struct endpoint *endpoint);

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
/* Moves words and capabilities; sets the receiver's registers. After message_check only. */
void message_deliver(struct thread *from, struct thread *to, uint64_t badge);
/* One capability of a message, as its descriptor says: copy, move or derive. */
error_t cap_item_check(const struct slot *source, uint64_t how, uint64_t argument,
                       struct failure *failure);
void cap_item_transfer(struct slot *to, struct slot *source, uint64_t how);

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

/* ORs bits in and wakes who waits for them. */
void notification_signal(struct notification *notification, uint64_t bits);
/* Takes all bits. */
uint64_t notification_take(struct notification *notification);
/* The bound thread, if it waits on an endpoint and there are bits, gets them. */
void notification_wake_bound(struct notification *notification);
error_t notification_receive(struct thread *receiver, struct notification *notification, bool now,
                             struct failure *failure);
bool notification_destroy_step(struct notification *notification);
