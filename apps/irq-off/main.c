/*
 * main.c - measures how long the kernel keeps interrupts waiting while it does what takes long:
 * irq-off [NAME...]
 *
 * The kernel itself measures, by the time-stamp counter (cpu_measure): under an emulator that
 * counts instructions as time that is instructions, elsewhere cycles. Meanwhile a timer rings every
 * few microseconds, so that every operation is preempted, too, again and again, in many places.
 * It needs a process with 64 MiB for objects (`bench irq_off` starts one).
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <myelin/clock.h>
#include <myelin/cpu.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "crowd.h"
#include "irq-off.h"

#define LIMIT           20000
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
    uint64_t ticks, before;
    error_t error;

    measured->prepare();
    expect(cpu_measure(startup_cap("cpu"), true, &before));
    measured->run();
    expect(cpu_measure(startup_cap("cpu"), false, &ticks));
    error = crowd_error();
    if (!error)
        error = crowd_dismiss();
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

int main(int argc, char **argv)
{
    error_t error = crowd_begin(startup_cap("memory"));
    int status;

    (void)argc;
    if (!error)
        error = start_ticker();
    if (error) {
        printf("irq-off: cannot prepare: %s\n", error_sentence(error));
        return 1;
    }
    status = measure_all(memory_operations, argv + 1) | measure_all(waiting_operations, argv + 1);
    printf("bench irq_off_worst %llu instructions\n", worst);
    printf("irq-off: the worst is %s\n", worst_name);
    return status;
}
