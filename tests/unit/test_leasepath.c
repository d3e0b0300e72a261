/* test_leasepath.c - lent memory by the call's token on the path of its own: what is copied there
   at once, in pieces, and what is left to the general way. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "world.h"

int run_leasepath_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */
#define PAGES    3
#define BYTES    (PAGES * PAGE_BYTES)
#define BOTH     (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

/* Pages of each side's memory, one behind the other; all in the world's one space. */
struct lending {
    struct actor client, server;
    cap_t ep, lent_page[PAGES], own_page[PAGES];
    uint64_t lent, own; /* addresses */
};

static char *bytes_at(uint64_t address)
{
    return user_memory(object_of(world.vspace), address);
}

static uint64_t map_pages(cap_t *pages)
{
    uint64_t first, next;

    pages[0] = mapped_frame(&first);
    for (unsigned i = 1; i < PAGES; i++)
        pages[i] = mapped_frame(&next);
    return first;
}

static void lends(struct lending *l, struct lease_item item)
{
    runs(&l->client);
    l->client.thread->utcb->leases[0] = item;
    calls(&l->client, l->ep, .flags = 1ull << TAG_LEASES_SHIFT);
}

/* The server waits, and nothing is lent yet. */
static struct lending waiting(void)
{
    struct lending l = {.ep = call_only("service")};

    l.client = person("client", ACTIVE, PRIORITY);
    l.server = person("server", ACTIVE, PRIORITY);
    l.lent = map_pages(l.lent_page);
    l.own = map_pages(l.own_page);
    receives(&l.server, l.ep);
    return l;
}

/* The client lends it all, to be read and written. */
static struct lending lending(void)
{
    struct lending l = waiting();

    lends(&l, (struct lease_item){l.lent, BYTES, BOTH, 0});
    return l;
}

/* Each byte tells where it is, and of which filling. */
static char byte_of(uint64_t seed, uint64_t at)
{
    return (char)(seed * 31 + at * 7 + at / 251);
}

static void fill(uint64_t address, uint64_t seed)
{
    for (uint64_t i = 0; i < BYTES; i++)
        *bytes_at(address + i) = byte_of(seed, i);
}

/* The server copies between its own memory and what is lent, from those places on. The call is as
   stubs make it; so many times the general way is taken from the beginning. */
static error_t copies(struct lending *l, uint32_t method, uint64_t offset, uint64_t length,
                      uint64_t own, unsigned general)
{
    uint64_t open = token(&l->server) ? token(&l->server) : l->server.thread->token;

    host.general_entries = host.questions = 0;
    calls(&l->server, open, .label = method, .words = WORDS(0, offset, length, own));
    assert_int_equal(host.general_entries, general);
    return status(&l->server);
}

static void assert_copied(uint64_t to, uint64_t from_offset, uint64_t length, uint64_t seed,
                          uint64_t to_offset, uint64_t to_seed)
{
    for (uint64_t i = 0; i < BYTES; i++) {
        bool copied = i - to_offset < length;
        uint64_t at = copied ? i - to_offset + from_offset : i;

        assert_int_equal(*bytes_at(to + i), byte_of(copied ? seed : to_seed, at));
    }
}

/* One copy there and one back, and what each changes. */
static void copy_and_look(struct lending *l, uint64_t offset, uint64_t length, uint64_t own)
{
    fill(l->lent, 1);
    fill(l->own, 2);
    assert_int_equal(copies(l, REPLY_LABEL_LEASE_READ, offset, length, l->own + own, 0), SUCCESS);
    assert_int_equal(word(&l->server, 0), length);
    assert_int_equal(l->server.thread->context.tag, TAG(OP_REPLY, 0, 1));
    assert_copied(l->own, offset, length, 1, own, 2);
    fill(l->own, 3);
    assert_int_equal(copies(l, REPLY_LABEL_LEASE_WRITE, offset, length, l->own + own, 0), SUCCESS);
    assert_int_equal(word(&l->server, 0), length);
    assert_copied(l->lent, own, length, 3, offset, 1);
}

static void every_length_and_place(void **state)
{
    static const uint64_t lengths[] = {
        0, 1, 7, 8, 9, 63, 64, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, 2 * PAGE_BYTES};
    static const uint64_t places[] = {0, 1, 8, PAGE_BYTES - 64, PAGE_BYTES - 63, PAGE_BYTES - 1};
    struct lending l = lending();

    (void)state;
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (unsigned k = 0; k < sizeof(places) / sizeof(places[0]); k++)
            for (unsigned m = 0; m < 3; m++)
                copy_and_look(&l, places[k], lengths[i], places[(k + m) % 6]);
}

