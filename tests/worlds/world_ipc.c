/* world_ipc.c - small worlds of rendezvous: calls and their answers, saved Replies, plain sends. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

#include "worlds.h"

#define ANY CAP_RIGHTS_ALL

static struct actor a, b, s, t;
static cap_t ep, other, bell;
static cap_t a_ep, b_ep, s_ep, s_other, t_ep, t_other, a_bell, b_bell, s_bell;
static uint64_t from, to;

/* ---- calls: two clients, one passive server with a notification ---- */

static void client_steps(struct actor *client, const cap_t *way, const cap_t *gift)
{
    takes_part(client);
    does(client, "calls", OP_CALL, way);
    does(client, "calls now", OP_CALL, way, AT_ONCE);
    does(client, "calls with a capability", OP_CALL, way, .cap = gift, .request.accept = 1);
    does(client, "calls with a deadline", OP_CALL, way, .lasts = 2 * MS);
}

static void server_steps(void)
{
    takes_part(&s);
    does(&s, "receives", OP_RECV, &s_ep);
    does(&s, "receives now, a capability too", OP_RECV, &s_ep, AT_ONCE, .request.accept = 1);
    does(&s, "answers and receives", OP_REPLY_RECV, &s_ep, .token = &pick_token,
         .request.accept = 1);
    does(&s, "answers", OP_REPLY, NULL, .token = &pick_token);
    does(&s, "answers once more", OP_REPLY, NULL, .token = &pick_used);
    does(&s, "answers with a capability", OP_REPLY, NULL, .token = &pick_token, .cap = &s_bell);
    asks_for(&s, "deletes what came", &s.self, CSPACE_LABEL_DELETE, .cap = &pick_other);
}

static void make_people(enum living living)
{
    a = stranger("A", ACTIVE, 20);
    b = stranger("B", ACTIVE, 30);
    s = stranger("S", living, 10);
    bell = notification("bell");
    a_bell = gives(&a, bell, CAP_RIGHTS_SEND);
    b_bell = gives(&b, bell, CAP_RIGHTS_SEND);
    s_bell = gives(&s, bell, CAP_RIGHTS_RECV);
}

