/*
 * systest-borrow.c - granted memory that is mapped: shared while it lasts, zeros when it is gone,
 * and nothing left behind whoever ends first.
 */
#include <sys/mman.h>

#include <myelin/idl/self.h>
#include <myelin/memorygrant.h>
#include <myelin/ring.h>
#include <myelin/vspace.h>

#include "lib/granter.h"
#include "lib/systest.h"

#define ADDRESS 0x60000000ull

static cap_t self(void)
{
    return startup_cap("process");
}

/* The granter's memory, mapped here. */
static unsigned char *borrowed;

static error_t borrow(uint32_t rights)
{
    error_t error = granter_start();

    return error ? error : grant_map(granter.grant, rights, (void **)&borrowed);
}

static uint64_t slots_in_use(void)
{
    struct processes_memory memory = {0};

    process_memory(&memory);
    return memory.slots;
}

static word_t sum_of(const unsigned char *bytes, size_t length)
{
    word_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum += bytes[i];
    return sum;
}

static bool is_zero(const unsigned char *bytes, size_t length)
{
    return sum_of(bytes, length) == 0;
}

static void give_back(void)
{
    process_unmap((uint64_t)borrowed, GRANTER_BYTES);
    granter_stop();
}

TEST(BORROW_READ, "what another process has granted is mapped, and read in place")
{
    CHECK_GOOD(borrow(CAP_RIGHTS_READ));
    CHECK_IS(sum_of(borrowed, GRANTER_BYTES), granter.sum);
    give_back();
}

TEST(BORROW_WRITE, "what is written on either side the other side sees, without a copy")
{
    CHECK_GOOD(borrow(READ_WRITE));
    CHECK_GOOD(granter_clear(granter.front));
    CHECK(is_zero(borrowed, GRANTER_BYTES));
    borrowed[0] = 3;
    borrowed[GRANTER_BYTES - 1] = 4;
    CHECK_GOOD(granter_sees());
    CHECK_IS(granter.sum, 7);
    give_back();
}

TEST(BORROW_PART, "a part of whole pages is mapped; any other is EINVAL")
{
    unsigned char *part;
    cap_t grant;

    CHECK_GOOD(granter_start());
    CHECK_GOOD(cap_derive_range(granter.grant, CAP_RIGHTS_READ, PAGE, PAGE, &grant));
    CHECK_GOOD(grant_map(grant, CAP_RIGHTS_READ, (void **)&part));
    CHECK(part[0] == relay_byte(PAGE) && part[PAGE - 1] == relay_byte(2 * PAGE - 1));
    CHECK_GOOD(process_unmap((uint64_t)part, PAGE));
    CHECK_GOOD(cap_derive_range(granter.grant, CAP_RIGHTS_READ, PAGE, PAGE - 1, &grant));
    CHECK_ERROR(grant_map(grant, CAP_RIGHTS_READ, (void **)&part), EINVAL);
    CHECK_GOOD(cap_derive_range(granter.grant, CAP_RIGHTS_READ, 1, PAGE, &grant));
    CHECK_ERROR(grant_map(grant, CAP_RIGHTS_READ, (void **)&part), EINVAL);
    granter_stop();
}

TEST(BORROW_RIGHTS, "what is granted for reading is not mapped writable, nor made so later: EPERM")
{
    cap_t readable;

    CHECK_GOOD(granter_start());
    readable = with_rights(granter.grant, CAP_RIGHTS_READ);
    CHECK_ERROR(grant_map(readable, READ_WRITE, (void **)&borrowed), EPERM);
    CHECK_ERROR(grant_map(readable, READ_EXECUTE, (void **)&borrowed), EPERM);
    CHECK_ERROR(
        grant_map(with_rights(granter.grant, CAP_RIGHTS_WRITE), READ_WRITE, (void **)&borrowed),
        EPERM);
    CHECK_GOOD(grant_map(readable, CAP_RIGHTS_READ, (void **)&borrowed));
    CHECK_ERROR(process_protect((uint64_t)borrowed, PAGE, READ_WRITE), EPERM);
    CHECK_GOOD(process_protect((uint64_t)borrowed, PAGE, 0));
    CHECK_GOOD(process_protect((uint64_t)borrowed, PAGE, CAP_RIGHTS_READ));
    CHECK(borrowed[1] == relay_byte(1));
    give_back();
}

