/* test_channel.c - channels: the queue itself, its limits, and what travels in it. */

#include "channel.h"
#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

int run_channel_tests(void);

static uint64_t statistic(cap_t cap, unsigned n)
{
    must_ask(cap, CHANNEL_LABEL_STATISTICS, NO_WORDS, NO_CAPS);
    return word(&world.root, n);
}

#define depth(cap)      statistic(cap, 1)
#define high_water(cap) statistic(cap, 2)
#define refused(cap)    statistic(cap, 3)

/* Root takes the oldest message, which must be this. */
static void takes_out(cap_t cap, uint64_t value)
{
    receives(&world.root, cap, .accept = 4, NOW);
    assert_status(&world.root, SUCCESS);
    assert_int_equal(word(&world.root, 0), value);
}

static void finds_nothing(cap_t cap)
{
    receives(&world.root, cap, NOW);
    assert_failure(&world.root, EAGAIN, ARGUMENT_HANDLE, 0, 0);
}

/* ---- the queue ---- */

static void first_in_first_out(void **state)
{
    cap_t c = channel(3);

    (void)state;
    for (uint64_t round = 0; round < 5; round++) { /* the ring wraps around */
        puts_in(c, 10 * round + 1);
        puts_in(c, 10 * round + 2);
        takes_out(c, 10 * round + 1);
        takes_out(c, 10 * round + 2);
    }
    finds_nothing(c);
}

static void the_message_is_whole(void **state)
{
    cap_t c = channel_of(2, 128, 0), to = minted(c, 77, CAP_RIGHTS_SEND);
    struct words words = {.count = 128};
    const struct context *context = &world.root.thread->context;

    (void)state;
    for (unsigned i = 0; i < 128; i++)
        words.word[i] = 1000 + i;
    sends(&world.root, to, .label = 5, .words = words);
    assert_status(&world.root, SUCCESS);
    assert_true(context->tag == 0 && context->words[0] == 0 && context->words[6] == 0);
    receives(&world.root, c);
    assert_int_equal(context->tag, TAG(OP_SEND, 5, 128) | TAG_ORIGIN_CHANNEL);
    assert_int_equal(badge(&world.root), 77);
    assert_int_equal(token(&world.root), 0);
    for (unsigned i = 0; i < 128; i++)
        assert_int_equal(word(&world.root, i), 1000 + i);
}

static void full_is_full(void **state)
{
    cap_t c = channel(3);

    (void)state;
    puts_in(c, 1);
    puts_in(c, 2);
    assert_int_equal(depth(c), 2);
    takes_out(c, 1);
    takes_out(c, 2);
    puts_in(c, 1);
    assert_int_equal(high_water(c), 2);
    puts_in(c, 2);
    puts_in(c, 3);
    sends(&world.root, c, .words = WORDS(4), NOW);
    assert_failure(&world.root, EAGAIN, ARGUMENT_HANDLE, 3, 3);
    assert_int_equal(refused(c), 1);
    takes_out(c, 1);
    puts_in(c, 4);
    takes_out(c, 2);
    takes_out(c, 3);
    takes_out(c, 4);
    finds_nothing(c);
    assert_int_equal(depth(c), 0);
    assert_int_equal(high_water(c), 3);
}

static void capacities(void **state)
{
    static const struct {
        uint64_t size;
        error_t error;
    } sizes[] = {
        {CHANNEL_SIZE(0, 7, 0), ERANGE},
        {CHANNEL_SIZE(1, 7, 0), SUCCESS},
        {CHANNEL_SIZE(65536, 7, 0), SUCCESS},
        {CHANNEL_SIZE(65537, 7, 0), ERANGE},
        {CHANNEL_SIZE(1, 6, 0), ERANGE},
        {CHANNEL_SIZE(1, 128, 4), SUCCESS},
        {CHANNEL_SIZE(1, 129, 0), ERANGE},
        {CHANNEL_SIZE(1, 7, 5), ERANGE},
        {1ull << 63 | CHANNEL_SIZE(1, 7, 0), EINVAL},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        calls(&world.root, world.huge, .label = UNTYPED_LABEL_RETYPE,
              .words = WORDS(OBJECT_CHANNEL, sizes[i].size, 0, 0, 0), .accept = 1);
        assert_status(&world.root, sizes[i].error);
        if (sizes[i].error)
            assert_int_equal(word(&world.root, 0), ARGUMENT_WORD(1));
    }
}

