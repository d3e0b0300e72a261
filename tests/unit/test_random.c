/*
 * test_random.c - any sequence of operations by any threads: all links stay whole (check.c), a
 * call is answered once or fails, a message is delivered once or not at all.
 *
 * What a test here does is decided by a seed, so that a failure can be repeated.
 */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/waitset_types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

int run_random_tests(void);

#define ENDPOINTS     5
#define NOTIFICATIONS 3
#define CHANNELS      2
#define SETS          2
#define KEYS          3
#define OPEN_MAX      64
#define BADGE         1
#define SEEDS         12
#define STEPS         1500

enum wish { NOTHING, SENDS, CALLS, RECEIVES };

/* What somebody waits for, as far as he knows. */
struct hope {
    enum wish wish;
    uint64_t id; /* of the message, its word 0 */
    bool posted; /* sent into a channel: taken later, or never */
};

/* A call that somebody took and should answer. */
struct duty {
    unsigned who; /* with a token: only he can */
    uint64_t token;
    uint64_t id;
};

static struct actor people[PEOPLE];
static struct hope hopes[PEOPLE];
static cap_t endpoints[ENDPOINTS], badged[ENDPOINTS], bells[NOTIFICATIONS], channels[CHANNELS];
static cap_t sets[SETS];
static struct duty duties[OPEN_MAX];
static unsigned duty_count;
static uint64_t next_id;
static unsigned seed, last_step;
static uint8_t deliveries[1 << 16]; /* how often each message came */

static struct actor somebody(unsigned i)
{
    static const enum living livings[] = {ACTIVE, ACTIVE, PASSIVE};
    struct actor actor = person("somebody", livings[i % 3], any(64));

    actor.thread->object.name[0] = (char)('A' + i);
    hopes[i] = (struct hope){.wish = NOTHING};
    return actor;
}

static cap_t some_endpoint(void)
{
    return endpoints[any(ENDPOINTS)];
}

/* A way to it, with one of two badges. */
static cap_t some_way(void)
{
    return one_in(2) ? badged[any(ENDPOINTS)] : some_endpoint();
}

static void makes_endpoint(unsigned n, bool open)
{
    endpoints[n] =
        make(OBJECT_ENDPOINT, open ? UNTYPED_ENDPOINT_OPEN : UNTYPED_ENDPOINT_CALL_ONLY, "ep");
    badged[n] = minted(endpoints[n], BADGE, CAP_RIGHTS_ALL);
}

static cap_t some_channel(void)
{
    return channels[any(CHANNELS)];
}

/* What a thread may receive from. */
static cap_t some_place(void)
{
    switch (any(8)) {
    case 0:
        return bells[any(NOTIFICATIONS)];
    case 1:
        return some_channel();
    case 2:
    case 3:
        return sets[any(SETS)];
    default:
        return some_endpoint();
    }
}

/* What a WaitSet may wait for. */
static cap_t some_source(void)
{
    unsigned n = any(4);

    return n == 0 ? bells[any(NOTIFICATIONS)] : n == 1 ? some_channel() : some_endpoint();
}

static cap_t new_channel(void)
{
    return make(OBJECT_CHANNEL, CHANNEL_SIZE(1 + any(3), 128, any(3)), "channel");
}

static cap_t new_set(void)
{
    return make(OBJECT_WAITSET, 1 + any(4), "set");
}

/* ---- what came of it ---- */

static void note_received(unsigned i)
{
    uint64_t tag = people[i].thread->context.tag, id = word(&people[i], 0);

    if (tag & (TAG_ORIGIN_NOTIFICATION | TAG_ORIGIN_FAULT)) {
        if (tag & TAG_ORIGIN_FAULT)
            id = 0;
        else
            return;
    } else {
        assert_in_range(id, 1, next_id);
        assert_int_equal(deliveries[id], 0);
        deliveries[id]++;
    }
    if (tag & TAG_BUFFER)
        check_buffer(i, people[i].thread);
    for (unsigned n = 0; n < tag_caps(tag); n++)
        if (got(&people[i], n) != CAP_NULL) /* it was revoked in a channel */
            deletes(got(&people[i], n));
    if (token(&people[i]) && duty_count < OPEN_MAX)
        duties[duty_count++] = (struct duty){i, token(&people[i]), id};
}

