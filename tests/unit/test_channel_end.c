/* test_channel_end.c - the end of channels, and of what is in them. */

#include "channel.h"
#include <myelin/idl/channel_types.h>

int run_channel_end_tests(void);

static void death_wakes_all(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20), bob = person("bob", ACTIVE, 20);
    cap_t c = channel(1), empty = channel(1);

    (void)state;
    puts_in(c, 1);
    sends(&eve, c);
    receives(&bob, empty);
    deletes(c);
    deletes(empty);
    assert_failure(&eve, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_failure(&bob, EPIPE, ARGUMENT_HANDLE, 0, 0);
    sends(&eve, c);
    assert_status(&eve, ESTALE);
}

static void death_takes_what_is_inside(void **state)
{
    cap_t c = channel_of(3, 7, 4), n = notification("n"), owner = notification("owner");
    struct actor caller = person("caller", ACTIVE, 20), server = person("server", ACTIVE, 20);
    cap_t ep = endpoint("ep");

    (void)state;
    receives(&server, ep, .accept = 0, .flags = TAG_WANT_REPLY);
    calls(&caller, ep);
    sends(&world.root, c, .caps = CAPS(n, n));
    sends(&world.root, c,
          .caps = ((struct caps){2, {{owner, CAP_MOVE}, {token(&server), CAP_MOVE}}}));
    assert_status(&world.root, SUCCESS);
    host.pending_every = 1;
    deletes(c);
    host.pending_every = 0;
    assert_false(slot_has_children(slot_of(n)));
    assert_failure(&caller, EPIPE, ARGUMENT_PARTNER, 0, 0);
}

static void a_channel_in_itself(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 16, "");
    cap_t c = make_from(memory, OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 2), "c");
    cap_t copy = derived(c, CAP_RIGHTS_ALL);

    (void)state;
    sends(&world.root, copy, .caps = CAPS(copy, c));
    sends(&world.root, copy, .caps = CAP_HOW(c, CAP_MOVE)); /* its owner is in itself alone */
    assert_status(&world.root, SUCCESS);
    deletes(copy);
    host.pending_every = 1;
    revokes(memory);
    host.pending_every = 0;
    assert_false(slot_has_children(slot_of(memory)));
    make_from(memory, OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 2), "c");
}

static void a_channel_that_discards_itself(void **state)
{
    cap_t c = channel_of(2, 7, 1), copy = derived(c, CAP_RIGHTS_ALL);

    (void)state;
    sends(&world.root, copy, .caps = CAP_HOW(c, CAP_MOVE));
    calls(&world.root, copy, .label = CHANNEL_LABEL_DISCARD);
    assert_status(&world.root, ESTALE);
    assert_true(is_gone(&world.root, copy));
}

static void channels_in_each_other(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 16, "");
    cap_t a = make_from(memory, OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 1), "a");
    cap_t b = make_from(memory, OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 1), "b");
    cap_t to_a = derived(a, CAP_RIGHTS_ALL), to_b = derived(b, CAP_RIGHTS_ALL);

    (void)state;
    sends(&world.root, to_a, .caps = CAP_HOW(b, CAP_MOVE));
    sends(&world.root, to_b, .caps = CAP_HOW(a, CAP_MOVE));
    assert_status(&world.root, SUCCESS);
    revokes(memory);
    assert_true(is_gone(&world.root, to_a));
    assert_true(is_gone(&world.root, to_b));
}

/* One that holds the memory that it is made of. */
static void a_channel_with_its_memory(void **state)
{
    cap_t outer = make(OBJECT_UNTYPED, 17, "");
    cap_t memory = make_from(outer, OBJECT_UNTYPED, 16, "");
    cap_t c = make_from(memory, OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 1), "c");

    (void)state;
    sends(&world.root, c, .caps = CAP_HOW(memory, CAP_MOVE));
    assert_status(&world.root, SUCCESS);
    deletes(c);
    assert_false(slot_has_children(slot_of(outer)));
}

static void many_inside(void **state)
{
    cap_t c = make_from(world.huge, OBJECT_CHANNEL, CHANNEL_SIZE(2000, 7, 4), "c");
    cap_t n = notification("n");

    (void)state;
    world.unchecked = true;
    for (unsigned i = 0; i < 2000; i++)
        sends(&world.root, c, .caps = CAPS(n, n, n, n), NOW);
    assert_status(&world.root, SUCCESS);
    host.pending_every = 1;
    deletes(c);
    assert_in_range(world.restarts, 2000, 20000);
    host.pending_every = 0;
    assert_false(slot_has_children(slot_of(n)));
    world.unchecked = false;
}

int run_channel_end_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("CHANNEL-25: when a channel dies all who wait get EPIPE", death_wakes_all),
        TEST("CHANNEL-26: a channel's death deletes what is in it, a Reply included",
             death_takes_what_is_inside),
        TEST("CHANNEL-27: a channel that holds its own owner goes with its memory",
             a_channel_in_itself),
        TEST("CHANNEL-28: a channel may discard itself", a_channel_that_discards_itself),
        TEST("CHANNEL-29: channels that hold each other go", channels_in_each_other),
        TEST("CHANNEL-30: a channel that holds its own memory goes", a_channel_with_its_memory),
        TEST("CHANNEL-31: deleting a channel full of capabilities is preemptible at each",
             many_inside),
    };

    return cmocka_run_group_tests_name("channel_end", tests, NULL, NULL);
}
