/* test_fault.c - faults as calls to a handler, and threads that nobody handles. */

#include "world.h"
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

int run_fault_tests(void);

struct handled {
    struct actor eve, handler;
    cap_t ep;
};

static struct handled handled(void)
{
    struct handled h = {.ep = call_only("handler")};

    h.eve = person("eve", ACTIVE, 20);
    h.handler = person("handler", ACTIVE, 20);
    must_ask(h.eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS,
             CAPS(minted(h.ep, 0xe4e, CAP_RIGHTS_CALL)));
    return h;
}

static void fault_is_a_call(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct handled h = handled();

        if (first)
            receives(&h.handler, h.ep);
        h.eve.thread->context.words[3] = 0x77;
        page_faults(&h.eve, 0xdead000);
        if (!first)
            receives(&h.handler, h.ep);
        assert_int_equal(label(&h.handler), FAULT_LABEL_PAGE);
        assert_int_equal(h.handler.thread->context.tag & TAG_ORIGIN_MASK, TAG_ORIGIN_FAULT);
        assert_int_equal(badge(&h.handler), 0xe4e);
        assert_int_equal(word(&h.handler, 0), 0xdead000);
        assert_int_equal(word(&h.handler, 1), CAP_RIGHTS_READ);
        assert_int_equal(word(&h.handler, 2), WORLD_IP);
        assert_int_equal(word(&h.handler, 7), WORLD_IP); /* then all registers */
        assert_int_equal(word(&h.handler, 7 + 14), 0x77);
        replies(&h.handler, .token = token(&h.handler), .words = WORDS(99, 98));
        assert_awake(&h.eve);
        assert_int_equal(h.eve.thread->context.words[3], 0x77);
        assert_int_equal(h.eve.thread->context.words[0], 0);
        assert_int_equal(h.eve.thread->context.ip, WORLD_IP);
    }
}

static void handler_changes_registers(void **state)
{
    struct handled h = handled();
    struct words words = {.count = 20};

    (void)state;
    receives(&h.handler, h.ep);
    page_faults(&h.eve, 4);
    words.word[0] = 0x300000;
    words.word[3] = 0xabc; /* rax */
    assert_int_equal(label(&h.handler), FAULT_LABEL_PAGE);
    must_ask(h.eve.cap, THREAD_LABEL_READ_REGISTERS, NO_WORDS, NO_CAPS);
    must_ask(h.eve.cap, THREAD_LABEL_WRITE_REGISTERS, words, NO_CAPS);
    replies(&h.handler, .token = token(&h.handler));
    assert_int_equal(h.eve.thread->context.ip, 0x300000);
    assert_int_equal(h.eve.thread->context.tag, 0xabc);
}

static void nobody_handles(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);
    cap_t n = notification("n");

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(minted(n, 2, CAP_RIGHTS_SEND)));
    page_faults(&eve, 0x123000);
    assert_ptr_equal(running(), world.root.thread);
    must_ask(eve.cap, THREAD_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0) & 0xffff, THREAD_STOPPED | THREAD_STOP_NO_HANDLER << 8);
    assert_int_equal(word(&world.root, 1), 0x123000);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 2);
    must_ask(eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(minted(n, 4, CAP_RIGHTS_SEND)));
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 4); /* who asks now is told at once */
    resumes(&eve);
    assert_ptr_equal(running(), eve.thread);
}

/* Capabilities that a send could not deliver are no part of the fault. */
static void refused_caps_do_not_fault(void **state)
{
    struct handled h = handled();

    (void)state;
    receives(&h.handler, h.ep);
    sends(&h.eve, endpoint("nobody"), .caps = CAPS(h.ep), NOW);
    assert_status(&h.eve, EAGAIN);
    page_faults(&h.eve, 4);
    assert_int_equal(label(&h.handler), FAULT_LABEL_PAGE);
}

static void handler_goes(void **state)
{
    struct handled h = handled();

    (void)state;
    page_faults(&h.eve, 1); /* waits for its handler */
    deletes(h.ep);
    assert_state(&h.eve, THREAD_STOPPED);
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_HANDLER_GONE);
    resumes(&h.eve);
    page_faults(&h.eve, 1); /* nor is there one now */
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_NO_HANDLER);
}

static void handler_drops_it(void **state)
{
    struct handled h = handled();

    (void)state;
    receives(&h.handler, h.ep);
    page_faults(&h.eve, 1);
    assert_state(&h.eve, THREAD_WAITS_REPLY);
    receives(&h.handler, h.ep);
    assert_state(&h.eve, THREAD_STOPPED);
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_HANDLER_GONE);
}

static void handler_dies_serving(void **state)
{
    struct handled h = handled();

    (void)state;
    receives(&h.handler, h.ep);
    page_faults(&h.eve, 1);
    deletes(h.handler.cap);
    assert_state(&h.eve, THREAD_STOPPED);
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_HANDLER_GONE);
}

static void orphaned_handler(void **state)
{
    struct handled h = handled();

    (void)state;
    binds(&h.handler, h.ep);
    deletes(h.handler.cap);
    page_faults(&h.eve, 1);
    assert_state(&h.eve, THREAD_STOPPED);
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_HANDLER_GONE);
}

