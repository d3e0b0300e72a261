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

TEST(SET_TURNS, "sources whose callers are equally urgent take turns")
{
    cap_t set = make(OBJECT_WAITSET, 2), one = make_channel(), two = make_channel();

    CHECK_GOOD(waitset_add(set, 1, one));
    CHECK_GOOD(waitset_add(set, 2, two));
    CHECK_GOOD(put(one, 10));
    CHECK_GOOD(put(one, 11));
    CHECK_GOOD(put(two, 20));
    CHECK_GOOD(put(two, 21));
    for (unsigned i = 0; i < 4; i++) {
        CHECK_GOOD(take(set));
        CHECK_IS(message.key, i % 2 + 1);
    }
    CHECK_ERROR(take(set), EAGAIN);
}

/* A closed receive at the set, which does not wait. */
static error_t take_closed(cap_t set, uint64_t key, uint64_t badge, struct ipc_registers *r)
{
    *r = raw(OP_RECV, set, 0);
    r->tag |= TAG_CLOSED | TAG_DEADLINE;
    r->deadline = DEADLINE_NOW;
    utcb_self()->closed_key = key;
    utcb_self()->closed_badge = badge;
    utcb_self()->closed_endpoint = CAP_NULL;
    return enter(r);
}

static cap_t badged(cap_t endpoint, uint64_t badge)
{
    cap_t minted = CAP_NULL;

    endpoint_mint(endpoint, badge, &minted);
    return minted;
}

/* A set of two endpoints: one calls the first with badge 70, another the second with badge 80. */
static cap_t set_with_callers(void)
{
    cap_t set = make(OBJECT_WAITSET, 2), one = make_call_only(), two = make_call_only();

    partner_init(&partner, 5);
    partner_init(&second, 6);
    if (waitset_add(set, 1, one) || waitset_add(set, 2, two) ||
        partner_start(&partner, OP_CALL, badged(one, 70)) ||
        partner_start(&second, OP_CALL, badged(two, 80)))
        return CAP_NULL;
    let_run();
    return set;
}

TEST(SET_CLOSED, "a receive closed to a key and a badge takes what comes so, and nothing else")
{
    cap_t set = set_with_callers();
    struct ipc_registers r;

    CHECK_ERROR(take_closed(set, 2, 70, &r), EAGAIN);
    CHECK_ERROR(take_closed(set, 1, 80, &r), EAGAIN);
    CHECK_GOOD(take_closed(set, 2, 80, &r));
    CHECK_IS(tag_label(r.tag), 6);
    CHECK_IS(r.handle, 80);
    CHECK_IS(utcb_self()->source_key, 2);
    CHECK(!partner_done(&partner));
    CHECK_GOOD(take(set));
    CHECK_IS(message.label, 5);
}

static cap_t passive_set;
static volatile unsigned passive_served;

static void serve_set(void *unused)
{
    static struct message request;

    (void)unused;
    while (message_receive(passive_set, &request) == SUCCESS) {
        passive_served++;
        message_begin(&request, (uint32_t)request.key);
        message_reply(&request);
    }
}

static uint64_t consumed(cap_t time)
{
    struct schedcontext_info info = {0};

    schedcontext_get_info(time, &info);
    return info.consumed;
}

TEST(SET_PASSIVE, "a passive server at a WaitSet serves its callers on their time")
{
    const struct plan plan = {.run = serve_set, .passive = true, .priority = PRIORITY_HIGHER};
    cap_t one = make_call_only(), two = make_call_only();
    struct worker server;
    uint64_t reserve;

    passive_set = make(OBJECT_WAITSET, 2);
    passive_served = 0;
    CHECK_GOOD(waitset_add(passive_set, 1, one));
    CHECK_GOOD(waitset_add(passive_set, 2, two));
    CHECK_GOOD(worker_start(&server, &plan));
    reserve = consumed(server.time);
    for (unsigned i = 0; i < 100; i++) {
        message_begin(&message, 1);
        message.accept = 0;
        message_call(i % 2 ? two : one, &message);
        CHECK_IS(message.label, i % 2 + 1);
    }
    CHECK_IS(passive_served, 100);
    CHECK(consumed(server.time) - reserve < MILLISECOND / 10);
}

TEST(SET_PASSIVE_OPEN,
     "a passive thread receives from no set with an open endpoint, nor is one added "
     "to its set: EINVAL")
{
    const struct plan plan = {.run = serve_set, .passive = true, .priority = PRIORITY_HIGHER};
    cap_t open = make_endpoint();
    struct worker server;

    passive_set = make(OBJECT_WAITSET, 2);
    CHECK_GOOD(waitset_add(passive_set, 1, open));
    CHECK_GOOD(worker_start(&server, &plan));
    CHECK_GOOD(worker_wait(&server)); /* its receive has failed */
    CHECK_GOOD(waitset_remove(passive_set, open));
    CHECK_GOOD(worker_start(&server, &plan));
    CHECK_IS(worker_state(&server), THREAD_WAITS_RECEIVE);
    CHECK_REFUSED(waitset_add(passive_set, 1, open), EINVAL, ARGUMENT_CAP(0));
}

TEST(SET_CANCEL, "a cancelled receive on a WaitSet answers ECANCELED, and the set goes on")
{
    cap_t set = make(OBJECT_WAITSET, 1), channel = make_channel();

    CHECK_GOOD(waitset_add(set, 8, channel));
    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, set));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(thread_cancel(partner.worker.thread));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ECANCELED);
    CHECK_GOOD(worker_wait(&partner.worker));
    CHECK_ERROR(take(set), EAGAIN); /* its thread has ended: it is this one's now */
    CHECK_GOOD(put(channel, 9));
    CHECK_GOOD(take(set));
    CHECK_IS(message.words[0], 9);
}

static cap_t own_bell(void)
{
    cap_t bell = make_notification();

    return thread_bind_notification(thread_self(), bell) ? CAP_NULL : bell;
}

TEST(SET_OWN_BITS, "bits of the thread's own notification come along with a message of the set")
{
    cap_t set = make(OBJECT_WAITSET, 1), channel = make_channel();

    CHECK_GOOD(waitset_add(set, 8, channel));
    CHECK_GOOD(ipc_notify(own_bell(), 2));
    CHECK_GOOD(put(channel, 9));
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 8);
    CHECK_IS(message.words[0], 9);
    CHECK_IS(message.notified, 2);
}

TEST(SET_OWN_BITS_ALONE, "where they come alone the key is 0")
{
    cap_t set = make(OBJECT_WAITSET, 1);

    CHECK_GOOD(waitset_add(set, 8, make_channel()));
    CHECK_GOOD(ipc_notify(own_bell(), 4));
    message.key = 8;
    CHECK_GOOD(take(set));
    CHECK_IS(message.key, 0);
    CHECK_IS(message.origin, ORIGIN_NONE);
    CHECK_IS(message.notified, 4);
}

TEST(SET_CIRCLE,
     "a call to an endpoint in the set of a thread that waits for the caller is EDEADLK")
{
    cap_t set = make(OBJECT_WAITSET, 1), its = make_call_only(), mine = make_endpoint();

    CHECK_GOOD(waitset_add(set, 1, its));
    CHECK_ERROR(take(set), EAGAIN); /* from now on it is this thread's */
    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, mine));
    let_run();
    CHECK_REFUSED(invoke(its, 1, 0, CAP_NULL), EDEADLK, ARGUMENT_HANDLE);
}

SUITE