static void one_message_is_enough(void **state)
{
    cap_t c = channel(1);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        puts_in(c, i);
        sends(&world.root, c, NOW);
        assert_status(&world.root, EAGAIN);
        takes_out(c, i);
    }
}

static void too_much_for_a_message(void **state)
{
    cap_t c = channel_of(4, 8, 1), n = notification("n");
    struct words nine = WORDS(1, 2, 3, 4, 5, 6, 7, 8, 9), eight = nine;

    (void)state;
    eight.count = 8;
    sends(&world.root, c, .words = nine);
    assert_failure(&world.root, EMSGSIZE, ARGUMENT_TAG, 8, 9);
    sends(&world.root, c, .words = eight);
    assert_status(&world.root, SUCCESS);
    sends(&world.root, c, .caps = CAPS(n, n));
    assert_failure(&world.root, ENOSPC, ARGUMENT_PARTNER, 2, 1);
    sends(&world.root, c, .caps = CAPS(n));
    assert_status(&world.root, SUCCESS);
    assert_int_equal(depth(c), 2);
}

static void rights_are_needed(void **state)
{
    cap_t c = channel_of(2, 7, 1), n = notification("n");

    (void)state;
    sends(&world.root, derived(c, CAP_RIGHTS_ALL & ~CAP_RIGHTS_SEND));
    assert_int_equal(word(&world.root, 1), CAP_RIGHTS_SEND);
    assert_status(&world.root, EPERM);
    sends(&world.root, derived(c, CAP_RIGHTS_SEND), .caps = CAPS(n));
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_GRANT, 0);
    receives(&world.root, derived(c, CAP_RIGHTS_SEND));
    assert_status(&world.root, EPERM);
    refuses(&world.root, derived(c, CAP_RIGHTS_SEND), CHANNEL_LABEL_STATISTICS, NO_WORDS, NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, derived(c, CAP_RIGHTS_SEND), CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, derived(c, CAP_RIGHTS_SEND), CHANNEL_LABEL_NOTIFY_ROOM, NO_WORDS, NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, minted(c, 3, CAP_RIGHTS_ALL), LABEL(10, 99), NO_WORDS, NO_CAPS, ENOSYS,
            ARGUMENT_TAG);
    notifies(&world.root, c, 1);
    assert_status(&world.root, EBADF);
}

static void largest_is_filled(void **state)
{
    cap_t c = make_from(world.huge, OBJECT_CHANNEL, CHANNEL_SIZE(65536, 7, 0), "largest");

    (void)state;
    world.unchecked = true;
    for (uint64_t i = 0; i < 65536; i++)
        puts_in(c, i);
    sends(&world.root, c, NOW);
    assert_failure(&world.root, EAGAIN, ARGUMENT_HANDLE, 65536, 65536);
    takes_out(c, 0);
}

/* ---- waiting ---- */

static void receivers_wait(void **state)
{
    struct actor eve = person("eve", ACTIVE, 30);
    cap_t c = channel(2);

    (void)state;
    receives(&eve, c);
    assert_state(&eve, THREAD_WAITS_RECEIVE);
    puts_in(c, 9);
    assert_awake(&eve);
    assert_int_equal(word(&eve, 0), 9);
    assert_int_equal(depth(c), 0);
    assert_int_equal(high_water(c), 1);
}

static void a_pool_of_receivers(void **state)
{
    struct actor low = person("low", ACTIVE, 5), high = person("high", ACTIVE, 50);
    cap_t c = channel(4);

    (void)state;
    receives(&low, c);
    receives(&high, c);
    puts_in(c, 1);
    puts_in(c, 2);
    assert_int_equal(word(&high, 0), 1);
    assert_int_equal(word(&low, 0), 2);
}

static void senders_wait_for_room(void **state)
{
    struct actor low = person("low", ACTIVE, 5), high = person("high", ACTIVE, 50);
    cap_t c = channel(1);

    (void)state;
    puts_in(c, 1);
    sends(&low, c, .words = WORDS(2));
    sends(&high, c, .words = WORDS(3));
    assert_state(&low, THREAD_WAITS_SEND);
    assert_state(&high, THREAD_WAITS_SEND);
    sends(&world.root, c, .words = WORDS(4), NOW); /* nobody overtakes them */
    assert_status(&world.root, EAGAIN);
    takes_out(c, 1);
    assert_awake(&high);
    assert_status(&high, SUCCESS);
    assert_int_equal(depth(c), 1);
    takes_out(c, 3);
    assert_awake(&low);
    takes_out(c, 2);
    finds_nothing(c);
}

