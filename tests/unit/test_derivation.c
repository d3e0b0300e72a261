/*
 * test_derivation.c - the derivation tree (kernel/cap/derivation.c) against a simple model, and
 * what it means to users: derive, mint, move, revoke (kernel/cap/copy.c, cspace_methods.c).
 */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

int run_derivation_tests(void);

/* ---- the tree alone ---- */

#define SLOTS  24
#define NOBODY SLOTS

static struct slot slots[SLOTS];

/* The model: each slot's parent, and the children of each (and of NOBODY) in order. */
static struct {
    unsigned parent[SLOTS];
    unsigned count[SLOTS + 1];
    unsigned child[SLOTS + 1][SLOTS];
} model;

static int plant(void **state)
{
    (void)state;
    memset(slots, 0, sizeof(slots));
    memset(&model, 0, sizeof(model));
    srand(3);
    return 0;
}

static unsigned place_in_model(unsigned n)
{
    unsigned parent = model.parent[n], at = 0;

    while (model.child[parent][at] != n)
        at++;
    return at;
}

/* Replaces `old` children of `parent` from `at` on by those in `new`. */
static void splice(unsigned parent, unsigned at, unsigned old, const unsigned *new, unsigned count)
{
    unsigned *children = model.child[parent];

    memmove(&children[at + count], &children[at + old],
            (model.count[parent] - at - old) * sizeof(children[0]));
    memcpy(&children[at], new, count * sizeof(children[0]));
    model.count[parent] += count - old;
    for (unsigned i = 0; i < count; i++)
        model.parent[new[i]] = parent;
}

static void insert(unsigned n, unsigned parent, bool last)
{
    struct slot *above = parent == NOBODY ? NULL : &slots[parent];

    slots[n].type = OBJECT_ENDPOINT;
    if (parent == NOBODY || !last)
        tree_insert(&slots[n], above);
    else
        tree_insert_last(&slots[n], above);
    splice(parent, last ? model.count[parent] : 0, 0, &n, 1);
}

static void take_out(unsigned n)
{
    unsigned children[SLOTS], count = model.count[n];

    tree_remove(&slots[n]);
    slots[n].type = OBJECT_NONE;
    memcpy(children, model.child[n], sizeof(children));
    model.count[n] = 0;
    splice(model.parent[n], place_in_model(n), 1, children, count);
}

static void move(unsigned to, unsigned from)
{
    unsigned parent = model.parent[from];

    tree_move(&slots[to], &slots[from]);
    slots[to].type = slots[from].type;
    slots[from].type = OBJECT_NONE;
    splice(parent, place_in_model(from), 1, &to, 1);
    splice(to, 0, 0, model.child[from], model.count[from]);
    model.count[from] = 0;
}

static struct slot *linked(uintptr_t link)
{
    return (struct slot *)(link & ~1ull);
}

static void assert_like_model(unsigned parent)
{
    uintptr_t link = (uintptr_t)slots[parent].first_child, back = (uintptr_t)&slots[parent] | 1;

    for (unsigned i = 0; i < model.count[parent]; i++) {
        assert_ptr_equal(linked(link), &slots[model.child[parent][i]]);
        assert_true(linked(link)->prev == back);
        back = (uintptr_t)linked(link);
        link = linked(link)->next;
    }
    if (model.count[parent])
        assert_true(link == ((uintptr_t)&slots[parent] | 1));
    assert_ptr_equal(slots[parent].last_child, model.count[parent] ? linked(back) : NULL);
}

/* A random slot that is used, or not; NOBODY where there is none. */
static unsigned some(bool used)
{
    unsigned first = (unsigned)rand() % SLOTS;

    for (unsigned i = 0; i < SLOTS; i++)
        if (slot_used(&slots[(first + i) % SLOTS]) == used)
            return (first + i) % SLOTS;
    return NOBODY;
}

static void any_sequence_is_like_model(void **state)
{
    (void)state;
    for (unsigned step = 0; step < 50000; step++) {
        unsigned used = some(true), free = some(false);

        if (free == NOBODY || (used != NOBODY && rand() % 3 == 0))
            take_out(used);
        else if (used != NOBODY && rand() % 3 == 0)
            move(free, used);
        else /* roots are no siblings of each other: they are not asked for in order */
            insert(free, rand() % 8 ? used : NOBODY, rand() % 2);
        for (unsigned i = 0; i < SLOTS; i++)
            if (slot_used(&slots[i]))
                assert_like_model(i);
    }
}

/* ---- by system calls ---- */

static cap_t derived_range(cap_t cap, uint64_t offset, uint64_t length)
{
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, offset, length),
             CAPS(cap));
    return got(&world.root, 0);
}

