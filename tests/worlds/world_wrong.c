/*
 * world_wrong.c - a small world of mistakes: operations with wrong tags, handles, rights and
 * capabilities, in every state of a server that is called, lent to and lends on.
 */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>

#include "worlds.h"

#define ANY      CAP_RIGHTS_ALL
#define BAD_HOW  (7ull << 32)
#define MISSING  0x500000000ull /* nothing is mapped there */
#define UTCB_AT  0x400700000ull
#define MAPPED   (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define TOO_LONG 0x80 /* in a tag: 128 words more */

static struct actor b, s, full;
static cap_t ep, open, bell, set, channel, small, idle_time, frame;
static cap_t b_plain, b_space, next, barren, nothing, s_next, s_frame, b_stale, b_ep, b_open,
    b_weak, b_bell, b_mint, s_ep, s_bell, s_set, s_stale, full_ep, full_open;
static uint64_t lent;

/* ---- tags and handles ---- */

static void wrong_tags(struct actor *who, const cap_t *way)
{
    for (enum operation operation = OP_SEND; operation <= OP_NOTIFY; operation++) {
        does(who, "says where it is from", operation, way, .request.flags = TAG_ORIGIN_CHANNEL);
        does(who, "sends too much", operation, way, .request.flags = TOO_LONG);
    }
    does(who, "does what there is not", (enum operation)9, way);
}

static void wrong_handles(struct actor *who, const cap_t *stale, const cap_t *weak)
{
    static const enum operation by_handle[] = {OP_SEND, OP_CALL, OP_RECV, OP_NOTIFY};

    for (unsigned i = 0; i < sizeof(by_handle) / sizeof(by_handle[0]); i++) {
        does(who, "names nothing", by_handle[i], &nothing);
        does(who, "names what is gone", by_handle[i], stale);
        does(who, "has not the right", by_handle[i], weak);
    }
    does(who, "answers nobody", OP_REPLY, NULL, .token = &nothing);
    does(who, "answers nobody and receives", OP_REPLY_RECV, &nothing, .token = &nothing);
    does(who, "answers, then names nothing", OP_REPLY_RECV, &nothing, .token = &pick_token);
}

/* ---- capabilities in messages ---- */

static void wrong_caps(struct actor *who, enum operation operation, const cap_t *way,
                       const cap_t *stale, const cap_t *good)
{
    const cap_t *token = operation == OP_REPLY || operation == OP_REPLY_RECV ? &pick_token : NULL;

#define SENDS(what, ...) \
    does(who, what, operation, way, .token = token, AT_ONCE, .request.accept = 1, __VA_ARGS__)
    SENDS("gives nothing", .cap = &nothing);
    SENDS("gives what is gone", .cap = stale);
    SENDS("gives in no known way", .cap = good, .how = BAD_HOW);
    SENDS("moves twice", .cap = good, .second = good, .how = CAP_MOVE);
    SENDS("gives two", .cap = good, .second = good);
#undef SENDS
}

/* Who fills a space leaves no room for what comes. */
static void fills(struct actor *who)
{
    const struct cspace *space = thread_cspace(who->thread);

    while (cspace_has_free(space, 1))
        gives(who, bell, CAP_RIGHTS_SEND);
}

/* ---- methods ---- */

static void wrong_memory(void)
{
    static const struct {
        const char *what;
        uint64_t type, size;
    } wrong[] = {{"makes an odd Frame", OBJECT_FRAME, 13},
                 {"makes too much", OBJECT_CSPACE, 8},
                 {"makes a Reply", OBJECT_REPLY, 0},
                 {"makes what is not made yet", OBJECT_IOSPACE, 0},
                 {"makes all of it", OBJECT_UNTYPED, PAGE_SIZE_BITS}};
    struct step *step;

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        asks_for(&world.root, wrong[i].what, &small, UNTYPED_LABEL_RETYPE)->request.words =
            NEW(wrong[i].type, wrong[i].size);
    step = asks_for(&world.root, "takes no answer", &small, UNTYPED_LABEL_RETYPE);
    step->request.words = NEW(OBJECT_NOTIFICATION, 0);
    step->request.accept = 0;
}

