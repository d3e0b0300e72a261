/*
 * world_device.c - small worlds of what comes from outside: a driver's interrupts and ports, and
 * what it reads of the processor; alarms, and sources that bring bits and time to who waits.
 */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/ioport_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/notification_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/trace_types.h>
#include <myelin/idl/waitset_types.h>

#include "worlds.h"

#define ANY   CAP_RIGHTS_ALL
#define LINE  4 /* and the one behind it */
#define PORTS 0x3f8ull
#define COUNT 8

static struct actor a, d, s;
static cap_t bell, signal, channel, set, filled, room, idle_time, time, little_cpu;
static cap_t d_control, d_irq, d_signal, d_bell, d_plain, d_ports, d_cpu, d_trace, a_bell,
    a_channel, s_bell, s_channel;

static cap_t issued(uint64_t first, uint64_t count)
{
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(first, count), NO_CAPS);
    return got(&world.root, 0);
}

/* ---- devices: interrupts come, are bound and acknowledged; ports; the log; the processor ---- */

static void bind_step(const char *what, uint64_t line, const cap_t *to)
{
    asks_for(&d, what, &d_irq, IRQ_LABEL_BIND, .cap = to)->request.words = WORDS(line);
}

static void interrupt_steps(void)
{
    bind_step("binds the line", 0, &d_signal);
    bind_step("binds the other line", 1, &d_signal);
    bind_step("binds a line that is not its own", 2, &d_signal);
    bind_step("binds it without bits", 0, &d_plain);
    bind_step("unbinds it", 0, NULL);
    asks_for(&d, "acknowledges", &d_irq, IRQ_LABEL_ACKNOWLEDGE)->request.words = WORDS(0);
    asks_for(&d, "acknowledges what is not its own", &d_irq, IRQ_LABEL_ACKNOWLEDGE)->request.words =
        WORDS(2);
    asks_for(&d, "issues lines", &d_control, IRQCONTROL_LABEL_ISSUE)->request.words = WORDS(9, 2);
    asks_for(&d, "issues no lines", &d_control, IRQCONTROL_LABEL_ISSUE)->request.words =
        WORDS(1000, 2);
    asks_for(&d, "deletes them", &d.self, CSPACE_LABEL_DELETE, .cap = &pick_other);
    does(&d, "waits", OP_RECV, &d_bell);
    interrupt_step(LINE);
    interrupt_step(LINE + 1);
}

static void port_step(const char *what, uint32_t method, struct words words)
{
    asks_for(&d, what, &d_ports, method)->request.words = words;
}

static void port_steps(void)
{
    port_step("reads a port", IOPORT_LABEL_IN, WORDS(PORTS, 1));
    port_step("reads another's", IOPORT_LABEL_IN, WORDS(PORTS + COUNT - 1, 2));
    port_step("reads three bytes", IOPORT_LABEL_IN, WORDS(PORTS, 3));
    port_step("writes a port", IOPORT_LABEL_OUT, WORDS(PORTS, 4, 7));
    port_step("writes another's", IOPORT_LABEL_OUT, WORDS(PORTS - 1, 1, 7));
    port_step("writes no bytes", IOPORT_LABEL_OUT, WORDS(PORTS, 0, 7));
    port_step("writes many", IOPORT_LABEL_OUT_BYTES, WORDS(PORTS, 9, 7, 7));
    port_step("writes many to another's", IOPORT_LABEL_OUT_BYTES, WORDS(PORTS + COUNT, 9, 7, 7));
    port_step("writes too many", IOPORT_LABEL_OUT_BYTES, WORDS(PORTS, 17, 7, 7));
}

static void processor_steps(void)
{
    static const struct {
        const char *what;
        uint32_t method;
    } switched[] = {{"measures", CPU_LABEL_MEASURE}, {"counts", CPU_LABEL_COUNT}};

    for (unsigned i = 0; i < 2; i++) {
        asks_for(&d, switched[i].what, &d_cpu, switched[i].method)->request.words = WORDS(1);
        asks_for(&d, switched[i].what, &d_cpu, switched[i].method)->request.words = WORDS(0);
        asks_for(&d, switched[i].what, &d_cpu, switched[i].method)->request.words = WORDS(2);
    }
    asks_for(&d, "asks what went by", &d_cpu, CPU_LABEL_INSPECT);
    asks_for(&d, "asks what was missed", &d_cpu, CPU_LABEL_MISSES);
    asks_for(&d, "writes to the log", &d_trace, TRACE_LABEL_LOG)->request.words =
        WORDS(3, 0x0a6968);
}

