/* systest-memory.c - address spaces and frames: mapped, protected, unmapped, and what forbids it.
 */
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/systest.h"

#define PLACE       0x40000000ull
#define GIFTS_MAX   32
#define TABLES_BITS 14

static struct fault_seen seen;
static volatile uint64_t sink;

static void read_at(void *address)
{
    sink = *(volatile uint64_t *)address;
}

static void write_at(void *address)
{
    *(volatile uint64_t *)address = 1;
}

static void jump_to(void *address)
{
    ((void (*)(void))address)();
}

static bool faults(void (*access)(void *), const volatile void *address)
{
    return catch_fault(access, (void *)address, &seen) == SUCCESS && seen.label == FAULT_LABEL_PAGE;
}

/* A space of its own, with page tables or without. */
static cap_t make_space(bool tables)
{
    cap_t space = make(OBJECT_VSPACE, 0);

    if (tables && vspace_give(space, make(OBJECT_UNTYPED, TABLES_BITS)))
        return CAP_NULL;
    return space;
}

static cap_t make_large(void)
{
    return make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);
}

/* ---- map ---- */

TEST(MAP, "a mapped frame can be read and written")
{
    volatile uint64_t *page = map(make_frame(), READ_WRITE);

    CHECK(page);
    *page = 0x1234;
    CHECK_IS(*page, 0x1234);
}

TEST(MAP_LARGE, "a frame of 2 MiB is mapped whole")
{
    volatile char *page = map(make_large(), READ_WRITE);

    CHECK(page);
    page[0] = 1;
    page[LARGE_PAGE - 1] = 2;
    CHECK_IS(page[0], 1);
    CHECK_IS(page[LARGE_PAGE - 1], 2);
}

TEST(MAP_TWO, "two capabilities map one frame twice, with different rights")
{
    cap_t frame = make_frame();
    volatile uint64_t *writable = map(frame, READ_WRITE);
    volatile uint64_t *readable = map(with_rights(frame, CAP_RIGHTS_READ), CAP_RIGHTS_READ);

    CHECK(writable && readable && writable != readable);
    *writable = 0x77;
    CHECK_IS(*readable, 0x77);
    CHECK(faults(write_at, readable));
}

TEST(MAP_RIGHTS, "a mapping has no more rights than its capability, whatever was asked for")
{
    volatile uint64_t *page = map(with_rights(make_frame(), CAP_RIGHTS_READ), READ_WRITE);

    CHECK(page);
    CHECK_IS(*page, 0);
    CHECK(faults(write_at, page));
}

TEST(MAP_NO_EXECUTE, "a page mapped without Execute cannot be executed")
{
    volatile uint8_t *page = map(make_frame(), READ_WRITE);

    page[0] = 0xc3;
    CHECK(faults(jump_to, page));
    CHECK_IS(seen.detail, CAP_RIGHTS_EXECUTE);
    CHECK_IS(seen.present, 1);
}

TEST(MAP_EXECUTE, "a page mapped with Execute can be executed, and not written")
{
    cap_t frame = make_frame(), second;
    volatile uint8_t *writable = map(frame, READ_WRITE), *code;

    writable[0] = 0xc3;
    CHECK_GOOD(cap_derive(frame, READ_EXECUTE, &second));
    code = map(second, READ_EXECUTE);
    CHECK(code);
    jump_to((void *)code);
    CHECK(faults(write_at, code));
}

TEST(MAP_WRITE_EXECUTE, "a page is never writable and executable at once: EINVAL")
{
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), PLACE, READ_WRITE | CAP_RIGHTS_EXECUTE), EINVAL,
                  ARGUMENT_WORD(1));
}

TEST(MAP_NOT_READABLE, "a mapping that could not even be read is EPERM")
{
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), PLACE, CAP_RIGHTS_WRITE), EPERM,
                  ARGUMENT_CAP(0));
}

TEST(MAP_NO_READ, "a Frame capability without Read cannot be mapped: EPERM")
{
    CHECK_REFUSED(frame_map(CAP_NULL, with_rights(make_frame(), CAP_RIGHTS_DMA), PLACE, READ_WRITE),
                  EPERM, ARGUMENT_CAP(0));
}

TEST(MAP_NULL, "nothing can be mapped at address 0: EINVAL")
{
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), 0, CAP_RIGHTS_READ), EINVAL, ARGUMENT_WORD(0));
}

