/* test_bufferpath.c - sends and receives with a buffer on the short way: who runs next is who would
   on the general way, with what it would have. */

#include <string.h>

#include "random.h"
#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>

int run_bufferpath_tests(void);

#define BYTES PAGE_BYTES

/* Two that are as urgent, and one that is more so, all above root. */
struct post {
    struct actor a, b, high;
    cap_t ep;
    uint64_t from, to;
};

static void buffer(struct actor *actor, uint64_t base, uint64_t length)
{
    actor->thread->utcb->buffer_base = base;
    actor->thread->utcb->buffer_length = length;
}

static void send(struct post *p, struct actor *actor)
{
    buffer(actor, p->from, BYTES);
    sends(actor, p->ep, .flags = TAG_BUFFER, .words = WORDS(1, 2, 3, 4, 5, 6, 7, 8));
}

static void receive(struct post *p, struct actor *actor)
{
    buffer(actor, p->to, BYTES);
    receives(actor, p->ep, .flags = TAG_BUFFER);
}

static struct post post(void)
{
    struct post p = {.ep = endpoint("post")};

    mapped_frame(&p.from);
    mapped_frame(&p.to);
    memset(user_memory(object_of(world.vspace), p.from), 'x', BYTES);
    p.high = person("high", ACTIVE, 50);
    p.a = person("a", ACTIVE, 40);
    p.b = person("b", ACTIVE, 40);
    knows_its_space(&p.high);
    knows_its_space(&p.a);
    knows_its_space(&p.b);
    receive(&p, &p.high);
    runs(&p.a);
    host.general_entries = 0;
    return p;
}

static void more_urgent_runs_at_once(void **state)
{
    struct post p = post();

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        memset(user_memory(object_of(world.vspace), p.to), 0, BYTES);
        send(&p, &p.a);
        assert_ptr_equal(running(), p.high.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.high));
        assert_int_equal(p.high.thread->context.tag, TAG(OP_SEND, 0, 8) | TAG_BUFFER);
        assert_int_equal(word(&p.high, 7), 8);
        assert_memory_equal(user_memory(object_of(world.vspace), p.to),
                            user_memory(object_of(world.vspace), p.from), BYTES);
        receive(&p, &p.high);
        assert_ptr_equal(running(), p.a.thread); /* preempted, it goes on before its equal */
        assert_status(&p.a, SUCCESS);
        assert_int_equal(p.a.thread->utcb->buffer_length, BYTES);
    }
    assert_general(0);
}

static void no_more_urgent_waits_for_its_turn(void **state)
{
    struct post p = post();

    (void)state;
    suspends(&p.high);
    receive(&p, &p.b);
    runs(&p.a);
    host.general_entries = 0;
    send(&p, &p.a);
    assert_ptr_equal(running(), p.a.thread);
    receive(&p, &p.a);
    assert_ptr_equal(running(), p.b.thread);
    assert_int_equal(word(&p.b, 6), 7);
    assert_general(0);
}

static void badges_are_told(void **state)
{
    struct post p = post();
    cap_t badged = minted(p.ep, 0xbad9e, CAP_RIGHTS_SEND);

    (void)state;
    runs(&p.a);
    host.general_entries = 0;
    buffer(&p.a, p.from, BYTES);
    sends(&p.a, badged, .flags = TAG_BUFFER);
    assert_int_equal(badge(&p.high), 0xbad9e);
    assert_general(0);
}

/* What a send that was refused would have carried stays where it is. */
static void refused_caps_stay(void **state)
{
    struct post p = post();
    cap_t nobody = endpoint("nobody");
    uint64_t used = thread_cspace(p.high.thread)->used;

    (void)state;
    sends(&p.a, nobody, .caps = CAPS(p.ep), NOW);
    assert_status(&p.a, EAGAIN);
    assert_int_equal(p.a.thread->pending_count, 1);
    host.general_entries = 0;
    send(&p, &p.a);
    assert_ptr_equal(running(), p.high.thread);
    assert_int_equal(thread_cspace(p.high.thread)->used, used);
    assert_general(0);
}

