/* systest-cap.c - capabilities: derive, mint, delete, revoke, and the handles that name them. */
#include "lib/systest.h"
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

static error_t mint(cap_t cap, uint64_t badge, uint32_t rights, cap_t *minted)
{
    return endpoint_mint_rights(cap, badge, rights, minted);
}

static uint32_t rights_of(cap_t cap)
{
    struct cap_info info;

    return find_cap(cap, &info) ? info.rights : 0;
}

static bool is_there(cap_t cap)
{
    struct cap_info info;

    return find_cap(cap, &info);
}

/* ---- derive ---- */

TEST(CAP_DERIVE, "a derived capability has just the rights that were asked for, and owns nothing")
{
    cap_t derived = with_rights(make_endpoint(), CAP_RIGHTS_CALL);
    struct cap_info info;

    CHECK(find_cap(derived, &info));
    CHECK_IS(info.rights, CAP_RIGHTS_CALL);
    CHECK_IS(info.owner, 0);
    CHECK_IS(info.type, OBJECT_ENDPOINT);
}

TEST(CAP_DERIVE_NO_MORE, "rights never grow: what the source lacks the derived one lacks, too")
{
    cap_t less = with_rights(make_endpoint(), CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);

    CHECK_IS(rights_of(with_rights(less, CAP_RIGHTS_ALL)), CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
}

TEST(CAP_DERIVE_NO_SEND, "Send cannot be derived from a call-only endpoint")
{
    CHECK_IS(rights_of(with_rights(make_call_only(), CAP_RIGHTS_ALL)) & CAP_RIGHTS_SEND, 0);
}

TEST(CAP_DERIVE_RANGE, "a page of a Frame of 2 MiB is that page of memory")
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS), part;
    volatile uint64_t *all, *page;

    CHECK_GOOD(cap_derive_range(large, READ_WRITE, 3 * PAGE, PAGE, &part));
    all = map(large, READ_WRITE);
    page = map(part, READ_WRITE);
    CHECK(all && page);
    all[3 * PAGE / sizeof(*all)] = 0x1234;
    CHECK_IS(*page, 0x1234);
}

TEST(CAP_DERIVE_RANGE_LENGTH, "a part of a Frame that is no page is EINVAL")
{
    cap_t part;

    CHECK_REFUSED(cap_derive_range(make_frame(), READ_WRITE, 0, 100, &part), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(CAP_DERIVE_RANGE_OFFSET, "a part of a Frame that begins within a page is EINVAL")
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS), part;

    CHECK_REFUSED(cap_derive_range(large, READ_WRITE, 100, PAGE, &part), EINVAL, ARGUMENT_CAP(0));
}

TEST(CAP_DERIVE_RANGE_BEYOND, "a part beyond the Frame is ERANGE")
{
    cap_t part;

    CHECK_REFUSED(cap_derive_range(make_frame(), READ_WRITE, PAGE, PAGE, &part), ERANGE,
                  ARGUMENT_CAP(0));
}

TEST(CAP_DERIVE_RANGE_WRAP, "a part whose end wraps around is ERANGE")
{
    cap_t part;

    CHECK_REFUSED(cap_derive_range(make_frame(), READ_WRITE, -PAGE, PAGE, &part), ERANGE,
                  ARGUMENT_CAP(0));
}