/* How often an interrupt is looked for tells how it was done: not at all if it was in one piece. */
static void pieces_end_at_borders(void **state)
{
    struct lending l = lending();

    (void)state;
    copies(&l, REPLY_LABEL_LEASE_READ, 0, BYTES, l.own, 0); /* no page need be searched for now */
    for (uint64_t extra = 0; extra < 3;
         extra++) { /* one byte less than to the border, to it, more */
        uint64_t length = PAGE_BYTES - 101 + extra;

        copies(&l, REPLY_LABEL_LEASE_READ, 100, length, l.own, 0);
        assert_int_equal(host.questions, extra == 2);
        copies(&l, REPLY_LABEL_LEASE_READ, 0, length, l.own + 100, 0);
        assert_int_equal(host.questions, extra == 2);
    }
    copies(&l, REPLY_LABEL_LEASE_READ, 100, 3 * PAGE_BYTES - 100, l.own, 0);
    assert_int_equal(host.questions, 4); /* borders on either side */
}

static void preempted_at_each_border(void **state)
{
    struct lending l = lending();
    unsigned restarts = world.restarts;

    (void)state;
    fill(l.lent, 1);
    fill(l.own, 2);
    host.pending = true;
    /* the first piece by the path, the others by the general way, which goes on with it */
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, BYTES, l.own, 2), SUCCESS);
    host.pending = false;
    assert_int_equal(world.restarts - restarts, 2);
    assert_int_equal(word(&l.server, 0), BYTES);
    assert_copied(l.own, 0, BYTES, 1, 0, 2);
    assert_int_equal(l.server.thread->lent_progress.via, CAP_NULL);
    copy_and_look(&l, 5, 77, 9);
}

/* Nothing that was seen before lets it by. */
static void changed_pages(void **state)
{
    struct lending l = lending();
    cap_t page = make(OBJECT_FRAME, PAGE_SIZE_BITS, "");

    (void)state;
    copy_and_look(&l, 0, 64, 0);
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(l.lent_page[0]));
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 0), EFAULT);
    assert_int_equal(word(&l.server, 0), ARGUMENT_PARTNER);
    assert_int_equal(word(&l.server, 2), 0);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(l.lent, BOTH), CAPS(page));
    copy_and_look(&l, 0, 64, 0);
    must_ask(world.vspace, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(page));
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_WRITE, 0, 64, l.own, 0), EFAULT);
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 0), SUCCESS);
    deletes(page);
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 0), EFAULT);
}

/* How far it came is told, though the first part went by the path. */
static void missing_page_on_the_way(void **state)
{
    struct lending l = lending();

    (void)state;
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(l.lent_page[1]));
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 10, BYTES - 10, l.own, 0), EFAULT);
    assert_int_equal(word(&l.server, 0), ARGUMENT_PARTNER);
    assert_int_equal(word(&l.server, 2), PAGE_BYTES - 10);
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_WRITE, 2 * PAGE_BYTES, 9, l.own, 0), SUCCESS);
}

static void own_missing_page(void **state)
{
    struct lending l = lending();
    struct actor pager = person("pager", ACTIVE, PRIORITY);
    cap_t faults = call_only("faults");

    (void)state;
    must_ask(l.server.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    receives(&pager, faults);
    fill(l.lent, 1);
    fill(l.own, 2);
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(l.own_page[1]));
    copies(&l, REPLY_LABEL_LEASE_READ, 0, BYTES, l.own, 0);
    assert_state(&l.server, THREAD_WAITS_REPLY);
    assert_int_equal(label(&pager), FAULT_LABEL_PAGE);
    assert_int_equal(word(&pager, 0), l.own + PAGE_BYTES);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(l.own + PAGE_BYTES, BOTH), CAPS(l.own_page[1]));
    replies(&pager, .token = token(&pager));
    again(&l.server);
    assert_status(&l.server, SUCCESS);
    assert_copied(l.own, 0, BYTES, 1, 0, 2);
}

