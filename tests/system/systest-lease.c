/* systest-lease.c - memory lent with a call: read and written by the server until it answers. */
#include "lib/systest.h"

#define LEASE_BYTES (3 * PAGE)

static struct partner client;
static struct message message;
static unsigned char lent[LEASE_BYTES + PAGE];
static unsigned char mine[LEASE_BYTES + PAGE];

static void fill(unsigned char *bytes, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(i * 7 + seed);
}

static bool filled(const unsigned char *bytes, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != (unsigned char)(i * 7 + seed))
            return false;
    return true;
}

/* A client's call that lends `length` bytes from `base`; its token is then in message.reply. */
static error_t take_call(void *base, size_t length, uint32_t rights)
{
    cap_t endpoint = make_endpoint();
    error_t error;

    partner_init(&client, 1);
    message_put_lease(&client.message, base, length, rights);
    error = partner_start(&client, OP_CALL, endpoint);
    message.accept = 0;
    return error ? error : message_receive(endpoint, &message);
}

static error_t answer(void)
{
    message_begin(&message, 0);
    return message_reply(&message);
}

TEST(LEASE_ANNOUNCED, "the server is told how long a lease is and what it may do, but not where")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_IS(message.lease_count, 1);
    CHECK_IS(message.leases[0].length, 100);
    CHECK_IS(message.leases[0].rights, CAP_RIGHTS_READ);
    CHECK(!message.leases[0].base);
}

TEST(LEASE_READ, "a lease of several pages, unaligned at both ends, is read as it is")
{
    fill(lent, sizeof(lent), 3);
    memset(mine, 0, sizeof(mine));
    CHECK_GOOD(take_call(lent + 5, LEASE_BYTES - 9, CAP_RIGHTS_READ));
    CHECK_GOOD(lease_read(message.reply, 0, 0, mine + 1, LEASE_BYTES - 9));
    CHECK(!memcmp(mine + 1, lent + 5, LEASE_BYTES - 9));
    CHECK(!mine[0] && !mine[1 + LEASE_BYTES - 9]);
}

TEST(LEASE_WRITE, "a lease that is lent for writing is written, and nothing beside it")
{
    memset(lent, 0, sizeof(lent));
    fill(mine, sizeof(mine), 9);
    CHECK_GOOD(take_call(lent + 100, LEASE_BYTES, CAP_RIGHTS_WRITE));
    CHECK_GOOD(lease_write(message.reply, 0, 10, mine, PAGE));
    CHECK(filled(lent + 110, PAGE, 9));
    CHECK(!lent[109] && !lent[110 + PAGE]);
}

TEST(LEASE_OFFSET, "a lease is read from an offset")
{
    fill(lent, sizeof(lent), 0);
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_GOOD(lease_read(message.reply, 0, 90, mine, 10));
    CHECK(!memcmp(mine, lent + 90, 10));
}

TEST(LEASE_BOUNDS, "one byte beyond a lease is ERANGE, the last one and none at all are not")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_GOOD(lease_read(message.reply, 0, 99, mine, 1));
    CHECK_GOOD(lease_read(message.reply, 0, 100, mine, 0));
    CHECK_REFUSED(lease_read(message.reply, 0, 99, mine, 2), ERANGE, ARGUMENT_WORD(1));
    CHECK_REFUSED(lease_read(message.reply, 0, 101, mine, 0), ERANGE, ARGUMENT_WORD(1));
    CHECK_REFUSED(lease_read(message.reply, 0, 1, mine, UINT64_MAX), ERANGE, ARGUMENT_WORD(1));
}

TEST(LEASE_NUMBER, "a lease that was not lent is ENOENT")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_REFUSED(lease_read(message.reply, 1, 0, mine, 1), ENOENT, ARGUMENT_WORD(0));
}

TEST(LEASE_READ_ONLY, "a lease for reading is not written: EPERM")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_REFUSED(lease_write(message.reply, 0, 0, mine, 1), EPERM, ARGUMENT_WORD(0));
}

TEST(LEASE_WRITE_ONLY, "a lease for writing is not read: EPERM")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_WRITE));
    CHECK_REFUSED(lease_read(message.reply, 0, 0, mine, 1), EPERM, ARGUMENT_WORD(0));
}

TEST(LEASE_ENDS, "with the answer the lease is gone: ESTALE")
{
    cap_t token;

    CHECK_GOOD(take_call(lent, 100, READ_WRITE));
    token = message.reply;
    CHECK_GOOD(answer());
    CHECK_ERROR(lease_read(token, 0, 0, mine, 1), ESTALE);
    CHECK_ERROR(lease_write(token, 0, 0, mine, 1), ESTALE);
}

