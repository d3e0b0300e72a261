/*
 * systest-hostile.c - programs with ordinary rights that do their worst harm nobody but themselves:
 * systest-hostile [ID|- [MS [SEED]]]
 *
 * Each attack runs for MS ms of the guest's time, while a neighbour does checked work at the same
 * priority (neighbour.c). Then the neighbour must be unharmed and must have had its share, nothing
 * of it may have been seen, all memory and slots must be back, and the kernel must at no time have
 * kept interrupts waiting for more than IRQ_OFF_MAX instructions. The same seed is the same run.
 */
#include <stdio.h>
#include <stdlib.h>

#include <myelin/clock.h>
#include <myelin/idl/process_types.h>

#include "lib/hostile.h"
#include "lib/systest.h"

#define MS              1000000ul
#define SHORT           60   /* ms, without an argument */
#define LONGEST         8000 /* the watchdog of a test waits for 20 s */
#define PATIENCE        (400 * MS)
#define IRQ_OFF_MAX     20000
#define PRIORITY        20
#define PRIORITY_OTHERS 15 /* what the attackers' Cpu capability allows */
#define BUDGET          (5 * MS)
#define PERIOD          (10 * MS)
#define OBJECT_MEMORY   (32ull << 20)
#define CALLS           "3000"
#define RANDOM_PROGRAMS 12

static struct message message;

static uint64_t argument(unsigned n, uint64_t otherwise)
{
    return n && !systest_arguments[n - 1] ? otherwise
           : systest_arguments[n]         ? strtoull(systest_arguments[n], NULL, 0)
                                          : otherwise;
}

static uint64_t duration(void)
{
    uint64_t ms = argument(0, SHORT);

    return ms < LONGEST ? ms : LONGEST;
}

/* ---- programs ---- */

/* A program under way; `ended` rings when it has come to its end. */
struct running {
    cap_t process, ended;
};

static error_t give_cpu(cap_t process)
{
    cap_t low;
    error_t error = cpu_derive(startup_cap("cpu"), PRIORITY_OTHERS, 1000, &low);

    return error ? error : process_give(process, "cpu", low, CAP_MOVE);
}

static error_t prepare(struct running *running, char *const argv[], bool attacker)
{
    const struct process_settings settings = {.flags = PROCESS_WITHOUT_CPU,
                                              .priority = PRIORITY,
                                              .budget = BUDGET,
                                              .period = PERIOD,
                                              .object_memory = attacker ? OBJECT_MEMORY : 0};
    char path[32];
    cap_t bell;
    error_t error;

    snprintf(path, sizeof(path), "/bin/%s", argv[0]);
    running->ended = make_notification();
    error = notification_mint(running->ended, 1, &bell);
    if (!error)
        error = process_prepare(path, argv, NULL, &running->process);
    if (!error)
        error = process_configure(running->process, &settings, startup_cap("cpu"));
    if (!error)
        error = process_give(running->process, "names", startup_cap("names"), CAP_COPY);
    if (!error && attacker)
        error = give_cpu(running->process);
    return error ? error : process_watch(running->process, bell);
}

static error_t start(struct running *running, char *const argv[], bool attacker)
{
    error_t error = prepare(running, argv, attacker);

    return error ? error : process_start(running->process);
}

/* Its end, or after that time its end by force: then *code is 0. */
static error_t finish(struct running *running, uint64_t until, uint64_t *code)
{
    struct process_status status = {0};
    error_t error = message_receive_until(running->ended, &message, until);

    if (!error)
        error = process_status(running->process, &status);
    *code = status.exit_code;
    if (error == ETIMEDOUT)
        error = SUCCESS;
    if (!error)
        error = process_release(running->process);
    cap_delete(running->ended);
    return error;
}

/* ---- an attack with a neighbour ---- */

/* Again and again, should it not live that long, with the next seed. */
static error_t attack_until(const char *name, uint64_t end, uint64_t seed, uint64_t *worst_end)
{
    error_t error = SUCCESS;

    for (*worst_end = 0; !error && clock_now() < end; seed++) {
        char text[24], ms[24];
        char *const argv[] = {"hostile-attack", (char *)name, ms, text, NULL};
        struct running attacker;
        uint64_t code;

        snprintf(text, sizeof(text), "%lu", seed);
        snprintf(ms, sizeof(ms), "%lu", (end - clock_now()) / MS + 1);
        error = start(&attacker, argv, true);
        if (!error)
            error = finish(&attacker, end + PATIENCE, &code);
        if (!error && (code == HOSTILE_SEES_CANARY || code == HOSTILE_USAGE))
            *worst_end = code;
    }
    return error;
}

static error_t attack_beside(const char *name, uint64_t ms, uint64_t seed, uint64_t *attacker_end,
                             uint64_t *neighbour_end)
{
    char text[24], length[24];
    char *const argv[] = {"neighbour", length, text, NULL};
    struct running neighbour;
    error_t error;

    snprintf(text, sizeof(text), "%lu", seed);
    snprintf(length, sizeof(length), "%lu", ms);
    error = start(&neighbour, argv, false);
    if (!error)
        error = attack_until(name, clock_now() + ms * MS, seed, attacker_end);
    if (!error)
        error = finish(&neighbour, clock_now() + 10 * ms * MS + PATIENCE, neighbour_end);
    return error;
}

