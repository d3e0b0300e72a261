/*
 * irq.c - from the system call by which a driver lets its device interrupt to the first instruction
 * of its thread that waits for that. The device is the second serial port, which nobody else uses:
 * it interrupts at once when it is told that it may as soon as it has nothing to send.
 *
 * A program of a manifest of its own (rootfs/etc/bench), for the ports and the line, has this
 * argument: --irq. The command line says whether it goes on then.
 */
#include <stdio.h>

#include <myelin/idl/console.h>
#include <myelin/idl/ioport_types.h>
#include <myelin/idl/power.h>
#include <myelin/ioport.h>
#include <myelin/irq.h>
#include <myelin/notification.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

#define PORT             0x2f8
#define INTERRUPTS       (PORT + 1)
#define CAUSE            (PORT + 2)
#define LINE             (PORT + 3)
#define MODEM            (PORT + 4)
#define INTERRUPT_SENT   2    /* nothing is left to be sent */
#define LINE_8N1         0x03 /* 8 bits, no parity, and no divisor at the first two ports */
#define MODEM_INTERRUPTS 8    /* lets interrupts through */
#define ROUNDS           100
#define AFTER_READING    5 /* from the counter to the system call */

bool bench_again;

struct driver {
    cap_t ports, irq, notification;
    uint64_t asked;      /* the counter when the device was told; 0: it is over */
    uint64_t ticks;      /* of all rounds of a sample */
    uint64_t interrupts; /* likewise, how many came */
};

static error_t put(const struct driver *driver, unsigned port, uint64_t value)
{
    return ioport_out(driver->ports, port, 1, value);
}

/* The thread that waits: it has a higher priority than the one that asks. */
static void wait_for_interrupts(void *argument)
{
    struct driver *driver = argument;
    uint64_t woken, bits, cause;

    do {
        struct waits waits = {.tag = TAG(OP_RECV, 0, 0), .notification = driver->notification};

        woken = waits_once(&waits);
        bits = waits.bits;
        if (waits.status || bits != 1)
            return;
        driver->ticks += woken - driver->asked - AFTER_READING;
        driver->interrupts++;
    } while (!put(driver, INTERRUPTS, 0) && !ioport_in(driver->ports, CAUSE, 1, &cause) &&
             !irq_acknowledge(driver->irq, 0));
}

/* One sample: so often the device is told that it may interrupt. */
static uint64_t take_sample(struct driver *driver)
{
    driver->ticks = driver->interrupts = 0;
    for (unsigned round = 0; round < ROUNDS; round++)
        if (port_out_timed(driver->ports, INTERRUPTS, INTERRUPT_SENT, &driver->asked) ||
            driver->interrupts != round + 1)
            return 0;
    return driver->ticks;
}

static error_t open_device(struct driver *driver)
{
    cap_t bell;
    error_t error = notification_create("irq", &driver->notification);

    if (!error)
        error = put(driver, LINE, LINE_8N1);
    if (!error)
        error = put(driver, INTERRUPTS, 0);
    if (!error)
        error = put(driver, MODEM, MODEM_INTERRUPTS);
    if (!error)
        error = notification_mint(driver->notification, 1, &bell);
    return error ? error : irq_bind(driver->irq, 0, bell);
}

static error_t start_waiter(struct driver *driver)
{
    static struct spawned_thread thread;
    cap_t time;
    error_t error = bench_make_time(1, &time);

    if (!error)
        error = thread_spawn("irq", wait_for_interrupts, driver, time, SCHEDCONTEXT_OWN, &thread);
    return error;
}

/* The run ends with it, when all that was told has been written. */
static int end_run(int status)
{
    uint64_t written;

    fflush(NULL);
    console_write(startup_cap("console"), "", 0, &written);
    return bench_fail_error("power", power_off(startup_cap("power"), (uint8_t)status));
}

static int measure_interrupts(struct driver *driver)
{
    static const char name[] = "irq_from_call";
    static uint64_t samples[BENCH_RUNS];
    error_t error;

    driver->ports = startup_cap("uart");
    driver->irq = startup_cap("uart-irq");
    error = open_device(driver);
    if (!error)
        error = start_waiter(driver);
    if (error)
        return bench_fail_error(name, error);
    take_sample(driver); /* touches every page once */
    for (unsigned run = 0; run < BENCH_RUNS; run++) {
        samples[run] = take_sample(driver);
        if (!samples[run])
            return bench_fail(name, "not each time the device was told an interrupt came");
    }
    return bench_tell(name, samples, ROUNDS);
}

/* The instruction that lets the device interrupt is in the kernel, so what lies between is counted
   from outside (bench/interrupt.py), which wants it to be done again and again. */
int bench_irq(void)
{
    static struct driver driver;
    int status = measure_interrupts(&driver);

    while (!status && bench_again && take_sample(&driver))
        continue;
    return end_run(status);
}
