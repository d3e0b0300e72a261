/* objects.c - what the methods of kernel objects cost that systems call most. */
#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "bench.h"
#include "measure.h"

#define MANY        BENCH_MINTS /* that are made in one sample, and deleted outside it */
#define DESCENDANTS 1000
#define FRAMES      64
#define PAGE        4096

#define ONE_CAP (1ull << TAG_CAPS_SHIFT)
#define ACCEPT  (1ull << TAG_ACCEPT_SHIFT)

static cap_t parent; /* what copies are made of, an endpoint */
static cap_t made[DESCENDANTS];

/* ---- making capabilities ---- */

static uint64_t mint_tag(void)
{
    return TAG(OP_CALL, CSPACE_LABEL_MINT, 2) | ONE_CAP | ACCEPT;
}

static uint64_t derive_tag(void)
{
    return TAG(OP_CALL, CSPACE_LABEL_DERIVE, 3) | ONE_CAP | ACCEPT;
}

static uint64_t delete_tag(void)
{
    return TAG(OP_CALL, CSPACE_LABEL_DELETE, 0) | ONE_CAP;
}

/* So many children of `parent` by that method; the words are badge and rights, or rights. */
static bool make(uint64_t tag, word_t word0, word_t word1, unsigned count)
{
    cap_t space = cspace_self();

    for (unsigned i = 0; i < count; i++) {
        if (object_call(tag, space, word0, word1, 0, 0, parent))
            return false;
        made[i] = object_cap();
    }
    return true;
}

static uint64_t time_making(uint64_t tag, word_t word0, word_t word1)
{
    uint64_t start = counter_now(), ticks;
    bool good = make(tag, word0, word1, MANY);

    ticks = counter_now() - start;
    return good && !object_call(TAG(OP_CALL, CSPACE_LABEL_REVOKE, 0) | ONE_CAP, cspace_self(), 0, 0,
                                0, 0, parent)
               ? ticks
               : 0;
}

uint64_t bench_time_mint(const void *form)
{
    (void)form;
    return time_making(mint_tag(), BENCH_BADGE, CAP_RIGHTS_ALL);
}

static uint64_t time_derive(const void *form)
{
    (void)form;
    return time_making(derive_tag(), CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT, 0);
}

static uint64_t time_copy_delete(const void *form)
{
    cap_t space = cspace_self();
    uint64_t start = counter_now();

    (void)form;
    for (unsigned i = 0; i < MANY; i++)
        if (object_call(derive_tag(), space, CAP_RIGHTS_ALL, 0, 0, 0, parent) ||
            object_call(delete_tag(), space, 0, 0, 0, 0, object_cap()))
            return 0;
    return counter_now() - start;
}

static uint64_t time_revoke(const void *form)
{
    uint64_t start;
    error_t error;

    (void)form;
    if (!make(derive_tag(), CAP_RIGHTS_CALL, 0, DESCENDANTS))
        return 0;
    start = counter_now();
    error = object_call(TAG(OP_CALL, CSPACE_LABEL_REVOKE, 0) | ONE_CAP, cspace_self(), 0, 0, 0, 0,
                        parent);
    return error ? 0 : counter_now() - start;
}

/* Each is what it should be, with badge and rights; and after a revoke it is gone. */
static int check_made(void)
{
    struct cap_info info;

    if (!make(mint_tag(), BENCH_BADGE, CAP_RIGHTS_CALL, MANY))
        return bench_fail("cap_mint", "it was refused");
    for (unsigned i = 0; i < MANY; i++)
        if (cap_inspect(cspace_self(), made[i] & CAP_INDEX_MASK, &info) || info.cap != made[i] ||
            info.badge != BENCH_BADGE || info.rights != CAP_RIGHTS_CALL)
            return bench_fail("cap_mint", "a capability is not as it was asked for");
    if (cap_revoke(parent))
        return bench_fail("revoke_per_descendant", "it was refused");
    for (unsigned i = 0; i < MANY; i++)
        if (object_call(mint_tag(), cspace_self(), 1, 1, 0, 0, made[i]) != ESTALE)
            return bench_fail("revoke_per_descendant", "a descendant is still there");
    return 0;
}

/* The CSpace grows at first use, which the loops could not do. */
static error_t make_room(void)
{
    error_t error = SUCCESS;

    for (unsigned i = 0; i < DESCENDANTS && !error; i++)
        error = cap_derive(parent, CAP_RIGHTS_CALL, &made[i]);
    return error ? error : cap_revoke(parent);
}

error_t bench_prepare_mint(void)
{
    error_t error = endpoint_create("parent", UNTYPED_ENDPOINT_OPEN, &parent);

    return error ? error : make_room();
}

static int bench_caps(void)
{
    error_t error = bench_prepare_mint();

    if (error)
        return bench_fail_error("cap_mint", error);
    return bench_measure("cap_mint", bench_time_mint, NULL, MANY, NULL) ||
           bench_measure("cap_derive", time_derive, NULL, MANY, NULL) ||
           bench_measure("cap_copy_delete", time_copy_delete, NULL, MANY, NULL) ||
           bench_measure("revoke_per_descendant", time_revoke, NULL, DESCENDANTS, NULL) ||
           check_made();
}

/* ---- making objects ---- */

