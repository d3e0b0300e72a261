/*
 * task.h - threads, scheduling contexts, CPUs and timeouts.
 */
#pragma once

#include <arch.h>
#include <cap/cap.h>
#include <queue.h>

#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

struct channel;
struct endpoint;
struct notification;
struct source;
struct vspace;
struct waitset;

/* ---- timeout.c: what happens at a time; a heap, every operation O(log n) ---- */

struct timeout {
    struct timeout *parent, *left, *right;
    uint64_t when;
    void (*expire)(struct timeout *timeout);
    bool active;
};

struct timeout_heap {
    struct timeout *root;
    uint64_t count;
};

void timeout_set(struct timeout *timeout, uint64_t when, void (*expire)(struct timeout *));
void timeout_cancel(struct timeout *timeout);
/* When the earliest is due; UINT64_MAX: there is none. */
uint64_t timeout_next(void);
/* Expires one that is due; false when none is. */
bool timeout_expire_one(uint64_t now);

/* ---- SchedContext: time ---- */

struct schedcontext {
    struct object object;
    struct thread *home;   /* whose time it is; of a source's: who received from it last, or NULL */
    struct source *source; /* whose receiver it runs, instead of one thread: or NULL; */
    struct schedcontext *next; /* among those that its home has so, */
    bool over;                 /* until the receive ends that the home is in */
    bool reserve;              /* the home is passive: only for when no chain reaches it */
    bool configured;
    uint8_t priority;
    uint64_t budget, period; /* ns */
    uint64_t remaining;      /* of the budget, in the period that began and ends: */
    uint64_t period_start, period_end;
    uint64_t granted;       /* ns, ever: what of it does not remain has been consumed */
    struct queue_node node; /* in the ready queue, or parked at its chain's blocked end */
    struct timeout refill;  /* active: the budget is used up */
    struct slot cpu;        /* the authority that it was configured with */
};

/* ns, ever. */
static inline uint64_t schedcontext_consumed(const struct schedcontext *time)
{
    return time->granted - time->remaining;
}

#define SCHEDCONTEXT_BUDGET_MIN 20000ull /* ns */

void schedcontext_destroy(struct schedcontext *time);
void schedcontext_slot_lost(struct slot *slot);
/* The time comes into question again: into the ready queue, unless it runs, waits there or is
   used up. */
void schedcontext_offer(struct schedcontext *time);
void schedcontext_unbind(struct schedcontext *time);
/* Off the CPU and out of every queue. */
void schedcontext_withdraw(struct schedcontext *time);

/* ---- source_time.c: the times of Notifications and Channels ---- */

/* The thread takes something from the source: passive, it runs on the source's time until it
   receives again. */
void time_lend(struct source *source, struct thread *receiver);
/* A receive begins; when it ends, what was lent before, and not again meanwhile, goes back. */
void time_receive_begins(const struct thread *receiver);
void time_receive_ends(struct thread *receiver);
/* All goes back: the thread stops. */
void time_give_back_all(struct thread *thread);
/* The source has no time any more. */
void time_leave_source(struct schedcontext *time);
/* The one that has budget left; or NULL. */
struct schedcontext *time_lent(const struct thread *thread);

/* ---- Thread ---- */

#define THREAD_SIZE_BITS 12

/* A capability that a blocked sender wants to send: read from its UTCB once, when it called. */
struct pending_cap {
    cap_t cap;
    uint64_t how;
};

/* What a thread sends or receives beside the message (ipc/buffer.c). */
struct buffer {
    uint64_t base, length;
    uint64_t number; /* of the send; in a receiver: of the one that it has begun to copy; 0: none */
    uint64_t done;   /* bytes of it */
};

/* A copy through a lease or a MemoryGrant that was preempted, or missed a page of the thread's own:
   its system call is made anew, and goes on there (mem/lent.c). */
struct lent_progress {
    cap_t via;     /* by which token or capability; CAP_NULL: there is none */
    uint64_t done; /* bytes of it */
};

/* A fault on its way to the handler. */
struct fault {
    uint32_t label;
    struct fault_cause cause;
};

