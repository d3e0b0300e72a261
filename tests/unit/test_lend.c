/* test_lend.c - leases that are lent on, in a call of the server's own, from call to call. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/thread_types.h>
#include <string.h>

#include "world.h"

int run_lend_tests(void);

#define LENT_BYTES (2 * PAGE_BYTES)
#define BOTH       (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define LENDS(n)   .flags = (uint64_t)(n) << TAG_LEASES_SHIFT

/* Shell, file system, disk: each calls the next. All in the world's one space. */
struct chain {
    struct actor shell, fs, disk;
    cap_t fs_ep, disk_ep;
    uint64_t lent, own;
    uint64_t fs_token, disk_token;
};

static char *bytes_at(uint64_t address)
{
    return user_memory(object_of(world.vspace), address);
}

static void puts_lease(struct actor *actor, struct lease_item item)
{
    runs(actor);
    actor->thread->utcb->leases[0] = item;
}

/* The shell has called, lending two pages; the disk waits. */
static struct chain chain(unsigned rights)
{
    struct chain c = {.fs_ep = call_only("fs"), .disk_ep = call_only("disk")};
    uint64_t second;

    c.shell = person("shell", ACTIVE, 20);
    c.fs = person("fs", ACTIVE, 20);
    c.disk = person("disk", ACTIVE, 20);
    mapped_frame(&c.lent);
    mapped_frame(&second);
    mapped_frame(&c.own);
    mapped_frame(&second);
    receives(&c.fs, c.fs_ep);
    receives(&c.disk, c.disk_ep);
    puts_lease(&c.shell, (struct lease_item){c.lent, LENT_BYTES, rights, 0});
    calls(&c.shell, c.fs_ep, LENDS(1));
    c.fs_token = token(&c.fs);
    return c;
}

/* The file system calls the disk, lending on a part of lease 0. */
static void lends_on(struct chain *c, uint64_t via, uint64_t offset, uint64_t length,
                     uint64_t rights)
{
    puts_lease(&c->fs, (struct lease_item){offset, length, rights, via});
    calls(&c->fs, c->disk_ep, LENDS(1));
    c->disk_token = token(&c->disk);
}

static error_t disk_copies(struct chain *c, uint32_t method, uint64_t offset, uint64_t length)
{
    return asks(&c->disk, c->disk_token, method, WORDS(0, offset, length, c->own), NO_CAPS);
}

static void part_is_lent_on(void **state)
{
    struct chain c = chain(BOTH);

    (void)state;
    memcpy(bytes_at(c.lent + 100), "written by the shell", 20);
    lends_on(&c, c.fs_token, 100, 20, BOTH);
    assert_int_equal(c.disk.thread->utcb->leases[0].length, 20);
    assert_int_equal(c.disk.thread->utcb->leases[0].rights, BOTH);
    assert_int_equal(c.disk.thread->utcb->leases[0].base, 0);
    assert_int_equal(c.disk.thread->utcb->leases[0].via, 0);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 8, 12), SUCCESS);
    assert_memory_equal(bytes_at(c.own), "by the shell", 12);
    memcpy(bytes_at(c.own), "READ", 4);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_WRITE, 0, 4), SUCCESS);
    assert_memory_equal(bytes_at(c.lent + 100), "READten by the shell", 20);
    replies(&c.disk, .token = c.disk_token);
    assert_awake(&c.fs);
    assert_int_equal(
        asks(&c.fs, c.fs_token, REPLY_LABEL_LEASE_READ, WORDS(0, 100, 4, c.own), NO_CAPS), SUCCESS);
}

static void saved_reply_lends_on(void **state)
{
    struct chain c = chain(CAP_RIGHTS_READ);
    uint64_t open = c.fs_token;
    cap_t reply;

    (void)state;
    assert_int_equal(asks(&c.fs, c.fs.self, CSPACE_LABEL_REPLY_SAVE, WORDS(open), NO_CAPS),
                     SUCCESS);
    reply = got(&c.fs, 0);
    memcpy(bytes_at(c.lent), "saved", 5);
    lends_on(&c, reply, 0, 5, CAP_RIGHTS_READ);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, 5), SUCCESS);
    assert_memory_equal(bytes_at(c.own), "saved", 5);
    replies(&world.root, .token = reply); /* a pool: another thread of that space answers */
    assert_awake(&c.shell);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, 5), ESTALE);
    assert_int_equal(word(&c.disk, 0), ARGUMENT_WORD(0));
}

