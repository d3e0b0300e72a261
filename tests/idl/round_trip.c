/*
 * round_trip.c - client stubs, dispatcher and handlers of good/kitchen.idl, with a kernel between
 * them: every kind of parameter at its limits, and every kind of malformed message.
 */
#include <stdio.h>
#include <stdlib.h>

#include <myelin/idl/connection_types.h>
#include <myelin/idl/kitchen.h>
#include <myelin/idl/kitchen_server.h>

#include "kitchen.h"

static unsigned ran, failed;

static void expect(const char *id, const char *sentence, bool holds)
{
    ran++;
    failed += !holds;
    printf("%s IDL-%s %s%s\n", holds ? "ok" : "not ok", id, sentence,
           holds ? "" : ": it is not so");
}

/* ---- words ---- */

static bool words_are_0(const uint64_t *words, unsigned from)
{
    for (unsigned i = from; i < MESSAGE_REGISTER_WORDS; i++)
        if (words[i])
            return false;
    return true;
}

static bool scalars_return(uint8_t a, uint16_t b, uint32_t c, uint64_t d, int8_t e, int16_t f,
                           int32_t g)
{
    uint8_t aa;
    uint16_t bb;
    uint32_t cc;
    uint64_t dd;
    int8_t ee;
    int16_t ff;
    int32_t gg;

    return !kitchen_scalars(ENDPOINT, a, b, c, d, e, f, g, &aa, &bb, &cc, &dd, &ee, &ff, &gg) &&
           aa == a && bb == b && cc == c && dd == d && ee == e && ff == f && gg == g;
}

static error_t more(int64_t a, bool b, unsigned c, uint64_t d, bool *same)
{
    int64_t aa;
    bool bb;
    enum kitchen_heat cc;
    uint64_t dd;
    error_t error = kitchen_more(ENDPOINT, a, b, (enum kitchen_heat)c, d, &aa, &bb, &cc, &dd);

    *same = !error && aa == a && bb == !b && cc == c && dd == d;
    return error;
}

static void test_words(void)
{
    bool same;

    expect("NOTHING", "a method without parameters is called", !kitchen_nothing(ENDPOINT));
    expect("NOTHING-CLEARED", "its request has seven words of 0",
           words_are_0(kernel_request_words, 0));
    expect("SCALARS-LEAST", "the least values of integers return",
           scalars_return(0, 0, 0, 0, INT8_MIN, INT16_MIN, INT32_MIN));
    expect("SCALARS-MOST", "the largest values of integers return",
           scalars_return(UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX, INT8_MAX, INT16_MAX,
                          INT32_MAX));
    more(INT64_MIN, true, KITCHEN_HIGH, KITCHEN_TOOLS_ALL, &same);
    expect("MORE", "i64, bool, an enum's last value and all flags return", same);
    expect("MORE-CLEARED", "words that are not sent are 0", words_are_0(kernel_request_words, 4));
    more(INT64_MAX, false, KITCHEN_LOW, 0, &same);
    expect("MORE-LEAST", "i64, bool, an enum's first value and no flags return", same);
}

static void test_refusals(void)
{
    bool same;

    expect("ENUM", "an unknown value of an enum is EINVAL", more(1, true, 2, 0, &same) == EINVAL);
    expect("ENUM-ARGUMENT", "the error names word 2 (3, counted from 1)",
           ipc_error_detail()->argument == 3);
    expect("FLAGS", "an unknown flag is EINVAL", more(1, true, 1, 4, &same) == EINVAL);
    expect("ERROR", "the handler's error arrives", more(-1, true, 1, 0, &same) == EBUSY);
    expect("ERROR-OTHER", "so does one that the interface does not name, with its argument",
           more(-2, true, 1, 0, &same) == EIO && ipc_error_detail()->argument == 1);
    expect("ERROR-CLEARED", "an answer with an error has one word, the others are 0",
           words_are_0(kernel_answer_words, 1));
}

