/*
 * world.h - a small world on the simulated machine (kernel/arch/host): it boots as the real one
 * does, everything in it is made by system calls, and after each entry into the kernel all links
 * between objects are checked (check.c).
 *
 * A test says who does what: "calls(&client, endpoint, .words = WORDS(1, 2))". Who does something
 * is made the running thread first, as if the scheduler had just chosen it; that fails the test
 * when nobody's time reaches the thread. So nothing here runs on time that the kernel would
 * not have given.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

/* Before cmocka, which has a macro called fail. */
#include <host.h>
#include <ipc/ipc.h>
#include <mem/mem.h>

#include <cmocka.h>

/* A thread, and root's capabilities to what it is made of. */
struct actor {
    struct thread *thread;
    cap_t cap, time, frame; /* time: CAP_NULL for one that lives on none */
    cap_t cspace;           /* the space that it uses: root's capability */
    cap_t self;             /* and its own, for DERIVE, DELETE and so on */
};

struct world {
    struct actor root;
    cap_t memory; /* an Untyped of WORLD_MEMORY bytes, full of garbage */
    cap_t huge;   /* one of WORLD_HUGE bytes that take no memory until they are touched */
    cap_t device; /* device memory, WORLD_DEVICE_BYTES at WORLD_DEVICE */
    cap_t vspace, cpu, irqcontrol, ioport, trace;
    uint64_t next_map; /* addresses below it are in use */
    uint64_t slots_used;
    unsigned restarts;       /* preemptions in the last system call */
    uint64_t choices;        /* preemptions before the kernel had chosen who runs, ever */
    void (*meanwhile)(void); /* what happens between a preemption and the retry */
    bool unchecked;          /* leave check.c out, where a test makes too many steps for it */
};

extern struct world world;

#define WORLD_MEMORY       (8ull << 20)
#define WORLD_MEMORY_END   (16ull << 20)
#define WORLD_HUGE         (4ull << 30)
#define WORLD_DEVICE       0xfed00000ull
#define WORLD_DEVICE_BYTES 0x10000ull
#define WORLD_IP           0x200100ull /* behind the syscall instruction of every actor */
#define MS                 1000000ull

/* Group fixtures of every test: boots the world; frees all and sees that nothing is left. */
int world_begin(void **state);
int world_end(void **state);
#define TEST(sentence, function) {sentence, function, world_begin, world_end, NULL}

/* ---- messages ---- */

struct words {
    unsigned count;
    uint64_t word[MESSAGE_WORDS_MAX];
};

struct caps {
    unsigned count;
    struct cap_item item[MESSAGE_CAPS_MAX];
};

#define WORDS(...) \
    ((struct words){sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), {__VA_ARGS__}})
/* What RETYPE wants, without a name. */
#define NEW(type, size)   WORDS(type, size, 0, 0, 0)
#define NO_WORDS          ((struct words){0})
#define NO_CAPS           ((struct caps){0})
/* Capabilities, copied; or one in another way. */
#define CAPS(...)         caps_copied(WORDS(__VA_ARGS__))
#define CAP_HOW(cap, how) ((struct caps){1, {{cap, how}}})
struct caps caps_copied(struct words handles);
/* So many words: the first, and those that follow by counting. */
struct words numbered(unsigned count, uint64_t first);

/* A system call's arguments; what is not named is 0. */
struct request {
    uint32_t label;
    struct words words;
    struct caps caps;
    unsigned accept;
    uint64_t flags;    /* further bits of the tag */
    uint64_t deadline; /* with TAG_DEADLINE */
    uint64_t token;
};

void enters(struct actor *actor, enum operation operation, cap_t handle, struct request request);
#define sends(actor, handle, ...)    enters(actor, OP_SEND, handle, (struct request){__VA_ARGS__})
#define calls(actor, handle, ...)    enters(actor, OP_CALL, handle, (struct request){__VA_ARGS__})
#define receives(actor, handle, ...) enters(actor, OP_RECV, handle, (struct request){__VA_ARGS__})
#define replies(actor, ...)          enters(actor, OP_REPLY, 0, (struct request){__VA_ARGS__})
#define replies_and_receives(actor, handle, ...) \
    enters(actor, OP_REPLY_RECV, handle, (struct request){__VA_ARGS__})
void notifies(struct actor *actor, cap_t handle, uint64_t word0);
#define NOW .flags = TAG_DEADLINE, .deadline = DEADLINE_NOW

/* Puts such a system call into its registers and UTCB, without executing it. */
void prepares(struct actor *actor, enum operation operation, cap_t handle,
              const struct request *request);
