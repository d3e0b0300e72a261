/*
 * model.h - the kernel once more, as simple as it can be said: what exists is numbered, who is
 * linked to whom is a number or a list of numbers, and each rule quotes the sentence of docs/ that
 * it stands for. The same programs are run by the kernel core and by this, and all that can be
 * observed must be the same (compare.c).
 *
 * It shares nothing with the kernel but the headers of the ABI. It is not fast, it has no
 * pointers between things, and it does everything in one go: where the kernel makes way for
 * interrupts, the model looks at what is there when the operation has ended.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/objects.h>

#define NONE (-1) /* no such number */

/* A program that needs more than this ends early (model.full). */
#define CAPS_MAX     2048
#define OBJECTS_MAX  384
#define LIST_MAX     256
#define SLOTS_MAX    320
#define PAGES_MAX    192
#define TABLES_MAX   96
#define SHEETS_MAX   160
#define MESSAGES_MAX 128

/* Numbers in an order. */
struct list {
    int count;
    int16_t item[LIST_MAX];
};

/* Numbers that may be taken: of the range that was added last the lowest one. */
struct supply {
    int count;
    struct {
        uint64_t from, to;
    } range[SLOTS_MAX];
};

/* The image of x87 and vector registers, and what of the log is remembered, in bytes. */
#define VECTOR_BYTES 576
#define LOG_MAX      4000

/* Where a capability lies. */
enum place {
    IN_SPACE,   /* `index` is its slot */
    IN_THREAD,  /* `index` says which (enum thread_place) */
    IN_TIME,    /* the Cpu that a SchedContext is configured by */
    IN_CHANNEL, /* `index` says which (enum channel_place) */
    IN_SET,     /* by which the holder is in its WaitSet */
    IN_MESSAGE, /* of a channel: `index` is message and number */
    IN_LINE,    /* the Notification of interrupt line `index`; the holder is nobody */
    AS_PART,    /* Untyped that a CSpace or VSpace is made of */
    IN_GRAVE    /* the owner of a container that is being emptied */
};

enum thread_place {
    THREAD_CSPACE,
    THREAD_VSPACE,
    THREAD_UTCB,
    THREAD_HANDLER,
    THREAD_BELL,
    THREAD_WATCH,
    THREAD_PLACES
};

enum channel_place {
    CHANNEL_ENDPOINT, /* that it is attached to */
    CHANNEL_FILLED,
    CHANNEL_ROOM,
    CHANNEL_PLACES
};

struct cap {
    int type; /* enum object_type; OBJECT_NONE: it has gone */
    unsigned rights;
    uint64_t badge;
    int object;           /* that it names; NONE: it is about a range: */
    uint64_t start, size; /* Untyped, Frame: bytes; Irq: lines; IoPort: ports; MemoryGrant:
                             addresses; Cpu: the highest priority, and the share */
    uint64_t used;        /* Untyped: bytes */
    bool owner;           /* the object dies with it */
    bool device;
    int mapped_in; /* Frame: a VSpace, or NONE, */
    uint64_t mapped_at;
    unsigned mapped_rights;
    int parent; /* what it was made of, or NONE */
    struct list children;
    enum place place;
    int holder; /* the object that it lies in */
    uint64_t index;
};

struct model_slot {
    uint64_t index;
    uint64_t generation;
    int cap; /* or NONE */
};

struct model_space {
    unsigned bits; /* log2 of its slots */
    int count;     /* slots that have ever been used */
    struct model_slot slot[SLOTS_MAX];
    struct supply free;
};

struct page {
    uint64_t address, bytes, physical;
    unsigned rights;
    bool device;
};

struct model_vspace {
    uint64_t id, serial;
    int page_count, table_count;
    struct page page[PAGES_MAX];
    struct {
        unsigned level;
        uint64_t address; /* where what it translates begins */
    } table[TABLES_MAX];
    uint64_t free; /* pages that can become tables */
    int gifts;     /* Untypeds that were given */
};

/* What a thread finds in its registers, and says in them. */
struct registers {
    uint64_t tag, handle, token, status, notified;
    uint64_t word[MESSAGE_REGISTER_WORDS];
};

/* A capability that is sent: read once, when the sender calls. */
struct item {
    uint64_t cap, how;
};