/* What is refused is refused by the general way, with its words. */
static void refusals(void **state)
{
    struct lending l = lending();
    const struct {
        uint64_t number, offset, length, own;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {1, 0, 1, l.own, ENOENT, ARGUMENT_WORD(0)},
        {4, 0, 1, l.own, ENOENT, ARGUMENT_WORD(0)},
        {UINT64_MAX, 0, 1, l.own, ENOENT, ARGUMENT_WORD(0)},
        {0, 0, BYTES + 1, l.own, ERANGE, ARGUMENT_WORD(1)},
        {0, 1, BYTES, l.own, ERANGE, ARGUMENT_WORD(1)},
        {0, BYTES, 1, l.own, ERANGE, ARGUMENT_WORD(1)},
        {0, UINT64_MAX, 1, l.own, ERANGE, ARGUMENT_WORD(1)},
        {0, 1, UINT64_MAX, l.own, ERANGE, ARGUMENT_WORD(1)},
        {0, 0, 1, USER_ADDRESS_END, EFAULT, ARGUMENT_WORD(3)},
        {0, 0, 1, UINT64_MAX, EFAULT, ARGUMENT_WORD(3)},
        {0, 0, 64, -64ull, EFAULT, ARGUMENT_WORD(3)},
        {0, 0, BYTES, USER_ADDRESS_END - BYTES + 1, EFAULT, ARGUMENT_WORD(3)},
    };

    (void)state;
    copy_and_look(&l, 0, BYTES, 0); /* all of it has been seen */
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        for (uint32_t method = REPLY_LABEL_LEASE_READ; method <= REPLY_LABEL_LEASE_WRITE;
             method++) {
            host.general_entries = 0;
            calls(&l.server, l.server.thread->token, .label = method,
                  .words = WORDS(refused[i].number, refused[i].offset, refused[i].length,
                                 refused[i].own));
            assert_int_equal(status(&l.server), refused[i].error);
            assert_int_equal(word(&l.server, 0), refused[i].argument);
            assert_int_equal(host.general_entries, 1);
        }
}

static void rights_are_kept(void **state)
{
    static const uint32_t method_of[] = {0, REPLY_LABEL_LEASE_READ, REPLY_LABEL_LEASE_WRITE};
    struct lending l = lending();

    (void)state;
    for (unsigned right = CAP_RIGHTS_READ; right <= CAP_RIGHTS_WRITE; right++) {
        uint64_t open = l.server.thread->token;

        replies(&l.server, .token = open);
        receives(&l.server, l.ep);
        lends(&l, (struct lease_item){l.lent, BYTES, right, 0});
        assert_int_equal(copies(&l, method_of[right], 0, 64, l.own, 0), SUCCESS);
        assert_int_equal(copies(&l, method_of[3 - right], 0, 64, l.own, 1), EPERM);
    }
}

/* A token that is void, or has become a Reply. */
static void token_must_be_open(void **state)
{
    struct lending l = lending();
    uint64_t open = l.server.thread->token;

    (void)state;
    copy_and_look(&l, 0, 64, 0);
    assert_int_equal(asks(&l.server, l.server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(open), NO_CAPS),
                     SUCCESS);
    calls(&l.server, open, .label = REPLY_LABEL_LEASE_READ, .words = WORDS(0, 0, 64, l.own));
    assert_status(&l.server, ESTALE);
    l = lending();
    open = l.server.thread->token;
    cancels(&l.client);
    calls(&l.server, open, .label = REPLY_LABEL_LEASE_READ, .words = WORDS(0, 0, 64, l.own));
    assert_status(&l.server, ESTALE);
    calls(&l.server, open - TOKEN_STEP, .label = REPLY_LABEL_LEASE_READ,
          .words = WORDS(0, 0, 64, l.own));
    assert_status(&l.server, ESTALE);
}

/* More than the path looks at: a thread that is single-stepped, another form of the call. */
static void left_to_the_general_way(void **state)
{
    struct lending l = lending();
    uint64_t open = l.server.thread->token;

    (void)state;
    copy_and_look(&l, 0, 64, 0);
    l.server.thread->context.stepping = 1;
    fast_stop(l.server.thread);
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 1), SUCCESS);
    l.server.thread->context.stepping = 0;
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 1), SUCCESS);
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 0), SUCCESS);
    calls(&l.server, open, .label = REPLY_LABEL_LEASE_READ, .words = WORDS(0, 0, 64));
    assert_status(&l.server, EMSGSIZE);
    calls(&l.server, open, .label = LABEL(12, 9), .words = WORDS(0, 0, 64, l.own));
    assert_status(&l.server, ENOSYS);
}

/* A copy that another capability had begun does not count for this one, nor for itself later. */
static void begun_by_another(void **state)
{
    struct lending l = lending();

    (void)state;
    copy_and_look(&l, 0, 64, 0);
    l.server.thread->lent_progress = (struct lent_progress){l.server.self, 32};
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 1), SUCCESS);
    assert_int_equal(l.server.thread->lent_progress.via, CAP_NULL);
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 64, l.own, 0), SUCCESS);
}

