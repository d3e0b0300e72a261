/*
 * setup.c - what there is when a program begins. Root makes it by system calls like any other, on
 * both sides: five threads beside it in two spaces, endpoints, notifications, memory.
 */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>
#include <string.h>

#include "mirror.h"

#define UTCBS       0x10000000ull
#define MEMORY_SIZE (8ull << 20)
#define ROOT_URGENT 63
#define ROOT_USUAL  32
#define MS          1000000ull

static uint64_t space, vspace, cpu, root_time, irqcontrol, memory;
static uint64_t other_vspace, next_utcb;

/* ---- calls that must succeed ---- */

struct words {
    unsigned count;
    uint64_t word[MESSAGE_REGISTER_WORDS];
};
#define WORDS(...) \
    ((struct words){sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), {__VA_ARGS__}})
#define NO_WORDS  ((struct words){0})
#define CAPS(...) WORDS(__VA_ARGS__)
#define NO_CAPS   NO_WORDS

static uint64_t ask(uint64_t target, uint32_t label, struct words words, struct words caps,
                    uint64_t how)
{
    struct deed deed = {.now = {.tag = TAG(OP_CALL, label, words.count) |
                                       (uint64_t)caps.count << TAG_CAPS_SHIFT |
                                       1ull << TAG_ACCEPT_SHIFT,
                                .handle = target}};

    memcpy(deed.now.word, words.word, sizeof(words.word));
    for (unsigned i = 0; i < caps.count; i++)
        deed.caps[i] = (struct cap_item){caps.word[i], how};
    act(&deed);
    if (registers_of(model.running)->status)
        differ("something must succeed, but does not", "setup", registers_of(model.running)->status,
               0);
    return utcb_of(model.running)->caps[0].cap;
}

static uint64_t make(uint64_t type, uint64_t size, const char *name)
{
    uint64_t words[2] = {0, 0};

    memcpy(words, name, strlen(name));
    return ask(memory, UNTYPED_LABEL_RETYPE, WORDS(type, size, words[0], words[1], 0), NO_CAPS, 0);
}

static uint64_t mint(uint64_t cap, uint64_t badge, uint64_t rights)
{
    return ask(space, CSPACE_LABEL_MINT, WORDS(badge, rights), CAPS(cap), 0);
}

static uint64_t put_into(uint64_t other, uint64_t cap, uint64_t how)
{
    ask(other, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(cap), how);
    return registers_of(model.running)->word[0];
}

/* ---- what root has ---- */

static uint64_t root_cap(int type, uint64_t size)
{
    for (int i = 0; i < model.cap_count; i++)
        if (cap_of(i)->type == type && cap_of(i)->place == IN_SPACE &&
            (!size || cap_of(i)->size == size))
            return cap_handle(i);
    return 0;
}

static void look_around(void)
{
    space = root_cap(OBJECT_CSPACE, 0);
    vspace = root_cap(OBJECT_VSPACE, 0);
    cpu = root_cap(OBJECT_CPU, 0);
    root_time = root_cap(OBJECT_SCHEDCONTEXT, 0);
    irqcontrol = root_cap(OBJECT_IRQCONTROL, 0);
    memory = root_cap(OBJECT_UNTYPED, MEMORY_SIZE);
    first_slot = 0;
    for (int i = 0; i < model.cap_count; i++)
        first_slot += cap_of(i)->place == IN_SPACE;
}

/* ---- threads ---- */

static void root_runs_at(uint64_t priority)
{
    ask(root_time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(priority, 10 * MS, 10 * MS), CAPS(cpu), 0);
}

/* ---- memory: a page, another that nobody writes to, one more, and then nothing ---- */

static void map(uint64_t addresses, uint64_t frame, uint64_t address, uint64_t rights)
{
    ask(addresses, VSPACE_LABEL_MAP, WORDS(address, rights), CAPS(frame), 0);
}

static void put_memory(uint64_t addresses)
{
    for (unsigned i = 0; i < 3; i++)
        map(addresses, make(OBJECT_FRAME, PAGE_SIZE_BITS, ""), MEMORY_BEGINS + i * PAGE_BYTES,
            i == 1 ? CAP_RIGHTS_READ : CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
}

static uint64_t grant(uint64_t addresses)
{
    return ask(addresses, VSPACE_LABEL_GRANT,
               WORDS(MEMORY_BEGINS, 4 * PAGE_BYTES, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE), NO_CAPS,
               0);
}

static void make_other_vspace(uint64_t other)
{
    other_vspace = make(OBJECT_VSPACE, 0, "other");
    ask(other_vspace, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 15, "")), 0);
    put_memory(other_vspace);
    put_into(other, other_vspace, CAP_COPY);
    put_memory(vspace);
    put_into(other, grant(vspace), CAP_COPY);
    grant(other_vspace);
}

