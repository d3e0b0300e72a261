/* test_chain.c - whose time runs whom: chains of callers, helpers in a queue, reserves. */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_chain_tests(void);

struct office {
    struct actor client, server;
    cap_t ep;
};

/* A passive server that waits for calls. */
static struct office office(unsigned client_priority, unsigned reserve_priority)
{
    struct office o = {.ep = call_only("service")};

    o.client = person("client", ACTIVE, client_priority);
    o.server = person("server", PASSIVE, reserve_priority);
    binds(&o.server, o.ep);
    receives(&o.server, o.ep);
    return o;
}

static void callers_pay(void **state)
{
    struct office o = office(40, 10);
    uint64_t reserve = consumed(&o.server), client = consumed(&o.client);

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        calls(&o.client, o.ep);
        assert_ptr_equal(running(), o.server.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.client));
        time_passes(100000);
        replies_and_receives(&o.server, o.ep, .token = token(&o.server));
        assert_ptr_equal(running(), o.client.thread);
    }
    assert_int_equal(consumed(&o.server), reserve);
    assert_int_equal(consumed(&o.client), client + MS);
}

static void chains_are_paid_by_their_home(void **state)
{
    struct office a = office(40, 10), b = office(39, 11);
    uint64_t open;

    (void)state;
    calls(&a.client, a.ep);
    open = token(&a.server);
    calls(&a.server, b.ep);
    assert_ptr_equal(running(), b.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&a.client));
    assert_ptr_equal(chain_end(a.client.thread), b.server.thread);
    time_passes(MS);
    replies_and_receives(&b.server, b.ep, .token = token(&b.server));
    assert_ptr_equal(running(), a.server.thread);
    replies_and_receives(&a.server, a.ep, .token = open);
    assert_ptr_equal(running(), a.client.thread);
    assert_int_equal(consumed(&a.client), MS);
    assert_int_equal(consumed(&a.server), 0);
    assert_int_equal(consumed(&b.server), 0);
}

static void passive_reply_goes_on_with_its_reserve(void **state)
{
    struct office o = office(40, 35);

    (void)state;
    calls(&o.client, o.ep);
    replies(&o.server, .token = token(&o.server));
    assert_ptr_equal(running(), o.client.thread);
    assert_true(could_run(&o.server));
    runs(&o.server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
    receives(&o.server, o.ep);
}

/* Each way in which a call's time can go away leaves the server its reserve: one that is in the
   ready queue, and one so urgent that it was looked at, and rests. */
static void cut_chains_leave_the_reserve(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 10; turn++) {
        struct office o = office(40, turn & 1 ? 35 : 45);
        unsigned way = turn / 2;

        calls(&o.client, o.ep, .flags = TAG_DEADLINE, .deadline = host.now + 5 * MS);
        if (way == 0)
            cancels(&o.client);
        if (way == 1)
            deletes(o.client.cap);
        if (way == 2)
            suspends(&o.client);
        if (way == 3)
            must_ask(o.client.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
        if (way == 4)
            time_passes(5 * MS);
        assert_true(could_run(&o.server));
        runs(&o.server);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
        deletes(o.server.cap);
        if (way != 1)
            deletes(o.client.cap);
    }
}

static void resumed_callers_pay_again(void **state)
{
    struct office o = office(40, 35);

    (void)state;
    calls(&o.client, o.ep);
    suspends(&o.client);
    runs(&o.server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
    resumes(&o.client);
    assert_ptr_equal(running(), o.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.client));
}

/* The caller's budget ends while it is served: the server goes on with its reserve, and with the
   caller's next budget when that comes. */
static void used_up_callers_leave_the_reserve(void **state)
{
    struct actor client = spinner("client", 40, 2 * MS, 20 * MS), server;
    cap_t ep = call_only("ep");

    (void)state;
    server = person("server", PASSIVE, 35);
    receives(&server, ep);
    calls(&client, ep);
    time_passes(2 * MS);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&server));
    time_passes(18 * MS);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
    replies_and_receives(&server, ep, .token = token(&server));
    assert_ptr_equal(running(), client.thread);
}