/* What was seen of a place to be written says nothing of reading there, nor the other way round. */
static void seen_for_the_other_use(void **state)
{
    struct lending l = lending();

    (void)state;
    fill(l.lent, 1);
    copies(&l, REPLY_LABEL_LEASE_WRITE, 0, 8, l.own, 0);
    copies(&l, REPLY_LABEL_LEASE_READ, 100, 64, l.lent + 200, 0);
    for (uint64_t i = 0; i < 64; i++)
        assert_int_equal(*bytes_at(l.lent + 200 + i), byte_of(1, 100 + i));
    fill(l.lent, 2);
    copies(&l, REPLY_LABEL_LEASE_READ, 0, 8, l.own, 0);
    copies(&l, REPLY_LABEL_LEASE_WRITE, 300, 64, l.lent + 200, 0);
    for (uint64_t i = 0; i < 64; i++)
        assert_int_equal(*bytes_at(l.lent + 300 + i), byte_of(2, 200 + i));
}

/* Memory that is both, at every small distance: as if byte by byte. */
static void overlapping_memory(void **state)
{
    static char wanted[BYTES];
    struct lending l = lending();

    (void)state;
    for (uint64_t to = 0; to < 100; to++) {
        const uint64_t from = 50, length = 41;

        fill(l.lent, to);
        memcpy(wanted, bytes_at(l.lent), PAGE_BYTES);
        for (uint64_t i = 0; i < length; i++)
            wanted[to + i] = wanted[from + i];
        assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, from, length, l.lent + to, 0), SUCCESS);
        assert_memory_equal(bytes_at(l.lent), wanted, PAGE_BYTES);
    }
}

/* A space of as many slots as there can be, which all are empty where this thread sees them: the
   index of its last slot is that of tokens. */
static void largest_space_has_tokens(void **state)
{
    struct lending l = lending();

    (void)state;
    fill(l.lent, 1);
    knows_its_space(&l.server);
    l.server.thread->slots = arch_memory(WORLD_HUGE);
    l.server.thread->slots_mask = CAP_INDEX_MASK;
    assert_int_equal(copies(&l, REPLY_LABEL_LEASE_READ, 0, 1, l.own, 0), SUCCESS);
    assert_int_equal(*bytes_at(l.own), byte_of(1, 0));
}

/* As long as the address of the server's own memory is high: what lies there is not meant. */
static void length_is_no_address(void **state)
{
    struct lending l = waiting();

    (void)state;
    lends(&l, (struct lease_item){l.lent, l.own, BOTH, 0});
    copy_and_look(&l, 0, 64, PAGE_BYTES);
    copy_and_look(&l, 8, 2 * PAGE_BYTES, 0);
}

int run_leasepath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("LEASEPATH-1: by the token lent memory is read and written without the general way",
             every_length_and_place),
        TEST("LEASEPATH-2: no interrupt is looked for within a piece, but at each of its ends",
             pieces_end_at_borders),
        TEST("LEASEPATH-3: a copy that is preempted goes on, and is complete",
             preempted_at_each_border),
        TEST("LEASEPATH-4: a page that is unmapped, changed, protected or deleted is not copied",
             changed_pages),
        TEST("LEASEPATH-5: where the caller's page is missing EFAULT tells how far it came",
             missing_page_on_the_way),
        TEST("LEASEPATH-6: where an own page is missing the server faults, and goes on",
             own_missing_page),
        TEST("LEASEPATH-7: numbers, ranges and addresses beyond the limits are refused as ever",
             refusals),
        TEST("LEASEPATH-8: what was lent for one use is not used otherwise", rights_are_kept),
        TEST("LEASEPATH-9: a token that is void or saved copies nothing", token_must_be_open),
        TEST("LEASEPATH-10: a stepped thread and a call of another form go the general way",
             left_to_the_general_way),
        TEST("LEASEPATH-11: what another capability had begun does not count", begun_by_another),
        TEST("LEASEPATH-12: memory that is both sides' is copied as if byte by byte",
             overlapping_memory),
        TEST("LEASEPATH-15: however long a lease is, it begins where it was said",
             length_is_no_address),
        TEST("LEASEPATH-13: what was seen for one use is not taken for the other",
             seen_for_the_other_use),
        TEST("LEASEPATH-14: in the largest space tokens are found, too", largest_space_has_tokens),
    };

    return cmocka_run_group_tests_name("leasepath", tests, NULL, NULL);
}