/* What goes down a chain (news.c): so many links further. */
struct news {
    uint8_t changed; /* a link before has been cut, or a time there is gone */
    uint8_t ran_out; /* the time of the chain's home is used up */
    uint8_t raised;  /* a chain reaches it that is so urgent: */
    uint8_t urgency : 7;
    uint8_t handler_gone : 1; /* whoever handled its fault is gone; this goes no further */
};

/* Whether it runs: two bytes that are looked at together. */
#define THREAD_RUN                                                            \
    union {                                                                   \
        struct {                                                              \
            uint8_t state; /* enum thread_state; never SUSPENDED, that is: */ \
            bool suspended;                                                   \
        };                                                                    \
        uint16_t run;                                                         \
    }

struct thread {
    struct object object;
    struct context context __attribute__((aligned(64)));

    /* What the fast path looks at and changes (ipc/fastpath.c), in one line of the cache. */
    struct slot *slots;  /* its CSpace's table, or one that holds nothing; */
    uint32_t slots_mask; /* where it may have grown since */
    THREAD_RUN;
    struct thread *caller;      /* the one whose call it serves, and whose time it runs on */
    struct thread *fast_caller; /* the same, if it may be answered, and the next message received by
                                   receive_handle, on the fast path; else NULL */
    struct thread *server;      /* WAITS_REPLY: whom its time serves, or NULL */
    uint64_t token;             /* the token it was last given */
    cap_t receive_handle;       /* by which it may receive on the fast path, or 0, */
    struct thread **receive_place; /* and then waits, outside the queue: the word that says who */

    bool cancelled;      /* its next blocking operation answers ECANCELED */
    bool reaping;        /* it was preempted in cspace_reap: goes on there */
    bool helped;         /* it has helped a revoke on, and may now make its capability */
    bool faulting;       /* what it sends, or waits a reply for, is its fault */
    bool grant;          /* its call may carry capabilities, there and back */
    bool message_grant;  /* likewise, of the message that it waits to send */
    bool closed;         /* WAITS_RECEIVE: takes from `badge` (and `closed_key`) only */
    uint8_t stop_reason; /* enum thread_stop_reason */
    uint8_t cpu;         /* which CPU it belongs to */
    bool ends_calls;     /* as a server: a call ends when its caller's time runs out */
    uint32_t least_us;   /* as a server: so much budget must a caller have left */
    uint64_t exit_code;

    /* IPC. A wait has one partner: */
    struct endpoint *endpoint;         /* WAITS_SEND, WAITS_CALL, WAITS_RECEIVE: where */
    struct channel *channel;           /* or, instead of an endpoint, a channel; */
    struct waitset *waitset;           /* WAITS_RECEIVE: or a WaitSet */
    struct notification *notification; /* WAITS_NOTIFY: where */
    struct slot *reply;                /* WAITS_REPLY: the saved Reply, or NULL */
    struct queue_node node;            /* in the queue of what it waits for */
    struct timeout deadline;           /* active: when its deadline is looked at, then or before */
    uint64_t badge;                    /* of the capability that it sends through */
    struct endpoint *expected;         /* whose bound thread its closed receive expects, or NULL */
    uint64_t void_token;               /* one that became void before it was used, */
    error_t void_reason;               /* and why */
    unsigned pending_count;
    union {
        struct pending_cap pending[MESSAGE_CAPS_MAX]; /* what it sends */
        struct {                                      /* WAITS_RECEIVE, closed: */
            uint64_t closed_key;                      /* at a WaitSet: from this source */
            struct thread *expect_next;               /* among those that expect the same */
            struct thread **expect_link;
        };
    };
    struct buffer buffer;
    struct lent_progress lent_progress;
    struct fault fault;
    struct thread *news_next, **news_link; /* among those who have not yet learnt theirs: */
    struct news news;
    unsigned lease_count; /* of its call; else 0 */
    struct lease_item leases[MESSAGE_LEASES_MAX];

    /* Time. */
    struct schedcontext *own;     /* active: its time; */
    struct schedcontext *reserve; /* passive: for when no chain reaches it */
    struct schedcontext *lent;    /* passive: those of sources that it has received from */
    struct queue parked;          /* times whose chains end here, while it is blocked */

    cap_t rest_handle;                 /* as receive_handle, of an active thread on its own time,
                                          which then rests in no queue; or 0 */
    struct endpoint *receive_endpoint; /* where that place is; or */
    struct waitset *receive_set;       /* a WaitSet: then the endpoint is NULL */