/* ---- structs, arrays ---- */

static void test_structs(void)
{
    struct kitchen_recipe recipe = {.heat = KITCHEN_MEDIUM,
                                    .quick = 1,
                                    .tools = KITCHEN_OVEN,
                                    .spice = {.kind = 7, .grams = -3},
                                    .title = "soup"};
    struct pantry_shelf shelf = {.place = UINT64_MAX, .height = 1, .width = 2}, shelf_out;
    struct kitchen_recipe recipe_out;
    error_t error = kitchen_structs(ENDPOINT, &recipe, &shelf, &recipe_out, &shelf_out);

    expect("STRUCTS", "structs return, those of an imported interface as well",
           !error && !memcmp(&recipe, &recipe_out, sizeof(recipe)) &&
               shelf_out.place == UINT64_MAX && shelf_out.width == 3);
    recipe.heat = 2;
    expect("STRUCT-ENUM", "an unknown enum in a struct is EINVAL",
           kitchen_structs(ENDPOINT, &recipe, &shelf, &recipe_out, &shelf_out) == EINVAL);
    recipe.heat = KITCHEN_LOW;
    recipe.quick = 2;
    expect("STRUCT-BOOL", "a bool of 2 in a struct is EINVAL",
           kitchen_structs(ENDPOINT, &recipe, &shelf, &recipe_out, &shelf_out) == EINVAL);
    recipe.quick = 0;
    recipe.tools = 1 << 20;
    expect("STRUCT-FLAGS", "an unknown flag in a struct is EINVAL",
           kitchen_structs(ENDPOINT, &recipe, &shelf, &recipe_out, &shelf_out) == EINVAL);
}

static void test_arrays(void)
{
    const uint64_t a[4] = {1, 2, 3, 4};
    const uint8_t b[5] = {5, 6, 7, 8, 9};
    int16_t c[7];
    uint32_t d[2];
    error_t error = kitchen_arrays(ENDPOINT, a, b, c, d);

    expect("ARRAYS", "arrays that fill no whole words return",
           !error && c[0] == -5 && c[6] == -6 && d[0] == 3 && d[1] == 7);
}

/* ---- names, strings, bytes ---- */

static void test_names(void)
{
    char joined[OBJECT_NAME_BYTES + 1];

    expect("NAMES", "names return",
           !kitchen_names(ENDPOINT, "salt", "pepper", joined) && !strcmp(joined, "saltpepper"));
    expect("NAME-LONGEST", "so does one of 16 bytes, and NULL is the empty one",
           !kitchen_names(ENDPOINT, "0123456789abcdef", NULL, joined) &&
               !strcmp(joined, "0123456789abcdef"));
    expect("NAME-TOO-LONG", "one of 17 bytes is ENAMETOOLONG",
           kitchen_names(ENDPOINT, "0123456789abcdefg", "", joined) == ENAMETOOLONG);
}

static bool texts_return(size_t a_length, size_t b_length, uint64_t number)
{
    char a[KITCHEN_TEXT + 1] = "", b[16], c[500], d[200 + 1];
    size_t c_length = 0, shown = number < 200 ? number : 200;
    uint64_t length;

    memset(a, 'a', a_length);
    memset(b, 'b', sizeof(b));
    if (kitchen_texts(ENDPOINT, a, number, b, b_length, c, sizeof(c), &c_length, &length, d))
        return false;
    return c_length == number && length == a_length && strlen(d) == shown &&
           (!number || c[0] == (b_length ? 'b' : 'c'));
}

