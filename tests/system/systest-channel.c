/* systest-channel.c - channels: the queue, its limits, what travels in it; endpoints with one. */
#include <myelin/channel.h>
#include <myelin/clock.h>

#include "lib/systest.h"

#define MILLISECOND 1000000ull

static struct partner partner, second;
static struct message message;

static cap_t channel_of(unsigned capacity, unsigned words, unsigned caps)
{
    return make(OBJECT_CHANNEL, CHANNEL_SIZE(capacity, words, caps));
}

/* Sends a word and at most one capability, without waiting. */
static error_t put_with(cap_t target, word_t word, cap_t cap, uint64_t how)
{
    message_begin(&message, 7);
    message_put(&message, word);
    if (cap)
        message_put_cap(&message, cap, how);
    return message_send_until(target, &message, DEADLINE_NOW);
}

static error_t put(cap_t target, word_t word)
{
    return put_with(target, word, CAP_NULL, 0);
}

/* Receives without waiting; what came is in `message`. */
static error_t take(cap_t source)
{
    message.accept = MESSAGE_CAPS_MAX;
    return message_poll(source, &message);
}

/* The statistic of that number: capacity, depth, high-water mark, refused. */
static uint64_t statistic(cap_t channel, unsigned n)
{
    uint64_t values[6] = {0};

    channel_statistics(channel, &values[0], &values[1], &values[2], &values[3], &values[4],
                       &values[5]);
    return values[n];
}

TEST(CHANNEL_FIFO, "messages come out of a channel in the order in which they went in")
{
    cap_t channel = channel_of(3, 7, 0);

    for (word_t round = 0; round < 4; round++) {
        CHECK_GOOD(put(channel, 2 * round));
        CHECK_GOOD(put(channel, 2 * round + 1));
        CHECK_GOOD(take(channel));
        CHECK_IS(message.words[0], 2 * round);
        CHECK_GOOD(take(channel));
        CHECK_IS(message.words[0], 2 * round + 1);
    }
    CHECK_ERROR(take(channel), EAGAIN);
}

TEST(CHANNEL_ORIGIN, "a message from a channel tells its origin, label and badge, and has no token")
{
    cap_t channel = channel_of(1, 7, 0), badged;

    CHECK_GOOD(channel_mint(channel, 0x1234, &badged));
    CHECK_GOOD(put(badged, 5));
    CHECK_GOOD(take(channel));
    CHECK_IS(message.origin, ORIGIN_CHANNEL);
    CHECK_IS(message.label, 7);
    CHECK_IS(message.badge, 0x1234);
    CHECK_IS(message.reply, CAP_NULL);
}

TEST(CHANNEL_FULL, "a channel of N takes N messages; one more is EAGAIN, and counted as refused")
{
    cap_t channel = channel_of(4, 7, 0);

    for (word_t i = 0; i < 3; i++)
        CHECK_GOOD(put(channel, i));
    CHECK_IS(statistic(channel, 1), 3);
    CHECK_GOOD(put(channel, 3));
    CHECK_ERROR(put(channel, 4), EAGAIN);
    CHECK_IS(statistic(channel, 0), 4);
    CHECK_IS(statistic(channel, 2), 4);
    CHECK_IS(statistic(channel, 3), 1);
    CHECK_GOOD(take(channel));
    CHECK_GOOD(put(channel, 4));
}

TEST(CHANNEL_LIMITS, "capacity, words and capabilities of a channel have limits")
{
    cap_t channel;

    CHECK_ERROR(channel_create("c", 0, 7, 0, &channel), ERANGE);
    CHECK_GOOD(channel_create("c", 1, 7, 0, &channel));
    CHECK_ERROR(channel_create("c", CHANNEL_CAPACITY_MAX + 1, 7, 0, &channel), ERANGE);
    CHECK_ERROR(channel_create("c", 1, 6, 0, &channel), ERANGE);
    CHECK_GOOD(channel_create("c", 1, 128, 4, &channel));
    CHECK_ERROR(channel_create("c", 1, 129, 0, &channel), ERANGE);
    CHECK_ERROR(channel_create("c", 1, 7, 5, &channel), ERANGE);
}

