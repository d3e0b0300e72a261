/* test_thread.c - a thread's life by its methods, in every state that it can be in. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "registers.h"

int run_thread_tests(void);

static uint64_t state_of(const struct actor *actor)
{
    must_ask(actor->cap, THREAD_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    return word(&world.root, 0) & 0xff;
}

/* An actor in each state of waiting, and those that it waits for. */
struct waits {
    struct actor actor, partner;
    cap_t ep, n;
};

static struct waits waits_in(enum thread_state state)
{
    struct waits w = {.ep = endpoint("ep"), .n = notification("n")};

    w.partner = person("partner", ACTIVE, 20);
    w.actor = person("actor", ACTIVE, 20);
    if (state == THREAD_WAITS_SEND)
        sends(&w.actor, w.ep, .words = WORDS(1));
    if (state == THREAD_WAITS_CALL || state == THREAD_WAITS_REPLY)
        calls(&w.actor, w.ep, .words = WORDS(1));
    if (state == THREAD_WAITS_RECEIVE)
        receives(&w.actor, w.ep);
    if (state == THREAD_WAITS_NOTIFY)
        receives(&w.actor, w.n);
    if (state == THREAD_WAITS_REPLY)
        receives(&w.partner, w.ep);
    assert_state(&w.actor, state);
    assert_int_equal(state_of(&w.actor), state);
    return w;
}

/* Its partner does what it waits for. */
static void serve(struct waits *w, enum thread_state state)
{
    if (state == THREAD_WAITS_SEND || state == THREAD_WAITS_CALL)
        receives(&w->partner, w->ep);
    if (state == THREAD_WAITS_RECEIVE)
        sends(&w->partner, w->ep, .words = WORDS(1));
    if (state == THREAD_WAITS_NOTIFY)
        notifies(&w->partner, w->n, 1);
    if (state == THREAD_WAITS_REPLY || state == THREAD_WAITS_CALL)
        replies(&w->partner, .token = token(&w->partner), .words = WORDS(2));
}

static void configure_is_checked(void **state)
{
    cap_t thread = make(OBJECT_THREAD, 0, "t"), other = make(OBJECT_VSPACE, 0, "other");
    cap_t unmapped = make(OBJECT_FRAME, 12, ""), read_only = make(OBJECT_FRAME, 12, "");
    uint64_t at;
    cap_t frame = mapped_frame(&at), cspace = world.root.cspace, vspace = world.vspace;
    cap_t readable = derived(frame, CAP_RIGHTS_READ);
    cap_t device = make_from(world.device, OBJECT_FRAME, 12, "");
    const struct {
        uint64_t utcb;
        struct caps caps;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {at, NO_CAPS, EINVAL, ARGUMENT_CAP(0)},
        {at, CAPS(vspace, vspace, frame), EINVAL, ARGUMENT_CAP(0)},
        {at, CAPS(cspace, cspace, frame), EINVAL, ARGUMENT_CAP(1)},
        {at, CAPS(cspace, vspace), EINVAL, ARGUMENT_CAP(2)},
        {at, CAPS(cspace, vspace, cspace), EINVAL, ARGUMENT_CAP(2)},
        {at, CAPS(cspace, vspace, readable), EPERM, ARGUMENT_CAP(2)},
        {at, CAPS(cspace, vspace, unmapped), EINVAL, ARGUMENT_WORD(0)},
        {at, CAPS(cspace, other, frame), EINVAL, ARGUMENT_WORD(0)},
        {at + 8, CAPS(cspace, vspace, frame), EINVAL, ARGUMENT_WORD(0)},
        {at + PAGE_BYTES, CAPS(cspace, vspace, frame), EINVAL, ARGUMENT_WORD(0)},
        {at - UTCB_SIZE, CAPS(cspace, vspace, frame), EINVAL, ARGUMENT_WORD(0)},
        {0x700000, CAPS(cspace, vspace, read_only), EPERM, ARGUMENT_CAP(2)},
        {0x710000, CAPS(cspace, vspace, device), EPERM, ARGUMENT_CAP(2)},
        {at, CAPS(derived(cspace, CAP_RIGHTS_READ), vspace, frame), EPERM, ARGUMENT_CAP(0)},
        {at, CAPS(cspace, derived(vspace, CAP_RIGHTS_READ), frame), EPERM, ARGUMENT_CAP(1)},
    };

    (void)state;
    must_ask(vspace, VSPACE_LABEL_MAP, WORDS(0x700000, CAP_RIGHTS_READ), CAPS(read_only));
    must_ask(vspace, VSPACE_LABEL_MAP, WORDS(0x710000, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
             CAPS(device));
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuses(&world.root, thread, THREAD_LABEL_CONFIGURE, WORDS(refused[i].utcb),
                refused[i].caps, refused[i].error, refused[i].argument);
    must_ask(thread, THREAD_LABEL_CONFIGURE, WORDS(at + UTCB_SIZE), CAPS(cspace, vspace, frame));
    must_ask(thread, THREAD_LABEL_CONFIGURE, WORDS(at), CAPS(cspace, vspace, frame));
}

static void configure_prepares_the_utcb(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0);
    const struct utcb *utcb = eve.thread->utcb;
    const struct vspace *vspace = object_of(world.vspace);

    (void)state;
    assert_ptr_equal(user_memory(vspace, utcb->self), utcb);
    assert_int_equal(utcb->clock_base, HOST_CLOCK_BASE);
    assert_int_equal(utcb->clock_multiplier, HOST_CLOCK_PER_TICK);
    assert_true(eve.thread->context.gs_base == utcb->self);
    assert_true(eve.thread->context.cr3 == vspace->word);
}

