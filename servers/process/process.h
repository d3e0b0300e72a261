/*
 * process.h - the table of processes, and what can be done with one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/process_types.h>
#include <myelin/program.h>
#include <myelin/startup.h>

#include "memory.h"
#include "page.h"
#include "region.h"

#define PROCESSES_MAX         256
#define GIVEN_MAX             24
#define WATCHERS_MAX          4
#define THREADS_MAX           16
#define STARTUP_CAPS_MAX      (GIVEN_MAX + 8)
#define IMAGE_BYTES_MAX       (8ull << 20)
#define STRINGS_BYTES_MAX     (32u << 10) /* arguments and environment together */
#define STRINGS_MAX           512
#define OBJECT_MEMORY_LEAST   4096ull
#define OBJECT_MEMORY_DEFAULT (512ull << 10) /* each thread_spawn takes 128 KiB of it */
#define OBJECT_MEMORY_MOST    (64ull << 20)

/* Where things lie in a process. The program itself lies where it was linked to. */
#define STACK_BYTES  (256ull << 10)
#define STACK_TOP    0x3fff0000ull
#define UTCB_ADDRESS 0x3fff8000ull
#define MAP_FIRST    0x40000000ull     /* from here on MAP finds places */
#define MAP_LAST     0x200000000000ull /* the library's own addresses (vspace.h) begin here */

/* Whom a capability of this service names, and what it is for: its badge. */
enum badge_kind {
    BADGE_SERVICE = 0, /* the service, as used by that process: what it creates are its children */
    BADGE_OWNER = 1,   /* the process, for its maker */
    BADGE_SELF = 2,    /* the process, for itself; also the handler of its faults */
};

#define BADGE_PID_BITS   40
#define BADGE_SLOT_SHIFT 40
#define BADGE_SLOT_MASK  0xfffull
#define BADGE_KIND_SHIFT 56
#define BADGE_KIND_MASK  0xfull

static inline unsigned badge_kind(uint64_t badge)
{
    return badge >> BADGE_KIND_SHIFT & BADGE_KIND_MASK;
}

#define PID_ROOT    1
#define PID_PROCESS 2

#define EXIT_CANNOT_RUN 126
#define EXIT_KILLED     (128 + 9)
#define EXIT_FAULTED    (128 + 11)

enum process_state {
    PROCESS_FREE, /* no process */
    PROCESS_NEW,  /* created, not started */
    PROCESS_RUNS,
    PROCESS_ENDED, /* its memory is gone, its status can be asked for */
};

/* The time that a process gets; of a passive one, its reserve. */
struct process_time {
    unsigned priority;
    uint64_t budget; /* ns */
    uint64_t period; /* ns */
};

struct process {
    enum process_state state;
    bool passive;
    bool admin;    /* its "spawn" may manage other processes */
    bool gets_cpu; /* `cpu` is given on to it */
    uint64_t pid;
    uint64_t parent; /* badge of the parent, kind BADGE_SERVICE */
    char name[OBJECT_NAME_BYTES + 1];
    struct process_time time;
    cap_t cpu; /* what the maker gave to allow `time`; CAP_NULL: as the parent's */
    uint64_t object_memory;
    unsigned given_count;
    struct startup_cap given[GIVEN_MAX];
    cap_t watchers[WATCHERS_MAX];
    cap_t threads[THREADS_MAX]; /* shown, beside `thread` */
    struct process_status
        end; /* how it ended; pid and `ended` are filled in when it is asked for */

    struct holding holding; /* all its memory; of that are made: */
    cap_t memory;           /* what will be its "memory"; CAP_NULL: given away or not made yet */
    cap_t cspace, vspace, thread;
    uint64_t space; /* what tells its VSpace from others */
    struct store image, arguments, environment;
    unsigned string_count;
    struct regions regions;
    struct page *pages;  /* mapped */
    struct page *hidden; /* unmapped because nothing may be done with them; content kept */
    struct page *spare;  /* unmapped, not cleared yet */
    unsigned page_count;
    unsigned tables_given; /* times that its VSpace got page tables */
};

