/* test_channelpath.c - sends to a channel and receives from it on the fast path, and what is left
   to the general way, which must come to the same. */

#include "channel.h"
#include <myelin/idl/channel_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/waitset_types.h>

int run_channelpath_tests(void);

#define BADGE    0xbad9eull
#define PRIORITY 60 /* above root's, so that whoever should run does */
#define CAPACITY 3

/* Who sends, through a capability with a badge, and who takes. */
struct flow {
    struct actor from, to;
    cap_t channel, badged;
};

static struct flow flow_of(cap_t channel)
{
    struct flow f = {.from = person("from", ACTIVE, PRIORITY),
                     .to = person("to", ACTIVE, PRIORITY),
                     .channel = channel};

    f.badged = minted(channel, BADGE, CAP_RIGHTS_ALL);
    knows_its_space(&f.from);
    knows_its_space(&f.to);
    host.general_entries = 0;
    return f;
}

static uint64_t statistic(cap_t cap, unsigned n)
{
    unsigned general = host.general_entries;

    must_ask(cap, CHANNEL_LABEL_STATISTICS, NO_WORDS, NO_CAPS);
    host.general_entries = general;
    return word(&world.root, n);
}

static void puts_one(struct flow *f, uint64_t value)
{
    sends(&f->from, f->badged, .label = 5,
          .words = WORDS(value, value + 1, value + 2, value + 3, value + 4, value + 5, value + 6));
    assert_status(&f->from, SUCCESS);
    assert_int_equal(f->from.thread->context.tag, 0);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        assert_int_equal(word(&f->from, i), 0);
}

static void takes_one(struct flow *f, uint64_t value)
{
    receives(&f->to, f->channel);
    assert_status(&f->to, SUCCESS);
    assert_int_equal(f->to.thread->context.tag, TAG(OP_SEND, 5, 7) | TAG_ORIGIN_CHANNEL);
    assert_int_equal(badge(&f->to), BADGE);
    assert_int_equal(token(&f->to), 0);
    assert_int_equal(bits(&f->to), 0);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        assert_int_equal(word(&f->to, i), value + i);
}

/* A channel that has held so many is fast up to there. */
static struct flow worn_in(cap_t channel, unsigned count)
{
    struct flow f = flow_of(channel);

    for (uint64_t i = 0; i < count; i++)
        puts_one(&f, i);
    for (uint64_t i = 0; i < count; i++)
        takes_one(&f, i);
    host.general_entries = 0;
    return f;
}

static void in_and_out(void **state)
{
    struct flow f = worn_in(channel_of(CAPACITY, 9, 1), CAPACITY);

    (void)state;
    for (uint64_t round = 0; round < 4; round++) { /* the ring wraps around */
        for (uint64_t i = 0; i < CAPACITY - (round & 1); i++)
            puts_one(&f, 100 * round + 10 * i);
        for (uint64_t i = 0; i < CAPACITY - (round & 1); i++)
            takes_one(&f, 100 * round + 10 * i);
    }
    assert_general(0);
    assert_int_equal(statistic(f.channel, 1), 0);
    assert_int_equal(statistic(f.channel, 2), CAPACITY);
    assert_int_equal(statistic(f.channel, 3), 0);
}

/* With one message fewer, with as many, with one more than there is room for; and when empty. */
static void the_limits(void **state)
{
    struct flow f = worn_in(channel(CAPACITY), CAPACITY);

    (void)state;
    puts_one(&f, 10);
    puts_one(&f, 20);
    puts_one(&f, 30);
    assert_general(0);
    sends(&f.from, f.badged, .label = 5, .words = WORDS(40, 41, 42, 43, 44, 45, 46));
    assert_general(1);
    assert_state(&f.from, THREAD_WAITS_SEND);
    takes_one(&f, 10); /* there is room for who waits */
    assert_general(1);
    assert_awake(&f.from);
    takes_one(&f, 20);
    takes_one(&f, 30);
    takes_one(&f, 40);
    assert_general(0);
    receives(&f.to, f.channel);
    assert_general(1);
    assert_state(&f.to, THREAD_WAITS_RECEIVE);
    puts_one(&f, 50); /* for who waits */
    assert_general(1);
    assert_int_equal(word(&f.to, 0), 50);
    puts_one(&f, 60);
    takes_one(&f, 60);
    assert_general(0);
}

