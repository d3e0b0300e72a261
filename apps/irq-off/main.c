/*
 * main.c - measures how long the kernel keeps interrupts waiting while it does what takes long:
 * irq-off [NAME...]
 *
 * The kernel itself measures, by the time-stamp counter (cpu_measure): under an emulator that
 * counts instructions as time that is instructions, elsewhere cycles. Meanwhile a timer rings every
 * few microseconds, so that every operation is preempted, too, again and again, in many places.
 * It starts itself once more, with the memory and the priority that it needs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <myelin/clock.h>
#include <myelin/cpu.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/process.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "crowd.h"
#include "irq-off.h"

#define LIMIT           20000
#define INSIDE          "--inside"
#define NAMES_MAX       16
#define OBJECT_MEMORY   (64ull << 20)
#define PRIORITY        25
#define TICKER_PRIORITY 38
#define WHOLE_TIME      10000000ull /* ns */
#define TICK_LEAST      4000ull     /* ns from one ring of the timer to the next */
#define TICK_SPREAD     8000ull

static unsigned long long worst;
static const char *worst_name = "none";

/* ---- the timer that rings ---- */

static void tick(void *bell_place)
{
    cap_t bell = *(const cap_t *)bell_place;
    uint64_t bits, draw = 1;

    for (;;) {
        draw = draw * 6364136223846793005ull + 1442695040888963407ull;
        notification_set_timer(bell, clock_now() + TICK_LEAST + (draw >> 33) % TICK_SPREAD, 1);
        ipc_wait_notification(bell, &bits);
    }
}

static error_t start_ticker(void)
{
    static struct spawned_thread ticker;
    static cap_t bell;
    cap_t time;
    error_t error = notification_create("tick", &bell);

    if (!error)
        error = schedcontext_create("tick", &time);
    if (!error)
        error = schedcontext_configure(time, startup_cap("cpu"), TICKER_PRIORITY, WHOLE_TIME,
                                       WHOLE_TIME);
    return error ? error : thread_spawn("tick", tick, &bell, time, SCHEDCONTEXT_OWN, &ticker);
}

/* ---- measuring ---- */

/* 1: it could not be done, or took too long. */
static int measure(const struct measured *measured)
{
    uint64_t ticks = 0, before;
    error_t error;

    measured->prepare();
    expect(cpu_measure(startup_cap("cpu"), true, &before));
    measured->run();
    expect(cpu_measure(startup_cap("cpu"), false, &ticks));
    expect(crowd_dismiss());
    error = crowd_error();
    if (error) {
        printf("irq-off: %s: cannot be done: %s\n", measured->name, error_sentence(error));
        return 1;
    }
    printf("bench irq_off_%s %llu instructions\n", measured->name, (unsigned long long)ticks);
    if (ticks > worst) {
        worst = ticks;
        worst_name = measured->name;
    }
    if (ticks > LIMIT)
        printf("irq-off: %s: %llu is more than %d\n", measured->name, (unsigned long long)ticks,
               LIMIT);
    return ticks > LIMIT;
}

static bool is_meant(const char *name, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static int measure_all(const struct measured *measured, char **names)
{
    int status = 0;

    for (; measured->name; measured++)
        if (is_meant(measured->name, names))
            status |= measure(measured);
    return status;
}

/* ---- the two processes ---- */

static error_t give_all(cap_t process)
{
    const struct process_settings settings = {.priority = PRIORITY,
                                              .budget = WHOLE_TIME,
                                              .period = WHOLE_TIME,
                                              .object_memory = OBJECT_MEMORY};
    error_t error = process_configure(process, &settings, startup_cap("cpu"));

    if (!error)
        error = process_give(process, "names", startup_cap("names"), CAP_COPY);
    return error ? error : process_give(process, "console", startup_cap("console"), CAP_COPY);
}

static error_t start_inside(char **names, struct process_status *status)
{
    char *arguments[NAMES_MAX + 3] = {"irq-off", INSIDE};
    cap_t process;
    error_t error;

    for (unsigned i = 0; i < NAMES_MAX && names[i]; i++)
        arguments[i + 2] = names[i];
    error = process_prepare("/bin/irq-off", arguments, NULL, &process);
    if (!error)
        error = give_all(process);
    if (!error)
        error = process_start(process);
    return error ? error : process_wait(process, status);
}

static int outside(char **names)
{
    struct process_status status = {0};
    error_t error = start_inside(names, &status);

    if (error || status.fault)
        printf("irq-off: %s\n", error ? error_sentence(error) : "it faulted");
    return error || status.exit_code;
}

static int inside(char **names)
{
    error_t error = crowd_begin(startup_cap("memory"));
    int status;

    if (!error)
        error = start_ticker();
    if (error) {
        printf("irq-off: cannot prepare: %s\n", error_sentence(error));
        return 1;
    }
    status = measure_all(memory_operations, names) | measure_all(waiting_operations, names) |
             measure_all(chain_operations, names);
    printf("bench irq_off_worst %llu instructions\n", worst);
    printf("irq-off: the worst is %s\n", worst_name);
    return status;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], INSIDE) == 0)
        return inside(argv + 2);
    return outside(argv + 1);
}