static void make_calls(void)
{
    make_people(PASSIVE);
    ep = call_only("ep");
    a_ep = gives(&a, minted(ep, 1, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    b_ep = gives(&b, minted(ep, 2, ANY), CAP_RIGHTS_CALL);
    s_ep = gives(&s, ep, CAP_RIGHTS_RECV);
    client_steps(&a, &a_ep, &a_bell);
    client_steps(&b, &b_ep, &b_bell);
    server_steps();
    does(&a, "notifies", OP_NOTIFY, &a_bell)->request.words.word[0] = 1;
    root_disturbs(&a);
    root_disturbs(&s);
    asks_for(&world.root, "binds the endpoint", &s.cap, THREAD_LABEL_BIND_ENDPOINT, .cap = &ep);
    asks_for(&world.root, "unbinds it", &s.cap, THREAD_LABEL_UNBIND_ENDPOINT, .cap = &ep);
    asks_for(&world.root, "binds the bell", &s.cap, THREAD_LABEL_BIND_NOTIFICATION, .cap = &bell);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_calls = {
    "calls",    "WORLD-1: calls to one server are answered once, whatever else happens",
    make_calls, 1000000,
    false,      64,
    1};

/* ---- replies: saved, moved, dropped; two servers, one of them passive ---- */

static void saving_steps(struct actor *who, const cap_t *way)
{
    takes_part(who);
    does(who, "receives", OP_RECV, way);
    does(who, "receives a Reply", OP_RECV, way, .request.flags = TAG_WANT_REPLY | TAG_DEADLINE);
    does(who, "answers", OP_REPLY, NULL, .token = &pick_token);
    does(who, "answers by Reply", OP_REPLY, NULL, .token = &pick_reply);
    does(who, "answers by Reply and receives", OP_REPLY_RECV, way, .token = &pick_reply);
    asks_for(who, "saves the Reply", &who->self, CSPACE_LABEL_REPLY_SAVE,
             .handle_word = &pick_token)
        ->request.words.count = 1;
    asks_for(who, "deletes a Reply", &who->self, CSPACE_LABEL_DELETE, .cap = &pick_reply);
}

static void make_replies(void)
{
    make_people(PASSIVE);
    t = stranger("T", ACTIVE, 25);
    ep = call_only("ep");
    other = call_only("other");
    a_ep = gives(&a, minted(ep, 1, ANY), CAP_RIGHTS_CALL);
    b_ep = gives(&b, minted(ep, 2, ANY), CAP_RIGHTS_CALL);
    s_ep = gives(&s, ep, CAP_RIGHTS_RECV);
    t_ep = gives(&t, ep, CAP_RIGHTS_RECV);
    s_other = gives(&s, other, CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    t_other = gives(&t, other, CAP_RIGHTS_RECV);
    takes_part(&a);
    does(&a, "calls", OP_CALL, &a_ep);
    does(&a, "calls with a deadline", OP_CALL, &a_ep, .lasts = 2 * MS);
    takes_part(&b);
    does(&b, "calls", OP_CALL, &b_ep);
    saving_steps(&s, &s_ep);
    does(&s, "calls the other, moving a Reply", OP_CALL, &s_other, .cap = &pick_reply,
         .how = CAP_MOVE);
    saving_steps(&t, &t_ep);
    does(&t, "receives from the other", OP_RECV, &t_other, .request.accept = 1, AT_ONCE);
    root_disturbs(&a);
    asks_for(&world.root, "suspends S", &s.cap, THREAD_LABEL_SUSPEND);
    asks_for(&world.root, "resumes S", &s.cap, THREAD_LABEL_RESUME);
    asks_for(&world.root, "binds T", &t.cap, THREAD_LABEL_BIND_ENDPOINT, .cap = &ep);
    asks_for(&world.root, "ends T", &world.root.self, CSPACE_LABEL_DELETE, .cap = &t.cap);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_replies = {
    "replies",
    "WORLD-2: a Reply that is saved, moved or dropped still answers once",
    make_replies,
    1000000,
    false,
    64,
    1};

/* ---- sends: open endpoints, closed receives, circles, buffers ---- */

static void peer_steps(struct actor *who, const cap_t *own, const cap_t *way)
{
    takes_part(who);
    does(who, "sends", OP_SEND, way);
    does(who, "sends now", OP_SEND, way, AT_ONCE);
    does(who, "calls", OP_CALL, way);
    does(who, "receives", OP_RECV, own);
    does(who, "receives closed", OP_RECV, own, .badge = 2, .expected = way,
         .request.flags = TAG_CLOSED);
    does(who, "receives closed for a while", OP_RECV, own, .badge = 1, .lasts = 3 * MS,
         .request.flags = TAG_CLOSED);
    does(who, "answers", OP_REPLY, NULL, .token = &pick_token);
}

static void two_pages(uint64_t *address)
{
    uint64_t second;

    mapped_frame(address);
    mapped_frame(&second);
}

static void make_sends(void)
{
    make_people(ACTIVE);
    two_pages(&from);
    two_pages(&to);
    ep = endpoint("ep");
    other = endpoint("other");
    a_ep = gives(&a, minted(ep, 1, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_SEND);
    b_ep = gives(&b, ep, CAP_RIGHTS_RECV);
    s_ep = gives(&s, minted(ep, 2, ANY), CAP_RIGHTS_SEND);
    t_ep = gives(&a, other, CAP_RIGHTS_RECV);
    t_other = gives(&b, minted(other, 2, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_SEND);
    binds(&b, ep);
    peer_steps(&a, &t_ep, &a_ep);
    peer_steps(&b, &b_ep, &t_other);
    takes_part(&s);
    does(&s, "sends", OP_SEND, &s_ep);
    does(&s, "sends a buffer", OP_SEND, &s_ep, .buffer = from, .buffer_bytes = 5000,
         .request.flags = TAG_BUFFER);
    does(&b, "receives a buffer", OP_RECV, &b_ep, .buffer = to, .buffer_bytes = 8192,
         .request.flags = TAG_BUFFER);
    root_disturbs(&b);
    asks_for(&world.root, "binds the other", &a.cap, THREAD_LABEL_BIND_ENDPOINT, .cap = &other);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_sends = {
    "sends",    "WORLD-3: plain sends, closed receives and buffers, preempted at each point",
    make_sends, 1000000,
    true,       64,
    1};
