/*
 * async.c - shows work that is handed over and not waited for: the server's endpoint has a channel,
 * into which a job goes at once; it carries a capability by which the server tells that it is done.
 *
 * Each job's capability sets another bit of one notification, so one wait is enough for all. The
 * same capability to the server serves to submit jobs and to call for their results.
 */
#include <myelin/channel.h>
#include <myelin/endpoint.h>
#include <myelin/idl/sum.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>

#include "../example.h"

#define JOBS 3

static void submit(cap_t server, cap_t done, word_t job, word_t number)
{
    const struct sum_job request = {SUM_LABEL_SUBMIT, job, number};
    cap_t completion;

    must("minting", notification_mint(done, 1ull << job, &completion));
    must("submitting", ipc_send_async(server, &request, sizeof(request), completion));
}

static void wait_for_all(cap_t done)
{
    uint64_t bits, all = 0;

    while (all != (1ull << JOBS) - 1) {
        must("waiting", ipc_wait_notification(done, &bits));
        all |= bits;
    }
}

static void print_result(cap_t server, word_t job, word_t number)
{
    uint64_t sum;

    must("asking", sum_result(server, job, &sum));
    printf("the numbers up to %llu add up to %llu\n", (unsigned long long)number,
           (unsigned long long)sum);
}

int main(void)
{
    static const word_t numbers[JOBS] = {10, 1000, 100000};
    cap_t requests, channel, client, done, server;

    must("an endpoint", endpoint_create("sums", UNTYPED_ENDPOINT_CALL_ONLY, &requests));
    must("a channel", channel_create("sums", JOBS, 7, 1, &channel));
    must("attaching it", channel_attach(channel, requests));
    must("a client's capability", channel_mint_post_cap(requests, 1, &client));
    must("a notification", notification_create("sums-done", &done));
    server = start_partner("/bin/async-server", "requests", requests, SERVER_RIGHTS);
    for (word_t job = 0; job < JOBS; job++)
        submit(client, done, job, numbers[job]);
    puts("all jobs are submitted");
    wait_for_all(done);
    puts("all jobs are done");
    for (word_t job = 0; job < JOBS; job++)
        print_result(client, job, numbers[job]);
    process_release(server);
    return 0;
}
