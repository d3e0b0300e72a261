/* test_buffer.c - buffers that go with a send: copied in steps, while anybody may go. */

#include <string.h>

#include <myelin/idl/fault_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>

#include "buffers.h"

int run_buffer_tests(void);

static void buffers_go_with_sends(void **state)
{
    static const uint64_t lengths[] = {0, 1, 3985, 3986, 4096, 4097, LENGTH};
    struct post p = post();

    (void)state;
    for (unsigned i = 0; i < 2 * sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint64_t length = lengths[i / 2];

        clear(&p.to);
        if (i % 2)
            receives_all(&p);
        send_buffer(&p.sender, p.ep, p.from.base + 100, length);
        if (i % 2 == 0)
            receives_all(&p);
        assert_came(&p, length);
    }
}

static void the_shorter_side_bounds(void **state)
{
    struct post p = post();

    (void)state;
    sends_all(&p);
    receive_buffer(&p.receiver, p.ep, p.to.base + 11, 5000);
    assert_came(&p, 5000);
    send_buffer(&p.sender, p.ep, p.from.base + 100, 4000);
    clear(&p.to);
    receives_all(&p);
    assert_came(&p, 4000);
}

static void one_side_alone_moves_nothing(void **state)
{
    struct post p = post();

    (void)state;
    sends_all(&p);
    receives(&p.receiver, p.ep);
    assert_status(&p.sender, SUCCESS);
    assert_int_equal(p.sender.thread->utcb->buffer_length, 0);
    assert_false(p.receiver.thread->context.tag & TAG_BUFFER);
    receives_all(&p);
    sends(&p.sender, p.ep);
    assert_int_equal(p.receiver.thread->utcb->buffer_length, 0);
    assert_false(p.receiver.thread->context.tag & TAG_BUFFER);
    receives_all(&p);
    calls(&p.sender, p.ep);
    assert_int_equal(p.receiver.thread->utcb->buffer_length, 0);
    assert_int_equal(token(&p.receiver) & CAP_TOKEN_INDEX, CAP_TOKEN_INDEX);
    replies(&p.receiver, .token = token(&p.receiver));
}

static void receives_in_steps(void **state)
{
    struct post p = post();

    (void)state;
    suspends(&p.pager); /* or it would be its turn */
    for (unsigned round = 0; round < 3; round++) {
        sends_all(&p);
        if (round)
            knows_its_space(&p.receiver); /* then it comes by the door for buffers */
        host.pending = true;
        receives_all(&p);
        host.pending = false;
        assert_in_range(world.restarts, PAGES - 1, 2 * PAGES); /* each page once */
        assert_came(&p, LENGTH);
        assert_true(!round || !host.general_entries);
        clear(&p.to);
    }
}

static void the_receiver_goes_on(void **state)
{
    struct post p = post();

    (void)state;
    receives_all(&p);
    host.pending = true;
    sends_all(&p);
    assert_int_equal(world.restarts, 0);
    assert_state(&p.sender, THREAD_WAITS_SEND);
    assert_awake(&p.receiver); /* it makes its receive anew */
    again(&p.receiver);
    host.pending = false;
    assert_in_range(world.restarts, PAGES - 2, 2 * PAGES);
    assert_came(&p, LENGTH);
}

static void now_is_not_handed_over(void **state)
{
    struct post p = post();

    (void)state;
    receives_all(&p);
    host.pending = true;
    p.sender.thread->utcb->buffer_base = p.from.base + 100;
    p.sender.thread->utcb->buffer_length = LENGTH;
    sends(&p.sender, p.ep, .flags = TAG_BUFFER | TAG_DEADLINE, .deadline = DEADLINE_NOW);
    host.pending = false;
    assert_failure(&p.sender, EAGAIN, ARGUMENT_HANDLE, 0, PAGE_BYTES - 100);
    assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
    sends_all(&p);
    assert_came(&p, LENGTH);
}

/* ---- pages that are missing ---- */

#define DONE (2 * PAGE_BYTES - 11) /* to the receiver's third page */

static void the_receivers_page_is_missing(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct post p = post();

        must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(p.to.frames[2]));
        if (first)
            receives_all(&p);
        sends_all(&p);
        if (!first)
            receives_all(&p);
        assert_awake(&p.sender);
        assert_failure(&p.sender, EFAULT, ARGUMENT_PARTNER, 0, DONE);
        assert_awake(&p.receiver);
        assert_failure(&p.receiver, EFAULT, ARGUMENT_BUFFER, 0, DONE);
        deletes(p.sender.cap);
        deletes(p.receiver.cap);
    }
}

