/*
 * root-devices.c - devices: ports, interrupt lines, device memory, the log. It is the root task of
 * a boot archive of its own (tests/shell/devices.sh): nobody else has these capabilities.
 */
#include <sys/auxv.h>

#include <myelin/boot.h>
#include <myelin/idl/ioport_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/trace_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ioport.h>
#include <myelin/irq.h>
#include <myelin/trace.h>

#include "lib/systest.h"

#define MILLISECOND 1000000ull

/* The first serial port. */
#define UART            0x3f8
#define UART_PORTS      8
#define UART_INTERRUPTS (UART + 1)
#define UART_CONTROL    (UART + 4)
#define UART_SCRATCH    (UART + 7)
#define UART_LINE       4
#define SEND_EMPTY      2 /* interrupt when there is room to send */
#define CONTROL_OUT2    8 /* lets interrupts through */

static cap_t ports(void)
{
    return startup_cap("ioport");
}

static cap_t lines(unsigned first, unsigned count)
{
    cap_t irq;

    return irqcontrol_issue(startup_cap("irqcontrol"), first, count, &irq) ? CAP_NULL : irq;
}

static cap_t make_bell(cap_t notification, uint64_t bits)
{
    cap_t bell;

    return notification_mint(notification, bits, &bell) ? CAP_NULL : bell;
}

static uint64_t take(cap_t notification)
{
    uint64_t bits = 0;

    return ipc_poll_notification(notification, &bits) ? 0 : bits;
}

/* ---- ports ---- */

TEST(IOPORT_BYTES, "a port can be written and read")
{
    uint64_t value = 0;

    CHECK_GOOD(ioport_out(ports(), UART_SCRATCH, 1, 0x5a));
    CHECK_GOOD(ioport_in(ports(), UART_SCRATCH, 1, &value));
    CHECK_IS(value, 0x5a);
    CHECK_GOOD(ioport_out(ports(), UART_SCRATCH, 1, 0xa5));
    CHECK_GOOD(ioport_in(ports(), UART_SCRATCH, 1, &value));
    CHECK_IS(value, 0xa5);
}

