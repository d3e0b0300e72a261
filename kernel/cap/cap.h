/*
 * cap.h - capabilities: slots, the derivation tree, capability spaces, Untyped memory.
 */
#pragma once

#include <arch_fast.h>
#include <kernel.h>

struct thread;
struct cspace;
struct invocation;

/* Who holds a slot: a CSpace's table, or a place inside another kernel object. */
enum slot_home {
    HOME_TABLE,
    HOME_THREAD_CSPACE,
    HOME_THREAD_VSPACE,
    HOME_THREAD_UTCB,
    HOME_THREAD_HANDLER,
    HOME_THREAD_NOTIFICATION,
    HOME_THREAD_WATCH,
    HOME_SCHEDCONTEXT_CPU,
    HOME_IRQ_LINE,
    HOME_VSPACE_POOL,
    HOME_CSPACE_MEMORY,
    HOME_SOURCE,           /* membership in a WaitSet (ipc/source.c) */
    HOME_CHANNEL,          /* in a message, or what is notified */
    HOME_CHANNEL_ENDPOINT, /* what the channel is attached to */
    HOME_GRAVE,            /* the owner of a container that is being emptied */
};

/*
 * A slot: one capability, 64 bytes. What `object` and `data` hold depends on the type:
 *   objects with memory   object: the object           data: badge (slot_has_badge)
 *   Untyped               object: physical base        data: bytes used; extra: cap/untyped.c
 *   Frame                 object: physical base        data: mapping (mem/frame.c); extra: serial
 *   Irq, IoPort           object: first line or port   data: how many
 *   Cpu                   object: the CPU's number     data: highest priority; extra: share
 *   Reply                 object: the caller, or 0 when void
 *   MemoryGrant           object: the VSpace           data, extra, size_bits, map_rights: the
 *                         range (mem/memorygrant.c). It descends from a capability to its VSpace,
 *                         so it never outlives that.
 * While it is free it has no kind and no children; what is not said to count then is what it was.
 * The tree: children form a list; its ends point back to the parent with bit 0 set. So every
 * step, taking a node out of the middle included, is O(1).
 */
struct slot {
    cap_t handle; /* own handle; while free: the one it will get next */
    uint64_t object;
    uint64_t data; /* while free: index of the next free slot */
    struct slot *first_child, *last_child;
    uintptr_t next, prev; /* sibling, or parent | 1 */
    union {
        struct {
            uint8_t type;         /* enum object_type; OBJECT_NONE: free */
            uint8_t home : 4;     /* enum slot_home */
            uint8_t owner : 1;    /* the object dies with this one */
            uint8_t device : 1;   /* device memory */
            uint8_t notable : 1;  /* a Notification that may be notified, or */
            uint8_t callable : 1; /* an Endpoint that may be called: the fast path's whole check */
            uint8_t size_bits;    /* Untyped, Frame */
            uint8_t map_rights;   /* Frame: rights of its mapping */
            uint16_t rights;
            uint16_t extra;
        };
        uint64_t kind; /* all of that at once */
    };
};

_Static_assert(sizeof(struct slot) == 64, "one cache line");

static inline bool slot_used(const struct slot *slot)
{
    return slot->type != OBJECT_NONE;
}

static inline bool slot_can_be_copied(const struct slot *source)
{
    return source->type != OBJECT_UNTYPED && source->type != OBJECT_REPLY;
}

/* After type or rights were set. */
static inline void slot_mark_fast(struct slot *slot)
{
    slot->callable = slot->type == OBJECT_ENDPOINT && (slot->rights & CAP_RIGHTS_CALL);
    slot->notable = slot->type == OBJECT_NOTIFICATION && (slot->rights & CAP_RIGHTS_SEND);
}

#define GENERATION_FIRST (1ull << CAP_INDEX_BITS)

/* Of a handle that is not the slot's: did it name something there once? */
static inline bool slot_had(const struct slot *slot, cap_t handle)
{
    return slot->handle && handle - GENERATION_FIRST < slot->handle - GENERATION_FIRST;
}

static inline void *slot_object(const struct slot *slot)
{
    return (void *)slot->object; /* NOLINT(performance-no-int-to-ptr) */
}

static inline bool slot_has_badge(const struct slot *slot)
{
    return slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION ||
           slot->type == OBJECT_CHANNEL;
}

static inline bool slot_has_children(const struct slot *slot)
{
    return slot->first_child != NULL;
}

/* ---- derivation.c: the tree ---- */