static void waiters_help(void **state)
{
    struct office o = office(20, 10);
    struct actor urgent = person("urgent", ACTIVE, 50);

    (void)state;
    calls(&o.client, o.ep);
    calls(&urgent, o.ep);
    assert_state(&urgent, THREAD_WAITS_CALL);
    assert_ptr_equal(running(), o.server.thread); /* on the time of the one that waits */
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&urgent));
    time_passes(MS);
    replies_and_receives(&o.server, o.ep, .token = token(&o.server));
    assert_ptr_equal(running(), o.server.thread);
    replies_and_receives(&o.server, o.ep, .token = token(&o.server));
    assert_ptr_equal(running(), urgent.thread);
    assert_int_equal(consumed(&urgent), MS);
}

static void waiters_help_through_chains(void **state)
{
    struct office a = office(20, 10), b = office(21, 11);
    struct actor urgent = person("urgent", ACTIVE, 50);

    (void)state;
    calls(&a.client, a.ep);
    calls(&a.server, b.ep);
    calls(&urgent, a.ep);
    assert_ptr_equal(running(), b.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&urgent));
}

/* One that helps a blocked server and is called off gets its time back. */
static void helpers_get_their_time_back(void **state)
{
    cap_t n = notification("n");

    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct office o = office(40, 10);
        struct actor helper = person("helper", ACTIVE, 45);

        calls(&o.client, o.ep);
        receives(&o.server, n);
        calls(&helper, o.ep);
        assert_false(could_run(&o.server));
        if (way == 0)
            cancels(&helper);
        if (way == 1) {
            suspends(&helper);
            resumes(&helper);
        }
        if (way == 2)
            deletes(o.ep);
        if (way == 3)
            deletes(o.server.cap);
        assert_awake(&helper);
        deletes(helper.cap);
        if (way != 3)
            deletes(o.server.cap);
        deletes(o.client.cap);
    }
}

static void pools_are_not_helped(void **state)
{
    struct actor client = person("client", ACTIVE, 20), urgent = person("urgent", ACTIVE, 50);
    struct actor server = person("server", PASSIVE, 10);
    cap_t ep = call_only("pool");

    (void)state;
    receives(&server, ep);
    calls(&client, ep);
    calls(&urgent, ep);
    runs(&server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
}

static void bound_later_helps_at_once(void **state)
{
    struct actor client = person("client", ACTIVE, 20), urgent = person("urgent", ACTIVE, 50);
    struct actor server = person("server", PASSIVE, 10);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&client, ep);
    calls(&urgent, ep);
    binds(&server, ep);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&urgent));
    must_ask(server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(ep));
    runs(&server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
}

/* Each of those who waited before it was bound helps when it is the first. */
static void each_waiter_helps_in_turn(void **state)
{
    struct actor client = person("client", ACTIVE, 20), second = person("second", ACTIVE, 50);
    struct actor third = person("third", ACTIVE, 45), server = person("server", PASSIVE, 10);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&client, ep);
    calls(&second, ep);
    calls(&third, ep);
    binds(&server, ep);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&second));
    replies_and_receives(&server, ep, .token = token(&server));
    suspends(&second); /* who is served now; the third is the first that waits */
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&third));
}

/* A server that waits itself moves up there when it is bound to where somebody urgent waits. */
static void binding_moves_the_server_up(void **state)
{
    struct actor server = person("server", ACTIVE, 20), other = person("other", ACTIVE, 30);
    struct actor urgent = person("urgent", ACTIVE, 50), last = person("last", ACTIVE, 10);
    cap_t ep = call_only("ep"), far = call_only("far");

    (void)state;
    calls(&urgent, ep);
    calls(&server, far);
    calls(&other, far);
    binds(&server, ep);
    receives(&last, far);
    assert_ptr_equal(last.thread->caller, server.thread);
}