static void range_is_refused(cap_t cap, uint64_t offset, uint64_t length, error_t error)
{
    refuses(&world.root, world.root.self, CSPACE_LABEL_DERIVE,
            WORDS(CAP_RIGHTS_ALL, offset, length), CAPS(cap), error, ARGUMENT_CAP(0));
}

static void rights_only_shrink(void **state)
{
    cap_t ep = endpoint("ep"), less = derived(ep, CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    cap_t more = derived(less, CAP_RIGHTS_ALL), none = derived(less, 0);

    (void)state;
    assert_int_equal(slot_of(ep)->rights, CAP_RIGHTS_ALL);
    assert_int_equal(slot_of(less)->rights, CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    assert_int_equal(slot_of(more)->rights, CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    assert_int_equal(slot_of(none)->rights, 0);
}

static void revoke_takes_descendants(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), a = derived(ep, CAP_RIGHTS_ALL), b = derived(a, CAP_RIGHTS_ALL);
    cap_t hers = gives(&eve, b, CAP_RIGHTS_ALL), other = derived(ep, CAP_RIGHTS_ALL);

    (void)state;
    revokes(a);
    assert_false(is_gone(&world.root, a));
    assert_true(is_gone(&world.root, b));
    assert_true(is_gone(&eve, hers));
    assert_false(is_gone(&world.root, other));
    assert_false(is_gone(&world.root, ep));
    revokes(a);
}

static void middle_gives_children_up(void **state)
{
    cap_t ep = endpoint("ep"), middle = derived(ep, CAP_RIGHTS_ALL);
    cap_t leaf = derived(middle, CAP_RIGHTS_CALL), sibling = derived(ep, CAP_RIGHTS_ALL);

    (void)state;
    deletes(middle);
    assert_false(is_gone(&world.root, leaf));
    revokes(sibling);
    assert_false(is_gone(&world.root, leaf));
    revokes(ep);
    assert_true(is_gone(&world.root, leaf));
    assert_true(is_gone(&world.root, sibling));
}

static void move_keeps_the_place(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), middle = derived(ep, CAP_RIGHTS_ALL);
    cap_t leaf = derived(middle, CAP_RIGHTS_CALL), hers;

    (void)state;
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(middle, CAP_MOVE));
    hers = word(&world.root, 0);
    assert_true(is_gone(&world.root, middle));
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_REVOKE, NO_WORDS, CAPS(hers)), SUCCESS);
    assert_true(is_gone(&world.root, leaf));
    revokes(ep);
    assert_true(is_gone(&eve, hers));
}

static void ownership_moves(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), copy = derived(ep, CAP_RIGHTS_ALL), hers;

    (void)state;
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(ep, CAP_MOVE));
    hers = word(&world.root, 0);
    assert_int_equal(slot_in(&eve, hers)->owner, 1);
    assert_int_equal(slot_of(copy)->owner, 0);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(hers)), SUCCESS);
    assert_true(is_gone(&world.root, copy));
}

static void owner_takes_all_along(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), copy = derived(ep, CAP_RIGHTS_ALL);
    cap_t hers = gives(&eve, copy, CAP_RIGHTS_CALL);

    (void)state;
    deletes(ep);
    assert_true(is_gone(&world.root, copy));
    assert_true(is_gone(&eve, hers));
    calls(&eve, hers);
    assert_status(&eve, ESTALE);
}

static void frame_ranges(void **state)
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "");
    cap_t page = derived_range(large, 3 * PAGE_BYTES, PAGE_BYTES);
    cap_t whole = derived_range(large, 0, LARGE_PAGE_BYTES);

    (void)state;
    assert_true(slot_of(page)->object == slot_of(large)->object + 3 * PAGE_BYTES);
    assert_int_equal(slot_of(page)->size_bits, PAGE_SIZE_BITS);
    assert_int_equal(slot_of(whole)->size_bits, LARGE_PAGE_SIZE_BITS);
    range_is_refused(large, LARGE_PAGE_BYTES, PAGE_BYTES, ERANGE);
    range_is_refused(large, 100, PAGE_BYTES, EINVAL);
    range_is_refused(large, 0, 2 * PAGE_BYTES, EINVAL);
    range_is_refused(page, PAGE_BYTES, PAGE_BYTES, ERANGE);
    range_is_refused(page, 0, LARGE_PAGE_BYTES, EINVAL);
    range_is_refused(large, -PAGE_BYTES, PAGE_BYTES, ERANGE);
}

static void line_and_port_ranges(void **state)
{
    cap_t lines, some_lines, ports = derived_range(world.ioport, 0x3f8, 8), few;

    (void)state;
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(4, 8), NO_CAPS);
    lines = got(&world.root, 0);
    some_lines = derived_range(lines, 2, 3);
    assert_int_equal(slot_of(some_lines)->object, 6);
    assert_int_equal(slot_of(some_lines)->data, 3);
    range_is_refused(lines, 6, 3, ERANGE);
    range_is_refused(lines, 8, 1, ERANGE);
    few = derived_range(ports, 4, 4);
    assert_int_equal(slot_of(few)->object, 0x3fc);
    range_is_refused(ports, 5, 4, ERANGE);
    range_is_refused(few, UINT64_MAX, 2, ERANGE);
    range_is_refused(endpoint("ep"), 0, 1, EINVAL);
}