static void equals_wait_for_room_in_turn(void **state)
{
    struct actor first = person("first", ACTIVE, 5), second = person("second", ACTIVE, 5);
    cap_t c = channel(1);

    (void)state;
    puts_in(c, 1);
    sends(&first, c, .words = WORDS(2));
    sends(&second, c, .words = WORDS(3));
    for (unsigned i = 1; i <= 3; i++)
        takes_out(c, i);
}

static void a_deadline_for_room(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20);
    cap_t c = channel(1);

    (void)state;
    puts_in(c, 1);
    sends(&eve, c, .words = WORDS(2), .flags = TAG_DEADLINE, .deadline = host.now + MS);
    time_passes(2 * MS);
    assert_awake(&eve);
    assert_failure(&eve, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
    takes_out(c, 1);
    finds_nothing(c);
}

static void a_deadline_for_a_message(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20);
    cap_t c = channel(1);

    (void)state;
    receives(&eve, c, .flags = TAG_DEADLINE, .deadline = host.now + MS);
    time_passes(2 * MS);
    assert_failure(&eve, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
    puts_in(c, 1);
    assert_int_equal(depth(c), 1);
}

static void cancelled_and_suspended(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20), bob = person("bob", ACTIVE, 20);
    cap_t c = channel(1);

    (void)state;
    puts_in(c, 1);
    sends(&eve, c, .words = WORDS(2));
    cancels(&eve);
    assert_status(&eve, ECANCELED);
    sends(&bob, c, .words = WORDS(3));
    suspends(&bob);
    takes_out(c, 1);
    finds_nothing(c);
    resumes(&bob);
    again(&bob);
    takes_out(c, 3);
}

static void bound_bits_end_a_receive(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20);
    cap_t c = channel(1), n = notification("n");

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    receives(&eve, c);
    notifies(&world.root, n, 4);
    assert_awake(&eve);
    assert_int_equal(bits(&eve), 4);
    puts_in(c, 1);
    notifies(&world.root, n, 8);
    receives(&eve, c);
    assert_int_equal(word(&eve, 0), 1);
    assert_int_equal(bits(&eve), 8);
    notifies(&world.root, n, 1);
    receives(&eve, c);
    assert_int_equal(bits(&eve), 1);
}

static void a_token_stays(void **state)
{
    struct actor server = person("server", ACTIVE, 20), client = person("client", ACTIVE, 20);
    cap_t c = channel(1), ep = endpoint("ep");

    (void)state;
    receives(&server, ep);
    calls(&client, ep, .words = WORDS(1));
    uint64_t open = token(&server);

    puts_in(c, 5);
    receives(&server, c);
    assert_int_equal(word(&server, 0), 5);
    replies(&server, .token = open, .words = WORDS(6));
    assert_int_equal(word(&client, 0), 6);
}

static void passive_receivers_use_their_reserve(void **state)
{
    struct actor server = person("server", PASSIVE, 30);
    cap_t c = channel(1);

    (void)state;
    receives(&server, c);
    puts_in(c, 5);
    assert_awake(&server);
    runs(&server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&server));
}

/* ---- capabilities ---- */

static void capabilities_travel(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 20);
    cap_t c = channel_of(2, 7, 4), n = notification("n"), moved = notification("moved");
    cap_t from = gives(&eve, c, CAP_RIGHTS_RECV), here[3];
    struct caps caps = {3, {{n, CAP_COPY}, {moved, CAP_MOVE}, {n, CAP_DERIVE | CAP_RIGHTS_SEND}}};

    (void)state;
    sends(&world.root, c, .caps = caps);
    assert_status(&world.root, SUCCESS);
    assert_true(is_gone(&world.root, moved));
    receives(&eve, from, .accept = 4);
    assert_status(&eve, SUCCESS);
    assert_int_equal(tag_caps(eve.thread->context.tag), 3);
    assert_int_equal(eve.thread->utcb->caps[2].how,
                     (uint64_t)OBJECT_NOTIFICATION << 32 | CAP_RIGHTS_SEND);
    for (unsigned i = 0; i < 3; i++)
        here[i] = got(&eve, i);
    notifies(&eve, here[0], 1);
    notifies(&eve, here[2], 2);
    receives(&world.root, n);
    assert_int_equal(bits(&world.root), 3);
    assert_int_equal(slot_in(&eve, here[1])->owner, 1);
    revokes(n);
    assert_true(is_gone(&eve, here[0]));
    assert_true(is_gone(&eve, here[2]));
}

