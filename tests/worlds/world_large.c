/*
 * world_large.c - a small world of large objects: two threads make and free them in the same
 * memory, which is full of what was there before; each makes way at each piece that is zeroed.
 */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>

#include "worlds.h"

#define LAND_BITS 17 /* four pieces of 32 KiB, each zeroed at once (kernel/cap/untyped.c) */
#define LARGE_AT  (512ull << 30)

static struct actor a, b;
static cap_t land, plain, large;

static void maker_steps(struct actor *who)
{
    asks_for(who, "makes a space of 64 KiB", &land, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_CSPACE, 10);
    asks_for(who, "makes a channel of 64 KiB", &land, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_CHANNEL, CHANNEL_SIZE(100, 64, 0));
    asks_for(who, "makes a Frame", &land, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_FRAME, PAGE_SIZE_BITS);
    asks_for(who, "makes an Untyped of half", &land, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_UNTYPED, LAND_BITS - 1);
    asks_for(who, "revokes the memory", &who->self, CSPACE_LABEL_REVOKE, .cap = &land);
}

/* A Frame of 2 MiB, which is zeroed in 64 pieces, and mapped by a large page. */
static void root_steps(void)
{
    asks_for(&world.root, "makes a large Frame", &plain, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);
    asks_for(&world.root, "makes an Untyped of half of that", &plain, UNTYPED_LABEL_RETYPE)
        ->request.words = NEW(OBJECT_UNTYPED, LARGE_PAGE_SIZE_BITS - 1);
    asks_for(&world.root, "revokes that memory", &world.root.self, CSPACE_LABEL_REVOKE,
             .cap = &plain);
    asks_for(&world.root, "maps another", &world.vspace, VSPACE_LABEL_MAP, .cap = &large)
        ->request.words = WORDS(LARGE_AT, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    asks_for(&world.root, "unmaps it", &world.vspace, VSPACE_LABEL_UNMAP, .cap = &large);
    asks_for(&world.root, "cancels A", &a.cap, THREAD_LABEL_CANCEL);
}

static void make_large(void)
{
    a = person("A", ACTIVE, 20);
    b = person("B", ACTIVE, 30);
    land = make(OBJECT_UNTYPED, LAND_BITS, "");
    plain = make(OBJECT_UNTYPED, LARGE_PAGE_SIZE_BITS, "");
    large = make_from(world.huge, OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "");
    takes_part(&a);
    maker_steps(&a);
    takes_part(&b);
    maker_steps(&b);
    root_steps();
    takes_part(&world.root);
}

const struct small_world world_large = {
    "large",
    "WORLD-12: large objects are made, zeroed piece by piece, and freed while others do",
    make_large,
    20000,
    true,
    16,
    16};