static void test_texts(void)
{
    char buffer[KITCHEN_TEXT + 2], c[10], d[200 + 1];
    size_t c_length;
    uint64_t length;

    expect("TEXTS-EMPTY", "an empty string and no bytes return", texts_return(0, 0, 0));
    expect("TEXTS-LONGEST", "strings and bytes of the largest size return",
           texts_return(KITCHEN_TEXT, 16, 500));
    for (size_t i = 0; i < 17; i++)
        if (!texts_return(i, 16 - i, i))
            expect("TEXTS", "strings and bytes of any size return", false);
    memset(buffer, 'x', sizeof(buffer));
    buffer[KITCHEN_TEXT + 1] = '\0';
    expect("STRING-TOO-LONG", "a string one byte too long is ENAMETOOLONG",
           kitchen_texts(ENDPOINT, buffer, 1, "", 0, c, sizeof(c), &c_length, &length, d) ==
               ENAMETOOLONG);
    expect("BYTES-TOO-LONG", "a byte too many is EMSGSIZE",
           kitchen_texts(ENDPOINT, "", 1, buffer, 17, c, sizeof(c), &c_length, &length, d) ==
               EMSGSIZE);
    expect("BYTES-NO-ROOM", "an answer that the caller has no room for is EOVERFLOW",
           kitchen_texts(ENDPOINT, "", 11, "", 0, c, sizeof(c), &c_length, &length, d) ==
               EOVERFLOW);
}

static void test_large(void)
{
    char data[1016], back[1016];
    size_t length;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7);
    expect("LARGE", "1016 bytes, all that a message holds, go and come",
           !kitchen_large(ENDPOINT, data, sizeof(data), back, sizeof(back), &length) &&
               length == sizeof(data) && back[0] == data[1015] && back[1015] == data[0]);
}

/* ---- capabilities ---- */

#define ENDPOINT_CAP     CAP(OBJECT_ENDPOINT, 1)
#define FRAME_CAP        CAP(OBJECT_FRAME, 2)
#define NOTIFICATION_CAP CAP(OBJECT_NOTIFICATION, 3)
#define TRACE_CAP        CAP(OBJECT_TRACE, 4)

static error_t caps(cap_t a, cap_t b, cap_t d, uint64_t tag, cap_t out[3])
{
    uint64_t tag_out = 0;
    error_t error = kitchen_caps(ENDPOINT, a, b, TRACE_CAP, d, CAP_DERIVE | CAP_RIGHTS_READ,
                                 &out[0], &out[1], &out[2], tag, &tag_out);

    if (!error && tag_out != tag + (d == CAP_NULL))
        return EIO;
    return error;
}

static void test_caps(void)
{
    cap_t out[3];

    kernel_deleted();
    expect("CAPS", "four capabilities go and three come",
           !caps(ENDPOINT_CAP, FRAME_CAP, TRACE_CAP, 1, out) && out[0] == ENDPOINT_CAP &&
               out[1] == TRACE_CAP && out[2] == CAP(OBJECT_NOTIFICATION, 9));
    expect("CAPS-DERIVED", "one goes with the rights that the interface keeps, one whole",
           noted_cap_how[0] == ((uint64_t)OBJECT_FRAME << 32 | CAP_RIGHTS_READ) &&
               noted_cap_how[1] == ((uint64_t)OBJECT_TRACE << 32 | CAP_RIGHTS_ALL));
    expect("CAPS-OPTIONAL", "the one that may lack may lack",
           !caps(ENDPOINT_CAP, NOTIFICATION_CAP, CAP_NULL, 1, out) && out[1] == NOTIFICATION_CAP);
    expect("CAPS-KEPT", "what the handler took is not deleted", kernel_deleted() == 0);
    expect("CAPS-TYPE", "a capability of another type is EINVAL, and named",
           caps(ENDPOINT_CAP, TRACE_CAP, CAP_NULL, 1, out) == EINVAL &&
               ipc_error_detail()->argument == 0x101);
    expect("CAPS-DELETED", "what came with a request that failed is deleted",
           kernel_deleted() == 3);
    expect("CAPS-HANDLER-ERROR", "after an error of the handler's they are deleted, too",
           caps(ENDPOINT_CAP, FRAME_CAP, TRACE_CAP, 13, out) == ENOENT && kernel_deleted() == 4);
    expect("CAPS-ANSWER-TYPE", "an answer with a capability of the wrong type is EBADF",
           caps(ENDPOINT_CAP, FRAME_CAP, CAP_NULL, 14, out) == EBADF && kernel_deleted() == 3);
}