static void one_place(void **state)
{
    struct flow f = worn_in(channel(1), 1);

    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        puts_one(&f, i);
        takes_one(&f, i);
    }
    assert_general(0);
}

/* More words than are in registers, or a capability, whichever side it is on. */
static void more_than_registers_hold(void **state)
{
    struct flow f = flow_of(channel_of(CAPACITY, 9, 1));
    struct words words = {.count = 8, .word = {[0] = 3, [7] = 8}};

    (void)state;
    sends(&f.from, f.badged, .words = words);
    receives(&f.to, f.channel);
    assert_general(2);
    assert_int_equal(word(&f.to, 7), 8);
    sends(&f.from, f.badged, .caps = CAPS(call_only("goes")));
    host.general_entries = 0;
    receives(&f.to, f.channel);
    assert_general(1);
    assert_status(&f.to, ENOSPC);
    receives(&f.to, f.channel, .accept = 1);
    assert_general(1);
    assert_status(&f.to, SUCCESS);
}

static void rights(void **state)
{
    struct flow f = worn_in(channel(CAPACITY), 2);
    cap_t silent = derived(f.channel, CAP_RIGHTS_RECV), deaf = derived(f.channel, CAP_RIGHTS_SEND);

    (void)state;
    puts_one(&f, 1);
    assert_general(0);
    sends(&f.from, silent);
    assert_failure(&f.from, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_SEND, CAP_RIGHTS_RECV);
    receives(&f.to, deaf);
    assert_failure(&f.to, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_RECV, CAP_RIGHTS_SEND);
    assert_general(2);
    deletes(silent);
    sends(&f.from, silent);
    assert_status(&f.from, ESTALE);
}

static void bells(void **state)
{
    struct flow f = worn_in(channel(2), 2);
    cap_t n = notification("n");

    (void)state;
    must_ask(f.channel, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, CAPS(minted(n, 1, CAP_RIGHTS_ALL)));
    must_ask(f.channel, CHANNEL_LABEL_NOTIFY_ROOM, NO_WORDS, CAPS(minted(n, 2, CAP_RIGHTS_ALL)));
    host.general_entries = 0;
    puts_one(&f, 1); /* the first rings */
    assert_general(1);
    puts_one(&f, 2);
    assert_general(0);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 1);
    sends(&f.from, f.badged, NOW);
    assert_status(&f.from, EAGAIN);
    host.general_entries = 0;
    takes_one(&f, 1); /* there is room again */
    assert_general(1);
    takes_one(&f, 2);
    assert_general(0);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 2);
    assert_int_equal(statistic(f.channel, 3), 1);
    host.general_entries = 0;
    puts_one(&f, 3); /* it has been empty: the bell again */
    assert_general(1);
    takes_one(&f, 3);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 1);
    must_ask(f.channel, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, NO_CAPS);
    host.general_entries = 0;
    puts_one(&f, 4); /* nobody asks any longer */
    assert_general(0);
}

/* The mark, and that what was taken makes it no lower. */
static void fuller_than_ever(void **state)
{
    struct flow f = flow_of(channel(CAPACITY));

    (void)state;
    puts_one(&f, 1);
    assert_general(1);
    takes_one(&f, 1);
    puts_one(&f, 2);
    assert_general(0);
    assert_int_equal(statistic(f.channel, 2), 1);
    puts_one(&f, 3);
    assert_general(1);
    assert_int_equal(statistic(f.channel, 2), 2);
    takes_one(&f, 2);
    puts_one(&f, 4);
    assert_general(0);
    assert_int_equal(statistic(f.channel, 2), 2);
}

/* Root sends one that the fast path cannot take out: with more words, or a capability. */
static void puts_longer(struct flow *f, cap_t with)
{
    struct words words = {.count = 8, .word = {[7] = 8}};

    if (with)
        sends(&world.root, f->channel, .caps = CAPS(with), NOW);
    else
        sends(&world.root, f->channel, .words = words, NOW);
    assert_status(&world.root, SUCCESS);
    host.general_entries = 0;
}

static void takes_another(struct flow *f, unsigned general)
{
    receives(&f->to, f->channel, .accept = general ? 1 : 0);
    assert_status(&f->to, SUCCESS);
    assert_general(general);
}

