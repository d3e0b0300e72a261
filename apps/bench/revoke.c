/* revoke.c - what it costs to take a capability back from 1 to 10,000 holders: so much for each. */
#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/startup.h>

#include "bench.h"
#include "measure.h"

#define SPACE_BITS 14
#define ONE_CAP    (1ull << TAG_CAPS_SHIFT)

static cap_t parent, space; /* an endpoint, and where its copies lie */

static bool make_copies(uint64_t count)
{
    uint64_t tag = TAG(OP_CALL, CSPACE_LABEL_INSERT, 0) | ONE_CAP;

    for (uint64_t i = 0; i < count; i++)
        if (object_call(tag, space, 0, 0, 0, 0, parent))
            return false;
    return true;
}

static uint64_t time_revoke(const void *form)
{
    uint64_t start;
    bool good;

    if (!make_copies(*(const uint64_t *)form))
        return 0;
    start = counter_now();
    good = !object_call(TAG(OP_CALL, CSPACE_LABEL_REVOKE, 0) | ONE_CAP, cspace_self(), 0, 0, 0, 0,
                        parent);
    return good ? counter_now() - start : 0;
}

/* The copies are there before, and no more after. */
static int check_revoke(const char *name, uint64_t count)
{
    uint64_t slots, before, after;

    if (!make_copies(count) || cspace_statistics(space, &slots, &before) || cap_revoke(parent) ||
        cspace_statistics(space, &slots, &after))
        return bench_fail(name, "it was refused");
    return before == count && after == 0 ? 0 : bench_fail(name, "not all copies are gone");
}

/* Ten times as many take at most ten times as long, and a tenth for interrupts that come meanwhile.
 */
static int check_growth(const char *name, uint64_t less, uint64_t more)
{
    return more <= 11 * less ? 0 : bench_fail(name, "it grows faster than the descendants");
}

int bench_revoke(void)
{
    static const struct {
        const char *name;
        uint64_t count;
    } sizes[] = {{"revoke_1", 1},
                 {"revoke_10", 10},
                 {"revoke_100", 100},
                 {"revoke_1000", 1000},
                 {"revoke_10000", 10000}};
    uint64_t last = 0, result = 0;
    error_t error = endpoint_create("parent", UNTYPED_ENDPOINT_OPEN, &parent);
    int status = 0;

    if (!error)
        error = cspace_create(startup_cap("memory"), SPACE_BITS, "descendants", &space);
    if (error)
        return bench_fail_error("revoke", error);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !status; i++) {
        status = bench_measure(sizes[i].name, time_revoke, &sizes[i].count, 1, &result) ||
                 (i && check_growth(sizes[i].name, last, result)) ||
                 check_revoke(sizes[i].name, sizes[i].count);
        last = result;
    }
    return status;
}
