/* test_fastpath.c - messages that leave no trace of the slow way, and what sends them there. */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_fastpath_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */
#define BADGE    0xbad9eull

struct shop {
    struct actor client, server;
    cap_t ep, badged, bell;
    uint64_t misses[FAST_MISSES];
};

/* Its first system call: from now on its space is known. */
static void enters_slowly(struct shop *s, struct actor *actor)
{
    calls(actor, CAP_NULL);
    memcpy(s->misses, fast_misses, sizeof(fast_misses));
}

/* A passive server with a bound notification that waits for calls, and its client. */
static struct shop shop(void)
{
    struct shop s = {.ep = call_only("shop"), .bell = notification("bell")};

    s.badged = minted(s.ep, BADGE, CAP_RIGHTS_ALL);
    s.client = person("client", ACTIVE, PRIORITY);
    s.server = person("server", PASSIVE, PRIORITY);
    must_ask(s.server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(s.bell));
    binds(&s.server, s.ep);
    receives(&s.server, s.ep);
    enters_slowly(&s, &s.client);
    return s;
}

/* Since the last look: so many messages went the slow way, all for that reason. */
static void assert_missed(struct shop *s, enum fast_miss reason, uint64_t times)
{
    for (unsigned i = 0; i < FAST_MISSES; i++)
        assert_int_equal(fast_misses[i] - s->misses[i], i == (unsigned)reason ? times : 0);
    memcpy(s->misses, fast_misses, sizeof(fast_misses));
}

#define assert_fast(s) assert_missed(s, FAST_MISS_HANDLE, 0)

/* One whole round. */
static void round_trip(struct shop *s, unsigned words)
{
    struct words sent = {.count = words};

    for (unsigned i = 0; i < words; i++)
        sent.word[i] = 1000 + i;
    calls(&s->client, s->badged, .label = 77, .words = sent);
    assert_ptr_equal(running(), s->server.thread);
    assert_int_equal(label(&s->server), 77);
    assert_int_equal(badge(&s->server), BADGE);
    for (unsigned i = 0; i < words; i++)
        assert_int_equal(word(&s->server, i), 1000 + i);
    for (unsigned i = 0; i < words; i++)
        sent.word[i] = 2000 + i;
    replies_and_receives(&s->server, s->ep, .token = token(&s->server), .words = sent);
    assert_ptr_equal(running(), s->client.thread);
    assert_status(&s->client, SUCCESS);
    assert_int_equal(tag_words(s->client.thread->context.tag), words);
    for (unsigned i = 0; i < words; i++)
        assert_int_equal(word(&s->client, i), 2000 + i);
    assert_int_equal(badge(&s->client), 0);
    assert_int_equal(token(&s->client), 0);
}

static void words_only(void **state)
{
    struct shop s = shop();
    static const unsigned counts[] = {0, 1, 6, 7, 8, 64, 127, 128};

    (void)state;
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        round_trip(&s, counts[i]);
    assert_fast(&s);
}

static void too_many_words(void **state)
{
    struct shop s = shop();

    (void)state;
    enters_raw(&s.client, TAG(OP_CALL, 1, MESSAGE_WORDS_MAX + 1));
    assert_status(&s.client, EMSGSIZE);
    assert_fast(&s); /* it did not even try */
}

/* Fast and slow leave the same behind, whatever was in the registers. */
static void same_as_slow(void **state)
{
    struct shop s = shop();
    struct context fast, slow;

    (void)state;
    calls(&s.client, s.badged, .label = 5, .words = WORDS(1, 2, 3, 4, 5, 6, 7));
    fast = s.server.thread->context;
    replies_and_receives(&s.server, s.ep, .token = token(&s.server));
    calls(&s.client, s.badged, .label = 5, .words = WORDS(1, 2, 3, 4, 5, 6, 7),
          .flags = TAG_DEADLINE, .deadline = DEADLINE_FOREVER);
    slow = s.server.thread->context;
    assert_int_equal(slow.token - fast.token, 1ull << CAP_INDEX_BITS);
    slow.token = fast.token;
    slow.tag = fast.tag; /* the receiver does not see the deadline */
    assert_memory_equal(&fast, &slow, sizeof(fast));
    assert_state(&s.client, THREAD_WAITS_REPLY);
}