TEST(CAP_DERIVE_RANGE_TYPE, "an Endpoint has no parts: EINVAL")
{
    cap_t part;

    CHECK_REFUSED(cap_derive_range(make_endpoint(), CAP_RIGHTS_ALL, 0, PAGE, &part), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(CAP_DERIVE_CPU, "a derived Cpu allows the priority and share that were asked for")
{
    struct cpu_info info;
    cap_t cpu;

    CHECK_GOOD(cpu_derive(startup_cap("cpu"), 5, 100, &cpu));
    CHECK_GOOD(cpu_inspect(cpu, &info));
    CHECK_IS(info.priority, 5);
    CHECK_IS(info.share, 100);
}

TEST(CAP_DERIVE_CPU_MORE, "a Cpu of more than the source allows is ERANGE")
{
    cap_t low, cpu;

    CHECK_GOOD(cpu_derive(startup_cap("cpu"), 5, 100, &low));
    CHECK_ERROR(cpu_derive(low, 6, 100, &cpu), ERANGE);
    CHECK_ERROR(cpu_derive(low, 5, 101, &cpu), ERANGE);
}

TEST(CAP_DERIVE_NOTHING, "DERIVE of nothing is EBADF, and names it")
{
    cap_t derived;

    CHECK_REFUSED(cap_derive(CAP_NULL, CAP_RIGHTS_ALL, &derived), EBADF, ARGUMENT_CAP(0));
}

TEST(CAP_DERIVE_NO_ROOM, "DERIVE without room for the answer is ENOSPC")
{
    struct message message;

    message_begin(&message, CSPACE_LABEL_DERIVE); /* by hand: the function always has room */
    message_put(&message, CAP_RIGHTS_ALL);
    message_put(&message, 0);
    message_put(&message, 0);
    message_put_cap(&message, make_endpoint(), CAP_COPY);
    CHECK_REFUSED(message_invoke(cspace_self(), &message), ENOSPC, ARGUMENT_TAG);
}

TEST(CAP_DERIVE_NO_USE, "DERIVE by a CSpace capability without Use is EPERM")
{
    cap_t space = with_rights(startup_cap("cspace"), CAP_RIGHTS_READ), derived;

    CHECK_REFUSED(cspace_derive(space, CAP_RIGHTS_ALL, 0, 0, make_endpoint(), &derived), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(CAP_CSPACE_METHOD, "a CSpace does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(startup_cap("cspace"), THREAD_LABEL_START, 0, CAP_NULL), ENOSYS,
                  ARGUMENT_TAG);
}

/* ---- mint ---- */

TEST(CAP_MINT, "a minted capability has its badge and just its rights")
{
    struct cap_info info;
    cap_t minted;

    CHECK_GOOD(mint(make_endpoint(), 0x1234567890abcdef, CAP_RIGHTS_CALL, &minted));
    CHECK(find_cap(minted, &info));
    CHECK_IS(info.badge, 0x1234567890abcdef);
    CHECK_IS(info.rights, CAP_RIGHTS_CALL);
}

TEST(CAP_MINT_KEEPS, "a derived capability keeps its badge")
{
    struct cap_info info;
    cap_t minted;

    CHECK_GOOD(mint(make_endpoint(), 77, CAP_RIGHTS_ALL, &minted));
    CHECK(find_cap(with_rights(minted, CAP_RIGHTS_CALL), &info));
    CHECK_IS(info.badge, 77);
}

TEST(CAP_MINT_NO_RECV, "only who may receive can mint: EPERM")
{
    cap_t minted, client = with_rights(make_endpoint(), CAP_RIGHTS_ALL & ~CAP_RIGHTS_RECV);

    CHECK_REFUSED(mint(client, 1, CAP_RIGHTS_CALL, &minted), EPERM, ARGUMENT_CAP(0));
}

TEST(CAP_MINT_AGAIN, "a badge cannot be changed: EINVAL")
{
    cap_t minted, again;

    CHECK_GOOD(mint(make_endpoint(), 1, CAP_RIGHTS_ALL, &minted));
    CHECK_REFUSED(mint(minted, 2, CAP_RIGHTS_ALL, &again), EINVAL, ARGUMENT_CAP(0));
}

TEST(CAP_MINT_ZERO, "badge 0 is none: EINVAL, and word 0 is named")
{
    cap_t minted;

    CHECK_REFUSED(mint(make_endpoint(), 0, CAP_RIGHTS_ALL, &minted), EINVAL, ARGUMENT_WORD(0));
}

TEST(CAP_MINT_TYPE, "a Frame takes no badge: EINVAL")
{
    cap_t minted;

    CHECK_REFUSED(mint(make_frame(), 1, CAP_RIGHTS_ALL, &minted), EINVAL, ARGUMENT_CAP(0));
}

TEST(CAP_MINT_NO_SEND, "Send cannot be minted on a call-only endpoint")
{
    cap_t minted;

    CHECK_GOOD(mint(make_call_only(), 1, CAP_RIGHTS_ALL, &minted));
    CHECK_IS(rights_of(minted) & CAP_RIGHTS_SEND, 0);
}

TEST(CAP_MINT_NO_USE, "MINT by a CSpace capability without Use is EPERM")
{
    cap_t space = with_rights(startup_cap("cspace"), CAP_RIGHTS_READ), minted;

    CHECK_REFUSED(cspace_mint(space, 1, CAP_RIGHTS_CALL, make_endpoint(), &minted), EPERM,
                  ARGUMENT_HANDLE);
}

/* ---- delete ---- */

TEST(CAP_DELETE, "a deleted handle is stale: ESTALE")
{
    cap_t derived = with_rights(make_endpoint(), CAP_RIGHTS_CALL);

    CHECK_GOOD(cap_delete(derived));
    CHECK_REFUSED(cap_delete(derived), ESTALE, ARGUMENT_CAP(0));
}

TEST(CAP_DELETE_OWNER, "an object dies with its owner capability: all others are stale")
{
    cap_t endpoint = make_endpoint(), derived = with_rights(endpoint, CAP_RIGHTS_CALL);

    CHECK_GOOD(cap_delete(endpoint));
    CHECK_ERROR(invoke(derived, 1, 0, CAP_NULL), ESTALE);
}

TEST(CAP_DELETE_COPY, "an object outlives a capability that does not own it")
{
    cap_t endpoint = make_endpoint(), derived = with_rights(endpoint, CAP_RIGHTS_CALL);

    CHECK_GOOD(cap_delete(derived));
    CHECK(is_there(endpoint));
}

TEST(CAP_DELETE_MIDDLE, "deleting a middle capability gives its children to its parent")
{
    cap_t endpoint = make_endpoint(), middle = with_rights(endpoint, CAP_RIGHTS_ALL);
    cap_t child = with_rights(middle, CAP_RIGHTS_CALL);

    CHECK_GOOD(cap_delete(middle));
    CHECK(is_there(child));
    CHECK_GOOD(cap_revoke(endpoint));
    CHECK(!is_there(child));
}

TEST(CAP_DELETE_NO_USE, "DELETE by a CSpace capability without Use is EPERM")
{
    cap_t space = with_rights(startup_cap("cspace"), CAP_RIGHTS_READ);

    CHECK_REFUSED(cspace_delete(space, make_endpoint()), EPERM, ARGUMENT_HANDLE);
}

TEST(CAP_DELETE_NOTHING, "DELETE without a capability is EINVAL")
{
    CHECK_REFUSED(invoke_how(startup_cap("cspace"), CSPACE_LABEL_DELETE, CAP_NULL, 0, NULL), EINVAL,
                  ARGUMENT_CAP(0));
}

/* ---- revoke ---- */

TEST(CAP_REVOKE, "REVOKE deletes all descendants and keeps the capability")
{
    cap_t endpoint = make_endpoint(), child = with_rights(endpoint, CAP_RIGHTS_ALL);
    cap_t grandchild = with_rights(child, CAP_RIGHTS_CALL);

    CHECK_GOOD(cap_revoke(endpoint));
    CHECK(is_there(endpoint));
    CHECK(!is_there(child));
    CHECK(!is_there(grandchild));
}

TEST(CAP_REVOKE_SIBLING, "REVOKE leaves siblings and parents alone")
{
    cap_t endpoint = make_endpoint(), child = with_rights(endpoint, CAP_RIGHTS_ALL);
    cap_t sibling = with_rights(endpoint, CAP_RIGHTS_CALL);
    cap_t grandchild = with_rights(child, CAP_RIGHTS_CALL);

    CHECK_GOOD(cap_revoke(child));
    CHECK(!is_there(grandchild));
    CHECK(is_there(child) && is_there(sibling) && is_there(endpoint));
}

TEST(CAP_REVOKE_ELSEWHERE, "REVOKE reaches capabilities that went to another space")
{
    cap_t endpoint = make_endpoint(), space = make(OBJECT_CSPACE, 6), handle;
    uint64_t slots, used;

    CHECK_GOOD(cspace_insert(space, endpoint, CAP_COPY, &handle));
    CHECK_GOOD(cap_revoke(endpoint));
    CHECK_GOOD(cspace_statistics(space, &slots, &used));
    CHECK_IS(used, 0);
}

TEST(CAP_REVOKE_MANY, "REVOKE ends with a thousand descendants, each one gone")
{
    cap_t endpoint = make_endpoint(), last = endpoint, derived;
    uint64_t slots, before, after;

    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &before));
    for (unsigned i = 0; i < 1000; i++) {
        CHECK_GOOD(cap_derive(i % 2 ? last : endpoint, CAP_RIGHTS_CALL, &derived));
        last = derived;
    }
    CHECK_GOOD(cap_revoke(endpoint));
    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &after));
    CHECK_IS(after, before);
}

