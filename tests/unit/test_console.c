/*
 * test_console.c - the console server on a make-believe 16550 (servers/console).
 */
#include "console_device.h"

#include <myelin/clock.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/console_server.h>
#include <myelin/idl/fs_types.h>
#include <myelin/irq.h>
#include <myelin/notification.h>

#include "servers/console/console.h"
#include "user.h"

int run_console_tests(void);

#define NOTIFIED 55 /* the notification that wants to hear of Ctrl-C */
#define DEAD     99 /* the Reply of a client that has died */

struct console console;

/* ---- the kernel ---- */

static unsigned again;      /* times that the server notified itself */
static unsigned interrupts; /* times that NOTIFIED was notified */
static uint64_t timer;      /* the bits of the armed timer */

error_t ipc_notify(cap_t notification, uint64_t bits)
{
    (void)bits;
    if (notification == DEAD)
        return ESTALE;
    if (notification == NOTIFIED)
        interrupts++;
    else
        again++;
    return SUCCESS;
}

uint64_t clock_now(void)
{
    return 1000;
}

static void set_timer(uint64_t time, uint64_t bits)
{
    assert_true(time > clock_now());
    timer = bits;
}

/* The methods of kernel objects that the server calls. */
static void invoke(struct ipc_registers *r)
{
    unsigned answer_words = 0;

    switch (tag_label(r->tag)) {
    case IOPORT_LABEL_IN:
    case IOPORT_LABEL_OUT:
    case IOPORT_LABEL_OUT_BYTES:
        answer_words = device_invoke(r);
        break;
    case NOTIFICATION_LABEL_SET_TIMER:
        set_timer(r->words[0], r->words[1]);
        break;
    default:
        assert_int_equal(tag_label(r->tag), IRQ_LABEL_ACKNOWLEDGE);
    }
    r->tag = TAG(OP_CALL, SUCCESS, answer_words);
    r->deadline = 0;
}

/* ---- helpers ---- */

static struct message request;

static int make_console(void **state)
{
    (void)state;
    memset(&console, 0, sizeof(console));
    memset(&device, 0, sizeof(device));
    again = interrupts = 0;
    timer = 0;
    user_begin();
    user.dead = DEAD;
    user.invoke = invoke;
    console.endpoint = USER_ENDPOINT;
    assert_int_equal(uart_open(&console.uart, 1, PORT), SUCCESS);
    device_update();
    return 0;
}

/* What the server's loop does after each receive. */
static void settle(void)
{
    requests_go_on();
    device_send();
    device_update();
}

/* Lets the device send all, as fast as the server fills it. */
static void run_device(void)
{
    for (int i = 0; i < 10000 && (device.in_fifo || device.sent_cause); i++) {
        if (device.in_fifo && !device.holds)
            device_empties();
        device_serve();
        settle();
    }
}

static void type(const char *keys)
{
    size_t length = strlen(keys);

    memcpy(device.typed + device.typed_length, keys, length);
    device.typed_length += length;
    device_serve();
    settle();
    if (!device.holds)
        run_device();
}

/* Serves a request; the error that it was answered with at once, or -1 if it waits. */
static int serve(void)
{
    int outcome;

    console_dispatch(console.endpoint, &request);
    outcome = user_outcome(&request);
    settle();
    return outcome;
}

static int ask(uint32_t label, uint64_t word)
{
    user_request(&request, label);
    message_put(&request, word);
    return serve();
}

static int ask_interrupt(cap_t cap, uint32_t type, uint32_t rights)
{
    user_request(&request, CONSOLE_LABEL_INTERRUPT);
    if (cap)
        user_put_cap(&request, cap, type, rights);
    return serve();
}

static int write_bytes(const char *bytes, size_t length)
{
    user_request(&request, CONSOLE_LABEL_WRITE);
    user_put_bytes(&request, bytes, length);
    return serve();
}

static int write_text(const char *text)
{
    return write_bytes(text, strlen(text));
}

/* A read now gets just that. */
static void assert_reads(size_t most, const char *text)
{
    unsigned before = user.answers;

    assert_int_equal(ask(CONSOLE_LABEL_READ, most), -1);
    assert_int_equal(user.answers, before + 1);
    assert_int_equal(user.answer.label, SUCCESS);
    assert_int_equal(user.answer.words[0], strlen(text));
    assert_memory_equal(&user.answer.words[1], text, strlen(text));
    assert_int_equal(user.held, 0);
}

