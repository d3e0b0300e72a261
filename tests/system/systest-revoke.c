/* systest-revoke.c - a revoke reaches all that is below, and ends, whatever others do meanwhile. */
#include "lib/systest.h"

#define CROWD 400

static struct {
    cap_t source; /* what they derive from: a child of what is revoked */
    volatile error_t error;
    volatile unsigned made;
    cap_t space; /* where copies are put; CAP_NULL: the own space */
} deriver;

/* Makes capabilities without pause until there is nothing left to make them of. */
static void derive_on(void *unused)
{
    cap_t made;
    error_t error;

    (void)unused;
    do {
        error = deriver.space ? cspace_insert(deriver.space, deriver.source, CAP_COPY, &made)
                              : cap_derive(deriver.source, CAP_RIGHTS_ALL, &made);
        if (!error)
            deriver.made++;
    } while (!error || error == ENOSPC);
    deriver.error = error;
}

/* Revokes `frame` while a more urgent thread, with half of the CPU, derives from a child of it. */
static error_t revoke_against_deriver(cap_t frame, void (*run)(void *), struct worker *worker)
{
    const struct plan plan = {
        .run = run, .priority = PRIORITY_HIGHER, .budget = 200000, .period = 400000};
    cap_t crowd;
    error_t error = cap_derive(frame, CAP_RIGHTS_ALL, &deriver.source);

    deriver.error = SUCCESS;
    deriver.made = 0;
    for (unsigned i = 0; i < CROWD && !error; i++)
        error = cap_derive(frame, CAP_RIGHTS_ALL, &crowd);
    if (!error)
        error = worker_start(worker, &plan);
    return error ? error : cap_revoke(frame);
}

/* ---- deep ---- */

#define LEVELS 1000

static cap_t levels[LEVELS + 1];

/* Each is derived from the one before. */
static error_t derive_deep(void)
{
    error_t error = SUCCESS;

    levels[0] = make_endpoint();
    for (unsigned i = 0; i < LEVELS && !error; i++)
        error = cap_derive(levels[i], CAP_RIGHTS_ALL, &levels[i + 1]);
    return error;
}

static unsigned levels_left(void)
{
    struct cap_info info;
    unsigned left = 0;

    for (unsigned i = 0; i <= LEVELS; i++)
        left += find_cap(levels[i], &info);
    return left;
}

TEST(REVOKE_DEEP, "of a thousand levels of deriving a revoke takes those below it, and no other")
{
    CHECK_GOOD(derive_deep());
    CHECK_IS(levels_left(), LEVELS + 1);
    CHECK_GOOD(cap_revoke(levels[LEVELS / 2]));
    CHECK_IS(levels_left(), LEVELS / 2 + 1);
    CHECK_GOOD(cap_revoke(levels[0]));
    CHECK_IS(levels_left(), 1);
}

/* ---- against a thread that derives without pause ---- */

TEST(REVOKE_OUTRUN, "a more urgent thread that derives without pause does not outrun a revoke")
{
    struct worker worker;
    cap_t frame = make_frame();
    struct cap_info info;

    deriver.space = CAP_NULL;
    CHECK_GOOD(revoke_against_deriver(frame, derive_on, &worker));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(deriver.error, ESTALE);
    CHECK(deriver.made);
    CHECK(!find_cap(deriver.source, &info));
}

TEST(REVOKE_OUTRUN_SPACE, "nor does one that puts its copies into another space")
{
    struct worker worker;
    cap_t frame = make_frame();
    uint64_t slots, used;

    CHECK_GOOD(cspace_create(systest_memory(), 10, "crowd", &deriver.space));
    CHECK_GOOD(revoke_against_deriver(frame, derive_on, &worker));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(deriver.error, ESTALE);
    CHECK(deriver.made);
    CHECK_GOOD(cspace_statistics(deriver.space, &slots, &used));
    CHECK_IS(used, 0);
}

static cap_t fresh_memory, last_space;

/* The same into one new space after the other; when the memory is used up it begins anew. */
static void derive_into_fresh(void *unused)
{
    error_t error = SUCCESS;
    cap_t made;

    (void)unused;
    while (!error || error == ENOSPC) {
        error = untyped_retype(fresh_memory, OBJECT_CSPACE, 6, "fresh", 0, &last_space);
        if (error == ENOMEM)
            error = cap_revoke(fresh_memory);
        else
            while (!error && !(error = cspace_insert(last_space, deriver.source, CAP_COPY, &made)))
                deriver.made++;
    }
    deriver.error = error;
}

TEST(REVOKE_OUTRUN_FRESH, "nor one that puts them into new spaces, which it makes meanwhile")
{
    struct worker worker;
    cap_t frame = make_frame();
    uint64_t slots, used;

    fresh_memory = make(OBJECT_UNTYPED, 18);
    CHECK_GOOD(revoke_against_deriver(frame, derive_into_fresh, &worker));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(deriver.error, ESTALE);
    CHECK(deriver.made);
    CHECK_GOOD(cspace_statistics(last_space, &slots, &used));
    CHECK_IS(used, 0);
}

SUITE