/* Programs, memory, the slots of the process server and of this program. */
struct balance {
    struct processes_memory memory;
    uint64_t slots, used;
};

static error_t take_stock(struct balance *balance)
{
    error_t error = process_memory(&balance->memory);

    return error ? error
                 : cspace_statistics(startup_cap("cspace"), &balance->slots, &balance->used);
}

static void check_nothing_lost(const struct balance *before)
{
    struct balance after;

    CHECK_GOOD(take_stock(&after));
    CHECK_IS(after.memory.free, before->memory.free);
    CHECK_IS(after.memory.processes, before->memory.processes);
    CHECK_IS(after.memory.slots, before->memory.slots);
    CHECK_IS(after.used, before->used);
}

static void check_attack(const char *name)
{
    struct balance before;
    uint64_t irq_off, attacker, neighbour, seed = argument(1, 1);

    CHECK_GOOD(attack_beside(name, 2, seed, &attacker, &neighbour)); /* what servers keep is kept */
    CHECK_GOOD(take_stock(&before));
    CHECK_GOOD(cpu_measure(startup_cap("cpu"), true, &irq_off));
    CHECK_GOOD(attack_beside(name, duration(), seed, &attacker, &neighbour));
    CHECK_GOOD(cpu_measure(startup_cap("cpu"), false, &irq_off));
    printf("%s: interrupts waited for %lu instructions at most\n", name, irq_off);
    CHECK_IS(attacker, HOSTILE_GOOD);
    CHECK_IS(neighbour, HOSTILE_GOOD);
    check_nothing_lost(&before);
    CHECK(irq_off <= IRQ_OFF_MAX);
}

#define ATTACK(id, name, sentence) \
    TEST(id, sentence)             \
    {                              \
        check_attack(name);        \
    }

ATTACK(HOSTILE_HANDLES, "handles", "forged and stale handles reach nothing")
ATTACK(HOSTILE_FREED, "freed", "objects that are freed while others wait for them leave nothing")
ATTACK(HOSTILE_LEASES, "leases", "leases that overlap, lie nowhere or go away harm nobody")
ATTACK(HOSTILE_REPLIES, "replies", "of two answers to a call, and a cancel, one counts")
ATTACK(HOSTILE_FLOODS, "floods", "a flood of capabilities ends at the flooder's own limits")
ATTACK(HOSTILE_STORMS, "storms", "storms of notifications and timers are paid by who makes them")
ATTACK(HOSTILE_MAPPINGS, "mappings", "Frames are mapped nowhere but where they may be")
ATTACK(HOSTILE_UTCB, "utcb", "a UTCB that another thread changes during the call changes nothing")
ATTACK(HOSTILE_REGISTERS, "registers", "poisonous registers harm only the thread that gets them")
ATTACK(HOSTILE_EDGE, "edge", "system calls at the edge of the address space do not leave it")
ATTACK(HOSTILE_CODE, "code", "random machine code stays in its process")
ATTACK(HOSTILE_CHAIN, "chain", "a chain of a thousand calls, cut anywhere, disturbs nobody")
ATTACK(HOSTILE_CIRCLE, "circle", "a circle of a thousand threads disturbs nobody")
ATTACK(HOSTILE_BUDGETS, "budgets", "a hundred threads of tiny budgets get no more than those")
ATTACK(HOSTILE_PAGERS, "pagers", "pagers that never answer hold up only those that they page for")

/* ---- random system calls, without a neighbour: many seeds, some of which end at once ---- */

static error_t run_random(uint64_t seed, unsigned *survivors, uint64_t *worst_end)
{
    char text[24];
    char *const argv[] = {"hostile", text, CALLS, NULL};
    struct running attacker;
    uint64_t code = 1;
    error_t error;

    snprintf(text, sizeof(text), "%lu", seed);
    error = start(&attacker, argv, true);
    if (!error)
        error = finish(&attacker, clock_now() + 2 * PATIENCE, &code);
    *survivors += code == HOSTILE_GOOD;
    if (code == HOSTILE_SEES_CANARY)
        *worst_end = code;
    return error;
}

TEST(HOSTILE_CALLS, "after a dozen programs of 3,000 random system calls each all their memory is "
                    "back, and the system runs on")
{
    struct balance before;
    uint64_t worst_end = HOSTILE_GOOD, irq_off, seed = argument(1, 1);
    unsigned survivors = 0;

    CHECK_GOOD(run_random(seed, &survivors, &worst_end));
    CHECK_GOOD(take_stock(&before));
    CHECK_GOOD(cpu_measure(startup_cap("cpu"), true, &irq_off));
    for (uint64_t i = 1; i <= RANDOM_PROGRAMS; i++)
        CHECK_GOOD(run_random(seed + i, &survivors, &worst_end));
    CHECK_GOOD(cpu_measure(startup_cap("cpu"), false, &irq_off));
    CHECK_IS(worst_end, HOSTILE_GOOD);
    check_nothing_lost(&before);
    CHECK(irq_off <= IRQ_OFF_MAX);
    CHECK(survivors);
}

SUITE
