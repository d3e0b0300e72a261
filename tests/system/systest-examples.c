/* systest-examples.c - what the examples' servers refuse, and that they go on after it. */
#include <sys/mman.h>

#include <myelin/channel.h>
#include <myelin/idl.h>
#include <myelin/idl/grants.h>
#include <myelin/idl/purse.h>
#include <myelin/idl/remap.h>
#include <myelin/idl/roman.h>
#include <myelin/idl/sampler.h>
#include <myelin/idl/sum.h>
#include <myelin/idl/vspace.h>
#include <myelin/memorygrant.h>

#include "lib/systest.h"

#define NOWHERE 0x60000000ull

static cap_t process, server;

/* Starts a program of the examples, which serves the endpoint that it finds under that name. */
static error_t start(char *path, const char *name)
{
    char *arguments[] = {path, NULL};
    error_t error = process_prepare(path, arguments, NULL, &process);

    server = make_call_only();
    if (!error)
        error =
            process_give(process, name, server, CAP_DERIVE | CAP_RIGHTS_RECV | CAP_RIGHTS_GRANT);
    if (!error)
        error = process_give(process, "console", startup_cap("console"), CAP_COPY);
    return error ? error : process_start(process);
}

/* ---- roman, purse, sampler ---- */

TEST(ROMAN_RANGE, "there is no Roman number 0 and none beyond 3999: ERANGE")
{
    unsigned char letters[ROMAN_TEXT_BYTES];

    CHECK_GOOD(start("/bin/rpc-server", "requests"));
    CHECK_ERROR(roman_write(server, 0, letters), ERANGE);
    CHECK_ERROR(roman_write(server, ROMAN_NUMBER_MOST + 1, letters), ERANGE);
    CHECK_GOOD(roman_write(server, ROMAN_NUMBER_MOST, letters));
    CHECK(strcmp((char *)letters, "MMMCMXCIX") == 0);
    process_release(process);
}

TEST(PURSE_STRANGER, "who has not connected has no purse: EACCES")
{
    uint64_t total;

    CHECK_GOOD(start("/bin/badges-server", "requests"));
    CHECK_ERROR(purse_put(server, 1, &total), EACCES);
    process_release(process);
}

TEST(SAMPLER_NUMBERS, "a sum too large is EOVERFLOW, a point that has no mirror image ERANGE")
{
    const struct sampler_point point = {INT32_MIN, 0};
    struct sampler_point mirrored;
    uint64_t sum;

    CHECK_GOOD(start("/bin/sampler-server", "requests"));
    CHECK_ERROR(sampler_add(server, UINT64_MAX, 1, 0, &sum), EOVERFLOW);
    CHECK_REFUSED(sampler_mirror(server, &point, SAMPLER_Y, &mirrored), ERANGE, ARGUMENT_WORD(0));
    process_release(process);
}

/* The stub would see to it that the page is there: this is the same call without that. */
TEST(SAMPLER_LEASE_GONE, "a buffer whose page is not there: EFAULT, and the server goes on")
{
    uint64_t filled;
    char buffer[8];

    CHECK_GOOD(start("/bin/sampler-server", "requests"));
    utcb_self()->words[0] = 'x';
    utcb_self()->leases[0] = (struct lease_item){NOWHERE, PAGE, CAP_RIGHTS_WRITE, 0};
    CHECK_ERROR(idl_call(server, TAG(OP_CALL, SAMPLER_LABEL_FILL, 1) | IDL_LEASES(1),
                         DEADLINE_FOREVER, IDL_ANSWER(1, 0)),
                EFAULT);
    CHECK_GOOD(sampler_fill(server, 'x', buffer, sizeof(buffer), &filled));
    process_release(process);
}

/* ---- grants ---- */

static char text[GRANTS_TEXT_MOST + 1] = "one two three";

TEST(GRANTS_LIMIT, "grants takes a text of the most bytes, and one byte more is EMSGSIZE")
{
    cap_t most, more;
    uint64_t count;

    CHECK_GOOD(start("/bin/grants-server", "grants"));
    CHECK_GOOD(grant_create(text, sizeof(text) - 1, READ_WRITE, &most));
    CHECK_GOOD(grant_create(text, sizeof(text), READ_WRITE, &more));
    CHECK_REFUSED(grants_count(server, more, &count), EMSGSIZE, ARGUMENT_CAP(0));
    CHECK_REFUSED(grants_fetch(server, more, &count), EMSGSIZE, ARGUMENT_CAP(0));
    CHECK_REFUSED(grants_shout(server, more), EMSGSIZE, ARGUMENT_CAP(0));
    CHECK_GOOD(grants_count(server, most, &count));
    CHECK_IS(count, 3);
    process_release(process);
}

