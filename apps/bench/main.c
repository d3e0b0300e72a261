/*
 * main.c - measures the kernel's ways, in instructions, on the very system that runs.
 *
 * It needs an emulator that counts instructions as time (`make bench`): a loop of known length
 * is measured first, and if that is off nothing else is. Each loop of ROUNDS rounds is measured
 * BENCH_RUNS times; the median is told, and runs that differ are a failure. Then the same loop runs
 * once more untimed, round by round, with every word, badge and status checked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <myelin/cpu.h>
#include <myelin/endpoint.h>
#include <myelin/idl/bench_types.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/echo_types.h>
#include <myelin/idl/partner.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/process.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>

#include "bench.h"
#include "rounds.h"

#define ROUNDS             1000
#define CALIBRATION_ROUNDS 100000
#define CALIBRATION_SLACK  100 /* instructions: reading the counter, setting up the loop */
#define SPREAD_PERCENT     3
#define PERIOD             100000000ull /* ns, of the partners' time */

/* A handle that no program ever gets: its index is the last one. */
#define INVALID_HANDLE ((cap_t)1 << CAP_INDEX_BITS | (CAP_INDEX_MASK - 1))

static uint64_t loop_overhead; /* instructions of ROUNDS rounds of an empty loop */

static int fail(const char *name, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", name, why);
    return 1;
}

static int fail_error(const char *name, error_t error)
{
    return error ? fail(name, error_sentence(error)) : 0;
}

static uint64_t time_empty(uint64_t rounds)
{
    uint64_t start = counter_now();

    rounds_run_empty(rounds);
    return counter_now() - start;
}

static uint64_t least_empty(uint64_t rounds)
{
    uint64_t least = time_empty(rounds);

    for (int run = 1; run < BENCH_RUNS; run++) {
        uint64_t ticks = time_empty(rounds);

        if (ticks < least)
            least = ticks;
    }
    return least;
}

/* A loop of 2 instructions a round must take 2 ticks a round. */
static int calibrate(void)
{
    uint64_t wanted = 2 * CALIBRATION_ROUNDS;
    uint64_t ticks = least_empty(CALIBRATION_ROUNDS);

    if (ticks < wanted || ticks > wanted + CALIBRATION_SLACK) {
        fprintf(stderr,
                "bench: calibration: a loop of %llu instructions took %llu ticks: this machine's "
                "counter does not count instructions (use make bench)\n",
                (unsigned long long)wanted, (unsigned long long)ticks);
        return 1;
    }
    loop_overhead = least_empty(ROUNDS);
    return 0;
}

static int compare(const void *first, const void *second)
{
    uint64_t a = *(const uint64_t *)first, b = *(const uint64_t *)second;

    return (a > b) - (a < b);
}

/* Instructions of ROUNDS rounds, without the loop's own. 0: a status was not as expected. */
typedef uint64_t timing(const void *form);

static uint64_t time_rounds(const void *form)
{
    struct rounds rounds = *(const struct rounds *)form;
    uint64_t start, ticks;

    rounds.count = ROUNDS;
    start = counter_now();
    rounds_run(&rounds);
    ticks = counter_now() - start;
    return rounds.count ? 0 : ticks - loop_overhead;
}

/* Tells the median of the samples as one round's, and returns it in *result. */
static int tell_round(const char *name, uint64_t *samples, uint64_t rounds, uint64_t *result)
{
    uint64_t median;

    qsort(samples, BENCH_RUNS, sizeof(samples[0]), compare);
    median = samples[BENCH_RUNS / 2];
    if ((samples[BENCH_RUNS - 1] - samples[0]) * 100 > median * SPREAD_PERCENT)
        return fail(name, "the runs differ too much");
    *result = (median + rounds / 2) / rounds;
    printf("bench %s %llu instructions\n", name, (unsigned long long)*result);
    return 0;
}

int bench_tell(const char *name, uint64_t *samples, uint64_t rounds)
{
    uint64_t result;

    return tell_round(name, samples, rounds, &result);
}

/* Instructions of one round, told under this name and returned in *result. */
static int measure_as(const char *name, timing *time, const void *form, uint64_t *result)
{
    uint64_t samples[BENCH_RUNS];

    time(form); /* touches every page and cache once */
    for (int run = 0; run < BENCH_RUNS; run++)
        if (!(samples[run] = time(form)))
            return fail(name, "the kernel answered with another status than expected");
    return tell_round(name, samples, ROUNDS, result);
}

static int measure(const char *name, const struct rounds *form)
{
    uint64_t result;

    return measure_as(name, time_rounds, form, &result);
}

/* ---- null_syscall ---- */

static int check_refusals(struct rounds rounds)
{
    for (uint64_t round = 0; round < ROUNDS; round++) {
        rounds.count = 1;
        rounds_run(&rounds);
        if (rounds.count || rounds.answer_tag || rounds.answer_words[0])
            return fail("null_syscall", "the refusal is not as documented");
        for (unsigned i = 3; i < MESSAGE_REGISTER_WORDS; i++)
            if (rounds.answer_words[i])
                return fail("null_syscall", "a register was not cleared");
    }
    return 0;
}