/* Somebody who hoped for something runs again: he got it, once, or an error. */
static void note_end(unsigned i)
{
    struct hope hope = hopes[i];
    bool good = status(&people[i]) == SUCCESS;

    hopes[i].wish = NOTHING;
    if (hope.wish == RECEIVES && good)
        note_received(i);
    if (hope.wish == SENDS && !(hope.posted && good))
        assert_int_equal(deliveries[hope.id], good);
    if (hope.wish == CALLS && good) {
        assert_int_equal(deliveries[hope.id], 1);
        assert_int_equal(word(&people[i], 0), hope.id);
    }
}

static void note_all(void)
{
    /* Receivers first: senders count what has come. */
    for (unsigned receivers = 2; receivers-- > 0;)
        for (unsigned i = 0; i < PEOPLE; i++)
            if (hopes[i].wish && (hopes[i].wish == RECEIVES) == receivers &&
                people[i].thread->state == THREAD_RUNNING &&
                people[i].thread->context.ip == WORLD_IP)
                note_end(i);
}

/* ---- what they do ---- */

static uint64_t some_flags(void)
{
    uint64_t flags = 0;

    if (one_in(8))
        flags |= TAG_WANT_REPLY;
    if (!one_in(4))
        flags |= TAG_DEADLINE;
    return flags;
}

static uint64_t some_deadline(void)
{
    return one_in(2) ? DEADLINE_NOW : host.now + any(20) * MS / 2;
}

static struct request some_request(void)
{
    struct request request = {.words = WORDS(0),
                              .flags = some_flags() & ~(uint64_t)TAG_WANT_REPLY,
                              .deadline = some_deadline(),
                              .accept = any(3)};

    request.words.count = one_in(3) ? 100 : 1;
    if (one_in(4))
        request.caps = CAPS(some_endpoint());
    return request;
}

static void asks_for_something(unsigned i, enum wish wish)
{
    struct request request = some_request();
    cap_t target = wish == SENDS && one_in(2) ? some_channel() : some_way();
    struct endpoint *endpoint;

    request.words.word[0] = ++next_id;
    if (wish == SENDS && one_in(2)) {
        request.flags |= TAG_BUFFER;
        chooses_buffer(i, people[i].thread, true);
    }
    endpoint = slot_of(target)->type == OBJECT_ENDPOINT ? object_of(target) : NULL;
    hopes[i] = (struct hope){wish, next_id, wish == SENDS && (!endpoint || endpoint->channel)};
    enters(&people[i], wish == SENDS ? OP_SEND : OP_CALL, target, request);
}

static void receives_something(unsigned i)
{
    struct request request = {.flags = some_flags(), .deadline = some_deadline(), .accept = any(3)};

    hopes[i] = (struct hope){.wish = RECEIVES};
    if (one_in(2)) {
        request.flags |= TAG_BUFFER;
        chooses_buffer(i, people[i].thread, false);
    }
    if (one_in(4)) {
        request.flags |= TAG_CLOSED;
        people[i].thread->utcb->closed_badge = one_in(2) ? BADGE : 0;
        people[i].thread->utcb->closed_key = any(KEYS);
        people[i].thread->utcb->closed_endpoint = one_in(2) ? some_endpoint() : CAP_NULL;
    }
    enters(&people[i], OP_RECV, some_place(), request);
}

/* Is the call with that id still waited for? A fault (id 0) might be. */
static bool is_waited_for(uint64_t id)
{
    for (unsigned i = 0; i < PEOPLE; i++)
        if (hopes[i].wish == CALLS && hopes[i].id == id)
            return true;
    return id == 0;
}

/* Answers a call, one that he took, if he took any; then perhaps receives. */
static void answers_something(unsigned i)
{
    struct request request = some_request();
    bool also_receives = one_in(2), waited;
    struct duty duty;
    unsigned n = 0;

    while (n < duty_count && duties[n].who != i)
        n++;
    if (n == duty_count) {
        receives_something(i);
        return;
    }
    duty = duties[n];
    waited = is_waited_for(duty.id);
    request.token = duty.token;
    request.words.word[0] = duty.id;
    if (also_receives)
        hopes[i] = (struct hope){.wish = RECEIVES};
    duties[n] = duties[--duty_count];
    enters(&people[i], also_receives ? OP_REPLY_RECV : OP_REPLY, some_place(), request);
    if (also_receives || people[i].thread->state != THREAD_RUNNING)
        return;
    if (status(&people[i]) == SUCCESS)
        assert_true(waited);
    else if (status(&people[i]) != ESTALE && duty_count < OPEN_MAX)
        duties[duty_count++] = duty; /* it failed, and left the token */
}

