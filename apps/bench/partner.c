/*
 * partner.c - the other side: a server that echoes, and a thread that waits to be woken.
 */
#include <string.h>

#include <myelin/idl/bench_types.h>
#include <myelin/idl/echo_types.h>
#include <myelin/idl/partner_server.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "rounds.h"

static struct echo echo;   /* the lean server's loop */
static struct waits waits; /* the waiter's */

error_t partner_handle_prepare(struct idl_request *request, uint32_t count)
{
    (void)request;
    echo.answer_tag = TAG(OP_REPLY_RECV, SUCCESS, count);
    return SUCCESS;
}

error_t partner_handle_report(struct idl_request *request, uint64_t *count, uint64_t *bits)
{
    (void)request;
    *count = waits.count;
    *bits = waits.bits;
    waits.count = 0;
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

/* What else came is left to the dispatcher; its messages are short. */
static void answer_other(void)
{
    struct message message = {.label = tag_label(echo.tag),
                              .word_count = tag_words(echo.tag),
                              .origin = ORIGIN_CALL,
                              .reply = echo.token,
                              .badge = echo.badge};

    memcpy(message.words, echo.words, sizeof(echo.words));
    partner_dispatch(&message);
    memset(echo.words, 0, sizeof(echo.words));
    memcpy(echo.words, message.words, message.word_count * sizeof(word_t));
    echo.tag = TAG(OP_REPLY_RECV, message.label, message.word_count);
}

int bench_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    echo = (struct echo){.endpoint = endpoint, .label = ECHO_LABEL_SAME, .tag = TAG(OP_RECV, 0, 0)};
    if (thread_bind_endpoint(thread_self(), endpoint))
        return 1;
    for (;;) {
        echo_run(&echo);
        if (echo.status)
            return 1;
        if (tag_label(echo.tag) == ECHO_LABEL_COMPLEMENT)
            answer_complement();
        else
            answer_other();
    }
}

int bench_adder(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    echo = (struct echo){.endpoint = endpoint,
                         .label = BENCH_LABEL_ADD,
                         .answer_tag = TAG(OP_REPLY_RECV, SUCCESS, 1),
                         .tag = TAG(OP_RECV, 0, 0)};
    if (!thread_bind_endpoint(thread_self(), endpoint))
        adder_run(&echo);
    return 1;
}

/* Answers one call: a report. */
static error_t answer_one(cap_t endpoint)
{
    static struct message message;
    error_t error = message_receive(endpoint, &message);

    if (error)
        return error;
    partner_dispatch(&message);
    return message_reply(&message);
}

int bench_waiter(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    waits = (struct waits){
        .tag = TAG(OP_RECV, 0, 0),
        .notification = startup_cap(BENCH_NOTIFICATION),
        .wake = BENCH_WAKE,
    };
    if (thread_bind_endpoint(thread_self(), endpoint))
        return 1;
    while (answer_one(endpoint) == SUCCESS) {
        waits_run(&waits);
        if (waits.status)
            return 1;
    }
    return 1;
}