TEST(MAP_UNALIGNED, "an address that is not a multiple of the frame's size is EINVAL")
{
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), PLACE + 8, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_WORD(0));
    CHECK_REFUSED(frame_map(CAP_NULL, make_large(), PLACE + PAGE, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(MAP_KERNEL, "nothing can be mapped into the kernel's half: EINVAL")
{
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), 0xffff800000000000, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_WORD(0));
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), 0xffffffffffffe000, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(MAP_LAST_PAGE, "nothing can be mapped at the last page of the lower half: EINVAL")
{
    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), USER_ADDRESS_END, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(MAP_LAST_LARGE, "nor can 2 MiB be mapped that would contain it: EINVAL")
{
    CHECK_REFUSED(frame_map(make_space(true), make_large(), USER_ADDRESS_END + PAGE - LARGE_PAGE,
                            CAP_RIGHTS_READ),
                  EINVAL, ARGUMENT_WORD(0));
}

TEST(MAP_BUSY, "a capability holds one mapping: EBUSY")
{
    cap_t frame = make_frame();

    CHECK(map(frame, READ_WRITE));
    CHECK_REFUSED(frame_map(CAP_NULL, frame, PLACE, CAP_RIGHTS_READ), EBUSY, ARGUMENT_CAP(0));
}

TEST(MAP_THERE, "where something is mapped nothing else can be: EEXIST")
{
    void *page = map(make_frame(), READ_WRITE);

    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), (uint64_t)page, CAP_RIGHTS_READ), EEXIST,
                  ARGUMENT_WORD(0));
}

TEST(MAP_LARGE_AFTER_SMALL,
     "where a small page was, 2 MiB can be mapped, and then a small one again; "
     "each time what is there is seen")
{
    cap_t small = make_frame(), large = make_large();
    volatile char *page = map(large, READ_WRITE);

    CHECK(page);
    page[PAGE] = 'l';
    CHECK_GOOD(frame_unmap(CAP_NULL, large));
    for (int i = 0; i < 3; i++) {
        CHECK_GOOD(frame_map(CAP_NULL, small, (uint64_t)page + PAGE, READ_WRITE));
        CHECK(page[PAGE] == (i ? 's' : 0));
        page[PAGE] = 's';
        CHECK_ERROR(frame_map(CAP_NULL, large, (uint64_t)page, READ_WRITE), EEXIST);
        CHECK_GOOD(frame_unmap(CAP_NULL, small));
        CHECK_GOOD(frame_map(CAP_NULL, large, (uint64_t)page, READ_WRITE));
        CHECK(page[PAGE] == 'l');
        CHECK_GOOD(frame_unmap(CAP_NULL, large));
    }
}

TEST(MAP_IN_LARGE, "nor within a mapping of 2 MiB: EEXIST")
{
    char *page = map(make_large(), READ_WRITE);

    CHECK_REFUSED(frame_map(CAP_NULL, make_frame(), (uint64_t)page + PAGE, CAP_RIGHTS_READ), EEXIST,
                  ARGUMENT_WORD(0));
}

TEST(MAP_OVER_SMALL, "nor 2 MiB over a page: EEXIST")
{
    cap_t space = make_space(true);

    CHECK_GOOD(frame_map(space, make_frame(), PLACE + PAGE, CAP_RIGHTS_READ));
    CHECK_REFUSED(frame_map(space, make_large(), PLACE, CAP_RIGHTS_READ), EEXIST, ARGUMENT_WORD(0));
}

TEST(MAP_NO_TABLES, "a space without page tables left says ENOMEM, and takes the page after GIVE")
{
    cap_t space = make_space(false), frame = make_frame();

    CHECK_REFUSED(frame_map(space, frame, PLACE, CAP_RIGHTS_READ), ENOMEM, ARGUMENT_HANDLE);
    CHECK_GOOD(vspace_give(space, make(OBJECT_UNTYPED, TABLES_BITS)));
    CHECK_GOOD(frame_map(space, frame, PLACE, CAP_RIGHTS_READ));
}

