/* test_device.c - interrupts, ports, the log: what drivers are made of. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/ioport_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/trace_types.h>
#include <string.h>

#include "world.h"

int run_device_tests(void);

static cap_t lines(uint64_t first, uint64_t count)
{
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(first, count), NO_CAPS);
    return got(&world.root, 0);
}

static void interrupt_notifies_and_masks(void **state)
{
    cap_t irq = lines(4, 2), n = notification("n");

    (void)state;
    assert_int_equal(host.unmasked, 0);
    must_ask(irq, IRQ_LABEL_BIND, WORDS(1), CAPS(minted(n, 0x20, CAP_RIGHTS_SEND)));
    assert_int_equal(host.unmasked, 1 << 5);
    interrupts(5);
    assert_int_equal(host.unmasked, 0);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 0x20);
    must_ask(irq, IRQ_LABEL_ACKNOWLEDGE, WORDS(1), NO_CAPS);
    assert_int_equal(host.unmasked, 1 << 5);
}

static void interrupt_wakes_the_driver(void **state)
{
    struct actor driver = person("driver", ACTIVE, 50);
    cap_t irq = lines(4, 1), n = notification("n"), ep = endpoint("ep");

    (void)state;
    must_ask(driver.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    must_ask(irq, IRQ_LABEL_BIND, WORDS(0), CAPS(minted(n, 1, CAP_RIGHTS_SEND)));
    receives(&driver, ep);
    assert_ptr_equal(running(), world.root.thread);
    interrupts(4);
    assert_ptr_equal(running(), driver.thread);
    assert_int_equal(bits(&driver), 1);
}

static void binding_is_checked(void **state)
{
    cap_t irq = lines(4, 2), n = notification("n"), good = minted(n, 1, CAP_RIGHTS_SEND);

    (void)state;
    refuses(&world.root, irq, IRQ_LABEL_BIND, WORDS(2), CAPS(good), ERANGE, ARGUMENT_WORD(0));
    refuses(&world.root, irq, IRQ_LABEL_BIND, WORDS(UINT64_MAX), CAPS(good), ERANGE,
            ARGUMENT_WORD(0));
    refuses(&world.root, irq, IRQ_LABEL_BIND, WORDS(0), CAPS(n), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, irq, IRQ_LABEL_BIND, WORDS(0), CAPS(endpoint("ep")), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, irq, IRQ_LABEL_BIND, WORDS(0), CAPS(derived(n, CAP_RIGHTS_RECV)), EPERM,
            ARGUMENT_CAP(0));
    refuses(&world.root, derived(irq, CAP_RIGHTS_READ), IRQ_LABEL_BIND, WORDS(0), CAPS(good), EPERM,
            ARGUMENT_HANDLE);
    refuses(&world.root, irq, IRQ_LABEL_ACKNOWLEDGE, WORDS(0), NO_CAPS, EINVAL, ARGUMENT_WORD(0));
    must_ask(irq, IRQ_LABEL_BIND, WORDS(0), CAPS(good));
    refuses(&world.root, irq, IRQ_LABEL_BIND, WORDS(0), CAPS(good), EBUSY, ARGUMENT_WORD(0));
    must_ask(irq, IRQ_LABEL_BIND, WORDS(0), NO_CAPS);
    assert_int_equal(host.unmasked, 0);
    must_ask(irq, IRQ_LABEL_BIND, WORDS(0), CAPS(good));
    refuses(&world.root, irq, LABEL(14, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void dead_notification_masks(void **state)
{
    cap_t irq = lines(4, 1), n = notification("n");

    (void)state;
    must_ask(irq, IRQ_LABEL_BIND, WORDS(0), CAPS(minted(n, 1, CAP_RIGHTS_SEND)));
    deletes(n);
    assert_int_equal(host.unmasked, 0);
    interrupts(4); /* one that was on its way */
    must_ask(irq, IRQ_LABEL_BIND, WORDS(0), CAPS(minted(notification("m"), 1, CAP_RIGHTS_SEND)));
}