/* ---- leases ---- */

/* As a server that was lent three buffers would: parts of them, by the token of that call. */
static void test_lending_on(char *source, char *target, char *state)
{
    struct idl_lease first = {.reply = 0x123, .number = 2, .length = 1024}, other = first;
    struct lease_item item;
    uint64_t copied;

    other.number = 1;
    kitchen_lend_on(ENDPOINT, &first, 5, 100, &other, 6, 101, &first, 7, 64, 0, &copied);
    item = *kernel_lent(0);
    expect("LEASE-ON", "what is lent on is a part of a lease, told by its number and its call",
           item.via == 0x123 && item.base == 5 && item.length == 100 &&
               item.rights == (LEASE_OF(2) | CAP_RIGHTS_READ));
    item = *kernel_lent(1);
    expect("LEASE-ON-RIGHTS", "with the right that the method asks for",
           item.base == 6 && item.rights == (LEASE_OF(1) | CAP_RIGHTS_WRITE));
    expect("LEASE-ON-TOO-LONG", "and no longer than the method allows: EMSGSIZE",
           kitchen_lend_on(ENDPOINT, &first, 0, 100, &other, 0, 100, &first, 0, 65, 0, &copied) ==
               EMSGSIZE);
    expect("LEASE-ON-THEN-OWN", "a buffer of one's own is lent by none",
           !kitchen_lend(ENDPOINT, source, 1024, target, 1024, state, 64, 0, &copied) &&
               !kernel_lent(0)->via);
}

static void test_leases(void)
{
    static char source[1024], target[1024];
    char state[64] = {0};
    uint64_t copied;

    memset(source, 's', sizeof(source));
    expect("LEASES", "what is lent is read and written",
           !kitchen_lend(ENDPOINT, source, 1024, target, 1024, state, 64, 1024, &copied) &&
               copied == 1024 && target[1023] == 's' && state[63] == '!');
    kernel_fail_leases(2);
    expect("LEASES-REPEATED", "after EFAULT the stub calls again",
           !kitchen_lend(ENDPOINT, source, 1024, target, 1024, state, 64, 1024, &copied));
    kernel_fail_leases(1000);
    expect("LEASES-END", "but not for ever",
           kitchen_lend(ENDPOINT, source, 1024, target, 1024, state, 64, 1024, &copied) == EFAULT);
    kernel_fail_leases(0);
    expect("LEASE-TOO-LONG", "a lease longer than the interface allows is EMSGSIZE",
           kitchen_lend(ENDPOINT, source, 1024, target, 1024, state, 65, 0, &copied) == EMSGSIZE);
    test_lending_on(source, target, state);
    expect("LEASE-UNTOUCHED", "and that is told before a page of it is touched",
           kitchen_lend(ENDPOINT, source, 1024, target, SIZE_MAX, state, 64, 0, &copied) ==
               EMSGSIZE);
}

/* ---- other ways to call ---- */

