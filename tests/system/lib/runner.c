/*
 * runner.c - runs a suite's tests and tells how each ended (tests/README.md has the protocol).
 *
 * The process that the shell started only starts the suite anew, with the memory and the priority
 * that tests need, and ends as that ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include <myelin/clock.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/schedcontext_types.h>

#include "pages.h"
#include "systest.h"

#define INSIDE        "--inside"
#define OBJECT_MEMORY (16ull << 20)
#define ARENA_BITS    23
#define WHOLE_TIME    10000000ull /* ns */
#define KNOWN_MAX     256
#define REASON_BYTES  200
#define ARGUMENTS_MAX 4

#define WATCHDOG_BIT      1
#define WATCHDOG_PRIORITY 39

/* The linker sets these around all the tests of a program. */
extern const struct test __start_tests[] __attribute__((weak));
extern const struct test __stop_tests[] __attribute__((weak));

static struct {
    cap_t arena;
    cap_t bell; /* what wakes the watchdog */
    cap_t known[KNOWN_MAX];
    unsigned known_count;
    bool failed;
    volatile bool timed_out;
    char reason[REASON_BYTES];
} runner;

char *systest_arguments[ARGUMENTS_MAX + 1];

cap_t systest_memory(void)
{
    return runner.arena;
}

/* ---- checks ---- */

static void fail_by(int line, const char *text, const char *what)
{
    runner.failed = true;
    snprintf(runner.reason, sizeof(runner.reason), "line %d: %s%s%s", line, text, what,
             runner.timed_out ? " (cancelled: it took too long)" : "");
}

void systest_broken(int line, const char *text)
{
    fail_by(line, text, " does not hold");
}

void systest_differs(uint64_t found, uint64_t wanted, int line, const char *text)
{
    char what[80];

    snprintf(what, sizeof(what), " is 0x%llx, expected 0x%llx", (unsigned long long)found,
             (unsigned long long)wanted);
    fail_by(line, text, what);
}

void systest_wrong_error(error_t found, error_t wanted, int line, const char *text)
{
    char what[80];

    snprintf(what, sizeof(what), " is %s, expected %s", error_name(found), error_name(wanted));
    fail_by(line, text, what);
}

void systest_wanted_error(error_t error)
{
    if (ipc_error_detail()->error == error)
        pairs_note(ipc_error_detail());
}

bool systest_check_argument(uint64_t wanted, int line, const char *text)
{
    char what[80];
    uint64_t found = ipc_error_detail()->argument;

    if (found == wanted)
        return true;
    snprintf(what, sizeof(what), " names argument 0x%llx, expected 0x%llx",
             (unsigned long long)found, (unsigned long long)wanted);
    fail_by(line, text, what);
    return false;
}

/* ---- before and after a test ---- */

static bool is_known(cap_t cap)
{
    for (unsigned i = 0; i < runner.known_count; i++)
        if (runner.known[i] == cap)
            return true;
    return false;
}

/* Notes all capabilities that there are. */
static void know_all(void)
{
    struct cap_info info;

    runner.known_count = 0;
    for (uint64_t index = 0;
         cap_inspect(CAP_NULL, index, &info) == SUCCESS && runner.known_count < KNOWN_MAX;
         index = (info.cap & CAP_INDEX_MASK) + 1)
        runner.known[runner.known_count++] = info.cap;
}

static void delete_unknown(void)
{
    struct cap_info info;

    for (uint64_t index = 0; cap_inspect(CAP_NULL, index, &info) == SUCCESS;
         index = (info.cap & CAP_INDEX_MASK) + 1)
        if (!is_known(info.cap))
            cap_delete(info.cap);
}

/* What may still hold of a test: its timer, a cancellation, bits, what was bound. */
static void tidy(void)
{
    uint64_t bits;

    notification_set_timer(runner.bell, 0, 0);
    thread_bind_notification(thread_self(), CAP_NULL);
    ipc_poll_notification(runner.bell, &bits);
    cap_revoke(runner.arena);
    delete_unknown();
    pages_reset();
}

static void run_one(const struct test *test)
{
    runner.failed = false;
    runner.timed_out = false;
    notification_set_timer(runner.bell, clock_now() + SYSTEST_SECONDS * 1000000000ull,
                           WATCHDOG_BIT);
    test->run();
    tidy();
}

static void tell(const struct test *test, systest_say *say)
{
    char id[64], line[64 + 256 + REASON_BYTES];

    if (!runner.failed)
        pairs_tell(say);
    snprintf(id, sizeof(id), "%s", test->id);
    for (char *at = id; *at; at++)
        if (*at == '_')
            *at = '-';
    if (runner.failed)
        snprintf(line, sizeof(line), "not ok %s %s: %s\n", id, test->sentence, runner.reason);
    else
        snprintf(line, sizeof(line), "ok %s %s\n", id, test->sentence);
    say(line);
}