static void start_says_what_lacks(void **state)
{
    cap_t bare = make(OBJECT_THREAD, 0, "bare");
    struct actor eve = person("eve", TIMELESS, 0);

    (void)state;
    refuses(&world.root, bare, THREAD_LABEL_START, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    assert_int_equal(word(&world.root, 1), OBJECT_VSPACE);
    refuses(&world.root, eve.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    assert_int_equal(word(&world.root, 1), OBJECT_SCHEDCONTEXT);
    must_ask(time_of(10, MS, MS), SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_RESERVE),
             CAPS(eve.cap));
    must_ask(eve.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS);
    assert_awake(&eve);
    refuses(&world.root, eve.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS, EBUSY, ARGUMENT_HANDLE);
    refuses(&world.root, eve.cap, THREAD_LABEL_CONFIGURE, WORDS(0),
            CAPS(world.root.cspace, world.vspace, eve.frame), EBUSY, ARGUMENT_HANDLE);
}

static void rights_of_methods(void **state)
{
    static const struct {
        uint32_t label;
        unsigned right;
    } methods[] = {
        {THREAD_LABEL_CONFIGURE, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_START, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_SUSPEND, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_RESUME, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_CANCEL, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_EXIT, CAP_RIGHTS_USE},
        {THREAD_LABEL_READ_REGISTERS, CAP_RIGHTS_READ},
        {THREAD_LABEL_WRITE_REGISTERS, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_READ_VECTOR, CAP_RIGHTS_READ},
        {THREAD_LABEL_WRITE_VECTOR, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_SET_HANDLER, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_SET_FOREIGN, CAP_RIGHTS_USE},
        {THREAD_LABEL_SET_TLS, CAP_RIGHTS_USE},
        {THREAD_LABEL_BIND_NOTIFICATION, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_BIND_ENDPOINT, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_UNBIND_ENDPOINT, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_WATCH, CAP_RIGHTS_MANAGE},
        {THREAD_LABEL_INSPECT, CAP_RIGHTS_READ},
    };
    struct actor eve = person("eve", ACTIVE, 10);

    (void)state;
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        cap_t lacking = derived(eve.cap, CAP_RIGHTS_ALL & ~methods[i].right);

        refuses(&world.root, lacking, methods[i].label, NO_WORDS, NO_CAPS, EPERM, ARGUMENT_HANDLE);
        assert_int_equal(word(&world.root, 1), methods[i].right);
    }
    refuses(&world.root, eve.cap, LABEL(5, 99), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void suspend_takes_a_wait_back(void **state)
{
    (void)state;
    for (enum thread_state s = THREAD_WAITS_SEND; s <= THREAD_WAITS_NOTIFY; s++) {
        struct waits w = waits_in(s);

        suspends(&w.actor);
        assert_int_equal(state_of(&w.actor), THREAD_SUSPENDED);
        assert_state(&w.actor, THREAD_RUNNING);
        assert_int_equal(w.actor.thread->context.ip, WORLD_IP - SYSCALL_INSTRUCTION_BYTES);
        assert_false(could_run(&w.actor));
        resumes(&w.actor);
        again(&w.actor);
        assert_state(&w.actor, s);
        serve(&w, s);
        assert_awake(&w.actor);
        assert_status(&w.actor, SUCCESS);
    }
}

static void suspend_leaves_a_served_call(void **state)
{
    struct waits w = waits_in(THREAD_WAITS_REPLY);

    (void)state;
    suspends(&w.actor);
    assert_state(&w.actor, THREAD_WAITS_REPLY);
    serve(&w, THREAD_WAITS_REPLY);
    assert_status(&w.partner, SUCCESS);
    assert_false(could_run(&w.actor));
    resumes(&w.actor);
    assert_awake(&w.actor);
    assert_int_equal(word(&w.actor, 0), 2);
}

static void suspend_and_resume_are_checked(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0), bob = person("bob", ACTIVE, 40);

    (void)state;
    refuses(&world.root, eve.cap, THREAD_LABEL_SUSPEND, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    refuses(&world.root, eve.cap, THREAD_LABEL_RESUME, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    refuses(&world.root, bob.cap, THREAD_LABEL_RESUME, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    calls(&bob, bob.cap, .label = THREAD_LABEL_SUSPEND);
    assert_true(bob.thread->suspended);
    assert_ptr_equal(running(), world.root.thread);
    resumes(&bob);
    assert_ptr_equal(running(), bob.thread);
    assert_status(&bob, SUCCESS);
    calls(&bob, bob.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(1));
    refuses(&world.root, bob.cap, THREAD_LABEL_SUSPEND, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    refuses(&world.root, bob.cap, THREAD_LABEL_RESUME, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
}

static void cancel_ends_every_wait(void **state)
{
    (void)state;
    for (enum thread_state s = THREAD_WAITS_SEND; s <= THREAD_WAITS_REPLY; s++) {
        struct waits w = waits_in(s);

        cancels(&w.actor);
        assert_awake(&w.actor);
        assert_failure(&w.actor, ECANCELED, ARGUMENT_PARTNER, 0, 0);
        receives(&w.actor, w.n, NOW); /* it was for that wait alone */
        assert_status(&w.actor, EAGAIN);
    }
}

static void cancel_is_sticky(void **state)
{
    struct waits w = waits_in(THREAD_WAITS_RECEIVE);

    (void)state;
    serve(&w, THREAD_WAITS_RECEIVE);
    cancels(&w.actor);
    cancels(&w.actor);
    asks(&w.actor, w.actor.self, CSPACE_LABEL_STATISTICS, NO_WORDS, NO_CAPS); /* never waits */
    assert_status(&w.actor, SUCCESS);
    notifies(&w.actor, w.n, 1);
    assert_status(&w.actor, SUCCESS);
    receives(&w.actor, w.n);
    assert_status(&w.actor, ECANCELED);
    receives(&w.actor, w.n);
    assert_status(&w.actor, SUCCESS);
    cancels(&w.actor);
    sends(&w.actor, w.ep, NOW);
    assert_status(&w.actor, ECANCELED);
}

static void busy_registers_are_refused(void **state)
{
    struct waits w = waits_in(THREAD_WAITS_CALL);

    (void)state;
    refuses(&world.root, w.actor.cap, THREAD_LABEL_READ_REGISTERS, NO_WORDS, NO_CAPS, EBUSY,
            ARGUMENT_HANDLE);
    refuses(&world.root, w.actor.cap, THREAD_LABEL_WRITE_REGISTERS, all_registers(1, 0, 0), NO_CAPS,
            EBUSY, ARGUMENT_HANDLE);
    suspends(&w.actor);
    must_ask(w.actor.cap, THREAD_LABEL_READ_REGISTERS, NO_WORDS, NO_CAPS);
    w = waits_in(THREAD_WAITS_REPLY);
    suspends(&w.actor);
    refuses(&world.root, w.actor.cap, THREAD_LABEL_WRITE_REGISTERS, all_registers(1, 0, 0), NO_CAPS,
            EBUSY, ARGUMENT_HANDLE);
    refuses(&world.root, world.root.cap, THREAD_LABEL_READ_REGISTERS, NO_WORDS, NO_CAPS, EBUSY,
            ARGUMENT_HANDLE);
}

static void exit_is_told(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);
    cap_t n = notification("n");

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(minted(n, 0x40, CAP_RIGHTS_SEND)));
    refuses(&world.root, eve.cap, THREAD_LABEL_EXIT, WORDS(9), NO_CAPS, EINVAL, ARGUMENT_HANDLE);
    calls(&eve, eve.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(9));
    must_ask(eve.cap, THREAD_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0) & 0xff, THREAD_EXITED);
    assert_int_equal(word(&world.root, 1), 9);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 0x40);
    must_ask(eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(minted(n, 0x80, CAP_RIGHTS_SEND)));
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 0x80);
    deletes(eve.cap); /* and nothing of the watch is left (check.c) */
}

static void watch_is_checked(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);
    cap_t n = notification("n");

    (void)state;
    refuses(&world.root, eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(endpoint("ep")), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(derived(n, CAP_RIGHTS_RECV)),
            EPERM, ARGUMENT_CAP(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(n), EINVAL, ARGUMENT_CAP(0));
    must_ask(eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(minted(n, 1, CAP_RIGHTS_SEND)));
    must_ask(eve.cap, THREAD_LABEL_WATCH, NO_WORDS, NO_CAPS);
    deletes(eve.cap);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
}

static void lost_memory_stops_threads(void **state)
{
    static const enum thread_stop_reason reasons[] = {THREAD_STOP_UTCB_GONE, THREAD_STOP_UTCB_GONE,
                                                      THREAD_STOP_CSPACE_GONE};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor eve = stranger("eve", ACTIVE, 20);
        cap_t ep = endpoint("ep");
        cap_t hers = gives(&eve, ep, CAP_RIGHTS_ALL);

        calls(&eve, hers);
        if (i == 0)
            must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(eve.frame));
        else
            deletes(i == 1 ? eve.frame : eve.cspace);
        must_ask(eve.cap, THREAD_LABEL_INSPECT, NO_WORDS, NO_CAPS);
        assert_int_equal(word(&world.root, 0) & 0xffff, THREAD_STOPPED | reasons[i] << 8);
        receives(&world.root, ep, NOW);
        assert_status(&world.root, EAGAIN); /* it waits no more */
        refuses(&world.root, eve.cap, THREAD_LABEL_RESUME, NO_WORDS, NO_CAPS, EINVAL,
                ARGUMENT_HANDLE);
    }
}