static void test_ways(void)
{
    struct kitchen_many_request requests[21] = {{1, -5}, {0, 1}, {UINT32_MAX, INT16_MAX}};
    struct kitchen_many_answer answers[21];
    char text[KITCHEN_SHOUT_MOST + 1], later[31];
    uint64_t same;

    expect("DEADLINE", "a deadline goes with the call, not in the message",
           !kitchen_wait(ENDPOINT, 5, 12345, &same) && same == 5 &&
               kernel_request_deadline == 12345);
    expect("ONEWAY", "a oneway method is sent and has no token",
           !kitchen_hint(ENDPOINT, 99) && !kitchen_nothing(ENDPOINT) && noted_hint == 99);
    memset(text, 't', sizeof(text));
    text[KITCHEN_SHOUT_MOST] = '\0';
    expect("ONEWAY-LONG", "so is a long one",
           !kitchen_shout(ENDPOINT, text, DEADLINE_FOREVER) && !kitchen_nothing(ENDPOINT) &&
               !strcmp(noted_shout, text));
    expect("BATCH", "each request of a batch has its own answer and error",
           !kitchen_many(ENDPOINT, requests, answers, 3) && answers[0].sum == -4 &&
               answers[0].negative && answers[1].error == ERANGE && !answers[2].error &&
               answers[2].sum == (int64_t)UINT32_MAX + INT16_MAX);
    expect("BATCH-EMPTY", "a batch of none is answered", !kitchen_many(ENDPOINT, NULL, NULL, 0));
    expect("BATCH-TOO-LONG", "one request too many is EMSGSIZE",
           kitchen_many(ENDPOINT, requests, answers, 21) == EMSGSIZE);
    expect("LATER", "an answer that is given later arrives",
           !kitchen_later(ENDPOINT, 6, &same, later) && same == 7 && strlen(later) == 30);
    expect("LATER-ERROR", "so does an error", kitchen_later(ENDPOINT, 0, &same, later) == EINTR);
}

/* ---- messages that no stub sends ---- */

static error_t raw(uint32_t label, unsigned words, unsigned caps, uint64_t first,
                   uint64_t *argument)
{
    struct message message;
    error_t error;

    message_begin(&message, label);
    message_put(&message, first);
    message.word_count = words;
    for (unsigned i = 1; i < words; i++)
        message.words[i] = 0;
    for (unsigned i = 0; i < caps; i++)
        message_put_cap(&message, ENDPOINT_CAP, CAP_COPY);
    message.accept = MESSAGE_CAPS_MAX;
    error = message_call(ENDPOINT, &message);
    *argument = message.word_count ? message.words[0] : 0;
    return error ? error : (error_t)message.label;
}

static void test_malformed(void)
{
    uint64_t argument;

    kernel_deleted();
    expect("UNKNOWN", "an unknown method is ENOSYS",
           raw(KITCHEN_INTERFACE << 16 | 0x99, 0, 0, 0, &argument) == ENOSYS &&
               argument == ARGUMENT_TAG);
    expect("UNKNOWN-INTERFACE", "so is the same number of another interface",
           raw(0x5550001, 0, 0, 0, &argument) == ENOSYS);
    expect("TOO-SHORT", "a message with a word too few is EMSGSIZE",
           raw(KITCHEN_LABEL_SCALARS, 6, 0, 0, &argument) == EMSGSIZE && argument == ARGUMENT_TAG);
    expect("TOO-LONG", "so is one with a word too many",
           raw(KITCHEN_LABEL_SCALARS, 8, 0, 0, &argument) == EMSGSIZE);
    expect("TOO-MANY-CAPS", "and one with a capability too many, which is deleted",
           raw(KITCHEN_LABEL_SCALARS, 7, 1, 0, &argument) == EMSGSIZE &&
               argument == ARGUMENT_CAP(0) && kernel_deleted() == 1);
    expect("OUT-OF-RANGE", "256 for a u8 is ERANGE, and named",
           raw(KITCHEN_LABEL_SCALARS, 7, 0, 256, &argument) == ERANGE && argument == 1);
    expect("BYTES-MISSING", "a length beyond the message is EMSGSIZE, and named",
           raw(KITCHEN_LABEL_LARGE, 2, 0, 9, &argument) == EMSGSIZE && argument == 1);
    expect("BYTES-HUGE", "so is a length that wraps round",
           raw(KITCHEN_LABEL_LARGE, 2, 0, UINT64_MAX - 6, &argument) == EMSGSIZE);
    expect("BYTES-BEHIND", "and words behind the bytes",
           raw(KITCHEN_LABEL_LARGE, 3, 0, 8, &argument) == EMSGSIZE && argument == ARGUMENT_TAG);
    expect("NAME-GARBAGE", "a name with something behind its NUL is EINVAL",
           raw(KITCHEN_LABEL_NAMES, 4, 0, 0x4100000000000041, &argument) == EINVAL &&
               argument == 1);
    expect("BATCH-COUNT", "a batch whose count does not fit its words is EMSGSIZE",
           raw(KITCHEN_LABEL_MANY, 3, 0, 2, &argument) == EMSGSIZE);
}

