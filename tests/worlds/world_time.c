/* world_time.c - small worlds of time and of memory: budgets, reserves, helping; leases, frames. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>

#include "worlds.h"

#define ANY CAP_RIGHTS_ALL

static struct actor a, b, s;
static cap_t ep, a_ep, s_ep, frame, piece, space, more, little;
static uint64_t lent, own;

/* ---- times: short budgets run out in calls, and are bound, unbound, yielded ---- */

static void donation_steps(void)
{
    asks_for(&world.root, "has calls end", &s.cap, THREAD_LABEL_SET_DONATION)->request.words =
        WORDS(THREAD_RUN_OUT_ENDS_CALL, 1000);
    asks_for(&world.root, "has calls go on", &s.cap, THREAD_LABEL_SET_DONATION)->request.words =
        WORDS(THREAD_RUN_OUT_GOES_ON, 0);
    asks_for(&world.root, "unbinds A's time", &a.time, SCHEDCONTEXT_LABEL_UNBIND);
    asks_for(&world.root, "binds A's time", &a.time, SCHEDCONTEXT_LABEL_BIND, .cap = &a.cap)
        ->request.words = WORDS(SCHEDCONTEXT_OWN);
    asks_for(&world.root, "suspends A", &a.cap, THREAD_LABEL_SUSPEND);
    asks_for(&world.root, "resumes A", &a.cap, THREAD_LABEL_RESUME);
    asks_for(&world.root, "binds the endpoint", &s.cap, THREAD_LABEL_BIND_ENDPOINT, .cap = &ep);
}

static void make_times(void)
{
    a = spinner("A", 20, 2 * MS, 6 * MS);
    b = spinner("B", 30, MS, 4 * MS);
    s = person("S", PASSIVE, 10);
    ep = call_only("ep");
    takes_part(&a);
    does(&a, "calls", OP_CALL, &ep);
    does(&a, "calls for a while", OP_CALL, &ep, .lasts = 3 * MS);
    asks_for(&a, "yields", &a.time, SCHEDCONTEXT_LABEL_YIELD);
    takes_part(&b);
    does(&b, "calls", OP_CALL, &ep);
    takes_part(&s);
    does(&s, "receives", OP_RECV, &ep);
    does(&s, "answers and receives", OP_REPLY_RECV, &ep, .token = &pick_token);
    does(&s, "answers", OP_REPLY, NULL, .token = &pick_token);
    add_step((struct step){.name = "faults", .actor = &a, .fault = true});
    donation_steps();
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_times = {
    "times",    "WORLD-9: budgets run out, are refilled and rebound in every part of a call",
    make_times, 1000000,
    false,      64,
    1};

/* ---- memory: leases, mappings, zeroing ---- */

static void lease_step(const char *what, uint32_t method, const cap_t *of)
{
    asks_for(&s, what, of, method)->request.words = WORDS(0, 0, 5000, own);
}

static void memory_steps(void)
{
    asks_for(&world.root, "unmaps a lent page", &world.vspace, VSPACE_LABEL_UNMAP, .cap = &frame);
    asks_for(&world.root, "maps it again", &world.vspace, VSPACE_LABEL_MAP, .cap = &frame)
        ->request.words = WORDS(lent + PAGE_BYTES, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    asks_for(&world.root, "makes a Frame", &piece, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_FRAME, PAGE_SIZE_BITS);
    asks_for(&world.root, "makes an Untyped", &piece, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_UNTYPED, PAGE_SIZE_BITS);
    asks_for(&world.root, "revokes the memory", &world.root.self, CSPACE_LABEL_REVOKE,
             .cap = &piece);
    asks_for(&world.root, "cancels A", &a.cap, THREAD_LABEL_CANCEL);
    asks_for(&world.root, "cancels S", &s.cap, THREAD_LABEL_CANCEL);
}

/* A space that grows, or dies, while its new memory is zeroed. */
static void growing_steps(void)
{
    asks_for(&world.root, "grows a space", &space, CSPACE_LABEL_GROW, .cap = &more,
             .how = CAP_MOVE);
    asks_for(&world.root, "grows it by too little", &space, CSPACE_LABEL_GROW, .cap = &little,
             .how = CAP_MOVE);
    asks_for(&world.root, "uses the memory", &more, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_NOTIFICATION, 0);
    asks_for(&world.root, "ends the space", &world.root.self, CSPACE_LABEL_DELETE, .cap = &space);
}

static void make_memory(void)
{
    uint64_t second;

    a = stranger("A", ACTIVE, 20);
    s = stranger("S", ACTIVE, 30);
    mapped_frame(&lent);
    frame = mapped_frame(&second);
    mapped_frame(&own);
    mapped_frame(&second);
    piece = make(OBJECT_UNTYPED, PAGE_SIZE_BITS + 1, "");
    space = make(OBJECT_CSPACE, 10, "space");
    more = make(OBJECT_UNTYPED, 16, "");
    little = make(OBJECT_UNTYPED, PAGE_SIZE_BITS, "");
    ep = call_only("ep");
    a_ep = gives(&a, ep, CAP_RIGHTS_CALL);
    s_ep = gives(&s, ep, CAP_RIGHTS_RECV);
    takes_part(&a);
    does(&a, "calls, lending", OP_CALL, &a_ep, .lent = lent, .lent_bytes = 6000,
         .lent_rights = CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    does(&a, "calls, lending to read", OP_CALL, &a_ep, .lent = lent, .lent_bytes = 4000,
         .lent_rights = CAP_RIGHTS_READ, .lasts = 2 * MS);
    takes_part(&s);
    does(&s, "receives", OP_RECV, &s_ep);
    does(&s, "receives a Reply", OP_RECV, &s_ep, .request.flags = TAG_WANT_REPLY);
    lease_step("reads", REPLY_LABEL_LEASE_READ, &pick_token);
    lease_step("writes", REPLY_LABEL_LEASE_WRITE, &pick_token);
    lease_step("reads by Reply", REPLY_LABEL_LEASE_READ, &pick_reply);
    does(&s, "answers", OP_REPLY, NULL, .token = &pick_token);
    does(&s, "answers by Reply", OP_REPLY, NULL, .token = &pick_reply);
    memory_steps();
    growing_steps();
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_memory = {
    "memory",
    "WORLD-10: long copies and zeroing, preempted at each point while pages go",
    make_memory,
    500000,
    true,
    16,
    1};