TEST(BORROW_UNMAP, "what is unmapped can no longer be touched, and leaves no slot in use")
{
    uint64_t before, after;

    CHECK_GOOD(granter_start());
    before = slots_in_use();
    CHECK_GOOD(grant_map(granter.grant, READ_WRITE, (void **)&borrowed));
    CHECK(sum_of(borrowed, GRANTER_BYTES) == granter.sum);
    CHECK_GOOD(process_unmap((uint64_t)borrowed, PAGE)); /* a part of it */
    CHECK(borrowed[PAGE] == relay_byte(PAGE));
    CHECK_GOOD(process_unmap((uint64_t)borrowed, GRANTER_BYTES));
    after = slots_in_use();
    CHECK_IS(after, before);
    CHECK_GOOD(granter_sees());
    granter_stop();
}

TEST(BORROW_TAKEN_BACK, "when the granter ends the grant, what was mapped is zeros of one's own")
{
    CHECK_GOOD(borrow(READ_WRITE));
    CHECK(borrowed[5] == relay_byte(5));
    CHECK_GOOD(granter_end(granter.front));
    CHECK(is_zero(borrowed, GRANTER_BYTES));
    borrowed[5] = 99;
    CHECK_GOOD(granter_sees());
    CHECK_IS(granter.byte_5, relay_byte(5)); /* what is written here stays here */
    CHECK_ERROR(grant_map(granter.grant, CAP_RIGHTS_READ, (void **)&borrowed), ESTALE);
    give_back();
}

TEST(BORROW_UNMAPPED, "when the granter unmaps a part of it, all that was mapped is zeros")
{
    CHECK_GOOD(borrow(READ_WRITE));
    CHECK(borrowed[0] == relay_byte(0));
    CHECK_GOOD(granter_unmap(granter.front));
    CHECK(is_zero(borrowed, GRANTER_BYTES));
    give_back();
}

TEST(BORROW_ORPHANED, "when the granter dies the borrower lives, with zeros, and no slot is lost")
{
    uint64_t before = slots_in_use();

    CHECK_GOOD(borrow(READ_WRITE));
    CHECK(borrowed[0] == relay_byte(0));
    CHECK_GOOD(process_kill(granter.process));
    CHECK(is_zero(borrowed, GRANTER_BYTES));
    borrowed[7] = 1;
    give_back();
    CHECK_IS(slots_in_use(), before);
}

TEST(BORROW_BORROWER_DIES,
     "when the borrower dies the granter keeps his memory, and no slot is lost")
{
    unsigned char *own =
        mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t before;
    cap_t grant;

    CHECK(own != MAP_FAILED);
    CHECK_GOOD(grant_create(own, 4 * PAGE, READ_WRITE, &grant));
    before = slots_in_use();
    CHECK_GOOD(granter_start());
    CHECK_GOOD(granter_borrow(granter.front, grant));
    CHECK_GOOD(granter_mark(granter.front));
    CHECK(own[0] == 'b' && own[3 * PAGE] == 'b');
    granter_stop();
    CHECK(own[0] == 'b');
    own[0] = 'o';
    CHECK_GOOD(grant_end(grant));
    CHECK_IS(slots_in_use(), before);
    munmap(own, 4 * PAGE);
}

