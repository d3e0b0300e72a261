/*
 * loader.c - starts the process server, which cannot start itself.
 *
 * Nobody pages it, so all of it is mapped at once. Its Frames stay in root's space: they are
 * its memory.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/log.h>
#include <myelin/objects.h>
#include <myelin/program.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "root.h"

#define PAGE_BYTES     4096ull
#define SLOTS_BITS     15 /* a slot for each page of each process, and more */
#define TABLES_BITS    18
#define STACK_BYTES    (64ull << 10)
#define START_BYTES    (16ull << 10) /* of the stack, filled at the start */
#define STACK_TOP      0x3fff0000ull
#define UTCB_ADDRESS   0x3fff8000ull
#define CAPS_MAX       160
#define FLAGS_AT_START 0x202 /* interrupts on */

/* The process that is being made. */
struct child {
    struct own_memory own;
    cap_t cspace, vspace, thread, time, utcb;
    unsigned count;
    struct startup_cap caps[CAPS_MAX];
};

static error_t make(struct child *child, unsigned type, uint64_t size, cap_t *object)
{
    return untyped_retype(child->own.objects, type, size, "process", 0, object);
}

static error_t make_objects(struct child *child)
{
    cap_t tables;
    error_t error =
        untyped_retype(child->own.slots, OBJECT_CSPACE, SLOTS_BITS, "process", 0, &child->cspace);

    if (!error)
        error = make(child, OBJECT_VSPACE, 0, &child->vspace);
    if (!error)
        error = make(child, OBJECT_UNTYPED, TABLES_BITS, &tables);
    if (!error)
        error = vspace_give(child->vspace, tables);
    if (!error)
        error = make(child, OBJECT_THREAD, 0, &child->thread);
    return error ? error : make(child, OBJECT_SCHEDCONTEXT, 0, &child->time);
}

static error_t set_time(struct child *child, const struct manifest_program *program)
{
    const struct manifest_time *time = &program->time;
    error_t error = schedcontext_configure(child->time, startup_cap("cpu"), time->priority,
                                           time->budget, time->period);

    return error ? error
                 : schedcontext_bind(child->time, child->thread,
                                     program->passive ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN);
}