/* ---- typing ---- */

static void lines_are_edited(void **state)
{
    (void)state;
    type("ab\bc");
    assert_sent("ab\b \bc");
    type("\r");
    assert_sent("\r\n");
    assert_reads(100, "ac\n");
    type("one two  \x17three\r");
    assert_reads(100, "one three\n");
    type("junk\x15good\n");
    assert_reads(100, "good\n");
    device.sent_length = 0;
    type("\xc3\xa9\x7f");
    assert_sent("\xc3\xa9\b \b");
    type("\x01\x7f");
    assert_sent("^A\b \b\b \b");
    type("\x7f\x7f");
    assert_sent("");
}

static void reads_get_lines(void **state)
{
    (void)state;
    type("first\nsecond\nthi");
    assert_reads(100, "first\n");
    assert_reads(3, "sec");
    assert_reads(100, "ond\n");
    assert_int_equal(ask(CONSOLE_LABEL_READ, 100), -1);
    assert_int_equal(user.held, 1);
    type("rd\r");
    assert_int_equal(user.held, 0);
    assert_memory_equal(&user.answer.words[1], "third\n", 6);
}

static void end_is_told(void **state)
{
    (void)state;
    type("\x04");
    assert_reads(100, "");
    type("abc\x04");
    assert_reads(100, "abc");
    type("abc\x04");
    assert_reads(3, "abc");
    assert_int_equal(ask(CONSOLE_LABEL_READ, 100), -1);
    assert_int_equal(user.held, 1);
}

static void raw_bytes_come_as_typed(void **state)
{
    (void)state;
    type("half\x04");
    type("x");
    assert_int_equal(ask(CONSOLE_LABEL_MODE, CONSOLE_RAW), SUCCESS);
    assert_int_equal(request.words[0], CONSOLE_COOKED);
    assert_reads(100, "half\x04x");
    device.sent_length = 0;
    type("\x03\x04\r\x7f");
    assert_sent("");
    assert_reads(2, "\x03\x04");
    assert_reads(100, "\r\x7f");
    assert_int_equal(interrupts, 0);
    assert_int_equal(ask(CONSOLE_LABEL_MODE, 4), EINVAL);
}

static void interrupt_ends_reads(void **state)
{
    (void)state;
    assert_int_equal(ask_interrupt(NOTIFIED, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND), SUCCESS);
    assert_int_equal(ask(CONSOLE_LABEL_READ, 100), -1);
    assert_int_equal(ask(CONSOLE_LABEL_READ, 100), -1);
    type("rm -r /\x03");
    assert_sent("rm -r /^C\r\n");
    assert_int_equal(user.answers, 2);
    assert_int_equal(user.answer.label, EINTR);
    assert_int_equal(user.held, 1); /* the notification */
    assert_int_equal(interrupts, 1);
    assert_int_equal(ask_interrupt(CAP_NULL, 0, 0), SUCCESS);
    assert_int_equal(user.held, 0);
    type("ls\r");
    assert_reads(100, "ls\n");
    assert_int_equal(ask_interrupt(DEAD, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND), SUCCESS);
    type("\x03");
    assert_int_equal(console.interrupt, CAP_NULL);
    assert_int_equal(user.held, 0);
}

static void wrong_interrupt_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ask_interrupt(NOTIFIED, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND), SUCCESS);
    assert_int_equal(ask_interrupt(8, OBJECT_ENDPOINT, CAP_RIGHTS_SEND), EINVAL);
    assert_int_equal(ask_interrupt(9, OBJECT_NOTIFICATION, CAP_RIGHTS_READ), EPERM);
    assert_int_equal(user.held, 1); /* what came was deleted */
    assert_int_equal(console.interrupt, NOTIFIED);
    assert_int_equal(ask_interrupt(CAP_NULL, 0, 0), SUCCESS);
    assert_int_equal(console.interrupt, CAP_NULL);
    assert_int_equal(user.held, 0);
}