/* What a fault says. */
struct fault_words {
    uint32_t label;
    uint64_t word[6];
};

struct model_thread {
    int place[THREAD_PLACES]; /* capabilities, or NONE */
    int state;                /* enum thread_state, never SUSPENDED: */
    bool suspended;
    bool cancelled; /* its next wait answers ECANCELED */
    bool faulting;  /* what it sends, or waits an answer for, is its fault */
    int stop_reason;
    uint64_t exit_code;

    struct registers now;
    uint64_t ip, sp, rbp, fs_base, gs_base, foreign_entry;
    bool taken_back; /* its wait was, or it stopped in it: what the system call does
                        not look at is not said */
    bool trapped;    /* its last way into the kernel was no system call: these count, too */
    uint64_t rcx, r11, flags;
    uint64_t utcb; /* where it lies in physical memory, or 0 */
    struct fault_words fault;
    uint8_t vector[VECTOR_BYTES]; /* its x87 and vector registers */

    int waits_at;     /* the object where it waits to send or receive; NONE: nowhere */
    unsigned urgency; /* by which it waits there */
    bool helps;       /* as a sender: its time certainly runs whom it waits for */
    uint64_t badge;   /* of the capability that it sends by */
    bool grant;       /* that one's Grant: of the message that waits, */
    bool reply_grant; /* and of the call that is served */
    unsigned item_count;
    struct item item[MESSAGE_CAPS_MAX];
    unsigned lease_count; /* of its call; else 0 */
    struct lease_item lease[MESSAGE_LEASES_MAX];
    uint64_t buffer_base, buffer_length; /* with TAG_BUFFER, as it said when it called */
    uint64_t lent_via, lent_done;        /* a copy by that handle will go on there; 0: none */
    bool closed;                         /* it takes from that badge alone, */
    uint64_t closed_badge;
    uint64_t closed_key; /* of a WaitSet from that source, */
    int expected;        /* and expects a message of the thread that this endpoint is bound to */
    uint64_t deadline;   /* 0: none */

    int caller; /* whose call it serves, or NONE */
    int server; /* who serves its call, or NONE */
    int reply;  /* the Reply that it will be answered by, or NONE */
    uint64_t token, void_token;
    error_t void_reason;

    int own, reserve;  /* SchedContexts, or NONE */
    struct list lent;  /* those of sources that it has received from; the last one first */
    int bell;          /* the Notification that is bound to it, or NONE */
    bool ends_calls;   /* as a server: a call ends when its caller's time runs out, */
    uint64_t least_us; /* and so much budget must a caller have left */
};

struct model_time {
    int home;   /* a thread, or NONE */
    int source; /* the Notification or Channel that it is of, or NONE; then `home` has it now, */
    bool over;  /* until the receive ends that has begun */
    bool reserve, configured;
    int cpu; /* the capability that it was configured by, or NONE */
    unsigned priority;
    uint64_t budget, period;
    uint64_t remaining, period_start, consumed;
    uint64_t refill; /* when it has budget again; 0: it has some */
};

struct model_endpoint {
    bool call_only;
    bool orphaned;                  /* its bound thread has ended, and no other was bound */
    int bound;                      /* a thread, or NONE */
    struct list senders, receivers; /* threads, in the order in which they will be served */
    struct list expecters;          /* closed receives that expect a message of `bound` */
    int channel;                    /* that is attached, or NONE */
    bool channel_next;              /* it is the channel's turn */
};

/* One that lies in a channel. */
struct message {
    uint64_t tag, badge;
    uint64_t word[MESSAGE_WORDS_MAX];
    int cap[MESSAGE_CAPS_MAX]; /* or NONE */
    uint64_t place;            /* in the channel's memory */
};

struct model_channel {
    uint64_t capacity, words, caps;
    int place[CHANNEL_PLACES]; /* capabilities, or NONE */
    struct list messages;      /* the oldest first */
    struct list senders, receivers;
    uint64_t taken; /* messages, ever */
    uint64_t high_water, refused;
    bool refusing; /* some were refused since it was last full */
    int urgency;   /* of the most urgent who has sent since it was empty */
};

struct model_bell {
    uint64_t bits;
    int urgency;         /* of the most urgent who set them */
    int bound;           /* a thread, or NONE */
    struct list waiters; /* threads */
    uint64_t timer;      /* when timer_bits are set; 0: never */
    uint64_t timer_bits;
};

