/* systest-waitset.c - WaitSets: one receive from endpoints, channels and notifications. */
#include <myelin/channel.h>
#include <myelin/clock.h>
#include <myelin/waitset.h>

#include "lib/systest.h"

#define MILLISECOND 1000000ull
#define MANY        10000

static struct partner partner, second;
static struct message message;

static cap_t make_channel(void)
{
    return make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 0));
}

static error_t take(cap_t source)
{
    message.accept = 0;
    return message_poll(source, &message);
}

static error_t put(cap_t channel, word_t word)
{
    message_begin(&message, 7);
    message_put(&message, word);
    return message_send_until(channel, &message, DEADLINE_NOW);
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(SET_KEY, "a receive on a WaitSet takes from whichever source has something, and says its key")
{
    cap_t set = make(OBJECT_WAITSET, 3), endpoint = make_call_only();
    cap_t channel = make_channel(), notification = make_notification();

    CHECK_GOOD(waitset_add(set, 0xaaaa000000000001, endpoint));
    CHECK_GOOD(waitset_add(set, 2, channel));
    CHECK_GOOD(waitset_add(set, 3, notification));
    CHECK_ERROR(take(set), EAGAIN);
    CHECK_GOOD(put(channel, 77));
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 2);
    CHECK_IS(message.words[0], 77);
    CHECK_GOOD(ipc_notify(notification, 6));
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 3);
    CHECK_IS(message.notified, 6);
    partner_init(&partner, 5);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    let_run();
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 0xaaaa000000000001);
    CHECK_IS(message.origin, ORIGIN_CALL);
    message_begin(&message, SUCCESS);
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
}

TEST(SET_MEETS, "who comes while a thread waits at a WaitSet meets it at once")
{
    cap_t set = make(OBJECT_WAITSET, 2), channel = make_channel();

    CHECK_GOOD(waitset_add(set, 8, channel));
    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, set));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(put(channel, 9));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.key, 8);
    CHECK_IS(partner.message.words[0], 9);
}

TEST(SET_DEADLINE, "a receive on a WaitSet ends at its deadline")
{
    cap_t set = make(OBJECT_WAITSET, 1);

    CHECK_ERROR(message_receive_until(set, &message, clock_now() + MILLISECOND), ETIMEDOUT);
}

TEST(SET_FULL, "a WaitSet takes as many sources as it was made for")
{
    cap_t set = make(OBJECT_WAITSET, 2), first = make_notification();

    CHECK_GOOD(waitset_add(set, 1, first));
    CHECK_GOOD(waitset_add(set, 2, make_notification()));
    CHECK_REFUSED(waitset_add(set, 3, make_notification()), ENOSPC, ARGUMENT_HANDLE);
    CHECK_GOOD(waitset_remove(set, first));
    CHECK_GOOD(waitset_add(set, 3, make_notification()));
    CHECK_REFUSED(waitset_remove(set, first), ENOENT, ARGUMENT_CAP(0));
}

TEST(SET_ONE, "a source is in one WaitSet, and cannot be received from directly")
{
    cap_t set = make(OBJECT_WAITSET, 2), other = make(OBJECT_WAITSET, 2), channel = make_channel();

    CHECK_GOOD(waitset_add(set, 1, channel));
    CHECK_REFUSED(waitset_add(other, 1, channel), EBUSY, ARGUMENT_CAP(0));
    CHECK_REFUSED(take(channel), EBUSY, ARGUMENT_HANDLE);
    CHECK_GOOD(waitset_remove(set, channel));
    CHECK_GOOD(waitset_add(other, 1, channel));
}

TEST(SET_THREAD, "a WaitSet belongs to the first thread that receives")
{
    cap_t set = make(OBJECT_WAITSET, 1);
    uint64_t capacity, sources;
    char name[OBJECT_NAME_BYTES + 1];

    CHECK_ERROR(take(set), EAGAIN);
    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, set));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, EBUSY);
    CHECK_GOOD(waitset_inspect(set, &capacity, &sources, name));
    CHECK_IS(capacity, 1);
    CHECK_IS(sources, 0);
    CHECK(name[0] != '\0');
}