TEST(CHANNEL_WORDS, "all 128 words arrive; one word more than the channel was made for is EMSGSIZE")
{
    cap_t channel = channel_of(1, 128, 0), shorter = channel_of(1, 127, 0);

    message_begin(&message, 1);
    for (word_t i = 0; i < 128; i++)
        message_put(&message, i * i);
    CHECK_REFUSED(message_send_until(shorter, &message, DEADLINE_NOW), EMSGSIZE, ARGUMENT_TAG);
    CHECK_GOOD(message_send_until(channel, &message, DEADLINE_NOW));
    memset(message.words, 0, sizeof(message.words));
    CHECK_GOOD(take(channel));
    CHECK_IS(message.word_count, 128);
    for (word_t i = 0; i < 128; i++)
        CHECK_IS(message.words[i], i * i);
}

TEST(CHANNEL_WAITS, "who waits for room sends when there is some")
{
    cap_t channel = channel_of(1, 7, 0);

    CHECK_GOOD(put(channel, 1));
    partner_init(&partner, 9);
    CHECK_GOOD(partner_start(&partner, OP_SEND, channel));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(take(channel));
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
    CHECK_GOOD(take(channel));
    CHECK_IS(message.label, 9);
}

TEST(CHANNEL_RECEIVER, "who waits for a message gets the next one")
{
    cap_t channel = channel_of(1, 7, 0);

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, channel));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(put(channel, 77));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.words[0], 77);
}

TEST(CHANNEL_DEADLINE, "a wait for room ends at its deadline, and the message was not sent")
{
    cap_t channel = channel_of(1, 7, 0);

    CHECK_GOOD(put(channel, 1));
    message_begin(&message, 2);
    CHECK_ERROR(message_send_until(channel, &message, clock_now() + MILLISECOND), ETIMEDOUT);
    CHECK_GOOD(take(channel));
    CHECK_ERROR(take(channel), EAGAIN);
    CHECK_ERROR(message_receive_until(channel, &message, clock_now() + MILLISECOND), ETIMEDOUT);
}

TEST(CHANNEL_DEATH, "when a channel dies, who waits to send or receive gets EPIPE")
{
    cap_t full = channel_of(1, 7, 0), empty = channel_of(1, 7, 0);

    CHECK_GOOD(put(full, 1));
    partner_init(&partner, 0);
    partner_init(&second, 0);
    CHECK_GOOD(partner_start(&partner, OP_SEND, full));
    CHECK_GOOD(partner_start(&second, OP_RECV, empty));
    let_run();
    CHECK_GOOD(cap_delete(full));
    CHECK_GOOD(cap_delete(empty));
    CHECK(partner_done(&partner) && partner_done(&second));
    CHECK_IS(partner.error, EPIPE);
    CHECK_IS(second.error, EPIPE);
}

TEST(CHANNEL_CAPS, "a capability travels in a channel, as a copy or moved")
{
    cap_t channel = channel_of(2, 7, 1), notification = make_notification();
    cap_t moved = make_notification();
    struct cap_info info;

    CHECK_GOOD(put_with(channel, 0, notification, CAP_COPY));
    CHECK_GOOD(put_with(channel, 0, moved, CAP_MOVE));
    CHECK(!find_cap(moved, &info));
    CHECK_GOOD(take(channel));
    CHECK_IS(message.cap_count, 1);
    CHECK_GOOD(ipc_notify(message.caps[0].cap, 4));
    CHECK_GOOD(take(channel));
    CHECK(find_cap(message.caps[0].cap, &info));
    CHECK_IS(info.owner, 1);
}

TEST(CHANNEL_REVOKE, "revoke reaches a capability in a channel; the message comes with none there")
{
    cap_t channel = channel_of(1, 7, 1), notification = make_notification();

    CHECK_GOOD(put_with(channel, 6, notification, CAP_COPY));
    CHECK_GOOD(cap_revoke(notification));
    CHECK_GOOD(take(channel));
    CHECK_IS(message.words[0], 6);
    CHECK_IS(message.cap_count, 1);
    CHECK_IS(message.caps[0].cap, CAP_NULL);
    CHECK_IS(message.caps[0].how, 0);
}