#define QUIET (-1) /* as an urgency: there is nothing to take */

/* An Endpoint, a Channel or a Notification, as what a WaitSet waits for. */
struct model_source {
    int time; /* a SchedContext, or NONE */
    int cap;  /* by which it is in a set, or NONE: it is in none */
    int set;
    uint64_t key;
    int urgency; /* of what is there to be taken, or QUIET */
    bool passed; /* a closed receive had nothing from there, and since then nobody has come */
};

struct model_set {
    uint64_t capacity;
    int bound;                         /* the thread that it belongs to, or NONE */
    bool orphaned;                     /* that one has ended, and no other has received */
    int receiver;                      /* `bound`, while it waits there; else NONE */
    struct list ready;                 /* sources that have something: who comes next comes first */
    uint64_t passed_key, passed_badge; /* what the last closed receive looked for */
};

struct model_object {
    int type; /* enum object_type; OBJECT_NONE: it has ended */
    char name[OBJECT_NAME_BYTES];
    uint64_t address; /* of its memory, by which it is known */
    int owner;        /* the capability that it dies with */
    bool dying;       /* it is being emptied */
    struct model_source source;
    union {
        struct model_space space;
        struct model_vspace vspace;
        struct model_thread thread;
        struct model_time time;
        struct model_endpoint endpoint;
        struct model_bell bell;
        struct model_channel channel;
        struct model_set set;
    };
};

/* A page of memory that somebody has looked at, or written to. */
struct sheet {
    uint64_t physical;
    _Alignas(uint64_t) uint8_t byte[1 << PAGE_SIZE_BITS];
};

struct model {
    bool full;    /* the program wants more than there is room for here */
    bool hurried; /* a long operation makes way as soon as it can */
    int cap_count, object_count;
    struct cap cap[CAPS_MAX];
    struct model_object object[OBJECTS_MAX];
    struct list graves; /* containers that are being emptied; the last one first */
    struct supply vspace_ids;
    uint64_t vspace_serial[SLOTS_MAX]; /* by id, of the next that gets it */
    int windows;                       /* CSpaces that may still be made */
    int line[32];                      /* by interrupt line: the capability that is told, or NONE */
    uint32_t unmasked;                 /* lines, a bit each */
    struct {
        uint16_t port;
        unsigned width;
        uint32_t value;
        unsigned reads, writes;
    } port;
    int message_count;
    struct message message[MESSAGES_MAX];
    unsigned log_length; /* since the program began */
    char log[LOG_MAX];
    bool measuring; /* how long interrupts wait, */
    uint64_t longest;
    uint64_t told[CPU_WAYS]; /* the kernel's own counts: which way messages go is not prescribed */
    int sheet_count;
    struct sheet sheet[SHEETS_MAX];
    uint64_t now;  /* ns */
    uint64_t idle; /* ns that nobody ran */
    uint64_t timer_interrupts;
    int running;                           /* the thread that runs; NONE: nobody */
    int time;                              /* on which SchedContext */
    uint64_t clock_base, clock_multiplier; /* what UTCBs say of the clock */
};

extern struct model model;

/* ---- answers ---- */

/* "`r10` is the error; word 0 says which argument, word 1 what was expected, word 2 what was
   found" */
struct answer {
    error_t error;
    uint64_t argument, expected, found;
};

static inline struct answer refuse(error_t error, uint64_t argument, uint64_t expected,
                                   uint64_t found)
{
    return (struct answer){error, argument, expected, found};
}

#define DONE refuse(SUCCESS, 0, 0, 0)

/* It has made way, and the thread will make its system call again. */
#define PREEMPTED ((error_t) - 1)

/* What only the model's own parts tell each other: begin anew. */
#define ANEW ((error_t) - 2)

/* ---- lists.c ---- */

void list_add(struct list *list, int item);
void list_add_first(struct list *list, int item);
int list_find(const struct list *list, int item);
void list_remove(struct list *list, int item);
/* The items of `in` take the place of `item`. */
void list_replace(struct list *list, int item, const struct list *in);
void supply_add(struct supply *supply, uint64_t from, uint64_t to);
/* The same, to be taken after all others. */
void supply_add_last(struct supply *supply, uint64_t from, uint64_t to);
uint64_t supply_count(const struct supply *supply);
uint64_t supply_take(struct supply *supply);