TEST(LEASE_SAVED, "a saved Reply reaches the lease, too")
{
    cap_t reply;

    fill(lent, 100, 4);
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_ERROR(lease_read(message.reply, 0, 0, mine, 1), ESTALE);
    CHECK_GOOD(lease_read(reply, 0, 0, mine, 100));
    CHECK(filled(mine, 100, 4));
}

TEST(LEASE_CALLER_CANCELLED, "when the caller's call is cancelled its lease is gone: ESTALE")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_GOOD(thread_cancel(client.worker.thread));
    CHECK_ERROR(lease_read(message.reply, 0, 0, mine, 1), ESTALE);
}

TEST(LEASE_HOLE, "a page of the client's that is gone is EFAULT, on the partner's side, with the "
                 "bytes done")
{
    cap_t frame = make_frame();
    char *page = map(frame, READ_WRITE);

    CHECK(page);
    CHECK_GOOD(take_call(page, PAGE, CAP_RIGHTS_READ));
    CHECK_GOOD(frame_unmap(0, frame));
    CHECK_REFUSED(lease_read(message.reply, 0, 0, mine, 8), EFAULT, ARGUMENT_PARTNER);
    CHECK_IS(ipc_error_detail()->found, 0);
}

TEST(LEASE_READ_ONLY_PAGE, "what the client itself could not write the server cannot: EFAULT")
{
    cap_t frame = make_frame();
    char *page = map(frame, READ_WRITE);

    CHECK(page);
    CHECK_GOOD(take_call(page, PAGE, CAP_RIGHTS_WRITE));
    CHECK_GOOD(frame_unmap(0, frame));
    CHECK_GOOD(frame_map(0, frame, (uint64_t)page, CAP_RIGHTS_READ));
    CHECK_REFUSED(lease_write(message.reply, 0, 0, mine, 8), EFAULT, ARGUMENT_PARTNER);
}

TEST(LEASE_OWN_PAGE, "a page of the server's own that was never touched is paged in, on its time")
{
    static unsigned char untouched[16 * PAGE];

    fill(lent, LEASE_BYTES, 6);
    CHECK_GOOD(take_call(lent, LEASE_BYTES, CAP_RIGHTS_READ));
    CHECK_GOOD(lease_read(message.reply, 0, 0, untouched + 5 * PAGE + 9, LEASE_BYTES));
    CHECK(filled(untouched + 5 * PAGE + 9, LEASE_BYTES, 6));
}

TEST(LEASE_KERNEL_ADDRESS, "a lease of the kernel's addresses is refused to the caller: EINVAL")
{
    message_begin(&message, 1);
    message_put_lease(&message, (void *)USER_ADDRESS_END, 0, CAP_RIGHTS_READ);
    message.leases[0].length = 1;
    CHECK_REFUSED(message_call(make_endpoint(), &message), EINVAL, 0x180);
}

TEST(LEASE_TO_KERNEL, "reading a lease to an address of the kernel's is EFAULT")
{
    CHECK_GOOD(take_call(lent, 100, CAP_RIGHTS_READ));
    CHECK_REFUSED(lease_read(message.reply, 0, 0, (void *)0xffffffff80000000, 8), EFAULT,
                  ARGUMENT_WORD(3));
}

TEST(LEASE_RIGHTS, "a lease without rights, or with others than Read and Write, is EINVAL")
{
    message_begin(&message, 1);
    message_put_lease(&message, lent, 8, 0);
    CHECK_REFUSED(message_call(make_endpoint(), &message), EINVAL, 0x180);
    message_begin(&message, 1);
    message_put_lease(&message, lent, 8, CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE);
    CHECK_REFUSED(message_call(make_endpoint(), &message), EINVAL, 0x180);
}

TEST(LEASE_FOUR, "four leases can be lent with one call, a fifth is EINVAL")
{
    cap_t endpoint = make_endpoint();

    fill(lent, sizeof(lent), 1);
    partner_init(&client, 1);
    for (unsigned i = 0; i < MESSAGE_LEASES_MAX; i++)
        message_put_lease(&client.message, lent + i * 10, i + 1, CAP_RIGHTS_READ);
    CHECK_GOOD(partner_start(&client, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.lease_count, MESSAGE_LEASES_MAX);
    CHECK_GOOD(lease_read(message.reply, 3, 0, mine, 4));
    CHECK(!memcmp(mine, lent + 30, 4));
    message_begin(&message, 1);
    for (unsigned i = 0; i <= MESSAGE_LEASES_MAX; i++)
        message_put_lease(&message, lent, 1, CAP_RIGHTS_READ);
    CHECK_ERROR(message_call(endpoint, &message), EINVAL);
}

SUITE
