/*
 * thread_spawn.c - a second thread in one's own process.
 *
 * All that such a thread needs is made of one Untyped of 128 KiB, so that one revoke frees it.
 * "memory" itself starts afresh only when nothing made of it is left alive; therefore blocks
 * that came free are kept here for the next thread.
 */
#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/idl/self.h>
#include <myelin/notification.h>
#include <myelin/schedcontext.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "internal.h"

#define PAGE             (1ull << PAGE_SIZE_BITS)
#define BLOCK_SIZE_BITS  17
#define STACK_PAGES      16
#define FOREIGN_PAGES    4
#define SPARE_BLOCKS     8
#define EXITED_BIT       1
#define FLAGS_INTERRUPTS 0x202

/*
 * The region: an unmapped page, the stack, an unmapped page, the stack of the foreign entry, an
 * unmapped page, the UTCB. The unmapped ones stop a stack that overflows.
 */
#define STACK_OFFSET   PAGE
#define FOREIGN_OFFSET (STACK_OFFSET + (STACK_PAGES + 1) * PAGE)
#define UTCB_OFFSET    (FOREIGN_OFFSET + (FOREIGN_PAGES + 1) * PAGE)
#define REGION_SIZE    (UTCB_OFFSET + PAGE)

/* The C library layer's entry for foreign system calls, if the program is linked with it. */
extern char foreign_entry[] __attribute__((weak));

static cap_t spare_blocks[SPARE_BLOCKS];

static error_t block_take(cap_t *block)
{
    for (unsigned i = 0; i < SPARE_BLOCKS; i++) {
        if (spare_blocks[i]) {
            *block = spare_blocks[i];
            spare_blocks[i] = CAP_NULL;
            return SUCCESS;
        }
    }
    return library_retype(OBJECT_UNTYPED, BLOCK_SIZE_BITS, "thread", block);
}

static error_t block_return(cap_t block)
{
    error_t error = cap_revoke(block);

    for (unsigned i = 0; !error && i < SPARE_BLOCKS; i++) {
        if (!spare_blocks[i]) {
            spare_blocks[i] = block;
            return SUCCESS;
        }
    }
    return error ? error : cap_delete(block);
}

/* Maps `pages` new pages at `address`; *last is the Frame of the last. */
static error_t map_pages(cap_t block, uint64_t address, unsigned pages, cap_t *last)
{
    error_t error = SUCCESS;

    for (unsigned i = 0; i < pages && !error; i++) {
        error = untyped_retype(block, OBJECT_FRAME, PAGE_SIZE_BITS, NULL, 0, last);
        if (!error)
            error = frame_attach_at(*last, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, address + i * PAGE);
    }
    return error;
}

/* Where a new thread begins. */
static void thread_main(void (*run)(void *), void *argument)
{
    run(argument);
    thread_exit_self(0);
}

/* The C library keeps the address of its own state at FS:0. */
static uint64_t c_library_state(void)
{
    uint64_t base;

    __asm__("movq %%fs:0, %0" : "=r"(base));
    return base;
}

/* First registers: as if thread_main(run, argument) had just been called. */
static error_t set_registers(const struct spawned_thread *spawned, void (*run)(void *),
                             void *argument)
{
    struct thread_registers registers;
    error_t error = thread_read_registers(spawned->thread, &registers);

    if (error)
        return error;
    registers.ip = (uint64_t)thread_main;
    registers.sp = spawned->region + FOREIGN_OFFSET - PAGE - sizeof(word_t);
    registers.flags = FLAGS_INTERRUPTS;
    registers.rdi = (uint64_t)run;
    registers.rsi = (uint64_t)argument;
    registers.fs_base = c_library_state();
    return thread_write_registers(spawned->thread, &registers);
}

/* Stacks, UTCB and spaces. */
static error_t set_memory(const struct spawned_thread *spawned)
{
    uint64_t region = spawned->region;
    struct utcb *utcb = (struct utcb *)(region + UTCB_OFFSET);
    cap_t frame;
    error_t error = map_pages(spawned->memory, region + STACK_OFFSET, STACK_PAGES, &frame);

    if (!error)
        error = map_pages(spawned->memory, region + FOREIGN_OFFSET, FOREIGN_PAGES, &frame);
    if (!error)
        error = map_pages(spawned->memory, region + UTCB_OFFSET, 1, &frame);
    if (!error)
        error =
            thread_configure(spawned->thread, cspace_self(), vspace_self(), frame, (uint64_t)utcb);
    if (error)
        return error;
    if (startup_cap("process")) /* which pages the process's memory in */
        error = thread_set_handler(spawned->thread, startup_cap("process"));
    utcb->foreign_stack = region + FOREIGN_OFFSET + FOREIGN_PAGES * PAGE;
    ((struct library_state *)utcb->library)->thread = spawned->thread;
    return error;
}

static error_t set_objects(const char *name, struct spawned_thread *spawned)
{
    error_t error = thread_create(spawned->memory, name, &spawned->thread);

    if (!error)
        error = untyped_retype(spawned->memory, OBJECT_NOTIFICATION, 0, name, 0, &spawned->exited);
    return error;
}

/* Tells who waits in thread_join. */
static error_t set_watch(const struct spawned_thread *spawned)
{
    cap_t minted;
    error_t error = notification_mint(spawned->exited, EXITED_BIT, &minted);

    return error ? error : thread_watch(spawned->thread, minted);
}

/* A process that shows as many as it can runs no worse for it. */
static void show(const struct spawned_thread *spawned)
{
    if (startup_cap("process"))
        self_show_thread(startup_cap("process"), spawned->thread);
}

error_t thread_spawn(const char *name, void (*run)(void *), void *argument, cap_t time,
                     unsigned role, struct spawned_thread *spawned)
{
    error_t error = block_take(&spawned->memory);

    if (error)
        return error;
    error = vspace_reserve(REGION_SIZE, PAGE, &spawned->region);
    if (error) {
        block_return(spawned->memory);
        return error;
    }
    error = set_objects(name, spawned);
    if (!error)
        error = set_memory(spawned);
    if (!error)
        error = set_registers(spawned, run, argument);
    if (!error && foreign_entry)
        error = thread_set_foreign(spawned->thread, (uint64_t)foreign_entry);
    if (!error)
        error = set_watch(spawned);
    if (!error)
        error = schedcontext_bind(time, spawned->thread, role);
    if (!error)
        error = thread_start(spawned->thread);
    if (error)
        thread_discard(spawned);
    else
        show(spawned);
    return error;
}

error_t thread_join(struct spawned_thread *spawned)
{
    uint64_t bits;
    error_t error = ipc_wait_notification(spawned->exited, &bits);

    return error ? error : thread_discard(spawned);
}

error_t thread_discard(struct spawned_thread *spawned)
{
    error_t error = block_return(spawned->memory);

    if (!error)
        vspace_unreserve(spawned->region);
    return error;
}