static void saves_a_reply(unsigned i)
{
    for (unsigned n = 0; n < duty_count; n++)
        if (duties[n].who == i && (duties[n].token & CAP_TOKEN_INDEX) == CAP_TOKEN_INDEX) {
            if (!asks(&people[i], people[i].self, CSPACE_LABEL_REPLY_SAVE, WORDS(duties[n].token),
                      NO_CAPS))
                duties[n].token = got(&people[i], 0);
            return;
        }
}

static void acts(unsigned i)
{
    switch (any(12)) {
    case 0:
    case 1:
    case 2:
        asks_for_something(i, CALLS);
        break;
    case 3:
    case 10:
    case 11:
        asks_for_something(i, SENDS);
        break;
    case 4:
    case 5:
        receives_something(i);
        break;
    case 6:
    case 7:
        answers_something(i);
        break;
    case 8:
        saves_a_reply(i);
        break;
    default:
        if (one_in(4))
            page_faults(&people[i], 0x1000);
        else
            notifies(&people[i], bells[any(NOTIFICATIONS)], 1);
    }
}

/* ---- what happens to them ---- */

static void forget_handles(cap_t cap)
{
    for (unsigned n = 0; n < duty_count; n++)
        if (duties[n].token == cap)
            duties[n] = duties[--duty_count];
}

static void replaces_somebody(unsigned i)
{
    for (unsigned n = duty_count; n-- > 0;)
        if (duties[n].who == i)
            duties[n] = duties[--duty_count];
    deletes(people[i].cap);
    deletes(people[i].time);
    deletes(people[i].frame);
    people[i] = somebody(i);
}

static void replaces_an_object(void)
{
    unsigned n = any(ENDPOINTS + NOTIFICATIONS);

    if (one_in(3)) {
        n = any(CHANNELS);
        deletes(channels[n]);
        channels[n] = new_channel();
    } else if (one_in(3)) {
        n = any(SETS);
        deletes(sets[n]);
        sets[n] = new_set();
    } else if (n < ENDPOINTS) {
        deletes(endpoints[n]);
        makes_endpoint(n, one_in(3));
    } else {
        deletes(bells[n - ENDPOINTS]);
        bells[n - ENDPOINTS] = notification("bell");
    }
}