TEST(CHANNEL_TOO_FEW, "a receiver that takes too few capabilities gets ENOSPC, and nothing is lost")
{
    cap_t channel = channel_of(1, 7, 1), notification = make_notification();

    CHECK_GOOD(put_with(channel, 6, notification, CAP_COPY));
    message.accept = 0;
    CHECK_REFUSED(message_poll(channel, &message), ENOSPC, ARGUMENT_HANDLE);
    CHECK_IS(ipc_error_detail()->expected, 1);
    CHECK_GOOD(take(channel));
    CHECK_IS(message.words[0], 6);
}

TEST(CHANNEL_DISCARD, "the oldest message can be discarded, with what is in it")
{
    cap_t channel = channel_of(2, 7, 1), notification = make_notification();

    CHECK_REFUSED(channel_discard(channel), EAGAIN, ARGUMENT_HANDLE);
    CHECK_GOOD(put_with(channel, 1, notification, CAP_MOVE));
    CHECK_GOOD(put(channel, 2));
    CHECK_GOOD(channel_discard(channel));
    CHECK_GOOD(take(channel));
    CHECK_IS(message.words[0], 2);
}

TEST(CHANNEL_BELLS, "a channel notifies when it fills, and of room after messages were refused")
{
    cap_t channel = channel_of(1, 7, 0), notification = make_notification(), filled, room;
    uint64_t bits = 0;

    CHECK_GOOD(notification_mint(notification, 1, &filled));
    CHECK_GOOD(notification_mint(notification, 2, &room));
    CHECK_GOOD(channel_notify_filled(channel, filled));
    CHECK_GOOD(channel_notify_room(channel, room));
    CHECK_GOOD(put(channel, 1));
    CHECK_GOOD(ipc_poll_notification(notification, &bits));
    CHECK_IS(bits, 1);
    CHECK_ERROR(put(channel, 2), EAGAIN);
    CHECK_GOOD(take(channel));
    CHECK_GOOD(ipc_poll_notification(notification, &bits));
    CHECK_IS(bits, 2);
}

TEST(CHANNEL_ITSELF, "a channel that holds its own owner goes with its memory")
{
    cap_t memory = make(OBJECT_UNTYPED, 13), channel, copy;

    CHECK_GOOD(untyped_retype(memory, OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 1), "c", 0, &channel));
    copy = with_rights(channel, CAP_RIGHTS_ALL);
    CHECK_GOOD(put_with(copy, 0, channel, CAP_MOVE));
    CHECK_GOOD(cap_revoke(memory));
    CHECK_ERROR(put(copy, 1), ESTALE);
    CHECK_GOOD(untyped_retype(memory, OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 1), "c", 0, &channel));
}

