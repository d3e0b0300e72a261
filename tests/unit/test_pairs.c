/* test_pairs.c - documented errors of kernel objects that no other test asks for: see
   tests/idl/pairs.sh. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>

#include "world.h"

int run_pairs_tests(void);

static void lease_has_its_errors_either_way(void **state)
{
    struct actor client = person("client", ACTIVE, 20), server = person("server", ACTIVE, 20);
    cap_t ep = call_only("service");
    uint64_t lent, own, open;

    (void)state;
    mapped_frame(&lent);
    mapped_frame(&own);
    receives(&server, ep);
    runs(&client);
    client.thread->utcb->leases[0] = (struct lease_item){lent, 100, CAP_RIGHTS_WRITE, 0};
    calls(&client, ep, .flags = 1ull << TAG_LEASES_SHIFT);
    open = token(&server);
    refuses(&server, open, REPLY_LABEL_LEASE_READ, WORDS(0, 0, 1, own, 0), NO_CAPS, EPERM,
            ARGUMENT_WORD(0));
    refuses(&server, open, REPLY_LABEL_LEASE_WRITE, WORDS(1, 0, 1, own, 0), NO_CAPS, ENOENT,
            ARGUMENT_WORD(0));
    assert_int_equal(
        asks(&server, open, REPLY_LABEL_LEASE_WRITE, WORDS(0, 0, 101, own, 0), NO_CAPS), ERANGE);
    replies(&server, .token = open);
    assert_int_equal(asks(&server, open, REPLY_LABEL_LEASE_WRITE, WORDS(0, 0, 1, own, 0), NO_CAPS),
                     ESTALE);
}

static void vector_is_of_a_stopped_thread(void **state)
{
    struct actor eve = person("eve", ACTIVE, 10);

    (void)state;
    refuses(&world.root, eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(0, 8), NO_CAPS, EBUSY,
            ARGUMENT_HANDLE);
    refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_VECTOR, WORDS(24, 8, 0), NO_CAPS, EBUSY,
            ARGUMENT_HANDLE);
    must_ask(eve.cap, THREAD_LABEL_SUSPEND, NO_WORDS, NO_CAPS);
    refuses(&world.root, eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(HOST_VECTOR_BYTES + 8, 8),
            NO_CAPS, ERANGE, ARGUMENT_WORD(0));
}

static void protecting_leaves_a_right(void **state)
{
    uint64_t address;
    cap_t frame = mapped_frame(&address);

    (void)state;
    refuses(&world.root, world.vspace, VSPACE_LABEL_PROTECT, WORDS(0), CAPS(frame), EPERM,
            ARGUMENT_CAP(0));
}

static void acknowledged_line_is_of_the_range(void **state)
{
    (void)state;
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(9, 2), NO_CAPS);
    refuses(&world.root, got(&world.root, 0), IRQ_LABEL_ACKNOWLEDGE, WORDS(2), NO_CAPS, ERANGE,
            ARGUMENT_WORD(0));
}

/* Fills a space with copies of a capability; the last of them. */
static cap_t filled_with(struct actor *actor, cap_t cap)
{
    const struct cspace *space = thread_cspace(actor->thread);
    cap_t last = CAP_NULL;

    while (space->used < 64)
        last = gives(actor, cap, CAP_RIGHTS_ALL);
    return last;
}

static void full_space_takes_nothing_new(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10), client = person("client", ACTIVE, 10);
    cap_t ep = call_only("service"), hers = gives(&eve, ep, CAP_RIGHTS_ALL), last;
    cap_t control = gives(&eve, world.irqcontrol, CAP_RIGHTS_ALL);

    (void)state;
    receives(&eve, hers);
    calls(&client, ep);
    last = filled_with(&eve, ep);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_MINT, WORDS(5, CAP_RIGHTS_ALL), CAPS(last)),
                     ENOSPC);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_REPLY_SAVE, WORDS(token(&eve)), NO_CAPS),
                     ENOSPC);
    assert_int_equal(asks(&eve, control, IRQCONTROL_LABEL_ISSUE, WORDS(12, 1), NO_CAPS), ENOSPC);
}

int run_pairs_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("PAIRS-1: a lease's limits are told for reading and for writing",
             lease_has_its_errors_either_way),
        TEST("PAIRS-2: the vector registers of a thread that runs are EBUSY, no such part ERANGE",
             vector_is_of_a_stopped_thread),
        TEST("PAIRS-3: protecting so that no right is left is EPERM", protecting_leaves_a_right),
        TEST("PAIRS-4: to acknowledge a line behind the range is ERANGE",
             acknowledged_line_is_of_the_range),
        TEST("PAIRS-5: mint, reply_save and issue answer ENOSPC in a full space",
             full_space_takes_nothing_new),
    };

    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
