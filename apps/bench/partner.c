/*
 * partner.c - the other side: a server that echoes, and a thread that waits to be woken.
 */
#include <myelin/idl/bench_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "rounds.h"

/* Whether the message is exactly what the client sent; unsent words must be 0. */
static int is_as_sent(struct echo *echo)
{
    unsigned count = tag_words(echo->tag);

    if (echo->badge != BENCH_BADGE || tag_operation(echo->tag) != OP_CALL || tag_caps(echo->tag))
        return 0;
    for (unsigned i = 0; i < count || i < MESSAGE_REGISTER_WORDS; i++) {
        word_t wanted = i < count ? bench_pattern(echo->words[0], i) : 0;

        if (*bench_word(echo->words, i) != wanted)
            return 0;
    }
    return 1;
}

/* A message that the lean loop left to us: prepares the answer in its place. */
static void answer(struct echo *echo)
{
    unsigned count = tag_words(echo->tag);
    error_t error = SUCCESS;

    switch (tag_label(echo->tag)) {
    case BENCH_PREPARE:
        echo->answer_tag = TAG(OP_REPLY_RECV, SUCCESS, echo->words[0]);
        count = 0;
        break;
    case BENCH_CHECK:
        error = is_as_sent(echo) ? SUCCESS : EIO;
        for (unsigned i = 0; i < count; i++)
            *bench_word(echo->words, i) ^= ~0ull;
        break;
    default:
        error = ENOSYS;
    }
    echo->tag = TAG(OP_REPLY_RECV, error, count);
}

int bench_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);
    struct echo echo = {.endpoint = endpoint, .label = BENCH_ECHO, .tag = TAG(OP_RECV, 0, 0)};

    if (thread_bind_endpoint(thread_self(), endpoint))
        return 1;
    for (;;) {
        echo_run(&echo);
        if (echo.status)
            return 1;
        answer(&echo);
    }
}

int bench_adder(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);
    struct echo echo = {.endpoint = endpoint,
                        .label = BENCH_LABEL_ADD,
                        .answer_tag = TAG(OP_REPLY_RECV, SUCCESS, 1),
                        .tag = TAG(OP_RECV, 0, 0)};

    if (!thread_bind_endpoint(thread_self(), endpoint))
        adder_run(&echo);
    return 1;
}

/* Answers one call with what the waiting has brought. */
static error_t report(cap_t endpoint, struct waits *waits)
{
    static struct message message;
    error_t error = message_receive(endpoint, &message);

    if (error)
        return error;
    message_begin(&message, message.label == BENCH_REPORT ? SUCCESS : ENOSYS);
    message_put(&message, waits->count);
    message_put(&message, waits->bits);
    waits->count = 0;
    return message_reply(&message);
}

int bench_waiter(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);
    struct waits waits = {
        .tag = TAG(OP_RECV, 0, 0),
        .notification = startup_cap(BENCH_NOTIFICATION),
        .wake = BENCH_WAKE,
    };

    if (thread_bind_endpoint(thread_self(), endpoint))
        return 1;
    while (report(endpoint, &waits) == SUCCESS) {
        waits_run(&waits);
        if (waits.status)
            return 1;
    }
    return 1;
}