static int bench_refusal(void)
{
    struct rounds rounds = {
        .tag = TAG(OP_CALL, ECHO_LABEL_SAME, 0), .handle = INVALID_HANDLE, .expected = EBADF};

    return measure("null_syscall", &rounds) || check_refusals(rounds);
}

/* ---- partners in address spaces of their own ---- */

/* As much time as the Cpu capability allows, `above` priorities above this program's own. */
static error_t settings(unsigned flags, unsigned above, struct process_settings *settings)
{
    struct schedcontext_info own;
    struct cpu_info cpu;
    error_t error = cpu_inspect(startup_cap("cpu"), &cpu);

    if (!error)
        error = schedcontext_get_info(startup_cap("time"), &own);
    if (error)
        return error;
    *settings = (struct process_settings){
        .flags = flags,
        .priority = own.priority + above,
        .budget = PERIOD / 1000 * cpu.share,
        .period = PERIOD,
    };
    return settings->priority > cpu.priority ? EPERM : SUCCESS;
}

static error_t start_partner(char *part, const struct process_settings *time, cap_t endpoint,
                             cap_t notification, cap_t *process)
{
    char *arguments[] = {"bench", part, NULL};
    error_t error = process_prepare("/bin/bench", arguments, NULL, process);

    if (error)
        return error;
    error = process_give(*process, BENCH_ENDPOINT, endpoint,
                         CAP_DERIVE | CAP_RIGHTS_RECV | CAP_RIGHTS_GRANT);
    if (!error && notification != CAP_NULL)
        error =
            process_give(*process, BENCH_NOTIFICATION, notification, CAP_DERIVE | CAP_RIGHTS_RECV);
    if (!error)
        error = process_configure(*process, time, startup_cap("cpu"));
    if (!error)
        error = process_start(*process);
    if (error)
        process_release(*process);
    return error;
}

/* An endpoint, and the badged capability by which this program calls its partner. */
static error_t make_endpoint(unsigned kind, cap_t *endpoint, cap_t *client)
{
    error_t error = endpoint_create("bench", kind, endpoint);

    return error ? error : endpoint_mint(*endpoint, BENCH_BADGE, client);
}

/* ---- call_rt_inter ---- */

/* One checked call: the server checks what it gets, this side what comes back. */
static int check_call(struct rounds *rounds, uint64_t round)
{
    unsigned words = tag_words(rounds->tag);

    for (unsigned i = 0; i < words; i++)
        *bench_word(rounds->words, i) = bench_pattern(round, i);
    rounds->count = 1;
    rounds_run(rounds);
    if (rounds->count || tag_label(rounds->answer_tag) || tag_words(rounds->answer_tag) != words)
        return 0;
    for (unsigned i = 0; i < words || i < MESSAGE_REGISTER_WORDS; i++) {
        word_t wanted = i < words ? ~bench_pattern(round, i) : 0;

        if (*bench_word(rounds->answer_words, i) != wanted)
            return 0;
    }
    return 1;
}

static int check_calls(const char *name, cap_t server, unsigned words)
{
    struct rounds rounds = {.tag = TAG(OP_CALL, ECHO_LABEL_COMPLEMENT, words), .handle = server};

    for (uint64_t round = 0; round < ROUNDS; round++)
        if (!check_call(&rounds, round))
            return fail(name, "a message or its answer did not arrive as it was sent");
    return 0;
}

static int bench_call(cap_t server, unsigned words)
{
    struct rounds rounds = {.tag = TAG(OP_CALL, ECHO_LABEL_SAME, words), .handle = server};
    char name[32];
    error_t error = partner_prepare(server, words);

    snprintf(name, sizeof(name), "call_rt_inter_%uw", words);
    if (error)
        return fail_error(name, error);
    for (unsigned i = 0; i < words; i++)
        *bench_word(rounds.words, i) = bench_pattern(0, i);
    return measure(name, &rounds) || check_calls(name, server, words);
}

/* A passive server that this program can call. */
struct partner {
    cap_t client, process;
};

static error_t start_callee(char *part, struct partner *partner)
{
    struct process_settings time;
    cap_t endpoint;
    error_t error = settings(PROCESS_PASSIVE, 0, &time);

    if (!error)
        error = make_endpoint(UNTYPED_ENDPOINT_CALL_ONLY, &endpoint, &partner->client);
    if (!error)
        error = start_partner(part, &time, endpoint, CAP_NULL, &partner->process);
    return error;
}

static int bench_calls(void)
{
    static const unsigned sizes[] = {0, 7, 64, 120};
    struct partner server;
    error_t error = start_callee("--server", &server);
    int status = 0;

    if (error)
        return fail_error("server", error);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !status; i++)
        status = bench_call(server.client, sizes[i]);
    process_release(server.process);
    return status;
}

