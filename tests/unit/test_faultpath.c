/* test_faultpath.c - page faults and their answers on the path of their own, and what is left to
   the general way, which must come to the same. */

#include "sources.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

int run_faultpath_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */
#define BADGE    0xe4eull
#define ADDRESS  0xdead000ull
#define SERVED   5000 /* ns */

/* Who faults, and who handles it: at `from`, which is the endpoint or a WaitSet with it. */
struct pair {
    struct actor eve, pager;
    cap_t ep, from;
};

static void handles(struct pair *p)
{
    p->eve = person("eve", ACTIVE, PRIORITY);
    must_ask(p->eve.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS,
             CAPS(minted(p->ep, BADGE, CAP_RIGHTS_CALL)));
    receives(&p->pager, p->from);
    host.general_entries = 0;
}

static struct pair at_an_endpoint(enum living living)
{
    struct pair p = {.pager = person("pager", living, PRIORITY), .ep = call_only("ep")};

    p.from = p.ep;
    handles(&p);
    return p;
}

static struct pair in_a_set(void)
{
    struct server server = server_of(PASSIVE, PRIORITY);
    struct pair p = {.pager = server.actor, .ep = server.ep, .from = server.set};

    handles(&p);
    return p;
}

static void fill(struct context *context)
{
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        context->words[i] = 0x100 + i;
    context->tag = 0xa;
    context->notified = 0xb;
    context->rcx = 0xc;
    context->token = 0xd;
    context->handle = 0xe;
    context->status = 0xf;
    context->r11 = 0x10;
    context->flags = 0x246;
    context->sp = 0x7000;
}

static void assert_told(const struct pair *p)
{
    struct thread_registers registers;

    arch_registers_read(&p->eve.thread->context, &registers);
    assert_int_equal(label(&p->pager), FAULT_LABEL_PAGE);
    assert_int_equal(p->pager.thread->context.tag & TAG_ORIGIN_MASK, TAG_ORIGIN_FAULT);
    assert_int_equal(tag_words(p->pager.thread->context.tag), 27);
    assert_int_equal(badge(&p->pager), BADGE);
    assert_status(&p->pager, SUCCESS);
    assert_int_equal(bits(&p->pager), 0);
    assert_int_equal(word(&p->pager, 0), ADDRESS);
    assert_int_equal(word(&p->pager, 1), CAP_RIGHTS_READ);
    assert_int_equal(word(&p->pager, 2), WORLD_IP);
    assert_int_equal(word(&p->pager, 5), 14);
    assert_memory_equal(&p->pager.thread->utcb->words[7], &registers, sizeof(registers));
    assert_int_equal(registers.flags, 0x246);
    assert_int_equal(registers.rcx, 0xc);
    assert_int_equal(registers.r11, 0x10);
}

/* One fault after the other, by the short way there and back. */
static void go_straight(struct pair *p)
{
    for (unsigned round = 0; round < 3; round++) {
        struct context before;
        uint64_t was;

        runs(&p->eve);
        fill(&p->eve.thread->context);
        was = p->pager.thread->token;
        page_faults(&p->eve, ADDRESS);
        before = p->eve.thread->context;
        assert_ptr_equal(running(), p->pager.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&p->eve));
        assert_int_equal(token(&p->pager), was + TOKEN_STEP);
        assert_told(p);
        host.now += SERVED;
        replies_and_receives(&p->pager, p->from, .token = token(&p->pager), .words = WORDS(1, 2));
        assert_ptr_equal(running(), p->eve.thread);
        assert_memory_equal(&p->eve.thread->context, &before, sizeof(before));
        assert_false(p->eve.thread->faulting);
        assert_general(0);
    }
}

static void straight_to_the_handler(void **state)
{
    struct pair p = at_an_endpoint(PASSIVE);
    uint64_t used = consumed(&p.eve);

    (void)state;
    host.general_entries = 0;
    go_straight(&p);
    assert_int_equal(consumed(&p.eve) - used, 3ull * SERVED);
}

static void straight_into_a_set(void **state)
{
    struct pair p = in_a_set();

    (void)state;
    go_straight(&p);
    page_faults(&p.eve, ADDRESS);
    assert_int_equal(key(&p.pager), KEY_EP);
}

/* Nobody handles it, nobody waits, or somebody with time of his own; or the thread is stepped. */
static void others_go_the_general_way(void **state)
{
    struct actor lonely = person("lonely", ACTIVE, PRIORITY);
    struct pair busy = at_an_endpoint(PASSIVE), active = at_an_endpoint(ACTIVE);
    struct pair stepped = at_an_endpoint(PASSIVE);

    (void)state;
    host.general_entries = 0;
    page_faults(&lonely, ADDRESS);
    assert_general(1);
    assert_int_equal(lonely.thread->stop_reason, THREAD_STOP_NO_HANDLER);
    cancels(&busy.pager);
    host.general_entries = 0;
    page_faults(&busy.eve, ADDRESS);
    assert_general(1);
    assert_state(&busy.eve, THREAD_WAITS_CALL);
    page_faults(&active.eve, ADDRESS);
    assert_general(1);
    assert_int_equal(label(&active.pager), FAULT_LABEL_PAGE);
    runs(&stepped.eve);
    stepped.eve.thread->context.stepping = true;
    page_faults(&stepped.eve, ADDRESS);
    assert_general(1);
    assert_int_equal(label(&stepped.pager), FAULT_LABEL_PAGE);
    replies_and_receives(&stepped.pager, stepped.from, .token = token(&stepped.pager));
    assert_general(1);
    assert_awake(&stepped.eve);
}