static void revoked_on_the_way(void **state)
{
    cap_t c = channel_of(2, 7, 2), n = notification("n"), keeps = notification("keeps");

    (void)state;
    sends(&world.root, c, .words = WORDS(1), .caps = CAPS(n, keeps));
    revokes(n);
    assert_false(slot_has_children(slot_of(n)));
    receives(&world.root, c, .accept = 2);
    assert_status(&world.root, SUCCESS);
    assert_int_equal(tag_caps(world.root.thread->context.tag), 2);
    assert_int_equal(got(&world.root, 0), CAP_NULL);
    assert_int_equal(world.root.thread->utcb->caps[0].how, 0);
    assert_int_not_equal(got(&world.root, 1), CAP_NULL);
}

static void too_few_taken(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 20);
    cap_t c = channel_of(2, 7, 2), n = notification("n");
    cap_t from = gives(&eve, c, CAP_RIGHTS_RECV);

    (void)state;
    sends(&world.root, c, .words = WORDS(7), .caps = CAPS(n, n));
    receives(&eve, from, .accept = 1);
    assert_failure(&eve, ENOSPC, ARGUMENT_HANDLE, 2, 1);
    assert_int_equal(depth(c), 1);
    while (cspace_has_free(thread_cspace(eve.thread), 2))
        gives(&eve, n, CAP_RIGHTS_SEND);
    receives(&eve, from, .accept = 2);
    assert_failure(&eve, ENOSPC, ARGUMENT_HANDLE, 2, 0);
    receives(&world.root, c, .accept = 2);
    assert_int_equal(word(&world.root, 0), 7); /* nothing was lost */
}

static void those_who_cannot_take_it_learn_it(void **state)
{
    struct actor none = person("none", ACTIVE, 40), one = person("one", ACTIVE, 20);
    cap_t c = channel_of(2, 7, 1), n = notification("n");

    (void)state;
    receives(&none, c);
    receives(&one, c, .accept = 1);
    sends(&world.root, c, .words = WORDS(3), .caps = CAPS(n));
    assert_int_equal(world.restarts, 0); /* no interrupt waits */
    assert_failure(&none, ENOSPC, ARGUMENT_HANDLE, 1, 0);
    assert_awake(&one);
    assert_int_equal(word(&one, 0), 3);
}

static void stale_when_there_is_room(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20), bob = person("bob", ACTIVE, 10);
    cap_t c = channel_of(1, 7, 1), n = notification("n");

    (void)state;
    puts_in(c, 1);
    sends(&eve, c, .words = WORDS(2), .caps = CAPS(n));
    sends(&bob, c, .words = WORDS(3));
    deletes(n);
    takes_out(c, 1);
    assert_status(&eve, ESTALE);
    takes_out(c, 3); /* the next has his turn though the first could not use his */
    assert_status(&bob, SUCCESS);
}

static void discarded(void **state)
{
    cap_t c = channel_of(3, 7, 2), n = notification("n"), inner = make(OBJECT_CSPACE, 6, "inner");

    (void)state;
    refuses(&world.root, c, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS, EAGAIN, ARGUMENT_HANDLE);
    sends(&world.root, c, .words = WORDS(1),
          .caps = ((struct caps){2, {{n, CAP_COPY}, {inner, CAP_MOVE}}}));
    puts_in(c, 2);
    host.pending_every = 1;
    must_ask(c, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    host.pending_every = 0;
    assert_false(slot_has_children(slot_of(n)));
    assert_true(reaper_idle());
    takes_out(c, 2);
}

/* ---- notifications ---- */

static void bells_ring(void **state)
{
    cap_t c = channel(2), n = notification("n");
    cap_t filled = minted(n, 1, CAP_RIGHTS_SEND), room = minted(n, 2, CAP_RIGHTS_SEND);

    (void)state;
    must_ask(c, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, CAPS(filled));
    must_ask(c, CHANNEL_LABEL_NOTIFY_ROOM, NO_WORDS, CAPS(room));
    puts_in(c, 1);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 1);
    puts_in(c, 2); /* it was not empty */
    finds_nothing(n);
    takes_out(c, 1); /* it was full, but nobody was refused */
    finds_nothing(n);
    puts_in(c, 3);
    sends(&world.root, c, NOW);
    assert_status(&world.root, EAGAIN);
    takes_out(c, 2);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 2);
    takes_out(c, 3);
    finds_nothing(n);
    puts_in(c, 4);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 1);
}

