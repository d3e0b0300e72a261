/* test_delete.c - deletion and revocation of whole worlds, in bounded steps, at every step. */

#include "registers.h"
#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>

int run_delete_tests(void);

/* What somebody finds who deletes: everything nested and entangled. */
struct tangle {
    struct actor eve, server, client;
    cap_t memory, ep, bits_cap;
};

static cap_t made(cap_t memory, unsigned type, uint64_t size)
{
    return make_from(memory, type, size, "made");
}

static void insert(cap_t space, cap_t cap, uint64_t how)
{
    must_ask(space, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(cap, how));
}

static void space_in_itself(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 16, ""), space = made(memory, OBJECT_CSPACE, 6);
    cap_t copy = derived(space, CAP_RIGHTS_ALL);

    (void)state;
    insert(space, copy, CAP_COPY);
    insert(copy, space, CAP_MOVE); /* its owner capability is nowhere else now */
    insert(copy, endpoint("ep"), CAP_COPY);
    deletes(copy);
    revokes(memory);
    assert_false(slot_has_children(slot_of(memory)));
}

static void spaces_in_each_other(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 17, "");
    cap_t a = made(memory, OBJECT_CSPACE, 6), b = made(memory, OBJECT_CSPACE, 6);
    cap_t to_a = derived(a, CAP_RIGHTS_ALL), to_b = derived(b, CAP_RIGHTS_ALL);

    (void)state;
    insert(to_a, b, CAP_MOVE);
    insert(to_b, a, CAP_MOVE);
    insert(to_a, to_b, CAP_COPY);
    insert(to_b, to_a, CAP_COPY);
    revokes(memory);
    assert_false(slot_has_children(slot_of(memory)));
    assert_true(is_gone(&world.root, to_a));
    assert_true(is_gone(&world.root, to_b));
}

/* A space that holds the very memory that it is made of. */
static void space_with_its_memory(void **state)
{
    cap_t outer = make(OBJECT_UNTYPED, 17, ""), memory = made(outer, OBJECT_UNTYPED, 16);
    cap_t space = made(memory, OBJECT_CSPACE, 6);

    (void)state;
    insert(space, memory, CAP_MOVE);
    deletes(space);
    assert_false(slot_has_children(slot_of(outer)));
    memory = made(outer, OBJECT_UNTYPED, 16);
    made(memory, OBJECT_CSPACE, 6);
}

static void nested_spaces(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 19, ""), spaces[8];

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        spaces[i] = made(memory, OBJECT_CSPACE, 6);
        if (i)
            insert(spaces[i], spaces[i - 1], CAP_MOVE);
    }
    deletes(spaces[7]);
    assert_false(slot_has_children(slot_of(memory)));
}

static struct tangle entangle(void)
{
    struct tangle t = {.memory = make(OBJECT_UNTYPED, 20, "")};
    cap_t frame;

    t.ep = made(t.memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY);
    t.bits_cap = made(t.memory, OBJECT_NOTIFICATION, 0);
    t.eve = stranger("eve", ACTIVE, 10);
    t.server = person("server", PASSIVE, 20);
    t.client = person("client", ACTIVE, 15);
    binds(&t.server, t.ep);
    must_ask(t.server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(t.bits_cap));
    must_ask(t.eve.cap, THREAD_LABEL_WATCH, NO_WORDS, CAPS(minted(t.bits_cap, 1, CAP_RIGHTS_SEND)));
    receives(&t.server, t.ep);
    calls(&t.client, t.ep);
    for (unsigned i = 0; i < 20; i++)
        insert(t.eve.cspace, t.ep, CAP_COPY);
    frame = made(t.memory, OBJECT_FRAME, 12);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(0x600000, CAP_RIGHTS_READ), CAPS(frame));
    insert(t.eve.cspace, frame, CAP_MOVE);
    must_ask(t.eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(made(t.memory, OBJECT_UNTYPED, 12)));
    return t;
}

static void revoke_at_every_point(void **state)
{
    uint64_t steps = 0;

    (void)state;
    for (unsigned every = 1; every <= 4; every++) {
        struct tangle t = entangle();

        host.pending_every = every;
        host.questions = 0;
        revokes(t.memory);
        host.pending_every = 0;
        if (every == 1) {
            steps = host.questions;
            assert_true(world.restarts > 20);
        }
        assert_true(host.questions <= steps + 2);
        assert_false(slot_has_children(slot_of(t.memory)));
        assert_true(is_gone(&world.root, t.ep));
        assert_true(is_gone(&world.root, t.eve.cspace)); /* it had been given of that memory */
        assert_state(&t.eve, THREAD_STOPPED);
        revokes(world.memory);
    }
}

/* When the deletion itself is done, what lay in a space may still have to go, after an interrupt:
   the answer is the same. */