/* ---- what every server answers ---- */

static uint64_t count_of(uint32_t index, uint32_t error_index, uint32_t *error)
{
    uint32_t number;
    uint64_t calls, count;

    if (kitchen_counters(ENDPOINT, index, error_index, &number, &calls, error, &count))
        return UINT64_MAX;
    return count;
}

static void test_standard(void)
{
    uint32_t id, version, count, number, error;
    uint64_t calls, failures;
    char name[OBJECT_NAME_BYTES + 1];
    struct message message;

    expect("DESCRIBE", "every server says what it is",
           !kitchen_describe(ENDPOINT, &id, &version, &count, name) && id == 0x7f0 &&
               version == 3 && count == 17 && !strcmp(name, "kitchen"));
    expect("COUNTERS", "it counts calls, short ones too",
           !kitchen_counters(ENDPOINT, 2, 0, &number, &calls, &error, &failures) && number == 3 &&
               calls == 6);
    expect("COUNTERS-ERRORS", "and each documented error, and all others together",
           count_of(2, 0, &error) == 1 && error == EBUSY && count_of(2, 1, &error) == 0 &&
               error == ENOENT && count_of(2, 2, &error) == 3 && error == 0);
    expect("COUNTERS-END", "behind the last there is ENOENT",
           kitchen_counters(ENDPOINT, 17, 0, &number, &calls, &error, &failures) == ENOENT &&
               kitchen_counters(ENDPOINT, 2, 3, &number, &calls, &error, &failures) == ENOENT);
    message_begin(&message, CONNECTION_LABEL_CONNECT);
    message.accept = 1;
    expect("CONNECT", "a service answers who connects",
           !message_invoke(ENDPOINT, &message) && message.cap_count == 1 &&
               message.caps[0].cap == CAP(OBJECT_ENDPOINT, 1));
    message_begin(&message, CONNECTION_LABEL_CONNECT);
    message.origin = ORIGIN_CALL;
    kitchen_dispatch(ENDPOINT, &message);
    expect("CONNECT-DISPATCH",
           "the dispatcher of a loop of one's own answers it, with the next badge",
           message.label == SUCCESS && message.cap_count == 1 &&
               message.caps[0].cap == CAP(OBJECT_ENDPOINT, 2));
}

static void test_reject(void)
{
    struct message message;

    message_begin(&message, KITCHEN_LABEL_SCALARS);
    message.origin = ORIGIN_CALL;
    message.cap_count = 1;
    message.caps[0].cap = FRAME_CAP;
    kernel_deleted();
    idl_reject(&message, ESTALE, 3);
    expect("REJECT", "a loop can answer with an error itself: what came is deleted",
           message.label == ESTALE && message.word_count == 1 && message.words[0] == 3 &&
               message.cap_count == 0 && kernel_deleted() == 1);
}

int main(void)
{
    kernel_start_server(kitchen_serve);
    test_words();
    test_refusals();
    test_structs();
    test_arrays();
    test_names();
    test_texts();
    test_large();
    test_caps();
    test_leases();
    test_ways();
    test_malformed();
    test_standard();
    test_reject();
    expect("END", "the loop ends when receiving fails, with the reason",
           kernel_stop_server() == ECANCELED);
    printf("# %u of %u failed\n", failed, ran);
    return failed != 0;
}