static void map_step(const char *what, uint64_t address, uint64_t rights)
{
    asks_for(&world.root, what, &world.vspace, VSPACE_LABEL_MAP, .cap = &frame)->request.words =
        WORDS(address, rights);
}

static void wrong_derivations(struct actor *who, const cap_t *of, const cap_t *stale)
{
    struct step *step;

    asks_for(who, "derives a part", &who->self, CSPACE_LABEL_DERIVE, .cap = of)->request.words =
        WORDS(ANY, 0, 1);
    asks_for(who, "derives of what is gone", &who->self, CSPACE_LABEL_DERIVE, .cap = stale)
        ->request.words = WORDS(ANY, 0, 0);
    step = asks_for(who, "derives for nobody", &who->self, CSPACE_LABEL_DERIVE, .cap = of);
    step->request.words = WORDS(ANY, 0, 0);
    step->request.accept = 0;
    step = asks_for(who, "mints for nobody", &who->self, CSPACE_LABEL_MINT, .cap = of);
    step->request.words = WORDS(3, ANY);
    step->request.accept = 0;
    asks_for(who, "mints 0", &who->self, CSPACE_LABEL_MINT, .cap = of)->request.words =
        WORDS(0, ANY);
}

static void wrong_bindings(void)
{
    asks_for(&world.root, "binds another's endpoint", &b.cap, THREAD_LABEL_BIND_ENDPOINT,
             .cap = &ep);
    asks_for(&world.root, "binds another's bell", &b.cap, THREAD_LABEL_BIND_NOTIFICATION,
             .cap = &bell);
    asks_for(&world.root, "wants too long", &s.cap, THREAD_LABEL_SET_DONATION)->request.words =
        WORDS(0, 1ull << 33);
    asks_for(&world.root, "has calls end in no known way", &s.cap, THREAD_LABEL_SET_DONATION)
        ->request.words = WORDS(THREAD_RUN_OUT_ENDS_CALL + 1, 0);
    asks_for(&world.root, "binds unconfigured time", &idle_time, SCHEDCONTEXT_LABEL_BIND,
             .cap = &b.cap)
        ->request.words = WORDS(SCHEDCONTEXT_OWN);
    asks_for(&world.root, "attaches to an open one", &channel, CHANNEL_LABEL_ATTACH, .cap = &open);
    asks_for(&world.root, "has S wait at an open one", &set, WAITSET_LABEL_ADD, .cap = &open)
        ->request.words = WORDS(1);
}

/* ---- the world ---- */

static cap_t gone(struct actor *who)
{
    cap_t cap = gives(who, bell, CAP_RIGHTS_SEND);

    assert_int_equal(asks(who, who->self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(cap)), SUCCESS);
    return cap;
}

static void make_objects(void)
{
    b = stranger("B", ACTIVE, 20);
    s = stranger("S", PASSIVE, 30);
    full = stranger("full", ACTIVE, 25);
    ep = call_only("ep");
    open = endpoint("open");
    bell = notification("bell");
    set = make(OBJECT_WAITSET, 2, "set");
    channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "channel");
    small = make(OBJECT_UNTYPED, PAGE_SIZE_BITS, "");
    idle_time = make(OBJECT_SCHEDCONTEXT, 0, "idle");
    must_ask(set, WAITSET_LABEL_ADD, WORDS(2), CAPS(bell));
    mapped_frame(&lent);
    frame = make(OBJECT_FRAME, PAGE_SIZE_BITS, "");
    next = call_only("next");
    barren = make(OBJECT_VSPACE, 0, "barren");
    binds(&s, ep);
}

/* A thread that S has made: its UTCB lies in a Frame that S has mapped. */
static void give_frame(void)
{
    struct actor made = person("made", TIMELESS, 0);
    cap_t space = gives(&s, world.vspace, ANY), thread = gives(&s, made.cap, ANY);

    s_frame = gives(&s, frame, ANY);
    assert_int_equal(asks(&s, space, VSPACE_LABEL_MAP, WORDS(UTCB_AT, MAPPED), CAPS(s_frame)),
                     SUCCESS);
    assert_int_equal(
        asks(&s, thread, THREAD_LABEL_CONFIGURE, WORDS(UTCB_AT), CAPS(s.self, space, s_frame)),
        SUCCESS);
}

