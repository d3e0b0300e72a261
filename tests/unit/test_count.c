/* test_count.c - which way calls and answers are counted, beside which way they really go. */

#include "sources.h"
#include <myelin/idl/cpu_types.h>

int run_count_tests(void);

#define PRIORITY 60

struct shop {
    struct actor client, server;
    cap_t ep;
};

static struct shop shop(enum living living)
{
    static struct vspace elsewhere;
    struct shop s = {.ep = call_only("shop")};

    s.client = person("client", ACTIVE, PRIORITY);
    s.server = person("server", living, PRIORITY);
    binds(&s.server, s.ep);
    receives(&s.server, s.ep);
    calls(&s.client, CAP_NULL); /* from now on its space is known */
    world.unchecked = true;     /* it has that one only for who compares spaces: */
    s.client.thread->vspace_slot.object = (uint64_t)&elsewhere;
    must_ask(world.cpu, CPU_LABEL_COUNT, WORDS(1), NO_CAPS);
    return s;
}

/* Since the last look: once that way, and no other; CPU_WAYS: none at all. */
static void assert_way(enum cpu_way way)
{
    struct cpu_ways ways;

    count_take(&ways);
    for (unsigned i = 0; i < CPU_WAYS; i++)
        assert_int_equal(ways.count[i], i == (unsigned)way);
}

/* The call, and whether it took the fast path: then none of these three is counted. */
static bool call_is_fast(struct shop *s, cap_t handle, struct request request)
{
    uint64_t before[FAST_MISSES];

    memcpy(before, fast_misses, sizeof(before));
    enters(&s->client, OP_CALL, handle, request);
    return s->server.thread->caller == s->client.thread &&
           s->server.thread->fast_caller == s->client.thread &&
           memcmp(before, fast_misses, sizeof(before)) == 0;
}

static void answers(struct shop *s, enum cpu_way way)
{
    replies_and_receives(&s->server, s->ep, .token = token(&s->server));
    assert_way(way);
    assert_status(&s->client, SUCCESS);
}

static void fast_is_fast(void **state)
{
    struct shop s = shop(PASSIVE);
    static const unsigned counts[] = {0, 7, 8, 128};

    (void)state;
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        assert_true(call_is_fast(&s, s.ep, (struct request){.words.count = counts[i]}));
        assert_way(CPU_CALL_FAST);
        answers(&s, CPU_ANSWER_FAST);
    }
}

static void form_decides(void **state)
{
    struct shop s = shop(PASSIVE);
    cap_t other = call_only("other");

    (void)state;
    count_take(&(struct cpu_ways){0}); /* root's calls */
    calls(&s.client, s.ep, .flags = TAG_DEADLINE, .deadline = DEADLINE_FOREVER);
    assert_way(CPU_CALL_FORM);
    answers(&s, CPU_ANSWER_FAST);
    calls(&s.client, s.ep, .flags = TAG_DEADLINE, .deadline = host.now + MS);
    assert_way(CPU_CALL_CARRIES);
    answers(&s, CPU_ANSWER_FAST);
    calls(&s.client, s.ep, .accept = 1);
    assert_way(CPU_CALL_ASKS);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server), .caps = CAPS(s.ep));
    assert_way(CPU_ANSWER_CARRIES);
    calls(&s.client, s.ep);
    assert_way(CPU_CALL_FAST);
    replies(&s.server, .token = token(&s.server));
    assert_way(CPU_ANSWER_APART);
    receives(&s.server, s.ep);
    calls(&s.client, s.ep);
    assert_way(CPU_CALL_FAST);
    replies_and_receives(&s.server, other, .token = token(&s.server));
    assert_way(CPU_ANSWER_RECEIVE);
}