/* ---- caps.c: capabilities, spaces, the tree ---- */

struct cap *cap_of(int cap);
struct model_object *object_at(int object);
/* A new capability, in no place and of nothing. */
int cap_new(int type, unsigned rights);
int object_new(int type);
/* It is a child of `parent` (or NONE) from now on: the last one, or the first. */
void cap_adopt(int parent, int child);
void cap_adopt_first(int parent, int child);
/* It goes out of the tree: its children become those of its parent, in its place. */
void cap_orphan(int cap);
/* It lies there from now on; into a space: in a slot that the kernel picks, whose handle is said.
 */
uint64_t cap_into_space(int cap, int space);
void cap_into(int cap, enum place place, int holder, uint64_t index);
/* The place where it lies becomes empty. */
void cap_leave_place(int cap);
/* A child of `source` that lies in an object. */
int cap_place(int source, enum place place, int holder, uint64_t index);
/* The handle of what lies in a space. */
uint64_t cap_handle(int cap);
bool space_has_free(int space, uint64_t count);
/* Finds what the handle means. The answer is refused: *cap is NONE. */
struct answer find_cap(int space, uint64_t handle, int type, unsigned rights, uint64_t argument,
                       int *cap);
/* The space that a thread uses. */
int thread_space(int thread);
bool has_badge(int type);

/* One capability made of another: the whole of it, or a part. */
struct making {
    uint64_t rights;
    uint64_t offset, length; /* length 0: the whole */
    bool mint;
    uint64_t badge;
};
struct answer check_making(int source, const struct making *how, uint64_t argument);
int make_cap(int source, const struct making *how);
/* As a message or INSERT says it: copy, derive or move. */
struct answer check_item(int source, uint64_t how, uint64_t argument);
/* The capability that comes of it, in no place yet. */
int transfer_item(int source, uint64_t how);
/* The same, into a slot of a space: its handle. */
uint64_t item_into_space(int source, uint64_t how, int space);

/* ---- deaths.c ---- */

/* The kernel may make way here (middle.c). */
void step_made(void);

void cap_delete(int cap);
void cap_revoke(int cap);
/* It is no owner, and has nobody to make way for: a place inside of an object becomes empty. */
void cap_end(int cap);
/* What was in containers that have ended goes, too. */
void bury_all(void);

/* ---- calls.c: a call on a kernel object ---- */

#define OUT_MAX 48

struct call {
    int caller, target; /* a thread; the capability that was called */
    uint32_t label;
    unsigned words, caps;
    uint64_t word[MESSAGE_WORDS_MAX];
    int cap[MESSAGE_CAPS_MAX];
    uint64_t how[MESSAGE_CAPS_MAX];
    unsigned out_words;
    uint64_t out[OUT_MAX];
    int out_cap; /* or NONE */
};

struct answer call_object(struct call *call);
void put_name(struct call *call, unsigned n, const char *name);
/* The last argument is bytes: word n says how many, words that hold these follow, and no more. */
struct answer check_bytes(const struct call *call, unsigned n, uint64_t most);

/* What a method takes, as idl/interfaces says. */
struct method {
    uint32_t label;
    unsigned right; /* that it needs */
    unsigned words; /* exactly, or with OR_MORE at least */
    struct {
        int type; /* OBJECT_NONE: any */
        unsigned rights;
        bool wanted, optional;
    } cap[3];
    bool gives; /* a capability, in answer */
    struct answer (*does)(struct call *call);
};

#define OR_MORE 0x100

extern const struct method untyped_methods[], cspace_methods[], vspace_methods[], frame_methods[],
    memorygrant_methods[], reply_methods[], irq_methods[], irqcontrol_methods[], ioport_methods[],
    cpu_methods[], trace_methods[];

/* ---- mappings.c ---- */

bool frame_mapped(int cap);
/* A thread's UTCB lies in it. */
bool frame_has_utcb(int cap);
void frame_forget(int cap);
/* What translates that address, or NULL. */
const struct page *page_mapped(int vspace, uint64_t address);
/* A number that no other space has, or ever had. */
uint64_t space_identity(int vspace);
void vspace_begin(int vspace);
void vspace_end(int vspace);