static void bounds_and_rights_only_shrink(void **state)
{
    struct chain c = chain(CAP_RIGHTS_READ);
    uint64_t via = c.fs_token;
    const struct {
        struct lease_item item;
        error_t error;
    } refused[] = {
        {{0, LENT_BYTES + 1, CAP_RIGHTS_READ, via}, ERANGE},
        {{1, LENT_BYTES, CAP_RIGHTS_READ, via}, ERANGE},
        {{LENT_BYTES + 1, 0, CAP_RIGHTS_READ, via}, ERANGE},
        {{UINT64_MAX, 2, CAP_RIGHTS_READ, via}, ERANGE},
        {{1, UINT64_MAX, CAP_RIGHTS_READ, via}, ERANGE},
        {{0, 8, BOTH, via}, EPERM},
        {{0, 8, CAP_RIGHTS_WRITE, via}, EPERM},
        {{0, 8, 0, via}, EINVAL},
        {{0, 8, CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE, via}, EINVAL},
        {{0, 8, CAP_RIGHTS_READ | LEASE_OF(1), via}, ENOENT},
        {{0, 8, CAP_RIGHTS_READ | LEASE_OF(UINT32_MAX), via}, ENOENT},
        {{0, 8, CAP_RIGHTS_READ | LEASE_OF(1), 0}, EINVAL},
        {{0, 8, CAP_RIGHTS_READ, via + (1ull << CAP_INDEX_BITS)}, ESTALE},
        {{0, 8, CAP_RIGHTS_READ, c.fs_ep}, ESTALE},
        {{0, 8, CAP_RIGHTS_READ, UINT64_MAX}, ESTALE},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        puts_lease(&c.fs, refused[i].item);
        calls(&c.fs, c.disk_ep, LENDS(1));
        assert_status(&c.fs, refused[i].error);
        assert_int_equal(word(&c.fs, 0), ARGUMENT_LEASE(0));
    }
    lends_on(&c, via, 0, LENT_BYTES, CAP_RIGHTS_READ);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_WRITE, 0, 1), EPERM);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, LENT_BYTES, 1), ERANGE);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, LENT_BYTES, 0), SUCCESS);
}

static void it_ends_with_the_first_call(void **state)
{
    struct chain c = chain(BOTH);

    (void)state;
    lends_on(&c, c.fs_token, 0, 8, BOTH);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, 8), SUCCESS);
    cancels(&c.shell);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, 8), ESTALE);
    assert_int_equal(word(&c.disk, 0), ARGUMENT_WORD(0));
    assert_state(&c.fs, THREAD_WAITS_REPLY);
    replies(&c.disk, .token = c.disk_token);
    assert_awake(&c.fs);
}

static void it_ends_with_the_second_call(void **state)
{
    struct chain c = chain(BOTH);

    (void)state;
    lends_on(&c, c.fs_token, 0, 8, BOTH);
    cancels(&c.fs);
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, 8), ESTALE);
    assert_int_equal(word(&c.disk, 0), ARGUMENT_HANDLE);
    assert_state(&c.shell, THREAD_WAITS_REPLY);
}

/* A shell that dies, with all its memory, while the disk is in the middle of a copy. */
static struct chain *dying;

static void shell_dies(void)
{
    struct chain *c = dying;

    dying = NULL;
    if (c)
        deletes(c->shell.cap);
}

static void death_in_the_middle_of_a_copy(void **state)
{
    struct chain c = chain(BOTH);

    (void)state;
    lends_on(&c, c.fs_token, 0, LENT_BYTES, BOTH);
    dying = &c;
    host.pending = true;
    world.meanwhile = shell_dies;
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, LENT_BYTES), ESTALE);
    assert_null(dying);
}