TEST(CAP_REVOKE_UNTYPED, "REVOKE of an Untyped destroys all that was made of it")
{
    cap_t untyped = make(OBJECT_UNTYPED, 16), inner, endpoint, copy;

    CHECK_GOOD(untyped_retype(untyped, OBJECT_UNTYPED, 14, "", 0, &inner));
    CHECK_GOOD(untyped_retype(inner, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "", 0, &endpoint));
    copy = with_rights(endpoint, CAP_RIGHTS_CALL);
    CHECK_GOOD(cap_revoke(untyped));
    CHECK(is_there(untyped));
    CHECK(!is_there(inner) && !is_there(endpoint) && !is_there(copy));
}

TEST(CAP_REVOKE_NO_USE, "REVOKE by a CSpace capability without Use is EPERM")
{
    cap_t space = with_rights(startup_cap("cspace"), CAP_RIGHTS_READ);

    CHECK_REFUSED(cspace_revoke(space, make_endpoint()), EPERM, ARGUMENT_HANDLE);
}

/* ---- handles ---- */

TEST(CAP_HANDLE_ZERO, "handle 0 names nothing: EBADF")
{
    CHECK_REFUSED(invoke(CAP_NULL, 1, 0, CAP_NULL), EBADF, ARGUMENT_HANDLE);
}