static void lost_vspace_stops_threads(void **state)
{
    cap_t vspace = make(OBJECT_VSPACE, 0, "space"), frame = make(OBJECT_FRAME, 12, "");
    struct actor eve = person("eve", TIMELESS, 0);

    (void)state;
    must_ask(vspace, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 14, "")));
    must_ask(vspace, VSPACE_LABEL_MAP, WORDS(0x400000, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
             CAPS(frame));
    must_ask(eve.cap, THREAD_LABEL_CONFIGURE, WORDS(0x400800),
             CAPS(world.root.cspace, vspace, frame));
    must_ask(time_of(20, MS, MS), SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(eve.cap));
    must_ask(eve.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS);
    deletes(vspace);
    assert_state(&eve, THREAD_STOPPED);
    assert_int_equal(eve.thread->stop_reason, THREAD_STOP_VSPACE_GONE);
    assert_int_equal(eve.thread->context.cr3, HOST_KERNEL_SPACE);
    refuses(&world.root, eve.cap, THREAD_LABEL_RESUME, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_HANDLE);
}

static void inspect_tells_names(void **state)
{
    struct waits w = waits_in(THREAD_WAITS_REPLY);
    char names[2 * OBJECT_NAME_BYTES];

    (void)state;
    must_ask(w.actor.cap, THREAD_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t pair[2] = {word(&world.root, 2 + 2 * i), word(&world.root, 3 + 2 * i)};

        memcpy(names + i * OBJECT_NAME_BYTES, pair, sizeof(pair));
    }
    assert_string_equal(names, "actor");
    assert_string_equal(names + OBJECT_NAME_BYTES, "partner");
    assert_int_equal(word(&world.root, 6) & 0xff, 20);
    assert_int_equal(word(&world.root, 9), WORLD_IP);
}