static void make_devices(void)
{
    d = stranger("D", ACTIVE, 20);
    bell = notification("bell");
    signal = minted(bell, 2, ANY);
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(ANY, PORTS, COUNT), CAPS(world.ioport));
    d_ports = gives(&d, got(&world.root, 0), ANY);
    d_control = gives(&d, world.irqcontrol, ANY);
    d_irq = gives(&d, issued(LINE, 2), ANY);
    d_signal = gives(&d, signal, CAP_RIGHTS_SEND);
    d_plain = gives(&d, bell, CAP_RIGHTS_SEND);
    d_bell = gives(&d, bell, CAP_RIGHTS_RECV);
    d_cpu = gives(&d, world.cpu, ANY);
    d_trace = gives(&d, world.trace, ANY);
    while (cspace_has_free(thread_cspace(d.thread), 2))
        gives(&d, bell, CAP_RIGHTS_SEND);
    takes_part(&d);
    interrupt_steps();
    port_steps();
    processor_steps();
    asks_for(&world.root, "revokes the signal", &world.root.self, CSPACE_LABEL_REVOKE,
             .cap = &signal);
    asks_for(&world.root, "takes the lines back", &world.root.self, CSPACE_LABEL_REVOKE,
             .cap = &world.irqcontrol);
    asks_for(&world.root, "cancels D", &d.cap, THREAD_LABEL_CANCEL);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_devices = {
    "devices",
    "WORLD-18: interrupts come while lines are bound, acknowledged and taken back",
    make_devices,
    0,
    true,
    16,
    1};

/* ---- alarms: timers, tidings of a channel, and times whose home is a source ---- */

static void timer_of_bell(const char *what, uint64_t after, uint64_t bits)
{
    asks_for(&world.root, what, &bell, NOTIFICATION_LABEL_SET_TIMER, .after = after)
        ->request.words = WORDS(0, bits);
}

static void tidings(const char *what, uint32_t method, const cap_t *to)
{
    asks_for(&world.root, what, &channel, method, .cap = to);
}

static void configures(const char *what, const cap_t *with, uint64_t priority, uint64_t budget)
{
    asks_for(&world.root, what, &time, SCHEDCONTEXT_LABEL_CONFIGURE, .cap = with)->request.words =
        WORDS(priority, budget, 4 * MS);
}

static void source_steps(void)
{
    configures("has it urgent", &world.cpu, 40, 2 * MS);
    configures("has it short", &world.cpu, 5, MS);
    configures("has it more urgent than it may", &little_cpu, 40, MS);
    configures("has it end at once", &world.cpu, 5, 1);
    asks_for(&world.root, "gives the bell time", &time, SCHEDCONTEXT_LABEL_BIND_SOURCE,
             .cap = &bell);
    asks_for(&world.root, "gives the channel time", &time, SCHEDCONTEXT_LABEL_BIND_SOURCE,
             .cap = &channel);
    asks_for(&world.root, "gives it no time", &idle_time, SCHEDCONTEXT_LABEL_BIND_SOURCE,
             .cap = &channel);
    asks_for(&world.root, "takes the time", &time, SCHEDCONTEXT_LABEL_UNBIND);
    asks_for(&world.root, "looks at the time", &time, SCHEDCONTEXT_LABEL_INSPECT);
}

static void make_alarms(void)
{
    a = stranger("A", ACTIVE, 20);
    s = stranger("S", PASSIVE, 15);
    bell = notification("bell");
    channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "channel");
    set = make(OBJECT_WAITSET, 1, "set");
    filled = minted(bell, 1, CAP_RIGHTS_SEND);
    room = minted(bell, 2, CAP_RIGHTS_SEND);
    time = time_of(40, 2 * MS, 4 * MS);
    idle_time = make(OBJECT_SCHEDCONTEXT, 0, "idle");
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(ANY, 10, 1000), CAPS(world.cpu));
    little_cpu = got(&world.root, 0);
    a_bell = gives(&a, bell, CAP_RIGHTS_SEND | CAP_RIGHTS_RECV);
    a_channel = gives(&a, channel, CAP_RIGHTS_SEND);
    s_bell = gives(&s, bell, CAP_RIGHTS_RECV);
    s_channel = gives(&s, channel, CAP_RIGHTS_RECV);
    takes_part(&a);
    does(&a, "puts now", OP_SEND, &a_channel, AT_ONCE);
    does(&a, "notifies", OP_NOTIFY, &a_bell)->request.words.word[0] = 4;
    takes_part(&s);
    does(&s, "takes", OP_RECV, &s_channel);
    does(&s, "waits for the bell", OP_RECV, &s_bell);
    source_steps();
    timer_of_bell("sets a timer", 3 * MS, 8);
    timer_of_bell("sets it to nothing", 3 * MS, 0);
    timer_of_bell("stops it", 0, 8);
    tidings("is told of messages", CHANNEL_LABEL_NOTIFY_FILLED, &filled);
    tidings("is told of messages without bits", CHANNEL_LABEL_NOTIFY_FILLED, &bell);
    tidings("is told of room", CHANNEL_LABEL_NOTIFY_ROOM, &room);
    tidings("is told of room without bits", CHANNEL_LABEL_NOTIFY_ROOM, &bell);
    tidings("is not told of messages", CHANNEL_LABEL_NOTIFY_FILLED, NULL);
    tidings("looks at it", CHANNEL_LABEL_STATISTICS, NULL);
    asks_for(&world.root, "looks at the set", &set, WAITSET_LABEL_INSPECT);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_alarms = {
    "alarms",
    "WORLD-19: timers and channels bring bits, and sources time, to a passive server",
    make_alarms,
    1000000,
    true,
    16,
    1};