static void issue_is_checked(void **state)
{
    static const struct {
        uint64_t first, count;
    } refused[] = {{24, 1}, {0, 0}, {0, 25}, {20, 5}, {UINT64_MAX, 2}, {1, UINT64_MAX}};

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuses(&world.root, world.irqcontrol, IRQCONTROL_LABEL_ISSUE,
                WORDS(refused[i].first, refused[i].count), NO_CAPS, ERANGE, ARGUMENT_WORD(0));
    refuses(&world.root, derived(world.irqcontrol, CAP_RIGHTS_READ), IRQCONTROL_LABEL_ISSUE,
            WORDS(0, 1), NO_CAPS, EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, world.irqcontrol, LABEL(15, 2), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
    assert_int_equal(slot_of(lines(0, 24))->data, 24);
}

static cap_t ports(uint64_t first, uint64_t count)
{
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, first, count),
             CAPS(world.ioport));
    return got(&world.root, 0);
}

static void ports_are_read_and_written(void **state)
{
    cap_t uart = ports(0x3f8, 8);

    (void)state;
    host.port.value = 0x1234;
    must_ask(uart, IOPORT_LABEL_IN, WORDS(0x3fd, 1), NO_CAPS);
    assert_int_equal(word(&world.root, 0), 0x1234);
    assert_int_equal(host.port.port, 0x3fd);
    assert_int_equal(host.port.width, 1);
    must_ask(uart, IOPORT_LABEL_OUT, WORDS(0x3fc, 4, 0xabcd), NO_CAPS);
    assert_int_equal(host.port.value, 0xabcd);
    assert_int_equal(host.port.port, 0x3fc);
    must_ask(world.ioport, IOPORT_LABEL_IN, WORDS(0xffff, 1), NO_CAPS);
}

static void ports_take_bytes(void **state)
{
    cap_t uart = ports(0x3f8, 8), in = derived(uart, CAP_RIGHTS_READ);
    const uint64_t low = 0x0807060504030201, high = 0x100f0e0d0c0b0a09;

    (void)state;
    for (unsigned count = 1; count <= IOPORT_BYTES_MOST; count++) {
        unsigned before = host.port_writes;

        must_ask(uart, IOPORT_LABEL_OUT_BYTES, WORDS(0x3ff, count, low, high), NO_CAPS);
        assert_int_equal(host.port_writes - before, count);
        assert_int_equal(host.port.value, count);
        assert_int_equal(host.port.port, 0x3ff);
        assert_int_equal(host.port.width, 1);
    }
    host.port_writes = 0;
    refuses(&world.root, uart, IOPORT_LABEL_OUT_BYTES, WORDS(0x3f8, 0, low, high), NO_CAPS, EINVAL,
            ARGUMENT_WORD(1));
    refuses(&world.root, uart, IOPORT_LABEL_OUT_BYTES, WORDS(0x3f8, 17, low, high), NO_CAPS, EINVAL,
            ARGUMENT_WORD(1));
    refuses(&world.root, uart, IOPORT_LABEL_OUT_BYTES, WORDS(0x3f7, 1, low, high), NO_CAPS, ERANGE,
            ARGUMENT_WORD(0));
    refuses(&world.root, uart, IOPORT_LABEL_OUT_BYTES, WORDS(0x400, 1, low, high), NO_CAPS, ERANGE,
            ARGUMENT_WORD(0));
    refuses(&world.root, in, IOPORT_LABEL_OUT_BYTES, WORDS(0x3f8, 1, low, high), NO_CAPS, EPERM,
            ARGUMENT_HANDLE);
    assert_int_equal(host.port_writes, 0);
}