/* Executes the system call (with what is in the registers) again: after its wait was taken back. */
void again(struct actor *actor);
/* Once only: false if it was preempted, and is to be executed again. */
bool enters_once(struct actor *actor);
/* Any value in rax. */
void enters_raw(struct actor *actor, uint64_t tag);
/* Its first system call, a vain one: from now on its space is known, and paths can be fast. */
void knows_its_space(struct actor *actor);
/* So many system calls, or faults, went the general way since the last look. */
#define assert_general(times)                          \
    do {                                               \
        assert_int_equal(host.general_entries, times); \
        host.general_entries = 0;                      \
    } while (0)

/* A call on a kernel object, which answers at once: its error. Up to one capability comes. */
error_t asks(struct actor *actor, cap_t object, uint32_t method, struct words words,
             struct caps caps);

/* The same, which must fail so, naming that argument. */
void refuses(struct actor *actor, cap_t object, uint32_t method, struct words words,
             struct caps caps, error_t error, uint64_t argument);
/* Root does it, and it succeeds. */
void must_ask(cap_t object, uint32_t method, struct words words, struct caps caps);

/* ---- what an actor finds in its registers and UTCB ---- */

error_t status(const struct actor *actor);
uint64_t word(const struct actor *actor, unsigned n);
cap_t got(const struct actor *actor, unsigned n); /* the handle of capability n */
uint64_t token(const struct actor *actor);
uint64_t badge(const struct actor *actor);
uint64_t bits(const struct actor *actor);
uint32_t label(const struct actor *actor);
#define assert_status(actor, error)   assert_int_equal(status(actor), error)
#define assert_state(actor, expected) assert_int_equal((actor)->thread->state, expected)
/* Its last operation failed so, and these are the details. */
void assert_failure(const struct actor *actor, error_t error, uint64_t argument, uint64_t expected,
                    uint64_t found);
/* It runs (or could); it has ended a wait. */
void assert_awake(const struct actor *actor);

/* ---- making things; all by root, all of world.memory, all must succeed ---- */

cap_t make(unsigned type, uint64_t size, const char *name);
cap_t make_from(cap_t untyped, unsigned type, uint64_t size, const char *name);
cap_t endpoint(const char *name); /* open */
cap_t call_only(const char *name);
cap_t notification(const char *name);
/* A capability with that badge, in root's space. */
cap_t minted(cap_t cap, uint64_t badge, unsigned rights);
cap_t derived(cap_t cap, unsigned rights);
/* A configured SchedContext. */
cap_t time_of(unsigned priority, uint64_t budget, uint64_t period);
/* A Frame of 4 KiB, mapped writable into the world's one VSpace; *address is where. */
cap_t mapped_frame(uint64_t *address);

enum living { ACTIVE, PASSIVE, TIMELESS };
/* A thread in root's own spaces, started (but TIMELESS), of that priority. */
struct actor person(const char *name, enum living living, unsigned priority);
/* Likewise, with a capability space of its own of 64 slots: it holds `self`, nothing else. */
struct actor stranger(const char *name, enum living living, unsigned priority);
/* A thread in root's own spaces that has so much time, started. */
struct actor spinner(const char *name, unsigned priority, uint64_t budget, uint64_t period);
/* A capability of root's in the actor's space, with those rights; with its badge. */
cap_t gives(struct actor *actor, cap_t cap, unsigned rights);
/* Endpoint and thread bound to each other. */
void binds(struct actor *actor, cap_t cap);

/* What a capability of root's names. */
struct slot *slot_of(cap_t cap);
void *object_of(cap_t cap);
struct slot *slot_in(struct actor *actor, cap_t cap);
/* Does the handle name nothing any more in the actor's space? */
bool is_gone(struct actor *actor, cap_t cap);

/* Root does it and it succeeds. */
void deletes(cap_t cap);
void revokes(cap_t cap);
void suspends(struct actor *actor);
void resumes(struct actor *actor);
void cancels(struct actor *actor);

/* ---- time and events ---- */

/* Makes it the running thread. */
void runs(struct actor *actor);
bool could_run(const struct actor *actor);
/* Time goes by, and the timer interrupts when it should. */
void time_passes(uint64_t ns);
/* Until the timer interrupts, which it does. */
void timer_comes(void);
void interrupts(unsigned line);
/* The actor executes something that faults. */
void page_faults(struct actor *actor, uint64_t address);
/* Who runs by the kernel's decision; NULL: idle. */
#define running() (cpu_self()->thread)
struct schedcontext *schedcontext_of(const struct actor *actor);
/* ns that its own time, or its reserve, was charged. */
uint64_t consumed(const struct actor *actor);

/* The page-table entry for that address, a 2 MiB one included; 0: there is none. */
uint64_t user_entry(const struct vspace *vspace, uint64_t address);
/* What is mapped there, as the kernel sees it; NULL: nothing. */
void *user_memory(const struct vspace *vspace, uint64_t address);

/* ---- check.c ---- */

/* Everything in the world is linked as it should be, and who runs is who should. */
void world_check(void);
/* Prints what everybody is at, for whoever looks for the reason of a failure. */
void world_describe(void);
