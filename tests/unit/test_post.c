/* test_post.c - endpoints with a channel: one capability to call and to post. */

#include "sources.h"

int run_post_tests(void);

/* A client's one capability: to call and to post. */
static cap_t attached(struct server *s)
{
    cap_t c = make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 1), "c");

    *s = (struct server){.actor = person("server", ACTIVE, 20), .ep = call_only("ep"), .c = c};
    must_ask(s->c, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(s->ep));
    return minted(s->ep, 7, CAP_RIGHTS_CALL | CAP_RIGHTS_POST | CAP_RIGHTS_GRANT);
}

static void posted(void **state)
{
    struct server s;
    cap_t to = attached(&s);

    (void)state;
    sends(&world.root, to, .words = WORDS(1));
    assert_status(&world.root, SUCCESS);
    receives(&s.actor, s.ep);
    assert_int_equal(word(&s.actor, 0), 1);
    assert_int_equal(badge(&s.actor), 7);
    assert_int_equal(token(&s.actor), 0);
    assert_true(s.actor.thread->context.tag & TAG_ORIGIN_CHANNEL);
    receives(&s.actor, s.ep);
    sends(&world.root, to, .words = WORDS(2));
    assert_int_equal(word(&s.actor, 0), 2);
    receives(&s.actor, s.c);
    assert_failure(&s.actor, EBUSY, ARGUMENT_HANDLE, 0, 0);
    sends(&world.root, derived(to, CAP_RIGHTS_CALL));
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_POST, CAP_RIGHTS_CALL);
    sends(&world.root, to);
    sends(&world.root, to);
    sends(&world.root, to, NOW);
    assert_status(&world.root, EAGAIN);
}

static void callers_and_messages_take_turns(void **state)
{
    struct server s;
    cap_t to = attached(&s);
    struct actor callers[2] = {person("one", ACTIVE, 20), person("two", ACTIVE, 20)};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        calls(&callers[i], to, .words = WORDS(10));
        sends(&world.root, to, .words = WORDS(20));
    }
    for (unsigned i = 0; i < 4; i++) {
        receives(&s.actor, s.ep, .flags = TAG_WANT_REPLY);
        assert_int_equal(word(&s.actor, 0), i & 1 ? 20 : 10);
    }
    receives(&s.actor, s.ep, NOW);
    assert_status(&s.actor, EAGAIN);
}

/* One sends what the server does not take: the receive has looked at both, and finds neither. */
static void turn_stays_when_nothing_is_taken(void **state)
{
    (void)state;
    for (unsigned preempted = 0; preempted < 2; preempted++) {
        struct server s;
        cap_t to = attached(&s);
        struct actor caller = person("caller", ACTIVE, 20), other = person("other", ACTIVE, 20);

        calls(&caller, to, .words = WORDS(10));
        receives(&s.actor, s.ep);
        replies(&s.actor, .token = token(&s.actor)); /* it is a message's turn now */
        calls(&other, to, .caps = CAPS(to));
        host.pending = preempted;
        receives(&s.actor, s.ep, NOW);
        host.pending = false;
        assert_status(&s.actor, EAGAIN);
        assert_status(&other, ENOSPC);
        calls(&caller, to, .words = WORDS(10));
        sends(&world.root, to, .words = WORDS(20));
        receives(&s.actor, s.ep);
        assert_int_equal(word(&s.actor, 0), 20);
    }
}

/* It is a caller's turn, and the first of them is refused. */
static void turn_stays_when_it_makes_way(void **state)
{
    (void)state;
    for (unsigned preempted = 0; preempted < 2; preempted++) {
        struct server s;
        cap_t to = attached(&s);
        struct actor bad = person("bad", ACTIVE, 20), good = person("good", ACTIVE, 20);

        calls(&bad, to, .caps = CAPS(to));
        calls(&good, to, .words = WORDS(10));
        sends(&world.root, to, .words = WORDS(20));
        host.pending = preempted;
        receives(&s.actor, s.ep);
        host.pending = false;
        assert_status(&bad, ENOSPC);
        assert_int_equal(word(&s.actor, 0), 10);
    }
}

static void attaching_has_conditions(void **state)
{
    struct server s;
    cap_t to = attached(&s), other = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "other");
    cap_t ep = call_only("ep");

    (void)state;
    refuses(&world.root, other, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(endpoint("open")), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, other, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(s.ep), EBUSY, ARGUMENT_CAP(0));
    refuses(&world.root, s.c, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(ep), EBUSY, ARGUMENT_HANDLE);
    refuses(&world.root, other, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(derived(ep, CAP_RIGHTS_CALL)),
            EPERM, ARGUMENT_CAP(0));
    receives(&s.actor, other);
    refuses(&world.root, other, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(ep), EBUSY, ARGUMENT_HANDLE);
    cancels(&s.actor);
    refuses(&world.root, other, CHANNEL_LABEL_DETACH, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    puts_in(other, 1);
    refuses(&world.root, other, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(ep), EBUSY, ARGUMENT_HANDLE);
    must_ask(s.c, CHANNEL_LABEL_DETACH, NO_WORDS, NO_CAPS);
    sends(&world.root, to);
    assert_status(&world.root, EPERM);
}

