/*
 * launch.c - makes a running process of an image, strings and gifts.
 *
 * Everything is made of the process's own memory. A launch that fails midway ends the process
 * like any other, which gives all of it back.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/log.h>
#include <myelin/schedcontext.h>
#include <myelin/thread.h>
#include <myelin/vspace.h>

#include "process.h"

#define CSPACE_BITS_LEAST  8
#define CSPACE_BITS_MOST   14
#define SLOT_MEMORY_BITS   10 /* one capability slot for each KiB of object memory */
#define STACK_PAGES_FILLED 10
#define FLAGS_AT_START     0x202 /* interrupts on */

/* The startup capabilities as they come to be. */
struct gifts {
    unsigned count;
    struct startup_cap caps[STARTUP_CAPS_MAX];
};

/* ---- what is mapped where ---- */

static error_t add_segment(struct process *process, const struct program_segment *segment)
{
    const struct region region = {
        .start = segment->address & ~(PAGE_BYTES - 1),
        .end = page_round_up(segment->address + segment->memory_bytes),
        .rights = segment->rights | CAP_RIGHTS_READ,
        .zero_tail = segment->memory_bytes > segment->file_bytes,
        .file_start = segment->address,
        .file_end = segment->address + segment->file_bytes,
        .file_offset = segment->file_offset,
    };

    return region_add(&process->regions, &region);
}

static error_t add_plain(struct process *process, uint64_t start, uint64_t end, uint32_t rights)
{
    const struct region region = {.start = start, .end = end, .rights = rights};

    return region_add(&process->regions, &region);
}