TEST(MAP_NOTHING, "MAP without a Frame is EBADF, with something else EINVAL")
{
    CHECK_REFUSED(frame_map(CAP_NULL, CAP_NULL, PLACE, CAP_RIGHTS_READ), EBADF, ARGUMENT_CAP(0));
    CHECK_REFUSED(frame_map(CAP_NULL, make_endpoint(), PLACE, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(MAP_NO_WRITE, "MAP, UNMAP and PROTECT need Write on the VSpace: EPERM")
{
    cap_t space = with_rights(startup_cap("vspace"), CAP_RIGHTS_READ), frame = make_frame();

    CHECK_REFUSED(frame_map(space, frame, PLACE, CAP_RIGHTS_READ), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(frame_unmap(space, frame), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(frame_protect(space, frame, CAP_RIGHTS_READ), EPERM, ARGUMENT_HANDLE);
}

/* ---- unmap and protect ---- */

TEST(UNMAP, "what is unmapped is not there any more, at once")
{
    cap_t frame = make_frame();
    volatile uint64_t *page = map(frame, READ_WRITE);

    *page = 1;
    CHECK_GOOD(frame_unmap(CAP_NULL, frame));
    CHECK(faults(read_at, page));
}

TEST(UNMAP_KEPT, "an unmapped frame keeps what is in it")
{
    cap_t frame = make_frame();
    volatile uint64_t *page = map(frame, READ_WRITE);

    *page = 0x600d;
    CHECK_GOOD(frame_unmap(CAP_NULL, frame));
    page = map(frame, CAP_RIGHTS_READ);
    CHECK_IS(*page, 0x600d);
}

TEST(UNMAP_UNMAPPED, "UNMAP of what is not mapped is ENOENT")
{
    CHECK_REFUSED(frame_unmap(CAP_NULL, make_frame()), ENOENT, ARGUMENT_CAP(0));
}

TEST(UNMAP_ELSEWHERE, "UNMAP in a space where it is not mapped is ENOENT")
{
    cap_t frame = make_frame();

    CHECK(map(frame, READ_WRITE));
    CHECK_REFUSED(frame_unmap(make_space(true), frame), ENOENT, ARGUMENT_CAP(0));
}

TEST(UNMAP_DELETED, "deleting a Frame capability unmaps it")
{
    cap_t frame = make_frame(), second = with_rights(frame, READ_WRITE);
    volatile uint64_t *page = map(second, READ_WRITE);

    *page = 1;
    CHECK_GOOD(cap_delete(second));
    CHECK(faults(read_at, page));
}

TEST(UNMAP_MOVED, "moving a Frame capability unmaps it")
{
    cap_t frame = make_frame(), handle;
    volatile uint64_t *page = map(frame, READ_WRITE);

    *page = 1;
    CHECK_GOOD(cspace_insert(make(OBJECT_CSPACE, 6), frame, CAP_MOVE, &handle));
    CHECK(faults(read_at, page));
}

TEST(UNMAP_REVOKED, "revoking a Frame unmaps all that was derived of it, wherever it is")
{
    cap_t frame = make_frame(), second = with_rights(frame, READ_WRITE), space = make_space(true);
    volatile uint64_t *page = map(second, READ_WRITE);
    struct vspace_info info;

    CHECK_GOOD(frame_map(space, with_rights(frame, READ_WRITE), PLACE, CAP_RIGHTS_READ));
    *page = 1;
    CHECK_GOOD(cap_revoke(frame));
    CHECK(faults(read_at, page));
    CHECK_GOOD(vspace_inspect(space, &info));
    CHECK_IS(info.pages_mapped, 0);
}

TEST(UNMAP_UNTYPED, "revoking the Untyped of a frame unmaps it")
{
    cap_t untyped = make(OBJECT_UNTYPED, 12 + 1), frame;
    volatile uint64_t *page;

    CHECK_GOOD(untyped_retype(untyped, OBJECT_FRAME, 12, "", 0, &frame));
    page = map(frame, READ_WRITE);
    *page = 1;
    CHECK_GOOD(cap_revoke(untyped));
    CHECK(faults(read_at, page));
}

TEST(UNMAP_SPACE_DIES, "a frame whose space died can be mapped again")
{
    cap_t space = make_space(true), frame = make_frame();
    struct frame_info info;

    CHECK_GOOD(frame_map(space, frame, PLACE, CAP_RIGHTS_READ));
    CHECK_GOOD(cap_delete(space));
    CHECK_GOOD(frame_inspect(frame, &info));
    CHECK_IS(info.address, 0);
    CHECK(map(frame, READ_WRITE));
}

TEST(PROTECT, "PROTECT takes away Write at once, and gives it back")
{
    cap_t frame = make_frame();
    volatile uint64_t *page = map(frame, READ_WRITE);

    *page = 1;
    CHECK_GOOD(frame_protect(CAP_NULL, frame, CAP_RIGHTS_READ));
    CHECK_IS(*page, 1);
    CHECK(faults(write_at, page));
    CHECK_GOOD(frame_protect(CAP_NULL, frame, READ_WRITE));
    *page = 2;
    CHECK_IS(*page, 2);
}

TEST(PROTECT_NO_MORE, "PROTECT gives no more rights than the capability has")
{
    cap_t frame = with_rights(make_frame(), CAP_RIGHTS_READ);
    volatile uint64_t *page = map(frame, CAP_RIGHTS_READ);

    CHECK_GOOD(frame_protect(CAP_NULL, frame, READ_WRITE));
    CHECK(faults(write_at, page));
}

TEST(PROTECT_WRITE_EXECUTE, "PROTECT to writable and executable is EINVAL")
{
    cap_t frame = make_frame();

    CHECK(map(frame, READ_WRITE));
    CHECK_REFUSED(frame_protect(CAP_NULL, frame, READ_WRITE | CAP_RIGHTS_EXECUTE), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(PROTECT_UNMAPPED, "PROTECT of what is not mapped is ENOENT")
{
    CHECK_REFUSED(frame_protect(CAP_NULL, make_frame(), CAP_RIGHTS_READ), ENOENT, ARGUMENT_CAP(0));
}

/* ---- page tables ---- */

TEST(GIVE, "GIVE adds the Untyped's pages to the pool, and the Untyped is used up")
{
    cap_t space = make_space(false), untyped = make(OBJECT_UNTYPED, TABLES_BITS);
    struct vspace_info info;
    struct cap_info gone;

    CHECK_GOOD(vspace_give(space, untyped));
    CHECK(!find_cap(untyped, &gone));
    CHECK_GOOD(vspace_inspect(space, &info));
    CHECK_IS(info.tables_free, (1 << TABLES_BITS) / PAGE);
    CHECK_IS(info.tables_used, 0);
}

TEST(GIVE_COUNTED, "a first page takes three page tables, its neighbour none")
{
    cap_t space = make_space(true);
    struct vspace_info info;

    CHECK_GOOD(frame_map(space, make_frame(), PLACE, CAP_RIGHTS_READ));
    CHECK_GOOD(frame_map(space, make_frame(), PLACE + PAGE, CAP_RIGHTS_READ));
    CHECK_GOOD(vspace_inspect(space, &info));
    CHECK_IS(info.tables_used, 3);
    CHECK_IS(info.tables_free, (1 << TABLES_BITS) / PAGE - 3);
    CHECK_IS(info.pages_mapped, 2);
}

TEST(GIVE_BUSY, "GIVE of an Untyped that something is made of is EBUSY")
{
    cap_t untyped = make(OBJECT_UNTYPED, TABLES_BITS), frame;

    CHECK_GOOD(untyped_retype(untyped, OBJECT_FRAME, 12, "", 0, &frame));
    CHECK_REFUSED(vspace_give(make_space(false), untyped), EBUSY, ARGUMENT_CAP(0));
}

TEST(GIVE_TYPE, "GIVE of what is no Untyped is EINVAL")
{
    CHECK_REFUSED(vspace_give(make_space(false), make_frame()), EINVAL, ARGUMENT_CAP(0));
}

TEST(GIVE_MANY, "a space takes 32 gifts; one more is ENOSPC")
{
    cap_t space = make_space(false);

    for (unsigned i = 0; i < GIFTS_MAX; i++)
        CHECK_GOOD(vspace_give(space, make(OBJECT_UNTYPED, 12)));
    CHECK_REFUSED(vspace_give(space, make(OBJECT_UNTYPED, 12)), ENOSPC, ARGUMENT_HANDLE);
}

TEST(GIVE_NO_MANAGE, "GIVE needs Manage: EPERM")
{
    cap_t space = with_rights(make_space(false), READ_WRITE);

    CHECK_REFUSED(vspace_give(space, make(OBJECT_UNTYPED, 12)), EPERM, ARGUMENT_HANDLE);
}

TEST(GIVE_BACK, "memory given to a space is free again when the space has died")
{
    cap_t memory = make(OBJECT_UNTYPED, 15), tables, space = make_space(false);
    struct untyped_info info;

    CHECK_GOOD(untyped_retype(memory, OBJECT_UNTYPED, 14, "", 0, &tables));
    CHECK_GOOD(vspace_give(space, tables));
    CHECK_GOOD(cap_delete(space));
    CHECK_GOOD(cap_revoke(memory));
    CHECK_GOOD(untyped_inspect(memory, &info));
    CHECK_IS(info.children, 0);
}

TEST(GIVE_REVOKED, "revoking memory given to a space takes the whole space along")
{
    cap_t memory = make(OBJECT_UNTYPED, 15), tables, space = make_space(false);
    struct cap_info gone;

    CHECK_GOOD(untyped_retype(memory, OBJECT_UNTYPED, 14, "", 0, &tables));
    CHECK_GOOD(vspace_give(space, tables));
    CHECK_GOOD(cap_revoke(memory));
    CHECK(!find_cap(space, &gone));
}

/* ---- what they tell ---- */

TEST(VSPACE_INSPECT_NO_READ, "INSPECT of a VSpace needs Read: EPERM")
{
    struct vspace_info info;

    CHECK_REFUSED(vspace_inspect(with_rights(make_space(false), CAP_RIGHTS_WRITE), &info), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(VSPACE_METHOD, "a VSpace does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(make_space(false), FRAME_LABEL_INSPECT, 0, CAP_NULL), ENOSYS,
                  ARGUMENT_TAG);
}

TEST(FRAME_INSPECTED, "a Frame tells its size, where it is mapped, and with which rights")
{
    cap_t frame = make_frame();
    void *page = map(frame, CAP_RIGHTS_READ);
    struct frame_info info;

    CHECK_GOOD(frame_inspect(frame, &info));
    CHECK_IS(info.size, PAGE);
    CHECK_IS(info.address, page);
    CHECK_IS(info.rights, CAP_RIGHTS_READ);
}

TEST(FRAME_LABEL_PHYSICAL, "a Frame tells its physical address to who has Dma")
{
    uint64_t size;
    uint64_t first = 0, second = 0;
    cap_t large = make_large(), part;

    CHECK_GOOD(frame_physical(large, &first, &size));
    CHECK_GOOD(cap_derive_range(large, CAP_RIGHTS_ALL, 5 * PAGE, PAGE, &part));
    CHECK_GOOD(frame_physical(part, &second, &size));
    CHECK(first && first % LARGE_PAGE == 0);
    CHECK_IS(second, first + 5 * PAGE);
}

TEST(FRAME_NO_DMA, "without Dma a physical address is not told: EPERM")
{
    uint64_t size;
    uint64_t physical;

    CHECK_REFUSED(frame_physical(with_rights(make_frame(), READ_WRITE), &physical, &size), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(FRAME_METHOD, "a Frame does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(make_frame(), VSPACE_LABEL_MAP, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

/* ---- the C library's memory, which the process server pages ---- */

TEST(MMAP, "memory of mmap is zero, and there when it is first touched")
{
    volatile char *pages =
        mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned sum = 0;

    CHECK(pages != MAP_FAILED);
    for (unsigned i = 0; i < 64; i++)
        sum += (unsigned)pages[i * PAGE];
    pages[63 * PAGE] = 1;
    CHECK_IS(sum, 0);
    CHECK_IS(munmap((void *)pages, 64 * PAGE), 0);
    CHECK(faults(read_at, pages));
}

TEST(MPROTECT, "memory that mprotect made read-only cannot be written")
{
    volatile char *page =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(page != MAP_FAILED);
    page[0] = 7;
    CHECK_IS(mprotect((void *)page, PAGE, PROT_READ), 0);
    CHECK_IS(page[0], 7);
    CHECK(faults(write_at, page));
    CHECK_IS(munmap((void *)page, PAGE), 0);
}

TEST(MMAP_WRITE_EXECUTE, "mmap of memory that is writable and executable fails")
{
    void *page =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(page == MAP_FAILED);
}

static bool holds_what_is_written(unsigned char *bytes, unsigned count)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < count; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (unsigned i = 0; i < count; i++)
        wrong += bytes[i] != (unsigned char)(i * 7);
    return wrong == 0;
}

TEST(MALLOC, "a megabyte of the C library's heap holds what is written into it")
{
    unsigned char *bytes = malloc(1 << 20);
    bool good = bytes && holds_what_is_written(bytes, 1 << 20);

    free(bytes);
    CHECK(good);
}

SUITE
