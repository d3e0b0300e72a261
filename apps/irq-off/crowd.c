/* crowd.c - memory, objects, and a crowd of small threads. */
#include "crowd.h"

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/cpu.h>
#include <myelin/frame.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#define ARENA_BITS       25
#define LARGE_BASE       0x320000000000ull /* where neither process nor library put anything */
#define UTCB_PLACE       62
#define STACK_PLACE      63
#define STACK_BYTES      2048
#define WHOLE_TIME       10000000ull /* ns */
#define FLAGS_INTERRUPTS 0x202

static cap_t arena, utcb_frame, threads[MANY], times[MANY];
static error_t first_error;

void expect(error_t error)
{
    if (!first_error)
        first_error = error;
}

error_t crowd_error(void)
{
    error_t error = first_error;

    first_error = SUCCESS;
    return error;
}

error_t crowd_begin(cap_t memory)
{
    return untyped_retype(memory, OBJECT_UNTYPED, ARENA_BITS, "arena", 0, &arena);
}

error_t crowd_dismiss(void)
{
    return cap_revoke(arena);
}

cap_t make(unsigned type, uint64_t size)
{
    cap_t object = CAP_NULL;

    expect(untyped_retype(arena, type, size, "crowd", 0, &object));
    return object;
}

cap_t make_endpoint(void)
{
    return make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
}

cap_t make_notification(void)
{
    return make(OBJECT_NOTIFICATION, 0);
}

void *map_large(unsigned place, cap_t *frame)
{
    uint64_t address = LARGE_BASE + place * LARGE_BYTES;

    *frame = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);
    expect(frame_attach_at(*frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, address));
    return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static void set_registers(unsigned number, role *role, uint64_t stack_top)
{
    const struct thread_registers registers = {
        .ip = (uint64_t)role,
        .sp = stack_top - sizeof(word_t), /* as after a call: what it returns to is 0 */
        .flags = FLAGS_INTERRUPTS,
        .rdi = number,
    };

    expect(thread_write_registers(threads[number], &registers));
}

static void make_one(unsigned number, unsigned priority, cap_t handler, uint64_t utcbs)
{
    threads[number] = make(OBJECT_THREAD, 0);
    times[number] = make(OBJECT_SCHEDCONTEXT, 0);
    expect(thread_configure(threads[number], startup_cap("cspace"), startup_cap("vspace"),
                            utcb_frame, utcbs + (uint64_t)number * UTCB_SIZE));
    expect(thread_set_handler(threads[number], handler));
    expect(schedcontext_configure(times[number], startup_cap("cpu"), priority, WHOLE_TIME,
                                  WHOLE_TIME));
    expect(schedcontext_bind(times[number], threads[number], SCHEDCONTEXT_OWN));
}

void crowd_make(unsigned count, role *role, unsigned priority, const cap_t *handlers)
{
    cap_t stack_frame;
    uint64_t utcbs = (uint64_t)map_large(UTCB_PLACE, &utcb_frame);
    uint64_t stacks = (uint64_t)map_large(STACK_PLACE, &stack_frame);

    for (unsigned i = 0; i < count; i++) {
        make_one(i, priority, handlers ? handlers[i] : CAP_NULL, utcbs);
        set_registers(i, role, stacks + (i + 1ull) * STACK_BYTES);
    }
}

void crowd_start(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        expect(thread_start(threads[i]));
}

cap_t crowd_thread(unsigned number)
{
    return threads[number];
}

cap_t crowd_utcb_frame(void)
{
    return utcb_frame;
}

void sleep_for(uint64_t ns)
{
    static cap_t bell; /* not of the arena */
    uint64_t bits;

    if (!bell)
        expect(notification_create("sleep", &bell));
    expect(notification_set_timer(bell, clock_now() + ns, 1));
    expect(ipc_wait_notification(bell, &bits));
}

error_t plain(enum operation operation, cap_t handle, uint64_t deadline)
{
    struct ipc_registers r = {
        .tag = TAG(operation, 0, 0) | TAG_DEADLINE, .handle = handle, .deadline = deadline};

    ipc_enter(&r);
    return (error_t)r.deadline;
}
