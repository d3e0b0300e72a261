/* systest-cspace.c - capability spaces: insert, inspect, grow, and how they end. */
#include "lib/systest.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

#define SMALL_SLOTS 64

static cap_t make_small(void)
{
    return make(OBJECT_CSPACE, 6);
}

static uint64_t slots_of(cap_t space)
{
    uint64_t slots = 0, used;

    cspace_statistics(space, &slots, &used);
    return slots;
}

static uint64_t used_of(cap_t space)
{
    uint64_t slots, used = UINT64_MAX;

    cspace_statistics(space, &slots, &used);
    return used;
}

static error_t insert(cap_t space, cap_t cap, uint64_t how)
{
    cap_t handle;

    return cspace_insert(space, cap, how, &handle);
}

static bool is_there(cap_t cap)
{
    struct cap_info info;

    return find_cap(cap, &info);
}

TEST(CSPACE_INSERT_COPY, "INSERT copies: the handle it tells names the copy in that space")
{
    cap_t space = make_small(), endpoint = make_endpoint(), handle;
    struct cap_info info;

    CHECK_GOOD(cspace_insert(space, endpoint, CAP_COPY, &handle));
    CHECK_GOOD(cap_inspect(space, handle & CAP_INDEX_MASK, &info));
    CHECK_IS(info.cap, handle);
    CHECK_IS(info.type, OBJECT_ENDPOINT);
    CHECK_IS(info.owner, 0);
    CHECK(is_there(endpoint));
}

TEST(CSPACE_INSERT_DERIVE, "INSERT derives: the copy has just the rights that were named")
{
    cap_t space = make_small(), handle;
    struct cap_info info;

    CHECK_GOOD(cspace_insert(space, make_endpoint(), CAP_DERIVE | CAP_RIGHTS_CALL, &handle));
    CHECK_GOOD(cap_inspect(space, handle & CAP_INDEX_MASK, &info));
    CHECK_IS(info.rights, CAP_RIGHTS_CALL);
}

TEST(CSPACE_INSERT_MOVE, "INSERT moves: the capability is gone here and owns the object there")
{
    cap_t space = make_small(), endpoint = make_endpoint(), handle;
    struct cap_info info;

    CHECK_GOOD(cspace_insert(space, endpoint, CAP_MOVE, &handle));
    CHECK(!is_there(endpoint));
    CHECK_GOOD(cap_inspect(space, handle & CAP_INDEX_MASK, &info));
    CHECK_IS(info.owner, 1);
}

TEST(CSPACE_INSERT_NO_WRITE, "INSERT without Write is EPERM")
{
    cap_t space = with_rights(make_small(), CAP_RIGHTS_ALL & ~CAP_RIGHTS_WRITE);

    CHECK_REFUSED(insert(space, make_endpoint(), CAP_COPY), EPERM, ARGUMENT_HANDLE);
}

TEST(CSPACE_INSERT_OWN, "a program cannot put capabilities into its own space by INSERT: EPERM")
{
    CHECK_REFUSED(insert(startup_cap("cspace"), make_endpoint(), CAP_COPY), EPERM, ARGUMENT_HANDLE);
}

TEST(CSPACE_INSERT_HOW, "a way of INSERT that does not exist is EINVAL")
{
    CHECK_REFUSED(insert(make_small(), make_endpoint(), 3ull << 32), EINVAL, ARGUMENT_CAP(0));
}