/* The stack with an untouchable page below, and the UTCB's page, which is mapped at once. */
static error_t add_fixed_regions(struct process *process)
{
    uint64_t stack = STACK_TOP - STACK_BYTES;
    error_t error = add_plain(process, stack - PAGE_BYTES, stack, 0);

    if (!error)
        error = add_plain(process, stack, STACK_TOP, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    if (!error)
        error = add_plain(process, UTCB_ADDRESS, UTCB_ADDRESS + PAGE_BYTES, 0);
    return error;
}

static error_t read_image(struct process *process, struct program_image *image)
{
    static unsigned char head[PROGRAM_HEAD_BYTES];
    const char *why = "it has a segment where the stack must be";
    error_t error = store_read(&process->image, 0, head, sizeof(head));

    if (!error)
        error = program_read(head, process->image.size, image, &why);
    if (!error)
        error = add_fixed_regions(process);
    for (unsigned i = 0; i < image->segment_count && !error; i++)
        error = add_segment(process, &image->segments[i]);
    if (error == EEXIST)
        error = ENOEXEC;
    if (error == ENOEXEC)
        log_line("process: %s (pid %lu) cannot run: %s", process->name, process->pid, why);
    return error;
}

/* ---- kernel objects ---- */

static error_t make(struct process *process, unsigned type, uint64_t size, cap_t *object)
{
    return holding_retype(&process->holding, type, size, process->name, object);
}

static unsigned log2_up(uint64_t bytes)
{
    unsigned bits = 0;

    while (1ull << bits < bytes)
        bits++;
    return bits;
}

static unsigned cspace_bits(const struct process *process)
{
    unsigned bits = log2_up(process->object_memory) - SLOT_MEMORY_BITS;

    if (bits < CSPACE_BITS_LEAST)
        return CSPACE_BITS_LEAST;
    return bits < CSPACE_BITS_MOST ? bits : CSPACE_BITS_MOST;
}

static error_t make_objects(struct process *process)
{
    struct vspace_info space = {0};
    error_t error = make(process, OBJECT_CSPACE, cspace_bits(process), &process->cspace);

    if (!error)
        error = make(process, OBJECT_VSPACE, 0, &process->vspace);
    if (!error)
        error = vspace_inspect(process->vspace, &space);
    if (!error)
        process->space = space.space;
    if (!error)
        error = make(process, OBJECT_THREAD, 0, &process->thread);
    return error;
}

static error_t make_time(struct process *process, cap_t *time)
{
    const struct process_time *wanted = &process->time;
    unsigned role = process->passive ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN;
    cap_t cpu = process->cpu ? process->cpu : server.cpu;
    error_t error = make(process, OBJECT_SCHEDCONTEXT, 0, time);

    if (!error)
        error =
            schedcontext_configure(*time, cpu, wanted->priority, wanted->budget, wanted->period);
    return error ? error : schedcontext_bind(*time, process->thread, role);
}

/* ---- startup capabilities ---- */

/* Puts a capability into the new space under that name. `how` as in cspace_insert. */
static error_t insert(struct process *process, struct gifts *gifts, const char *name, cap_t cap,
                      uint64_t how)
{
    struct startup_cap *gift = &gifts->caps[gifts->count];
    error_t error = cspace_insert(process->cspace, cap, how, &gift->cap);

    if (error)
        return error;
    strncpy(gift->name, name, OBJECT_NAME_BYTES);
    gifts->count++;
    return SUCCESS;
}

bool is_given(const struct process *process, const char *name)
{
    for (unsigned i = 0; i < process->given_count; i++) {
        if (strncmp(process->given[i].name, name, OBJECT_NAME_BYTES) == 0)
            return true;
    }
    return false;
}

/* As insert, but what the maker gave under that name stands in for it. */
static error_t insert_own(struct process *process, struct gifts *gifts, const char *name, cap_t cap,
                          uint32_t rights)
{
    if (is_given(process, name))
        return SUCCESS;
    return insert(process, gifts, name, cap, CAP_DERIVE | rights);
}

error_t process_reserve(struct process *process)
{
    if (process->memory)
        return SUCCESS;
    return make(process, OBJECT_UNTYPED, log2_up(process->object_memory), &process->memory);
}

static error_t insert_memory(struct process *process, struct gifts *gifts)
{
    error_t error;

    if (is_given(process, "memory"))
        return SUCCESS;
    error = process_reserve(process);
    if (!error)
        error = insert(process, gifts, "memory", process->memory, CAP_MOVE);
    if (!error)
        process->memory = CAP_NULL;
    return error;
}

/* Puts a capability to this service, for that process, into the space. */
static error_t insert_minted(struct process *process, struct gifts *gifts, const char *name,
                             enum badge_kind kind)
{
    cap_t minted;
    error_t error;

    if (is_given(process, name))
        return SUCCESS;
    error = mint_service(process, kind, &minted);
    if (error)
        return error;
    error = insert(process, gifts, name, minted, CAP_MOVE);
    if (error)
        cap_delete(minted);
    return error;
}

/* Faults of the process come to this service. The Thread keeps a capability of its own. */
static error_t set_handler(struct process *process)
{
    cap_t minted;
    error_t error = mint_service(process, BADGE_SELF, &minted);

    if (error)
        return error;
    error = thread_set_handler(process->thread, minted);
    cap_delete(minted);
    return error;
}

static error_t insert_given(struct process *process, struct gifts *gifts)
{
    error_t error = SUCCESS;

    for (unsigned i = 0; i < process->given_count && !error; i++) {
        struct startup_cap *given = &process->given[i];
        char name[OBJECT_NAME_BYTES + 1] = {0};

        memcpy(name, given->name, OBJECT_NAME_BYTES);
        error = insert(process, gifts, name, given->cap, CAP_MOVE);
        if (!error)
            given->cap = CAP_NULL;
    }
    return error;
}

static error_t insert_cpu(struct process *process, struct gifts *gifts)
{
    error_t error;

    if (!process->cpu || !process->gets_cpu || is_given(process, "cpu"))
        return SUCCESS;
    error = insert(process, gifts, "cpu", process->cpu, CAP_MOVE);
    if (!error)
        process->cpu = CAP_NULL;
    return error;
}

static error_t fill_cspace(struct process *process, cap_t time, struct gifts *gifts)
{
    error_t error = insert_own(process, gifts, "cspace", process->cspace,
                               CAP_RIGHTS_USE | CAP_RIGHTS_READ | CAP_RIGHTS_MANAGE);

    if (!error)
        error =
            insert_own(process, gifts, "vspace", process->vspace,
                       CAP_RIGHTS_WRITE | CAP_RIGHTS_READ | CAP_RIGHTS_MANAGE | CAP_RIGHTS_GRANT);
    if (!error)
        error = insert_own(process, gifts, "thread", process->thread,
                           CAP_RIGHTS_USE | CAP_RIGHTS_READ | CAP_RIGHTS_MANAGE);
    if (!error)
        error = insert_own(process, gifts, "time", time, CAP_RIGHTS_USE | CAP_RIGHTS_READ);
    if (!error)
        error = insert_memory(process, gifts);
    if (!error)
        error = insert_minted(process, gifts, "process", BADGE_SELF);
    if (!error)
        error = insert_minted(process, gifts, "spawn", BADGE_SERVICE);
    if (!error)
        error = insert_cpu(process, gifts);
    return error ? error : insert_given(process, gifts);
}

/* ---- the stack and the thread ---- */

/* For AT_RANDOM: different at each start, but no secret. */
static void fill_random(uint8_t *random)
{
    static uint64_t state;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t mixed = state += __builtin_readcyclecounter() | 1;

        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ull;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
        memcpy(random + 8 * i, &mixed, sizeof(mixed));
    }
}