static void reaping_answers_like_deleting(void **state)
{
    cap_t full = make(OBJECT_CSPACE, 6, "full");

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        insert(full, endpoint("ep"), CAP_MOVE);
    host.pending = true;
    deletes(full);
    assert_true(world.restarts > 3);
    assert_int_equal(world.root.thread->context.tag, TAG(OP_REPLY, 0, 0));
}

/* What others do between the steps of a revoke: derive from what is left. */
static struct tangle between;
static unsigned made_between;

static void derive_meanwhile(void)
{
    struct failure failure;

    if (world.restarts % 3 == 0 &&
        cspace_lookup(thread_cspace(world.root.thread), between.ep, OBJECT_NONE, 0, 0, &failure) &&
        made_between < 10) {
        made_between++; /* as a DERIVE by another thread does */
        cap_copy(cspace_take(thread_cspace(world.root.thread)), slot_of(between.ep),
                 CAP_RIGHTS_ALL);
    }
}

static void revoke_takes_what_comes(void **state)
{
    (void)state;
    between = entangle();
    made_between = 0;
    host.pending = true;
    world.meanwhile = derive_meanwhile;
    revokes(between.memory);
    assert_true(made_between > 0);
    assert_false(slot_has_children(slot_of(between.memory)));
}

/* The revoking thread is suspended midway: what is done is done; who repeats it finishes it. */
static struct actor revoker;

static void suspend_midway(void)
{
    if (world.restarts == 5) {
        world.meanwhile = NULL;
        host.pending = false;
        suspends(&revoker);
    }
}

static void stopped_revoke_can_be_repeated(void **state)
{
    struct tangle t = entangle();

    (void)state;
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    world.meanwhile = suspend_midway;
    calls(&revoker, world.root.self, .label = CSPACE_LABEL_REVOKE, .caps = CAPS(t.memory));
    assert_true(revoker.thread->suspended);
    assert_true(slot_has_children(slot_of(t.memory)));
    revokes(t.memory);
    assert_false(slot_has_children(slot_of(t.memory)));
    resumes(&revoker);
    again(&revoker);
    assert_status(&revoker, SUCCESS);
    assert_int_equal(revoker.thread->revoking, CAP_NULL);
    assert_null(revoke_oldest);
}

/* The capability that is revoked goes while the revoke waits, preempted. */
static cap_t revoked;

static void delete_midway(void)
{
    if (world.restarts == 5) {
        world.meanwhile = NULL;
        host.pending = false;
        deletes(revoked);
    }
}

static void revoke_of_what_goes_has_ended(void **state)
{
    cap_t ep = endpoint("ep");

    (void)state;
    revoked = derived(ep, CAP_RIGHTS_ALL);
    for (unsigned i = 0; i < 100; i++) /* several go at once */
        derived(revoked, CAP_RIGHTS_SEND);
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    world.meanwhile = delete_midway;
    calls(&revoker, world.root.self, .label = CSPACE_LABEL_REVOKE, .caps = CAPS(revoked));
    assert_status(&revoker, ESTALE);
    assert_int_equal(word(&revoker, 0), ARGUMENT_CAP(0));
    assert_int_equal(revoker.thread->revoking, CAP_NULL);
    endpoint("made"); /* nobody is helped any more */
    assert_int_equal(world.restarts, 0);
    revokes(ep);
    assert_false(slot_has_children(slot_of(ep)));
}

/* While a revoke waits, preempted, another makes capabilities: each time he first removes some of
   those that it is to remove. */
static unsigned made_meanwhile;

static void make_meanwhile(void)
{
    world.meanwhile = NULL;
    host.pending = false;
    for (made_meanwhile = 0; made_meanwhile < 200; made_meanwhile++) {
        if (!slot_has_children(slot_of(between.memory)))
            return;
        endpoint("ep");
    }
}

static void makers_help_the_revoke(void **state)
{
    (void)state;
    between = entangle();
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    world.meanwhile = make_meanwhile;
    calls(&revoker, world.root.self, .label = CSPACE_LABEL_REVOKE, .caps = CAPS(between.memory));
    assert_in_range(made_meanwhile, 5, 100);
    assert_false(slot_has_children(slot_of(between.memory)));
    assert_status(&revoker, SUCCESS);
}

/* ---- a space that is asked to delete itself, with other things ---- */

/* Of the memory: a space, and then some endpoints. */
static cap_t space_and_more(cap_t memory)
{
    cap_t space = made(memory, OBJECT_CSPACE, 6);

    for (unsigned i = 0; i < 40; i++)
        derived(made(memory, OBJECT_ENDPOINT, 0), CAP_RIGHTS_SEND);
    return space;
}

