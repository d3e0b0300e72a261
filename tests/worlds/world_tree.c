/* world_tree.c - small worlds of capabilities: made, moved, taken back; and of deaths. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

#include "worlds.h"

#define ANY CAP_RIGHTS_ALL

static struct actor a, b, s;
static cap_t ep, bell, memory, a_ep, a_bell, b_ep, b_bell, s_ep, a_memory;

static void make_people(void)
{
    a = stranger("A", ACTIVE, 20);
    b = stranger("B", ACTIVE, 30);
    ep = endpoint("ep");
    bell = notification("bell");
    a_ep = gives(&a, ep, ANY);
    a_bell = gives(&a, bell, CAP_RIGHTS_SEND | CAP_RIGHTS_RECV);
    b_ep = gives(&b, minted(ep, 2, ANY), CAP_RIGHTS_RECV | CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT);
}

/* ---- caps: derived, minted, sent, moved, deleted ---- */

static void maker_steps(struct actor *who, const cap_t *of)
{
    asks_for(who, "derives", &who->self, CSPACE_LABEL_DERIVE, .cap = of)->request.words =
        WORDS(CAP_RIGHTS_SEND, 0, 0);
    asks_for(who, "mints", &who->self, CSPACE_LABEL_MINT, .cap = of)->request.words = WORDS(5, ANY);
    asks_for(who, "deletes the other", &who->self, CSPACE_LABEL_DELETE, .cap = &pick_other);
    asks_for(who, "revokes", &who->self, CSPACE_LABEL_REVOKE, .cap = of);
}

/* No space holds more than two others, so the world stays small. */
static void make_caps(void)
{
    make_people();
    takes_part(&a);
    maker_steps(&a, &a_bell);
    does(&a, "sends a copy", OP_SEND, &a_ep, .cap = &a_bell, AT_ONCE);
    does(&a, "sends the other away", OP_SEND, &a_ep, .cap = &pick_other, .how = CAP_MOVE);
    does(&a, "sends less", OP_SEND, &a_ep, .cap = &a_bell, .how = CAP_DERIVE | CAP_RIGHTS_SEND);
    takes_part(&b);
    does(&b, "receives", OP_RECV, &b_ep, .request.accept = 1);
    maker_steps(&b, &pick_other);
    asks_for(&world.root, "revokes the bell", &world.root.self, CSPACE_LABEL_REVOKE, .cap = &bell);
    takes_part(&world.root);
}

const struct small_world world_caps = {
    "caps",    "WORLD-6: capabilities are made, sent and deleted, and no right grows",
    make_caps, 500000,
    true,      16,
    1};

/* ---- revokes: two at once, preempted at each step, while others derive ---- */

static void make_revokes(void)
{
    make_people();
    b_bell = gives(&b, bell, CAP_RIGHTS_SEND);
    takes_part(&a);
    asks_for(&a, "derives", &a.self, CSPACE_LABEL_DERIVE, .cap = &a_bell)->request.words =
        WORDS(CAP_RIGHTS_SEND, 0, 0);
    asks_for(&a, "revokes", &a.self, CSPACE_LABEL_REVOKE, .cap = &a_bell);
    takes_part(&b);
    asks_for(&b, "derives", &b.self, CSPACE_LABEL_DERIVE, .cap = &b_bell)->request.words =
        WORDS(CAP_RIGHTS_SEND, 0, 0);
    asks_for(&b, "derives of the other", &b.self, CSPACE_LABEL_DERIVE, .cap = &pick_other)
        ->request.words = WORDS(CAP_RIGHTS_SEND, 0, 0);
    asks_for(&b, "deletes its own", &b.self, CSPACE_LABEL_DELETE, .cap = &b_bell);
    asks_for(&world.root, "revokes the bell", &world.root.self, CSPACE_LABEL_REVOKE, .cap = &bell);
    asks_for(&world.root, "deletes A's space", &world.root.self, CSPACE_LABEL_DELETE,
             .cap = &a.cspace);
    root_disturbs(&a);
    takes_part(&world.root);
}