static void typing_ahead_loses_nothing(void **state)
{
    char line[] = "echo 0123456789 0123456789 0123456789 000\n";
    size_t lines = 300;

    (void)state;
    for (size_t i = 0; i < lines; i++)
        type(line);
    assert_true(device.typed_at < device.typed_length); /* the device is holding some */
    for (size_t i = 0; i < lines; i++) {
        assert_reads(1000, line);
        device_serve();
        settle();
    }
    assert_int_equal(device.typed_at, device.typed_length);
}

static void long_line_rings(void **state)
{
    char line[TERMINAL_LINE_BYTES + 1];

    (void)state;
    memset(line, 'x', sizeof(line));
    line[TERMINAL_LINE_BYTES] = 0;
    for (int i = 0; i < TERMINAL_LINE_BYTES; i += 100) {
        line[100] = 0;
        type(line);
    }
    device.sent_length = 0;
    type("y");
    assert_sent("\a");
    type("\n");
    assert_int_equal(ask(CONSOLE_LABEL_READ, 5000), -1);
    assert_int_equal(user.answer.words[0], TERMINAL_LINE_BYTES + 1);
}

/* ---- writing ---- */

static void newlines_return(void **state)
{
    (void)state;
    assert_int_equal(write_text("a\nb\n"), SUCCESS);
    assert_int_equal(request.words[0], 4);
    run_device();
    assert_sent("a\r\nb\r\n");
    ask(CONSOLE_LABEL_MODE, CONSOLE_PLAIN);
    write_text("a\nb\n");
    run_device();
    assert_sent("a\nb\n");
}

static void writers_wait_in_order(void **state)
{
    char block[1000];
    unsigned waiting = 0;

    (void)state;
    device.holds = true;
    for (int letter = 'a'; letter < 'm'; letter++) {
        memset(block, letter, sizeof(block));
        waiting += write_bytes(block, sizeof(block)) == -1;
    }
    assert_true(waiting > 5);
    assert_int_equal(user.held, waiting);
    assert_int_equal(write_text("end"), -1);
    device.holds = false;
    run_device();
    assert_int_equal(user.held, 0);
    assert_int_equal(user.answers, waiting + 1);
    assert_int_equal(device.sent_length, 12 * 1000 + 3);
    for (size_t i = 0; i < 12 * 1000; i++)
        assert_int_equal(device.sent[i], 'a' + (int)(i / 1000));
}

static int write_lent(const char *bytes, size_t length)
{
    memcpy(user.lent, bytes, length);
    user_request(&request, CONSOLE_LABEL_WRITE_LENT);
    user_put_lease(&request, length, CAP_RIGHTS_READ);
    return serve();
}

/* More than a message holds, and more than there is room for: read as there is. */
static void lent_bytes_are_taken_in_order(void **state)
{
    char text[3 * 4096];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 23 + i / 4096);
    assert_int_equal(write_lent(text, 0), SUCCESS);
    assert_int_equal(request.words[0], 0);
    assert_int_equal(write_text("before "), SUCCESS);
    assert_int_equal(write_lent(text, sizeof(text)), -1);
    assert_int_equal(user.held, 1);
    assert_int_equal(write_text("after"), -1); /* it waits behind it */
    run_device();
    assert_int_equal(user.held, 0);
    assert_int_equal(user.answers, 2);
    assert_int_equal(device.sent_length, 7 + sizeof(text) + 5);
    assert_memory_equal(device.sent + 7, text, sizeof(text));
    assert_memory_equal(device.sent + 7 + sizeof(text), "after", 5);
    device.sent_length = 0;
    assert_int_equal(write_lent("one\n", 4), -1); /* so few as well */
    assert_int_equal(user.answer.words[0], 4);
    run_device();
    assert_sent("one\r\n");
}

static void lent_bytes_may_be_missing(void **state)
{
    static const char text[3 * 4096] = {'x'};

    (void)state;
    user.lent_missing = 1;
    assert_int_equal(write_lent(text, 100), -1);
    assert_int_equal(user.answer.label, EFAULT);
    user.lent_missing = 2 * CONSOLE_BYTES_MOST + 1;
    assert_int_equal(write_lent(text, sizeof(text)), -1);
    run_device();
    assert_int_equal(user.answer.label, SUCCESS);
    assert_int_equal(user.answer.words[0], 2 * CONSOLE_BYTES_MOST);
    assert_int_equal(device.sent_length, 2 * CONSOLE_BYTES_MOST);
    assert_int_equal(user.held, 0);
}

