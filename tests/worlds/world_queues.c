/* world_queues.c - small worlds of messages that wait: in a channel, at one of many sources. */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/waitset_types.h>

#include "worlds.h"

#define ANY CAP_RIGHTS_ALL

static struct actor a, b, s;
static cap_t ep, channel, bell, set;
static cap_t a_ep, a_channel, b_ep, b_channel, b_bell, s_ep, s_channel, s_set, a_gift, gift;

static void make_people(enum living living)
{
    a = stranger("A", ACTIVE, 20);
    b = stranger("B", ACTIVE, 30);
    s = stranger("S", living, 25);
    ep = call_only("ep");
    bell = notification("bell");
    gift = notification("gift");
    channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 1), "channel");
    a_gift = gives(&a, gift, CAP_RIGHTS_SEND);
    a_channel = gives(&a, minted(channel, 1, ANY), CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT);
    b_channel = gives(&b, minted(channel, 2, ANY), CAP_RIGHTS_SEND);
    s_channel = gives(&s, channel, CAP_RIGHTS_RECV);
    a_ep = gives(&a, minted(ep, 1, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_POST | CAP_RIGHTS_GRANT);
    b_ep = gives(&b, minted(ep, 2, ANY), CAP_RIGHTS_CALL | CAP_RIGHTS_POST);
    s_ep = gives(&s, ep, CAP_RIGHTS_RECV);
    b_bell = gives(&b, bell, CAP_RIGHTS_SEND);
}

/* ---- channels: full, empty, attached, with capabilities ---- */

static void sender_steps(struct actor *who, const cap_t *in, const cap_t *way, const cap_t *sent)
{
    takes_part(who);
    does(who, "puts", OP_SEND, in);
    does(who, "puts now", OP_SEND, in, AT_ONCE);
    does(who, "puts a capability", OP_SEND, in, .cap = sent);
    does(who, "posts", OP_SEND, way, .lasts = 2 * MS);
    does(who, "calls", OP_CALL, way);
}

static void channel_steps(void)
{
    asks_for(&world.root, "attaches the channel", &channel, CHANNEL_LABEL_ATTACH, .cap = &ep);
    asks_for(&world.root, "detaches it", &channel, CHANNEL_LABEL_DETACH);
    asks_for(&world.root, "discards a message", &channel, CHANNEL_LABEL_DISCARD);
    asks_for(&world.root, "revokes the gift", &world.root.self, CSPACE_LABEL_REVOKE, .cap = &gift);
    asks_for(&world.root, "cancels A", &a.cap, THREAD_LABEL_CANCEL);
    asks_for(&world.root, "suspends A", &a.cap, THREAD_LABEL_SUSPEND);
    asks_for(&world.root, "resumes A", &a.cap, THREAD_LABEL_RESUME);
    asks_for(&world.root, "binds the endpoint", &s.cap, THREAD_LABEL_BIND_ENDPOINT, .cap = &ep);
}

static void make_channels(void)
{
    make_people(ACTIVE);
    sender_steps(&a, &a_channel, &a_ep, &a_gift);
    takes_part(&b);
    does(&b, "puts", OP_SEND, &b_channel);
    does(&b, "posts now", OP_SEND, &b_ep, AT_ONCE);
    takes_part(&s);
    does(&s, "takes", OP_RECV, &s_channel, .request.accept = 1);
    does(&s, "takes now, no capability", OP_RECV, &s_channel, AT_ONCE);
    does(&s, "receives", OP_RECV, &s_ep, .request.accept = 1);
    does(&s, "answers and receives", OP_REPLY_RECV, &s_ep, .token = &pick_token);
    asks_for(&s, "deletes what came", &s.self, CSPACE_LABEL_DELETE, .cap = &pick_other);
    channel_steps();
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_channels = {
    "channels",
    "WORLD-4: a channel that fills, empties, is attached and loses capabilities",
    make_channels,
    1000000,
    true,
    64,
    1};

/* ---- sets: an endpoint, a channel and a notification, received from as one ---- */

static void source_steps(const cap_t *source, uint64_t key)
{
    struct step *step =
        asks_for(&world.root, "adds a source", &set, WAITSET_LABEL_ADD, .cap = source);

    step->request.words = WORDS(key);
    asks_for(&world.root, "removes it", &set, WAITSET_LABEL_REMOVE, .cap = source);
}

static void make_sets(void)
{
    make_people(PASSIVE);
    set = make(OBJECT_WAITSET, 2, "set");
    s_set = gives(&s, set, CAP_RIGHTS_RECV);
    takes_part(&a);
    does(&a, "calls", OP_CALL, &a_ep);
    does(&a, "puts", OP_SEND, &a_channel, AT_ONCE);
    takes_part(&b);
    does(&b, "calls", OP_CALL, &b_ep);
    does(&b, "notifies", OP_NOTIFY, &b_bell)->request.words.word[0] = 1;
    takes_part(&s);
    does(&s, "receives from the set", OP_RECV, &s_set);
    does(&s, "receives from one source", OP_RECV, &s_set, .key = 1, .badge = 2, .lasts = 2 * MS,
         .request.flags = TAG_CLOSED);
    does(&s, "receives from the endpoint", OP_RECV, &s_ep, AT_ONCE);
    does(&s, "answers and receives", OP_REPLY_RECV, &s_set, .token = &pick_token);
    does(&s, "answers", OP_REPLY, NULL, .token = &pick_token);
    source_steps(&ep, 1);
    source_steps(&channel, 2);
    source_steps(&bell, 3);
    asks_for(&world.root, "suspends S", &s.cap, THREAD_LABEL_SUSPEND);
    asks_for(&world.root, "resumes S", &s.cap, THREAD_LABEL_RESUME);
    asks_for(&world.root, "cancels A", &a.cap, THREAD_LABEL_CANCEL);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_sets = {
    "sets",    "WORLD-5: sources enter and leave a WaitSet while others wait at both ends",
    make_sets, 1000000,
    true,      64,
    1};