/* Maps a new page with that content (`length` bytes at `offset`, else zeros). */
static error_t map_page(struct child *child, uint64_t address, uint32_t rights, const void *bytes,
                        size_t offset, size_t length, cap_t *frame)
{
    void *window;
    error_t error = make(child, OBJECT_FRAME, PAGE_SIZE_BITS, frame);

    if (!error && length > 0) {
        error = frame_attach(*frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &window);
        if (error)
            return error;
        memcpy((char *)window + offset, bytes, length);
        error = frame_detach(*frame);
    }
    return error ? error : frame_map(child->vspace, *frame, address, rights);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static error_t map_segment(struct child *child, const struct program_segment *segment,
                           const char *file)
{
    uint64_t file_end = segment->address + segment->file_bytes;
    uint64_t end = segment->address + segment->memory_bytes;
    error_t error = SUCCESS;

    for (uint64_t page = segment->address & ~(PAGE_BYTES - 1); page < end && !error;
         page += PAGE_BYTES) {
        uint64_t from = larger(page, segment->address);
        uint64_t to = smaller(page + PAGE_BYTES, file_end);
        const char *bytes = file + segment->file_offset + (from - segment->address);
        cap_t frame;

        error = map_page(child, page, segment->rights, bytes, from - page,
                         to > from ? to - from : 0, &frame);
    }
    return error;
}

static error_t map_image(struct child *child, const struct archive_entry *file,
                         struct program_image *image)
{
    const char *why;
    error_t error = program_read(file->bytes, file->size, image, &why);

    if (error)
        log_line("root: %s cannot run: %s", file->name, why);
    for (unsigned i = 0; i < image->segment_count && !error; i++)
        error = map_segment(child, &image->segments[i], file->bytes);
    return error;
}

/* Puts a capability into the child's space under that name. */
static error_t give(struct child *child, const char *name, cap_t cap, uint64_t how)
{
    struct startup_cap *entry = &child->caps[child->count];
    error_t error;

    if (child->count == CAPS_MAX)
        return ENOSPC;
    error = cspace_insert(child->cspace, cap, how, &entry->cap);
    if (error)
        return error;
    strncpy(entry->name, name, OBJECT_NAME_BYTES);
    child->count++;
    return SUCCESS;
}

static error_t give_memory(struct child *child, const struct manifest_program *program)
{
    unsigned bits = PAGE_SIZE_BITS;
    cap_t memory;
    error_t error;

    while (1ull << bits < program->memory)
        bits++;
    error = make(child, OBJECT_UNTYPED, bits, &memory);
    if (!error)
        error = give(child, "memory", memory, CAP_MOVE);
    for (unsigned n = 0; memory_pool(n) && !error; n++)
        error = give(child, "pool", memory_pool(n), CAP_MOVE);
    return error;
}

static error_t give_all(struct child *child, const struct manifest_program *program)
{
    const struct {
        const char *name;
        cap_t cap;
        uint32_t rights;
    } gifts[] = {
        {"cspace", child->cspace, CAP_RIGHTS_USE | CAP_RIGHTS_READ | CAP_RIGHTS_MANAGE},
        {"vspace", child->vspace, CAP_RIGHTS_WRITE | CAP_RIGHTS_READ | CAP_RIGHTS_MANAGE},
        {"thread", child->thread, CAP_RIGHTS_USE | CAP_RIGHTS_READ | CAP_RIGHTS_MANAGE},
        {"time", child->time, CAP_RIGHTS_USE | CAP_RIGHTS_READ},
        {"service", root.process_endpoint, SERVICE_RIGHTS},
        {"cpu", startup_cap("cpu"), CAP_RIGHTS_ALL},
        {"trace", startup_cap("trace"), CAP_RIGHTS_WRITE},
        {"root-thread", startup_cap("thread"), CAP_RIGHTS_READ},
        {"root-cspace", startup_cap("cspace"), CAP_RIGHTS_READ},
    };
    error_t error = SUCCESS;

    for (unsigned i = 0; i < sizeof(gifts) / sizeof(gifts[0]) && !error; i++)
        error = give(child, gifts[i].name, gifts[i].cap, CAP_DERIVE | gifts[i].rights);
    return error ? error : give_memory(child, program);
}

static error_t map_stack(struct child *child, const struct program_image *image,
                         uint64_t *stack_pointer)
{
    static unsigned char bytes[START_BYTES];
    static const char arguments[] = "process";
    const struct program_start start = {
        .image = image,
        .arguments = arguments,
        .argument_bytes = sizeof(arguments),
        .caps = child->caps,
        .cap_count = child->count,
    };
    error_t error = SUCCESS;

    *stack_pointer = program_stack(bytes, sizeof(bytes), STACK_TOP, &start);
    if (!*stack_pointer)
        return E2BIG;
    for (uint64_t page = STACK_TOP - STACK_BYTES; page < STACK_TOP && !error; page += PAGE_BYTES) {
        bool filled = page >= STACK_TOP - START_BYTES;
        cap_t frame;

        error = map_page(child, page, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE,
                         filled ? bytes + (page - (STACK_TOP - START_BYTES)) : NULL, 0,
                         filled ? PAGE_BYTES : 0, &frame);
    }
    return error;
}

static error_t set_handler(struct child *child)
{
    cap_t handler;
    error_t error = endpoint_mint(root.endpoint, BADGE_FAULT_OF_PROCESS, &handler);

    return error ? error : thread_set_handler(child->thread, handler);
}

static error_t start_thread(struct child *child, uint64_t entry, uint64_t stack_pointer)
{
    const struct thread_registers registers = {
        .ip = entry, .sp = stack_pointer, .flags = FLAGS_AT_START, .gs_base = UTCB_ADDRESS};
    error_t error = thread_write_registers(child->thread, &registers);

    return error ? error : thread_start(child->thread);
}

static error_t configure_thread(struct child *child)
{
    error_t error =
        map_page(child, UTCB_ADDRESS, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, NULL, 0, 0, &child->utcb);

    if (!error)
        error = thread_configure(child->thread, child->cspace, child->vspace, child->utcb,
                                 UTCB_ADDRESS);
    return error ? error : set_handler(child);
}

error_t loader_start(const struct manifest_program *program, const struct own_memory *own)
{
    static struct child child;
    static struct program_image image;
    struct archive_entry file;
    uint64_t stack_pointer = 0;
    error_t error = archive_find(program->file, &file);

    child.own = *own;
    if (!error)
        error = make_objects(&child);
    if (!error)
        error = set_time(&child, program);
    if (!error)
        error = map_image(&child, &file, &image);
    if (!error)
        error = configure_thread(&child);
    if (!error)
        error = give_all(&child, program);
    if (!error)
        error = map_stack(&child, &image, &stack_pointer);
    return error ? error : start_thread(&child, image.entry, stack_pointer);
}
