/* hostile.c - what hostile programs share. */
#include "hostile.h"

#include <stdlib.h>
#include <string.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>

#define PART_BITS        24
#define ADDRESSES        0x330000000000ull /* where neither process nor library put anything */
#define UTCBS            (ADDRESSES + (1ull << LARGE_PAGE_SIZE_BITS))
#define STACKS           (ADDRESSES + (2ull << LARGE_PAGE_SIZE_BITS))
#define PAGES_MAX        64
#define STACK_BYTES      2048
#define FLAGS_INTERRUPTS 0x202
#define READ_AND_WRITE   (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

static uint64_t state;
static cap_t part, large, threads[ATTACK_THREADS_MAX];
static unsigned pages;

void hostile_seed(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull | 1;
}

/* xorshift64* */
uint64_t draw(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

bool chance(unsigned percent)
{
    return draw() % 100 < percent;
}

void look_at(const void *memory, uint64_t bytes)
{
    const uint64_t *words = memory;

    for (uint64_t i = 0; i < bytes / sizeof(*words); i++)
        if (words[i] >> 32 == CANARY)
            exit(HOSTILE_SEES_CANARY);
}

#define EACH_REGISTER(form)                                                                  \
    form(0) form(1) form(2) form(3) form(4) form(5) form(6) form(7) form(8) form(9) form(10) \
        form(11) form(12) form(13) form(14) form(15)
#define STORE(n) "vmovups %%ymm" #n ", 32*" #n "(%0)\n\t"

/* This program's own, in which nothing of another's may be. To look also takes them from whoever
   had them last. */
static void look_at_vectors(void)
{
    static uint64_t ymm[64];

    __asm__ volatile(EACH_REGISTER(STORE)::"r"(ymm) : "memory");
    look_at(ymm, sizeof(ymm));
}

error_t enter_and_look(struct ipc_registers *r)
{
    ipc_enter(r);
    look_at(r, sizeof(*r));
    look_at_vectors();
    return (error_t)r->deadline;
}

error_t plain_call(enum operation operation, cap_t handle, uint64_t deadline)
{
    struct ipc_registers r = {
        .tag = TAG(operation, 0, 0) | TAG_DEADLINE, .handle = handle, .deadline = deadline};

    ipc_enter(&r);
    return (error_t)r.deadline;
}

/* The part comes first of the program's memory: behind it there is some left for the library. */
void attack_begin(void)
{
    if (!part && untyped_retype(startup_cap("memory"), OBJECT_UNTYPED, PART_BITS, "part", 0, &part))
        exit(HOSTILE_USAGE);
    pages = 0;
}

void attack_end(void)
{
    cap_revoke(part);
}

cap_t attack_memory(void)
{
    return part;
}

cap_t attack_make(unsigned type, uint64_t size)
{
    cap_t cap;

    return untyped_retype(part, type, size, "hostile", 0, &cap) ? CAP_NULL : cap;
}

void *attack_page(cap_t *frame)
{
    uint64_t address = ADDRESSES + (uint64_t)(pages % PAGES_MAX) * 4096;

    *frame = attack_make(OBJECT_FRAME, PAGE_SIZE_BITS);
    pages++;
    if (frame_attach_at(*frame, READ_AND_WRITE, address))
        return NULL;
    look_at((void *)address, 4096); /* NOLINT(performance-no-int-to-ptr) */
    return (void *)address;         /* NOLINT(performance-no-int-to-ptr) */
}

/* ---- threads ---- */

static bool start_one(unsigned number, void (*role)(uint64_t), struct attack_time of, cap_t handler)
{
    const struct thread_registers registers = {.ip = (uint64_t)role,
                                               .sp = STACKS + (number + 1ull) * STACK_BYTES -
                                                     sizeof(word_t), /* returning ends at 0 */
                                               .flags = FLAGS_INTERRUPTS,
                                               .rdi = number};
    cap_t thread = attack_make(OBJECT_THREAD, 0), time = attack_make(OBJECT_SCHEDCONTEXT, 0);

    threads[number] = thread;
    return !thread_configure(thread, startup_cap("cspace"), startup_cap("vspace"), large,
                             UTCBS + (uint64_t)number * UTCB_SIZE) &&
           !thread_set_handler(thread, handler) && !thread_write_registers(thread, &registers) &&
           !schedcontext_configure(time, startup_cap("cpu"), of.priority, of.budget, of.period) &&
           !schedcontext_bind(time, thread, SCHEDCONTEXT_OWN) && !thread_start(thread);
}

void attack_threads(unsigned count, void (*role)(uint64_t number), struct attack_time time,
                    const cap_t *handlers)
{
    cap_t stacks = attack_make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);

    large = attack_make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);
    if (frame_attach_at(large, READ_AND_WRITE, UTCBS) ||
        frame_attach_at(stacks, READ_AND_WRITE, STACKS))
        exit(HOSTILE_USAGE);
    for (unsigned i = 0; i < count; i++)
        if (!start_one(i, role, time, handlers ? handlers[i] : CAP_NULL))
            exit(HOSTILE_USAGE);
}

cap_t attack_thread(unsigned number)
{
    return threads[number];
}

struct utcb *attack_utcb(unsigned number)
{
    return (struct utcb *)(UTCBS + (uint64_t)number * UTCB_SIZE); /* NOLINT */
}