static void bells_are_set_and_taken_away(void **state)
{
    cap_t c = channel(2), n = notification("n"), bell = minted(n, 1, CAP_RIGHTS_SEND);

    (void)state;
    refuses(&world.root, c, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, CAPS(n), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, c, CHANNEL_LABEL_NOTIFY_ROOM, NO_WORDS, CAPS(c), EINVAL, ARGUMENT_CAP(0));
    puts_in(c, 1);
    must_ask(c, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, CAPS(bell)); /* told at once */
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 1);
    must_ask(c, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, NO_CAPS);
    takes_out(c, 1);
    puts_in(c, 2);
    finds_nothing(n);
    must_ask(c, CHANNEL_LABEL_NOTIFY_FILLED, NO_WORDS, CAPS(bell));
    revokes(n);
    takes_out(c, 2);
    puts_in(c, 3);
    assert_status(&world.root, SUCCESS);
}

int run_channel_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("CHANNEL-1: messages come out in the order in which they went in", first_in_first_out),
        TEST("CHANNEL-2: words, label and badge arrive whole, with the origin channel",
             the_message_is_whole),
        TEST("CHANNEL-3: N messages fit, the next is EAGAIN and counted", full_is_full),
        TEST("CHANNEL-4: capacity, words and capabilities have limits, each named", capacities),
        TEST("CHANNEL-5: a channel of one message works", one_message_is_enough),
        TEST("CHANNEL-6: a message of more words or capabilities than it was made for is refused",
             too_much_for_a_message),
        TEST("CHANNEL-7: each operation needs its right", rights_are_needed),
        TEST("CHANNEL-8: who waits for a message gets it at once", receivers_wait),
        TEST("CHANNEL-9: several may wait, the most urgent first", a_pool_of_receivers),
        TEST("CHANNEL-10: who waits for room comes in by priority, and nobody overtakes",
             senders_wait_for_room),
        TEST("CHANNEL-33: of equals who wait for room the first comes in first",
             equals_wait_for_room_in_turn),
        TEST("CHANNEL-11: a wait for room ends at its deadline, and nothing was sent",
             a_deadline_for_room),
        TEST("CHANNEL-12: a wait for a message ends at its deadline", a_deadline_for_a_message),
        TEST("CHANNEL-13: a wait for room can be cancelled, and taken back",
             cancelled_and_suspended),
        TEST("CHANNEL-14: bits of the bound notification end a receive, or come along",
             bound_bits_end_a_receive),
        TEST("CHANNEL-15: a receive on a channel leaves the token open", a_token_stays),
        TEST("CHANNEL-16: a passive receiver runs on its reserve",
             passive_receivers_use_their_reserve),
        TEST("CHANNEL-17: capabilities are copied, moved and derived through it",
             capabilities_travel),
        TEST("CHANNEL-18: a capability that is revoked on the way arrives as none",
             revoked_on_the_way),
        TEST("CHANNEL-19: who takes too few, or has no slots, gets ENOSPC; the message stays",
             too_few_taken),
        TEST("CHANNEL-20: of those who wait, who cannot take a message learns it; the next gets it",
             those_who_cannot_take_it_learn_it),
        TEST("CHANNEL-21: a capability gone stale while its sender waited is the sender's error",
             stale_when_there_is_room),
        TEST("CHANNEL-22: DISCARD deletes the oldest message with all in it, preemptibly",
             discarded),
        TEST("CHANNEL-23: it notifies when it fills, and of room when some were refused",
             bells_ring),
        TEST("CHANNEL-24: notifications need badges, come at once if late, can be taken away",
             bells_are_set_and_taken_away),
        TEST("CHANNEL-32: the largest channel holds 65,536 messages", largest_is_filled),
    };

    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