/* What the path does not take. */
static void left_to_the_general_way(void **state)
{
    struct post p = post();
    cap_t bell = notification("bell"), bare = derived(p.ep, CAP_RIGHTS_RECV);

    (void)state;
    host.general_entries = 0;
    sends(&p.a, bare, .flags = TAG_BUFFER);
    assert_status(&p.a, EPERM);
    sends(&p.a, bell, .flags = TAG_BUFFER);
    assert_status(&p.a, EBADF);
    calls(&p.a, p.ep, .flags = TAG_BUFFER);
    assert_status(&p.a, EINVAL);
    sends(&p.a, p.ep, .flags = TAG_BUFFER | TAG_DEADLINE, .deadline = DEADLINE_FOREVER);
    assert_ptr_equal(running(), p.high.thread);
    receive(&p, &p.high);
    fast_stop(p.a.thread); /* as one that is cancelled, or single-stepped */
    send(&p, &p.a);
    assert_general(5);
}

/* ---- the same steps, on either way ---- */

#define ACTORS 4
#define STEPS  400
#define SEEN   (STEPS * (2 + 10 * ACTORS))

struct play {
    struct actor actor[ACTORS];
    struct post post;
    bool slowly;
    uint64_t seen[SEEN];
    unsigned count;
};

static void play_begin(struct play *play, bool slowly)
{
    static const unsigned priorities[ACTORS] = {60, 50, 50, 45};

    *play = (struct play){.slowly = slowly, .post.ep = endpoint("post")};
    mapped_frame(&play->post.from);
    mapped_frame(&play->post.to);
    for (unsigned i = 0; i < ACTORS; i++)
        play->actor[i] = spinner("actor", priorities[i], 400000, 1000000);
}

static int index_of(const struct play *play, const struct thread *thread)
{
    for (unsigned i = 0; i < ACTORS; i++)
        if (play->actor[i].thread == thread)
            return (int)i;
    return -1;
}

static void see(struct play *play, uint64_t value)
{
    assert_true(play->count < SEEN);
    play->seen[play->count++] = value;
}

/* All that tells who has what, and when. */
static void look(struct play *play)
{
    see(play, (uint64_t)index_of(play, cpu_self()->thread));
    see(play, cpu_self()->time ? (uint64_t)index_of(play, cpu_self()->time->home) : 99);
    for (unsigned i = 0; i < ACTORS; i++) {
        const struct thread *t = play->actor[i].thread;
        const struct schedcontext *time = schedcontext_of(&play->actor[i]);

        see(play, t->run);
        see(play, t->context.tag);
        see(play, t->context.ip);
        see(play, t->context.words[0]);
        see(play, t->context.status);
        see(play, t->utcb->buffer_length);
        see(play, schedcontext_consumed(time));
        see(play, time->remaining);
        see(play, (uint64_t)time->refill.active << 1 | queue_holds(&time->node));
        see(play, !queue_empty(&t->parked));
    }
}

/* Whoever runs sends or receives, with a buffer or without; root does so where nobody else can. */
static void step(struct play *play)
{
    int turn = index_of(play, running());
    struct actor *actor = turn < 0 ? &world.root : &play->actor[turn];
    uint64_t flags = any(4) ? TAG_BUFFER : 0, length = any(2 * BYTES);

    if (turn < 0)
        runs(actor);
    if (turn < 0 && any(2)) {
        sends(actor, play->post.ep, NOW, .words = WORDS(9));
        return;
    }
    if (turn < 0) {
        receives(actor, play->post.ep, NOW);
        return;
    }
    if (play->slowly)
        fast_stop(actor->thread);
    buffer(actor, any(2) ? play->post.from : play->post.to, length % BYTES);
    prepares(actor, any(2) ? OP_SEND : OP_RECV, play->post.ep,
             &(struct request){.flags = flags, .words = WORDS(length)});
    enters_once(actor);
}

static void play_all(struct play *play, uint64_t seed)
{
    srand((unsigned)seed);
    for (unsigned i = 0; i < STEPS; i++) {
        host.pending_every = any(8) ? 0 : 1;
        step(play);
        host.pending_every = 0;
        time_passes(any(20000));
        look(play);
    }
}

