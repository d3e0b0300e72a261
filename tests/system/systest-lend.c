/*
 * systest-lend.c - leases of much memory and from process to process: a shell (this program) calls
 * a file system, which lends on to a disk, three processes one behind the other.
 */
#include <sys/mman.h>

#include <myelin/idl/relay.h>

#include "lib/peers.h"
#include "lib/systest.h"

#define MUCH (64u << 10)

static struct partner client;
static struct message message;
static unsigned char mine[MUCH + PAGE];

/* Two processes: what "fs" is lent it lends on to "disk". */
struct servers {
    cap_t fs, disk; /* processes */
    cap_t to_fs;
};

static error_t start_relay(cap_t front, cap_t next, cap_t *process)
{
    char *arguments[] = {"/bin/relay", NULL};
    error_t error = process_prepare("/bin/relay", arguments, NULL, process);

    if (!error)
        error = process_give(*process, "front", front, CAP_DERIVE | CAP_RIGHTS_RECV);
    if (!error && next)
        error = process_give(*process, "next", next, CAP_DERIVE | CAP_RIGHTS_CALL);
    return error ? error : process_start(*process);
}

static error_t start_servers(struct servers *servers)
{
    cap_t to_disk = make_call_only();
    error_t error;

    servers->to_fs = make_call_only();
    error = start_relay(to_disk, CAP_NULL, &servers->disk);
    return error ? error : start_relay(servers->to_fs, to_disk, &servers->fs);
}

static void stop_servers(const struct servers *servers)
{
    process_release(servers->fs);
    process_release(servers->disk);
}

/* Memory that nobody has touched yet. */
static unsigned char *fresh(size_t length)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static bool filled(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != relay_byte(i))
            return false;
    return true;
}

TEST(LEND_THREE_WRITE, "64 KiB that were never touched are written by the disk, a process that the "
                       "file system lends them on to")
{
    unsigned char *lent = fresh(MUCH);
    struct servers servers;

    CHECK(lent);
    CHECK_GOOD(start_servers(&servers));
    CHECK_GOOD(relay_fill(servers.to_fs, lent, MUCH));
    CHECK(filled(lent + 1, MUCH - 1));
    CHECK_IS(lent[0], 0);
    stop_servers(&servers);
    munmap(lent, MUCH);
}

TEST(LEND_THREE_READ, "64 KiB that were never touched are read, as zeros, by the disk behind the "
                      "file system")
{
    unsigned char *lent = fresh(MUCH);
    struct servers servers;
    uint64_t sum;

    CHECK(lent);
    CHECK_GOOD(start_servers(&servers));
    CHECK_GOOD(relay_total(servers.to_fs, lent, MUCH, &sum));
    CHECK_IS(sum, 0);
    lent[MUCH - 1] = 5;
    lent[0] = 100; /* not lent on */
    CHECK_GOOD(relay_total(servers.to_fs, lent, MUCH, &sum));
    CHECK_IS(sum, 5);
    stop_servers(&servers);
    munmap(lent, MUCH);
}

TEST(LEND_THREE_RIGHTS, "what is lent for reading the disk cannot write: EPERM comes all the way")
{
    struct servers servers;

    CHECK_GOOD(start_servers(&servers));
    CHECK_ERROR(relay_spoil(servers.to_fs, mine, MUCH), EPERM);
    stop_servers(&servers);
}

TEST(LEND_THREE_DEATH, "the file system dies while it waits for a dead disk: the shell gets EPIPE")
{
    struct servers servers;
    uint64_t sum;

    CHECK_GOOD(start_servers(&servers));
    CHECK_GOOD(relay_total(servers.to_fs, mine, MUCH, &sum));
    CHECK_GOOD(process_kill(servers.disk));
    partner_init(&client, RELAY_LABEL_TOTAL);
    message_put_lease(&client.message, mine, MUCH, CAP_RIGHTS_READ);
    CHECK_GOOD(partner_start(&client, OP_CALL, servers.to_fs));
    sleep_for(5000000);
    CHECK_GOOD(process_kill(servers.fs)); /* it waits for the disk: the endpoint is still there */
    CHECK(partner_done(&client));
    CHECK_IS(client.error, EPIPE);
    stop_servers(&servers);
}

/* A client's call that lends so, taken by this thread; its token is then in message.reply. */
static error_t take_call(void *base, size_t length, uint32_t rights, cap_t endpoint)
{
    partner_init(&client, 1);
    message_put_lease(&client.message, base, length, rights);
    message.accept = 0;
    if (partner_start(&client, OP_CALL, endpoint))
        return ECHILD;
    return message_receive(endpoint, &message);
}