TEST(BORROW_BORROWED, "what is borrowed is not lent on by mapping: EFAULT; to copy it works")
{
    unsigned char byte;
    void *again;
    cap_t grant;

    CHECK_GOOD(borrow(READ_WRITE));
    CHECK_GOOD(grant_create(borrowed, PAGE, CAP_RIGHTS_READ, &grant));
    CHECK_ERROR(grant_map(grant, CAP_RIGHTS_READ, &again), EFAULT);
    CHECK_GOOD(grant_read(grant, 3, &byte, 1));
    CHECK_IS(byte, relay_byte(3));
    give_back();
}

TEST(BORROW_NOTHING,
     "where the granter has nothing, or only what he may not write, nothing is mapped")
{
    void *nowhere = (void *)0x7000000000;
    unsigned char *own = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *mapped;
    cap_t grant;

    CHECK(own != MAP_FAILED);
    CHECK_GOOD(granter_grant_untouched(nowhere, PAGE, READ_WRITE, &grant));
    CHECK_ERROR(grant_map(grant, CAP_RIGHTS_READ, &mapped), EFAULT);
    CHECK_GOOD(granter_grant_untouched(own, PAGE, READ_WRITE, &grant));
    CHECK_ERROR(grant_map(grant, READ_WRITE, &mapped), EFAULT);
    CHECK_GOOD(grant_map(grant, CAP_RIGHTS_READ, &mapped));
    CHECK_GOOD(process_unmap((uint64_t)mapped, PAGE));
    munmap(own, PAGE);
}

TEST(BORROW_WHERE, "borrowing outside the addresses or over something else is ERANGE and EEXIST")
{
    uint64_t mapped;

    CHECK_GOOD(borrow(READ_WRITE));
    CHECK_ERROR(self_map_grant(self(), granter.grant, PAGE, SELF_READ, &mapped), ERANGE);
    CHECK_ERROR(self_map_grant(self(), granter.grant, (uint64_t)borrowed, SELF_READ, &mapped),
                EEXIST);
    give_back();
}

TEST(BORROW_REGIONS, "with all regions used borrowing is ENOMEM; and then it is not")
{
    uint64_t first = 0, mapped, at = ADDRESS;
    error_t error = SUCCESS;

    CHECK_GOOD(granter_start());
    for (; !error; at += 2 * PAGE)
        error = self_map(self(), at, PAGE, SELF_READ, &first);
    CHECK_ERROR(error, ENOMEM);
    CHECK_ERROR(self_map_grant(self(), granter.grant, 0, SELF_READ, &mapped), ENOMEM);
    CHECK_GOOD(self_unmap(self(), ADDRESS, at - ADDRESS));
    CHECK_GOOD(self_map_grant(self(), granter.grant, 0, SELF_READ, &mapped));
    CHECK_GOOD(self_unmap(self(), mapped, GRANTER_BYTES));
    granter_stop();
}

TEST(BORROW_STRANGER, "a grant of a space that is no process's is ENOENT")
{
    cap_t space = make(OBJECT_VSPACE, 0), grant;
    uint64_t mapped;

    CHECK_GOOD(vspace_grant(space, ADDRESS, PAGE, CAP_RIGHTS_READ, &grant));
    CHECK_ERROR(self_map_grant(self(), grant, 0, SELF_READ, &mapped), ENOENT);
}

TEST(BORROW_RING, "a ring in memory that was the peer's: when he dies it is EPIPE, and no fault")
{
    cap_t bell = make_notification();
    struct ring ring, peer;
    uint64_t entries[3] = {1, 2, 3};
    size_t done;

    CHECK_GOOD(borrow(READ_WRITE));
    CHECK_GOOD(granter_clear(granter.front));
    CHECK_GOOD(ring_open(&ring, RING_CONSUMER, borrowed, GRANTER_BYTES, 8, sizeof(uint64_t)));
    CHECK_GOOD(ring_open(&peer, RING_PRODUCER, borrowed, GRANTER_BYTES, 8, sizeof(uint64_t)));
    ring_set_bells(&ring, make_notification(), with_rights(bell, CAP_RIGHTS_RECV));
    CHECK_GOOD(ring_copy_in(&peer, entries, 3, &done));
    CHECK_GOOD(ring_get(&ring, entries, 3, &done));
    CHECK_IS(entries[2], 3);
    CHECK_GOOD(process_kill(granter.process));
    CHECK_GOOD(cap_delete(bell)); /* which was made of his memory, too */
    CHECK_ERROR(ring_get(&ring, entries, 3, &done), EPIPE);
    give_back();
}