static void both_ways_are_the_same(void **state)
{
    static struct play fast, slow;
    unsigned general;

    for (uint64_t seed = 1; seed < 9; seed++) {
        play_begin(&fast, false);
        host.general_entries = 0;
        play_all(&fast, seed);
        general = host.general_entries;
        world_end(state);
        world_begin(state);
        play_begin(&slow, true);
        host.general_entries = 0;
        play_all(&slow, seed);
        assert_true(general < host.general_entries);
        assert_int_equal(fast.count, slow.count);
        for (unsigned i = 0; i < fast.count; i++)
            if (fast.seen[i] != slow.seen[i])
                fail_msg("seed %lu, step %u: %u", seed, i / (2 + 10 * ACTORS),
                         i % (2 + 10 * ACTORS));
        world_end(state);
        world_begin(state);
    }
}

/* It has refused a sender, makes way, and goes on. */
static void a_receive_makes_way(void **state)
{
    struct post p = post();

    (void)state;
    p.ep = endpoint("other");
    sends(&p.a, p.ep, .caps = CAPS(p.ep));
    runs(&p.b);
    host.pending = true;
    receive(&p, &p.b);
    host.pending = false;
    assert_true(world.restarts > 0);
    assert_status(&p.a, ENOSPC);
    assert_state(&p.b, THREAD_WAITS_RECEIVE);
    send(&p, &p.a);
    assert_status(&p.b, SUCCESS);
    assert_int_equal(p.b.thread->utcb->buffer_length, BYTES);
}

/* It serves on its caller's time, saves the Reply and waits: that time rests with the caller. */
static void a_callers_time_stays_his(void **state)
{
    struct post p = post();
    struct actor client = person("client", ACTIVE, 60);
    cap_t service = call_only("service"), reply;

    (void)state;
    suspends(&p.high);
    receives(&p.b, service);
    calls(&client, service);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
    assert_int_equal(
        asks(&p.b, p.b.self, CSPACE_LABEL_REPLY_SAVE, WORDS(p.b.thread->token), NO_CAPS), SUCCESS);
    reply = got(&p.b, 0);
    receive(&p, &p.b);
    assert_ptr_equal(running(), p.a.thread);
    send(&p, &p.a);
    runs(&p.b);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.b));
    replies(&p.b, .token = reply);
    assert_ptr_equal(running(), client.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
}

/* Some of its budget was used up in a period that is over. */
static void its_period_begins(void **state)
{
    struct post p = post();
    struct schedcontext *time = schedcontext_of(&p.high);

    (void)state;
    must_ask(p.high.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(50, 20 * MS, 40 * MS),
             CAPS(world.cpu));
    runs(&p.a);
    send(&p, &p.a);
    host.now += MS;
    receive(&p, &p.high);
    assert_int_equal(time->remaining, 19 * MS);
    time_passes(50 * MS);
    runs(&p.a);
    host.general_entries = 0;
    send(&p, &p.a);
    assert_general(0);
    assert_ptr_equal(cpu_self()->time, time);
    assert_int_equal(time->remaining, 20 * MS);
}

int run_bufferpath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("BUFFERPATH-1: a more urgent receiver of a buffer runs at once, and then the sender",
             more_urgent_runs_at_once),
        TEST("BUFFERPATH-2: one that is not waits for its turn, which a receive brings",
             no_more_urgent_waits_for_its_turn),
        TEST("BUFFERPATH-3: what is refused, has a deadline or is stopped goes the general way",
             left_to_the_general_way),
        TEST("BUFFERPATH-4: sends and receives, preempted and out of budget, end as they do there",
             both_ways_are_the_same),
        TEST("BUFFERPATH-5: a receive that has refused a sender makes way, and waits on",
             a_receive_makes_way),
        TEST("BUFFERPATH-6: who waits while he runs on a caller's time leaves that to him",
             a_callers_time_stays_his),
        TEST("BUFFERPATH-7: a receiver's budget is whole where a period has begun since it ran",
             its_period_begins),
        TEST("BUFFERPATH-9: the receiver learns the badge", badges_are_told),
        TEST("BUFFERPATH-8: a send with a buffer carries no capability of one that was refused",
             refused_caps_stay),
    };

    return cmocka_run_group_tests_name("bufferpath", tests, NULL, NULL);
}