TEST(LEND_64K_WRITTEN, "64 KiB lent from the middle of a page are written in one go")
{
    unsigned char *lent = fresh(MUCH + PAGE);

    CHECK(lent);
    for (unsigned i = 0; i < MUCH; i++)
        mine[i] = relay_byte(i);
    CHECK_GOOD(take_call(lent + 1000, MUCH, CAP_RIGHTS_WRITE, make_endpoint()));
    CHECK_GOOD(lease_write(message.reply, 0, 0, mine, MUCH));
    CHECK(filled(lent + 1000, MUCH));
    CHECK(!lent[999] && !lent[1000 + MUCH]);
    munmap(lent, MUCH + PAGE);
}

TEST(LEND_64K_INTO_UNTOUCHED, "a server reads 64 KiB into memory of its own that it never touched: "
                              "it is paged in on its own time")
{
    unsigned char *own = fresh(MUCH + PAGE);

    CHECK(own);
    for (unsigned i = 0; i < MUCH; i++)
        mine[i] = relay_byte(i);
    CHECK_GOOD(take_call(mine, MUCH, CAP_RIGHTS_READ, make_endpoint()));
    CHECK_GOOD(lease_read(message.reply, 0, 0, own + 77, MUCH));
    CHECK(filled(own + 77, MUCH));
    munmap(own, MUCH + PAGE);
}

TEST(LEND_HOLE_MIDDLE, "a hole in the middle of a lease is EFAULT with the bytes before it; when "
                       "the page is back the rest can be had")
{
    cap_t first = make_frame(), second = make_frame();
    char *page = map(first, READ_WRITE), *next = map(second, READ_WRITE);

    CHECK(page && next == page + PAGE);
    memset(page, 'a', PAGE);
    memset(next, 'b', PAGE);
    CHECK_GOOD(take_call(page + 1, 2 * PAGE - 1, CAP_RIGHTS_READ, make_endpoint()));
    CHECK_GOOD(frame_unmap(0, second));
    CHECK_REFUSED(lease_read(message.reply, 0, 0, mine, 2 * PAGE - 1), EFAULT, ARGUMENT_PARTNER);
    CHECK_IS(ipc_error_detail()->found, PAGE - 1);
    CHECK(mine[PAGE - 2] == 'a');
    CHECK_GOOD(frame_map(0, second, (uint64_t)next, READ_WRITE));
    CHECK_GOOD(lease_read(message.reply, 0, PAGE - 1, mine + PAGE - 1, PAGE));
    CHECK(mine[PAGE - 1] == 'b' && mine[2 * PAGE - 2] == 'b');
}

/* Lends a page that is not there without touching it, and has a pager that never answers. */
static void lend_blindly(void *argument)
{
    struct ipc_registers r = raw(OP_CALL, *(cap_t *)argument, 1);

    utcb_self()->leases[0] = (struct lease_item){
        .base = client.message.words[0], .length = 8, .rights = CAP_RIGHTS_READ};
    r.tag |= 1ull << TAG_LEASES_SHIFT;
    enter(&r);
}

TEST(LEND_SILENT_PAGER, "a client whose pager never answers delays nobody: EFAULT at once, and the "
                        "next client is served")
{
    struct plan plan = {.run = lend_blindly,
                        .handler = with_rights(make_call_only(), CAP_RIGHTS_CALL)};
    cap_t endpoint = make_endpoint(), frame = make_frame();
    struct worker blind;
    char *page = map(frame, READ_WRITE);

    CHECK_GOOD(frame_unmap(0, frame));
    client.message.words[0] = (word_t)page;
    plan.argument = &endpoint;
    CHECK_GOOD(worker_start(&blind, &plan));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_REFUSED(lease_read(message.reply, 0, 0, mine, 8), EFAULT, ARGUMENT_PARTNER);
    CHECK_IS(ipc_error_detail()->found, 0);
    CHECK_IS(worker_state(&blind), THREAD_WAITS_REPLY);
    message_begin(&message, EFAULT);
    CHECK_GOOD(message_reply(&message));
    CHECK_GOOD(take_call(mine, 8, CAP_RIGHTS_READ, endpoint));
    CHECK_GOOD(lease_read(message.reply, 0, 0, mine + PAGE, 8));
}

SUITE
