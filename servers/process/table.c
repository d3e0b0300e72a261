/*
 * table.c - the table of processes: how they begin and how they end.
 *
 * A pid is never used twice, and a badge carries it, so a capability to a process that was
 * forgotten can never mean a later one.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/idl/processes_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "process.h"

#define SLOTS_FOR_ONE 1024 /* more than the objects of a process, its gifts and its memory take */

static struct process table[PROCESSES_MAX];
static uint64_t last_pid;

static void add_standing(struct process *process, const char *name, cap_t thread, cap_t cspace)
{
    process->state = PROCESS_RUNS;
    process->pid = ++last_pid;
    process->thread = thread;
    process->cspace = cspace;
    strcpy(process->name, name);
}

/* What the children of root get that are not configured otherwise. */
static const struct process_time default_time = {
    .priority = 20, .budget = 10000000, .period = 10000000};

void table_init(void)
{
    add_standing(&table[PID_ROOT - 1], "root", startup_cap("root-thread"),
                 startup_cap("root-cspace"));
    add_standing(&table[PID_PROCESS - 1], "process", startup_cap("thread"), startup_cap("cspace"));
    table[PID_ROOT - 1].admin = true;
    table[PID_ROOT - 1].time = default_time;
    table[PID_PROCESS - 1].parent = process_badge(&table[PID_ROOT - 1], BADGE_SERVICE);
}

uint64_t process_badge(const struct process *process, enum badge_kind kind)
{
    bool admin = kind == BADGE_SERVICE && process->admin;

    return process->pid | (uint64_t)(process - table) << BADGE_SLOT_SHIFT |
           (uint64_t)kind << BADGE_KIND_SHIFT | (admin ? PROCESSES_BADGE_ADMIN : 0);
}

/* A slot of this server's own is memory to those who ask. */
error_t mint_service(const struct process *process, enum badge_kind kind, cap_t *minted)
{
    return endpoint_mint(server.service, process_badge(process, kind), minted) ? ENOMEM : SUCCESS;
}

struct process *process_of_badge(uint64_t badge)
{
    uint64_t n = badge >> BADGE_SLOT_SHIFT & BADGE_SLOT_MASK;
    uint64_t pid = badge & ((1ull << BADGE_PID_BITS) - 1);

    if (n >= PROCESSES_MAX || table[n].state == PROCESS_FREE || table[n].pid != pid)
        return NULL;
    return &table[n];
}

struct process *process_from_pid(uint64_t pid)
{
    struct process *best = NULL;

    for (unsigned n = 0; n < PROCESSES_MAX; n++) {
        if (table[n].state != PROCESS_FREE && table[n].pid >= pid &&
            (!best || table[n].pid < best->pid))
            best = &table[n];
    }
    return best;
}

struct process *process_of_pid(uint64_t pid)
{
    struct process *process = process_from_pid(pid);

    return process && process->pid == pid ? process : NULL;
}

uint64_t process_parent_pid(const struct process *process)
{
    const struct process *parent = process_of_badge(process->parent);

    return parent ? parent->pid : 0;
}

struct process *process_at(unsigned n)
{
    return &table[n];
}

unsigned process_count(void)
{
    unsigned count = 0;

    for (unsigned n = 0; n < PROCESSES_MAX; n++)
        count += table[n].state != PROCESS_FREE;
    return count;
}

static struct process *free_entry(void)
{
    for (unsigned n = 0; n < PROCESSES_MAX; n++) {
        if (table[n].state == PROCESS_FREE)
            return &table[n];
    }
    return NULL;
}

error_t process_new(struct process *parent, const char *name, struct process **made)
{
    struct process *process = free_entry();
    error_t error = slots_ensure(SLOTS_FOR_ONE);

    if (!process)
        return EAGAIN;
    if (error)
        return error;
    *process = (struct process){
        .state = PROCESS_NEW,
        .pid = ++last_pid,
        .parent = process_badge(parent, BADGE_SERVICE),
        .admin = parent->admin,
        .time = parent->time,
        .object_memory = OBJECT_MEMORY_DEFAULT,
    };
    strcpy(process->name, name);
    *made = process;
    return SUCCESS;
}

void drop_cap(cap_t *cap)
{
    if (*cap)
        cap_delete(*cap);
    *cap = CAP_NULL;
}

/* All that was made of its memory goes with the memory; only the records are left to drop. */
static void free_everything(struct process *process)
{
    for (unsigned i = 0; i < process->given_count; i++)
        drop_cap(&process->given[i].cap);
    process->given_count = 0;
    drop_cap(&process->cpu);
    shown_threads_drop(process);
    holding_release(&process->holding);
    process->memory = process->cspace = process->vspace = process->thread = CAP_NULL;
    region_forget_all(&process->regions);
    page_list_forget(&process->image.first);
    page_list_forget(&process->arguments.first);
    page_list_forget(&process->environment.first);
    page_list_forget(&process->pages);
    page_list_forget(&process->hidden);
    page_list_forget(&process->spare);
    process->page_count = 0;
}

static void tell_watchers(struct process *process)
{
    for (unsigned i = 0; i < WATCHERS_MAX; i++) {
        if (process->watchers[i])
            ipc_notify(process->watchers[i], 0);
    }
}

static void end_one(struct process *process, const struct process_status *end)
{
    if (process->state == PROCESS_ENDED)
        return;
    if (process->thread)
        thread_suspend(process->thread);
    process->state = PROCESS_ENDED;
    process->end = *end;
    lend_forget(process);
    free_everything(process);
    tell_watchers(process);
}

static void forget_one(struct process *process)
{
    for (unsigned i = 0; i < WATCHERS_MAX; i++)
        drop_cap(&process->watchers[i]);
    process->state = PROCESS_FREE;
}

static bool is_orphan(const struct process *process)
{
    const struct process *parent;

    if (process->state == PROCESS_FREE || process->pid <= PID_PROCESS)
        return false;
    parent = process_of_badge(process->parent);
    return !parent || parent->state == PROCESS_ENDED;
}

/* A process's children end with it, and theirs with them; nobody is left to release them. */
static void end_orphans(void)
{
    static const struct process_status killed = {.exit_code = EXIT_KILLED};
    bool found = true;

    while (found) {
        found = false;
        for (unsigned n = 0; n < PROCESSES_MAX; n++) {
            if (is_orphan(&table[n])) {
                end_one(&table[n], &killed);
                forget_one(&table[n]);
                found = true;
            }
        }
    }
}

void process_finish(struct process *process, const struct process_status *end)
{
    end_one(process, end);
    end_orphans();
}

void process_forget(struct process *process)
{
    static const struct process_status killed = {.exit_code = EXIT_KILLED};

    process_finish(process, &killed);
    forget_one(process);
}