TEST(CHANNEL_RIGHTS, "sending needs Send, capabilities Grant, receiving Recv, statistics Read")
{
    cap_t channel = channel_of(1, 7, 1), notification = make_notification();
    uint64_t unused;

    CHECK_REFUSED(put(with_rights(channel, CAP_RIGHTS_RECV), 1), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(put_with(with_rights(channel, CAP_RIGHTS_SEND), 1, notification, CAP_COPY), EPERM,
                  ARGUMENT_HANDLE);
    CHECK_REFUSED(take(with_rights(channel, CAP_RIGHTS_SEND)), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(channel_statistics(with_rights(channel, CAP_RIGHTS_SEND), &unused, &unused,
                                     &unused, &unused, &unused, &unused),
                  EPERM, ARGUMENT_HANDLE);
}

/* ---- endpoints with a channel ---- */

/* A call-only endpoint with a channel; *client can call and post. */
static cap_t attached(cap_t *client)
{
    cap_t endpoint = make_call_only(), channel = channel_of(2, 7, 1);

    *client = CAP_NULL;
    if (channel_attach(channel, endpoint) || channel_mint_post_cap(endpoint, 5, client))
        return CAP_NULL;
    return endpoint;
}

TEST(POST_ASYNC, "ipc_send_async puts a request into the endpoint's channel and goes on")
{
    const word_t request[2] = {11, 22};
    cap_t client, endpoint = attached(&client), notification = make_notification(), completion;
    uint64_t bits = 0;

    CHECK_GOOD(notification_mint(notification, 8, &completion));
    CHECK_GOOD(ipc_send_async(client, request, sizeof(request), completion));
    CHECK_GOOD(take(endpoint));
    CHECK_IS(message.label, 11);
    CHECK_IS(message.words[0], 22);
    CHECK_IS(message.badge, 5);
    CHECK_GOOD(ipc_notify(message.caps[0].cap, 0)); /* the server is done */
    CHECK_GOOD(ipc_poll_notification(notification, &bits));
    CHECK_IS(bits, 8);
}

TEST(POST_FULL, "ipc_send_async answers EAGAIN when the channel is full, and nothing has moved")
{
    const word_t request[1] = {1};
    cap_t client, endpoint = attached(&client), completion = make_notification();
    struct cap_info info;

    CHECK(endpoint != CAP_NULL);
    CHECK_GOOD(ipc_send_async(client, request, sizeof(request), CAP_NULL));
    CHECK_GOOD(ipc_send_async(client, request, sizeof(request), CAP_NULL));
    CHECK_ERROR(ipc_send_async(client, request, sizeof(request), completion), EAGAIN);
    CHECK(find_cap(completion, &info));
}

TEST(POST_TURNS, "a receive takes callers and messages in turn")
{
    cap_t client, endpoint = attached(&client);

    partner_init(&partner, 20);
    CHECK_GOOD(partner_start(&partner, OP_CALL, client));
    let_run();
    CHECK_GOOD(put(client, 1));
    CHECK_GOOD(put(client, 2));
    CHECK_GOOD(take(endpoint));
    CHECK_IS(message.label, 20);
    message_begin(&message, SUCCESS);
    CHECK_GOOD(message_reply(&message));
    CHECK_GOOD(take(endpoint));
    CHECK_IS(message.words[0], 1);
    CHECK_GOOD(take(endpoint));
    CHECK_IS(message.words[0], 2);
}

TEST(POST_RIGHT, "sending to an endpoint's channel needs Post, and there must be one")
{
    cap_t client, endpoint = attached(&client), plain = make_call_only();

    CHECK(endpoint != CAP_NULL);
    CHECK_REFUSED(put(with_rights(client, CAP_RIGHTS_CALL), 1), EPERM, ARGUMENT_HANDLE);
    CHECK_IS(ipc_error_detail()->expected, CAP_RIGHTS_POST);
    CHECK_REFUSED(put(plain, 1), EPERM, ARGUMENT_HANDLE);
}

TEST(POST_OPEN, "a channel is attached to call-only endpoints only, and to one at a time")
{
    cap_t client, endpoint = attached(&client), channel = channel_of(1, 7, 0);

    CHECK_REFUSED(channel_attach(channel, make_endpoint()), EINVAL, ARGUMENT_CAP(0));
    CHECK_REFUSED(channel_attach(channel, endpoint), EBUSY, ARGUMENT_CAP(0));
    CHECK_GOOD(channel_attach(channel, make_call_only()));
    CHECK_REFUSED(channel_attach(channel, make_call_only()), EBUSY, ARGUMENT_HANDLE);
    CHECK_REFUSED(take(channel), EBUSY, ARGUMENT_HANDLE);
    CHECK_GOOD(channel_detach(channel));
    CHECK_REFUSED(channel_detach(channel), EINVAL, ARGUMENT_HANDLE);
}

/* ---- cancelled ---- */

TEST(CHANNEL_CANCEL_ROOM,
     "a cancelled wait for room answers ECANCELED, and the message is not sent")
{
    cap_t channel = channel_of(1, 7, 0);

    CHECK_GOOD(put(channel, 1));
    partner_init(&partner, 9);
    CHECK_GOOD(partner_start(&partner, OP_SEND, channel));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(thread_cancel(partner.worker.thread));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ECANCELED);
    CHECK_GOOD(take(channel));
    CHECK_ERROR(take(channel), EAGAIN);
}

TEST(CHANNEL_CANCEL_RECEIVE, "a cancelled receive on a channel answers ECANCELED; the next message "
                             "stays for another")
{
    cap_t channel = channel_of(1, 7, 0);

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, channel));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(thread_cancel(partner.worker.thread));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ECANCELED);
    CHECK_GOOD(put(channel, 3));
    CHECK_GOOD(take(channel));
    CHECK_IS(message.words[0], 3);
}