static void saved_replies_carry_no_time(void **state)
{
    struct office o = office(40, 35);
    cap_t reply;

    (void)state;
    calls(&o.client, o.ep);
    assert_int_equal(
        asks(&o.server, o.server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(token(&o.server)), NO_CAPS),
        SUCCESS);
    assert_int_equal(status(&o.server), SUCCESS);
    reply = got(&o.server, 0);
    assert_ptr_equal(running(), o.server.thread); /* until its next receive */
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.client));
    receives(&o.server, o.ep, NOW);
    assert_status(&o.server, EAGAIN);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
    replies(&o.server, .token = reply);
    assert_awake(&o.client);
}

static void notified_passives_run_on_their_reserve(void **state)
{
    struct office o = office(20, 40);
    cap_t n = notification("n");

    (void)state;
    must_ask(o.server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    notifies(&world.root, n, 1);
    assert_ptr_equal(running(), o.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
    receives(&o.server, o.ep);
    calls(&o.client, o.ep);
    notifies(&world.root, n, 2);
    replies_and_receives(&o.server, o.ep, .token = token(&o.server));
    assert_int_equal(bits(&o.server), 2); /* with nobody's call: the reserve again */
    assert_awake(&o.server);
    runs(&o.server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
}

static void failed_receives_run_on_the_reserve(void **state)
{
    struct office o = office(20, 40);

    (void)state;
    calls(&o.client, o.ep);
    replies_and_receives(&o.server, CAP_NULL, .token = token(&o.server));
    assert_status(&o.server, EBADF);
    assert_awake(&o.server);
    runs(&o.server);
    receives(&o.server, o.ep);
    calls(&o.client, o.ep);
    replies_and_receives(&o.server, o.ep, .token = token(&o.server), NOW);
    assert_status(&o.server, EAGAIN);
    assert_awake(&o.server);
}

/* An active server of more urgent time pays itself. */
static void urgent_servers_pay_themselves(void **state)
{
    struct actor client = person("client", ACTIVE, 40), server = person("server", ACTIVE, 50);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&client, ep);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&server));
    time_passes(MS);
    replies_and_receives(&server, ep, .token = token(&server));
    assert_ptr_equal(running(), client.thread);
    assert_int_equal(consumed(&server), MS);
    assert_int_equal(consumed(&client), 0);
}

/* Who waited until its budget was used up brings none when it is taken. */
static void callers_without_time_leave_the_reserve(void **state)
{
    struct office o = office(40, 35);
    struct actor poor = spinner("poor", 45, MS, 100 * MS);

    (void)state;
    calls(&o.client, o.ep);
    calls(&poor, o.ep); /* helps, until it can no more */
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&poor));
    time_passes(MS);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.client));
    suspends(&o.client);
    runs(&o.server);
    replies_and_receives(&o.server, o.ep, .token = token(&o.server));
    assert_ptr_equal(o.server.thread->caller, poor.thread);
    assert_true(could_run(&o.server));
    runs(&o.server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&o.server));
}

/* A time that is used up at the far end of a chain leaves each server on it its reserve. */
static void used_up_chains_leave_every_reserve(void **state)
{
    struct actor rich = spinner("rich", 40, 2 * MS, 100 * MS), middle, end;
    cap_t first = call_only("first"), second = call_only("second");

    (void)state;
    middle = person("middle", PASSIVE, 45); /* urgent reserves: each is looked at, and rests */
    end = person("end", PASSIVE, 44);
    receives(&middle, first);
    calls(&rich, first);
    binds(&end, second);
    calls(&middle, second); /* waits for one that does not receive yet, and helps it */
    assert_ptr_equal(running(), end.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&rich));
    time_passes(2 * MS);
    assert_ptr_equal(running(), end.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&middle));
    cancels(&middle);
    assert_awake(&middle);
}

