/*
 * main.c - measures the kernel's ways, in instructions, on the very system that runs.
 *
 * It needs an emulator that counts instructions as time (`make bench`): a loop of known length
 * is measured first, and if that is off nothing else is. Each loop is measured BENCH_RUNS times;
 * the median is told, and runs that differ are a failure. Then the same loop runs once more
 * untimed, round by round, with every word, badge and status checked.
 *
 * usage: bench [GROUP...]    (calls, notify, ...; without: all of them)
 *        bench --reasons     which way the calls of ordinary programs go (on any machine)
 */
#include <stdio.h>
#include <string.h>

#include <myelin/idl/lean_types.h>

#include "bench.h"
#include "measure.h"

/* A handle that no program ever gets: of the last generation of a slot. */
#define INVALID_HANDLE ((cap_t)CAP_GENERATION_LAST << CAP_INDEX_BITS | 1)

static int check_refusals(struct rounds rounds)
{
    for (uint64_t round = 0; round < BENCH_ROUNDS; round++) {
        rounds.count = 1;
        rounds_run(&rounds);
        if (rounds.count || rounds.answer_tag || rounds.answer_words[0])
            return bench_fail("null_syscall", "the refusal is not as documented");
        for (unsigned i = 3; i < MESSAGE_REGISTER_WORDS; i++)
            if (rounds.answer_words[i])
                return bench_fail("null_syscall", "a register was not cleared");
    }
    return 0;
}

int bench_refusal(void)
{
    struct rounds rounds = {
        .tag = TAG(OP_CALL, LEAN_LABEL_SAME, 0), .handle = INVALID_HANDLE, .expected = EBADF};

    return bench_measure_rounds("null_syscall", &rounds) || check_refusals(rounds);
}

#define MEASURE "--measure"

struct entry {
    const char *name;
    int (*run)(void);
};

static const struct entry groups[] = {
    {"refusal", bench_refusal},    {"calls", bench_calls},     {"notify", bench_notify},
    {"leases", bench_leases},      {"objects", bench_objects}, {"revoke", bench_revoke},
    {"generated", bench_overhead}, {"ring", bench_ring},       {"file", bench_file},
    {"process", bench_process},    {"irq_off", bench_irq_off}, {"buffer", bench_buffer},
    {"channel", bench_channel},    {"fault", bench_fault},     {"closed", bench_closed},
    {"growth", bench_growth},
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static const struct entry parts[] = {
    {"--server", bench_server},
    {"--slow", bench_slow_server},
    {"--set", bench_set_server},
    {"--structs", bench_struct_server},
    {"--relay", bench_relay},
    {"--deleter", bench_deleter},
    {"--adder", bench_adder},
    {"--generated", bench_generated_server},
    {"--waiter", bench_waiter},
    {"--pong", bench_pong},
    {"--irq", bench_irq},
    {"--yielder", bench_yielder},
    {"--reader", bench_reader},
    {"--taker", bench_taker},
    {"--buffer-taker", bench_buffer_taker},
    {"--handler", bench_handler},
    {"--closed", bench_closed_server},
    {"--grow-threads", bench_grow_threads},
    {"--grow-capabilities", bench_grow_capabilities},
    {"--grow-senders", bench_grow_senders},
    {"--grow-deadlines", bench_grow_deadlines},
    {"--reasons", bench_reasons},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const struct entry *find(const struct entry *entries, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

static int usage(void)
{
    fputs("usage: bench [GROUP...]\ngroups:", stderr);
    for (size_t i = 0; i < GROUPS; i++)
        fprintf(stderr, " %s", groups[i].name);
    fputs("\n", stderr);
    return 2;
}

static int run_all(void)
{
    int status = 0;

    for (size_t i = 0; i < GROUPS && !status; i++)
        status = groups[i].run();
    return status;
}

static int run_named(char **names)
{
    int status = 0;

    for (; *names && !status; names++)
        status = find(groups, GROUPS, *names)->run();
    return status;
}

/* Once more, with `--measure` before the groups. */
static int restart(int count, char **names)
{
    char *arguments[GROUPS + 3] = {"bench", MEASURE};
    int exit_code = 1;

    if (count > (int)GROUPS)
        return usage();
    for (int i = 0; i < count; i++) {
        if (!find(groups, GROUPS, names[i]))
            return usage();
        arguments[i + 2] = names[i];
    }
    return bench_fail_error("bench", bench_restart(arguments, &exit_code)) || exit_code;
}

int main(int argc, char **argv)
{
    const struct entry *part = argc > 1 ? find(parts, PARTS, argv[1]) : NULL;

    bench_again = argc > 3 && strcmp(argv[3], "again") == 0;
    if (part)
        return part->run();
    if (argc < 2 || strcmp(argv[1], MEASURE) != 0)
        return restart(argc - 1, argv + 1);
    return bench_calibrate() || (argc > 2 ? run_named(argv + 2) : run_all());
}