    struct endpoint *bound_endpoints; /* those that only it receives from */
    struct waitset *bound_sets;       /* likewise */
    struct notification *bound;       /* its notification */
    uint64_t foreign_entry;
    cap_t revoking; /* what its preempted DELETE or REVOKE is about; CAP_NULL: none */
    struct thread *revoke_older, *revoke_newer;
    struct utcb *utcb; /* in the kernel's view; NULL: none */

    struct slot cspace_slot, vspace_slot, utcb_slot, handler_slot, bound_slot, watch_slot;

    uint8_t vector[VECTOR_IMAGE_BYTES] __attribute__((aligned(64)));
};

_Static_assert(sizeof(struct thread) <= 1u << THREAD_SIZE_BITS, "a Thread is one page");

/* The one whose turn it is in a queue of waiting threads; NULL: nobody waits. */
static inline struct thread *thread_first(const struct queue *queue)
{
    return queue_empty(queue) ? NULL : container_of(queue->first, struct thread, node);
}

static inline struct cspace *thread_cspace(const struct thread *thread)
{
    return slot_object(&thread->cspace_slot);
}

static inline struct vspace *thread_vspace(const struct thread *thread)
{
    return slot_object(&thread->vspace_slot);
}

/* From one token of a thread to the next: its index stays CAP_TOKEN_INDEX. */
#define TOKEN_STEP (1ull << CAP_INDEX_BITS)

/* Does it hold a reply token? Else its caller, if there is one, is answered by a Reply. */
static inline bool thread_token_open(const struct thread *thread)
{
    return thread->caller && !thread->caller->reply;
}

static inline bool thread_is_running(const struct thread *thread)
{
    return thread->run == ((THREAD_RUN){{.state = THREAD_RUNNING}}).run;
}

static inline bool thread_is_passive(const struct thread *thread)
{
    return !thread->own;
}

/* May it receive on the fast path? */
static inline bool thread_receives_fast(const struct thread *thread)
{
    return thread->receive_handle || thread->rest_handle;
}

/* Does it wait where calls find it at once, with its own time resting in no queue? */
static inline bool thread_rests(const struct thread *thread)
{
    return thread->rest_handle && thread->state == THREAD_WAITS_RECEIVE;
}

/* Does it wait where calls find it at once, on its own time or on its callers'? */
static inline bool thread_waits_in_place(const struct thread *thread)
{
    return thread_rests(thread) || (thread->receive_handle && *thread->receive_place == thread);
}

/* Does it wait to receive where that is known from its last receive alone? */
static inline bool thread_waits_again(const struct thread *thread)
{
    return thread->state == THREAD_WAITS_RECEIVE && thread_receives_fast(thread);
}

/* Where it waits to send or to receive: at an endpoint, */
static inline struct endpoint *thread_waits_at(const struct thread *thread)
{
    return thread_waits_again(thread) ? thread->receive_endpoint : thread->endpoint;
}

/* or at a WaitSet. */
static inline struct waitset *thread_waits_in(const struct thread *thread)
{
    return thread_waits_again(thread) ? thread->receive_set : thread->waitset;
}

/*
 * When its wait ends with ETIMEDOUT, as its system call said; DEADLINE_FOREVER: it does not. That
 * is the whole truth: thread->deadline only says when to look, so an answer need not stop it, and
 * the next call with a later deadline finds it set.
 */
static inline uint64_t thread_deadline(const struct thread *thread)
{
    bool waits = thread->state >= THREAD_WAITS_SEND && thread->state <= THREAD_WAITS_REPLY;

    if (!waits || thread->faulting || !(thread->context.tag & TAG_DEADLINE) ||
        thread->context.status == DEADLINE_NOW)
        return DEADLINE_FOREVER;
    return thread->context.status;
}

/* A word of its message that is not in a register; read once per use. */
static inline uint64_t thread_utcb_word(const struct thread *thread, unsigned n)
{
    return *(volatile uint64_t *)&thread->utcb->words[n];
}

/* Words 0 to 6 of a call on a kernel object: nobody changes them while it is performed. */
static inline const uint64_t *invocation_registers(const struct invocation *invocation)
{
    return invocation->caller->context.words;
}