/* ---- messages.c: what goes over ---- */

struct registers *registers_of(int thread);
struct utcb *utcb_of(int thread);
void clear_registers(int thread);
void put_failure(int thread, struct answer answer);
/* Reads which capabilities it wants to send, once. */
void message_read(int thread);
/* Are these there and fit to be sent? `argument` is what lacks the Grant. */
struct answer check_items(int from, bool grant, uint64_t argument);
/* Also: could that thread take them? */
struct answer check_message(int from, int to, bool grant, uint64_t argument);
/* The message of the one is in the registers and the UTCB of the other. */
void message_goes(int from, int to, uint64_t badge);
/* What of a sender's tag the receiver sees. */
uint64_t tag_that_goes(uint64_t tag);
/* The thread's registers, as its handler and its debugger see them. */
struct thread_registers registers_seen(int thread);
/* A message with that tag and badge has come. */
void message_announced(int to, uint64_t tag, uint64_t badge);

#include "meetings.h"

/* ---- threads.c ---- */

bool is_running(int thread);
bool is_passive(int thread);
void thread_begins(int thread);
void thread_wakes(int thread);
/* Its wait ends with that error. */
void thread_fails(int thread, struct answer answer);
/* It waits for nothing any more, and was not answered. */
void thread_leaves(int thread, error_t reason);
/* Its own wait is taken back: it will make the system call anew. */
void thread_goes_back(int thread);
void thread_stops(int thread, int state, int reason);
void thread_ends(int thread);
/* A capability that it holds is about to go. */
void thread_loses(int thread, int place);
extern const struct method thread_methods[];

/* ---- looks.c: what a thread shows of itself to who may look, and change ---- */

#define REGISTER_WORDS (sizeof(struct thread_registers) / sizeof(uint64_t))
#define FLAGS_AT_FIRST 0x202

/* Does it neither run nor wait? */
struct answer check_quiet(int thread);
struct answer read_registers(struct call *call);
struct answer write_registers(struct call *call);
struct answer follow(struct call *call);
struct answer inspect_thread(struct call *call);

/* ---- vectors.c ---- */

void vector_begins(int thread);
struct answer read_vector(struct call *call);
struct answer write_vector(struct call *call);

/* ---- times.c: whose time runs whom ---- */

void time_ends(int time);
void time_unbound(int time);
/* It may run somebody from now on. */
void time_offered(int time);
/* How urgent the running thread is. */
unsigned urgency_of_running(void);
/* The thread at the end of the chain that begins there. */
int chain_ends_at(int home);
/* Whom it waits for: the next one, or NONE. */
int waits_for(int thread);
/* The same, closed receives included. */
int awaits(int thread);
/* The time on which it runs, or would; NONE. */
int time_of_thread(int thread);
/* It waits for `server`, directly or not: SUCCESS, EDEADLK or ELOOP. */
error_t check_circle(int waiter, int server);
/* Who waits to send there helps from now on, if somebody serves it; or is not known to. */
void let_help(int source);
void let_none_help(int source);
/* A more urgent chain reaches it: where it waits it moves up, and so do those it waits for. */
void chain_rises(int thread, unsigned urgency);
struct answer check_donation(int caller, int server);
bool is_choosy(int server);
/* Time goes by. */
void model_advance(uint64_t now);
/* The timer's interrupt: what is due happens. */
void model_timer(void);
/* The kernel says whom it has chosen, and whether that one's period began anew; NULL: it was
   within its rights. Else what is wrong. */
const char *model_chooses(int time, int thread, bool renewed);
/* The kernel has picked it, and found that nobody can run on it: if its period is over, that is
   when the next begins. */
void model_begins_period(int time);
extern const struct method schedcontext_methods[];

/* ---- entry.c: the ways into the kernel ---- */

/* The running thread executes the system call that is in its registers. */
void model_system_call(void);
/* It does something that faults. */
void model_fault(const struct fault_words *fault);
void model_interrupt(unsigned line);

#define SYSCALL_BYTES 2 /* of the instruction */

/* ---- numbers that the ABI fixes ---- */

#define PAGE_BYTES       4096ull
#define LARGE_PAGE_BYTES (1ull << LARGE_PAGE_SIZE_BITS)
#define PRIORITIES       64
#define LINES            24