static void lenders_are_bounded(void **state)
{
    static const char text[3 * 4096] = {'x'};

    (void)state;
    device.holds = true;
    for (int i = 0; i < WAITERS_MAX; i++)
        assert_int_equal(write_lent(text, sizeof(text)), -1);
    assert_int_equal(write_lent(text, sizeof(text)), EBUSY);
    assert_int_equal(user.held, WAITERS_MAX);
    make_console(state);
    user.next_reply = CAP_NULL;
    assert_int_equal(write_lent(text, 1), EAGAIN);
    user.next_reply = DEAD; /* the client ends while it waits */
    assert_int_equal(write_lent(text, 1), -1);
    assert_int_equal(user.deaths, 1);
    assert_int_equal(user.held, 0);
}

static void echo_passes_a_flood(void **state)
{
    char block[1000];

    (void)state;
    memset(block, '.', sizeof(block));
    device.holds = true;
    while (write_bytes(block, sizeof(block)) != -1)
        ;
    type("k");
    device.holds = false;
    run_device();
    assert_non_null(memchr(device.sent, 'k', device.sent_length));
}

static void empty_write_drains(void **state)
{
    (void)state;
    assert_int_equal(write_bytes("", 0), -1);
    assert_int_equal(user.answers, 1); /* there was nothing to wait for */
    device.holds = true;
    write_text("last words");
    assert_int_equal(write_bytes("", 0), -1);
    assert_int_equal(user.answers, 1);
    device.busy = true;
    device.holds = false;
    run_device();
    assert_int_equal(user.answers, 1);
    assert_int_equal(timer, CONSOLE_BIT_AGAIN);
    device.busy = false;
    settle();
    assert_int_equal(user.answers, 2);
    assert_int_equal(user.held, 0);
}

/* ---- clients that wait ---- */

static void dead_reader_takes_nothing(void **state)
{
    (void)state;
    user.next_reply = DEAD;
    assert_int_equal(ask(CONSOLE_LABEL_READ, 100), -1);
    user.next_reply = 2;
    assert_int_equal(ask(CONSOLE_LABEL_READ, 100), -1);
    type("line\r");
    assert_int_equal(user.deaths, 1);
    assert_int_equal(user.answers, 1);
    assert_int_equal(user.answered, 2);
    assert_memory_equal(&user.answer.words[1], "line\n", 5);
    assert_int_equal(user.held, 0);
}

static void waiters_are_bounded(void **state)
{
    char block[1016];
    int last = -1;

    (void)state;
    memset(block, '.', sizeof(block));
    device.holds = true;
    for (int i = 0; i < WAITERS_MAX + 10; i++)
        last = write_bytes(block, sizeof(block));
    assert_int_equal(last, EBUSY);
    assert_int_equal(user.held, WAITERS_MAX);
    user.next_reply = DEAD;
    for (int i = 0; i < WAITERS_MAX; i++)
        assert_int_equal(ask(CONSOLE_LABEL_READ, 1), -1);
    user.next_reply = 3;
    assert_int_equal(ask(CONSOLE_LABEL_READ, 1), -1); /* the oldest, a dead one, gave way */
    assert_int_equal(user.deaths, 1);
    assert_int_equal(user.held, 2 * WAITERS_MAX);
    user.next_reply = CAP_NULL;
    assert_int_equal(ask(CONSOLE_LABEL_READ, 1), EAGAIN);
}

static void oldest_reader_is_told(void **state)
{
    (void)state;
    for (int i = 0; i <= WAITERS_MAX; i++)
        assert_int_equal(ask(CONSOLE_LABEL_READ, 1), -1);
    assert_int_equal(user.answer.label, EBUSY);
    user.next_reply = CAP_NULL;
    assert_int_equal(write_bytes("", 0), EAGAIN); /* it would have to wait */
    assert_int_equal(user.held, WAITERS_MAX);
}