static void cpu_narrows(void **state)
{
    cap_t less = derived_range(world.cpu, 20, 300), time = make(OBJECT_SCHEDCONTEXT, 0, "t");

    (void)state;
    assert_int_equal(slot_of(less)->data, 20);
    assert_int_equal(slot_of(less)->extra, 300);
    range_is_refused(less, 21, 300, ERANGE);
    range_is_refused(less, 20, 301, ERANGE);
    must_ask(time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(20, 3 * MS, 10 * MS), CAPS(less));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(21, 3 * MS, 10 * MS), CAPS(less),
            EPERM, ARGUMENT_WORD(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(20, 4 * MS, 10 * MS), CAPS(less),
            EPERM, ARGUMENT_WORD(1));
}

static void mint_is_for_owners(void **state)
{
    cap_t ep = endpoint("ep"), bits_cap = notification("n");
    cap_t client = derived(ep, CAP_RIGHTS_ALL & ~CAP_RIGHTS_RECV);
    cap_t badged = minted(ep, 7, CAP_RIGHTS_ALL), self = world.root.self;

    (void)state;
    assert_int_equal(slot_of(badged)->data, 7);
    assert_int_equal(slot_of(minted(bits_cap, 8, CAP_RIGHTS_SEND))->data, 8);
    refuses(&world.root, self, CSPACE_LABEL_MINT, WORDS(0, CAP_RIGHTS_ALL), CAPS(ep), EINVAL,
            ARGUMENT_WORD(0));
    refuses(&world.root, self, CSPACE_LABEL_MINT, WORDS(9, CAP_RIGHTS_ALL), CAPS(badged), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, self, CSPACE_LABEL_MINT, WORDS(9, CAP_RIGHTS_ALL), CAPS(client), EPERM,
            ARGUMENT_CAP(0));
    refuses(&world.root, self, CSPACE_LABEL_MINT, WORDS(9, CAP_RIGHTS_ALL), CAPS(world.vspace),
            EINVAL, ARGUMENT_CAP(0));
    assert_int_equal(slot_of(derived(badged, CAP_RIGHTS_CALL))->data, 7);
}

static void send_is_not_minted(void **state)
{
    cap_t ep = call_only("ep");

    (void)state;
    assert_int_equal(slot_of(ep)->rights & CAP_RIGHTS_SEND, 0);
    assert_int_equal(slot_of(minted(ep, 1, CAP_RIGHTS_ALL))->rights & CAP_RIGHTS_SEND, 0);
    sends(&world.root, ep);
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_SEND, slot_of(ep)->rights);
}

static void untyped_has_one_capability(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 16, "");
    struct actor eve = stranger("eve", ACTIVE, 10);

    (void)state;
    refuses(&world.root, world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, 0, 0),
            CAPS(memory), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(memory), EINVAL,
            ARGUMENT_CAP(0));
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(memory, CAP_MOVE));
    assert_true(is_gone(&world.root, memory));
}

#define TREE_TEST(sentence, function) {sentence, function, plant, NULL, NULL}

int run_derivation_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TREE_TEST("CAP-1: any sequence of tree operations gives the tree of a simple model",
                  any_sequence_is_like_model),
        TEST("CAP-2: a derived capability has no right that its source lacks", rights_only_shrink),
        TEST("CAP-3: revoke deletes all descendants, everywhere, and nothing else",
             revoke_takes_descendants),
        TEST("CAP-4: deleting a middle capability gives its children to its parent",
             middle_gives_children_up),
        TEST("CAP-5: a moved capability keeps its parent and its children", move_keeps_the_place),
        TEST("CAP-6: moving the owner capability moves ownership", ownership_moves),
        TEST("CAP-7: deleting the owner capability deletes all others", owner_takes_all_along),
        TEST("CAP-8: a Frame is derived whole or by the page, inside of it only", frame_ranges),
        TEST("CAP-9: Irq and IoPort ranges are derived inside of themselves only",
             line_and_port_ranges),
        TEST("CAP-10: a Cpu is derived with less priority and share only", cpu_narrows),
        TEST("CAP-11: only who receives mints, once, and derive keeps the badge",
             mint_is_for_owners),
        TEST("CAP-12: on a call-only endpoint nobody can send", send_is_not_minted),
        TEST("CAP-13: an Untyped cannot be copied, only moved", untyped_has_one_capability),
    };

    return cmocka_run_group_tests_name("derivation", tests, NULL, NULL);
}