/* What the server itself was started with. */
struct server {
    cap_t service; /* its endpoint: Recv, unbadged */
    cap_t cpu;
};

extern struct server server;

/* ---- table.c ---- */

/* Fills in root and this server. */
void table_init(void);
uint64_t process_badge(const struct process *process, enum badge_kind kind);
/* A capability to this service with that badge. ENOMEM. */
error_t mint_service(const struct process *process, enum badge_kind kind, cap_t *minted);
/* The process that a badge names, or NULL if it is gone. */
struct process *process_of_badge(uint64_t badge);
struct process *process_of_pid(uint64_t pid);
/* 0: it has none, or not any more. */
uint64_t process_parent_pid(const struct process *process);
/* The one with the lowest pid at or after `pid`, or NULL. */
struct process *process_from_pid(uint64_t pid);
unsigned process_count(void);
/* Number n of the table, 0..PROCESSES_MAX - 1, of any state. */
struct process *process_at(unsigned n);
/* A new process; EAGAIN: the table is full. */
error_t process_new(struct process *parent, const char *name, struct process **made);
/* Ends it (unless it has), frees all that it had and ends its children. A NEW one just ends. */
void process_finish(struct process *process, const struct process_status *end);
/* The same, and forgets it: its badges are stale from then on. */
void process_forget(struct process *process);

/* Deletes a capability, if there is one. */
void drop_cap(cap_t *cap);

/* ---- threads.c ---- */

struct thread_info;

/* Looks at a thread that is shown; false: it has ended, or there is none. */
bool shown_thread_look(cap_t *thread, struct thread_info *info);
/* ENOSPC: as many are shown as can be. */
error_t shown_threads_add(struct process *process, cap_t thread);
void shown_threads_drop(struct process *process);

/* ---- launch.c ---- */

/* Whether the maker has given it something under that name. */
bool is_given(const struct process *process, const char *name);

/* Makes its "memory", if it has none. The first thing to be made of its memory: so, being the
   largest, it wastes none by its alignment. */
error_t process_reserve(struct process *process);
/* Builds the process from image, strings and gifts and starts it. If it fails, it has ended. */
error_t process_launch(struct process *process);

/* ---- paging.c ---- */

/* Maps a page of the process at `address`, supplying page tables. EEXIST: one is there. */
error_t map_page(struct process *process, cap_t frame, uint64_t address, uint32_t rights);
/* Unmaps all pages in [start, end) and keeps those of its own as spare. */
void unmap_pages(struct process *process, uint64_t start, uint64_t end);
/* Gives the mapped pages in [start, end) other rights. */
void protect_pages(struct process *process, uint64_t start, uint64_t end, uint32_t rights);
/* A page of the process, zeroed: a spare or a new one. */
error_t take_page(struct process *process, struct page **taken);
/* Makes the page at `address`, which lies in that region, present. ENOMEM. */
error_t page_in(struct process *process, const struct region *region, uint64_t address);

/* The process's page that is mapped at `address`, or NULL. */
const struct page *mapped_page(const struct process *process, uint64_t address);
/* A record of a page that is another's: a Frame derived from his, with the region's rights. */
error_t share_page(const struct region *region, const struct page *of, struct page **shared);

/* ---- own.c ---- */

/* A range of the process's addresses for `length` bytes: at `address`, or if that is 0 found here.
 */
error_t choose_range(struct process *process, uint64_t address, uint64_t length,
                     struct region *region);

/* ---- lend.c ---- */

/* Makes a granted range a region of the process. */
error_t lend_region(struct process *process, cap_t grant, uint64_t address, uint32_t rights,
                    uint64_t *mapped);
/* A page of the granter's for `address` of a borrowed region. ENOENT: he has none to give. */
error_t lend_page(const struct region *region, uint64_t address, struct page **page);
/* Whatever others have mapped of [start, end) of the granter's they have no longer. */
void lend_end(const struct process *granter, uint64_t start, uint64_t end);
/* The process ends: others have nothing of its memory any more, nor it of theirs. */
void lend_forget(struct process *process);

/* ---- dispatch.c ---- */

/* Answers requests and faults for ever; returns only if its endpoint is gone. */
int serve(void);
