/* test_lease.c - memory lent with a call: read and written through the kernel, bounds and all. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "registers.h"
#include "world.h"

int run_lease_tests(void);

#define BYTES    (2 * PAGE_BYTES)
#define MISSING  0x500000000ull
#define ODD      123 /* where in a page the lent memory begins */
#define READABLE (CAP_RIGHTS_READ)
#define BOTH     (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

/* Two pages of each side's memory, one behind the other; all in the world's one space. */
struct lending {
    struct actor client, server;
    cap_t ep, last_page; /* the Frame of the client's second page */
    uint64_t lent, own;  /* addresses */
};

/* The client's pages lie at that address and behind it; 0: anywhere. */
static struct lending lending_at(uint64_t address)
{
    struct lending l = {.ep = call_only("service")};
    uint64_t second;

    l.client = person("client", ACTIVE, 20);
    l.server = person("server", ACTIVE, 20);
    if (address)
        world.next_map = address;
    mapped_frame(&l.lent);
    l.last_page = mapped_frame(&second);
    mapped_frame(&l.own);
    mapped_frame(&second);
    receives(&l.server, l.ep);
    return l;
}

static struct lending lending(void)
{
    return lending_at(0);
}

static char *bytes_at(uint64_t address)
{
    return user_memory(object_of(world.vspace), address);
}

/* The client calls, lending one buffer. */
static void lends(struct lending *l, uint64_t base, uint64_t length, uint64_t rights)
{
    runs(&l->client);
    l->client.thread->utcb->leases[0] = (struct lease_item){base, length, rights, 0};
    calls(&l->client, l->ep, .flags = 1ull << TAG_LEASES_SHIFT);
}

static error_t copies(struct lending *l, uint64_t handle, uint32_t method, uint64_t offset,
                      uint64_t length)
{
    return asks(&l->server, handle, method, WORDS(0, offset, length, l->own), NO_CAPS);
}

static void lent_memory_is_copied(void **state)
{
    struct lending l = lending();
    uint64_t open;

    (void)state;
    memset(bytes_at(l.lent), 'a', PAGE_BYTES);
    memset(bytes_at(l.lent + PAGE_BYTES), 'b', PAGE_BYTES);
    lends(&l, l.lent + ODD, BYTES - ODD, BOTH);
    open = token(&l.server);
    assert_int_equal(tag_leases(l.server.thread->context.tag), 1);
    assert_int_equal(l.server.thread->utcb->leases[0].base, 0);
    assert_int_equal(l.server.thread->utcb->leases[0].length, BYTES - ODD);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, 0, PAGE_BYTES), SUCCESS);
    assert_int_equal(word(&l.server, 0), PAGE_BYTES);
    assert_int_equal(bytes_at(l.own)[PAGE_BYTES - ODD - 1], 'a');
    assert_int_equal(bytes_at(l.own)[PAGE_BYTES - ODD], 'b');
    memset(bytes_at(l.own), 'c', PAGE_BYTES);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_WRITE, 1, 2), SUCCESS);
    assert_memory_equal(bytes_at(l.lent + ODD), "acca", 4);
    replies(&l.server, .token = open);
    assert_awake(&l.client);
}

/* Both pages lie in different 2 MiB of the space, so in different tables. */
static void copies_cross_tables(void **state)
{
    uint64_t border = (world.next_map | (LARGE_PAGE_BYTES - 1)) + 1;
    struct lending l = lending_at(border - PAGE_BYTES);

    (void)state;
    memset(bytes_at(border - PAGE_BYTES), 'a', PAGE_BYTES);
    memset(bytes_at(border), 'b', PAGE_BYTES);
    lends(&l, l.lent, BYTES, READABLE);
    assert_int_equal(copies(&l, token(&l.server), REPLY_LABEL_LEASE_READ, 0, BYTES), SUCCESS);
    assert_int_equal(bytes_at(l.own)[PAGE_BYTES - 1], 'a');
    assert_int_equal(bytes_at(l.own)[PAGE_BYTES], 'b');
}