static void give_handles(void)
{
    b_stale = gone(&b);
    s_stale = gone(&s);
    b_ep = gives(&b, minted(ep, 2, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    b_space = gives(&b, b.cspace, CAP_RIGHTS_READ);
    b_plain = gives(&b, ep, CAP_RIGHTS_CALL);
    b_bell = gives(&b, bell, CAP_RIGHTS_SEND);
    b_weak = gives(&b, bell, CAP_RIGHTS_GRANT);
    b_open = gives(&b, open, CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT);
    b_mint = gives(&b, open, CAP_RIGHTS_RECV | CAP_RIGHTS_SEND);
    s_ep = gives(&s, ep, CAP_RIGHTS_RECV);
    s_bell = gives(&s, bell, CAP_RIGHTS_SEND);
    s_set = gives(&s, set, CAP_RIGHTS_RECV);
    s_next = gives(&s, next, CAP_RIGHTS_CALL);
    give_frame();
    full_ep = gives(&full, minted(ep, 3, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    full_open = gives(&full, open, CAP_RIGHTS_RECV | CAP_RIGHTS_SEND);
    fills(&full);
}

static void client_steps(void)
{
    takes_part(&b);
    does(&b, "calls", OP_CALL, &b_ep, .request.accept = 1);
    does(&b, "calls where nothing may be given", OP_CALL, &b_plain, .request.accept = 1);
    does(&b, "calls, lending", OP_CALL, &b_ep, .lent = lent, .lent_bytes = 100,
         .lent_rights = CAP_RIGHTS_READ);
    does(&b, "calls, lending to be written", OP_CALL, &b_ep, .lent = lent, .lent_bytes = 100,
         .lent_rights = CAP_RIGHTS_WRITE);
    does(&b, "lends what is missing", OP_CALL, &b_ep, .lent = MISSING, .lent_bytes = 100,
         .lent_rights = CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    does(&b, "lends for nothing", OP_CALL, &b_ep, .lent = lent, .lent_bytes = 100,
         .lent_rights = CAP_RIGHTS_GRANT);
    does(&b, "lends what is not its own", OP_CALL, &b_ep, .lent = USER_ADDRESS_END,
         .lent_bytes = 100, .lent_rights = CAP_RIGHTS_READ);
    does(&b, "sends a buffer to nowhere", OP_SEND, &b_open, .buffer = lent, .buffer_bytes = 100,
         .request.flags = TAG_BUFFER);
    wrong_tags(&b, &b_ep);
    wrong_handles(&b, &b_stale, &b_weak);
    wrong_caps(&b, OP_CALL, &b_ep, &b_stale, &b_bell);
    wrong_caps(&b, OP_SEND, &b_open, &b_stale, &b_bell);
    asks_for(&b, "derives without the right", &b_space, CSPACE_LABEL_DERIVE, .cap = &b_mint)
        ->request.words = WORDS(ANY, 0, 0);
    wrong_derivations(&b, &b_mint, &b_stale);
}

static void full_steps(void)
{
    takes_part(&full);
    does(&full, "receives, with no room", OP_RECV, &full_open, .request.accept = 1, .lasts = MS);
    does(&full, "receives to nowhere", OP_RECV, &full_open, .buffer = MISSING, .buffer_bytes = 100,
         .request.flags = TAG_BUFFER);
    asks_for(&full, "derives, with no room", &full.self, CSPACE_LABEL_DERIVE, .cap = &full_open)
        ->request.words = WORDS(ANY, 0, 0);
    asks_for(&full, "mints, with no room", &full.self, CSPACE_LABEL_MINT, .cap = &full_open)
        ->request.words = WORDS(4, ANY);
}

static void lend_on(const char *what, uint64_t number, uint64_t bytes)
{
    does(&s, what, OP_CALL, &s_next, .lent = 0, .lent_bytes = bytes, .lent_by = &pick_token,
         .lent_rights = CAP_RIGHTS_READ | LEASE_OF(number), AT_ONCE);
}

static void lending_steps(void)
{
    static const struct {
        const char *what;
        uint32_t method;
        uint64_t lease, offset;
    } uses[] = {{"reads a lease", REPLY_LABEL_LEASE_READ, 0, 0},
                {"reads no lease", REPLY_LABEL_LEASE_READ, 1, 0},
                {"reads too far", REPLY_LABEL_LEASE_READ, 0, 90},
                {"writes a lease", REPLY_LABEL_LEASE_WRITE, 0, 0},
                {"writes too far", REPLY_LABEL_LEASE_WRITE, 0, 90}};

    for (unsigned i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
        asks_for(&s, uses[i].what, &pick_token, uses[i].method)->request.words =
            WORDS(uses[i].lease, uses[i].offset, 50, lent);
    asks_for(&s, "says too much to read", &pick_token, REPLY_LABEL_LEASE_READ)
        ->request.words.count = 5;
    asks_for(&s, "says too much to write", &pick_token, REPLY_LABEL_LEASE_WRITE)
        ->request.words.count = 5;
    lend_on("lends on", 0, 50);
    lend_on("lends on nothing", 2, 50);
    lend_on("lends on too much", 0, 200);
}

static void serving_steps(void)
{
    takes_part(&s);
    does(&s, "receives", OP_RECV, &s_ep);
    does(&s, "receives from the set", OP_RECV, &s_set, AT_ONCE);
    does(&s, "answers", OP_REPLY, NULL, .token = &pick_token);
    asks_for(&s, "saves for nobody", &s.self, CSPACE_LABEL_REPLY_SAVE, .handle_word = &pick_token,
             .request.words.count = 1)
        ->request.accept = 0;
    asks_for(&s, "saves what is no token", &s.self, CSPACE_LABEL_REPLY_SAVE, .handle_word = &s_bell,
             .request.words.count = 1);
    does(&s, "calls where nobody receives", OP_CALL, &s_next, .lasts = MS);
    does(&s, "gives a UTCB away", OP_REPLY, NULL, .token = &pick_token, .cap = &s_frame,
         .how = CAP_MOVE);
    does(&s, "gives it away and receives", OP_REPLY_RECV, &s_ep, .token = &pick_token,
         .cap = &s_frame, .how = CAP_MOVE);
    lending_steps();
    wrong_caps(&s, OP_REPLY, NULL, &s_stale, &s_bell);
    wrong_caps(&s, OP_REPLY_RECV, &s_ep, &s_stale, &s_bell);
}

static void root_steps(void)
{
    wrong_memory();
    map_step("maps at an odd place", 123, CAP_RIGHTS_READ);
    map_step("maps where something is", lent, CAP_RIGHTS_READ);
    map_step("maps for nothing", MISSING, CAP_RIGHTS_GRANT);
    asks_for(&world.root, "maps where no tables are", &barren, VSPACE_LABEL_MAP, .cap = &frame)
        ->request.words = WORDS(lent, CAP_RIGHTS_READ);
    asks_for(&world.root, "derives a part that is outside", &world.root.self, CSPACE_LABEL_DERIVE,
             .cap = &frame)
        ->request.words = WORDS(ANY, 2 * PAGE_BYTES, PAGE_BYTES);
    asks_for(&world.root, "has S wait where it waits", &set, WAITSET_LABEL_ADD, .cap = &next)
        ->request.words = WORDS(3);
    asks_for(&world.root, "takes that back", &set, WAITSET_LABEL_REMOVE, .cap = &next);
    does(&world.root, "moves a UTCB away", OP_SEND, &open, .cap = &s.frame, .how = CAP_MOVE,
         AT_ONCE);
    does(&world.root, "gives it by a call", OP_CALL, &ep, .cap = &s.frame, .how = CAP_MOVE,
         AT_ONCE);
    does(&world.root, "puts a buffer into a channel", OP_SEND, &channel, .buffer = lent,
         .buffer_bytes = 100, .request.flags = TAG_BUFFER);
    wrong_bindings();
    timer_steps();
    takes_part(&world.root);
}

static void make_wrong(void)
{
    make_objects();
    give_handles();
    client_steps();
    full_steps();
    serving_steps();
    root_steps();
}

const struct small_world world_wrong = {
    "wrong",    "WORLD-11: mistakes are told as the list of errors says, and change nothing",
    make_wrong, 100000,
    true,       16,
    1};