/* How message capability n travels; to be read once. */
static inline uint64_t invocation_how(const struct invocation *invocation, unsigned n)
{
    return *(volatile uint64_t *)&invocation->caller->utcb->caps[n].how;
}

/* Before a capability is made: true if the helper did some of the oldest revoke's work. Then
   everything may have changed, and the operation is to be begun again (RESTART). */
static inline bool revoke_help(struct thread *helper)
{
    if (revoke_oldest)
        return revoke_help_on(helper);
    helper->helped = false;
    return false;
}

void thread_create(struct thread *thread);
bool thread_destroy_step(struct thread *thread);
void thread_slot_lost(struct slot *slot);
/* From a wait, or a stop, back to running: its time comes into question again. */
void thread_wake(struct thread *thread);
/* Ends its wait with an error in its registers. */
void thread_wake_with(struct thread *thread, const struct failure *failure);
/* Its own wait, to send or to receive, is taken back: the system call will be made anew. It is left
   as running, but has to be woken. */
void thread_take_back(struct thread *thread);
/* If it waits now, and not for ever, it is looked at when its deadline comes. */
void thread_set_deadline(struct thread *thread);
/* It will not run again until somebody resumes it: a fault nobody handles, lost memory, exit. */
void thread_stop(struct thread *thread, unsigned state, unsigned reason);
/* Leaves whatever it waits for, without an answer; `reason` is what its server will learn. */
void thread_leave_wait(struct thread *thread, error_t reason);
/* Its registers say: this operation failed, and how. */
void thread_set_failure(struct thread *thread, const struct failure *failure);
/* Clears all registers that a message's arrival sets. */
void thread_clear_message(struct thread *thread);
/* Its UTCB and address space are these (CONFIGURE, boot). */
void thread_bind_memory(struct thread *thread, const struct vspace *vspace, uint64_t physical,
                        uint64_t address);

/* ---- chain.c: whose time runs whom (docs/ipc.md, "Whose time") ---- */

/*
 * A time helps through so many queues, and serves through so many links in all; who is farther away
 * runs on his reserve. So looking down a chain, or up, is short, however long chains become: the
 * fast path does not count.
 */
#define CHAIN_HELP_MAX  32
#define CHAIN_LINKS_MAX 128

/* The thread at the end of the chain that begins at `home`, or the farthest that its time serves.
 */
struct thread *chain_end(struct thread *home);
/* The same for the time that is to run: each thread on the way may then answer the one before it
   on the fast path (thread->fast_caller), if nothing stands against it. */
static inline struct thread *chain_run(struct thread *home);
struct thread *chain_run_on(struct thread *home);
/* Whom that home, which is on its own time, may answer so; or NULL. */
struct thread *chain_own_caller(const struct thread *home);
/* The next thread in the chain, or NULL: it waits for nobody, or nobody knows for whom. */
struct thread *chain_next(const struct thread *thread);
/* Whom it waits for, whosever time runs whom: a closed receive says whom it expects, too. */
struct thread *chain_awaits(const struct thread *thread);
/* The time that the thread runs on, or would: its own, its caller's, that one's caller's and so on,
   or its reserve. */
struct schedcontext *chain_time(const struct thread *thread);
/* Is it farther from the home whose time comes down to it than a time serves? */
bool chain_is_deep(const struct thread *thread);
/* Does a chain with budget reach this passive thread? */
bool chain_reaches(const struct thread *thread);
/* A link into `server` has been cut or its time is gone: those parked there and on the way on
   from it, and the reserves, come into question again. (news) */
void chain_changed(struct thread *server);
/* A chain of that urgency reaches `server` from now on: where it waits in queues, and those whom
   it waits for, they move up. (news) */
void chain_raise(struct thread *server, unsigned priority);
/* Those who waited at the source before it was bound begin to help: the first 16 of each queue, and
   the others as these leave. */
void chain_let_help(const struct source *source);
/* The thread moves up where it waits, if it does; false: it is as urgent there already. */
bool chain_move_up(struct thread *thread, unsigned priority);
/* Would `waiter` waiting for `server` close a circle? SUCCESS, EDEADLK or ELOOP. */
error_t chain_check(const struct thread *waiter, const struct thread *server);
/* Would binding the source, at which some wait or of which they expect a message, to `server`
 * close one? Likewise. */