static void foreign_calls_bounce(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);
    struct context before;

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_SET_FOREIGN, WORDS(0x200800), NO_CAPS);
    runs(&eve);
    memset(&eve.thread->context.words, 0x33, sizeof(eve.thread->context.words));
    eve.thread->context.ip = WORLD_IP;
    eve.thread->context.tag = 39;
    before = eve.thread->context;
    enters_raw(&eve, 39);
    assert_ptr_equal(running(), eve.thread);
    assert_int_equal(eve.thread->context.ip, 0x200800);
    assert_int_equal(eve.thread->context.rcx, 0x200800);
    assert_int_equal(eve.thread->utcb->foreign_ip, WORLD_IP);
    before.ip = before.rcx = 0x200800;
    before.full = eve.thread->context.full;
    assert_memory_equal(&before, &eve.thread->context, sizeof(before));
    refuses(&world.root, eve.cap, THREAD_LABEL_SET_FOREIGN, WORDS(USER_ADDRESS_END), NO_CAPS,
            EINVAL, ARGUMENT_WORD(0));
}

static void foreign_calls_fault_without_entry(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40), handler = person("handler", ACTIVE, 41);
    cap_t ep = call_only("handler");

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(ep));
    receives(&handler, ep);
    enters_raw(&eve, 231);
    assert_int_equal(label(&handler), FAULT_LABEL_FOREIGN);
    assert_int_equal(word(&handler, 0), 231);
    assert_int_equal(word(&handler, 2), WORLD_IP);
}