/* One that comes, is passed by plain ones, is taken; two; one that is thrown away. */
static void longer_ones(void **state)
{
    struct flow f = worn_in(channel_of(CAPACITY, 9, 1), CAPACITY);

    (void)state;
    puts_one(&f, 1);
    puts_longer(&f, CAP_NULL);
    puts_one(&f, 2);
    assert_general(0);
    takes_one(&f, 1); /* there is one behind it */
    assert_general(1);
    takes_another(&f, 1);
    assert_int_equal(word(&f.to, 7), 8);
    takes_one(&f, 2);
    assert_general(0);

    puts_longer(&f, CAP_NULL);
    puts_longer(&f, call_only("goes"));
    puts_one(&f, 3);
    takes_another(&f, 1);
    takes_another(&f, 1); /* that was not the last */
    takes_one(&f, 3);
    assert_general(0);

    puts_longer(&f, call_only("goes"));
    puts_one(&f, 4);
    must_ask(f.channel, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    host.general_entries = 0;
    takes_one(&f, 4);
    assert_general(0);
}

/* One whose capability has been revoked, and one whose sender waited for room, or for a receiver.
 */
static void longer_ones_on_their_way(void **state)
{
    struct flow f = worn_in(channel_of(2, 9, 1), 2);
    struct actor waits = person("waits", ACTIVE, PRIORITY);
    cap_t goes = call_only("goes");
    struct words words = {.count = 8, .word = {[7] = 8}};

    (void)state;
    puts_longer(&f, goes);
    revokes(goes);
    host.general_entries = 0;
    takes_another(&f, 1);
    puts_one(&f, 1);
    puts_one(&f, 2);
    sends(&waits, f.channel, .words = words);
    assert_state(&waits, THREAD_WAITS_SEND);
    host.general_entries = 0;
    takes_one(&f, 1);
    assert_general(1);
    takes_one(&f, 2); /* the one that waited is there */
    assert_general(1);
    takes_another(&f, 1);
    receives(&f.to, f.channel);
    assert_state(&f.to, THREAD_WAITS_RECEIVE);
    puts_longer(&f, CAP_NULL); /* it goes to who waits */
    assert_int_equal(word(&f.to, 7), 8);
    puts_one(&f, 3);
    takes_one(&f, 3);
    assert_general(0);
}

/* Who has waited in vain is waited for no longer. */
static void nobody_waits_any_longer(void **state)
{
    struct flow f = worn_in(channel(CAPACITY), CAPACITY);

    (void)state;
    receives(&f.to, f.channel);
    assert_state(&f.to, THREAD_WAITS_RECEIVE);
    cancels(&f.to);
    assert_status(&f.to, ECANCELED);
    knows_its_space(&f.to);
    puts_one(&f, 1);
    host.general_entries = 0;
    puts_one(&f, 2);
    takes_one(&f, 1);
    takes_one(&f, 2);
    assert_general(0);
}

/* In a WaitSet, at an endpoint: others have to learn of it. */
static void part_of_more(void **state)
{
    struct flow f = flow_of(channel(CAPACITY));
    struct actor server = person("server", ACTIVE, PRIORITY);
    cap_t set = make(OBJECT_WAITSET, 2, "set"), ep = call_only("ep");

    (void)state;
    puts_one(&f, 1);
    must_ask(set, WAITSET_LABEL_ADD, WORDS(9), CAPS(f.channel));
    host.general_entries = 0;
    puts_one(&f, 2);
    receives(&f.to, f.channel);
    assert_general(2);
    assert_failure(&f.to, EBUSY, ARGUMENT_HANDLE, 0, 0);
    receives(&server, set);
    assert_int_equal(word(&server, 0), 1);
    receives(&server, set);
    assert_int_equal(word(&server, 0), 2);
    receives(&server, set); /* it waits, and learns of the next */
    puts_one(&f, 3);
    assert_int_equal(word(&server, 0), 3);
    must_ask(set, WAITSET_LABEL_REMOVE, NO_WORDS, CAPS(f.channel));
    must_ask(f.channel, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(ep));
    host.general_entries = 0;
    puts_one(&f, 4);
    assert_general(1);
    receives(&server, ep);
    assert_int_equal(word(&server, 0), 4);
}

/* How urgent it is in a set: as the most urgent who has sent since it was empty. */
static void urgency(void **state)
{
    struct flow f = flow_of(channel(CAPACITY));
    struct actor urgent = person("urgent", ACTIVE, PRIORITY + 3);
    const struct channel *channel = object_of(f.channel);

    (void)state;
    knows_its_space(&urgent);
    puts_one(&f, 1);
    assert_int_equal(channel->source.urgency, PRIORITY);
    sends(&urgent, f.channel);
    assert_int_equal(channel->source.urgency, PRIORITY + 3);
    puts_one(&f, 2);
    assert_int_equal(channel->source.urgency, PRIORITY + 3);
    takes_one(&f, 1);
    receives(&f.to, f.channel);
    assert_int_equal(channel->source.urgency, PRIORITY + 3);
    suspends(&urgent); /* or it would be its turn, and the last is taken the general way */
    runs(&f.to);
    host.general_entries = 0;
    takes_one(&f, 2);
    assert_general(0);
    assert_int_equal(channel->source.urgency, 0);
}

static void bits_come_along(void **state)
{
    struct flow f = flow_of(channel(CAPACITY));
    cap_t n = notification("n");

    (void)state;
    must_ask(f.to.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    puts_one(&f, 1);
    puts_one(&f, 2);
    knows_its_space(&f.to);
    host.general_entries = 0;
    takes_one(&f, 1);
    assert_general(0);
    notifies(&world.root, n, 4);
    host.general_entries = 0;
    receives(&f.to, f.channel);
    assert_general(1);
    assert_int_equal(word(&f.to, 0), 2);
    assert_int_equal(bits(&f.to), 4);
}

/* What it brings is time, too, for who has none of his own. */
static void time_comes_along(void **state)
{
    struct flow f = flow_of(channel(CAPACITY));
    struct flow other = worn_in(channel(CAPACITY), CAPACITY);
    struct actor server = person("server", PASSIVE, PRIORITY);
    cap_t time = time_of(PRIORITY + 1, MS, MS);

    (void)state;
    must_ask(time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(f.channel));
    puts_one(&other, 7);
    puts_one(&f, 1);
    knows_its_space(&server);
    host.general_entries = 0;
    receives(&server, f.channel);
    assert_general(1);
    assert_int_equal(word(&server, 0), 1);
    assert_ptr_equal(((struct schedcontext *)object_of(time))->home, server.thread);
    receives(&server, other.channel); /* it gives that back, and has got another message */
    assert_general(1);
    assert_null(((struct schedcontext *)object_of(time))->home);
    assert_int_equal(word(&server, 0), 7);
    must_ask(time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    puts_one(&f, 2);
    host.general_entries = 0;
    takes_one(&f, 2);
    assert_general(0);
}

int run_channelpath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("CHANPATH-1: what is in registers goes in and comes out whole on the fast path, in "
             "order",
             in_and_out),
        TEST("CHANPATH-2: what is one too much waits, as does who finds nothing; then it is fast "
             "anew",
             the_limits),
        TEST("CHANPATH-3: a channel of one message fills and empties on the fast path", one_place),
        TEST("CHANPATH-4: more words than registers, and capabilities, go the general way",
             more_than_registers_hold),
        TEST("CHANPATH-5: the fast path of a channel needs the right, and a living handle", rights),
        TEST("CHANPATH-6: who asked to be told of a message, or of room, is told", bells),
        TEST("CHANPATH-7: a WaitSet or an endpoint that it is part of learns of each message",
             part_of_more),
        TEST("CHANPATH-8: it is as urgent as the most urgent who has sent since it was empty",
             urgency),
        TEST("CHANPATH-9: bits of the bound notification come along with the message",
             bits_come_along),
        TEST("CHANPATH-10: a channel's time comes along with its message, as long as it has one",
             time_comes_along),
        TEST("CHANPATH-11: fuller than it ever was it becomes the general way, and says so",
             fuller_than_ever),
        TEST(
            "CHANPATH-12: while a message is there that is more than registers hold, all are taken "
            "the general way",
            longer_ones),
        TEST("CHANPATH-13: such a message is one too if it has lost its capability, has waited, or "
             "goes to who waits",
             longer_ones_on_their_way),
        TEST("CHANPATH-14: who waits for a message no longer is no longer looked for",
             nobody_waits_any_longer),
    };

    return cmocka_run_group_tests_name("channelpath", tests, NULL, NULL);
}