static void bad_handles(void **state)
{
    struct shop s = shop();

    (void)state;
    calls(&s.client, CAP_GENERATION_LAST << CAP_INDEX_BITS | 5);
    assert_status(&s.client, EBADF);
    calls(&s.client, CAP_NULL);
    assert_status(&s.client, EBADF);
    assert_fast(&s); /* refused at once */
    calls(&s.client, 1ull << CAP_INDEX_BITS | (CAP_INDEX_MASK - 1));
    assert_status(&s.client, EBADF);
    assert_missed(&s, FAST_MISS_HANDLE, 1); /* the table could have grown */
    calls(&s.client, s.bell);
    assert_missed(&s, FAST_MISS_OBJECT, 1);
    calls(&s.client, derived(s.badged, CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT));
    assert_status(&s.client, EPERM);
    memcpy(s.misses, fast_misses, sizeof(fast_misses));
}

/* A capability that goes while its space remembers it. */
static void deleted_handles(void **state)
{
    struct shop s = shop();
    cap_t other = minted(s.ep, 1, CAP_RIGHTS_ALL);

    (void)state;
    round_trip(&s, 1);
    deletes(other);
    calls(&s.client, other);
    assert_status(&s.client, ESTALE);
    deletes(s.badged);
    calls(&s.client, s.badged);
    assert_status(&s.client, ESTALE);
}

static void nobody_there(void **state)
{
    struct shop s = shop();
    struct actor second = person("second", ACTIVE, PRIORITY);

    (void)state;
    enters_slowly(&s, &second);
    calls(&s.client, s.badged);
    calls(&second, s.badged);
    assert_state(&second, THREAD_WAITS_CALL);
    assert_missed(&s, FAST_MISS_RECEIVER, 1);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server)); /* somebody waits there */
    assert_missed(&s, FAST_MISS_CALLER, 1);
    assert_state(&second, THREAD_WAITS_REPLY);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server));
    round_trip(&s, 3);
    assert_fast(&s);
}

static void wrong_tokens(void **state)
{
    struct shop s = shop();

    (void)state;
    calls(&s.client, s.badged);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server) + (1ull << CAP_INDEX_BITS));
    assert_status(&s.server, ESTALE);
    assert_missed(&s, FAST_MISS_TOKEN, 1);
    assert_state(&s.client, THREAD_WAITS_REPLY);
}

/* Zero, and what lies in the kernel's own words when there is nothing, opens no door. */
static void nothing_is_no_key(void **state)
{
    struct shop s = shop();
    struct actor free = person("free", PASSIVE, PRIORITY);

    (void)state;
    replies_and_receives(&free, CAP_NULL, .token = 0);
    assert_status(&free, EBADF);
    assert_missed(&s, FAST_MISS_CALLER, 1);
    calls(&s.client, s.badged);
    replies_and_receives(&s.server, CAP_NULL, .token = token(&s.server));
    assert_missed(&s, FAST_MISS_RECEIVE, 1);
    assert_status(&s.server, EBADF);
}

static void bits_are_not_missed(void **state)
{
    struct shop s = shop();

    (void)state;
    calls(&s.client, s.badged);
    notifies(&world.root, s.bell, 4);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server));
    assert_status(&s.server, SUCCESS);
    assert_int_equal(bits(&s.server), 4);
}

static void cancelled_callers_learn_it(void **state)
{
    struct shop s = shop();

    (void)state;
    round_trip(&s, 1);
    cancels(&s.client);
    calls(&s.client, s.badged);
    assert_status(&s.client, ECANCELED);
    round_trip(&s, 1);
}

#define UNTIL(when) .flags = TAG_DEADLINE, .deadline = (when)

static void answers(struct shop *s)
{
    replies_and_receives(&s->server, s->ep, .token = token(&s->server));
}

/* An answer does not stop the clock; it finds the next call that waits, or none. */
static void answered_deadlines_are_over(void **state)
{
    struct shop s = shop();
    uint64_t first = host.now + MS;

    (void)state;
    calls(&s.client, s.badged, UNTIL(first));
    answers(&s);
    assert_fast(&s);
    assert_status(&s.client, SUCCESS);
    calls(&s.client, s.badged);
    time_passes(2 * MS);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    answers(&s);
    assert_status(&s.client, SUCCESS);
}

/* A call that is not fast ends its wait at the endpoint; that a fast answer begins the next one is
   noted when somebody asks. */