static void person(const char *name, uint64_t own_space, uint64_t role, uint64_t priority,
                   uint64_t budget)
{
    uint64_t thread = make(OBJECT_THREAD, 0, name), frame = make(OBJECT_FRAME, PAGE_SIZE_BITS, "");
    uint64_t time = make(OBJECT_SCHEDCONTEXT, 0, name);
    uint64_t utcb = next_utcb, addresses = own_space == space ? vspace : other_vspace;

    next_utcb += PAGE_BYTES;
    map(addresses, frame, utcb, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    ask(thread, THREAD_LABEL_CONFIGURE, WORDS(utcb), CAPS(own_space, addresses, frame), 0);
    ask(time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(priority, budget, 10 * MS), CAPS(cpu), 0);
    ask(time, SCHEDCONTEXT_LABEL_BIND, WORDS(role), CAPS(thread), 0);
    ask(thread, THREAD_LABEL_START, NO_WORDS, NO_CAPS, 0);
    if (own_space != space)
        put_into(own_space, thread, CAP_COPY);
}

/* ---- what they talk through ---- */

static void put_ways(uint64_t other, uint64_t endpoint)
{
    uint64_t badged = mint(endpoint, 1, CAP_RIGHTS_ALL);

    put_into(other, badged, CAP_COPY);
    put_into(other, endpoint, CAP_DERIVE | CAP_RIGHTS_RECV | CAP_RIGHTS_GRANT);
    put_into(other, endpoint, CAP_DERIVE | CAP_RIGHTS_CALL); /* its answers carry nothing */
}

/* A WaitSet, and what is in it: each has a key of its own. */
static void put_set(uint64_t other, const char *name, uint64_t call_only)
{
    uint64_t set = make(OBJECT_WAITSET, 4, name);
    const uint64_t sources[] = {make(OBJECT_ENDPOINT, call_only, "in set"),
                                make(OBJECT_NOTIFICATION, 0, "bell in set"),
                                make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 8, 1), "chan in set")};

    for (unsigned i = 0; i < 3; i++)
        ask(set, WAITSET_LABEL_ADD, WORDS(i + 1), CAPS(sources[i]), 0);
    put_ways(other, sources[0]);
    put_into(other, mint(sources[1], 3, CAP_RIGHTS_ALL), CAP_COPY);
    put_into(other, sources[2], CAP_COPY);
    put_into(other, set, CAP_COPY);
}

/* An endpoint with a channel: its clients call, and post. */
static void put_attached(uint64_t other)
{
    uint64_t channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 20, 1), "attached");
    uint64_t endpoint = make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "posts");

    put_into(other, channel, CAP_COPY);
    ask(channel, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(endpoint), 0);
    put_ways(other, endpoint);
}

static uint64_t stranger_space(void)
{
    uint64_t other = make(OBJECT_CSPACE, 6, "other"), bell = make(OBJECT_NOTIFICATION, 0, "bell");
    uint64_t piece = make(OBJECT_UNTYPED, 16, "");

    put_into(other, other, CAP_COPY);
    put_ways(other, make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "open"));
    put_ways(other, make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "calls"));
    put_ways(other, make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "calls2"));
    put_into(other, mint(bell, 5, CAP_RIGHTS_ALL), CAP_COPY);
    put_into(other, make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 128, 2), "channel"), CAP_COPY);
    put_attached(other);
    put_set(other, "set", UNTYPED_ENDPOINT_CALL_ONLY);
    put_set(other, "open set", UNTYPED_ENDPOINT_OPEN);
    put_into(other, piece, CAP_MOVE);
    return other;
}

/* Times of a Notification and of a Channel, and one of nobody. */
static void put_times(uint64_t other, uint64_t bell)
{
    const uint64_t sources[] = {bell, root_cap(OBJECT_CHANNEL, 0), 0};

    for (unsigned i = 0; i < 3; i++) {
        uint64_t time = make(OBJECT_SCHEDCONTEXT, 0,
                             i == 0   ? "bell's"
                             : i == 1 ? "chan's"
                                      : "spare");

        ask(time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(25 + 10 * i, MS * (i + 1), 10 * MS),
            CAPS(cpu), 0);
        if (sources[i])
            ask(time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(sources[i]), 0);
        else
            put_into(other, time, CAP_COPY);
    }
}

/* Of each type one without rights, in both spaces. */
static void put_weak(uint64_t other)
{
    for (int type = OBJECT_NONE + 1; type < OBJECT_TYPES; type++) {
        uint64_t cap = type == OBJECT_UNTYPED ? 0 : root_cap(type, 0);

        if (!cap)
            continue;
        ask(space, CSPACE_LABEL_DERIVE, WORDS(0, 0, 0), CAPS(cap), 0);
        put_into(other, cap, CAP_DERIVE);
    }
}

void prologue(void)
{
    uint64_t other, bell, line;

    look_around();
    next_utcb = UTCBS;
    root_runs_at(ROOT_URGENT);
    other = stranger_space();
    bell = mint(make(OBJECT_NOTIFICATION, 0, "bell2"), 2, CAP_RIGHTS_ALL);
    make_other_vspace(other);
    line = ask(irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(3, 5), NO_CAPS, 0);
    ask(line, LABEL(OBJECT_IRQ, 1), WORDS(0), CAPS(bell), 0);
    make(OBJECT_FRAME, PAGE_SIZE_BITS, "");
    person("A", space, SCHEDCONTEXT_OWN, 40, 10 * MS);
    person("B", space, SCHEDCONTEXT_OWN, 32, MS);
    person("C", space, SCHEDCONTEXT_RESERVE, 20, 10 * MS);
    person("D", other, SCHEDCONTEXT_RESERVE, 50, 2 * MS);
    person("E", other, SCHEDCONTEXT_OWN, 10, 10 * MS);
    put_times(other, bell);
    put_weak(other);
    root_runs_at(ROOT_USUAL);
}