TEST(SET_DEAD_THREAD, "when its thread ends, another may receive, and finds what is there")
{
    cap_t set = make(OBJECT_WAITSET, 1), channel = make_channel();

    CHECK_GOOD(waitset_add(set, 1, channel));
    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, set));
    let_run();
    CHECK_GOOD(put(channel, 1));
    CHECK_GOOD(worker_wait(&partner.worker));
    CHECK_ERROR(put(channel, 2), EPIPE);
    CHECK_ERROR(take(set), EAGAIN);
    CHECK_GOOD(put(channel, 3));
    CHECK_GOOD(take(set));
    CHECK_IS(message.words[0], 3);
}

TEST(SET_DEATH, "when a WaitSet dies its thread gets EPIPE, and its sources stand alone")
{
    cap_t set = make(OBJECT_WAITSET, 1), channel = make_channel();

    CHECK_GOOD(waitset_add(set, 1, channel));
    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, set));
    let_run();
    CHECK_GOOD(cap_delete(set));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, EPIPE);
    CHECK_GOOD(put(channel, 3));
    CHECK_GOOD(take(channel));
}

TEST(SET_REVOKE, "who revokes the capability that was added takes the source out")
{
    cap_t set = make(OBJECT_WAITSET, 1), notification = make_notification();

    CHECK_GOOD(waitset_add(set, 1, with_rights(notification, CAP_RIGHTS_ALL)));
    CHECK_GOOD(cap_revoke(notification));
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK_ERROR(take(set), EAGAIN);
}

TEST(SET_URGENT, "the source with the most urgent caller comes first")
{
    cap_t set = make(OBJECT_WAITSET, 2), low = make_call_only(), high = make_call_only();

    CHECK_GOOD(waitset_add(set, 1, low));
    CHECK_GOOD(waitset_add(set, 2, high));
    partner_init(&partner, 1);
    partner_init(&second, 2);
    second.priority = PRIORITY_HIGHER;
    CHECK_GOOD(partner_start(&partner, OP_CALL, low));
    CHECK_GOOD(partner_start(&second, OP_CALL, high));
    let_run();
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 2);
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 1);
}

/* Makes a notification that only `space` owns, and adds it. */
static error_t add_one(cap_t set, cap_t memory, cap_t space, uint64_t key, cap_t *bell)
{
    cap_t notification, there;
    error_t error = untyped_retype(memory, OBJECT_NOTIFICATION, 0, "n", 0, &notification);

    if (!error)
        error = waitset_add(set, key, notification);
    if (!error && bell)
        error = notification_mint(notification, 1, bell);
    return error ? error : cspace_insert(space, notification, CAP_MOVE, &there);
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(SET_MANY, "a server with 10,000 sources finds each that has something at once")
{
    cap_t memory = make(OBJECT_UNTYPED, 22), space = make(OBJECT_CSPACE, 14);
    cap_t set = make(OBJECT_WAITSET, MANY), first, middle, last;

    for (uint64_t key = 1; key <= MANY; key++) {
        cap_t *bell = key == 1 ? &first : key == MANY / 2 ? &middle : key == MANY ? &last : NULL;

        CHECK_GOOD(add_one(set, memory, space, key, bell));
    }
    CHECK_REFUSED(waitset_add(set, 1, make_notification()), ENOSPC, ARGUMENT_HANDLE);
    CHECK_ERROR(take(set), EAGAIN);
    CHECK_GOOD(ipc_notify(last, 1));
    CHECK_GOOD(ipc_notify(first, 1));
    CHECK_GOOD(ipc_notify(middle, 1));
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, MANY);
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 1);
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, MANY / 2);
    CHECK_ERROR(take(set), EAGAIN);
    CHECK_GOOD(cap_delete(set));
}

SUITE