TEST(CAP_HANDLE_FORGED, "a handle that was never given out names nothing: EBADF")
{
    CHECK_REFUSED(invoke(FORGED_HANDLE, 1, 0, CAP_NULL), EBADF, ARGUMENT_HANDLE);
}

TEST(CAP_HANDLE_FUTURE, "the handle that a slot will have next names nothing yet: EBADF")
{
    cap_t endpoint = make_endpoint();

    CHECK_REFUSED(invoke(endpoint + (1ull << CAP_INDEX_BITS), 1, 0, CAP_NULL), EBADF,
                  ARGUMENT_HANDLE);
}

TEST(CAP_HANDLE_GENERATION, "a slot that is used again has a new handle; the old one is stale")
{
    cap_t endpoint = make_endpoint(), first = with_rights(endpoint, CAP_RIGHTS_CALL), second;

    CHECK_GOOD(cap_delete(first));
    second = with_rights(endpoint, CAP_RIGHTS_CALL);
    CHECK_IS(second & CAP_INDEX_MASK, first & CAP_INDEX_MASK);
    CHECK(second != first);
    CHECK_REFUSED(invoke(first, 1, 0, CAP_NULL), ESTALE, ARGUMENT_HANDLE);
}

TEST(CAP_HANDLE_TOKEN,
     "the index of reply tokens is no slot: it is a token, and not an open one: ESTALE")
{
    CHECK_REFUSED(invoke((1ull << CAP_INDEX_BITS) | CAP_TOKEN_INDEX, 1, 0, CAP_NULL), ESTALE,
                  ARGUMENT_HANDLE);
}

TEST(CAP_HANDLE_ALIAS, "an index beyond the table does not wrap around to a slot: EBADF")
{
    cap_t endpoint = make_endpoint();
    uint64_t slots, used;

    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &used));
    CHECK_REFUSED(invoke(endpoint + slots, 1, 0, CAP_NULL), EBADF, ARGUMENT_HANDLE);
}

TEST(CAP_HANDLE_STALE_ARGUMENT, "a stale capability as an argument is ESTALE, and is named")
{
    cap_t derived = with_rights(make_endpoint(), CAP_RIGHTS_CALL), endpoint = make_endpoint();

    CHECK_GOOD(cap_delete(derived));
    CHECK_REFUSED(thread_bind_endpoint(thread_self(), derived), ESTALE, ARGUMENT_CAP(0));
    CHECK_REFUSED(invoke_how(endpoint, 1, derived, CAP_COPY, NULL), ESTALE, ARGUMENT_CAP(0));
}

/* An attacker with a counter: every index, some generations. None but the own ones may work. */
TEST(CAP_HANDLE_GUESSED, "of guessed handles only those that were given out name something")
{
    struct cap_info info;
    unsigned wrong = 0;

    for (uint64_t index = 0; index < 1000; index++)
        for (uint64_t generation = 1; generation < 4; generation++) {
            cap_t guess = generation << CAP_INDEX_BITS | index;
            struct ipc_registers r = raw(OP_NOTIFY, guess, 0);
            error_t error = find_cap(guess, &info) ? SUCCESS : enter(&r);

            wrong += error != SUCCESS && error != EBADF && error != ESTALE;
            wrong += !find_cap(guess, &info) && error == SUCCESS;
        }
    CHECK_IS(wrong, 0);
}

SUITE