/* The receiver waits at a WaitSet: it learns from which source the error is. */
static void the_missing_page_has_a_key(void **state)
{
    struct post p = post();
    cap_t set = make(OBJECT_WAITSET, 1, "set");

    (void)state;
    must_ask(set, WAITSET_LABEL_ADD, WORDS(77), CAPS(p.ep));
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(p.to.frames[2]));
    p.receiver.thread->utcb->source_key = 0;
    receive_buffer(&p.receiver, set, p.to.base + 11, LENGTH);
    assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
    sends_all(&p);
    assert_failure(&p.sender, EFAULT, ARGUMENT_PARTNER, 0, DONE);
    assert_failure(&p.receiver, EFAULT, ARGUMENT_BUFFER, 0, DONE);
    assert_int_equal(p.receiver.thread->utcb->source_key, 77);
}

/* The pager is told what the sender lacks, gives it, and answers. */
static void assert_pager_helps(struct post *p, unsigned page)
{
    uint64_t missing = p->from.base + page * PAGE_BYTES;

    receives(&p->pager, p->faults);
    assert_int_equal(label(&p->pager), FAULT_LABEL_PAGE);
    assert_int_equal(word(&p->pager, 0), missing);
    assert_int_equal(word(&p->pager, 1), CAP_RIGHTS_READ);
    assert_int_equal(word(&p->pager, 2), WORLD_IP - SYSCALL_INSTRUCTION_BYTES);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(missing, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
             CAPS(p->from.frames[page]));
    replies(&p->pager, .token = token(&p->pager));
    assert_awake(&p->sender);
}

static void the_senders_page_is_missing(void **state)
{
    struct post p = post();

    (void)state;
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(p.from.frames[3]));
    receives_all(&p);
    sends_all(&p);
    assert_state(&p.sender, THREAD_WAITS_CALL); /* for its pager */
    assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
    assert_pager_helps(&p, 3);
    again(&p.sender);
    assert_came(&p, LENGTH);
}

static void a_waiting_senders_page_is_missing(void **state)
{
    struct post p = post();
    struct actor other = person("other", ACTIVE, 10);

    (void)state;
    sends_all(&p);
    sends(&other, p.ep, .words = WORDS(7));
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(p.from.frames[3]));
    receives_all(&p); /* goes on to the next sender */
    assert_awake(&p.receiver);
    assert_int_equal(word(&p.receiver, 0), 7);
    assert_state(&p.sender, THREAD_WAITS_CALL);
    assert_int_equal(p.sender.thread->node.priority, PRIORITY);
    receives_all(&p);
    assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
    assert_pager_helps(&p, 3);
    again(&p.sender);
    assert_came(&p, LENGTH);
}

/* Its pager, which has no time of its own. */
static void its_own_time_runs_its_pager(void **state)
{
    struct post p = post();
    struct actor pager = person("passive", PASSIVE, 5);
    cap_t faults = call_only("its faults");

    (void)state;
    receives(&pager, faults);
    must_ask(p.sender.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    sends_all(&p);
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(p.from.frames[3]));
    receives_all(&p);
    assert_state(&p.sender, THREAD_WAITS_REPLY);
    runs(&pager);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.sender));
}

static void without_a_pager_it_stops(void **state)
{
    struct post p = post();

    (void)state;
    must_ask(p.sender.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, NO_CAPS);
    sends_all(&p);
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(p.from.frames[1]));
    receives_all(&p);
    assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
    assert_state(&p.sender, THREAD_STOPPED);
}

/* ---- what happens midway ---- */

static struct post *now;
static unsigned what, when;

/* At the when-th preemption. */
static void something_happens(void)
{
    if (when-- != 1)
        return;
    host.pending = false;
    switch (what) {
    case 0:
        deletes(now->sender.cap);
        break;
    case 1:
        cancels(&now->sender);
        break;
    case 2:
        time_passes(5 * MS);
        break;
    case 3:
        deletes(now->ep);
        break;
    case 4:
        revokes(now->from.frames[4]);
        deletes(now->from.frames[4]);
        break;
    case 5:
        deletes(now->to.frames[4]);
        break;
    case 6:
        deletes(now->receiver.cap);
        break;
    case 7:
        suspends(&now->sender);
        break;
    case 9:
        suspends(&now->receiver);
        break;
    default:
        cancels(&now->receiver);
    }
    host.pending = true;
}

static void begin_to_receive(struct post *p)
{
    p->sender.thread->utcb->buffer_base = p->from.base + 100;
    p->sender.thread->utcb->buffer_length = LENGTH;
    sends(&p->sender, p->ep, .flags = TAG_BUFFER | TAG_DEADLINE, .deadline = host.now + 5 * MS,
          .words = WORDS(42));
    now = p;
    world.meanwhile = something_happens;
    host.pending = true;
    receives_all(p);
    host.pending = false;
    world.meanwhile = NULL;
}