static error_t fill(const struct page *page, const void *bytes)
{
    void *window = window_open(page->frame);

    if (!window)
        return ENOMEM;
    memcpy(window, bytes, PAGE_BYTES);
    window_close(page->frame);
    return SUCCESS;
}

/* Maps a new page of the process with that content, or with zeros. */
static error_t map_filled(struct process *process, uint64_t address, const void *bytes)
{
    struct page *page;
    error_t error = take_page(process, &page);

    if (error)
        return error;
    page->address = address;
    page->next = process->pages;
    process->pages = page;
    process->page_count++;
    if (bytes)
        error = fill(page, bytes);
    return error ? error
                 : map_page(process, page->frame, address, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
}

static error_t read_strings(const struct process *process, struct program_start *start)
{
    static char strings[STRINGS_BYTES_MAX];
    size_t argument_bytes = process->arguments.size;
    error_t error = store_read(&process->arguments, 0, strings, argument_bytes);

    if (!error)
        error = store_read(&process->environment, 0, strings + argument_bytes,
                           process->environment.size);
    start->arguments = strings;
    start->argument_bytes = argument_bytes;
    start->environment = strings + argument_bytes;
    start->environment_bytes = process->environment.size;
    return error;
}

/* All that a process may have been given fits: strings and their addresses, capabilities, and what
   is of fixed size. */
_Static_assert(STRINGS_BYTES_MAX + STRINGS_MAX * sizeof(uint64_t) +
                       STARTUP_CAPS_MAX * sizeof(struct startup_cap) + 512 <=
                   STACK_PAGES_FILLED * PAGE_BYTES,
               "the stack as filled at the start is large enough");

static error_t fill_stack(struct process *process, const struct program_image *image,
                          const struct gifts *gifts, uint64_t *stack_pointer)
{
    static unsigned char bytes[STACK_PAGES_FILLED * PAGE_BYTES];
    struct program_start start = {.image = image, .caps = gifts->caps, .cap_count = gifts->count};
    uint64_t base = STACK_TOP - sizeof(bytes);
    error_t error = read_strings(process, &start);

    if (error)
        return error;
    fill_random(start.random);
    *stack_pointer = program_stack(bytes, sizeof(bytes), STACK_TOP, &start);
    for (uint64_t address = *stack_pointer & ~(PAGE_BYTES - 1); address < STACK_TOP && !error;
         address += PAGE_BYTES)
        error = map_filled(process, address, bytes + (address - base));
    return error;
}

static error_t configure_thread(struct process *process)
{
    error_t error = map_filled(process, UTCB_ADDRESS, NULL);

    if (error)
        return error;
    return thread_configure(process->thread, process->cspace, process->vspace,
                            process->pages->frame, UTCB_ADDRESS);
}

static error_t start_thread(struct process *process, uint64_t entry, uint64_t stack_pointer)
{
    const struct thread_registers registers = {
        .ip = entry, .sp = stack_pointer, .flags = FLAGS_AT_START, .gs_base = UTCB_ADDRESS};
    error_t error = thread_write_registers(process->thread, &registers);

    return error ? error : thread_start(process->thread);
}

static error_t build(struct process *process)
{
    static struct gifts gifts;
    struct program_image image = {0};
    uint64_t stack_pointer = 0;
    cap_t time;
    error_t error = read_image(process, &image);

    gifts.count = 0;
    if (!error)
        error = make_objects(process);
    if (!error)
        error = make_time(process, &time);
    if (!error)
        error = configure_thread(process);
    if (!error)
        error = set_handler(process);
    if (!error)
        error = fill_cspace(process, time, &gifts);
    if (!error)
        error = fill_stack(process, &image, &gifts, &stack_pointer);
    return error ? error : start_thread(process, image.entry, stack_pointer);
}

error_t process_launch(struct process *process)
{
    static const struct process_status cannot_run = {.exit_code = EXIT_CANNOT_RUN};
    error_t error = build(process);

    if (error) {
        process_finish(process, &cannot_run);
        return error;
    }
    drop_cap(&process->cpu); /* its time keeps what allows it */
    process->state = PROCESS_RUNS;
    return SUCCESS;
}