/* What may come between a fault and its answer. */
enum between {
    NOTHING,
    SUSPENDED,
    SAVED,
    OTHER_TOKEN,
    OTHER_PLACE,
    ASKS_FOR_MORE,
    BETWEENS,
};

static void come_between(struct pair *p, enum between what)
{
    if (what == SUSPENDED)
        suspends(&p->eve);
    if (what == SAVED)
        assert_int_equal(asks(&p->pager, p->pager.self, CSPACE_LABEL_REPLY_SAVE,
                              WORDS(token(&p->pager)), NO_CAPS),
                         SUCCESS);
}

static void answers_by_the_general_way(void **state)
{
    (void)state;
    for (enum between what = NOTHING; what < BETWEENS; what++) {
        struct pair p = at_an_endpoint(PASSIVE);
        cap_t other = call_only("other");
        uint64_t given;

        page_faults(&p.eve, ADDRESS);
        given = token(&p.pager);
        come_between(&p, what);
        host.general_entries = 0;
        replies_and_receives(&p.pager, what == OTHER_PLACE ? other : p.from,
                             .token = what == SAVED         ? got(&p.pager, 0)
                                      : what == OTHER_TOKEN ? given - TOKEN_STEP
                                                            : given,
                             .accept = what == ASKS_FOR_MORE ? 4 : 0);
        assert_general(what != NOTHING);
        if (what == OTHER_TOKEN) {
            assert_status(&p.pager, ESTALE);
            replies_and_receives(&p.pager, p.from, .token = given);
        }
        assert_false(p.eve.thread->faulting);
        assert_state(&p.pager, THREAD_WAITS_RECEIVE);
        if (what == SUSPENDED)
            resumes(&p.eve);
        assert_awake(&p.eve);
    }
}

/* The handler's handler handles its fault, and all go on, on the time of the first. */
static void faults_while_a_fault_is_handled(void **state)
{
    struct pair p = at_an_endpoint(PASSIVE);
    struct actor above = person("above", PASSIVE, PRIORITY);
    cap_t ep = call_only("above");

    (void)state;
    must_ask(p.pager.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(ep));
    receives(&above, ep);
    page_faults(&p.eve, ADDRESS);
    page_faults(&p.pager, ADDRESS);
    assert_ptr_equal(running(), above.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.eve));
    replies_and_receives(&above, ep, .token = token(&above));
    assert_ptr_equal(running(), p.pager.thread);
    replies_and_receives(&p.pager, p.from, .token = p.pager.thread->token);
    assert_ptr_equal(running(), p.eve.thread);
}

/* A server that faults while it serves goes on serving, and its answer is as quick as ever. */
static void server_faults(void **state)
{
    struct pair p = at_an_endpoint(PASSIVE);
    struct actor server = person("server", PASSIVE, PRIORITY);
    cap_t ep = call_only("service");

    (void)state;
    must_ask(server.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(p.ep));
    receives(&server, ep);
    calls(&p.eve, ep, .words = WORDS(1));
    host.general_entries = 0;
    page_faults(&server, ADDRESS);
    replies_and_receives(&p.pager, p.from, .token = token(&p.pager));
    assert_ptr_equal(running(), server.thread);
    replies_and_receives(&server, ep, .token = server.thread->token, .words = WORDS(7));
    assert_ptr_equal(running(), p.eve.thread);
    assert_int_equal(word(&p.eve, 0), 7);
    assert_general(0);
}

int run_faultpath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("FAULTPATH-1: a page fault goes straight to a handler that waits, and the answer back "
             "with every register, all on the time of who faults",
             straight_to_the_handler),
        TEST("FAULTPATH-2: also to one that waits in a WaitSet, which learns the source",
             straight_into_a_set),
        TEST("FAULTPATH-3: without a handler that waits on others' time, or stepped, a fault goes "
             "the general way and comes to the same",
             others_go_the_general_way),
        TEST("FAULTPATH-4: an answer to who is suspended, by a Reply, with an old token, with "
             "another receive, or one for four capabilities goes the general way",
             answers_by_the_general_way),
        TEST("FAULTPATH-5: a handler that faults is handled by its own, on the same time",
             faults_while_a_fault_is_handled),
        TEST("FAULTPATH-6: a server that faults goes on serving, and answers on the fast path",
             server_faults),
    };

    return cmocka_run_group_tests_name("faultpath", tests, NULL, NULL);
}
