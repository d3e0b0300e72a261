/* island.c - a thread in spaces of its own, whose code is a few instructions. */
#include "systest.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

#define TABLES_BITS      15
#define FLAGS_INTERRUPTS 0x202
#define WHOLE_TIME       10000000ull /* ns */

/* A new frame mapped there and, to be looked into, here. */
static error_t make_page(const struct island *island, uint64_t address, uint32_t rights,
                         cap_t *frame, void *here)
{
    cap_t second;
    error_t error;

    *frame = make_frame();
    error = frame_map(island->vspace, *frame, address, rights);
    if (!error)
        error = cap_derive(*frame, READ_WRITE, &second);
    *(void **)here = error ? NULL : map(second, READ_WRITE);
    return error;
}

static error_t make_memory(struct island *island, const char *code, size_t length)
{
    cap_t frame, tables = make(OBJECT_UNTYPED, TABLES_BITS);
    char *copy;
    error_t error = vspace_give(island->vspace, tables);

    if (!error)
        error = make_page(island, ISLAND_CODE, READ_EXECUTE, &frame, &copy);
    if (error)
        return error;
    memcpy(copy, code, length);
    error = make_page(island, ISLAND_DATA, READ_WRITE, &frame, &island->data);
    if (!error)
        error = make_page(island, ISLAND_UTCB, READ_WRITE, &frame, &island->utcb);
    if (error)
        return error;
    return thread_configure(island->thread, island->cspace, island->vspace, frame, ISLAND_UTCB);
}

static error_t make_life(struct island *island)
{
    cap_t handler;
    error_t error;

    island->faults = make_call_only();
    error = endpoint_mint(island->faults, 1, &handler);
    if (!error)
        error = thread_set_handler(island->thread, handler);
    if (error)
        return error;
    island->time = make_time(PRIORITY_LOWER);
    return schedcontext_bind(island->time, island->thread, SCHEDCONTEXT_OWN);
}

error_t island_make(struct island *island, const char *code, const char *code_end)
{
    error_t error;

    island->vspace = make(OBJECT_VSPACE, 0);
    island->cspace = make(OBJECT_CSPACE, 6);
    island->thread = make(OBJECT_THREAD, 0);
    error = make_memory(island, code, (size_t)(code_end - code));
    return error ? error : make_life(island);
}

error_t island_start(const struct island *island, struct thread_registers registers)
{
    error_t error;

    registers.ip = registers.ip ? registers.ip : ISLAND_CODE;
    registers.sp = registers.sp ? registers.sp : ISLAND_STACK_TOP;
    registers.flags = FLAGS_INTERRUPTS;
    error = thread_write_registers(island->thread, &registers);
    return error ? error : thread_start(island->thread);
}

error_t island_fault(const struct island *island, struct fault_seen *seen)
{
    static struct message message;

    return receive_fault(island->faults, &message, seen);
}

cap_t island_give(const struct island *island, cap_t cap)
{
    cap_t handle;

    return cspace_insert(island->cspace, cap, CAP_COPY, &handle) ? CAP_NULL : handle;
}

#define SEEDED 15 /* rax to r15, which lie one behind the other */

struct thread_registers island_canaries(uint64_t seed)
{
    struct thread_registers registers = {0};
    uint64_t values[SEEDED];

    for (unsigned i = 0; i < SEEDED; i++)
        values[i] = seed << 16 | i;
    memcpy(&registers.rax, values, sizeof(values));
    return registers;
}

unsigned island_canaries_in(const struct thread_registers *registers, uint64_t seed)
{
    uint64_t values[SEEDED];
    unsigned count = 0;

    memcpy(values, &registers->rax, sizeof(values));
    for (unsigned i = 0; i < SEEDED; i++)
        count += values[i] >> 16 == seed;
    return count;
}
