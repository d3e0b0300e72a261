/* server.c - the servers that answer in a lean loop, and whatever else they are asked. */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/idl/bench_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/lean_types.h>
#include <myelin/idl/partner_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/waitset.h>

#include "bench.h"
#include "rounds.h"

#define SET_SOURCES 100

static struct echo echo;

error_t partner_handle_prepare(struct idl_request *request, uint64_t expected, uint64_t answered)
{
    (void)request;
    echo.expected = expected;
    echo.answer_tag = answered;
    return SUCCESS;
}

/* Whether the message is exactly what the client sent; unsent words must be 0. */
static int is_as_sent(void)
{
    unsigned count = tag_words(echo.tag);

    if (echo.badge != BENCH_BADGE || tag_operation(echo.tag) != OP_CALL || tag_caps(echo.tag))
        return 0;
    for (unsigned i = 0; i < count || i < MESSAGE_REGISTER_WORDS; i++) {
        word_t wanted = i < count ? bench_pattern(echo.words[0], i) : 0;

        if (*bench_word(echo.words, i) != wanted)
            return 0;
    }
    return 1;
}

static void answer_complement(void)
{
    unsigned count = tag_words(echo.tag);
    word_t turn = is_as_sent() ? ~0ull : 0;

    for (unsigned i = 0; i < count; i++)
        *bench_word(echo.words, i) ^= turn;
    echo.tag = TAG(OP_REPLY_RECV, SUCCESS, count);
}

/* Of a crowd the next in turn, whom nobody tells from the others but by what he says. */
static void answer_turn(void)
{
    if (echo.badge == BENCH_CROWD && echo.words[0] == bench_good && tag_words(echo.tag) == 1)
        bench_good++;
    echo.tag = TAG(OP_REPLY_RECV, SUCCESS, 1);
}

/* Its messages are short. */
void bench_answer_other(struct echo *came)
{
    struct message message = {.label = tag_label(came->tag),
                              .word_count = tag_words(came->tag),
                              .origin = ORIGIN_CALL,
                              .reply = came->token,
                              .badge = came->badge};

    memcpy(message.words, came->words, sizeof(came->words));
    partner_dispatch(&message);
    memset(came->words, 0, sizeof(came->words));
    memcpy(came->words, message.words, message.word_count * sizeof(word_t));
    came->tag = TAG(OP_REPLY_RECV, message.label, message.word_count);
}

/* What the loop has counted is there to be asked for, and it begins anew. */
static void answer_other(void)
{
    bench_ticks = echo.count;
    echo.count = 0;
    bench_answer_other(&echo);
}

typedef void loop(struct echo *echo);

/* Serves; `other` is whom the loop calls, and with what tag. */
static int serve(loop *run, cap_t source, cap_t other, uint64_t other_tag)
{
    echo = (struct echo){
        .endpoint = source, .tag = TAG(OP_RECV, 0, 0), .other = other, .other_tag = other_tag};
    for (;;) {
        run(&echo);
        if (echo.status)
            return 1;
        if (tag_label(echo.tag) == LEAN_LABEL_COMPLEMENT)
            answer_complement();
        else if (tag_label(echo.tag) == LEAN_LABEL_TURN)
            answer_turn();
        else
            answer_other();
        echo.tag |= echo.answer_tag & (7u << TAG_ACCEPT_SHIFT | TAG_CLOSED);
    }
}

error_t bench_settle(cap_t endpoint)
{
    cap_t notification;
    error_t error = notification_create("bench", &notification);

    if (!error)
        error = thread_bind_notification(thread_self(), notification);
    return error ? error : thread_bind_endpoint(thread_self(), endpoint);
}

int bench_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    return bench_settle(endpoint) ? 1 : serve(echo_run, endpoint, CAP_NULL, 0);
}

/* Bound to two endpoints a thread never receives on the fast path. */
int bench_slow_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT), second;
    error_t error = bench_settle(endpoint);

    if (!error)
        error = endpoint_create("second", UNTYPED_ENDPOINT_CALL_ONLY, &second);
    if (!error)
        error = thread_bind_endpoint(thread_self(), second);
    return error ? 1 : serve(echo_run, endpoint, CAP_NULL, 0);
}

/* The endpoint, and many others on which nobody calls. */
static error_t fill(cap_t set, cap_t endpoint)
{
    error_t error = waitset_add(set, 0, endpoint);

    for (unsigned key = 1; key < SET_SOURCES && !error; key++) {
        cap_t other;

        error = endpoint_create("other", UNTYPED_ENDPOINT_CALL_ONLY, &other);
        if (!error)
            error = waitset_add(set, key, other);
    }
    return error;
}

int bench_set_server(void)
{
    cap_t set, notification;
    error_t error = waitset_create("bench", SET_SOURCES, &set);

    if (!error)
        error = fill(set, startup_cap(BENCH_ENDPOINT));
    if (!error)
        error = notification_create("bench", &notification);
    if (!error)
        error = thread_bind_notification(thread_self(), notification);
    return error ? 1 : serve(echo_run, set, CAP_NULL, 0);
}

int bench_relay(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    return bench_settle(endpoint) ? 1
                                  : serve(relay_run, endpoint, startup_cap(BENCH_OTHER),
                                          TAG(OP_CALL, LEAN_LABEL_SAME, MESSAGE_REGISTER_WORDS));
}

int bench_deleter(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    return bench_settle(endpoint)
               ? 1
               : serve(deleter_run, endpoint, cspace_self(),
                       TAG(OP_CALL, CSPACE_LABEL_DELETE, 0) | 1u << TAG_CAPS_SHIFT);
}

int bench_closed_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    utcb_self()->closed_badge = BENCH_BADGE;
    return bench_settle(endpoint) ? 1 : serve(arrivals_run, endpoint, CAP_NULL, 0);
}

int bench_adder(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    echo = (struct echo){.endpoint = endpoint,
                         .expected = TAG(OP_CALL, BENCH_LABEL_ADD, 3),
                         .answer_tag = TAG(OP_REPLY_RECV, SUCCESS, 1),
                         .tag = TAG(OP_RECV, 0, 0)};
    if (!bench_settle(endpoint))
        adder_run(&echo);
    return 1;
}
