/*
 * test_power.c - the power server on a machine that does not obey (servers/power).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <myelin/idl/power_server.h>
#include <myelin/ioport.h>

#include "servers/power/power.h"
#include "user.h"

int run_power_tests(void);

#define WRITES_MOST 64
#define DEBUG_PORT  0xe9

struct power power;

static struct {
    uint64_t port, value;
} writes[WRITES_MOST];
static unsigned write_count, slept;
static char told[WRITES_MOST + 1]; /* what came out at the debug port */
static struct message request;

/* The C library's: no test waits for a machine that is not there. */
unsigned sleep(unsigned seconds)
{
    slept += seconds;
    return 0;
}

static void invoke(struct ipc_registers *r)
{
    assert_int_equal(tag_label(r->tag), IOPORT_LABEL_OUT);
    assert_true(write_count < WRITES_MOST);
    if (r->words[0] == DEBUG_PORT) {
        told[strlen(told)] = (char)r->words[2];
    } else {
        writes[write_count].port = r->words[0];
        writes[write_count++].value = r->words[2];
    }
    r->tag = TAG(OP_CALL, SUCCESS, 0);
    r->deadline = 0;
}

static int make_power(void **state)
{
    (void)state;
    power = (struct power){1, 2, 3, .pm_port = 0x604, .reset_port = 0xcf9};
    write_count = slept = 0;
    memset(told, 0, sizeof(told));
    user_begin();
    user.invoke = invoke;
    return 0;
}

static int ask(uint32_t label)
{
    user_request(&request, label);
    if (label == POWER_LABEL_OFF)
        message_put(&request, 42);
    power_dispatch(USER_ENDPOINT, &request);
    return user_outcome(&request);
}

static void assert_write(unsigned n, uint64_t port, uint64_t value)
{
    assert_true(n < write_count);
    assert_int_equal(writes[n].port, port);
    assert_int_equal(writes[n].value, value);
}

static void off_that_fails_is_told(void **state)
{
    (void)state;
    assert_int_equal(ask(POWER_LABEL_OFF), EIO);
    assert_string_equal(told, "myelin: exit status 42\n");
    assert_int_equal(write_count, 1);
    assert_write(0, 0x604, 0x2000);
    assert_int_equal(slept, 5);
}

static void reboot_that_fails_is_told(void **state)
{
    (void)state;
    assert_int_equal(ask(POWER_LABEL_REBOOT), EIO);
    assert_string_equal(told, "myelin: reboot\n");
    assert_int_equal(write_count, 2);
    assert_write(0, 0xcf9, 0x02);
    assert_write(1, 0xcf9, 0x06);
    power.reset_port = POWER_KEYBOARD_PORT;
    assert_int_equal(ask(POWER_LABEL_REBOOT), EIO);
    assert_write(2, 0x64, 0xfe);
}

static void status_is_a_byte(void **state)
{
    (void)state;
    user_request(&request, POWER_LABEL_OFF);
    message_put(&request, 256);
    power_dispatch(USER_ENDPOINT, &request);
    assert_int_equal(user_outcome(&request), ERANGE);
    assert_int_equal(write_count, 0);
}

#define POWER_TEST(sentence, function) {sentence, function, make_power, NULL, NULL}

int run_power_tests(void)
{
    static const struct CMUnitTest tests[] = {
        POWER_TEST("POWER-1: a machine that does not go off: EIO, after the host was told",
                   off_that_fails_is_told),
        POWER_TEST("POWER-2: nor is reset, in either way: EIO", reboot_that_fails_is_told),
        POWER_TEST("POWER-3: a status of 256 is ERANGE, and nothing is switched", status_is_a_byte),
    };

    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