TEST(GRANTS_MISSING, "memory that is granted and not there is EFAULT")
{
    void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t count;
    cap_t grant;

    CHECK(memory != MAP_FAILED);
    CHECK_GOOD(start("/bin/grants-server", "grants"));
    CHECK_GOOD(vspace_grant(startup_cap("vspace"), (uint64_t)memory, GRANTS_TEXT_MOST, READ_WRITE,
                            &grant));
    CHECK_ERROR(grants_count(server, grant, &count), EFAULT);
    CHECK_ERROR(grants_fetch(server, grant, &count), EFAULT);
    CHECK_ERROR(grants_shout(server, grant), EFAULT);
    process_release(process);
    munmap(memory, PAGE);
}

TEST(GRANTS_RIGHTS, "a grant with too few rights, or of another type, does not reach the handler")
{
    uint64_t count;
    cap_t grant;

    CHECK_GOOD(start("/bin/grants-server", "grants"));
    CHECK_GOOD(grant_create(text, GRANTS_TEXT_MOST, CAP_RIGHTS_WRITE, &grant));
    CHECK_REFUSED(grants_count(server, grant, &count), EPERM, ARGUMENT_CAP(0));
    CHECK_REFUSED(grants_shout(server, grant), EPERM, ARGUMENT_CAP(0));
    CHECK_REFUSED(grants_count(server, make_frame(), &count), EINVAL, ARGUMENT_CAP(0));
    process_release(process);
}

/* ---- remap ---- */

TEST(REMAP_ONE_PAGE, "remap takes one page: a second is EBUSY and lost, and none to give is ENOENT")
{
    struct frame_info info;
    cap_t page, second = make_frame();

    CHECK_GOOD(start("/bin/remap-taker", "remap"));
    CHECK_ERROR(remap_give_back(server, &page), ENOENT);
    CHECK_GOOD(remap_take(server, make_frame()));
    CHECK_REFUSED(remap_take(server, second), EBUSY, ARGUMENT_CAP(0));
    CHECK_ERROR(frame_inspect(second, &info), ESTALE);
    CHECK_GOOD(remap_give_back(server, &page));
    CHECK_GOOD(frame_inspect(page, &info));
    CHECK_ERROR(remap_give_back(server, &page), ENOENT);
    process_release(process);
}

/* ---- sum ---- */

TEST(SUM_JOBS, "sum does jobs 0 to 7: job 8 is ERANGE, and one that was not submitted EAGAIN")
{
    uint64_t total;

    CHECK_GOOD(start("/bin/async-server", "requests"));
    CHECK_ERROR(sum_result(server, SUM_JOBS - 1, &total), EAGAIN);
    CHECK_REFUSED(sum_result(server, SUM_JOBS, &total), ERANGE, ARGUMENT_WORD(0));
    process_release(process);
}

/* The server's endpoint with a channel, and a client's capability to both. */
static error_t make_client(cap_t *client)
{
    cap_t channel;
    error_t error = channel_create("sums", 1, MESSAGE_REGISTER_WORDS, 1, &channel);

    if (!error)
        error = channel_attach(channel, server);
    return error ? error : channel_mint_post_cap(server, 1, client);
}

TEST(SUM_LAST, "the last job that there may be is posted, done, told by its bit, and fetched")
{
    cap_t done = make_notification(), bell, client;
    uint64_t total, bits;

    CHECK_GOOD(start("/bin/async-server", "requests"));
    CHECK_GOOD(make_client(&client));
    CHECK_GOOD(notification_mint(done, 2, &bell));
    CHECK_GOOD(sum_submit(client, SUM_JOBS - 1, 4, bell));
    CHECK_GOOD(ipc_wait_notification(done, &bits));
    CHECK_IS(bits, 2);
    CHECK_GOOD(sum_result(client, SUM_JOBS - 1, &total));
    CHECK_IS(total, 10);
    process_release(process);
}

SUITE