TEST(IOPORT_RANGE, "a derived range reaches its own ports, and no other: ERANGE")
{
    uint64_t value;
    cap_t uart;

    CHECK_GOOD(cap_derive_range(ports(), READ_WRITE, UART, UART_PORTS, &uart));
    CHECK_GOOD(ioport_in(uart, UART_SCRATCH, 1, &value));
    CHECK_REFUSED(ioport_in(uart, UART - 1, 1, &value), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(ioport_in(uart, UART + UART_PORTS, 1, &value), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(ioport_out(uart, 0x80, 1, 0), ERANGE, ARGUMENT_WORD(0));
}

TEST(IOPORT_CROSSING, "an access that begins in the range and ends outside is ERANGE")
{
    uint64_t value;
    cap_t uart;

    CHECK_GOOD(cap_derive_range(ports(), READ_WRITE, UART, UART_PORTS, &uart));
    CHECK_REFUSED(ioport_in(uart, UART_SCRATCH, 2, &value), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(ioport_in(uart, UART + 5, 4, &value), ERANGE, ARGUMENT_WORD(0));
}

TEST(IOPORT_LAST, "there is no port beyond 65535, nor does its number wrap around: ERANGE")
{
    uint64_t value;

    CHECK_REFUSED(ioport_in(ports(), 0x10000 + UART_SCRATCH, 1, &value), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(ioport_in(ports(), 0xffff, 2, &value), ERANGE, ARGUMENT_WORD(0));
}

TEST(IOPORT_WIDTH, "an access is 1, 2 or 4 bytes wide: else EINVAL")
{
    uint64_t value;

    CHECK_REFUSED(ioport_in(ports(), UART, 3, &value), EINVAL, ARGUMENT_WORD(1));
    CHECK_REFUSED(ioport_out(ports(), UART, 8, 0), EINVAL, ARGUMENT_WORD(1));
    CHECK_REFUSED(ioport_in(ports(), UART, 0, &value), EINVAL, ARGUMENT_WORD(1));
}

TEST(IOPORT_RIGHTS, "IN needs Read, OUT needs Write: EPERM")
{
    uint64_t value;

    CHECK_REFUSED(ioport_in(with_rights(ports(), CAP_RIGHTS_WRITE), UART_SCRATCH, 1, &value), EPERM,
                  ARGUMENT_HANDLE);
    CHECK_REFUSED(ioport_out(with_rights(ports(), CAP_RIGHTS_READ), UART_SCRATCH, 1, 0), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(IOPORT_DERIVE, "a range of ports beyond the source's is ERANGE")
{
    cap_t uart, part;

    CHECK_GOOD(cap_derive_range(ports(), READ_WRITE, UART, UART_PORTS, &uart));
    CHECK_REFUSED(cap_derive_range(uart, READ_WRITE, 4, 5, &part), ERANGE, ARGUMENT_CAP(0));
    CHECK_GOOD(cap_derive_range(uart, READ_WRITE, 4, 4, &part));
}

TEST(IOPORT_METHOD, "an IoPort does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(ports(), IRQ_LABEL_BIND, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

/* ---- interrupt lines ---- */

/* The port asks for an interrupt; masked before, so that it asks anew. */
static void ask_for_interrupt(void)
{
    ioport_out(ports(), UART_CONTROL, 1, CONTROL_OUT2);
    ioport_out(ports(), UART_INTERRUPTS, 1, 0);
    ioport_out(ports(), UART_INTERRUPTS, 1, SEND_EMPTY);
}

static void stop_asking(void)
{
    ioport_out(ports(), UART_INTERRUPTS, 1, 0);
}

TEST(IRQ_ARRIVES, "an interrupt sets the bits of the bell that its line is bound to")
{
    cap_t notification = make_notification();
    uint64_t bits;

    CHECK_GOOD(irq_bind(lines(UART_LINE, 1), 0, make_bell(notification, 0x30)));
    ask_for_interrupt();
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    stop_asking();
    CHECK_IS(bits, 0x30);
}

TEST(IRQ_MASKED, "after an interrupt its line is masked until it is acknowledged")
{
    cap_t notification = make_notification(), irq = lines(UART_LINE, 1);
    uint64_t bits;

    CHECK_GOOD(irq_bind(irq, 0, make_bell(notification, 1)));
    ask_for_interrupt();
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    ask_for_interrupt();
    sleep_for(5 * MILLISECOND);
    CHECK_IS(take(notification), 0);
    CHECK_GOOD(irq_acknowledge(irq, 0));
    ask_for_interrupt();
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    stop_asking();
}

TEST(IRQ_OFFSET, "a line is counted from its range's first, also in a derived range")
{
    cap_t notification = make_notification(), part;
    uint64_t bits;

    CHECK_GOOD(cap_derive_range(lines(2, 8), CAP_RIGHTS_ALL, 1, 4, &part));
    CHECK_GOOD(irq_bind(part, UART_LINE - 3, make_bell(notification, 2)));
    ask_for_interrupt();
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    stop_asking();
    CHECK_IS(bits, 2);
}

TEST(IRQ_UNBOUND, "an unbound line's interrupts reach nobody")
{
    cap_t notification = make_notification(), irq = lines(UART_LINE, 1);

    CHECK_GOOD(irq_bind(irq, 0, make_bell(notification, 1)));
    CHECK_GOOD(irq_bind(irq, 0, CAP_NULL));
    ask_for_interrupt();
    sleep_for(5 * MILLISECOND);
    stop_asking();
    CHECK_IS(take(notification), 0);
}

TEST(IRQ_BUSY, "a line is bound to one bell: EBUSY, also through another capability")
{
    cap_t notification = make_notification();

    CHECK_GOOD(irq_bind(lines(UART_LINE, 1), 0, make_bell(notification, 1)));
    CHECK_REFUSED(irq_bind(lines(UART_LINE, 1), 0, make_bell(notification, 2)), EBUSY,
                  ARGUMENT_WORD(0));
}

TEST(IRQ_BELL_DIES, "when the bell dies its line is free again")
{
    cap_t notification = make_notification(), irq = lines(UART_LINE, 1);

    CHECK_GOOD(irq_bind(irq, 0, make_bell(notification, 1)));
    CHECK_GOOD(cap_delete(notification));
    CHECK_REFUSED(irq_acknowledge(irq, 0), EINVAL, ARGUMENT_WORD(0));
    CHECK_GOOD(irq_bind(irq, 0, make_bell(make_notification(), 1)));
}

TEST(IRQ_RANGE, "a line outside of the range is ERANGE")
{
    cap_t irq = lines(UART_LINE, 2), bell = make_bell(make_notification(), 1);

    CHECK_REFUSED(irq_bind(irq, 2, bell), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(irq_acknowledge(irq, 2), ERANGE, ARGUMENT_WORD(0));
}

TEST(IRQ_BELL, "a bell needs Send (EPERM), a badge (EINVAL), and to be a Notification (EINVAL)")
{
    cap_t irq = lines(UART_LINE, 1), notification = make_notification();

    CHECK_REFUSED(irq_bind(irq, 0, with_rights(notification, CAP_RIGHTS_RECV)), EPERM,
                  ARGUMENT_CAP(0));
    CHECK_REFUSED(irq_bind(irq, 0, notification), EINVAL, ARGUMENT_CAP(0));
    CHECK_REFUSED(irq_bind(irq, 0, make_endpoint()), EINVAL, ARGUMENT_CAP(0));
}

TEST(IRQ_NOT_BOUND, "ACKNOWLEDGE of a line that is not bound is EINVAL")
{
    CHECK_REFUSED(irq_acknowledge(lines(UART_LINE, 1), 0), EINVAL, ARGUMENT_WORD(0));
}

TEST(IRQ_RIGHTS, "BIND and ACKNOWLEDGE need Manage: EPERM")
{
    cap_t irq = with_rights(lines(UART_LINE, 1), CAP_RIGHTS_READ);

    CHECK_REFUSED(irq_bind(irq, 0, CAP_NULL), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(irq_acknowledge(irq, 0), EPERM, ARGUMENT_HANDLE);
}

TEST(IRQ_METHOD, "an Irq does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(lines(1, 1), IOPORT_LABEL_IN, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

TEST(IRQCONTROL_RANGE, "lines that do not exist cannot be issued: ERANGE")
{
    cap_t control = startup_cap("irqcontrol"), irq;

    CHECK_REFUSED(irqcontrol_issue(control, 24, 1, &irq), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(irqcontrol_issue(control, 20, 5, &irq), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(irqcontrol_issue(control, 3, 0, &irq), ERANGE, ARGUMENT_WORD(0));
}

TEST(IRQCONTROL_RIGHTS, "ISSUE needs Manage (EPERM), and room for the answer (ENOSPC)")
{
    cap_t control = startup_cap("irqcontrol"), irq;
    struct message message;

    CHECK_REFUSED(irqcontrol_issue(with_rights(control, CAP_RIGHTS_READ), 1, 1, &irq), EPERM,
                  ARGUMENT_HANDLE);
    message_begin(&message, IRQCONTROL_LABEL_ISSUE);
    message_put(&message, 1);
    message_put(&message, 1);
    CHECK_REFUSED(message_invoke(control, &message), ENOSPC, ARGUMENT_TAG);
}

TEST(IRQCONTROL_METHOD, "an IrqControl does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(startup_cap("irqcontrol"), IRQ_LABEL_BIND, 0, CAP_NULL), ENOSYS,
                  ARGUMENT_TAG);
}

TEST(IRQCONTROL_REVOKE, "revoking an IrqControl takes back all lines")
{
    cap_t control = with_rights(startup_cap("irqcontrol"), CAP_RIGHTS_ALL), irq;
    struct cap_info info;

    CHECK_GOOD(irqcontrol_issue(control, 1, 1, &irq));
    CHECK_GOOD(cap_revoke(control));
    CHECK(!find_cap(irq, &info));
}

/* ---- device memory ---- */

static cap_t device(void)
{
    const struct boot_info *info = (const struct boot_info *)getauxval(AT_MYELIN_BOOT);

    for (uint64_t i = 0; i < info->untyped_count; i++)
        if (info->untyped[i].device && info->untyped[i].size_bits > PAGE_SIZE_BITS)
            return info->untyped[i].cap;
    return CAP_NULL;
}

TEST(DEVICE_INSPECT, "an Untyped of device memory says that it is")
{
    struct untyped_info info;

    CHECK_GOOD(untyped_inspect(device(), &info));
    CHECK_IS(info.device, 1);
}

TEST(DEVICE_FRAME, "a frame of device memory is at the offset that was asked for")
{
    uint64_t size;
    uint64_t first, second;
    cap_t frame;

    CHECK_GOOD(untyped_retype(device(), OBJECT_FRAME, PAGE_SIZE_BITS, "", 0, &frame));
    CHECK_GOOD(frame_physical(frame, &first, &size));
    CHECK_GOOD(untyped_retype(device(), OBJECT_FRAME, PAGE_SIZE_BITS, "", PAGE, &frame));
    CHECK_GOOD(frame_physical(frame, &second, &size));
    CHECK_IS(second, first + PAGE);
}

TEST(DEVICE_RANGE, "a frame beyond the device, or unaligned, is ERANGE")
{
    struct untyped_info info;
    cap_t frame;

    CHECK_GOOD(untyped_inspect(device(), &info));
    CHECK_REFUSED(untyped_retype(device(), OBJECT_FRAME, PAGE_SIZE_BITS, "", info.size, &frame),
                  ERANGE, ARGUMENT_WORD(4));
    CHECK_REFUSED(untyped_retype(device(), OBJECT_FRAME, PAGE_SIZE_BITS, "", 8, &frame), ERANGE,
                  ARGUMENT_WORD(4));
}

TEST(DEVICE_OBJECT, "no kernel object can be made of device memory: EINVAL")
{
    cap_t object;

    CHECK_REFUSED(untyped_retype(device(), OBJECT_ENDPOINT, 0, "", 0, &object), EINVAL,
                  ARGUMENT_WORD(0));
    CHECK_REFUSED(untyped_retype(device(), OBJECT_UNTYPED, 12, "", 0, &object), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(DEVICE_TABLES, "nor can it become page tables: EINVAL")
{
    CHECK_REFUSED(vspace_give(make(OBJECT_VSPACE, 0), device()), EINVAL, ARGUMENT_CAP(0));
}

TEST(DEVICE_SLOTS, "nor capability slots: EINVAL")
{
    CHECK_REFUSED(cspace_grow(make(OBJECT_CSPACE, 6), device()), EINVAL, ARGUMENT_CAP(0));
}

TEST(DEVICE_UTCB, "nor a UTCB: EPERM")
{
    cap_t frame, thread = make(OBJECT_THREAD, 0);
    void *page;

    CHECK_GOOD(untyped_retype(device(), OBJECT_FRAME, PAGE_SIZE_BITS, "", 0, &frame));
    page = map(frame, READ_WRITE);
    CHECK(page);
    CHECK_REFUSED(thread_configure(thread, startup_cap("cspace"), startup_cap("vspace"), frame,
                                   (uint64_t)page),
                  EPERM, ARGUMENT_CAP(2));
}

/* ---- the log ---- */

TEST(TRACE_LABEL_LOG, "LOG appends to the kernel's log")
{
    static const char line[] = "a line that devices.sh looks for\n";

    CHECK_GOOD(trace_write(startup_cap("trace"), line, sizeof(line) - 1));
}

static error_t log_of(cap_t trace, uint64_t length, unsigned words)
{
    struct message message;

    message_begin(&message, TRACE_LABEL_LOG);
    message_put(&message, length);
    for (unsigned i = 0; i < words; i++)
        message_put(&message, 0x2020202020202020);
    return message_invoke(trace, &message);
}

TEST(TRACE_LONG, "more than 1,000 bytes, or more than were sent, are EMSGSIZE")
{
    CHECK_REFUSED(log_of(startup_cap("trace"), 1001, 126), EMSGSIZE, ARGUMENT_WORD(0));
    CHECK_REFUSED(log_of(startup_cap("trace"), 17, 2), EMSGSIZE, ARGUMENT_WORD(0));
    CHECK_REFUSED(log_of(startup_cap("trace"), UINT64_MAX, 2), EMSGSIZE, ARGUMENT_WORD(0));
}

TEST(TRACE_RIGHTS, "LOG needs Write: EPERM")
{
    CHECK_REFUSED(log_of(with_rights(startup_cap("trace"), CAP_RIGHTS_READ), 1, 1), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(TRACE_METHOD, "a Trace does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(startup_cap("trace"), IRQ_LABEL_BIND, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

int main(void)
{
    systest_main_as_root();
}