static void copying_is_preemptible(void **state)
{
    struct lending l = lending();
    uint64_t open;

    (void)state;
    memset(bytes_at(l.lent), 'a', PAGE_BYTES);
    memset(bytes_at(l.lent + PAGE_BYTES), 'b', PAGE_BYTES);
    lends(&l, l.lent, BYTES, READABLE);
    open = token(&l.server);
    host.pending = true;
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, ODD, BYTES - ODD), SUCCESS);
    assert_true(world.restarts >= 2);
    assert_int_equal(word(&l.server, 0), BYTES - ODD);
    assert_int_equal(bytes_at(l.own)[PAGE_BYTES - ODD - 1], 'a');
    assert_int_equal(bytes_at(l.own)[PAGE_BYTES - ODD], 'b');
    assert_int_equal(bytes_at(l.own + PAGE_BYTES)[PAGE_BYTES - ODD - 1], 'b');
    host.pending = false;
    memset(bytes_at(l.own), 0, PAGE_BYTES); /* the same once more copies all of it again */
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, ODD, BYTES - ODD), SUCCESS);
    assert_int_equal(bytes_at(l.own)[0], 'a');
}

static void bounds_and_rights_are_kept(void **state)
{
    struct lending l = lending();
    uint64_t open;

    (void)state;
    lends(&l, l.lent, 100, READABLE);
    open = token(&l.server);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, 0, 101), ERANGE);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, 100, 1), ERANGE);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, UINT64_MAX, 2), ERANGE);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, 1, UINT64_MAX), ERANGE);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_WRITE, 0, 1), EPERM);
    refuses(&l.server, open, REPLY_LABEL_LEASE_READ, WORDS(1, 0, 1, l.own), NO_CAPS, ENOENT,
            ARGUMENT_WORD(0));
    refuses(&l.server, open, REPLY_LABEL_LEASE_READ, WORDS(0, 0, 1, USER_ADDRESS_END), NO_CAPS,
            EFAULT, ARGUMENT_WORD(3));
    refuses(&l.server, open, REPLY_LABEL_LEASE_READ, WORDS(0, 0, 1, UINT64_MAX), NO_CAPS, EFAULT,
            ARGUMENT_WORD(3));
    refuses(&l.server, open, LABEL(12, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, 100, 0), SUCCESS);
}

static void bad_leases_are_refused(void **state)
{
    struct lending l = lending();
    const struct lease_item refused[] = {
        {l.lent, 100, 0, 0},
        {l.lent, 100, CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE, 0},
        {l.lent, UINT64_MAX, READABLE, 0},
        {USER_ADDRESS_END, 1, READABLE, 0},
        {UINT64_MAX, 1, READABLE, 0},
        {0xffff800000000000, 1, READABLE, 0},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        lends(&l, refused[i].base, refused[i].length, refused[i].rights);
        assert_status(&l.client, EINVAL);
        assert_int_equal(word(&l.client, 0), ARGUMENT_LEASE(0));
    }
    sends(&l.client, endpoint("open"), .flags = 1ull << TAG_LEASES_SHIFT);
    assert_status(&l.client, EINVAL);
}

static void callers_missing_page_is_told(void **state)
{
    struct lending l = lending();

    (void)state;
    lends(&l, l.lent, BYTES, READABLE);
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(l.last_page));
    assert_int_equal(copies(&l, token(&l.server), REPLY_LABEL_LEASE_READ, 0, BYTES), EFAULT);
    assert_int_equal(word(&l.server, 0), ARGUMENT_PARTNER);
    assert_int_equal(word(&l.server, 2), PAGE_BYTES);
    assert_state(&l.client, THREAD_WAITS_REPLY);
}

/* What the client may only read itself cannot be written for it. */
static void read_only_page_is_not_written(void **state)
{
    struct lending l = lending();

    (void)state;
    lends(&l, l.lent, BYTES, BOTH);
    must_ask(world.vspace, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(l.last_page));
    assert_int_equal(copies(&l, token(&l.server), REPLY_LABEL_LEASE_WRITE, PAGE_BYTES, 8), EFAULT);
    assert_int_equal(word(&l.server, 2), 0);
}

static void own_missing_page_is_a_fault(void **state)
{
    struct lending l = lending();
    struct actor pager = person("pager", ACTIVE, 20);
    cap_t faults = call_only("faults"), page = make(OBJECT_FRAME, PAGE_SIZE_BITS, "");

    (void)state;
    must_ask(l.server.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    receives(&pager, faults);
    memset(bytes_at(l.lent), 'x', PAGE_BYTES);
    lends(&l, l.lent, BYTES, READABLE);
    calls(&l.server, token(&l.server), .label = REPLY_LABEL_LEASE_READ,
          .words = WORDS(0, 0, 16, MISSING));
    assert_state(&l.server, THREAD_WAITS_REPLY);
    assert_int_equal(label(&pager), FAULT_LABEL_PAGE);
    assert_int_equal(word(&pager, 0), MISSING);
    assert_int_equal(word(&pager, 1), CAP_RIGHTS_WRITE);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(MISSING, BOTH), CAPS(page));
    replies(&pager, .token = token(&pager));
    again(&l.server);
    assert_status(&l.server, SUCCESS);
    assert_int_equal(word(&l.server, 0), 16);
    assert_memory_equal(bytes_at(MISSING), "xxxxxxxxxxxxxxxx", 16);
}

