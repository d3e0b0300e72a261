/*
 * hostile.c - an ordinary program that throws random system calls at the kernel: hostile SEED COUNT
 *
 * Operations, labels, handles, words, capabilities, counts and flags are drawn at random, mostly
 * from what could mean something. With an odd seed it also plays with what it needs itself to
 * live, and mostly dies of that soon; with an even one only with objects that it made.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <myelin/abi.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/untyped.h>

#include "lib/hostile.h"

#define HANDLES    64
#define WAIT_NS    50000ull
#define METHODS    20
#define INTERFACES 18

static cap_t handles[HANDLES];
static unsigned handle_count;

static void keep(cap_t cap)
{
    handles[handle_count < HANDLES ? handle_count++ : draw() % HANDLES] = cap;
}

static cap_t draw_handle(void)
{
    if (handle_count && chance(92))
        return handles[draw() % handle_count];
    return chance(80) ? draw() : (draw() % 40 + 1) << CAP_INDEX_BITS | draw() % 300;
}

static uint64_t draw_word(void)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     7,
                                     12,
                                     21,
                                     63,
                                     64,
                                     4096,
                                     0x200000,
                                     0x10000000,
                                     USER_ADDRESS_END - 4096,
                                     USER_ADDRESS_END,
                                     0xffff800000000000ull,
                                     UINT64_MAX,
                                     1ull << 62};

    if (chance(60))
        return edges[draw() % (sizeof(edges) / sizeof(edges[0]))];
    if (chance(30))
        return draw_handle();
    return chance(50) ? draw() % 32 : draw();
}

static uint64_t draw_tag(void)
{
    uint64_t label = chance(90) ? LABEL(1 + draw() % INTERFACES, 1 + draw() % METHODS) : draw();
    uint64_t operation = chance(70) ? OP_CALL : 1 + draw() % 6;
    uint64_t tag = TAG(operation, (uint32_t)label, chance(90) ? draw() % 30 : draw() % 256);

    tag |= (draw() % (chance(90) ? 5 : 8)) << TAG_CAPS_SHIFT;
    tag |= (chance(80) ? 1 : draw() % 8) << TAG_ACCEPT_SHIFT;
    if (chance(5))
        tag |= (draw() % 5) << TAG_LEASES_SHIFT;
    if (chance(2))
        tag |= draw() & 0x7fffffff;
    return tag | TAG_DEADLINE;
}

static void fill_utcb(struct utcb *utcb)
{
    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++) {
        utcb->caps[i].cap = draw_handle();
        utcb->caps[i].how = chance(85) ? (draw() % 3) << 32 | (draw() & CAP_RIGHTS_ALL) : draw();
        utcb->leases[i] = (struct lease_item){draw_word(), draw_word(), draw() % 4, 0};
    }
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < 32; i++)
        utcb->words[i] = draw_word();
}

static void one_call(void)
{
    struct ipc_registers r = {.tag = draw_tag(), .handle = draw_handle()};

    fill_utcb(utcb_self());
    r.token = chance(50) ? draw_handle() : draw();
    r.deadline = chance(85) ? DEADLINE_NOW : clock_now() + draw() % WAIT_NS;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r.words[i] = draw_word();
    enter_and_look(&r);
    look_at(utcb_self()->words, sizeof(utcb_self()->words));
    if (!r.deadline && tag_caps(r.tag))
        keep(utcb_self()->caps[0].cap);
    if (!r.deadline && r.token)
        keep(r.token);
}

static void make(cap_t memory, unsigned type, uint64_t size)
{
    cap_t cap;

    if (!untyped_retype(memory, type, size, "hostile", 0, &cap))
        keep(cap);
}

/* Something of each kind, and with `all` what it was given at its start. */
static void collect(bool all)
{
    static const char *const given[] = {"vspace", "thread", "memory", "process", "spawn", "time"};
    cap_t memory = startup_cap("memory"), part = CAP_NULL;

    untyped_retype(memory, OBJECT_UNTYPED, 18, "hostile", 0, &part);
    for (unsigned type = OBJECT_THREAD; type <= OBJECT_NOTIFICATION; type++)
        make(part, type, 0);
    make(part, OBJECT_VSPACE, 0);
    make(part, OBJECT_FRAME, PAGE_SIZE_BITS);
    make(part, OBJECT_CSPACE, 6);
    make(part, OBJECT_UNTYPED, 14);
    keep(part);
    keep(startup_cap("cspace"));
    keep(startup_cap("names"));
    keep(startup_cap("cpu"));
    for (unsigned i = 0; all && i < sizeof(given) / sizeof(given[0]); i++)
        keep(startup_cap(given[i]));
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return HOSTILE_USAGE;
    hostile_seed(strtoull(argv[1], NULL, 0));
    collect(strtoull(argv[1], NULL, 0) % 2);
    for (unsigned long left = strtoul(argv[2], NULL, 0); left > 0; left--)
        one_call();
    return 0;
}