static void tls_is_set(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);

    (void)state;
    assert_int_equal(asks(&eve, eve.cap, THREAD_LABEL_SET_TLS, WORDS(0x123456), NO_CAPS), SUCCESS);
    assert_int_equal(eve.thread->context.fs_base, 0x123456);
    refuses(&eve, eve.cap, THREAD_LABEL_SET_TLS, WORDS(USER_ADDRESS_END), NO_CAPS, EINVAL,
            ARGUMENT_WORD(0));
    refuses(&eve, eve.cap, THREAD_LABEL_SET_TLS, WORDS(UINT64_MAX), NO_CAPS, EINVAL,
            ARGUMENT_WORD(0));
}

static void exited_threads_get_no_endpoint(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);

    (void)state;
    calls(&eve, eve.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(endpoint("ep")), EPIPE,
            ARGUMENT_HANDLE);
}

int run_thread_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("THREAD-1: CONFIGURE wants spaces and a UTCB in a writable mapped Frame",
             configure_is_checked),
        TEST("THREAD-2: CONFIGURE writes the UTCB's own address and the clock",
             configure_prepares_the_utcb),
        TEST("THREAD-3: START says what lacks, and works once", start_says_what_lacks),
        TEST("THREAD-4: each method of a Thread needs its right, and an unknown one is ENOSYS",
             rights_of_methods),
        TEST("THREAD-5: SUSPEND takes a wait back, and it is made anew after RESUME",
             suspend_takes_a_wait_back),
        TEST("THREAD-6: SUSPEND leaves a call that is being served", suspend_leaves_a_served_call),
        TEST("THREAD-7: SUSPEND and RESUME refuse what is not there to suspend or resume",
             suspend_and_resume_are_checked),
        TEST("THREAD-8: CANCEL ends every kind of wait with ECANCELED", cancel_ends_every_wait),
        TEST("THREAD-9: CANCEL of a thread that does not wait is for its next wait, once",
             cancel_is_sticky),
        TEST("THREAD-12: registers of a thread that runs or waits are EBUSY",
             busy_registers_are_refused),
        TEST("THREAD-15: who watches is told of the exit, also when he asks too late",
             exit_is_told),
        TEST("THREAD-16: WATCH needs a notification with Send and a badge", watch_is_checked),
        TEST("THREAD-17: a thread that loses its UTCB or CSpace stops, wherever it waits",
             lost_memory_stops_threads),
        TEST("THREAD-18: a thread that loses its VSpace stops and never loads it again",
             lost_vspace_stops_threads),
        TEST("THREAD-19: INSPECT names the thread and what it waits for", inspect_tells_names),
        TEST("THREAD-20: a foreign system call bounces, and all else is untouched",
             foreign_calls_bounce),
        TEST("THREAD-21: without a foreign entry it is a fault", foreign_calls_fault_without_entry),
        TEST("THREAD-22: the FS base is set, inside the user's addresses", tls_is_set),
        TEST("THREAD-23: an endpoint is not bound to a thread that has exited",
             exited_threads_get_no_endpoint),
    };

    return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
