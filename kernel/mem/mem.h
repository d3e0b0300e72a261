/*
 * mem.h - address spaces and the frames mapped into them.
 */
#pragma once

#include <arch.h>
#include <cap/cap.h>

#define VSPACE_SIZE_BITS 13 /* the structure's page, then the top-level table */
#define VSPACE_GIFTS     32

/* Pages of a space that lie side by side in memory. */
struct run {
    uint64_t address, end; /* in the space; end 0: there is none */
    uintptr_t memory;      /* where address 0 would lie, if all lay as these do */
    struct run *next;      /* what was used after it the last time, or itself */
};

#define RUNS_SEEN 4

struct vspace {
    struct object object;
    uint64_t *top;                /* top-level page table */
    uint64_t word;                /* what makes it current; computed once */
    uint32_t id;                  /* its place in the list of spaces; also its PCID where it fits */
    uint32_t serial;              /* tells it from earlier spaces of the same id; 24 bits */
    uint64_t name;                /* both, as Frames mapped here have them (frame.c) */
    uint64_t pool_next, pool_end; /* fresh page-table memory, physical */
    uint64_t tables;              /* page tables in use */
    uint64_t spare;               /* emptied tables, each with the next one's address in its */
    uint64_t spares;              /* first entry; how many. Physical; 0: no more */
    uint64_t pages;               /* Frames mapped */
    uint64_t near;        /* 1 + the number of the 2 MiB whose table of small pages was used */
    uint64_t *near_table; /* last, and that table; 0: there is none */
    struct run seen[2][RUNS_SEEN]; /* what was copied from, and to (run.c); */
    struct run *last[2];           /* the last one of them, which may be none any more; */
    uint32_t noted[2];             /* how many there have been: the next one's place; */
    bool any_seen;                 /* and whether there may be any */
    uint32_t gifts;                /* given Untypeds: the pool is made of them, */
    uint32_t gifts_open;           /* of which so many have been begun */
    struct slot gift[VSPACE_GIFTS];
};

void vspaces_init(uint64_t memory_bytes, void *(*allocate)(uint64_t bytes));
uint64_t vspaces_list_bytes(uint64_t memory_bytes);
error_t vspace_create(void *memory, struct failure *failure);
void vspace_destroy(struct vspace *vspace);
/* What tells it from all other spaces. */
uint64_t vspace_identity(const struct vspace *vspace);
/* Pages of [physical, physical + bytes), zeroed, become page tables (boot, before any gift). */
void vspace_add_pool(struct vspace *vspace, uint64_t physical, uint64_t bytes);
/* The space of that id and serial, or NULL: it is gone. */
struct vspace *vspace_find(uint32_t id, uint32_t serial);
/* Maps one page of 4 KiB (level 0) or 2 MiB (level 1). ENOMEM, EEXIST. */
error_t vspace_map(struct vspace *vspace, uint64_t address, uint64_t physical, unsigned level,
                   unsigned rights, bool device);
void vspace_unmap(struct vspace *vspace, uint64_t address, unsigned level);
void vspace_protect(struct vspace *vspace, uint64_t address, unsigned level, unsigned rights,
                    bool device);

/* ---- run.c: what lies side by side in memory ---- */

IN_PLACE bool run_has(const struct run *run, uint64_t address)
{
    return address >= run->address && address < run->end;
}

/* The run with that address of a space, for that use, which then was used last; so many bytes, not
   0, will be wanted. NULL: the space itself could not read, or write, there. It must not be kept
   over anything that could change the space. */
struct run *run_search(struct vspace *vspace, uint64_t address, bool write, uint64_t wanted);

/* The same, where none has that address but perhaps what came after the last one; or NULL. */
IN_PLACE struct run *run_next(struct vspace *vspace, uint64_t address, bool write)
{
    struct run *next = vspace->last[write]->next;

    if (!run_has(next, address))
        return NULL;
    vspace->last[write] = next;
    return next;
}

/* The same, where the last one may have it, too. */
IN_PLACE struct run *run_seen(struct vspace *vspace, uint64_t address, bool write)
{
    struct run *last = vspace->last[write];

    return run_has(last, address) ? last : run_next(vspace, address, write);
}

void run_forget_all(struct vspace *vspace);

/* A page of the space goes, or becomes another. */
static inline void run_forget(struct vspace *vspace)
{
    if (__builtin_expect(vspace->any_seen, false))
        run_forget_all(vspace);
}

/* ---- copy.c ---- */

struct copy {
    struct vspace *from, *to;
    uint64_t from_address, to_address;
    uint64_t length; /* left to do */
};

enum copy_end { COPY_DONE, COPY_PREEMPTED, COPY_FROM_MISSING, COPY_TO_MISSING };

/* Copies until it is done, a page is missing, or an interrupt waits; *copy says how far. Neither
   range may leave the user's addresses. */
enum copy_end copy_between(struct copy *copy);

/* ---- lent.c: copies from and to memory that another space has lent ---- */

struct lent {
    struct vspace *vspace;
    uint64_t base, length; /* in it; never outside of the user's addresses */
};

/* What is to be copied. */
struct lent_request {
    uint64_t offset; /* in what is lent */
    uint64_t length;
    uint64_t address; /* in the caller's own space */
    unsigned word; /* of the message: the offset, which an error names; the address comes 2 later */
    bool write;    /* from the caller to the lender */
};

/* *done: bytes, all of them. ERANGE; EFAULT: a page of the lender's is missing. RESTART: preempted,
   or the caller faults. */
error_t lent_copy(struct invocation *invocation, const struct lent *lent,
                  const struct lent_request *request, uint64_t *done);
/* So far the caller has come with what it asks: it goes on there when it asks again. */
void lent_keep(struct thread *caller, uint64_t done);
/* The thread's next copy begins at its beginning. */
void lent_forget(struct thread *thread);

/* ---- memorygrant.c: a range of a space, packed into the slot of a capability to it ---- */

#define MEMORYGRANT_RIGHTS (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

uint64_t memorygrant_base(const struct slot *grant);
uint64_t memorygrant_length(const struct slot *grant);
/* Both below 1 << 48. */
void memorygrant_set_range(struct slot *grant, uint64_t base, uint64_t length);

/* ---- frame.c: the mapping is held in the Frame capability's slot ---- */

bool frame_is_mapped(const struct slot *frame);
/* A space's id and serial as they are packed into a Frame's slot: what lies beside them is 0. */
uint64_t frame_space_name(uint32_t id, uint32_t serial);
/* The address that it is mapped at in that space, or 0. */
uint64_t frame_mapped_at(const struct slot *frame, const struct vspace *vspace);
void frame_set_mapping(struct slot *frame, const struct vspace *vspace, uint64_t address,
                       unsigned rights);
void frame_forget_mapping(struct slot *frame);
/* Is it a mapped Frame in which a thread's UTCB lies? */
bool frame_holds_utcb(const struct slot *slot);
/* Unmaps it where it is mapped. No UTCB lies in it. */
void frame_unmap(struct slot *frame);
/* The same in bounded steps; true when it is unmapped. Threads whose UTCB lies in it stop, one a
   step. */
bool frame_release_step(struct slot *frame);