const struct small_world world_revokes = {
    "revokes",
    "WORLD-7: revokes and deletions preempted at each step, while others derive",
    make_revokes,
    500000,
    true,
    16,
    1};

/* ---- cancels: of who revokes or deletes memory, of which things are made that others hold ---- */

/* A's memory, of which there are two notifications already. */
static cap_t own_memory(void)
{
    cap_t owned = make(OBJECT_UNTYPED, PAGE_SIZE_BITS, "");

    make_from(owned, OBJECT_NOTIFICATION, 0, "first");
    make_from(owned, OBJECT_NOTIFICATION, 0, "second");
    must_ask(a.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(owned, CAP_MOVE));
    return word(&world.root, 0);
}

static void make_cancels(void)
{
    make_people();
    a_memory = own_memory();
    takes_part(&a);
    asks_for(&a, "makes a bell", &a_memory, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_NOTIFICATION, 0);
    does(&a, "sends it away", OP_SEND, &a_ep, .cap = &pick_other, .how = CAP_MOVE, AT_ONCE);
    asks_for(&a, "revokes", &a.self, CSPACE_LABEL_REVOKE, .cap = &a_memory);
    asks_for(&a, "deletes", &a.self, CSPACE_LABEL_DELETE, .cap = &a_memory);
    takes_part(&b);
    does(&b, "receives", OP_RECV, &b_ep, .request.accept = 1);
    does(&b, "notifies", OP_NOTIFY, &pick_other)->request.words.word[0] = 1;
    root_disturbs(&a);
    takes_part(&world.root);
}

const struct small_world world_cancels = {
    "cancels",
    "WORLD-20: who is cancelled in the middle of a revoke or deletion is told, and can go on",
    make_cancels,
    500000,
    true,
    16,
    1};

/* ---- deaths: of each object, at each moment, and made again ---- */

static void made_again(const cap_t *untyped)
{
    asks_for(&world.root, "makes an endpoint", untyped, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
}

static void death_steps(void)
{
    static const char *const what[] = {"ends A",         "ends S",        "ends A's time",
                                       "ends A's space", "ends the bell", "ends the endpoint"};
    const cap_t *const caps[] = {&a.cap, &s.cap, &a.time, &a.cspace, &bell, &ep};

    for (unsigned i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
        asks_for(&world.root, what[i], &world.root.self, CSPACE_LABEL_DELETE, .cap = caps[i]);
    asks_for(&world.root, "revokes the memory", &world.root.self, CSPACE_LABEL_REVOKE,
             .cap = &memory);
    made_again(&memory);
}

static void make_deaths(void)
{
    s = stranger("S", PASSIVE, 25);
    make_people();
    memory = make(OBJECT_UNTYPED, 12, "");
    a_memory = gives(&a, make_from(memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "mortal"),
                     CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    s_ep = gives(&s, make_from(memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "own"),
                 CAP_RIGHTS_RECV);
    b_bell = gives(&b, bell, CAP_RIGHTS_RECV);
    takes_part(&a);
    does(&a, "sends", OP_SEND, &a_ep);
    does(&a, "calls the mortal one", OP_CALL, &a_memory);
    does(&a, "waits for the bell", OP_RECV, &a_bell);
    takes_part(&b);
    does(&b, "receives", OP_RECV, &b_ep);
    does(&b, "notifies", OP_SEND, &b_ep, .lasts = 2 * MS);
    does(&b, "waits for the bell", OP_RECV, &b_bell);
    takes_part(&s);
    does(&s, "receives", OP_RECV, &s_ep);
    death_steps();
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_deaths = {
    "deaths",
    "WORLD-8: threads, spaces, times and objects end at any moment, and nobody waits on",
    make_deaths,
    1000000,
    true,
    16,
    1};