/* ---- MINIX's three cases: A is this program, B the granter's ---- */

#define CASE_BYTES (2 * PAGE)

/* A's memory, of which B has what A granted. */
static unsigned char *lent;
static cap_t lent_grant;

static error_t lend(uint32_t rights, unsigned char fill)
{
    error_t error = granter_start();

    lent = mmap(NULL, CASE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(lent, fill, CASE_BYTES);
    if (!error)
        error = grant_create(lent, CASE_BYTES, rights, &lent_grant);
    if (!error)
        error = granter_borrow(granter.front, lent_grant);
    return error ? error : granter_sees();
}

/* B has zeros of its own now, and what it writes there, if it may, nobody else sees. */
static bool is_taken_back(bool may_write)
{
    word_t before = sum_of(lent, CASE_BYTES);

    if (grant_end(lent_grant) || granter_sees() || granter.borrowed)
        return false;
    if (may_write && granter_mark(granter.front))
        return false;
    return sum_of(lent, CASE_BYTES) == before;
}

static void end_lending(void)
{
    granter_stop();
    munmap(lent, CASE_BYTES);
}

TEST(CASE_SEND,
     "case 1, A sends more than 56 bytes: B maps a grant to read, and reads what A wrote, "
     "before and after, until A takes it back")
{
    CHECK_GOOD(lend(CAP_RIGHTS_READ, 7));
    CHECK_IS(granter.borrowed, 7 * CASE_BYTES);
    lent[CASE_BYTES - 1] = 9;
    CHECK_GOOD(granter_sees());
    CHECK_IS(granter.borrowed, 7 * CASE_BYTES + 2);
    CHECK(is_taken_back(false));
    end_lending();
}

TEST(CASE_FETCH, "case 2, A asks B for more than 56 bytes: B maps a grant to write, A finds what B "
                 "wrote, and takes it back")
{
    CHECK_GOOD(lend(READ_WRITE, 0));
    CHECK_GOOD(granter_mark(granter.front));
    CHECK(lent[0] == 'b' && lent[PAGE] == 'b');
    CHECK_IS(sum_of(lent, CASE_BYTES), 2 * 'b');
    CHECK(is_taken_back(true));
    end_lending();
}

TEST(CASE_BOTH,
     "case 3, both at once: B reads what A wrote and answers in the same memory, until A "
     "takes it back")
{
    CHECK_GOOD(lend(READ_WRITE, 1));
    CHECK_IS(granter.borrowed, CASE_BYTES);
    CHECK_GOOD(granter_mark(granter.front));
    CHECK(lent[0] == 'b' && lent[1] == 1 && lent[PAGE] == 'b' && lent[PAGE + 1] == 1);
    CHECK_GOOD(granter_sees());
    CHECK_IS(granter.borrowed, CASE_BYTES - 2 + 2 * 'b');
    CHECK(is_taken_back(true));
    end_lending();
}

TEST(CASE_READ_ONLY,
     "in case 1 B cannot write: its program ends by a fault, and A's memory is as it "
     "was")
{
    struct process_status status;

    CHECK_GOOD(lend(CAP_RIGHTS_READ, 7));
    CHECK_ERROR(granter_mark(granter.front), EPIPE);
    CHECK_GOOD(process_wait(granter.process, &status));
    CHECK_IS(status.exit_code, 128 + 11);
    CHECK_IS(status.detail, CAP_RIGHTS_WRITE);
    CHECK_IS(sum_of(lent, CASE_BYTES), 7 * CASE_BYTES);
    end_lending();
}

SUITE