TEST(CHANNEL_URGENT_ROOM, "of those who wait for room the more urgent sends first, and nobody who "
                          "comes then overtakes")
{
    cap_t channel = channel_of(1, 7, 0);

    CHECK_GOOD(put(channel, 1));
    partner_init(&partner, 20);
    partner_init(&second, 30);
    second.priority = PRIORITY_HIGHER;
    CHECK_GOOD(partner_start(&partner, OP_SEND, channel));
    let_run();
    CHECK_GOOD(partner_start(&second, OP_SEND, channel));
    CHECK_GOOD(take(channel));
    CHECK_ERROR(put(channel, 2), EAGAIN);
    CHECK_GOOD(take(channel));
    CHECK_IS(message.label, 30);
    CHECK_GOOD(take(channel));
    CHECK_IS(message.label, 20);
}

/* ---- asynchronous requests ---- */

static cap_t async_endpoint;
static volatile unsigned async_served;

/* Takes requests, and tells of each that is done by the capability that came with it. */
static void serve_requests(void *unused)
{
    static struct message request;

    (void)unused;
    for (;;) {
        request.accept = 1;
        if (message_receive(async_endpoint, &request))
            return;
        async_served++;
        ipc_notify(request.caps[0].cap, request.words[0]);
        cap_delete(request.caps[0].cap);
    }
}

TEST(POST_COMPLETION, "two requests are submitted, other work is done, and each tells of its end")
{
    cap_t client, notification = make_notification();
    word_t request[2] = {11, 1};
    struct worker server;
    uint64_t bits = 0;

    async_endpoint = attached(&client);
    async_served = 0;
    CHECK_GOOD(worker_run(&server, serve_requests, NULL));
    for (unsigned i = 0; i < 2; i++) {
        cap_t completion;

        request[1] = 1u << i;
        CHECK_GOOD(notification_mint(notification, 3, &completion));
        CHECK_GOOD(ipc_send_async(client, request, sizeof(request), completion));
    }
    CHECK_IS(async_served, 0); /* this thread went on: nobody has served it yet */
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    let_run();
    CHECK_IS(async_served, 2);
    if (bits != 3) {
        uint64_t more;

        CHECK_GOOD(ipc_wait_notification(notification, &more));
        bits |= more;
    }
    CHECK_IS(bits, 3);
}

TEST(POST_CIRCLE, "a wait for room at an endpoint whose thread waits for the sender is EDEADLK")
{
    cap_t client, endpoint = attached(&client), mine = make_endpoint();

    CHECK_GOOD(put(client, 1));
    CHECK_GOOD(put(client, 2));
    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, mine));
    CHECK_GOOD(thread_bind_endpoint(partner.worker.thread, endpoint));
    let_run();
    message_begin(&message, 3);
    CHECK_REFUSED(message_send(client, &message), EDEADLK, ARGUMENT_HANDLE);
    CHECK_ERROR(put(client, 3), EAGAIN); /* who does not wait is told that it is full */
}

TEST(POST_DEATH,
     "when the thread of an endpoint with a channel ends, who waits for room gets EPIPE")
{
    cap_t client, endpoint = attached(&client);

    partner_init(&second, 0);
    CHECK_GOOD(partner_start(&second, OP_RECV, make_endpoint()));
    CHECK_GOOD(thread_bind_endpoint(second.worker.thread, endpoint));
    CHECK_GOOD(put(client, 1));
    CHECK_GOOD(put(client, 2));
    partner_init(&partner, 3);
    CHECK_GOOD(partner_start(&partner, OP_SEND, client));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(cap_delete(second.worker.thread));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, EPIPE);
}

SUITE