/* ---- the watchdog: a thread above all others that cancels what a test waits for ---- */

static void watchdog(void *main_thread)
{
    uint64_t bits;

    while (ipc_wait_notification(runner.bell, &bits) == SUCCESS) {
        runner.timed_out = true;
        thread_cancel((cap_t)main_thread);
    }
}

static error_t start_watchdog(void)
{
    static struct spawned_thread thread;
    cap_t time;
    error_t error = notification_create("watchdog", &runner.bell);

    if (!error)
        error = schedcontext_create("watchdog", &time);
    if (!error)
        error = schedcontext_configure(time, startup_cap("cpu"), WATCHDOG_PRIORITY, WHOLE_TIME,
                                       WHOLE_TIME);
    if (error)
        return error;
    return thread_spawn("watchdog", watchdog, (void *)thread_self(), time, SCHEDCONTEXT_OWN,
                        &thread);
}

/* ---- all tests ---- */

/* What the library makes at its first use and keeps must not be a test's, whose things go. */
static error_t warm_up(void)
{
    char *argv[] = {"/bin/true", NULL};
    struct process_status status;
    cap_t process;
    error_t error = process_spawn(argv[0], argv, NULL, &process);

    if (!error)
        error = process_wait(process, &status);
    return error ? error : process_release(process);
}

static error_t prepare(cap_t memory)
{
    error_t error;

    pages_touch_program();
    error = pages_begin(memory);
    if (!error)
        error = start_watchdog();
    if (!error && startup_cap("spawn"))
        error = warm_up();
    if (!error)
        error = untyped_retype(memory, OBJECT_UNTYPED, ARENA_BITS, "arena", 0, &runner.arena);
    untyped_set_memory(runner.arena);
    know_all();
    return error;
}

int systest_run(cap_t memory, const char *only, systest_say *say)
{
    unsigned count = 0, failures = 0;
    error_t error = prepare(memory);
    char line[128];

    if (error) {
        snprintf(line, sizeof(line), "systest: cannot prepare: %s\n", error_sentence(error));
        say(line);
        return EXIT_FAILURE;
    }
    for (const struct test *test = __start_tests; test < __stop_tests; test++) {
        if (only && strcmp(only, "-") != 0 && strcmp(only, test->id) != 0)
            continue;
        run_one(test);
        tell(test, say);
        count++;
        failures += runner.failed;
    }
    snprintf(line, sizeof(line), "done %u\n", count);
    say(line);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- the two processes ---- */

static void print(const char *line)
{
    fputs(line, stdout);
    fflush(stdout);
}

static error_t give_all(cap_t process)
{
    static const char *const names[] = {"names", "console"};
    const struct process_settings settings = {
        .priority = SYSTEST_PRIORITY,
        .budget = WHOLE_TIME,
        .period = WHOLE_TIME,
        .object_memory = OBJECT_MEMORY,
    };
    error_t error = process_configure(process, &settings, startup_cap("cpu"));

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]) && !error; i++)
        error = process_give(process, names[i], startup_cap(names[i]), CAP_COPY);
    return error;
}

static error_t run_inside(char **argv, struct process_status *status)
{
    char path[64];
    char *inside[ARGUMENTS_MAX + 4] = {argv[0], (char *)INSIDE};
    cap_t process;
    error_t error;

    snprintf(path, sizeof(path), "/bin/%s", argv[0]);
    for (unsigned i = 1; i <= ARGUMENTS_MAX + 1 && argv[i]; i++)
        inside[i + 1] = argv[i];
    error = process_prepare(path, inside, NULL, &process);
    if (!error)
        error = give_all(process);
    if (!error)
        error = process_start(process);
    return error ? error : process_wait(process, status);
}

/* usage: systest-NAME [ID [ARGUMENT...]]: all tests (or -), or that one, with _ for -. */
int systest_main(int argc, char **argv)
{
    struct process_status status;
    error_t error;

    if (argc > 1 && strcmp(argv[1], INSIDE) == 0) {
        for (int i = 3; i < argc && i < ARGUMENTS_MAX + 3; i++)
            systest_arguments[i - 3] = argv[i];
        return systest_run(startup_cap("memory"), argv[2], print);
    }
    error = run_inside(argv, &status);
    if (error) {
        printf("%s: cannot be started with more memory: %s\n", argv[0], error_sentence(error));
        return EXIT_FAILURE;
    }
    if (status.fault)
        printf("%s: fault: label 0x%lx, trap %lu, address 0x%lx, ip 0x%lx\n", argv[0], status.fault,
               status.trap, status.address, status.ip);
    return (int)status.exit_code;
}
