/*
 * world_chain.c - a small world of many threads, each of which waits for the next: as many as help
 * and the search for circles go, and one more. Few of them act: who comes to wait for the first,
 * and who in the middle leaves and comes again.
 */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/waitset_types.h>

#include "worlds.h"

#define LINKS  (CHAIN_HELP_MAX + 1)
#define FIRST  (LINKS - 1) /* it waits for the one before it, and so on */
#define MIDDLE (LINKS / 2)

static struct actor link[LINKS], a, b;
static cap_t at[LINKS], awaited, own, set, to_first, to_second;

static void expects_next(unsigned i)
{
    link[i].thread->utcb->closed_badge = 0;
    link[i].thread->utcb->closed_endpoint = at[i - 1];
    receives(&link[i], at[i], .flags = TAG_CLOSED);
    assert_state(&link[i], THREAD_WAITS_RECEIVE);
}

static void make_chain(void)
{
    set = make(OBJECT_WAITSET, 1, "set");
    for (unsigned i = 0; i < LINKS; i++) {
        link[i] = person("link", ACTIVE, 10);
        at[i] = endpoint("at");
        binds(&link[i], at[i]);
    }
    receives(&link[FIRST], set, NOW); /* it is its own from now on */
    receives(&link[0], at[0]);
    for (unsigned i = 1; i < LINKS; i++)
        expects_next(i);
}

static void coming_steps(void)
{
    takes_part(&a);
    does(&a, "calls the first", OP_CALL, &to_first, .lasts = 2 * MS);
    does(&a, "sends to the first", OP_SEND, &to_first, .lasts = MS);
    does(&a, "expects the first", OP_RECV, &own, .expected = &at[FIRST],
         .request.flags = TAG_CLOSED);
    does(&a, "calls the second", OP_CALL, &to_second, .lasts = MS);
    takes_part(&b);
    does(&b, "calls", OP_CALL, &awaited, .lasts = 2 * MS);
}

static void make_chains(void)
{
    world.unchecked = true; /* that many, each step checks all */
    a = person("A", ACTIVE, 20);
    b = person("B", ACTIVE, 30);
    own = endpoint("own");
    binds(&a, own);
    awaited = call_only("awaited");
    make_chain();
    to_first = minted(at[FIRST], 1, CAP_RIGHTS_ALL); /* not the one that it expects */
    to_second = minted(at[FIRST - 1], 1, CAP_RIGHTS_ALL);
    coming_steps();
    takes_part(&link[MIDDLE]);
    does(&link[MIDDLE], "expects the next", OP_RECV, &at[MIDDLE], .expected = &at[MIDDLE - 1],
         .request.flags = TAG_CLOSED);
    does(&link[MIDDLE], "receives now", OP_RECV, &at[MIDDLE], AT_ONCE);
    asks_for(&world.root, "cancels the middle", &link[MIDDLE].cap, THREAD_LABEL_CANCEL);
    asks_for(&world.root, "cancels the first", &link[FIRST].cap, THREAD_LABEL_CANCEL);
    asks_for(&world.root, "binds what B waits at", &link[FIRST].cap, THREAD_LABEL_BIND_ENDPOINT,
             .cap = &awaited);
    asks_for(&world.root, "unbinds it", &link[FIRST].cap, THREAD_LABEL_UNBIND_ENDPOINT,
             .cap = &awaited);
    asks_for(&world.root, "adds it to the set", &set, WAITSET_LABEL_ADD, .cap = &awaited)
        ->request.words = WORDS(1);
    asks_for(&world.root, "takes it out", &set, WAITSET_LABEL_REMOVE, .cap = &awaited);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_chains = {
    "chains",
    "WORLD-21: a chain of 33 threads that wait for each other is as long as one may be",
    make_chains,
    20000,
    true,
    64,
    4};
