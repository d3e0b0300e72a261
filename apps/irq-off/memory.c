/* memory.c - long operations on capabilities and memory. */
#include <stddef.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "crowd.h"
#include "irq-off.h"

#define SPACE_BITS    17 /* 8 MiB of slots */
#define GIFTS         32
#define BOUND         1000
#define TABLES_APART  (1ull << 21)
#define SPACE_ADDRESS 0x10000000ull

static cap_t target, second, endpoints[BOUND];

/* ---- revoke, delete ---- */

static void make_family(void)
{
    cap_t child;

    target = make_endpoint();
    for (unsigned i = 0; i < MANY; i++)
        expect(cap_derive(target, CAP_RIGHTS_ALL, &child));
}

static void revoke(void)
{
    expect(cap_revoke(target));
}

static void delete_target(void)
{
    expect(cap_delete(target));
}

static void make_full_space(void)
{
    cap_t handle;

    target = make(OBJECT_CSPACE, 10);
    for (unsigned i = 0; i < MANY; i++)
        expect(cspace_insert(target, make_endpoint(), CAP_MOVE, &handle));
}

static void make_deep_memory(void)
{
    cap_t inner = target = make(OBJECT_UNTYPED, 20);

    for (unsigned bits = 19; bits >= 14; bits--) {
        expect(untyped_retype(inner, OBJECT_UNTYPED, bits, NULL, 0, &inner));
        for (unsigned i = 0; i < 8; i++)
            expect(untyped_retype(inner, OBJECT_ENDPOINT, 0, NULL, 0, &second));
    }
}

/* ---- zeroing ---- */

static void nothing(void)
{
}

static void zero(void)
{
    cap_t frame = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);

    expect(cap_delete(frame));
}

/* ---- CSpaces ---- */

static void make_space(void)
{
    target = make(OBJECT_CSPACE, SPACE_BITS);
}

static void prepare_growth(void)
{
    target = make(OBJECT_CSPACE, SPACE_BITS - 2);
    second = make(OBJECT_UNTYPED, SPACE_BITS + 4);
}

static void grow(void)
{
    expect(cspace_grow(target, second));
}

static void inspect_space(void)
{
    struct cap_info info;

    expect(cap_inspect(target, 0, &info) == ENOENT ? SUCCESS : EINVAL);
}

/* ---- address spaces ---- */

static void do_nothing(uint64_t number)
{
    (void)number;
}

static void make_utcbs(void)
{
    crowd_make(MANY, do_nothing, LOWER_PRIORITY, NULL);
    crowd_start(MANY);
}

static void unmap(void)
{
    expect(frame_unmap(CAP_NULL, crowd_utcb_frame()));
}

static void delete_frame(void)
{
    expect(cap_delete(crowd_utcb_frame()));
}

static void make_vspace(void)
{
    target = make(OBJECT_VSPACE, 0);
    for (unsigned i = 0; i < GIFTS; i++)
        expect(vspace_give(target, make(OBJECT_UNTYPED, 14)));
    for (uint64_t i = 0; i < GIFTS * 3; i++)
        expect(frame_map(target, make(OBJECT_FRAME, PAGE_SIZE_BITS),
                         SPACE_ADDRESS + i * TABLES_APART, CAP_RIGHTS_READ));
}

/* ---- endpoints of one thread ---- */

static void bind_many(void)
{
    crowd_make(1, do_nothing, LOWER_PRIORITY, NULL);
    for (unsigned i = 0; i < BOUND; i++) {
        endpoints[i] = make_endpoint();
        expect(thread_bind_endpoint(crowd_thread(0), endpoints[i]));
    }
}

static void unbind_many(void)
{
    for (unsigned i = 0; i < BOUND / 2; i++)
        expect(thread_unbind_endpoint(crowd_thread(0), endpoints[i]));
}

const struct measured memory_operations[] = {
    {"revoke", make_family, revoke},
    {"delete_family", make_family, delete_target},
    {"delete_space", make_full_space, delete_target},
    {"delete_memory", make_deep_memory, delete_target},
    {"zero", nothing, zero},
    {"space_create", nothing, make_space},
    {"space_grow", prepare_growth, grow},
    {"space_inspect", make_space, inspect_space},
    {"space_delete", make_space, delete_target},
    {"unmap", make_utcbs, unmap},
    {"delete_frame", make_utcbs, delete_frame},
    {"vspace_delete", make_vspace, delete_target},
    {"unbind", bind_many, unbind_many},
    {NULL, NULL, NULL},
};
