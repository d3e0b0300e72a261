/* leases.c - what it takes to read, through the kernel, memory that was lent with a call. */
#include <stdio.h>

#include <myelin/idl/partner.h>
#include <myelin/idl/partner_server.h>
#include <myelin/idl/reply_types.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

#define MOST_BYTES (1u << 20)

static unsigned char buffer[MOST_BYTES]; /* the client's is lent; the server reads into its own */

static unsigned char byte_at(uint64_t at)
{
    return (unsigned char)(at * 7 + at / 251);
}

/* ---- the server's part ---- */

static error_t check(size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (buffer[i] != byte_at(i))
            return EIO;
    return SUCCESS;
}

error_t partner_handle_read(struct idl_request *request, uint64_t rounds,
                            const struct idl_lease *lent, uint64_t *ticks)
{
    uint64_t tag = TAG(OP_CALL, REPLY_LABEL_LEASE_READ, 4), start;

    (void)request;
    for (size_t i = 0; i < lent->length; i++) /* the pages are there, and hold something else */
        buffer[i] = 0;
    start = counter_now();
    for (uint64_t round = 0; round < rounds; round++)
        if (object_call(tag, lent->reply, lent->number, 0, lent->length, (uint64_t)buffer,
                        CAP_NULL))
            return EIO;
    *ticks = counter_now() - start;
    return check(lent->length);
}

int bench_reader(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    if (!thread_bind_endpoint(thread_self(), endpoint))
        partner_serve(endpoint);
    return 1;
}

/* ---- the client's part ---- */

struct size {
    const char *name;
    size_t bytes;
    uint64_t rounds;
};

static int bench_size(cap_t server, const struct size *size)
{
    uint64_t samples[BENCH_RUNS];
    error_t error = SUCCESS;

    for (int run = 0; run < BENCH_RUNS && !error; run++)
        error = partner_read(server, size->rounds, buffer, size->bytes, &samples[run]);
    return error ? bench_fail_error(size->name, error)
                 : bench_tell(size->name, samples, size->rounds);
}

static int bench_sizes(cap_t server)
{
    static const struct size sizes[] = {
        {"lease_read_64", 64, 1000},
        {"lease_read_4k", 4096, 100},
        {"lease_read_64k", 65536, 10},
        {"lease_read_1m", MOST_BYTES, 2},
    };
    int status = 0;

    for (size_t i = 0; i < MOST_BYTES; i++)
        buffer[i] = byte_at(i);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !status; i++)
        status = bench_size(server, &sizes[i]);
    return status;
}

int bench_leases(void)
{
    struct peer server;
    error_t error = peer_start(&(struct peer_form){.part = "--reader", .passive = true}, &server);
    int status;

    if (error)
        return bench_fail_error("lease_read", error);
    status = bench_sizes(server.client);
    peer_end(&server);
    return status;
}