static void either_may_die(void **state)
{
    struct server s;
    cap_t to = attached(&s);
    struct actor eve = person("eve", ACTIVE, 20);

    (void)state;
    puts_in(to, 1);
    puts_in(to, 2);
    sends(&eve, to);
    assert_state(&eve, THREAD_WAITS_SEND);
    deletes(s.ep);
    assert_failure(&eve, EPIPE, ARGUMENT_HANDLE, 0, 0);
    receives(&world.root, s.c);
    assert_int_equal(word(&world.root, 0), 1);
    to = attached(&s);
    puts_in(to, 1);
    deletes(s.c);
    sends(&world.root, to);
    assert_status(&world.root, EPERM);
    receives(&s.actor, s.ep, NOW);
    assert_status(&s.actor, EAGAIN);
}

static void its_thread_may_die(void **state)
{
    struct server s;
    cap_t to = attached(&s);
    struct actor eve = person("eve", ACTIVE, 20);

    (void)state;
    binds(&s.actor, s.ep);
    puts_in(to, 1);
    puts_in(to, 2);
    sends(&eve, to);
    assert_ptr_equal(chain_end(eve.thread), s.actor.thread);
    deletes(s.actor.cap);
    assert_status(&eve, EPIPE);
    sends(&eve, to);
    assert_status(&eve, EPIPE);
}

static void posted_in_a_set(void **state)
{
    struct server s;
    cap_t to = attached(&s), set = waitset(2);
    struct actor eve = person("eve", ACTIVE, 20);

    (void)state;
    adds(set, 5, s.ep);
    puts_in(to, 1);
    calls(&eve, to, .words = WORDS(2));
    receives(&s.actor, set);
    assert_int_equal(key(&s.actor), 5);
    receives(&s.actor, set, .flags = TAG_WANT_REPLY);
    assert_int_equal(key(&s.actor), 5);
    receives(&s.actor, set);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    puts_in(to, 3);
    assert_int_equal(key(&s.actor), 5);
    assert_int_equal(word(&s.actor, 0), 3);
    removes(set, s.ep);
    puts_in(to, 4);
    receives(&s.actor, s.ep);
    assert_int_equal(word(&s.actor, 0), 4);
}

static void closed_receives_take_callers(void **state)
{
    struct server s;
    cap_t to = attached(&s);
    struct actor caller = person("caller", ACTIVE, 21);

    (void)state;
    binds(&s.actor, s.ep);
    s.actor.thread->utcb->closed_badge = 7;
    s.actor.thread->utcb->closed_endpoint = CAP_NULL;
    sends(&world.root, to, .words = WORDS(1));
    receives(&s.actor, s.ep, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
    assert_status(&s.actor, EAGAIN);
    receives(&s.actor, s.ep, .flags = TAG_CLOSED);
    sends(&world.root, to, .words = WORDS(2));
    assert_state(&s.actor, THREAD_WAITS_RECEIVE); /* though the message has the badge */
    calls(&caller, to, .words = WORDS(3));
    assert_awake(&s.actor);
    assert_int_equal(word(&s.actor, 0), 3);
    replies(&s.actor, .token = token(&s.actor));
    receives(&s.actor, s.ep);
    assert_int_equal(word(&s.actor, 0), 1);
}

int run_post_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("POST-1: Post sends into the endpoint's channel; its receiver gets it", posted),
        TEST("POST-2: callers and messages take turns", callers_and_messages_take_turns),
        TEST("POST-3: attaching needs a call-only endpoint and an idle channel",
             attaching_has_conditions),
        TEST("POST-4: channel and endpoint may die one without the other", either_may_die),
        TEST("POST-5: when the endpoint's thread dies, who waits for room gets EPIPE",
             its_thread_may_die),
        TEST("POST-6: an endpoint with a channel in a WaitSet", posted_in_a_set),
        TEST("POST-7: a closed receive takes callers only, and leaves messages in the channel",
             closed_receives_take_callers),
        TEST("POST-8: a receive that takes neither a caller nor a message changes nobody's turn",
             turn_stays_when_nothing_is_taken),
        TEST("POST-9: nor does a receive that makes way", turn_stays_when_it_makes_way),
    };

    return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
