/*
 * worlds.h - every sequence of operations over a small world (README.md).
 *
 * A world is a few threads and objects that root makes (tests/unit/world.h), and a list of steps:
 * who can do what. explore.c does all of them in every state that they lead to, breadth first, and
 * sees that what must hold always does.
 */
#pragma once

#include "../unit/world.h"

/* ---- a world (world_*.c) ---- */

struct small_world {
    const char *name, *sentence;
    void (*make)(void);     /* threads, objects and steps */
    unsigned states_most;   /* in a long run; 0: all there are */
    bool preempts;          /* each operation is also preempted, at each of its points */
    unsigned teardown_each; /* of so many states one is torn down, and nothing may be left */
    unsigned weight;        /* a state takes so many times as long as others do */
};

extern const struct small_world world_calls, world_replies, world_sends, world_channels, world_sets,
    world_caps, world_wrong, world_revokes, world_deaths, world_times, world_memory, world_large,
    world_cancels, world_misused, world_births, world_lives, world_spaces, world_grants,
    world_devices, world_alarms, world_chains;

/* ---- steps (steps.c) ---- */

#define ACTORS_MAX 5
#define STEPS_MAX  250 /* a node (explore.c) has a byte for it */

/* Instead of a handle that is known from the beginning, one that the actor finds when it acts: */
extern const cap_t pick_token; /* the token it was last given */
extern const cap_t pick_used;  /* the one before that, which must not count */
extern const cap_t pick_reply; /* a Reply that it holds */
extern const cap_t pick_other; /* anything else in its space that was not there at the beginning */

struct step {
    const char *name;
    struct actor *actor;      /* NULL: the timer comes, or a device interrupts */
    enum operation operation; /* 0: it goes on with what was preempted; or, with `fault`, faults */
    const cap_t *handle;
    const cap_t *cap; /* message capability 0, or NULL */
    uint64_t how;
    const cap_t *second;      /* message capability 1, or NULL; */
    const cap_t *third;       /* likewise */
    const cap_t *token;       /* or NULL */
    const cap_t *handle_word; /* a handle in word 0, or NULL */
    const cap_t *expected;    /* closed: utcb->closed_endpoint, or NULL */
    uint64_t lasts;           /* ns to the deadline, or 0 */
    uint64_t badge, key;      /* closed: from whom alone */
    uint64_t buffer, buffer_bytes;
    uint64_t lent, lent_bytes, lent_rights;
    const cap_t *lent_by; /* what is lent on is held through that token; or NULL */
    bool fault;
    unsigned interrupt; /* 1 + the line of the device that interrupts; no actor */
    uint64_t after;     /* word 0 is the time so many ns from now */
    error_t refused;    /* it must end so, wherever it is done; or 0 */
    struct request request;
};

extern struct actor *actors[ACTORS_MAX]; /* root is the last */
extern unsigned actor_count;
extern struct step steps[STEPS_MAX];
extern unsigned step_count;

/* Begins the lists anew. */
void steps_begin(void);
/* Somebody who acts in this world. */
void takes_part(struct actor *actor);
struct step *add_step(struct step step);
/* does(&a, "calls", OP_CALL, &endpoint, .cap = &some): a step of that thread's. */
#define does(who, what, op, target, ...)             \
    add_step((struct step){.name = what,             \
                           .actor = who,             \
                           .operation = op,          \
                           .handle = target,         \
                           .request.words.count = 1, \
                           __VA_ARGS__})
/* A call on a kernel object. */
#define asks_for(who, what, object, method, ...)    \
    add_step((struct step){.name = what,            \
                           .actor = who,            \
                           .operation = OP_CALL,    \
                           .handle = object,        \
                           .request.label = method, \
                           .request.accept = 1,     \
                           __VA_ARGS__})
#define AT_ONCE .request.flags = TAG_DEADLINE
/* Root cancels, suspends and resumes it. */
void root_disturbs(const struct actor *who);
/* The next timeout comes. */
void timer_steps(void);
/* A device interrupts by that line, where it is not masked. */
void interrupt_step(unsigned line);
/* Word 0 of what a step sends. */
#define WORD_OF_STEP(n) (0x5000000000000000ull + (n))
/* All steps are there: each actor can also go on with what was preempted or taken back. */
void steps_end(void);
/* Could its actor do it now? After canonical(). */
bool step_possible(const struct step *step);
/* Does it, preempted at the point-th question whether an interrupt waits; 0: never. */
void step_do(const struct step *step, unsigned point);
/* Was the capability there when the world was made? */
bool is_known(const struct actor *actor, cap_t cap);
/* Handles that steps use: for each its actor. */
struct known {
    struct actor *actor;
    cap_t cap;
};
extern struct known known[STEPS_MAX];
extern unsigned known_count;

/* ---- snapshot.c: the whole simulated machine, exactly ---- */

/* From now on each page that is written is noticed. */
void snapshot_begin(void);
void snapshot_end(void);
/* Where the exploration began, and the state that is being left again and again. */
void snapshot_keep(void);
void snapshot_back(void);
void snapshot_back_to_first(void);
unsigned snapshot_pages(void);

/* ---- canonical.c: what of a state matters, as one number ---- */

/* Two states that differ in nothing that any operation could show have the same: times count from
   now, handles by what they name, used tokens and generations not at all. */
uint64_t canonical(void);
/* The same but for who runs, what that is charged, and what threads know of their fast ways. */
uint64_t canonical_of_objects(void);
/* After that: is there still a capability to the object? */
bool canonical_alive(const void *object);
/* The n-th object of that type, or NULL. */
const void *canonical_object(unsigned type, unsigned n);
/* The slot's place in the tree, the same in every state with the same number. */
unsigned canonical_place(const struct slot *slot);

/* ---- laws.c: what must hold in each state and of each step, beside tests/unit/check.c ---- */

void laws_begin(void);
void laws_before(void);
/* After a step, and canonical(): answers, messages, rights, time. */
void laws_after(const struct step *step);
/* Of the state itself; after canonical(). */
void laws_of_state(void);

/* ---- outcomes.c: which operations have succeeded, and failed how ---- */

void outcomes_note(uint64_t tag, error_t error);
void outcomes_print(void);

/* ---- explore.c ---- */

/* States and seconds to stop at (0: as each world says; never). */
void explore(const struct small_world *small, unsigned states_most, unsigned seconds_most);
/* Says by which steps a failure was reached; false: there was none. */
bool explore_tell(void);