static void malformed_requests_are_refused(void **state)
{
    (void)state;
    user_request(&request, CONSOLE_LABEL_WRITE);
    message_put(&request, 100); /* and no bytes */
    assert_int_equal(serve(), EMSGSIZE);
    assert_int_equal(ask(CONSOLE_LABEL_WRITE, UINT64_MAX), EMSGSIZE);
    user_request(&request, CONSOLE_LABEL_READ);
    assert_int_equal(serve(), EMSGSIZE);
    assert_int_equal(ask(CONSOLE_LABEL_READ, 0), EINVAL);
    assert_int_equal(ask(FS_LABEL_OPEN, 0), ENOSYS);
    user_request(&request, CONSOLE_LABEL_MODE);
    message_put(&request, 0);
    user_put_cap(&request, 8, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND); /* that it does not take */
    assert_int_equal(serve(), EMSGSIZE);
    assert_int_equal(user.held, 0);
}

static void connecting_gives_a_badge(void **state)
{
    uint64_t before;

    (void)state;
    user_request(&request, CONNECTION_LABEL_CONNECT);
    assert_int_equal(serve(), SUCCESS);
    assert_int_equal(request.cap_count, 1);
    before = user.minted_badge;
    user_request(&request, CONNECTION_LABEL_CONNECT);
    assert_int_equal(serve(), SUCCESS);
    assert_int_equal(user.minted_badge, before + 1);
    user_request(&request, CONNECTION_LABEL_CONNECT);
    request.sender_accept = 0;
    assert_int_equal(serve(), ENOSPC);
    user.no_slots = true;
    user_request(&request, CONNECTION_LABEL_CONNECT);
    assert_int_equal(serve(), ENOSPC);
    assert_int_equal(user.held, 0);
    user_request(&request, CONNECTION_LABEL_CONNECT);
    user_put_cap(&request, 8, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND); /* that it does not take */
    assert_int_equal(serve(), EMSGSIZE);
    assert_int_equal(user.held, 0);
}

/* A device that interrupts without end leaves clients their turn. */
static void device_cannot_hog(void **state)
{
    (void)state;
    memset(device.typed, '\b', sizeof(device.typed));
    device.typed_length = sizeof(device.typed);
    device_serve();
    assert_true(device.typed_at < device.typed_length);
    assert_int_equal(again, 1);
}

#define TEST(sentence, function) {sentence, function, make_console, NULL, NULL}

int run_console_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("CONSOLE-1: a line is echoed and can be edited", lines_are_edited),
        TEST("CONSOLE-2: a read gets at most one line, and waits for it", reads_get_lines),
        TEST("CONSOLE-3: Ctrl-D ends the input, or hands over what stands there", end_is_told),
        TEST("CONSOLE-4: raw mode hands over bytes as typed", raw_bytes_come_as_typed),
        TEST("CONSOLE-5: Ctrl-C ends waiting reads with EINTR and notifies", interrupt_ends_reads),
        TEST("CONSOLE-6: only a notification that can be sent to hears of Ctrl-C",
             wrong_interrupt_is_refused),
        TEST("CONSOLE-7: what is typed ahead is never lost", typing_ahead_loses_nothing),
        TEST("CONSOLE-8: a line that is too long rings and stays as it is", long_line_rings),
        TEST("CONSOLE-9: a newline goes out as CR LF, or plain", newlines_return),
        TEST("CONSOLE-10: writers wait for room, in order and whole", writers_wait_in_order),
        TEST("CONSOLE-19: what is lent to write is taken in order, as there is room",
             lent_bytes_are_taken_in_order),
        TEST("CONSOLE-20: what of it is not there ends the write, and how much was taken is told",
             lent_bytes_may_be_missing),
        TEST("CONSOLE-21: who lends to write may have to wait, like others", lenders_are_bounded),
        TEST("CONSOLE-11: echo has room when a program floods the output", echo_passes_a_flood),
        TEST("CONSOLE-12: a write of nothing is answered when all has left the device",
             empty_write_drains),
        TEST("CONSOLE-13: a reader that died takes no input", dead_reader_takes_nothing),
        TEST("CONSOLE-14: the clients that wait are bounded", waiters_are_bounded),
        TEST("CONSOLE-18: where too many wait to read the oldest is told EBUSY; no slot is EAGAIN",
             oldest_reader_is_told),
        TEST("CONSOLE-15: the console refuses a malformed request", malformed_requests_are_refused),
        TEST("CONSOLE-16: a device that interrupts without end leaves clients their turn",
             device_cannot_hog),
        TEST("CONSOLE-17: who connects gets a capability of its own, or is told that there is no "
             "room",
             connecting_gives_a_badge),
    };

    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