/* Makes `child` (with its contents set) a child of `parent`; NULL: a root of its own. */
void tree_insert(struct slot *child, struct slot *parent);
/* Makes it the last child, so that first children are found first. */
void tree_insert_last(struct slot *child, struct slot *parent);
/* Takes the slot out; its children become children of its parent, in its place. */
void tree_remove(struct slot *slot);
/* The same for one that is about to be released: its own links stay as they are. */
void tree_cut(struct slot *slot);
/* Moves contents and place in the tree from one slot to an empty one; `from` is left empty,
   its handle, home and data untouched by the move are the caller's to settle. */
void tree_move(struct slot *to, struct slot *from);

/* ---- cspace.c: capability spaces ---- */

#define CSPACE_BITS_MIN 6
#define CSPACE_BITS_MAX 24
#define CSPACE_GIFTS    (CSPACE_BITS_MAX - CSPACE_BITS_MIN)

struct cspace {
    struct object object;
    struct slot *table;
    uint64_t mask; /* slots - 1 */
    uint32_t slots_bits;
    uint32_t window;
    uint64_t used;
    uint64_t free_first;      /* of those that came free: index, or CAP_TOKEN_INDEX: none */
    uint64_t fresh;           /* slots from here on were never used, and are zero */
    uint64_t reap_index;      /* how far emptying has come */
    uint32_t gifts;           /* given Untypeds, used up by growing */
    struct object *reap_next; /* while it is being emptied (delete.c) */
    struct slot grave;
    struct slot gift[CSPACE_GIFTS];
};

/* Bytes of memory that a CSpace of 1 << bits slots is made of; a power of two. */
unsigned cspace_size_bits(unsigned slots_bits);
error_t cspace_create(void *memory, unsigned slots_bits, struct failure *failure);
/* The slot of that handle if it is of that type (OBJECT_NONE: any) and has those rights; else
   NULL, with the failure for `argument`: EBADF, ESTALE or EPERM. */
struct slot *cspace_lookup(struct cspace *space, cap_t handle, unsigned type, unsigned rights,
                           uint64_t argument, struct failure *failure);
bool cspace_has_free(const struct cspace *space, unsigned count);
/* The same for one. */
static inline bool cspace_has_one(const struct cspace *space)
{
    return space->free_first != CAP_TOKEN_INDEX || cspace_has_free(space, 1);
}

/* Takes a free slot: its handle is set, the rest is the caller's to fill. Never fails after
   cspace_has_free said yes. */
struct slot *cspace_take(struct cspace *space);
/* Empties a slot wherever it lives: next generation, back to the free list. */
void slot_release(struct slot *slot);
/* The same for one of that space's table. */
void cspace_release(struct cspace *space, struct slot *slot);
/* The CSpace whose table holds the slot. */
struct cspace *slot_space(const struct slot *slot);
error_t cspace_grow(struct cspace *space, struct slot *untyped, struct failure *failure);
/* Deletes one of the capabilities inside; false when there are none left. */
bool cspace_empty_step(struct cspace *space);
void cspace_destroy(struct cspace *space);
void cspace_init_windows(void);

/* ---- copy.c: making a capability of another ---- */

/* Could `source` be copied, minted, or narrowed to that part? EINVAL, EPERM, ERANGE with
   `argument`. */
error_t cap_copy_check(const struct slot *source, uint64_t argument, struct failure *failure);
error_t cap_mint_check(const struct slot *source, uint64_t argument, struct failure *failure);
error_t cap_part_check(const struct slot *source, uint64_t offset, uint64_t length,
                       uint64_t argument, struct failure *failure);
/* Fills the empty slot `to` with a child of `source` that has of its rights those in `rights`.
   After cap_copy_check it cannot fail. */
void cap_copy(struct slot *to, struct slot *source, unsigned rights);
/* The copy stands for that part only. After cap_part_check of its source. */
void cap_narrow(struct slot *copy, uint64_t offset, uint64_t length);
/* A child of `source` in a place inside a kernel object (home says which). */
void cap_hold(struct slot *to, enum slot_home home, struct slot *source);
/* Moves a capability to an empty slot; the old slot is released. */
void cap_move(struct slot *to, struct slot *from);

/* ---- delete.c: deletion, revocation ---- */

/* Can it be deleted in one short step that tells nobody? That is: */
bool cap_is_plain(const struct slot *slot);
void cap_delete_plain(struct cspace *space, struct slot *slot);
/* One bounded step towards deleting `slot`; true when it is empty. */
bool cap_delete_step(struct slot *slot);
/* One bounded step towards emptying `count` slots, of which those before `*at` are empty; false
   when all are. */