TEST(CSPACE_INSERT_NOTHING, "INSERT without a capability is EINVAL")
{
    CHECK_REFUSED(invoke_how(make_small(), CSPACE_LABEL_INSERT, CAP_NULL, 0, NULL), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(CSPACE_FULL, "a full space takes no more: ENOSPC, and nothing else changes")
{
    cap_t space = make_small(), endpoint = make_endpoint();

    for (unsigned i = 0; i < SMALL_SLOTS; i++)
        CHECK_GOOD(insert(space, endpoint, CAP_COPY));
    CHECK_REFUSED(insert(space, endpoint, CAP_COPY), ENOSPC, ARGUMENT_HANDLE);
    CHECK_REFUSED(insert(space, endpoint, CAP_MOVE), ENOSPC, ARGUMENT_HANDLE);
    CHECK(is_there(endpoint));
    CHECK_IS(used_of(space), SMALL_SLOTS);
}

TEST(CSPACE_LABEL_INSPECT, "INSPECT tells type, rights, badge, name, and goes from slot to slot")
{
    cap_t space = make_small(), minted, first, second;
    struct cap_info info;

    CHECK_GOOD(endpoint_mint(make_endpoint(), 99, &minted));
    CHECK_GOOD(cspace_insert(space, make_frame(), CAP_COPY, &first));
    CHECK_GOOD(cspace_insert(space, minted, CAP_COPY, &second));
    CHECK_GOOD(cap_inspect(space, 0, &info));
    CHECK_IS(info.cap, first);
    CHECK_IS(info.size, PAGE);
    CHECK_GOOD(cap_inspect(space, (first & CAP_INDEX_MASK) + 1, &info));
    CHECK_IS(info.cap, second);
    CHECK_IS(info.badge, 99);
    CHECK(strcmp(info.name, "test") == 0);
}

TEST(CSPACE_INSPECT_END, "INSPECT past the last used slot is ENOENT")
{
    struct cap_info info;

    CHECK_REFUSED(cap_inspect(make_small(), 0, &info), ENOENT, ARGUMENT_WORD(0));
    CHECK_REFUSED(cap_inspect(make_small(), UINT64_MAX, &info), ENOENT, ARGUMENT_WORD(0));
}

TEST(CSPACE_INSPECT_NO_READ, "INSPECT of a CSpace without Read is EPERM")
{
    cap_t space = with_rights(make_small(), CAP_RIGHTS_WRITE);
    struct cap_info info;

    CHECK_REFUSED(cap_inspect(space, 0, &info), EPERM, ARGUMENT_HANDLE);
}

TEST(CSPACE_LABEL_STATISTICS, "STATISTICS counts slots and used slots")
{
    cap_t space = make_small();

    CHECK_GOOD(insert(space, make_endpoint(), CAP_COPY));
    CHECK_IS(slots_of(space), SMALL_SLOTS);
    CHECK_IS(used_of(space), 1);
}

TEST(CSPACE_STATISTICS_NO_READ, "STATISTICS without Read is EPERM")
{
    cap_t space = with_rights(make_small(), CAP_RIGHTS_WRITE);
    uint64_t slots, used;

    CHECK_REFUSED(cspace_statistics(space, &slots, &used), EPERM, ARGUMENT_HANDLE);
}

/* ---- growing ---- */

TEST(CSPACE_LABEL_GROW, "GROW doubles the slots; handles stay, and the new slots are given out")
{
    cap_t space = make_small(), endpoint = make_endpoint(), handle;
    struct cap_info info;

    CHECK_GOOD(cspace_insert(space, endpoint, CAP_COPY, &handle));
    CHECK_GOOD(cspace_grow(space, make(OBJECT_UNTYPED, 12)));
    CHECK_IS(slots_of(space), 2 * SMALL_SLOTS);
    CHECK_GOOD(cap_inspect(space, 0, &info));
    CHECK_IS(info.cap, handle);
    for (unsigned i = 1; i < 2 * SMALL_SLOTS; i++)
        CHECK_GOOD(insert(space, endpoint, CAP_COPY));
    CHECK_ERROR(insert(space, endpoint, CAP_COPY), ENOSPC);
}

TEST(CSPACE_GROW_AGAIN, "a space grows more than once")
{
    cap_t space = make_small();

    for (unsigned bits = 12; bits < 18; bits++)
        CHECK_GOOD(cspace_grow(space, make(OBJECT_UNTYPED, bits)));
    CHECK_IS(slots_of(space), SMALL_SLOTS << 6);
}

TEST(CSPACE_GROW_USED_UP, "the Untyped that a space grew by is used up: it is gone")
{
    cap_t untyped = make(OBJECT_UNTYPED, 12);

    CHECK_GOOD(cspace_grow(make_small(), untyped));
    CHECK(!is_there(untyped));
}

TEST(CSPACE_GROW_SIZE, "GROW by memory of another size is EINVAL")
{
    CHECK_REFUSED(cspace_grow(make_small(), make(OBJECT_UNTYPED, 13)), EINVAL, ARGUMENT_CAP(0));
}

TEST(CSPACE_GROW_BUSY, "GROW by memory that something is made of is EBUSY")
{
    cap_t untyped = make(OBJECT_UNTYPED, 12), endpoint;

    CHECK_GOOD(untyped_retype(untyped, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "", 0, &endpoint));
    CHECK_REFUSED(cspace_grow(make_small(), untyped), EBUSY, ARGUMENT_CAP(0));
}

TEST(CSPACE_GROW_TYPE, "GROW by what is no Untyped is EINVAL")
{
    CHECK_REFUSED(cspace_grow(make_small(), make_frame()), EINVAL, ARGUMENT_CAP(0));
}

TEST(CSPACE_GROW_NO_MANAGE, "GROW without Manage is EPERM")
{
    cap_t space = with_rights(make_small(), CAP_RIGHTS_ALL & ~CAP_RIGHTS_MANAGE);

    CHECK_REFUSED(cspace_grow(space, make(OBJECT_UNTYPED, 12)), EPERM, ARGUMENT_HANDLE);
}

/* ---- ends ---- */

TEST(CSPACE_DIES, "with a space go the capabilities in it, and the objects that these own")
{
    cap_t space = make_small(), endpoint = make_endpoint();
    cap_t left = with_rights(endpoint, CAP_RIGHTS_CALL);

    CHECK_GOOD(insert(space, endpoint, CAP_MOVE));
    CHECK_GOOD(cap_delete(space));
    CHECK(!is_there(left));
}

TEST(CSPACE_CIRCLE, "two spaces that hold each other end like any other")
{
    cap_t first = make_small(), second = make_small(), endpoint = make_endpoint();
    cap_t left = with_rights(endpoint, CAP_RIGHTS_CALL), name = with_rights(second, READ_WRITE);

    CHECK_GOOD(insert(first, endpoint, CAP_MOVE));
    CHECK_GOOD(insert(first, second, CAP_MOVE));
    CHECK_GOOD(insert(name, first, CAP_MOVE));
    CHECK_GOOD(cap_revoke(systest_memory()));
    CHECK(!is_there(left) && !is_there(name));
}

TEST(CSPACE_SELF, "a space that holds itself ends, too")
{
    cap_t space = make_small(), name = with_rights(space, READ_WRITE);

    CHECK_GOOD(insert(name, space, CAP_MOVE));
    CHECK_GOOD(cap_revoke(systest_memory()));
    CHECK(!is_there(name));
}

TEST(CSPACE_MEMORY_BACK, "a space's memory is free again when it has ended")
{
    cap_t untyped = make(OBJECT_UNTYPED, 15), space, again;
    struct untyped_info info;

    CHECK_GOOD(cspace_create(untyped, 6, "", &space));
    CHECK_GOOD(cap_delete(space));
    CHECK_GOOD(untyped_inspect(untyped, &info));
    CHECK_IS(info.children, 0);
    CHECK_GOOD(cspace_create(untyped, 6, "", &again));
}

/* ---- a thread whose space is full ---- */

static struct {
    cap_t cspace, untyped; /* handles in the small space */
    error_t error;
    uint64_t argument;
} cramped;

static void retype_in_full_space(void *unused)
{
    cap_t made;

    (void)unused;
    cramped.error = untyped_retype(cramped.untyped, OBJECT_ENDPOINT, 0, "", 0, &made);
    cramped.argument = ipc_error_detail()->argument;
}

TEST(CSPACE_FULL_RETYPE, "a thread whose space is full makes nothing new: ENOSPC")
{
    cap_t space = make_small(), untyped = make(OBJECT_UNTYPED, 12), endpoint = make_endpoint();
    struct plan plan = {.run = retype_in_full_space, .cspace = space};
    struct worker worker;

    CHECK_GOOD(cspace_insert(space, untyped, CAP_MOVE, &cramped.untyped));
    CHECK_GOOD(worker_make(&worker, &plan));
    while (insert(space, endpoint, CAP_COPY) == SUCCESS)
        continue;
    CHECK_GOOD(thread_start(worker.thread));
    CHECK_GOOD(worker_wait(&worker)); /* its exit faults: it has no Thread there, and stops */
    CHECK_IS(cramped.error, ENOSPC);
    CHECK_IS(cramped.argument, ARGUMENT_PARTNER);
}

/* ---- who deletes what it uses ---- */

static cap_t deleter_cap; /* what it calls, and deletes by that */
static error_t deleter_errors[2];

static void delete_twice(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        struct ipc_registers r = raw(OP_CALL, deleter_cap, CSPACE_LABEL_DELETE);

        r.tag |= 1u << TAG_CAPS_SHIFT;
        utcb_self()->caps[0] = (struct cap_item){deleter_cap, CAP_COPY};
        deleter_errors[i] = enter(&r);
    }
}

TEST(CSPACE_DELETE_USED, "a thread deletes the capability by which it does so: then it is ESTALE")
{
    struct worker worker;

    deleter_cap = with_rights(startup_cap("cspace"), CAP_RIGHTS_ALL);
    deleter_errors[0] = EINVAL;
    CHECK_GOOD(worker_run(&worker, delete_twice, NULL));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(deleter_errors[0], SUCCESS);
    CHECK_IS(deleter_errors[1], ESTALE);
}

TEST(CSPACE_DELETE_OWN,
     "a thread that deletes the space that it lives in stops, with the reason, and "
     "another can go on with it")
{
    cap_t space = make_small(), name = with_rights(space, READ_WRITE);
    const struct plan plan = {.run = delete_twice, .cspace = space};
    struct thread_info info;
    struct worker worker;

    CHECK_GOOD(worker_make(&worker, &plan));
    CHECK_GOOD(cspace_insert(name, space, CAP_MOVE, &deleter_cap));
    CHECK_GOOD(thread_start(worker.thread));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_GOOD(thread_get_info(worker.thread, &info));
    CHECK_IS(info.state, THREAD_STOPPED);
    CHECK_IS(info.stop_reason, THREAD_STOP_CSPACE_GONE);
    CHECK_GOOD(cap_revoke(systest_memory()));
    CHECK(!is_there(name));
}

SUITE