static void changes_time(struct actor *actor)
{
    switch (any(6)) {
    case 2:
        asks(&world.root, actor->time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS,
             CAPS(one_in(2) ? some_channel() : bells[any(NOTIFICATIONS)]));
        break;
    case 0:
        asks(&world.root, actor->time, SCHEDCONTEXT_LABEL_CONFIGURE,
             WORDS(any(64), (1 + any(10)) * MS, 10 * MS), CAPS(world.cpu));
        break;
    case 1:
        asks(&world.root, actor->time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
        break;
    default:
        asks(&world.root, actor->time, SCHEDCONTEXT_LABEL_BIND, WORDS(any(2)), CAPS(actor->cap));
    }
}

static void drops_a_reply(void)
{
    unsigned n = any(duty_count + 1);

    if (n < duty_count && (duties[n].token & CAP_TOKEN_INDEX) != CAP_TOKEN_INDEX) {
        asks(&world.root, world.root.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(duties[n].token));
        forget_handles(duties[n].token);
    }
}

static void changes_sources(void)
{
    switch (any(6)) {
    case 0:
        asks(&world.root, some_channel(), CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(some_endpoint()));
        break;
    case 1:
        asks(&world.root, some_channel(), CHANNEL_LABEL_DETACH, NO_WORDS, NO_CAPS);
        break;
    case 2:
        asks(&world.root, some_channel(), CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
        break;
    case 3:
        asks(&world.root, sets[any(SETS)], WAITSET_LABEL_REMOVE, NO_WORDS, CAPS(some_source()));
        break;
    default:
        asks(&world.root, sets[any(SETS)], WAITSET_LABEL_ADD, WORDS(any(KEYS)),
             CAPS(some_source()));
    }
}

/* Methods on threads and objects that change links; many are refused, which is as good. */
static void root_acts(struct actor *actor)
{
    static const uint32_t plain[] = {THREAD_LABEL_CANCEL, THREAD_LABEL_CANCEL, THREAD_LABEL_SUSPEND,
                                     THREAD_LABEL_RESUME, THREAD_LABEL_RESUME, THREAD_LABEL_RESUME};

    switch (any(21)) {
    default:
        asks(&world.root, actor->cap, plain[any(6)], NO_WORDS, NO_CAPS);
        break;
    case 3:
        asks(&world.root, actor->cap,
             one_in(2) ? THREAD_LABEL_BIND_ENDPOINT : THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS,
             CAPS(some_endpoint()));
        break;
    case 4:
        asks(&world.root, actor->cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS,
             one_in(3) ? NO_CAPS : CAPS(bells[any(NOTIFICATIONS)]));
        break;
    case 5:
        asks(&world.root, actor->cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(some_endpoint()));
        break;
    case 6:
        changes_time(actor);
        break;
    case 7:
        drops_a_reply();
        break;
    case 9:
        moves_a_page();
        break;
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
        changes_sources();
        break;
    case 8:
        if (one_in(4))
            replaces_an_object();
        else if (one_in(4))
            replaces_somebody((unsigned)(actor - people));
    }
}

/* Somebody who could run, if there is one. */
static unsigned somebody_ready(void)
{
    unsigned first = any(PEOPLE);

    for (unsigned i = 0; i < PEOPLE; i++)
        if (could_run(&people[(first + i) % PEOPLE]))
            return (first + i) % PEOPLE;
    return PEOPLE;
}

static void step(void)
{
    unsigned i = somebody_ready();

    host.pending_every = one_in(3) ? 1 + any(3) : 0;
    if (one_in(8))
        time_passes(any(30) * MS / 10);
    else if (i == PEOPLE || one_in(4))
        root_acts(&people[any(PEOPLE)]);
    else if (people[i].thread->context.ip != WORLD_IP)
        again(&people[i]);
    else
        acts(i);
    note_all();
}

static void begin(void)
{
    memset(deliveries, 0, sizeof(deliveries));
    duty_count = 0;
    next_id = 0;
    makes_buffers();
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        bells[i] = notification("bell");
    for (unsigned i = 0; i < CHANNELS; i++)
        channels[i] = new_channel();
    for (unsigned i = 0; i < SETS; i++)
        sets[i] = new_set();
    for (unsigned i = 0; i < ENDPOINTS; i++)
        makes_endpoint(i, i % 2 == 0);
    for (unsigned i = 0; i < PEOPLE; i++)
        people[i] = somebody(i);
}

/* A number from the environment, for whoever wants to try more: MYELIN_SEED is the first seed,
   MYELIN_SEEDS how many. */
static unsigned wanted(const char *name, unsigned usual)
{
    const char *value = getenv(name);

    return value ? (unsigned)strtoul(value, NULL, 10) : usual;
}

/* Says how a failure can be repeated. */
static int tell_the_seed(void **state)
{
    if (last_step < STEPS)
        print_message("MYELIN_SEED=%u, step %u\n", seed, last_step);
    return world_end(state);
}

static void one_life(void)
{
    srand(seed);
    begin();
    for (last_step = 0; last_step < STEPS; last_step++)
        step();
    host.pending_every = 0;
    revokes(world.memory);
    world.next_map += PAGE_BYTES;
}

static void anything_keeps_links_whole(void **state)
{
    unsigned first = wanted("MYELIN_SEED", 1), count = wanted("MYELIN_SEEDS", SEEDS);

    (void)state;
    for (seed = first; seed < first + count; seed++)
        one_life();
}

/* A reserve rested while a caller without time was helped; a turn began without its timer. */
static void what_was_found_stays_mended(void **state)
{
    static const unsigned found[] = {795727538, 795727244};

    (void)state;
    for (unsigned i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
        seed = found[i];
        one_life();
    }
}

int run_random_tests(void)
{
    static const struct CMUnitTest tests[] = {
        {"RANDOM-1: whatever threads do and suffer, calls end once, messages come whole",
         anything_keeps_links_whole, world_begin, tell_the_seed, NULL},
        {"RANDOM-2: so it is in the lives in which it once was not", what_was_found_stays_mended,
         world_begin, tell_the_seed, NULL},
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