static void holes_are_told_to_the_last_server(void **state)
{
    struct chain c = chain(BOTH);
    const uint64_t end = c.own + 2 * PAGE_BYTES; /* nothing is mapped behind */

    (void)state;
    replies(&c.fs, .token = c.fs_token);
    receives(&c.fs, c.fs_ep);
    puts_lease(&c.shell, (struct lease_item){end - PAGE_BYTES, LENT_BYTES, BOTH, 0});
    calls(&c.shell, c.fs_ep, LENDS(1));
    lends_on(&c, token(&c.fs), 1, LENT_BYTES - 1, BOTH);
    c.own = c.lent;
    assert_int_equal(disk_copies(&c, REPLY_LABEL_LEASE_READ, 0, LENT_BYTES - 1), EFAULT);
    assert_int_equal(word(&c.disk, 0), ARGUMENT_PARTNER);
    assert_int_equal(word(&c.disk, 2), PAGE_BYTES - 1);
}

/* N threads, each of which lends on to the next what it was lent; the last cannot. */
static void chain_of_lending_is_bounded(void **state)
{
    struct actor actors[LEASE_CALLS_MAX + 1];
    cap_t ep[LEASE_CALLS_MAX + 1];
    uint64_t lent, own, via = 0;

    (void)state;
    mapped_frame(&lent);
    mapped_frame(&own);
    memcpy(bytes_at(lent), "far", 3);
    for (unsigned i = 0; i <= LEASE_CALLS_MAX; i++) {
        actors[i] = person("link", ACTIVE, 20);
        ep[i] = call_only("link");
    }
    for (unsigned i = 0; i < LEASE_CALLS_MAX; i++) {
        receives(&actors[i + 1], ep[i + 1]);
        puts_lease(&actors[i], (struct lease_item){i == 0 ? lent : 0, 3, CAP_RIGHTS_READ, via});
        calls(&actors[i], ep[i + 1], LENDS(1));
        assert_state(&actors[i], THREAD_WAITS_REPLY);
        via = token(&actors[i + 1]);
        assert_int_equal(
            asks(&actors[i + 1], via, REPLY_LABEL_LEASE_READ, WORDS(0, 0, 3, own), NO_CAPS),
            SUCCESS);
    }
    assert_memory_equal(bytes_at(own), "far", 3);
    puts_lease(&actors[LEASE_CALLS_MAX], (struct lease_item){0, 3, CAP_RIGHTS_READ, via});
    calls(&actors[LEASE_CALLS_MAX], call_only("too far"), LENDS(1));
    assert_failure(&actors[LEASE_CALLS_MAX], ELOOP, ARGUMENT_LEASE(0), LEASE_CALLS_MAX, 0);
}

/* A handler has a token for a fault, with which nothing was lent. */
static void fault_lends_nothing(void **state)
{
    struct actor victim = person("victim", ACTIVE, 20), pager = person("pager", ACTIVE, 20);
    cap_t faults = call_only("faults"), ep = call_only("disk");

    (void)state;
    must_ask(victim.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    receives(&pager, faults);
    page_faults(&victim, 0x500000000);
    puts_lease(&pager, (struct lease_item){0, 0, CAP_RIGHTS_READ, token(&pager)});
    calls(&pager, ep, LENDS(1));
    assert_status(&pager, ENOENT);
}

int run_lend_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("LEND-1: a part of a lease is lent on and copied both ways, two calls away",
             part_is_lent_on),
        TEST("LEND-2: through a saved Reply, too; when another thread answers it, it ends",
             saved_reply_lends_on),
        TEST("LEND-3: nothing beyond the lease, against its rights or by a void token is lent on",
             bounds_and_rights_only_shrink),
        TEST("LEND-4: what is lent on ends with the call that lent it first",
             it_ends_with_the_first_call),
        TEST("LEND-5: what is lent on ends with the call that lent it on",
             it_ends_with_the_second_call),
        TEST("LEND-6: the owner dies in the middle of a copy two calls away: ESTALE",
             death_in_the_middle_of_a_copy),
        TEST("LEND-7: a hole in what is lent on is EFAULT to the last server, with the bytes done",
             holes_are_told_to_the_last_server),
        TEST("LEND-8: memory is lent on through LEASE_CALLS_MAX calls, one more is ELOOP",
             chain_of_lending_is_bounded),
        TEST("LEND-9: the token of a fault lends nothing", fault_lends_nothing),
    };

    return cmocka_run_group_tests_name("lend", tests, NULL, NULL);
}