/* Who handles its own faults, or those of whom it waits for. */
static void handlers_in_circles(void **state)
{
    struct handled h = handled();
    cap_t own = call_only("own");

    (void)state;
    binds(&h.eve, own);
    must_ask(h.eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(own));
    page_faults(&h.eve, 1);
    assert_state(&h.eve, THREAD_STOPPED);
    resumes(&h.eve);
    must_ask(h.eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(h.ep));
    binds(&h.handler, h.ep);
    calls(&h.handler, own);
    assert_state(&h.handler, THREAD_WAITS_CALL);
    page_faults(&h.eve, 1);
    assert_state(&h.eve, THREAD_STOPPED);
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_HANDLER_GONE);
}

/* A fault handler's fault handler's ... each dies when the last one stops. */
static void chains_of_handlers_stop(void **state)
{
    struct actor people[6];
    cap_t eps[6];

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        people[i] = person("handler", ACTIVE, 20);
        eps[i] = call_only("ep");
        receives(&people[i], eps[i]);
        if (i)
            must_ask(people[i].cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(eps[i - 1]));
    }
    cancels(&people[5]);
    for (unsigned i = 6; i-- > 0;)
        page_faults(&people[i], 1);
    for (unsigned i = 1; i < 6; i++) {
        assert_state(&people[i], THREAD_STOPPED);
        assert_int_equal(people[i].thread->stop_reason, THREAD_STOP_HANDLER_GONE);
    }
    assert_int_equal(people[0].thread->stop_reason, THREAD_STOP_NO_HANDLER);
}

static void cancel_does_not_end_a_fault(void **state)
{
    struct handled h = handled();
    cap_t n = notification("n");

    (void)state;
    receives(&h.handler, h.ep);
    page_faults(&h.eve, 1);
    cancels(&h.eve);
    assert_state(&h.eve, THREAD_WAITS_REPLY);
    replies(&h.handler, .token = token(&h.handler));
    receives(&h.eve, n);
    assert_status(&h.eve, ECANCELED);
}

static void suspended_fault_is_answered(void **state)
{
    struct handled h = handled();

    (void)state;
    page_faults(&h.eve, 1);
    suspends(&h.eve);
    receives(&h.handler, h.ep);
    assert_int_equal(label(&h.handler), FAULT_LABEL_PAGE);
    replies(&h.handler, .token = token(&h.handler));
    assert_false(could_run(&h.eve));
    resumes(&h.eve);
    assert_awake(&h.eve);
    assert_int_equal(h.eve.thread->context.ip, WORLD_IP);
}

static void passive_pager_runs_on_the_faulter(void **state)
{
    struct actor pager = person("pager", PASSIVE, 5), eve = person("eve", ACTIVE, 40);
    cap_t ep = call_only("pager");

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(ep));
    receives(&pager, ep);
    page_faults(&eve, 1);
    assert_ptr_equal(running(), pager.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&eve));
    replies_and_receives(&pager, ep, .token = token(&pager));
    assert_ptr_equal(running(), eve.thread);
}

static void handler_needs_call(void **state)
{
    struct handled h = handled();

    (void)state;
    refuses(&world.root, h.eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS,
            CAPS(derived(h.ep, CAP_RIGHTS_RECV)), EPERM, ARGUMENT_CAP(0));
    refuses(&world.root, h.eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(world.vspace), EINVAL,
            ARGUMENT_CAP(0));
    must_ask(h.eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, NO_CAPS);
    page_faults(&h.eve, 1);
    assert_int_equal(h.eve.thread->stop_reason, THREAD_STOP_NO_HANDLER);
}

int run_fault_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("FAULT-1: a fault is a call with address, access and registers; then it goes on",
             fault_is_a_call),
        TEST("FAULT-2: the handler may change the registers meanwhile", handler_changes_registers),
        TEST("FAULT-3: without a handler the thread stops with the reason, and can be resumed",
             nobody_handles),
        TEST("FAULT-4: when the handler's endpoint dies, it stops", handler_goes),
        TEST("FAULT-5: when the handler drops the fault, it stops", handler_drops_it),
        TEST("FAULT-6: when the handler dies serving it, it stops", handler_dies_serving),
        TEST("FAULT-7: when nobody is bound any more, it stops", orphaned_handler),
        TEST("FAULT-8: when the handler waits for it, it stops", handlers_in_circles),
        TEST("FAULT-9: handlers of handlers all stop when the last one does",
             chains_of_handlers_stop),
        TEST("FAULT-10: CANCEL waits until a fault is handled", cancel_does_not_end_a_fault),
        TEST("FAULT-11: the fault of a suspended thread is handled", suspended_fault_is_answered),
        TEST("FAULT-12: a passive pager runs on the time of who faults",
             passive_pager_runs_on_the_faulter),
        TEST("FAULT-13: a handler is an endpoint with Call, or nobody", handler_needs_call),
        TEST("FAULT-15: of a send that was refused nothing goes along with the next fault",
             refused_caps_do_not_fault),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