/* ---- idl_overhead_rt_3w ---- */

static uint64_t time_generated(const void *form)
{
    cap_t server = *(const cap_t *)form;
    uint64_t start = counter_now();
    bool good = bench_generated_rounds(server, ROUNDS);
    uint64_t ticks = counter_now() - start;

    return good ? ticks - loop_overhead : 0;
}

/* The bare loops: three words go, one comes. */
static int measure_bare(cap_t server, uint64_t *result)
{
    static const char name[] = "idl_bare_rt_3w";
    struct rounds rounds = {
        .tag = TAG(OP_CALL, BENCH_LABEL_ADD, 3), .handle = server, .words = {1, 2, 3}};

    if (measure_as(name, time_rounds, &rounds, result))
        return 1;
    return bench_generated_is_right(server, ROUNDS) ? 0 : fail(name, "a sum was wrong");
}

static int measure_generated(cap_t server, uint64_t *result)
{
    static const char name[] = "idl_generated_rt_3w";

    if (measure_as(name, time_generated, &server, result))
        return 1;
    return bench_generated_is_right(server, ROUNDS) ? 0 : fail(name, "a sum was wrong");
}

static int bench_overhead(void)
{
    struct partner bare = {0}, generated = {0};
    uint64_t bare_result, generated_result;
    error_t error = start_callee("--adder", &bare);
    int status;

    if (!error)
        error = start_callee("--generated", &generated);
    if (error)
        return fail_error("idl_overhead_rt_3w", error);
    status = measure_bare(bare.client, &bare_result) ||
             measure_generated(generated.client, &generated_result);
    if (!status)
        printf("bench idl_overhead_rt_3w %lld instructions\n",
               (long long)(generated_result - bare_result));
    process_release(bare.process);
    process_release(generated.process);
    return status;
}

/* ---- notify_wake_rt_inter ---- */

/* Stops the waiter's loop by bits that differ each time; it must report just these. */
static int check_wake(cap_t waiter, struct rounds *rounds, uint64_t round)
{
    uint64_t count, bits, wanted = BENCH_STOP | (bench_pattern(round, 1) >> 1 & ~BENCH_WAKE);

    rounds->words[0] = BENCH_WAKE;
    rounds->count = 1;
    rounds_run(rounds);
    if (rounds->count)
        return 0;
    rounds->words[0] = wanted;
    rounds->count = 1;
    rounds_run(rounds);
    return !rounds->count && !partner_report(waiter, &count, &bits) && count == 1 && bits == wanted;
}

/* After the measured loop: each wake must have been seen alone, none joined with the next. */
static int check_wakes(const char *name, cap_t waiter, struct rounds rounds)
{
    uint64_t count, bits;

    rounds.words[0] = BENCH_STOP;
    rounds.count = 1;
    rounds_run(&rounds);
    if (partner_report(waiter, &count, &bits) || count != ROUNDS * (BENCH_RUNS + 1) ||
        bits != BENCH_STOP)
        return fail(name, "the waiter did not wake once for each notification");
    for (uint64_t round = 0; round < ROUNDS; round++)
        if (!check_wake(waiter, &rounds, round))
            return fail(name, "the waiter did not get the bits that were set");
    return 0;
}

static int bench_wakes(cap_t waiter, cap_t notification)
{
    static const char name[] = "notify_wake_rt_inter";
    struct rounds rounds = {
        .tag = TAG(OP_NOTIFY, 0, 1), .handle = notification, .words = {BENCH_WAKE}};
    uint64_t count, bits;
    error_t error = partner_report(waiter, &count, &bits); /* it has started */

    if (error)
        return fail_error(name, error);
    return measure(name, &rounds) || check_wakes(name, waiter, rounds);
}

static int bench_notify(void)
{
    struct process_settings time;
    cap_t endpoint, waiter, notification, process;
    error_t error = settings(0, 1, &time);
    int status;

    if (!error)
        error = make_endpoint(UNTYPED_ENDPOINT_OPEN, &endpoint, &waiter);
    if (!error)
        error = notification_create("bench", &notification);
    if (!error)
        error = start_partner("--waiter", &time, endpoint, notification, &process);
    if (error)
        return fail_error("waiter", error);
    status = bench_wakes(waiter, notification);
    process_release(process);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--server") == 0)
        return bench_server();
    if (argc == 2 && strcmp(argv[1], "--waiter") == 0)
        return bench_waiter();
    if (argc == 2 && strcmp(argv[1], "--adder") == 0)
        return bench_adder();
    if (argc == 2 && strcmp(argv[1], "--generated") == 0)
        return bench_generated_server();
    if (argc > 1) {
        fputs("usage: bench\n", stderr);
        return 2;
    }
    return calibrate() || bench_refusal() || bench_calls() || bench_overhead() || bench_notify() ||
           bench_ring() || bench_file() || bench_process();
}