#define BLOCK_SIZE_BITS 17

static uint64_t time_retype(const void *form)
{
    cap_t block = *(const cap_t *)form;
    uint64_t tag = TAG(OP_CALL, UNTYPED_LABEL_RETYPE, 5) | ACCEPT, start, ticks;

    /* The first one after a revoke finds the block unused again, and does not count. */
    if (object_call(tag, block, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, 0, 0, CAP_NULL))
        return 0;
    start = counter_now();
    for (unsigned i = 0; i < MANY; i++)
        if (object_call(tag, block, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, 0, 0, CAP_NULL))
            return 0;
    ticks = counter_now() - start;
    return object_call(TAG(OP_CALL, CSPACE_LABEL_REVOKE, 0) | ONE_CAP, cspace_self(), 0, 0, 0, 0,
                       block)
               ? 0
               : ticks;
}

static int bench_retype(void)
{
    static const char name[] = "retype_endpoint";
    cap_t block;
    error_t error =
        untyped_retype(startup_cap("memory"), OBJECT_UNTYPED, BLOCK_SIZE_BITS, "block", 0, &block);

    return error ? bench_fail_error(name, error)
                 : bench_measure(name, time_retype, &block, MANY, NULL);
}

/* ---- mapping ---- */

static cap_t frames[FRAMES];
static uint64_t base;

static bool map_all(void)
{
    uint64_t tag = TAG(OP_CALL, VSPACE_LABEL_MAP, 2) | ONE_CAP;
    cap_t space = vspace_self();

    for (unsigned i = 0; i < FRAMES; i++)
        if (object_call(tag, space, base + i * PAGE, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, 0, 0,
                        frames[i]))
            return false;
    return true;
}

static bool unmap_all(void)
{
    uint64_t tag = TAG(OP_CALL, VSPACE_LABEL_UNMAP, 0) | ONE_CAP;
    cap_t space = vspace_self();

    for (unsigned i = 0; i < FRAMES; i++)
        if (object_call(tag, space, 0, 0, 0, 0, frames[i]))
            return false;
    return true;
}

static uint64_t time_map(const void *form)
{
    uint64_t start = counter_now(), ticks;
    bool good = map_all();

    (void)form;
    ticks = counter_now() - start;
    return unmap_all() && good ? ticks : 0;
}

static uint64_t time_unmap(const void *form)
{
    bool good = map_all();
    uint64_t start = counter_now();

    (void)form;
    good = unmap_all() && good;
    return good ? counter_now() - start : 0;
}

/* What is written through one mapping is there in the next. */
static int check_map(void)
{
    for (int turn = 0; turn < 2; turn++) {
        if (!map_all())
            return bench_fail("frame_map", "it was refused");
        for (unsigned i = 0; i < FRAMES; i++) {
            volatile uint64_t *word = (volatile uint64_t *)(base + i * PAGE); /* NOLINT */

            if (turn && *word != bench_pattern(i, 1))
                return bench_fail("frame_map", "another frame is there");
            *word = bench_pattern(i, 1);
        }
        if (!unmap_all())
            return bench_fail("frame_unmap", "it was refused");
    }
    return 0;
}

static error_t make_frames(void)
{
    error_t error = vspace_reserve(FRAMES * PAGE, FRAMES * PAGE, &base);

    for (unsigned i = 0; i < FRAMES && !error; i++)
        error = frame_allocate(PAGE, &frames[i]);
    if (!error) /* brings the page tables */
        error = frame_attach_at(frames[0], CAP_RIGHTS_READ, base);
    return error ? error : frame_unmap(CAP_NULL, frames[0]);
}

static int bench_map(void)
{
    error_t error = make_frames();

    if (error)
        return bench_fail_error("frame_map", error);
    return bench_measure("frame_map", time_map, NULL, FRAMES, NULL) ||
           bench_measure("frame_unmap", time_unmap, NULL, FRAMES, NULL) || check_map();
}

/* ---- the next thread's turn ---- */

static uint64_t yield_tag(void)
{
    return TAG(OP_CALL, SCHEDCONTEXT_LABEL_YIELD, 0);
}

static uint64_t time_yield(const void *form)
{
    cap_t time = startup_cap("time");
    uint64_t start = counter_now();

    (void)form;
    for (unsigned i = 0; i < BENCH_ROUNDS; i++)
        if (object_call(yield_tag(), time, 0, 0, 0, 0, CAP_NULL))
            return 0;
    return counter_now() - start;
}

/* The peer's part: yields for ever, and counts. */
int bench_yielder(void)
{
    cap_t time = startup_cap("time");

    while (!object_call(yield_tag(), time, 0, 0, 0, 0, CAP_NULL))
        continue;
    return 1;
}

/* Each yield is one switch to the other program, and one back. */
static int bench_yield(void)
{
    static const char name[] = "thread_switch_yield";
    struct peer peer;
    error_t error = peer_start(&(struct peer_form){.part = "--yielder"}, &peer);
    int status;

    if (error)
        return bench_fail_error(name, error);
    status = bench_measure(name, time_yield, NULL, 2ull * BENCH_ROUNDS, NULL);
    peer_end(&peer);
    return status;
}

int bench_objects(void)
{
    return bench_caps() || bench_retype() || bench_map() || bench_yield();
}