static void bindings_close_no_circle(void **state)
{
    struct actor a = person("a", ACTIVE, 20), b = person("b", ACTIVE, 20);
    cap_t to_a = call_only("to-a"), to_b = call_only("to-b");

    (void)state;
    binds(&b, to_b);
    calls(&b, to_a);
    calls(&a, to_b);
    refuses(&world.root, a.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(to_a), EDEADLK,
            ARGUMENT_CAP(0));
    cancels(&a);
    binds(&a, to_a);
    receives(&a, to_a);
    assert_state(&b, THREAD_WAITS_REPLY);
}

/* Two wait at an endpoint, then it is bound: the first has little budget, the second plenty. */
struct early {
    struct actor server, first, second;
};

static struct early early(void)
{
    struct early e = {person("server", PASSIVE, 10), spinner("first", 45, MS, 100 * MS),
                      person("second", ACTIVE, 40)};
    cap_t ep = call_only("service");

    calls(&e.first, ep);
    calls(&e.second, ep);
    binds(&e.server, ep);
    assert_ptr_equal(running(), e.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&e.first));
    return e;
}

static void used_up_helpers_leave_it_to_those_behind(void **state)
{
    struct early e = early();

    (void)state;
    time_passes(MS);
    assert_ptr_equal(running(), e.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&e.second));
}

static void cancelled_helpers_leave_it_to_those_behind(void **state)
{
    struct early e = early();

    (void)state;
    cancels(&e.first);
    receives(&e.first, notification("bell"));
    assert_ptr_equal(running(), e.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&e.second));
}

/* The first is urgent by a reserve that rests, since somebody less urgent waits for it. */
static void all_who_waited_help(void **state)
{
    struct actor first = person("first", PASSIVE, 50), second = person("second", ACTIVE, 40),
                 third = person("third", ACTIVE, 33), server = person("server", ACTIVE, 10);
    cap_t ep = call_only("service"), to_first = call_only("to-first");

    (void)state;
    binds(&first, to_first);
    calls(&first, ep);
    calls(&second, ep);
    calls(&third, to_first);
    binds(&server, ep);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&second));
}

/* Who waits at any of the server's endpoints helps it, so its reserve rests. */
static void help_comes_from_every_endpoint(void **state)
{
    struct actor server = person("server", PASSIVE, 50), client = person("client", ACTIVE, 40),
                 second = person("second", ACTIVE, 40);
    cap_t older = call_only("older"), newer = call_only("newer");

    (void)state;
    binds(&server, older);
    binds(&server, newer);
    receives(&server, newer);
    calls(&client, newer);
    calls(&second, older);
    suspends(&client); /* its call goes on without its time */
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&second));
}

/* Its caller has no time, and is only helped: who is called has its reserve, at the latest
   from when it has to make way; also one that was not needed when it was last looked at. All but
   the caller are more urgent than root. */
static void helped_callers_leave_the_reserve(void **state)
{
    (void)state;
    for (unsigned unneeded = 0; unneeded < 2; unneeded++) {
        struct actor server = person("server", PASSIVE, 61), caller = person("caller", ACTIVE, 20),
                     helper = person("helper", ACTIVE, 60), other = person("other", ACTIVE, 62);
        cap_t ep = call_only("service"), to_caller = call_only("to-caller"),
              bell = notification("bell");

        receives(&server, ep);
        receives(&other, bell, .flags = TAG_DEADLINE, .deadline = host.now + MS);
        if (unneeded) {
            calls(&helper, ep);
            suspends(&helper);
            resumes(&helper);
            assert_ptr_equal(cpu_self()->time, schedcontext_of(&helper)); /* the reserve rests */
            replies_and_receives(&server, ep, .token = token(&server));
        }
        binds(&caller, to_caller);
        calls(&helper, to_caller);
        must_ask(caller.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
        calls(&caller, ep);
        assert_ptr_equal(running(), server.thread);
        time_passes(MS);
        assert_ptr_equal(running(), other.thread);
        receives(&other, bell);
        assert_ptr_equal(running(), server.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&server));
        revokes(world.memory);
    }
}