static void revoke_goes_on_without_its_space(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 17, ""), space = space_and_more(memory);

    (void)state;
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    calls(&revoker, space, .label = CSPACE_LABEL_REVOKE, .caps = CAPS(memory));
    assert_true(world.restarts > 20);
    assert_status(&revoker, SUCCESS);
    assert_int_equal(revoker.thread->context.tag, TAG(OP_REPLY, 0, 0));
    assert_true(is_gone(&world.root, space));
    assert_false(slot_has_children(slot_of(memory)));
}

static void delete_goes_on_without_its_space(void **state)
{
    cap_t space = make(OBJECT_CSPACE, 6, "space"), copy = derived(space, CAP_RIGHTS_ALL);

    (void)state;
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    calls(&revoker, copy, .label = CSPACE_LABEL_DELETE, .caps = CAPS(space));
    assert_true(world.restarts > 0);
    assert_status(&revoker, SUCCESS);
    assert_true(is_gone(&world.root, space));
    assert_true(is_gone(&world.root, copy));
}

static void helped_revoke_goes_on_without_its_space(void **state)
{
    cap_t space;

    (void)state;
    between.memory = make(OBJECT_UNTYPED, 17, "");
    space = space_and_more(between.memory);
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    world.meanwhile = make_meanwhile;
    calls(&revoker, space, .label = CSPACE_LABEL_REVOKE, .caps = CAPS(between.memory));
    assert_false(slot_has_children(slot_of(between.memory)));
    assert_status(&revoker, SUCCESS);
    assert_int_equal(revoker.thread->revoking, CAP_NULL);
    assert_null(revoke_oldest);
}

/* Others have removed all that there was, and then there is something new. */
static void make_anew_meanwhile(void)
{
    make_meanwhile();
    for (unsigned i = 0; i < 20; i++)
        made(between.memory, OBJECT_ENDPOINT, 0);
    host.pending = true;
}

static void helped_revoke_is_helped_again(void **state)
{
    (void)state;
    between.memory = make(OBJECT_UNTYPED, 17, "");
    space_and_more(between.memory);
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    world.meanwhile = make_anew_meanwhile;
    prepares(&revoker, OP_CALL, world.root.self,
             &(struct request){.label = CSPACE_LABEL_REVOKE, .caps = CAPS(between.memory)});
    assert_false(enters_once(&revoker));
    world.meanwhile();
    assert_null(revoke_oldest);
    assert_int_equal(revoker.thread->revoking, between.memory);
    assert_false(enters_once(&revoker));
    assert_ptr_equal(revoke_oldest, revoker.thread);
    again(&revoker);
    assert_status(&revoker, SUCCESS);
    assert_false(slot_has_children(slot_of(between.memory)));
    assert_null(revoke_oldest);
}

/* Its own code may go with what it revokes, and the handler of that fault write its registers. */
static void written_registers_end_a_revoke(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 17, ""), handler = call_only("handler");
    struct actor server = person("server", ACTIVE, 32);

    (void)state;
    space_and_more(memory);
    revoker = person("revoker", ACTIVE, 32);
    must_ask(revoker.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS,
             CAPS(minted(handler, 1, CAP_RIGHTS_CALL)));
    receives(&server, handler);
    host.pending = true;
    prepares(&revoker, OP_CALL, world.root.self,
             &(struct request){.label = CSPACE_LABEL_REVOKE, .caps = CAPS(memory)});
    assert_false(enters_once(&revoker));
    host.pending = false;
    page_faults(&revoker, WORLD_IP);
    must_ask(revoker.cap, THREAD_LABEL_WRITE_REGISTERS, all_registers(WORLD_IP, 0, 0), NO_CAPS);
    assert_null(revoke_oldest);
    replies(&server, .token = token(&server));
    assert_int_equal(
        asks(&revoker, world.root.self, CSPACE_LABEL_DERIVE, WORDS(0, 0, 0), CAPS(handler)),
        SUCCESS);
    assert_true(slot_has_children(slot_of(memory)));
}

static void own_space_ends_the_caller(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 40);
    cap_t owner;

    (void)state;
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS,
             CAP_HOW(derived(eve.cspace, CAP_RIGHTS_ALL), CAP_MOVE));
    must_ask(derived(eve.cspace, CAP_RIGHTS_ALL), CSPACE_LABEL_INSERT, NO_WORDS,
             CAP_HOW(eve.cspace, CAP_MOVE));
    owner = word(&world.root, 0);
    calls(&eve, owner, .label = CSPACE_LABEL_DELETE, .caps = CAPS(owner));
    assert_state(&eve, THREAD_STOPPED);
    assert_int_equal(eve.thread->stop_reason, THREAD_STOP_CSPACE_GONE);
    assert_ptr_not_equal(running(), eve.thread);
}

static void own_thread_ends_the_caller(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);

    (void)state;
    calls(&eve, eve.self, .label = CSPACE_LABEL_DELETE, .caps = CAPS(eve.cap));
    assert_true(is_gone(&world.root, eve.cap));
    assert_ptr_equal(running(), world.root.thread);
}

