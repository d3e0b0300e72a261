/* systest-untyped.c - Untyped memory: what can be made of it, and what not. */
#include "lib/systest.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/untyped_types.h>

/* The object itself does not matter. */
static error_t retype(cap_t untyped, uint64_t type, uint64_t size)
{
    cap_t object;

    return untyped_retype(untyped, type, size, "test", 0, &object);
}

/* Makes one and looks at the capability: type, ownership, all rights. */
static bool is_made(unsigned type, uint64_t size, uint32_t rights)
{
    struct cap_info info;
    cap_t object = make(type, size);

    return object && find_cap(object, &info) && info.type == type && info.owner == 1 &&
           info.rights == rights;
}

TEST(UNTYPED_UNTYPED, "an Untyped is made of an Untyped")
{
    CHECK(is_made(OBJECT_UNTYPED, 16, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_FRAME, "a Frame of 4 KiB is made of an Untyped")
{
    CHECK(is_made(OBJECT_FRAME, 12, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_FRAME_LARGE, "a Frame of 2 MiB is made of an Untyped")
{
    CHECK(is_made(OBJECT_FRAME, 21, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_CSPACE, "a CSpace is made of an Untyped")
{
    CHECK(is_made(OBJECT_CSPACE, 6, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_VSPACE, "a VSpace is made of an Untyped")
{
    CHECK(is_made(OBJECT_VSPACE, 0, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_THREAD, "a Thread is made of an Untyped")
{
    CHECK(is_made(OBJECT_THREAD, 0, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_SCHEDCONTEXT, "a SchedContext is made of an Untyped")
{
    CHECK(is_made(OBJECT_SCHEDCONTEXT, 0, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_ENDPOINT, "an open Endpoint is made of an Untyped, with all rights")
{
    CHECK(is_made(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_ENDPOINT_CALL_ONLY, "a call-only Endpoint never has the right Send")
{
    CHECK(is_made(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, CAP_RIGHTS_ALL & ~CAP_RIGHTS_SEND));
}

TEST(UNTYPED_NOTIFICATION, "a Notification is made of an Untyped")
{
    CHECK(is_made(OBJECT_NOTIFICATION, 0, CAP_RIGHTS_ALL));
}

TEST(UNTYPED_NO_TYPE, "a type that does not exist is EINVAL, and word 0 is named")
{
    CHECK_REFUSED(retype(systest_memory(), OBJECT_TYPES, 0), EINVAL, ARGUMENT_WORD(0));
}

TEST(UNTYPED_WIDE_TYPE, "a type beyond 32 bits is not cut to one that exists")
{
    CHECK_REFUSED(retype(systest_memory(), 1ull << 32 | OBJECT_ENDPOINT, 0), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(UNTYPED_KERNEL_TYPE, "authority (a Cpu) cannot be made of memory: EINVAL")
{
    CHECK_REFUSED(retype(systest_memory(), OBJECT_CPU, 0), EINVAL, ARGUMENT_WORD(0));
}

TEST(UNTYPED_DEVICE_TYPE, "an IoPort cannot be made of memory: EINVAL")
{
    CHECK_REFUSED(retype(systest_memory(), OBJECT_IOPORT, 0), EINVAL, ARGUMENT_WORD(0));
}

TEST(UNTYPED_FRAME_SIZE, "a Frame of 8 KiB is EINVAL")
{
    CHECK_ERROR(retype(systest_memory(), OBJECT_FRAME, 13), EINVAL);
}

TEST(UNTYPED_SMALL, "an Untyped of less than a page is EINVAL")
{
    CHECK_ERROR(retype(systest_memory(), OBJECT_UNTYPED, 11), EINVAL);
}

TEST(UNTYPED_CSPACE_SMALL, "a CSpace of 32 slots is EINVAL")
{
    CHECK_ERROR(retype(systest_memory(), OBJECT_CSPACE, 5), EINVAL);
}

TEST(UNTYPED_CSPACE_LARGE, "a CSpace of 2^25 slots is EINVAL")
{
    CHECK_ERROR(retype(systest_memory(), OBJECT_CSPACE, 25), EINVAL);
}

TEST(UNTYPED_ENDPOINT_KIND, "a kind of Endpoint that does not exist is EINVAL, and word 1 is named")
{
    CHECK_REFUSED(retype(systest_memory(), OBJECT_ENDPOINT, 2), EINVAL, ARGUMENT_WORD(1));
}

TEST(UNTYPED_SIZE_OF_THREAD, "a size where the type has none is EINVAL, and word 1 is named")
{
    CHECK_REFUSED(retype(systest_memory(), OBJECT_THREAD, 1), EINVAL, ARGUMENT_WORD(1));
}

TEST(UNTYPED_OF_OWN_SIZE, "an Untyped as large as its parent is ERANGE")
{
    cap_t parent = make(OBJECT_UNTYPED, 16);

    CHECK_REFUSED(retype(parent, OBJECT_UNTYPED, 16), ERANGE, ARGUMENT_WORD(1));
}

TEST(UNTYPED_USED_UP, "what does not fit any more is ENOMEM")
{
    cap_t parent = make(OBJECT_UNTYPED, 13);

    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
    CHECK_REFUSED(retype(parent, OBJECT_FRAME, 12), ENOMEM, ARGUMENT_HANDLE);
}

TEST(UNTYPED_NO_ROOM, "without room for the answer's capability it is ENOSPC, and nothing is made")
{
    struct untyped_info info;
    struct message message;
    cap_t parent = make(OBJECT_UNTYPED, 13);

    message_begin(&message, UNTYPED_LABEL_RETYPE); /* by hand: the function always has room */
    message_put(&message, OBJECT_FRAME);
    message_put(&message, 12);
    message_put_name(&message, "test");
    message_put(&message, 0);
    CHECK_REFUSED(message_invoke(parent, &message), ENOSPC, ARGUMENT_TAG);
    CHECK_GOOD(untyped_inspect(parent, &info));
    CHECK_IS(info.children, 0);
}

TEST(UNTYPED_METHOD, "an Untyped does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(systest_memory(), FRAME_LABEL_INSPECT, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

TEST(UNTYPED_LABEL_INSPECT, "INSPECT tells size, bytes used, children, and that it is not a device")
{
    struct untyped_info info;
    cap_t parent = make(OBJECT_UNTYPED, 16);

    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
    CHECK_GOOD(untyped_inspect(parent, &info));
    CHECK_IS(info.size, 1 << 16);
    CHECK_IS(info.used, 1 << 12);
    CHECK_IS(info.children, 1);
    CHECK_IS(info.device, 0);
}

TEST(UNTYPED_AFRESH, "when nothing made of it is left alive the memory starts afresh")
{
    struct untyped_info info;
    cap_t parent = make(OBJECT_UNTYPED, 13), frame;

    CHECK_GOOD(untyped_retype(parent, OBJECT_FRAME, 12, "", 0, &frame));
    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
    CHECK_GOOD(cap_revoke(parent));
    CHECK_GOOD(untyped_inspect(parent, &info));
    CHECK_IS(info.used, 0);
    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
}

TEST(UNTYPED_NOT_AFRESH, "while one object lives the others' memory is not given out again")
{
    cap_t parent = make(OBJECT_UNTYPED, 13), frame;

    CHECK_GOOD(untyped_retype(parent, OBJECT_FRAME, 12, "", 0, &frame));
    CHECK_GOOD(retype(parent, OBJECT_FRAME, 12));
    CHECK_GOOD(cap_delete(frame));
    CHECK_ERROR(retype(parent, OBJECT_FRAME, 12), ENOMEM);
}

TEST(UNTYPED_ZEROED, "memory that is used again is zero: nothing of its last life shows")
{
    cap_t parent = make(OBJECT_UNTYPED, 13), frame;
    uint64_t *words;

    CHECK_GOOD(untyped_retype(parent, OBJECT_FRAME, 12, "", 0, &frame));
    words = map(frame, READ_WRITE);
    memset(words, 0xa5, PAGE);
    CHECK_GOOD(cap_delete(frame));
    CHECK_GOOD(untyped_retype(parent, OBJECT_FRAME, 12, "", 0, &frame));
    words = map(frame, CAP_RIGHTS_READ);
    for (unsigned i = 0; i < PAGE / sizeof(*words); i++)
        CHECK_IS(words[i], 0);
}

TEST(UNTYPED_ZEROED_LARGE, "a Frame of 2 MiB is zero, too")
{
    cap_t parent = make(OBJECT_UNTYPED, 22), frame;
    uint64_t *words, sum = 0;

    CHECK_GOOD(untyped_retype(parent, OBJECT_FRAME, 21, "", 0, &frame));
    words = map(frame, READ_WRITE);
    memset(words, 0xa5, LARGE_PAGE);
    CHECK_GOOD(cap_delete(frame));
    CHECK_GOOD(untyped_retype(parent, OBJECT_FRAME, 21, "", 0, &frame));
    words = map(frame, CAP_RIGHTS_READ);
    for (uint64_t i = 0; i < LARGE_PAGE / sizeof(*words); i++)
        sum |= words[i];
    CHECK_IS(sum, 0);
}

TEST(UNTYPED_NO_COPY, "an Untyped cannot be copied in a message: EINVAL")
{
    cap_t space = make(OBJECT_CSPACE, 6), untyped = make(OBJECT_UNTYPED, 12), handle;

    CHECK_REFUSED(cspace_insert(space, untyped, CAP_COPY, &handle), EINVAL, ARGUMENT_CAP(0));
}

TEST(UNTYPED_NO_DERIVE, "an Untyped cannot be derived: EINVAL")
{
    cap_t untyped = make(OBJECT_UNTYPED, 12), derived;

    CHECK_REFUSED(cap_derive(untyped, CAP_RIGHTS_MANAGE, &derived), EINVAL, ARGUMENT_CAP(0));
}

TEST(UNTYPED_MOVES, "an Untyped moves to another space, and dies with it")
{
    cap_t space = make(OBJECT_CSPACE, 6), untyped = make(OBJECT_UNTYPED, 12);
    cap_t endpoint, handle;
    struct cap_info info;

    CHECK_GOOD(untyped_retype(untyped, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "", 0, &endpoint));
    CHECK_GOOD(cspace_insert(space, untyped, CAP_MOVE, &handle));
    CHECK(!find_cap(untyped, &info));
    CHECK(find_cap(endpoint, &info));
    CHECK_GOOD(cap_delete(space));
    CHECK(!find_cap(endpoint, &info));
}

SUITE