static void waits_after_a_slow_call(void **state)
{
    struct shop s = shop();

    (void)state;
    calls(&s.client, s.badged, UNTIL(host.now + MS));
    answers(&s);
    assert_fast(&s);
    assert_null(s.server.thread->endpoint);
    binds(&s.server, call_only("another")); /* so it is to be found in a queue */
    assert_state(&s.server, THREAD_WAITS_RECEIVE);
    assert_ptr_equal(s.server.thread->endpoint, object_of(s.ep));
    round_trip(&s, 1);
}

/* With a deadline behind the last one a call sets nothing, and keeps it. */
static void later_deadlines_are_kept(void **state)
{
    struct shop s = shop();

    (void)state;
    calls(&s.client, s.badged, UNTIL(host.now + MS));
    answers(&s);
    host.general_entries = 0;
    calls(&s.client, s.badged, UNTIL(host.now + 3 * MS));
    assert_int_equal(host.general_entries, 0);
    assert_int_equal(s.server.thread->context.tag & TAG_DEADLINE, 0);
    time_passes(2 * MS);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    time_passes(2 * MS);
    assert_failure(&s.client, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
    answers(&s); /* too late */
}

static void earlier_deadlines_are_kept(void **state)
{
    struct shop s = shop();

    (void)state;
    calls(&s.client, s.badged, UNTIL(host.now + 10 * MS));
    answers(&s);
    calls(&s.client, s.badged, UNTIL(host.now + MS));
    time_passes(2 * MS);
    assert_failure(&s.client, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
}

/* Whom a debugger steps through a call must find his trap flag again after it. */
static void stepped_callers_are_answered_slowly(void **state)
{
    struct shop s = shop();

    (void)state;
    s.client.thread->context.stepping = 1;
    fast_stop(s.client.thread);
    calls(&s.client, s.badged);
    memcpy(s.misses, fast_misses, sizeof(fast_misses));
    host.general_entries = 0;
    answers(&s);
    assert_missed(&s, FAST_MISS_CALLER, 1);
    assert_int_equal(host.general_entries, 1);
    assert_status(&s.client, SUCCESS);
}

/* The general way looks for the flag. */
static void stepped_threads_that_fault_call_slowly(void **state)
{
    struct shop s = shop();
    struct actor pager = person("pager", PASSIVE, PRIORITY);
    cap_t faults = call_only("faults");

    (void)state;
    receives(&pager, faults);
    must_ask(s.client.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    knows_its_space(&s.client);
    s.client.thread->context.stepping = true;
    page_faults(&s.client, 0x1000);
    replies_and_receives(&pager, faults, .token = token(&pager));
    assert_ptr_equal(running(), s.client.thread);
    host.general_entries = 0;
    calls(&s.client, s.badged);
    assert_int_equal(host.general_entries, 1);
}

/* A server that waits on the fast path is taken back to its system call when it is suspended. */
static void suspended_servers_wait_again(void **state)
{
    struct shop s = shop();

    (void)state;
    round_trip(&s, 1);
    suspends(&s.server);
    resumes(&s.server);
    again(&s.server);
    assert_state(&s.server, THREAD_WAITS_RECEIVE);
    round_trip(&s, 1);
}

static void grown_spaces_are_seen(void **state)
{
    struct shop s = shop();

    (void)state;
    s.client.thread->slots_mask = 1; /* as if it had grown since the thread's last slow call */
    round_trip(&s, 1);
    assert_missed(&s, FAST_MISS_HANDLE, 1);
    round_trip(&s, 1);
    assert_fast(&s);
}

/* Who waits on the fast path stands in no queue, and yet it waits there: its endpoint cannot become
   another's. */
static void waiting_servers_keep_their_endpoint(void **state)
{
    struct actor server = person("server", PASSIVE, 10), other = person("other", ACTIVE, 10);
    cap_t ep = call_only("service");

    (void)state;
    receives(&server, ep);
    assert_ptr_equal(((struct endpoint *)object_of(ep))->fast_receiver, server.thread);
    refuses(&world.root, other.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(ep), EBUSY,
            ARGUMENT_CAP(0));
    binds(&server, ep);
    assert_state(&server, THREAD_WAITS_RECEIVE);
}

/* A stale handle is refused at once, with the words that the slow way has. */
static void refused_at_once(void **state)
{
    struct shop s = shop();
    struct context slow;

    (void)state;
    deletes(s.badged);
    calls(&s.client, s.badged, .flags = TAG_DEADLINE, .deadline = DEADLINE_FOREVER);
    slow = s.client.thread->context;
    memcpy(s.misses, fast_misses, sizeof(fast_misses));
    calls(&s.client, s.badged);
    assert_status(&s.client, ESTALE);
    assert_fast(&s);
    assert_memory_equal(slow.words, s.client.thread->context.words, sizeof(slow.words));
}

/* Bits for nobody stay on the fast path; where somebody listens they do not. */
static void notified_at_once(void **state)
{
    struct shop s = shop();
    struct notification *bell;
    cap_t quiet = notification("quiet"), some = minted(quiet, 6, CAP_RIGHTS_SEND);

    (void)state;
    notifies(&s.client, some, 3);
    notifies(&s.client, quiet, 8);
    assert_fast(&s);
    bell = slot_object(slot_of(quiet));
    assert_int_equal(bell->bits, 2 | 8);
    notifies(&s.client, some, 0);
    assert_int_equal(bell->bits, 6 | 8);
    notifies(&s.client, derived(quiet, CAP_RIGHTS_RECV), 1);
    assert_status(&s.client, EPERM);
    assert_missed(&s, FAST_MISS_NOTIFY, 1);
    notifies(&s.client, s.bell, 1);
    assert_missed(&s, FAST_MISS_NOTIFY, 1);
}

static void never_used_is_never_stale(void **state)
{
    struct shop s = shop();
    uint64_t index = thread_cspace(s.client.thread)->mask - 1;

    (void)state;
    calls(&s.client, GENERATION_FIRST | index);
    assert_failure(&s.client, EBADF, ARGUMENT_HANDLE, 0, GENERATION_FIRST | index);
    calls(&s.client, 5 * GENERATION_FIRST | index);
    assert_status(&s.client, EBADF);
    assert_fast(&s); /* refused at once */
}

/* The client's next call may lend some memory, which is returned. */
static uint64_t memory_to_lend(struct shop *s)
{
    uint64_t memory;

    mapped_frame(&memory);
    s->client.thread->utcb->leases[0] =
        (struct lease_item){memory, 100, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, 0};
    return memory;
}

/* The next call, which is fast, must not lend what that before it lent. */
static void assert_next_lends_nothing(struct shop *s, uint64_t memory)
{
    calls(&s->client, s->badged);
    refuses(&s->server, token(&s->server), REPLY_LABEL_LEASE_WRITE, WORDS(0, 0, 8, memory), NO_CAPS,
            ENOENT, ARGUMENT_WORD(0));
}

static void leases_end_with_the_answer(void **state)
{
    struct shop s = shop();
    uint64_t memory = memory_to_lend(&s);

    (void)state;
    calls(&s.client, s.badged, .flags = 1ull << TAG_LEASES_SHIFT);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server));
    assert_awake(&s.client);
    assert_int_equal(s.client.thread->lease_count, 0);
    assert_next_lends_nothing(&s, memory);
}

/* Nor what a refused one would have lent. */
static void refused_leases_are_not_lent(void **state)
{
    struct shop s = shop();
    uint64_t memory = memory_to_lend(&s);

    (void)state;
    s.client.thread->utcb->leases[1] = (struct lease_item){memory, 100, 0, 0};
    calls(&s.client, s.badged, .flags = 2ull << TAG_LEASES_SHIFT);
    assert_failure(&s.client, EINVAL, ARGUMENT_LEASE(1), CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, 0);
    assert_next_lends_nothing(&s, memory);
}

/* The fast call says nothing of Grant, and the one before it had none. */
static void answers_carry_what_is_taken(void **state)
{
    struct shop s = shop();
    cap_t bare = derived(s.badged, CAP_RIGHTS_CALL), bell = notification("bell");
    uint64_t open;

    (void)state;
    for (unsigned fast = 0; fast < 2; fast++) {
        calls(&s.client, bare, .accept = 1);
        open = token(&s.server);
        replies(&s.server, .token = open, .caps = CAPS(bell));
        assert_failure(&s.server, EPERM, ARGUMENT_TOKEN, CAP_RIGHTS_GRANT, 0);
        replies_and_receives(&s.server, s.ep, .token = open);
        calls(&s.client, fast ? s.badged : bare);
        open = token(&s.server);
        replies(&s.server, .token = open, .caps = CAPS(bell));
        assert_failure(&s.server, ENOSPC, ARGUMENT_PARTNER, 1, 0);
        replies_and_receives(&s.server, s.ep, .token = open);
    }
}

/* Making and deleting capabilities decides nothing: there is but a tag in the answer. */
static void methods_are_answered_at_their_door(void **state)
{
    const struct context *context = &world.root.thread->context;
    cap_t ep = endpoint("ep"), badged;

    (void)state;
    host.general_entries = 0;
    badged = minted(ep, BADGE, CAP_RIGHTS_ALL);
    deletes(badged);
    assert_int_equal(host.general_entries, 0);
    assert_int_equal(context->tag, TAG(OP_REPLY, 0, 0));
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        assert_int_equal(context->words[i], 0);
    assert_int_equal(context->handle | context->token | context->status | context->notified, 0);
    refuses(&world.root, world.root.self, CSPACE_LABEL_MINT, WORDS(BADGE, CAP_RIGHTS_ALL),
            CAPS(badged), ESTALE, ARGUMENT_CAP(0));
}

/* Its space may have grown since: then the general way looks, and from then on the door knows. */
static void the_door_knows_what_the_thread_knows(void **state)
{
    cap_t ep = endpoint("ep");

    (void)state;
    fast_stop(world.root.thread);
    host.general_entries = 0;
    deletes(minted(ep, BADGE, CAP_RIGHTS_ALL));
    assert_int_equal(host.general_entries, 1);
}

int run_fastpath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("FAST-1: words alone go and come on the fast path, whole, 0 to 128 of them",
             words_only),
        TEST("FAST-2: 129 words are refused", too_many_words),
        TEST("FAST-3: it leaves the same registers as the slow way", same_as_slow),
        TEST("FAST-4: a handle that names no callable endpoint is told as ever", bad_handles),
        TEST("FAST-5: a capability that was deleted is stale at once", deleted_handles),
        TEST("FAST-6: where nobody waits the caller queues, and is served in its turn",
             nobody_there),
        TEST("FAST-7: a token that is not the last one answers nobody", wrong_tokens),
        TEST("FAST-8: no key opens what is empty", nothing_is_no_key),
        TEST("FAST-9: bits that came meanwhile are found by the next receive", bits_are_not_missed),
        TEST("FAST-10: a cancelled thread's next call says so", cancelled_callers_learn_it),
        TEST("FAST-11: an answer ends its caller's deadline, fast as it is",
             answered_deadlines_are_over),
        TEST("FAST-12: a waiting server can be suspended and goes on",
             suspended_servers_wait_again),
        TEST("FAST-13: a space that has grown is seen at the next miss", grown_spaces_are_seen),
        TEST("FAST-14: an endpoint where another waits on the fast path cannot be bound",
             waiting_servers_keep_their_endpoint),
        TEST("FAST-15: a stale handle is refused at once, in the same words", refused_at_once),
        TEST("FAST-16: bits for which nobody waits stay on the fast path", notified_at_once),
        TEST("FAST-17: a handle of a slot that was never used is EBADF, not stale",
             never_used_is_never_stale),
        TEST("FAST-18: a call whose deadline is behind its last one sets nothing, and is ended by "
             "it",
             later_deadlines_are_kept),
        TEST("FAST-19: a call whose deadline is before its last one is ended by it",
             earlier_deadlines_are_kept),
        TEST("FAST-20: a caller that is single-stepped is answered the slow way",
             stepped_callers_are_answered_slowly),
        TEST("FAST-27: nor is the next call of one fast that has faulted",
             stepped_threads_that_fault_call_slowly),
        TEST("FAST-21: what a call lent ends with a fast answer, and is not lent by the next call",
             leases_end_with_the_answer),
        TEST("FAST-26: what a refused call would have lent is not lent by the next call",
             refused_leases_are_not_lent),
        TEST("FAST-22: a method that decides nothing is answered with a tag and zeros, at its door",
             methods_are_answered_at_their_door),
        TEST("FAST-24: an answer with more than its caller takes is ENOSPC, with Grant or without",
             answers_carry_what_is_taken),
        TEST("FAST-25: who waits since a fast answer is found at its endpoint when its place is "
             "forgotten, also if the call before was not fast",
             waits_after_a_slow_call),
        TEST("FAST-23: a thread whose space is not known goes the general way once",
             the_door_knows_what_the_thread_knows),
    };

    return cmocka_run_group_tests_name("fastpath", tests, NULL, NULL);
}