static void own_address_space_ends_the_caller(void **state)
{
    struct actor eve = person("eve", ACTIVE, 40);

    (void)state;
    calls(&eve, world.vspace, .label = VSPACE_LABEL_UNMAP, .caps = CAPS(eve.frame));
    assert_state(&eve, THREAD_STOPPED);
    assert_int_equal(eve.thread->stop_reason, THREAD_STOP_UTCB_GONE);
    assert_null(eve.thread->utcb);
}

static void full_space_goes_in_steps(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep");

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        gives(&eve, ep, CAP_RIGHTS_CALL);
    host.pending = true;
    deletes(eve.cspace);
    assert_true(world.restarts > 60);
    assert_false(slot_has_children(slot_of(ep)));
}

static void memory_waits_for_the_reaper(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 15, ""), space = made(memory, OBJECT_CSPACE, 6);
    cap_t ep = endpoint("ep");

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        insert(space, ep, CAP_COPY);
    revoker = person("revoker", ACTIVE, 32);
    host.pending = true;
    world.meanwhile = suspend_midway;
    calls(&revoker, revoker.self, .label = CSPACE_LABEL_REVOKE, .caps = CAPS(memory));
    assert_true(revoker.thread->suspended);
    assert_true(is_gone(&world.root, space));
    assert_false(slot_has_children(slot_of(memory)));
    assert_true(slot_has_children(slot_of(ep))); /* the space is being emptied */
    made(memory, OBJECT_FRAME, 12);
    assert_false(slot_has_children(slot_of(ep)));
}

/* Those who wait for it learn of its end one after the other, and interrupts come in between. */
static struct thread *dying;

static void runs_no_more(void)
{
    assert_false(thread_is_running(dying));
}

static void a_deleted_thread_runs_no_more(void **state)
{
    struct actor server = person("server", ACTIVE, 40), waiter[3];
    cap_t ep = call_only("ep");

    (void)state;
    binds(&server, ep);
    for (unsigned i = 0; i < 3; i++) {
        waiter[i] = person("waiter", ACTIVE, 50);
        calls(&waiter[i], ep);
    }
    dying = server.thread;
    world.meanwhile = runs_no_more;
    host.pending = true;
    deletes(server.cap);
    host.pending = false;
    assert_true(world.restarts > 3);
}

int run_delete_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("DELETE-1: a space that holds itself can be revoked", space_in_itself),
        TEST("DELETE-2: spaces that hold each other can be revoked", spaces_in_each_other),
        TEST("DELETE-3: a space that holds the memory it is made of can be deleted",
             space_with_its_memory),
        TEST("DELETE-4: spaces nested in each other go with the outermost", nested_spaces),
        TEST("DELETE-5: a revoke preempted at every point ends, and nothing is left",
             revoke_at_every_point),
        TEST("DELETE-6: what is derived while a revoke runs is revoked, too",
             revoke_takes_what_comes),
        TEST("DELETE-7: a revoke whose thread is stopped can be repeated by another",
             stopped_revoke_can_be_repeated),
        TEST("DELETE-8: who deletes the space that it uses stops, with the reason",
             own_space_ends_the_caller),
        TEST("DELETE-9: who deletes its own thread is gone", own_thread_ends_the_caller),
        TEST("DELETE-10: who unmaps its own UTCB stops, with the reason",
             own_address_space_ends_the_caller),
        TEST("DELETE-11: a full space is emptied in bounded steps", full_space_goes_in_steps),
        TEST("DELETE-12: memory is used again only when what lay in it has ended",
             memory_waits_for_the_reaper),
        TEST("DELETE-13: who makes capabilities while a revoke runs helps it to its end",
             makers_help_the_revoke),
        TEST(
            "DELETE-14: a deletion that is preempted while it empties a space answers as any other",
            reaping_answers_like_deleting),
        TEST("DELETE-15: a revoke whose capability is deleted meanwhile is ESTALE, and has ended",
             revoke_of_what_goes_has_ended),
        TEST("DELETE-16: a revoke goes on when the space that it was asked of goes on the way",
             revoke_goes_on_without_its_space),
        TEST("DELETE-17: so does a deletion", delete_goes_on_without_its_space),
        TEST("DELETE-18: so it does where others do all of it",
             helped_revoke_goes_on_without_its_space),
        TEST("DELETE-19: a revoke that others have brought to its end is helped again if there is "
             "something new",
             helped_revoke_is_helped_again),
        TEST("DELETE-21: a thread that is deleted runs no more, however long its end takes",
             a_deleted_thread_runs_no_more),
        TEST("DELETE-20: a thread whose registers are written in the middle of a revoke does what "
             "they say",
             written_registers_end_a_revoke),
    };

    return cmocka_run_group_tests_name("delete", tests, NULL, NULL);
}