/* Of a sender that does not come through: so it ended, with a part copied. */
static void assert_cut(const struct actor *sender, error_t error, uint64_t argument)
{
    assert_awake(sender);
    assert_status(sender, error);
    assert_int_equal(word(sender, 0), argument);
    assert_in_range(word(sender, 2), 1, LENGTH - 1);
}

static void anything_can_go_midway(void **state)
{
    (void)state;
    for (what = 0; what < 9; what++) {
        struct post p = post();

        when = 2;
        begin_to_receive(&p);
        if (what == 1)
            assert_cut(&p.sender, ECANCELED, ARGUMENT_PARTNER);
        if (what == 2)
            assert_cut(&p.sender, ETIMEDOUT, ARGUMENT_DEADLINE);
        if (what == 3)
            assert_cut(&p.sender, EPIPE, ARGUMENT_HANDLE);
        if (what <= 2 || what == 4 || what == 7)
            assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
        if (what == 3)
            assert_status(&p.receiver, ESTALE);
        if (what == 4)
            assert_state(&p.sender, THREAD_WAITS_CALL); /* its fault */
        if (what == 5)
            assert_cut(&p.sender, EFAULT, ARGUMENT_PARTNER);
        if (what == 5)
            assert_failure(&p.receiver, EFAULT, ARGUMENT_BUFFER, 0, word(&p.sender, 2));
        if (what == 6 || what == 8)
            assert_state(&p.sender, THREAD_WAITS_SEND);
        if (what == 8)
            assert_status(&p.receiver, ECANCELED);
        if (what)
            deletes(p.sender.cap);
        if (what != 6)
            deletes(p.receiver.cap);
        deletes(p.pager.cap);
    }
}

/* A receive that was ended midway does not count for the next, though it is of the same buffer. */
static void cancelled_receives_are_forgotten(void **state)
{
    struct post p = post();

    (void)state;
    what = 8;
    when = 3;
    begin_to_receive(&p);
    clear(&p.to);
    receives_all(&p);
    assert_came(&p, LENGTH);
}

/* So it is with one whose registers were written meanwhile, to the same receive. */
static void written_receives_begin_anew(void **state)
{
    struct post p = post();
    struct words registers = {.count = 20};

    (void)state;
    what = 9;
    when = 3;
    begin_to_receive(&p);
    must_ask(p.receiver.cap, THREAD_LABEL_READ_REGISTERS, NO_WORDS, NO_CAPS);
    for (unsigned i = 0; i < registers.count; i++)
        registers.word[i] = word(&world.root, i);
    must_ask(p.receiver.cap, THREAD_LABEL_WRITE_REGISTERS, registers, NO_CAPS);
    clear(&p.to);
    resumes(&p.receiver);
    receives_all(&p);
    assert_came(&p, LENGTH);
}

static void suspended_senders_begin_anew(void **state)
{
    struct post p = post();

    (void)state;
    what = 7;
    when = 2;
    begin_to_receive(&p);
    clear(&p.to);
    resumes(&p.sender);
    again(&p.sender);
    assert_came(&p, LENGTH);
}

static struct actor urgent;

static void an_urgent_one_sends(void)
{
    world.meanwhile = NULL;
    sends(&urgent, now->ep, .words = WORDS(7));
}

static void urgent_senders_overtake(void **state)
{
    struct post p = post();

    (void)state;
    urgent = person("urgent", ACTIVE, PRIORITY + 10);
    sends_all(&p);
    now = &p;
    world.meanwhile = an_urgent_one_sends;
    host.pending = true;
    receives_all(&p);
    assert_int_equal(word(&p.receiver, 0), 7);
    assert_int_equal(p.receiver.thread->utcb->buffer_length, 0);
    assert_state(&p.sender, THREAD_WAITS_SEND);
    clear(&p.to); /* it is the program's again */
    p.receiver.thread->context.tag = 0;
    receives_all(&p);
    host.pending = false;
    assert_came(&p, LENGTH);
}

static void other_buffers_begin_anew(void **state)
{
    struct post p = post();

    (void)state;
    receives_all(&p);
    host.pending = true;
    sends_all(&p);
    host.pending = false;
    assert_awake(&p.receiver);
    clear(&p.to);
    p.receiver.thread->utcb->buffer_length =
        LENGTH - 1; /* another thread of its process did that */
    again(&p.receiver);
    assert_came(&p, LENGTH - 1);
}

static struct post *pool;
static struct actor second;
static struct region second_to;