/* Of 16 places it is seen who helps, of one more it is not. */
static void sixteen_places_are_looked_at(void **state)
{
    (void)state;
    for (unsigned more = 16; more <= 17; more++) {
        struct actor server = person("server", PASSIVE, 50), client = person("client", ACTIVE, 40),
                     helper = person("helper", ACTIVE, 40);
        cap_t first = call_only("first"), ep = first;

        binds(&server, first);
        for (unsigned i = 1; i < more; i++)
            binds(&server, ep = call_only("ep"));
        receives(&server, ep);
        calls(&client, ep);
        calls(&helper, first);
        suspends(&client);
        assert_ptr_equal(running(), server.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(more == 16 ? &helper : &server));
        deletes(server.cap);
        deletes(helper.cap);
    }
}

int run_chain_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("CHAIN-1: callers pay for a passive server, and its reserve is charged nothing",
             callers_pay),
        TEST("CHAIN-2: a chain of calls is paid by its home", chains_are_paid_by_their_home),
        TEST("CHAIN-3: a passive server that has replied goes on with its reserve",
             passive_reply_goes_on_with_its_reserve),
        TEST("CHAIN-4: cancel, death, suspension, unbinding, a deadline: the reserve takes over",
             cut_chains_leave_the_reserve),
        TEST("CHAIN-5: a caller that is resumed pays again", resumed_callers_pay_again),
        TEST("CHAIN-6: when the caller's budget is used up the reserve takes over till it is whole",
             used_up_callers_leave_the_reserve),
        TEST("CHAIN-7: who waits for a bound server lends it time and priority", waiters_help),
        TEST("CHAIN-8: also where that server waits for another", waiters_help_through_chains),
        TEST("CHAIN-9: a helper whose wait ends has its time back, wherever it was",
             helpers_get_their_time_back),
        TEST("CHAIN-10: who waits for a pool helps nobody", pools_are_not_helped),
        TEST("CHAIN-11: binding and unbinding begin and end the help", bound_later_helps_at_once),
        TEST("CHAIN-12: a saved Reply carries no time from the next receive on",
             saved_replies_carry_no_time),
        TEST("CHAIN-13: a passive thread that is notified runs on its reserve",
             notified_passives_run_on_their_reserve),
        TEST("CHAIN-14: so does one whose receive fails", failed_receives_run_on_the_reserve),
        TEST("CHAIN-15: an active server that is more urgent runs on its own time",
             urgent_servers_pay_themselves),
        TEST("CHAIN-16: a server whose caller brings no time runs on its reserve",
             callers_without_time_leave_the_reserve),
        TEST("CHAIN-17: when a chain's budget is used up, every server on it has its reserve",
             used_up_chains_leave_every_reserve),
        TEST("CHAIN-18: binding an endpoint that would close a circle is EDEADLK",
             bindings_close_no_circle),
        TEST("CHAIN-19: of those who waited before it was bound each helps when it is the first",
             each_waiter_helps_in_turn),
        TEST("CHAIN-20: a server that is bound where somebody urgent waits moves up where it waits",
             binding_moves_the_server_up),
        TEST("CHAIN-21: where a helper's budget is used up the one behind it helps, if it waited "
             "before the binding, too",
             used_up_helpers_leave_it_to_those_behind),
        TEST("CHAIN-22: when a helper leaves the queue the one behind it helps",
             cancelled_helpers_leave_it_to_those_behind),
        TEST("CHAIN-25: who is called by one that is only helped has its reserve",
             helped_callers_leave_the_reserve),
        TEST("CHAIN-24: who waits at any endpoint of a server helps it, so its reserve rests",
             help_comes_from_every_endpoint),
        TEST("CHAIN-26: of the places where a server is helped 16 are looked at",
             sixteen_places_are_looked_at),
        TEST("CHAIN-23: whoever waited before the binding helps, whatever those before him have",
             all_who_waited_help),
    };

    return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