static void ports_are_checked(void **state)
{
    cap_t uart = ports(0x3f8, 8), in = derived(uart, CAP_RIGHTS_READ);
    static const struct {
        uint64_t port, width;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {0x3f7, 1, ERANGE, ARGUMENT_WORD(0)},   {0x400, 1, ERANGE, ARGUMENT_WORD(0)},
        {0x3ff, 2, ERANGE, ARGUMENT_WORD(0)},   {0x3fd, 4, ERANGE, ARGUMENT_WORD(0)},
        {0x103f8, 1, ERANGE, ARGUMENT_WORD(0)}, {UINT64_MAX, 2, ERANGE, ARGUMENT_WORD(0)},
        {0x3f8, 0, EINVAL, ARGUMENT_WORD(1)},   {0x3f8, 3, EINVAL, ARGUMENT_WORD(1)},
        {0x3f8, 8, EINVAL, ARGUMENT_WORD(1)},   {0x3f8, 1ull << 32 | 1, EINVAL, ARGUMENT_WORD(1)},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        refuses(&world.root, uart, IOPORT_LABEL_IN, WORDS(refused[i].port, refused[i].width),
                NO_CAPS, refused[i].error, refused[i].argument);
        refuses(&world.root, uart, IOPORT_LABEL_OUT, WORDS(refused[i].port, refused[i].width, 1),
                NO_CAPS, refused[i].error, refused[i].argument);
    }
    refuses(&world.root, in, IOPORT_LABEL_OUT, WORDS(0x3f8, 1, 1), NO_CAPS, EPERM, ARGUMENT_HANDLE);
    must_ask(in, IOPORT_LABEL_IN, WORDS(0x3f8, 1), NO_CAPS);
    refuses(&world.root, uart, LABEL(16, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
    assert_int_equal(host.port_writes, 0);
    assert_int_equal(host.port_reads, 1);
}

static void log_is_appended(void **state)
{
    uint64_t words[2] = {0};

    (void)state;
    memcpy(words, "hello, log\n", 11);
    host.log_length = 0;
    must_ask(world.trace, TRACE_LABEL_LOG, WORDS(11, words[0], words[1]), NO_CAPS);
    assert_int_equal(host.log_length, 11);
    assert_memory_equal(host.log, "hello, log\n", 11);
    refuses(&world.root, world.trace, TRACE_LABEL_LOG, WORDS(17, 0, 0), NO_CAPS, EMSGSIZE,
            ARGUMENT_WORD(0));
    refuses(&world.root, world.trace, TRACE_LABEL_LOG, WORDS(UINT64_MAX, 0), NO_CAPS, EMSGSIZE,
            ARGUMENT_WORD(0));
    refuses(&world.root, derived(world.trace, CAP_RIGHTS_READ), TRACE_LABEL_LOG, WORDS(1, 0),
            NO_CAPS, EPERM, ARGUMENT_HANDLE);
}

static void log_prints_numbers(void **state)
{
    static const char expected[] = "-5 4294967295 ff -9223372036854775808 18446744073709551615 "
                                   "ffffffffffffffff x yes %";

    (void)state;
    host.log_length = 0;
    log_print("%d %u %x %ld %lu %lx %c %s %%", -5, UINT32_MAX, 255, INT64_MIN, UINT64_MAX,
              UINT64_MAX, 'x', "yes");
    assert_int_equal(host.log_length, sizeof(expected) - 1);
    assert_memory_equal(host.log, expected, sizeof(expected) - 1);
}

int run_device_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("DEVICE-1: an interrupt sets its badge bits and masks its line",
             interrupt_notifies_and_masks),
        TEST("DEVICE-2: an interrupt wakes the driver that waits for a message",
             interrupt_wakes_the_driver),
        TEST("DEVICE-3: a line is bound once, to a notification with Send and a badge",
             binding_is_checked),
        TEST("DEVICE-4: when its notification dies a line is masked and free again",
             dead_notification_masks),
        TEST("DEVICE-5: IrqControl issues lines that there are", issue_is_checked),
        TEST("DEVICE-6: ports are read and written with the width that is said",
             ports_are_read_and_written),
        TEST("DEVICE-7: no access leaves the range of ports, or lacks its right",
             ports_are_checked),
        TEST("DEVICE-PORT-BYTES: 1 to 16 bytes go to one port in turn, within the range and the "
             "rights",
             ports_take_bytes),
        TEST("DEVICE-8: TRACE_LABEL_LOG appends what the message holds", log_is_appended),
        TEST("DEVICE-9: the log's printf prints every number", log_prints_numbers),
    };

    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