bool cap_empty_step(struct slot *slots, uint64_t count, uint64_t *at);
/* One bounded step towards deleting all descendants; true when there are none. */
bool cap_revoke_step(struct slot *slot);
/* Several at once, where they are short. */
bool cap_revoke_steps(struct slot *slot);
/* Deletes a place inside a kernel object: never an owner, so it is done in one step. */
void cap_drop(struct slot *slot);
/* Containers whose owner is deleted are emptied step by step; true when there are none. */
bool reaper_step(void);
bool reaper_idle(void);
/* The container that is emptied after that one, NULL: the first; or NULL. For the check. */
struct object *reaper_after(struct object *container);

/* ---- revoke.c: DELETE and REVOKE, to an end whatever others derive meanwhile ---- */

/* What is left in containers goes, too; RESTART: more of it when the caller comes again. */
error_t cspace_reap(struct thread *caller);
/* More of the one that the caller was preempted in. The space that it was asked of may have gone
   with what is deleted: it is not looked at again. */
error_t revoke_goes_on(struct thread *caller, struct failure *failure);
/* The oldest that was preempted; or NULL. Guarded by the kernel lock when there are more CPUs. */
extern struct thread *revoke_oldest;
/* Before a capability is made, see revoke_help in task.h: */
bool revoke_help_on(struct thread *helper);
/* The thread's revoke has ended, done or not. */
void revoke_end(struct thread *thread);

/* ---- untyped.c ---- */

/* Makes a root Untyped in `slot` (boot only). */
void untyped_init(struct slot *slot, uint64_t base, unsigned size_bits, bool device);
/* Where an aligned piece of that size would lie; false when none fits. */
bool untyped_fits(const struct slot *untyped, unsigned size_bits, uint64_t *offset);
/* Uses the memory up to that offset. */
void untyped_use(struct slot *untyped, uint64_t end);
/* Where nothing made of it is left alive, all of it counts as unused again. RESTART: a container
   that is being emptied might still lie in it; that has been helped on. */
error_t untyped_refresh(struct slot *untyped);
/* Zeroes [offset, offset + bytes), at or behind what is used; false: preempted, call again. */
bool untyped_zero(struct slot *untyped, uint64_t offset, uint64_t bytes);

/* ---- invoke.c: kernel objects answer calls ---- */

#define INVOCATION_OUT_MAX 33 /* a chunk of the vector image, and its length */

/* A call on a kernel object: what came, and the answer that is being made. */
struct invocation {
    struct thread *caller;
    struct slot *target;
    uint64_t tag;                        /* of the message */
    struct slot *caps[MESSAGE_CAPS_MAX]; /* as many as the tag says */
    struct slot *out_cap;                /* a new capability in the caller's space, or NULL */
    unsigned out_words;
    uint64_t out[INVOCATION_OUT_MAX];
    struct failure failure;
};

/* Performs the call; SUCCESS, SETTLED, an error (failure says more), or RESTART. */
typedef FAST_CALLEE error_t invoke_function(struct invocation *invocation);
/* That of each type of object; NULL: no kernel object. */
extern invoke_function *const invoke_functions[OBJECT_TYPES];
/* Word n of the message, 0 if the message is shorter. Reads each UTCB word afresh: take it once. */
uint64_t invocation_word(const struct invocation *invocation, unsigned n);
/* Into words n and n + 1 of the answer; NULL: an empty name. */
void invocation_put_name(struct invocation *invocation, unsigned n, const char *name);
/* Word n of the answer is the length of the bytes that lie behind it already, and end it. */
void invocation_put_bytes(struct invocation *invocation, unsigned n, uint64_t length);
/* The caller takes a capability in answer and has a slot for it, or ENOSPC. */
error_t invocation_need_slot(struct invocation *invocation);
__attribute__((cold)) error_t invocation_fail(struct invocation *invocation, error_t error,
                                              uint64_t argument, uint64_t expected, uint64_t found);
/* Which type or right message capability n lacks. */
__attribute__((cold)) error_t invocation_refuse_cap(struct invocation *invocation, unsigned n,
                                                    unsigned type, unsigned rights);

/* The target has this right, or EPERM. */
static inline error_t invocation_need(struct invocation *invocation, unsigned rights)
{
    unsigned found = invocation->target->rights;

    if ((found & rights) == rights)
        return SUCCESS;
    return invocation_fail(invocation, EPERM, ARGUMENT_HANDLE, rights, found);
}

/* Message capability n is there, of that type (OBJECT_NONE: any), with those rights. */
static inline error_t invocation_need_cap(struct invocation *invocation, unsigned n, unsigned type,
                                          unsigned rights)
{
    const struct slot *slot = invocation->caps[n];

    if (n < tag_caps(invocation->tag) && (type == OBJECT_NONE || slot->type == type) &&
        (slot->rights & rights) == rights)
        return SUCCESS;
    return invocation_refuse_cap(invocation, n, type, rights);
}
