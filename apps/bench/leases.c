/* leases.c - what it takes to read, through the kernel, memory that was lent with a call. */
#include <stdio.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/idl/partner.h>
#include <myelin/idl/partner_server.h>
#include <myelin/idl/reply_types.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/vspace.h>

#include "bench.h"
#include "measure.h"

#define MOST_BYTES (1u << 20)
#define PAGE       4096u
#define LARGE_PAGE (2u << 20)

static unsigned char buffer[MOST_BYTES]; /* the client's is lent; the server reads into its own */

/* Where 4 KiB begin in such pages: on neither side at a page, a word, or where they do on the other
   side. So they are copied in three parts. */
#define CLIENT_BEGINS 1227u
#define SERVER_BEGINS 2999u

/* Two pages of that large frame, one behind the other in the space, but not in memory. */
static error_t map_apart(cap_t large, uint64_t offset, unsigned char **pages)
{
    uint64_t address;
    cap_t part;
    error_t error = vspace_reserve(2 * PAGE, PAGE, &address);

    for (unsigned i = 0; i < 2 && !error; i++) {
        error = cap_derive_range(large, CAP_RIGHTS_ALL, offset + (2 - 2 * i) * PAGE, PAGE, &part);
        if (!error)
            error = frame_attach_at(part, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, address + i * PAGE);
    }
    *pages = error ? NULL : (unsigned char *)address;
    return error;
}

static unsigned char byte_at(uint64_t at)
{
    return (unsigned char)(at * 7 + at / 251);
}

/* ---- the server's part ---- */

static error_t check(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != byte_at(i))
            return EIO;
    return SUCCESS;
}

/* Where it reads to. */
static error_t place(bool apart, unsigned char **to)
{
    static unsigned char *pages;
    error_t error =
        apart && !pages ? map_apart(startup_cap(BENCH_OTHER), 4 * PAGE, &pages) : SUCCESS;

    *to = apart ? pages + SERVER_BEGINS : buffer;
    return error;
}

error_t partner_handle_read(struct idl_request *request, uint64_t rounds, bool apart,
                            const struct idl_lease *lent, uint64_t *ticks)
{
    uint64_t tag = TAG(OP_CALL, REPLY_LABEL_LEASE_READ, 4), start;
    unsigned char *to;

    (void)request;
    if (place(apart, &to))
        return EIO;
    for (size_t i = 0; i < lent->length; i++) /* the pages are there, and hold something else */
        to[i] = 0;
    start = counter_now();
    for (uint64_t round = 0; round < rounds; round++)
        if (object_call(tag, lent->reply, lent->number, 0, lent->length, (uint64_t)to, CAP_NULL))
            return EIO;
    *ticks = counter_now() - start;
    return check(to, lent->length);
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
    bool apart;
};

static int bench_size(cap_t server, const struct size *size, unsigned char *lent)
{
    uint64_t samples[BENCH_RUNS];
    error_t error = SUCCESS;

    for (size_t i = 0; i < size->bytes; i++)
        lent[i] = byte_at(i);
    for (int run = 0; run < BENCH_RUNS && !error; run++)
        error = partner_read(server, size->rounds, size->apart, lent, size->bytes, &samples[run]);
    return error ? bench_fail_error(size->name, error)
                 : bench_tell(size->name, samples, size->rounds);
}

static int bench_sizes(cap_t server, unsigned char *pages)
{
    static const struct size sizes[] = {
        {"lease_read_64", 64, 1000, false},       {"lease_read_4k", PAGE, 100, false},
        {"lease_read_4k_apart", PAGE, 100, true}, {"lease_read_64k", 65536, 10, false},
        {"lease_read_1m", MOST_BYTES, 2, false},
    };
    int status = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !status; i++)
        status = bench_size(server, &sizes[i], sizes[i].apart ? pages + CLIENT_BEGINS : buffer);
    return status;
}

int bench_leases(void)
{
    unsigned char *pages = NULL;
    struct peer server;
    cap_t large;
    error_t error = frame_allocate(LARGE_PAGE, &large);
    int status;

    if (!error)
        error = map_apart(large, 0, &pages);
    if (!error)
        error = peer_start(&(struct peer_form){.part = "--reader", .passive = true, .other = large},
                           &server);
    if (error)
        return bench_fail_error("lease_read", error);
    status = bench_sizes(server.client, pages);
    peer_end(&server);
    return status;
}