/* The first page is copied, the second is missing, and what is lent changes meanwhile: is the first
   one copied once more? */
static bool begins_anew(bool registers_are_written)
{
    struct lending l = lending();
    struct actor pager = person("pager", ACTIVE, 20);
    cap_t faults = call_only("faults");

    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(MISSING, BOTH),
             CAPS(make(OBJECT_FRAME, PAGE_SIZE_BITS, "")));
    must_ask(l.server.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    receives(&pager, faults);
    memset(bytes_at(l.lent), 'x', PAGE_BYTES);
    lends(&l, l.lent, BYTES, READABLE);
    calls(&l.server, token(&l.server), .label = REPLY_LABEL_LEASE_READ,
          .words = WORDS(0, 0, BYTES, MISSING));
    assert_int_equal(word(&pager, 0), MISSING + PAGE_BYTES);
    memset(bytes_at(l.lent), 'y', PAGE_BYTES);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(MISSING + PAGE_BYTES, BOTH),
             CAPS(make(OBJECT_FRAME, PAGE_SIZE_BITS, "")));
    if (registers_are_written)
        must_ask(l.server.cap, THREAD_LABEL_WRITE_REGISTERS, all_registers(WORLD_IP, 0, 0),
                 NO_CAPS);
    replies(&pager, .token = token(&pager));
    calls(&l.server, l.server.thread->token, .label = REPLY_LABEL_LEASE_READ,
          .words = WORDS(0, 0, BYTES, MISSING));
    assert_status(&l.server, SUCCESS);
    assert_int_equal(word(&l.server, 0), BYTES);
    return bytes_at(MISSING)[0] == 'y';
}

static void copy_goes_on(void **state)
{
    (void)state;
    assert_false(begins_anew(false));
}

static void copy_begins_anew(void **state)
{
    (void)state;
    assert_true(begins_anew(true));
}

static void lease_ends_with_the_call(void **state)
{
    struct lending l = lending();
    uint64_t open;
    cap_t reply;

    (void)state;
    lends(&l, l.lent, BYTES, READABLE);
    open = token(&l.server);
    assert_int_equal(asks(&l.server, l.server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(open), NO_CAPS),
                     SUCCESS);
    reply = got(&l.server, 0);
    assert_int_equal(copies(&l, open, REPLY_LABEL_LEASE_READ, 0, 8), ESTALE);
    assert_int_equal(copies(&l, reply, REPLY_LABEL_LEASE_READ, 0, 8), SUCCESS);
    cancels(&l.client);
    assert_int_equal(copies(&l, reply, REPLY_LABEL_LEASE_READ, 0, 8), ESTALE);
    receives(&l.server, l.ep);
    calls(&l.client, l.ep); /* the next call lends nothing */
    assert_int_equal(copies(&l, token(&l.server), REPLY_LABEL_LEASE_READ, 0, 8), ENOENT);
}

int run_lease_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("LEASE-1: lent memory is read and written, over page borders, and hides its address",
             lent_memory_is_copied),
        TEST("LEASE-2: copying by a lease is preempted on its way and complete at the end",
             copying_is_preemptible),
        TEST("LEASE-3: nothing outside of the lease is reached, nor against its rights",
             bounds_and_rights_are_kept),
        TEST("LEASE-4: a lease of no rights, of others, or outside of the user's addresses is bad",
             bad_leases_are_refused),
        TEST("LEASE-5: a page that the caller lacks is EFAULT, with the bytes that were done",
             callers_missing_page_is_told),
        TEST("LEASE-6: what the caller can only read is not written for it",
             read_only_page_is_not_written),
        TEST("LEASE-7: a page that the server lacks is its own page fault, and then it goes on",
             own_missing_page_is_a_fault),
        TEST("LEASE-8: a lease ends with its call; a Reply reaches it as the token did",
             lease_ends_with_the_call),
        TEST("LEASE-10: what was copied before a page was missing is not copied again",
             copy_goes_on),
        TEST("LEASE-11: but it is where the thread's registers have been written meanwhile",
             copy_begins_anew),
        TEST("LEASE-9: a copy goes on where another page table begins", copies_cross_tables),
    };

    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