error_t chain_check_bind(const struct source *source, const struct thread *server);

/* ---- donation.c: what a server wants of its callers' time ---- */

/* May that server take the call, with what is left of the caller's budget? ETIME. */
error_t donation_check(const struct thread *caller, const struct thread *server,
                       struct failure *failure);
/* The time of that home is used up: the calls on its chain end whose servers want it so. (news) */
void donation_ended(struct thread *home);
/* Such a call, if it is one. */
void donation_end_call(struct thread *caller, const struct thread *server);

static inline struct thread *chain_run(struct thread *home)
{
    home->fast_caller = SELDOM(home->caller != NULL) ? chain_own_caller(home) : NULL;
    return thread_is_running(home) ? home : chain_run_on(home);
}

static inline bool server_is_choosy(const struct thread *server)
{
    return server->ends_calls || server->least_us;
}

/* ---- news.c: from thread to thread down a chain, in steps ---- */

struct cpu;
/* The thread, and those behind it, learn this before anybody runs again. */
void news_tell(struct thread *thread, struct news news);
/* The thread is gone, and waited for nobody: what it has not learnt concerns nobody any more. */
void news_forget(struct thread *thread);

/* ---- scheduler.c ---- */

struct cpu {
    struct thread *thread;     /* who runs; NULL: nobody */
    struct schedcontext *time; /* on whose time */
    uint64_t time_since;       /* from when it has not been charged */
    struct queue ready;        /* times that may run; the running one is the first, or in none */
    struct thread *news_first; /* threads that have something to learn (news.c) */
    struct thread *news_last;
    struct timeout_heap timeouts;
    uint64_t timer; /* what the timer is set to */
    uint64_t idle_since, idle_total;
    uint64_t timer_interrupts;
    uint64_t buffers;            /* sent, ever: each has its number */
    struct thread *vector_owner; /* whose vector state is in the registers */
    unsigned id;
};

extern struct cpu cpus[CPU_MAX];

static inline struct cpu *cpu_self(void)
{
    return &cpus[0];
}

/* True: everybody has learnt everything; false: preempted, nobody may run yet. */
bool news_deliver_all(struct cpu *cpu);
static inline bool news_deliver(struct cpu *cpu)
{
    return !cpu->news_first || news_deliver_all(cpu);
}

/* How urgent the running thread is: as the time that it runs on. */
static inline unsigned cpu_urgency(void)
{
    const struct schedcontext *time = cpu_self()->time;

    return time ? time->priority : 0;
}

/* Chooses the pair (time, thread) that runs next, sets the timer, and returns the thread; NULL:
   the CPU is idle, or first takes an interrupt that waits. Every entry into the kernel ends with
   it. */
struct thread *schedule(struct cpu *cpu);
/* Could that time, which waits somewhere, take the CPU over from the running one, now, without more
   to see to: no budget is used up, and the timer is set early enough? */
bool schedule_may_hand_over(struct cpu *cpu, struct schedcontext *to, uint64_t now);
/* It does. The one that ran must be put where it waits. */
void schedule_hand_over(struct cpu *cpu, struct schedcontext *to);
/* Parked times of a thread come into question again. */
void schedule_unpark(struct thread *thread);
/* Puts the running time behind its equals. */
void schedule_yield(struct cpu *cpu);
/* The timer came: a running time whose budget is used up leaves the CPU. */
void schedule_tick(struct cpu *cpu, uint64_t now);
/* Charges the running time up to now. */
void schedule_charge(struct cpu *cpu, uint64_t now);

/* ---- ipc/syscall.c: the kernel's doors; each returns who runs next (NULL: idle) ---- */

/* Never inlined: debuggers and backtraces find them by name. */
#define DOOR __attribute__((noinline))
DOOR struct thread *kernel_system_call(struct cpu *cpu);
/* Its end: the error, if it is one, goes into the thread's registers. It may have destroyed itself.
 */
struct thread *kernel_system_call_ends(struct thread *self, error_t error, struct failure *failure);
DOOR struct thread *kernel_fault(struct cpu *cpu, const struct fault *fault);
DOOR struct thread *kernel_timer(struct cpu *cpu);
DOOR struct thread *kernel_interrupt(struct cpu *cpu, unsigned line);