/* Another receiver of the pool begins to take the same message, and is preempted, too. */
static void the_second_receives(void)
{
    world.meanwhile = NULL;
    host.pending = false;
    receive_buffer(&second, pool->ep, second_to.base, LENGTH);
    host.pending = true;
}

static void one_of_a_pool_gets_it(void **state)
{
    struct post p = post();

    (void)state;
    second = person("second", ACTIVE, PRIORITY);
    second_to = region();
    pool = &p;
    sends_all(&p);
    world.meanwhile = the_second_receives;
    host.pending = true;
    receives_all(&p);
    host.pending = false;
    assert_state(&p.receiver, THREAD_WAITS_RECEIVE);
    assert_status(&second, SUCCESS);
    assert_int_equal(second.thread->utcb->buffer_length, LENGTH);
    assert_int_equal(*byte_at(second_to.base + LENGTH - 1), pattern(100 + LENGTH - 1, 1));
    assert_status(&p.sender, SUCCESS);
}

static void bad_buffers_are_refused(void **state)
{
    struct post p = post();

    (void)state;
    send_buffer(&p.sender, p.ep, USER_ADDRESS_END, 1);
    assert_failure(&p.sender, EINVAL, ARGUMENT_BUFFER, USER_ADDRESS_END, USER_ADDRESS_END);
    send_buffer(&p.sender, p.ep, 0x1000, UINT64_MAX);
    assert_failure(&p.sender, EINVAL, ARGUMENT_BUFFER, USER_ADDRESS_END, 0x1000);
    receive_buffer(&p.receiver, p.ep, UINT64_MAX, 1);
    assert_failure(&p.receiver, EINVAL, ARGUMENT_BUFFER, USER_ADDRESS_END, UINT64_MAX);
    calls(&p.sender, p.ep, .flags = TAG_BUFFER);
    assert_failure(&p.sender, EINVAL, ARGUMENT_TAG, 0, TAG_BUFFER);
    replies(&p.sender, .flags = TAG_BUFFER);
    assert_failure(&p.sender, EINVAL, ARGUMENT_TAG, 0, TAG_BUFFER);
    enters(&p.sender, OP_NOTIFY, p.ep, (struct request){.flags = TAG_BUFFER});
    assert_failure(&p.sender, EINVAL, ARGUMENT_TAG, 0, TAG_BUFFER);
}

int run_buffer_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("BUFFER-1: a buffer goes with a send, whoever comes first, whole and not more",
             buffers_go_with_sends),
        TEST("BUFFER-2: the shorter side bounds it, both are told", the_shorter_side_bounds),
        TEST("BUFFER-3: where only one side has a buffer nothing is copied, and it is told 0",
             one_side_alone_moves_nothing),
        TEST("BUFFER-4: a receive that copies makes way, and copies each page once",
             receives_in_steps),
        TEST("BUFFER-5: a send that makes way leaves the rest to the receiver",
             the_receiver_goes_on),
        TEST("BUFFER-6: but not with a deadline of now: EAGAIN, with the bytes done",
             now_is_not_handed_over),
        TEST("BUFFER-7: a page of the receiver's is missing: EFAULT to both, with the bytes done",
             the_receivers_page_is_missing),
        TEST("BUFFER-8: a page of the sender's is missing: it faults, and sends again",
             the_senders_page_is_missing),
        TEST("BUFFER-9: also if it waited; then the receiver goes on to the next meanwhile",
             a_waiting_senders_page_is_missing),
        TEST("BUFFER-20: and its own time runs its pager", its_own_time_runs_its_pager),
        TEST("BUFFER-10: and without a pager it stops", without_a_pager_it_stops),
        TEST("BUFFER-11: midway either side, the endpoint, the memory or the deadline can go",
             anything_can_go_midway),
        TEST("BUFFER-12: what a cancelled receive had copied does not count for the next",
             cancelled_receives_are_forgotten),
        TEST("BUFFER-19: nor does what one had copied whose registers were written then",
             written_receives_begin_anew),
        TEST("BUFFER-13: a send that was taken back is a new one", suspended_senders_begin_anew),
        TEST("BUFFER-14: a more urgent sender overtakes midway, and nothing is lost",
             urgent_senders_overtake),
        TEST("BUFFER-15: a buffer that is another one midway is filled from its beginning",
             other_buffers_begin_anew),
        TEST("BUFFER-16: two receivers of a pool copy one message: one of them gets it",
             one_of_a_pool_gets_it),
        TEST("BUFFER-17: a buffer with anything but a send, or not the user's, is EINVAL",
             bad_buffers_are_refused),
        TEST("BUFFER-18: who receives at a WaitSet learns from which source an EFAULT is",
             the_missing_page_has_a_key),
    };

    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