static void object_decides(void **state)
{
    struct shop s = shop(PASSIVE);
    cap_t sender = derived(s.ep, CAP_RIGHTS_GRANT);

    (void)state;
    count_take(&(struct cpu_ways){0}); /* root's calls */
    calls(&s.client, s.ep + GENERATION_FIRST);
    assert_way(CPU_CALL_OBJECT);
    calls(&s.client, sender);
    assert_way(CPU_CALL_OBJECT);
    calls(&s.client, world.cpu, .label = CPU_LABEL_INSPECT);
    assert_way(CPU_CALL_OBJECT);
    s.client.thread->slots_mask = 1; /* as if its space had grown */
    assert_false(call_is_fast(&s, s.ep, (struct request){0}));
    assert_way(CPU_CALL_HANDLE);
    answers(&s, CPU_ANSWER_FAST);
    s.client.thread->vspace_slot.object = s.server.thread->vspace_slot.object;
    calls(&s.client, s.ep);
    assert_way(CPU_CALL_WITHIN);
    answers(&s, CPU_ANSWER_FAST);
    enters_raw(&s.client, 39); /* another system's call */
    assert_way(CPU_WAYS);
}

static void server_decides(void **state)
{
    struct shop s = shop(PASSIVE), active = shop(ACTIVE), set = shop(PASSIVE), two = shop(PASSIVE);
    struct actor first = person("first", ACTIVE, PRIORITY);
    cap_t member = call_only("member");

    (void)state;
    binds(&two.server, call_only("second"));
    adds(waitset(1), 1, member);
    count_take(&(struct cpu_ways){0}); /* root's calls */
    calls(&active.client, active.ep);
    assert_way(CPU_CALL_ACTIVE);
    calls(&set.client, member);
    assert_way(CPU_CALL_SET);
    assert_false(call_is_fast(&two, two.ep, (struct request){0}));
    assert_way(CPU_CALL_WAITS);
    calls(&first, s.ep);
    count_take(&(struct cpu_ways){0});
    assert_false(call_is_fast(&s, s.ep, (struct request){0}));
    assert_way(CPU_CALL_BUSY);
}

static void off_is_off(void **state)
{
    struct shop s = shop(PASSIVE);

    (void)state;
    must_ask(world.cpu, CPU_LABEL_COUNT, WORDS(0), NO_CAPS);
    assert_false(host.counting);
    count_take(&(struct cpu_ways){0});
    calls(&s.client, s.ep);
    assert_way(CPU_WAYS);
    must_ask(world.cpu, CPU_LABEL_COUNT, WORDS(1), NO_CAPS);
    assert_true(host.counting);
    must_ask(world.cpu, CPU_LABEL_COUNT, WORDS(0), NO_CAPS);
    for (unsigned way = 0; way < CPU_WAYS; way++) /* that call itself */
        assert_int_equal(word(&world.root, way), way == CPU_CALL_OBJECT);
    refuses(&world.root, derived(world.cpu, CAP_RIGHTS_READ), CPU_LABEL_COUNT, WORDS(1), NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
    assert_false(host.counting);
}

static void misses_are_told(void **state)
{
    uint64_t before;

    (void)state;
    must_ask(world.cpu, CPU_LABEL_MISSES, NO_WORDS, NO_CAPS);
    before = word(&world.root, CPU_MISS_OBJECT);
    assert_int_equal(before, fast_misses[CPU_MISS_OBJECT]);
    calls(&world.root, world.cpu, .label = CPU_LABEL_INSPECT);
    must_ask(world.cpu, CPU_LABEL_MISSES, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, CPU_MISS_OBJECT), before + 1);
    refuses(&world.root, derived(world.cpu, CAP_RIGHTS_MANAGE), CPU_LABEL_MISSES, NO_WORDS, NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
}

int run_count_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("COUNT-FAST: what is counted as fast is fast, there and back", fast_is_fast),
        TEST("COUNT-FORM: a call that carries, asks or expires is counted apart", form_decides),
        TEST("COUNT-OBJECT: so is one to a kernel object, a refused one, one within a space",
             object_decides),
        TEST("COUNT-SERVER: of a slow call it is told why its server cannot have it at once",
             server_decides),
        TEST("COUNT-OFF: nothing is counted before and after, and only for who has Manage",
             off_is_off),
        TEST("COUNT-MISSES: what left the fast path is told to who has Read", misses_are_told),
    };

    return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
